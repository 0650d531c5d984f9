//! The process around a command: working directory, environment, the user's folders. Nothing else reads them.

use std::path::PathBuf;

use super::keys::{Given, Key, Layer, Origin, Shape};
use crate::hunt::suggest;

/// The variable that names the settings file.
pub(super) const CONFIG_VARIABLE: &str = "HUNTQL_CONFIG";

/// What a command sees of the process it runs in; read once, when huntql starts.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The working directory.
    pub folder: PathBuf,
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// The user's folder for configuration files.
    pub config_folder: Option<PathBuf>,
    /// The user's folder for files that programs can make again.
    pub cache_folder: Option<PathBuf>,
    /// The user's folder for files that programs keep for themselves.
    pub state_folder: Option<PathBuf>,
}

impl Surroundings {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// A sentence, if there is no working directory.
    pub fn of_process() -> Result<Self, String> {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        Ok(Self {
            folder: std::env::current_dir().map_err(|error| format!("cannot tell the working directory: {error}"))?,
            variables: std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect(),
            config_folder: dirs::config_dir().map(|folder| folder.join("huntql")),
            cache_folder: dirs::cache_dir().map(|folder| folder.join("huntql")),
            state_folder: dirs::state_dir().or_else(dirs::data_local_dir).map(|folder| folder.join("huntql")),
        })
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether the folders in which programs are looked for hold one of this name.
    pub(super) fn has_program(&self, name: &str) -> bool {
        let folders = self.variable("PATH").unwrap_or_default();
        std::env::split_paths(folders).any(|folder| folder.join(name).is_file())
    }

    /// Warnings about variables that look like huntql's and are not. No errors: they may be meant for something else.
    pub(super) fn strange_variables(&self) -> Vec<String> {
        let known: Vec<String> = Key::ALL.into_iter().map(Key::variable).chain([CONFIG_VARIABLE.to_owned()]).collect();
        let names = self.variables.iter().map(|(name, _)| name);
        let strange = names.filter(|name| name.starts_with("HUNTQL_") && !known.contains(name));
        let near = strange.filter_map(|name| Some((name, suggest(name, known.iter().map(String::as_str))?)));
        near.map(|(name, near)| format!("the variable {name} means nothing to huntql; did you mean {near}?")).collect()
    }

    /// The settings that the environment gives. Lists are separated by `;`, which neither paths nor URLs contain.
    pub(super) fn layer(&self) -> Layer {
        let given = |key: Key| {
            let text = self.variable(&key.variable())?;
            let texts = match key.shape() {
                Shape::Paths | Shape::Texts => {
                    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
                }
                _ => vec![text.to_owned()],
            };
            Some((key, Given { texts, origin: Origin::Environment(key) }))
        };
        Key::ALL.into_iter().filter_map(given).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Surroundings { variables, ..Surroundings::default() }
    }

    #[test]
    fn lists_are_split_at_semicolons_and_empty_variables_say_nothing() {
        let layer = surroundings(&[("HUNTQL_SOURCES", "/a b; az://c/d ;"), ("HUNTQL_MEMORY", "")]).layer();
        assert_eq!(layer[&Key::Sources].texts, ["/a b", "az://c/d"]);
        assert_eq!(layer.len(), 1);
    }

    #[test]
    fn misspelt_variables_are_warned_of() {
        let variables = [("HUNTQL_MEMROY", "1GB"), ("HUNTQL_MEMORY", "1GB"), ("HUNTQL_XYZZY", ""), ("HOME", "/")];
        let warnings = surroundings(&variables).strange_variables().join("\n");
        insta::assert_snapshot!(warnings, @"the variable HUNTQL_MEMROY means nothing to huntql; did you mean HUNTQL_MEMORY?");
    }
}
