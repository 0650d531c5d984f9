//! Colours for what is being typed: both languages, dot-commands, the bracket that belongs to the one at the cursor.

use crate::complete::{CommandFacts, parts};
use crate::hunt::{Language, LanguageChoice};
use crate::kql::syntax::{HighlightKind, tokens};
use crate::sql::{PieceKind, pieces};

/// Longer texts are not coloured: it has to keep up with typing.
const LONGEST: usize = 10_000;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Keyword,
    Operator,
    Function,
    Text,
    Literal,
    Comment,
    Parameter,
    Bracket,
    Wrong,
}

impl Look {
    fn code(self) -> &'static str {
        match self {
            Self::Plain | Self::Bracket => "",
            Self::Keyword => "1;34",
            Self::Operator => "33",
            Self::Function => "36",
            Self::Text => "32",
            Self::Literal | Self::Parameter => "35",
            Self::Comment => "2",
            Self::Wrong => "4;31",
        }
    }
}

/// A piece of the text and its look.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    look: Look,
}

/// The text with its colours. Without the codes it is the same text.
pub(super) fn coloured(text: &str, cursor: usize, choice: LanguageChoice, commands: &[CommandFacts]) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let pieces: Vec<Piece> = parts(text, choice, commands)
        .into_iter()
        .flat_map(|part| {
            let own = text.get(part.start..part.end).unwrap_or_default();
            looks(own, choice).into_iter().map(move |piece| Piece {
                start: piece.start + part.start,
                end: piece.end + part.start,
                look: piece.look,
            })
        })
        .collect();
    let matching = brackets(text, &pieces, cursor);
    let mut shown = String::with_capacity(text.len() * 2);
    for piece in pieces {
        let own = text.get(piece.start..piece.end)?;
        let is_match = matching.is_some_and(|(one, other)| piece.start == one || piece.start == other);
        match if is_match { "1;4;36" } else { piece.look.code() } {
            "" => shown.push_str(own),
            code => {
                shown.push_str("\x1b[");
                shown.push_str(code);
                shown.push('m');
                shown.push_str(own);
                shown.push_str("\x1b[0m");
            }
        }
    }
    Some(shown)
}

/// The pieces of one statement or command.
fn looks(text: &str, choice: LanguageChoice) -> Vec<Piece> {
    let begun = text.len() - text.trim_start().len();
    let mut found = Vec::new();
    let mut from = 0;
    if text.get(begun..).is_some_and(|rest| rest.starts_with('.')) {
        let name =
            text.get(begun..).and_then(|rest| rest.find(char::is_whitespace)).map_or(text.len(), |end| begun + end);
        found.push(Piece { start: 0, end: begun, look: Look::Plain });
        found.push(Piece { start: begun, end: name, look: Look::Keyword });
        from = name;
    }
    let rest = text.get(from..).unwrap_or_default();
    let own = match choice.of(None, rest) {
        Language::Kql => of_kql(rest),
        Language::Sql => of_sql(rest),
    };
    found.extend(own.into_iter().map(|piece| Piece {
        start: piece.start + from,
        end: piece.end + from,
        look: piece.look,
    }));
    found
}

fn of_kql(text: &str) -> Vec<Piece> {
    let look = |kind: HighlightKind, own: &str| match kind {
        HighlightKind::Comment | HighlightKind::Directive => Look::Comment,
        HighlightKind::Text => Look::Text,
        HighlightKind::Literal => Look::Literal,
        HighlightKind::TabularOperator | HighlightKind::Keyword => Look::Keyword,
        HighlightKind::Type | HighlightKind::Function => Look::Function,
        HighlightKind::ScalarOperator => Look::Operator,
        HighlightKind::Punctuation if is_bracket(own) => Look::Bracket,
        HighlightKind::Invalid => Look::Wrong,
        HighlightKind::Blank | HighlightKind::Name | HighlightKind::Punctuation => Look::Plain,
    };
    let piece = |token: crate::kql::syntax::HighlightToken| Piece {
        start: token.span.start as usize,
        end: token.span.end as usize,
        look: look(token.kind, token.span.text(text)),
    };
    tokens(text).into_iter().map(piece).collect()
}

fn of_sql(text: &str) -> Vec<Piece> {
    let pieces = pieces(text);
    let own = |place: usize| pieces.get(place).and_then(|piece| text.get(piece.start..piece.end)).unwrap_or_default();
    let look = |place: usize, kind: PieceKind| match kind {
        PieceKind::Comment => Look::Comment,
        PieceKind::Text => Look::Text,
        PieceKind::Number => Look::Literal,
        PieceKind::Parameter => Look::Parameter,
        PieceKind::Keyword => Look::Keyword,
        PieceKind::Name if own(place + 1).starts_with('(') => Look::Function,
        PieceKind::Mark if is_bracket(own(place)) => Look::Bracket,
        PieceKind::Mark if "=<>!+-*/%|".contains(own(place)) => Look::Operator,
        PieceKind::Blank | PieceKind::QuotedName | PieceKind::Name | PieceKind::Mark => Look::Plain,
    };
    let with_look = |(place, piece): (usize, &crate::sql::Piece)| Piece {
        start: piece.start,
        end: piece.end,
        look: look(place, piece.kind),
    };
    pieces.iter().enumerate().map(with_look).collect()
}

fn is_bracket(text: &str) -> bool {
    matches!(text, "(" | ")" | "[" | "]" | "{" | "}")
}

/// The bracket at the cursor, or the one before it, and the one that belongs to it, by their first bytes.
fn brackets(text: &str, pieces: &[Piece], cursor: usize) -> Option<(usize, usize)> {
    let brackets: Vec<Piece> = pieces.iter().filter(|piece| piece.look == Look::Bracket).copied().collect();
    let place = brackets.iter().position(|piece| piece.start == cursor);
    let place = place.or_else(|| brackets.iter().position(|piece| piece.end == cursor))?;
    let own = |piece: &Piece| text.get(piece.start..piece.end).unwrap_or_default();
    let is_open = |piece: &Piece| matches!(own(piece), "(" | "[" | "{");
    let mut depth = 0_i64;
    let mut step = |piece: &Piece| {
        depth += if is_open(piece) { 1 } else { -1 };
        depth == 0
    };
    let here = brackets.get(place)?;
    let other = if is_open(here) {
        brackets.iter().skip(place).find(|piece| step(piece))
    } else {
        brackets.iter().take(place + 1).rev().find(|piece| step(piece))
    }?;
    let pair = if is_open(here) { (own(here), own(other)) } else { (own(other), own(here)) };
    matches!(pair, ("(", ")") | ("[", "]") | ("{", "}")).then_some((here.start, other.start))
}

#[cfg(test)]
mod tests {
    use super::super::facts::commands;
    use super::*;

    fn shown(text: &str, cursor: usize) -> String {
        let coloured = coloured(text, cursor, LanguageChoice::Auto, &commands()).expect("short");
        let mut parts = coloured.split("\x1b[");
        let first = parts.next().unwrap_or_default().to_owned();
        let plain = first + &parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect::<String>();
        assert_eq!(plain, text);
        coloured.replace("\x1b[0m", ">").replace("\x1b[", "<")
    }

    #[test]
    fn both_languages_have_colours() {
        insta::assert_snapshot!(shown("T | where a == 'x' // y", 99), @"T | <1;34mwhere> a <33m==> <32m'x'> <2m// y>");
        insta::assert_snapshot!(shown("select upper(a) from T where b > $c -- y", 99), @"<1;34mselect> <36mupper>(a) <1;34mfrom> T <1;34mwhere> b <33m>> <35m$c> <2m-- y>");
        insta::assert_snapshot!(shown(".explain select 1;\nT | take 5", 99), @"
        <1;34m.explain> <1;34mselect> <35m1>;
        T | <1;34mtake> <35m5>
        ");
    }

    #[test]
    fn the_bracket_that_belongs_is_shown() {
        insta::assert_snapshot!(shown("print f(g(1), ')')", 7), @"<1;34mprint> <36mf><1;4;36m(><36mg>(<35m1>), <32m')'><1;4;36m)>");
        insta::assert_snapshot!(shown("print f(1]", 7), @"<1;34mprint> <36mf>(<35m1>]");
    }

    proptest::proptest! {
        #[test]
        fn the_text_stays_the_same(text in "[a-z.;|()'\"/ \n=$é-]{0,40}", cursor in 0..40_usize) {
            shown(&text, cursor);
        }
    }
}
