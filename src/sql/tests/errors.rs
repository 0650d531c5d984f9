//! Errors are sentences.

use super::*;

#[tokio::test]
async fn errors_say_what_and_where_and_what_to_do() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    for (text, wanted) in [
        (
            "FROM DeviceEvents WHERE 1 = 1",
            "line 1, column 19: expected end of statement; found WHERE; behind FROM table comes SELECT …, or a pipe such as |> WHERE …",
        ),
        (
            "SELECT FileNam FROM DeviceProcessEvents",
            "line 1, column 8: there is no column FileNam in DeviceProcessEvents; did you mean FileName, InitiatingProcessFileName or InitiatingProcessParentFileName?",
        ),
        (
            "SELECT\n  e.filenam FROM DeviceProcessEvents e",
            "line 2, column 5: there is no column filenam in e; did you mean FileName, InitiatingProcessFileName or InitiatingProcessParentFileName?",
        ),
        (
            "SELECT _Fil FROM DeviceProcessEvents",
            "line 1, column 8: there is no column _Fil in DeviceProcessEvents; did you mean _File?",
        ),
        (
            "SELECT RemoteUrl FROM DeviceProcessEvents",
            "line 1, column 8: there is no column RemoteUrl in DeviceProcessEvents; it is a column of AlertEvidence, BehaviorEntities or DeviceEvents",
        ),
        (
            "SELECT x.FileName FROM DeviceProcessEvents",
            "line 1, column 8: nothing is called x here; the query reads DeviceProcessEvents",
        ),
        (
            "SELECT FileName AS f FROM DeviceProcessEvents WHERE f = 'x'",
            "line 1, column 20: there is no column f in DeviceProcessEvents; it is an alias of SELECT, which WHERE and JOIN do not see: repeat its expression, or put the query into WITH",
        ),
        (
            "SELECT DeviceName FROM DeviceEvents a JOIN DeviceLogonEvents b ON a.DeviceId = b.DeviceId",
            "line 1, column 8: DeviceName is ambiguous: several tables here have it; write table.DeviceName",
        ),
        (
            "SELECT 1 FROM DeviceProcesEvents",
            "line 1, column 15: there is no table DeviceProcesEvents; did you mean DeviceProcessEvents?",
        ),
        ("SELECT 1 FROM xyz", "line 1, column 15: there is no table xyz; SHOW TABLES lists what there is"),
        ("SELECT * FROM 'file.parquet'", "there is no table parquet; SHOW TABLES lists what there is"),
        (
            "SELECT lowr(FileName) FROM DeviceEvents",
            "line 1, column 8: there is no function lowr; did you mean lower, floor or power?",
        ),
        (
            "SELECT countif(true) FROM DeviceEvents",
            "line 1, column 8: there is no function countif; use count(*) FILTER (WHERE …)",
        ),
        ("SELECT lower(1, 2)", "lower cannot be called as lower(Int64, Int64); it is called as lower(String)"),
        (
            "SELECT sum(FileName) FROM DeviceEvents",
            "sum cannot be called as sum(text); it is called as sum(Decimal) or sum(UInt64) or sum(Int64)",
        ),
        (
            "SELECT now() - '7d'",
            "a time and a text cannot be added or subtracted: write INTERVAL '7 days', or ago('7d') for now() - INTERVAL '7 days'",
        ),
        (
            "SELECT 1 FROM DeviceEvents WHERE Timestamp > '2026-08-01T00:01'",
            "'2026-08-01T00:01' is no time: write the seconds too, '2026-08-01T00:01:00'",
        ),
        (
            "SELECT 1 FROM DeviceEvents WHERE Timestamp > '7d'",
            "'7d' is no time: write one such as '2026-08-01T00:00:00Z', or ago('7d') for a time that long ago",
        ),
        (
            "SELECT 1 FROM DeviceProcessEvents WHERE ProcessId = 'abc'",
            "'abc' is no Int64: compare with a value of that type, or read it with try_cast(… AS Int64)",
        ),
        (
            "SELECT DeviceName, count(*) FROM DeviceEvents",
            "DeviceEvents.DeviceName stands beside an aggregate: put it into GROUP BY, or into an aggregate such as min(DeviceEvents.DeviceName)",
        ),
        (
            "SELECT 1 FROM DeviceEvents WHERE count(*) > 1",
            "aggregate functions are not allowed in the WHERE clause. Consider using HAVING instead",
        ),
        (
            "SELECT 1 FROM DeviceEvents, UNNEST(make_array(DeviceName)) AS x(u)",
            "a subquery or UNNEST in FROM cannot look at a column of the table beside it: write SELECT …, unnest(…) FROM table",
        ),
        ("SHOW foo", "'foo' is not a variable; SHOW ALL lists what there is"),
        ("SELECT 1/0", "divide by zero error"),
        (
            "SELECT DeviceName, DeviceName FROM DeviceEvents",
            "two columns of the answer are called DeviceEvents.DeviceName: rename one with AS",
        ),
        ("SELECT 1 +", "expected an expression; the statement ends here"),
        ("SELEC 1", "line 1, column 1: expected a statement such as SELECT, WITH, FROM, SHOW or DESCRIBE; found SELEC"),
        ("SELECT 'abc", "line 1, column 8: a text that starts here has no closing quote (')"),
        ("SELECT 1 1", "line 1, column 10: expected end of statement; found 1"),
        ("", "there is no statement here"),
        ("-- nothing", "there is no statement here"),
        ("SELECT 1; SELECT 2", "there is more than one statement here: run them one by one"),
    ] {
        let said = lab.run(text).await.err().map(|error| error.to_string()).unwrap_or_default();
        if said != wanted {
            wrong.push(format!("{text}\n  said:   {said}\n  wanted: {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_would_be_ignored_is_refused_by_name() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    for (text, wanted) in [
        (
            "SELECT * FROM DeviceEvents PREWHERE ActionType = 'x'",
            "line 1, column 28: PREWHERE is not supported: use WHERE",
        ),
        ("SELECT * FROM DeviceEvents TABLESAMPLE (10 PERCENT)", "line 1, column 28: TABLESAMPLE is not supported"),
        ("SELECT * FROM (SELECT 1) TABLESAMPLE (10 PERCENT)", "TABLESAMPLE is not supported"),
        ("SELECT * ILIKE '%Name' FROM DeviceEvents", "ILIKE behind * is not supported: name the columns"),
        ("SELECT * RENAME (DeviceName AS d) FROM DeviceEvents", "RENAME behind * is not supported"),
        (
            "SELECT 1 FROM DeviceEvents GROUP BY DeviceName WITH ROLLUP",
            "WITH ROLLUP, CUBE or TOTALS is not supported: write GROUP BY ROLLUP",
        ),
        ("SELECT 1 FROM DeviceEvents SETTINGS a = 1", "SETTINGS is not supported"),
        (
            "SELECT 1 FROM DeviceEvents FORMAT JSON",
            "line 1, column 28: FORMAT is not supported: the format of the answer is chosen with --format",
        ),
        ("SELECT 1 FROM DeviceEvents FETCH FIRST 1 ROW ONLY", "FETCH is not supported: use LIMIT"),
        ("SELECT 1 FROM DeviceEvents FOR UPDATE", "FOR is not supported"),
        ("SELECT 1 FROM DeviceEvents LIMIT 1 BY DeviceName", "LIMIT … BY is not supported: use QUALIFY"),
        ("SELECT TOP 3 * FROM DeviceEvents", "TOP is not supported: use LIMIT"),
        ("SELECT FROM DeviceEvents", "SELECT without columns is not supported"),
        (
            "SELECT * FROM DeviceEvents PIVOT (count(*) FOR ActionType IN ('a'))",
            "PIVOT is not supported: write one count(*) FILTER",
        ),
        ("SELECT * FROM DeviceEvents UNPIVOT (v FOR n IN (DeviceName))", "UNPIVOT is not supported"),
        (
            "SELECT * FROM DeviceEvents a ASOF JOIN DeviceInfo b MATCH_CONDITION (a.Timestamp >= b.Timestamp) ON a.DeviceId = b.DeviceId",
            "ASOF is not supported: join on the equal keys",
        ),
        (
            "SELECT 1 FROM DeviceEvents a SEMI JOIN DeviceInfo b ON a.DeviceId = b.DeviceId",
            "SEMI JOIN is not supported: write LEFT SEMI JOIN",
        ),
        ("SELECT 1 FROM DeviceEvents a CROSS APPLY DeviceInfo b", "CROSS APPLY is not supported"),
        ("SELECT 1 FROM DeviceEvents ORDER BY 1 WITH FILL", "WITH FILL is not supported"),
        ("SELECT 1 FROM DeviceEvents START WITH 1 = 1 CONNECT BY 1 = 1", "CONNECT BY is not supported"),
        ("FROM DeviceEvents |> DROP DeviceName", "`DROP DeviceName` pipe operator is not supported yet"),
    ] {
        let said = lab.run(text).await.err().map(|error| error.to_string()).unwrap_or_default();
        if !said.contains(wanted) || said.len() > 400 {
            wrong.push(format!("{text}\n  said:   {said}\n  wanted: {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn writes_are_refused_end_to_end() {
    let lab = Lab::new();
    for text in [
        "INSERT INTO deviceevents VALUES (1)",
        "DELETE FROM DeviceEvents",
        "SELECT * INTO x FROM DeviceEvents",
        "CREATE TABLE x AS SELECT 1",
    ] {
        let error = lab.run(text).await.expect_err(text);
        assert!(error.refused && error.message.contains("is refused"), "{text}: {error}");
    }
    let dir = tempfile::tempdir().expect("dir");
    let lab = Lab { allow_write: vec![dir.path().to_owned()], ..lab };
    let inside = dir.path().join("new/x.parquet");
    assert_eq!(lab.rows(&format!("COPY (SELECT 1 AS a) TO '{}'", inside.display())).await, "1");
    assert!(lab.run("COPY (SELECT 1 AS a) TO '/elsewhere/x.parquet'").await.expect_err("outside").refused);
}
