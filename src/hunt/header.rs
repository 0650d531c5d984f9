//! The part of YAML that headers are written in, read to a small tree.
//!
//! ```text
//! block  = entry { entry }                                   all indented alike
//! entry  = key ":" text
//!        | key ":" "[" [ text { "," text } ] "]"
//!        | key ":" newline { indent "-" text newline }
//!        | key ":" newline indent block
//!        | key ":" ( ">" | "|" ) newline { indent line }     folded to one line, or kept as lines
//! text   = plain | "'" … "'" | '"' … '"'                      "''" and the escapes \" \\ \n \t inside
//! ```
//!
//! Empty lines and lines that start with `#` are skipped, also ` #` and what follows it after a text. Whatever YAML may say besides
//! (anchors, tags, flow maps, several documents) is an error that says so: what this reader takes, every YAML reader takes alike.

/// A value in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// One text; also what stands for nothing: the empty one.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// Keys with values.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    /// The line of the file, from 1.
    pub(super) line: usize,
}

/// What is wrong in a line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderError {
    pub(super) line: usize,
    pub(super) message: String,
}

fn error<T>(line: usize, message: impl Into<String>) -> Result<T, HeaderError> {
    Err(HeaderError { line, message: message.into() })
}

/// The header of a query file, with the line of the file on which it starts: the text inside the block comment that the file opens
/// with, if its first line has the form `key: …`.
pub(super) fn find(text: &str) -> Option<(&str, usize)> {
    let start = text.len() - text.trim_start().len();
    let inside = text[start..].strip_prefix("/*")?;
    let inside = &inside[..inside.find("*/")?];
    let first = inside.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let (key, rest) = first.split_once(':')?;
    let is_header = is_key(key) && (rest.is_empty() || rest.starts_with(' '));
    is_header.then(|| (inside, 1 + text[..start].matches('\n').count()))
}

/// The header of a KQL file, with the line of the file on which it starts: what stands behind `//` between two lines `// ---`, or the
/// text of a block comment as in SQL.
pub(super) fn find_in_kql(text: &str) -> Option<(String, usize)> {
    const FENCE: &str = "// ---";
    let start = text.len() - text.trim_start().len();
    let mut lines = text[start..].lines();
    if lines.next()?.trim_end() != FENCE {
        return find(text).map(|(header, line)| (header.to_owned(), line));
    }
    let mut header = String::new();
    for line in lines {
        if line.trim_end() == FENCE {
            return Some((header, 2 + text[..start].matches('\n').count()));
        }
        let inside = line.strip_prefix("//")?;
        header.push_str(inside.strip_prefix(' ').unwrap_or(inside));
        header.push('\n');
    }
    None
}

/// The text with blanks in place of the block comment that it opens with, since KQL knows no block comments.
pub(super) fn without_block_comment(text: &str) -> String {
    let start = text.len() - text.trim_start().len();
    let comment = text[start..].strip_prefix("/*").and_then(|inside| Some(start + 2 + inside.find("*/")? + 2));
    let Some(end) = comment else { return text.to_owned() };
    let blank: String = text[..end].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect();
    blank + &text[end..]
}

/// Reads a header that starts on the given line of its file.
pub(super) fn parse(header: &str, first_line: usize) -> Result<Vec<Entry>, HeaderError> {
    let lines = header.lines().enumerate().map(|(index, text)| Line::new(text, first_line + index)).collect::<Vec<_>>();
    if let Some(line) = lines.iter().find(|line| line.text.starts_with('\t')) {
        return error(line.number, "indent with spaces: YAML knows no tabs");
    }
    if let Some(line) = lines.iter().find(|line| line.text.contains("/*")) {
        return error(
            line.number,
            "a header cannot hold /*: comments nest in SQL, and the query would be taken for one",
        );
    }
    let mut reader = Reader { lines: &lines, next: 0 };
    let indent = reader.peek().map_or(0, |line| line.indent);
    let entries = reader.block(indent)?;
    match reader.peek() {
        Some(line) => error(line.number, "this line is indented less than the first one"),
        None => Ok(entries),
    }
}

/// A line without its indentation and its end.
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(line: &'a str, number: usize) -> Self {
        let text = line.trim_start_matches(' ');
        Self { number, indent: line.len() - text.len(), text: text.trim_end() }
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty() || self.text.starts_with('#')
    }
}

struct Reader<'a> {
    lines: &'a [Line<'a>],
    next: usize,
}

impl<'a> Reader<'a> {
    /// The next line that says something.
    fn peek(&mut self) -> Option<&'a Line<'a>> {
        while self.lines.get(self.next).is_some_and(Line::is_blank) {
            self.next += 1;
        }
        self.lines.get(self.next)
    }

    /// The next line that says something, if it is indented more than `indent`.
    fn peek_deeper(&mut self, indent: usize) -> Option<&'a Line<'a>> {
        self.peek().filter(|line| line.indent > indent)
    }

    fn block(&mut self, indent: usize) -> Result<Vec<Entry>, HeaderError> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent >= indent) {
            if line.indent > indent {
                return error(
                    line.number,
                    "this line is indented more than the one before; text over several lines starts with 'key: >'",
                );
            }
            let entry = self.entry(line)?;
            if entries.iter().any(|earlier| earlier.key == entry.key) {
                return error(entry.line, format!("the key '{}' is given twice", entry.key));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn entry(&mut self, line: &'a Line<'a>) -> Result<Entry, HeaderError> {
        self.next += 1;
        let Some((key, rest)) = line.text.split_once(':').filter(|(key, _)| is_key(key)) else {
            return error(line.number, format!("expected 'key: value', found '{}'", line.text));
        };
        if !rest.is_empty() && !rest.starts_with(' ') {
            return error(line.number, format!("write a space after '{key}:'"));
        }
        let rest = rest.trim();
        let value = match without_comment(rest) {
            ">" => Value::Text(fold(&self.lines_below(line.indent))),
            "|" => Value::Text(self.lines_below(line.indent).join("\n").trim_end().to_owned()),
            "" => self.nested(line.indent)?,
            _ if rest.starts_with('[') => Value::List(inline_list(rest, line.number)?),
            _ => Value::Text(scalar(rest, line.number)?),
        };
        Ok(Entry { key: key.to_owned(), value, line: line.number })
    }

    /// What stands below a key that has nothing beside it.
    fn nested(&mut self, indent: usize) -> Result<Value, HeaderError> {
        match self.peek_deeper(indent) {
            None => Ok(Value::Text(String::new())),
            Some(first) if is_item(first.text) => self.items(first.indent).map(Value::List),
            Some(first) => self.block(first.indent).map(Value::Map),
        }
    }

    fn items(&mut self, indent: usize) -> Result<Vec<String>, HeaderError> {
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent >= indent) {
            if line.indent > indent || !is_item(line.text) {
                return error(line.number, format!("expected '- text' as in the line before, found '{}'", line.text));
            }
            items.push(scalar(line.text[1..].trim(), line.number)?);
            self.next += 1;
        }
        Ok(items)
    }

    /// The lines indented more than `indent`, without the indentation that they share; here `#` is text.
    fn lines_below(&mut self, indent: usize) -> Vec<String> {
        let rest = &self.lines[self.next..];
        let count = rest.iter().take_while(|line| line.indent > indent || line.text.is_empty()).count();
        let lines = &rest[..count];
        self.next += count;
        let shared = lines.iter().filter(|line| !line.text.is_empty()).map(|line| line.indent).min().unwrap_or(0);
        lines.iter().map(|line| " ".repeat(line.indent.saturating_sub(shared)) + line.text).collect()
    }
}

/// Lines as one, but for empty lines, which stay line breaks.
fn fold(lines: &[String]) -> String {
    let paragraphs = lines.split(|line| line.is_empty()).map(|paragraph| paragraph.join(" "));
    paragraphs.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// A plain text without the comment behind it; quoted ones are left alone.
fn without_comment(text: &str) -> &str {
    match text.find(" #") {
        _ if text.starts_with(['\'', '"']) => text,
        _ if text.starts_with('#') => "",
        Some(end) => text[..end].trim_end(),
        None => text,
    }
}

/// A text that stands alone on the rest of its line.
fn scalar(text: &str, line: usize) -> Result<String, HeaderError> {
    let (value, rest) = split_scalar(text, line, &[])?;
    match without_comment(rest.trim()) {
        "" => Ok(value),
        rest => error(line, format!("'{rest}' follows after the closing quote")),
    }
}

/// `[a, 'b', "c"]`
fn inline_list(text: &str, line: usize) -> Result<Vec<String>, HeaderError> {
    let mut items = Vec::new();
    let mut rest = text[1..].trim_start();
    while !rest.starts_with(']') {
        let (item, after) = split_scalar(rest, line, &[',', ']'])?;
        items.push(item);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with(']') => {}
            None => return error(line, "a list in [ ] ends with ] on its line; write a longer one as '- text' lines"),
        }
    }
    match without_comment(rest[1..].trim()) {
        "" => Ok(items),
        more => error(line, format!("'{more}' follows after the list")),
    }
}

/// Splits off the text that starts here: a quoted one up to its quote, a plain one up to one of `ends` or the end of the line.
fn split_scalar<'a>(text: &'a str, line: usize, ends: &[char]) -> Result<(String, &'a str), HeaderError> {
    match text.chars().next() {
        Some('\'') => single_quoted(text, line),
        Some('"') => double_quoted(text, line),
        _ => {
            let text = without_comment(text);
            let (plain, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
            let plain = plain.trim_end();
            if plain.contains(": ")
                || plain.starts_with(['&', '*', '!', '%', '@', '`', '{', '}', '[', ']', ',', '|', '>', '?'])
            {
                return error(line, format!("put this text in quotes, YAML reads it as something else: {plain}"));
            }
            Ok((plain.to_owned(), rest))
        }
    }
}

fn single_quoted(text: &str, line: usize) -> Result<(String, &str), HeaderError> {
    let mut value = String::new();
    let mut rest = &text[1..];
    while let Some(end) = rest.find('\'') {
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(after) = rest.strip_prefix('\'') else { return Ok((value, rest)) };
        value.push('\'');
        rest = after;
    }
    error(line, "the text in quotes does not end on its line")
}

fn double_quoted(text: &str, line: usize) -> Result<(String, &str), HeaderError> {
    let mut value = String::new();
    let mut chars = text[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 2..])),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, 't')) => '\t',
                Some((_, c @ ('"' | '\\' | '/'))) => c,
                other => {
                    let escape = other.map(|(_, c)| c.to_string()).unwrap_or_default();
                    return error(line, format!("unknown escape '\\{escape}'; in 'single quotes' a \\ is itself"));
                }
            }),
            c => value.push(c),
        }
    }
    error(line, "the text in quotes does not end on its line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        parse(text, 1).expect("header").remove(0).value
    }

    fn message(text: &str) -> String {
        let error = parse(text, 1).expect_err("error");
        format!("line {}: {}", error.line, error.message)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn texts() {
        assert_eq!(value("k: plain text  # comment"), text("plain text"));
        assert_eq!(value("k: https://host/#x"), text("https://host/#x"));
        assert_eq!(value("k: 'it''s: quoted # yes' # no"), text("it's: quoted # yes"));
        assert_eq!(value(r#"k: "a \"b\" \\ \n""#), text("a \"b\" \\ \n"));
        assert_eq!(value("k:"), text(""));
        assert_eq!(value("k: # nothing"), text(""));
    }

    #[test]
    fn lists() {
        assert_eq!(value("k: [T1003, 'a, b', \"c\"]  # comment"), list(&["T1003", "a, b", "c"]));
        assert_eq!(value("k: []"), list(&[]));
        assert_eq!(value("k:\n  - a\n\n  # comment\n  - 'b: c'\n"), list(&["a", "b: c"]));
    }

    #[test]
    fn texts_over_several_lines() {
        assert_eq!(value("k: >\n  one\n  two\n\nl: x"), text("one two"));
        assert_eq!(value("k: >\n  one\n  two\n\n  three"), text("one two\nthree"));
        assert_eq!(value("k: |\n  one\n    two # text\nl: x"), text("one\n  two # text"));
    }

    #[test]
    fn maps_and_lines() {
        let entries = parse("\n  a: 1\r\n  b:\n    c: 2\n    d: [3]\n  e: 4", 10).expect("header");
        assert_eq!(
            entries.iter().map(|entry| (entry.key.as_str(), entry.line)).collect::<Vec<_>>(),
            [("a", 11), ("b", 12), ("e", 15)]
        );
        let Value::Map(inner) = &entries[1].value else { panic!("{entries:?}") };
        assert_eq!(inner[1], Entry { key: "d".to_owned(), value: list(&["3"]), line: 14 });
    }

    #[test]
    fn a_header_is_the_first_comment_if_it_starts_with_a_key() {
        assert_eq!(find("\n/* name: x */ select 1"), Some((" name: x ", 2)));
        assert_eq!(find("/*\n# comment\n\nname: x\n*/"), Some(("\n# comment\n\nname: x\n", 1)));
        for none in ["select 1 /* name: x */", "/* See http://x */", "/* name: x", "", "/**/", "/* Written by: me */"] {
            assert_eq!(find(none), None, "{none}");
        }
    }

    #[test]
    fn errors() {
        insta::assert_snapshot!(message("a: 1\n  b: 2"), @"line 2: this line is indented more than the one before; text over several lines starts with 'key: >'");
        insta::assert_snapshot!(message("  a: 1\nb: 2"), @"line 2: this line is indented less than the first one");
        insta::assert_snapshot!(message("a: 1\na: 2"), @"line 2: the key 'a' is given twice");
        insta::assert_snapshot!(message("a: 1\nnonsense"), @"line 2: expected 'key: value', found 'nonsense'");
        insta::assert_snapshot!(message("a:1"), @"line 1: write a space after 'a:'");
        insta::assert_snapshot!(message("a: b: c"), @"line 1: put this text in quotes, YAML reads it as something else: b: c");
        insta::assert_snapshot!(message("a: {b: c}"), @"line 1: put this text in quotes, YAML reads it as something else: {b: c}");
        insta::assert_snapshot!(message("a: [b"), @"line 1: a list in [ ] ends with ] on its line; write a longer one as '- text' lines");
        insta::assert_snapshot!(message("a: [b] c"), @"line 1: 'c' follows after the list");
        insta::assert_snapshot!(message("a: 'b"), @"line 1: the text in quotes does not end on its line");
        insta::assert_snapshot!(message("a: 'b' c"), @"line 1: 'c' follows after the closing quote");
        insta::assert_snapshot!(message(r#"a: "\d""#), @r"line 1: unknown escape '\d'; in 'single quotes' a \ is itself");
        insta::assert_snapshot!(message("a:\n  - b\n  c: d"), @"line 3: expected '- text' as in the line before, found 'c: d'");
        insta::assert_snapshot!(message("a:\n\tb: c"), @"line 2: indent with spaces: YAML knows no tabs");
        insta::assert_snapshot!(message("a: C:/*"), @"line 1: a header cannot hold /*: comments nest in SQL, and the query would be taken for one");
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(text in "([a-z]{0,2}[:'\"\\[\\],#>| \n\t-]{0,3}){0,20}") {
            let _ = parse(&text, 1);
            let _ = find(&format!("/*{text}*/"));
        }
    }
}
