//! `parse_xml`: elements, attributes and text of an XML document as JSON. There are no entities but the five of XML and
//! characters by number, so that no document can blow itself up; nothing outside of it is read.

use std::borrow::Cow;

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{Answer, Family, Kind::Text, Param::Need},
        definition::Section,
    },
    json::{push_quoted, value::Writer},
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Decode).function(
        "parse_xml(text)",
        "The XML document as a JSON object: attributes under @name, the text beside them under #text, elements of one \
         name as an array. NULL if it is no XML, or longer than 1 MiB.",
        (r#"SELECT parse_xml('<e n="v"><a>1</a><a>2</a><b/></e>')"#, r##"{"e":{"@n":"v","a":["1","2"],"b":null}}"##),
        (&[Need(Text)], Answer::Dynamic),
        |call| {
            let text = call.text(0)?;
            call.write(|row, out| {
                let json = document(text.get(row)?)?;
                out.push_str(&json);
                Some(())
            })
        },
    );
    vec![ScalarUDF::from(function)]
}

/// Kusto's own bound.
const LONGEST: usize = 1 << 20;
/// How deep elements may lie in another: each copies what is in it.
const DEEPEST: usize = 256;

/// An element that is still open: its name, and its members in order of first appearance, a list of JSON each.
struct Element<'t> {
    name: &'t str,
    members: Vec<(Cow<'t, str>, Vec<String>)>,
    text: String,
}

impl<'t> Element<'t> {
    fn add(&mut self, key: Cow<'t, str>, json: String) {
        match self.members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(json),
            None => self.members.push((key, vec![json])),
        }
    }

    /// Notes where text appears first, so that it stands there among the members.
    fn add_text(&mut self, text: &str) {
        if !text.trim().is_empty() && self.text.is_empty() && !self.members.is_empty() {
            self.members.push((Cow::Borrowed(TEXT), Vec::new()));
        }
        if !text.trim().is_empty() || !self.text.is_empty() {
            self.text.push_str(text);
        }
    }

    fn into_json(self) -> String {
        let mut json = String::new();
        let text = self.text.trim();
        if self.members.is_empty() {
            match text {
                "" => json.push_str("null"),
                text => push_quoted(text, &mut json),
            }
            return json;
        }
        let mut object = Writer::object(&mut json);
        let has_place = self.members.iter().any(|(key, values)| key == TEXT && values.is_empty());
        if !text.is_empty() && !has_place {
            object.member(TEXT, |out| push_quoted(text, out));
        }
        for (key, values) in &self.members {
            object.member(key, |out| match values.as_slice() {
                [] => push_quoted(text, out),
                [value] => out.push_str(value),
                values => {
                    let mut array = Writer::array(out);
                    values.iter().for_each(|value| array.item(value));
                    array.end();
                }
            });
        }
        object.end();
        json
    }
}

const TEXT: &str = "#text";

fn document(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    while !rest.is_empty() {
        let Some(markup) = rest.strip_prefix('<') else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            match open.last_mut() {
                Some(element) => element.add_text(&unescape(text)?),
                None if text.trim().is_empty() => {}
                None => return None,
            }
            rest = after;
            continue;
        };
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            comment.split_once("-->")?.1
        } else if let Some(data) = markup.strip_prefix("![CDATA[") {
            let (text, after) = data.split_once("]]>")?;
            open.last_mut()?.add_text(text);
            after
        } else if let Some(instruction) = markup.strip_prefix('?') {
            instruction.split_once("?>")?.1
        } else if let Some(doctype) = markup.strip_prefix("!DOCTYPE") {
            skip_doctype(doctype).filter(|_| root.is_none() && open.is_empty())?
        } else if let Some(end) = markup.strip_prefix('/') {
            let (name, after) = end.split_once('>')?;
            let element = open.pop().filter(|element| element.name == name.trim_end())?;
            close(element, &mut open, &mut root)?;
            after
        } else {
            let (element, is_empty, after) = start_tag(markup)?;
            if is_empty {
                close(element, &mut open, &mut root)?;
            } else {
                (open.len() < DEEPEST).then_some(())?;
                open.push(element);
            }
            after
        };
    }
    open.is_empty().then_some(root)?
}

/// Puts an element that has ended into the one around it, or makes it the document, of which there can be only one.
fn close<'t>(element: Element<'t>, open: &mut [Element<'t>], root: &mut Option<String>) -> Option<()> {
    let name = element.name;
    let json = element.into_json();
    match open.last_mut() {
        Some(around) => around.add(Cow::Borrowed(name), json),
        None if root.is_some() => return None,
        None => {
            let mut whole = String::new();
            let mut object = Writer::object(&mut whole);
            object.member(name, |out| out.push_str(&json));
            object.end();
            *root = Some(whole);
        }
    }
    Some(())
}

/// `name a="b">`, whether it ends with `/>`, and what follows.
fn start_tag(markup: &str) -> Option<(Element<'_>, bool, &str)> {
    let (name, mut rest) = name(markup)?;
    let mut element = Element { name, members: Vec::new(), text: String::new() };
    loop {
        let after = rest.trim_start();
        if let Some(after) = after.strip_prefix('>') {
            return Some((element, false, after));
        }
        if let Some(after) = after.strip_prefix("/>") {
            return Some((element, true, after));
        }
        // Attributes are parted by blanks.
        (after.len() < rest.len()).then_some(())?;
        let (key, after) = self::name(after)?;
        let after = after.trim_start().strip_prefix('=')?.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        let mut json = String::new();
        push_quoted(&unescape(value)?, &mut json);
        element.members.push((Cow::Owned(format!("@{key}")), vec![json]));
        rest = after;
    }
}

fn name(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.');
    let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    let starts = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'));
    starts.then_some((name, rest))
}

/// What follows a document type, whose declarations, which may hold brackets in quotes, are passed over.
fn skip_doctype(text: &str) -> Option<&str> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '<') => depth += 1,
            (None, ']') => depth = depth.checked_sub(1)?,
            (None, '>') if depth == 0 => return text.get(at + 1..),
            (None, '>') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('&') {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, after) = after.split_once(';')?;
        plain.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let number = number.strip_prefix('#')?;
                let point = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(point.ok()?)?
            }
        });
        rest = after;
    }
    plain.push_str(rest);
    Some(Cow::Owned(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{functions::testing::every_text_type, json::is_json};

    #[test]
    fn documents() {
        for (xml, json) in [
            ("<e/>", r##"{"e":null}"##),
            ("<e>text</e>", r##"{"e":"text"}"##),
            (r#"<e name="value" />"#, r##"{"e":{"@name":"value"}}"##),
            (r#"<e name='v'>text</e>"#, r##"{"e":{"@name":"v","#text":"text"}}"##),
            ("<e> <a>text</a> <b>text</b> </e>", r##"{"e":{"a":"text","b":"text"}}"##),
            ("<e> <a>x</a> <a>y</a> </e>", r##"{"e":{"a":["x","y"]}}"##),
            ("<e> text <a>text</a> </e>", r##"{"e":{"#text":"text","a":"text"}}"##),
            ("<e><a>1</a>t<b>2</b></e>", r##"{"e":{"a":"1","#text":"t","b":"2"}}"##),
            (
                "<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY x \">\">]><!-- c --><n:e>a&lt;&#65;&#x42;<![CDATA[<&]]></n:e>\n",
                r##"{"n:e":"a<AB<&"}"##,
            ),
        ] {
            assert_eq!(document(xml).as_deref(), Some(json), "{xml}");
        }
    }

    #[test]
    fn what_is_no_document() {
        for xml in [
            "",
            "text",
            "<e>",
            "<e></f>",
            "<e/><e/>",
            "<e/>x",
            "</e>",
            "<e a=b/>",
            "<e a='b'c='d'/>",
            "<e>&x;</e>",
            "<e>&#1114112;</e>",
            "<1/>",
            "<!DOCTYPE",
            "<e",
            "<e><!DOCTYPE x></e>",
        ] {
            assert_eq!(document(xml), None, "{xml}");
        }
        assert_eq!(document(&"<e>".repeat(100_000)), None);
        assert_eq!(document(&format!("<e>{}</e>", "x".repeat(LONGEST))), None);
    }

    #[tokio::test]
    async fn every_text_type_is_read() {
        every_text_type(&[Some("<e/>"), Some("x"), None], "parse_xml(t)", &[r#"{"e":null}"#, "NULL", "NULL"]).await;
    }

    proptest! {
        #[test]
        fn what_comes_of_it_is_json(text in "(<[ab]( x='1')?/?>|</[ab]>|[a \"é]|&amp;){0,20}") {
            if let Some(json) = document(&text) {
                prop_assert!(is_json(&json));
            }
        }
    }
}
