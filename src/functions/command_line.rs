//! Command lines of Windows, taken apart as Windows itself takes them apart (`CommandLineToArgvW`).

/// The arguments of a command line, the program first.
///
/// The rules, which Microsoft documents under *Parsing C command-line arguments* and `CommandLineToArgvW`:
/// - Blanks and tabs between arguments part them, quoted ones do not.
/// - The program name knows no backslash rules: it is what lies between two quotes, or runs up to the first blank. A
///   line that begins with a blank has an empty program name.
/// - In other arguments, backslashes are themselves, unless a quote follows: then each pair of them is one, and an odd
///   one makes the quote a character.
/// - Three quotes in a row, counting one that opened a quoted part, are one quote character and close that part.
pub(super) fn split_windows(line: &str) -> Vec<String> {
    if line.is_empty() {
        return Vec::new();
    }
    let (program, mut rest) = split_program(line);
    let mut arguments = vec![program.to_owned()];
    loop {
        rest = rest.trim_start_matches(BLANKS);
        if rest.is_empty() {
            return arguments;
        }
        let (argument, after) = split_argument(rest);
        arguments.push(argument);
        rest = after;
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

fn split_program(line: &str) -> (&str, &str) {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => line.split_at(line.find(BLANKS).unwrap_or(line.len())),
    }
}

fn split_argument(text: &str) -> (String, &str) {
    let (mut argument, mut rest) = (String::new(), text);
    // Quotes that are open, of the run of quotes read last: 0 outside, 1 inside a quoted part.
    let mut quotes = 0;
    while let Some(next) = rest.chars().next() {
        match next {
            ' ' | '\t' if quotes == 0 => break,
            '\\' => {
                let after = rest.trim_start_matches('\\');
                let backslashes = rest.len() - after.len();
                let before_quote = after.starts_with('"');
                let kept = if before_quote { backslashes / 2 } else { backslashes };
                argument.extend(std::iter::repeat_n('\\', kept));
                rest = after;
                if before_quote && backslashes % 2 == 1 {
                    argument.push('"');
                    rest = &after[1..];
                }
            }
            '"' => {
                let after = rest.trim_start_matches('"');
                let run = quotes + rest.len() - after.len();
                argument.extend(std::iter::repeat_n('"', run / 3));
                // Two are a quoted part that was opened and closed.
                quotes = if run % 3 == 1 { 1 } else { 0 };
                rest = after;
            }
            other => {
                argument.push(other);
                rest = &rest[other.len_utf8()..];
            }
        }
    }
    (argument, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn splits_as_windows_does() {
        for (line, expected) in [
            (r#"echo "hello world!""#, &["echo", "hello world!"][..]),
            ("", &[]),
            (r#""C:\Program Files\a b.exe" /c x"#, &[r"C:\Program Files\a b.exe", "/c", "x"]),
            (r"C:\a.exe  x	y ", &[r"C:\a.exe", "x", "y"]),
            (" a b", &["", "a", "b"]),
            (r#""abc" d e"#, &["abc", "d", "e"]),
            (r#"p a\\b d"e f"g h"#, &["p", r"a\\b", "de fg", "h"]),
            (r#"p a\\\"b c d"#, &["p", r#"a\"b"#, "c", "d"]),
            (r#"p a\\\\"b c" d e"#, &["p", r"a\\b c", "d", "e"]),
            (r#"p "" x"#, &["p", "", "x"]),
            (r#"p "a""b" c"#, &["p", r#"a"b c"#]),
            (r#"p "a"""b c" d"#, &["p", r#"a"b c"#, "d"]),
            (r#"p """a b"#, &["p", r#""a"#, "b"]),
            (r#"p "unclosed x"#, &["p", "unclosed x"]),
            (r#""unclosed program"#, &["unclosed program"]),
            (r#"C:\x\"y" z"#, &[r#"C:\x\"y""#, "z"]),
            (r#""C:\x\"y z"#, &[r"C:\x\", "y", "z"]),
            (r"p \\server\share\", &["p", r"\\server\share\"]),
            ("p é\u{a0}ü", &["p", "é\u{a0}ü"]),
        ] {
            assert_eq!(split_windows(line), expected, "{line}");
        }
    }

    /// Quotes an argument so that Windows reads it back.
    fn quoted(argument: &str) -> String {
        let mut quoted = String::from('"');
        let mut backslashes = 0;
        for c in argument.chars() {
            match c {
                '\\' => backslashes += 1,
                '"' => quoted.push_str(&"\\".repeat(backslashes + 1)),
                _ => {}
            }
            if c != '\\' {
                backslashes = 0;
            }
            quoted.push(c);
        }
        quoted.push_str(&"\\".repeat(backslashes));
        quoted.push('"');
        quoted
    }

    proptest! {
        #[test]
        fn reads_back_what_was_quoted(arguments in prop::collection::vec(r#"[ab \\"\t]{0,8}"#, 0..5)) {
            let line = arguments.iter().fold("p".to_owned(), |line, argument| format!("{line} {}", quoted(argument)));
            prop_assert_eq!(&split_windows(&line)[1..], arguments.as_slice());
        }

        #[test]
        fn no_line_is_a_panic(line in "\\PC{0,60}", near in r#"[a \\"\t]{0,30}"#) {
            let _ = (split_windows(&line), split_windows(&near));
        }
    }
}
