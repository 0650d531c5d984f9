//! The columns of an operator as they come together: unique names, replacements, what may not be declared twice.
//!
//! The rules are those of Microsoft's binder, also where they surprise: an unnamed column never replaces another but in `extend`, a number
//! is put behind its name instead; a named one may not be declared twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::tree::{Column, ColumnId};
use crate::catalog::KustoType;

/// Names that are taken, and the next free one.
#[derive(Debug, Default)]
pub(super) struct UniqueNames {
    taken: HashMap<Arc<str>, u32>,
}

impl UniqueNames {
    /// Takes a name if it is free.
    pub fn add(&mut self, name: &Arc<str>) {
        self.taken.entry(Arc::clone(name)).or_insert(0);
    }

    /// The name, or the name with the least number behind it that is free; takes it.
    pub fn unique(&mut self, name: &Arc<str>) -> Arc<str> {
        let Some(last) = self.taken.get(name).copied() else {
            self.taken.insert(Arc::clone(name), 0);
            return Arc::clone(name);
        };
        let mut suffix = last;
        loop {
            suffix = suffix.saturating_add(1);
            let other: Arc<str> = format!("{name}{suffix}").into();
            if !self.taken.contains_key(&other) || suffix == u32::MAX {
                self.taken.insert(Arc::clone(name), suffix);
                self.taken.insert(Arc::clone(&other), 0);
                return other;
            }
        }
    }
}

/// Gives columns that stand side by side (of a join) unique names: the first of a name keeps it.
pub(super) fn make_unique(columns: &mut [Column]) {
    let mut names = UniqueNames::default();
    for column in columns.iter() {
        names.add(&column.name);
    }
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    for column in columns {
        if !seen.insert(Arc::clone(&column.name)) {
            column.name = names.unique(&column.name);
        }
    }
}

/// A column that was added to a [`Projection`].
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: KustoType,
    /// What it holds.
    pub source: Source,
    /// The column of the input that it is known by, if it is one: what [`Projection::skip`] looks at.
    pub identity: Option<ColumnId>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A column of the input, or of a call below.
    Column(ColumnId),
    /// The definition of this number, which the caller keeps.
    Definition(usize),
}

/// The columns of an operator so far.
#[derive(Debug, Default)]
pub(super) struct Projection {
    slots: Vec<Slot>,
    index: HashMap<Arc<str>, usize>,
    declared: HashSet<Arc<str>>,
    names: UniqueNames,
    /// Columns that are not added (again).
    skip: HashSet<ColumnId>,
}

/// A name was declared before.
#[derive(Debug)]
pub(super) struct Duplicate;

impl Projection {
    /// The columns.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The columns, to keep.
    pub fn into_slots(self) -> Vec<Slot> {
        self.slots
    }

    /// From here on this column of the input is not added any more.
    pub fn skip(&mut self, column: ColumnId) {
        self.skip.insert(column);
    }

    /// Adds the columns of an input, each once. `declare`: none of these names may be declared again.
    pub fn add_input(&mut self, columns: &[Column], declare: bool) {
        for column in columns {
            self.add(slot_of(column), false);
            self.skip(column.id);
            if declare {
                self.declared.insert(Arc::clone(&column.name));
            }
        }
    }

    /// Adds a column under a unique name, or, with `replace`, in the place of the one of this name.
    pub fn add(&mut self, slot: Slot, replace: bool) {
        if slot.identity.is_some_and(|id| self.skip.contains(&id)) {
            return;
        }
        match self.index.get(&slot.name) {
            Some(place) if replace => {
                if let Some(old) = self.slots.get_mut(*place) {
                    *old = slot;
                }
            }
            _ => {
                let name = self.names.unique(&slot.name);
                self.index.insert(Arc::clone(&name), self.slots.len());
                self.slots.push(Slot { name, ..slot });
            }
        }
    }

    /// Adds a column that is named by the author.
    pub fn declare(&mut self, slot: Slot, replace: bool) -> Result<(), Duplicate> {
        if self.declared.contains(&slot.name) {
            return Err(Duplicate);
        }
        let name = Arc::clone(&slot.name);
        if replace && self.index.contains_key(&name) {
            // A named column takes the place even of one that is not to be added again.
            if let Some(old) = self.index.get(&name).copied().and_then(|place| self.slots.get_mut(place)) {
                *old = slot;
            }
        } else {
            let skipped = slot.identity.is_some_and(|id| self.skip.contains(&id));
            self.add(slot, false);
            if !skipped && let Some(last) = self.slots.last() {
                self.declared.insert(Arc::clone(&last.name));
                return Ok(());
            }
        }
        self.declared.insert(name);
        Ok(())
    }

    /// Renames a column in its place.
    pub fn rename(&mut self, old: &str, new: &Arc<str>) -> Result<(), Duplicate> {
        let Some(place) = self.index.get(old).copied() else { return Ok(()) };
        if self.declared.contains(new) {
            return Err(Duplicate);
        }
        if let Some(slot) = self.slots.get_mut(place) {
            slot.name = Arc::clone(new);
        }
        self.index.remove(old);
        self.index.insert(Arc::clone(new), place);
        self.declared.insert(Arc::clone(new));
        self.names.add(new);
        Ok(())
    }
}

/// A column of the input as it is.
pub(super) fn slot_of(column: &Column) -> Slot {
    let source = Source::Column(column.id);
    Slot { name: Arc::clone(&column.name), kind: column.kind, source, identity: Some(column.id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(id: u32, name: &str) -> Column {
        Column { id: ColumnId(id), name: name.into(), kind: KustoType::Long }
    }

    fn names(projection: &Projection) -> Vec<&str> {
        projection.slots().iter().map(|slot| &*slot.name).collect()
    }

    fn defined(name: &str, number: usize) -> Slot {
        Slot { name: name.into(), kind: KustoType::Long, source: Source::Definition(number), identity: None }
    }

    #[test]
    fn the_first_of_a_name_keeps_it_and_taken_numbers_are_skipped() {
        let mut columns = [column(1, "k"), column(2, "k"), column(3, "k1"), column(4, "k")];
        make_unique(&mut columns);
        assert_eq!(columns.map(|c| c.name.to_string()), ["k", "k2", "k1", "k3"]);
    }

    #[test]
    fn an_added_name_gets_a_number_and_a_declared_one_may_replace_but_not_repeat() {
        let mut projection = Projection::default();
        projection.add_input(&[column(1, "a"), column(2, "b")], false);
        projection.add(defined("a", 0), false);
        assert!(projection.declare(defined("b", 1), true).is_ok());
        assert!(projection.declare(defined("b", 2), true).is_err());
        projection.add(slot_of(&column(1, "a")), false);
        assert_eq!(names(&projection), ["a", "b", "a1"]);
        assert_eq!(projection.slots()[1].source, Source::Definition(1));
    }

    #[test]
    fn renaming_keeps_the_place() {
        let mut projection = Projection::default();
        projection.add_input(&[column(1, "a"), column(2, "b")], true);
        assert!(projection.rename("a", &"x".into()).is_ok());
        assert!(projection.rename("b", &"x".into()).is_err());
        assert_eq!(names(&projection), ["x", "b"]);
    }
}
