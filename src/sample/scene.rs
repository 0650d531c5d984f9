//! The scene of one row: who does what on which device, and when. Facts are read from it, draws are kept in it; how
//! it comes about is the business of [`super::world`] and [`super::intrusion`].

use super::cell::Cell;
use super::clock::Ticks;
use super::company::{Company, Device, Person, Role};
use super::dice::Dice;
use super::draw::Draws;
use super::names::{PARTNER, SITE};
use super::process::{Level, Process};
use super::program::Programs;
use super::topic::Topic;

/// Everything that one row can tell.
pub(super) struct Scene<'w> {
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
    /// A buffer that templates lend each other.
    pub(super) scratch: Vec<u8>,
    draws: &'w Draws,
    row: u64,
    drawn: Vec<(u64, Cell)>,
}

impl<'w> Scene<'w> {
    /// A scene before its first row.
    pub(super) fn new(company: &'w Company, programs: &'w Programs, draws: &'w Draws, dice: Dice) -> Self {
        let idle = Process::of(programs.at(0), &company.system, Level::System);
        Self {
            dice,
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
            draws,
            row: 0,
            drawn: Vec::new(),
        }
    }

    /// Makes the next draws be other ones than the last row's.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
        self.drawn.resize(self.draws.len(), (0, Cell::null()));
    }

    /// The value of a draw in this row.
    pub(super) fn draw(&mut self, slot: usize) -> &[u8] {
        let (row, cell) = &mut self.drawn[slot];
        if *row != self.row {
            *row = self.row;
            self.draws.at(slot).write(&mut self.dice, cell.renew());
        }
        cell.bytes()
    }
}
