//! Ctrl-C as a state: what a press means depends on whether something is running.
//!
//! This knows no signals: `cli::signals` listens for them and presses.

use std::future::Future;

use tokio::sync::watch;

/// What the running work is told by presses of Ctrl-C.
#[derive(Debug)]
pub struct Interrupts {
    state: watch::Sender<State>,
    stay_when_idle: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Nothing was running when it was pressed last.
    PressedIdle,
    Working,
    Cancelling,
}

/// What a press asks of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Nothing: the running work has been told, or there is none and the shell goes on.
    Handled,
    /// To end now: nothing is running, or what runs has been told already and did not stop.
    Exit,
}

impl Interrupts {
    /// Nothing is running yet. `stay_when_idle` is for a shell on a terminal, which a press then does not end.
    pub fn new(stay_when_idle: bool) -> Self {
        Self { state: watch::Sender::new(State::Idle), stay_when_idle }
    }

    /// Ctrl-C is pressed.
    pub fn press(&self) -> Press {
        let mut press = Press::Handled;
        self.state.send_if_modified(|state| match state {
            State::Working => {
                *state = State::Cancelling;
                true
            }
            State::Idle | State::PressedIdle if self.stay_when_idle => {
                *state = State::PressedIdle;
                false
            }
            State::Idle | State::PressedIdle | State::Cancelling => {
                press = Press::Exit;
                false
            }
        });
        press
    }

    /// True if a press came since the last work or the last call of this, while nothing was running: what somebody typed before it
    /// is void. The line editor catches Ctrl-C itself; this is for terminals that it cannot drive.
    pub(super) fn take_idle_press(&self) -> bool {
        self.state.send_replace(State::Idle) == State::PressedIdle
    }

    /// Says that work starts; it ends when the value is dropped. Work within work is a part of it: a press stops both.
    pub fn work(&self) -> Work<'_> {
        let mut is_part = false;
        self.state.send_if_modified(|state| {
            is_part = matches!(state, State::Working | State::Cancelling);
            if !is_part {
                *state = State::Working;
            }
            !is_part
        });
        Work { interrupts: self, is_part }
    }
}

/// Work that Ctrl-C can stop.
#[derive(Debug)]
pub struct Work<'a> {
    interrupts: &'a Interrupts,
    is_part: bool,
}

impl Work<'_> {
    /// The result of a part of the work, or none if Ctrl-C came first or had come before; the part is then dropped.
    pub async fn unless_stopped<T>(&self, part: impl Future<Output = T>) -> Option<T> {
        let mut state = self.interrupts.state.subscribe();
        tokio::select! {
            biased;
            _ = state.wait_for(|state| *state == State::Cancelling) => None,
            result = part => Some(result),
        }
    }
}

impl Work<'_> {
    /// Does what handles Ctrl-C by itself, as a pager on the terminal does: meanwhile a press is none of ours.
    pub(super) fn aside<T>(&self, part: impl FnOnce() -> T) -> T {
        let before = self.interrupts.state.send_replace(State::Idle);
        let result = part();
        self.interrupts.state.send_replace(before);
        result
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if !self.is_part {
            self.interrupts.state.send_replace(State::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_first_press_stops_the_work_and_the_second_ends_the_process() {
        let interrupts = Interrupts::new(true);
        let work = interrupts.work();
        assert_eq!(work.unless_stopped(async { 1 }).await, Some(1));
        assert_eq!(interrupts.press(), Press::Handled);
        assert_eq!(work.unless_stopped(tokio::time::sleep(Duration::from_secs(3600))).await, None);
        assert_eq!(work.unless_stopped(async { 1 }).await, None);
        assert_eq!(interrupts.press(), Press::Exit);
    }

    #[tokio::test]
    async fn work_within_work_stops_with_it() {
        let interrupts = Interrupts::new(false);
        let whole = interrupts.work();
        drop(interrupts.work());
        assert_eq!(interrupts.press(), Press::Handled);
        assert_eq!(interrupts.work().unless_stopped(async { 1 }).await, None);
        assert_eq!(whole.unless_stopped(async { 1 }).await, None);
        drop(whole);
        assert_eq!(interrupts.press(), Press::Exit);
    }

    #[tokio::test]
    async fn a_press_while_the_work_stands_aside_stops_nothing() {
        let interrupts = Interrupts::new(true);
        let work = interrupts.work();
        assert_eq!(work.aside(|| [interrupts.press(), interrupts.press()]), [Press::Handled; 2]);
        assert_eq!(work.unless_stopped(async { 1 }).await, Some(1));
        interrupts.press();
        work.aside(|| interrupts.press());
        assert_eq!(work.unless_stopped(async { 1 }).await, None);
    }

    #[tokio::test]
    async fn a_press_while_idle_ends_a_command_but_not_a_shell() {
        assert_eq!(Interrupts::new(false).press(), Press::Exit);
        let interrupts = Interrupts::new(true);
        drop(interrupts.work());
        assert!(!interrupts.take_idle_press());
        assert_eq!(interrupts.press(), Press::Handled);
        assert!(interrupts.take_idle_press() && !interrupts.take_idle_press());
        assert_eq!(interrupts.work().unless_stopped(async { 1 }).await, Some(1));
    }
}
