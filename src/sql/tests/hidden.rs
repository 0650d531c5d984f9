//! Hidden columns answer by name and stay out of `*`.

use super::*;

/// The visible columns of a table, and some more.
fn star(lab: &Lab, table: &str, more: &[&str]) -> Vec<String> {
    let columns = lab.catalog.table(table).expect(table).visible_columns().iter().map(|column| column.name.clone());
    columns.chain(more.iter().map(|column| (*column).to_owned())).collect()
}

/// Hidden columns that show up in the answer, which should be none.
fn leaks(columns: &[String]) -> Vec<&String> {
    columns.iter().filter(|column| ["_File", "_Line", "TimeGenerated"].contains(&column.as_str())).collect()
}

#[tokio::test]
async fn a_star_leaves_out_what_the_statement_names() {
    let lab = Lab::new();
    let events = star(&lab, "DeviceProcessEvents", &[]);
    for text in [
        "SELECT * FROM DeviceProcessEvents WHERE _file = 'f1'",
        "SELECT * FROM DeviceProcessEvents ORDER BY _File, _line",
        "SELECT DeviceProcessEvents.* FROM DeviceProcessEvents WHERE TimeGenerated > '2020-01-01'",
        "SELECT e.* FROM DeviceProcessEvents e WHERE e._File = 'f1'",
        "SELECT e.* FROM hunting.DeviceProcessEvents \"e\" WHERE e._File = 'f1'",
        "FROM deviceprocessevents |> WHERE _File = 'f1'",
        "SELECT * FROM (SELECT * FROM DeviceProcessEvents WHERE _File = 'f1')",
        "WITH x AS (FROM DeviceProcessEvents |> WHERE _File = 'f1') SELECT * FROM x",
        "WITH DeviceProcessEvents AS (SELECT * FROM DeviceProcessEvents WHERE _File = 'f1') SELECT * FROM DeviceProcessEvents",
        "SELECT * FROM DeviceProcessEvents WHERE _File = 'f1' UNION ALL SELECT * FROM DeviceProcessEvents",
        "SELECT * EXCLUDE (_File) FROM DeviceProcessEvents WHERE _Line = 1",
        "SELECT * EXCEPT (_File) FROM DeviceProcessEvents WHERE _Line = 1",
        "SELECT * EXCLUDE _File FROM DeviceProcessEvents WHERE _Line = 1",
        "SELECT * REPLACE (upper(DeviceName) AS DeviceName) FROM DeviceProcessEvents WHERE _Line = 1",
        "SELECT * FROM DeviceProcessEvents WHERE EXISTS (SELECT * FROM DeviceLogonEvents l WHERE l._Line = 1)",
        "SELECT DISTINCT * FROM DeviceProcessEvents WHERE _Line = 1",
    ] {
        assert_eq!(lab.columns(text).await, events, "{text}");
        assert!(!lab.run(text).await.expect(text).rows.is_empty(), "{text}");
    }
    assert_eq!(
        lab.columns("SELECT * EXCLUDE (DeviceName) FROM DeviceProcessEvents WHERE _Line = 1").await.len(),
        events.len() - 1
    );
    assert_eq!(lab.rows("SELECT count(*) FROM DeviceProcessEvents WHERE _File = 'f1'").await, "2");
}

#[tokio::test]
async fn what_is_selected_by_name_stays() {
    let lab = Lab::new();
    for text in [
        "SELECT *, _File FROM DeviceProcessEvents",
        "SELECT * FROM (SELECT *, _File FROM DeviceProcessEvents) WHERE _File = 'f1'",
        "WITH x AS (SELECT *, _File FROM DeviceProcessEvents) SELECT x.* FROM x WHERE _File = 'f1'",
        "SELECT *, _File FROM DeviceProcessEvents UNION SELECT *, _File FROM DeviceProcessEvents",
    ] {
        assert_eq!(lab.columns(text).await, star(&lab, "DeviceProcessEvents", &["_File"]), "{text}");
    }
    lab.run("CREATE VIEW placed AS SELECT *, _FILE FROM DeviceProcessEvents WHERE _Line > 0").await.expect("view");
    assert_eq!(
        lab.columns("SELECT * FROM Placed WHERE _file = 'f1'").await,
        star(&lab, "DeviceProcessEvents", &["_File"])
    );
    assert_eq!(
        lab.rows("SELECT _File, _Line, TimeGenerated FROM DeviceLogonEvents LIMIT 1").await,
        "g1|1|2026-08-01T10:05:00Z"
    );
    assert_eq!(lab.rows("SELECT _file FROM miscevents").await, "null");
}

#[tokio::test]
async fn joins_leave_them_out_on_both_sides() {
    let lab = Lab::new();
    let both: Vec<String> = [star(&lab, "DeviceProcessEvents", &[]), star(&lab, "DeviceLogonEvents", &[])].concat();
    for text in [
        "SELECT * FROM DeviceProcessEvents p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId WHERE p._File = 'f1'",
        "SELECT * FROM DeviceProcessEvents p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId AND p._Line = l._Line",
        "SELECT p.*, l.* FROM DeviceProcessEvents p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId AND p._Line = l._Line",
        "SELECT * FROM DeviceProcessEvents p, DeviceLogonEvents l WHERE p.TimeGenerated < l.TimeGenerated",
        "SELECT * FROM (DeviceProcessEvents p JOIN DeviceLogonEvents l ON p._Line = l._Line)",
        "FROM DeviceProcessEvents p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId AND l._Line = p._Line",
    ] {
        let columns = lab.columns(text).await;
        assert_eq!(leaks(&columns), [""; 0], "{text}");
        assert_eq!(columns, both, "{text}");
    }
    for text in [
        "SELECT * FROM DeviceProcessEvents p JOIN DeviceLogonEvents l USING (DeviceId) WHERE p._Line = l._Line",
        "SELECT * FROM DeviceProcessEvents p LEFT JOIN DeviceLogonEvents l USING (DeviceId) WHERE p._Line = l._Line",
        "SELECT * FROM DeviceProcessEvents p JOIN DeviceLogonEvents l USING (DeviceId, _Line)",
        "SELECT * FROM DeviceProcessEvents p RIGHT JOIN DeviceLogonEvents l USING (DeviceId) WHERE p._Line = l._Line",
    ] {
        let columns = lab.columns(text).await;
        assert_eq!(leaks(&columns), [""; 0], "{text}");
        assert_eq!(columns.len(), both.len() - 1, "{text}");
        assert_eq!(columns.iter().filter(|column| *column == "DeviceId").count(), 1, "{text}");
    }
    let text = "SELECT * FROM DeviceProcessEvents p LEFT SEMI JOIN DeviceLogonEvents l ON p._Line = l._Line";
    assert_eq!(lab.columns(text).await, star(&lab, "DeviceProcessEvents", &[]));
}

#[tokio::test]
async fn a_hidden_column_does_not_make_a_visible_one_ambiguous() {
    let lab = Lab::new();
    // IdentityInfo shows TenantId, DeviceLogonEvents hides one.
    let text = "SELECT TenantId, department FROM IdentityInfo i JOIN DeviceLogonEvents l ON i.AccountName = l.AccountName ORDER BY 2";
    assert_eq!(lab.rows(text).await, "t1|Finance\nt1|IT");
    let text = "SELECT * FROM IdentityInfo i JOIN DeviceLogonEvents l ON i.AccountName = l.AccountName WHERE l.tenantid IS NULL";
    let columns = lab.columns(text).await;
    assert_eq!(columns.iter().filter(|column| *column == "TenantId").count(), 1);
    // CallActivityEvents hides Timestamp behind ActivityTimestamp.
    let text =
        "SELECT Timestamp FROM CallActivityEvents UNION ALL SELECT Timestamp FROM DeviceEvents ORDER BY Timestamp";
    assert_eq!(lab.rows(text).await, "2026-08-01T07:00:00Z\n2026-08-01T08:00:00Z");
    let text = "SELECT Timestamp FROM DeviceEvents d CROSS JOIN CallActivityEvents c";
    assert_eq!(lab.rows(text).await, "2026-08-01T07:00:00Z");
    // A CTE that selects it by name means it before a table that hides it.
    let text = "WITH p AS (SELECT TimeGenerated, DeviceId FROM DeviceProcessEvents)
                SELECT TimeGenerated, AccountName FROM p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId WHERE AccountName = 'bob'";
    assert_eq!(lab.rows(text).await, "2026-08-01T12:00:00Z|bob");
    let text = "SELECT _Line FROM DeviceProcessEvents p JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId";
    assert!(lab.error(text).await.contains("_Line is ambiguous"));
}

#[tokio::test]
async fn a_natural_join_would_join_on_them() {
    let error = Lab::new()
        .error("SELECT DeviceName FROM DeviceProcessEvents p NATURAL JOIN DeviceLogonEvents l WHERE _Line = 1")
        .await;
    assert!(error.contains("NATURAL JOIN would also join on _Line"), "{error}");
}

#[tokio::test]
async fn from_without_select_is_select_star() {
    let lab = Lab::new();
    assert_eq!(lab.columns("FROM DeviceLogonEvents").await, star(&lab, "DeviceLogonEvents", &[]));
    assert_eq!(lab.columns("FROM DeviceLogonEvents SELECT AccountName, _Line").await, ["AccountName", "_Line"]);
    assert_eq!(lab.columns("SELECT count(*) AS n FROM (FROM DeviceLogonEvents)").await, ["n"]);
    assert_eq!(lab.columns("FROM (VALUES (1)) AS v(a)").await, ["a"]);
}

#[tokio::test]
async fn pipes_let_them_flow_to_the_next_shape() {
    let lab = Lab::new();
    let events = star(&lab, "DeviceProcessEvents", &[]);
    for text in [
        "FROM DeviceProcessEvents |> WHERE FileName = 'cmd.exe'",
        "FROM DeviceProcessEvents |> WHERE _File = 'f1' |> ORDER BY _Line |> LIMIT 1",
        "SELECT * FROM DeviceProcessEvents |> WHERE _File = 'f1'",
        "FROM DeviceProcessEvents |> WHERE _File = 'f1' |> SELECT *",
        "FROM DeviceProcessEvents |> WHERE _File = 'f1' |> AS e |> WHERE e._Line = 1",
        "FROM DeviceProcessEvents |> WHERE _File = 'f1' |> UNION ALL (FROM DeviceProcessEvents)",
    ] {
        assert_eq!(lab.columns(text).await, events, "{text}");
        assert!(!lab.rows(text).await.is_empty(), "{text}");
    }
    assert_eq!(
        lab.rows("FROM DeviceProcessEvents |> WHERE _File = 'f1' |> SELECT FileName, _Line |> ORDER BY _line DESC")
            .await,
        "cmd.exe|2\npowershell.exe|1"
    );
    assert_eq!(
        lab.rows("FROM DeviceProcessEvents |> AGGREGATE count(*) AS n GROUP BY _File |> ORDER BY _File").await,
        "f1|2\nf2|2"
    );
    assert_eq!(
        lab.columns("FROM DeviceProcessEvents |> EXTEND _Line + 1 AS next |> WHERE next > 2").await,
        star(&lab, "DeviceProcessEvents", &["next"])
    );
    let text = "FROM DeviceProcessEvents p |> JOIN DeviceLogonEvents l ON p.DeviceId = l.DeviceId AND p._Line = 1 |> SELECT l.AccountName, p._File";
    assert_eq!(lab.rows(text).await, "alice|f1\nbob|f2");
}

#[tokio::test]
async fn copy_writes_no_hidden_column() {
    let dir = tempfile::tempdir().expect("dir");
    let lab = Lab { allow_write: vec![dir.path().to_owned()], ..Lab::new() };
    let path = dir.path().join("a.csv");
    lab.run(&format!("COPY devicelogonevents TO '{}'", path.display())).await.expect("copy");
    let header = std::fs::read_to_string(&path).expect("file");
    assert_eq!(header.lines().next(), Some(star(&lab, "DeviceLogonEvents", &[]).join(",").as_str()));
    let path = dir.path().join("b.csv");
    lab.run(&format!("COPY (SELECT * FROM DeviceLogonEvents WHERE _Line = 1) TO '{}'", path.display()))
        .await
        .expect("copy");
    assert!(!std::fs::read_to_string(&path).expect("file").contains("_Line"));
    let parts = dir.path().join("parts/");
    lab.run(&format!("COPY DeviceLogonEvents TO '{}/' STORED AS CSV PARTITIONED BY (devicename)", parts.display()))
        .await
        .expect("copy");
    assert!(parts.join("DeviceName=alpha").is_dir());
}

#[test]
fn the_engine_is_told_which_ones() {
    let dictionary = Lab::new().dictionary();
    let hidden = |text: &str| parse(text, &dictionary).expect(text).hidden.into_iter().collect::<Vec<_>>();
    assert_eq!(hidden("SELECT _file, \"_Line\", TIMEGENERATED FROM deviceevents"), ["TimeGenerated", "_File", "_Line"]);
    assert_eq!(hidden("SELECT '_File', Timestamp FROM DeviceEvents"), [""; 0]);
    assert_eq!(hidden("SELECT Timestamp FROM CallActivityEvents"), ["Timestamp"]);
    assert_eq!(hidden("SELECT \"_file\" FROM DeviceEvents"), [""; 0]);
}
