//! What others append between a look-up in the archive and the decision for which it was made.

use super::*;

/// The log of a node to which another one is quicker, once: right before the first records that heed talk.
struct Slower {
    log: Box<dyn Log>,
    meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

impl Log for Slower {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        if records.iter().any(|record| record.event.heeds_talk())
            && let Some(meanwhile) = self.meanwhile.take()
        {
            meanwhile();
        }
        self.log.append(expected, records)
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        self.log.follow(after)
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        self.log.restore(messages)
    }

    fn archive(&self) -> Option<OpenArchive> {
        self.log.archive()
    }
}

/// Checks that a mention counts as unread again that was said and read at another node, and followed by so much that
/// memory let it go, after what is unread was looked up and before that was decided. `opened` gives the log of one more
/// node, with an archive.
pub(crate) fn check_unread_meanwhile(opened: impl Fn() -> Box<dyn Log>) {
    let open = |log: Box<dyn Log>| Chat::open(log, LIMITS, Box::new(|_| {})).unwrap();
    let quicker = open(opened());
    let [ann, bob] = [("ann", 1), ("bob", 2)].map(|(who, n)| register(&quicker, who, n).unwrap());
    let first = say(&quicker, ann, "hello", None).unwrap();
    quicker.read(vec![(bob, RoomId::SHARED, first)], Timestamp(0)).unwrap();
    let meanwhile = move || {
        let mention = say(&quicker, ann, "hello @bob", None).unwrap();
        quicker.read(vec![(bob, RoomId::SHARED, mention)], Timestamp(0)).unwrap();
        (0..LIMITS.history).for_each(|_| assert!(say(&quicker, ann, "more", None).is_ok()));
    };
    let slower = open(Box::new(Slower { log: opened(), meanwhile: Some(Box::new(meanwhile)) }));
    slower.mark_unread(bob, first, Timestamp(0)).unwrap();
    let state = slower.state();
    assert!(state.at(first).is_none(), "memory let it go");
    assert_eq!(state.unread(bob, RoomId::SHARED).1, 1);
}
