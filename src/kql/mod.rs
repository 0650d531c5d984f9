//! The KQL front end.

pub mod bind;
pub mod facts;
pub mod plan;
pub mod syntax;
