//! Lets through what answers questions and refuses what would change something.
//!
//! Two exceptions are part of answering: views, which live and die with the session, and `COPY … TO` into folders that the user
//! opened ([`super::target`]). Options can be set where they cannot undo what huntql promises: how a query is run and shown, not how
//! SQL is read (`datafusion.sql_parser`), where tables are found (`datafusion.catalog`) or what a query may use
//! (`datafusion.runtime`, which command-line flags set).

use std::ops::ControlFlow;
use std::path::PathBuf;

use datafusion::sql::parser::{ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{self, ObjectType, Select, Set, Visitor};

use super::{SqlError, scope, target};

/// Where settings may be changed.
const FREE_SETTINGS: [&str; 5] =
    ["datafusion.execution.", "datafusion.optimizer.", "datafusion.explain.", "datafusion.format.", "hunt."];
/// Other names of `datafusion.execution.time_zone`.
const TIME_ZONE: [&str; 2] = ["timezone", "time.zone"];

const READ_ONLY: &str = "huntql never writes into a source";
const KEEP_A_RESULT: &str = "to keep a result use COPY (…) TO '…' with --allow-write DIR, or `huntql export`";

/// Refuses a statement that would write anywhere but into the folders `allow_write`, or change how huntql works.
///
/// # Errors
/// A [`SqlError`] with `refused` set that says what is refused and what to do instead.
pub fn guard(statement: &Statement, allow_write: &[PathBuf]) -> Result<(), SqlError> {
    let checked = match statement {
        Statement::Statement(_) => scope::visit(statement, &mut Guard),
        Statement::CopyTo(copy) => {
            target::check(&copy.target, allow_write).map_err(SqlError::refusal)?;
            scope::visit(statement, &mut Guard)
        }
        Statement::Explain(explain) => return guard(&explain.statement, allow_write),
        Statement::Reset(ResetStatement::Variable(name)) => setting(&scope::parts(name).join("."), "RESET"),
        Statement::CreateExternalTable(_) => refuse(format!(
            "{READ_ONLY}, nor does a statement open new ones: CREATE EXTERNAL TABLE is refused. Name the location with --source"
        )),
    };
    match checked {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

type Checked = ControlFlow<Box<SqlError>>;

fn refuse(message: String) -> Checked {
    ControlFlow::Break(Box::new(SqlError::refusal(message)))
}

fn refuse_write(verb: &str) -> Checked {
    refuse(format!("{READ_ONLY}: {verb} is refused; {KEEP_A_RESULT}"))
}

struct Guard;

impl Visitor for Guard {
    type Break = Box<SqlError>;

    /// Called for the statement itself, and for those inside PREPARE, EXPLAIN and WITH.
    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> Checked {
        use ast::Statement as S;
        match statement {
            S::Query(_)
            | S::Explain { .. }
            | S::ExplainTable { .. }
            | S::ShowVariable { .. }
            | S::ShowTables { .. }
            | S::ShowColumns { .. }
            | S::ShowCreate { .. }
            | S::ShowFunctions { .. }
            | S::CreateView(_)
            | S::Drop { object_type: ObjectType::View, .. }
            | S::Prepare { .. }
            | S::Execute { .. }
            | S::Deallocate { .. } => ControlFlow::Continue(()),
            S::Set(Set::SingleAssignment { variable, .. }) => setting(&scope::parts(variable).join("."), "SET"),
            S::Set(Set::SetTimeZone { .. }) => {
                refuse("SET TIME ZONE is refused: write SET datafusion.execution.time_zone = '+02:00'".to_owned())
            }
            S::Set(_) => refuse("SET is refused in this form: write SET name = value".to_owned()),
            S::Insert(_) => refuse_write("INSERT"),
            S::Update(_) => refuse_write("UPDATE"),
            S::Delete(_) => refuse_write("DELETE"),
            S::Merge(_) => refuse_write("MERGE"),
            S::Truncate(_) => refuse_write("TRUNCATE"),
            S::CreateTable(_) | S::CreateVirtualTable { .. } => refuse(format!(
                "{READ_ONLY} and holds no tables of its own: CREATE TABLE is refused. Use CREATE VIEW name AS SELECT … to name a query; {KEEP_A_RESULT}"
            )),
            S::Copy { .. } | S::CopyIntoSnowflake { .. } => refuse_write("COPY in this form"),
            S::StartTransaction { .. } | S::Commit { .. } | S::Rollback { .. } | S::Savepoint { .. } => {
                refuse("there is nothing to commit or roll back: huntql only reads".to_owned())
            }
            S::Use(_) => refuse("USE is refused: name a table in full, as in huntql.rejects".to_owned()),
            other => refuse(format!("{READ_ONLY}: {} is refused", first_words(other))),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> Checked {
        match &select.into {
            Some(_) => refuse_write("SELECT … INTO"),
            None => ControlFlow::Continue(()),
        }
    }
}

fn setting(name: &str, verb: &str) -> Checked {
    let name = name.to_ascii_lowercase();
    if FREE_SETTINGS.iter().any(|prefix| name.starts_with(prefix)) || TIME_ZONE.contains(&name.as_str()) {
        return ControlFlow::Continue(());
    }
    let instead = match name.as_str() {
        "datafusion.runtime.memory_limit" => "; the flag --memory sets it",
        "datafusion.runtime.temp_directory" => "; the flag --temp-dir sets it",
        "datafusion.runtime.max_temp_directory_size" => "; the flag --temp-limit sets it",
        _ => {
            ", only datafusion.execution.*, datafusion.optimizer.*, datafusion.explain.*, datafusion.format.* and hunt.* can"
        }
    };
    refuse(format!("{verb} {name} is refused: it cannot be changed by a statement{instead}"))
}

/// The verb of a statement and what it is about, such as `ALTER TABLE`.
fn first_words(statement: &ast::Statement) -> String {
    let text = statement.to_string();
    let words = text.split_whitespace().take(2).take_while(|word| word.chars().all(|c| c.is_ascii_uppercase()));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dictionary, parse};

    fn refusal(text: &str) -> Option<String> {
        let parsed = parse(text, &Dictionary::empty()).expect(text);
        let error = guard(&parsed.statement, &[]).err()?;
        assert!(error.refused, "{text}");
        Some(error.message)
    }

    #[test]
    fn what_reads_passes() {
        for text in [
            "SELECT 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "VALUES (1)",
            "FROM t",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN FORMAT TREE SELECT 1",
            "SHOW TABLES",
            "SHOW COLUMNS FROM t",
            "SHOW ALL",
            "SHOW CREATE TABLE t",
            "SHOW FUNCTIONS",
            "DESCRIBE t",
            "DESCRIBE SELECT 1",
            "CREATE VIEW v AS SELECT 1",
            "CREATE OR REPLACE VIEW v AS SELECT 1",
            "DROP VIEW v",
            "PREPARE p AS SELECT $1",
            "EXECUTE p(1)",
            "DEALLOCATE p",
            "SET datafusion.execution.batch_size = 100",
            "SET hunt.late_slack = '3h'",
            "RESET datafusion.optimizer.max_passes",
            "SET timezone = 'UTC'",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn what_writes_or_changes_huntql_is_refused_by_name() {
        for (text, named) in [
            ("INSERT INTO t VALUES (1)", "INSERT is refused"),
            ("UPDATE t SET a = 1", "UPDATE is refused"),
            ("DELETE FROM t", "DELETE is refused"),
            ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "MERGE is refused"),
            ("TRUNCATE TABLE t", "TRUNCATE is refused"),
            ("CREATE TABLE t (a INT)", "CREATE TABLE is refused. Use CREATE VIEW"),
            ("CREATE TABLE t AS SELECT 1", "CREATE TABLE is refused. Use CREATE VIEW"),
            ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "CREATE EXTERNAL TABLE is refused"),
            ("DROP TABLE t", "DROP TABLE is refused"),
            ("ALTER TABLE t ADD COLUMN a INT", "ALTER TABLE is refused"),
            ("CREATE SCHEMA s", "CREATE SCHEMA is refused"),
            ("CREATE DATABASE s", "CREATE DATABASE is refused"),
            ("CREATE FUNCTION f() RETURNS INT RETURN 1", "CREATE FUNCTION is refused"),
            ("CREATE INDEX i ON t (a)", "CREATE INDEX is refused"),
            ("SELECT * INTO x FROM t", "SELECT … INTO is refused"),
            ("SELECT 1 UNION ALL (SELECT a INTO x FROM t)", "SELECT … INTO is refused"),
            ("EXPLAIN INSERT INTO t VALUES (1)", "INSERT is refused"),
            ("EXPLAIN ANALYZE DELETE FROM t", "DELETE is refused"),
            ("PREPARE p AS INSERT INTO t VALUES (1)", "INSERT is refused"),
            ("COPY (SELECT 1) TO '/elsewhere/x.csv'", "--allow-write"),
            ("EXPLAIN ANALYZE COPY (SELECT 1) TO '/elsewhere/x.csv'", "--allow-write"),
            ("SET datafusion.runtime.memory_limit = '1G'", "the flag --memory sets it"),
            ("SET datafusion.sql_parser.dialect = 'mysql'", "only datafusion.execution.*"),
            ("SET datafusion.catalog.default_schema = 'x'", "only datafusion.execution.*"),
            ("RESET datafusion.runtime.memory_limit", "RESET datafusion.runtime.memory_limit is refused"),
            ("BEGIN TRANSACTION", "only reads"),
            ("COMMIT", "only reads"),
            ("USE x", "USE is refused"),
            ("GRANT SELECT ON t TO u", "GRANT"),
            ("VACUUM", "VACUUM"),
        ] {
            let message = refusal(text).unwrap_or_default();
            assert!(message.contains(named), "{text}: {message}");
        }
    }
}
