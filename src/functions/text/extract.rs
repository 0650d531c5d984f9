//! What a regular expression finds in a text: `extract`, `extract_all`.

use std::sync::Arc;

use ::regex::{Captures, Regex};
use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use crate::{
    functions::{
        call::{
            Answer, Call, Family,
            Kind::{Any, Pattern, Text, Whole},
            Param::{May, Need},
            Patterns,
        },
        definition::Section,
    },
    json::{
        push_quoted,
        value::{Value, Writer},
    },
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Text);
    let functions = [
        family.function(
            "extract(pattern, group, text)",
            "What a group of the regular expression matched first in the text; group 0 is the whole match. Empty if \
             nothing did.",
            (r"SELECT extract('User: (\w+)', 1, 'User: James, Age: 29'), extract('x', 0, 'a') = ''", "James, true"),
            (&[Need(Pattern), Need(Whole), Need(Text)], Answer::Text),
            |call| {
                let (pattern, group, text) = (call.pattern(0)?, call.long(1)?, call.text(2)?);
                call.texts(|row| {
                    let (pattern, group, text) = (pattern.get(row)?, group.get(row)?, text.get(row)?);
                    let group = usize::try_from(group).ok();
                    // Groups are only sought where they are asked for, which is slower.
                    let hit = match group {
                        Some(0) => pattern.find(text),
                        Some(group) if group < pattern.captures_len() => {
                            pattern.captures(text).and_then(|captures| captures.get(group))
                        }
                        _ => None,
                    };
                    Some(hit.map_or("", |hit| hit.as_str()))
                })
            },
        ),
        family.function(
            "extract_all(pattern, [groups,] text)",
            "What the groups of the regular expression matched, of every match, as a JSON array: of texts if it is \
             one group, else of arrays. The groups wanted can be given by number or name. NULL if nothing matches.",
            (
                r"SELECT extract_all('(\d)(\w)', '1a 2b'), extract_all('(\d)(\w)', [2], '1a 2b')",
                r#"[["1","a"],["2","b"]], ["a","b"]"#,
            ),
            (&[Need(Pattern), Need(Any), May(Text)], Answer::Dynamic),
            extract_all,
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn extract_all(call: &Call) -> Result<ArrayRef> {
    let patterns = call.pattern(0)?;
    let (groups, text) = match call.len() {
        2 => (None, call.text(1)?),
        _ => (Some(call.json(1)?), call.text(2)?),
    };
    check_groups(call, &patterns)?;
    let wanted = |pattern: &Regex, row| match &groups {
        None => Some((1..pattern.captures_len()).collect::<Vec<_>>()),
        Some(groups) => {
            let items = groups.get(row)?.items()?;
            items.map(|item| group_of(pattern, Value::of(item))).collect()
        }
    };
    let is_constant =
        matches!(patterns, Patterns::Constant(_)) && groups.as_ref().is_none_or(|groups| groups.is_constant());
    let constant = if is_constant { patterns.get(0).map(|pattern| wanted(pattern, 0)) } else { None };
    call.write(|row, out| {
        let (pattern, text) = (patterns.get(row)?, text.get(row)?);
        let made;
        let wanted = match &constant {
            Some(wanted) => wanted.as_deref()?,
            None => {
                made = wanted(pattern, row)?;
                &made
            }
        };
        let mut matches = pattern.captures_iter(text).peekable();
        matches.peek()?;
        let mut array = Writer::array(out);
        matches.for_each(|captures| array.write(|out| write_match(&captures, wanted, out)));
        array.end();
        Some(())
    })
}

/// A pattern without groups extracts nothing, which is never what was meant.
fn check_groups(call: &Call, patterns: &Patterns) -> Result<()> {
    let lacks = |pattern: &Arc<Regex>| pattern.captures_len() < 2;
    let found = match patterns {
        Patterns::Constant(pattern) => pattern.iter().any(lacks),
        Patterns::Rows(patterns) => patterns.iter().flatten().any(lacks),
    };
    if found { plan_err!("{}: the pattern needs at least one group in parentheses", call.name) } else { Ok(()) }
}

/// The number of a group given by number or name.
fn group_of(pattern: &Regex, group: Value) -> Option<usize> {
    match group {
        Value::Number(digits) => digits.parse().ok().filter(|group| *group < pattern.captures_len()),
        Value::String(_) => {
            let name = group.text();
            pattern.capture_names().position(|known| known == Some(&name))
        }
        _ => None,
    }
}

fn write_match(captures: &Captures, groups: &[usize], out: &mut String) {
    let text = |group: usize| captures.get(group).map_or("", |group| group.as_str());
    match groups {
        [group] => push_quoted(text(*group), out),
        groups => {
            let mut array = Writer::array(out);
            groups.iter().for_each(|group| array.text(text(*group)));
            array.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, fails, refuses};

    #[tokio::test]
    async fn first_matches() {
        for (arguments, expected) in [
            ("'(a)(x)?', 2, 'a'", ""),
            ("'a', 1, 'a'", ""),
            ("'a', -1, 'a'", ""),
            (r"'\d+', 0, 'a12b3'", "12"),
            ("'(?<n>b)', 1, 'abc'", "b"),
            ("NULL, 0, 'a'", "NULL"),
            ("'a', 0, NULL", "NULL"),
        ] {
            answers(&format!("extract({arguments})"), expected).await;
        }
        every_text_type(&[Some("x=1"), Some("y"), None], "extract('=(.)', 1, t)", &["1", "", "NULL"]).await;
        refuses("extract('(', 0, 'a')", "extract: the pattern is not usable").await;
    }

    #[tokio::test]
    async fn all_matches() {
        for (arguments, expected) in [
            (r"'([\da-f]{2})', '82b8-be'", r#"["82","b8","be"]"#),
            (r"'(\w)(\w+)(\w)', parse_json('[1,3]'), '82b8 be2d'", r#"[["8","8"],["b","d"]]"#),
            (r#"'(?P<first>\w)(?P<last>\w)', parse_json('["last"]'), 'ab cd'"#, r#"["b","d"]"#),
            ("'(a)(b)?', 'a'", r#"[["a",""]]"#),
            ("'(a)', 'x'", "NULL"),
            ("'(a)', parse_json('[2]'), 'a'", "NULL"),
            ("'(a)', NULL", "NULL"),
        ] {
            answers(&format!("extract_all({arguments})"), expected).await;
        }
        fails("extract_all('a', 'a')", "extract_all: the pattern needs at least one group").await;
        answers("extract_all(p, 'ab') FROM (VALUES ('(a)'), ('(b)')) AS v(p)", r#"["a"]; ["b"]"#).await;
    }
}
