//! What is wrong with a KQL text, or differs from Kusto, told without running it.

use std::collections::HashMap;

use super::schemas::EngineSchemas;
use super::script::Prepared;
use crate::engine::check::{Finding, Level};
use crate::engine::{Engine, QueryOptions};
use crate::kql::bind::{NoProbe, bind};
use crate::kql::syntax::ast::Span;
use crate::kql::syntax::{Diagnostic, parse};

impl Engine {
    /// What is wrong with a KQL script, and where its answer may differ from Kusto's; nothing if it can be run and does not.
    ///
    /// No row is read: of a query whose columns only rows tell, what lies behind them is not checked.
    pub async fn kql_check(&self, text: &str, options: &QueryOptions) -> Vec<Finding> {
        let (tree, mut diagnostics) = parse(text);
        let mut findings = Vec::new();
        let mut complete = false;
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let parameters: HashMap<String, String> = options.params.iter().cloned().collect();
            let bound = bind(&tree, &EngineSchemas::new(&self.inner), &mut NoProbe, &parameters);
            complete = !bound.pending && !bound.diagnostics.iter().any(Diagnostic::is_error);
            diagnostics.extend(bound.diagnostics);
            findings.extend(bound.script.notes.iter().map(|note| at(Level::Note, text, note.span, &note.text)));
        }
        findings.extend(diagnostics.iter().map(|diagnostic| told(text, diagnostic)));
        if complete {
            match Prepared::new(self, text, options).await {
                Ok(prepared) => findings.extend(prepared.faults().into_iter().map(|(span, message)| match span {
                    Some(span) => at(Level::Error, text, span, &message),
                    None => Finding::of_all(message),
                })),
                Err(error) => findings.push(Finding::of_all(error.to_string())),
            }
        }
        findings.sort_by_key(|finding| (finding.start, finding.level));
        findings.dedup_by(|one, other| one.message == other.message && one.start == other.start);
        findings
    }
}

fn at(level: Level, text: &str, span: Span, message: &str) -> Finding {
    Finding::at(level, text, (span.start as usize, span.end as usize), message)
}

fn told(text: &str, diagnostic: &Diagnostic) -> Finding {
    let level = if diagnostic.is_error() { Level::Error } else { Level::Warning };
    Finding { help: diagnostic.help.clone(), ..at(level, text, diagnostic.span, &diagnostic.message) }
}
