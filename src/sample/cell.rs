//! JSON values as bytes, ready to be copied into a row.
//!
//! What the company is made of (names, hashes, addresses) is turned into JSON once, when the company is drawn, so
//! that a row costs copies and no escaping. Not a JSON library: nothing is read here.

/// One JSON value, spelled as it stands on the wire: `null`, `"text"`, `12`, `{…}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cell(Vec<u8>);

impl Cell {
    /// A string, escaped.
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        let mut cell = Self(Vec::with_capacity(text.as_ref().len() + 2));
        push_text(&mut cell.0, text.as_ref().as_bytes());
        cell
    }

    /// `null`.
    pub(super) fn null() -> Self {
        Self(b"null".to_vec())
    }

    /// A value that is JSON already: a number, `true`, an object.
    pub(super) fn json(json: impl ToString) -> Self {
        Self(json.to_string().into_bytes())
    }

    /// What a string value says; nothing for other values.
    pub(super) fn as_text(&self) -> String {
        serde_json::from_slice(&self.0).unwrap_or_default()
    }

    /// The bytes of the value.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The buffer, emptied, to write another value into.
    pub(super) fn renew(&mut self) -> &mut Vec<u8> {
        self.0.clear();
        &mut self.0
    }

    /// Appends to a string value, before its closing quote. The text is escaped. Does nothing to other values.
    pub(super) fn append(&mut self, text: &str) {
        if self.0.len() >= 2 && self.0.pop_if(|last| *last == b'"').is_some() {
            escape(&mut self.0, text.as_bytes());
            self.0.push(b'"');
        }
    }

    /// Puts another value in the place of this one.
    pub(super) fn set(&mut self, json: &[u8]) {
        self.renew().extend_from_slice(json);
    }
}

/// Appends a JSON string.
pub(super) fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Appends text as it stands inside a JSON string. Non-ASCII stays as it is, which is how the service writes it.
pub(super) fn escape(out: &mut Vec<u8>, text: &[u8]) {
    let mut clean = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&text[clean..]);
}

/// Appends JSON with every non-ASCII character written as `\uXXXX`: another spelling of the same values.
pub(super) fn push_ascii(out: &mut Vec<u8>, json: &[u8]) {
    for character in String::from_utf8_lossy(json).chars() {
        if character.is_ascii() {
            out.push(character as u8);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_json() {
        let text = "C:\\a \"b\"\r\n\u{1}®";
        let read: String = serde_json::from_slice(Cell::text(text).bytes()).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn ascii_spelling_is_the_same_value() {
        let cell = Cell::text("® \u{1F600} – x");
        let mut out = Vec::new();
        push_ascii(&mut out, cell.bytes());
        assert!(out.is_ascii());
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), "® \u{1F600} – x");
    }

    #[test]
    fn append_stays_inside_the_string() {
        let mut cell = Cell::text("a");
        cell.append(" \"b\"");
        assert_eq!(cell, Cell::text("a \"b\""));
    }
}
