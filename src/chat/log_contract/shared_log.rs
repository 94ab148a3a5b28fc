//! The rule of order, as a log in memory that nodes of one process write; and what leaving out a part of it does.

use super::*;

/// A log in memory that several nodes write by the rule of order. Clones are handles for one more node.
#[derive(Clone, Default)]
pub(crate) struct SharedLog(Arc<Mutex<Shared>>);

/// What a log sees to; the contract is broken by one that leaves any of it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Nothing is kept behind what others appended that is not talk.
    Others,
    /// Nothing that heeds talk is kept behind talk.
    Talk,
    /// A nonce is kept once.
    Nonces,
    /// Numbers of records that are named move on with these.
    Numbers,
}

#[derive(Default)]
struct Shared {
    records: Vec<Record>,
    /// The newest number that was given, or left out.
    newest: Seq,
    /// Counts the questions, of which some are answered in a rare way.
    questions: usize,
    left_out: Option<Rule>,
}

impl Shared {
    fn follows(&self, rule: Rule) -> bool {
        self.left_out != Some(rule)
    }

    fn after(&self, seq: Seq) -> Vec<Record> {
        let known = self.records.partition_point(|record| record.seq <= seq);
        self.records[known..].to_vec()
    }

    /// True at every n-th question.
    fn every(&mut self, n: usize) -> bool {
        self.questions += 1;
        self.questions.is_multiple_of(n)
    }

    fn has_nonce_of(&self, record: &Record) -> bool {
        let Some(Message { author, nonce: Some(nonce), .. }) = record.message() else { return false };
        let is_gone = |message: &Message| {
            self.records.iter().any(|record| match record.event {
                Event::Removed { message: id, .. } => id == message.id,
                Event::RoomDeleted { room, .. } => room == message.room,
                _ => false,
            })
        };
        let mut kept = self.records.iter().filter_map(Record::message);
        kept.any(|other| (other.author, other.nonce.as_ref()) == (author, Some(&nonce)) && !is_gone(&other))
    }
}

impl Log for SharedLog {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let mut shared = lock(&self.0);
        let theirs = shared.after(expected);
        let others = theirs.iter().any(|record| !record.event.is_talk());
        let heeds = !theirs.is_empty() && records.iter().any(|record| record.event.heeds_talk());
        let clash = records.iter().any(|record| shared.has_nonce_of(record));
        let broken = [(others, Rule::Others), (heeds, Rule::Talk), (clash, Rule::Nonces)];
        if broken.iter().any(|(is_broken, rule)| *is_broken && shared.follows(*rule)) {
            return Ok(Appended { news: News::Records(theirs), first: None });
        }
        if shared.every(7) {
            shared.newest.0 += 2;
        }
        let first = shared.newest.next();
        for record in records {
            let mut record = record.clone();
            let by = first.0 - expected.next().0;
            if shared.follows(Rule::Numbers) {
                record.renumber(expected, by);
            } else {
                record.seq.0 += by;
            }
            shared.newest = record.seq;
            shared.records.push(record);
        }
        Ok(Appended { news: News::Records(theirs), first: Some(first) })
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        let mut shared = lock(&self.0);
        let mut theirs = shared.after(after);
        let is_late = !theirs.is_empty() && after > Seq::default();
        if is_late && shared.every(50) {
            return Ok(News::Unknown);
        }
        if is_late && shared.every(3) {
            theirs.truncate(1);
            return Ok(News::First(theirs));
        }
        Ok(News::Records(theirs))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        let shared = lock(&self.0);
        Ok(Snapshot { newest: shared.newest, tail: shared.records.clone(), ..Snapshot::default() })
    }
}

#[test]
fn a_log_that_leaves_a_rule_out_is_found_out() {
    let is_found_out = |left_out| {
        is_found_out(64, || {
            let log = SharedLog(Arc::new(Mutex::new(Shared { left_out, ..Shared::default() })));
            move || -> Box<dyn Log> { Box::new(log.clone()) }
        })
    };
    assert!(!is_found_out(None), "the contract holds");
    for rule in [Rule::Others, Rule::Talk, Rule::Nonces, Rule::Numbers] {
        assert!(is_found_out(Some(rule)), "{rule:?}");
    }
}
