//! JSON values: arrows bind as they read, and unions go nowhere where they would go wrong.

use super::*;

/// The column of the test rows: a is 9, 10, "text" and null; s is "x", "y", "x" and missing.
const A: &str = "AdditionalFields->'a'";

#[tokio::test]
async fn arrows_bind_tighter_than_comparisons() {
    let lab = Lab::new();
    for (condition, wanted) in [
        ("AdditionalFields->>'a' = '9'", "9"),
        ("'9' = AdditionalFields->>'a'", "9"),
        ("AdditionalFields->>'a' || 'x' = '10x'", "10"),
        ("(AdditionalFields->'a')::int = 10", "10"),
        ("AdditionalFields->'a'::int + 1 = 11", "10"),
        ("AdditionalFields->'o'->>'p' = 'q'", "9"),
        ("AdditionalFields#>>array['o','p'] = 'q'", "9"),
        ("AdditionalFields->>'a' IN ('9', 'text')", "9\n100"),
        ("AdditionalFields->>'a' LIKE 't%'", "100"),
        ("AdditionalFields->>'a' BETWEEN '9' AND '9z'", "9"),
        ("AdditionalFields->>'a' IS NULL", "7"),
        ("AdditionalFields->'a' = 9", "9"),
        ("AdditionalFields->'a' > 9", "10"),
        ("AdditionalFields->'a' IN (9, 10)", "9\n10"),
        ("AdditionalFields->'a' BETWEEN 9 AND 10", "9\n10"),
        ("AdditionalFields->'a' = 'text'", "100"),
        ("NOT AdditionalFields->>'s' = 'x'", "10"),
    ] {
        let text = format!("SELECT ProcessId FROM DeviceProcessEvents WHERE {condition} ORDER BY ProcessId");
        assert_eq!(lab.rows(&text).await, wanted, "{condition}");
    }
}

#[tokio::test]
async fn results_are_json_text() {
    let lab = Lab::new();
    assert_eq!(
        lab.rows(&format!("SELECT {A} FROM DeviceProcessEvents ORDER BY Timestamp")).await,
        "9\n10\n\"text\"\nnull"
    );
    assert_eq!(
        lab.columns(&format!("SELECT {A}, {A} AS x FROM DeviceProcessEvents")).await,
        ["AdditionalFields -> 'a'", "x"]
    );
    assert_eq!(lab.rows("SELECT AdditionalFields->'o' FROM DeviceProcessEvents LIMIT 1").await, "{\"p\":\"q\"}");
    assert_eq!(
        lab.rows("SELECT json_get(x, 'p') FROM (SELECT AdditionalFields->'o' AS x FROM DeviceProcessEvents) LIMIT 1")
            .await,
        "\"q\""
    );
    let context = lab.session(&BTreeSet::new()).expect("session");
    let parsed = parse(&format!("SELECT {A} AS x FROM DeviceProcessEvents"), &lab.dictionary()).expect("parsed");
    let plan = context.state().statement_to_plan(parsed.statement).await.expect("plan");
    let schema = context.state().create_physical_plan(&plan).await.expect("plan").schema();
    assert_eq!(schema.field(0).data_type(), &datafusion::arrow::datatypes::DataType::Utf8View);
    assert_eq!(schema.field(0).metadata().get("ARROW:extension:name").map(String::as_str), Some("arrow.json"));
}

#[tokio::test]
async fn sorting_is_by_number_then_by_text() {
    let lab = Lab::new();
    let ids = |order: &str| format!("SELECT ProcessId FROM DeviceProcessEvents ORDER BY {order}");
    assert_eq!(lab.rows(&ids(&format!("{A} DESC LIMIT 3"))).await, "7\n100\n10");
    assert_eq!(lab.rows(&ids(&format!("{A} DESC NULLS LAST LIMIT 2"))).await, "10\n9");
    assert_eq!(lab.rows(&ids(&format!("{A} LIMIT 2"))).await, "9\n10");
    assert_eq!(lab.rows(&ids(A)).await, "9\n10\n100\n7");
    assert_eq!(
        lab.rows(&format!("SELECT {A} AS x FROM DeviceProcessEvents ORDER BY x DESC LIMIT 3")).await,
        "null\n\"text\"\n10"
    );
    let text = format!(
        "SELECT ProcessId, row_number() OVER (PARTITION BY AdditionalFields->'s' ORDER BY {A}) FROM DeviceProcessEvents ORDER BY 1"
    );
    assert_eq!(lab.rows(&text).await, "7|1\n9|1\n10|1\n100|2");
    assert_eq!(
        lab.rows(&format!("SELECT array_agg(ProcessId ORDER BY {A} DESC) FROM DeviceProcessEvents")).await,
        "[7, 100, 10, 9]"
    );
}

#[tokio::test]
async fn groups_and_duplicates_go_by_value() {
    let lab = Lab::new();
    let s = "AdditionalFields->'s'";
    assert_eq!(
        lab.rows(&format!("SELECT {s} AS x, count(*) FROM DeviceProcessEvents GROUP BY x ORDER BY x")).await,
        "\"x\"|2\n\"y\"|1\nnull|1"
    );
    assert_eq!(
        lab.rows(&format!("SELECT {s}, count(*) FROM DeviceProcessEvents GROUP BY {s} HAVING {s} = 'x'")).await,
        "\"x\"|2"
    );
    assert_eq!(
        lab.rows(&format!("SELECT DISTINCT {s} AS x FROM DeviceProcessEvents ORDER BY x")).await,
        "\"x\"\n\"y\"\nnull"
    );
    assert_eq!(
        lab.rows(&format!("SELECT count(*) FROM (SELECT DISTINCT {s} AS x FROM DeviceProcessEvents) WHERE x = 'x'"))
            .await,
        "1"
    );
    assert_eq!(lab.rows(&format!("SELECT count({A}), count(DISTINCT {s}) FROM DeviceProcessEvents")).await, "3|2");
    assert_eq!(
        lab.rows(&format!("SELECT count(*) FROM DeviceProcessEvents GROUP BY ROLLUP({s}) ORDER BY 1")).await,
        "1\n1\n2\n4"
    );
    assert_eq!(
        lab.rows(&format!("SELECT DISTINCT ON ({s}) ProcessId FROM DeviceProcessEvents ORDER BY {s}, ProcessId DESC"))
            .await,
        "100\n10\n7"
    );
    assert_eq!(
        lab.rows(&format!("SELECT array_agg({A} ORDER BY ProcessId) FROM DeviceProcessEvents")).await,
        "[null, 9, 10, \"text\"]"
    );
    assert_eq!(
        lab.rows(&format!(
            "SELECT first_value({A} ORDER BY ProcessId DESC) AS f FROM DeviceProcessEvents HAVING f = 'text'"
        ))
        .await,
        "\"text\""
    );
    assert_eq!(
        lab.rows(&format!("SELECT lag({A}) OVER (ORDER BY Timestamp) FROM DeviceProcessEvents")).await,
        "null\n9\n10\n\"text\""
    );
}

#[tokio::test]
async fn joins_and_set_operations_go_by_value_and_null_equals_nothing() {
    let lab = Lab::new();
    let from = "DeviceProcessEvents p JOIN DeviceProcessEvents q";
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM {from} ON p.{A} = q.{A}")).await, "3");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM {from} ON p.{A} = q.ProcessId")).await, "2");
    assert_eq!(
        lab.rows(&format!(
            "SELECT count(*) FROM DeviceProcessEvents WHERE {A} IN (SELECT {A} FROM DeviceProcessEvents)"
        ))
        .await,
        "3"
    );
    let text = format!(
        "SELECT count(*) FROM {from} ON lower(json_get_str(p.AdditionalFields, 's')) = lower(json_get_str(q.AdditionalFields, 's'))"
    );
    assert_eq!(lab.rows(&text).await, "5");
    let text = format!(
        "SELECT count(*) FROM {from} ON lower(p.AdditionalFields->>'s') = lower(q.AdditionalFields->>'s') AND p.ProcessId < q.ProcessId"
    );
    assert_eq!(lab.rows(&text).await, "1");
    let s = "SELECT AdditionalFields->'s' AS x FROM DeviceProcessEvents";
    assert_eq!(lab.rows(&format!("{s} UNION {s} ORDER BY x")).await, "\"x\"\n\"y\"\nnull");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM ({s} UNION ALL {s})")).await, "8");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM ({s} INTERSECT {s})")).await, "3");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM ({s} EXCEPT {s})")).await, "0");
    assert_eq!(
        lab.rows("SELECT max(x->>'p') FROM (SELECT AdditionalFields->'o' AS x FROM DeviceProcessEvents)").await,
        "q"
    );
}

#[tokio::test]
async fn functions_that_want_text_get_text() {
    let lab = Lab::new();
    let row = |expr: &str| format!("SELECT {expr} FROM DeviceProcessEvents ORDER BY Timestamp");
    assert_eq!(lab.rows(&row(&format!("length({A})"))).await, "1\n2\n4\nnull");
    assert_eq!(lab.rows(&row(&format!("{A} || '!'"))).await, "9!\n10!\ntext!\nnull");
    assert_eq!(lab.rows(&row(&format!("{A} LIKE 't%'"))).await, "false\nfalse\ntrue\nnull");
    assert_eq!(lab.rows(&row(&format!("make_array({A})"))).await, "[9]\n[10]\n[text]\n[null]");
    assert_eq!(lab.rows("SELECT length(x) FROM (SELECT AdditionalFields->'a' AS x, Timestamp FROM DeviceProcessEvents) ORDER BY Timestamp").await, "1\n2\n4\nnull");
}

#[tokio::test]
async fn what_needs_one_type_says_how_to_give_it() {
    let lab = Lab::new();
    for call in ["max", "min", "sum", "avg"] {
        let error = lab.error(&format!("SELECT {call}({A}) FROM DeviceProcessEvents")).await;
        assert!(error.contains(&format!("{call} needs one type")) && error.contains("->>"), "{error}");
    }
    assert!(
        lab.error(&format!("SELECT max({A}) OVER () FROM DeviceProcessEvents")).await.contains("max needs one type")
    );
    assert!(lab.error(&format!("SELECT lower({A}) FROM DeviceProcessEvents")).await.contains("lower needs one type"));
    assert!(
        lab.error(&format!("SELECT coalesce({A}, 'x') FROM DeviceProcessEvents"))
            .await
            .contains("coalesce needs one type")
    );
    assert!(
        lab.error(&format!("SELECT CASE WHEN true THEN {A} ELSE 'x' END FROM DeviceProcessEvents"))
            .await
            .contains("one type is needed")
    );
    assert!(lab.error(&format!("SELECT {A} ~ 'x' FROM DeviceProcessEvents")).await.contains("one type is needed"));
    assert!(
        lab.error(&format!("SELECT {A} FROM DeviceProcessEvents UNION ALL SELECT 'x'"))
            .await
            .contains("one type is needed")
    );
    assert_eq!(
        lab.rows("SELECT max((AdditionalFields->'a')::int), max(AdditionalFields->>'a') FROM DeviceProcessEvents")
            .await,
        "10|text"
    );
}

#[tokio::test]
async fn files_get_json_text() {
    let dir = tempfile::tempdir().expect("dir");
    let lab = Lab { allow_write: vec![dir.path().to_owned()], ..Lab::new() };
    for ending in ["parquet", "json", "csv"] {
        let path = dir.path().join(format!("x.{ending}"));
        let text = format!(
            "COPY (SELECT {A} AS x, array_agg({A}) AS l FROM DeviceProcessEvents GROUP BY x ORDER BY x LIMIT 3) TO '{}'",
            path.display()
        );
        let text = if ending == "csv" { text.replace(&format!(", array_agg({A}) AS l"), "") } else { text };
        assert_eq!(lab.rows(&text).await, "3", "{ending}");
        assert!(path.metadata().expect("file").len() > 0);
    }
    let json = std::fs::read_to_string(dir.path().join("x.json")).expect("file");
    assert_eq!(json.lines().next(), Some(r#"{"x":"9","l":["9"]}"#));
    assert!(!lab.rows(&format!("EXPLAIN SELECT {A} FROM DeviceProcessEvents")).await.is_empty());
    assert!(!lab.rows(&format!("EXPLAIN ANALYZE SELECT {A} FROM DeviceProcessEvents")).await.is_empty());
}
