//! Tree and schemas to bound tree.

pub mod tree;
