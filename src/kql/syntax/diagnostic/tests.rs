use super::*;

fn rendered(source: &str, diagnostic: Diagnostic) -> String {
    render(source, &[diagnostic], "hunt.kql", false)
}

#[test]
fn the_line_and_the_place_are_shown() {
    let source = "T\r\n| where a = 1\r\n| take 5";
    let start = source.find("= 1").unwrap() as u32;
    let diagnostic = Diagnostic::error(Span::new(start, start + 1), "found `=`").with_help("write `==`");
    assert_eq!(
        rendered(source, diagnostic),
        "error: found `=`\n --> hunt.kql:2:11\n  |\n2 | | where a = 1\n  |           ^\n  = help: write `==`\n"
    );
}

#[test]
fn columns_count_characters_and_the_end_of_the_text_has_a_place() {
    let source = "print 'größe', ";
    let end = source.len() as u32;
    let text = rendered(source, Diagnostic::error(Span::new(end, end), "an expression is missing"));
    assert!(text.contains("hunt.kql:1:16\n"), "{text}");
    assert!(text.ends_with("1 | print 'größe', \n  |                ^\n"), "{text}");
}

#[test]
fn a_span_over_several_lines_is_underlined_to_the_end_of_its_first() {
    let text = rendered("(a\n b)", Diagnostic::warning(Span::new(0, 6), "m"));
    assert!(text.ends_with("1 | (a\n  | ^^\n"), "{text}");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let source = format!("print {}x{}", "a,".repeat(400), ",b".repeat(400));
    let at = source.find('x').unwrap() as u32;
    let text = rendered(&source, Diagnostic::error(Span::new(at, at + 1), "m"));
    let lines: Vec<&str> = text.lines().collect();
    let caret = lines[4].find('^').unwrap();
    assert_eq!(lines[3].chars().nth(caret), Some('x'));
    assert!(lines[3].chars().count() < 140, "{text}");
}

#[test]
fn a_span_of_another_text_does_no_harm() {
    for span in [Span::new(90, 95), Span::new(1, 2), Span::new(2, 1), Span::new(0, u32::MAX)] {
        assert!(rendered("ä", Diagnostic::error(span, "m")).starts_with("error: m\n"));
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let diagnostic = Diagnostic::error(Span::new(0, 1), "m").with_help("h");
    let plain = render("T", std::slice::from_ref(&diagnostic), "f", false);
    let mut painted = render("T", &[diagnostic], "f", true);
    for code in ["\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"] {
        painted = painted.replace(code, "");
    }
    assert_eq!(plain, painted);
}

#[test]
fn slips_are_recognized_and_other_words_are_not() {
    let operators = ["where", "summarize", "sort", "project", "project-away", "mv-expand", "take"];
    for (word, meant) in [
        ("sumarize", Some("summarize")),
        ("WHERE", Some("where")),
        ("projct", Some("project")),
        ("projcet", Some("project")),
        ("mvexpnd", Some("mv-expand")),
        ("sotr", Some("sort")),
        ("DeviceEvents", None),
        ("x", None),
        ("", None),
    ] {
        assert_eq!(suggest(word, operators), meant, "{word}");
    }
}
