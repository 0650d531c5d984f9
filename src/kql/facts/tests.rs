use super::operators::{ALIASES, OPERATORS, operator};
use super::*;

#[test]
fn every_line_of_the_files_is_read() {
    for (text, class) in FILES {
        let (functions, unread) = reader::read(text, class);
        assert_eq!(unread, [""; 0]);
        assert!(!functions.is_empty());
    }
}

#[test]
fn every_function_is_described_once_and_names_others_that_exist() {
    let mut seen = std::collections::HashSet::new();
    for function in functions() {
        assert!(seen.insert((function.name, function.class)), "{} is there twice", function.name);
        assert!(function.doc.ends_with('.'), "{}: {}", function.name, function.doc);
        for why in function.refused.iter().chain(&function.differs) {
            assert!(!why.ends_with('.'), "{}", function.name);
        }
        for other in function.same_as.iter().chain(&function.deprecated) {
            assert!(of_class(other, function.class).is_some(), "{} names {other}", function.name);
        }
        assert!(function.canonical().same_as.is_none(), "{}: one step to the canonical name", function.name);
    }
    assert!(seen.len() > 530, "{}", seen.len());
}

#[test]
fn parameters_that_repeat_stand_next_to_each_other() {
    for function in functions() {
        for signature in &function.signatures {
            let parameters = &signature.parameters;
            let first = parameters.iter().position(Parameter::repeats);
            let last = parameters.iter().rposition(Parameter::repeats);
            if let (Some(first), Some(last)) = (first, last) {
                let whole = parameters[first..=last].iter().all(Parameter::repeats);
                assert!(whole || function.class == FunctionClass::Plugin, "{}", function.name);
            }
        }
    }
}

#[test]
fn names_are_found_by_class() {
    assert_eq!(scalar("strlen").map(|f| f.naming), Some(Naming::Prefix("strlen")));
    assert_eq!(scalar("row_number").map(|f| f.class), Some(FunctionClass::Window));
    assert!(scalar("count").is_none());
    assert_eq!(of_class("makeset", FunctionClass::Aggregate).map(|f| f.canonical().name), Some("make_set"));
    assert_eq!(named("hll_merge").count(), 2);
    assert_eq!(scalar("Strlen"), None);
    assert_eq!(
        scalar("series_fit_line")
            .map(|f| f.signatures[0].returns.clone())
            .map(|r| matches!(r, Returns::Fields(f) if f.len() == 6)),
        Some(true)
    );
}

#[test]
fn operators_are_in_order_and_aliases_stand_for_them() {
    assert!(OPERATORS.is_sorted_by_key(|operator| operator.name));
    for (alias, meant) in ALIASES {
        assert_eq!(operator(alias).map(|operator| operator.name), Some(meant));
    }
    assert_eq!(operator("nothing"), None);
}
