//! What a scan asked of a remote store, as numbers that `EXPLAIN ANALYZE` shows.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use datafusion::physical_plan::metrics::{CustomMetricValue, ExecutionPlanMetricsSet, Metric, MetricValue};

use crate::source::Traffic;

/// Lets a scan's metrics show its traffic, as it is when they are read.
pub fn show(traffic: &Arc<Traffic>, metrics: &ExecutionPlanMetricsSet) {
    for number in [Number::Requests, Number::Retries, Number::Bytes, Number::Kept, Number::KeptBytes] {
        let value = Arc::new(Shown { traffic: Arc::clone(traffic), number });
        let metric = MetricValue::Custom { name: Cow::Borrowed(number.name()), value };
        metrics.register(Arc::new(Metric::new(metric, Some(0))));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Requests,
    Retries,
    Bytes,
    Kept,
    KeptBytes,
}

impl Number {
    fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Retries => "requests_repeated",
            Self::Bytes => "bytes_fetched",
            Self::Kept => "ranges_from_cache",
            Self::KeptBytes => "bytes_from_cache",
        }
    }
}

/// One number of a traffic.
#[derive(Debug)]
struct Shown {
    traffic: Arc<Traffic>,
    number: Number,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_usize())
    }
}

impl CustomMetricValue for Shown {
    fn new_empty(&self) -> Arc<dyn CustomMetricValue> {
        Arc::new(Self { traffic: Arc::default(), number: self.number })
    }

    fn aggregate(&self, other: Arc<dyn CustomMetricValue>) {
        if let Some(other) = other.as_any().downcast_ref::<Self>() {
            self.traffic.add(&other.traffic);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_usize(&self) -> usize {
        let number = match self.number {
            Number::Requests => self.traffic.requests(),
            Number::Retries => self.traffic.retries(),
            Number::Bytes => self.traffic.bytes(),
            Number::Kept => self.traffic.kept(),
            Number::KeptBytes => self.traffic.kept_bytes(),
        };
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    fn is_eq(&self, other: &Arc<dyn CustomMetricValue>) -> bool {
        other
            .as_any()
            .downcast_ref::<Self>()
            .is_some_and(|other| other.number == self.number && other.as_usize() == self.as_usize())
    }
}
