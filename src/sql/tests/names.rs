//! Names in any letter case, results in the catalogue's.

use super::*;

#[tokio::test]
async fn unquoted_names_match_in_any_case_and_results_keep_the_catalogues_spelling() {
    let lab = Lab::new();
    let text = "SELECT devicename, FILENAME FROM deviceprocessevents WHERE filename = 'powershell.exe'";
    let answer = lab.run(text).await.expect("answer");
    assert_eq!(answer.columns, ["DeviceName", "FileName"]);
    assert_eq!(answer.rows, [["alpha", "powershell.exe"]]);
    let text = "select E.devicename, count(*) as n from HUNTING.deviceprocessevents as e group by e.DEVICENAME order by N desc, 1";
    assert_eq!(lab.columns(text).await, ["DeviceName", "n"]);
    assert_eq!(lab.rows(text).await, "alpha|2\nbeta|1\ngamma|1");
    assert_eq!(lab.rows("SELECT COUNT(*) FROM defender.hunting.DEVICELOGONEVENTS").await, "2");
}

#[tokio::test]
async fn quoted_names_are_exact() {
    let lab = Lab::new();
    assert_eq!(lab.rows("SELECT \"DeviceName\" FROM \"DeviceLogonEvents\" LIMIT 1").await, "alpha");
    assert!(lab.error("SELECT \"devicename\" FROM DeviceLogonEvents").await.contains("did you mean DeviceName"));
    assert!(lab.error("SELECT 1 FROM \"devicelogonevents\"").await.contains("did you mean DeviceLogonEvents"));
}

#[tokio::test]
async fn an_exact_spelling_is_kept_else_the_visible_one_is_taken() {
    let lab = Lab::new();
    assert_eq!(lab.columns("SELECT Isp, isp, ISP AS x FROM CloudAppEvents").await, ["Isp", "ISP", "x"]);
    assert_eq!(lab.columns("SELECT iSP FROM CloudAppEvents").await, ["ISP"]);
}

#[tokio::test]
async fn each_scope_spells_for_itself() {
    let lab = Lab::new();
    let text = "SELECT ipaddress FROM identitylogonevents UNION ALL SELECT ipaddress FROM graphapiauditevents";
    assert_eq!(lab.rows(text).await, "10.0.0.1\n10.0.0.1");
    assert_eq!(lab.columns(text).await, ["IPAddress"]);
    let text = "SELECT count(*) FROM IdentityLogonEvents l JOIN GraphAPIAuditEvents g ON L.ipaddress = G.IPADDRESS";
    assert_eq!(lab.rows(text).await, "1");
    let text =
        "SELECT accountname FROM identitylogonevents WHERE ipaddress IN (SELECT ipaddress FROM graphapiauditevents)";
    assert_eq!(lab.rows(text).await, "alice");
}

#[tokio::test]
async fn what_a_statement_defines_is_spelled_as_it_defines_it() {
    let lab = Lab::new();
    let text = "WITH Recent AS (SELECT DeviceId AS Id, count(*) AS Hits FROM DeviceProcessEvents GROUP BY 1)
                SELECT id, HITS FROM RECENT WHERE hits > 1";
    let answer = lab.run(text).await.expect("answer");
    assert_eq!(answer.columns, ["Id", "Hits"]);
    assert_eq!(answer.rows, [["d1", "2"]]);
    // Title is a column of other tables, which have no say here.
    assert_eq!(lab.columns("SELECT FileName AS title FROM DeviceProcessEvents ORDER BY TITLE").await, ["title"]);
    assert_eq!(lab.columns("SELECT count(*) AS total FROM DeviceEvents HAVING TOTAL > 0").await, ["total"]);
    assert_eq!(lab.columns("WITH R (A, b) AS (SELECT 1, 2) SELECT a, B FROM r").await, ["A", "b"]);
    let text = "SELECT row_number() OVER W AS rn FROM DeviceEvents WINDOW w AS (ORDER BY timestamp)";
    assert_eq!(lab.rows(text).await, "1");
    // A name that is both is one name, in a database without case, and has the catalogue's spelling.
    assert_eq!(
        lab.columns("SELECT lower(FileName) AS filename FROM DeviceProcessEvents ORDER BY FILENAME").await,
        ["FileName"]
    );
}

#[tokio::test]
async fn former_names_and_views_are_names() {
    let lab = Lab::new();
    assert_eq!(lab.columns("SELECT actiontype FROM miscevents").await, ["ActionType"]);
    lab.run("CREATE VIEW Shells AS SELECT DeviceName, FileName AS Shell FROM DeviceProcessEvents WHERE filename LIKE '%shell%'")
        .await
        .expect("view");
    let answer = lab.run("SELECT devicename, SHELL FROM shells").await.expect("answer");
    assert_eq!(answer.columns, ["DeviceName", "Shell"]);
    assert_eq!(answer.rows, [["alpha", "powershell.exe"]]);
    assert_eq!(lab.columns("DESCRIBE SHELLS").await.len(), 3);
    assert_eq!(
        lab.error("CREATE VIEW deviceevents AS SELECT 1").await,
        "line 1, column 8: DeviceEvents is a table: choose another name for the view"
    );
    assert!(lab.error("DROP VIEW EmailEvents").await.contains("is a table, not a view"));
}

#[tokio::test]
async fn information_schema_and_statements_about_tables_fold_too() {
    let lab = Lab::new();
    let text = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE Table_Name = 'DeviceEvents'";
    assert_eq!(lab.rows(text).await, "DeviceEvents");
    assert!(lab.rows("SHOW COLUMNS FROM deviceevents").await.contains("ActionType"));
    assert!(lab.rows("DESCRIBE deviceevents").await.contains("ActionType"));
    assert!(lab.rows("SHOW TABLES").await.contains("DeviceEvents"));
    assert!(!lab.rows("DESCRIBE deviceevents").await.contains("_File"));
}

#[tokio::test]
async fn settings_are_not_names() {
    let lab = Lab::new();
    for text in ["SHOW datafusion.execution.batch_size", "SHOW ALL", "SET datafusion.execution.batch_size = 100"] {
        lab.run(text).await.expect(text);
    }
    let parsed = parse("SET hunt.FileName = Timestamp", &lab.dictionary()).expect("parsed");
    assert_eq!(parsed.statement.to_string(), "SET hunt.FileName = Timestamp");
}

#[tokio::test]
async fn functions_are_found_in_any_case() {
    let lab = Lab::new();
    assert_eq!(lab.rows("SELECT Lower('A'), UPPER('b'), Count(*) FROM DeviceEvents").await, "a|B|1");
    assert_eq!(lab.rows("SELECT value FROM Generate_Series(1, 2) ORDER BY value").await, "1\n2");
}

#[tokio::test]
async fn keywords_that_are_columns_stay_keywords() {
    let lab = Lab::new();
    let text = "SELECT timestamp FROM DeviceProcessEvents WHERE timestamp > TIMESTAMP '2026-08-01T12:30:00Z' AND Timestamp < timestamp '2026-08-02 00:00:00'";
    assert_eq!(lab.columns(text).await, ["Timestamp"]);
    assert_eq!(lab.rows(text).await, "2026-08-01T13:00:00Z");
    assert_eq!(
        lab.rows("SELECT date_trunc('hour', TimeStamp)::date, extract(HOUR FROM timestamp) FROM DeviceEvents").await,
        "2026-08-01|7"
    );
}

#[test]
fn what_is_parsed_knows_its_tables() {
    let dictionary = Lab::new().dictionary();
    let tables = |text: &str| parse(text, &dictionary).expect(text).tables;
    assert_eq!(tables("SELECT 1"), [""; 0]);
    assert_eq!(tables("FROM deviceevents JOIN miscevents USING (DeviceId)"), ["DeviceEvents", "MiscEvents"]);
    assert_eq!(
        tables("SELECT * FROM emailevents WHERE 1 IN (SELECT 1 FROM urlclickevents)"),
        ["EmailEvents", "UrlClickEvents"]
    );
    assert_eq!(tables("EXPLAIN ANALYZE COPY emailevents TO 'x.csv'"), ["EmailEvents"]);
    assert_eq!(tables("WITH EmailEvents AS (SELECT 1) SELECT * FROM HuntQL.Rejects"), ["huntql.rejects"]);
}
