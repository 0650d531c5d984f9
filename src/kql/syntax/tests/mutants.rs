//! Texts made from good ones by accidents: the parser must neither panic nor run on, and its tree must be sound.

use std::time::{Duration, Instant};

use super::cases::good_texts;
use super::spans;
use crate::kql::syntax::{parse, parse_file, print, render, tokens};

/// A small generator (xorshift), so that every run sees the same texts.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// What breaks things when it stands where it should not.
const SPLINTERS: [&str; 34] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ";",
    ",",
    ".",
    "..",
    "=",
    "==",
    "'",
    "\"",
    "```",
    "\\",
    "@",
    "h",
    "!",
    "!in",
    "dynamic(",
    "datetime(",
    "let ",
    " in ",
    "\n\n",
    "//",
    "#",
    "*",
    "-",
    "\u{a0}",
    "“",
    "ä",
    "999999999999999999999d",
];

fn mutate(random: &mut Random, text: &str, other: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => {
                let end = (at + random.below(12)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let splinter = SPLINTERS[random.below(SPLINTERS.len())];
                bytes.splice(at..at, splinter.bytes());
            }
            3 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(40)).min(other.len());
                bytes.splice(at..at, other.as_bytes()[from..to].iter().copied());
            }
            4 => bytes.truncate(at),
            _ => {
                let end = (at + random.below(20)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn no_text_brings_the_parser_down() {
    let texts = good_texts();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let start = Instant::now();
    let mut accepted = 0;
    for round in 0..20_000 {
        let other = random.below(texts.len());
        let text = mutate(&mut random, &texts[round % texts.len()], &texts[other]);
        let (script, diagnostics) = parse(&text);
        let good = diagnostics.iter().all(|diagnostic| !diagnostic.is_error());
        accepted += usize::from(good);
        for diagnostic in &diagnostics {
            let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
            assert!(text.get(start..end).is_some(), "{diagnostic:?} of {text:?}");
        }
        if round % 8 == 0 {
            render(&text, &diagnostics, "f", round % 16 == 0);
            parse_file(&text);
            for (start, end) in spans(&script) {
                assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} of {text:?}");
            }
            let pieces: String = tokens(&text).iter().map(|token| token.span.text(&text)).collect();
            assert_eq!(pieces, text);
        }
        if good {
            let printed = print(&script);
            let (again, diagnostics) = parse(&printed);
            assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{text}\n{printed}\n{diagnostics:?}");
            assert_eq!(print(&again), printed, "{text}");
        }
    }
    assert!(accepted > 500, "only {accepted} are still KQL: the accidents are too hard to test much");
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
}
