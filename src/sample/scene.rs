//! The scene of one row: who does what on which device, and when. Facts are read from it, draws are kept in it.

use super::SampleError;
use super::cell::Cell;
use super::clock::{Fraction, Ticks};
use super::company::{Company, Device, Person, Role};
use super::dice::Dice;
use super::names::{PARTNER, SITE, SUBJECT};
use super::program::{Level, Process, Program, Programs, process_id};
use super::shape::{Kind, On, Shape, Who};
use super::table::TABLES;
use super::template::Draws;
use super::topic::Topic;

/// What rows are made from, the same for all of them.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) company: Company,
    pub(super) programs: Programs,
    /// The table files, in the order of [`TABLES`].
    pub(super) shapes: Vec<Shape>,
    pub(super) draws: Draws,
    /// The devices each [`On`] allows, as indexes of [`Company::devices`].
    pub(super) places: Vec<Vec<usize>>,
    /// The programs that start the others, each with the one that starts it.
    starters: [[usize; 2]; 4],
}

impl World {
    /// Draws the company and reads the programs and the table files.
    pub(super) fn new(seed: u64) -> Result<Self, SampleError> {
        let company = Company::new(seed);
        let mut draws = Draws::default();
        let programs = Programs::new(&mut draws)?;
        let shapes = TABLES
            .iter()
            .map(|table| Shape::parse(table.text, &programs, &mut draws))
            .collect::<Result<Vec<_>, _>>()?;
        let places = On::ALL
            .iter()
            .map(|on| (0..company.devices.len()).filter(|at| on.allows(company.devices[*at].role)).collect())
            .collect();
        let pair = |name, parent| Ok::<_, SampleError>([programs.index(name)?, programs.index(parent)?]);
        let starters = [
            pair("explorer.exe", "userinit.exe")?,
            pair("services.exe", "wininit.exe")?,
            pair("systemd", "systemd")?,
            pair("launchd", "launchd")?,
        ];
        Ok(Self { seed, company, programs, shapes, draws, places, starters })
    }

    /// The program that usually starts this one.
    fn parent_of(&self, program: usize, role: Role, level: Level) -> &Program {
        let [starter, above] = match (role, level) {
            (Role::Linux, _) => self.starters[2],
            (Role::Mac, _) => self.starters[3],
            (_, Level::System) => self.starters[1],
            _ => self.starters[0],
        };
        self.programs.at(if program == starter { above } else { starter })
    }
}

/// Everything that one row can tell.
pub(super) struct Scene<'w> {
    pub(super) world: &'w World,
    pub(super) dice: Dice,
    /// When it happened.
    pub(super) at: Ticks,
    pub(super) device: &'w Device,
    /// Another device, mostly a server.
    pub(super) peer: &'w Device,
    pub(super) controller: &'w Device,
    pub(super) jump: &'w Device,
    pub(super) user: &'w Person,
    pub(super) other: &'w Person,
    pub(super) admin: &'w Person,
    /// The process that acts, and the one that it starts.
    pub(super) actor: Process<'w>,
    pub(super) process: Process<'w>,
    pub(super) site: &'static str,
    pub(super) partner: (&'static str, &'static str),
    /// The mail or the alert that the row is about.
    pub(super) topic: Topic,
    /// Stands for the content of the file that the row is about; see [`super::dice::fingerprint`].
    pub(super) file: u64,
    pub(super) scratch: Vec<u8>,
    row: u64,
    drawn: Vec<(u64, Cell)>,
}

impl<'w> Scene<'w> {
    /// A scene before its first row.
    pub(super) fn new(world: &'w World) -> Self {
        let company = &world.company;
        let idle = Process::of(world.programs.at(0), &company.system, Level::System);
        Self {
            world,
            dice: Dice::new(world.seed, &[0]),
            at: Ticks::default(),
            device: company.first(Role::Workstation),
            peer: company.first(Role::Server),
            controller: company.first(Role::DomainController),
            jump: company.first(Role::Jump),
            user: &company.people[0],
            other: &company.people[1],
            admin: &company.admins[0],
            actor: idle.clone(),
            process: idle,
            site: SITE[0],
            partner: PARTNER[0],
            topic: Topic::default(),
            file: 0,
            scratch: Vec::new(),
            row: 0,
            drawn: Vec::new(),
        }
    }

    /// Makes the next draws be other ones than the last row's.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
        self.drawn.resize(self.world.draws.len(), (0, Cell::null()));
    }

    /// The value of a draw in this row.
    pub(super) fn draw(&mut self, slot: usize) -> &[u8] {
        let (row, cell) = &mut self.drawn[slot];
        if *row != self.row {
            *row = self.row;
            self.world.draws.at(slot).write(&mut self.dice, cell.renew());
        }
        cell.bytes()
    }

    /// Sets the stage for an ordinary row of a kind.
    pub(super) fn set(&mut self, kind: &Kind) {
        let world = self.world;
        let company = &world.company;
        let places = &world.places[kind.on as usize];
        let servers = &world.places[On::Server as usize];
        self.device = &company.devices[places[self.dice.below(places.len() as u64) as usize]];
        self.peer = &company.devices[servers[self.dice.skewed(servers.len())]];
        let jumps = &world.places[On::Jump as usize];
        self.jump = &company.devices[jumps[self.dice.skewed(jumps.len())]];
        self.user = &company.people[self.device.owner];
        self.other = &company.people[self.dice.below(company.people.len() as u64) as usize];
        self.admin = &company.admins[self.dice.skewed(company.admins.len())];
        self.site = SITE[self.dice.skewed(SITE.len())];
        self.partner = PARTNER[self.dice.skewed(PARTNER.len())];
        if let Some(actor) = kind.actor {
            self.set_processes(kind, actor);
        }
    }

    fn set_processes(&mut self, kind: &Kind, actor: usize) {
        let company = &self.world.company;
        let (account, level) = match kind.who {
            Who::System => (&company.system, Level::System),
            Who::Network => (&company.network_service, Level::System),
            Who::User => (&self.user.account, Level::Medium),
            Who::Admin => (&self.admin.account, Level::High),
            Who::Root => (&self.device.root, Level::Posix),
        };
        let level = if self.device.is_windows() { level } else { Level::Posix };
        let programs = &self.world.programs;
        let program = programs.at(actor);
        self.actor.program = program;
        self.actor.account = account;
        self.actor.level = level;
        self.actor.parent = self.world.parent_of(actor, self.device.role, level);
        self.actor.created = self.at.minus(Ticks(self.dice.between(20_000, 30_000 * Ticks::SECOND.0)));
        self.actor.parent_created =
            self.actor.created.minus(Ticks(self.dice.between(20_000, 90_000 * Ticks::SECOND.0)));
        for id in [&mut self.actor.id, &mut self.actor.parent_id, &mut self.process.id] {
            let number = process_id(&mut self.dice);
            id.renew().extend_from_slice(number.to_string().as_bytes());
        }
        for unique in [&mut self.actor.unique, &mut self.process.unique] {
            let out = unique.renew();
            out.push(b'"');
            self.dice.digits(out, if self.device.is_windows() { 17 } else { 1 });
            out.push(b'"');
        }
        let session = u8::from(!matches!(level, Level::System)) + b'0';
        for process in [&mut self.actor, &mut self.process] {
            process.session.set(if self.device.is_windows() { std::slice::from_ref(&session) } else { b"null" });
            process.remote.set(b"false");
        }
        let mut command = std::mem::replace(&mut self.actor.command, Cell::null());
        program.usual.render(self, &[], command.renew());
        self.actor.command = command;
        if let Some(process) = kind.process {
            self.process.program = programs.at(process);
        }
        self.process.account = account;
        self.process.level = level;
        self.process.created = self.at.minus(Ticks(self.dice.between(100, 2_000_000)));
    }

    /// Sets the people and the partner of a mail, or the user of an alert.
    pub(super) fn set_topic(&mut self, number: u64) {
        let company = &self.world.company;
        let mut dice = Dice::new(self.world.seed, &[2, number]);
        let people = company.people.len() as u64;
        self.user = &company.people[dice.below(people) as usize];
        self.other = &company.people[dice.below(people) as usize];
        self.partner = PARTNER[dice.skewed(PARTNER.len())];
        self.topic = Topic::draw(&mut dice, number, SUBJECT, self.partner.0);
    }
}

/// Appends an instant as a JSON string with trailing zeros of the fraction dropped.
pub(super) fn push_time(out: &mut Vec<u8>, time: Ticks) {
    out.push(b'"');
    time.write(out, Fraction::Trimmed, true);
    out.push(b'"');
}
