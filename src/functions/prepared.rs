//! Remembers what was prepared from constant arguments (a searcher, an automaton, a regular expression), so that it
//! is made once a query and not once a batch. Not a cache of results.

use std::{
    collections::VecDeque,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::common::Result;

/// How many preparations one function keeps. A query rarely holds more patterns for one function than this; one that
/// does prepares some of them again with each batch.
const KEPT: usize = 16;

/// Preparations by the constant texts that they were made from, the last used first.
pub(super) struct Prepared<T> {
    kept: Mutex<VecDeque<(Vec<String>, Arc<T>)>>,
}

impl<T> Prepared<T> {
    /// What `make` makes of `texts`, made now if it is not at hand.
    pub fn get(&self, texts: &[&str], make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        // A panic elsewhere while the lock was held leaves at worst an entry fewer.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(key, _)| key == texts) {
            if at > 0 {
                kept.swap(0, at);
            }
            return Ok(Arc::clone(&kept[0].1));
        }
        let made = Arc::new(make()?);
        kept.truncate(KEPT - 1);
        kept.push_front((texts.iter().map(ToString::to_string).collect(), Arc::clone(&made)));
        Ok(made)
    }
}

impl<T> Default for Prepared<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

// What a function remembers is no part of what it is.

impl<T> PartialEq for Prepared<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Prepared<T> {}

impl<T> Hash for Prepared<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prepares_once_for_the_same_texts() -> Result<()> {
        let prepared = Prepared::<usize>::default();
        let mut made = 0;
        for texts in [&["a", "b"][..], &["a"], &["a", "b"], &["ab"], &["a"]] {
            prepared.get(texts, || {
                made += 1;
                Ok(made)
            })?;
        }
        assert_eq!(made, 3);
        Ok(())
    }

    #[test]
    fn keeps_a_bounded_number() -> Result<()> {
        let prepared = Prepared::<String>::default();
        for n in 0..100 {
            let text = n.to_string();
            assert_eq!(*prepared.get(&[&text], || Ok(text.clone()))?, text);
        }
        assert_eq!(prepared.kept.lock().unwrap_or_else(PoisonError::into_inner).len(), KEPT);
        Ok(())
    }
}
