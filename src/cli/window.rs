//! The span of time that `--from`, `--to` and `--last` ask for.

use chrono::{DateTime, Utc};

use super::args::TimeArgs;
use super::failure::{Failure, Outcome};
use crate::source::TimeRange;

impl TimeArgs {
    /// From the first moment that is looked at to the first one that is not any more; all time if nothing is said.
    ///
    /// # Errors
    /// Times that nanoseconds cannot tell, and an end that is not after the start.
    pub(super) fn range(&self, now: DateTime<Utc>) -> Outcome<TimeRange> {
        let last =
            self.last.map(|span| chrono::Duration::from_std(span).ok().and_then(|span| now.checked_sub_signed(span)));
        let start = match last {
            Some(Some(start)) => Some(nanos(start, "--last")?),
            Some(None) => return Err(Failure::trouble("--last reaches back further than times go")),
            None => self.from.map(|from| nanos(from, "--from")).transpose()?,
        };
        let end = self.to.map(|to| nanos(to, "--to")).transpose()?;
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            return Err(Failure::trouble("--to is not after --from, so nothing could be found"));
        }
        Ok(TimeRange { start, end })
    }
}

fn nanos(time: DateTime<Utc>, flag: &str) -> Outcome<i64> {
    time.timestamp_nanos_opt().ok_or_else(|| Failure::trouble(format!("{flag}: times lie between 1677 and 2262")))
}
