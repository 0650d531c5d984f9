//! Programs on the company's disks, and processes that run them.

use super::SampleError;
use super::cell::Cell;
use super::clock::Ticks;
use super::company::Account;
use super::dice::{Dice, fingerprint};
use super::template::{Draws, Form, Template};
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
    /// Its command line when it is the one that acts.
    pub(super) usual: Template,
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
    pub(super) fn new(draws: &mut Draws) -> Result<Self, SampleError> {
        let mut programs = Self { list: Vec::new(), by_name: HashMap::new() };
        for line in include_str!("data/programs.txt").lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.splitn(9, '|').map(str::trim).collect();
            let [name, folder, size, company, product, version, description, original, usual] = cells[..] else {
                return Err(SampleError::data("programs.txt", format!("nine cells wanted in {line:?}")));
            };
            let path = format!("{folder}{}{name}", if folder.starts_with('/') { '/' } else { '\\' });
            let usual = Template::compile(usual, Form::Text, &[], draws)
                .map_err(|hole| SampleError::data("programs.txt", format!("unknown hole <{hole}> of {name}")))?;
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

/// With what rights a process runs.
#[derive(Clone, Copy)]
pub(super) enum Level {
    Medium,
    High,
    System,
    /// Linux and macOS know no levels.
    Posix,
}

/// A running program.
#[derive(Clone)]
pub(super) struct Process<'w> {
    pub(super) program: &'w Program,
    pub(super) account: &'w Account,
    pub(super) level: Level,
    pub(super) command: Cell,
    pub(super) id: Cell,
    pub(super) created: Ticks,
    /// `ProcessUniqueId`, a number that is a string on the wire.
    pub(super) unique: Cell,
    pub(super) session: Cell,
    /// Whether its session is a remote one, and from where.
    pub(super) remote: Cell,
    pub(super) remote_device: Cell,
    pub(super) remote_ip: Cell,
    pub(super) parent: &'w Program,
    pub(super) parent_id: Cell,
    pub(super) parent_created: Ticks,
}

impl<'w> Process<'w> {
    /// A process of this program with nothing else known of it yet.
    pub(super) fn of(program: &'w Program, account: &'w Account, level: Level) -> Self {
        Self {
            program,
            account,
            level,
            command: Cell::null(),
            id: Cell::json(4),
            created: Ticks::default(),
            unique: Cell::text("0"),
            session: Cell::json(0),
            remote: Cell::json(false),
            remote_device: Cell::null(),
            remote_ip: Cell::null(),
            parent: program,
            parent_id: Cell::json(0),
            parent_created: Ticks::default(),
        }
    }

    /// A child of this process, with the same account, rights and session.
    pub(super) fn spawn(&self, program: &'w Program, command: Cell, created: Ticks, dice: &mut Dice) -> Self {
        Self {
            program,
            command,
            id: Cell::json(process_id(dice)),
            created,
            unique: Cell::text(format!("1351{}", dice.digits_text(13))),
            parent: self.program,
            parent_id: self.id.clone(),
            parent_created: self.created,
            ..self.clone()
        }
    }
}

/// A process id as Windows gives them: a multiple of four.
pub(super) fn process_id(dice: &mut Dice) -> u64 {
    (dice.below(16_000) + 150) * 4
}
