//! The signals that ask a process to stop, as presses of [`Interrupts`].

use std::io;
use std::sync::Arc;

use super::failure::INTERRUPTED;
use super::scratch::Scratch;
use crate::shell::{Interrupts, Press};

/// Listens for Ctrl-C, and where there is no shell on a terminal also for the system's request to end, as `timeout` and service
/// managers send it. Where a press says so, the process ends here and now, and its scratch folders with it.
///
/// Must be called on a runtime whose threads do not run queries, or a query would keep the signal waiting.
///
/// # Errors
/// If the system does not let itself be listened to.
pub(super) fn listen(interrupts: Arc<Interrupts>, scratch: Arc<Scratch>, on_terminal: bool) -> io::Result<()> {
    let mut requests = Requests::new(on_terminal)?;
    tokio::spawn(async move {
        while requests.next().await {
            if interrupts.press() == Press::Exit {
                scratch.clear();
                std::process::exit(INTERRUPTED.into());
            }
        }
    });
    Ok(())
}

#[cfg(unix)]
struct Requests {
    interrupt: tokio::signal::unix::Signal,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Requests {
    fn new(on_terminal: bool) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = if on_terminal { None } else { Some(signal(SignalKind::terminate())?) };
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate })
    }

    /// Waits for the next one; false if there can be none any more.
    async fn next(&mut self) -> bool {
        let terminate = async {
            match &mut self.terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            next = self.interrupt.recv() => next.is_some(),
            next = terminate => next.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Requests;

#[cfg(not(unix))]
impl Requests {
    fn new(_on_terminal: bool) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
