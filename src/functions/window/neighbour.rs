//! `prev` and `next`: a value of a row before or behind. They are DataFusion's `lag` and `lead` under Kusto's names.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::FieldRef,
    common::Result,
    functions_window::lead_lag::{lag_udwf, lead_udwf},
    logical_expr::{
        LimitEffect, PartitionEvaluator, ReversedUDWF, WindowUDF, WindowUDFImpl,
        function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs},
    },
    physical_expr::PhysicalExpr,
};

use crate::functions::definition::{Definition, Section, Words, defined};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<WindowUDF> {
    let function = |syntax, description, example, inner| {
        let words = Words { section: Section::Window, syntax, description, example };
        WindowUDF::from(Neighbour { definition: Definition::new(words, (1, Some(3))), inner })
    };
    vec![
        function(
            "next(value [, offset [, default]])",
            "The value of the next row, or of one so many rows on; the default, or NULL, if there is no such row.",
            (
                "SELECT next(x) OVER (ORDER BY x), next(x, 2, 0) OVER (ORDER BY x) FROM (VALUES (1), (2)) AS t(x)",
                "2, 0; NULL, 0",
            ),
            lead_udwf(),
        ),
        function(
            "prev(value [, offset [, default]])",
            "The value of the row before, or of one so many rows back; the default, or NULL, if there is no such row.",
            (
                "SELECT prev(x) OVER (ORDER BY x), prev(x, 1, 0) OVER (ORDER BY x) FROM (VALUES (1), (2)) AS t(x)",
                "NULL, 0; 1, 1",
            ),
            lag_udwf(),
        ),
    ]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Neighbour {
    definition: Definition,
    inner: Arc<WindowUDF>,
}

impl WindowUDFImpl for Neighbour {
    defined!();

    fn expressions(&self, args: ExpressionArgs) -> Vec<Arc<dyn PhysicalExpr>> {
        self.inner.expressions(args)
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        self.inner.partition_evaluator_factory(args)
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        self.inner.field(args)
    }

    fn reverse_expr(&self) -> ReversedUDWF {
        self.inner.reverse_expr()
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        self.inner.inner().limit_effect(args)
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn of_any_type_and_any_way_round() {
        const ROWS: &str = "FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, 'd')) AS t(x, s) ORDER BY x";
        for (expression, answer) in [
            ("prev(s) OVER (ORDER BY x), next(s, 2) OVER (ORDER BY x)", "NULL, NULL; a, d; b, NULL; NULL, NULL"),
            ("prev(s, 1, '-') OVER (ORDER BY x DESC), next(x) OVER (ORDER BY x DESC)", "b, NULL; NULL, 1; d, 2; -, 3"),
        ] {
            answers(&format!("{expression} {ROWS}"), answer).await;
        }
    }
}
