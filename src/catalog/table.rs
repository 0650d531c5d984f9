//! One hunting table: its columns, what feeds them, and its Arrow schema.
//!
//! Knows names and types only; where rows come from and how bytes become cells is `scan`'s business.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::KustoType;

/// Where the cells of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// The event's property of one of these names; the first that is there and not null wins.
    Properties(Vec<String>),
    /// A JSON object of the properties that no column takes; null if there are none.
    Extra,
    /// The blob the row came from.
    File,
    /// Where in the blob the row starts: the line in JSON lines, else the ordinal of the record, from 1.
    Line,
    /// The envelope's receive time: `_TimeReceivedBySvc`, else `time`.
    TimeReceived,
    /// The tenant: the row's own `TenantId`, else the envelope's, else the path's.
    TenantId,
}

/// A column of a hunting table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The catalogue's spelling.
    pub name: String,
    /// Kusto's type.
    pub kind: KustoType,
    /// What fills it.
    pub feed: Feed,
}

impl Column {
    fn new(name: &str, kind: KustoType, feed: Feed) -> Self {
        Self { name: name.to_owned(), kind, feed }
    }

    /// True if the column is fed by the property of this name.
    pub fn reads(&self, property: &str) -> bool {
        matches!(&self.feed, Feed::Properties(names) if names.iter().any(|name| name == property))
    }
}

/// A table of advanced hunting.
///
/// Its *visible* columns are what `*` gives; its *hidden* ones (`_File`, `_Line`, `TimeGenerated`, other spellings, …) answer only
/// when a query names them.
#[derive(Debug, Clone)]
pub struct HuntingTable {
    name: String,
    columns: Vec<Column>,
    visible: usize,
    event_time: usize,
    schema: SchemaRef,
    by_lower_name: HashMap<String, Vec<usize>>,
}

impl HuntingTable {
    /// Builds a table from its columns in order, `(name, type)`, and from pairs `(column, other name)` of names for one value.
    ///
    /// Of columns that differ only by letter case the last is kept and the others become hidden spellings of it. Every table gets
    /// `_Extra` as its last visible column.
    pub fn new(name: &str, columns: &[(String, KustoType)], other_names: &[(String, String)]) -> Self {
        let mut visible: Vec<Column> = Vec::with_capacity(columns.len() + 1);
        let mut hidden: Vec<Column> = Vec::new();
        for (column, kind) in columns {
            let feed = Feed::Properties(vec![column.clone()]);
            match visible.iter_mut().find(|seen| seen.name.eq_ignore_ascii_case(column)) {
                Some(seen) if seen.name == *column => seen.kind = *kind,
                Some(seen) => {
                    let former = std::mem::replace(seen, Column::new(column, *kind, feed));
                    hidden.push(former);
                }
                None => visible.push(Column::new(column, *kind, feed)),
            }
        }
        for (column, other) in other_names {
            if let Some(kind) = visible.iter().find(|c| c.name == *column).map(|c| c.kind)
                && !visible.iter().chain(&hidden).any(|c| c.name == *other)
            {
                hidden.push(Column::new(other, kind, Feed::Properties(vec![other.clone()])));
            }
        }
        let time_name =
            other_names.iter().find(|(_, other)| other == "Timestamp").map_or("Timestamp", |(column, _)| column);
        if !visible.iter().any(|c| c.name == time_name) {
            hidden.push(Column::new("Timestamp", KustoType::DateTime, Feed::Properties(vec!["Timestamp".into()])));
        }
        share_names(&mut visible, &mut hidden, other_names, time_name);
        visible.push(Column::new("_Extra", KustoType::Dynamic, Feed::Extra));
        push_common_hidden(&visible, &mut hidden);
        let time_name = time_name.to_owned();
        Self::assemble(name, visible, hidden, &time_name)
    }

    fn assemble(name: &str, visible: Vec<Column>, hidden: Vec<Column>, time_name: &str) -> Self {
        let schema = Schema::new(visible.iter().map(|c| c.kind.field(&c.name)).collect::<Vec<_>>());
        let count = visible.len();
        let columns: Vec<Column> = visible.into_iter().chain(hidden).collect();
        let mut by_lower_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, column) in columns.iter().enumerate() {
            by_lower_name.entry(column.name.to_ascii_lowercase()).or_default().push(index);
        }
        let event_time = columns.iter().position(|c| c.name == time_name).unwrap_or(0);
        Self { name: name.to_owned(), columns, visible: count, event_time, schema: Arc::new(schema), by_lower_name }
    }

    /// The catalogue's spelling of the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns of `*`, in the catalogue's order, `_Extra` last.
    pub fn visible_columns(&self) -> &[Column] {
        &self.columns[..self.visible]
    }

    /// The columns that answer only by name.
    pub fn hidden_columns(&self) -> &[Column] {
        &self.columns[self.visible..]
    }

    /// All columns, the visible ones first.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The Arrow schema of the visible columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The name of the column that holds the event's own time.
    pub fn event_time(&self) -> &str {
        &self.columns[self.event_time].name
    }

    /// True if the column of this exact name holds the event's own time, under whichever name.
    pub fn is_event_time(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c.name == column && c.reads("TimeGenerated"))
    }

    /// Finds a column by its exact name, else by its name in any letter case (a visible one first).
    pub fn column(&self, name: &str) -> Option<&Column> {
        let candidates = self.by_lower_name.get(&name.to_ascii_lowercase())?;
        let exact = candidates.iter().find(|&&i| self.columns[i].name == name);
        exact.or(candidates.first()).map(|&i| &self.columns[i])
    }
}

/// Lets every name of one value read all of the value's properties.
fn share_names(visible: &mut [Column], hidden: &mut [Column], other_names: &[(String, String)], time_name: &str) {
    let mut groups: Vec<Vec<String>> = vec![vec![time_name.to_owned(), "Timestamp".into(), "TimeGenerated".into()]];
    for (column, other) in other_names {
        match groups.iter_mut().find(|group| group.contains(column) || group.contains(other)) {
            Some(group) => group.extend([column.clone(), other.clone()]),
            None => groups.push(vec![column.clone(), other.clone()]),
        }
    }
    for spelling in hidden.iter() {
        if let Some(column) = visible.iter().find(|c| c.name.eq_ignore_ascii_case(&spelling.name)) {
            groups.push(vec![column.name.clone(), spelling.name.clone()]);
        }
    }
    for group in &mut groups {
        let mut seen = Vec::with_capacity(group.len());
        group.retain(|name| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
    }
    for column in visible.iter_mut().chain(hidden) {
        if column.name == "TenantId" {
            column.feed = Feed::TenantId;
        } else if let Some(group) = groups.iter().find(|group| group.contains(&column.name)) {
            let own_first = std::iter::once(&column.name).chain(group.iter().filter(|name| **name != column.name));
            column.feed = Feed::Properties(own_first.cloned().collect());
        }
    }
}

fn push_common_hidden(visible: &[Column], hidden: &mut Vec<Column>) {
    let time = visible.iter().chain(hidden.iter()).find(|c| c.reads("TimeGenerated"));
    let time_feed = time.map_or_else(|| Feed::Properties(vec!["TimeGenerated".into()]), |c| c.feed.clone());
    let common = [
        Column::new("TimeGenerated", KustoType::DateTime, time_feed.clone()),
        Column::new("Timestamp", KustoType::DateTime, time_feed),
        Column::new("TenantId", KustoType::String, Feed::TenantId),
        Column::new("_File", KustoType::String, Feed::File),
        Column::new("_Line", KustoType::Long, Feed::Line),
        Column::new("_TimeReceived", KustoType::DateTime, Feed::TimeReceived),
    ];
    for column in common {
        if !visible.iter().chain(hidden.iter()).any(|c| c.name == column.name) {
            hidden.push(column);
        }
    }
}
