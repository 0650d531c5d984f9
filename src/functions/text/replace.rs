//! Parts of a text replaced: `replace_string`, `replace_strings`, `replace_regex`, and `regex_quote`.

use std::borrow::Cow;

use ::regex::{Captures, Regex};
use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{
            Answer, Family,
            Kind::{Dynamic, Pattern, Text},
            Param::Need,
        },
        definition::Section,
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "replace_string(text, part, replacement)",
            "The text with every occurrence of part replaced.",
            ("SELECT replace_string('turn a cat into a dog', 'cat', 'hamster')", "turn a hamster into a dog"),
            (&[Need(Text), Need(Text), Need(Text)], Answer::Text),
            |call| {
                let (text, part, replacement) = (call.text(0)?, call.text(1)?, call.text(2)?);
                call.texts(|row| {
                    let (text, part, replacement) = (text.get(row)?, part.get(row)?, replacement.get(row)?);
                    // The empty part is nowhere; a text that has none is not copied.
                    let is_there = !part.is_empty() && text.contains(part);
                    Some(if is_there { Cow::Owned(text.replace(part, replacement)) } else { Cow::Borrowed(text) })
                })
            },
        ),
        family.function(
            "replace_strings(text, parts, replacements)",
            "The text with each of the parts replaced by that at its place in replacements. What one has replaced, or \
             was found by, is not looked at by the next.",
            (
                r#"SELECT replace_strings('a cat, a dog', parse_json('["cat", "dog"]'), parse_json('["dog", "pig"]'))"#,
                "a dog, a pig",
            ),
            (&[Need(Text), Need(Dynamic), Need(Dynamic)], Answer::Text),
            |call| {
                let (text, parts, replacements) = (call.text(0)?, call.json(1)?, call.json(2)?);
                let pairs = |row| pairs(parts.get(row)?, replacements.get(row)?);
                let constant = (parts.is_constant() && replacements.is_constant()).then(|| pairs(0));
                call.texts(|row| {
                    let text = text.get(row)?;
                    match &constant {
                        Some(pairs) => Some(replace_all(text, pairs.as_ref()?)),
                        None => Some(replace_all(text, &pairs(row)?)),
                    }
                })
            },
        ),
        family.function(
            "replace_regex(text, pattern, replacement)",
            r"The text with every match of the regular expression replaced. In the replacement \0 is the whole match and \1 what the first group matched.",
            (r"SELECT replace_regex('Number is 7', 'is (\d+)', 'was: \1')", "Number was: 7"),
            (&[Need(Text), Need(Pattern), Need(Text)], Answer::Text),
            |call| {
                let (text, pattern, replacement) = (call.text(0)?, call.pattern(1)?, call.text(2)?);
                call.texts(|row| Some(replace_matches(text.get(row)?, pattern.get(row)?, replacement.get(row)?)))
            },
        ),
        family.function(
            "kusto_replace(pattern, replacement, text)",
            "The former name of replace_regex, with the text last.",
            (r"SELECT kusto_replace('is (\d+)', 'was: \1', 'Number is 7')", "Number was: 7"),
            (&[Need(Pattern), Need(Text), Need(Text)], Answer::Text),
            |call| {
                let (pattern, replacement, text) = (call.pattern(0)?, call.text(1)?, call.text(2)?);
                call.texts(|row| Some(replace_matches(text.get(row)?, pattern.get(row)?, replacement.get(row)?)))
            },
        ),
        family.function(
            "regex_quote(text)",
            "The text as a regular expression that matches just it.",
            (r"SELECT regex_quote('(so$me.Te^xt)')", r"\(so\$me\.Te\^xt\)"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| text.get(row).map(::regex::escape))
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// Replaces matches, the replacement read as Kusto does: `\` and a digit is a group, `\\` a backslash.
fn replace_matches<'t>(text: &'t str, pattern: &Regex, replacement: &str) -> Cow<'t, str> {
    if !replacement.contains('\\') {
        return pattern.replace_all(text, ::regex::NoExpand(replacement));
    }
    pattern.replace_all(text, |captures: &Captures| {
        let mut made = String::new();
        let mut rest = replacement.chars();
        while let Some(c) = rest.next() {
            let after = rest.as_str().chars().next();
            match (c, after.and_then(|digit| digit.to_digit(10))) {
                ('\\', Some(group)) => {
                    let group = captures.get(usize::try_from(group).unwrap_or_default());
                    made.push_str(group.map_or("", |group| group.as_str()));
                    rest.next();
                }
                ('\\', None) if after == Some('\\') => {
                    made.push('\\');
                    rest.next();
                }
                _ => made.push(c),
            }
        }
        made
    })
}

/// The parts and what replaces each. A part that is no string is nowhere, one whose replacement is none stays as it is.
fn pairs(parts: Value, replacements: Value) -> Option<Vec<(String, String)>> {
    let string = |item| match Value::of(item) {
        value @ Value::String(_) => Some(value.text().into_owned()),
        _ => None,
    };
    let pairs = parts.items()?.zip(replacements.items()?).filter_map(|(part, replacement)| {
        let part = string(part).filter(|part| !part.is_empty())?;
        let replacement = string(replacement).unwrap_or_else(|| part.clone());
        Some((part, replacement))
    });
    Some(pairs.collect())
}

/// A stretch of a text: still to be searched, or settled.
enum Stretch<'t> {
    Open(&'t str),
    Settled(&'t str),
}

fn replace_all(text: &str, pairs: &[(String, String)]) -> String {
    let mut stretches = vec![Stretch::Open(text)];
    for (part, replacement) in pairs {
        let mut next = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            let Stretch::Open(open) = stretch else {
                next.push(stretch);
                continue;
            };
            for (index, between) in open.split(part.as_str()).enumerate() {
                if index > 0 {
                    next.push(Stretch::Settled(replacement));
                }
                if !between.is_empty() {
                    next.push(Stretch::Open(between));
                }
            }
        }
        stretches = next;
    }
    stretches
        .iter()
        .map(|stretch| match stretch {
            Stretch::Open(text) | Stretch::Settled(text) => *text,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn literal_parts() {
        answers(
            "replace_string('aaa', 'aa', 'b'), replace_string('a', '', 'x'), replace_string(NULL, 'a', 'b')",
            "ba, a, NULL",
        )
        .await;
        every_text_type(&[Some("a.b"), None, Some("ab")], "replace_string(t, '.', '$0')", &["a$0b", "NULL", "ab"])
            .await;
    }

    #[tokio::test]
    async fn several_parts_go_first_come_first_served() {
        for (parts, replacements, expected) in [
            (r#"["This","is"]"#, r#"["This","was"]"#, "This was it"),
            (r#"["is","This"]"#, r#"["was","This"]"#, "Thwas was it"),
            (r#"["This","is"]"#, r#"[12345,"was"]"#, "This was it"),
            (r#"["it","is",""]"#, r#"[""]"#, "This is "),
            ("{}", "[]", "NULL"),
        ] {
            answers(
                &format!("replace_strings('This is it', parse_json('{parts}'), parse_json('{replacements}'))"),
                expected,
            )
            .await;
        }
        answers("replace_strings(t, ['a', t], ['b', 'x']) FROM (VALUES ('a'), ('c')) AS v(t)", "b; x").await;
    }

    #[tokio::test]
    async fn matches() {
        answers(r"replace_regex('ab', '(a)(b)', '\2\1\0\3$1'), replace_regex('a', 'a', '\\x\q')", r"baab$1, \x\q")
            .await;
        answers("replace_regex('abc', '', '-'), replace_regex(NULL, 'a', 'b')", "-a-b-c-, NULL").await;
        answers("replace_regex('a1b22', p, '#') FROM (VALUES ('[0-9]+'), ('[a-z]')) AS v(p)", "a#b#; #1#22").await;
        refuses("replace_regex('a', '[', '')", "replace_regex: the pattern is not usable").await;
    }
}
