//! `max_of` and `min_of`: the greatest and the least of several values. They are DataFusion's `greatest` and `least`
//! under Kusto's names: nulls are passed over.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, FieldRef},
    common::Result,
    functions::core::{greatest, least},
    logical_expr::{
        ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
        expr::ScalarFunction,
        simplify::{ExprSimplifyResult, SimplifyContext},
    },
};

use crate::functions::definition::{Definition, Section, Words, defined};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    let function = |syntax, description, example, inner: Arc<ScalarUDF>| {
        let mut definition = Definition::new(Words { section: Section::Math, syntax, description, example }, (1, None));
        definition.signature = Signature::user_defined(definition.signature.volatility);
        ScalarUDF::from(Of { definition, inner })
    };
    vec![
        function(
            "max_of(value, …)",
            "The greatest of the values, NULLs passed over.",
            ("SELECT max_of(10, 1, -3, 17), max_of(NULL, 2)", "17, 2"),
            greatest(),
        ),
        function(
            "min_of(value, …)",
            "The least of the values, NULLs passed over.",
            ("SELECT min_of(10, 1, -3, 17), min_of(NULL, 2)", "-3, 2"),
            least(),
        ),
    ]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Of {
    definition: Definition,
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for Of {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let call = ScalarFunction::new_udf(Arc::clone(&self.inner), args);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.inner.invoke_with_args(args)
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn of_any_type_that_has_an_order() {
        answers(
            "max_of(a, b), min_of(a, b) FROM (VALUES (1, 6), (8, 1), (NULL, 2), (1, NULL), (NULL, NULL)) AS t(a, b)",
            "6, 1; 8, 1; 2, 2; 1, 1; NULL, NULL",
        )
        .await;
        answers("max_of('a', 'B'), min_of('a', 'B'), max_of(1, 2.5)", "a, B, 2.5").await;
        answers("max_of(TIMESTAMP '2024-01-02', TIMESTAMP '2024-01-01')", "2024-01-02T00:00:00").await;
    }
}
