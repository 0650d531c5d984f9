//! Which of the hunts at hand are run.

use crate::cli::args::RunArgs;
use crate::cli::failure::{Failure, Outcome};
use crate::hunt::{Hunt, HuntError, Severity};

/// The hunts that the flags ask for, in their order. What cannot be read stays: nobody knows whether it was asked for.
pub(super) fn select(hunts: Vec<Result<Hunt, HuntError>>, args: &RunArgs) -> Outcome<Vec<Result<Hunt, HuntError>>> {
    let chosen: Vec<_> =
        hunts.into_iter().filter(|hunt| hunt.as_ref().map_or(true, |hunt| is_asked_for(hunt, args))).collect();
    if chosen.iter().any(Result::is_ok) || args.severity.is_empty() && args.technique.is_empty() {
        Ok(chosen)
    } else {
        Err(Failure::trouble("none of the hunts is of that --severity and --technique"))
    }
}

fn is_asked_for(hunt: &Hunt, args: &RunArgs) -> bool {
    let severity = |wanted: &Severity| hunt.metadata.severity == Some(*wanted);
    let technique = |wanted: &String| hunt.metadata.techniques.iter().any(|technique| is_of(technique, wanted));
    (args.severity.is_empty() || args.severity.iter().any(severity))
        && (args.technique.is_empty() || args.technique.iter().any(technique))
}

/// A technique is asked for by its own number or by that of which it is a part.
fn is_of(technique: &str, wanted: &str) -> bool {
    let (technique, wanted) = (technique.to_ascii_uppercase(), wanted.to_ascii_uppercase());
    technique.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_holds_its_parts() {
        assert!(is_of("T1003.001", "T1003") && is_of("T1003.001", "t1003.001") && is_of("T1003", "T1003"));
        assert!(!is_of("T1003", "T1003.001") && !is_of("T1003.001", "T100") && !is_of("T1003.001", "T1003.0"));
    }
}
