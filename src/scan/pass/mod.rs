//! One pass over the data for many queries.
//!
//! Queries that are planned with a [`Pass`] leave their scans to it: [`ShareScans`] puts a queue in the place of each. When all are
//! planned, [`Pass::run`] reads every blob once for all scans of a table that want it: those columns that one of them needs, and, of
//! scans that look for needles, only records that hold one of any. Each scan's own predicate is then evaluated on the rows, exactly as
//! it would be in a scan of its own, so that the answers are the same.
//!
//! Not shared are scans that must see every record in its place (`huntql.rejects`, line numbers, `--strict`) and those of recursive
//! queries, which are read many times; and those whose filter needs the value of a subquery, which begin later.

mod group;
mod queue;
mod sample;
mod share;
mod work;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::watch;

use super::source::HuntSource;
use group::Scan;
use queue::{Limits, Queue};
use share::SharedRows;

/// Bytes of batches that may wait for all queries together.
const WAITING: usize = 128 << 20;

/// Queries that read the data together.
#[derive(Clone)]
pub struct Pass(Arc<Inner>);

struct Inner {
    scans: Mutex<Vec<Scan>>,
    limit: Option<Duration>,
    over: watch::Sender<bool>,
    bytes: Arc<Bytes>,
}

/// How far the reading is, in bytes as stored.
#[derive(Debug, Default)]
struct Bytes {
    planned: AtomicU64,
    read: AtomicU64,
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("limit", &self.0.limit).finish_non_exhaustive()
    }
}

impl Pass {
    /// A pass without queries. `limit` is how long each of them may keep it waiting, and how long it may go on after its end.
    pub fn new(limit: Option<Duration>) -> Self {
        Self(Arc::new(Inner { scans: Mutex::default(), limit, over: watch::Sender::new(false), bytes: Arc::default() }))
    }

    /// How long a query may go on when the pass is over.
    pub fn limit(&self) -> Option<Duration> {
        self.0.limit
    }

    /// Bytes that are read, and bytes to read in all; nothing before it runs.
    pub fn progress(&self) -> (u64, u64) {
        let Bytes { planned, read } = &*self.0.bytes;
        (read.load(Ordering::Relaxed), planned.load(Ordering::Relaxed))
    }

    /// Returns when everything is read.
    pub async fn over(&self) {
        let mut over = self.0.over.subscribe();
        let _the_pass_holds_the_sender = over.wait_for(|over| *over).await;
    }

    /// Reads the data for all queries planned with the pass until now, on so many tasks. Dropping the future stops it.
    pub async fn run(&self, env: Arc<RuntimeEnv>, tasks: usize) {
        let scans = std::mem::take(&mut *self.0.scans.lock().unwrap_or_else(PoisonError::into_inner));
        let limits = Limits { bytes: WAITING / scans.len().max(1), wait: self.0.limit, env };
        work::run(scans, limits, tasks, Arc::clone(&self.0.bytes)).await;
        self.0.over.send_replace(true);
    }

    /// Takes a scan over; what stands for it in the plan comes back.
    fn take_over(&self, scan: &DataSourceExec) -> Option<(Arc<Queue>, Arc<dyn ExecutionPlan>)> {
        let (config, source) = scan.downcast_to_file_source::<HuntSource>()?;
        if !source.can_share() {
            return None;
        }
        let schema = scan.schema();
        let queue = Arc::new(Queue::new(Arc::clone(&schema)));
        let words = source.to_string();
        let scan = Scan::new(source.clone(), config, Arc::clone(&queue));
        self.0.scans.lock().unwrap_or_else(PoisonError::into_inner).push(scan);
        let rows = SharedRows::new(Arc::clone(&queue), schema, config.limit, words);
        Some((queue, rows.into_plan()))
    }
}

/// The last rule of a query that is planned with a pass. Some operators plan their inputs while their query is planned: the rule sees
/// all of these plans, one after the other.
pub struct ShareScans {
    pass: Pass,
    /// The scans of the query so far.
    queues: Mutex<Vec<Arc<Queue>>>,
}

impl ShareScans {
    /// The rule for one query.
    pub fn new(pass: Pass) -> Self {
        Self { pass, queues: Mutex::default() }
    }

    /// The session in which a plan is made that runs many times: a pass gives its rows once, so its scans are not left to one.
    pub fn without(state: &SessionState) -> SessionState {
        let rules = state.physical_optimizers().iter().filter(|rule| rule.name() != NAME).cloned().collect();
        SessionStateBuilder::new_from_existing(state.clone()).with_physical_optimizer_rules(rules).build()
    }

    /// Takes over a scan of the query. For one of several the pass cannot wait: the query may read another one first, and would wait for
    /// the pass.
    fn share(&self, scan: &DataSourceExec) -> Option<Arc<dyn ExecutionPlan>> {
        let (queue, plan) = self.pass.take_over(scan)?;
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.push(queue);
        if queues.len() > 1 {
            queues.iter().for_each(|queue| queue.never_wait());
        }
        Some(plan)
    }
}

impl fmt::Debug for ShareScans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareScans").field("pass", &self.pass).finish_non_exhaustive()
    }
}

/// The rule's name.
const NAME: &str = "share_scans";

impl PhysicalOptimizerRule for ShareScans {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if plan.exists(|plan| Ok(plan.name() == "RecursiveQueryExec"))? {
            return Ok(plan);
        }
        let replace = |plan: Arc<dyn ExecutionPlan>| {
            let shared = plan.downcast_ref::<DataSourceExec>().and_then(|scan| self.share(scan));
            Ok(shared.map_or_else(|| Transformed::no(plan), Transformed::yes))
        };
        Ok(plan.transform_up(replace)?.data)
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn schema_check(&self) -> bool {
        true
    }
}
