//! DataFusion's view of a table: which blobs may hold its rows, and a scan over them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, ident, lit};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::context::{PlannedScan, ScanContext};
use super::prune::{share_of_rows, tenants, time_range};
use super::sink::RejectSink;
use super::source::{HuntSource, PlannedBlob, Target};
use crate::catalog::{Column, Feed, HuntingTable, KustoType};
use crate::source::{Blob, Extent, Hours, Location, TimeRange, Wanted, metered};

/// Bytes of a record, for estimates of rows.
const ROW_BYTES: u64 = 2500;

/// A hunting table over the locations of a query, or the list of what cannot be read there.
#[derive(Debug)]
pub struct HuntProvider {
    target: Target,
    schema: SchemaRef,
    context: Arc<ScanContext>,
}

impl HuntProvider {
    /// A table with its visible columns and, behind them, those hidden ones that are named.
    pub fn table<'a>(
        table: &Arc<HuntingTable>,
        hidden: impl IntoIterator<Item = &'a str>,
        context: Arc<ScanContext>,
    ) -> Self {
        let wanted: Vec<&str> = hidden.into_iter().collect();
        let shown = table.hidden_columns().iter().filter(|column| wanted.contains(&column.name.as_str()));
        let columns: Vec<Column> = table.visible_columns().iter().chain(shown).cloned().collect();
        let schema = Schema::new(columns.iter().map(|column| column.kind.field(&column.name)).collect::<Vec<_>>());
        Self {
            target: Target::Rows { table: Arc::clone(table), columns: Arc::new(columns) },
            schema: Arc::new(schema),
            context,
        }
    }

    /// `huntql.rejects`.
    pub fn rejects(context: Arc<ScanContext>) -> Self {
        Self { target: Target::Rejects, schema: RejectSink::schema(), context }
    }

    /// True if the blob can hold rows of the table, as far as its name tells.
    fn may_hold_table(&self, blob: &Blob) -> bool {
        let (Target::Rows { table, .. }, Some(named)) = (&self.target, &blob.facts.table) else { return true };
        self.context.options.mixed
            || self.context.catalog.resolve(named).is_none_or(|named| named.name() == table.name())
    }

    fn time_range(&self, filters: &[Expr]) -> TimeRange {
        match &self.target {
            _ if self.context.options.exact_time => TimeRange::default(),
            Target::Rows { table, .. } => time_range(table, filters),
            // What cannot be read has no time of its own: it is looked for where events of the window may lie.
            Target::Rejects => self.context.options.scope.window,
        }
    }

    /// What is wanted of paths.
    fn wanted(&self, filters: &[Expr], range: TimeRange) -> Wanted {
        let options = &self.context.options;
        let hours = Wanted::hours_of(&range, options.late, options.early);
        let (Target::Rows { table, .. }, false) = (&self.target, options.mixed) else {
            return Wanted { hours, ..Wanted::default() };
        };
        let catalog = &self.context.catalog;
        let names = catalog.tables().map(|other| (other.name(), other.name())).chain(catalog.former_names());
        let others = names.filter(|(_, other)| *other != table.name()).map(|(name, _)| name.to_ascii_lowercase());
        // A table may have tenants of its own, other than that of the path.
        let own = table.visible_columns().iter().any(|column| column.feed == Feed::TenantId);
        Wanted {
            other_tables: others.collect(),
            tenants: if own || options.exact_time { None } else { tenants(filters) },
            hours,
        }
    }

    /// The blobs to read, newest first, with the counters told.
    async fn blobs(&self, location: &Location, range: TimeRange, wanted: &Wanted) -> Result<Vec<PartitionedFile>> {
        let (options, counts) = (&self.context.options, &self.context.counts);
        if !location.is_local() && wanted.hours != (None, None) {
            counts.narrow();
        }
        let listed = metered(Arc::clone(&counts.traffic), self.context.listing.wanted(location, wanted)).await;
        let listed = listed.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let name = |blob: &Blob| location.name_of(&blob.meta.location);
        let extents = options.scope.extents.as_deref();
        let looked_at = |blob: &&Blob| extents.is_none_or(|extents| extents.of(&name(blob)).is_some());
        let mut planned: Vec<&Blob> =
            listed.iter().filter(|blob| self.may_hold_table(blob)).filter(looked_at).collect();
        counts.blobs_listed.add(planned.len() as u64);
        let bytes = |blobs: &[&Blob]| blobs.iter().map(|blob| blob.meta.size).sum::<u64>();
        let (before, bytes_before) = (planned.len(), bytes(&planned));
        planned.retain(|blob| {
            range.may_be_in(&blob.facts, options.late, options.early) && wanted.may_be_of_tenant(&blob.facts)
        });
        counts.blobs_pruned.add((before - planned.len()) as u64);
        counts.bytes_pruned.add(bytes_before - bytes(&planned));
        counts.blobs_planned.add(planned.len() as u64);
        counts.bytes_planned.add(bytes(&planned));
        counts.hours.add(planned.iter().filter_map(|blob| blob.facts.hours).flat_map(hours_of));
        planned
            .sort_by_key(|blob| std::cmp::Reverse(blob.facts.hours.map_or(i64::MAX, |hours| hours.start.timestamp())));
        counts.plan(self.planned_scan(location, &planned));
        let file = |blob: &Blob| {
            let bounds = blob.event_bounds(options.late, options.early);
            let file = PartitionedFile::new_from_meta(blob.meta.clone())
                .with_extension(PlannedBlob { facts: blob.facts.clone(), bounds });
            let signed = |offset: u64| i64::try_from(offset).unwrap_or(i64::MAX);
            match extents.and_then(|extents| extents.of(&name(blob))) {
                Some(Extent::Bytes(bytes)) => file.with_range(signed(bytes.start), signed(bytes.end)),
                Some(Extent::Whole) | None => file,
            }
        };
        Ok(planned.into_iter().map(file).collect())
    }

    fn planned_scan(&self, location: &Location, blobs: &[&Blob]) -> PlannedScan {
        let hours = || blobs.iter().filter_map(|blob| blob.facts.hours);
        let first = hours().map(|hours| hours.start.timestamp()).min();
        PlannedScan {
            table: match &self.target {
                Target::Rows { table, .. } => table.name().to_owned(),
                Target::Rejects => "huntql.rejects".to_owned(),
            },
            location: location.given().to_owned(),
            blobs: blobs.len() as u64,
            bytes: blobs.iter().map(|blob| blob.meta.size).sum(),
            hours: first.zip(hours().map(|hours| hours.end.timestamp()).max()),
        }
    }

    /// The window as filters. A table without a column of event time is read whole, which is counted.
    fn window(&self) -> Vec<Expr> {
        let (Target::Rows { table, .. }, window) = (&self.target, self.context.options.scope.window) else {
            return Vec::new();
        };
        if window == TimeRange::default() {
            return Vec::new();
        }
        // One that is only hidden is a name that a query may use, and mostly null.
        let has_time = |column: &Column| column.name == table.event_time() && column.kind == KustoType::DateTime;
        if !table.visible_columns().iter().any(has_time) {
            self.context.counts.timeless_tables.add(1);
            return Vec::new();
        }
        let time = || ident(table.event_time());
        let instant = |nanos: i64| lit(ScalarValue::TimestampNanosecond(Some(nanos), Some("UTC".into())));
        let from = window.start.map(|start| time().gt_eq(instant(start)));
        from.into_iter().chain(window.end.map(|end| time().lt(instant(end)))).collect()
    }

    /// A guess at the rows that pass the filters, so that of two sides of a join the smaller one is built.
    fn statistics(&self, files: &[PartitionedFile], filters: &[Expr]) -> Statistics {
        let all: u64 = files.iter().map(|file| file.object_meta.size).sum();
        let bytes = (all as f64 * share_of_rows(filters)) as u64;
        let mut statistics = Statistics::new_unknown(&self.schema);
        let estimate = |number: u64| Precision::Inexact(usize::try_from(number).unwrap_or(usize::MAX));
        statistics.num_rows = estimate((bytes / ROW_BYTES).max(1));
        statistics.total_byte_size = estimate(bytes);
        statistics
    }
}

#[async_trait]
impl TableProvider for HuntProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Inexact, so that the filters reach both this scan's pruning and the reader, which evaluates them exactly.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let window = self.window();
        let filters: Vec<Expr> = filters.iter().chain(&window).cloned().collect();
        let range = self.time_range(&filters);
        let wanted = self.wanted(&filters, range);
        let within = conjunction(window).map(|window| physical(state, window, &self.schema)).transpose()?;
        let mut scans: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        for location in self.context.locations.iter() {
            let files = self.blobs(location, range, &wanted).await?;
            if files.is_empty() {
                continue;
            }
            let source = HuntSource::new(
                self.target.clone(),
                Arc::clone(&self.schema),
                Arc::clone(&self.context),
                location.clone(),
            )
            .within(within.clone());
            let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_statistics(self.statistics(&files, &filters))
                .with_file_groups(dealt(files, state.config().target_partitions()))
                .with_projection_indices(projection.cloned())?
                .with_limit(limit)
                .build();
            scans.push(DataSourceExec::from_data_source(config));
        }
        match scans.len() {
            0 => {
                let schema = projection.map_or_else(
                    || Ok(Arc::clone(&self.schema)),
                    |columns| self.schema.project(columns).map(Arc::new),
                )?;
                Ok(Arc::new(EmptyExec::new(schema)))
            }
            1 => Ok(scans.swap_remove(0)),
            _ => UnionExec::try_new(scans),
        }
    }
}

/// An expression over rows of this schema, ready to be evaluated.
fn physical(state: &dyn Session, expr: Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    state.create_physical_expr(expr, &DFSchema::try_from(Arc::clone(schema))?)
}

/// The hours that a span touches, counted from 1970; of one that is longer than any blob's, the first ones.
fn hours_of(span: Hours) -> impl Iterator<Item = i64> {
    const LONGEST: usize = 24 * 31;
    let first = span.start.timestamp().div_euclid(3600);
    let end = (span.end.timestamp() + 3599).div_euclid(3600);
    (first..end.max(first + 1)).take(LONGEST)
}

/// Deals files out to groups like cards, so that each group has its share of the newest.
fn dealt(files: Vec<PartitionedFile>, groups: usize) -> Vec<FileGroup> {
    let count = groups.clamp(1, files.len().max(1));
    let mut dealt: Vec<Vec<PartitionedFile>> = vec![Vec::new(); count];
    for (index, file) in files.into_iter().enumerate() {
        dealt[index % count].push(file);
    }
    dealt.into_iter().map(FileGroup::new).collect()
}
