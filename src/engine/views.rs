//! The views that `CREATE VIEW` made; they live as long as the engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::catalog::TableProvider;

/// The views that users made, by lower-case name, with the spelling that they chose.
#[derive(Debug, Default)]
pub struct Views(Mutex<NamedViews>);

/// By lower-case name: the name as spelled, and the view.
type NamedViews = BTreeMap<String, (String, Arc<dyn TableProvider>)>;

impl Views {
    fn lock(&self) -> MutexGuard<'_, NamedViews> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All views: name as spelled, provider.
    pub fn all(&self) -> Vec<(String, Arc<dyn TableProvider>)> {
        self.lock().values().cloned().collect()
    }

    /// The view of this name, in any letter case.
    pub fn get(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.lock().get(&name.to_ascii_lowercase()).map(|(_, view)| Arc::clone(view))
    }

    /// Adds a view; gives back the one that it replaces.
    pub fn insert(&self, name: String, view: Arc<dyn TableProvider>) -> Option<Arc<dyn TableProvider>> {
        self.lock().insert(name.to_ascii_lowercase(), (name, view)).map(|(_, old)| old)
    }

    /// Removes a view and gives it back.
    pub fn remove(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.lock().remove(&name.to_ascii_lowercase()).map(|(_, view)| view)
    }
}
