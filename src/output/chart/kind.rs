//! The charts that can be drawn, by Kusto's names.

use std::fmt;
use std::str::FromStr;

use crate::hunt::suggest;

/// A chart that huntql draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Values over time, as lines.
    Time,
    /// Values over numbers, times or names, as lines.
    Line,
    /// Lines with what is below them filled.
    Area,
    /// Lying bars, one for each value of the first column.
    Bar,
    /// Standing bars.
    Column,
    /// Shares of a whole.
    Pie,
    /// Points.
    Scatter,
    /// Values over time, with some of them marked.
    Anomaly,
    /// The first row's values, large.
    Card,
    /// Rows, not drawn.
    Table,
}

/// How series that share an axis stand to each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stack {
    /// Beside or before each other.
    #[default]
    None,
    /// On top of each other.
    Sum,
    /// On top of each other, as shares of their sum.
    Share,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Line,
        Self::Area,
        Self::Bar,
        Self::Column,
        Self::Pie,
        Self::Scatter,
        Self::Anomaly,
        Self::Card,
        Self::Table,
    ];

    /// Kusto's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "timechart",
            Self::Line => "linechart",
            Self::Area => "areachart",
            Self::Bar => "barchart",
            Self::Column => "columnchart",
            Self::Pie => "piechart",
            Self::Scatter => "scatterchart",
            Self::Anomaly => "anomalychart",
            Self::Card => "card",
            Self::Table => "table",
        }
    }

    /// True if its values stand on zero.
    pub(super) fn stands_on_zero(self) -> bool {
        matches!(self, Self::Area | Self::Bar | Self::Column | Self::Pie)
    }

    /// True if values at the same place of a series are one value, their sum.
    pub(super) fn sums_up(self) -> bool {
        matches!(self, Self::Bar | Self::Column | Self::Pie)
    }

    /// True if its first axis is time.
    pub(super) fn needs_time(self) -> bool {
        matches!(self, Self::Time | Self::Anomaly)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Reads a name in any letter case, with or without `chart` at its end.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.to_ascii_lowercase();
        let short = |kind: &Self| kind.name().trim_end_matches("chart");
        let found = Self::ALL.into_iter().find(|kind| wanted == kind.name() || wanted == short(kind));
        found.ok_or_else(|| match suggest(&wanted, Self::ALL.map(Self::name)) {
            Some(near) => format!("there is no chart {text}; did you mean {near}?"),
            None => {
                format!("there is no chart {text}: huntql draws {}", Self::ALL.map(Self::name).join(", "))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_long_and_short() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().to_uppercase().parse(), Ok(kind));
        }
        assert_eq!("bar".parse(), Ok(Kind::Bar));
        insta::assert_snapshot!("timchart".parse::<Kind>().expect_err("error"), @"there is no chart timchart; did you mean timechart?");
        insta::assert_snapshot!("treemap".parse::<Kind>().expect_err("error"), @"there is no chart treemap: huntql draws timechart, linechart, areachart, barchart, columnchart, piechart, scatterchart, anomalychart, card, table");
    }
}
