//! The ATT&CK matrix of a report: tactics side by side in the order of an attack, under each the techniques that hunts look for.

use std::collections::BTreeMap;

use super::{HuntReport, Status};

/// The tactics of ATT&CK for enterprises in their order.
const TACTICS: [&str; 14] = [
    "Reconnaissance",
    "Resource Development",
    "Initial Access",
    "Execution",
    "Persistence",
    "Privilege Escalation",
    "Defense Evasion",
    "Credential Access",
    "Discovery",
    "Lateral Movement",
    "Collection",
    "Command and Control",
    "Exfiltration",
    "Impact",
];

/// Where hunts stand that name no tactic, or one that is not ATT&CK's.
const OTHER: &str = "Other";

/// A tactic with its techniques.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) tactic: &'static str,
    pub(super) cells: Vec<Cell>,
}

/// A technique under a tactic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) technique: String,
    /// Hunts that look for it.
    pub(super) hunts: usize,
    /// Those that hit.
    pub(super) hits: usize,
    pub(super) rows: u64,
}

/// The columns that have a technique.
pub(super) fn columns(hunts: &[HuntReport]) -> Vec<Column> {
    let mut found: BTreeMap<usize, BTreeMap<String, Cell>> = BTreeMap::new();
    for hunt in hunts {
        let mut places: Vec<usize> = hunt.tactics.iter().map(|tactic| place(tactic)).collect();
        if places.is_empty() {
            places.push(TACTICS.len());
        }
        for place in places {
            for technique in &hunt.techniques {
                let cells = found.entry(place).or_default();
                let cell = cells
                    .entry(technique.clone())
                    .or_insert_with(|| Cell { technique: technique.clone(), ..Cell::default() });
                cell.hunts += 1;
                if hunt.status == Status::Hit {
                    cell.hits += 1;
                    cell.rows += hunt.rows;
                }
            }
        }
    }
    let column = |(place, cells): (usize, BTreeMap<String, Cell>)| Column {
        tactic: TACTICS.get(place).copied().unwrap_or(OTHER),
        cells: cells.into_values().collect(),
    };
    found.into_iter().map(column).collect()
}

/// The place of a tactic, written with or without blanks, in any letter case.
fn place(tactic: &str) -> usize {
    let plain =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase() };
    let tactic = plain(tactic);
    TACTICS.iter().position(|known| plain(known) == tactic).unwrap_or(TACTICS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_stand_under_their_tactics_in_order() {
        let hunt = |tactics: &[&str], techniques: &[&str], status, rows| HuntReport {
            tactics: tactics.iter().map(|&text| text.to_owned()).collect(),
            techniques: techniques.iter().map(|&text| text.to_owned()).collect(),
            status,
            rows,
            ..HuntReport::default()
        };
        let columns = columns(&[
            hunt(&["CommandAndControl", "execution"], &["T1105"], Status::Hit, 5),
            hunt(&["Execution"], &["T1105", "T1059"], Status::Nothing, 0),
            hunt(&[], &["T1"], Status::Failed, 0),
            hunt(&["Execution"], &[], Status::Hit, 1),
        ]);
        let told: Vec<_> = columns
            .iter()
            .map(|column| {
                (
                    column.tactic,
                    column
                        .cells
                        .iter()
                        .map(|cell| (cell.technique.as_str(), cell.hunts, cell.hits, cell.rows))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("Execution", vec![("T1059", 1, 0, 0), ("T1105", 2, 1, 5)]),
                ("Command and Control", vec![("T1105", 1, 1, 5)]),
                ("Other", vec![("T1", 1, 0, 0)]),
            ]
        );
    }
}
