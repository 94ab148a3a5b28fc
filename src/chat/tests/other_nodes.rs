//! What other nodes append, beside what is decided here.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use super::*;
use crate::chat::log_contract::samples::{self, record};

const ANN: MemberId = MemberId(Seq(1));
const BOB: MemberId = MemberId(Seq(2));
/// The newest record of the chat that each story begins with.
const BEGUN: Seq = Seq(4);

/// A log that answers as it is told.
struct Scripted {
    answers: Receiver<Answer>,
    asked: Arc<Mutex<Vec<Vec<Record>>>>,
    /// By which the state is restored; nothing: it cannot be read.
    kept: Arc<Mutex<Option<Vec<Record>>>>,
}

enum Answer {
    Appended(Result<Appended, StorageError>),
    News(Result<News, StorageError>),
}

fn gone() -> StorageError {
    StorageError("the connection is lost".into())
}

impl Log for Scripted {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        assert!(records.iter().zip(expected.0 + 1..).all(|(record, seq)| record.seq == Seq(seq)));
        lock(&self.asked).push(records.to_vec());
        match self.answers.recv().expect("an answer") {
            Answer::Appended(answer) => answer,
            Answer::News(_) => panic!("nobody follows"),
        }
    }

    fn follow(&mut self, _: Seq) -> Result<News, StorageError> {
        match self.answers.recv().expect("an answer") {
            Answer::News(answer) => answer,
            Answer::Appended(_) => panic!("nobody appends"),
        }
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        let tail = lock(&self.kept).clone().ok_or_else(gone)?;
        Ok(Snapshot { tail, ..Snapshot::default() })
    }
}

/// A chat with ann, its owner, and bob, and the say over what its log answers.
struct Node {
    chat: Chat,
    log: Sender<Answer>,
    asked: Arc<Mutex<Vec<Vec<Record>>>>,
    kept: Arc<Mutex<Option<Vec<Record>>>>,
    /// The numbers that were told of; 0: the state was restored.
    told: Arc<Mutex<Vec<u64>>>,
}

fn registered(who: &str) -> Event {
    samples::registered(who, who == "ann")
}

fn posted(author: MemberId, text: &str, nonce: Option<&str>) -> Event {
    samples::posted((author, RoomId::SHARED), Body::parse(text).unwrap(), Files::default(), nonce)
}

impl Node {
    fn new() -> Self {
        let (log, answers) = channel();
        let begun =
            [registered("ann"), registered("bob"), posted(ANN, "one", None), posted(BOB, "two", None)];
        let begun = (1..).zip(begun).map(|(seq, event)| record(seq, event)).collect();
        let (kept, asked) = (Arc::new(Mutex::new(Some(begun))), Arc::<Mutex<Vec<_>>>::default());
        let told = Arc::<Mutex<Vec<_>>>::default();
        let (heard, scripted) = (Arc::clone(&told), (Arc::clone(&asked), Arc::clone(&kept)));
        let watcher = move |change: StateChange| match change {
            StateChange::Applied(records) => {
                lock(&heard).extend(records.iter().map(|record| record.seq.0));
            }
            StateChange::Restored(_) => lock(&heard).push(0),
        };
        let scripted = Scripted { answers, asked: scripted.0, kept: scripted.1 };
        let chat = Chat::open(Box::new(scripted), LIMITS, Box::new(watcher)).unwrap();
        assert_eq!(chat.state().last(), BEGUN);
        Self { chat, log, asked, kept, told }
    }

    /// Others appended these, and then ours are kept under this number and those that follow; 0: they are not.
    fn appended(&self, theirs: Vec<Record>, first: u64) {
        let first = (first > 0).then_some(Seq(first));
        let appended = Appended { news: News::Records(theirs), first };
        self.log.send(Answer::Appended(Ok(appended))).unwrap();
    }

    fn news(&self, theirs: Vec<Record>) {
        self.log.send(Answer::News(Ok(News::Records(theirs)))).unwrap();
    }

    fn say(&self, text: &str) -> Result<Seq, Refusal> {
        say(&self.chat, ANN, text, Some(text))
    }

    /// The numbers that each batch was to have.
    fn asked(&self) -> Vec<Vec<u64>> {
        let numbers = |batch: &Vec<Record>| batch.iter().map(|record| record.seq.0).collect();
        lock(&self.asked).iter().map(numbers).collect()
    }

    fn told(&self) -> Vec<u64> {
        lock(&self.told).clone()
    }
}

fn done<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap()
}

#[test]
fn what_others_said_comes_first_and_moves_all_numbers_on() {
    let node = &Node::new();
    thread::scope(|scope| {
        let first = scope.spawn(|| node.say("first"));
        node.chat.wait_for_decided(1);
        let second = scope.spawn(|| node.say("second"));
        node.chat.wait_for_decided(2);
        // What bob said at another node, and numbers that nobody has.
        node.appended(vec![record(5, posted(BOB, "theirs", None))], 8);
        assert_eq!(done(first), Ok(Seq(8)));
        node.appended(vec![], 9);
        assert_eq!(done(second), Ok(Seq(9)));
        // Of several records, whoever asks is told the right one.
        let private = scope.spawn(|| node.chat.post_privately(BOB, message(ANN, "psst"), Timestamp(0)));
        node.chat.wait_for_decided(2);
        node.appended(vec![record(10, posted(BOB, "more", None))], 11);
        assert_eq!(done(private), Ok(Seq(12)));
    });
    assert_eq!(node.asked(), [vec![5], vec![9], vec![10, 11]]);
    assert_eq!(node.told(), [5, 8, 9, 10, 11, 12]);
    assert_eq!(texts(&node.chat), ["one", "two", "theirs", "first", "second", "more"]);
    let state = node.chat.state();
    assert_eq!(state.pair(ANN, BOB), Some(RoomId(Seq(11))));
    assert_eq!(state.at(Seq(12)).unwrap().room, RoomId(Seq(11)));
    state.check_invariants();
}

#[test]
fn whoever_was_slower_decides_again_and_so_does_what_waits_behind() {
    let node = &Node::new();
    thread::scope(|scope| {
        let cyd = scope.spawn(|| register(&node.chat, "cyd", 7));
        node.chat.wait_for_decided(2);
        // A name is taken and a member removed, elsewhere.
        let (member, left) = (BOB, Vec::new());
        let theirs = [registered("Cyd"), Event::MemberRemoved { member, name_freed: false, left }];
        node.appended((5..).zip(theirs).map(|(seq, event)| record(seq, event)).collect(), 0);
        assert_eq!(done(cyd), Err(Refusal::NameTaken));
        let said = scope.spawn(|| node.say("first"));
        node.chat.wait_for_decided(1);
        let removed = scope.spawn(|| say(&node.chat, MemberId(Seq(5)), "I am still here", None));
        node.chat.wait_for_decided(2);
        let member = MemberId(Seq(5));
        node.appended(
            vec![record(7, Event::MemberRemoved { member, name_freed: true, left: Vec::new() })],
            0,
        );
        assert_eq!(done(removed), Err(Refusal::NotAMember));
        node.appended(vec![], 8);
        assert_eq!(done(said), Ok(Seq(8)));
    });
    assert_eq!(node.asked(), [vec![5, 6], vec![7], vec![8]]);
    assert_eq!(node.told(), [5, 6, 7, 8]);
}

#[test]
fn a_message_that_was_sent_to_two_nodes_is_one_message() {
    let node = &Node::new();
    thread::scope(|scope| {
        let sent = scope.spawn(|| node.say("once"));
        node.chat.wait_for_decided(1);
        node.appended(vec![record(5, posted(ANN, "once", Some("once")))], 0);
        assert_eq!(done(sent), Ok(Seq(5)));
    });
    assert_eq!(texts(&node.chat), ["one", "two", "once"]);
}

#[test]
fn whoever_is_slower_each_time_is_asked_to_come_back() {
    let node = &Node::new();
    for _ in 0..100 {
        node.appended(vec![], 0);
    }
    assert_eq!(node.say("in-vain"), Err(Refusal::Busy));
    let tries = node.asked().len();
    assert!((2..100).contains(&tries), "{tries}");
    assert_eq!(node.told(), [0; 0]);
}

#[test]
fn a_decision_about_what_is_unread_is_made_again_where_others_said_something() {
    let node = &Node::new();
    thread::scope(|scope| {
        let marked = scope.spawn(|| node.chat.mark_unread(ANN, Seq(3), Timestamp(0)));
        node.chat.wait_for_decided(1);
        let mut theirs = posted(BOB, "a reply", None);
        if let Event::Posted { quote, .. } = &mut theirs {
            let excerpt = Some(Excerpt::of(&Body::parse("one").unwrap()));
            *quote = Some(Box::new(Quote { message: Seq(3), author: ANN, excerpt }));
        }
        node.appended(vec![record(5, theirs)], 0);
        node.appended(vec![], 6);
        assert_eq!(done(marked), Ok(()));
    });
    let asked = lock(&node.asked);
    let Event::MarkedUnread { mentions, .. } = &asked[1][0].event else { unreachable!() };
    assert_eq!(*mentions, [Seq(5)]);
}

#[test]
fn what_waits_while_others_are_followed_moves_on_or_is_decided_again() {
    let node = &Node::new();
    thread::scope(|scope| {
        let followed = scope.spawn(|| node.chat.follow());
        // The follower has the turn, as it waits for the log.
        node.chat.wait_until_taken();
        let said = scope.spawn(|| node.say("first"));
        node.chat.wait_for_decided(1);
        node.news(vec![record(5, posted(BOB, "theirs", None))]);
        done(followed).unwrap();
        node.appended(vec![], 6);
        assert_eq!(done(said), Ok(Seq(6)));

        let followed = scope.spawn(|| node.chat.follow());
        node.chat.wait_until_taken();
        let cyd = scope.spawn(|| register(&node.chat, "cyd", 7));
        node.chat.wait_for_decided(2);
        node.news(vec![record(7, registered("cyd"))]);
        done(followed).unwrap();
        assert_eq!(done(cyd), Err(Refusal::NameTaken));
    });
    assert_eq!((node.asked(), node.told()), (vec![vec![6]], vec![5, 6, 7]));
}

#[test]
fn a_log_that_cannot_be_followed_changes_nothing() {
    let node = &Node::new();
    thread::scope(|scope| {
        let followed = scope.spawn(|| node.chat.follow());
        node.chat.wait_until_taken();
        let said = scope.spawn(|| node.say("first"));
        node.chat.wait_for_decided(1);
        node.log.send(Answer::News(Err(gone()))).unwrap();
        assert!(done(followed).is_err());
        node.appended(vec![], 5);
        assert_eq!(done(said), Ok(Seq(5)));
    });
}

/// The chat as another node left it, which had a new owner meanwhile.
fn another_history() -> Vec<Record> {
    let all =
        [registered("ann"), registered("bob"), posted(BOB, "other", None), posted(BOB, "history", None)];
    let all = (1..).zip(all).map(|(seq, event)| record(seq, event));
    all.chain([record(1_000, posted(BOB, "goes on", None))]).collect()
}

#[test]
fn where_it_is_not_known_what_happened_the_state_is_restored() {
    let node = &Node::new();
    *lock(&node.kept) = Some(another_history());
    thread::scope(|scope| {
        let first = scope.spawn(|| node.say("first"));
        node.chat.wait_for_decided(1);
        let second = scope.spawn(|| node.say("second"));
        node.chat.wait_for_decided(2);
        let unknown = Appended { news: News::Unknown, first: None };
        node.log.send(Answer::Appended(Ok(unknown))).unwrap();
        // What they looked up may not be so any more.
        assert_eq!([done(first), done(second)], [Err(Refusal::Busy); 2]);
        let again = scope.spawn(|| node.say("again"));
        node.chat.wait_for_decided(1);
        node.appended(vec![], 1_001);
        assert_eq!(done(again), Ok(Seq(1_001)));
    });
    assert_eq!(texts(&node.chat), ["other", "history", "goes on", "again"]);
    assert_eq!(node.told(), [0, 1_001]);
    let since = |after: u64| node.chat.since(Scope::Room(RoomId::SHARED), Seq(after), 9).unwrap();
    assert!(since(4).is_none() && since(999).is_none(), "that was another history, or may have been");
    assert_eq!(since(1_000).unwrap().messages.len(), 1);
}

#[test]
fn what_is_kept_where_it_is_not_known_what_happened_is_acknowledged() {
    let node = &Node::new();
    *lock(&node.kept) =
        Some(another_history().into_iter().chain([record(1_001, posted(ANN, "first", None))]).collect());
    let unknown = Appended { news: News::Unknown, first: Some(Seq(1_001)) };
    node.log.send(Answer::Appended(Ok(unknown))).unwrap();
    assert_eq!(node.say("first"), Ok(Seq(1_001)));
    assert_eq!(texts(&node.chat).last().unwrap(), "first");
}

#[test]
fn a_state_that_cannot_be_restored_is_restored_before_anything_else() {
    let node = &Node::new();
    *lock(&node.kept) = None;
    node.log.send(Answer::News(Ok(News::Unknown))).unwrap();
    assert!(node.chat.follow().is_err());
    assert_eq!(node.say("first"), Err(Refusal::NotKept), "without asking the log to keep it");
    assert_eq!(texts(&node.chat), ["one", "two"]);
    *lock(&node.kept) = Some(another_history());
    node.chat.follow().unwrap();
    assert_eq!((node.told(), node.asked().len()), (vec![0], 0));
    node.appended(vec![], 1_001);
    assert_eq!(node.say("first"), Ok(Seq(1_001)));
}

#[test]
fn whoever_waits_for_a_record_goes_on_when_it_is_applied() {
    let node = &Node::new();
    let far = Instant::now() + Duration::from_secs(600);
    assert!(node.chat.wait_for(BEGUN, far, Instant::now()));
    assert!(!node.chat.wait_for(Seq(5), far, Instant::now()));
    thread::scope(|scope| {
        let waits = [5, 6].map(|seq| scope.spawn(move || node.chat.wait_for(Seq(seq), far, far)));
        node.news(vec![record(5, posted(BOB, "theirs", None))]);
        node.chat.follow().unwrap();
        node.appended(vec![], 6);
        node.say("ours").unwrap();
        assert_eq!(waits.map(done), [true, true]);
    });
}

#[test]
fn whoever_waits_for_a_record_that_nobody_has_is_told_so() {
    let node = &Node::new();
    let (start, far) = (Instant::now(), Instant::now() + Duration::from_secs(600));
    thread::scope(|scope| {
        let waits = scope.spawn(move || node.chat.wait_for(Seq(9), start, far));
        node.log.send(Answer::News(Err(gone()))).unwrap();
        assert!(node.chat.follow().is_err());
        assert!(!node.chat.has_followed_since(start));
        node.news(vec![record(5, posted(BOB, "theirs", None))]);
        node.chat.follow().unwrap();
        assert!(!done(waits));
        assert!(node.chat.has_followed_since(start) && !node.chat.has_followed_since(far));
        // Whoever writes is told of all, too.
        let start = Instant::now();
        node.appended(vec![], 6);
        node.say("ours").unwrap();
        assert!(node.chat.has_followed_since(start));
    });
}

#[test]
fn a_record_that_is_waited_for_may_come_in_a_later_part_of_the_news() {
    let node = &Node::new();
    let (start, far) = (Instant::now(), Instant::now() + Duration::from_secs(600));
    let first =
        |seq| node.log.send(Answer::News(Ok(News::First(vec![record(seq, posted(BOB, "theirs", None))]))));
    thread::scope(|scope| {
        let waits = scope.spawn(move || node.chat.wait_for(Seq(7), start, far));
        first(5).unwrap();
        assert!(!node.chat.commit_queue.follow(&node.chat.replica).unwrap());
        assert!(!node.chat.has_followed_since(start));
        first(6).unwrap();
        node.news(vec![record(7, posted(BOB, "more", None))]);
        node.chat.follow().unwrap();
        assert!(done(waits) && node.chat.has_followed_since(start));
    });
}
