//! Lines for the operator, on stderr.

use std::fmt;
use std::io::{Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Writes one line. `eprintln!` would panic where nobody reads stderr any more (a closed pipe, a
/// full disk), and no request may suffer from that.
pub(crate) fn log(line: fmt::Arguments) {
    let _ = writeln!(stderr(), "snug: {line}");
}

/// Lines of one kind of which any client can cause many: at most one a minute is written.
#[derive(Default)]
pub(crate) struct SparseLog {
    /// Time of the last line. Locks: nothing is written under it.
    last: Mutex<Option<Instant>>,
}

impl SparseLog {
    pub(crate) fn log(&self, now: Instant, line: fmt::Arguments) {
        let due = |last: Instant| now.saturating_duration_since(last) >= Duration::from_secs(60);
        let is_due = {
            let mut last = lock(&self.last);
            let is_due = last.is_none_or(due);
            if is_due {
                *last = Some(now);
            }
            is_due
        };
        if is_due {
            log(line);
        }
    }
}
