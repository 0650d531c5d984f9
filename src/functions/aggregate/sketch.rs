//! Aggregates that make and merge sketches: `hll`, `hll_merge`, `tdigest`, `tdigest_merge`. A group without values has none.

use std::{any::Any, sync::Arc};

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef},
    common::{Result, ScalarValue, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
    physical_expr::expressions::Literal,
};
use datafusion_functions_json::json_field_metadata;

use super::gather::{Gather, Gathered, state_fields};
use crate::{
    functions::{
        arguments::check_text,
        call::{Cell, is_dynamic},
        definition::{Definition, Section, Words, defined},
        hash::hash_of,
        rows::OneGroup,
        sketch::{Digest, Hll},
    },
    json::value::Value,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let function = |syntax, description, example, kind| {
        let most = if matches!(kind, Kind::Hll | Kind::Digest) { 2 } else { 1 };
        let words = Words { section: Section::Aggregate, syntax, description, example };
        Sketch { definition: Definition::new(words, (1, Some(most))), kind }
    };
    let mut merge_digests = function(
        "tdigest_merge(digest)",
        "One digest of the values of all digests of the group.",
        ("SELECT tdigest_merge(d) FROM (SELECT parse_json('[[7],[1],[2]]') AS d) AS t", "[[7],[1],[2]]"),
        Kind::MergeDigests,
    );
    merge_digests.definition = merge_digests.definition.aliases(&["merge_tdigest"]);
    [
        function(
            "hll(value [, accuracy])",
            "A sketch that counts different values (HyperLogLog): exact up to 1024, an estimate beyond. Of accuracy 0 to \
             4, with errors of 1.6, 0.8, 0.4, 0.28 and 0.2 per cent; 1 if it is left out.",
            ("SELECT dcount_hll(hll(x)) FROM (VALUES (1), (2), (1)) AS t(x)", "2"),
            Kind::Hll,
        ),
        function(
            "hll_merge(sketch)",
            "One sketch of what all sketches of the group have seen.",
            ("SELECT hll_merge(h) FROM (SELECT parse_json('[[1024,14],[],[]]') AS h) AS t", "[[1024,14],[],[]]"),
            Kind::MergeHlls,
        ),
        function(
            "tdigest(value [, weight])",
            "A sketch that ranks values (t-digest): exact up to some 2000 different ones, an estimate beyond.",
            ("SELECT tdigest(x) FROM (VALUES (1), (2), (1)) AS t(x)", "[[7],[1,2],[2,1]]"),
            Kind::Digest,
        ),
        merge_digests,
    ]
    .map(AggregateUDF::from)
    .into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Hll,
    MergeHlls,
    Digest,
    MergeDigests,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sketch {
    definition: Definition,
    kind: Kind,
}

impl Sketch {
    fn check(&self, types: &[DataType]) -> Result<()> {
        let name = self.name();
        let Some(value) = types.first() else { return plan_err!("{name}: the value is missing") };
        match (self.kind, types.get(1)) {
            (Kind::MergeHlls | Kind::MergeDigests, _) => check_text(name, 1, value),
            (Kind::Digest, Some(weight)) if !weight.is_integer() && !weight.is_null() => {
                plan_err!("{name}: argument 2, the weight, must be a whole number, but it is {weight}")
            }
            _ => Ok(()),
        }
    }

    /// An empty sketch as the call wants it.
    fn empty(&self, args: &AccumulatorArgs) -> Result<Kept> {
        Ok(match self.kind {
            Kind::Digest | Kind::MergeDigests => Kept::Digest(Digest::default()),
            Kind::MergeHlls => Kept::Hll(None),
            Kind::Hll => {
                let accuracy = match args.exprs.get(1) {
                    None => Some(1),
                    Some(accuracy) => (accuracy.as_ref() as &dyn Any)
                        .downcast_ref::<Literal>()
                        .and_then(|literal| literal.value().cast_to(&DataType::UInt64).ok())
                        .and_then(|value| match value {
                            ScalarValue::UInt64(Some(accuracy)) => usize::try_from(accuracy).ok(),
                            _ => None,
                        }),
                };
                match accuracy.and_then(Hll::new) {
                    Some(sketch) => Kept::Empty(sketch),
                    None => return plan_err!("{}: the accuracy is a whole number from 0 to 4", self.name()),
                }
            }
        })
    }

    fn sketches(&self, args: &AccumulatorArgs) -> Result<Gather<One>> {
        let columns = if self.kind == Kind::Digest { args.expr_fields.len() } else { 1 };
        let dynamic = match self.kind {
            Kind::MergeHlls | Kind::MergeDigests => vec![true],
            _ => args.expr_fields.iter().take(columns).map(|field| is_dynamic(field)).collect(),
        };
        Ok(Gather::new(One { kept: self.empty(args)?, merges: self.kind }, dynamic))
    }
}

impl AggregateUDFImpl for Sketch {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.check(types)?;
        Ok(DataType::Utf8View)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        self.check(&types)?;
        Ok(Arc::new(Field::new(self.name(), DataType::Utf8View, true).with_metadata(json_field_metadata())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(args.name))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.sketches(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.sketches(&args)?))
    }
}

/// The sketch of one group.
#[derive(Debug, Clone)]
struct One {
    kept: Kept,
    merges: Kind,
}

#[derive(Debug, Clone)]
enum Kept {
    /// No value yet; it would go into this.
    Empty(Hll),
    /// `None` before the first.
    Hll(Option<Hll>),
    Digest(Digest),
    /// Sketches that do not go together came in.
    Nothing,
}

impl One {
    fn add(&mut self, values: &[Cell]) {
        let Some(value) = values.first() else { return };
        match (&mut self.kept, value) {
            (Kept::Digest(digest), value) => {
                let weight = match values.get(1) {
                    None => 1,
                    Some(Cell::Long(weight)) => *weight,
                    Some(_) => 0,
                };
                digest.add(*value, weight);
            }
            (kept, value) => {
                let Some(hash) = hash_of(*value) else { return };
                if let Kept::Empty(sketch) = kept {
                    *kept = Kept::Hll(Some(sketch.clone()));
                }
                if let Kept::Hll(Some(sketch)) = kept {
                    sketch.add(hash);
                }
            }
        }
    }

    /// Takes in a whole sketch; one that is none is passed over.
    fn take(&mut self, other: Value) {
        let merged = match &mut self.kept {
            Kept::Nothing => return,
            Kept::Digest(digest) => Digest::read(other).is_none_or(|other| digest.merge(&other)),
            kept => match (Hll::read(other), &mut *kept) {
                (Some(other), Kept::Hll(Some(sketch))) => sketch.merge(&other),
                (Some(other), kept) => {
                    *kept = Kept::Hll(Some(other));
                    true
                }
                (None, _) => true,
            },
        };
        if !merged {
            self.kept = Kept::Nothing;
        }
    }
}

impl Gathered for One {
    const NAME: &'static str = "sketch";

    fn absorb(&mut self, values: &[Cell]) {
        match (self.merges, values) {
            (Kind::Hll | Kind::Digest, values) => self.add(values),
            (_, [Cell::Dynamic(sketch), ..]) => self.take(*sketch),
            _ => {}
        }
    }

    fn merge(&mut self, state: &str) {
        if state == MIXED {
            self.kept = Kept::Nothing;
        } else {
            self.take(Value::of(state));
        }
    }

    fn write(&self, out: &mut String) {
        match &self.kept {
            Kept::Hll(Some(sketch)) => sketch.write(out),
            Kept::Digest(digest) => digest.write(out),
            Kept::Nothing => out.push_str(MIXED),
            Kept::Empty(_) | Kept::Hll(None) => {}
        }
    }

    fn is_nothing(&self) -> bool {
        match &self.kept {
            Kept::Hll(sketch) => sketch.is_none(),
            Kept::Digest(digest) => digest.is_empty(),
            Kept::Empty(_) => true,
            Kept::Nothing => false,
        }
    }

    fn held(&self) -> usize {
        match &self.kept {
            Kept::Hll(sketch) => sketch.as_ref().map_or(0, Hll::held),
            Kept::Digest(digest) => digest.held(),
            Kept::Empty(_) | Kept::Nothing => 0,
        }
    }
}

/// What stands for sketches that do not go together, which is JSON's null.
const MIXED: &str = "null";

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn what_does_not_go_together_is_nothing() {
        const ROWS: &str = r#"FROM (VALUES ('[[1024,14],["1"],[]]'), ('[[1024,16],["1"],[]]'), ('x')) AS t(h)"#;
        answers(&format!("dcount_hll(hll_merge(h)) {ROWS}"), "NULL").await;
        answers(&format!("dcount_hll(hll_merge(h)) {ROWS} WHERE h LIKE '%14%' OR h = 'x'"), "1").await;
        answers("tdigest_merge(d) FROM (VALUES ('[[7],[1],[1]]'), ('[[\"real\"],[1.0],[1]]')) AS t(d)", "null").await;
    }
}
