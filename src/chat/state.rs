//! What the records amount to: `apply`, and the questions that pages ask.

use std::collections::{HashMap, VecDeque};

use super::RESET_TIME;
use super::event::{Event, Record};
use super::model::{Body, MemberId, NameKey, Nonce, PasswordHash, Seq, Timestamp, TokenDigest, Username};

/// The text kept per message of history, on average, in bytes of UTF-8: what turns a number of
/// messages into a bound of memory. One message may be longer; then fewer are kept.
pub const HISTORY_BYTES_PER_MESSAGE: usize = 1024;

/// The chat as of one record. The same records give the same state.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    history: usize,
    last: Seq,
    members: HashMap<MemberId, Member>,
    by_name: HashMap<NameKey, MemberId>,
    sessions: HashMap<TokenDigest, Session>,
    /// Open offers to set a new password, one a member.
    resets: HashMap<TokenDigest, Session>,
    messages: VecDeque<Message>,
    message_bytes: usize,
    /// The newest message that is not kept any more.
    forgotten: Seq,
    nonces: HashMap<(MemberId, Nonce), Seq>,
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
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: Body,
    nonce: Option<Nonce>,
}

#[cfg(any(test, feature = "sqlite"))]
impl Message {
    /// A message as pages show it; how it was sent does not matter to them.
    pub(crate) fn new(id: Seq, author: MemberId, at: Timestamp, body: Body) -> Self {
        Self { id, author, at, body, nonce: None }
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
        }
    }

    /// The one function that changes memory. Cannot fail: what is recorded has happened.
    pub fn apply(&mut self, record: &Record) {
        self.last = record.seq;
        match &record.event {
            Event::Registered { name, password } => {
                let id = MemberId(record.seq);
                self.by_name.insert(name.key().clone(), id);
                let (name, password) = (name.clone(), password.clone());
                self.members.insert(id, Member { name, password, sessions: Vec::new() });
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
            Event::Posted { author, body, nonce } => {
                if let Some(nonce) = nonce {
                    self.nonces.insert((*author, nonce.clone()), record.seq);
                }
                self.message_bytes += body.as_str().len();
                self.messages.push_back(Message {
                    id: record.seq,
                    author: *author,
                    at: record.at,
                    body: body.clone(),
                    nonce: nonce.clone(),
                });
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
        let id = *self.nonces.get(&(author, nonce.clone()))?;
        let index = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get(index)
    }

    /// A message that is still in memory, with the one before it and its author's name.
    pub fn message(&self, id: Seq) -> Option<(Option<&Message>, &Message, &Username)> {
        let index = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        let earlier = index.checked_sub(1).and_then(|index| self.messages.get(index));
        let message = self.messages.get(index)?;
        Some((earlier, message, &self.member(message.author)?.name))
    }

    /// The newest `limit` messages, or those just before message `before` (exclusive).
    pub fn history(&self, before: Option<Seq>, limit: usize) -> History {
        let end = match before {
            Some(id) => self.messages.partition_point(|message| message.id < id),
            None => self.messages.len(),
        };
        self.run(end.saturating_sub(limit), end)
    }

    /// The first `limit` messages after `after` (exclusive), or nothing where some of them are
    /// not kept any more, or where `after` is from another history than this.
    pub fn since(&self, after: Seq, limit: usize) -> Option<History> {
        if after < self.forgotten || after > self.last {
            return None;
        }
        let start = self.messages.partition_point(|message| message.id <= after);
        Some(self.run(start, self.messages.len().min(start + limit)))
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

    fn run(&self, start: usize, end: usize) -> History {
        History {
            messages: self.with_authors(self.messages.range(start..end).cloned()),
            before: match start {
                1.. => Before::More,
                0 if self.forgotten == Seq::default() => Before::Beginning,
                0 => Before::Forgotten,
            },
            newest: end == self.messages.len(),
            seq: self.last,
        }
    }
}
