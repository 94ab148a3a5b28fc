//! The domain: what can be done in a chat, without HTTP, HTML, sockets or a clock.
//!
//! Every verb of [`Chat`] goes one way: it *decides* against the newest state, the decision is an
//! [`Event`], the [`Journal`] keeps it, and only then [`State::apply`] makes it so.

mod event;
mod journal;
mod model;
mod pipeline;
mod rooms;
mod state;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use event::{Event, Record};
pub use journal::{Archive, Journal, NotKept, Unkept};
pub use model::{
    Body, BodyFault, MESSAGE_MAX, MemberId, NAME_MAX, NONCE_MAX, NameFault, NameKey, Nonce, NonceFault,
    PasswordHash, ROOM_NAME_MAX, Refusal, RoomFault, RoomId, RoomName, Seq, TOPIC_MAX, Timestamp,
    TokenDigest, Topic, Username,
};
pub use rooms::{Listed, Room, RoomKind, UNREAD_MAX};
pub use state::{Before, HISTORY_BYTES_PER_MESSAGE, History, Member, Message, Scope, Session, State};

use crate::log::log;
use crate::share::{Share, lock};
use pipeline::{Decision, Pipeline};

/// Open sessions of one member; one more ends the least recently used.
pub const SESSIONS_PER_MEMBER: usize = 20;
/// A session that was not used for this long is over: 30 days, in milliseconds.
pub const SESSION_IDLE_MAX: i64 = 30 * 24 * 60 * 60 * 1000;
/// Changes that may be on their way to the journal at once: as many workers as a slow journal can
/// occupy.
pub const APPENDS_ADMITTED: usize = 32;
/// Pages of older messages that may be read from the archive or wait for it, one at a time.
pub const READS_ADMITTED: usize = 8;
/// How long an offer to set a new password holds: an hour, in milliseconds.
pub const RESET_TIME: i64 = 60 * 60 * 1000;

/// How much a chat holds in memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages kept (and this many times [`HISTORY_BYTES_PER_MESSAGE`] of text).
    pub history: usize,
    /// Members.
    pub members: usize,
    /// Open sessions of all members together.
    pub sessions: usize,
    /// Rooms, conversations among them.
    pub rooms: usize,
}

impl Default for Limits {
    /// 10,000 messages, 10,000 members, 20,000 sessions, 20,000 rooms: about 25 MB when all are reached.
    fn default() -> Self {
        Self { history: 10_000, members: 10_000, sessions: 20_000, rooms: 20_000 }
    }
}

/// The chat: its verbs, and read access to its state.
pub struct Chat {
    limits: Limits,
    /// Messages that memory has let go, if they are kept. Slow, so it is only read within `reading`. Closed
    /// before the journal, which may hold the file's lock.
    archive: Mutex<Option<Box<dyn Archive>>>,
    has_archive: bool,
    reading: Share,
    appending: Share,
    pipeline: Pipeline,
    /// What pages read. Never held across I/O, hashing or rendering.
    state: RwLock<State>,
    watcher: Watcher,
}

/// Whoever wants to know of changes.
pub type Watcher = Box<dyn Fn(&[Record]) + Send + Sync>;

impl Chat {
    /// A chat as its journal remembers it. `watcher` is told of every change right after it was
    /// applied, in order; all others wait for it, so it must be quick.
    pub fn open(journal: Box<dyn Journal>, limits: Limits, watcher: Watcher) -> Result<Self, NotKept> {
        let mut state = State::new(limits.history);
        // One more than the state holds, so that it knows whether there were more.
        let last = journal.replay(limits.history.saturating_add(1), &mut |record| state.apply(record))?;
        state.go_on_after(last);
        let archive = journal.archive()?;
        Ok(Self {
            limits,
            appending: Share::new(APPENDS_ADMITTED, APPENDS_ADMITTED),
            has_archive: archive.is_some(),
            archive: Mutex::new(archive),
            reading: Share::new(1, READS_ADMITTED),
            pipeline: Pipeline::new(journal),
            state: RwLock::new(state),
            watcher,
        })
    }

    /// Closes what keeps the chat, after what is being written: all is in its place then. What is still
    /// asked for is refused.
    pub fn close(&self) {
        drop(lock(&self.archive).take());
        self.pipeline.close();
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
        let registered = self.commit(now, alone, |state, next| {
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
        self.commit(now, alone, |state, _| {
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
        self.commit(now, alone, |state, _| {
            Ok(match state.session(&session) {
                Some(_) => Decision::Happens(vec![Event::SessionEnded { digest: session }]),
                None => Decision::Happened(state.last()),
            })
        })
        .map(drop)
    }

    /// Says something in a room. A nonce that the member used before gives the earlier message's id
    /// and makes no second one.
    pub fn post(
        &self,
        author: MemberId,
        room: RoomId,
        body: Body,
        nonce: Option<Nonce>,
        now: Timestamp,
    ) -> Result<Seq, Refusal> {
        let sent = nonce.clone();
        // Of all that is decided and not applied yet, only who is in the room and a message with the
        // same nonce matter.
        let other = |record: &Record| match &record.event {
            Event::Posted { author: by, nonce: Some(used), .. } => {
                *by != author || sent.as_ref() != Some(used)
            }
            Event::Posted { nonce: None, .. } | Event::Read { .. } => true,
            _ => false,
        };
        self.commit(now, other, |state, _| {
            state.member(author).ok_or(Refusal::NotAMember)?;
            if !state.is_in(author, room) {
                return Err(Refusal::NoSuchRoom);
            }
            let earlier = nonce.as_ref().and_then(|nonce| state.message_by_nonce(author, nonce));
            match earlier {
                None => Ok(Decision::Happens(vec![Event::Posted { author, room, body, nonce }])),
                Some(message) if message.body == body && message.room == room => {
                    Ok(Decision::Happened(message.id))
                }
                Some(_) => Err(Refusal::NonceReused),
            }
        })
    }

    /// Whoever bears `token` may set a new password for the member, within [`RESET_TIME`].
    pub fn offer_reset(&self, member: MemberId, token: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.commit(now, alone, |state, _| {
            state.member(member).ok_or(Refusal::NotAMember)?;
            Ok(Decision::Happens(vec![Event::ResetOffered { member, digest: token }]))
        })
        .map(drop)
    }

    /// Takes up such an offer: the member's sessions end, as does `former`, the one that the same
    /// browser had before, and a first new one opens.
    pub fn reset_password(
        &self,
        token: &TokenDigest,
        password: PasswordHash,
        session: TokenDigest,
        former: Option<TokenDigest>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.commit(now, alone, |state, _| {
            let (member, owner) = state.reset(token, now).ok_or(Refusal::ResetOver)?;
            let others =
                former.filter(|former| state.session(former).is_some_and(|own| own.member != member));
            let mut events = vec![Event::PasswordChanged { member, password }];
            let ended = owner.sessions.iter().copied().chain(others);
            events.extend(ended.map(|digest| Event::SessionEnded { digest }));
            events.push(Event::SessionOpened { member, digest: session });
            Ok(Decision::Happens(events))
        })
        .map(drop)
    }

    /// The newest `limit` messages of a room, or those just before message `before` (exclusive): from
    /// memory, and what it has let go from the archive. Ask first whether the member sees the room.
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> Result<History, Refusal> {
        let recent = self.state().history(room, before, limit);
        if recent.before != Before::Forgotten || !self.has_archive {
            return Ok(recent);
        }
        let end = recent.messages.first().map(|(message, _)| message.id).or(before);
        let missing = limit - recent.messages.len();
        // One more, to know whether there are more.
        let mut older =
            self.look_up(|archive| archive.before(room, end.unwrap_or(recent.seq), missing + 1))?;
        let more = older.len() > missing;
        if more {
            older.remove(0);
        }
        let mut messages = self.state().with_authors(older);
        messages.extend(recent.messages);
        let before = if more { Before::More } else { Before::Beginning };
        Ok(History { messages, before, ..recent })
    }

    /// The first `limit` messages of these rooms after `after` (exclusive), or nothing where some of them are
    /// not kept any more, or where `after` is from another history than this.
    pub fn since(&self, scope: Scope, after: Seq, limit: usize) -> Result<Option<History>, Refusal> {
        let (rooms, seq) = {
            let state = self.state();
            match state.since(scope, after, limit) {
                None if after <= state.last() && self.has_archive => (scope.rooms(&state), state.last()),
                in_memory => return Ok(in_memory),
            }
        };
        let mut found = self.look_up(|archive| archive.after(&rooms, after, limit + 1))?;
        // The archive may know more than was true when it was asked.
        found.retain(|message| message.id <= seq);
        let newest = found.len() <= limit;
        found.truncate(limit);
        let messages = self.state().with_authors(found);
        Ok(Some(History { messages, before: Before::More, newest, seq }))
    }

    fn look_up<T>(&self, what: impl FnOnce(&dyn Archive) -> Result<T, NotKept>) -> Result<T, Refusal> {
        let _turn = self.reading.enter().map_err(|_| Refusal::Busy)?;
        let archive = lock(&self.archive);
        what(&**archive.as_ref().ok_or(Refusal::NotRead)?).map_err(|why| {
            log(format_args!("older messages could not be read: {why}"));
            Refusal::NotRead
        })
    }

    /// The one way in which anything changes: decide, keep, apply. `beside` tells which changes
    /// that are decided and not applied yet do not matter to this decision. Gives the number of
    /// the first record made.
    fn commit(
        &self,
        now: Timestamp,
        beside: impl Fn(&Record) -> bool,
        decide: impl FnOnce(&State, Seq) -> Result<Decision, Refusal>,
    ) -> Result<Seq, Refusal> {
        let _admitted = self.appending.enter().map_err(|_| Refusal::Busy)?;
        let decide = |decided: Option<Seq>| {
            let state = self.state();
            let next = decided.unwrap_or(state.last()).next();
            decide(&state, next).map(|decision| (decision, next))
        };
        let apply = |records: &[Record]| {
            let mut state = self.state_mut();
            for record in records {
                state.apply(record);
            }
            drop(state);
            (self.watcher)(records);
        };
        self.pipeline.pass(now, beside, decide, apply)
    }
}

/// For decisions to which everything matters.
fn alone(_: &Record) -> bool {
    false
}

/// Whether a session that was last used at `used` is over.
pub fn is_idle(used: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(used.0) > SESSION_IDLE_MAX
}
