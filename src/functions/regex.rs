//! `matches_regex`: a search by regular expression. The syntax is that of the Rust crate `regex`, which is also the
//! one that Kusto documents, with the spellings of `dialect` besides: Unicode classes, no look-around, no back-references.

use std::sync::Arc;

use ::regex::Regex;
use datafusion::{
    arrow::{
        array::BooleanArray,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, plan_datafusion_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use super::{
    arguments::{Text, check_text, constant_text, exactly, truth},
    definition::{Definition, Section, Words, defined},
    dialect,
    prepared::Prepared,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Text,
        syntax: "matches_regex(text, pattern)",
        description: "Whether the regular expression matches anywhere in text. The letter case counts; begin the \
                      pattern with (?i) to have it not count. There is no look-around and there are no \
                      back-references.",
        example: (r"SELECT matches_regex('-enc SQBFAFgA', '(?i)-e(nc)?\s+[A-Za-z0-9+/=]{8,}')", "true"),
    };
    let definition = Definition::new(words, (2, Some(2)));
    vec![ScalarUDF::from(MatchesRegex { definition, prepared: Prepared::default() })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MatchesRegex {
    definition: Definition,
    prepared: Prepared<Regex>,
}

impl MatchesRegex {
    fn compile(&self, pattern: &str) -> Result<Arc<Regex>> {
        compile(self.definition.name, &self.prepared, pattern)
    }
}

/// A regular expression, compiled now if it is not at hand; refused with a sentence if it is none.
pub(super) fn compile(function: &str, prepared: &Prepared<Regex>, pattern: &str) -> Result<Arc<Regex>> {
    prepared.get(&[pattern], || {
        let usable = dialect::expression(pattern);
        usable.map_err(|error| plan_datafusion_err!("{function}: the pattern is not usable: {error}"))
    })
}

impl ScalarUDFImpl for MatchesRegex {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    /// Also refuses a constant pattern that is none, while the query is planned.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        for (index, field) in args.arg_fields.iter().enumerate() {
            check_text(self.name(), index + 1, field.data_type())?;
        }
        if let [_, Some(pattern)] = args.scalar_arguments
            && let Some(pattern) = constant_text(pattern)
        {
            self.compile(pattern)?;
        }
        Ok(truth(self.name(), args.arg_fields))
    }

    /// Null if one argument is.
    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text, pattern] = exactly(&args.args)?;
        let (text, pattern) = (Text::of(text)?, Text::of(pattern)?);
        match pattern {
            Text::Constant(None) => Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None))),
            Text::Constant(Some(pattern)) => {
                let regex = self.compile(pattern)?;
                Ok(text.test(|text| regex.is_match(text)))
            }
            pattern => {
                let hits = (0..args.number_rows).map(|row| match (text.get(row), pattern.get(row)) {
                    (Some(text), Some(pattern)) => Ok(Some(self.compile(pattern)?.is_match(text))),
                    _ => Ok(None),
                });
                Ok(ColumnarValue::Array(Arc::new(hits.collect::<Result<BooleanArray>>()?)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn searches_and_heeds_case() {
        every_text_type(
            &[Some("cmd /c whoami"), Some("CMD"), Some(""), None],
            "matches_regex(t, '^cmd')",
            &["true", "false", "false", "NULL"],
        )
        .await;
        answers("matches_regex('x', '')", "true").await;
        answers("matches_regex('ÄB', '(?i)äb')", "true").await;
        answers("matches_regex(NULL, 'a'), matches_regex('a', NULL)", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn a_pattern_a_row() {
        answers(
            "matches_regex('abc', p) FROM (VALUES ('b'), ('^b'), (NULL), ('b')) AS v(p)",
            "true; false; NULL; true",
        )
        .await;
    }

    #[tokio::test]
    async fn a_pattern_that_is_none_is_refused_while_planning() {
        refuses("matches_regex('a', '(')", "matches_regex: the pattern is not usable: regex parse error").await;
        refuses("matches_regex('a', '(?=a)')", "look-around").await;
        refuses("matches_regex(1, 'a')", "matches_regex: argument 1 must be text, but it is Int64").await;
    }
}
