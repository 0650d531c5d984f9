//! Any cut of any stream into windows gives the same records; any cut of lines into ranges gives every line once.

use proptest::prelude::*;

use super::lines::{LineRange, Lines};
use super::values::Values;
use super::{Cut, Splitter};

/// Feeds `bytes` to a splitter in windows that grow by `steps` in turn; gives the pieces, and the rejects in brackets.
fn split(mut splitter: impl Splitter, bytes: &[u8], steps: &[usize]) -> Vec<String> {
    let (mut found, mut at, mut end) = (Vec::new(), 0, 0);
    let mut steps = steps.iter().cycle();
    loop {
        let last = end == bytes.len();
        match splitter.next(&bytes[at..end], last) {
            Cut::Piece { start, end: piece_end } => {
                found.push(String::from_utf8_lossy(&bytes[at + start..at + piece_end]).trim().to_owned());
                at += piece_end;
            }
            Cut::Reject { start, end: reject_end, .. } => {
                found.push(format!("[{}]", String::from_utf8_lossy(&bytes[at + start..at + reject_end]).trim()));
                assert!(reject_end > 0, "a reject must move on");
                at += reject_end;
            }
            Cut::More { consumed } => {
                at += consumed;
                if last && consumed == 0 {
                    return found;
                }
                end = (end + steps.next().copied().unwrap_or(1).max(1)).min(bytes.len());
            }
            Cut::End => return found,
        }
    }
}

/// A record as it may be written, with what may confuse: brackets, quotes and escapes in strings.
fn record() -> impl Strategy<Value = String> {
    let inside = r#"[ a-z{}\[\]:,]{0,8}"#.prop_map(|text| format!("\"{text}\\\"\\\\\""));
    let value =
        prop_oneof![inside, Just("[1,{\"x\":[]}]".to_owned()), Just("null".to_owned()), Just("-1.5e3".to_owned())];
    proptest::collection::vec(value, 0..4).prop_map(|values| {
        let members: Vec<String> = values.iter().enumerate().map(|(n, value)| format!("\"k{n}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

/// Records in any mixture of frames, and the records that must come out.
fn stream() -> impl Strategy<Value = (String, Vec<String>)> {
    let part = (0..6u8, proptest::collection::vec(record(), 1..4));
    proptest::collection::vec(part, 0..5).prop_map(|parts| {
        let (mut text, mut expected) = (String::new(), Vec::new());
        for (frame, records) in parts {
            text += &match frame {
                0 => records.join("\r\n") + "\n",
                1 => records.concat(),
                2 => format!("[{}]", records.join(", ")),
                3 => format!("{{\"records\":[{}]}}", records.join(",")),
                4 => format!("{{ \"records\" : [\n{}\n], \"more\": {{\"a\": \"]}}\"}} }}\n", records.join(",\n")),
                _ => format!("[[{}],[]]\n", records.join(",")),
            };
            expected.extend(records);
        }
        (text, expected)
    })
}

proptest! {
    #[test]
    fn any_windows_over_a_stream_of_values_give_its_records((text, expected) in stream(), steps in proptest::collection::vec(1..40usize, 1..6)) {
        prop_assert_eq!(&split(Values::default(), text.as_bytes(), &[text.len()]), &expected);
        prop_assert_eq!(&split(Values::default(), text.as_bytes(), &steps), &expected);
    }

    #[test]
    fn any_bytes_end_without_panic_and_windows_do_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b','), Just(b':'), Just(b'a'), Just(0u8)], 0..60), steps in proptest::collection::vec(1..9usize, 1..4)) {
        split(Values::default(), &bytes, &steps);
        prop_assert_eq!(split(Lines::default(), &bytes, &steps), split(Lines::default(), &bytes, &[bytes.len().max(1)]));
    }

    #[test]
    fn sifted_lines_are_the_lines_that_hold_the_needle(lines in proptest::collection::vec("(ab|a|b|\\{\"k\":1\\}| |\u{0}){0,4}", 0..12), steps in proptest::collection::vec(1..9usize, 1..4)) {
        use crate::scan::needle::{Needle, Needles, sift::SiftedLines};
        let needles = Needles::new(&[Needle { text: "ab".into(), any_case: false }]).map(std::sync::Arc::new).expect("a needle");
        let kept: Vec<&str> = lines.iter().map(String::as_str).filter(|line| line.contains("ab")).collect();
        let pieces = |text: &str, steps: &[usize]| split(SiftedLines::new(std::sync::Arc::clone(&needles)), text.as_bytes(), steps);
        let expected = split(Lines::default(), kept.join("\n").as_bytes(), &[4096]);
        let trimmed = |all: Vec<String>| all.into_iter().map(|piece| piece.trim_end().to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(trimmed(pieces(&lines.join("\n"), &steps)), trimmed(expected.clone()));
        prop_assert_eq!(trimmed(pieces(&lines.join("\n"), &[4096])), trimmed(expected));
    }

    #[test]
    fn any_ranges_give_every_line_once(lines in proptest::collection::vec("[a-z]{0,5}", 0..20), cuts in proptest::collection::vec(0..120u64, 0..6)) {
        let text = lines.join("\n");
        let mut bounds = cuts;
        bounds.extend([0, text.len() as u64]);
        bounds.retain(|&bound| bound <= text.len() as u64);
        bounds.sort_unstable();
        bounds.dedup();
        let mut found = Vec::new();
        for pair in bounds.windows(2) {
            let range = LineRange { start: pair[0], end: pair[1] };
            let from = usize::try_from(range.read_from()).unwrap();
            let Some(skip) = range.skip_first(&text.as_bytes()[from..]) else { continue };
            let mut at = from + skip;
            while at < text.len() && range.owns(at as u64) {
                let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
                found.push(text[at..end].to_owned());
                at = end + 1;
            }
        }
        let expected: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split('\n').collect() };
        let expected = if text.ends_with('\n') { &expected[..expected.len() - 1] } else { &expected[..] };
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn what_is_cut_or_broken_does_not_take_its_neighbours() {
    let values = |text: &str| split(Values::default(), text.as_bytes(), &[text.len()]);
    assert_eq!(values("{\"a\":1,\"b\n{\"c\":2}\n"), ["[{\"a\":1,\"b]", "{\"c\":2}"]);
    assert_eq!(
        values("{\"records\":[{\"a\":1},{\"b\n{\"records\":[{\"c\":2}]}\n"),
        ["{\"a\":1}", "[{\"b]", "{\"c\":2}"]
    );
    assert_eq!(values("{\"records\":[{\"a\":1},{\"b{\"records\":[{\"c\":2}]}"), ["{\"a\":1}", "[{\"b]", "{\"c\":2}"]);
    assert_eq!(values("garbage\n{\"a\":1}"), ["[garbage]", "{\"a\":1}"]);
    assert_eq!(values("{\"a\":1"), ["[{\"a\":1]"]);
}
