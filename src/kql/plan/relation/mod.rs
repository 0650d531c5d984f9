//! The common nodes: where rows come from, what a row becomes, groups, joins, unions.

pub mod aggregate;
pub mod join;
pub mod shape;
pub mod source;
pub mod union;
