//! Where the cursor is: told by the tokens before it and their brackets, so that it works in the middle of typing.

use super::frames::{Frame, Pipeline, Token, around, frames};
use crate::kql::facts::operators::operator;
use crate::kql::syntax::{HighlightKind, tokens};

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The start of a query.
    Start,
    /// A tabular operator.
    Operator,
    /// A table, or one of these words.
    Table { words: &'static [&'static str] },
    /// One of these words.
    Words(&'static [&'static str]),
    /// A `kind` of this operator.
    Kinds(String),
    /// A chart of `render`.
    Chart,
    /// A property of `render … with (…)`.
    RenderProperty,
    /// A type.
    Type,
    /// A plugin of `evaluate`.
    Plugin,
    /// A column.
    Columns,
    /// A column of both sides of a join.
    CommonColumns,
    /// A column of one side of a join.
    Side { right: bool },
    /// An aggregate.
    Aggregate,
    /// An expression; `windows` says whether functions over rows in order may stand in it.
    Expression { windows: bool },
    /// What stands behind an operand: an operator, or one of these words.
    Infix { words: &'static [&'static str] },
    /// A timespan, of which these digits are typed.
    Timespan { digits: String },
    /// A key of a column's bags; `parsed` says that the column is a text which is read as JSON.
    Key { column: String, parsed: bool },
    /// A value of a column, in these quotes if they are typed.
    Value { column: String, quote: Option<char> },
}

/// The place, where its typed part begins, and the pipeline that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) start: usize,
    pub(super) place: Place,
    pub(super) pipeline: Pipeline,
}

/// Finds the place at the end of a text; none in a comment and where nobody can guess.
pub(super) fn find(text: &str) -> Option<Spot> {
    let pieces: Vec<Token<'_>> = tokens(text)
        .into_iter()
        .map(|piece| Token {
            kind: piece.kind,
            text: piece.span.text(text),
            start: piece.span.start as usize,
            end: piece.span.end as usize,
        })
        .collect();
    let last = pieces.last();
    if last.is_some_and(|last| matches!(last.kind, HighlightKind::Comment | HighlightKind::Directive)) {
        return None;
    }
    let typed = last.copied().filter(is_typed);
    let quote = typed
        .and_then(|typed| typed.text.chars().next())
        .filter(|_| typed.is_some_and(|t| t.kind == HighlightKind::Text));
    let start = typed.map_or(text.len(), |typed| typed.start);
    let said = |token: &Token<'_>| !matches!(token.kind, HighlightKind::Blank | HighlightKind::Comment);
    let before: Vec<Token<'_>> = pieces.into_iter().filter(|token| token.end <= start && said(token)).collect();
    let frames = frames(&before);
    let (frame, around) = (frames.last()?, around(&frames, &before)?);
    // Of an operator with a hyphen the part before it is typed as well.
    if let Some(start) = operator_start(text, around, &before) {
        return Some(Spot { start, place: Place::Operator, pipeline: around.pipeline.clone() });
    }
    let digits = typed.filter(|typed| typed.kind == HighlightKind::Literal).map(|typed| typed.text);
    let cursor = Cursor { before: &before, frame, around, quote, digits };
    let (place, right) = cursor.place()?;
    Some(Spot { start, place, pipeline: Pipeline { right, ..around.pipeline.clone() } })
}

/// Whether a token at the end of the text is still being typed.
fn is_typed(token: &Token<'_>) -> bool {
    match token.kind {
        HighlightKind::Name
        | HighlightKind::Function
        | HighlightKind::Keyword
        | HighlightKind::Type
        | HighlightKind::TabularOperator
        | HighlightKind::Literal => true,
        HighlightKind::ScalarOperator => token.text.starts_with(|first: char| first.is_alphabetic() || first == '!'),
        HighlightKind::Text => is_open(token.text),
        _ => false,
    }
}

/// Whether a text lacks its closing quote.
fn is_open(text: &str) -> bool {
    let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) else { return false };
    let inside = text.get(1..).unwrap_or_default();
    let escapes = inside.trim_end_matches(quote).chars().rev().take_while(|letter| *letter == '\\').count();
    !inside.ends_with(quote) || escapes % 2 == 1
}

/// Where the operator begins that is typed right behind a bar.
fn operator_start(text: &str, around: &Frame, before: &[Token<'_>]) -> Option<usize> {
    let bar = *around.pipeline.bars.last()?;
    let mut word = text.get(bar + 1..)?.trim_start();
    while let Some((_, rest)) = word.strip_prefix("//").and_then(|comment| comment.split_once('\n')) {
        word = rest.trim_start();
    }
    let is_word = word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    let is_last = before.iter().rev().take_while(|token| token.start > bar).all(|token| token.text != "(");
    (is_word && is_last).then_some(text.len() - word.len())
}

/// The tokens before the cursor as the rules see them.
struct Cursor<'c, 't> {
    before: &'c [Token<'t>],
    frame: &'c Frame,
    around: &'c Frame,
    quote: Option<char>,
    digits: Option<&'t str>,
}

type Found = (Place, Option<(usize, usize)>);

impl<'t> Cursor<'_, 't> {
    fn place(&self) -> Option<Found> {
        if let Some(column) = self.compared() {
            return Some((Place::Value { column, quote: self.quote }, None));
        }
        if self.quote.is_some() {
            return None;
        }
        if let Some(side) = self.side() {
            return Some((Place::Side { right: side == "$right" }, self.right()));
        }
        if self.last().is_some_and(|last| last.text == ".") {
            return self.opened().map(|place| (place, None));
        }
        if self.last().is_some_and(|last| last.text == "let") {
            return None;
        }
        let called = self.callee();
        if called.is_some_and(|callee| callee.text == "ago") {
            return Some((Place::Timespan { digits: self.digits.unwrap_or_default().to_owned() }, None));
        }
        if self.digits.is_some() {
            return None;
        }
        if called.is_some_and(|callee| callee.text == "typeof") || self.last().is_some_and(|last| last.text == ":") {
            return Some((Place::Type, None));
        }
        let is_source = self.around.pipeline.bars.is_empty();
        if is_source && self.segment().is_empty() {
            let whole = self.around.callee.is_none() || self.around.bracket == '{';
            return Some((if whole { Place::Start } else { Place::Table { words: &[] } }, None));
        }
        let Some(first) = self.segment().first() else { return Some((Place::Operator, None)) };
        match operator(first.text) {
            Some(known) if !is_source || known.begins() => self.in_operator(known.name),
            _ if is_source && self.at_top() && self.segment().len() == 1 => Some((Place::Words(&["|"]), None)),
            _ if is_source => Some((self.operand_or(Place::Expression { windows: false }, &[]), None)),
            _ => None,
        }
    }

    fn in_operator(&self, name: &str) -> Option<Found> {
        let plain = |place: Place| Some((place, None));
        let words = self.segment();
        let last = *words.last()?;
        let is_first = words.len() == 1;
        let after = |word: &str| last.text == word;
        let has = |word: &str| words.iter().any(|token| token.text == word);
        if after("kind") && self.at_top() {
            return plain(Place::Words(&["="]));
        }
        if after("=") && words.len() > 1 && words.get(words.len() - 2).is_some_and(|token| token.text == "kind") {
            return plain(Place::Kinds(name.to_owned()));
        }
        if !self.at_top() {
            return self.inside(name);
        }
        match name {
            "join" | "lookup" => {
                if has("on") {
                    let wants = after("on") || after(",") || after("and");
                    return wants.then(|| (Place::CommonColumns, self.right()));
                }
                let named =
                    last.kind == HighlightKind::Name && words.iter().rev().nth(1).is_none_or(|token| token.text != "=");
                if after(")") || named {
                    plain(Place::Words(&["on"]))
                } else {
                    plain(Place::Table { words: &["kind="] })
                }
            }
            "union" => plain(Place::Table { words: if is_first { &["kind=", "withsource="] } else { &[] } }),
            "render" if is_first => plain(Place::Chart),
            "render" => plain(Place::Words(&["with"])),
            "evaluate" if is_first => plain(Place::Plugin),
            "sort" | "distinct" | "top" | "facet" | "project-away" | "project-keep" | "project-reorder"
            | "project-rename" | "mv-expand" | "mv-apply" | "parse" | "parse-where" | "parse-kv" | "reduce"
            | "partition" | "top-hitters" | "sample-distinct" | "top-nested" => self.of_columns(name),
            "summarize" | "make-series" => {
                let by = has("by");
                let wants = is_first || after(",") || after("=") || after("by") || after("on");
                match (wants, by || after("on")) {
                    (true, false) => plain(Place::Aggregate),
                    (true, true) => plain(Place::Expression { windows: false }),
                    (false, false) if name == "summarize" => plain(Place::Infix { words: &["by"] }),
                    (false, false) => plain(Place::Words(&["default=", "on", "from", "to", "step", "by"])),
                    (false, true) => None,
                }
            }
            "take" | "sample" | "count" | "as" | "getschema" | "consume" => None,
            "search" | "find" if is_first => plain(Place::Table { words: &["in", "where", "kind="] }),
            "externaldata" | "datatable" => None,
            _ => plain(self.operand_or(
                Place::Expression { windows: matches!(name, "extend" | "project" | "where" | "serialize") },
                &[],
            )),
        }
    }

    /// In an operator whose items are columns.
    fn of_columns(&self, name: &str) -> Option<Found> {
        let words = self.segment();
        let last = words.last()?;
        let wants = matches!(last.text, "by" | "," | "of" | "=");
        let first = words.len() == 1;
        let place = match name {
            "sort" if first => Place::Words(&["by"]),
            "top" | "top-hitters" | "sample-distinct" | "top-nested" if first => return None,
            "top" if !words.iter().any(|token| token.text == "by") => Place::Words(&["by"]),
            "top-hitters" | "sample-distinct" | "top-nested" if words.len() == 2 => Place::Words(&["of"]),
            "facet" | "reduce" | "partition" if first => Place::Words(&["by"]),
            _ if first || wants => Place::Columns,
            "sort" | "top" => match last.text {
                "asc" | "desc" => Place::Words(&["nulls"]),
                "nulls" => Place::Words(&["first", "last"]),
                _ => Place::Words(&["asc", "desc", "nulls"]),
            },
            "parse" | "parse-where" if !words.iter().any(|token| token.text == "with") => Place::Words(&["with"]),
            "mv-expand" | "mv-apply" => Place::Words(&["to", "on", "limit"]),
            _ => return None,
        };
        Some((place, None))
    }

    /// Inside of brackets of an operator.
    fn inside(&self, name: &str) -> Option<Found> {
        let callee = self.callee();
        if name == "render" {
            let fresh = self.last().is_some_and(|last| matches!(last.text, "(" | ","));
            return fresh.then_some((Place::RenderProperty, None));
        }
        let lists =
            callee.is_some_and(|callee| matches!(callee.text, "in" | "in~" | "!in" | "!in~" | "has_any" | "has_all"));
        let place = if lists {
            Place::Table { words: &[] }
        } else {
            self.operand_or(Place::Expression { windows: false }, &[])
        };
        Some((place, None))
    }

    /// What stands behind an operand, if one stands before the cursor, else `place`.
    fn operand_or(&self, place: Place, words: &'static [&'static str]) -> Place {
        let Some(last) = self.last() else { return place };
        let is_operand = match last.kind {
            HighlightKind::Name | HighlightKind::Text | HighlightKind::Literal => true,
            HighlightKind::Punctuation => matches!(last.text, ")" | "]"),
            _ => false,
        };
        if is_operand { Place::Infix { words } } else { place }
    }

    /// The column that the value at the cursor is compared with: `Column ==`, `Column in (…,`.
    fn compared(&self) -> Option<String> {
        let last = self.last()?;
        let column = |place: usize| {
            let token = self.before.get(place)?;
            (token.kind == HighlightKind::Name).then(|| token.text.to_owned())
        };
        let place = self.before.len() - 1;
        if tests(last) {
            return column(place.checked_sub(1)?);
        }
        if !matches!(last.text, "(" | ",") {
            return None;
        }
        let list = self.frame.callee?;
        let is_list = matches!(self.before.get(list)?.text, "in" | "in~" | "!in" | "!in~" | "has_any" | "has_all");
        let values = self.before.get(list + 2..).unwrap_or_default();
        let plain = values
            .iter()
            .all(|token| matches!(token.kind, HighlightKind::Text | HighlightKind::Literal) || token.text == ",");
        if is_list && plain { column(list.checked_sub(1)?) } else { None }
    }

    /// The bag before the point at the cursor: `Column.`, `parse_json(Column).`.
    fn opened(&self) -> Option<Place> {
        let named = |column: &Token<'_>| (column.kind == HighlightKind::Name).then(|| column.text.to_owned());
        if let [.., call, open, column, close, _] = self.before
            && matches!(call.text, "parse_json" | "todynamic" | "dynamic")
            && (open.text, close.text) == ("(", ")")
        {
            return Some(Place::Key { column: named(column)?, parsed: true });
        }
        let [.., column, _] = self.before else { return None };
        Some(Place::Key { column: named(column)?, parsed: false })
    }

    /// `$left` or `$right`, if a point stands behind it at the cursor.
    fn side(&self) -> Option<&'t str> {
        let [.., side, point] = self.before else { return None };
        (point.text == "." && matches!(side.text, "$left" | "$right")).then_some(side.text)
    }

    /// The right side of the join that the cursor is in.
    fn right(&self) -> Option<(usize, usize)> {
        let words = self.segment();
        let on = words.iter().position(|token| token.text == "on")?;
        let last = words.get(on.checked_sub(1)?)?;
        if last.text != ")" {
            return Some((last.start, last.end));
        }
        let mut depth = 0;
        for token in words.get(..on)?.iter().rev() {
            match token.text {
                ")" => depth += 1,
                "(" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some((token.end, last.start));
            }
        }
        None
    }

    fn last(&self) -> Option<&Token<'t>> {
        self.before.last()
    }

    /// The tokens of the operator or source that the cursor is in.
    fn segment(&self) -> &[Token<'t>] {
        self.before.get(self.around.segment..).unwrap_or_default()
    }

    /// Whether the cursor is in no bracket of its operator.
    fn at_top(&self) -> bool {
        std::ptr::eq(self.frame, self.around)
    }

    /// What stands before the innermost bracket, unless that holds the rows of a pipeline.
    fn callee(&self) -> Option<&Token<'t>> {
        self.frame.callee.filter(|_| !self.at_top()).and_then(|place| self.before.get(place))
    }
}

/// Whether a token compares what is before it with one value.
fn tests(token: &Token<'_>) -> bool {
    token.kind == HighlightKind::ScalarOperator
        && !matches!(
            token.text,
            "and"
                | "or"
                | "+"
                | "-"
                | "*"
                | "/"
                | "%"
                | "="
                | "=>"
                | ".."
                | "in"
                | "in~"
                | "!in"
                | "!in~"
                | "has_any"
                | "has_all"
                | "between"
                | "!between"
        )
}
