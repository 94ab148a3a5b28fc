//! A turn with the log: to write what was decided, or to follow what other nodes wrote.

use std::mem;
use std::sync::{Arc, MutexGuard};
use std::time::Instant;

use super::{Batch, CommitQueue, OpenLog, Outcome, Queue};
use crate::chat::event::Record;
use crate::chat::log::{Appended, News};
use crate::chat::model::{Refusal, Seq};
use crate::chat::replica::Replica;
use crate::chat::storage_error::StorageError;
use crate::lock::lock;

/// Its end settles what becomes of the batch in flight, also where it ends by an error or a panic.
pub(super) struct Turn<'a> {
    commit_queue: &'a CommitQueue,
    /// In flight, if there is one.
    batch: Option<Arc<Batch>>,
    /// When it began: it asks for all that other nodes appended, also where it writes.
    began: Instant,
    /// More may have been appended by then than it was told of.
    is_part: bool,
    is_over: bool,
}

impl<'a> Turn<'a> {
    /// Waits for a turn, in which nothing is in flight. None: all is applied that there was, as somebody wrote meanwhile.
    pub(super) fn to_follow(commit_queue: &'a CommitQueue) -> Option<Self> {
        let since = Instant::now();
        let mut queue = lock(&commit_queue.queue);
        while queue.taken {
            queue = commit_queue.settled.wait(queue);
            if commit_queue.followed() >= since {
                return None;
            }
        }
        queue.taken = true;
        Some(Self { commit_queue, batch: None, began: Instant::now(), is_part: false, is_over: false })
    }

    /// Takes the turn, which nobody has, with the batch that waits.
    pub(super) fn with_batch(commit_queue: &'a CommitQueue, queue: &mut Queue) -> (Self, Arc<Vec<Record>>) {
        queue.taken = true;
        queue.in_flight = Arc::new(mem::take(&mut queue.waiting));
        let batch = Some(mem::take(&mut queue.batch));
        let turn = Self { commit_queue, batch, began: Instant::now(), is_part: false, is_over: false };
        (turn, Arc::clone(&queue.in_flight))
    }

    /// Applies what other nodes appended, or the first of it; tells if that is all.
    pub(super) fn follow(mut self, replica: &Replica) -> Result<bool, StorageError> {
        let mut open = lock(&self.commit_queue.log);
        let after = replica.newest();
        let news = if open.is_ahead { News::Unknown } else { open.log.follow(after)? };
        let Some(theirs) = self.records(news) else {
            open.is_ahead = true;
            self.restore(&mut open, replica, Outcome::Refused(Refusal::Busy))?;
            return Ok(true);
        };
        let mut queue = lock(&self.commit_queue.queue);
        replica.apply(&theirs);
        if theirs.iter().all(|record| record.event.is_talk()) {
            queue.move_waiting(after, replica.newest().0 - after.0);
        } else {
            queue.give_up_waiting(Outcome::DecideAgain);
        }
        self.end(queue, Outcome::DecideAgain);
        Ok(!self.is_part)
    }

    /// Has the log keep the records in flight.
    pub(super) fn write(self, records: Arc<Vec<Record>>, replica: &Replica) {
        let commit_queue = self.commit_queue;
        let mut open = lock(&commit_queue.log);
        let written = if open.is_ahead {
            self.restore(&mut open, replica, Outcome::Refused(Refusal::Busy))
        } else {
            self.append(&mut open, records, replica)
        };
        if let Err(error) = written {
            let line = format_args!("a change could not be kept: {error}");
            commit_queue.unkept.log(Instant::now(), line);
        }
    }

    /// Appends the records in flight, and applies what others appended before, and then them.
    fn append(
        mut self,
        open: &mut OpenLog,
        mut records: Arc<Vec<Record>>,
        replica: &Replica,
    ) -> Result<(), StorageError> {
        let after = Seq(records.first().map_or(0, |first| first.seq.0 - 1));
        let Appended { news, first } = open.log.append(after, &records)?;
        let Some(theirs) = self.records(news) else {
            open.is_ahead = true;
            let outcome = first.map_or(Outcome::Refused(Refusal::Busy), Outcome::Kept);
            return self.restore(open, replica, outcome);
        };
        let Some(first) = first else {
            let queue = lock(&self.commit_queue.queue);
            replica.apply(&theirs);
            self.end(queue, Outcome::DecideAgain);
            return Ok(());
        };
        if first > after.next() {
            // Nobody decides meanwhile: what is in flight has its new numbers when others' records are applied.
            drop(records);
            let mut queue = lock(&self.commit_queue.queue);
            replica.apply(&theirs);
            records = queue.move_all(after, first.0 - after.next().0);
        }
        replica.apply(&records);
        self.end(lock(&self.commit_queue.queue), Outcome::Kept(first));
        Ok(())
    }

    /// Restores the state, as what others appended is not known record by record. All that was decided is given up: what
    /// was looked up for it may not be so. `outcome` is that of the batch in flight.
    fn restore(
        mut self,
        open: &mut OpenLog,
        replica: &Replica,
        outcome: Outcome,
    ) -> Result<(), StorageError> {
        let state = replica.read(&*open.log)?;
        open.is_ahead = false;
        let mut queue = lock(&self.commit_queue.queue);
        replica.replace(state);
        queue.give_up_waiting(Outcome::Refused(Refusal::Busy));
        self.end(queue, outcome);
        Ok(())
    }

    /// The records that it is told of. None: they are not known.
    fn records(&mut self, news: News) -> Option<Vec<Record>> {
        self.is_part = matches!(news, News::First(_));
        match news {
            News::Records(records) | News::First(records) => Some(records),
            News::Unknown => None,
        }
    }

    /// Ends it where all is applied that it was told of.
    fn end(&mut self, queue: MutexGuard<'_, Queue>, outcome: Outcome) {
        if !self.is_part {
            *lock(&self.commit_queue.followed) = self.began;
        }
        self.settle(queue, outcome);
    }

    /// Whoever is woken finds the queue's lock free.
    fn settle(&mut self, mut queue: MutexGuard<'_, Queue>, outcome: Outcome) {
        self.is_over = true;
        queue.taken = false;
        queue.in_flight = Arc::default();
        let next = Arc::clone(&queue.batch);
        let batch = self.batch.take();
        if let Some(batch) = &batch {
            batch.settle(outcome);
            if !matches!(outcome, Outcome::Kept(_)) {
                // What was decided meanwhile was decided on top of it.
                queue.give_up_waiting(outcome);
            }
        }
        drop(queue);
        // First whoever writes next.
        next.is_up.notify_one();
        if let Some(batch) = batch {
            batch.is_up.notify_all();
        }
        self.commit_queue.settled.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.settle(lock(&self.commit_queue.queue), Outcome::Refused(Refusal::NotKept));
        }
    }
}
