//! Where records are kept, in order.

use std::collections::VecDeque;
use std::fmt;

use super::event::Record;
use super::model::Seq;

/// Keeps records in order. The chat calls it under its journal lock, so one call at a time;
/// `append` may be slow (a disk), and nothing else waits for it.
pub trait Journal: Send {
    /// Keeps all of `records`, or none of them and says why. They follow what is kept already.
    fn append(&mut self, records: &[Record]) -> Result<(), NotKept>;

    /// Hands every kept record after `seq` to `visit`, in order. The answer is whether these are
    /// all that ever followed `seq`: a journal may forget old records.
    fn after(&self, seq: Seq, visit: &mut dyn FnMut(&Record)) -> Result<Complete, NotKept>;
}

/// Whether a journal still had everything that it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    /// Nothing is missing.
    Yes,
    /// Records after the given number are forgotten.
    No,
}

/// The journal failed; the text is for the operator's log.
#[derive(Debug)]
pub struct NotKept(pub String);

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The default journal: the newest records, in memory, for those who catch up.
#[derive(Debug)]
pub struct Ring {
    records: VecDeque<Record>,
    capacity: usize,
}

impl Ring {
    /// A ring that keeps the newest `capacity` records.
    pub fn new(capacity: usize) -> Self {
        Self { records: VecDeque::new(), capacity }
    }
}

impl Journal for Ring {
    fn append(&mut self, records: &[Record]) -> Result<(), NotKept> {
        self.records.extend(records.iter().cloned());
        let surplus = self.records.len().saturating_sub(self.capacity);
        self.records.drain(..surplus);
        Ok(())
    }

    fn after(&self, seq: Seq, visit: &mut dyn FnMut(&Record)) -> Result<Complete, NotKept> {
        let first_wanted = self.records.partition_point(|record| record.seq <= seq);
        self.records.range(first_wanted..).for_each(visit);
        let complete = self.records.front().is_none_or(|first| first.seq <= seq.next());
        Ok(if complete { Complete::Yes } else { Complete::No })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::event::Event;
    use crate::chat::model::{Timestamp, TokenDigest};

    fn record(seq: u64) -> Record {
        let event = Event::SessionEnded { digest: TokenDigest([0; 32]) };
        Record { seq: Seq(seq), at: Timestamp(0), event }
    }

    #[test]
    fn the_ring_says_when_it_has_forgotten() {
        let mut ring = Ring::new(3);
        ring.append(&(1..=5).map(record).collect::<Vec<_>>()).unwrap();
        let after = |seq| {
            let mut seen = Vec::new();
            let complete = ring.after(Seq(seq), &mut |record| seen.push(record.seq.0)).unwrap();
            (seen, complete)
        };
        assert_eq!(after(0), (vec![3, 4, 5], Complete::No));
        assert_eq!(after(1), (vec![3, 4, 5], Complete::No));
        assert_eq!(after(2), (vec![3, 4, 5], Complete::Yes));
        assert_eq!(after(4), (vec![5], Complete::Yes));
        assert_eq!(after(5), (vec![], Complete::Yes));
    }
}
