//! The SQL functions over [`EqualText`] and [`EqualSet`].

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::BooleanArray,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};

use super::{EqualSet, EqualText};
use crate::functions::{
    arguments::{Text, Texts, check_text, check_text_and_texts, exactly, truth},
    definition::{Definition, Section, Words, defined},
    prepared::Prepared,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let equals = Words {
        section: Section::Text,
        syntax: "equals_ci(a, b)",
        description: "Whether the texts are the same in any letter case.",
        example: ("SELECT equals_ci('CMD.exe', 'cmd.EXE'), equals_ci('cmd', 'cm')", "true, false"),
    };
    let is_in = Words {
        section: Section::Text,
        syntax: "in_ci(text, value, …)",
        description: "Whether the text is one of the values in any letter case. Values are texts, lists of text, or \
                      both; a NULL among them is passed over.",
        example: ("SELECT in_ci('CMD.exe', 'cmd.exe', 'net.exe'), in_ci('a', ['b'])", "true, false"),
    };
    vec![
        ScalarUDF::from(EqualsCi { definition: Definition::new(equals, (2, Some(2))), prepared: Prepared::default() }),
        ScalarUDF::from(InCi { definition: Definition::new(is_in, (1, None)), prepared: Prepared::default() }),
    ]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EqualsCi {
    definition: Definition,
    prepared: Prepared<EqualText>,
}

impl ScalarUDFImpl for EqualsCi {
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
        let [a, b] = exactly(&args.args)?;
        let (a, b) = (Text::of(a)?, Text::of(b)?);
        match (&a, &b) {
            (_, Text::Constant(None)) | (Text::Constant(None), _) => {
                Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None)))
            }
            (other, Text::Constant(Some(text))) | (Text::Constant(Some(text)), other) => {
                let equal = self.prepared.get(&[text], || Ok(EqualText::new(text)))?;
                Ok(other.test(|text| equal.is_match(text)))
            }
            _ => {
                let hits = (0..args.number_rows).map(|row| Some(EqualText::new(a.get(row)?).is_match(b.get(row)?)));
                Ok(ColumnarValue::Array(Arc::new(hits.collect::<BooleanArray>())))
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InCi {
    definition: Definition,
    prepared: Prepared<EqualSet>,
}

impl ScalarUDFImpl for InCi {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        check_text_and_texts(self.name(), "values", &self.definition.documentation.syntax_example, args.arg_fields)?;
        Ok(truth(self.name(), args.arg_fields))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((text, values)) = args.args.split_first() else { return plan_err!("{}: no arguments", self.name()) };
        let (text, values) = (Text::of(text)?, Texts::of(values)?);
        if values.is_constant() {
            let Some(values) = values.get(0) else { return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None))) };
            let set = self.prepared.get(&values, || Ok(EqualSet::new(&values)))?;
            return Ok(text.test(|text| set.has(text)));
        }
        let hits = (0..args.number_rows).map(|row| {
            let (values, text) = (values.get(row)?, EqualText::new(text.get(row)?));
            Some(values.iter().any(|value| text.is_match(value)))
        });
        Ok(ColumnarValue::Array(Arc::new(hits.collect::<BooleanArray>())))
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn equality() {
        let texts = [Some("Net.exe"), Some("é"), Some(""), None, Some("netexe")];
        every_text_type(&texts, "equals_ci(t, 'NET.EXE')", &["true", "false", "false", "NULL", "false"]).await;
        every_text_type(&texts, "equals_ci('É', t)", &["false", "true", "false", "NULL", "false"]).await;
        every_text_type(&texts, "in_ci(t, 'É', ['net.EXE', ''], NULL)", &["true", "true", "true", "NULL", "false"])
            .await;
        answers(
            "equals_ci(NULL, 'a'), equals_ci('a', NULL), in_ci('a', NULL), in_ci('a', [])",
            "NULL, NULL, false, false",
        )
        .await;
    }

    #[tokio::test]
    async fn values_a_row() {
        let rows = "FROM (VALUES ('a', 'A'), ('a', 'b'), ('a', NULL), (NULL, 'a')) AS v(t, p)";
        answers(
            &format!("equals_ci(t, p), in_ci(t, p, 'x') {rows}"),
            "true, true; false, false; NULL, false; NULL, NULL",
        )
        .await;
        refuses("in_ci('a')", "in_ci: the values are missing; write in_ci(text, value, …)").await;
        refuses("equals_ci(1, 'a')", "equals_ci: argument 1 must be text").await;
    }
}
