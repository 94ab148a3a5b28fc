//! A bounded share of the server's workers for one kind of slow work.
//!
//! A server whose workers may all wait for the same slow thing (a password hash, a disk) answers
//! nobody. So whoever does slow work enters a [`Share`] first: a few work at once, some more wait
//! for their turn, and the rest are told that it is busy, at once.

use crate::lock::{lock, wait};
use std::sync::{Condvar, Mutex};

/// See the module's text.
#[derive(Debug)]
pub struct Share {
    admitted_max: usize,
    at_once_max: usize,
    /// Guards two counters. Nothing else is done under it.
    now: Mutex<Now>,
    turn: Condvar,
}

#[derive(Debug, Default)]
struct Now {
    admitted: usize,
    at_once: usize,
}

/// More want to do this work than the share admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// The right to work, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Share);

impl Share {
    /// `at_once` may work at the same time, `admitted` may work or wait.
    pub const fn new(at_once: usize, admitted: usize) -> Self {
        let now = Mutex::new(Now { admitted: 0, at_once: 0 });
        Self { admitted_max: admitted, at_once_max: at_once, now, turn: Condvar::new() }
    }

    /// Waits for a turn, or says at once that too many are waiting already.
    pub fn enter(&self) -> Result<Turn<'_>, Busy> {
        let mut now = lock(&self.now);
        if now.admitted == self.admitted_max {
            return Err(Busy);
        }
        now.admitted += 1;
        while now.at_once == self.at_once_max {
            now = wait(&self.turn, now);
        }
        now.at_once += 1;
        Ok(Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut now = lock(&self.0.now);
        now.admitted -= 1;
        now.at_once -= 1;
        self.0.turn.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_told_at_once_and_a_free_turn_is_taken() {
        let share = Share::new(2, 2);
        let first = share.enter().unwrap();
        let _second = share.enter().unwrap();
        assert_eq!(share.enter().unwrap_err(), Busy);
        drop(first);
        assert!(share.enter().is_ok());
    }

    #[test]
    fn who_waits_gets_the_turn_that_is_given_back() {
        let share = Share::new(1, 2);
        let first = share.enter().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| share.enter().is_ok());
            drop(first);
            assert!(waiting.join().unwrap());
        });
    }
}
