//! A log that several nodes write, each a chat of its own.

use std::sync::Condvar;
use std::{iter, thread};

use proptest::test_runner::{TestRng, TestRunner};

use super::super::tests::{LIMITS, message, say};
use super::turn::check_turn;
use super::*;
use crate::lock::wait;

/// Nodes at once, and what each does: two write, and one follows what the others write.
const NODES: usize = 3;
const WRITERS: usize = 2;

/// What each writer of each node does: first somebody registers, who may be the first of all. Every second verb is the
/// same for all writers, or for every second one the next of these.
pub(crate) fn scripts() -> impl Strategy<Value = Vec<Vec<Verb>>> {
    let own = (0..4u8, prop::collection::vec(verb(), 0..16));
    let all = (prop::collection::vec(own, NODES * WRITERS), prop::collection::vec(contended(), 0..32));
    all.prop_map(|(own, shared)| {
        let scripts = own.into_iter().enumerate().map(|(writer, (who, own))| {
            let shared = shared.iter().skip(writer % 2).cloned();
            [vec![Verb::Register(who)], woven(own.into_iter(), shared)].concat()
        });
        scripts.collect()
    })
}

/// What nodes decide differently where they know of each other.
fn contended() -> impl Strategy<Value = Verb> {
    prop_oneof![
        3 => (0..4u8, 0..8u8).prop_map(|(who, nonce)| Verb::Post(who, "once".into(), Some(nonce))),
        3 => (0..4u8, 0..2u8).prop_map(|(who, room)| Verb::PostIn(who, room, "hello @room".into())),
        3 => (0..4u8, any::<u8>()).prop_map(|(who, at)| Verb::MarkUnread(who, at)),
        1 => (0..4u8).prop_map(|who| Verb::OpenRoom(who, true)),
        1 => (0..4u8, 1..4u8).prop_map(|(who, room)| Verb::Leave(who, room)),
        2 => verb(),
    ]
}

/// One of these, one of those, and so on, until the end of both.
fn woven(mut own: impl Iterator<Item = Verb>, mut shared: impl Iterator<Item = Verb>) -> Vec<Verb> {
    let pairs = iter::repeat_with(|| [own.next(), shared.next()]);
    pairs.take_while(|pair| pair.iter().any(Option::is_some)).flatten().flatten().collect()
}

/// Runs at random, unless the environment asks for more.
pub(crate) fn node_runs(usual: u32) -> u32 {
    std::env::var("SNUG_NODE_RUNS").map_or(usual, |text| text.parse().unwrap())
}

/// A chat, and what it was told of.
struct Node {
    chat: Chat,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    records: Vec<Record>,
    /// The state was restored, so that some are missing.
    was_restored: bool,
}

impl Node {
    fn open(log: Box<dyn Log>, wakeups: &Arc<Wakeups>) -> Self {
        let told = Arc::<Mutex<Told>>::default();
        let (heard, wakeups) = (Arc::clone(&told), Arc::clone(wakeups));
        let watcher = move |change: StateChange| {
            match change {
                StateChange::Applied(records) => lock(&heard).records.extend_from_slice(records),
                StateChange::Restored(_) => lock(&heard).was_restored = true,
            }
            wakeups.wake();
        };
        Self { chat: Chat::open(log, LIMITS, Box::new(watcher)).unwrap(), told }
    }

    /// Checks that it was told of these.
    fn told_all(self, records: &[Record]) -> Chat {
        let told = lock(&self.told);
        assert!(told.was_restored || told.records == records, "all are told of the same");
        drop(told);
        self.chat.state().check_invariants();
        self.chat
    }
}

/// Wakes those who follow, as soon as a node has applied anything.
#[derive(Default)]
struct Wakeups {
    count: Mutex<Count>,
    woken: Condvar,
}

#[derive(Default)]
struct Count {
    so_far: usize,
    is_over: bool,
}

impl Wakeups {
    fn wake(&self) {
        lock(&self.count).so_far += 1;
        self.woken.notify_all();
    }

    fn end(&self) {
        lock(&self.count).is_over = true;
        self.woken.notify_all();
    }

    /// Waits until there are more than these, and counts them. False: there will be no more.
    fn wait(&self, heard: &mut usize) -> bool {
        let mut count = lock(&self.count);
        while count.so_far == *heard && !count.is_over {
            count = wait(&self.woken, count);
        }
        *heard = count.so_far;
        !count.is_over
    }
}

/// Checks a log that several write: all nodes have the same records in one order, and by them the same state; each record
/// is right in its turn, and nothing that was acknowledged is lost. `opened` gives the log of one more node.
pub(crate) fn check_shared_log(opened: &(dyn Fn() -> Box<dyn Log> + Sync), scripts: &[Vec<Verb>]) {
    check_nodes(opened, |nodes, wakeups| all_write(nodes, wakeups, scripts));
}

/// Checks the same of nodes that write one after the other, verb by verb, none of which knows what the others did since
/// it wrote last: the same scripts give the same records.
fn check_in_turn(opened: &dyn Fn() -> Box<dyn Log>, scripts: &[Vec<Verb>]) {
    check_nodes(opened, |nodes, _| {
        let step = NODES * WRITERS;
        let longest = scripts.iter().map(Vec::len).max().unwrap_or_default();
        let turns = (0..longest).flat_map(|turn| (0..step).map(move |writer| (turn, writer)));
        let verbs = turns.filter_map(|(turn, writer)| {
            let n = u16::try_from(turn * step + writer).unwrap();
            do_once(&nodes[writer / WRITERS].chat, n, scripts[writer].get(turn)?.clone())
        });
        verbs.collect()
    });
}

/// Tells if one of some lives of several nodes, always the same ones, breaks the contract. `begin` gives an empty log's
/// opener.
pub(crate) fn is_found_out<O: Fn() -> Box<dyn Log>>(lives: u32, begin: impl Fn() -> O) -> bool {
    let config = ProptestConfig {
        cases: lives,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    };
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    let outcome = TestRunner::new_with_rng(config, random).run(&scripts(), |scripts| {
        check_in_turn(&begin(), &scripts);
        Ok(())
    });
    outcome.is_err()
}

fn check_nodes(
    opened: &dyn Fn() -> Box<dyn Log>,
    write: impl FnOnce(&[Node], &Wakeups) -> Vec<(Seq, MemberId, String)>,
) {
    let wakeups = Arc::default();
    let nodes: Vec<Node> = (0..NODES).map(|_| Node::open(opened(), &wakeups)).collect();
    let acknowledged = write(&nodes, &wakeups);
    for Node { chat, .. } in &nodes {
        chat.follow().unwrap();
    }
    let records = all_records(&mut *opened());
    for (seq, author, text) in acknowledged {
        let at = records.binary_search_by_key(&seq, |record| record.seq).expect("it is there");
        let message = records[at].message().expect("it is a message");
        assert_eq!((message.author, message.body.as_str()), (author, &*text));
    }
    let all = Model::of(&records);
    let mut chats: Vec<Chat> = nodes.into_iter().map(|node| node.told_all(&records)).collect();
    // What one reads, all read whose state is the same.
    let first = chats.swap_remove(records.len() % NODES);
    all_can_be_read(&first, &all);
    let in_turn = applied_in_turn(&records, first.state().window.remembers());
    let live = is_the_same_again(first, LIMITS, opened, &all);
    chats.into_iter().fold(assert_same(live, in_turn).0, |state, chat| {
        chat.close();
        assert_same(state, chat.replica.into_state()).0
    });
}

/// All that a log has, part by part.
pub(crate) fn all_records(log: &mut dyn Log) -> Vec<Record> {
    let mut records = Vec::<Record>::new();
    loop {
        let after = records.last().map(|record| record.seq).unwrap_or_default();
        match log.follow(after).unwrap() {
            News::First(part) => records.extend(part),
            News::Records(last) => {
                records.extend(last);
                return records;
            }
            News::Unknown => panic!("all is known record by record"),
        }
    }
}

/// The state by these records, each of which is right in its turn.
fn applied_in_turn(records: &[Record], remembers: bool) -> State {
    let mut state = State::restore(LIMITS.history, Snapshot::default());
    state.window.remember(remembers);
    for record in records {
        check_turn(&state, record);
        state.apply(record);
    }
    state
}

/// All nodes do at once what they have to. Gives the messages that were acknowledged.
fn all_write(nodes: &[Node], wakeups: &Wakeups, scripts: &[Vec<Verb>]) -> Vec<(Seq, MemberId, String)> {
    thread::scope(|scope| {
        for Node { chat, .. } in nodes {
            scope.spawn(|| {
                let mut heard = 0;
                while wakeups.wait(&mut heard) {
                    chat.follow().unwrap();
                }
            });
        }
        let writers = (0u16..).zip(scripts).map(|(writer, script)| {
            let chat = &nodes[usize::from(writer) / WRITERS].chat;
            scope.spawn(move || {
                let step = u16::try_from(NODES * WRITERS).unwrap();
                let numbers = (0..).map(|n| n * step + writer);
                numbers.zip(script).filter_map(|(n, verb)| do_once(chat, n, verb.clone())).collect::<Vec<_>>()
            })
        });
        let writers: Vec<_> = writers.collect();
        let done: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        wakeups.end();
        done.into_iter().flat_map(|said| said.unwrap()).collect()
    })
}

/// Carries a verb out, whose tokens nobody else draws. Gives the message that it posted.
fn do_once(chat: &Chat, n: u16, verb: Verb) -> Option<(Seq, MemberId, String)> {
    let member = |who: u8| {
        let key = NameKey::of(&format!("member{who}"));
        chat.state().active_named(&key).map(|(id, _)| id)
    };
    match verb {
        Verb::Post(who, text, nonce) => {
            let (author, nonce) = (member(who)?, nonce.map(|n| format!("n{n}")));
            Some((say(chat, author, &text, nonce.as_deref()).ok()?, author, text))
        }
        Verb::PostIn(who, at, text) => {
            let author = member(who)?;
            Some((chat.post(room(chat, at), message(author, &text), time(n)).ok()?, author, text))
        }
        Verb::Open(who, _) => {
            carry_out(chat, n, Verb::Open(who, 4_000 + n));
            None
        }
        Verb::End(session) => {
            carry_out(chat, n, Verb::End(1_000 + session));
            None
        }
        verb => {
            carry_out(chat, n, verb);
            None
        }
    }
}
