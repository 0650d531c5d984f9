//! `$name` gets its value with the type needed.

use super::*;

async fn ids(lab: &Lab, condition: &str, params: &[(&str, &str)]) -> String {
    let text = format!("SELECT ProcessId FROM DeviceProcessEvents WHERE {condition} ORDER BY ProcessId");
    let answer = lab.run_with(&text, params).await.unwrap_or_else(|error| panic!("{condition}: {error}"));
    answer.rows.concat().join(",")
}

#[tokio::test]
async fn values_are_read_with_the_type_needed() {
    let lab = Lab::new();
    for (condition, value, wanted) in [
        ("DeviceName = $x", "beta", "100"),
        ("DeviceName = $x", "it's; DROP TABLE t --", ""),
        ("ProcessId > $x", "9", "10,100"),
        ("ProcessId IN ($x, 7)", " 9 ", "7,9"),
        ("ProcessId BETWEEN 1 AND $x", "9", "7,9"),
        ("Timestamp > $x", "2026-08-01T11:30:00Z", "7,100"),
        ("Timestamp > $x", "2026-08-01T11:30", "7,100"),
        ("Timestamp > $x", "2026-08-01 12:00:00", "7"),
        ("Timestamp >= $x", "2026-08-01", "7,9,10,100"),
        ("Timestamp > timestamp '2026-08-01T13:00:00Z' - $x", "90 minutes", "7,100"),
        ("Timestamp > $x - INTERVAL '1 hour'", "2026-08-01T13:00:00Z", "7"),
        ("Timestamp > $x + INTERVAL '1 hour'", "2026-08-01T11:00:00Z", "7"),
        ("FileName LIKE $x", "cmd%", "7,10"),
        ("(FileName LIKE '%exe') = $x", "true", "7,9,10,100"),
        ("($x IS NULL OR ProcessId = $x)", "9", "9"),
        ("contains(FileName, $x)", "shell", "9"),
        ("AdditionalFields->'a' = $x", "10", "10"),
        ("AdditionalFields->'a' = $x", "text", "100"),
        ("AdditionalFields->>'a' = $x", "10", "10"),
        ("ProcessId = $x::int", "9", "9"),
        ("ProcessId / $x > 10", "2", "100"),
    ] {
        assert_eq!(ids(&lab, condition, &[("x", value)]).await, wanted, "{condition} {value}");
    }
}

#[tokio::test]
async fn numbered_and_limit_parameters_work() {
    let lab = Lab::new();
    assert_eq!(ids(&lab, "ProcessId > $1 AND DeviceName = $2", &[("1", "1"), ("$2", "alpha")]).await, "9,10");
    let text = "SELECT ProcessId FROM DeviceProcessEvents ORDER BY 1 LIMIT $n OFFSET $m";
    assert_eq!(lab.run_with(text, &[("n", "2"), ("M", "1")]).await.expect("answer").rows.concat(), ["9", "10"]);
    assert_eq!(
        lab.run_with("SELECT $greeting AS g", &[("greeting", "hello")]).await.expect("answer").rows.concat(),
        ["hello"]
    );
    lab.run("PREPARE p AS SELECT $1 + 1").await.expect("prepared");
}

#[tokio::test]
async fn what_does_not_fit_is_said() {
    let lab = Lab::new();
    let error = |text: &'static str, params: &'static [(&'static str, &'static str)]| {
        let lab = &lab;
        async move { lab.run_with(text, params).await.expect_err(text).message }
    };
    const BY_ID: &str = "SELECT 1 FROM DeviceProcessEvents WHERE ProcessId = $pid";
    assert_eq!(
        error(BY_ID, &[]).await,
        "the query needs $pid: give --param pid=value, or in the shell .param pid=value"
    );
    assert_eq!(error(BY_ID, &[("pdi", "1")]).await, "the query has no parameter $pdi; did you mean pid?");
    assert_eq!(
        error(BY_ID, &[("pid", "1"), ("device", "1")]).await,
        "the query has no parameter $device; its parameters are $pid"
    );
    assert_eq!(error(BY_ID, &[("pid", "1"), ("PID", "2")]).await, "$pid is given twice");
    assert_eq!(error("SELECT 1", &[("x", "1")]).await, "the query has no parameter $x; it has no parameters");
    assert_eq!(
        error(BY_ID, &[("pid", "x")]).await,
        "the value 'x' of $pid cannot be read as a whole number, which the query needs there"
    );
    assert_eq!(
        error("SELECT 1 FROM DeviceEvents WHERE Timestamp > $t", &[("t", "yesterday")]).await,
        "the value 'yesterday' of $t cannot be read as a time such as 2026-08-01T00:00:00Z, which the query needs there"
    );
    assert_eq!(error("SELECT ?", &[]).await, "a parameter needs a name: write $name instead of ?");
    assert!(error("PREPARE p AS SELECT $1", &[("1", "1")]).await.starts_with("PREPARE takes no values"));
}
