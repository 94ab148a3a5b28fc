//! Turns for slow work.

use std::time::{Duration, Instant};

use super::lanes::StepOut;
use super::ledger::Path;
use super::turn_queue::TurnQueue;
use super::{Client, Overloaded};

/// A server whose workers may all wait for the same slow thing (a password hash, a disk) answers no one. So slow work
/// takes a turn here: a few work at once, some more wait, in fair turns, and when too many wait, the newest of
/// whoever has most under way is refused.
#[derive(Debug)]
pub struct Semaphore {
    turns: TurnQueue,
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
        Self { turns: TurnQueue::new(at_once, queue) }
    }

    /// Waits for a turn, for whom this thread works; its lane, if it has one, serves others meanwhile.
    /// Errors: [`Overloaded`], at once or while it waits.
    pub fn acquire(&self) -> Result<Permit<'_>, Overloaded> {
        let lane = StepOut::of_this_thread();
        let path = self.turns.take_turn(Client::acting(), None)?;
        Ok(Permit { semaphore: self, path, _lane: lane })
    }

    /// Waits for a turn for `client`, and not longer than `patience`.
    /// Errors: [`Overloaded`], at once, while it waits, or when the time is over.
    pub(crate) fn acquire_within(
        &self,
        client: Client,
        patience: Duration,
    ) -> Result<Permit<'_>, Overloaded> {
        let path = self.turns.take_turn(client, Some(Instant::now() + patience))?;
        Ok(Permit { semaphore: self, path, _lane: None })
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.turns.give_back(self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

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
                let waiting = lock(&semaphore.turns.state).waiting.len();
                scope.spawn(move || {
                    let turn = semaphore.acquire_within(client(*address, *member), Duration::from_secs(60));
                    outcomes.send((n, turn.is_ok())).unwrap();
                });
                // Until it waits, or was refused.
                while lock(&semaphore.turns.state).waiting.len() == waiting && waiting < semaphore.turns.queue
                {
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
            while lock(&semaphore.turns.state).waiting.len() < 3 {
                thread::yield_now();
            }
            assert!(semaphore.acquire_within(client(1, 1), none).is_err(), "it has most itself");
            let other =
                scope.spawn(|| semaphore.acquire_within(client(1, 2), Duration::from_secs(60)).is_ok());
            // The newcomer is another member at that address, so one that waits gives way.
            while lock(&semaphore.turns.state).waiting.iter().all(|waiting| waiting.id < 3) {
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
        assert!(lock(&semaphore.turns.state).settled.is_empty());
    }

    #[test]
    fn whoever_waits_in_vain_leaves_nothing_behind() {
        let semaphore = Semaphore::new(1, 3);
        let first = semaphore.acquire_within(client(1, 1), Duration::ZERO).unwrap();
        assert!(semaphore.acquire_within(client(2, 2), Duration::from_millis(5)).is_err());
        drop(first);
        let state = lock(&semaphore.turns.state);
        assert!(state.waiting.is_empty() && state.settled.is_empty() && state.running == 0);
    }
}
