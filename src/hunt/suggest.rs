//! Did you mean …?

/// The candidate that a misspelt name most likely stands for; none if all are far from it.
pub(crate) fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let far = (name.chars().count() / 3).max(1) + 1;
    let distance = |candidate: &str| strsim::damerau_levenshtein(&name, &candidate.to_ascii_lowercase());
    let nearest = candidates.into_iter().map(|candidate| (distance(candidate), candidate)).min_by_key(|(d, _)| *d);
    nearest.filter(|(distance, _)| *distance < far).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["memory", "mixed", "late-slack"];
        assert_eq!(suggest("memroy", names), Some("memory"));
        assert_eq!(suggest("LateSlack", names), Some("late-slack"));
        assert_eq!(suggest("colour", names), None);
        assert_eq!(suggest("x", []), None);
    }
}
