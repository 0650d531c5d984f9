//! JSONPath as far as Kusto uses it: `$.a['b c'][0]`, a way of keys and places.

use std::borrow::Cow;

use crate::json::value::Value;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// Counted from the end if negative.
    Place(i64),
}

impl Step {
    /// What the step leads to.
    pub fn take<'a>(&self, value: Value<'a>) -> Option<&'a str> {
        match self {
            Step::Key(key) => value.get(key),
            Step::Place(place) => value.at(*place),
        }
    }
}

/// What a way leads to.
pub(super) fn follow<'a>(json: &'a str, steps: &[Step]) -> Option<&'a str> {
    steps.iter().try_fold(json, |json, step| step.take(Value::of(json)))
}

/// Reads a path; `None` if it is none, or asks for more than one value (`*`, `..`, filters).
pub(super) fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix('[') {
            Some(inner) => bracketed(inner)?,
            None => {
                let name = rest.strip_prefix('.')?;
                let (name, after) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
                (Step::Key(Some(name).filter(|name| !name.is_empty() && *name != "*")?.to_owned()), after)
            }
        };
        steps.push(step);
        rest = after;
    }
    Some(steps)
}

/// `'key']`, `"key"]` or `0]`, and what follows.
fn bracketed(inner: &str) -> Option<(Step, &str)> {
    let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        let (place, after) = inner.split_once(']')?;
        return Some((Step::Place(place.trim().parse().ok()?), after));
    };
    let inner = inner.get(1..)?;
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let key = inner.get(..end)?;
    let key: Cow<str> = if key.contains('\\') { Cow::Owned(unescaped(key)) } else { Cow::Borrowed(key) };
    Some((Step::Key(key.into_owned()), inner.get(end + 1..)?.strip_prefix(']')?))
}

fn unescaped(key: &str) -> String {
    let mut chars = key.chars();
    std::iter::from_fn(|| match chars.next()? {
        '\\' => chars.next(),
        c => Some(c),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let key = |key: &str| Step::Key(key.to_owned());
        for (path, steps) in [
            ("$", vec![]),
            ("$.a.b", vec![key("a"), key("b")]),
            ("$['a b'].c[0][-1]", vec![key("a b"), key("c"), Step::Place(0), Step::Place(-1)]),
            (r#"$["a\"]b"]"#, vec![key("a\"]b")]),
            (r"$['\'']", vec![key("'")]),
        ] {
            assert_eq!(parse_path(path), Some(steps), "{path}");
        }
        for path in ["", "a", "$a", "$.", "$..a", "$.*", "$[*]", "$['a'", "$['a'x]", "$[", "$[?(@.a)]"] {
            assert_eq!(parse_path(path), None, "{path}");
        }
    }

    #[test]
    fn ways() {
        let json = r#"{"a":[{"b":1.0}]}"#;
        let at = |path| follow(json, &parse_path(path).unwrap());
        assert_eq!((at("$.a[0].b"), at("$.a[1].b"), at("$.b"), at("$")), (Some("1.0"), None, None, Some(json)));
    }
}
