//! A chart with its rows as one page of HTML that needs nothing else and runs no script.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use maud::{DOCTYPE, PreEscaped, html as markup};

use crate::output::text::columns;
use crate::output::{OutputError, human, visible};

/// Rows that the page shows.
const MOST_ROWS: usize = 1000;
/// Characters of a cell that the page shows.
const LONGEST_CELL: usize = 2000;

const STYLE: &str = "body{font:15px/1.4 sans-serif;margin:1.5rem;color:#222;background:#fff}\
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin-top:1rem}\
th,td{border:1px solid #ccc;padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#f3f3f3;position:sticky;top:0}td.number{text-align:right;white-space:nowrap}p.note{color:#666}.wide{overflow-x:auto}";

/// The page. `svg` is the drawn chart; none if the rows are all there is to see.
///
/// # Errors
/// Arrow's, for a column that breaks the rules of its type.
pub(super) fn html(
    title: &str,
    svg: Option<&str>,
    notes: &[String],
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<String, OutputError> {
    let all: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
    let numbers: Vec<bool> = schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
    let rows = rows(schema, batches)?;
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                // The values in it were escaped when it was drawn.
                @if let Some(svg) = svg { figure { (PreEscaped(svg)) } }
                @for note in notes { p.note { (note) } }
                div.wide {
                    table {
                        thead { tr { @for field in schema.fields() { th { (visible(field.name())) } } } }
                        tbody {
                            @for row in &rows {
                                tr { @for (cell, number) in row.iter().zip(&numbers) { td class=[number.then_some("number")] { (cell) } } }
                            }
                        }
                    }
                }
                p.note {
                    @if all > rows.len() as u64 { "The first " (rows.len()) " of " (human::count(all, "row")) "." }
                    @else { (human::count(all, "row")) "." }
                }
            }
        }
    };
    Ok(page.into_string())
}

/// The first rows as texts; null is nothing.
fn rows(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, OutputError> {
    let mut rows = Vec::new();
    for batch in batches {
        let columns = columns(schema, batch)?;
        for row in 0..batch.num_rows().min(MOST_ROWS.saturating_sub(rows.len())) {
            let cell = |column: &crate::output::cell::Column| {
                let mut text = Vec::new();
                column.text(row, &mut text);
                let text = String::from_utf8_lossy(&text);
                super::ticks::cut(&visible(&text), LONGEST_CELL)
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    Ok(rows)
}
