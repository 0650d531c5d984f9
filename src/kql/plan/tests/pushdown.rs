//! What reaches a scan: conditions in a form that it understands, and only the columns that are needed.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result as DataResult, TableReference, not_impl_err};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use super::super::{Tables, plan};
use super::harness::{COLUMNS, Events, NOW, session};
use crate::kql::bind::{NoProbe, bind};
use crate::kql::syntax::parse;

/// A table that takes every condition, as huntql's scans do.
#[derive(Debug)]
struct Greedy;

#[async_trait]
impl TableProvider for Greedy {
    fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = COLUMNS.iter().map(|(name, kind)| kind.field(name)).collect();
        Arc::new(Schema::new(fields))
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataResult<Arc<dyn ExecutionPlan>> {
        not_impl_err!("it has no rows")
    }
}

struct GreedyTables;

impl Tables for GreedyTables {
    fn scan(&self, table: &str) -> Option<DataResult<LogicalPlan>> {
        let scan = || {
            LogicalPlanBuilder::scan(TableReference::bare(table), provider_as_source(Arc::new(Greedy)), None)?.build()
        };
        Some(scan())
    }

    fn now(&self) -> i64 {
        NOW
    }
}

/// The lines of the optimised plan that scan a table.
fn scans(query: &str) -> Vec<String> {
    let (script, _) = parse(query);
    let bound = bind(&script, &Events, &mut NoProbe, &HashMap::new());
    assert!(bound.is_ok(), "{query}: {:?}", bound.diagnostics);
    let planned = plan(&bound.script, &GreedyTables).unwrap_or_else(|error| panic!("{query}: {error}"));
    let mut lines = Vec::new();
    for result in planned.results {
        let optimised = session().state().optimize(&result.plan).unwrap_or_else(|error| panic!("{query}: {error}"));
        let text = optimised.display_indent().to_string();
        lines.extend(text.lines().map(str::trim).filter(|line| line.starts_with("TableScan")).map(str::to_owned));
    }
    lines
}

#[test]
fn conditions_reach_the_scan() {
    for (condition, expected) in [
        ("Timestamp > ago(7d)", r#"Events.Timestamp > TimestampNanosecond(1790251200000000000, Some("UTC"))"#),
        (
            "Timestamp between (datetime(2026-10-01) .. now())",
            r#"Events.Timestamp >= TimestampNanosecond(1790812800000000000, Some("UTC")), Events.Timestamp <= TimestampNanosecond(1790856000000000000, Some("UTC"))"#,
        ),
        ("Timestamp > now() - 2 * 1h", r#"Events.Timestamp > TimestampNanosecond(1790848800000000000, Some("UTC"))"#),
        (
            r#"Timestamp > todatetime("2026-10-01")"#,
            r#"Events.Timestamp > TimestampNanosecond(1790812800000000000, Some("UTC"))"#,
        ),
        (r#"DeviceName == "web""#, r#"kql_text(Events.DeviceName) = Utf8View("web")"#),
        (r#"DeviceName has "web""#, r#"has(kql_text(Events.DeviceName), Utf8View("web"))"#),
        (
            r#"DeviceName in~ ("web", "db")"#,
            r#"in_ci(kql_text(Events.DeviceName), Utf8View("web"), Utf8View("db")) IS TRUE"#,
        ),
        (
            r#"DeviceName in ("a", "b", "c", "d")"#,
            r#"kql_text(Events.DeviceName) IN ([Utf8View("a"), Utf8View("b"), Utf8View("c"), Utf8View("d")])"#,
        ),
        ("LogonType == 10", "Events.LogonType = Int32(10)"),
        ("ProcessId in (4, 5, 6, 7)", "Events.ProcessId IN ([Int64(4), Int64(5), Int64(6), Int64(7)])"),
        (
            r#"tostring(AdditionalFields.a.b) =~ "x""#,
            r#"equals_ci(kql_text(tostring(dynamic_path(as_dynamic(Events.AdditionalFields), Utf8View("a"), Utf8View("b")))), Utf8View("x"))"#,
        ),
    ] {
        let query = format!("Events | where {condition} | project ProcessId");
        let scans = scans(&query);
        let [scan] = scans.as_slice() else { panic!("{query}: {scans:?}") };
        assert!(scan.contains(&format!("full_filters=[{expected}]")), "{query}: {scan}");
    }
}

#[test]
fn conditions_pass_other_operators() {
    for query in [
        r#"Events | extend Name = DeviceName | project-away AdditionalFields | where Name has "web" | project ProcessId"#,
        r#"Events | sort by Timestamp desc | where DeviceName has "web" | take 5 | project ProcessId"#,
        r#"union Events, Events | where DeviceName has "web" | project ProcessId"#,
        r#"Events | summarize count() by DeviceName | where DeviceName has "web""#,
        r#"let f = (T:(DeviceName:string)) { T | where DeviceName has "web" }; Events | invoke f() | project ProcessId"#,
        r#"Events | join kind=inner (Events | where DeviceName has "web") on DeviceName | where DeviceName has "web" | project ProcessId"#,
    ] {
        for scan in scans(query) {
            assert!(scan.contains(r#"has(kql_text(Events.DeviceName), Utf8View("web"))"#), "{query}: {scan}");
        }
    }
}

/// Numbers and moments cannot hold a word, so that only texts are searched.
#[test]
fn a_search_is_of_texts() {
    for scan in scans(r#"search "powershell" | project DeviceName"#) {
        let word = r#"Utf8View("powershell")"#;
        let texts = format!("has(kql_text(Events.DeviceName), {word})");
        let json = format!("has(tostring(as_dynamic(Events.AdditionalFields)), {word})");
        let either = [format!("{texts} OR {json}"), format!("{json} OR {texts}")];
        assert!(either.iter().any(|either| scan.contains(&format!("full_filters=[{either}]"))), "{scan}");
    }
}

#[test]
fn only_needed_columns_are_read() {
    for (query, expected) in [
        ("Events | count", "projection=[]"),
        ("Events | project ProcessId", "projection=[ProcessId]"),
        ("Events | sort by Timestamp | summarize count() by DeviceName", "projection=[DeviceName]"),
        (
            "Events | summarize arg_max(Timestamp, *) by DeviceName | project LogonType",
            "projection=[Timestamp, DeviceName, LogonType]",
        ),
    ] {
        let scans = scans(query);
        assert!(scans.iter().all(|scan| scan.contains(expected)), "{query}: {scans:?}");
    }
}
