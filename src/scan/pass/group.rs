//! Scans that one reading of a table's blobs can serve, and how each takes its rows from what is read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::cast::as_boolean_array;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::physical_expr::projection::{ProjectionExpr, ProjectionExprs, Projector};
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_plan::PhysicalExpr;

use super::queue::{Limits, Queue};
use super::sample::Sample;
use crate::catalog::Column;
use crate::scan::context::ScanContext;
use crate::scan::needle::{Needle, Needles};
use crate::scan::source::HuntSource;

/// More needles than this are not looked for together.
const MOST_NEEDLES: usize = 10_000;

/// A scan that was taken over.
pub(super) struct Scan {
    source: HuntSource,
    /// A blob's name and the bytes to read of it, with the blob.
    files: BTreeMap<Part, PartitionedFile>,
    queue: Arc<Queue>,
}

/// A blob, or the bytes of it that are read.
pub(super) type Part = (String, u64, u64);

impl Scan {
    /// The scan that DataFusion planned with this configuration; its rows go to the queue.
    pub(super) fn new(source: HuntSource, config: &FileScanConfig, queue: Arc<Queue>) -> Self {
        // The planner cut blobs into ranges; a pass cuts them as it needs.
        let mut extents: HashMap<&str, (u64, u64, &PartitionedFile)> = HashMap::new();
        for file in config.file_groups.iter().flat_map(|group| group.iter()) {
            let (start, end) = extent(file);
            let known = extents.entry(file.object_meta.location.as_ref()).or_insert((start, end, file));
            (known.0, known.1) = (known.0.min(start), known.1.max(end));
        }
        let files = extents.into_iter().map(|(name, (start, end, file))| ((name.to_owned(), start, end), file.clone()));
        Self { source, files: files.collect(), queue }
    }
}

/// The bytes that are read of a planned file.
fn extent(file: &PartitionedFile) -> (u64, u64) {
    let offset = |offset: i64| u64::try_from(offset).unwrap_or(0);
    file.range.as_ref().map_or((0, file.object_meta.size), |range| (offset(range.start), offset(range.end)))
}

/// Scans of one table that are served together.
pub(super) struct Group {
    /// Reads what any of them wants.
    pub(super) source: HuntSource,
    pub(super) takers: Vec<Taker>,
    /// What is read, and for which takers.
    pub(super) files: BTreeMap<Part, (PartitionedFile, Vec<usize>)>,
}

/// The groups that scans make. Scans of a table that look for rare needles make one, all others another: in a common one the first
/// would gain nothing.
///
/// A scan whose expressions do not fit the union of columns, which would be a mistake of this code, gets the error.
pub(super) async fn groups(scans: Vec<Scan>) -> Vec<Group> {
    let mut tables: BTreeMap<(String, String), Vec<Scan>> = BTreeMap::new();
    for scan in scans {
        tables.entry((scan.source.place(), scan.source.table().to_owned())).or_default().push(scan);
    }
    let mut groups = Vec::new();
    for scans in tables.into_values() {
        let sample = sample(&scans).await;
        let with_needles = scans.into_iter().map(|scan| {
            let needles = scan.source.wanted_needles(&|needles| sample.rarity(needles));
            (scan, needles)
        });
        let (all, rare): (Vec<_>, Vec<_>) =
            with_needles.partition(|(_, needles)| needles.is_empty() || sample.is_common(needles));
        let all = all.into_iter().map(|(scan, _)| (scan, Vec::new())).collect();
        groups.extend([rare, all].into_iter().filter_map(group));
    }
    groups
}

/// A look at the largest blob of what scans of a table read.
async fn sample(scans: &[Scan]) -> Sample {
    let blobs = scans.iter().flat_map(|scan| scan.files.values().map(move |file| (scan, &file.object_meta)));
    match blobs.max_by_key(|(_, blob)| blob.size) {
        Some((scan, blob)) => Sample::of(&scan.source, blob).await,
        None => Sample::default(),
    }
}

/// One group of scans of the same table and place.
fn group(scans: Vec<(Scan, Vec<Needle>)>) -> Option<Group> {
    let mut columns: Vec<Column> = Vec::new();
    let mut needles: Vec<Needle> = Vec::new();
    for (scan, wanted) in &scans {
        for column in scan.source.wanted_columns() {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column);
            }
        }
        needles.extend(wanted.iter().filter(|needle| !needles.contains(needle)).cloned().collect::<Vec<_>>());
    }
    let (first, _) = scans.first()?;
    let fields: Vec<_> = columns.iter().map(|column| column.kind.field(&column.name)).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let needles =
        Some(&needles).filter(|needles| needles.len() <= MOST_NEEDLES).and_then(|needles| Needles::new(needles));
    let source = first.source.of_columns(columns, Arc::clone(&schema), needles.map(Arc::new));
    let mut group = Group { source, takers: Vec::new(), files: BTreeMap::new() };
    for (scan, _) in scans {
        match Taker::new(&scan, &schema) {
            Err(error) => scan.queue.end(Err(Arc::new(error))),
            Ok(taker) => {
                for (part, file) in scan.files {
                    group.files.entry(part).or_insert_with(|| (file, Vec::new())).1.push(group.takers.len());
                }
                group.takers.push(taker);
            }
        }
    }
    Some(group)
}

/// How one scan takes its rows.
pub(super) struct Taker {
    pub(super) queue: Arc<Queue>,
    /// Where its query counts.
    pub(super) context: Arc<ScanContext>,
    /// Over what is read.
    predicate: Option<Arc<dyn PhysicalExpr>>,
    /// The columns of what is read that the projection needs.
    columns: Vec<usize>,
    /// Over these columns.
    projector: Projector,
}

impl Taker {
    fn new(scan: &Scan, schema: &SchemaRef) -> Result<Self> {
        let on = |expr: &Arc<dyn PhysicalExpr>, schema: &Schema| reassign_expr_columns(Arc::clone(expr), schema);
        let predicate = scan.source.predicate().map(|predicate| on(predicate, schema)).transpose()?;
        let mut columns = Vec::new();
        for projected in scan.source.projected().iter() {
            for column in collect_columns(&projected.expr) {
                columns.push(schema.index_of(column.name())?);
            }
        }
        columns.sort_unstable();
        columns.dedup();
        let narrow = schema.project(&columns)?;
        let exprs = scan
            .source
            .projected()
            .iter()
            .map(|projected| Ok(ProjectionExpr::new(on(&projected.expr, &narrow)?, projected.alias.clone())));
        let projector = ProjectionExprs::new(exprs.collect::<Result<Vec<_>>>()?).make_projector(&narrow)?;
        let context = Arc::clone(scan.source.context());
        Ok(Self { queue: Arc::clone(&scan.queue), context, predicate, columns, projector })
    }

    /// Takes its rows from what was read. An error is this scan's own and ends its queue.
    pub(super) async fn take(&self, rows: &RecordBatch, limits: &Limits) {
        let taken = match self.rows(rows) {
            Ok(None) => return,
            Ok(Some(rows)) => self.queue.push(rows, limits).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            self.queue.end(Err(Arc::new(error)));
        }
    }

    fn rows(&self, rows: &RecordBatch) -> Result<Option<RecordBatch>> {
        let Some(predicate) = &self.predicate else {
            return self.projector.project_batch(&rows.project(&self.columns)?).map(Some);
        };
        let passes = predicate.evaluate(rows)?.into_array(rows.num_rows())?;
        let passes = as_boolean_array(&passes)?;
        let count = passes.true_count();
        if count == 0 {
            return Ok(None);
        }
        let mut taken = rows.project(&self.columns)?;
        if count < taken.num_rows() {
            taken = filter_record_batch(&taken, passes)?;
        }
        // A view of text holds all the text of its batch, and few rows may wait long.
        if count < rows.num_rows() / 2 {
            taken = compacted(taken)?;
        }
        self.projector.project_batch(&taken).map(Some)
    }
}

/// The same rows, holding no text but their own.
fn compacted(rows: RecordBatch) -> Result<RecordBatch> {
    let compact = |column: &ArrayRef| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            _ => Arc::clone(column),
        }
    };
    let count = rows.num_rows();
    let columns: Vec<ArrayRef> = rows.columns().iter().map(compact).collect();
    let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(rows.schema(), columns, &options)?)
}
