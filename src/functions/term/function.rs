//! The SQL functions over [`TermMatcher`] and [`TermSet`]; those of equality are in [`equality`].

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::BooleanArray,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use super::{
    Case::{self, Insensitive, Sensitive},
    TermMatcher, TermSet,
    TextOperator::{self, Contains, EndsWith, Has, HasPrefix, HasSuffix, StartsWith},
    equality,
};
use crate::functions::{
    arguments::{Text, Texts, check_text, check_text_and_texts, exactly, truth},
    definition::{Definition, Section, Words, defined},
    prepared::Prepared,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    terms().into_iter().chain(equality::functions()).collect()
}

fn terms() -> Vec<ScalarUDF> {
    let one = |operator, case, syntax, description, example| {
        let definition = Definition::new(Words { section: Section::Text, syntax, description, example }, (2, Some(2)));
        // Kusto's own names of what SQL has under another meaning, or does not have.
        let definition = match (operator, case) {
            (Contains, Insensitive) => definition.aliases(&["kusto_contains"]),
            (StartsWith, Insensitive) => definition.aliases(&["startswith"]),
            (EndsWith, Insensitive) => definition.aliases(&["endswith"]),
            _ => definition,
        };
        ScalarUDF::from(OneTerm { definition, operator, case, prepared: Prepared::default() })
    };
    let many = |quantifier, syntax, description, example| {
        let definition = Definition::new(Words { section: Section::Text, syntax, description, example }, (1, None));
        ScalarUDF::from(ManyTerms { definition, quantifier, prepared: Prepared::default() })
    };
    vec![
        one(
            Has,
            Insensitive,
            "has(text, term)",
            "Whether text has the term, in any letter case, with no word cut: a term is a run of letters and digits, \
             and all else delimits.",
            ("SELECT has('rundll32.exe COMSVCS.dll', 'comsvcs'), has('comsvcs2', 'comsvcs')", "true, false"),
        ),
        one(
            Has,
            Sensitive,
            "has_cs(text, term)",
            "The same as has, but the letter case counts.",
            ("SELECT has_cs('Invoke-Command', 'Invoke'), has_cs('invoke-command', 'Invoke')", "true, false"),
        ),
        one(
            HasPrefix,
            Insensitive,
            "hasprefix(text, prefix)",
            "Whether a term of text begins with prefix, in any letter case.",
            ("SELECT hasprefix('powershell -EncodedCommand', 'enc'), hasprefix('silence', 'enc')", "true, false"),
        ),
        one(
            HasPrefix,
            Sensitive,
            "hasprefix_cs(text, prefix)",
            "The same as hasprefix, but the letter case counts.",
            ("SELECT hasprefix_cs('-Encoded', 'Enc'), hasprefix_cs('-encoded', 'Enc')", "true, false"),
        ),
        one(
            HasSuffix,
            Insensitive,
            "hassuffix(text, suffix)",
            "Whether a term of text ends with suffix, in any letter case.",
            ("SELECT hassuffix('mail from evilcorp, today', 'CORP'), hassuffix('corporate', 'corp')", "true, false"),
        ),
        one(
            HasSuffix,
            Sensitive,
            "hassuffix_cs(text, suffix)",
            "The same as hassuffix, but the letter case counts.",
            ("SELECT hassuffix_cs('EvilCorp', 'Corp'), hassuffix_cs('evilcorp', 'Corp')", "true, false"),
        ),
        one(
            Contains,
            Insensitive,
            "contains_ci(text, part)",
            "Whether text contains part anywhere, in any letter case. Where the case counts, use contains(text, \
             part).",
            ("SELECT contains_ci('Invoke-Mimikatz', 'MIMI'), contains_ci('mini', 'mimi')", "true, false"),
        ),
        one(
            StartsWith,
            Insensitive,
            "startswith_ci(text, prefix)",
            "Whether text starts with prefix, in any letter case. Where the case counts, use starts_with(text, \
             prefix).",
            (r"SELECT startswith_ci('C:\Windows\notepad.exe', 'c:\windows\')", "true"),
        ),
        one(
            EndsWith,
            Insensitive,
            "endswith_ci(text, suffix)",
            "Whether text ends with suffix, in any letter case. Where the case counts, use ends_with(text, suffix).",
            ("SELECT endswith_ci('report.PDF.EXE', '.exe')", "true"),
        ),
        one(
            Contains,
            Sensitive,
            "contains_cs(text, part)",
            "Whether text contains part anywhere; the letter case counts.",
            ("SELECT contains_cs('Mimikatz', 'Mimi'), contains_cs('mimikatz', 'Mimi')", "true, false"),
        ),
        one(
            StartsWith,
            Sensitive,
            "startswith_cs(text, prefix)",
            "Whether text starts with prefix; the letter case counts.",
            ("SELECT startswith_cs('Cmd', 'C'), startswith_cs('cmd', 'C')", "true, false"),
        ),
        one(
            EndsWith,
            Sensitive,
            "endswith_cs(text, suffix)",
            "Whether text ends with suffix; the letter case counts.",
            ("SELECT endswith_cs('a.EXE', '.EXE'), endswith_cs('a.exe', '.EXE')", "true, false"),
        ),
        many(
            Quantifier::Any,
            "has_any(text, term, …)",
            "Whether text has at least one of the terms, as has does. Terms are texts, lists of text, or both; a \
             NULL among them is passed over.",
            ("SELECT has_any('whoami /all', 'nltest', 'whoami'), has_any('whoami', ['net', 'nltest'])", "true, false"),
        ),
        many(
            Quantifier::All,
            "has_all(text, term, …)",
            "Whether text has every one of the terms, as has does. Terms are texts, lists of text, or both; a NULL \
             among them is passed over.",
            (
                "SELECT has_all('net user add /domain', 'user', 'domain'), has_all('net user', ['user', 'domain'])",
                "true, false",
            ),
        ),
    ]
}

/// `has(text, term)` and its kin.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OneTerm {
    definition: Definition,
    operator: TextOperator,
    case: Case,
    prepared: Prepared<TermMatcher>,
}

impl ScalarUDFImpl for OneTerm {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        for (index, field) in args.arg_fields.iter().enumerate() {
            check_text(self.name(), index + 1, field.data_type())?;
        }
        Ok(truth(self.name(), args.arg_fields))
    }

    /// Null if one argument is.
    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text, term] = exactly(&args.args)?;
        let (text, term) = (Text::of(text)?, Text::of(term)?);
        let make = |term: &str| TermMatcher::new(self.operator, self.case, term);
        match term {
            Text::Constant(None) => Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None))),
            Text::Constant(Some(term)) => {
                let matcher = self.prepared.get(&[term], || Ok(make(term)))?;
                Ok(text.test(|text| matcher.is_match(text)))
            }
            term => {
                let hits = (0..args.number_rows).map(|row| Some(make(term.get(row)?).is_match(text.get(row)?)));
                Ok(ColumnarValue::Array(Arc::new(hits.collect::<BooleanArray>())))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Quantifier {
    Any,
    All,
}

/// `has_any(text, term, …)` and `has_all(text, term, …)`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ManyTerms {
    definition: Definition,
    quantifier: Quantifier,
    prepared: Prepared<TermSet>,
}

impl ManyTerms {
    fn holds(&self, set: &TermSet, text: &str) -> bool {
        match self.quantifier {
            Quantifier::Any => set.any(text),
            Quantifier::All => set.all(text),
        }
    }
}

impl ScalarUDFImpl for ManyTerms {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        check_text_and_texts(self.name(), "terms", &self.definition.documentation.syntax_example, args.arg_fields)?;
        Ok(truth(self.name(), args.arg_fields))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((text, terms)) = args.args.split_first() else { return plan_err!("{}: no arguments", self.name()) };
        let (text, terms) = (Text::of(text)?, Texts::of(terms)?);
        if terms.is_constant() {
            let Some(terms) = terms.get(0) else { return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None))) };
            let set = self.prepared.get(&terms, || Ok(TermSet::new(&terms)))?;
            return Ok(text.test(|text| self.holds(&set, text)));
        }
        let hits = (0..args.number_rows).map(|row| {
            // A set for one row would not pay.
            let (terms, text) = (terms.get(row)?, text.get(row)?);
            let mut hits = terms.iter().map(|term| TermMatcher::new(Has, Insensitive, term).is_match(text));
            Some(match self.quantifier {
                Quantifier::Any => hits.any(|hit| hit),
                Quantifier::All => hits.all(|hit| hit),
            })
        });
        Ok(ColumnarValue::Array(Arc::new(hits.collect::<BooleanArray>())))
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn one_term_over_every_text_type() {
        let texts = [Some("net use"), Some("NET1 user"), Some("\u{212A}net"), Some(""), None, Some("x_net")];
        every_text_type(&texts, "has(t, 'Net')", &["true", "false", "false", "false", "NULL", "true"]).await;
        every_text_type(&texts, "has(t, '')", &["true", "true", "true", "true", "NULL", "true"]).await;
        every_text_type(&texts, "hasprefix(t, 'net')", &["true", "true", "false", "false", "NULL", "true"]).await;
        every_text_type(&texts, "contains_ci(t, 'KN')", &["false", "false", "true", "false", "NULL", "false"]).await;
    }

    #[tokio::test]
    async fn nulls_and_constants() {
        answers("has(NULL, 'a'), has('a', NULL), has(NULL, NULL), has('a', 'A')", "NULL, NULL, NULL, true").await;
        answers("has_cs('a', 'A'), hasprefix_cs('Ab', 'A'), hassuffix_cs('bA', 'a')", "false, true, false").await;
    }

    #[tokio::test]
    async fn a_term_a_row() {
        let rows = "FROM (VALUES ('a-b', 'B'), ('ab', 'b'), ('ab', NULL), (NULL, 'b'), ('É!', 'é')) AS v(t, p)";
        answers(&format!("has(t, p) {rows}"), "true; false; NULL; NULL; true").await;
        answers(&format!("has_any(t, p, 'x') {rows}"), "true; false; false; NULL; true").await;
        answers(&format!("has_all(t, [p], '') {rows}"), "true; false; true; NULL; true").await;
    }

    #[tokio::test]
    async fn lists_of_terms() {
        let texts = [Some("net use"), Some("NET1 user"), Some(""), None];
        every_text_type(&texts, "has_any(t, 'x', 'NET', NULL)", &["true", "false", "false", "NULL"]).await;
        every_text_type(&texts, "has_any(t, ['user', 'use'])", &["true", "true", "false", "NULL"]).await;
        every_text_type(&texts, "has_all(t, 'use', ['net'])", &["true", "false", "false", "NULL"]).await;
        every_text_type(&texts, "has_any(t, [])", &["false", "false", "false", "NULL"]).await;
        every_text_type(&texts, "has_all(t, [])", &["true", "true", "true", "NULL"]).await;
        answers("has_any('a', NULL)", "false").await;
        answers("has_any('a', CAST(NULL AS VARCHAR[]))", "NULL").await;
        answers("has_any('a', (SELECT array_agg(x) FROM (VALUES ('a'), (NULL)) AS v(x)))", "true").await;
        answers("has_any('a', arrow_cast(['A'], 'LargeList(LargeUtf8)'))", "true").await;
    }

    #[tokio::test]
    async fn a_dictionary_is_text() {
        answers(
            "has(arrow_cast(t, 'Dictionary(Int32, Utf8)'), 'a') FROM (VALUES ('a b'), (NULL)) AS v(t)",
            "true; NULL",
        )
        .await;
    }

    #[tokio::test]
    async fn other_types_are_refused_with_a_sentence() {
        refuses("has(443, '443')", "has: argument 1 must be text, but it is Int64; write CAST(… AS VARCHAR)").await;
        refuses("has_any('a', [1])", "has_any: argument 2 must be text, but it is Int64").await;
        refuses("has_any('a')", "has_any: the terms are missing; write has_any(text, term, …)").await;
        refuses("has('a')", "has").await;
    }
}
