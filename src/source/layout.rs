//! What a blob's name tells: tenant, table, hours.
//!
//! Names are read from the right, with any prefix before them, in the three layouts that services write and in flat copies that have
//! the path in the file's name. A name that tells nothing is no error: then the records tell.
//!
//! Sources: the streaming API's containers and paths, Log Analytics data export, Event Hubs Capture's default naming (see
//! ARCHITECTURE.md, "Layouts").

use std::sync::LazyLock;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use regex::Regex;

/// How names under a location are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layout {
    /// `insights-logs-advancedhunting-<table>/tenantId=…/y=/m=/d=/h=/m=/PT1H.json`.
    Defender,
    /// `am-<table>/WorkspaceResourceId=…/y=/m=/d=/h=/m=/PT05M.json`.
    LogAnalytics,
    /// `<namespace>/<hub>/<partition>/yyyy/mm/dd/hh/mm/ss.avro`.
    Capture,
    /// Anything else: a hub dump, a renamed copy.
    Other,
}

impl Layout {
    /// The layout's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Defender => "Defender blobs",
            Self::LogAnalytics => "Log Analytics export",
            Self::Capture => "Event Hubs Capture",
            Self::Other => "other files",
        }
    }
}

/// A span of receive time, `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First moment.
    pub start: DateTime<Utc>,
    /// One past the last.
    pub end: DateTime<Utc>,
}

/// What a name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFacts {
    /// How the name is made.
    pub layout: Layout,
    /// The table as the name spells it, in lower case.
    pub table: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// When the blob's rows were received.
    pub hours: Option<Hours>,
}

/// What stands between the parts of a path, also of one that became a file's name.
const BETWEEN: &str = r"(?:[/\\_.,+!~ -]|%2[fF]|%5[cC])+";

static DEFENDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)insights-logs-advancedhunting-([a-z0-9]+)"));
static LOG_ANALYTICS: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(?:^|{BETWEEN})am-([a-z0-9]+(?:_cl)?){BETWEEN}WorkspaceResourceId=")));
static TENANT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)tenantId=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"));
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)y=(\d{{4}}){BETWEEN}m=(\d{{1,2}}){BETWEEN}d=(\d{{1,2}})(?:{BETWEEN}h=(\d{{1,2}})(?:{BETWEEN}m=(\d{{1,2}}))?)?(?:{BETWEEN}PT(\d+)([HM]))?"
    ))
});
static CAPTURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|/)([^/]+)/\d+/(\d{4})/(\d{2})/(\d{2})/(\d{2})/(\d{2})/(\d{2})\.avro(?:\.\w+)?$"));

#[expect(clippy::expect_used, reason = "the patterns are constants, and every one is compiled by this file's tests")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// How long after its end an hour may still be written: exports have been seen to fill hours in half a day later.
const SETTLED: Duration = Duration::hours(48);

impl NameFacts {
    /// True if nothing is written any more into a blob of this name.
    pub fn is_closed(&self, now: DateTime<Utc>) -> bool {
        self.hours.is_some_and(|hours| hours.end + SETTLED <= now)
    }

    /// Reads the full name of a blob, from the store's root on.
    pub fn read(name: &str) -> Self {
        let tenant = last_group(&TENANT, name).map(|tenant| tenant.to_ascii_lowercase());
        let defender = last_group(&DEFENDER, name);
        let log_analytics = last_group(&LOG_ANALYTICS, name);
        let (layout, table) = match (defender, log_analytics) {
            (_, Some(table)) => (Layout::LogAnalytics, Some(table)),
            (Some(table), None) => (Layout::Defender, Some(table)),
            (None, None) => (Layout::Other, None),
        };
        let table = table.map(str::to_ascii_lowercase);
        if let Some(hours) = capture_hours(name) {
            return Self { layout: Layout::Capture, table, tenant, hours: Some(hours) };
        }
        Self { layout, table, tenant, hours: path_hours(name) }
    }
}

fn last_group<'a>(pattern: &Regex, name: &'a str) -> Option<&'a str> {
    pattern.captures_iter(name).last().and_then(|found| found.get(1)).map(|group| group.as_str())
}

/// The hours of `y=/m=/d=[/h=[/m=]]`, the last such run in the name.
fn path_hours(name: &str) -> Option<Hours> {
    let found = DATE.captures_iter(name).last()?;
    let number = |group: usize| found.get(group).and_then(|text| text.as_str().parse::<u32>().ok());
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(1)?).ok()?, number(2)?, number(3)?)?;
    let Some(hour) = number(4) else {
        let start = date.and_hms_opt(0, 0, 0)?.and_utc();
        return Some(Hours { start, end: start + Duration::days(1) });
    };
    let start = date.and_hms_opt(hour, number(5).unwrap_or(0), 0)?.and_utc();
    let unit = if found.get(7).is_some_and(|unit| unit.as_str().eq_ignore_ascii_case("m")) { 1 } else { 60 };
    let minutes = number(6).map_or(60, |count| i64::from(count) * unit).clamp(1, 24 * 60);
    Some(Hours { start, end: start + Duration::minutes(minutes) })
}

/// The window of a Capture file: its name gives the start; windows last at most 15 minutes.
fn capture_hours(name: &str) -> Option<Hours> {
    let found = CAPTURE.captures(name)?;
    let number = |group: usize| found.get(group).and_then(|text| text.as_str().parse::<u32>().ok());
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(2)?).ok()?, number(3)?, number(4)?)?;
    let start = date.and_hms_opt(number(5)?, number(6)?, number(7)?)?.and_utc();
    Some(Hours { start, end: start + Duration::minutes(15) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT_ID: &str = "8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c";

    fn told(name: &str) -> (Layout, Option<String>, bool, Option<String>) {
        let facts = NameFacts::read(name);
        let hours = facts.hours.map(|h| format!("{}+{}m", h.start.format("%FT%R"), (h.end - h.start).num_minutes()));
        (facts.layout, facts.table, facts.tenant.is_some(), hours)
    }

    #[test]
    fn names_of_every_layout_are_read_with_any_prefix_and_flat() {
        let table = Some("deviceprocessevents".to_owned());
        let hour = Some("2026-07-18T14:00+60m".to_owned());
        let defender = (Layout::Defender, table.clone(), true, hour.clone());
        let path = format!(
            "insights-logs-advancedhunting-deviceprocessevents/tenantId={TENANT_ID}/y=2026/m=07/d=18/h=14/m=00/PT1H.json"
        );
        assert_eq!(told(&path), defender);
        assert_eq!(told(&format!("backup/2025/{path}")), defender);
        for between in ["_", "-", "%2F", "__", "+"] {
            assert_eq!(told(&path.replace('/', between)), defender, "{between}");
        }
        let resource = "insights-logs-advancedhunting-deviceprocessevents/resourceId=/SUBSCRIPTIONS/X/RESOURCEGROUPS/Y/y=2026/m=07/d=18/h=14/m=00/PT1H.json";
        assert_eq!(told(resource), (Layout::Defender, table.clone(), false, hour));
        let export =
            "am-deviceprocessevents/WorkspaceResourceId=/subscriptions/x/y=2026/m=07/d=18/h=14/m=35/PT05M.json";
        assert_eq!(told(export), (Layout::LogAnalytics, table.clone(), false, Some("2026-07-18T14:35+5m".into())));
        let capture = "ns/insights-logs-advancedhunting-deviceprocessevents/3/2026/07/18/14/35/20.avro";
        assert_eq!(told(capture), (Layout::Capture, table, false, Some("2026-07-18T14:35+15m".into())));
        assert_eq!(told("dumps/hub-2026.json"), (Layout::Other, None, false, None));
        assert_eq!(told("team-deviceinfo/x.json"), (Layout::Other, None, false, None));
        assert_eq!(told("y=2026/m=13/d=18/h=14/PT1H.json").3, None);
    }
}
