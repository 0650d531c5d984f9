//! The tables of an engine as scans under a KQL plan.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF, cast, ident};

use super::nowhere::Nowhere;
use super::outside::Outside;
use super::schemas::{EngineSchemas, kusto_type};
use crate::kql::bind::tree::{Column, External};
use crate::kql::plan::Tables;
use crate::scan::context::ScanContext;
use crate::scan::provider::HuntProvider;

/// Scans that share one query's counters.
pub(super) struct EngineTables<'a> {
    /// The names.
    pub(super) schemas: &'a EngineSchemas,
    /// What the scans share.
    pub(super) context: &'a Arc<ScanContext>,
    /// The time of the script, in nanoseconds since 1970.
    pub(super) now: i64,
    /// What is read from outside, and whether.
    pub(super) outside: &'a Outside,
    /// What a reader should know of the tables and functions that were asked for.
    pub(super) notes: &'a Mutex<BTreeSet<String>>,
}

impl Tables for EngineTables<'_> {
    fn scan(&self, table: &str) -> Option<Result<LogicalPlan>> {
        if let Some(view) = self.schemas.view(table) {
            return Some(view_scan(table, view));
        }
        let hunting = self.schemas.hunting_table(table)?;
        let hidden = hunting.hidden_columns().iter().map(|column| column.name.as_str());
        let provider: Arc<dyn TableProvider> = Arc::new(HuntProvider::table(hunting, hidden, Arc::clone(self.context)));
        Some(scan(table, &provider))
    }

    fn now(&self) -> i64 {
        self.now
    }

    fn function(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        if name != "geo_info_from_ip_address" {
            return None;
        }
        let sentence = "huntql has no database of places: `geo_info_from_ip_address` is null everywhere";
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(sentence.to_owned());
        Some(Arc::new(ScalarUDF::from(Nowhere::default())))
    }

    fn external(&self, external: &External, columns: &[Column]) -> Option<Result<LogicalPlan>> {
        Some(self.outside.scan(external, columns))
    }
}

fn scan(table: &str, provider: &Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    // A name of one part: a table may have a dot in its name.
    let name = datafusion::common::TableReference::bare(table);
    LogicalPlanBuilder::scan(name, provider_as_source(Arc::clone(provider)), None)?.build()
}

/// A view's rows, in the Arrow types that stand for Kusto's.
fn view_scan(table: &str, view: &Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    let schema = view.schema();
    let column = |field: &Arc<datafusion::arrow::datatypes::Field>| -> Option<Expr> {
        let wanted = kusto_type(field)?.arrow();
        let own = ident(field.name());
        Some(if *field.data_type() == wanted { own } else { cast(own, wanted).alias(field.name()) })
    };
    let columns: Vec<Expr> = schema.fields().iter().filter_map(column).collect();
    LogicalPlanBuilder::from(scan(table, view)?).project(columns)?.build()
}
