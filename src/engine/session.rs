//! The session that one statement is planned in: options, functions, rules, and the tables as this statement sees them.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, exec_err};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

use super::inner::Inner;
use super::views::Views;
use crate::scan::context::ScanContext;
use crate::scan::pass::{Pass, ShareScans};
use crate::scan::provider::HuntProvider;
use crate::sql::{CATALOG, SCHEMA, SYSTEM_SCHEMA, analyzer_rules};

/// A session for one statement; `hidden` are the hidden columns that its tables show. With a pass its scans are left to that.
///
/// # Errors
/// DataFusion's, if a function cannot be registered.
pub fn statement_state(
    inner: &Inner,
    hidden: &BTreeSet<String>,
    context: &Arc<ScanContext>,
    pass: Option<&Pass>,
) -> Result<SessionState> {
    let catalog = MemoryCatalogProvider::new();
    let tables = HuntSchema {
        context: Arc::clone(context),
        views: Arc::clone(&inner.views),
        hidden: hidden.iter().cloned().collect(),
    };
    catalog.register_schema(SCHEMA, Arc::new(tables))?;
    catalog.register_schema(SYSTEM_SCHEMA, Arc::new(SystemSchema { context: Arc::clone(context) }))?;
    let builder = SessionStateBuilder::new()
        .with_default_features()
        .with_config(inner.config())
        .with_runtime_env(Arc::clone(&inner.runtime_env))
        .with_analyzer_rules(analyzer_rules())
        .with_physical_optimizer_rule(Arc::new(CooperativeJoins));
    let mut state = match pass {
        Some(pass) => builder.with_physical_optimizer_rule(Arc::new(ShareScans::new(pass.clone()))),
        None => builder,
    }
    .build();
    state.catalog_list().register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    datafusion_functions_json::register_all(&mut state)?;
    crate::functions::register_all(&mut state)?;
    if let Some(now) = inner.options.now {
        state.execution_props_mut().query_execution_start_time = Some(now);
    }
    Ok(state)
}

/// Hunting tables, former names and views, found in any letter case.
#[derive(Debug)]
struct HuntSchema {
    context: Arc<ScanContext>,
    views: Arc<Views>,
    hidden: Vec<String>,
}

#[async_trait]
impl SchemaProvider for HuntSchema {
    fn table_names(&self) -> Vec<String> {
        let catalog = &self.context.catalog;
        let tables = catalog.tables().map(|table| table.name().to_owned());
        let former = catalog.former_names().map(|(former, _)| former.to_owned());
        tables.chain(former).chain(self.views.all().into_iter().map(|(name, _)| name)).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(view) = self.views.get(name) {
            return Ok(Some(view));
        }
        let Some(table) = self.context.catalog.resolve(name) else { return Ok(None) };
        let hidden = self.hidden.iter().map(String::as_str);
        Ok(Some(Arc::new(HuntProvider::table(table, hidden, Arc::clone(&self.context)))))
    }

    fn register_table(&self, name: String, table: Arc<dyn TableProvider>) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.context.catalog.resolve(&name).is_some() {
            return exec_err!("'{name}' is a hunting table; give the view another name");
        }
        Ok(self.views.insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.views.remove(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.views.get(name).is_some() || self.context.catalog.resolve(name).is_some()
    }
}

/// What huntql tells of itself.
#[derive(Debug)]
struct SystemSchema {
    context: Arc<ScanContext>,
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        vec!["rejects".to_owned()]
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let rejects = || Arc::new(HuntProvider::rejects(Arc::clone(&self.context))) as _;
        Ok(self.table_exist(name).then(rejects))
    }

    fn table_exist(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("rejects")
    }
}

/// Joins do not yield of themselves; wrapped, they do, and so can be cancelled.
#[derive(Debug)]
struct CooperativeJoins;

impl PhysicalOptimizerRule for CooperativeJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        const JOINS: [&str; 5] =
            ["NestedLoopJoinExec", "CrossJoinExec", "HashJoinExec", "SortMergeJoinExec", "PiecewiseMergeJoinExec"];
        let wrap = |plan: Arc<dyn ExecutionPlan>| {
            Ok(if JOINS.contains(&plan.name()) {
                Transformed::yes(Arc::new(CooperativeExec::new(plan)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(plan)
            })
        };
        Ok(plan.transform_up(wrap)?.data)
    }

    fn name(&self) -> &'static str {
        "cooperative_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
