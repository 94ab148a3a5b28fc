//! Members: how they come, sign in and go, and the verbs about them.

use crate::text::Language;
use crate::time_zone::Zone;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::commit_queue::Decision;
use super::event::{Event, Record};
use super::known_devices::{KnownDevice, NewDevice};
use super::model::{Device, MemberId, PasswordHash, Refusal, RoomId, Seq, Timestamp, TokenDigest};
use super::names::{NameKey, Username};
use super::removal::FreshStart;
use super::state::State;
use super::{Chat, conflicts_with_all};

/// Open sessions of one member at most; one more ends the least recently used.
pub const SESSIONS_PER_MEMBER: usize = 20;
/// A session that was not used for this long is over: 30 days.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long an offer to set a new password holds: an hour, in milliseconds.
pub const RESET_TIME: i64 = 60 * 60 * 1000;

/// Somebody who registered.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    pub name: Username,
    /// What their password is checked against.
    pub password: PasswordHash,
    /// Since when they are a member.
    pub since: Timestamp,
    /// Their open sessions, oldest first.
    pub sessions: Vec<TokenDigest>,
    /// The browsers in which they signed in, oldest first.
    pub(super) known_devices: Vec<TokenDigest>,
    /// The zone in which they read times, if not in the chat's.
    pub zone: Option<Zone>,
    /// The language of what they read, if not their browser's.
    pub language: Option<Language>,
    /// Whether they may decide about the chat and its members.
    pub owner: bool,
    /// When they were removed, if they are no member any more: what they said stays, and they do nothing.
    pub removed: Option<Timestamp>,
    /// The rooms that they are in, besides the shared one.
    pub(super) rooms: BTreeSet<RoomId>,
    /// The rooms that they opened.
    pub(super) opened: BTreeSet<RoomId>,
    /// The rooms that they left and are invited to.
    pub(super) invitations: BTreeSet<RoomId>,
}

impl Member {
    pub(super) fn new(since: Timestamp, name: Username, password: PasswordHash, owner: bool) -> Self {
        Self {
            name,
            password,
            since,
            sessions: Vec::new(),
            known_devices: Vec::new(),
            zone: None,
            language: None,
            owner,
            removed: None,
            rooms: BTreeSet::new(),
            opened: BTreeSet::new(),
            invitations: BTreeSet::new(),
        }
    }

    /// Whether they are no member any more.
    pub fn is_former(&self) -> bool {
        self.removed.is_some()
    }
}

/// A device that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its record's number, by which its owner knows it.
    pub id: Seq,
    pub member: MemberId,
    pub opened: Timestamp,
    pub device: Device,
}

/// An offer to set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PasswordReset {
    pub(super) by: Option<MemberId>,
    pub(super) member: MemberId,
    pub(super) made: Timestamp,
}

/// Which of one's own sessions are to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsToEnd {
    /// The one with this number.
    One(Seq),
    /// All but this one.
    Others(TokenDigest),
}

/// A new session, in place of the former one of the same browser.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub digest: TokenDigest,
    pub device: Device,
    /// The session that the same browser had before.
    pub former: Option<TokenDigest>,
    /// What the browser is known by from then on.
    pub known_by: Option<NewDevice>,
}

impl Session {
    pub(super) fn of(record: &Record, member: MemberId, device: &Device) -> Self {
        Self { id: record.seq, member, opened: record.at, device: device.clone() }
    }
}

impl NewSession {
    /// The device's record comes right after the session's, so that one finds the other.
    fn opened_for(self, member: MemberId) -> impl Iterator<Item = Event> {
        let opened = Event::SessionOpened { member, digest: self.digest, device: self.device };
        let known = self.known_by.map(|device| Event::DeviceKnown { member, digest: device.digest });
        std::iter::once(opened).chain(known)
    }
}

fn forgotten(devices: impl IntoIterator<Item = TokenDigest>) -> impl Iterator<Item = Event> {
    devices.into_iter().map(|digest| Event::DeviceForgotten { digest })
}

/// What `apply` does.
impl State {
    pub(super) fn add_member(&mut self, id: MemberId, member: Member) {
        self.names.claim(&member.name, id);
        self.members.insert(id, member);
    }

    pub(super) fn open_session(&mut self, member: MemberId, digest: TokenDigest, session: Session) {
        if let Some(owner) = self.members.get_mut(&member) {
            owner.sessions.push(digest);
            self.sessions.insert(digest, session);
        }
    }

    pub(super) fn end_session(&mut self, digest: &TokenDigest) {
        let session = self.sessions.remove(digest);
        if let Some(owner) = session.and_then(|session| self.members.get_mut(&session.member)) {
            owner.sessions.retain(|open| open != digest);
        }
    }

    pub(super) fn update_member(&mut self, member: MemberId, how: impl FnOnce(&mut Member)) {
        self.members.get_mut(&member).map(how);
    }
}

/// What pages ask, and the policies.
impl State {
    /// How many members there ever were.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The member with this id, also one who is none any more.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// The member with this id, if they are one still.
    pub fn active(&self, id: MemberId) -> Result<&Member, Refusal> {
        self.member(id).filter(|member| !member.is_former()).ok_or(Refusal::NotAMember)
    }

    /// Looks up an active member. Errors: `NoSuchMember` if the id is unknown or the member was removed (for the caller's own id use
    /// [`State::active`], which yields `NotAMember`).
    pub fn active_other(&self, id: MemberId) -> Result<&Member, Refusal> {
        self.active(id).map_err(|_| Refusal::NoSuchMember)
    }

    /// All who were not removed, in no order. Cost: linear in all who ever registered.
    pub fn active_members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        let members = self.members.iter().filter(|(_, member)| !member.is_former());
        members.map(|(id, member)| (*id, member))
    }

    /// The names of these members, of those that there are.
    pub fn names(&self, ids: &[MemberId]) -> Vec<Username> {
        ids.iter().filter_map(|id| Some(self.active(*id).ok()?.name.clone())).collect()
    }

    /// Whose name this is, in any letter case: a member's, or that of somebody who was one and keeps it.
    pub fn member_named(&self, key: &NameKey) -> Option<(MemberId, &Member)> {
        let id = self.names.named(key)?;
        Some((id, self.members.get(&id)?))
    }

    /// Looks up an active member by name.
    pub fn active_named(&self, key: &NameKey) -> Option<(MemberId, &Member)> {
        self.member_named(key).filter(|(_, member)| !member.is_former())
    }

    /// Members who cannot be told apart by their names' keys any more, those of one key together.
    pub fn colliding_names(&self) -> Vec<Vec<Username>> {
        let met = self.names.colliding_names().into_iter().map(|ids| self.names(&ids));
        met.filter(|names| names.len() > 1).collect()
    }

    /// The session that a token's digest stands for.
    pub fn session(&self, digest: &TokenDigest) -> Option<&Session> {
        self.sessions.get(digest)
    }

    /// All open sessions.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&TokenDigest, &Session)> {
        self.sessions.iter()
    }

    /// The member for whom this token may set a new password at `now`.
    pub fn password_reset_for(&self, token: &TokenDigest, now: Timestamp) -> Option<(MemberId, &Member)> {
        let offer = self.offers.get(token)?;
        let age = now.0.saturating_sub(offer.made.0);
        // A clock that went back prolongs nothing.
        let holds = offer.by.is_none_or(|by| self.is_owner(by));
        (holds && (0..=RESET_TIME).contains(&age)).then_some(())?;
        Some((offer.member, self.member(offer.member)?))
    }
}

impl Chat {
    /// Makes a member and signs them in with a first session.
    pub fn register(
        &self,
        name: Username,
        password: PasswordHash,
        session: NewSession,
        now: Timestamp,
    ) -> Result<MemberId, Refusal> {
        let registered = self.commit(now, conflicts_with_all, |state, next| {
            self.may_register(state, &name)?;
            let former = session.former.filter(|former| state.session(former).is_some());
            if state.sessions().len() - usize::from(former.is_some()) >= self.limits.sessions {
                return Err(Refusal::SessionsFull);
            }
            let replaced = state.replaced_by(MemberId(next), session.known_by);
            let owner = state.member_count() == 0;
            let mut events = vec![Event::Registered { name, password, owner }];
            events.extend(session.opened_for(MemberId(next)));
            events.extend(former.map(|digest| Event::SessionEnded { digest }));
            events.extend(forgotten(replaced));
            Ok(Decision::Record(events))
        })?;
        Ok(MemberId(registered))
    }

    /// Whether `register` would take this name now: asked before a password is hashed in vain.
    pub fn may_register(&self, state: &State, name: &Username) -> Result<(), Refusal> {
        state.name_is_free(name)?;
        if self.has_place_for_a_member(state) { Ok(()) } else { Err(Refusal::MembersFull) }
    }

    /// Opens a session for a member whose password was checked. With it end the browser's former one, every
    /// session that was idle too long, and the member's least recently used one where they have their share;
    /// `idle` tells for how long a session was not used, by a clock that is never set.
    pub fn open_session(
        &self,
        member: MemberId,
        session: NewSession,
        now: Timestamp,
        idle: impl Fn(&TokenDigest) -> Duration,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let owner = state.active(member)?;
            let (over, open): (Vec<_>, Vec<_>) = state
                .sessions()
                .map(|(digest, open)| (*digest, (idle(digest), Reverse(open.id))))
                .partition(|(digest, (idle, _))| *idle > SESSION_IDLE_MAX || Some(*digest) == session.former);
            let mut ended: Vec<TokenDigest> = over.into_iter().map(|(digest, _)| digest).collect();
            let own = open.iter().filter(|(digest, _)| owner.sessions.contains(digest));
            let count = own.clone().count();
            let full = open.len() >= self.limits.sessions;
            if count >= self.sessions_of_one(open.len()) || (full && count > 0) {
                // Of those that were not used since the start, the oldest.
                ended.extend(own.max_by_key(|(_, idle)| *idle).map(|(digest, _)| *digest));
            } else if full {
                return Err(Refusal::SessionsFull);
            }
            let ended = ended.into_iter().map(|digest| Event::SessionEnded { digest });
            let replaced = state.replaced_by(member, session.known_by);
            Ok(ended.chain(forgotten(replaced)).chain(session.opened_for(member)).collect())
        })
    }

    /// Ends a session; one that is over already stays so.
    pub fn end_session(&self, session: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let open = state.session(&session).map(|_| Event::SessionEnded { digest: session });
            Ok(open.into_iter().collect())
        })
    }

    /// Ends some of a member's own sessions, and forgets their devices (of all others, also those without a session);
    /// of those that are over already, nothing is said.
    pub fn end_sessions(
        &self,
        member: MemberId,
        which: SessionsToEnd,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let own = state.active(member)?.sessions.iter().filter(|digest| match which {
                SessionsToEnd::One(id) => state.session(digest).is_some_and(|session| session.id == id),
                SessionsToEnd::Others(kept) => **digest != kept,
            });
            let ended = own.map(|digest| Event::SessionEnded { digest: *digest });
            let kept = match which {
                SessionsToEnd::One(_) => None,
                SessionsToEnd::Others(kept) => state.session(&kept).map(|session| session.id),
            };
            let session_of = |device: &KnownDevice| device.id.0.checked_sub(1).map(Seq);
            let devices = state.known_devices_of(member).filter(|(_, device)| match which {
                SessionsToEnd::One(id) => session_of(device) == Some(id),
                SessionsToEnd::Others(_) => session_of(device) != kept,
            });
            let devices = devices.map(|(digest, _)| *digest);
            Ok(ended.chain(forgotten(devices)).collect())
        })
    }

    /// Whoever bears `token` may set a new password for the member, within [`RESET_TIME`].
    pub fn offer_reset(&self, member: MemberId, token: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active_other(member)?;
            Ok(vec![Event::ResetOffered { by: None, member, digest: token }])
        })
    }

    /// Takes up such an offer, which must hold at `as_of`: the member's sessions end, and a first new one opens. Who was
    /// removed is a member again.
    pub fn reset_password(
        &self,
        token: &TokenDigest,
        FreshStart { password, name }: FreshStart,
        session: NewSession,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let (member, _) = state.password_reset_for(token, as_of).ok_or(Refusal::ResetOver)?;
            let returned = self.return_of(state, member, name)?;
            let changed = state.password_changed(member, password, session);
            Ok(returned.into_iter().chain(changed).collect())
        })
    }

    /// Gives a member, whose password `known` was checked, a new one: their sessions end, and a first new one
    /// opens.
    pub fn change_password(
        &self,
        member: MemberId,
        known: &PasswordHash,
        password: PasswordHash,
        session: NewSession,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.password != *known {
                return Err(Refusal::NotTheirs);
            }
            Ok(state.password_changed(member, password, session))
        })
    }

    /// A member chooses in which zone they read times; nothing is the chat's own.
    pub fn choose_zone(&self, member: MemberId, zone: Option<Zone>, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.zone == zone {
                return Ok(Vec::new());
            }
            Ok(vec![Event::ZoneChosen { member, zone }])
        })
    }

    /// A member chooses the language of what they read; nothing is their browser's.
    pub fn choose_language(
        &self,
        member: MemberId,
        language: Option<Language>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.language == language {
                return Ok(Vec::new());
            }
            Ok(vec![Event::LanguageChosen { member, language }])
        })
    }
}

impl State {
    /// A new password ends all sessions of its owner, and the one that the browser had before, whosever.
    fn password_changed(&self, member: MemberId, password: PasswordHash, session: NewSession) -> Vec<Event> {
        let own = self.member(member).map(|member| member.sessions.clone()).unwrap_or_default();
        let other =
            session.former.filter(|former| self.session(former).is_some_and(|own| own.member != member));
        let ended = own.into_iter().chain(other).map(|digest| Event::SessionEnded { digest });
        let changed = [Event::PasswordChanged { member, password }];
        // Their own are forgotten with the password; another's may be what this browser was known by.
        let mut replaced = self.replaced_by(member, session.known_by);
        replaced.retain(|digest| self.known_devices[digest].member != member);
        changed
            .into_iter()
            .chain(ended)
            .chain(forgotten(replaced))
            .chain(session.opened_for(member))
            .collect()
    }
}
