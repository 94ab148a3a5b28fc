//! The way from a decision to what has happened: decided in turn, kept together, applied in order.
//!
//! While the log writes, others go on deciding, and what they decide is written together with
//! the next write: a slow disk makes few large commits and no slow chat. That is sound as long as a
//! decision does not depend on another that is not applied yet, so each says which ones it can
//! stand beside; where it cannot, it waits until those are applied.
//!
//! Where other nodes write too, a decision may turn out to be made without something that came before it. What they
//! said and read makes no difference to it: it is kept behind that, under other numbers. Anything else does: then the
//! whole batch, and the one that waits behind it, is decided again, after what came is applied.

mod turn;

use std::mem;
use std::sync::{Arc, Mutex, OnceLock, TryLockError};
use std::time::Instant;

use super::event::{Event, Record};
use super::log::{ClosedLog, Log};
use super::model::{Refusal, Seq, Timestamp};
use super::replica::Replica;
use super::state::State;
use super::storage_error::StorageError;
use crate::lock::{Signal, lock};
use crate::log::SparseLog;
use turn::Turn;

/// Decisions of one verb: each one more is made as another node was quicker.
const TRIES: usize = 32;

/// The outcome of a verb, before anything is kept.
pub(super) enum Decision {
    /// These things happen.
    Record(Vec<Event>),
    /// It has happened already, as this record or before it.
    AlreadyRecorded(Seq),
}

/// For decisions to which everything in flight matters.
pub(super) fn conflicts_with_all(_: &Record) -> bool {
    false
}

pub(super) struct CommitQueue {
    /// Held by the one who decides, also while they wait for a change to be applied, so that nobody overtakes.
    decision_lock: Mutex<()>,
    /// Guards what is decided and not applied. Locks: after `decision_lock` or the log's, before the state's. No I/O
    /// under it.
    queue: Mutex<Queue>,
    /// When the newest turn began of which all is applied that other nodes had appended; at first, when the log was
    /// opened. Locks: none is taken under it. It is changed under the queue's.
    followed: Mutex<Instant>,
    /// Signalled whenever a turn with the log is over: to those who have nothing in a batch.
    settled: Signal,
    /// Locks: taken by the one whose turn it is, with no other held; then the queue's and the state's, to apply. Slow:
    /// I/O under it.
    log: Mutex<OpenLog>,
    /// Changes that could not be kept.
    unkept: SparseLog,
    /// Questions that the log did not answer.
    unanswered: SparseLog,
}

struct OpenLog {
    log: Box<dyn Log>,
    /// The state is behind what is known record by record, and is to be restored before anything else.
    is_ahead: bool,
}

#[derive(Default)]
struct Queue {
    /// Somebody has the turn with the log: to write, or to follow what other nodes wrote.
    taken: bool,
    /// Records that the log is writing.
    in_flight: Arc<Vec<Record>>,
    /// Records that were decided meanwhile: the next batch. Their numbers follow on those in flight, or else on the
    /// newest that is applied.
    waiting: Vec<Record>,
    /// The batch that waits.
    batch: Arc<Batch>,
}

/// Records that are written together, as those see it who decided them.
#[derive(Default)]
struct Batch {
    /// Set once, when it is applied or will not be.
    outcome: OnceLock<Outcome>,
    /// Signalled then; and to one of them, when the turn is free to write it.
    is_up: Signal,
}

impl Batch {
    /// The caller wakes those who wait for it.
    fn settle(&self, outcome: Outcome) {
        // It is set once: nobody settles what was settled.
        let _ = self.outcome.set(outcome);
    }
}

enum Decided {
    /// Its first record has this place in a batch.
    InBatch(u64, Arc<Batch>),
    /// See [`Decision::AlreadyRecorded`].
    Before(Seq),
}

/// What became of a batch.
#[derive(Clone, Copy)]
enum Outcome {
    /// It is kept and applied; the number of its first record.
    Kept(Seq),
    /// Nothing of it is kept: it was decided without something that came before it, and that is applied now.
    DecideAgain,
    Refused(Refusal),
}

impl Queue {
    /// The records in flight, in the order of their numbers.
    fn decided(&self) -> impl Iterator<Item = &Record> {
        self.in_flight.iter().chain(&self.waiting)
    }

    /// Lets go of the batch that waits.
    fn give_up_waiting(&mut self, outcome: Outcome) {
        self.waiting.clear();
        let batch = mem::take(&mut self.batch);
        batch.settle(outcome);
        batch.is_up.notify_all();
    }

    /// Moves the batch that waits on by `by` numbers, as other nodes' talk came right after `after`.
    fn move_waiting(&mut self, after: Seq, by: u64) {
        if self.waiting.iter().any(|record| record.event.heeds_talk()) {
            self.give_up_waiting(Outcome::DecideAgain);
        }
        for record in &mut self.waiting {
            record.renumber(after, by);
        }
    }

    /// The same for the batch in flight too, which it returns.
    fn move_all(&mut self, after: Seq, by: u64) -> Arc<Vec<Record>> {
        self.move_waiting(after, by);
        for record in Arc::make_mut(&mut self.in_flight) {
            record.renumber(after, by);
        }
        Arc::clone(&self.in_flight)
    }
}

impl CommitQueue {
    pub(super) fn new(log: Box<dyn Log>) -> Self {
        Self {
            decision_lock: Mutex::default(),
            queue: Mutex::default(),
            followed: Mutex::new(Instant::now()),
            settled: Signal::default(),
            log: Mutex::new(OpenLog { log, is_ahead: false }),
            unkept: SparseLog::default(),
            unanswered: SparseLog::default(),
        }
    }

    /// Closes the log, after what is being written. Nothing is kept from then on.
    pub(super) fn close(&self) {
        lock(&self.log).log = Box::new(ClosedLog);
    }

    /// Decides, and returns the number of the first record made once the batch is kept and applied. Blocks until then.
    ///
    /// `decide` is given the state, the records in flight that are not applied to it, and the number of the first record
    /// that it makes. It runs under the queue's locks and the state's, and again where other nodes were quicker.
    ///
    /// Errors: those of `decide`; `NotKept` where the log fails, and for all that was decided meanwhile; `Busy` where
    /// others were quicker too often, or the state was restored anew.
    pub(super) fn submit(
        &self,
        replica: &Replica,
        now: Timestamp,
        commutes: impl Fn(&Record) -> bool,
        mut decide: impl FnMut(&State, &[&Record], Seq) -> Result<Decision, Refusal>,
    ) -> Result<Seq, Refusal> {
        for _ in 0..TRIES {
            let (place, batch) = match self.decide(replica, now, &commutes, &mut decide)? {
                Decided::InBatch(place, batch) => (place, batch),
                Decided::Before(seq) => return Ok(seq),
            };
            match self.await_commit(&batch, replica) {
                Outcome::Kept(first) => return Ok(Seq(first.0 + place)),
                Outcome::DecideAgain => {}
                Outcome::Refused(refusal) => return Err(refusal),
            }
        }
        Err(Refusal::Busy)
    }

    /// Decides in turn, and adds what was decided to the batch that waits.
    fn decide(
        &self,
        replica: &Replica,
        now: Timestamp,
        commutes: &impl Fn(&Record) -> bool,
        decide: &mut impl FnMut(&State, &[&Record], Seq) -> Result<Decision, Refusal>,
    ) -> Result<Decided, Refusal> {
        let _turn = lock(&self.decision_lock);
        let mut queue = lock(&self.queue);
        while !queue.decided().all(commutes) {
            queue = self.settled.wait(queue);
        }
        let state = replica.state();
        let in_flight: Vec<&Record> = queue.decided().collect();
        let first = in_flight.last().map_or(state.last(), |record| record.seq).next();
        let applied = in_flight.partition_point(|record| record.seq <= state.last());
        let events = match decide(&state, &in_flight[applied..], first)? {
            Decision::Record(events) => events,
            Decision::AlreadyRecorded(seq) => return Ok(Decided::Before(seq)),
        };
        drop(state);
        let place = queue.waiting.len() as u64;
        let numbers = (first.0..).map(Seq);
        queue.waiting.extend(numbers.zip(events).map(|(seq, event)| Record { seq, at: now, event }));
        Ok(Decided::InBatch(place, Arc::clone(&queue.batch)))
    }

    /// Applies what other nodes appended, or the first of it; tells if that is all. Waits for what is being written, and
    /// for the log.
    pub(super) fn follow(&self, replica: &Replica) -> Result<bool, StorageError> {
        Turn::to_follow(self).map_or(Ok(true), |turn| turn.follow(replica))
    }

    /// Waits until a record is applied. False: it is not, at `deadline`, or when all is applied that there was at `since`.
    pub(super) fn wait_for(&self, replica: &Replica, seq: Seq, since: Instant, deadline: Instant) -> bool {
        let mut queue = lock(&self.queue);
        while replica.newest() < seq {
            let patience = deadline.saturating_duration_since(Instant::now());
            if patience.is_zero() || self.followed() >= since {
                return false;
            }
            queue = self.settled.wait_timeout(queue, patience);
        }
        true
    }

    /// The newest moment of which it is known that all is applied that other nodes had appended by then.
    pub(super) fn followed(&self) -> Instant {
        *lock(&self.followed)
    }

    /// Asks the log something that is no record. Waits for what it writes.
    ///
    /// Errors: `NotKept` where it fails.
    pub(super) fn with_log<T>(
        &self,
        ask: impl FnOnce(&mut dyn Log) -> Result<T, StorageError>,
    ) -> Result<T, Refusal> {
        ask(&mut *lock(&self.log).log).map_err(|error| {
            let what = "the list of files to be deleted cannot be reached, which is tried again";
            self.unanswered.log(Instant::now(), format_args!("{what}: {error}"));
            Refusal::NotKept
        })
    }

    /// Lets the log do what it put off, unless it is writing: never waits.
    pub(super) fn tidy(&self) {
        match self.log.try_lock() {
            Ok(mut open) => open.log.tidy(),
            Err(TryLockError::Poisoned(open)) => open.into_inner().log.tidy(),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Counts the records in flight.
    #[cfg(test)]
    pub(super) fn decided(&self) -> usize {
        lock(&self.queue).decided().count()
    }

    /// Tells if somebody has the turn with the log.
    #[cfg(test)]
    pub(super) fn is_taken(&self) -> bool {
        lock(&self.queue).taken
    }

    /// Waits until it is known what became of a batch. Whoever finds that nobody has the turn writes.
    fn await_commit(&self, batch: &Batch, replica: &Replica) -> Outcome {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(outcome) = batch.outcome.get() {
                return *outcome;
            }
            if queue.taken {
                queue = batch.is_up.wait(queue);
                continue;
            }
            let (turn, records) = Turn::with_batch(self, &mut queue);
            drop(queue);
            turn.write(records, replica);
            queue = lock(&self.queue);
        }
    }
}
