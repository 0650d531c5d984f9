//! `parse_user_agent`: the browser, operating system and device that a user agent names. Kusto has thousands of rules
//! for it; here are those for what an enterprise meets ([`super::agent_rules`]). What none of them knows is `Other`.

use std::sync::LazyLock;

use ::regex::{Captures, Regex};
use datafusion::{
    arrow::array::ArrayRef,
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use super::agent_rules::{BROWSERS, DEVICES, Rule, SYSTEMS};
use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Family,
            Kind::{Any, Text},
            Param::Need,
        },
        definition::Section,
    },
    json::{
        push_quoted,
        value::{Value, Writer},
    },
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Decode).function(
        "parse_user_agent(text, wanted)",
        "What a user agent says of the 'browser', the 'os' or the 'device', or of those in an array, as a JSON object. \
         The rules cover what is common; what they do not know is Other.",
        (
            "SELECT parse_user_agent('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/128.0', 'browser')",
            r#"{"Browser":{"Family":"Firefox","MajorVersion":"128","MinorVersion":"0","Patch":""}}"#,
        ),
        (&[Need(Text), Need(Any)], Answer::Dynamic),
        parse_user_agent,
    );
    vec![ScalarUDF::from(function)]
}

fn parse_user_agent(call: &Call) -> Result<ArrayRef> {
    let (text, wanted) = (call.text(0)?, call.cells(1)?);
    if call.rows > 0
        && let Cell::Text(part) = wanted.get(0)
        && part_of(part).is_none()
    {
        return plan_err!("{}: '{part}' is none of 'browser', 'os', 'device'", call.name);
    }
    call.write(|row, out| {
        let text = text.get(row)?;
        let parts: Vec<Part> = match wanted.get(row) {
            Cell::Text(part) => vec![part_of(part)?],
            Cell::Dynamic(value @ Value::String(_)) => vec![part_of(&value.text())?],
            Cell::Dynamic(value) => {
                value.items()?.map(|item| part_of(&Value::of(item).text())).collect::<Option<_>>()?
            }
            _ => return None,
        };
        let mut agent = Writer::object(out);
        for part in parts {
            match part {
                Part::Browser => agent.member("Browser", |out| write_found(&BROWSER_RULES, text, 3, out)),
                Part::System => agent.member("OperatingSystem", |out| write_found(&SYSTEM_RULES, text, 4, out)),
                Part::Device => agent.member("Device", |out| write_device(text, out)),
            }
        }
        agent.end();
        Some(())
    })
}

enum Part {
    Browser,
    System,
    Device,
}

fn part_of(name: &str) -> Option<Part> {
    match name.to_ascii_lowercase().as_str() {
        "browser" => Some(Part::Browser),
        "os" => Some(Part::System),
        "device" => Some(Part::Device),
        _ => None,
    }
}

type Rules<T> = LazyLock<Vec<(Regex, T)>>;

// The patterns are this crate's own; that each compiles is tested.
static BROWSER_RULES: Rules<&Rule> = LazyLock::new(|| compiled(BROWSERS));
static SYSTEM_RULES: Rules<&Rule> = LazyLock::new(|| compiled(SYSTEMS));
static DEVICE_RULES: Rules<(&str, &str, &str)> = LazyLock::new(|| {
    let rules = DEVICES.iter().map(|&(pattern, family, brand, model)| (Regex::new(pattern), (family, brand, model)));
    rules.filter_map(|(pattern, names)| Some((pattern.ok()?, names))).collect()
});

fn compiled(rules: &'static [Rule]) -> Vec<(Regex, &'static Rule)> {
    rules.iter().filter_map(|rule| Some((Regex::new(rule.pattern).ok()?, rule))).collect()
}

const VERSIONS: [&str; 4] = ["MajorVersion", "MinorVersion", "Patch", "PatchMinor"];

fn write_found(rules: &[(Regex, &Rule)], text: &str, versions: usize, out: &mut String) {
    let found = rules.iter().find_map(|(pattern, rule)| Some((pattern.captures(text)?, rule)));
    let family = found.as_ref().map_or_else(|| "Other".to_owned(), |(captures, rule)| filled(rule.family, captures));
    let mut object = Writer::object(out);
    object.member("Family", |out| push_quoted(&family, out));
    for (place, name) in VERSIONS.iter().take(versions).enumerate() {
        let version = found.as_ref().and_then(|(captures, rule)| {
            let group = (rule.version > 0).then_some(rule.version + place)?;
            captures.get(group).map(|version| version.as_str())
        });
        object.member(name, |out| push_quoted(version.unwrap_or_default(), out));
    }
    object.end();
}

fn write_device(text: &str, out: &mut String) {
    let found = DEVICE_RULES.iter().find_map(|(pattern, names)| Some((pattern.captures(text)?, names)));
    let [family, brand, model] = match &found {
        Some((captures, (family, brand, model))) => [family, brand, model].map(|name| filled(name, captures)),
        None => ["Other", "", ""].map(str::to_owned),
    };
    let mut object = Writer::object(out);
    for (name, value) in [("Family", family), ("Brand", brand), ("Model", model)] {
        object.member(name, |out| push_quoted(&value, out));
    }
    object.end();
}

/// A name with its groups filled in.
fn filled(name: &str, captures: &Captures) -> String {
    let mut made = String::new();
    captures.expand(&name.replace("$1", "${1}").replace("$2", "${2}"), &mut made);
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, fails};

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(BROWSER_RULES.len(), BROWSERS.len());
        assert_eq!(SYSTEM_RULES.len(), SYSTEMS.len());
        assert_eq!(DEVICE_RULES.len(), DEVICES.len());
    }

    #[tokio::test]
    async fn agents() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.112 Safari/537.36";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
        let android = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36";
        let shell = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4412";
        for (agent, part, expected) in [
            (chrome, "browser", "Chrome 125 0 6422"),
            (chrome, "os", "Windows 10   "),
            (chrome, "device", "Other  "),
            (&format!("{chrome} Edg/125.0.2535.79"), "browser", "Edge 125 0 2535"),
            (iphone, "browser", "Mobile Safari 17 5 "),
            (iphone, "os", "iOS 17 5 1 "),
            (iphone, "device", "iPhone Apple iPhone"),
            (android, "browser", "Chrome Mobile 125 0 0"),
            (android, "os", "Android 14   "),
            (android, "device", "Samsung SM-S918B Samsung SM-S918B"),
            (shell, "browser", "PowerShell 5 1 19041"),
            ("curl/8.5.0", "browser", "curl 8 5 0"),
            ("python-requests/2.31.0", "browser", "python-requests 2 31 0"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "browser", "Googlebot 2 1 "),
            ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "browser", "IE 11 0 "),
            ("", "browser", "Other   "),
        ] {
            let mut out = String::new();
            match part_of(part) {
                Some(Part::Browser) => write_found(&BROWSER_RULES, agent, 3, &mut out),
                Some(Part::System) => write_found(&SYSTEM_RULES, agent, 4, &mut out),
                _ => write_device(agent, &mut out),
            }
            let values: Vec<_> = Value::of(&out).members().unwrap().map(|(_, value)| Value::of(value).text()).collect();
            assert_eq!(values.join(" "), expected, "{agent}");
        }
    }

    #[tokio::test]
    async fn several_parts() {
        answers(
            "parse_user_agent('curl/8', ['os', 'device'])",
            r#"{"OperatingSystem":{"Family":"Other","MajorVersion":"","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Other","Brand":"","Model":""}}"#,
        )
        .await;
        answers(
            "parse_user_agent(NULL, 'os'), parse_user_agent('a', NULL), parse_user_agent('a', ['x'])",
            "NULL, NULL, NULL",
        )
        .await;
        fails("parse_user_agent('a', 'brwser')", "parse_user_agent: 'brwser' is none of 'browser', 'os', 'device'")
            .await;
    }
}
