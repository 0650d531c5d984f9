//! Rules as others keep them: Microsoft Sentinel's analytic rules and hunting queries, and Defender's custom detections, in YAML.
//!
//! Of a rule the query and what says what it is for are taken; how often a service runs it and what it then does is not huntql's. Unlike a
//! hunt's own header (see [`super`]), a rule may hold anything besides: its keys are another product's.

use std::path::Path;

use yaml_rust2::parser::{Event, MarkedEventReceiver, Parser};
use yaml_rust2::scanner::{Marker, ScanError};
use yaml_rust2::{Yaml, YamlLoader};

use super::metadata::{Entity, Severity, Trigger, is_technique};
use super::{Hunt, HuntError, Language, Metadata};

/// Where a rule's query lies, Sentinel's place first.
const QUERIES: [&[&str]; 2] = [&["query"], &["properties", "queryCondition", "queryText"]];

/// Where a custom detection says what an alert of it is.
const ALERT: [&str; 3] = ["properties", "detectionAction", "alertTemplate"];

/// The hunt in a rule's text; `None` if it is some other YAML, which holds no query.
///
/// # Errors
/// What is wrong with the YAML or with the rule, and in which line.
pub(super) fn hunt(key: &str, path: &Path, text: &str) -> Option<Result<Hunt, HuntError>> {
    let problem = |line: Option<usize>, message: String| HuntError { path: path.to_owned(), line, message };
    let rules = match load(text) {
        Ok(rules) => rules,
        Err((line, message)) => return Some(Err(problem(Some(line), message))),
    };
    let rule = rules.first()?;
    let query = QUERIES.iter().find_map(|place| within(rule, place).as_str())?;
    let name = key.rsplit('/').next().unwrap_or(key);
    Some(metadata(rule, name).map_err(|message| problem(None, message)).map(|metadata| Hunt {
        key: key.to_owned(),
        path: path.to_owned(),
        language: Language::Kql,
        metadata,
        text: in_its_lines(query, text),
    }))
}

/// The documents of a YAML text; what is wrong with it, and in which line.
///
/// An alias is refused before anything is built: a few lines of aliases to aliases fill any memory.
fn load(text: &str) -> Result<Vec<Yaml>, (usize, String)> {
    let no_yaml = |error: ScanError| (error.marker().line(), format!("this is no YAML: {}", error.info()));
    let mut aliases = FirstAlias::default();
    Parser::new_from_str(text).load(&mut aliases, true).map_err(no_yaml)?;
    match aliases.0 {
        Some(line) => Err((line, "an alias (*name) is not read in a rule; write out what it stands for".to_owned())),
        None => YamlLoader::load_from_str(text).map_err(no_yaml),
    }
}

/// The line of the first alias.
#[derive(Default)]
struct FirstAlias(Option<usize>);

impl MarkedEventReceiver for FirstAlias {
    fn on_event(&mut self, event: Event, mark: Marker) {
        if matches!(event, Event::Alias(_)) {
            self.0.get_or_insert(mark.line());
        }
    }
}

/// What lies under keys within keys; a bad value if nothing does.
fn within<'a>(value: &'a Yaml, keys: &[&str]) -> &'a Yaml {
    keys.iter().fold(value, |value, &key| &value[key])
}

/// The query behind as many line breaks as stand before it in the file, so that errors name the file's lines.
fn in_its_lines(query: &str, text: &str) -> String {
    let key = text.lines().position(|line| {
        let key = line.trim_start().trim_start_matches("- ");
        key.starts_with("query:") || key.starts_with("queryText:")
    });
    let line = key.unwrap_or(0);
    let is_block = text.lines().nth(line).is_some_and(|line| line.contains(['|', '>']));
    "\n".repeat(line + usize::from(is_block)) + query
}

fn metadata(rule: &Yaml, name: &str) -> Result<Metadata, String> {
    let (inner, alert) = (&rule["properties"], within(rule, &ALERT));
    let first = |values: [&Yaml; 3]| values.into_iter().find_map(text);
    let techniques = ["relevantTechniques", "techniques"].iter().flat_map(|&key| list(&rule[key]));
    let techniques = techniques.chain(list(&alert["mitreTechniques"]));
    Ok(Metadata {
        name: first([&rule["name"], &inner["displayName"], &alert["title"]]).unwrap_or_else(|| name.to_owned()),
        id: text(&rule["id"]),
        description: first([&rule["description"], &alert["description"], &inner["description"]])
            .map(|text| unquoted(&text))
            .unwrap_or_default(),
        severity: first([&rule["severity"], &alert["severity"], &inner["severity"]])
            .map(|word| severity(&word))
            .transpose()?,
        tactics: list(&rule["tactics"]).chain(list(&alert["category"])).collect(),
        techniques: techniques.filter(|technique| is_technique(technique)).collect(),
        tables: data_types(rule),
        query_period: first([&rule["queryPeriod"], &inner["schedule"]["period"], &inner["queryPeriod"]]),
        trigger: trigger(rule)?,
        entities: entities(rule),
        ..Metadata::default()
    })
}

/// Descriptions in public rules stand in quotes within their YAML text.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inside.unwrap_or(text).trim().to_owned()
}

fn text(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) | Yaml::Real(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Yaml::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The texts of a list; one text is a list of one.
fn list(value: &Yaml) -> impl Iterator<Item = String> {
    let items = value.as_vec().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(text)
}

/// The items of a list.
fn items(value: &Yaml) -> &[Yaml] {
    value.as_vec().map_or(&[], Vec::as_slice)
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::of(word)
        .ok_or_else(|| format!("unknown severity '{word}'; a rule's is Informational, Low, Medium or High"))
}

/// The tables that a rule asks its connectors for.
fn data_types(rule: &Yaml) -> Vec<String> {
    let connectors = items(&rule["requiredDataConnectors"]).iter();
    let mut tables: Vec<String> = connectors.flat_map(|connector| list(&connector["dataTypes"])).collect();
    tables.sort();
    tables.dedup();
    tables
}

fn trigger(rule: &Yaml) -> Result<Trigger, String> {
    let threshold = rule["triggerThreshold"].as_i64().and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
    match text(&rule["triggerOperator"]) {
        None => Ok(Trigger::default()),
        Some(word) => Trigger::of(&word, threshold).ok_or_else(|| {
            format!("unknown triggerOperator '{word}'; a rule's is gt, lt, eq or ne, or the word in full")
        }),
    }
}

fn entities(rule: &Yaml) -> Vec<Entity> {
    let of = |mapping: &Yaml| {
        let columns = items(&mapping["fieldMappings"]).iter().filter_map(|field| text(&field["columnName"]));
        Some(Entity { kind: text(&mapping["entityType"])?, columns: columns.collect() })
    };
    items(&rule["entityMappings"]).iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Result<Hunt, HuntError>> {
        hunt("rules/a", Path::new("rules/a.yaml"), text)
    }

    #[test]
    fn an_analytic_rule_of_sentinel_is_read() {
        let text = "id: 11d\nname: Shell from Office\ndescription: |\n  'Looks for it.\n  Twice.'\nseverity: Medium\nrequiredDataConnectors:\n  - connectorId: M\n    dataTypes:\n      - DeviceProcessEvents\nqueryFrequency: 1h\nqueryPeriod: 14d\ntriggerOperator: gt\ntriggerThreshold: 2\ntactics:\n  - Execution\nrelevantTechniques:\n  - T1059.001\nquery: |\n  let a = 1;\n  DeviceProcessEvents\n  | take a\nentityMappings:\n  - entityType: Host\n    fieldMappings:\n      - identifier: FullName\n        columnName: DeviceName\nversion: 1.0.0\nkind: Scheduled\n";
        let hunt = read(text).expect("a rule").expect("a hunt");
        insta::assert_debug_snapshot!(hunt.metadata, @r#"
        Metadata {
            name: "Shell from Office",
            id: Some(
                "11d",
            ),
            description: "Looks for it.\nTwice.",
            severity: Some(
                Medium,
            ),
            tactics: [
                "Execution",
            ],
            techniques: [
                "T1059.001",
            ],
            tables: [
                "DeviceProcessEvents",
            ],
            parameters: [],
            entities: [
                Entity {
                    kind: "Host",
                    columns: [
                        "DeviceName",
                    ],
                },
            ],
            query_period: Some(
                "14d",
            ),
            trigger: Trigger {
                operator: Greater,
                threshold: 2,
            },
            references: [],
            expect_hit: false,
        }
        "#);
        assert_eq!(hunt.text.trim_start(), "let a = 1;\nDeviceProcessEvents\n| take a\n");
        let line = 1 + text[..text.find("let a").expect("there")].matches('\n').count();
        assert_eq!(hunt.statements().iter().map(|statement| statement.line).collect::<Vec<_>>(), [line]);
    }

    #[test]
    fn a_custom_detection_is_read() {
        let text = "kind: CustomDetection\nproperties:\n  displayName: Odd logon\n  queryCondition:\n    queryText: |-\n      DeviceLogonEvents\n      | take 1\n  schedule:\n    period: \"0\"\n  detectionAction:\n    alertTemplate:\n      title: t\n      severity: high\n      category: LateralMovement\n      mitreTechniques: [T1021, x]\n";
        let hunt = read(text).expect("a rule").expect("a hunt");
        let Metadata { name, severity, tactics, techniques, .. } = hunt.metadata;
        assert_eq!((name.as_str(), severity), ("Odd logon", Some(Severity::High)));
        assert_eq!((tactics, techniques), (vec!["LateralMovement".to_owned()], vec!["T1021".to_owned()]));
        assert_eq!(hunt.text.trim_start(), "DeviceLogonEvents\n| take 1");
    }

    #[test]
    fn what_is_no_rule_is_told_from_what_is_wrong() {
        assert!(read("name: x\nsteps:\n  - run: y\n").is_none());
        assert!(read("").is_none());
        let wrong = |text| read(text).expect("a rule").expect_err("wrong").to_string();
        let message = wrong("query: T\nname: 'x\n");
        assert!(message.starts_with("rules/a.yaml, line ") && message.contains(": this is no YAML: "), "{message}");
        insta::assert_snapshot!(wrong("query: T\na: &a [x]\nb: [*a, *a]"), @"rules/a.yaml, line 3: an alias (*name) is not read in a rule; write out what it stands for");
        let deep = format!("query: T\nx: {}", "[".repeat(100_000));
        assert!(wrong(&deep).contains("this is no YAML"));
        insta::assert_snapshot!(wrong("query: T\nseverity: bad"), @"rules/a.yaml: unknown severity 'bad'; a rule's is Informational, Low, Medium or High");
        insta::assert_snapshot!(wrong("query: T\ntriggerOperator: near"), @"rules/a.yaml: unknown triggerOperator 'near'; a rule's is gt, lt, eq or ne, or the word in full");
    }
}
