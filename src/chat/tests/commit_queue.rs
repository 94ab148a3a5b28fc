//! Decisions that wait for each other, are kept together, or fail together.

use super::*;

/// A log that is slow, and tells how many records each append had.
struct Slow(Arc<Mutex<Vec<usize>>>, std::sync::mpsc::Receiver<bool>);

impl Log for Slow {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        lock(&self.0).push(records.len());
        if self.1.recv().expect("a log with a bug") {
            Ok(Appended::after(expected))
        } else {
            Err(StorageError("no space left".into()))
        }
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot::default())
    }
}

impl Chat {
    /// Waits until so many records are decided and not applied, and somebody has the turn: who comes later is in the next
    /// batch.
    pub(super) fn wait_for_decided(&self, count: usize) {
        while self.commit_queue.decided() < count || !self.commit_queue.is_taken() {
            std::thread::yield_now();
        }
    }

    /// Waits until somebody has the turn with the log.
    pub(super) fn wait_until_taken(&self) {
        while !self.commit_queue.is_taken() {
            std::thread::yield_now();
        }
    }
}

/// A chat with a slow log, and a member in it: the chat, how large each append was, and the say over
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
    let (chat, sizes, log) = slow_chat();
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
        log.send(true).unwrap();
        log.send(true).unwrap();
        assert!((4..=6).contains(&twice.join().unwrap().0));
    });
    assert_eq!(*lock(&sizes), [2, 1, 3]);
    assert_eq!(texts(&chat), ["first", "next", "next", "next"]);
}

#[test]
fn what_was_decided_on_top_of_a_failed_write_fails_with_it() {
    for bug in [false, true] {
        let (chat, sizes, log) = slow_chat();
        let ann = MemberId(Seq(1));
        std::thread::scope(|scope| {
            let first = scope.spawn(|| say(&chat, ann, "first", None));
            chat.wait_for_decided(1);
            let second = scope.spawn(|| say(&chat, ann, "second", None));
            chat.wait_for_decided(2);
            let log = (!bug).then_some(log);
            if let Some(log) = &log {
                log.send(false).unwrap();
                assert_eq!(first.join().unwrap(), Err(Refusal::NotKept));
            } else {
                assert!(first.join().is_err(), "the bug is reported where it is");
            }
            assert_eq!(second.join().unwrap(), Err(Refusal::NotKept));
            // And then it goes on, with the same numbers.
            if let Some(log) = log {
                log.send(true).unwrap();
                assert_eq!(say(&chat, ann, "third", None), Ok(Seq(3)));
            }
        });
        assert_eq!(lock(&sizes)[..2], [2, 1]);
    }
}

#[test]
fn who_registers_waits_for_messages_and_messages_for_whoever_registers() {
    let (chat, sizes, log) = slow_chat();
    let ann = MemberId(Seq(1));
    std::thread::scope(|scope| {
        scope.spawn(|| say(&chat, ann, "first", None).unwrap());
        chat.wait_for_decided(1);
        let bob = scope.spawn(|| register(&chat, "bob", 2));
        for _ in 0..2 {
            log.send(true).unwrap();
        }
        assert_eq!(bob.join().unwrap(), Ok(MemberId(Seq(4))));
        log.send(true).unwrap();
        assert_eq!(register(&chat, "BOB", 3), Err(Refusal::NameTaken));
        assert_eq!(say(&chat, ann, "second", None), Ok(Seq(6)));
    });
    assert_eq!(*lock(&sizes), [2, 1, 2, 1]);
}

/// Two chats that write to one log, as two nodes would.
fn two_writers() -> (Kept, [Chat; 2]) {
    let kept = Kept::default();
    let open = || Chat::open(Box::new(kept.clone()), LIMITS, Box::new(|_| {})).unwrap();
    let one = open();
    register(&one, "ann", 1).unwrap();
    let other = open();
    (kept, [one, other])
}

#[test]
fn who_decides_without_what_another_appended_decides_again() {
    let (_, [one, other]) = two_writers();
    let ann = MemberId(Seq(1));
    assert_eq!(say(&one, ann, "first", None), Ok(Seq(3)));
    assert_eq!(register(&other, "bob", 2), Ok(MemberId(Seq(4))));
    assert_eq!(texts(&other), ["first"], "applied, and shown to whoever watches");
    assert_eq!(register(&one, "bob", 3), Err(Refusal::NameTaken));
}

#[test]
fn of_two_writers_nothing_acknowledged_is_lost_and_nothing_is_applied_twice() {
    let (kept, chats) = two_writers();
    let ann = MemberId(Seq(1));
    // So many others are quicker now and then that one is asked to come back.
    let insist = |chat: &Chat, text: &str| {
        std::iter::repeat_with(|| say(chat, ann, text, Some(text))).take(10_000).find_map(Result::ok).unwrap()
    };
    let mut acknowledged: Vec<(Seq, String)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|n| {
                let (chat, insist) = (&chats[n % 2], &insist);
                let texts = (0..20).map(move |m| format!("{n}-{m}"));
                scope.spawn(move || texts.map(|text| (insist(chat, &text), text)).collect::<Vec<_>>())
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    acknowledged.sort();
    let records = lock(&kept.0).clone();
    assert!(records.iter().zip(1..).all(|(record, seq)| record.seq == Seq(seq)), "in one order");
    let said = records.iter().filter_map(|record| match &record.event {
        Event::Posted { body, .. } => Some((record.seq, body.as_str().to_owned())),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), acknowledged);
    for chat in &chats {
        chat.follow().unwrap();
    }
    assert_eq!(*chats[0].state(), *chats[1].state());
    let again = Chat::open(Box::new(kept), LIMITS, Box::new(|_| {})).unwrap();
    assert_eq!(*again.state(), *chats[0].state());
}

#[test]
fn reactions_that_arrive_during_a_write_share_the_next_one() {
    let (chat, sizes, log) = slow_chat();
    let mut members = vec![MemberId(Seq(1))];
    for (n, name) in (2..).zip(["bob", "cyd", "dan"]) {
        log.send(true).unwrap();
        members.push(register(&chat, name, n).unwrap());
    }
    let messages: Vec<Seq> = (0..6)
        .map(|n| {
            log.send(true).unwrap();
            say(&chat, members[0], &format!("message {n}"), None).unwrap()
        })
        .collect();
    let emoji = Emoji::parse("👍").unwrap();
    lock(&sizes).clear();
    std::thread::scope(|scope| {
        let react = |member: MemberId, message: Seq| {
            let (chat, emoji) = (&chat, emoji.clone());
            scope.spawn(move || chat.react(member, message, (&emoji, true), Timestamp(0)).unwrap());
        };
        react(members[0], messages[0]);
        chat.wait_for_decided(1);
        // To the same message, and to more messages than changes are known of: none of them waits for another.
        for member in &members[1..] {
            react(*member, messages[0]);
        }
        for message in &messages[1..] {
            react(members[1], *message);
        }
        chat.wait_for_decided(9);
        scope.spawn(|| say(&chat, members[0], "nor does a message", None).unwrap());
        chat.wait_for_decided(10);
        log.send(true).unwrap();
        log.send(true).unwrap();
    });
    assert_eq!(*lock(&sizes), [1, 9]);
    chat.state().check_invariants();
    let shown = chat.state().message(messages[0]).unwrap().1.reactions;
    let mut reacted = shown[0].members.clone();
    reacted.sort();
    assert_eq!((shown.len(), reacted), (1, members));
}
