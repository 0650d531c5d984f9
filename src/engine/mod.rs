//! The public face: an engine over locations, queries in, answers out.
//!
//! ```no_run
//! use futures::TryStreamExt;
//! use huntql::engine::Engine;
//!
//! # async fn example() -> Result<(), huntql::engine::Error> {
//! let engine = Engine::builder().source("./defender").build().await?;
//! let mut answer = engine.sql("SELECT DeviceName, FileName FROM DeviceProcessEvents LIMIT 10").await?;
//! while let Some(batch) = answer.try_next().await? {
//!     println!("{} rows", batch.num_rows());
//! }
//! println!("{} blobs opened", answer.counters().blobs_opened);
//! # Ok(())
//! # }
//! ```
//!
//! An engine prints nothing and reads no flags: see `cli` for that.

mod answer;
mod builder;
mod check;
mod error;
mod fresh;
mod inner;
mod kql;
mod launch;
mod memory;
mod monitor;
mod options;
mod pass;
mod plain_sort;
mod price;
mod query;
mod reopen;
mod report;
mod session;
mod start;
mod trouble;
mod views;
mod vocabulary;

pub use crate::kql::bind::tree::Render;
pub use crate::scan::fresh::{Fresh, Marks};
pub use crate::scan::pass::Pass;
pub use crate::sql::Statement;
pub use answer::{Answer, Counters, Monitor};
pub use builder::{Engine, EngineBuilder};
pub use check::{Finding, Level};
pub use error::{Error, ErrorKind};
pub use kql::{Answers, Translation};
pub use options::{EngineOptions, Order, QueryOptions};
pub use pass::Passing;
pub use price::Price;
pub use report::{ColumnInfo, Inspection, LocationReport, TableSummary};
pub use vocabulary::FunctionInfo;
