//! The way from a decision to what has happened: decided in turn, kept together, applied in order.
//!
//! While the journal writes, others go on deciding, and what they decide is written together with
//! the next write: a slow disk makes few large commits and no slow chat. That is sound as long as a
//! decision does not depend on another that is not applied yet, so each says which ones it can
//! stand beside; where it cannot, it waits until those are applied.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, OnceLock, TryLockError};

use super::event::{Event, Record};
use super::journal::{Closed, Journal};
use super::model::{Refusal, Seq, Timestamp};
use crate::lock::{lock, wait};
use crate::log::log;

/// What a verb comes to.
pub(super) enum Decision {
    /// These things happen.
    Happens(Vec<Event>),
    /// It has happened already, as this record or before it.
    Happened(Seq),
}

pub(super) struct Pipeline {
    /// Who decides now. Held while waiting for a change to be applied, so that nobody overtakes.
    turn: Mutex<()>,
    /// Guards what is decided and not applied. Taken after `turn` and before the state; no I/O
    /// under it.
    queue: Mutex<Queue>,
    /// Something was settled.
    settled: Condvar,
    /// Taken by the one who writes, before the state, with no other lock held. Slow.
    journal: Mutex<Box<dyn Journal>>,
}

#[derive(Default)]
struct Queue {
    /// What is being written now.
    flying: Arc<Vec<Record>>,
    writing: bool,
    /// What was decided meanwhile.
    waiting: Vec<Record>,
    /// What becomes of it.
    fate: Fate,
}

/// Whether a batch of records was kept, once that is known.
type Fate = Arc<OnceLock<bool>>;

impl Queue {
    /// What is decided and not applied, in order.
    fn decided(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.flying.iter().chain(&self.waiting)
    }
}

impl Pipeline {
    pub(super) fn new(journal: Box<dyn Journal>) -> Self {
        Self {
            turn: Mutex::default(),
            queue: Mutex::default(),
            settled: Condvar::new(),
            journal: Mutex::new(journal),
        }
    }

    /// Closes the journal, after what is being written. Nothing is kept from then on.
    pub(super) fn close(&self) {
        *lock(&self.journal) = Box::new(Closed);
    }

    /// Decides, and returns when it is kept and applied: the number of the first record made.
    ///
    /// `decide` is given the number of the newest decided record, if any is not applied yet.
    /// `apply` is called with what was kept, in order, before anybody is told so.
    pub(super) fn pass(
        &self,
        now: Timestamp,
        beside: impl Fn(&Record) -> bool,
        decide: impl FnOnce(Option<Seq>) -> Result<(Decision, Seq), Refusal>,
        apply: impl Fn(&[Record]),
    ) -> Result<Seq, Refusal> {
        let (first, fate) = {
            let _turn = lock(&self.turn);
            let mut queue = lock(&self.queue);
            while !queue.decided().all(&beside) {
                queue = wait(&self.settled, queue);
            }
            let newest = queue.decided().next_back().map(|record| record.seq);
            let (decision, first) = decide(newest)?;
            let events = match decision {
                Decision::Happens(events) => events,
                Decision::Happened(seq) => return Ok(seq),
            };
            let numbers = (first.0..).map(Seq);
            queue.waiting.extend(numbers.zip(events).map(|(seq, event)| Record { seq, at: now, event }));
            (first, Arc::clone(&queue.fate))
        };
        if self.settle(&fate, apply) { Ok(first) } else { Err(Refusal::NotKept) }
    }

    /// Lets the journal do what it put off, unless it is writing.
    pub(super) fn tidy(&self) {
        match self.journal.try_lock() {
            Ok(mut journal) => journal.tidy(),
            Err(TryLockError::Poisoned(journal)) => journal.into_inner().tidy(),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// How many records are decided and not applied.
    #[cfg(test)]
    pub(super) fn decided(&self) -> usize {
        lock(&self.queue).decided().count()
    }

    /// Waits until it is known whether a batch was kept. Whoever finds nobody writing writes.
    fn settle(&self, fate: &Fate, apply: impl Fn(&[Record])) -> bool {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(kept) = fate.get() {
                return *kept;
            }
            if queue.writing {
                queue = wait(&self.settled, queue);
                continue;
            }
            let records = Arc::new(mem::take(&mut queue.waiting));
            queue.writing = true;
            queue.flying = Arc::clone(&records);
            let mut writing = Writing { pipeline: self, fate: mem::take(&mut queue.fate), kept: false };
            drop(queue);
            match lock(&self.journal).append(&records) {
                Ok(()) => {
                    writing.kept = true;
                    apply(&records);
                }
                Err(why) => log(format_args!("a change could not be kept: {why}")),
            }
            drop(writing);
            queue = lock(&self.queue);
        }
    }
}

/// One write. Its end settles what becomes of the batch, also where it ends by a panic.
struct Writing<'a> {
    pipeline: &'a Pipeline,
    fate: Fate,
    kept: bool,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.pipeline.queue);
        queue.writing = false;
        queue.flying = Arc::default();
        // Each is set once, here.
        let _ = self.fate.set(self.kept);
        if !self.kept {
            // What was decided meanwhile bears numbers that come after the ones that failed.
            queue.waiting.clear();
            let _ = mem::take(&mut queue.fate).set(false);
        }
        self.pipeline.settled.notify_all();
    }
}
