//! The script of a command, from `-c`, a file or standard input, with the values of its parameters.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::ScriptArgs;
use super::failure::{Failure, Outcome};
use crate::engine::{QueryOptions, Statement};
use crate::hunt::{self, Hunt, Language};
use crate::shell::ShellError;

/// A script that can be run.
#[derive(Debug)]
pub(super) struct Script {
    /// The language of all of them.
    pub(super) language: Language,
    /// Its statements; there is one at least.
    pub(super) statements: Vec<Statement>,
    /// The values of its parameters; what its header gives defaults for has them.
    params: Vec<(String, String)>,
    /// The file that it came from.
    file: Option<PathBuf>,
}

impl Script {
    /// Reads the script that the arguments name.
    pub(super) fn read(args: &ScriptArgs) -> Outcome<Self> {
        let (text, file) = match (&args.command, &args.file) {
            (Some(text), _) => (text.clone(), None),
            (None, Some(path)) if path == Path::new("-") => (read_stdin()?, None),
            (None, Some(path)) => (read_file(path)?, Some(path.clone())),
            (None, None) => {
                return Err(Failure::trouble("give the query as -c TEXT, as a FILE, or as - to read standard input"));
            }
        };
        let language = args.lang.of(file.as_deref(), &text);
        Self::parse(&text, file, language, &args.params)
    }

    fn parse(text: &str, file: Option<PathBuf>, language: Language, params: &[(String, String)]) -> Outcome<Self> {
        let path = file.as_deref().unwrap_or(Path::new("the query"));
        let hunt = Hunt::parse("", path, language, text)?;
        if let Some((name, _)) = params.iter().find(|(name, _)| !hunt.takes(name)) {
            let unused = match language {
                Language::Sql => format!("does not use ${name}"),
                Language::Kql => format!("has no 'declare query_parameters({name}: …)'"),
            };
            return Err(Failure::trouble(format!("--param {name}: {} {unused}", path.display())));
        }
        let statements = hunt.statements();
        if statements.is_empty() {
            return Err(Failure::trouble(format!("there is no statement in {}", path.display())));
        }
        let params = hunt.bind(params)?;
        Ok(Self { language, statements, params, file })
    }

    /// What a statement of it is run with: the values of the parameters that it uses.
    pub(super) fn options(&self, statement: &Statement) -> QueryOptions {
        let declared = hunt::kql_parameters(&statement.text);
        let uses = |name: &String| match self.language {
            Language::Sql => hunt::uses(&statement.text, name),
            Language::Kql => declared.contains(name),
        };
        let params = self.params.iter().filter(|(name, _)| uses(name)).cloned().collect();
        let file = self.file.as_ref().map(|file| file.display().to_string());
        QueryOptions { params, file, ..QueryOptions::default() }
    }

    /// What went wrong with a statement; of a query that is wrong, the file is named too.
    pub(super) fn failed(&self, error: ShellError) -> Failure {
        match (error, &self.file) {
            // What is wrong in KQL names the file where it names the line.
            (ShellError::Query(error), Some(path)) if self.language == Language::Sql => {
                Failure::from(error).in_file(path)
            }
            (error, _) => error.into(),
        }
    }
}

fn read_file(path: &Path) -> Outcome<String> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::trouble(format!("cannot read {}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|_| Failure::trouble(format!("{} is not UTF-8 text", path.display())))
}

fn read_stdin() -> Outcome<String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::trouble(format!("cannot read standard input: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::trouble("standard input is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, params: &[(&str, &str)]) -> Outcome<Script> {
        let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Script::parse(text, None, Language::Sql, &params)
    }

    #[test]
    fn the_header_gives_defaults() {
        let script =
            parse("/*\nname: x\nparameters:\n  a: 1\n  b: 2\n*/\nselect $a, $b, $c", &[("b", "3"), ("c", "4")])
                .expect("script");
        let params: Vec<_> = script.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(params, ["b=3", "c=4", "a=1"]);
    }

    #[test]
    fn a_statement_gets_the_parameters_that_it_uses() {
        let script = parse("select $a; select $ab", &[("a", "1"), ("ab", "2")]).expect("script");
        let of = |statement: &Statement| script.options(statement).params;
        let params: Vec<_> = script.statements.iter().flat_map(of).map(|(name, _)| name).collect();
        assert_eq!(params, ["a", "ab"]);
    }

    #[test]
    fn errors() {
        let message = |text: &str, params: &[(&str, &str)]| match parse(text, params) {
            Err(Failure::Trouble(sentence)) => sentence,
            other => panic!("{other:?}"),
        };
        insta::assert_snapshot!(message("-- nothing", &[]), @"there is no statement in the query");
        insta::assert_snapshot!(message("select 1", &[("host", "x")]), @"--param host: the query does not use $host");
    }
}
