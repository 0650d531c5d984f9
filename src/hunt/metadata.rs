//! What the header of a hunt says, as values.

use super::header::{Entry, HeaderError, Value};
use super::suggest;

/// What a hunt is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What people call it.
    pub name: String,
    /// What programs call it.
    pub id: Option<String>,
    /// What it looks for, and why that matters.
    pub description: String,
    /// How bad a hit is.
    pub severity: Option<Severity>,
    /// ATT&CK tactics.
    pub tactics: Vec<String>,
    /// ATT&CK techniques: `T1003` or `T1003.001`.
    pub techniques: Vec<String>,
    /// The hunting tables it reads.
    pub tables: Vec<String>,
    /// Its parameters, in the order of the header.
    pub parameters: Vec<Parameter>,
    /// What its rows are about.
    pub entities: Vec<Entity>,
    /// How far back a rule looks each time its service runs it, as the rule writes it. Here a hunt looks at all that it is given.
    pub query_period: Option<String>,
    /// How many rows are a hit.
    pub trigger: Trigger,
    /// Where to read on.
    pub references: Vec<String>,
    /// True if it finds something in the demo data.
    pub expect_hit: bool,
}

/// A parameter of a hunt: `$name` in its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameter {
    /// The name, without `$`.
    pub name: String,
    /// What it means.
    pub description: Option<String>,
    /// The value if nobody gives one. A text: its type is the one that the query needs in its place.
    pub default: Option<String>,
}

/// A thing that rows are about: a host, an account, an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entity {
    /// What kind of thing, as Sentinel calls it: `Host`, `Account`, `IP` …
    pub kind: String,
    /// The columns that name it.
    pub columns: Vec<String>,
}

/// How many rows are a hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trigger {
    /// How the number is compared.
    pub operator: TriggerOperator,
    /// With what.
    pub threshold: u64,
}

/// How a number of rows is compared with a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the four comparisons of a rule")]
pub enum TriggerOperator {
    #[default]
    Greater,
    Less,
    Equal,
    NotEqual,
}

impl Trigger {
    /// A trigger by the word of a rule, short or in full.
    pub(super) fn of(word: &str, threshold: u64) -> Option<Self> {
        let operator = match word.to_ascii_lowercase().as_str() {
            "gt" | "greaterthan" => TriggerOperator::Greater,
            "lt" | "lessthan" => TriggerOperator::Less,
            "eq" | "equal" => TriggerOperator::Equal,
            "ne" | "notequal" => TriggerOperator::NotEqual,
            _ => return None,
        };
        Some(Self { operator, threshold })
    }

    /// Whether so many rows are a hit.
    pub fn is_met_by(self, rows: u64) -> bool {
        match self.operator {
            TriggerOperator::Greater => rows > self.threshold,
            TriggerOperator::Less => rows < self.threshold,
            TriggerOperator::Equal => rows == self.threshold,
            TriggerOperator::NotEqual => rows != self.threshold,
        }
    }
}

/// How bad a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the four words of Defender's alerts")]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
}

impl Severity {
    const ALL: [(&str, Self); 4] =
        [("informational", Self::Informational), ("low", Self::Low), ("medium", Self::Medium), ("high", Self::High)];

    /// The severity by its word, in any letter case.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|&(_, severity)| severity)
    }

    /// The word, in lower case.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, severity)| *severity == self).map_or("", |(name, _)| name)
    }
}

const KEYS: [&str; 11] = [
    "name",
    "id",
    "description",
    "severity",
    "tactics",
    "techniques",
    "tables",
    "parameters",
    "entities",
    "references",
    "expect",
];

type Result<T> = std::result::Result<T, HeaderError>;

impl Metadata {
    /// The metadata of a hunt that has nothing but a name.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The metadata that a header, which starts on `first_line`, says.
    pub(super) fn from_entries(entries: &[Entry], first_line: usize) -> Result<Self> {
        let mut metadata = Self::default();
        for entry in entries {
            match entry.key.as_str() {
                "name" => metadata.name = text(entry)?,
                "id" => metadata.id = Some(text(entry)?),
                "description" => metadata.description = text(entry)?,
                "severity" => metadata.severity = Some(severity(entry)?),
                "tactics" => metadata.tactics = list(entry)?,
                "techniques" => metadata.techniques = techniques(entry)?,
                "tables" => metadata.tables = list(entry)?,
                "parameters" => metadata.parameters = map(entry)?.iter().map(parameter).collect::<Result<_>>()?,
                "entities" => metadata.entities = map(entry)?.iter().map(entity).collect::<Result<_>>()?,
                "references" => metadata.references = list(entry)?,
                "expect" => metadata.expect_hit = expect(entry)?,
                _ => return unknown(entry, &KEYS),
            }
        }
        if metadata.name.is_empty() {
            return Err(HeaderError { line: first_line, message: "the header has no 'name'".to_owned() });
        }
        Ok(metadata)
    }
}

fn wrong<T>(entry: &Entry, message: String) -> Result<T> {
    Err(HeaderError { line: entry.line, message })
}

fn unknown<T>(entry: &Entry, keys: &[&str]) -> Result<T> {
    let key = &entry.key;
    match suggest(key, keys.iter().copied()) {
        Some(near) => wrong(entry, format!("unknown key '{key}'; did you mean '{near}'?")),
        None => wrong(entry, format!("unknown key '{key}'; the keys are {}", keys.join(", "))),
    }
}

fn text(entry: &Entry) -> Result<String> {
    match &entry.value {
        Value::Text(text) => Ok(text.clone()),
        _ => wrong(entry, format!("'{}' takes one text", entry.key)),
    }
}

/// A list; a single text is a list of one, nothing is an empty one.
fn list(entry: &Entry) -> Result<Vec<String>> {
    match &entry.value {
        Value::List(items) => Ok(items.clone()),
        Value::Text(text) if text.is_empty() => Ok(Vec::new()),
        Value::Text(text) => Ok(vec![text.clone()]),
        Value::Map(_) => wrong(entry, format!("'{}' takes a list of texts", entry.key)),
    }
}

fn map(entry: &Entry) -> Result<&[Entry]> {
    match &entry.value {
        Value::Map(entries) => Ok(entries),
        Value::Text(text) if text.is_empty() => Ok(&[]),
        _ => wrong(entry, format!("'{}' takes 'name: value' lines, indented below it", entry.key)),
    }
}

fn severity(entry: &Entry) -> Result<Severity> {
    let text = text(entry)?;
    let known = Severity::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text));
    match known {
        Some((_, severity)) => Ok(*severity),
        None => wrong(entry, format!("unknown severity '{text}'; write informational, low, medium or high")),
    }
}

fn techniques(entry: &Entry) -> Result<Vec<String>> {
    let techniques = list(entry)?;
    match techniques.iter().find(|technique| !is_technique(technique)) {
        Some(technique) => {
            wrong(entry, format!("'{technique}' is no ATT&CK technique; write for example T1003 or T1003.001"))
        }
        None => Ok(techniques),
    }
}

pub(super) fn is_technique(text: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = text.strip_prefix('T') else { return false };
    match number.split_once('.') {
        Some((number, sub)) => digits(number, 4) && digits(sub, 3),
        None => digits(number, 4),
    }
}

/// `name: default`, or `name:` with `description` and `default` below.
fn parameter(entry: &Entry) -> Result<Parameter> {
    let mut parameter = Parameter { name: entry.key.clone(), ..Parameter::default() };
    match &entry.value {
        Value::Text(default) => parameter.default = Some(default.clone()),
        Value::List(_) => return wrong(entry, format!("the default of parameter '{}' is one text", entry.key)),
        Value::Map(entries) => {
            for entry in entries {
                match entry.key.as_str() {
                    "description" => parameter.description = Some(text(entry)?),
                    "default" => parameter.default = Some(text(entry)?),
                    _ => return unknown(entry, &["description", "default"]),
                }
            }
        }
    }
    Ok(parameter)
}

/// `Host: DeviceName`, or a list of columns.
fn entity(entry: &Entry) -> Result<Entity> {
    Ok(Entity { kind: entry.key.clone(), columns: list(entry)? })
}

fn expect(entry: &Entry) -> Result<bool> {
    match text(entry)?.as_str() {
        "hit" => Ok(true),
        other => wrong(entry, format!("'expect' takes the word hit, not '{other}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::parse;
    use super::*;

    fn read(header: &str) -> Result<Metadata> {
        Metadata::from_entries(&parse(header, 1)?, 1)
    }

    fn message(header: &str) -> String {
        let error = read(header).expect_err("error");
        format!("line {}: {}", error.line, error.message)
    }

    #[test]
    fn all_keys_are_read() {
        let header = "name: Macro\nid: hq-1\ndescription: >\n  Office starts\n  a shell\nseverity: High\ntactics: [Execution]\n\
            techniques: [T1059.001, T1204]\ntables: DeviceProcessEvents\nparameters:\n  since: 7d\n  host:\n    description: The device\n\
            entities:\n  Host: DeviceName\nreferences:\n  - https://example.org\nexpect: hit\n";
        let metadata = read(header).expect("metadata");
        let parameters = vec![
            Parameter { name: "since".into(), description: None, default: Some("7d".into()) },
            Parameter { name: "host".into(), description: Some("The device".into()), default: None },
        ];
        let expected = Metadata {
            name: "Macro".into(),
            id: Some("hq-1".into()),
            description: "Office starts a shell".into(),
            severity: Some(Severity::High),
            tactics: vec!["Execution".into()],
            techniques: vec!["T1059.001".into(), "T1204".into()],
            tables: vec!["DeviceProcessEvents".into()],
            parameters,
            entities: vec![Entity { kind: "Host".into(), columns: vec!["DeviceName".into()] }],
            references: vec!["https://example.org".into()],
            expect_hit: true,
            ..Metadata::default()
        };
        assert_eq!(metadata, expected);
    }

    #[test]
    fn errors() {
        insta::assert_snapshot!(message("id: 1"), @"line 1: the header has no 'name'");
        insta::assert_snapshot!(message("name: x\ntactic: y"), @"line 2: unknown key 'tactic'; did you mean 'tactics'?");
        insta::assert_snapshot!(message("name: x\nowner: me"), @"line 2: unknown key 'owner'; the keys are name, id, description, severity, tactics, techniques, tables, parameters, entities, references, expect");
        insta::assert_snapshot!(message("name: [x]"), @"line 1: 'name' takes one text");
        insta::assert_snapshot!(message("name: x\nseverity: bad"), @"line 2: unknown severity 'bad'; write informational, low, medium or high");
        insta::assert_snapshot!(message("name: x\ntechniques: [TA0001]"), @"line 2: 'TA0001' is no ATT&CK technique; write for example T1003 or T1003.001");
        insta::assert_snapshot!(message("name: x\nparameters: [a]"), @"line 2: 'parameters' takes 'name: value' lines, indented below it");
        insta::assert_snapshot!(message("name: x\nparameters:\n  a:\n    typ: int"), @"line 4: unknown key 'typ'; the keys are description, default");
        insta::assert_snapshot!(message("name: x\nexpect: 3"), @"line 2: 'expect' takes the word hit, not '3'");
    }
}
