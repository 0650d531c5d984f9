//! What to do about the errors that hunters meet most.

/// Shown for JSON values where one type is needed.
pub(super) const JSON_NEEDS_A_TYPE: &str =
    "read a JSON value as text with ->>, or as a number with a cast: column->>'key', (column->'key')::bigint";

/// The message with every spelled-out JSON union (half a page each) as `JSON`.
pub(super) fn without_json_union(message: &str) -> String {
    let mut rest = message;
    let mut short = String::new();
    while let Some(at) = rest.find("Union(") {
        short.push_str(&rest[..at]);
        short.push_str("JSON");
        let mut depth = 0_usize;
        let end = rest[at..].char_indices().find(|(_, letter)| {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            *letter == ')' && depth == 0
        });
        rest = end.map_or("", |(length, _)| &rest[at + length + 1..]);
    }
    short + rest
}

/// A hint for functions that other systems have and that are called something else here.
pub(super) fn function(name: &str) -> Option<String> {
    let instead = match name.to_ascii_lowercase().as_str() {
        "max_by" => "arg_max(…)",
        "min_by" => "arg_min(…)",
        "isnull" | "isempty" => "x IS NULL or x = ''",
        "isnotempty" | "isnotnull" => "x <> ''",
        "iff" | "iif" => "CASE WHEN … THEN … ELSE … END",
        "dateadd" | "datetime_add" => "time + INTERVAL '1 day'",
        "datediff" | "datetime_diff" => "the difference of two times",
        "getdate" | "sysdate" => "now()",
        "tostring" => "x::text",
        "tolower" => "lower(x)",
        "toupper" => "upper(x)",
        "strcat" => "concat(…) or a || b",
        "parse_json" | "todynamic" => "column->'key' and column->>'key' on the text itself",
        "countif" => "count(*) FILTER (WHERE …)",
        "sumif" => "sum(x) FILTER (WHERE …)",
        "group_concat" | "listagg" => "string_agg(x, ',')",
        _ => return None,
    };
    Some(format!("; use {instead}"))
}

/// A sentence for an error that has a known way out.
pub(super) fn sentence(message: &str) -> Option<String> {
    json(message).or_else(|| time(message)).or_else(|| call(message)).or_else(|| shape(message))
}

fn json(message: &str) -> Option<String> {
    let names_json = message.contains("JSON") && !message.contains("Json");
    let needs_type =
        ["coerc", "infer", "match", "not implemented", "Unsupported data type", "Incompatible inputs", "requires"];
    (names_json && needs_type.iter().any(|word| message.contains(word))).then(|| {
        let who = between(message, "Function '", "'")
            .map_or("one type is needed here".to_owned(), |name| format!("{name} needs one type"));
        format!("{who}, and a JSON value may be of any: {JSON_NEEDS_A_TYPE}")
    })
}

fn time(message: &str) -> Option<String> {
    if let Some(text) = between(message, "Error parsing timestamp from '", "'") {
        let lacks_seconds = text.len() == "2026-08-01T00:00".len() && text.as_bytes().get(13) == Some(&b':');
        return Some(if lacks_seconds {
            format!("'{text}' is no time: write the seconds too, '{text}:00'")
        } else if text.len() < 10 {
            format!(
                "'{text}' is no time: write one such as '2026-08-01T00:00:00Z', or ago('{text}') for a time that long ago"
            )
        } else {
            format!("'{text}' is no time: write one such as '2026-08-01T00:00:00Z'")
        });
    }
    let expression = message.strip_prefix("Cannot coerce arithmetic expression ")?;
    let of_time_and_text = expression.contains("Timestamp") && expression.contains("Utf8");
    of_time_and_text.then(|| {
        "a time and a text cannot be added or subtracted: write INTERVAL '7 days', or ago('7d') for now() - INTERVAL '7 days'".to_owned()
    })
}

fn call(message: &str) -> Option<String> {
    let called = between(message, "No function matches the given name and argument types '", "'")?;
    let candidates = message.split_once("Candidate functions:").map(|(_, list)| list).unwrap_or_default();
    let candidates: Vec<&str> = candidates.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    let called = called.replace("Utf8View", "text").replace("Utf8", "text");
    let name = called.split('(').next().unwrap_or(&called);
    Some(match candidates[..] {
        [] => format!("{name} cannot be called as {called}"),
        _ => format!("{name} cannot be called as {called}; it is called as {}", candidates.join(" or ")),
    })
}

fn shape(message: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("Column in SELECT must be in GROUP BY or an aggregate function") {
        let column = between(rest, "column \"", "\"").unwrap_or("a column").trim_matches('"');
        return Some(format!(
            "{column} stands beside an aggregate: put it into GROUP BY, or into an aggregate such as min({column})"
        ));
    }
    if message.starts_with("Projections require unique expression names") {
        let column = between(message, "expression \"", "\"").unwrap_or("the same");
        return Some(format!("two columns of the answer are called {column}: rename one with AS"));
    }
    if message.contains("OuterReferenceColumn") {
        return Some(
            "a subquery or UNNEST in FROM cannot look at a column of the table beside it: write SELECT …, unnest(…) FROM table".to_owned(),
        );
    }
    if let Some(text) = between(message, "Cannot cast string '", "' to value of ") {
        let kind = message.rsplit_once("' to value of ").map_or("", |(_, kind)| kind).trim_end_matches(" type");
        return Some(format!(
            "'{text}' is no {kind}: compare with a value of that type, or read it with try_cast(… AS {kind})"
        ));
    }
    if message.contains("is not a variable which can be viewed") {
        return Some(format!(
            "{}; SHOW ALL lists what there is",
            message.replace(" which can be viewed with 'SHOW'", "")
        ));
    }
    let unsupported =
        message.strip_prefix("Unsupported ast node ").or_else(|| message.strip_prefix("Unsupported JOIN operator "))?;
    let what = unsupported.split([' ', '(', '{']).next().unwrap_or("this");
    Some(format!("{what} is not supported"))
}

/// The part of a text between two others.
pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}
