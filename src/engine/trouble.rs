//! What goes wrong outside of a query's text, as one sentence each: storage that gives no bytes, memory and disk that run out.
//!
//! DataFusion tells these as chains of several lines, which name its own settings and nothing that a hunter could act on.

use datafusion::common::DataFusionError;
use datafusion::object_store;

use super::{Error, ErrorKind};
use crate::scan::blob::StrictReject;
use crate::source::{LocationError, innermost};

/// The words of DataFusion's disk manager. They come as an error of input and output, or as Arrow's of that.
const DISK_LIMIT: &str = "used disk space during the spilling process";

/// The error in a sentence, if it is one of these.
pub(super) fn explain(error: &DataFusionError) -> Option<Error> {
    let (kind, sentence) = match error.find_root() {
        DataFusionError::External(inner) if inner.is::<StrictReject>() => (ErrorKind::Strict, inner.to_string()),
        DataFusionError::External(inner) if inner.is::<LocationError>() => (ErrorKind::Location, inner.to_string()),
        root if root.to_string().contains(DISK_LIMIT) => disk_full(),
        DataFusionError::ResourcesExhausted(words) => (ErrorKind::Resources, memory(words)),
        DataFusionError::IoError(cause) => (ErrorKind::Io, unread(error, &cause.to_string())),
        DataFusionError::ObjectStore(cause) => (ErrorKind::Io, storage(error, cause)),
        _ => return None,
    };
    Some(Error::new(kind, sentence).with_source(error.strip_backtrace()))
}

fn disk_full() -> (ErrorKind, String) {
    let sentence = "the query needs more temporary disk than it may use: raise --temp-limit, or ask for fewer columns or a shorter time";
    (ErrorKind::Resources, sentence.to_owned())
}

fn memory(words: &str) -> String {
    // "Additional allocation failed for ExternalSorterMerge[1] with top memory consumers …"
    let consumer = words.split_once(" failed for ").map_or("", |(_, rest)| rest.split(['[', ' ']).next().unwrap_or(""));
    let during = [("Sort", " to sort"), ("Aggregate", " to group"), ("Join", " to join")];
    let during = during.iter().find(|(part, _)| consumer.contains(part)).map_or("", |(_, during)| during);
    format!(
        "the query needs more memory{during} than it may use: raise --memory, or ask for fewer columns or a shorter time"
    )
}

fn storage(error: &DataFusionError, cause: &object_store::Error) -> String {
    match cause {
        object_store::Error::NotFound { path, .. } => {
            let file = file(error).unwrap_or(path);
            format!(
                "{file} is not there any more: it was listed, and then gone when it was to be read; run the query again"
            )
        }
        object_store::Error::Precondition { path, .. } => {
            let file = file(error).unwrap_or(path);
            format!("{file} was replaced by another blob while the query ran: run the query again")
        }
        cause => unread(error, &innermost(cause)),
    }
}

fn unread(error: &DataFusionError, reason: &str) -> String {
    match file(error) {
        Some(file) => format!("{file} cannot be read: {reason}"),
        None => format!("a file cannot be read or written: {reason}"),
    }
}

/// The blob that was being read, which the scan gives as context.
fn file(error: &DataFusionError) -> Option<&str> {
    match error {
        DataFusionError::Context(words, inner) => words.strip_prefix("reading ").or_else(|| file(inner)),
        DataFusionError::Shared(inner) => file(inner),
        DataFusionError::External(inner) => inner.downcast_ref().and_then(file),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use datafusion::arrow::error::ArrowError;

    use super::*;

    fn told(error: &DataFusionError) -> String {
        explain(error).map(|error| format!("{:?}: {error}\n", error.kind())).unwrap_or_default()
    }

    #[test]
    fn each_is_one_sentence() {
        let gone = object_store::Error::NotFound { path: "a/PT1H.json".to_owned(), source: "No such file".into() };
        let gone = DataFusionError::ObjectStore(Box::new(gone)).context("reading /a/PT1H.json");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let denied = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(denied) };
        let denied = DataFusionError::ObjectStore(Box::new(denied)).context("reading /a/PT1H.json");
        let words = "Additional allocation failed for ExternalSorterMerge[1] with top memory consumers as:\n  x";
        let memory = DataFusionError::ResourcesExhausted(words.to_owned()).context("Not enough memory");
        let disk = io::Error::other(format!("The {DISK_LIMIT} has exceeded the allowable limit of 1.0 MB."));
        let disk = ArrowError::IoError(disk.to_string(), disk);
        let disk = DataFusionError::ArrowError(Box::new(disk), None);
        let errors = [DataFusionError::Shared(Arc::new(gone)), denied, memory, disk];
        insta::assert_snapshot!(errors.iter().map(told).collect::<String>(), @"
        Io: /a/PT1H.json is not there any more: it was listed, and then gone when it was to be read; run the query again
        Io: /a/PT1H.json cannot be read: permission denied
        Resources: the query needs more memory to sort than it may use: raise --memory, or ask for fewer columns or a shorter time
        Resources: the query needs more temporary disk than it may use: raise --temp-limit, or ask for fewer columns or a shorter time
        ");
        assert!(explain(&DataFusionError::Plan("no column".to_owned())).is_none());
    }
}
