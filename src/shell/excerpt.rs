//! The line of a statement that an error is about, with a mark under the place.

use crate::sql::{PieceKind, pieces};

/// Characters of the line that are shown before the place, at most, and behind it.
const BEFORE: usize = 50;
const BEHIND: usize = 30;

/// The line, and a line of carets under the word at the place; line and column count characters from 1. None if there is no such place.
pub(super) fn excerpt(text: &str, line: u64, column: u64) -> Option<String> {
    let number = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
    let (line, column) = (text.lines().nth(number(line)?)?, number(column)?);
    // One behind the end is where something is missing.
    let length = line.chars().count();
    if column > length {
        return None;
    }
    let start = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let word = pieces(line).into_iter().find(|piece| piece.start == start && piece.kind != PieceKind::Blank);
    let carets = word.and_then(|word| line.get(word.start..word.end)).map_or(1, |word| word.chars().count());
    let from = column.saturating_sub(BEFORE);
    let shown = |letter: char| if letter.is_control() { ' ' } else { letter };
    let part: String = line.chars().skip(from).take(column - from + carets + BEHIND).map(shown).collect();
    let part = part.trim_end();
    Some(format!("    {part}\n    {}{}", " ".repeat(column - from), "^".repeat(carets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_the_place_is_marked() {
        let text = "SELECT FileNam\nFROM\tT";
        insta::assert_snapshot!(excerpt(text, 1, 8).expect("there"), @"
            SELECT FileNam
                   ^^^^^^^
        ");
        insta::assert_snapshot!(excerpt(text, 2, 7).expect("the end"), @"
            FROM T
                  ^
        ");
        assert_eq!((excerpt(text, 3, 1), excerpt(text, 1, 99), excerpt(text, 0, 0)), (None, None, None));
        let long = format!("SELECT {} nope", "a, ".repeat(60));
        let shown = excerpt(&long, 1, 189).expect("there");
        assert!(shown.lines().all(|line| line.len() < 100) && shown.ends_with("^^^^"), "{shown}");
    }
}
