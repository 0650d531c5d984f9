//! The planted intrusion: one story, told by the tables as Defender would have told it.
//!
//! A mail with a link comes to four people; one follows it and opens the document, whose macro starts an encoded
//! PowerShell. From there: a program that stays and reports home, a look around, rights raised, the memory of LSASS
//! dumped, an administrator's credentials used on two servers, an account made, files packed and carried off, the
//! mailbox and the cloud files read, the log cleared. Devices, accounts, hashes, process ids and times agree across
//! tables. A short sample tells the same story faster.

mod alerts;
mod delivery;
mod foothold;
mod movement;
mod theft;

use super::SampleError;
use super::cell::Cell;
use super::clock::{Moment, Ticks, Window};
use super::company::{Device, Person, Role};
use super::dice::{Dice, fingerprint};
use super::options::SampleOptions;
use super::process::{Level, Process};
use super::program::{Hashes, Program};
use super::scene::Scene;
use super::summary::{Intrusion, Step};
use super::table::{TABLES, index_of};
use super::world::World;

/// A row of the intrusion, ready to be put into an envelope.
pub(super) struct Planted {
    pub(super) table: usize,
    pub(super) moment: Moment,
    pub(super) properties: Vec<u8>,
}

/// The server the mail and the document come from.
const SENDER_IP: &str = "203.0.113.45";
const SENDER_DOMAIN: &str = "harborline-freight.example";
/// The server the implant reports to.
const CONTROL_IP: &str = "203.0.113.66";
const CONTROL_NAME: &str = "cdn-telemetry.example";
/// Where the mailbox is read from.
const CLOUD_IP: &str = "203.0.113.77";
/// Where the files go.
const DROP_IP: &str = "198.51.100.23";
const DROP_NAME: &str = "eu1.dropvault.example";
const DOCUMENT: &str = "Invoice_HL-20417.docm";
const DOWNLOADS: &str = "C:\\Users\\mira.okafor\\Downloads";
const IMPLANT_PATH: &str = "C:\\Users\\mira.okafor\\AppData\\Roaming\\TeamsUpdateHelper\\msupd.exe";
const NEW_ACCOUNT: &str = "svc-print2";

/// The story takes nine hours, or half of the sample if that is less.
const MINUTES: i64 = 540;

/// Tells the story: its rows, by table and time of receipt, and what an analyst should find.
pub(super) fn tell(world: &World, options: &SampleOptions) -> Result<(Vec<Planted>, Intrusion), SampleError> {
    let mut story = Story::new(world, &options.windows())?;
    let word = delivery::tell(&mut story)?;
    let intruder = foothold::tell(&mut story, &word)?;
    let on_server = movement::tell(&mut story, &intruder)?;
    theft::tell(&mut story, &on_server)?;
    alerts::tell(&mut story)?;
    Ok(story.end())
}

/// The story while it is told. Minutes count from the mail.
struct Story<'w> {
    world: &'w World,
    scene: Scene<'w>,
    rows: Vec<Planted>,
    facts: Intrusion,
    whole: Window,
    start: Ticks,
    /// The ticks of one minute of the story.
    minute: i64,
    victim: &'w Device,
    server: &'w Device,
    second_server: &'w Device,
    person: &'w Person,
    admin: &'w Person,
}

impl<'w> Story<'w> {
    fn new(world: &'w World, hours: &[Window]) -> Result<Self, SampleError> {
        let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Err(SampleError::NoHours) };
        let whole = Window { start: first.start, length: last.end().minus(first.start) };
        let span = (whole.length.0 / 2).min(MINUTES * 60 * Ticks::SECOND.0);
        let company = &world.company;
        let servers: Vec<&Device> = company.devices.iter().filter(|device| device.role == Role::Server).collect();
        let mut scene = world.scene();
        scene.dice = Dice::new(world.seed, &[5]);
        Ok(Self {
            world,
            scene,
            rows: Vec::new(),
            facts: Intrusion::default(),
            whole,
            start: whole.start.plus(Ticks(whole.length.0 / 25 * 9)),
            minute: span / MINUTES,
            victim: company.first(Role::Workstation),
            server: servers[0],
            second_server: servers[1 % servers.len()],
            person: &company.people[0],
            admin: &company.admins[0],
        })
    }

    /// A time of the story, with a fraction of a second of its own.
    fn at(&mut self, minutes: f64) -> Ticks {
        let whole = Ticks((minutes * self.minute as f64) as i64);
        self.start.plus(whole).cut(0).plus(Ticks(self.scene.dice.between(1, Ticks::SECOND.0)))
    }

    fn program(&self, name: &str) -> Result<&'w Program, SampleError> {
        self.world.programs.get(name)
    }

    /// Notes a step for the summary.
    fn step(&mut self, time: Ticks, technique: &'static str, what: impl Into<String>) {
        self.facts.steps.push(Step { time: time.cut(0).to_text(), technique, what: what.into() });
    }

    /// Whose device and process the next rows are of.
    fn on(&mut self, device: &'w Device, actor: &Process<'w>) {
        self.scene.device = device;
        self.scene.actor = actor.clone();
    }

    /// What the file of the next rows is; see [`Hashes::of`].
    fn file(&mut self, content: &str) {
        self.scene.file = fingerprint(content.as_bytes());
    }

    /// One row: the columns that are given, all others null, and the facts of the scene.
    fn row(&mut self, table: &str, at: Ticks, columns: &[(&str, Cell)]) -> Result<(), SampleError> {
        let late = self.scene.dice.between(5, 437) * Ticks::SECOND.0;
        self.late_row(table, at, Ticks(late), columns)
    }

    fn late_row(&mut self, table: &str, at: Ticks, late: Ticks, columns: &[(&str, Cell)]) -> Result<(), SampleError> {
        let wrong = |problem: String| SampleError::data("intrusion", problem);
        let index = index_of(table).ok_or_else(|| wrong(format!("no table {table}")))?;
        let shape = &self.world.shapes[index];
        let mut cells = shape.blank();
        for (name, value) in columns {
            let column = shape.columns.iter().position(|column| column == name);
            cells[column.ok_or_else(|| wrong(format!("no column {name} in {table}")))?] = value.clone();
        }
        self.scene.next_row();
        self.scene.at = at.cut(TABLES[index].digits);
        let mut properties = Vec::new();
        shape.row.render(&mut self.scene, &cells, &mut properties);
        let received = at.plus(late).min(self.whole.end().minus(Ticks::SECOND));
        self.rows.push(Planted { table: index, moment: Moment { at: self.scene.at, received }, properties });
        *self.facts.rows.entry(TABLES[index].name).or_default() += 1;
        Ok(())
    }

    /// A process that is there when the story begins.
    fn running(
        &mut self,
        name: &str,
        device: &'w Device,
        person: Option<&'w Person>,
    ) -> Result<Process<'w>, SampleError> {
        let program = self.program(name)?;
        let (account, level) = match person {
            Some(person) => (&person.account, Level::Medium),
            None => (&self.world.company.system, Level::System),
        };
        let born = self.start.minus(Ticks(self.scene.dice.between(7_000, 9_000) * Ticks::SECOND.0));
        let idle =
            Process::of(self.program(if person.is_some() { "userinit.exe" } else { "wininit.exe" })?, account, level);
        self.scene.device = device;
        let mut command = Cell::null();
        self.scene.next_row();
        self.world.usual(name)?.render(&mut self.scene, &[], command.renew());
        let mut process = idle.spawn(program, command, born, &mut self.scene.dice);
        process.parent_created = born.minus(Ticks::SECOND);
        process.session = Cell::json(if person.is_some() { 1 } else { 0 });
        Ok(process)
    }

    /// A process starts another: a DeviceProcessEvents row. `alter` changes the child before it is told of.
    fn start(
        &mut self,
        device: &'w Device,
        parent: &Process<'w>,
        name: &str,
        command: &str,
        at: Ticks,
        alter: impl FnOnce(&mut Process<'w>),
    ) -> Result<Process<'w>, SampleError> {
        let mut child =
            parent.spawn(self.program(name)?, Cell::text(command), at.minus(Ticks(31_207)), &mut self.scene.dice);
        alter(&mut child);
        self.on(device, parent);
        self.scene.process = child.clone();
        self.row("DeviceProcessEvents", at, &[("ProcessCommandLine", child.command.clone())])?;
        Ok(child)
    }

    fn end(mut self) -> (Vec<Planted>, Intrusion) {
        let last = self.at(MINUTES as f64);
        self.facts.start = self.start.to_text();
        self.facts.end = last.to_text();
        self.facts.device = self.victim.name.as_text();
        self.facts.server = self.server.name.as_text();
        self.facts.account = self.person.account.upn.as_text();
        self.facts.admin_account = self.admin.account.upn.as_text();
        self.facts.new_account = NEW_ACCOUNT.to_owned();
        self.facts.document = DOCUMENT.to_owned();
        self.facts.document_sha256 = Hashes::of(DOCUMENT).sha256.as_text();
        self.facts.implant_sha256 = Hashes::of("loader.exe").sha256.as_text();
        self.facts.command_and_control = format!("{CONTROL_IP} ({CONTROL_NAME})");
        self.facts.exfiltration = format!("{DROP_IP} ({DROP_NAME})");
        self.facts.cloud_address = CLOUD_IP.to_owned();
        self.facts.steps.sort_by(|one, other| one.time.cmp(&other.time));
        self.rows.sort_by_key(|row| (row.table, row.moment.received));
        (self.rows, self.facts)
    }
}
