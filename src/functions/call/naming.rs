//! What a call is called in schemas.
//!
//! DataFusion names an expression by its text and asks for names at every level of a tree, over and over: the texts of calls that nest a
//! hundred deep took seconds to plan. A call that nests deep is told apart by a digest instead.

use std::hash::{DefaultHasher, Hash, Hasher};

use datafusion::{
    common::{
        Result,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    logical_expr::Expr,
};

/// Calls that nest deeper are not spelled out. Far more than people write where a name is shown.
const SPELLED: usize = 20;

/// The name of a call of a function.
pub(super) fn schema_name(function: &str, args: &[Expr]) -> Result<String> {
    for arg in args {
        if nests_deeper(arg, SPELLED)? {
            let mut hasher = DefaultHasher::new();
            args.hash(&mut hasher);
            return Ok(format!("{function}(#{:016x})", hasher.finish()));
        }
    }
    let names: Vec<String> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
    Ok(format!("{function}({})", names.join(",")))
}

/// Whether an expression has more levels than this.
fn nests_deeper(expr: &Expr, levels: usize) -> Result<bool> {
    if levels == 0 {
        return Ok(true);
    }
    let mut deeper = false;
    expr.apply_children(|child| {
        deeper = nests_deeper(child, levels - 1)?;
        Ok(if deeper { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(deeper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{col, lit};

    #[test]
    fn deep_calls_have_short_names_of_their_own() {
        assert_eq!(schema_name("f", &[col("a"), lit(1)]).unwrap(), "f(a,Int32(1))");
        let deep = |start: i32| (0..30).fold(lit(start), |inner, _| inner + col("a"));
        let (one, two) = (schema_name("f", &[deep(1)]).unwrap(), schema_name("f", &[deep(2)]).unwrap());
        assert!(one.len() < 24 && one.starts_with("f(#"), "{one}");
        assert_ne!(one, two);
        assert_eq!(one, schema_name("f", &[deep(1)]).unwrap());
    }
}
