//! Turns for slow work.

use std::sync::Mutex;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::lanes::StepOut;
use super::ledger::{Ledger, Path};
use super::{Client, Overloaded};
use crate::lock::lock;

/// A server whose workers may all wait for the same slow thing (a password hash, a disk) answers no one. So slow work
/// takes a turn here: a few work at once, some more wait, in fair turns, and when too many wait, the newest of
/// whoever has most under way is refused.
#[derive(Debug)]
pub struct Semaphore {
    at_once: usize,
    /// Claims that may wait.
    queue: usize,
    /// Guards the accounts and the queue. Nothing is done under it but waking those whose turn it is.
    state: Mutex<SemaphoreState>,
}

#[derive(Debug, Default)]
struct SemaphoreState {
    ledger: Ledger,
    running: usize,
    /// In the order in which they came. Not empty only while all turns are taken.
    waiting: Vec<Waiter>,
    /// Claims whose waiting is over, and how it ended, until they have seen it.
    settled: Vec<(u64, bool)>,
    next: u64,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    path: Path,
    thread: Thread,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    path: Path,
    /// Dropped last: its owner asks for a lane again once the turn is given back.
    _lane: Option<StepOut>,
}

impl Semaphore {
    /// `at_once` may work at the same time, `queue` more may wait.
    pub fn new(at_once: usize, queue: usize) -> Self {
        Self { at_once, queue, state: Mutex::default() }
    }

    /// Waits for a turn, for whom this thread works; its lane, if it has one, serves others meanwhile.
    /// Errors: [`Overloaded`], at once or while it waits.
    pub fn acquire(&self) -> Result<Permit<'_>, Overloaded> {
        let lane = StepOut::of_this_thread();
        let path = self.take_turn(Client::acting(), None)?;
        Ok(Permit { semaphore: self, path, _lane: lane })
    }

    /// Waits for a turn for `client`, and not longer than `patience`.
    /// Errors: [`Overloaded`], at once, while it waits, or when the time is over.
    pub(crate) fn acquire_within(
        &self,
        client: Client,
        patience: Duration,
    ) -> Result<Permit<'_>, Overloaded> {
        let path = self.take_turn(client, Some(Instant::now() + patience))?;
        Ok(Permit { semaphore: self, path, _lane: None })
    }

    /// The turn itself; whoever takes it gives it back with [`Semaphore::give_back`].
    pub(super) fn take_turn(&self, client: Client, deadline: Option<Instant>) -> Result<Path, Overloaded> {
        let mut state = lock(&self.state);
        let path = state.ledger.open(client);
        if state.running < self.at_once {
            state.ledger.add(path, 1);
            state.begin(path);
            return Ok(path);
        }
        // What the program does by itself can wait for another time.
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

impl SemaphoreState {
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

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.give_back(self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::lock::lock;

    fn client(address: u8, member: u64) -> Client {
        Client::new([192, 0, 2, address].into(), Some(member))
    }

    /// Clients that wait, one after the other, and what became of each, in the order in which it was settled.
    fn in_turn(semaphore: &Semaphore, clients: &[(u8, u64)], then: impl FnOnce()) -> Vec<(usize, bool)> {
        let (outcomes, settled) = mpsc::channel();
        thread::scope(|scope| {
            for (n, (address, member)) in clients.iter().enumerate() {
                let outcomes = outcomes.clone();
                let waiting = lock(&semaphore.state).waiting.len();
                scope.spawn(move || {
                    let turn = semaphore.acquire_within(client(*address, *member), Duration::from_secs(60));
                    outcomes.send((n, turn.is_ok())).unwrap();
                });
                // Until it waits, or was refused.
                while lock(&semaphore.state).waiting.len() == waiting && waiting < semaphore.queue {
                    thread::yield_now();
                }
            }
            then();
        });
        drop(outcomes);
        settled.iter().collect()
    }

    #[test]
    fn one_too_many_is_told_at_once_and_a_free_turn_is_taken() {
        let semaphore = Semaphore::new(2, 0);
        let first = semaphore.acquire().unwrap();
        let _second = semaphore.acquire().unwrap();
        assert_eq!(semaphore.acquire().unwrap_err(), Overloaded);
        drop(first);
        assert!(semaphore.acquire().is_ok());
    }

    #[test]
    fn addresses_take_turns_and_so_do_members_at_one() {
        let semaphore = Semaphore::new(1, 10);
        let first = semaphore.acquire_within(client(1, 1), Duration::ZERO).unwrap();
        let clients = [(1, 1), (1, 1), (1, 2), (2, 3), (2, 3)];
        let outcomes = in_turn(&semaphore, &clients, || drop(first));
        let order: Vec<usize> = outcomes.iter().map(|(n, _)| *n).collect();
        // The other address, the other member of the first, the other address again, and then the rest.
        assert_eq!(order[0], 3, "{order:?}");
        assert_eq!(order[1], 2, "{order:?}");
        assert_eq!(order[2], 4, "{order:?}");
        assert!(outcomes.iter().all(|(_, granted)| *granted));
    }

    #[test]
    fn when_too_many_wait_the_newest_of_whoever_has_most_is_refused() {
        let semaphore = Semaphore::new(1, 3);
        let first = semaphore.acquire_within(client(1, 1), Duration::ZERO).unwrap();
        let none = Duration::ZERO;
        thread::scope(|scope| {
            let outcomes = scope.spawn(|| in_turn(&semaphore, &[(1, 1), (1, 1), (1, 1)], || {}));
            while lock(&semaphore.state).waiting.len() < 3 {
                thread::yield_now();
            }
            assert!(semaphore.acquire_within(client(1, 1), none).is_err(), "it has most itself");
            let other =
                scope.spawn(|| semaphore.acquire_within(client(1, 2), Duration::from_secs(60)).is_ok());
            // The newcomer is another member at that address, so one that waits gives way.
            while lock(&semaphore.state).waiting.iter().all(|waiting| waiting.id < 3) {
                thread::yield_now();
            }
            drop(first);
            assert!(other.join().unwrap());
            let refused: Vec<usize> = outcomes
                .join()
                .unwrap()
                .into_iter()
                .filter(|(_, granted)| !granted)
                .map(|(n, _)| n)
                .collect();
            assert_eq!(refused, [2]);
        });
        assert!(lock(&semaphore.state).settled.is_empty());
    }

    #[test]
    fn whoever_waits_in_vain_leaves_nothing_behind() {
        let semaphore = Semaphore::new(1, 3);
        let first = semaphore.acquire_within(client(1, 1), Duration::ZERO).unwrap();
        assert!(semaphore.acquire_within(client(2, 2), Duration::from_millis(5)).is_err());
        drop(first);
        let state = lock(&semaphore.state);
        assert!(state.waiting.is_empty() && state.settled.is_empty() && state.running == 0);
    }
}
