//! What is in scope at the cursor of a SQL statement: its relations with their columns. Told by words and brackets, before and behind the
//! cursor; the columns come from planning `SELECT * FROM` each relation, common table expressions included.

use super::{Token, tokens};
use crate::complete::Facts;
use crate::sql::PieceKind;

/// Words that begin a clause.
const CLAUSES: [&str; 20] = [
    "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "ON", "USING", "JOIN", "LIMIT", "OFFSET", "QUALIFY", "WITH",
    "DESCRIBE", "SHOW", "TABLE", "UPDATE", "INTO", "UNION", "COPY",
];

/// Something that FROM names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    /// How FROM writes it, without its alias.
    text: String,
    /// Its name, if it is one and no subquery.
    pub(super) table: Option<String>,
    /// The name that it has here.
    pub(super) alias: Option<String>,
}

impl Relation {
    /// Whether columns can be qualified with this name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let own = self.alias.as_ref().or(self.table.as_ref());
        own.is_some_and(|own| {
            own.eq_ignore_ascii_case(name) || own.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
        })
    }
}

/// Brackets that are open at the cursor, or the statement as a whole.
#[derive(Debug, Clone, Default)]
struct Frame {
    /// The token behind the bracket.
    first: usize,
    /// The first token of the SELECT that the cursor is in.
    select: usize,
    clause: Option<usize>,
}

/// The text around the cursor.
pub(super) struct Scope<'s> {
    text: &'s str,
    pub(super) before: Vec<Token<'s>>,
    behind_text: &'s str,
    behind: Vec<Token<'s>>,
    frames: Vec<Frame>,
    pub(super) facts: &'s dyn Facts,
}

impl<'s> Scope<'s> {
    pub(super) fn new(text: &'s str, behind_text: &'s str, before: Vec<Token<'s>>, facts: &'s dyn Facts) -> Self {
        // The rest of a word that the cursor is in is no word.
        let rest = behind_text.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
        let behind = tokens(rest).into_iter().take_while(|token| token.text != ";").collect();
        let frames = frames(&before);
        Self { text, before, behind_text: rest, behind, frames, facts }
    }

    /// The frame of the SELECT that the cursor is in.
    fn query(&self) -> Frame {
        self.frames.iter().rev().find(|frame| frame.clause.is_some()).cloned().unwrap_or_default()
    }

    /// Whether no bracket is open in the clause.
    pub(super) fn at_top(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.clause.is_some())
    }

    /// The word that begins the clause that the cursor is in; empty if there is none.
    pub(super) fn clause(&self) -> &'static str {
        let word = self.query().clause.and_then(|place| self.before.get(place));
        word.and_then(|word| CLAUSES.iter().find(|clause| word.is(clause))).copied().unwrap_or_default()
    }

    /// Whether an alias is being given to what FROM names, as opposed to a common table expression being opened.
    pub(super) fn is_new_relation(&self) -> bool {
        self.clause() == "WITH"
    }

    /// The names that WITH has defined before the cursor.
    pub(super) fn common_tables(&self) -> Vec<String> {
        self.with().1
    }

    /// The text of WITH as far as it is whole, and the names in it.
    fn with(&self) -> (&'s str, Vec<String>) {
        let mut names = Vec::new();
        if !self.before.first().is_some_and(|first| first.is("WITH")) {
            return ("", names);
        }
        let (mut depth, mut end, mut name) = (0_usize, 0, None);
        for (place, token) in self.before.iter().enumerate() {
            match token.text {
                "(" => {
                    let opens = depth == 0 && place > 1 && self.before.get(place - 1).is_some_and(|word| word.is("AS"));
                    if opens {
                        name = self.before.get(place - 2).and_then(Token::name);
                    }
                    depth += 1;
                }
                ")" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0
                        && let Some(name) = name.take()
                    {
                        names.push(name);
                        end = token.end;
                    }
                }
                _ if depth == 0 && token.is("SELECT") => break,
                _ => {}
            }
        }
        (self.text.get(..end).unwrap_or_default(), names)
    }

    /// What the SELECT at the cursor reads.
    pub(super) fn relations(&self) -> Vec<Relation> {
        let before = self.before.get(self.query().select..).unwrap_or_default();
        let behind = self.rest_of_query();
        let mut found = relations(before, self.text);
        // The clause may go on behind the cursor, or stand there as a whole.
        let goes_on = matches!(self.clause(), "FROM" | "JOIN") && self.at_top();
        let whole: Vec<Token<'_>> = if goes_on { Vec::new() } else { behind.to_vec() };
        found.extend(relations(&whole, self.behind_text));
        found
    }

    /// The tokens behind the cursor that belong to its SELECT.
    fn rest_of_query(&self) -> &[Token<'s>] {
        // Brackets that are open between the query's own and the cursor are closed first.
        let mut open = self.frames.iter().rev().take_while(|frame| frame.clause.is_none()).count();
        let mut depth = 0_usize;
        for (place, token) in self.behind.iter().enumerate() {
            match token.text {
                "(" => depth += 1,
                ")" if depth > 0 => depth -= 1,
                ")" if open > 0 => open -= 1,
                ")" => return self.behind.get(..place).unwrap_or_default(),
                _ if depth == 0 && open == 0 && (token.is("UNION") || token.is("EXCEPT") || token.is("INTERSECT")) => {
                    return self.behind.get(..place).unwrap_or_default();
                }
                _ => {}
            }
        }
        &self.behind
    }

    /// The columns of all relations.
    pub(super) fn columns(&self) -> Vec<(String, String)> {
        self.relations().iter().flat_map(|relation| self.columns_of(relation)).collect()
    }

    /// The columns of one relation.
    pub(super) fn columns_of(&self, relation: &Relation) -> Vec<(String, String)> {
        let alias = if relation.table.is_some() { "" } else { " AS q" };
        let query = format!("{} SELECT * FROM {}{alias}", self.with().0, relation.text);
        self.facts.columns_of_query(query.trim()).into_iter().map(|column| (column.name, column.kind)).collect()
    }

    /// The columns of what stands before the point at the cursor.
    pub(super) fn qualified(&self) -> Vec<(String, String)> {
        let [.., qualifier, _] = self.before.as_slice() else { return Vec::new() };
        let Some(name) = qualifier.name() else { return Vec::new() };
        let meant = self.relations().into_iter().find(|relation| relation.is_called(&name));
        meant.map_or_else(Vec::new, |relation| self.columns_of(&relation))
    }

    /// The JSON column whose key is at the cursor: `column ->`, `column ->>`.
    pub(super) fn opened(&self) -> Option<(Option<String>, String)> {
        let place = match self.before.as_slice() {
            [.., dash, one, two] if (dash.text, one.text, two.text) == ("-", ">", ">") => self.before.len() - 3,
            [.., dash, one] if (dash.text, one.text) == ("-", ">") => self.before.len() - 2,
            _ => return None,
        };
        self.column_before(place)
    }

    /// The column that the value at the cursor is compared with, and what it is qualified with.
    pub(super) fn compared(&self) -> Option<(Option<String>, String)> {
        let mut place = self.before.len();
        let token = |place: usize| self.before.get(place.checked_sub(1)?);
        let last = token(place)?;
        if matches!(last.text, "(" | ",") {
            // Back over the values of a list.
            while token(place).is_some_and(|token| token.kind == PieceKind::Text || token.text == ",") {
                place -= 1;
            }
            let is_list = token(place)?.text == "(" && token(place - 1)?.is("IN");
            if !is_list {
                return None;
            }
            place -= 2;
        } else if last.is("LIKE") || last.is("ILIKE") {
            place -= 1;
        } else if matches!(last.text, "=" | ">") && matches!(token(place - 1)?.text, "<" | "!") {
            place -= 2;
        } else if last.text == "=" {
            place -= 1;
        } else {
            return None;
        }
        if token(place)?.is("NOT") {
            place -= 1;
        }
        self.column_before(place)
    }

    /// The column whose name ends before a place, and what it is qualified with.
    fn column_before(&self, place: usize) -> Option<(Option<String>, String)> {
        let token = |place: usize| self.before.get(place.checked_sub(1)?);
        let column = token(place)?.name()?;
        let has_qualifier = token(place - 1).is_some_and(|point| point.text == ".");
        let qualifier = if has_qualifier { token(place.checked_sub(2)?).and_then(Token::name) } else { None };
        Some((qualifier, column))
    }
}

fn frames(tokens: &[Token<'_>]) -> Vec<Frame> {
    let mut frames = vec![Frame::default()];
    for (place, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => frames.push(Frame { first: place + 1, select: place + 1, clause: None }),
            ")" if frames.len() > 1 => {
                frames.pop();
            }
            _ => {
                let Some(frame) = frames.last_mut() else { return frames };
                // Inside of a call FROM is a part of it, as in EXTRACT(hour FROM t).
                let begins = frame.first == place || frame.clause.is_some() || frame.first == 0;
                if begins && CLAUSES.iter().any(|clause| token.is(clause)) {
                    frame.clause = Some(place);
                }
                if token.is("SELECT") && !tokens.get(frame.select).is_some_and(|first| first.is("FROM")) {
                    frame.select = place;
                }
                if token.is("UNION") || token.is("EXCEPT") || token.is("INTERSECT") {
                    frame.select = place + 1;
                }
            }
        }
    }
    frames
}

/// The relations that the tokens of one SELECT name.
fn relations(tokens: &[Token<'_>], text: &str) -> Vec<Relation> {
    let mut found = Vec::new();
    let (mut place, mut in_from) = (0, false);
    while let Some(token) = tokens.get(place) {
        place += 1;
        if token.text == "(" {
            place = behind_bracket(tokens, place);
            continue;
        }
        let opens = token.is("FROM") || token.is("JOIN") || token.text == "," && in_from;
        if opens {
            in_from = true;
            if let Some((relation, next)) = relation(tokens, place, text) {
                found.push(relation);
                place = next;
            }
        } else if token.kind == PieceKind::Keyword
            && ["WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "ON", "SELECT"].iter().any(|word| token.is(word))
        {
            in_from = false;
        }
    }
    found
}

/// The relation that begins here, and the place behind it and its alias.
fn relation(tokens: &[Token<'_>], start: usize, text: &str) -> Option<(Relation, usize)> {
    let first = tokens.get(start)?;
    let mut place = start;
    let mut table = None;
    if first.text == "(" {
        place = behind_bracket(tokens, start + 1);
        // One that does not end is no relation yet.
        if tokens.get(place - 1).is_none_or(|last| last.text != ")") {
            return None;
        }
    } else {
        let mut name = first.name()?;
        place += 1;
        while tokens.get(place).is_some_and(|point| point.text == ".") {
            let Some(part) = tokens.get(place + 1).and_then(Token::name) else { break };
            name = format!("{name}.{part}");
            place += 2;
        }
        if tokens.get(place).is_some_and(|bracket| bracket.text == "(") {
            place = behind_bracket(tokens, place + 1);
        } else {
            table = Some(name);
        }
    }
    let end = tokens.get(place - 1)?.end;
    let own = text.get(first.start..end)?.to_owned();
    if tokens.get(place).is_some_and(|word| word.is("AS")) {
        place += 1;
    }
    let alias = tokens.get(place).and_then(Token::name);
    place += usize::from(alias.is_some());
    Some((Relation { text: own, table, alias }, place))
}

/// The place behind the bracket that was opened before `place`.
fn behind_bracket(tokens: &[Token<'_>], mut place: usize) -> usize {
    let mut depth = 1_usize;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    place
}
