//! Programs: files on the company's disks that can run, and their hashes. One that runs is a [`super::process`].

use super::SampleError;
use super::cell::Cell;
use super::dice::{Dice, fingerprint};
use std::collections::HashMap;

/// A file that can run: what `FileName`, `SHA256`, `ProcessVersionInfo…` say of it.
pub(super) struct Program {
    pub(super) file: Cell,
    pub(super) path: Cell,
    /// The path in lower case: `InitiatingProcessFolderPath` is, `FolderPath` is not.
    pub(super) lower_path: Cell,
    pub(super) size: Cell,
    pub(super) hashes: Hashes,
    pub(super) company: Cell,
    pub(super) product: Cell,
    pub(super) version: Cell,
    pub(super) original: Cell,
    pub(super) description: Cell,
    /// Its command line when it is the one that acts, as the text of a [`super::template`].
    pub(super) usual: &'static str,
}

/// The hashes of a file.
#[derive(Clone)]
pub(super) struct Hashes {
    pub(super) sha1: Cell,
    pub(super) sha256: Cell,
    pub(super) md5: Cell,
}

impl Hashes {
    /// The hashes of the file with this name, the same wherever it is met.
    pub(super) fn of(name: &str) -> Self {
        Self::from_fingerprint(fingerprint(name.as_bytes()))
    }

    pub(super) fn from_fingerprint(fingerprint: u64) -> Self {
        let mut dice = Dice::new(fingerprint, &[]);
        Self {
            sha256: Cell::text(dice.hex_text(64)),
            sha1: Cell::text(dice.hex_text(40)),
            md5: Cell::text(dice.hex_text(32)),
        }
    }
}

/// All programs, by name.
pub(super) struct Programs {
    list: Vec<Program>,
    by_name: HashMap<String, usize>,
}

impl Programs {
    /// Reads the built-in list.
    pub(super) fn new() -> Result<Self, SampleError> {
        let mut programs = Self { list: Vec::new(), by_name: HashMap::new() };
        for line in include_str!("data/programs.txt").lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&'static str> = line.splitn(9, '|').map(str::trim).collect();
            let [name, folder, size, company, product, version, description, original, usual] = cells[..] else {
                return Err(SampleError::data("programs.txt", format!("nine cells wanted in {line:?}")));
            };
            let path = format!("{folder}{}{name}", if folder.starts_with('/') { '/' } else { '\\' });
            programs.by_name.insert(name.to_owned(), programs.list.len());
            programs.list.push(Program {
                file: Cell::text(name),
                lower_path: Cell::text(path.to_lowercase()),
                path: Cell::text(path),
                size: Cell::json(size),
                hashes: Hashes::of(original),
                company: text_or_null(company),
                product: text_or_null(product),
                version: text_or_null(version),
                original: if product == "-" { Cell::null() } else { Cell::text(original) },
                description: text_or_null(description),
                usual,
            });
        }
        Ok(programs)
    }

    /// The programs in the order of their indexes.
    pub(super) fn all(&self) -> &[Program] {
        &self.list
    }

    /// The program of a name.
    pub(super) fn get(&self, name: &str) -> Result<&Program, SampleError> {
        self.index(name).map(|at| &self.list[at])
    }

    /// Where the program of a name stands, for [`Programs::at`].
    pub(super) fn index(&self, name: &str) -> Result<usize, SampleError> {
        self.by_name
            .get(name)
            .copied()
            .ok_or_else(|| SampleError::data("programs.txt", format!("no program is named {name}")))
    }

    pub(super) fn at(&self, index: usize) -> &Program {
        &self.list[index]
    }
}

fn text_or_null(text: &str) -> Cell {
    if text == "-" { Cell::null() } else { Cell::text(text) }
}
