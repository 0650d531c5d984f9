//! The values of keys in a text of pairs such as `a=1 b="2 3"`: what `parse-kv` computes.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, StringViewBuilder, StructArray},
        datatypes::{DataType, Field, FieldRef, Fields},
    },
    common::{Result, plan_datafusion_err, plan_err},
    logical_expr::{ScalarFunctionArgs, ScalarUDF, Volatility},
};

use super::{
    Shape, made,
    pattern::{Compiled, value_name},
};
use crate::functions::{arguments::Text, dialect};

/// How pairs are written, and whose values are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pairs {
    /// The keys.
    pub keys: Vec<String>,
    /// What separates pairs; if it is absent, whatever is no letter or digit.
    pub pair_delimiter: Option<String>,
    /// What separates key and value; if it is absent, whatever is no letter or digit.
    pub kv_delimiter: Option<String>,
    /// The opening and the closing quote.
    pub quotes: Option<(char, char)>,
    /// What makes of a quote a plain character.
    pub escape: Option<char>,
    /// Whether a value reaches to the next key.
    pub greedy: bool,
    /// A pattern with two groups that finds pairs instead.
    pub regex: Option<String>,
}

/// `pairs(text)`: the values as a struct of texts, named by [`value_name`], null where there is no such key. Of a key
/// that is there several times the first counts.
///
/// # Errors
/// If the pattern is no regular expression of two groups.
pub fn pairs(pairs: Pairs) -> Result<ScalarUDF> {
    let regex = pairs.regex.as_deref().map(|pattern| {
        let regex = dialect::expression(pattern)
            .map_err(|error| plan_datafusion_err!("parse-kv: the pattern is not usable: {error}"))?;
        match regex.captures_len() {
            3 => Ok(Compiled(regex)),
            groups => {
                plan_err!("parse-kv: the pattern must have two groups, for key and value, and has {}", groups - 1)
            }
        }
    });
    let regex = regex.transpose()?;
    Ok(made(Values { pairs, regex }, Volatility::Immutable))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Values {
    pairs: Pairs,
    regex: Option<Compiled>,
}

impl Values {
    fn fields(&self) -> Fields {
        (0..self.pairs.keys.len()).map(|place| Field::new(value_name(place), DataType::Utf8View, true)).collect()
    }

    fn find<'t>(&self, text: &'t str, found: &mut HashMap<String, std::borrow::Cow<'t, str>>) {
        if let Some(regex) = &self.regex {
            for pair in regex.0.captures_iter(text) {
                if let (Some(key), Some(value)) = (pair.get(1), pair.get(2)) {
                    found.entry(key.as_str().trim().to_owned()).or_insert(value.as_str().into());
                }
            }
            return;
        }
        match (&self.pairs.pair_delimiter, &self.pairs.kv_delimiter) {
            (Some(pair), Some(kv)) if !pair.is_empty() && !kv.is_empty() => self.pairs.each(text, pair, kv, found),
            _ => self.pairs.by_word(text, found),
        }
    }
}

type Found<'t> = HashMap<String, std::borrow::Cow<'t, str>>;

impl Pairs {
    /// Finds pairs between delimiters.
    fn each<'t>(&self, text: &'t str, pair: &str, kv: &str, found: &mut Found<'t>) {
        let mut rest = text;
        loop {
            rest = trim_delimiters(rest, pair);
            if rest.is_empty() {
                return;
            }
            let (key, after) = match self.quoted(rest) {
                Some((key, after)) => match after.trim_start().strip_prefix(kv) {
                    Some(after) => (key.trim().to_owned(), after),
                    // A quoted text without a value is passed over.
                    None => {
                        rest = after;
                        continue;
                    }
                },
                None => {
                    let Some((before, after)) = rest.split_once(kv) else { return };
                    // What stands before the last delimiter has no value.
                    let key = before.rsplit(pair).next().unwrap_or(before);
                    (key.trim().to_owned(), after)
                }
            };
            let (value, after) = self.value(after, pair, kv);
            found.entry(key).or_insert(value);
            rest = after;
        }
    }

    /// The value at the start of a text, and what follows it.
    fn value<'t>(&self, text: &'t str, pair: &str, kv: &str) -> (std::borrow::Cow<'t, str>, &'t str) {
        let start = if pair.trim().is_empty() && text.starts_with(pair) { text } else { text.trim_start() };
        if let Some((value, after)) = self.quoted(start) {
            return (value, after);
        }
        let end = match (self.greedy, start.find(kv)) {
            // Up to the delimiter before the next key.
            (true, Some(next)) => start.get(..next).and_then(|before| before.rfind(pair)).unwrap_or(next),
            (true, None) => start.len(),
            (false, _) => start.find(pair).unwrap_or(start.len()),
        };
        let (value, after) = start.split_at(end);
        (value.trim().into(), after)
    }

    /// Finds the wanted keys as whole words; what follows is their value.
    fn by_word<'t>(&self, text: &'t str, found: &mut Found<'t>) {
        for key in self.keys.iter().filter(|key| !key.is_empty()) {
            for (at, _) in text.match_indices(key.as_str()) {
                let (before, after) = (&text[..at], &text[at + key.len()..]);
                let inside = before.chars().next_back().is_some_and(char::is_alphanumeric);
                let after = match &self.kv_delimiter {
                    Some(kv) if !kv.is_empty() => after.trim_start().strip_prefix(kv.as_str()),
                    _ => after.strip_prefix(|char: char| !char.is_alphanumeric()),
                };
                let Some(after) = after.filter(|_| !inside) else { continue };
                let quote = self.quotes.map(|(open, _)| open);
                let start = after.trim_start_matches(|char: char| !char.is_alphanumeric() && Some(char) != quote);
                let value = match self.quoted(start) {
                    Some((value, _)) => value,
                    None => {
                        let end = match &self.pair_delimiter {
                            Some(pair) if !pair.is_empty() => start.find(pair.as_str()),
                            _ => start.find(|char: char| !char.is_alphanumeric()),
                        };
                        start.get(..end.unwrap_or(start.len())).unwrap_or(start).trim().into()
                    }
                };
                found.entry(key.clone()).or_insert(value);
                break;
            }
        }
    }

    /// The quoted text that a text starts with, without its quotes and escapes, and what follows it.
    fn quoted<'t>(&self, text: &'t str) -> Option<(std::borrow::Cow<'t, str>, &'t str)> {
        let (open, close) = self.quotes?;
        let inside = text.strip_prefix(open)?;
        let mut value = String::new();
        let mut chars = inside.char_indices();
        while let Some((at, char)) = chars.next() {
            if Some(char) == self.escape {
                match chars.next() {
                    Some((_, escaped)) => value.push(escaped),
                    None => break,
                }
            } else if char == close {
                return Some((value.into(), inside.get(at + char.len_utf8()..).unwrap_or_default()));
            } else {
                value.push(char);
            }
        }
        // The quote is never closed: it is a plain character.
        None
    }
}

/// A text without the delimiters and blanks that it starts with.
fn trim_delimiters<'t>(text: &'t str, pair: &str) -> &'t str {
    let mut rest = text.trim_start();
    while let Some(after) = rest.strip_prefix(pair) {
        rest = after.trim_start();
    }
    rest
}

impl Shape for Values {
    const NAME: &'static str = "pairs";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(Self::NAME, DataType::Struct(self.fields()), false)))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let Some(source) = args.args.first() else { return plan_err!("parse-kv: there is no text") };
        let source = Text::of(source)?;
        let mut values: Vec<StringViewBuilder> =
            self.pairs.keys.iter().map(|_| StringViewBuilder::with_capacity(args.number_rows)).collect();
        for row in 0..args.number_rows {
            let mut found = HashMap::new();
            if let Some(text) = source.get(row) {
                self.find(text, &mut found);
            }
            for (value, key) in values.iter_mut().zip(&self.pairs.keys) {
                match found.get(key) {
                    Some(text) => value.try_append_value(text)?,
                    None => value.append_null(),
                }
            }
        }
        let columns = values.iter_mut().map(|value| Arc::new(value.finish()) as ArrayRef).collect();
        Ok(Arc::new(StructArray::try_new_with_length(self.fields(), columns, None, args.number_rows)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(keys: &[&str]) -> Pairs {
        Pairs {
            keys: keys.iter().map(ToString::to_string).collect(),
            pair_delimiter: Some(" ".to_owned()),
            kv_delimiter: Some("=".to_owned()),
            quotes: None,
            escape: None,
            greedy: false,
            regex: None,
        }
    }

    fn values(pairs: Pairs, text: &str) -> String {
        let keys = pairs.keys.clone();
        let regex = pairs.regex.as_deref().map(|pattern| Compiled(dialect::expression(pattern).unwrap()));
        let mut found = HashMap::new();
        Values { pairs, regex }.find(text, &mut found);
        let value = |key: &String| found.get(key).map_or("NULL".to_owned(), ToString::to_string);
        keys.iter().map(value).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn values_end_at_delimiters() {
        assert_eq!(values(plain(&["a", "b", "c"]), "a=1 x b=2 a=3"), "1|2|NULL");
        assert_eq!(values(plain(&["a", "b"]), "a= b=2"), "|2");
        assert_eq!(values(Pairs { greedy: true, ..plain(&["a", "b"]) }, "a=x y b=2 3"), "x y|2 3");
        let comma = Pairs { pair_delimiter: Some(",".into()), kv_delimiter: Some(":".into()), ..plain(&["a b", "c"]) };
        assert_eq!(values(comma, " a b : the rest , c:2"), "the rest|2");
    }

    #[test]
    fn quotes_hold_delimiters() {
        let quoted = |open, close| Pairs { quotes: Some((open, close)), ..plain(&["a b", "c"]) };
        assert_eq!(values(quoted('"', '"'), r#""a b"="x =y" c=1"#), "x =y|1");
        assert_eq!(values(quoted('(', ')'), "(a b)=(x y) c=1"), "x y|1");
        let escaped = Pairs { escape: Some('\\'), ..quoted('"', '"') };
        assert_eq!(values(escaped, r#"c="say \"a\"" "a b"=1"#), r#"1|say "a""#);
        assert_eq!(values(quoted('"', '"'), r#"c="open"#), "NULL|\"open");
    }

    #[test]
    fn words_and_patterns() {
        let words = Pairs { pair_delimiter: None, kv_delimiter: None, ..plain(&["Id", "Text"]) };
        assert_eq!(values(words, "10:00 [INFO] ThreadId:1, Id:458, Text: Started"), "458|Started");
        let regex = Pairs { regex: Some(r#""(\w+)\s*:\s*([^"]*)""#.to_owned()), ..plain(&["a", "b"]) };
        assert_eq!(values(regex, r#"["a: x=1", "b : 2"]"#), "x=1|2");
        assert!(pairs(Pairs { regex: Some("(a)".to_owned()), ..plain(&["a"]) }).is_err());
    }
}
