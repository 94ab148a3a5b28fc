//! How much of the memory slow clients may occupy together.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::lock::{lock, wait_timeout};

/// Bytes of answers that clients have not taken yet.
#[derive(Default)]
pub(super) struct Budget {
    /// Guards the sum; nothing else is done under it.
    held: Mutex<usize>,
    freed: Condvar,
}

/// Bytes that wait for a client, counted while this lives.
pub(super) struct Held<'a>(&'a Budget, usize);

impl Budget {
    /// Waits until less than `limit` is held, for `patience`. Gives whether it is.
    pub(super) fn wait_below(&self, limit: usize, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut held = lock(&self.held);
        while *held >= limit {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            held = wait_timeout(&self.freed, held, left);
        }
        true
    }

    /// Whether `limit` or more is held.
    pub(super) fn reaches(&self, limit: usize) -> bool {
        *lock(&self.held) >= limit
    }

    pub(super) fn hold(&self, bytes: usize) -> Held<'_> {
        *lock(&self.held) += bytes;
        Held(self, bytes)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *lock(&self.0.held) -= self.1;
        self.0.freed.notify_all();
    }
}
