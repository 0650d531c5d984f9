//! Tables of a join that nobody asks for their hidden columns.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{PipeOperator, Select, TableAlias, TableFactor};

use super::Hider;
use super::mentions::{Mentions, explicit_outputs};
use crate::sql::{SqlError, scope, wildcard};

impl Hider<'_> {
    /// Wraps the tables of a join whose hidden columns nothing means: `t AS a` becomes `(SELECT * EXCLUDE (…) FROM t) AS a`.
    pub(super) fn wrap_unmeant(
        &self,
        select: &mut Select,
        pipes: &mut [PipeOperator],
        mentions: &Mentions,
    ) -> Result<(), SqlError> {
        let settled: BTreeSet<String> =
            scope::sources(&select.from).into_iter().flat_map(|factor| self.certain(factor)).collect();
        let wrap = |factor: &mut TableFactor| {
            let Some(qualifier) = scope::qualifier(factor) else { return Ok(()) };
            let unmeant = |column: &String| {
                !mentions.qualified(&qualifier, column) && (settled.contains(column) || !mentions.unqualified(column))
            };
            let columns: Vec<String> = self.shown(factor).into_iter().filter(|column| unmeant(column)).collect();
            if columns.is_empty() { Ok(()) } else { wrap(factor, &columns) }
        };
        for item in &mut select.from {
            scope::each_source(item, &wrap)?;
        }
        for operator in pipes {
            if let PipeOperator::Join(join) = operator {
                wrap(&mut join.relation)?;
            }
        }
        Ok(())
    }

    /// The columns that a source is known to show to everybody; an unqualified name means these before it means a hidden one.
    fn certain(&self, factor: &TableFactor) -> BTreeSet<String> {
        match (self.table(factor), factor) {
            (Some(relation), _) => relation.visible().iter().cloned().collect(),
            (None, TableFactor::Derived { subquery, .. }) => explicit_outputs(subquery),
            (None, TableFactor::Table { name, args: None, .. }) => match &scope::parts(name)[..] {
                [name] => self.outputs.get(*name).cloned().unwrap_or_default(),
                _ => BTreeSet::new(),
            },
            _ => BTreeSet::new(),
        }
    }
}

fn wrap(factor: &mut TableFactor, columns: &[String]) -> Result<(), SqlError> {
    let TableFactor::Table { name, alias, .. } = factor else { return Ok(()) };
    let own_name = || match &name.0[..] {
        [part] => {
            part.as_ident().map(|name| TableAlias { explicit: true, name: name.clone(), columns: Vec::new(), at: None })
        }
        _ => None,
    };
    // A longer name cannot become an alias; the columns qualified with it would be lost.
    let Some(alias) = alias.clone().or_else(own_name) else { return Ok(()) };
    let subquery = wildcard::all_columns_but(name, columns)?;
    *factor = TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None };
    Ok(())
}
