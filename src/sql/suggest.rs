//! Did you mean …?

use strsim::{damerau_levenshtein, jaro_winkler};

/// The names nearest to a word, three at most, the nearest first; none that is not near.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let mut near: Vec<(bool, f64, &str)> = Vec::new();
    for name in names {
        let lower = name.to_lowercase();
        let mistypes = damerau_levenshtein(&wanted, &lower);
        let holds = wanted.len() > 3 && lower.contains(&wanted);
        if (mistypes <= 2.max(wanted.len() / 4) && mistypes < wanted.len()) || holds {
            near.push((lower == wanted, jaro_winkler(&wanted, &lower), name));
        }
    }
    near.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(b.2)));
    near.dedup_by(|a, b| a.2 == b.2);
    near.into_iter().map(|(_, _, name)| name).take(3).collect()
}

/// `; did you mean a, b or c?`, or nothing.
pub(super) fn did_you_mean(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", either(names)) }
}

/// `a, b or c`
pub(super) fn either(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_nearest_first_and_far_ones_not_at_all() {
        let names = ["DeviceName", "FileName", "FolderPath", "FileSize", "InitiatingProcessFileName", "SHA1"];
        assert_eq!(nearest("filname", names), ["FileName"]);
        assert_eq!(nearest("Filename", names), ["FileName", "InitiatingProcessFileName"]);
        assert_eq!(nearest("xyz", names), [""; 0]);
        assert_eq!(nearest("sha2", names), ["SHA1"]);
        assert_eq!(did_you_mean(&["a", "b", "c"]), "; did you mean a, b or c?");
        assert_eq!(did_you_mean(&[]), "");
    }
}
