//! Turns: those under way, those that wait, and the next.

use std::sync::Mutex;
use std::thread::{self, Thread};
use std::time::Instant;

use super::ledger::{Ledger, Path};
use super::{Client, Overloaded};
use crate::lock::lock;

/// Turns that clients take, in fair order.
#[derive(Debug)]
pub(super) struct TurnQueue {
    at_once: usize,
    /// Claims that may wait.
    pub(super) queue: usize,
    /// Guards the accounts and the queue. Nothing is done under it but waking those whose turn it is.
    pub(super) state: Mutex<TurnState>,
}

#[derive(Debug, Default)]
pub(super) struct TurnState {
    ledger: Ledger,
    pub(super) running: usize,
    /// In the order in which they came. Not empty only while all turns are taken.
    pub(super) waiting: Vec<Waiter>,
    /// Claims whose waiting is over, and how it ended, until they have seen it.
    pub(super) settled: Vec<(u64, bool)>,
    next: u64,
}

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) id: u64,
    path: Path,
    thread: Thread,
}

impl TurnQueue {
    /// `at_once` may work at the same time, `queue` more may wait.
    pub(super) fn new(at_once: usize, queue: usize) -> Self {
        Self { at_once, queue, state: Mutex::default() }
    }

    /// Waits for a turn for `client`, until `deadline`; whoever takes it gives it back with [`TurnQueue::give_back`].
    /// Errors: [`Overloaded`], at once, while it waits, or at the deadline.
    pub(super) fn take_turn(&self, client: Client, deadline: Option<Instant>) -> Result<Path, Overloaded> {
        let mut state = lock(&self.state);
        let path = state.ledger.open(client);
        if state.running < self.at_once {
            state.ledger.add(path, 1);
            state.begin(path);
            return Ok(path);
        }
        // The program's own work can wait for another time.
        let gives_way = client == Client::HOST;
        if state.waiting.len() >= self.queue && (gives_way || !state.reject_for(path)) {
            state.ledger.close(path);
            return Err(Overloaded);
        }
        state.ledger.add(path, 1);
        let id = state.next;
        state.next += 1;
        state.waiting.push(Waiter { id, path, thread: thread::current() });
        drop(state);
        loop {
            match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(left) if left.is_zero() => {}
                Some(left) => thread::park_timeout(left),
            }
            let mut state = lock(&self.state);
            if let Some(at) = state.settled.iter().position(|(settled, _)| *settled == id) {
                let (_, granted) = state.settled.swap_remove(at);
                return if granted { Ok(path) } else { Err(Overloaded) };
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                state.waiting.retain(|waiting| waiting.id != id);
                state.forget(path);
                return Err(Overloaded);
            }
        }
    }

    pub(super) fn give_back(&self, path: Path) {
        let mut state = lock(&self.state);
        state.ledger.end(path);
        state.running -= 1;
        state.forget(path);
        state.grant_next();
    }
}

impl TurnState {
    fn begin(&mut self, path: Path) {
        self.running += 1;
        self.ledger.begin(path);
    }

    fn forget(&mut self, path: Path) {
        self.ledger.subtract(path, 1);
        self.ledger.close(path);
    }

    /// Refuses the newest that waits of whoever has most, if that is more than the newcomer would have.
    fn reject_for(&mut self, newcomer: Path) -> bool {
        let victim =
            self.waiting.iter().max_by_key(|waiting| (self.ledger.holdings(waiting.path), waiting.id));
        let victim = victim.filter(|victim| self.ledger.exceeds(victim.path, newcomer, 1));
        let Some(id) = victim.map(|victim| victim.id) else { return false };
        let at = self.waiting.iter().position(|waiting| waiting.id == id);
        if let Some(rejected) = at.map(|at| self.waiting.remove(at)) {
            self.forget(rejected.path);
            self.settle(&rejected, false);
        }
        true
    }

    fn grant_next(&mut self) {
        let next = self.waiting.iter().min_by_key(|waiting| (self.ledger.turn(waiting.path), waiting.id));
        let Some(id) = next.map(|next| next.id) else { return };
        let at = self.waiting.iter().position(|waiting| waiting.id == id);
        if let Some(granted) = at.map(|at| self.waiting.remove(at)) {
            self.begin(granted.path);
            self.settle(&granted, true);
        }
    }

    fn settle(&mut self, waiting: &Waiter, granted: bool) {
        self.settled.push((waiting.id, granted));
        waiting.thread.unpark();
    }
}
