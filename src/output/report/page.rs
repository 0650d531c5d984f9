//! The report as HTML.

use std::collections::BTreeMap;

use indicatif::HumanCount;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{HuntReport, Kind, Report, Status, matrix};
use crate::output::human::bytes;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// What stands for itself in a link to a file beside the report.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// Names of each kind that are shown.
const NAMES: usize = 10;

/// Bars of the chart at most; longer times have wider bars.
const BARS: i64 = 96;

/// The report as one page of HTML.
pub fn html(report: &Report) -> String {
    let mut hunts: Vec<&HuntReport> = report.hunts.iter().collect();
    hunts.sort_by_key(|hunt| (hunt.status, weight(&hunt.severity), std::cmp::Reverse(hunt.rows)));
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Hunts of " (report.began) }
                // An icon of nothing, so that no browser asks for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 { "Hunts of " (report.began) } p { (report.summary) } }
                (over_time(&report.hunts))
                (names(&report.hunts))
                (attack(&report.hunts))
                (list(&hunts))
                @for (number, hunt) in hunts.iter().enumerate() { (one(number, hunt)) }
                footer {
                    h2 { "What was read" }
                    @for sentence in &report.reading { p { (sentence) } }
                    p.small { "Run " (report.run) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

fn weight(severity: &str) -> usize {
    ["high", "medium", "low", "informational"].iter().position(|known| *known == severity).unwrap_or(4)
}

/// The hunts as a table that sorts and filters.
fn list(hunts: &[&HuntReport]) -> Markup {
    markup! {
        section {
            h2 { "Hunts" }
            p.tools {
                input #filter type="search" placeholder="Filter hunts" aria-label="Filter hunts";
                @for status in [Status::Hit, Status::Failed, Status::Nothing] {
                    label { input type="checkbox" name="status" value=(status.name()) checked; " " (status.name()) }
                }
            }
            div.wide {
                table #hunts {
                    thead { tr {
                        @for (heading, number) in [("Result", false), ("Severity", false), ("Hunt", false), ("Techniques", false), ("Rows", true), ("Seconds", true)] {
                            th data-number=[number.then_some("")] { button type="button" { (heading) } }
                        }
                    } }
                    tbody {
                        @for (place, hunt) in hunts.iter().enumerate() {
                            tr data-status=(hunt.status.name()) {
                                td data-sort=(hunt.status as u8) { span class={ "status " (hunt.status.name()) } { (hunt.status.name()) } }
                                td data-sort=(weight(&hunt.severity)) { span class={ "severity s" (weight(&hunt.severity)) } { (hunt.severity) } }
                                td { a href={ "#hunt-" (place) } { (hunt.name) } }
                                td { (hunt.techniques.join(" ")) }
                                td.number data-sort=(hunt.rows) { (count(hunt.rows)) }
                                td.number data-sort=(hunt.seconds) { (format!("{:.1}", hunt.seconds)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A hunt with its first rows.
fn one(place: usize, hunt: &HuntReport) -> Markup {
    markup! {
        details.hunt id={ "hunt-" (place) } open[hunt.status == Status::Hit] {
            summary {
                span class={ "status " (hunt.status.name()) } { (hunt.status.name()) } " " (hunt.name)
                span.small { " " (count(hunt.rows)) " rows, " (bytes(hunt.bytes)) " read" }
            }
            @if !hunt.description.is_empty() { p { (hunt.description) } }
            @if let Some(error) = &hunt.error { pre.error { (error) } }
            @for note in &hunt.notes { p.note { (note) } }
            @if !hunt.first.is_empty() {
                div.wide { table {
                    thead { tr { @for column in &hunt.columns { th { (column) } } } }
                    tbody { @for row in &hunt.first { tr { @for cell in row { td { (cell) } } } } }
                } }
                p.small {
                    @if hunt.rows > hunt.first.len() as u64 { "The first " (hunt.first.len()) " of " (count(hunt.rows)) " rows. " }
                    @if let Some(file) = &hunt.file { a href=(utf8_percent_encode(file, LINK).to_string()) { "All rows" } }
                }
            }
        }
    }
}

fn attack(hunts: &[HuntReport]) -> Markup {
    let columns = matrix::columns(hunts);
    markup! {
        @if !columns.is_empty() {
            section {
                h2 { "ATT&CK" }
                div.matrix {
                    @for column in &columns {
                        div {
                            h3 { (column.tactic) }
                            @for cell in &column.cells {
                                p class={ "technique " (if cell.hits > 0 { "hit" } else { "nothing" }) }
                                    title={ (cell.hunts) " hunts, " (cell.hits) " hit, " (count(cell.rows)) " rows" } {
                                    (cell.technique) @if cell.hits > 0 { " " b { (count(cell.rows)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rows of all hits by the time of their events.
fn over_time(hunts: &[HuntReport]) -> Markup {
    let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
    for (&hour, &rows) in hunts.iter().filter(|hunt| hunt.status == Status::Hit).flat_map(|hunt| &hunt.hours) {
        *hours.entry(hour).or_default() += rows;
    }
    let (Some((&first, _)), Some((&last, _))) = (hours.first_key_value(), hours.last_key_value()) else {
        return markup! {};
    };
    let wide = (last.saturating_sub(first) / BARS + 1).max(1);
    let mut bars: BTreeMap<i64, u64> = BTreeMap::new();
    for (hour, rows) in hours {
        *bars.entry(hour.saturating_sub(first) / wide).or_default() += rows;
    }
    let highest = bars.values().max().copied().unwrap_or(1).max(1);
    let places = last.saturating_sub(first) / wide + 1;
    let bar = |(place, rows): (&i64, &u64)| {
        let height = (*rows as f64 / highest as f64 * 100.0).max(1.0);
        let told = format!("{}: {} rows", moment(first + place * wide), count(*rows));
        markup! {
            rect x=(place * 10 + 1) y=(format!("{:.1}", 100.0 - height)) width="8" height=(format!("{height:.1}")) { title { (told) } }
        }
    };
    markup! {
        section {
            h2 { "Rows of hits over time" }
            svg.bars viewBox={ "0 0 " (places * 10) " 100" } preserveAspectRatio="none" role="img" aria-label="Rows of hits over time" {
                @for entry in &bars { (bar(entry)) }
            }
            p.ends { span { (moment(first)) } span { "up to " (count(highest)) " rows in " (wide) " h" } span { (moment(last)) } }
        }
    }
}

/// An hour since 1970 as people read it.
fn moment(hour: i64) -> String {
    let at = hour.checked_mul(3600).and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    at.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M").to_string())
}

/// The devices, accounts and addresses that most rows of hits name.
fn names(hunts: &[HuntReport]) -> Markup {
    let top = |kind: Kind| {
        let mut found: BTreeMap<&str, u64> = BTreeMap::new();
        let hits = hunts.iter().filter(|hunt| hunt.status == Status::Hit);
        for (name, rows) in hits.filter_map(|hunt| hunt.named.get(&kind)).flatten() {
            *found.entry(name).or_default() += rows;
        }
        let mut found: Vec<(&str, u64)> = found.into_iter().collect();
        found.sort_by_key(|&(name, rows)| (std::cmp::Reverse(rows), name));
        found.truncate(NAMES);
        found
    };
    let lists: Vec<(Kind, Vec<(&str, u64)>)> = Kind::ALL.iter().map(|&kind| (kind, top(kind))).collect();
    markup! {
        @if lists.iter().any(|(_, list)| !list.is_empty()) {
            section.lists {
                @for (kind, list) in &lists {
                    @if !list.is_empty() {
                        div {
                            h2 { (kind.heading()) }
                            table { tbody { @for (name, rows) in list { tr { td { (name) } td.number { (count(*rows)) } } } } }
                        }
                    }
                }
            }
        }
    }
}
