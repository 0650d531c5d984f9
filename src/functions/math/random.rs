//! `kusto_rand`: another number each time.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::Float64Array,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Volatility},
};
use rand::Rng;

use crate::functions::{
    call::Column,
    definition::{Definition, Section, Words, defined},
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Math,
        syntax: "kusto_rand([n])",
        description: "A number by chance, another for every row: from 0 up to but not including 1, or with n a whole \
                      number from 0 to n - 1. It is a double either way. NULL if n is not positive.",
        example: ("SELECT kusto_rand() < 1, kusto_rand(1)", "true, 0.0"),
    };
    let mut definition = Definition::new(words, (0, Some(1)));
    definition.signature.volatility = Volatility::Volatile;
    vec![ScalarUDF::from(Rand { definition })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Rand {
    definition: Definition,
}

impl ScalarUDFImpl for Rand {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [n] if !n.data_type().is_integer() && !n.data_type().is_null() => {
                plan_err!("{}: argument 1 must be a whole number, but it is {}", self.name(), n.data_type())
            }
            _ => Ok(Arc::new(Field::new(self.name(), DataType::Float64, true))),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut chance = rand::rng();
        let numbers: Float64Array = match args.args.first() {
            None => (0..args.number_rows).map(|_| Some(chance.random::<f64>())).collect(),
            Some(ends) => {
                let ends = Column::<datafusion::arrow::datatypes::Int64Type>::cast(ends, &DataType::Int64)?;
                let number = |row| ends.get(row).filter(|end| *end > 0).map(|end| chance.random_range(0..end) as f64);
                (0..args.number_rows).map(number).collect()
            }
        };
        Ok(ColumnarValue::Array(Arc::new(numbers)))
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn a_number_for_each_row() {
        answers("count(DISTINCT r) > 1, min(r) >= 0, max(r) < 1 FROM (SELECT kusto_rand() AS r FROM generate_series(1, 1000))", "true, true, true").await;
        answers(
            "count(DISTINCT r), min(r), max(r) FROM (SELECT kusto_rand(3) AS r FROM generate_series(1, 1000))",
            "3, 0.0, 2.0",
        )
        .await;
        answers("kusto_rand(0), kusto_rand(NULL), kusto_rand(-1)", "NULL, NULL, NULL").await;
        refuses("kusto_rand('x')", "kusto_rand: argument 1 must be a whole number").await;
    }
}
