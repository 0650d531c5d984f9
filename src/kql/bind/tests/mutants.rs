//! Scripts with mistakes in them: whatever the text, the binder gives an answer and keeps its promises.

use std::fs;
use std::path::Path;

use super::bound;

/// A generator of the same numbers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// Words that are put in and taken out.
const WORDS: [&str; 30] = [
    "s",
    "l",
    "d",
    "t",
    "Name",
    "T",
    "A",
    "nothing",
    "count()",
    "*",
    "by",
    "on",
    "|",
    "(",
    ")",
    ",",
    "=",
    "1",
    "'x'",
    "1d",
    "arg_max(",
    "toscalar(T)",
    "let",
    ";",
    "dynamic(null)",
    "int(null)",
    "$left.s",
    "prev(l)",
    "materialize(",
    "datetime(2024-01-01)",
];

#[test]
fn mistakes_never_panic() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql/bind");
    let mut scripts = Vec::new();
    for folder in ["columns", "tree", "err"] {
        for entry in fs::read_dir(root.join(folder)).expect("folder") {
            let text = fs::read_to_string(entry.expect("entry").path()).expect("file");
            for case in text.split("// === ").skip(1) {
                let (_, rest) = case.split_once('\n').expect("a title");
                scripts.push(rest.split_once("// ---\n").unwrap_or((rest, "")).0.to_owned());
            }
        }
    }
    let mut dice = Dice(7);
    let rounds = if cfg!(debug_assertions) { 6 } else { 40 };
    for script in &scripts {
        let parts: Vec<&str> = script.split_inclusive([' ', '\n', '(', ')', ',']).collect();
        for _ in 0..rounds {
            let mut mutant: Vec<&str> = parts.clone();
            for _ in 0..=dice.roll(3) {
                let place = dice.roll(mutant.len());
                match dice.roll(4) {
                    0 if mutant.len() > 1 => {
                        mutant.remove(place);
                    }
                    1 => mutant.insert(place, WORDS[dice.roll(WORDS.len())]),
                    2 => mutant[place] = WORDS[dice.roll(WORDS.len())],
                    _ => {
                        let other = dice.roll(mutant.len());
                        mutant.swap(place, other);
                    }
                }
            }
            let text = mutant.concat();
            // Shown with a failure: the last one is the culprit.
            println!("=== {text}");
            let _answer = bound(&text);
        }
    }
    assert!(scripts.len() > 100, "{}", scripts.len());
}
