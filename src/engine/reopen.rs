//! An engine with one more source than another: what a running session knows goes with it.

use super::{Engine, Error, ErrorKind};
use crate::engine::EngineBuilder;
use crate::source::Location;

impl Engine {
    /// An engine over the sources of this one and one more, with its settings and its views. This one stays as it is.
    ///
    /// # Errors
    /// A source that cannot be understood or is open already, and a view that cannot be made anew.
    pub async fn with_source(&self, source: &str) -> Result<Self, Error> {
        let mut options = self.inner.options.clone();
        if let Some(place) = options.sources.iter().position(|open| open == source) {
            let given = self.inner.locations.get(place).map_or("it", Location::given);
            return Err(Error::new(ErrorKind::Location, format!("'{given}' is open already")));
        }
        options.sources.push(source.to_owned());
        let engine = EngineBuilder::default().options(options).build().await?;
        engine.inner.keep_config(self.inner.config());
        for (name, view) in self.inner.views.all() {
            // A view keeps the sources of the time when it was made: it is made anew over all of them.
            let Some(text) = view.get_table_definition() else { continue };
            let made = async { engine.sql(text).await?.collect().await };
            made.await
                .map_err(|error| Error::new(error.kind(), format!("the view {name} cannot be made anew: {error}")))?;
        }
        Ok(engine)
    }

    /// The sources, as they were given but for the secrets in them.
    pub fn sources(&self) -> Vec<&str> {
        self.inner.locations.iter().map(Location::given).collect()
    }
}
