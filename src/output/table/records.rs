//! One column a line, for rows with more columns than a terminal can hold side by side.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, ContentLineStyle, Table, TableStyle, Width};

use super::{Head, Shown};
use crate::output::Style;

const LINES: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction('│'))
    .content_lines(ContentLineStyle::none().junction('│'));

/// Columns taken by padding and the line between name and value.
const FRAME: usize = 5;
/// A value is wrapped, but not into a ribbon.
const NARROWEST: usize = 20;

/// The rows as text, the first of them numbered `number`; values too long for a line go on in the next.
pub(super) fn render(heads: &[Head], rows: &[Vec<Shown>], number: u64, style: &Style) -> String {
    (number..).zip(rows).map(|(number, row)| record(heads, row, number, style)).collect()
}

fn record(heads: &[Head], row: &[Shown], number: u64, style: &Style) -> String {
    let mut table = Table::new();
    table.load_style(LINES).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    if style.color {
        table.enforce_styling();
    }
    for (head, shown) in heads.iter().zip(row) {
        table.add_row([Cell::new(&head.name).add_attribute(Attribute::Bold), shown.cell()]);
    }
    let widths = table.column_max_content_widths();
    let names = usize::from(widths.first().copied().unwrap_or(0));
    if let (Some(width), Some(column)) = (style.width, table.column_mut(1)) {
        let room = width.saturating_sub(names + FRAME).max(NARROWEST);
        let values = widths.last().copied().unwrap_or(0).min(u16::try_from(room).unwrap_or(u16::MAX));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(values.saturating_add(2))));
    }
    let rule = format!("─[ {number} ]");
    let rule_width = style.width.unwrap_or(80).min(names + FRAME + 20);
    let rest = "─".repeat(rule_width.saturating_sub(rule.chars().count()));
    format!("{rule}{rest}\n{}\n", table.trim_fmt())
}
