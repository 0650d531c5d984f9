//! Which candidates match what is typed so far, and in which order they are offered.

use super::Candidate;
use crate::output::is_hidden;

/// The candidates that match, each once: those that start with what is typed, or else those that hold it. Letter case does not count.
/// They keep the order of their kinds and, within a kind, their own.
pub(super) fn matching(typed: &str, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let typed = bare(typed);
    let (starting, others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| bare(&candidate.text).starts_with(&typed));
    let mut found = if starting.is_empty() && typed.chars().count() > 2 {
        others.into_iter().filter(|candidate| bare(&candidate.text).contains(&typed)).collect()
    } else {
        starting
    };
    found.sort_by_key(|candidate| candidate.kind);
    // Names and values come from the data: what a terminal would act on, or what nobody would see, is not put into anybody's line.
    found.retain(|candidate| !candidate.text.contains(is_hidden));
    let mut seen = std::collections::HashSet::new();
    found.retain(|candidate| seen.insert(candidate.text.clone()));
    found
}

/// What is compared of a candidate: quotes before it are not typed by everybody.
fn bare(text: &str) -> String {
    text.trim_start_matches(['"', '\'']).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn what_starts_so_comes_before_what_holds_it() {
        let offered = |typed: &str| {
            let column = |name: &str| Candidate::new(name, Kind::Column, "");
            let all = vec![
                column("ProcessCommandLine"),
                Candidate::new("count", Kind::Function, ""),
                column("FileName"),
                column("FileName"),
                Candidate::new("\"file.exe\"", Kind::Value, ""),
            ];
            matching(typed, all).into_iter().map(|candidate| candidate.text).collect::<Vec<_>>()
        };
        assert_eq!(offered("file"), ["\"file.exe\"", "FileName"]);
        assert_eq!(offered("cmdline"), [""; 0]);
        assert_eq!(offered("commandl"), ["ProcessCommandLine"]);
        assert_eq!(offered(""), ["\"file.exe\"", "ProcessCommandLine", "FileName", "count"]);
    }
}
