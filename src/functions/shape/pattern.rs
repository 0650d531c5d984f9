//! Values that a pattern finds in a text: what `parse` computes.
//!
//! A pattern is one regular expression. Texts of it are found as they are written, or are regular expressions
//! themselves; a value is what lies between.

use std::{fmt::Write, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, BooleanArray, StringViewBuilder, StructArray},
        datatypes::{DataType, Field, FieldRef, Fields},
    },
    common::{Result, plan_datafusion_err, plan_err},
    logical_expr::{ScalarFunctionArgs, ScalarUDF, Volatility},
};
use regex::Regex;

use super::{Shape, made};
use crate::functions::{arguments::Text, dialect};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Anything, as little as possible.
    Skip,
    /// This text, or what matches it.
    Text(Arc<str>),
    /// A value; what it will be converted to tells where one ends that nothing follows but [`Part::Skip`].
    Value(DataType),
}

/// What `parse` looks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Whether the texts are regular expressions.
    pub regex: bool,
    /// Of a pattern of regular expressions: letters of `imsU`.
    pub flags: String,
    /// Whether a value that is none of its type is still passed over.
    pub relaxed: bool,
}

/// `pattern(text)`: the values as a struct of texts, named by [`value_name`], all null where the pattern does not match,
/// with a truth `matched` behind them.
///
/// # Errors
/// If the regular expression that the pattern makes is none.
pub fn pattern(pattern: &Pattern) -> Result<ScalarUDF> {
    let text = pattern.expression()?;
    let regex = dialect::expression(&text)
        .map_err(|error| plan_datafusion_err!("parse: the pattern is not usable: {error}"))?;
    let values = pattern.parts.iter().filter(|part| matches!(part, Part::Value(_))).count();
    Ok(made(Found { text, regex: Compiled(regex), values }, Volatility::Immutable))
}

/// The field of a value, by its place among the values.
pub fn value_name(place: usize) -> String {
    format!("v{place}")
}

impl Pattern {
    fn expression(&self) -> Result<String> {
        let mut flags = String::new();
        for flag in self.flags.chars() {
            match flag {
                'i' | 'm' | 's' | 'U' if !flags.contains(flag) => flags.push(flag),
                'i' | 'm' | 's' | 'U' => {}
                other => return plan_err!("parse: there is no flag `{other}`; the flags are i, m, s and U"),
            }
        }
        let mut out = match (self.regex, flags.as_str()) {
            (true, "") => String::new(),
            (true, flags) => format!("(?{flags})"),
            // Texts that are found as they are written may span lines.
            (false, _) => "(?s)".to_owned(),
        };
        if !self.regex {
            out.push_str(r"\A");
        }
        let mut place = 0;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Skip => out.push_str(".*?"),
                Part::Text(text) if self.regex => {
                    let _ = write!(out, "(?:{text})");
                }
                Part::Text(text) => out.push_str(&regex::escape(text)),
                Part::Value(kind) => {
                    let form = self.value_form(kind, self.parts.get(at + 1));
                    let _ = write!(out, "(?P<{}>{form})", value_name(place));
                    place += 1;
                }
            }
        }
        if !self.regex && !matches!(self.parts.last(), Some(Part::Skip)) {
            out.push_str(r"\z");
        }
        Ok(out)
    }

    /// The regular expression of a value.
    fn value_form(&self, kind: &DataType, next: Option<&Part>) -> String {
        let form = match kind {
            DataType::Int32 | DataType::Int64 => r"\s*[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+)",
            DataType::Float64 | DataType::Decimal128(..) => r"\s*[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?",
            DataType::Boolean => "(?i:true|false|[01])",
            DataType::Timestamp(..) | DataType::Duration(_) if !self.regex => {
                r"\s*[-+0-9A-Za-z:./]+(?: [0-9:.]+(?: ?[AaPp][Mm])?)?"
            }
            _ => "",
        };
        match (self.regex, form, next) {
            // Greedy, unless the flag U says otherwise.
            (true, "", _) => ".*".to_owned(),
            (true, form, _) => form.to_owned(),
            // A value ends where the next text begins.
            (false, "", _) | (false, _, Some(Part::Text(_)) | None) => ".*?".to_owned(),
            (false, form, _) if self.relaxed => format!("(?:{form})?"),
            (false, form, _) => form.to_owned(),
        }
    }
}

/// A regular expression beside its text, which stands for it in comparisons.
#[derive(Debug)]
pub(super) struct Compiled(pub Regex);

impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Compiled {}

impl std::hash::Hash for Compiled {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Found {
    text: String,
    regex: Compiled,
    values: usize,
}

impl Found {
    fn fields(&self) -> Fields {
        let texts = (0..self.values).map(|place| Field::new(value_name(place), DataType::Utf8View, true));
        texts.chain([Field::new("matched", DataType::Boolean, true)]).collect()
    }
}

impl Shape for Found {
    const NAME: &'static str = "pattern";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(Self::NAME, DataType::Struct(self.fields()), false)))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let Some(source) = args.args.first() else { return plan_err!("parse: there is no text") };
        let source = Text::of(source)?;
        let mut values: Vec<StringViewBuilder> =
            (0..self.values).map(|_| StringViewBuilder::with_capacity(args.number_rows)).collect();
        let names: Vec<String> = (0..self.values).map(value_name).collect();
        let mut matched = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let found = source.get(row).and_then(|text| self.regex.0.captures(text));
            for (value, name) in values.iter_mut().zip(&names) {
                match &found {
                    // A group that took no part is the empty text.
                    Some(found) => value.try_append_value(found.name(name).map_or("", |value| value.as_str()))?,
                    None => value.append_null(),
                }
            }
            matched.push(found.is_some());
        }
        let mut columns: Vec<ArrayRef> = values.iter_mut().map(|value| Arc::new(value.finish()) as ArrayRef).collect();
        columns.push(Arc::new(BooleanArray::from(matched)));
        Ok(Arc::new(StructArray::try_new_with_length(self.fields(), columns, None, args.number_rows)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(parts: &[Part], text: &str) -> Option<Vec<String>> {
        found_by(Pattern { parts: parts.to_vec(), regex: false, flags: String::new(), relaxed: false }, text)
    }

    fn found_by(pattern: Pattern, text: &str) -> Option<Vec<String>> {
        let regex = Regex::new(&pattern.expression().unwrap()).unwrap();
        let found = regex.captures(text)?;
        let names = regex.capture_names().flatten().filter(|name| name.starts_with('v'));
        Some(names.map(|name| found.name(name).map_or("", |value| value.as_str()).to_owned()).collect())
    }

    fn text(text: &str) -> Part {
        Part::Text(text.into())
    }

    #[test]
    fn values_lie_between_texts() {
        let value = Part::Value(DataType::Utf8View);
        let long = Part::Value(DataType::Int64);
        for (parts, source, values) in [
            (vec![text("a="), value.clone(), text(";b="), value.clone()], "a=1;b=2;b=3", Some(vec!["1", "2;b=3"])),
            (vec![text("a="), value.clone()], "xa=1", None),
            (vec![Part::Skip, text("a="), value.clone(), text("]")], "x\na=1]2]", Some(vec!["1]2"])),
            (vec![Part::Skip, text("("), value.clone(), text(")"), Part::Skip], "f(.*) (y)", Some(vec![".*"])),
            (
                vec![text("n="), long.clone(), Part::Skip, text("m="), long.clone()],
                "n=12 of m=3",
                Some(vec!["12", "3"]),
            ),
            (vec![text("n="), long, Part::Skip], "n=twelve", None),
            (vec![value], "", Some(vec![""])),
        ] {
            let values = values.map(|values: Vec<&str>| values.into_iter().map(str::to_owned).collect());
            assert_eq!(found(&parts, source), values, "{source}");
        }
    }

    #[test]
    fn texts_may_be_expressions() {
        let parts = vec![Part::Skip, text("(k|n)ame="), Part::Value(DataType::Utf8View), text(","), Part::Skip];
        let pattern =
            |flags: &str| Pattern { parts: parts.clone(), regex: true, flags: flags.to_owned(), relaxed: false };
        assert_eq!(found_by(pattern(""), "name=a,b,c"), Some(vec!["a,b".to_owned()]));
        assert_eq!(found_by(pattern("Ui"), "NAME=a,b,c"), Some(vec!["a".to_owned()]));
        assert!(pattern("x").expression().unwrap_err().to_string().contains("there is no flag `x`"));
    }
}
