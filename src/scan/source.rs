//! DataFusion's view of the reader: a `FileSource` under a stock `DataSourceExec`, and its opener.
//!
//! Takes projections and filters into the scan, exactly; reads the newest blobs first; skips blobs whose hours a filter that appeared
//! meanwhile (a TopK's, a join's) has ruled out.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::conjunction;
use datafusion::physical_expr::expressions::{BinaryExpr, Column as ColumnExpr, Literal};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::{Count as Metric, ExecutionPlanMetricsSet, MetricBuilder};
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use futures::{StreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};

use super::blob::BlobScan;
use super::context::ScanContext;
use super::decode::{BlobFacts, RowDecoder};
use super::needle::{Needle, Needles, derive};
use super::prune::scalar_nanos;
use super::reader::{PieceReader, Reading};
use super::reject::Rejects;
use super::sink::{BlobOrigin, RejectSink, RowSink, Sink};
use super::traffic;
use crate::catalog::{Column, Feed, HuntingTable};
use crate::source::{BlobStore, Location, NameFacts, Traffic};

/// What a scan gives.
#[derive(Debug, Clone)]
pub enum Target {
    /// These columns of a table.
    Rows {
        /// The table.
        table: Arc<HuntingTable>,
        /// Its columns, in the order of the scan's schema.
        columns: Arc<Vec<Column>>,
    },
    /// What cannot be read.
    Rejects,
}

/// A scan of blobs, as DataFusion plans it.
#[derive(Clone)]
pub struct HuntSource {
    target: Target,
    context: Arc<ScanContext>,
    location: Location,
    table_schema: TableSchema,
    projection: SplitProjection,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    /// What is looked for instead of what the predicate asks for.
    needles: Option<Arc<Needles>>,
    batch_rows: usize,
    metrics: ExecutionPlanMetricsSet,
    /// Gives all partitions their bytes; made when the first one starts.
    blobs: Arc<OnceLock<(BlobStore, Arc<Traffic>)>>,
}

/// What a blob's name says, kept with the planned file.
#[derive(Debug, Clone)]
pub struct PlannedBlob {
    /// What the name tells.
    pub facts: NameFacts,
    /// The event times it can hold, first and last in nanoseconds.
    pub bounds: Option<(i64, i64)>,
}

impl HuntSource {
    /// A scan of everything, to be narrowed by pushdowns. `location` serves to name blobs.
    pub fn new(target: Target, schema: SchemaRef, context: Arc<ScanContext>, location: Location) -> Self {
        let table_schema = TableSchema::from(schema);
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            target,
            context,
            location,
            table_schema,
            predicate: None,
            needles: None,
            batch_rows: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
            blobs: Arc::default(),
        }
    }

    /// The scan of only those rows that a predicate over the table's columns is true for.
    pub fn within(self, predicate: Option<Arc<dyn PhysicalExpr>>) -> Self {
        Self { predicate, ..self }
    }

    /// The columns to decode: those to hand on, and those that the predicate reads.
    fn decoded(&self) -> Vec<usize> {
        if matches!(self.target, Target::Rejects) {
            return (0..self.table_schema.file_schema().fields().len()).collect();
        }
        let mut columns = self.projection.file_indices.clone();
        if let Some(predicate) = &self.predicate {
            columns.extend(collect_columns(predicate).iter().map(ColumnExpr::index));
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// How lines are read. Every record must be seen for rejects, line numbers, or under `--strict`: then nothing is passed over.
    fn reading(&self, decoded: &[usize], predicate: Option<&Arc<dyn PhysicalExpr>>) -> Reading {
        let options = &self.context.options;
        if self.reads_line_numbers() || options.strict {
            return Reading { counts_lines: true, temp_dir: options.temp_dir.clone(), ..Reading::default() };
        }
        let needles = self.needles.clone().or_else(|| {
            Needles::new(
                &predicate.map_or_else(Vec::new, |predicate| self.needles(decoded, predicate, &derive::rarity)),
            )
            .map(Arc::new)
        });
        Reading {
            needles,
            offers_lines: options.shortcuts.learn_lines,
            counts_lines: false,
            temp_dir: options.temp_dir.clone(),
        }
    }

    /// What to look for before parsing; the predicate is one over the decoded columns.
    fn needles(
        &self,
        decoded: &[usize],
        predicate: &Arc<dyn PhysicalExpr>,
        rarity: &dyn Fn(&[Needle]) -> usize,
    ) -> Vec<Needle> {
        let Target::Rows { columns, .. } = &self.target else { return Vec::new() };
        if !self.context.options.shortcuts.prefilter {
            return Vec::new();
        }
        let columns: Vec<Column> = decoded.iter().filter_map(|&index| columns.get(index).cloned()).collect();
        derive::rarest(predicate, &columns, rarity)
    }

    /// The predicate over the decoded columns.
    fn decoded_predicate(&self, decoded: &[usize]) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(predicate) = &self.predicate else { return Ok(None) };
        let schema = self.table_schema.file_schema().project(decoded)?;
        reassign_expr_columns(Arc::clone(predicate), &schema).map(Some)
    }

    /// What opens blobs for the rows of the projected columns, without the projection's expressions.
    fn columns_opener(&self, store: BlobStore, partition: usize) -> Result<HuntOpener> {
        let decoded = self.decoded();
        let predicate = self.decoded_predicate(&decoded)?;
        let position = |index: &usize| decoded.iter().position(|column| column == index);
        let output: Option<Vec<usize>> = self.projection.file_indices.iter().map(position).collect();
        Ok(HuntOpener {
            reading: self.reading(&decoded, predicate.as_ref()),
            target: self.target.clone(),
            context: Arc::clone(&self.context),
            location: self.location.clone(),
            store,
            event_time: event_time_of(&self.target, &self.table_schema.file_schema().project(&decoded)?),
            columns: decoded.clone(),
            output: output.filter(|output| *output != (0..decoded.len()).collect::<Vec<_>>()),
            predicate,
            batch_rows: self.batch_rows,
            opened: MetricBuilder::new(&self.metrics).counter("blobs_opened", partition),
            skipped: MetricBuilder::new(&self.metrics).counter("blobs_skipped", partition),
        })
    }

    /// What gives this scan its bytes. The blobs of all partitions lie in one queue, and that in the order of [`Self::reorder_files`].
    fn store(&self, config: &FileScanConfig, partition: usize) -> BlobStore {
        let (store, traffic) = self.blobs.get_or_init(|| {
            let traffic = Arc::new(Traffic::part_of(&self.context.counts.traffic));
            let files = config.file_groups.iter().flat_map(|group| group.iter().cloned()).collect();
            let planned = self.reorder_files(files).into_iter().map(|file| file.object_meta);
            (self.location.blobs(planned, &traffic), traffic)
        });
        if !self.location.is_local() && partition == 0 {
            traffic::show(traffic, &self.metrics);
        }
        store.clone()
    }

    fn reads_line_numbers(&self) -> bool {
        match &self.target {
            Target::Rejects => true,
            Target::Rows { columns, .. } => {
                self.decoded().iter().any(|&index| columns.get(index).is_some_and(|column| column.feed == Feed::Line))
            }
        }
    }
}

/// What a pass asks of the scans that it takes over.
impl HuntSource {
    /// False if the scan must see every record in its place, or begin after a subquery whose value it needs.
    pub(super) fn can_share(&self) -> bool {
        let waits = |expr: &Arc<dyn PhysicalExpr>| {
            expr.exists(|expr| Ok(expr.downcast_ref::<ScalarSubqueryExpr>().is_some())).unwrap_or(true)
        };
        matches!(self.target, Target::Rows { .. })
            && !self.context.options.strict
            && !self.reads_line_numbers()
            && !self.predicate.iter().any(waits)
            && !self.projected().iter().any(|projected| waits(&projected.expr))
    }

    /// The table whose rows it reads; empty if it reads none.
    pub(super) fn table(&self) -> &str {
        match &self.target {
            Target::Rows { table, .. } => table.name(),
            Target::Rejects => "",
        }
    }

    /// What tells its location from others.
    pub(super) fn place(&self) -> String {
        self.location.name_of(self.location.prefix())
    }

    /// What it shares with its query's other scans.
    pub(super) fn context(&self) -> &Arc<ScanContext> {
        &self.context
    }

    /// The filter, over the table's columns.
    pub(super) fn predicate(&self) -> Option<&Arc<dyn PhysicalExpr>> {
        self.predicate.as_ref()
    }

    /// What it hands on, as expressions over the table's columns.
    pub(super) fn projected(&self) -> &ProjectionExprs {
        &self.projection.source
    }

    /// The columns that it decodes.
    pub(super) fn wanted_columns(&self) -> Vec<Column> {
        let Target::Rows { columns, .. } = &self.target else { return Vec::new() };
        self.decoded().into_iter().filter_map(|index| columns.get(index).cloned()).collect()
    }

    /// What it looks for before it parses, of what it could look for the rarest; nothing if it must parse all.
    pub(super) fn wanted_needles(&self, rarity: &dyn Fn(&[Needle]) -> usize) -> Vec<Needle> {
        let decoded = self.decoded();
        let predicate = self.decoded_predicate(&decoded).ok().flatten();
        predicate.map_or_else(Vec::new, |predicate| self.needles(&decoded, &predicate, rarity))
    }

    /// A scan of the same table with these columns and no filter, of records that may hold one of the needles; it counts for itself.
    pub(super) fn of_columns(&self, columns: Vec<Column>, schema: SchemaRef, needles: Option<Arc<Needles>>) -> Self {
        let target = match &self.target {
            Target::Rows { table, .. } => Target::Rows { table: Arc::clone(table), columns: Arc::new(columns) },
            Target::Rejects => Target::Rejects,
        };
        let context = Arc::new(self.context.uncounted());
        let source = Self::new(target, schema, context, self.location.clone());
        Self { needles, batch_rows: self.batch_rows, ..source }
    }

    /// The same scan, counting elsewhere.
    pub(super) fn counting_in(&self, context: Arc<ScanContext>) -> Self {
        Self { context, ..self.clone() }
    }

    /// What gives the bytes of these blobs, which will be asked for about in this order.
    pub(super) fn bytes_of(&self, planned: impl IntoIterator<Item = ObjectMeta>) -> BlobStore {
        self.location.blobs(planned, &self.context.counts.traffic)
    }

    /// What opens its blobs.
    pub(super) fn opener(&self, store: BlobStore) -> Result<impl FileOpener + use<>> {
        self.columns_opener(store, 0)
    }
}

impl fmt::Display for HuntSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table={}", self.table())?;
        self.fmt_extra(DisplayFormatType::Default, f)
    }
}

/// By this key files come in the order in which they are read: the question is nearly always about the latest events.
pub(super) fn newest_first(file: &PartitionedFile) -> std::cmp::Reverse<i64> {
    let last = file.extensions.get::<PlannedBlob>().and_then(|blob| blob.bounds).map(|(_, last)| last);
    std::cmp::Reverse(last.unwrap_or(i64::MAX))
}

impl FileSource for HuntSource {
    fn create_file_opener(
        &self,
        _: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let opener = self.columns_opener(self.store(config, partition), partition)?;
        let schema = self.table_schema.file_schema();
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_rows: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_rows, ..self.clone() })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.predicate.clone()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &'static str {
        "defender"
    }

    fn fmt_extra(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.predicate {
            Some(predicate) => write!(f, ", predicate={predicate}"),
            None => Ok(()),
        }
    }

    /// Line numbers need the blob from its start; everything else may be read in byte ranges.
    fn supports_repartitioning(&self) -> bool {
        !self.reads_line_numbers()
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        if matches!(self.target, Target::Rejects) || !self.context.options.shortcuts.pushdown {
            return Ok(FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; filters.len()]));
        }
        let (mut answers, mut taken) = (Vec::with_capacity(filters.len()), Vec::new());
        for filter in filters {
            let volatile = datafusion::physical_expr_common::physical_expr::is_volatile(&filter);
            answers.push(if volatile { PushedDown::No } else { PushedDown::Yes });
            if !volatile {
                taken.push(filter);
            }
        }
        let predicate = conjunction(self.predicate.iter().cloned().chain(taken));
        let source: Arc<dyn FileSource> = Arc::new(Self { predicate: Some(predicate), ..self.clone() });
        Ok(FilterPushdownPropagation::with_parent_pushdown_result(answers).with_updated_node(source))
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    /// Newest first.
    fn reorder_files(&self, mut files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        files.sort_by_key(newest_first);
        files
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let projected = self.projection.source.iter().map(|projected| &projected.expr);
        for expr in self.predicate.iter().chain(projected) {
            if f(expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }
}

/// The positions in `schema` of the columns that hold the event's time.
fn event_time_of(target: &Target, schema: &Schema) -> Vec<usize> {
    let Target::Rows { table, .. } = target else { return Vec::new() };
    let is_time = |index: &usize| table.is_event_time(schema.field(*index).name());
    (0..schema.fields().len()).filter(is_time).collect()
}

struct HuntOpener {
    target: Target,
    context: Arc<ScanContext>,
    location: Location,
    store: BlobStore,
    columns: Vec<usize>,
    output: Option<Vec<usize>>,
    event_time: Vec<usize>,
    reading: Reading,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    batch_rows: usize,
    opened: Metric,
    skipped: Metric,
}

impl FileOpener for HuntOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let blob = file.extensions.get::<PlannedBlob>().cloned();
        if self.ruled_out(blob.as_ref())? {
            self.skipped.add(1);
            self.context.counts.blobs_skipped.add(1);
            if let BlobStore::Remote(fetch) = &self.store {
                fetch.skip(&file.object_meta.location);
            }
            return Ok(Box::pin(async { Ok(stream::empty().boxed()) }));
        }
        self.opened.add(1);
        self.context.counts.blobs_opened.add(1);
        let name = self.location.name_of(&file.object_meta.location);
        let facts = blob.map_or_else(|| NameFacts::read(&name), |blob| blob.facts);
        let sink = self.sink(&name, &facts);
        let strict_or_told = self.context.options.strict || matches!(self.target, Target::Rejects);
        let mut rejects = if strict_or_told { Rejects::telling() } else { Rejects::default() };
        let (store, context) = (self.store.clone(), Arc::clone(&self.context));
        let (predicate, output) = (self.predicate.clone(), self.output.clone());
        let reading = self.reading.clone();
        let range = file.range.as_ref().map(|range| to_u64(range.start)..to_u64(range.end));
        Ok(Box::pin(async move {
            let reader = PieceReader::open(&store, &file.object_meta, range, &reading, &mut rejects)
                .await
                .map_err(|error: DataFusionError| error.context(format!("reading {name}")))?;
            let handed_on = Instant::now();
            let scan =
                BlobScan { reader, sink, rejects, context, predicate, output, file: name, records: 0, handed_on };
            Ok(scan.into_stream().boxed())
        }))
    }
}

fn to_u64(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

impl HuntOpener {
    fn sink(&self, name: &str, facts: &NameFacts) -> Box<dyn Sink> {
        let origin = BlobOrigin {
            facts: BlobFacts { file: name.to_owned(), tenant: facts.tenant.clone() },
            named: facts.table.as_deref().and_then(|table| self.context.catalog.resolve(table)).cloned(),
            catalog: Arc::clone(&self.context.catalog),
            mixed: self.context.options.mixed,
        };
        match &self.target {
            Target::Rejects => Box::new(RejectSink::new(origin)),
            Target::Rows { table, columns } => {
                let wanted: Vec<Column> =
                    self.columns.iter().filter_map(|&index| columns.get(index).cloned()).collect();
                let sink = RowSink::new(RowDecoder::new(table, &wanted), origin, self.batch_rows);
                let sink = if self.reading.offers_lines { sink.learning() } else { sink };
                Box::new(match &self.reading.needles {
                    Some(needles) => sink.sifting(Arc::clone(needles)),
                    None => sink,
                })
            }
        }
    }

    /// True if no event of the blob can pass the predicate as it stands now.
    fn ruled_out(&self, blob: Option<&PlannedBlob>) -> Result<bool> {
        let (Some(predicate), Some((first, last))) = (&self.predicate, blob.and_then(|blob| blob.bounds)) else {
            return Ok(false);
        };
        if self.context.options.exact_time {
            return Ok(false);
        }
        let now = snapshot_physical_expr(Arc::clone(predicate))?;
        Ok(!may_hold(&now, &self.event_time, first, last))
    }
}

/// False only if the expression is true for no event time in `first..=last`.
fn may_hold(expr: &Arc<dyn PhysicalExpr>, time: &[usize], first: i64, last: i64) -> bool {
    let Some(binary) = expr.downcast_ref::<BinaryExpr>() else { return true };
    let (left, right) = (binary.left(), binary.right());
    match binary.op() {
        Operator::And => may_hold(left, time, first, last) && may_hold(right, time, first, last),
        Operator::Or => may_hold(left, time, first, last) || may_hold(right, time, first, last),
        op => {
            let is_time = |side: &Arc<dyn PhysicalExpr>| {
                side.downcast_ref::<ColumnExpr>().is_some_and(|c| time.contains(&c.index()))
            };
            let literal = |side: &Arc<dyn PhysicalExpr>| {
                side.downcast_ref::<Literal>().and_then(|value| scalar_nanos(value.value()))
            };
            let (op, bound) = match (is_time(left), is_time(right)) {
                (true, _) => (Some(*op), literal(right)),
                (_, true) => (op.swap(), literal(left)),
                _ => return true,
            };
            match (op, bound) {
                (Some(Operator::Gt | Operator::GtEq), Some(bound)) => last >= bound,
                (Some(Operator::Lt | Operator::LtEq), Some(bound)) => first <= bound,
                (Some(Operator::Eq), Some(bound)) => first <= bound && bound <= last,
                _ => true,
            }
        }
    }
}
