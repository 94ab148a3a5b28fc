//! The domain: what can be done in a chat, without HTTP, HTML, sockets or a clock.
//!
//! Every verb of [`Chat`] goes one way: it *decides* against the newest state, the decision is an
//! [`Event`], the [`Journal`] keeps it, and only then [`State::apply`] makes it so.

mod event;
mod journal;
mod model;
mod state;
#[cfg(test)]
mod tests;

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
