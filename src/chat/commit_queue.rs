//! The way from a decision to what has happened: decided in turn, kept together, applied in order.
//!
//! While the log writes, others go on deciding, and what they decide is written together with
//! the next write: a slow disk makes few large commits and no slow chat. That is sound as long as a
//! decision does not depend on another that is not applied yet, so each says which ones it can
//! stand beside; where it cannot, it waits until those are applied.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, OnceLock, TryLockError};

use super::event::{Event, Record};
use super::log::{Appended, ClosedLog, Log, News, StorageError};
use super::model::{Refusal, Seq, Timestamp};
use crate::lock::{lock, wait};
use crate::log::log;

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
    /// Guards what is decided and not applied. Locks: after `decision_lock`, before the state's. No I/O under it.
    queue: Mutex<Queue>,
    /// Signalled whenever a batch is settled.
    settled: Condvar,
    /// Locks: taken by the one who writes, with no other held; then the state's, to apply. Slow: I/O under it.
    log: Mutex<Box<dyn Log>>,
}

#[derive(Default)]
struct Queue {
    /// Records that the log is writing; empty while `writing` is false.
    in_flight: Arc<Vec<Record>>,
    writing: bool,
    /// Records that were decided meanwhile: the next batch.
    waiting: Vec<Record>,
    /// Of the batch that waits; set once, when it is applied or has failed.
    outcome: BatchOutcome,
}

/// Unset until the log has answered; then true if the batch is kept and applied.
type BatchOutcome = Arc<OnceLock<bool>>;

impl Queue {
    /// The records in flight, in the order of their numbers.
    fn decided(&self) -> impl Iterator<Item = &Record> {
        self.in_flight.iter().chain(&self.waiting)
    }
}

impl CommitQueue {
    pub(super) fn new(log: Box<dyn Log>) -> Self {
        Self {
            decision_lock: Mutex::default(),
            queue: Mutex::default(),
            settled: Condvar::new(),
            log: Mutex::new(log),
        }
    }

    /// Closes the log, after what is being written. Nothing is kept from then on.
    pub(super) fn close(&self) {
        *lock(&self.log) = Box::new(ClosedLog);
    }

    /// Decides, and returns the number of the first record made once the batch is kept and applied. Blocks until then.
    ///
    /// `decide` is given the records in flight, of which the first ones may be applied already. It runs under the queue's
    /// locks and may take the state's. `apply` is called with the records that were kept, in order, before any
    /// caller returns.
    ///
    /// Errors: those of `decide`; `NotKept` where the log fails or has records of others, and for all that was decided
    /// meanwhile.
    pub(super) fn submit(
        &self,
        now: Timestamp,
        commutes: impl Fn(&Record) -> bool,
        decide: impl FnOnce(&[&Record]) -> Result<(Decision, Seq), Refusal>,
        apply: impl Fn(&[Record]),
    ) -> Result<Seq, Refusal> {
        let (first, outcome) = {
            let _turn = lock(&self.decision_lock);
            let mut queue = lock(&self.queue);
            while !queue.decided().all(&commutes) {
                queue = wait(&self.settled, queue);
            }
            let in_flight: Vec<&Record> = queue.decided().collect();
            let (decision, first) = decide(&in_flight)?;
            let events = match decision {
                Decision::Record(events) => events,
                Decision::AlreadyRecorded(seq) => return Ok(seq),
            };
            let numbers = (first.0..).map(Seq);
            queue.waiting.extend(numbers.zip(events).map(|(seq, event)| Record { seq, at: now, event }));
            (first, Arc::clone(&queue.outcome))
        };
        if self.await_commit(&outcome, apply) { Ok(first) } else { Err(Refusal::NotKept) }
    }

    /// Asks the log something that is no record. Waits for what it writes.
    ///
    /// Errors: `NotKept` where it fails.
    pub(super) fn with_log<T>(
        &self,
        ask: impl FnOnce(&mut dyn Log) -> Result<T, StorageError>,
    ) -> Result<T, Refusal> {
        ask(&mut **lock(&self.log)).map_err(|error| {
            log(format_args!("files that nobody has could not be looked up: {error}"));
            Refusal::NotKept
        })
    }

    /// Lets the log do what it put off, unless it is writing: never waits.
    pub(super) fn tidy(&self) {
        match self.log.try_lock() {
            Ok(mut log) => log.tidy(),
            Err(TryLockError::Poisoned(log)) => log.into_inner().tidy(),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Counts the records in flight.
    #[cfg(test)]
    pub(super) fn decided(&self) -> usize {
        lock(&self.queue).decided().count()
    }

    /// Waits until it is known whether a batch was kept. Whoever finds nobody writing writes.
    fn await_commit(&self, outcome: &BatchOutcome, apply: impl Fn(&[Record])) -> bool {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(kept) = outcome.get() {
                return *kept;
            }
            if queue.writing {
                queue = wait(&self.settled, queue);
                continue;
            }
            let records = Arc::new(mem::take(&mut queue.waiting));
            queue.writing = true;
            queue.in_flight = Arc::clone(&records);
            let mut writing =
                BatchWrite { commit_queue: self, outcome: mem::take(&mut queue.outcome), kept: false };
            drop(queue);
            let mut appending = lock(&self.log);
            match append(&mut **appending, &records) {
                Ok(None) => {
                    writing.kept = true;
                    apply(&records);
                }
                // The batch was decided without these, and is refused. What is decided next knows them.
                Ok(Some(theirs)) => apply(&theirs),
                Err(error) => log(format_args!("a change could not be kept: {error}")),
            }
            drop(appending);
            drop(writing);
            queue = lock(&self.queue);
        }
    }
}

/// Appends records that were decided after all that is applied. Returns what others appended meanwhile, if they did;
/// then nothing of `records` is kept.
fn append(log: &mut dyn Log, records: &[Record]) -> Result<Option<Vec<Record>>, StorageError> {
    let expected = Seq(records.first().map_or(0, |first| first.seq.0 - 1));
    match log.append(expected, records)? {
        Appended { first: Some(_), .. } => Ok(None),
        Appended { news: News::Records(theirs), .. } => Ok(Some(theirs)),
        Appended { news: News::Unknown, .. } => Ok(Some(Vec::new())),
    }
}

/// One write. Its end settles what becomes of the batch, also where it ends by a panic.
struct BatchWrite<'a> {
    commit_queue: &'a CommitQueue,
    outcome: BatchOutcome,
    kept: bool,
}

impl Drop for BatchWrite<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.commit_queue.queue);
        queue.writing = false;
        queue.in_flight = Arc::default();
        // Each is set once, here.
        let _ = self.outcome.set(self.kept);
        if !self.kept {
            // What was decided meanwhile bears numbers that come after the ones that failed.
            queue.waiting.clear();
            let _ = mem::take(&mut queue.outcome).set(false);
        }
        self.commit_queue.settled.notify_all();
    }
}
