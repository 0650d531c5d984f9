//! The KQL front end.

pub mod syntax;
