//! Commands on hunts: list them, run one, save one.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::super::{ShellError, listing, say};
use super::{Flow, Session, refuse};
use crate::complete::first_word;
use crate::engine::QueryOptions;
use crate::hunt::{self, Hunt, Language, in_place, suggest};
use crate::shell::session::Typed;

pub(super) async fn hunts(session: &Session, word: &str) -> Result<Flow, ShellError> {
    let word = word.to_lowercase();
    let holds =
        |hunt: &Hunt| hunt.key.to_lowercase().contains(&word) || hunt.metadata.name.to_lowercase().contains(&word);
    let found: Vec<_> = session.places.known_hunts()?.into_iter().filter(|(_, hunt)| holds(hunt)).collect();
    if found.is_empty() {
        say(&format!("no hunt's name holds '{word}'"));
        return Ok(Flow::Next);
    }
    session.presenter.list(&listing::hunts(&found)?)?;
    Ok(Flow::Next)
}

/// Runs a hunt with values for its parameters: those given here, then those of the session.
pub(super) async fn run(session: &mut Session, argument: &str) -> Result<Flow, ShellError> {
    let (name, rest) = first_word(argument);
    let hunt = find(session, name)?;
    let mut given: Vec<(String, String)> = Vec::new();
    for word in rest.split_whitespace() {
        let Some((parameter, value)) = word.split_once('=') else {
            return refuse(format!("'{word}' is no NAME=VALUE"));
        };
        if !hunt.takes(parameter) {
            return refuse(format!("the hunt {} has no parameter {parameter}", hunt.key));
        }
        given.push((parameter.to_owned(), value.to_owned()));
    }
    let fresh = session.params.iter().filter(|(name, _)| !given.iter().any(|(known, _)| known == name)).cloned();
    let given: Vec<_> = fresh.collect::<Vec<_>>().into_iter().chain(given).collect();
    let params = hunt.bind(&given).map_err(|error| ShellError::Command(error.to_string()))?;
    for statement in hunt.statements() {
        session.last = Some(Typed { language: hunt.language, text: statement.text.clone() });
        let own = session.options(hunt.language, &statement.text);
        let options = QueryOptions { params: params.clone(), file: Some(hunt.path.display().to_string()), ..own };
        session.show(hunt.language, &in_place(&statement), &options).await?;
    }
    Ok(Flow::Next)
}

/// The hunt of a name or a file. A name may lack its folders if no other ends like it.
fn find(session: &Session, name: &str) -> Result<Hunt, ShellError> {
    let path = Path::new(name);
    if path.is_file() {
        let hunts = hunt::load(&[path.to_owned()]).map_err(ShellError::Command)?;
        return match <[_; 1]>::try_from(hunts) {
            Ok([hunt]) => hunt.map_err(|error| ShellError::Command(error.to_string())),
            Err(hunts) => refuse(format!("{name} holds {} hunts; huntql run runs them all", hunts.len())),
        };
    }
    let known = session.places.known_hunts()?;
    if let Some((_, hunt)) = known.iter().find(|(_, hunt)| hunt.key == name) {
        return Ok(hunt.clone());
    }
    let short = |hunt: &&Hunt| hunt.key.rsplit('/').next() == Some(name);
    let mut like: Vec<&Hunt> = known.iter().map(|(_, hunt)| hunt).filter(short).collect();
    match (like.pop(), like.pop()) {
        (Some(hunt), None) => Ok(hunt.clone()),
        (Some(one), Some(other)) => refuse(format!("{name} may be {} or {}; write one of them", one.key, other.key)),
        (None, _) => {
            let keys =
                known.iter().flat_map(|(_, hunt)| [hunt.key.as_str(), hunt.key.rsplit('/').next().unwrap_or_default()]);
            let near = suggest(name, keys)
                .map_or_else(|| "; .hunts lists them".to_owned(), |near| format!("; did you mean {near}?"));
            refuse(format!("there is no hunt {name}{near}"))
        }
    }
}

/// Writes the last statement as a hunt into the user's folder, or to the file that is named.
pub(super) async fn save(session: &mut Session, name: &str) -> Result<Flow, ShellError> {
    let Some(last) = session.last.clone() else { return refuse("there is no statement yet to save") };
    let name = name.trim_matches('"');
    let ending = match last.language {
        Language::Sql => "sql",
        Language::Kql => "kql",
    };
    let named = match Language::of_file(Path::new(name)) {
        Some(language) if language != last.language => {
            return refuse(format!(
                "the last statement is not in the language of {name}; let the name end in .{ending}"
            ));
        }
        Some(_) => name.to_owned(),
        None => format!("{name}.{ending}"),
    };
    let path = match &session.places.hunts {
        Some(folder) if !name.contains(['/', '\\']) => folder.join(&named),
        _ => named.into(),
    };
    let text = with_header(&last, name, &session.options(last.language, &last.text).params);
    // What cannot be read back is not written.
    Hunt::parse(name, &path, last.language, &text).map_err(|error| ShellError::Command(error.to_string()))?;
    write_new(&path, &text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            ShellError::Command(format!("there is a hunt {} already; give another name, or remove it", path.display()))
        }
        _ => ShellError::Command(format!("cannot write {}: {error}", path.display())),
    })?;
    say(&format!("saved {}; .run {name} runs it", path.display()));
    Ok(Flow::Next)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// A statement behind the header of a hunt; the values of its parameters become their defaults.
fn with_header(statement: &Typed, name: &str, params: &[(String, String)]) -> String {
    let mut header = vec![format!("name: {}", scalar(name))];
    if !params.is_empty() {
        header.push("parameters:".to_owned());
        header.extend(params.iter().map(|(name, value)| format!("  {name}: {}", scalar(value))));
    }
    let text = statement.text.trim_end();
    match statement.language {
        Language::Sql => format!("/*\n{}\n*/\n{text};\n", header.join("\n")),
        Language::Kql => {
            let lines: String = header.iter().map(|line| format!("// {line}\n")).collect();
            format!("// ---\n{lines}// ---\n{text}\n")
        }
    }
}

/// A text as the header writes it.
fn scalar(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_statement_is_a_hunt_with_its_parameters() {
        let params = [("host".to_owned(), "it's: #1".to_owned())];
        for (language, text) in
            [(Language::Sql, "select $host"), (Language::Kql, "declare query_parameters(host: string);\nprint host")]
        {
            let typed = Typed { language, text: text.to_owned() };
            let saved = with_header(&typed, "my hunt", &params);
            let hunt = Hunt::parse("x", Path::new("x"), language, &saved).expect("a hunt");
            assert_eq!(hunt.metadata.name, "my hunt");
            assert_eq!(hunt.bind(&[]), Ok(params.to_vec()), "{saved}");
            assert_eq!(hunt.statements().len(), 1);
        }
    }
}
