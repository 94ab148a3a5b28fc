//! The domain, and its law: the same records give the same state.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// A journal whose records outlive the chat that writes them.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Record>>>);

impl Journal for Kept {
    fn append(&mut self, records: &[Record]) -> Result<(), NotKept> {
        lock(&self.0).extend_from_slice(records);
        Ok(())
    }

    fn replay(&self, _: usize, visit: &mut dyn FnMut(&Record)) -> Result<Seq, NotKept> {
        let records = lock(&self.0);
        records.iter().for_each(visit);
        Ok(records.last().map_or(Seq::default(), |record| record.seq))
    }
}

/// A journal that is out of order.
struct Broken;

impl Journal for Broken {
    fn append(&mut self, _: &[Record]) -> Result<(), NotKept> {
        Err(NotKept("no space left".into()))
    }

    fn replay(&self, _: usize, _: &mut dyn FnMut(&Record)) -> Result<Seq, NotKept> {
        Ok(Seq::default())
    }
}

const LIMITS: Limits = Limits { history: 8, members: 4, sessions: 30 };

fn chat() -> Chat {
    Chat::open(Box::new(Unkept), LIMITS, Box::new(|_| {})).unwrap()
}

fn digest(n: u16) -> TokenDigest {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    TokenDigest(bytes)
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn register(chat: &Chat, who: &str, session: u16) -> Result<MemberId, Refusal> {
    let hash = PasswordHash("hash".into());
    chat.register(name(who), hash, digest(session), None, Timestamp(0))
}

fn say(chat: &Chat, who: MemberId, text: &str, nonce: Option<&str>) -> Result<Seq, Refusal> {
    let nonce = nonce.map(|nonce| Nonce::parse(nonce).unwrap());
    chat.post(who, Body::parse(text).unwrap(), nonce, Timestamp(0))
}

fn texts(chat: &Chat) -> Vec<String> {
    let history = chat.state().history(None, 100);
    history.messages.iter().map(|(message, _)| message.body.as_str().to_owned()).collect()
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

#[test]
fn memory_is_bounded_by_count_and_by_bytes() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    for n in 0..20 {
        say(&chat, ann, &n.to_string(), Some(&format!("n{n}"))).unwrap();
    }
    assert_eq!(texts(&chat), ["12", "13", "14", "15", "16", "17", "18", "19"]);
    assert_eq!(chat.state().history(None, 100).before, Before::Forgotten);
    assert_eq!(chat.state().history(None, 2).before, Before::More);
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
    let used = |digest: &TokenDigest, _: &Session| Timestamp(i64::from(digest.0[1] != 7));
    for n in 1..=20 {
        chat.open_session(ann, digest(n), None, Timestamp(1), used).unwrap();
    }
    assert_eq!(chat.state().sessions().len(), SESSIONS_PER_MEMBER);
    assert_eq!(chat.state().session(&digest(7)), None);
    assert!(chat.state().session(&digest(0)).is_some());
}

#[test]
fn a_browser_that_signs_in_anew_leaves_its_former_session() {
    let chat = chat();
    let ann = register(&chat, "ann", 1).unwrap();
    let used = |_: &TokenDigest, session: &Session| session.opened;
    chat.open_session(ann, digest(2), Some(digest(1)), Timestamp(1), used).unwrap();
    let hash = PasswordHash("hash".into());
    let bob = chat.register(name("bob"), hash, digest(3), Some(digest(2)), Timestamp(2)).unwrap();
    assert_eq!(chat.state().sessions().len(), 1);
    assert_eq!(chat.state().session(&digest(3)).map(|session| session.member), Some(bob));
}

#[test]
fn idle_sessions_make_room_for_others_and_a_full_chat_says_so() {
    let chat = chat();
    let members = [("ann", 300), ("bob", 301)].map(|(who, n)| register(&chat, who, n).unwrap());
    let opened = |_: &TokenDigest, session: &Session| session.opened;
    let open = |member, n, now| chat.open_session(member, digest(n), None, Timestamp(now), opened);
    for n in 0..28 {
        open(members[usize::from(n % 2)], n, 0).unwrap();
    }
    assert_eq!(open(members[0], 900, 0), Err(Refusal::SessionsFull));
    assert_eq!(register(&chat, "eve", 901), Err(Refusal::SessionsFull));
    assert_eq!(open(members[0], 900, SESSION_IDLE_MAX + 1), Ok(()));
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
fn what_the_journal_does_not_keep_did_not_happen() {
    let chat = Chat::open(Box::new(Broken), LIMITS, Box::new(|_| {})).unwrap();
    assert_eq!(register(&chat, "ann", 1), Err(Refusal::NotKept));
    assert_eq!(*chat.state(), State::new(LIMITS.history));
}

#[derive(Clone, Debug)]
enum Verb {
    Register(u8),
    Open(u8, u16),
    End(u16),
    Post(u8, String, Option<u8>),
}

fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let verb = prop_oneof![
        (0..6u8).prop_map(Verb::Register),
        (0..6u8, 0..40u16).prop_map(|(who, session)| Verb::Open(who, session)),
        (0..40u16).prop_map(Verb::End),
        (0..6u8, "[a-z]{1,4}", prop::option::of(0..4u8))
            .prop_map(|(who, text, nonce)| Verb::Post(who, text, nonce)),
    ];
    prop::collection::vec(verb, 0..120)
}

proptest! {
    #[test]
    fn the_same_records_give_the_same_state(verbs in verbs()) {
        let kept = Kept::default();
        let live = Chat::open(Box::new(kept.clone()), LIMITS, Box::new(|_| {})).unwrap();
        for (n, verb) in (0u16..).zip(verbs) {
            let now = Timestamp(i64::from(n));
            let member = |who: u8| {
                let key = NameKey::of(&format!("member{who}"));
                live.state().member_named(&key).map(|(id, _)| id)
            };
            let _ = match verb {
                Verb::Register(who) => {
                    register(&live, &format!("member{who}"), 1000 + n).map(drop)
                }
                Verb::Open(who, session) => member(who).map_or(Ok(()), |id| {
                    live.open_session(id, digest(session), None, now, |_, s| s.opened)
                }),
                Verb::End(session) => live.end_session(digest(session), now),
                Verb::Post(who, text, nonce) => member(who).map_or(Ok(()), |id| {
                    say(&live, id, &text, nonce.map(|n| format!("n{n}")).as_deref()).map(drop)
                }),
            };
        }
        let replayed = Chat::open(Box::new(kept.clone()), LIMITS, Box::new(|_| {})).unwrap();
        prop_assert_eq!(&*live.state(), &*replayed.state());
        let numbers: Vec<u64> = lock(&kept.0).iter().map(|record| record.seq.0).collect();
        prop_assert_eq!(&numbers, &(1..=numbers.len() as u64).collect::<Vec<_>>());
    }
}
