//! Severity in colour: what is bad is red, whatever else a row holds.

use comfy_table::{Attribute, Cell, Color};

/// How bad a cell says something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    High,
    Medium,
    Low,
    Informational,
}

/// True if a column of this name tells severities: `Severity`, `AlertSeverity`, `SeverityLevel`.
pub(super) fn is_told_by(column: &str) -> bool {
    column.to_ascii_lowercase().contains("severity")
}

impl Severity {
    /// The severity that a text names, in any letter case.
    pub(super) fn of(text: &str) -> Option<Self> {
        let words = [
            ("high", Self::High),
            ("medium", Self::Medium),
            ("low", Self::Low),
            ("informational", Self::Informational),
        ];
        words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, severity)| severity)
    }

    /// The cell in its colour.
    pub(super) fn paint(self, cell: Cell) -> Cell {
        match self {
            Self::High => cell.fg(Color::Red).add_attribute(Attribute::Bold),
            Self::Medium => cell.fg(Color::Yellow),
            Self::Low => cell.fg(Color::Cyan),
            Self::Informational => cell.add_attribute(Attribute::Dim),
        }
    }
}
