//! Hunts: query files with their metadata, found in packs, run one by one.
//!
//! This room knows neither SQL nor KQL beyond where a statement ends, and it writes nothing: rows go to a [`Sink`] that the caller
//! brings.
//!
//! # The header of a query file
//!
//! A hunt may open with a block comment that says what it is, in a small part of YAML:
//!
//! ```sql
//! /*
//! name: LSASS dumped with comsvcs.dll
//! description: >
//!   A process that asks rundll32 for the MiniDump export of comsvcs.dll,
//!   which writes the memory of another process to a file.
//! severity: high
//! tactics: [Credential Access]
//! techniques: [T1003.001]
//! tables: [DeviceProcessEvents]
//! parameters:
//!   library: comsvcs.dll
//!   host:
//!     description: The device to look at
//! references:
//!   - https://attack.mitre.org/techniques/T1003/001/
//! expect: hit
//! */
//! SELECT Timestamp, DeviceName FROM DeviceProcessEvents WHERE DeviceName = $host AND has(ProcessCommandLine, $library)
//! ```
//!
//! In KQL, which knows no block comments, the same stands behind `//` between two lines `// ---`; a block comment is taken there, too,
//! and is blank for the query. A parameter of a KQL hunt is one that it declares with `declare query_parameters`.
//!
//! `name` is the only key that a header must have. A parameter is written with its default, or with a description and no default
//! and then needs a value from whoever runs the hunt; it is `$name` in the text. `expect: hit` says that the hunt finds something in
//! the demo data; `entities` says which columns name a host, an account, an address. Unknown keys are errors.
//!
//! # What others keep
//!
//! Sentinel's rules and Defender's custom detections in YAML (`rule`), and Markdown with KQL in fences (`page`), are read as they stand.

mod header;
mod language;
mod metadata;
mod pack;
mod page;
mod rule;
mod run;
mod suggest;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::engine::{Engine, Statement};

pub use language::{Ending, Language, LanguageChoice, kql_parameters};
pub use metadata::{Entity, Metadata, Parameter, Severity, Trigger, TriggerOperator};
pub use pack::{load, shipped};
pub use run::{How, Outcome, Sink, SinkError, Started, run, start};
pub(crate) use suggest::suggest;

/// The text of a statement behind as many line breaks as its script has before it, so that errors name lines of the script.
pub fn in_place(statement: &Statement) -> String {
    "\n".repeat(statement.line.saturating_sub(1)) + &statement.text
}

/// True if `$parameter` stands in a text; `$hostname` is not `$host`.
pub fn uses(text: &str, parameter: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric());
    text.match_indices('$').any(|(at, _)| text[at + 1..].strip_prefix(parameter).is_some_and(ends))
}

/// One query file with its metadata.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// Its place in its pack, without the ending and with `/` between folders: `credential_access/lsass_dump`.
    pub key: String,
    /// The file it was read from; of a shipped hunt, the path under `queries/`.
    pub path: PathBuf,
    /// The language of its text.
    pub language: Language,
    /// What its header says.
    pub metadata: Metadata,
    /// The whole text of the file, header included, so that line numbers are the file's.
    pub text: String,
}

impl Hunt {
    /// Reads a hunt from its text. The path is what errors name.
    ///
    /// # Errors
    /// What is wrong with the header, and in which line.
    pub fn parse(key: &str, path: &Path, language: Language, text: &str) -> Result<Self, HuntError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let name = key.rsplit('/').next().unwrap_or(key);
        let found = match language {
            Language::Sql => header::find(text).map(|(header, line)| (header.to_owned(), line)),
            Language::Kql => header::find_in_kql(text),
        };
        let metadata = match found {
            None => Metadata::named(name),
            Some((header, line)) => header::parse(&header, line)
                .and_then(|entries| Metadata::from_entries(&entries, line))
                .map_err(|error| HuntError { path: path.to_owned(), line: Some(error.line), message: error.message })?,
        };
        let text = match language {
            Language::Sql => text.to_owned(),
            Language::Kql => header::without_block_comment(text),
        };
        Ok(Self { key: key.to_owned(), path: path.to_owned(), language, metadata, text })
    }

    /// True if the hunt has a parameter of this name: one that its header declares, or one that its text uses.
    pub fn takes(&self, parameter: &str) -> bool {
        self.metadata.parameters.iter().any(|declared| declared.name == parameter) || self.uses(parameter)
    }

    fn uses(&self, parameter: &str) -> bool {
        match self.language {
            Language::Sql => uses(&self.text, parameter),
            Language::Kql => kql_parameters(&self.text).iter().any(|declared| declared == parameter),
        }
    }

    /// The values of its parameters: what is given, else the default.
    ///
    /// # Errors
    /// If a parameter has neither, or the text does not use it.
    pub fn bind(&self, given: &[(String, String)]) -> Result<Vec<(String, String)>, HuntError> {
        let mut values: Vec<_> = given.iter().filter(|(name, _)| self.takes(name)).cloned().collect();
        for parameter in &self.metadata.parameters {
            let name = &parameter.name;
            if !self.uses(name) {
                let missing = match self.language {
                    Language::Sql => format!("nothing uses ${name}"),
                    Language::Kql => format!("there is no 'declare query_parameters({name}: …)'"),
                };
                return Err(self.error(None, format!("the header declares the parameter '{name}', but {missing}")));
            }
            if values.iter().any(|(name, _)| *name == parameter.name) {
                continue;
            }
            let default = parameter.default.clone().ok_or_else(|| {
                let what = parameter.description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
                self.error(None, format!("parameter '{name}'{what} has no default; give it with --param {name}=VALUE"))
            })?;
            values.push((parameter.name.clone(), default));
        }
        Ok(values)
    }

    /// Its statements in order; of KQL, the scripts that blank lines separate.
    pub fn statements(&self) -> Vec<Statement> {
        match self.language {
            Language::Sql => Engine::split_script(&self.text),
            Language::Kql => Engine::split_kql(&self.text),
        }
    }

    fn error(&self, line: Option<usize>, message: impl Into<String>) -> HuntError {
        HuntError { path: self.path.clone(), line, message: message.into() }
    }
}

/// What is wrong with one hunt; says in which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct HuntError {
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1, where that is known.
    pub line: Option<usize>,
    /// The sentence, without the place.
    pub message: String,
}

impl fmt::Display for HuntError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.path.display(), self.message),
            None => write!(f, "{}: {}", self.path.display(), self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunt(text: &str) -> Hunt {
        Hunt::parse("a/b", Path::new("a/b.sql"), Language::Sql, text).expect("hunt")
    }

    #[test]
    fn a_file_without_header_is_named_after_itself() {
        for text in ["select 1", "/* Written on a Monday. */ select 1", "-- name: no\nselect 1", ""] {
            assert_eq!(hunt(text).metadata, Metadata::named("b"), "{text}");
        }
    }

    #[test]
    fn parameters_are_bound_from_values_then_defaults() {
        let hunt = hunt(
            "/*\nname: x\nparameters:\n  tool: mimikatz\n  host:\n    description: The device\n*/ select $tool, $other, $host",
        );
        let given = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let bound = hunt.bind(&[given("host", "srv"), given("stranger", "x"), given("other", "y")]);
        assert_eq!(bound, Ok(vec![given("host", "srv"), given("other", "y"), given("tool", "mimikatz")]));
        let error = hunt.bind(&[]).expect_err("no host");
        insta::assert_snapshot!(error, @"a/b.sql: parameter 'host' (The device) has no default; give it with --param host=VALUE");
    }

    #[test]
    fn a_parameter_is_used_by_its_whole_name() {
        assert!(uses("where a = $host", "host") && uses("$host;", "host") && uses("$hostname, $host", "host"));
        assert!(!uses("$hostname", "host") && !uses("host", "host") && !uses("", "host"));
        let error = hunt("/*\nname: x\nparameters:\n  host: srv\n*/ select $hostname").bind(&[]).expect_err("unused");
        insta::assert_snapshot!(error, @"a/b.sql: the header declares the parameter 'host', but nothing uses $host");
    }

    #[test]
    fn a_kql_hunt_has_its_header_in_line_comments() {
        let text =
            "// ---\n// name: x\n// parameters:\n//   host: srv\n// ---\ndeclare query_parameters(host: string);\n\nT";
        let hunt = Hunt::parse("a/b", Path::new("a/b.kql"), Language::Kql, text).expect("hunt");
        assert_eq!((hunt.metadata.name.as_str(), hunt.text.as_str()), ("x", text));
        assert_eq!(hunt.bind(&[]), Ok(vec![("host".to_owned(), "srv".to_owned())]));
        assert_eq!(hunt.statements().iter().map(|statement| statement.line).collect::<Vec<_>>(), [6]);
        let text = "/*\nname: x\n*/\nT";
        let hunt = Hunt::parse("a/b", Path::new("a/b.kql"), Language::Kql, text).expect("hunt");
        assert_eq!((hunt.metadata.name.as_str(), hunt.text.as_str()), ("x", "  \n       \n  \nT"));
        let text = "// Author: somebody\n// Notes, and more\nT";
        let hunt = Hunt::parse("a/b", Path::new("a/b.kql"), Language::Kql, text).expect("hunt");
        assert_eq!(hunt.metadata, Metadata::named("b"));
        let error =
            Hunt::parse("b", Path::new("b.kql"), Language::Kql, "// ---\n// nome: x\n// ---").expect_err("typo");
        insta::assert_snapshot!(error, @"b.kql, line 2: unknown key 'nome'; did you mean 'name'?");
    }

    #[test]
    fn errors_name_the_line_of_the_file() {
        let text = "\n\n/*\nname: x\nseverety: high\n*/";
        let error = Hunt::parse("b", Path::new("b.sql"), Language::Sql, text).expect_err("typo");
        insta::assert_snapshot!(error, @"b.sql, line 5: unknown key 'severety'; did you mean 'severity'?");
    }
}
