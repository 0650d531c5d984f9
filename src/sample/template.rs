//! Templates: text with holes, compiled once and rendered for every row.
//!
//! A hole is `<name>`. Inside a JSON string it writes the text of its value, anywhere else the value itself: in
//! `{"DeviceName":<device.name>,"Where":"on <device.name>"}` the first hole brings its own quotes. Three kinds of
//! names: facts of the scene (`device.name`), columns of the table (`FileName`), and draws (`guid`, `hex40`, `n4`),
//! which are drawn anew for every row and stay the same within it; `guid.b` is another one than `guid`.

use super::cell::{Cell, escape};
use super::draw::Draws;
use super::fact::{self, Fact};
use super::scene::Scene;

/// Compiled text with holes.
pub(super) struct Template {
    /// What it renders.
    pub(super) form: Form,
    pieces: Vec<Piece>,
}

/// What a template renders.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// A JSON string with the template's text.
    Text,
    /// JSON as the template spells it.
    Json,
    /// JSON, carried as a string: escaped once more.
    JsonText,
}

enum Piece {
    Literal(Vec<u8>),
    Hole { source: Source, inside: bool },
}

enum Source {
    Fact(Fact),
    Draw(usize),
    Column(usize),
}

impl Template {
    /// Compiles text; the error is the name of the first hole that nothing fills.
    pub(super) fn compile(text: &str, form: Form, columns: &[&str], draws: &mut Draws) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut inside = form == Form::Text;
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(name) = hole(rest) {
                let source = if let Some(column) = columns.iter().position(|column| *column == name) {
                    Source::Column(column)
                } else if let Some(fact) = fact::named(name) {
                    Source::Fact(fact)
                } else {
                    Source::Draw(draws.slot(name).ok_or(name)?)
                };
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                pieces.push(Piece::Hole { source, inside });
                rest = &rest[name.len() + 2..];
                continue;
            }
            let (taken, left) = rest.split_at(unit(rest, form));
            if form == Form::Text {
                escape(&mut literal, taken.as_bytes());
            } else {
                inside ^= taken == "\"";
                literal.extend_from_slice(taken.as_bytes());
            }
            rest = left;
        }
        pieces.push(Piece::Literal(literal));
        Ok(Self { form, pieces })
    }

    /// Appends the template with its holes filled.
    pub(super) fn render(&self, scene: &mut Scene<'_>, columns: &[Cell], out: &mut Vec<u8>) {
        self.render_as(self.form, scene, columns, out);
    }

    /// The same in another form than the template's own.
    pub(super) fn render_as(&self, form: Form, scene: &mut Scene<'_>, columns: &[Cell], out: &mut Vec<u8>) {
        match form {
            Form::Json => self.fill(scene, columns, out),
            Form::Text => {
                out.push(b'"');
                self.fill(scene, columns, out);
                out.push(b'"');
            }
            Form::JsonText => {
                let mut json = std::mem::take(&mut scene.scratch);
                json.clear();
                self.fill(scene, columns, &mut json);
                out.push(b'"');
                escape(out, &json);
                out.push(b'"');
                scene.scratch = json;
            }
        }
    }

    fn fill(&self, scene: &mut Scene<'_>, columns: &[Cell], out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => out.extend_from_slice(literal),
                Piece::Hole { source, inside } => {
                    let start = out.len();
                    match source {
                        Source::Fact(fact) => fact(scene, out),
                        Source::Draw(slot) => out.extend_from_slice(scene.draw(*slot)),
                        Source::Column(column) => out.extend_from_slice(columns[*column].bytes()),
                    }
                    if *inside {
                        unquote(out, start);
                    }
                }
            }
        }
    }
}

/// The bytes of the next character; in JSON an escape such as `\"` counts as one.
fn unit(text: &str, form: Form) -> usize {
    let escaped = form != Form::Text && text.starts_with('\\');
    text.chars().take(if escaped { 2 } else { 1 }).map(char::len_utf8).sum()
}

/// The name of the hole that the text starts with, if it does.
fn hole(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    (!name.is_empty() && is_name(name)).then_some(name)
}

/// Turns the JSON value that stands at `start` into what it says inside a string.
fn unquote(out: &mut Vec<u8>, start: usize) {
    if out[start..] == *b"null" {
        out.truncate(start);
    } else if out.get(start) == Some(&b'"') {
        out.remove(start);
        out.pop();
    }
}
