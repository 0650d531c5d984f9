//! A table file: the shape of a row, then the kinds of rows there are.
//!
//! ```text
//! {"DeviceName":<device.name>,"FileName":<FileName>,"Timestamp":<time>}
//!
//! weight | on | who | actor | FileName
//! 90 | windows | system | svchost.exe | <hex8>.tmp
//! ```
//!
//! The shape is the `properties` object in the service's own key order. The kinds form a table whose first line names
//! its columns: `weight` (how often), `on` (which devices), `who` (whose account), `actor` and `process` (programs),
//! then columns of the hunting table, which the shape refers to by name. A column is text unless its name says `:json`
//! (spelled as JSON) or `:jsontext` (JSON carried as a string). A cell `-` is null, an empty one "".

use super::SampleError;
use super::cell::Cell;
use super::company::Role;
use super::draw::Draws;
use super::program::Programs;
use super::template::{Form, Template};

/// A table file, compiled.
pub(super) struct Shape {
    pub(super) row: Template,
    /// The names of the hunting columns that kinds fill.
    pub(super) columns: Vec<&'static str>,
    /// In which form each of them is written.
    pub(super) forms: Vec<Form>,
    pub(super) kinds: Vec<Kind>,
    /// The weights of the kinds, added up.
    pub(super) weights: Vec<u64>,
    /// Where `AdditionalFields` stands among the columns.
    pub(super) fields: Option<usize>,
    /// Where `FileName` stands among the columns.
    pub(super) file_name: Option<usize>,
    /// Whether rows have an `InitiatingProcess…`.
    pub(super) has_actor: bool,
}

/// One kind of ordinary rows.
pub(super) struct Kind {
    pub(super) on: On,
    pub(super) who: Who,
    pub(super) actor: Option<usize>,
    pub(super) process: Option<usize>,
    /// A template for each column, or null.
    pub(super) cells: Vec<Option<Template>>,
}

/// Which devices a kind happens on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum On {
    Any,
    Windows,
    Workstation,
    Server,
    DomainController,
    Jump,
    Linux,
    Mac,
}

impl On {
    pub(super) const ALL: [On; 8] =
        [On::Any, On::Windows, On::Workstation, On::Server, On::DomainController, On::Jump, On::Linux, On::Mac];

    /// Whether a device of this role will do.
    pub(super) fn allows(self, role: Role) -> bool {
        match self {
            On::Any => true,
            On::Windows => !matches!(role, Role::Linux | Role::Mac),
            On::Workstation => role == Role::Workstation,
            On::Server => role == Role::Server,
            On::DomainController => role == Role::DomainController,
            On::Jump => role == Role::Jump,
            On::Linux => role == Role::Linux,
            On::Mac => role == Role::Mac,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "any" => On::Any,
            "windows" => On::Windows,
            "ws" => On::Workstation,
            "server" => On::Server,
            "dc" => On::DomainController,
            "jump" => On::Jump,
            "linux" => On::Linux,
            "mac" => On::Mac,
            _ => return None,
        })
    }
}

/// Whose account the acting process has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    System,
    Network,
    User,
    Admin,
    Root,
}

impl Who {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "system" => Who::System,
            "network" => Who::Network,
            "user" => Who::User,
            "admin" => Who::Admin,
            "root" => Who::Root,
            _ => return None,
        })
    }
}

impl Shape {
    /// Reads a table file. The error says what is wrong with it.
    pub(super) fn parse(text: &'static str, programs: &Programs, draws: &mut Draws) -> Result<Self, SampleError> {
        let wrong = |problem: String| SampleError::data("a table file", problem);
        let (row, kinds) = text.split_once("\n\n").ok_or_else(|| wrong("no blank line".to_owned()))?;
        let mut lines = kinds.lines().filter(|line| !line.is_empty());
        let heads: Vec<&'static str> = lines.next().unwrap_or("").split('|').map(str::trim).collect();
        let first = heads.iter().position(|head| head.starts_with(char::is_uppercase)).unwrap_or(heads.len());
        let (settings, columns) = heads.split_at(first);
        let (columns, forms): (Vec<_>, Vec<_>) = columns.iter().map(|head| column(head)).unzip();
        let row: String = row.lines().collect();
        let row = Template::compile(&row, Form::Json, &columns, draws)
            .map_err(|hole| wrong(format!("unknown hole <{hole}> in a shape")))?;
        let mut shape = Self {
            row,
            fields: columns.iter().position(|name| *name == "AdditionalFields"),
            file_name: columns.iter().position(|name| *name == "FileName"),
            has_actor: text.contains("<actor.remote>"),
            kinds: Vec::new(),
            weights: Vec::new(),
            columns,
            forms,
        };
        for line in lines {
            let cells: Vec<&str> = line.splitn(heads.len(), '|').map(str::trim).collect();
            if cells.len() != heads.len() {
                return Err(wrong(format!("{} cells wanted in {line:?}", heads.len())));
            }
            let setting = |name: &str| settings.iter().position(|head| *head == name).map(|at| cells[at]);
            let program =
                |name: Option<&str>| name.filter(|name| *name != "-").map(|name| programs.index(name)).transpose();
            let (weight, on, who) = setting("weight")
                .and_then(|weight| weight.parse::<u64>().ok())
                .zip(setting("on").and_then(On::parse))
                .zip(setting("who").and_then(Who::parse))
                .map(|((weight, on), who)| (weight, on, who))
                .ok_or_else(|| wrong(format!("weight, on or who of {line:?}")))?;
            let mut templates = Vec::with_capacity(shape.forms.len());
            for (cell, form) in cells[first..].iter().zip(&shape.forms) {
                let compiled = Template::compile(cell, *form, &[], draws);
                let compiled = compiled.map_err(|hole| wrong(format!("unknown hole <{hole}> in {line:?}")))?;
                templates.push((*cell != "-").then_some(compiled));
            }
            shape.weights.push(shape.weights.last().copied().unwrap_or(0) + weight);
            shape.kinds.push(Kind {
                on,
                who,
                actor: program(setting("actor"))?,
                process: program(setting("process"))?,
                cells: templates,
            });
        }
        if shape.kinds.is_empty() { Err(wrong("no kinds".to_owned())) } else { Ok(shape) }
    }

    /// Cells for all columns, null to begin with.
    pub(super) fn blank(&self) -> Vec<Cell> {
        vec![Cell::null(); self.columns.len()]
    }
}

fn column(head: &'static str) -> (&'static str, Form) {
    match head.split_once(':') {
        Some((name, "json")) => (name, Form::Json),
        Some((name, _)) => (name, Form::JsonText),
        None => (head, Form::Text),
    }
}
