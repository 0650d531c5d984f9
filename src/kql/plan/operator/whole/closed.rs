//! Values that rows have in common: closed sets of values, found by depth first search. A set is closed if no further value is in all its
//! rows: of several sets with the same rows the one that says most.

use std::collections::HashSet;

/// More sets than this are not looked at.
const MOST_SETS: usize = 100_000;

/// Rows as numbers of values.
#[derive(Debug)]
pub struct Table {
    /// For each column and row the number of the value, counted from 0 in each column; none where there is no value.
    pub columns: Vec<Vec<Option<u32>>>,
    /// How many rows there are.
    pub rows: usize,
}

/// A set of values: for each column the number of one, or none.
pub type Pattern = Vec<Option<u32>>;

/// The rows that hold a set, a bit each.
type Bits = Vec<u64>;

/// Says of rows, told by whether each is among them, if they are enough.
pub type Passes<'p> = dyn Fn(&dyn Fn(usize) -> bool) -> bool + 'p;

/// There are too many sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl Table {
    /// The closed sets of up to `most` values, and what follows of them, that pass. `passes` is asked of the rows of ever greater sets, and
    /// must not pass for some rows if it does not for more of them.
    ///
    /// # Errors
    /// If there are too many.
    pub fn closed(&self, most: usize, passes: &Passes<'_>) -> Result<Vec<Pattern>, TooMany> {
        let mut items: Vec<(usize, u32, Bits)> = Vec::new();
        for (column, values) in self.columns.iter().enumerate() {
            let mut of_value: Vec<Bits> = Vec::new();
            for (row, value) in values.iter().enumerate() {
                let Some(value) = value else { continue };
                let place = *value as usize;
                if of_value.len() <= place {
                    of_value.resize_with(place + 1, Vec::new);
                }
                if let Some(bits) = of_value.get_mut(place) {
                    if bits.is_empty() {
                        bits.resize(self.rows.div_ceil(64), 0);
                    }
                    if let Some(word) = bits.get_mut(row / 64) {
                        *word |= 1 << (row % 64);
                    }
                }
            }
            let frequent = of_value.into_iter().zip(0_u32..).filter(|(bits, _)| passes(&|row| has(bits, row)));
            items.extend(frequent.map(|(bits, value)| (column, value, bits)));
        }
        let mut search = Search { table: self, items: &items, most, passes, seen: HashSet::new(), found: Vec::new() };
        let all = vec![u64::MAX; self.rows.div_ceil(64)];
        search.below(&all, 0, 0)?;
        Ok(search.found)
    }

    /// The values that all of the rows have.
    fn closure(&self, rows: &Bits) -> Pattern {
        let of_column = |values: &Vec<Option<u32>>| {
            let mut own = (0..self.rows).filter(|row| has(rows, *row)).map(|row| values.get(row).copied().flatten());
            let first = own.next().flatten()?;
            own.all(|value| value == Some(first)).then_some(first)
        };
        self.columns.iter().map(of_column).collect()
    }

    /// Whether a row has the values of a set.
    pub fn holds(&self, pattern: &Pattern, row: usize) -> bool {
        let same = |(values, wanted): (&Vec<Option<u32>>, &Option<u32>)| {
            wanted.is_none() || values.get(row).copied().flatten() == *wanted
        };
        self.columns.iter().zip(pattern).all(same)
    }
}

fn has(bits: &Bits, row: usize) -> bool {
    bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

struct Search<'t> {
    table: &'t Table,
    items: &'t [(usize, u32, Bits)],
    most: usize,
    passes: &'t Passes<'t>,
    seen: HashSet<Pattern>,
    found: Vec<Pattern>,
}

impl Search<'_> {
    /// The sets with further values than those that `rows` have. It goes no deeper than there are columns.
    fn below(&mut self, rows: &Bits, from: usize, depth: usize) -> Result<(), TooMany> {
        if depth >= self.most {
            return Ok(());
        }
        for (place, (_, _, bits)) in self.items.iter().enumerate().skip(from) {
            let both: Bits = rows.iter().zip(bits).map(|(a, b)| a & b).collect();
            if both.iter().all(|word| *word == 0) || !(self.passes)(&|row| has(&both, row)) {
                continue;
            }
            let closure = self.table.closure(&both);
            if self.seen.insert(closure.clone()) {
                self.found.push(closure);
            }
            if self.found.len() > MOST_SETS {
                return Err(TooMany);
            }
            self.below(&both, place + 1, depth + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[u32; 3]]) -> Table {
        let column = |place: usize| rows.iter().map(|row| Some(row[place]).filter(|value| *value < 9)).collect();
        Table { columns: (0..3).map(column).collect(), rows: rows.len() }
    }

    fn found(table: &Table, most: usize, least: usize) -> Vec<Pattern> {
        let rows = table.rows;
        let passes = move |has: &dyn Fn(usize) -> bool| (0..rows).filter(|row| has(*row)).count() >= least;
        let mut found = table.closed(most, &passes).unwrap();
        found.sort();
        found
    }

    #[test]
    fn closed_sets() {
        // The second value comes with the first; a 9 is no value.
        let table = table(&[[0, 0, 1], [0, 0, 2], [0, 0, 1], [1, 0, 9]]);
        assert_eq!(
            found(&table, 5, 2),
            [vec![None, Some(0), None], vec![Some(0), Some(0), None], vec![Some(0), Some(0), Some(1)]]
        );
        assert_eq!(found(&table, 5, 3), [vec![None, Some(0), None], vec![Some(0), Some(0), None]]);
        assert_eq!(found(&table, 5, 5), Vec::<Pattern>::new());
        assert!(table.holds(&vec![Some(0), None, Some(1)], 2) && !table.holds(&vec![Some(0), None, Some(1)], 1));
    }

    #[test]
    fn no_more_values_than_asked_for() {
        let table = table(&[[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1]]);
        assert_eq!(found(&table, 1, 1).len(), 6);
        assert!(found(&table, 2, 1).len() > 6);
    }
}
