//! Processes: programs that run, each under an account, with rights, and started by another.

use super::cell::Cell;
use super::clock::Ticks;
use super::company::Account;
use super::dice::Dice;
use super::program::Program;

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
