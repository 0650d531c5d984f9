//! The query of a call: one of `plugins.kql` with its marks replaced, or made for the states and steps that the call names.

use super::arguments::Named;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, Value};
use crate::kql::facts::Function;

const QUERIES: &str = include_str!("plugins.kql");

/// The most states of a sequence, and the most periods.
const MOST_STEPS: usize = 32;

/// Whether a plugin is a query.
pub fn is_query(plugin: &Function) -> bool {
    body(plugin.name).is_some()
        || matches!(plugin.name, "funnel_sequence" | "funnel_sequence_completion" | "sequence_detect")
}

/// The query of a plugin, as it stands in the file.
fn body(plugin: &str) -> Option<&'static str> {
    let of = |part: &'static str| part.split_once('\n').filter(|(name, _)| name.trim() == plugin).map(|(_, body)| body);
    QUERIES.split("// === ").find_map(of)
}

/// The queries of a call, one a result. None if its arguments do not make one.
pub fn queries(plugin: &str, named: &Named) -> Vec<String> {
    let by: String = (0..named.dimensions).map(|place| format!(", _d{place}")).collect();
    let made = match plugin {
        "funnel_sequence" => return funnel(named).unwrap_or_default(),
        "funnel_sequence_completion" => completion(named),
        "sequence_detect" => Some(detection(named, &by)),
        "schema_merge" if named.constant("PreserveOrder").is_none() => {
            body(plugin).map(|body| format!("let PreserveOrder = true;\n{body}"))
        }
        "preview" => return vec!["Rows | take NumberOfRows".to_owned(), "Rows | count".to_owned()],
        "activity_engagement" if named.constant("Start").is_none() => body(plugin).map(|body| {
            let bin = "bin(_time, InnerActivityWindow)";
            format!("let Start = toscalar(Rows | summarize min({bin}));\nlet End = toscalar(Rows | summarize max(_time));\n{body}")
        }),
        _ => body(plugin).map(str::to_owned),
    };
    let calendar = named.constant("Window").and_then(calendar);
    let bins = |text: String| replace_bins(&text, calendar);
    let options = |text: String| {
        let text = text.replace("$known", if named.lookback.is_some() { KNOWN } else { "" });
        let text = text.replace("$step", if calendar.is_some() { "1d" } else { "Window" });
        text.replace("$cohort", if named.constant("Cohort").is_some() { COHORT } else { "" })
    };
    let each = |write: fn(usize) -> String| (0..named.dimensions).map(write).collect::<String>();
    let dimensions = |text: String| {
        let text = text.replace("$sort", &each(|place| format!(", _d{place} asc")));
        let text = text.replace("$changed", &each(|place| format!(" or prev(_d{place}) != _d{place}")));
        text.replace("$by", &by)
    };
    made.map(options).map(bins).map(dimensions).into_iter().collect()
}

/// Users who were there before are new in no period.
const KNOWN: &str = "| join kind=leftanti (Lookback) on _id";

/// One cohort only.
const COHORT: &str = "| where _from == $bin(Cohort)";

/// What rounds down to a window of the calendar: `week`, `month`, `year`.
pub fn calendar(window: &Expr) -> Option<&'static str> {
    match window.as_literal() {
        Some(Value::String(name)) => match &**name {
            "week" => Some("startofweek"),
            "month" => Some("startofmonth"),
            "year" => Some("startofyear"),
            _ => None,
        },
        _ => None,
    }
}

/// `$bin(x)`, the window in which `x` lies.
fn replace_bins(text: &str, calendar: Option<&str>) -> String {
    let mut parts = text.split("$bin(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, rest) = part.split_once(')').unwrap_or((part, ""));
        match calendar {
            Some(function) => out.push_str(&format!("{function}({inside})")),
            None => out.push_str(&format!("bin_at({inside}, Window, Start)")),
        }
        out.push_str(rest);
    }
    out
}

/// Every way through the steps in time: each step later than the one before, and not too much.
fn detection(named: &Named, by: &str) -> String {
    let step = |place: usize| format!("Rows | where _condition{place} | summarize by _all = 0, _t{place} = _time$by");
    let steps = named.conditions.len();
    let mut text = step(0);
    for place in 1..steps {
        let before = place - 1;
        let times: String = (0..=place).map(|place| format!(", _t{place}")).collect();
        text.push_str(&format!(
            "\n| join kind=inner ({}) on _all$by\n| where _t{place} > _t{before} and _t{place} - _t{before} <= MaxSeqeunceStepWindow \
             and _t{place} - _t0 <= MaxSequenceSpan\n| project _all$by{times}",
            step(place)
        ));
    }
    let last = steps.saturating_sub(1);
    let times: String = (0..steps).map(|place| format!("_t{place}, ")).collect();
    let by = by.strip_prefix(", ").map(|by| format!("{by}, ")).unwrap_or_default();
    text.push_str(&format!("\n| project {by}{times}_duration = _t{last} - _t0"));
    text
}

/// How many come how far through a sequence within each period, by the first step's bin.
fn completion(named: &Named) -> Option<String> {
    let kind = named.role("_state")?.kind;
    let states = states(named, kind)?;
    let periods = items(named.constant("MaxSequencePeriods")?)?;
    // A timespan inside of a dynamic is its ticks.
    let in_time = matches!(named.role("_time")?.kind, KustoType::DateTime | KustoType::Timespan);
    let mut text = String::from(
        "let Events = materialize(Rows | where _time between (Start .. End) | summarize by _id, _state, _time, _bin = bin_at(_time, BinSize, Start));\n",
    );
    for (place, state) in states.iter().enumerate() {
        let own = format!("Events | where _state == {state} | project _id, _bin, _t{place} = _time");
        text.push_str(&match place {
            0 => format!("let S0 = materialize({own} | extend _first = _t0);\n"),
            _ => format!(
                "let S{place} = materialize(S{before} | join kind=inner ({own}) on _id, _bin | where _t{place} > _t{before} \
                 | summarize _t{place} = min(_t{place}) by _id, _bin, _first);\n",
                before = place - 1
            ),
        });
    }
    let mut legs = Vec::new();
    for period in &periods {
        let period = match period {
            serde_json::Value::String(text) => format!("totimespan({})", quoted(text)),
            ticks if in_time => format!("{ticks}tick"),
            other => other.to_string(),
        };
        for (place, state) in states.iter().enumerate() {
            legs.push(format!(
                "(S{place} | where _t{place} - _first <= {period} | summarize _n = count_distinct(_id) by _bin \
                 | project _bin, _state = {state}, _period = {period}, _n, _order = {})",
                legs.len()
            ));
        }
    }
    text.push_str(&format!("union {} | sort by _bin asc, _order asc | project-away _order", legs.join(", ")));
    Some(text)
}

/// What came before and after a sequence: of both, of what came before, of what came after.
fn funnel(named: &Named) -> Option<Vec<String>> {
    let kind = named.role("_state")?.kind;
    let states = states(named, kind)?;
    let none = if kind == KustoType::String { "\"\"".to_owned() } else { format!("{kind}(null)") };
    let near = |later: &str, earlier: &str| format!("{later} - {earlier} <= MaxWindowSizeBetweenSteps");
    let at = |column: &str, place: usize| match place {
        0 => column.to_owned(),
        _ => format!("next({column}, {place})"),
    };
    let count = states.len();
    let mut found = Vec::new();
    for (place, state) in states.iter().enumerate() {
        found.push(format!("{} == {state}", at("_state", place)));
        if place > 0 {
            found.push(format!("{} == _id", at("_id", place)));
            found.push(near(&at("_time", place), &at("_time", place - 1)));
        }
    }
    let text = format!(
        "Rows | where _time between (Start .. End)\n\
         | sort by _id asc, _time asc, _state asc\n\
         | where isnull(prev(_time)) or prev(_id) != _id or prev(_state) != _state\n\
         | serialize\n\
         | extend _found = {found}, _prev = iff(prev(_id) == _id and {before}, prev(_state), {none}), \
         _next = iff({next_id} == _id and {after}, {next_state}, {none})\n\
         | where _found\n\
         | extend _bin = bin_at(_time, Step, Start)",
        found = found.join(" and "),
        before = near("_time", "prev(_time)"),
        next_id = at("_id", count),
        after = near(&at("_time", count), &at("_time", count - 1)),
        next_state = at("_state", count),
    );
    let result = |keys: &str| {
        let sorted = format!("{} asc", keys.replace(", ", " asc, "));
        format!(
            "{text}\n| summarize _n = count_distinct(_id), _samples = make_set(_id, 128) by _bin, {keys}\n\
             | sort by _bin asc, _n desc, {sorted} | project _bin, {keys}, _n, _samples"
        )
    };
    Some(["_prev, _next", "_prev", "_next"].map(result).into())
}

/// The states of a sequence, as constants of the column's type.
fn states(named: &Named, kind: KustoType) -> Option<Vec<String>> {
    let state = |state: &serde_json::Value| {
        let text = match state {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if kind == KustoType::String { quoted(&text) } else { format!("to{kind}({})", quoted(&text)) }
    };
    let states = items(named.constant("Sequence")?)?;
    Some(states.iter().map(state).collect())
}

/// The items of a constant array that is not empty.
fn items(array: &Expr) -> Option<Vec<serde_json::Value>> {
    match array.as_literal()? {
        Value::Dynamic(json) => match serde_json::from_str(json).ok()? {
            serde_json::Value::Array(items) if (1..=MOST_STEPS).contains(&items.len()) => Some(items),
            _ => None,
        },
        _ => None,
    }
}

/// A text as a literal of the language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}
