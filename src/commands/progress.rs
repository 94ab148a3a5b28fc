//! Progress of a long command, on a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(200);

/// Tells it on stderr, if that is a terminal, and takes it away at the end.
pub(super) struct Progress {
    what: &'static str,
    all: u64,
    done: u64,
    told: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// `all` is 0 where nobody knows.
    pub(super) fn new(what: &'static str, all: u64) -> Self {
        let told = stderr().is_terminal().then(Instant::now);
        Self { what, all, done: 0, told, shown: false }
    }

    pub(super) fn step(&mut self) {
        self.reach(self.done + 1, self.all);
    }

    pub(super) fn reach(&mut self, done: u64, all: u64) {
        (self.done, self.all) = (done, all);
        let Some(told) = self.told.filter(|told| told.elapsed() > PAUSE) else { return };
        self.told = Some(told + told.elapsed());
        self.shown = true;
        let what = self.what;
        // A terminal that went away is no reason to stop.
        let _ = match (done * 100).checked_div(all) {
            Some(percent) => write!(stderr(), "\r{what}: {percent} %\x1b[K"),
            None => write!(stderr(), "\r{what}: {done}\x1b[K"),
        };
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
