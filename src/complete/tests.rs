//! What is offered at a place, marked `¦` in the text. The catalogue's tables are there, and a few values.

use super::*;
use crate::engine::Engine;

/// An engine without sources, and what a session would know besides.
struct Known {
    engine: Engine,
    schemas: Box<dyn Schemas>,
}

impl Facts for Known {
    fn tables(&self) -> Vec<String> {
        self.engine.catalog().tables().map(|table| table.name().to_owned()).collect()
    }

    fn schemas(&self) -> &dyn Schemas {
        self.schemas.as_ref()
    }

    fn columns_of_query(&self, sql: &str) -> Vec<ColumnFact> {
        let columns = futures::executor::block_on(self.engine.sql_columns(sql)).unwrap_or_default();
        columns.into_iter().map(|(name, kind)| ColumnFact { name, kind }).collect()
    }

    fn sql_functions(&self) -> Vec<(String, String, String)> {
        let functions = self.engine.sql_functions().expect("functions");
        functions.into_iter().map(|function| (function.name, function.usage, function.doc)).collect()
    }

    fn values(&self, table: &str, column: &str) -> Vec<String> {
        match (table, column) {
            ("DeviceEvents", "ActionType") => {
                ["PnpDeviceConnected", "PowerShell \"x\"", "P\u{1b}[2J", "Pgpj\u{202e}exe"].map(str::to_owned).to_vec()
            }
            _ => Vec::new(),
        }
    }

    fn keys(&self, table: &str, column: &str) -> Vec<String> {
        match (table, column) {
            ("CloudAppEvents", "RawEventData") => ["Operation", "Id"].map(str::to_owned).to_vec(),
            ("DeviceEvents", "AdditionalFields") => ["RuleName", "Command", "odd key"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        vec![("host".to_owned(), "srv-1".to_owned())]
    }

    fn hunts(&self) -> Vec<(String, String)> {
        vec![("credential_access/lsass".to_owned(), "LSASS dumped".to_owned())]
    }

    fn commands(&self) -> Vec<CommandFacts> {
        let facts = |name, arguments, takes| CommandFacts { name, arguments, help: "does it", takes };
        vec![
            facts(".tables", "", Takes::Nothing),
            facts(".schema", "TABLE", Takes::Table),
            facts(".explain", "[QUERY]", Takes::Statement),
            facts(".export", "FILE [QUERY]", Takes::PathThenStatement),
            facts(".lang", "[auto|sql|kql]", Takes::Words(|| vec!["auto", "sql", "kql"])),
            facts(".run", "HUNT", Takes::Hunt),
        ]
    }
}

/// The texts that are offered; and the text that is replaced.
fn at(marked: &str) -> (String, Vec<String>) {
    thread_local! {
        static KNOWN: Known = {
            let engine = futures::executor::block_on(Engine::builder().build()).expect("engine");
            let schemas = Box::new(engine.kql_schemas());
            Known { engine, schemas }
        };
    }
    let cursor = marked.find('¦').expect("a mark");
    let text = marked.replace('¦', "");
    let found = KNOWN.with(|known| complete(&text, cursor, LanguageChoice::Auto, known));
    let texts = found.candidates.into_iter().map(|candidate| candidate.text).collect();
    (text[found.start..cursor].to_owned(), texts)
}

/// All of these are offered, none of those is.
fn check(marked: &str, offered: &[&str], not: &[&str]) {
    let (_, texts) = at(marked);
    for wanted in offered {
        assert!(texts.iter().any(|text| text == wanted), "{marked}: no {wanted} in {texts:?}");
    }
    for unwanted in not {
        assert!(!texts.iter().any(|text| text == unwanted), "{marked}: {unwanted} is offered");
    }
}

/// Just these are offered.
fn only(marked: &str, offered: &[&str]) {
    assert_eq!(at(marked).1, offered, "{marked}");
}

#[test]
fn kql_starts_with_tables_and_goes_on_with_operators() {
    check("Device¦", &["DeviceEvents", "DeviceProcessEvents"], &["where"]);
    only("DeviceProcessEv¦", &["DeviceProcessEvents"]);
    check(
        "DeviceEvents | ¦",
        &["where", "summarize", "join", "mv-expand", "order"],
        &["print", "datatable", "FileName"],
    );
    only("DeviceEvents | project-a¦", &["project-away"]);
    assert_eq!(at("DeviceEvents | project-a¦").0, "project-a");
    only("DeviceEvents\n| where x\n| mv-ex¦", &["mv-expand"]);
    only("DeviceEvents\n| // why\n  mv-ex¦", &["mv-expand"]);
    only("DeviceEvents\n| // why\n  whe¦", &["where"]);
    check("uni¦", &["union"], &[]);
    check("let x = 5;\nDevi¦", &["DeviceEvents"], &[]);
    only("DeviceEvents // | ¦", &[]);
    only("DeviceEvents | where FileName == \"a | ¦", &[]);
}

#[test]
fn kql_offers_the_columns_of_the_pipeline_so_far() {
    check("DeviceEvents | where ¦", &["ActionType", "FileName", "Timestamp"], &["where", "EmailDirection"]);
    only("DeviceEvents | where ActionT¦", &["ActionType"]);
    only("DeviceEvents | project a = FileName, Timestamp | where ¦", &["a", "Timestamp"]);
    only(
        "DeviceEvents | summarize n = count(), max(Timestamp) by DeviceName | where ¦",
        &["DeviceName", "n", "max_Timestamp"],
    );
    check("DeviceEvents | extend zz = 1 | project z¦", &["zz"], &["FileName"]);
    only("DeviceEvents | project-rename Host = DeviceName | project Hos¦", &["Host"]);
    check("let T = DeviceEvents | project q1 = FileName;\nT | where q¦", &["q1"], &[]);
    check("let n = 5; DeviceEvents | where ¦", &["n", "FileName"], &[]);
    check("DeviceEvents | where strcat(¦", &["FileName"], &[]);
    check("DeviceEvents | summarize dcount(De¦", &["DeviceName"], &[]);
    check("DeviceEvents | summarize count() by ¦", &["DeviceName"], &["count("]);
    check(
        "declare query_parameters(host: string);\nDeviceEvents | where DeviceName == host | project F¦",
        &["FileName"],
        &[],
    );
    // What is wrong before it does not take everything away.
    check("DeviceEvents | where nope == 1 | project F¦", &["FileName"], &[]);
    check("EmailEvents | sort by ¦", &["NetworkMessageId"], &[]);
    check("DeviceEvents | parse AdditionalFields with * \"a\" found: long * | project fou¦", &["found"], &[]);
}

#[test]
fn kql_offers_what_an_operator_takes() {
    check("DeviceEvents | join ¦", &["kind=", "DeviceInfo"], &[]);
    check("DeviceEvents | join kind=¦", &["leftanti", "inner"], &["DeviceInfo"]);
    check("DeviceEvents | join kind=inner (Device¦", &["DeviceInfo"], &["where"]);
    check("DeviceEvents | join kind=inner (DeviceInfo | where ¦", &["OSPlatform"], &["ActionType"]);
    only("DeviceEvents | join kind=inner (DeviceInfo) ¦", &["on"]);
    check(
        "DeviceEvents | join (DeviceInfo | project DeviceId, x = 1) on ¦",
        &["DeviceId", "$left."],
        &["x", "FileName"],
    );
    check("DeviceEvents | join (DeviceInfo) on $left.DeviceId == $right.¦", &["OSPlatform"], &["ActionType"]);
    check("DeviceEvents | join (DeviceInfo) on $left.¦", &["ActionType"], &["OSPlatform"]);
    check("DeviceEvents | join (DeviceInfo) on DeviceId | where ¦", &["OSPlatform", "ActionType", "DeviceId1"], &[]);
    check("union ¦", &["DeviceEvents", "kind="], &[]);
    check("DeviceEvents | union ¦", &["EmailEvents"], &[]);
    check("DeviceEvents | summarize ¦", &["count(", "dcount(", "by"], &["FileName", "strcat("]);
    check("DeviceEvents | where str¦", &["strcat(", "strlen("], &["count("]);
    check("DeviceEvents | render ¦", &["timechart", "piechart"], &[]);
    check("DeviceEvents | evaluate ¦", &["bag_unpack(", "pivot("], &[]);
    only("DeviceEvents | top 5 ¦", &["by"]);
    check("DeviceEvents | top 5 by ¦", &["Timestamp"], &[]);
    check("DeviceEvents | sort by Timestamp ¦", &["asc", "desc"], &[]);
    check("DeviceEvents | where FileName ¦", &["==", "has", "contains", "in~", "!has", "startswith"], &["FileName"]);
    check("DeviceEvents | where FileName hasp¦", &["hasprefix", "hasprefix_cs"], &["has"]);
    check("DeviceEvents | extend x = tolong(a) ¦", &["and"], &[]);
    only("DeviceEvents | take ¦", &[]);
}

#[test]
fn kql_offers_timespans_and_types() {
    check("DeviceEvents | where Timestamp > ago(¦", &["1h", "7d"], &["FileName"]);
    check("DeviceEvents | where Timestamp > ago(30¦", &["30d", "30h", "30m"], &["1h"]);
    check("DeviceEvents | where Timestamp > ago(3¦", &["3d"], &[]);
    check("datatable(a: ¦", &["string", "datetime"], &[]);
}

#[test]
fn values_are_offered_behind_a_comparison() {
    let known = ["\"PnpDeviceConnected\"", "\"PowerShell \\\"x\\\"\""];
    only("DeviceEvents | where ActionType == ¦", &known);
    only("DeviceEvents | where ActionType == \"Pn¦", &known[..1]);
    only("DeviceEvents | where ActionType in (\"PnpDeviceConnected\", ¦", &known);
    only("DeviceEvents | where ActionType in~ (¦", &known);
    only("DeviceEvents | where ActionType has 'P¦", &["'PnpDeviceConnected'", "'PowerShell \"x\"'"]);
    // A renamed column has them too, a computed one has not.
    only("DeviceEvents | project a = ActionType | where a == \"¦", &known);
    only("let T = DeviceEvents | where true; T | where ActionType == \"¦", &known);
    only("DeviceEvents | extend ActionType = strcat(ActionType, 'x') | where ActionType == \"¦", &[]);
    check("DeviceEvents | where Timestamp > ag¦", &["ago("], &[]);
    // What stands behind the cursor already is not put in again.
    check("DeviceEvents | where Timestamp > ag¦(1d)", &["ago"], &["ago("]);
    only("DeviceEvents | where ActionType == \"Pn¦\"", &["\"PnpDeviceConnected"]);
    only("SELECT 1 FROM DeviceEvents WHERE ActionType = ¦", &["'PnpDeviceConnected'", "'PowerShell \"x\"'"]);
    only("SELECT 1 FROM DeviceEvents e WHERE e.actiontype IN ('Pnp¦", &["'PnpDeviceConnected'"]);
}

#[test]
fn keys_of_bags_are_offered_behind_their_column() {
    only("CloudAppEvents | where RawEventData.¦", &["Operation", "Id"]);
    only("CloudAppEvents | project a = RawEventData | extend r = a.Op¦", &["Operation"]);
    only("DeviceEvents | where parse_json(AdditionalFields).¦", &["RuleName", "Command"]);
    only("DeviceEvents | where FileName.¦", &[]);
    only("SELECT AdditionalFields->>'¦ FROM DeviceEvents", &["'RuleName'", "'Command'", "'odd key'"]);
    only("SELECT e.additionalfields->'Ru¦ FROM DeviceEvents e", &["'RuleName'"]);
}

#[test]
fn sql_offers_what_its_clause_takes() {
    check("SEL¦", &["SELECT"], &[]);
    check("SELECT * FROM Device¦", &["DeviceEvents"], &["DeviceName"]);
    check("select * from DeviceEvents ¦", &["WHERE", "JOIN"], &["DeviceInfo"]);
    check("select * from DeviceEvents wh¦", &["where"], &[]);
    check("SELECT ¦ FROM DeviceEvents", &["ActionType"], &["OSPlatform"]);
    check("SELECT Act¦ FROM DeviceEvents", &["ActionType"], &[]);
    check("SELECT x FROM DeviceEvents WHERE ¦", &["ActionType"], &[]);
    check("SELECT x FROM DeviceEvents WHERE upper(¦", &["ActionType"], &[]);
    check("SELECT x FROM DeviceEvents e JOIN DeviceInfo i ON e.¦", &["ActionType"], &["OSPlatform"]);
    check("SELECT i.¦ FROM DeviceEvents e JOIN DeviceInfo i ON true", &["OSPlatform"], &["ActionType"]);
    check("SELECT x FROM DeviceEvents e JOIN DeviceInfo i ON ¦", &["e.", "i.", "OSPlatform"], &[]);
    check("SELECT up¦ FROM DeviceEvents", &["upper("], &[]);
    check("SELECT x FROM DeviceEvents WHERE DeviceName = $h¦", &["$host"], &[]);
    only("SELECT 'a ¦", &[]);
}

#[test]
fn sql_knows_the_columns_of_subqueries_and_common_tables() {
    only("WITH c AS (SELECT DeviceName AS d, 1 AS n FROM DeviceEvents) SELECT ¦ FROM c", &["d", "n"]);
    check("WITH c AS (SELECT 1 AS n) SELECT n FROM ¦", &["c", "DeviceEvents"], &[]);
    check("WITH c AS (SELECT ¦ FROM DeviceInfo) SELECT 1", &["OSPlatform"], &[]);
    check("WITH a AS (SELECT 1 AS n), b AS (SELECT n AS m FROM a) SELECT 1 FROM b WHERE ¦", &["m"], &["n"]);
    check("SELECT q.¦ FROM (SELECT 1 AS n FROM DeviceInfo) q", &["n"], &["OSPlatform"]);
    check("SELECT 1 FROM DeviceEvents WHERE DeviceId IN (SELECT ¦ FROM DeviceInfo)", &["OSPlatform"], &["ActionType"]);
}

#[test]
fn commands_and_what_they_take() {
    only(".sch¦", &[".schema"]);
    check(".schema Email¦", &["EmailEvents"], &[]);
    only(".lang s¦", &["sql"]);
    only(".run cred¦", &["credential_access/lsass"]);
    only(".run x ho¦", &["host="]);
    check(".explain DeviceEvents | where Act¦", &["ActionType"], &[]);
    check(".explain DeviceEvents\n| where Act¦", &["ActionType"], &[]);
    check(".export out.csv SELECT ¦ FROM DeviceEvents", &["ActionType"], &[]);
    only(".nothing ¦", &[]);
}

#[test]
fn the_statement_at_the_cursor_is_the_one_that_counts() {
    check("select 1;\nDeviceEvents | where Act¦", &["ActionType"], &[]);
    check("DeviceInfo | take 1\n\nselect ¦ from DeviceEvents", &["ActionType"], &["OSPlatform"]);
    check(".tables\nDeviceEvents | where Act¦", &["ActionType"], &[]);
    let (replaced, _) = at("print 1;\nDeviceEvents | where Act¦");
    assert_eq!(replaced, "Act");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_is_typed_makes_it_fail(text in "(DeviceEvents|where|join|on|\\||\\(|\\)|\"|'|;|,|=|select|from|with|as|\\.|\n| |é|FileName|==|in|\\$left){0,14}") {
        let (replaced, texts) = at(&format!("{text}¦"));
        let is_part = |offered: &String| texts.len() > 500 || offered.to_lowercase().contains(&replaced.trim_start_matches(['"', '\'']).to_lowercase());
        proptest::prop_assert!(texts.iter().all(is_part));
    }
}
