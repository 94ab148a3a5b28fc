//! What the records amount to: `apply`, and the questions that pages ask.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::RESET_TIME;
use super::event::{Event, Record};
use super::model::{
    Body, MemberId, NameKey, Nonce, PasswordHash, RoomId, Seq, Timestamp, TokenDigest, Username,
};
use super::rooms::{Room, RoomKind};

/// The text kept per message of history, on average, in bytes of UTF-8: what turns a number of
/// messages into a bound of memory. One message may be longer; then fewer are kept.
pub const HISTORY_BYTES_PER_MESSAGE: usize = 1024;

/// The chat as of one record. The same records give the same state.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    history: usize,
    last: Seq,
    pub(super) members: HashMap<MemberId, Member>,
    by_name: HashMap<NameKey, MemberId>,
    sessions: HashMap<TokenDigest, Session>,
    /// Open offers to set a new password, one a member.
    resets: HashMap<TokenDigest, Session>,
    messages: VecDeque<Message>,
    message_bytes: usize,
    /// The newest message that is not kept any more.
    forgotten: Seq,
    nonces: HashMap<(MemberId, Nonce), Seq>,
    pub(super) rooms: HashMap<RoomId, Room>,
    pub(super) pairs: HashMap<(MemberId, MemberId), RoomId>,
    /// Up to where each member has seen each room.
    pub(super) marks: HashMap<(MemberId, RoomId), Seq>,
}

/// Somebody who registered.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// How they are called.
    pub name: Username,
    /// What their password is checked against.
    pub password: PasswordHash,
    /// Their open sessions, oldest first.
    pub sessions: Vec<TokenDigest>,
    /// The rooms that they are in, besides the shared one.
    pub(super) rooms: BTreeSet<RoomId>,
}

/// What a token stands for: a device that is signed in, or an offer to set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub member: MemberId,
    /// Since when.
    pub opened: Timestamp,
}

/// Something that was said, and is still in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its record's number.
    pub id: Seq,
    /// Who said it.
    pub author: MemberId,
    /// Where.
    pub room: RoomId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: Body,
    nonce: Option<Nonce>,
}

#[cfg(any(test, feature = "sqlite"))]
impl Message {
    /// A message as pages show it; how it was sent does not matter to them.
    pub(crate) fn new(id: Seq, author: MemberId, room: RoomId, at: Timestamp, body: Body) -> Self {
        Self { id, author, room, at, body, nonce: None }
    }
}

/// A run of messages for a page, oldest first.
#[derive(Debug)]
pub struct History {
    /// Each with its author.
    pub messages: Vec<(Message, Username)>,
    /// What lies before the first of them.
    pub before: Before,
    /// Whether these reach to the newest.
    pub newest: bool,
    /// The number up to which this is the whole truth.
    pub seq: Seq,
}

impl History {
    /// The first of these messages that somebody who has seen what is up to `seen` has not, and that is not
    /// their own.
    pub fn unseen(&self, seen: Option<Seq>, own: &Username) -> Option<Seq> {
        let news = |message: &Message, author: &Username| {
            seen.is_some_and(|seen| message.id > seen) && author != own
        };
        self.messages.iter().find(|(message, author)| news(message, author)).map(|(message, _)| message.id)
    }
}

/// Of which rooms messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of this one.
    Room(RoomId),
    /// Of all that this member is in.
    Of(MemberId),
}

impl Scope {
    fn has(self, state: &State, room: RoomId) -> bool {
        match self {
            Self::Room(only) => room == only,
            Self::Of(member) => state.is_in(member, room),
        }
    }

    /// These rooms, one by one.
    pub(super) fn rooms(self, state: &State) -> Vec<RoomId> {
        match self {
            Self::Room(only) => vec![only],
            Self::Of(member) => {
                let others = state.member(member).into_iter().flat_map(|member| &member.rooms);
                [RoomId::SHARED].iter().chain(others).copied().collect()
            }
        }
    }
}

/// What lies before a run of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Older messages, which can be asked for.
    More,
    /// Nothing: the conversation begins here.
    Beginning,
    /// Messages that are not kept any more.
    Forgotten,
}

impl State {
    /// An empty chat that keeps the newest `history` messages (see
    /// [`HISTORY_BYTES_PER_MESSAGE`]).
    pub fn new(history: usize) -> Self {
        Self {
            history,
            last: Seq::default(),
            members: HashMap::new(),
            by_name: HashMap::new(),
            sessions: HashMap::new(),
            resets: HashMap::new(),
            messages: VecDeque::new(),
            message_bytes: 0,
            forgotten: Seq::default(),
            nonces: HashMap::new(),
            rooms: HashMap::from([(RoomId::SHARED, Room::new(RoomKind::Shared))]),
            pairs: HashMap::new(),
            marks: HashMap::new(),
        }
    }

    /// The one function that changes memory. Cannot fail: what is recorded has happened.
    pub fn apply(&mut self, record: &Record) {
        self.last = record.seq;
        match &record.event {
            Event::Registered { name, password } => {
                let id = MemberId(record.seq);
                // What was said before they came is not news to them.
                self.marks.insert((id, RoomId::SHARED), record.seq);
                self.by_name.insert(name.key().clone(), id);
                let (name, password) = (name.clone(), password.clone());
                self.members
                    .insert(id, Member { name, password, sessions: Vec::new(), rooms: BTreeSet::new() });
            }
            Event::SessionOpened { member, digest } => {
                if let Some(owner) = self.members.get_mut(member) {
                    owner.sessions.push(*digest);
                    self.sessions.insert(*digest, Session { member: *member, opened: record.at });
                }
            }
            Event::SessionEnded { digest } => {
                let session = self.sessions.remove(digest);
                if let Some(owner) = session.and_then(|s| self.members.get_mut(&s.member)) {
                    owner.sessions.retain(|open| open != digest);
                }
            }
            Event::ResetOffered { member, digest } => {
                self.resets.retain(|_, reset| reset.member != *member);
                self.resets.insert(*digest, Session { member: *member, opened: record.at });
            }
            Event::PasswordChanged { member, password } => {
                self.resets.retain(|_, reset| reset.member != *member);
                if let Some(owner) = self.members.get_mut(member) {
                    owner.password = password.clone();
                }
            }
            Event::RoomOpened { name, topic, open } => {
                let kind = RoomKind::Named { name: name.clone(), topic: topic.clone(), open: *open };
                self.rooms.insert(RoomId(record.seq), Room::new(kind));
            }
            Event::RoomChanged { room, name, topic } => {
                if let Some(Room { kind: RoomKind::Named { name: old, topic: about, .. }, .. }) =
                    self.rooms.get_mut(room)
                {
                    (*old, *about) = (name.clone(), topic.clone());
                }
            }
            Event::PairOpened { one, other } => {
                let room = RoomId(record.seq);
                self.pairs.insert((*one, *other), room);
                self.rooms.insert(room, Room::new(RoomKind::Pair(*one, *other)));
                for member in [one, other] {
                    self.enter(*member, room, record.seq);
                }
            }
            Event::Joined { room, member } => self.enter(*member, *room, record.seq),
            Event::Left { room, member } => self.go(*member, *room),
            Event::Read { member, room, up_to } => self.mark(*member, *room, *up_to),
            Event::Posted { author, room, body, nonce } => {
                if let Some(nonce) = nonce {
                    self.nonces.insert((*author, nonce.clone()), record.seq);
                }
                self.message_bytes += body.as_str().len();
                self.messages.push_back(Message {
                    id: record.seq,
                    author: *author,
                    room: *room,
                    at: record.at,
                    body: body.clone(),
                    nonce: nonce.clone(),
                });
                if let Some(room) = self.rooms.get_mut(room) {
                    room.said.push_back(record.seq);
                }
                self.mark(*author, *room, record.seq);
                self.forget_surplus();
            }
        }
    }

    /// Keeps memory bounded. The nonce of a message goes with it.
    fn forget_surplus(&mut self) {
        let bytes_max = self.history.saturating_mul(HISTORY_BYTES_PER_MESSAGE);
        while self.messages.len() > 1
            && (self.messages.len() > self.history || self.message_bytes > bytes_max)
        {
            let Some(old) = self.messages.pop_front() else {
                break;
            };
            self.forgotten = old.id;
            self.message_bytes -= old.body.as_str().len();
            if let Some(nonce) = old.nonce {
                self.nonces.remove(&(old.author, nonce));
            }
            if let Some(room) = self.rooms.get_mut(&old.room) {
                room.said.pop_front();
                room.forgotten = old.id;
            }
        }
    }

    /// The next record comes after `last`, although what was recorded up to there left no trace.
    pub(super) fn go_on_after(&mut self, last: Seq) {
        self.last = self.last.max(last);
    }

    /// The number of the newest record.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// How many members there are.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The member with this id.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// Everybody, by name.
    pub fn everybody(&self) -> Vec<(MemberId, Username)> {
        let mut all: Vec<_> = self.members.iter().map(|(id, member)| (*id, member.name.clone())).collect();
        all.sort_by_cached_key(|(_, name)| name.as_str().to_lowercase());
        all
    }

    /// The names of these members, of those that there are.
    pub fn names(&self, ids: &[MemberId]) -> Vec<Username> {
        ids.iter().filter_map(|id| Some(self.member(*id)?.name.clone())).collect()
    }

    /// The member with this name, in any letter case.
    pub fn member_named(&self, key: &NameKey) -> Option<(MemberId, &Member)> {
        let id = *self.by_name.get(key)?;
        Some((id, self.members.get(&id)?))
    }

    /// The session that a token's digest stands for.
    pub fn session(&self, digest: &TokenDigest) -> Option<Session> {
        self.sessions.get(digest).copied()
    }

    /// All open sessions.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&TokenDigest, &Session)> {
        self.sessions.iter()
    }

    /// The member for whom this token may set a new password at `now`.
    pub fn reset(&self, token: &TokenDigest, now: Timestamp) -> Option<(MemberId, &Member)> {
        let reset = self.resets.get(token)?;
        let age = now.0.saturating_sub(reset.opened.0);
        // A clock that went back prolongs nothing.
        (0..=RESET_TIME).contains(&age).then_some(())?;
        Some((reset.member, self.member(reset.member)?))
    }

    /// The message that a member made with a nonce, as long as it is in memory.
    pub fn message_by_nonce(&self, author: MemberId, nonce: &Nonce) -> Option<&Message> {
        self.at(*self.nonces.get(&(author, nonce.clone()))?)
    }

    /// A message that is still in memory.
    pub(super) fn at(&self, id: Seq) -> Option<&Message> {
        let index = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get(index)
    }

    /// A message that is still in memory, with the one before it in its room and its author's name.
    pub fn message(&self, id: Seq) -> Option<(Option<&Message>, &Message, &Username)> {
        let message = self.at(id)?;
        let said = &self.rooms.get(&message.room)?.said;
        let before = said.partition_point(|other| *other < id).checked_sub(1);
        let earlier = before.and_then(|index| self.at(said[index]));
        Some((earlier, message, &self.member(message.author)?.name))
    }

    /// The newest `limit` messages of a room, or those just before message `before` (exclusive).
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> History {
        let nothing = Room::new(RoomKind::Shared);
        let found = self.rooms.get(&room).unwrap_or(&nothing);
        let Room { said, forgotten, .. } = found;
        let end = match before {
            Some(id) => said.partition_point(|other| *other < id),
            None => said.len(),
        };
        let start = end.saturating_sub(limit);
        History {
            messages: self.with_authors(said.range(start..end).filter_map(|id| self.at(*id)).cloned()),
            before: match start {
                1.. => Before::More,
                0 if *forgotten == Seq::default() => Before::Beginning,
                0 => Before::Forgotten,
            },
            newest: before.is_none_or(|id| id > found.newest()),
            seq: self.last,
        }
    }

    /// The first `limit` messages after `after` (exclusive) of these rooms, or nothing where some of them are
    /// not kept any more, or where `after` is from another history than this.
    pub fn since(&self, scope: Scope, after: Seq, limit: usize) -> Option<History> {
        if after < self.forgotten || after > self.last {
            return None;
        }
        let start = self.messages.partition_point(|message| message.id <= after);
        let mut later = self.messages.range(start..).filter(|message| scope.has(self, message.room));
        let messages = self.with_authors(later.by_ref().take(limit).cloned());
        Some(History { messages, before: Before::More, newest: later.next().is_none(), seq: self.last })
    }

    /// These messages, each with its author's name.
    pub(super) fn with_authors(
        &self,
        messages: impl IntoIterator<Item = Message>,
    ) -> Vec<(Message, Username)> {
        let named = |message: Message| {
            let name = self.member(message.author)?.name.clone();
            Some((message, name))
        };
        messages.into_iter().filter_map(named).collect()
    }
}
