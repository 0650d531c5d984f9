//! How much memory queries may use, and what follows from it.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;

use super::{EngineOptions, Error, ErrorKind};
use crate::sql::{CATALOG, SCHEMA};

/// Below this many bytes batches are small and sorts are not split. Rows of Defender are wide (3 to 4 kB a process event), so a
/// batch of DataFusion's usual size is 32 MB, and each partition's merge holds one a spilled file: measured on 10 GB sorted with
/// 1 GB, which fails with DataFusion's settings and finishes with these.
const TIGHT: usize = 4 << 30;

/// Six tenths of the machine's memory, or of 8 GiB where that cannot be told.
pub fn default_limit() -> usize {
    let told = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()
    });
    told.map_or(8 << 30, |kilobytes| kilobytes << 10) / 10 * 6
}

/// Options that every session starts from.
pub fn session_config(threads: usize, memory: usize) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(threads)
        .with_information_schema(true)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.sql_parser.enable_ident_normalization = false;
    // As in Kusto: nulls come first ascending and last descending, so that "the newest n" needs no blob that may hold a null time.
    options.sql_parser.default_null_ordering = "nulls_min".to_owned();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    options.execution.time_zone = Some("UTC".to_owned());
    if memory < TIGHT {
        config = config.with_batch_size(1024).with_repartition_sorts(false);
        // Each partition of a sort sets so much aside for its merge at once; ten megabytes each are more than little memory has.
        let set_aside = &mut config.options_mut().execution.sort_spill_reservation_bytes;
        *set_aside = (*set_aside).min(memory / 32);
    }
    config
}

/// The memory pool and the temporary folder of an engine's queries.
///
/// # Errors
/// The temporary folder cannot be used.
pub fn runtime_env(options: &EngineOptions, memory: usize) -> Result<Arc<RuntimeEnv>, Error> {
    let named_in_errors = NonZeroUsize::MIN.saturating_add(4);
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory), named_in_errors);
    let unusable =
        |error: &dyn Display| Error::new(ErrorKind::Setting, format!("the temporary folder cannot be used: {error}"));
    let mode = match &options.temp_dir {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
            DiskManagerMode::Directories(vec![folder.clone()])
        }
        None => DiskManagerMode::OsTmpDirectory,
    };
    let mut disk = DiskManagerBuilder::default().with_mode(mode);
    if let Some(limit) = options.temp_limit {
        disk = disk.with_max_temp_directory_size(limit);
    }
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(|error| unusable(&error))
}
