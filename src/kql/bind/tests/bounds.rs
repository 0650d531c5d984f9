//! Nothing makes the binder run away: not depth, not copies, not growth.

use std::time::{Duration, Instant};

use super::bound;

/// The first error of a text.
fn error(text: &str) -> String {
    let (_, diagnostics) = bound(text);
    diagnostics.iter().find(|said| said.is_error()).map(|said| said.message.clone()).unwrap_or_default()
}

/// Runs on a thread with the least stack that callers are known to have.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("thread");
    thread.join().expect("no overflow");
}

#[test]
fn scalar_lets_that_double_are_refused() {
    let mut text = "let x0 = 1;\n".to_owned();
    for place in 1..40 {
        text.push_str(&format!("let x{place} = x{0} + x{0};\n", place - 1));
    }
    text.push_str("print x39");
    assert!(error(&text).contains("use each other so often"), "{}", error(&text));
}

#[test]
fn tables_that_double_are_refused_and_materialized_ones_are_not() {
    let script = |how: &str| {
        let mut text = "let t0 = A;\n".to_owned();
        for place in 1..40 {
            text.push_str(&format!("let t{place} = {how}(t{0} | union t{0});\n", place - 1));
        }
        text + "t39 | count"
    };
    assert!(error(&script("")).contains("use each other so often"), "{}", error(&script("")));
    assert_eq!(error(&script("materialize")), "");
}

#[test]
fn functions_that_double_are_refused_in_time() {
    let mut text = "let f0 = (x: long) { x + 1 };\n".to_owned();
    for place in 1..35 {
        text.push_str(&format!("let f{place} = (x: long) {{ f{0}(x) + f{0}(x) }};\n", place - 1));
    }
    text.push_str("print f34(1)");
    let start = Instant::now();
    assert_ne!(error(&text), "");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn functions_without_parameters_that_double_are_refused_in_time() {
    for body in ["{ f0() + f0() }", "{ f0() | union f0() }"] {
        let mut text = if body.contains('|') { "let f0 = () { A };\n" } else { "let f0 = () { 1 };\n" }.to_owned();
        for place in 1..30 {
            text.push_str(&format!("let f{place} = () {};\n", body.replace("f0", &format!("f{}", place - 1))));
        }
        let start = Instant::now();
        assert_ne!(error(&format!("{text}print x = toscalar(f29())")), "");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
}

#[test]
fn functions_that_call_themselves_are_refused() {
    assert!(error("Endless()").contains("called too deep"), "{}", error("Endless()"));
}

#[test]
fn depth_is_bounded_on_a_small_stack() {
    on_small_stack(|| {
        let nested = format!("print x = {}1{}", "strlen(tostring(".repeat(90), "))".repeat(90));
        assert_eq!(error(&nested), "");
        let chain = format!("print x = 1{}", " + 1".repeat(400));
        assert_eq!(error(&chain), "");
        let subqueries = format!("print x = {}1{}", "toscalar(print y = ".repeat(60), ")".repeat(60));
        assert_eq!(error(&subqueries), "");
        let joins = format!("{}A{}", "A | join (".repeat(90), ") on Name".repeat(90));
        assert_eq!(error(&joins), "");
    });
}

#[test]
fn lets_that_nest_deep_are_refused_on_a_small_stack() {
    on_small_stack(|| {
        let mut text = "let x0 = 1;\n".to_owned();
        for place in 1..2_000 {
            text.push_str(&format!("let x{place} = x{} + 1;\n", place - 1));
        }
        text.push_str("print x1999");
        assert!(error(&text).contains("nests too deep"), "{}", error(&text));
        let mut text = "let t0 = A;\n".to_owned();
        for place in 1..2_000 {
            text.push_str(&format!("let t{place} = t{} | where Id > {place};\n", place - 1));
        }
        text.push_str("t1999");
        assert!(error(&text).contains("stand on top of each other"), "{}", error(&text));
    });
}

#[test]
fn long_pipelines_are_refused_and_those_that_people_write_are_not() {
    on_small_stack(|| {
        assert_eq!(error(&format!("A{}", " | extend Id = Id + 1".repeat(300))), "");
        assert!(error(&format!("A{}", " | where Id > 1".repeat(5_000))).contains("operators"));
    });
}

#[test]
fn long_lists_are_no_trouble() {
    let list: Vec<String> = (0..50_000).map(|number| format!("'{number:x}'")).collect();
    let start = Instant::now();
    assert_eq!(error(&format!("let hashes = dynamic([{}]); A | where Name in (hashes)", list.join(","))), "");
    assert_eq!(error(&format!("A | where Name in ({})", list.join(","))), "");
    assert_eq!(error(&format!("datatable(a: string)[{}]", list.join(","))), "");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
