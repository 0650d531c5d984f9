//! Did you mean …?

use strsim::{damerau_levenshtein, jaro_winkler};

/// Longer names are not compared.
const MAX_LENGTH: usize = 100;

/// The names nearest to a word, three at most, the nearest first; none that is not near. A name that differs by letter case only comes
/// first.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    if wanted.len() > MAX_LENGTH {
        return Vec::new();
    }
    let mut near: Vec<(bool, f64, &str)> = Vec::new();
    for name in names {
        if name.len() > MAX_LENGTH {
            continue;
        }
        let lower = name.to_lowercase();
        let mistypes = damerau_levenshtein(&wanted, &lower);
        let holds = wanted.len() > 3 && lower.contains(&wanted);
        if mistypes <= 2.max(wanted.len() / 4) && mistypes < wanted.len() || holds {
            near.push((lower == wanted, jaro_winkler(&wanted, &lower), name));
        }
    }
    near.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(b.2)));
    near.dedup_by(|a, b| a.2 == b.2);
    near.into_iter().map(|(_, _, name)| name).take(3).collect()
}

/// `did you mean `a`, `b` or `c`?`, or nothing.
pub(super) fn did_you_mean(names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        [first @ .., last] => Some(format!("did you mean {} or {last}?", first.join(", "))),
    }
}
