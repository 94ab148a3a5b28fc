//! The domain: what can be done in a chat, without HTTP, HTML, sockets or a clock.
//!
//! Every verb of [`Chat`] goes one way: it *decides* against the newest state, the decision is an
//! [`Event`], the [`Journal`] keeps it, and only then [`State::apply`] makes it so.

mod event;
mod journal;
mod model;
mod state;

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use event::{Event, Record};
pub use journal::{Complete, Journal, NotKept, Ring};
pub use model::{
    Body, BodyFault, MESSAGE_MAX, MemberId, NAME_MAX, NONCE_MAX, NameFault, NameKey, Nonce, NonceFault,
    PasswordHash, Refusal, Seq, Timestamp, TokenDigest, Username,
};
pub use state::{Before, HISTORY_BYTES_PER_MESSAGE, History, Member, Message, Session, State};

use crate::log::log;
use crate::share::{Share, lock};

/// Open sessions of one member; one more ends the least recently used.
pub const SESSIONS_PER_MEMBER: usize = 20;
/// A session that was not used for this long is over: 30 days, in milliseconds.
pub const SESSION_IDLE_MAX: i64 = 30 * 24 * 60 * 60 * 1000;
/// Changes that may be on their way to the journal at once. One is written, the others wait: as
/// many workers as a slow journal can occupy.
pub const APPENDS_ADMITTED: usize = 32;

/// How much a chat holds in memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages kept (and this many times [`HISTORY_BYTES_PER_MESSAGE`] of text).
    pub history: usize,
    /// Members.
    pub members: usize,
    /// Open sessions of all members together.
    pub sessions: usize,
}

impl Default for Limits {
    /// 10,000 messages, 10,000 members, 20,000 sessions: about 20 MB when all are reached.
    fn default() -> Self {
        Self { history: 10_000, members: 10_000, sessions: 20_000 }
    }
}

/// The chat: its verbs, and read access to its state.
pub struct Chat {
    limits: Limits,
    appending: Share,
    /// Orders all changes: held from a decision until it is applied, and while the journal
    /// writes, which may be slow. Taken before `state`, never after it.
    journal: Mutex<Box<dyn Journal>>,
    /// What pages read. Never held across I/O, hashing or rendering.
    state: RwLock<State>,
    watcher: Watcher,
}

/// Whoever wants to know of changes.
pub type Watcher = Box<dyn Fn(&[Record]) + Send + Sync>;

/// What a verb comes to.
enum Decision {
    /// These things happen.
    Happens(Vec<Event>),
    /// It has happened already, as this record.
    Happened(Seq),
}

impl Chat {
    /// A chat as its journal remembers it. `watcher` is told of every change right after it was
    /// applied, in order; all others wait for it, so it must be quick.
    pub fn open(journal: Box<dyn Journal>, limits: Limits, watcher: Watcher) -> Result<Self, NotKept> {
        let mut state = State::new(limits.history);
        journal.after(Seq::default(), &mut |record| state.apply(record))?;
        Ok(Self {
            limits,
            appending: Share::new(APPENDS_ADMITTED, APPENDS_ADMITTED),
            journal: Mutex::new(journal),
            state: RwLock::new(state),
            watcher,
        })
    }

    /// The state, to read. Hold it briefly: changes wait for it.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a member and signs them in with a first session. `former`, the session that the same
    /// browser had before, ends with it.
    pub fn register(
        &self,
        name: Username,
        password: PasswordHash,
        session: TokenDigest,
        former: Option<TokenDigest>,
        now: Timestamp,
    ) -> Result<MemberId, Refusal> {
        let registered = self.commit(now, |state, next| {
            self.may_register(state, &name)?;
            let former = former.filter(|former| state.session(former).is_some());
            if state.sessions().len() - usize::from(former.is_some()) >= self.limits.sessions {
                return Err(Refusal::SessionsFull);
            }
            let mut events = vec![
                Event::Registered { name, password },
                Event::SessionOpened { member: MemberId(next), digest: session },
            ];
            events.extend(former.map(|digest| Event::SessionEnded { digest }));
            Ok(Decision::Happens(events))
        })?;
        Ok(MemberId(registered))
    }

    /// Whether `register` would take this name now: asked before a password is hashed in vain.
    pub fn may_register(&self, state: &State, name: &Username) -> Result<(), Refusal> {
        if state.member_named(name.key()).is_some() {
            Err(Refusal::NameTaken)
        } else if state.member_count() >= self.limits.members {
            Err(Refusal::MembersFull)
        } else {
            Ok(())
        }
    }

    /// Opens a session for a member whose password was checked. With it ends `former`, the session
    /// that the same browser had before, every session that was idle too long, and the member's
    /// least recently used one where they have too many; `last_used` tells when a session was seen
    /// last.
    pub fn open_session(
        &self,
        member: MemberId,
        session: TokenDigest,
        former: Option<TokenDigest>,
        now: Timestamp,
        last_used: impl Fn(&TokenDigest, &Session) -> Timestamp,
    ) -> Result<(), Refusal> {
        self.commit(now, |state, _| {
            let owner = state.member(member).ok_or(Refusal::NotAMember)?;
            let (over, open): (Vec<_>, Vec<_>) = state
                .sessions()
                .map(|(digest, session)| (*digest, last_used(digest, session)))
                .partition(|(digest, used)| is_idle(*used, now) || Some(*digest) == former);
            let mut ended: Vec<TokenDigest> = over.into_iter().map(|(digest, _)| digest).collect();
            let own = open.iter().filter(|(digest, _)| owner.sessions.contains(digest));
            if own.clone().count() >= SESSIONS_PER_MEMBER {
                ended.extend(own.min_by_key(|(_, used)| *used).map(|(digest, _)| *digest));
            } else if open.len() >= self.limits.sessions {
                return Err(Refusal::SessionsFull);
            }
            let ended = ended.into_iter().map(|digest| Event::SessionEnded { digest });
            let opened = Event::SessionOpened { member, digest: session };
            Ok(Decision::Happens(ended.chain([opened]).collect()))
        })
        .map(drop)
    }

    /// Ends a session; one that is over already stays so.
    pub fn end_session(&self, session: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.commit(now, |state, _| {
            Ok(match state.session(&session) {
                Some(_) => Decision::Happens(vec![Event::SessionEnded { digest: session }]),
                None => Decision::Happened(state.last()),
            })
        })
        .map(drop)
    }

    /// Says something in the shared room. A nonce that the member used before gives the earlier
    /// message's id and makes no second one.
    pub fn post(
        &self,
        author: MemberId,
        body: Body,
        nonce: Option<Nonce>,
        now: Timestamp,
    ) -> Result<Seq, Refusal> {
        self.commit(now, |state, _| {
            state.member(author).ok_or(Refusal::NotAMember)?;
            let earlier = nonce.as_ref().and_then(|nonce| state.message_by_nonce(author, nonce));
            match earlier {
                None => Ok(Decision::Happens(vec![Event::Posted { author, body, nonce }])),
                Some(message) if message.body == body => Ok(Decision::Happened(message.id)),
                Some(_) => Err(Refusal::NonceReused),
            }
        })
    }

    /// The one way in which anything changes: decide, keep, apply. Gives the number of the first
    /// record made.
    fn commit(
        &self,
        now: Timestamp,
        decide: impl FnOnce(&State, Seq) -> Result<Decision, Refusal>,
    ) -> Result<Seq, Refusal> {
        let _turn = self.appending.enter().map_err(|_| Refusal::Busy)?;
        let mut journal = lock(&self.journal);
        // Nobody else changes the state while the journal's lock is held, so what was decided
        // still holds when it is applied.
        let (decision, first) = {
            let state = self.state();
            let next = state.last().next();
            (decide(&state, next)?, next)
        };
        let events = match decision {
            Decision::Happens(events) => events,
            Decision::Happened(seq) => return Ok(seq),
        };
        let numbers = (first.0..).map(Seq);
        let records: Vec<Record> =
            numbers.zip(events).map(|(seq, event)| Record { seq, at: now, event }).collect();
        journal.append(&records).map_err(|why| {
            log(format_args!("a change could not be kept: {why}"));
            Refusal::NotKept
        })?;
        let mut state = self.state_mut();
        for record in &records {
            state.apply(record);
        }
        drop(state);
        (self.watcher)(&records);
        Ok(first)
    }
}

/// Whether a session that was last used at `used` is over.
pub fn is_idle(used: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(used.0) > SESSION_IDLE_MAX
}

#[cfg(test)]
mod tests {
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

        fn after(&self, seq: Seq, visit: &mut dyn FnMut(&Record)) -> Result<Complete, NotKept> {
            lock(&self.0).iter().filter(|record| record.seq > seq).for_each(visit);
            Ok(Complete::Yes)
        }
    }

    /// A journal that is out of order.
    struct Broken;

    impl Journal for Broken {
        fn append(&mut self, _: &[Record]) -> Result<(), NotKept> {
            Err(NotKept("no space left".into()))
        }

        fn after(&self, _: Seq, _: &mut dyn FnMut(&Record)) -> Result<Complete, NotKept> {
            Ok(Complete::Yes)
        }
    }

    const LIMITS: Limits = Limits { history: 8, members: 4, sessions: 30 };

    fn chat() -> Chat {
        Chat::open(Box::new(Ring::new(100)), LIMITS, Box::new(|_| {})).unwrap()
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
}
