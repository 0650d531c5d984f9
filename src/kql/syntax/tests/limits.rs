//! What is long or deep: read if it may be, refused if not, and never a full stack.

use std::time::{Duration, Instant};

use crate::kql::syntax::ast::{ExprKind, Literal, OperatorKind, Script, StatementKind};
use crate::kql::syntax::{MAX_TEXT, parse, print, tokens};

fn read(text: &str) -> Script {
    let (script, diagnostics) = parse(text);
    assert!(diagnostics.is_empty(), "{:?}", &diagnostics[..diagnostics.len().min(3)]);
    script
}

fn refusal(text: &str) -> String {
    let (_, diagnostics) = parse(text);
    assert_eq!(diagnostics.len(), 1, "{:?}", &diagnostics[..diagnostics.len().min(3)]);
    diagnostics[0].message.clone()
}

/// The predicate of `T | where …`.
fn predicate(script: &Script) -> &ExprKind {
    let StatementKind::Query(query) = &script.statements[0].kind else { panic!("no query") };
    let ExprKind::Pipe(pipeline) = &query.kind else { panic!("no pipeline") };
    let OperatorKind::Where(_, predicate) = &pipeline.operators[0].kind else { panic!("no where") };
    &predicate.expr.kind
}

#[test]
fn long_chains_stay_flat() {
    let script = read(&format!("T | where {}", vec!["a == 1"; 20_000].join(" or ")));
    assert!(matches!(predicate(&script), ExprKind::Logical(_, operands) if operands.len() == 20_000));
    let script = read(&format!("T | where a in ({})", vec!["'x'"; 10_000].join(", ")));
    assert!(matches!(predicate(&script), ExprKind::ListTest(_, _, list) if list.len() == 10_000));
    let script = read(&format!("T\n{}", "| extend a = b + 1\n".repeat(5_000)));
    assert_eq!(print(&script).lines().count(), 5_001);
    read(&format!("print dynamic([{}])", vec!["1"; 10_000].join(",")));
    read(&format!("datatable(a: long)[{}]", "1, ".repeat(10_000)));
    read(&"let a = 1;\n".repeat(5_000));
}

#[test]
fn a_hundred_levels_are_read_and_a_hundred_thousand_refused() {
    let nest = |open: &str, close: &str, depth: usize| format!("print {}1{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("a[", "]"), ("toscalar(", ")"), ("a in (", ")"), ("(1 + ", ")"), ("-f(", ")")]
    {
        read(&nest(open, close, 100));
        assert_eq!(refusal(&nest(open, close, 100_000)), "brackets nest more than 200 deep here", "{open}");
        assert_eq!(
            refusal(&format!("print {}", open.repeat(100_000))),
            "brackets nest more than 200 deep here",
            "{open}"
        );
    }
    let dynamic = |depth: usize| format!("print dynamic({}{})", "[".repeat(depth), "]".repeat(depth));
    read(&dynamic(100));
    assert_eq!(refusal(&dynamic(100_000)), "brackets nest more than 200 deep here");
    let functions = |depth: usize| format!("{}1{}", "let f = () { ".repeat(depth), " }; 1".repeat(depth));
    read(&functions(50));
    assert_eq!(refusal(&functions(100_000)), "brackets nest more than 200 deep here");
    let subqueries = |depth: usize| format!("T {}{}", "| join (T ".repeat(depth), ") on a".repeat(depth));
    read(&subqueries(50));
    assert_eq!(refusal(&subqueries(100_000)), "brackets nest more than 200 deep here");
}

#[test]
fn chains_that_make_levels_are_bounded() {
    for (link, start) in [(" + a", "a"), (".a", "a"), ("[0]", "a"), (" * a", "a")] {
        read(&format!("print {start}{}", link.repeat(400)));
        assert_eq!(
            refusal(&format!("print {start}{}", link.repeat(100_000))),
            "this expression has more than 500 levels",
            "{link}"
        );
    }
    // At the right end of a chain, brackets are a level deeper than its last link, however long it is.
    let right = format!("{} + (", vec!["a"; 100].join(" + "));
    read(&format!("print {}1{}", right.repeat(150), ")".repeat(150)));
    // At the left end they stand below all its links.
    let left = format!(") + {}", vec!["a"; 100].join(" + "));
    assert_eq!(
        refusal(&format!("print {}1{}", "(".repeat(150), left.repeat(150))),
        "this expression has more than 500 levels"
    );
}

#[test]
fn a_deep_tree_fits_a_small_stack() {
    let text = format!("print {}1{}", "(1 + case(a == 1, -f(a[".repeat(48), "]), 2)) ".repeat(48));
    let run = move || {
        let script = parse(&text).0;
        assert!(print(&script).len() > 1_000);
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    assert_eq!(refusal(&" ".repeat(MAX_TEXT + 1)), "the text is longer than 16 MiB, and is not read");
}

#[test]
fn what_is_not_kql_at_all_makes_few_errors_and_ends_soon() {
    let start = Instant::now();
    for junk in [
        "(] ",
        "| ; ",
        "a b\n",
        "f(a b | ",
        "let x = (\n",
        "=",
        "{[(",
        "'\n",
        "“",
        "“‘",
        "\\",
        "T | where (\n",
        "), ",
        "!x ",
        "let x = 1\n",
        "(a b | (c ",
        "T | where a = 1\n;",
    ] {
        let text = junk.repeat(50_000);
        let (_, diagnostics) = parse(&text);
        assert!(!diagnostics.is_empty() && diagnostics.len() <= 300, "{} of {junk:?}", diagnostics.len());
        let pieces = tokens(&text);
        assert_eq!(pieces.last().map(|last| last.span.end as usize), Some(text.len()), "{junk:?}");
    }
    // Linear: a text of this kind takes milliseconds. A minute is for machines that are busy, not for what is quadratic.
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
}

#[test]
fn the_ends_of_the_numbers_are_exact() {
    for (text, literal) in [
        ("9223372036854775807", Literal::Long(Some(i64::MAX))),
        ("-9223372036854775808", Literal::Long(Some(i64::MIN))),
        ("long(-9223372036854775808)", Literal::Long(Some(i64::MIN))),
        ("0x7fffffffffffffff", Literal::Long(Some(i64::MAX))),
        ("1e308", Literal::Real(Some(1e308))),
        ("0.1", Literal::Real(Some(0.1))),
        ("1tick", Literal::Timespan(Some(1))),
        ("datetime(9999-12-31T23:59:59.9999999Z)", Literal::DateTime(Some(3_155_378_975_999_999_999))),
        ("datetime(0001-01-01)", Literal::DateTime(Some(0))),
        ("decimal(0.10)", Literal::Decimal(Some("0.10".to_owned()))),
    ] {
        let script = read(&format!("T | where {text}"));
        assert_eq!(predicate(&script), &ExprKind::Literal(literal), "{text}");
    }
}
