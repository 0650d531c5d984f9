//! The world that rows come from: the company, its programs and the table files, and how they set the scene of an
//! ordinary row. It is the same for all rows; the scene is one row's.

use super::SampleError;
use super::cell::Cell;
use super::clock::Ticks;
use super::company::{Company, Role};
use super::dice::Dice;
use super::draw::Draws;
use super::names::{PARTNER, SITE, SUBJECT};
use super::process::{Level, process_id};
use super::program::{Program, Programs};
use super::scene::Scene;
use super::shape::{Kind, On, Shape, Who};
use super::table::TABLES;
use super::template::{Form, Template};
use super::topic::Topic;

/// What rows are made from, the same for all of them.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) company: Company,
    pub(super) programs: Programs,
    /// The table files, in the order of [`TABLES`].
    pub(super) shapes: Vec<Shape>,
    /// The command lines of the programs when they act, in the order of [`Programs::all`].
    usual: Vec<Template>,
    draws: Draws,
    /// The devices each [`On`] allows, as indexes of [`Company::devices`].
    places: Vec<Vec<usize>>,
    /// The programs that start the others, each with the one that starts it.
    starters: [[usize; 2]; 4],
}

impl World {
    /// Draws the company and reads the programs and the table files.
    pub(super) fn new(seed: u64) -> Result<Self, SampleError> {
        let company = Company::new(seed);
        let programs = Programs::new()?;
        let mut draws = Draws::default();
        let usual =
            programs.all().iter().map(|program| compile_usual(program, &mut draws)).collect::<Result<Vec<_>, _>>()?;
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
        Ok(Self { seed, company, programs, shapes, usual, draws, places, starters })
    }

    /// A scene before its first row.
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene::new(&self.company, &self.programs, &self.draws, Dice::new(self.seed, &[0]))
    }

    /// The command line of a program when it is the one that acts.
    pub(super) fn usual(&self, name: &str) -> Result<&Template, SampleError> {
        self.programs.index(name).map(|at| &self.usual[at])
    }

    /// Sets the scene for an ordinary row of a kind.
    pub(super) fn stage<'w>(&'w self, scene: &mut Scene<'w>, kind: &Kind) {
        let company = &self.company;
        let places = &self.places[kind.on as usize];
        let servers = &self.places[On::Server as usize];
        scene.device = &company.devices[places[scene.dice.below(places.len() as u64) as usize]];
        scene.peer = &company.devices[servers[scene.dice.skewed(servers.len())]];
        let jumps = &self.places[On::Jump as usize];
        scene.jump = &company.devices[jumps[scene.dice.skewed(jumps.len())]];
        scene.user = &company.people[scene.device.owner];
        scene.other = &company.people[scene.dice.below(company.people.len() as u64) as usize];
        scene.admin = &company.admins[scene.dice.skewed(company.admins.len())];
        scene.site = SITE[scene.dice.skewed(SITE.len())];
        scene.partner = PARTNER[scene.dice.skewed(PARTNER.len())];
        if let Some(actor) = kind.actor {
            self.stage_processes(scene, kind, actor);
        }
    }

    fn stage_processes<'w>(&'w self, scene: &mut Scene<'w>, kind: &Kind, actor: usize) {
        let (account, level) = match kind.who {
            Who::System => (&self.company.system, Level::System),
            Who::Network => (&self.company.network_service, Level::System),
            Who::User => (&scene.user.account, Level::Medium),
            Who::Admin => (&scene.admin.account, Level::High),
            Who::Root => (&scene.device.root, Level::Posix),
        };
        let level = if scene.device.is_windows() { level } else { Level::Posix };
        scene.actor.program = self.programs.at(actor);
        scene.actor.account = account;
        scene.actor.level = level;
        scene.actor.parent = self.parent_of(actor, scene.device.role, level);
        scene.actor.created = scene.at.minus(Ticks(scene.dice.between(20_000, 30_000 * Ticks::SECOND.0)));
        scene.actor.parent_created =
            scene.actor.created.minus(Ticks(scene.dice.between(20_000, 90_000 * Ticks::SECOND.0)));
        for id in [&mut scene.actor.id, &mut scene.actor.parent_id, &mut scene.process.id] {
            let number = process_id(&mut scene.dice);
            id.renew().extend_from_slice(number.to_string().as_bytes());
        }
        for unique in [&mut scene.actor.unique, &mut scene.process.unique] {
            let out = unique.renew();
            out.push(b'"');
            scene.dice.digits(out, if scene.device.is_windows() { 17 } else { 1 });
            out.push(b'"');
        }
        let session = u8::from(!matches!(level, Level::System)) + b'0';
        for process in [&mut scene.actor, &mut scene.process] {
            process.session.set(if scene.device.is_windows() { std::slice::from_ref(&session) } else { b"null" });
            process.remote.set(b"false");
        }
        let mut command = std::mem::replace(&mut scene.actor.command, Cell::null());
        self.usual[actor].render(scene, &[], command.renew());
        scene.actor.command = command;
        if let Some(process) = kind.process {
            scene.process.program = self.programs.at(process);
        }
        scene.process.account = account;
        scene.process.level = level;
        scene.process.created = scene.at.minus(Ticks(scene.dice.between(100, 2_000_000)));
    }

    /// Sets the people and the partner of a mail, or the user of an alert.
    pub(super) fn stage_topic<'w>(&'w self, scene: &mut Scene<'w>, number: u64) {
        let mut dice = Dice::new(self.seed, &[2, number]);
        let people = &self.company.people;
        scene.user = &people[dice.below(people.len() as u64) as usize];
        scene.other = &people[dice.below(people.len() as u64) as usize];
        scene.partner = PARTNER[dice.skewed(PARTNER.len())];
        scene.topic = Topic::draw(&mut dice, number, SUBJECT, scene.partner.0);
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

fn compile_usual(program: &Program, draws: &mut Draws) -> Result<Template, SampleError> {
    Template::compile(program.usual, Form::Text, &[], draws).map_err(|hole| {
        let name = program.file.as_text();
        SampleError::data("programs.txt", format!("unknown hole <{hole}> of {name}"))
    })
}
