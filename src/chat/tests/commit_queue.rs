//! Decisions that wait for each other, are kept together, or fail together.

use super::*;

/// A journal that is slow, and tells how many records each append had.
struct Slow(Arc<Mutex<Vec<usize>>>, std::sync::mpsc::Receiver<bool>);

impl Journal for Slow {
    fn append(&mut self, records: &[Record]) -> Result<(), StorageError> {
        lock(&self.0).push(records.len());
        if self.1.recv().expect("a journal with a bug") {
            Ok(())
        } else {
            Err(StorageError("no space left".into()))
        }
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot::default())
    }
}

impl Chat {
    /// Waits until so many records are decided and not applied.
    fn wait_for_decided(&self, count: usize) {
        while self.commit_queue.decided() < count {
            std::thread::yield_now();
        }
    }
}

/// A chat with a slow journal, and a member in it: the chat, how large each append was, and the say over
/// what comes of them.
fn slow_chat() -> (Chat, Arc<Mutex<Vec<usize>>>, std::sync::mpsc::Sender<bool>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sizes = Arc::<Mutex<Vec<usize>>>::default();
    let chat = Chat::open(Box::new(Slow(Arc::clone(&sizes), receiver)), LIMITS, Box::new(|_| {})).unwrap();
    sender.send(true).unwrap();
    register(&chat, "ann", 1).unwrap();
    (chat, sizes, sender)
}

#[test]
fn messages_that_arrive_during_a_write_share_the_next_one() {
    let (chat, sizes, journal) = slow_chat();
    let ann = MemberId(Seq(1));
    std::thread::scope(|scope| {
        scope.spawn(|| say(&chat, ann, "first", None).unwrap());
        chat.wait_for_decided(1);
        for n in 0..3 {
            let chat = &chat;
            scope.spawn(move || say(chat, ann, "next", Some(&format!("n{n}"))).unwrap());
        }
        chat.wait_for_decided(4);
        assert_eq!(
            chat.state().history(RoomId::SHARED, None, 9).messages.len(),
            0,
            "nothing is shown before it is kept"
        );
        // One of them is sent twice, and makes one message: the second waits for the first.
        let twice = scope.spawn(|| say(&chat, ann, "next", Some("n1")).unwrap());
        journal.send(true).unwrap();
        journal.send(true).unwrap();
        assert!((4..=6).contains(&twice.join().unwrap().0));
    });
    assert_eq!(*lock(&sizes), [2, 1, 3]);
    assert_eq!(texts(&chat), ["first", "next", "next", "next"]);
}

#[test]
fn what_was_decided_on_top_of_a_failed_write_fails_with_it() {
    for bug in [false, true] {
        let (chat, sizes, journal) = slow_chat();
        let ann = MemberId(Seq(1));
        std::thread::scope(|scope| {
            let first = scope.spawn(|| say(&chat, ann, "first", None));
            chat.wait_for_decided(1);
            let second = scope.spawn(|| say(&chat, ann, "second", None));
            chat.wait_for_decided(2);
            let journal = (!bug).then_some(journal);
            if let Some(journal) = &journal {
                journal.send(false).unwrap();
                assert_eq!(first.join().unwrap(), Err(Refusal::NotKept));
            } else {
                assert!(first.join().is_err(), "the bug is reported where it is");
            }
            assert_eq!(second.join().unwrap(), Err(Refusal::NotKept));
            // And then it goes on, with the same numbers.
            if let Some(journal) = journal {
                journal.send(true).unwrap();
                assert_eq!(say(&chat, ann, "third", None), Ok(Seq(3)));
            }
        });
        assert_eq!(lock(&sizes)[..2], [2, 1]);
    }
}

#[test]
fn who_registers_waits_for_messages_and_messages_for_whoever_registers() {
    let (chat, sizes, journal) = slow_chat();
    let ann = MemberId(Seq(1));
    std::thread::scope(|scope| {
        scope.spawn(|| say(&chat, ann, "first", None).unwrap());
        chat.wait_for_decided(1);
        let bob = scope.spawn(|| register(&chat, "bob", 2));
        for _ in 0..2 {
            journal.send(true).unwrap();
        }
        assert_eq!(bob.join().unwrap(), Ok(MemberId(Seq(4))));
        journal.send(true).unwrap();
        assert_eq!(register(&chat, "BOB", 3), Err(Refusal::NameTaken));
        assert_eq!(say(&chat, ann, "second", None), Ok(Seq(6)));
    });
    assert_eq!(*lock(&sizes), [2, 1, 2, 1]);
}
