//! Long and deep statements: long ones work, deep ones get a sentence, none ends the process.

use super::*;

/// Parses on a small stack, that of a worker thread.
fn parse_small(text: String) -> Result<Parsed, SqlError> {
    let lab = Lab::new();
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let parsed = thread.spawn(move || parse(&text, &lab.dictionary())).expect("thread");
    parsed.join().expect("no overflow")
}

#[tokio::test]
async fn long_lists_and_long_chains_work() {
    let lab = Lab::new();
    let values: Vec<String> = (0..10_000).map(|n| format!("'h{n}'")).collect();
    let text = format!("SELECT count(*) FROM DeviceEvents WHERE SHA1 IN ({})", values.join(", "));
    assert_eq!(lab.rows(&text).await, "0");
    let chain = |count: usize, condition: &str, word: &str| {
        values[..count].iter().map(|value| format!("{condition} {value}")).collect::<Vec<_>>().join(word)
    };
    let any = chain(10_000, "devicename =", " OR ");
    let all = chain(1_000, "devicename <>", " AND ");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM DeviceEvents WHERE {any}")).await, "0");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM DeviceEvents WHERE {all}")).await, "1");
    let pairs = chain(5_000, "DeviceId = 'd1' AND devicename =", " OR ");
    assert_eq!(lab.rows(&format!("SELECT count(*) FROM DeviceEvents WHERE {pairs}")).await, "0");
    let error = lab.error(&format!("SELECT 1 FROM DeviceEvents WHERE ({all}) AND DeviceId = 'd1'")).await;
    assert!(error.contains("write lists of values as x NOT IN (…)"), "{error}");
}

#[tokio::test]
async fn what_is_just_not_too_deep_can_be_planned() {
    let lab = Lab::new();
    for text in [
        format!("SELECT ProcessId{} FROM DeviceProcessEvents LIMIT 1", " + 1".repeat(500)),
        format!("SELECT FileName{} FROM DeviceProcessEvents LIMIT 1", " || 'x'".repeat(500)),
        format!("SELECT ProcessId{} FROM DeviceProcessEvents LIMIT 1", "::bigint".repeat(500)),
        format!("SELECT {}1{}", "(".repeat(450), ")".repeat(450)),
        format!("SELECT {}FileName{} FROM DeviceProcessEvents LIMIT 1", "lower(".repeat(100), ")".repeat(100)),
        format!("SELECT 1{}", " UNION ALL SELECT ProcessId FROM DeviceProcessEvents".repeat(300)),
        format!("{}SELECT 1 AS a{}", "SELECT * FROM (".repeat(32), ")".repeat(32)),
        format!("{}DeviceEvents{}", "FROM (".repeat(30), ")".repeat(30)),
        format!(
            "SELECT CASE {} ELSE 0 END FROM DeviceProcessEvents LIMIT 1",
            "WHEN ProcessId = 1 THEN 2 ".repeat(2_000)
        ),
    ] {
        assert!(!lab.rows(&text).await.is_empty());
    }
}

#[test]
fn chains_keep_their_meaning() {
    let operands: Vec<String> = (0..100).map(|n| format!("x = {n}")).collect();
    let parsed = parse(&format!("SELECT {}", operands.join(" OR ")), &Dictionary::empty()).expect("parsed");
    assert_eq!(parsed.statement.to_string(), format!("SELECT {}", operands.join(" OR ")));
}

#[test]
fn deep_statements_get_a_sentence() {
    for (open, close) in [
        ("(", ")"),
        ("((", "))"),
        ("[", "]"),
        ("{", "}"),
        ("NOT ", ""),
        ("- ", ""),
        ("f(", ")"),
        ("CASE WHEN ", " THEN 1 END"),
        ("CAST(", " AS INT)"),
        ("ARRAY[", "]"),
        ("1 + (", ")"),
        ("1 IN (", ")"),
        ("(SELECT ", ")"),
        ("EXISTS (SELECT ", ")"),
        ("INTERVAL ", ""),
        ("STRUCT(", ")"),
        ("CAST(1 AS ARRAY<", ">)"),
        ("TRY_CAST(", " AS INT)"),
        ("1 = ANY(", ")"),
        ("(1, ", ")"),
        ("a.", ""),
        ("PRIOR ", ""),
        ("MAP {1: ", "}"),
        ("EXTRACT(HOUR FROM ", ")"),
        ("x -> ", ""),
        ("WITH a AS (SELECT ", ") SELECT 1"),
        ("+", ""),
        ("~", ""),
        ("@", ""),
        ("DISTINCT ", ""),
        ("CAST(1 AS STRUCT<a ", ">)"),
    ] {
        for depth in [400, 10_000] {
            let text = format!("SELECT {}1{}", open.repeat(depth), close.repeat(depth));
            if let Err(error) = parse_small(text) {
                assert!(error.message.len() < 300, "{open}: {error}");
            }
        }
    }
    for (open, close) in [
        ("ARRAY<", ">"),
        ("STRUCT<a ", ">"),
        ("ARRAY(", ")"),
        ("Nullable(", ")"),
        ("TABLE(a ", ")"),
        ("MAP<INT, ", ">"),
    ] {
        for depth in [100, 400, 10_000] {
            let text = format!("SELECT CAST(1 AS {}INT{})", open.repeat(depth), close.repeat(depth));
            let _ = parse_small(text);
        }
    }
    let unclosed = parse_small(format!("SELECT {}", "(".repeat(10_000))).expect_err("too deep");
    assert!(unclosed.message.contains("nests too deeply"), "{unclosed}");
    for chain in [
        " + 1",
        " || 'x'",
        "::int",
        " IS NULL",
        "->'a'",
        "[1]",
        " BETWEEN 1 AND 2",
        " = 1",
        " COLLATE x",
        " UNION SELECT 1",
        " UNION SELECT 1 FROM t",
        " XOR 1",
    ] {
        for length in [900, 100_000] {
            if let Err(error) = parse_small(format!("SELECT 1{}", chain.repeat(length))) {
                assert!(error.message.len() < 300, "{chain}: {error}");
            }
        }
    }
    for from in ["(", "(SELECT * FROM ", "(FROM ", "a JOIN ("] {
        for depth in [10, 400] {
            let _ = parse_small(format!("SELECT * FROM {}a{}", from.repeat(depth), ")".repeat(depth)));
        }
    }
}

proptest::proptest! {
    /// Words of SQL in any order neither panic nor hang.
    #[test]
    fn no_text_panics(words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..30)) {
        let text = words.join(" ");
        if let Ok(parsed) = parse(&text, &Dictionary::new(&Catalog::builtin())) {
            let _ = guard(&parsed.statement, &[]);
        }
        split(&text);
    }
}

const WORDS: [&str; 52] = [
    "SELECT",
    "*",
    "FROM",
    "DeviceEvents",
    "emailevents",
    "e",
    "JOIN",
    "USING",
    "(",
    ")",
    "(DeviceId)",
    "WHERE",
    "_File",
    "e.*",
    "e._Line",
    "=",
    "'x'",
    "1",
    ",",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "WITH",
    "a AS (",
    "UNION ALL",
    "|>",
    "AS",
    "EXCLUDE",
    "REPLACE",
    "->",
    "->>",
    "'k'",
    "::int",
    "$x",
    "COPY",
    "TO",
    "'y.csv'",
    "EXPLAIN",
    "CREATE VIEW",
    "v",
    "EXTEND",
    "AGGREGATE",
    "count(*)",
    "OVER",
    "NATURAL",
    "LEFT",
    "INTERVAL",
];
