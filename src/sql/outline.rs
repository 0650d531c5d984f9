//! What a first reading of a statement finds out about its names: which relations it reads, which names it defines itself, and how a
//! name is spelled in the scope it stands in.
//!
//! The tree of this reading is then thrown away: see [`super::fold`].

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, Expr, ExprWithAliasAndOrderBy, Ident, ObjectName, PipeOperator, Query, Select, SelectItem, TableAlias,
    TableFactor, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::dictionary::{Dictionary, Relation};
use super::scope;

/// The names of a statement.
pub(super) struct Outline<'d> {
    dictionary: &'d Dictionary,
    /// The relations that the statement reads and the dictionary knows, in the order of their mention.
    pub relations: Vec<Arc<Relation>>,
    /// True if the statement also reads something whose columns the dictionary does not know.
    reads_unknown: bool,
    /// Aliases, CTEs and named windows, in the spelling of their definition.
    definitions: HashMap<String, String>,
    /// The parts of relation names.
    relation_words: HashMap<String, String>,
    /// The spelling of the names of columns whose scope settles it.
    places: HashMap<Location, String>,
    scopes: Vec<Vec<(ObjectName, Arc<Relation>)>>,
}

impl<'d> Outline<'d> {
    pub fn new(statement: &Statement, dictionary: &'d Dictionary) -> Self {
        let mut outline = Self {
            dictionary,
            relations: Vec::new(),
            reads_unknown: false,
            definitions: HashMap::new(),
            relation_words: HashMap::new(),
            places: HashMap::new(),
            scopes: Vec::new(),
        };
        // The visitor never breaks.
        let _ = scope::visit(statement, &mut outline);
        outline
    }

    /// The spelling of an unquoted word, if anything says how it is spelled.
    ///
    /// First comes what its scope says, then the columns of the statement's relations, then what the statement itself defines. The
    /// rest of the catalogue is asked only if the statement reads something unknown, so that it cannot respell an alias.
    pub fn spelling(&self, word: &str, place: Location) -> Option<&str> {
        let key = word.to_ascii_lowercase();
        let known = self.places.get(&place).map(String::as_str).or_else(|| column(&self.relations, word));
        known
            .or_else(|| self.definition(&key))
            .or_else(|| self.relation_words.get(&key).map(String::as_str))
            .or_else(|| self.reads_unknown.then(|| self.catalogue_column(word)).flatten())
    }

    /// The spelling of a name that the statement defines; `key` is in lower case.
    pub fn definition(&self, key: &str) -> Option<&str> {
        self.definitions.get(key).map(String::as_str)
    }

    fn catalogue_column(&self, word: &str) -> Option<&'d str> {
        let tables = self.dictionary.relations().filter(|relation| !relation.name.contains('.'));
        let mut visible = tables.flat_map(|table| table.visible());
        visible.find(|column| column.eq_ignore_ascii_case(word)).map(String::as_str)
    }

    fn define(&mut self, name: &Ident) {
        self.definitions.entry(name.value.to_ascii_lowercase()).or_insert_with(|| name.value.clone());
    }

    fn define_alias(&mut self, alias: &TableAlias) {
        self.define(&alias.name);
        alias.columns.iter().for_each(|column| self.define(&column.name));
    }

    fn define_items(&mut self, items: &[SelectItem]) {
        for item in items {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.define(alias);
            }
        }
    }

    fn read(&mut self, name: &ObjectName) {
        let parts = scope::parts(name);
        match self.dictionary.relation(&parts) {
            Some(relation) => {
                for (part, spelling) in parts.iter().rev().zip(relation.name.rsplit('.')) {
                    self.relation_words.insert(part.to_ascii_lowercase(), spelling.to_owned());
                }
                for part in &parts[..parts.len().saturating_sub(relation.name.split('.').count())] {
                    self.relation_words.insert(part.to_ascii_lowercase(), part.to_ascii_lowercase());
                }
                if !self.relations.iter().any(|known| known.name == relation.name) {
                    self.relations.push(Arc::clone(relation));
                }
            }
            None if parts.len() == 1 && self.definitions.contains_key(&parts[0].to_ascii_lowercase()) => {}
            None => self.reads_unknown = true,
        }
    }

    /// Remembers how the column `name` is spelled here, if a source of an open scope has it.
    fn settle(&mut self, qualifier: &[Ident], name: &Ident) {
        let spelling = self.scopes.iter().rev().find_map(|sources| {
            let qualified =
                sources.iter().filter(|(source, _)| qualifier.is_empty() || scope::qualifies(qualifier, source));
            let relations: Vec<_> = qualified.map(|(_, relation)| Arc::clone(relation)).collect();
            column(&relations, &name.value).map(str::to_owned)
        });
        if let (Some(spelling), None) = (spelling, name.quote_style) {
            self.places.insert(name.span.start, spelling);
        }
    }
}

/// The spelling of a column among relations: the exact one, else a visible one, else a hidden one.
fn column<'r>(relations: &'r [Arc<Relation>], word: &str) -> Option<&'r str> {
    let columns = || relations.iter().flat_map(|r| r.visible()).chain(relations.iter().flat_map(|r| r.hidden()));
    let exact = columns().find(|column| *column == word);
    exact.or_else(|| columns().find(|column| column.eq_ignore_ascii_case(word))).map(String::as_str)
}

impl Visitor for Outline<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> ControlFlow<()> {
        match statement {
            ast::Statement::CreateView(view) => {
                view.name.0.iter().filter_map(|part| part.as_ident()).for_each(|name| self.define(name));
                view.columns.iter().for_each(|column| self.define(&column.name));
            }
            ast::Statement::ShowCreate { obj_name, .. } => self.read(obj_name),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        query.with.iter().flat_map(|with| &with.cte_tables).for_each(|cte| self.define_alias(&cte.alias));
        for operator in &query.pipe_operators {
            match operator {
                PipeOperator::As { alias } => self.define(alias),
                PipeOperator::Select { exprs } | PipeOperator::Extend { exprs } => self.define_items(exprs),
                PipeOperator::Aggregate { full_table_exprs, group_by_expr } => {
                    let aliases = |list: &[ExprWithAliasAndOrderBy]| -> Vec<Ident> {
                        list.iter().filter_map(|item| item.expr.alias.clone()).collect()
                    };
                    aliases(full_table_exprs)
                        .iter()
                        .chain(&aliases(group_by_expr))
                        .for_each(|alias| self.define(alias));
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.define_items(&select.projection);
        select.named_window.iter().for_each(|window| self.define(&window.0));
        let known = scope::sources(&select.from).into_iter().filter_map(|factor| {
            let relation = self.dictionary.relation(&scope::parts(scope::table_name(factor)?))?;
            Some((scope::qualifier(factor)?, Arc::clone(relation)))
        });
        self.scopes.push(known.collect());
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.read(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let Some(alias) = scope::alias(factor) {
            self.define_alias(alias);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => self.settle(&[], name),
            Expr::CompoundIdentifier(parts) => {
                if let [qualifier @ .., name] = parts.as_slice() {
                    self.settle(qualifier, name);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
