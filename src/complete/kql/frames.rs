//! The brackets around the cursor, and the pipeline that each of them holds.

use crate::kql::syntax::HighlightKind;

/// The pipeline around the cursor, in bytes of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// Where its statement begins.
    pub(super) statement: usize,
    /// Where its source begins.
    pub(super) start: usize,
    /// Its bars, of which the last is before the operator that the cursor is in.
    pub(super) bars: Vec<usize>,
    /// The right side of the join that the cursor is in, inside its parentheses or as its name.
    pub(super) right: Option<(usize, usize)>,
}

/// A token that says something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) kind: HighlightKind,
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Brackets that are open at the cursor, or the text as a whole.
pub(super) struct Frame {
    /// The token before the bracket, by its place.
    pub(super) callee: Option<usize>,
    pub(super) bracket: char,
    /// The first token of the part that the cursor is in: behind the bracket, the last bar or the last `;`.
    pub(super) segment: usize,
    pub(super) pipeline: Pipeline,
}

/// The brackets that are open behind the last token, outermost first; the text as a whole is the first of them.
pub(super) fn frames(tokens: &[Token<'_>]) -> Vec<Frame> {
    let whole = Frame { callee: None, bracket: ' ', segment: 0, pipeline: Pipeline::default() };
    let mut frames = vec![whole];
    for (place, token) in tokens.iter().enumerate() {
        if token.kind != HighlightKind::Punctuation && token.text != "=" {
            continue;
        }
        let is_inside = frames.len() > 1;
        let Some(frame) = frames.last_mut() else { return frames };
        match token.text {
            "(" | "[" | "{" => {
                let statement = if token.text == "{" { token.end } else { frame.pipeline.statement };
                frames.push(Frame {
                    callee: place.checked_sub(1),
                    bracket: token.text.chars().next().unwrap_or(' '),
                    segment: place + 1,
                    pipeline: Pipeline { statement, start: token.end, ..Pipeline::default() },
                });
            }
            ")" | "]" | "}" if is_inside => {
                frames.pop();
            }
            "|" => {
                frame.pipeline.bars.push(token.start);
                frame.segment = place + 1;
            }
            ";" => {
                frame.pipeline = Pipeline { statement: token.end, start: token.end, ..Pipeline::default() };
                frame.segment = place + 1;
            }
            // `let name = …`: what it stands for begins here.
            "=" if place == frame.segment + 2 && tokens.get(frame.segment).is_some_and(|first| first.text == "let") => {
                frame.pipeline.start = token.end;
                frame.segment = place + 1;
            }
            _ => {}
        }
    }
    frames
}

/// The frame whose pipeline the cursor is in.
pub(super) fn around<'f>(frames: &'f [Frame], tokens: &[Token<'_>]) -> Option<&'f Frame> {
    let holds_rows = |frame: &&Frame| {
        frame.callee.is_none()
            || !frame.pipeline.bars.is_empty()
            || frame.bracket == '{'
            || takes_rows(frame, frames, tokens)
    };
    frames.iter().rev().find(holds_rows)
}

/// Whether a bracket is one that rows stand in, as that of `join (T)`.
fn takes_rows(frame: &Frame, frames: &[Frame], tokens: &[Token<'_>]) -> bool {
    let Some(callee) = frame.callee.and_then(|place| tokens.get(place)) else { return false };
    if frame.bracket != '(' {
        return false;
    }
    let outer = frames.iter().rev().find(|outer| outer.segment < frame.segment);
    let operator = outer.and_then(|outer| tokens.get(outer.segment)).map_or("", |first| first.text);
    match callee.text {
        "join" | "lookup" | "union" | "materialize" | "toscalar" | "fork" | "as" => true,
        "on" => operator == "mv-apply",
        // `join kind=inner (`, `join hint.strategy=broadcast (`, `union T, (`, `partition by x (`
        _ => {
            let joins = ["join", "lookup", "partition"].contains(&operator)
                && matches!(callee.kind, HighlightKind::Name | HighlightKind::Keyword | HighlightKind::Function)
                && callee.text != "in"
                && !outer.is_some_and(|outer| has_word(tokens, outer.segment, frame.segment, "on"));
            joins || operator == "union" && callee.text == ","
        }
    }
}

fn has_word(tokens: &[Token<'_>], from: usize, to: usize, word: &str) -> bool {
    tokens.get(from..to).unwrap_or_default().iter().any(|token| token.text == word)
}
