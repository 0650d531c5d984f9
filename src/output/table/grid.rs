//! Columns side by side: how wide each may be, and how a run of rows looks.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Row, Table,
    TableStyle, Width,
};

use super::{Head, Shown};
use crate::output::{Records, Style};

/// A line under the heading and lines between columns; none around, so that runs of rows join.
const LINES: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction('│'))
    .header_separator(LineStyle::none().fill('─').junction('┼'))
    .content_lines(ContentLineStyle::none().junction('│'));

/// Columns of space around a cell.
const PADDING: u16 = 2;
/// A text column is not squeezed below this: of command lines and paths, less says nothing. A grid that would need it is no help.
const NARROWEST: u16 = 12;

/// The widths of a grid's columns, padding left out.
pub(super) struct Grid {
    widths: Vec<u16>,
    /// What the widths may add up to.
    budget: usize,
}

impl Grid {
    /// Fits the columns into the style's width, going by these rows. None if they do not fit and the style allows another form.
    pub(super) fn fit(heads: &[Head], rows: &[Vec<Shown>], style: &Style) -> Option<Self> {
        let frame = heads.len() * usize::from(PADDING) + heads.len().saturating_sub(1);
        let budget = style.width.map_or(usize::MAX, |width| width.saturating_sub(frame));
        let natural = natural(heads, rows);
        let least = |(head, &width): (&Head, &u16)| if head.whole { width } else { width.min(NARROWEST) };
        let least: Vec<u16> = heads.iter().zip(&natural).map(least).collect();
        let fits = total(&least) <= budget;
        (fits || style.records == Records::Never).then(|| Self { widths: squeeze(&natural, &least, budget), budget })
    }

    /// The rows as text; with the heading if they are the first. Columns keep their widths, but grow where room is left, and where
    /// a number would be cut.
    pub(super) fn render(&mut self, heads: &[Head], rows: &[Vec<Shown>], with_heading: bool, style: &Style) -> String {
        if heads.is_empty() || (rows.is_empty() && !with_heading) {
            return String::new();
        }
        let wanted: Vec<u16> =
            self.widths.iter().zip(natural(heads, rows)).map(|(&width, natural)| natural.max(width)).collect();
        let kept = heads.iter().zip(self.widths.iter().zip(&wanted));
        let least: Vec<u16> = kept.map(|(head, (&width, &wanted))| if head.whole { wanted } else { width }).collect();
        self.widths = squeeze(&wanted, &least, self.budget);
        let mut table = table(heads, rows, with_heading, style);
        let widths =
            self.widths.iter().map(|width| ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(PADDING))));
        table.set_constraints(widths);
        for (index, _) in heads.iter().enumerate().filter(|(_, head)| head.number) {
            if let Some(column) = table.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt() + "\n"
    }

    /// True if the widths that these rows were shown in are too narrow for one of their cells.
    pub(super) fn cuts(&self, heads: &[Head], rows: &[Vec<Shown>]) -> bool {
        let natural = natural(heads, rows);
        self.widths.iter().zip(natural).any(|(width, natural)| natural > *width)
    }
}

/// The widths at which nothing is cut.
fn natural(heads: &[Head], rows: &[Vec<Shown>]) -> Vec<u16> {
    table(heads, rows, true, &Style::default()).column_max_content_widths()
}

/// Takes from the widest columns until all fit, but from none below its least width.
fn squeeze(natural: &[u16], least: &[u16], budget: usize) -> Vec<u16> {
    let at = |level: u16| -> Vec<u16> {
        natural.iter().zip(least).map(|(&natural, &least)| natural.min(level).max(least)).collect()
    };
    let widest = natural.iter().copied().max().unwrap_or(0);
    let level = (1..=widest).rev().find(|&level| total(&at(level)) <= budget).unwrap_or(0);
    let mut widths = at(level);
    let mut left = budget.saturating_sub(total(&widths));
    for (width, &natural) in widths.iter_mut().zip(natural) {
        if left > 0 && *width < natural {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

fn total(widths: &[u16]) -> usize {
    widths.iter().map(|&width| usize::from(width)).sum()
}

fn table(heads: &[Head], rows: &[Vec<Shown>], with_heading: bool, style: &Style) -> Table {
    let mut table = Table::new();
    table
        .load_style(LINES)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_truncation_indicator("…")
        .force_no_tty();
    // Cells are cut at the column's edge and not at a word's: NUL stands in no cell.
    table.set_delimiter('\0');
    if style.color {
        table.enforce_styling();
    }
    if with_heading {
        table.set_header(line(heads.iter().map(|head| Cell::new(&head.name).add_attribute(Attribute::Bold))));
    }
    for row in rows {
        table.add_row(line(row.iter().map(Shown::cell)));
    }
    table
}

fn line(cells: impl Iterator<Item = Cell>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_columns_give_way_first() {
        assert_eq!(squeeze(&[10, 50, 20], &[8, 8, 8], 100), [10, 50, 20]);
        assert_eq!(squeeze(&[10, 50, 20], &[8, 8, 8], 50), [10, 20, 20]);
        assert_eq!(squeeze(&[10, 50, 20], &[8, 8, 20], 41), [10, 11, 20]);
        assert_eq!(squeeze(&[10, 50, 20], &[10, 50, 20], 5), [10, 50, 20]);
        assert_eq!(squeeze(&[], &[], 5), Vec::<u16>::new());
    }
}
