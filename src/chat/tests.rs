//! The domain, and its law: the same records give the same state.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use super::log_contract::{
    SharedLog, check_conflicts, check_every_event, check_log_contract, check_races, check_shared_log,
    node_runs, scripts, verbs, verbs_that_change_messages, verbs_that_remove_members,
};
use super::*;
use crate::lock::lock;
use crate::views::message::text;

mod commit_queue;
mod other_nodes;
mod two_nodes;

/// A log whose records outlive the chat that writes them. Clones are handles of one log.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Record>>>);

impl Log for Kept {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let news = self.follow(expected)?;
        let mut kept = lock(&self.0);
        if kept.last().map_or(Seq(0), |record| record.seq) != expected {
            return Ok(Appended { news, first: None });
        }
        kept.extend_from_slice(records);
        Ok(Appended::after(expected))
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        Ok(News::Records(lock(&self.0).iter().filter(|record| record.seq > after).cloned().collect()))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot { tail: lock(&self.0).clone(), ..Snapshot::default() })
    }
}

/// A log that is out of order.
struct Broken;

impl Log for Broken {
    fn append(&mut self, _: Seq, _: &[Record]) -> Result<Appended, StorageError> {
        Err(StorageError("no space left".into()))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot::default())
    }
}

/// Little of everything, and as much time for a search as a busy machine may need.
pub(super) const LIMITS: Limits = Limits {
    history: 8,
    members: 4,
    sessions: 80,
    rooms: 16,
    conversations: 16,
    rooms_per_member: 4,
    memberships: 400,
    search_time: Duration::from_secs(60),
};

fn chat() -> Chat {
    Chat::open(Box::<MemoryLog>::default(), LIMITS, Box::new(|_| {})).unwrap()
}

pub(super) fn digest(n: u16) -> TokenDigest {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    TokenDigest(bytes)
}

pub(super) fn new_session(n: u16, former: Option<u16>) -> NewSession {
    let former = former.map(digest);
    NewSession { digest: digest(n), device: Device::of("Firefox on Linux"), former, known_by: None }
}

/// A session in a browser that is known by its device token.
pub(super) fn new_known_session(n: u16, former: Option<u16>) -> NewSession {
    // Their tokens are other ones.
    let device = |n: u16| digest(n.wrapping_add(1 << 15));
    let known_by = Some(NewDevice { digest: device(n), former: former.map(device) });
    NewSession { known_by, ..new_session(n, former) }
}

pub(super) fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub(super) fn register(chat: &Chat, who: &str, session: u16) -> Result<MemberId, Refusal> {
    let hash = PasswordHash("hash".into());
    chat.register(name(who), hash, new_session(session, None), Timestamp(0))
}

pub(super) fn message(author: MemberId, text: &str) -> NewMessage {
    // Every second number, whosever it is.
    let online = (0..400).step_by(2).map(|id| MemberId(Seq(id))).collect();
    let body = Body::parse(text).unwrap();
    NewMessage { author, body, files: Vec::new(), answers: None, online, nonce: None }
}

pub(super) fn new_text(text: &str) -> NewText {
    NewText { body: Body::parse(text).unwrap(), known: None }
}

pub(super) fn new_room(name: &str, open: bool) -> NewRoom {
    let (name, topic) = (RoomName::parse(name).unwrap(), Topic::parse("").unwrap());
    NewRoom { naming: Naming { name, topic }, open, known: None }
}

pub(super) fn say(chat: &Chat, who: MemberId, text: &str, nonce: Option<&str>) -> Result<Seq, Refusal> {
    let nonce = nonce.map(|nonce| Nonce::parse(nonce).unwrap());
    chat.post(RoomId::SHARED, NewMessage { nonce, ..message(who, text) }, Timestamp(0))
}

fn texts(chat: &Chat) -> Vec<String> {
    let history = chat.state().history(RoomId::SHARED, None, 100);
    history.messages.iter().map(|view| view.message.body.as_str().to_owned()).collect()
}

#[test]
fn the_same_nonce_makes_one_message_and_another_text_is_no_repetition() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    let first = say(&chat, ann, "hello", Some("n1"));
    assert_eq!(say(&chat, ann, "hello", Some("n1")), first);
    assert_eq!(say(&chat, ann, "other", Some("n1")), Err(Refusal::NonceReused));
    let bob = register(&chat, "bob", 2).unwrap();
    assert!(say(&chat, bob, "other", Some("n1")).is_ok(), "a nonce is the member's own");
    assert_eq!(texts(&chat), ["hello", "other"]);
}

/// Twenty times `@`, and after each as many names as letters can be made to stand for.
fn full_of_mentions() -> String {
    let run = ["\u{FDFA}"; 16].join(".");
    format!("@{run} ").repeat(MENTIONS_MAX)
}

#[test]
fn whom_a_message_mentions_is_found_once() {
    let chat = chat();
    let (ann, bob) = (register(&chat, "ann", 1).unwrap(), register(&chat, "bob", 2).unwrap());
    for n in 0..3 {
        say(&chat, ann, &format!("{} {n}", full_of_mentions()), None).unwrap();
    }
    let last = say(&chat, ann, "@Bob and @bob", None).unwrap();
    let made = keys_made();
    let history = chat.state().history(RoomId::SHARED, None, 50).messages;
    let shown: String = history.iter().map(|view| text(view).into_string()).collect();
    assert_eq!(shown.matches("data-name=\"bob\"").count(), 2);
    assert_eq!(chat.state().unread(bob, RoomId::SHARED), (4, 1));
    assert_eq!(chat.state().message(last).unwrap().1.mentioned.len(), 2);
    assert_eq!(keys_made(), made, "nothing that shows or counts looks for a name");
}

#[test]
fn a_name_that_is_free_again_takes_over_no_mention() {
    let chat = chat();
    let (ann, bob) = (register(&chat, "ann", 1).unwrap(), register(&chat, "bob", 2).unwrap());
    let call = say(&chat, ann, "hi @bob", None).unwrap();
    let mentioned = || chat.state().message(call).unwrap().1.mentioned.len();
    assert_eq!(mentioned(), 1);
    chat.remove_member(ann, bob, true, Timestamp(1)).unwrap();
    assert_eq!(mentioned(), 0);
    let bob = register(&chat, "bob", 3).unwrap();
    chat.edit(ann, call, new_text("hi there @bob"), Timestamp(2)).unwrap();
    assert_eq!(mentioned(), 0, "that was written to another");
    assert_eq!(chat.state().unread(bob, RoomId::SHARED), (0, 0));
    say(&chat, ann, "hi @bob", None).unwrap();
    assert_eq!(chat.state().unread(bob, RoomId::SHARED), (1, 1));
}

#[test]
fn memory_is_bounded_by_count_and_by_bytes() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    for n in 0..20 {
        say(&chat, ann, &n.to_string(), Some(&format!("n{n}"))).unwrap();
    }
    assert_eq!(texts(&chat), ["12", "13", "14", "15", "16", "17", "18", "19"]);
    assert_eq!(chat.state().history(RoomId::SHARED, None, 100).before, Before::Evicted);
    assert_eq!(chat.state().history(RoomId::SHARED, None, 2).before, Before::More);
    let large = "x".repeat(3_000);
    for _ in 0..5 {
        say(&chat, ann, &large, None).unwrap();
    }
    assert_eq!(texts(&chat), [large.clone(), large], "8 KiB hold two of these");
}

#[test]
fn the_least_recently_used_session_makes_room() {
    let chat = chat();
    let ann = register(&chat, "ann", 0).unwrap();
    let idle = |digest: &TokenDigest| Duration::from_secs(u64::from(digest.0[1] == 7));
    for n in 1..=20 {
        chat.open_session(ann, new_session(n, None), Timestamp(1), idle).unwrap();
    }
    assert_eq!(chat.state().sessions().len(), SESSIONS_PER_MEMBER);
    assert_eq!(chat.state().session(&digest(7)), None);
    assert!(chat.state().session(&digest(0)).is_some());
}

#[test]
fn a_browser_that_signs_in_anew_leaves_its_former_session() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    chat.open_session(ann, new_session(2, Some(1)), Timestamp(1), |_| Duration::ZERO).unwrap();
    let hash = PasswordHash("hash".into());
    let bob = chat.register(name("bob"), hash, new_session(3, Some(2)), Timestamp(2)).unwrap();
    assert_eq!(chat.state().sessions().len(), 1);
    assert_eq!(chat.state().session(&digest(3)).map(|session| session.member), Some(bob));
}

#[test]
fn idle_sessions_make_room_for_others_and_a_full_chat_says_so() {
    let limits = Limits { sessions: 3, ..LIMITS };
    let chat = Chat::open(Box::<MemoryLog>::default(), limits, Box::new(|_| {})).unwrap();
    let people = [("ann", 300), ("bob", 301), ("cyd", 302)];
    let members = people.map(|(who, n)| register(&chat, who, n).unwrap());
    let open = |member, n, idle| chat.open_session(member, new_session(n, None), Timestamp(0), |_| idle);
    let (none, long) = (Duration::ZERO, SESSION_IDLE_MAX + Duration::from_secs(1));
    assert_eq!(register(&chat, "eve", 901), Err(Refusal::SessionsFull));
    chat.end_session(digest(300), Timestamp(0)).unwrap();
    register(&chat, "eve", 901).unwrap();
    assert_eq!(open(members[0], 900, none), Err(Refusal::SessionsFull));
    assert_eq!(open(members[0], 900, long), Ok(()));
    assert_eq!(chat.state().sessions().len(), 1);
}

#[test]
fn names_are_taken_once_and_a_full_chat_says_so() {
    let chat = chat();
    register(&chat, "ann", 1).unwrap();
    assert_eq!(register(&chat, "ANN", 2), Err(Refusal::NameTaken));
    for (n, who) in (10..).zip(["bob", "cyd", "dan"]) {
        register(&chat, who, n).unwrap();
    }
    assert_eq!(register(&chat, "eve", 3), Err(Refusal::MembersFull));
}

#[test]
fn removed_members_give_their_places_back_until_memory_is_full_of_them() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    let remove = |who| chat.remove_member(ann, who, true, Timestamp(0)).unwrap();
    let others: Vec<_> = (10..13).map(|n| register(&chat, &format!("bob{n}"), n).unwrap()).collect();
    assert_eq!(register(&chat, "eve", 2), Err(Refusal::MembersFull));
    others.into_iter().for_each(remove);
    for n in 20..24 {
        remove(register(&chat, &format!("cyd{n}"), n).unwrap());
    }
    // One member and seven who were removed are twice four.
    assert_eq!(register(&chat, "eve", 3), Err(Refusal::MembersFull));
}

#[test]
fn one_member_takes_neither_all_rooms_nor_all_memberships() {
    let limits = Limits { memberships: 40, ..LIMITS };
    let chat = Chat::open(Box::<MemoryLog>::default(), limits, Box::new(|_| {})).unwrap();
    let [ann, bob, cyd] =
        [("ann", 1), ("bob", 2), ("cyd", 3)].map(|(who, n)| register(&chat, who, n).unwrap());
    let open = |who, open| chat.open_room(who, new_room("Garden", open), Timestamp(0));
    let own: Vec<_> = (0..4).map(|_| open(ann, true).unwrap()).collect();
    assert_eq!(open(ann, true), Err(Refusal::OwnRoomsFull(4)));
    // Four of the forty memberships are a tenth.
    assert_eq!(chat.join(bob, own[0], Timestamp(0)), Err(Refusal::RoomFull));
    assert_eq!(chat.add(ann, own[0], bob, Timestamp(0)), Err(Refusal::RoomFull));
    chat.leave(ann, own[3], Timestamp(0)).unwrap();
    assert_eq!(chat.join(bob, own[0], Timestamp(0)), Ok(()));
    let of_bob = open(bob, false).unwrap();
    assert_eq!(chat.add(bob, of_bob, cyd, Timestamp(0)), Ok(Added::Joined));
}

#[test]
fn rooms_that_are_of_no_use_to_anyone_are_deleted() {
    let chat = chat();
    let [ann, bob] = [("ann", 1), ("bob", 2)].map(|(who, n)| register(&chat, who, n).unwrap());
    let room = |who, open, text: Option<&str>| {
        let room = chat.open_room(who, new_room("Garden", open), Timestamp(0)).unwrap();
        text.map(|text| chat.post(room, message(who, text), Timestamp(0)).unwrap());
        room
    };
    let is_there = |room| chat.state().rooms.contains_key(&room);
    let leave = |who, room| chat.leave(who, room, Timestamp(0)).unwrap();
    let (secret, open, used) =
        (room(ann, false, Some("secret")), room(ann, true, None), room(ann, true, Some("all may read")));
    for room in [secret, open, used] {
        leave(ann, room);
    }
    assert_eq!([secret, open, used].map(is_there), [false, false, true]);

    let invited = room(ann, false, None);
    chat.add(ann, invited, bob, Timestamp(0)).unwrap();
    leave(bob, invited);
    chat.add(ann, invited, bob, Timestamp(0)).unwrap();
    leave(ann, invited);
    assert!(is_there(invited), "bob may come back");
    chat.decline(bob, invited, Timestamp(0)).unwrap();
    assert!(!is_there(invited));

    let of_bob = room(bob, false, Some("mine"));
    chat.remove_member(ann, bob, false, Timestamp(0)).unwrap();
    assert!(!is_there(of_bob));
    assert!(chat.state().active_members().all(|(_, member)| member.opened.iter().eq([&used])));
}

#[test]
fn memberships_of_all_are_bounded() {
    let limits = Limits { memberships: 30, ..LIMITS };
    let chat = Chat::open(Box::<MemoryLog>::default(), limits, Box::new(|_| {})).unwrap();
    let (ann, bob) = (register(&chat, "ann", 1).unwrap(), register(&chat, "bob", 2).unwrap());
    chat.state_mut().marks.extend((100..127).map(|n| ((ann, RoomId(Seq(n))), Seq(0))));
    let private = |who, text: &str| chat.post_privately(who, message(ann, text), Timestamp(0)).map(drop);
    assert_eq!(private(bob, "two more"), Err(Refusal::MembershipsFull));
    assert_eq!(private(ann, "one more"), Ok(()));
    let opened = chat.open_room(bob, new_room("Garden", true), Timestamp(0));
    assert_eq!(opened, Err(Refusal::MembershipsFull));
}

#[test]
fn what_the_log_does_not_keep_did_not_happen() {
    let chat = Chat::open(Box::new(Broken), LIMITS, Box::new(|_| {})).unwrap();
    assert_eq!(register(&chat, "ann", 1), Err(Refusal::NotKept));
    assert_eq!(*chat.state(), State::new(LIMITS.history));
}

proptest! {
    #[test]
    fn the_same_records_give_the_same_state(verbs in verbs()) {
        let kept = Kept::default();
        check_log_contract(|| Box::new(kept.clone()), verbs);
    }

    #[test]
    fn the_same_records_give_the_same_members(verbs in verbs_that_remove_members()) {
        let kept = Kept::default();
        check_log_contract(|| Box::new(kept.clone()), verbs);
    }

    #[test]
    fn changes_are_known_again(verbs in verbs_that_change_messages()) {
        let kept = Kept::default();
        check_log_contract(|| Box::new(kept.clone()), verbs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(node_runs(24)))]

    #[test]
    fn what_several_nodes_do_at_once_is_the_same_for_all(scripts in scripts()) {
        let log = SharedLog::default();
        check_shared_log(&|| Box::new(log.clone()), &scripts);
    }
}

#[test]
fn a_log_in_memory_keeps_nothing_that_was_decided_without_what_others_appended() {
    let kept = Kept::default();
    check_conflicts(|| Box::new(kept.clone()), true);
    check_conflicts(|| Box::<MemoryLog>::default(), false);
}

#[test]
fn every_event_is_known_again() {
    let kept = Kept::default();
    check_every_event(|| Box::new(kept.clone()));
}

#[test]
fn what_many_do_at_once_is_known_again() {
    let kept = Kept::default();
    check_races(|| Box::new(kept.clone()));
}
