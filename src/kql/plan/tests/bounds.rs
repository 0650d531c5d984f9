//! Scripts that are large in one way or another: they are planned, or refused, and nothing overflows.

use super::harness::run;

#[tokio::test]
async fn many_operators() {
    let steps = "| extend a = a + 1 ".repeat(200);
    assert_eq!(run(&format!("print a = 0 {steps}")).await, Ok(vec!["a:long".to_owned(), "200".to_owned()]));
    let steps: String = (0..400).map(|n| format!("| extend c{n} = a + {n}, d = tostring(a)\n")).collect();
    let query = format!("range a from 1 to 1 step 1\n{steps}| project c399, d");
    assert_eq!(run(&query).await, Ok(vec!["c399:long | d:string".to_owned(), "400 | 1".to_owned()]));
    let steps = "| where a >= 0 ".repeat(500);
    assert_eq!(run(&format!("print a = 0 {steps}")).await, Ok(vec!["a:long".to_owned(), "0".to_owned()]));
}

#[tokio::test]
async fn deep_expressions() {
    let (open, close) = ("strcat(\"a\", ".repeat(60), ")".repeat(60));
    let answer = run(&format!("print strlen({open}\"\"{close})")).await;
    assert_eq!(answer, Ok(vec!["print_0:long".to_owned(), "60".to_owned()]));
    let sum = vec!["1"; 450].join(" + ");
    assert_eq!(run(&format!("print a = {sum}")).await, Ok(vec!["a:long".to_owned(), "450".to_owned()]));
    let sum = vec!["strlen(tostring(x))"; 150].join(" + ");
    let answer = run(&format!("range x from 7 to 7 step 1 | project a = {sum}")).await;
    assert_eq!(answer, Ok(vec!["a:long".to_owned(), "150".to_owned()]));
}

#[tokio::test]
async fn long_lists() {
    let list: Vec<String> = (0..20_000).map(|number| format!("\"x{number}\"")).collect();
    for operator in ["in", "in~", "has_any"] {
        let query = format!("print a = \"x777\" | where a {operator} ({}) | count", list.join(","));
        assert_eq!(run(&query).await, Ok(vec!["Count:long".to_owned(), "1".to_owned()]), "{operator}");
    }
    let conditions: Vec<String> = (0..300).map(|number| format!("a == \"x{number}\"")).collect();
    let query = format!("print a = \"x77\" | where {} | count", conditions.join(" or "));
    assert_eq!(run(&query).await, Ok(vec!["Count:long".to_owned(), "1".to_owned()]));
}

#[tokio::test]
async fn lets_that_use_each_other() {
    let mut script = "let t0 = datatable(a:long)[1];\n".to_owned();
    for number in 1..=7 {
        script += &format!("let t{number} = union t{0}, t{0};\n", number - 1);
    }
    let answer = run(&format!("{script} t7 | count")).await;
    assert_eq!(answer, Ok(vec!["Count:long".to_owned(), "128".to_owned()]));
}
