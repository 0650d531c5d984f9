//! Functions that a planner makes for one place of one query: they carry their settings with them, are not registered,
//! and have no name that a query could write.
//!
//! | file | functions |
//! |---|---|
//! | `items` | the items of an array or bag as a list, for `mv-expand`, and their places |
//! | `network` | keys by which addresses meet the networks that hold them, for `ipv4_lookup` |
//! | `row_id` | a number for each row |
//! | `pattern` | the values that a pattern finds in a text, for `parse` |
//! | `pairs` | the values of keys in a text, for `parse-kv` |
//! | `series` | an aggregate that lays values on an axis, for `make-series` |

mod items;
mod network;
mod pairs;
mod pattern;
mod row_id;
mod series;

use std::{fmt::Debug, hash::Hash};

use datafusion::{
    arrow::{
        array::ArrayRef,
        datatypes::{DataType, FieldRef},
    },
    common::{Result, internal_err},
    logical_expr::{
        ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};

pub use self::{
    items::{Bags, items, places},
    network::Networks,
    pairs::{Pairs, pairs},
    pattern::{Part, Pattern, pattern, value_name},
    row_id::row_id,
    series::{Axis, series},
};

/// What a function made for one place does.
trait Shape: Debug + PartialEq + Eq + Hash + Send + Sync + 'static {
    /// What plans show it as.
    const NAME: &'static str;

    /// The field of its answers.
    fn field(&self, args: &[FieldRef]) -> Result<FieldRef>;

    /// The answers to one batch, a row each.
    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef>;
}

/// The function of a shape.
fn made<S: Shape>(shape: S, volatility: Volatility) -> ScalarUDF {
    let arguments = TypeSignature::OneOf(vec![TypeSignature::Nullary, TypeSignature::VariadicAny]);
    ScalarUDF::from(Made { shape, signature: Signature::new(arguments, volatility) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Made<S: Shape> {
    shape: S,
    signature: Signature,
}

impl<S: Shape> ScalarUDFImpl for Made<S> {
    fn name(&self) -> &str {
        S::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{}: its field says its type", S::NAME)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.shape.field(args.arg_fields)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.shape.run(&args).map(ColumnarValue::Array)
    }
}
