//! A text in pieces for colouring and completion. Works on tokens and their neighbours, so that it is right enough in the middle of
//! typing; what the parser makes of a word is not asked.

use super::ast::Span;
use super::lexer::{Lexer, Mark, TokenKind};
use super::words;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HighlightToken {
    /// What it is.
    pub kind: HighlightKind,
    /// Where it stands.
    pub span: Span,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HighlightKind {
    /// Blanks and ends of lines.
    Blank,
    /// `// …`
    Comment,
    /// `#connect …`
    Directive,
    /// A text in quotes.
    Text,
    /// A number, timespan, datetime, GUID or truth value.
    Literal,
    /// A tabular operator where one is expected: behind `|`, at the start of a query, behind an opening parenthesis.
    TabularOperator,
    /// A word that belongs to an operator or statement: `by`, `on`, `let`.
    Keyword,
    /// The name of a type, behind a `:` or in `typeof(…)`.
    Type,
    /// A name with a parenthesis behind it.
    Function,
    /// Any other name.
    Name,
    /// A scalar operator, as a word or as marks: `and`, `has`, `==`.
    ScalarOperator,
    /// Brackets, commas and the like.
    Punctuation,
    /// What is no KQL.
    Invalid,
}

/// Cuts a text into pieces. One follows the other, and together they are the text.
pub fn tokens(source: &str) -> Vec<HighlightToken> {
    let mut lexer = Lexer::new(source);
    let mut pieces: Vec<HighlightToken> = Vec::with_capacity(source.len() / 4 + 1);
    let mut before = TokenKind::Mark(Mark::Semicolon);
    while let Some((kind, span)) = lexer.next_token() {
        let text = span.text(source);
        let called = source.get(span.end as usize..).is_some_and(|rest| rest.trim_start().starts_with('('));
        pieces.push(HighlightToken { kind: classify(kind, text, before, called), span });
        if !matches!(kind, TokenKind::Blank | TokenKind::Comment) {
            before = kind;
        }
    }
    pieces
}

fn classify(kind: TokenKind, text: &str, before: TokenKind, called: bool) -> HighlightKind {
    match kind {
        TokenKind::Blank => HighlightKind::Blank,
        TokenKind::Comment => HighlightKind::Comment,
        TokenKind::Directive => HighlightKind::Directive,
        TokenKind::Text => HighlightKind::Text,
        TokenKind::Long
        | TokenKind::Real
        | TokenKind::Timespan
        | TokenKind::Bool
        | TokenKind::RawGuid
        | TokenKind::Typed(_) => HighlightKind::Literal,
        TokenKind::Bad | TokenKind::End => HighlightKind::Invalid,
        TokenKind::Word => classify_word(text, before, called),
        TokenKind::Mark(mark) => match mark {
            Mark::OpenParen
            | Mark::CloseParen
            | Mark::OpenBracket
            | Mark::CloseBracket
            | Mark::OpenBrace
            | Mark::CloseBrace
            | Mark::Bar
            | Mark::Dot
            | Mark::Colon
            | Mark::Semicolon
            | Mark::Comma => HighlightKind::Punctuation,
            _ => HighlightKind::ScalarOperator,
        },
    }
}

fn classify_word(text: &str, before: TokenKind, called: bool) -> HighlightKind {
    let starts = matches!(
        before,
        TokenKind::Mark(Mark::Bar | Mark::Semicolon | Mark::OpenParen | Mark::OpenBrace) | TokenKind::Directive
    );
    if matches!(before, TokenKind::Mark(Mark::Dot)) {
        return if called { HighlightKind::Function } else { HighlightKind::Name };
    }
    if matches!(before, TokenKind::Mark(Mark::Colon | Mark::OpenParen)) && words::any_type(text).is_some() {
        return HighlightKind::Type;
    }
    if starts && words::OPERATORS.contains(&text) && !(called && is_also_function(text)) {
        return if matches!(text, "let" | "set" | "declare") {
            HighlightKind::Keyword
        } else {
            HighlightKind::TabularOperator
        };
    }
    let is_test = words::string_test(text).is_some() || words::list_test(text).is_some();
    if is_test || matches!(text, "and" | "or" | "between" | "!between" | "matches" | "regex") {
        return HighlightKind::ScalarOperator;
    }
    if called && words::may_be_name(text) && !CLAUSES.contains(&text) {
        return HighlightKind::Function;
    }
    if CLAUSES.contains(&text) || !words::may_be_name(text) { HighlightKind::Keyword } else { HighlightKind::Name }
}

/// Operators that are functions too.
fn is_also_function(word: &str) -> bool {
    matches!(word, "count" | "range" | "parse" | "take" | "top" | "sort")
}

/// Words that may be names, and are parts of operators and statements more often.
const CLAUSES: [&str; 12] = [
    "on",
    "from",
    "step",
    "with",
    "nulls",
    "default",
    "let",
    "declare",
    "pattern",
    "query_parameters",
    "view",
    "optional",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_by_their_neighbours() {
        let source =
            "let n = 5; T | where count(a) > n and b has_any (\"x\") // why\n| summarize count() by typeof(long)";
        let kinds: Vec<(&str, HighlightKind)> = tokens(source)
            .into_iter()
            .filter(|piece| piece.kind != HighlightKind::Blank)
            .map(|piece| (piece.span.text(source), piece.kind))
            .collect();
        use HighlightKind::*;
        for expected in [
            ("let", Keyword),
            ("n", Name),
            ("5", Literal),
            ("T", Name),
            ("where", TabularOperator),
            ("count", Function),
            (">", ScalarOperator),
            ("and", ScalarOperator),
            ("has_any", ScalarOperator),
            ("\"x\"", Text),
            ("// why", Comment),
            ("by", Keyword),
            ("long", Type),
            ("|", Punctuation),
        ] {
            assert!(kinds.contains(&expected), "{expected:?} in {kinds:?}");
        }
    }

    #[test]
    fn nothing_is_lost_of_any_text() {
        for source in [
            "",
            " ",
            "\u{0}",
            "a\u{301}b ‘x’ 'y\n'",
            "T|where a==1//",
            "``",
            "ä|ö",
            "h",
            "h@",
            "!",
            "5x 5. 1..2 0x",
            "\\",
            "\r\n#x\r\n",
        ] {
            let pieces = tokens(source);
            let text: String = pieces.iter().map(|piece| piece.span.text(source)).collect();
            assert_eq!(text, source);
            assert!(pieces.iter().all(|piece| piece.span.start < piece.span.end), "{source:?}");
        }
    }
}
