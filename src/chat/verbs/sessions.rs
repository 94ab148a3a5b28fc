//! Signing in and out.

use std::cmp::Reverse;
use std::time::Duration;

use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::event::Event;
use crate::chat::member::{KNOWN_DEVICES_PER_MEMBER, KnownDevice, SESSION_IDLE_MAX};
use crate::chat::model::{Device, MemberId, Refusal, Seq, Timestamp, TokenDigest};
use crate::chat::state::State;

/// A new session, in place of the former one of the same browser.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub digest: TokenDigest,
    pub device: Device,
    /// The session that the same browser had before.
    pub former: Option<TokenDigest>,
    /// The browser's token as a known device; None: it is not to be one.
    pub known_by: Option<NewDevice>,
}

/// A browser that is to be known from now on.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice {
    pub digest: TokenDigest,
    /// Of the token that it bore so far and has no more.
    pub former: Option<TokenDigest>,
}

/// A choice among one's own sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsToEnd {
    /// The one with this number.
    One(Seq),
    /// All but this one.
    Others(TokenDigest),
}

impl NewSession {
    /// The device's record comes right after the session's, so that one finds the other.
    pub(super) fn opened_for(
        &self,
        member: MemberId,
        state: &State,
        now: Timestamp,
    ) -> impl Iterator<Item = Event> {
        let opened = Event::SessionOpened { member, digest: self.digest, device: self.device.clone() };
        let known = self.known_by.map(|device| Event::DeviceKnown { member, digest: device.digest });
        std::iter::once(opened).chain(known).chain(state.forgetting_revoked(0, now))
    }
}

pub(super) fn forgotten(devices: impl IntoIterator<Item = TokenDigest>) -> impl Iterator<Item = Event> {
    devices.into_iter().map(|digest| Event::DeviceForgotten { digest })
}

impl State {
    /// Returns the devices to forget before a new one is known: its former token, and the oldest beyond
    /// [`KNOWN_DEVICES_PER_MEMBER`].
    pub(super) fn replaced_by(&self, member: MemberId, device: Option<NewDevice>) -> Vec<TokenDigest> {
        let Some(NewDevice { former, .. }) = device else { return Vec::new() };
        let former = former.filter(|former| self.known_devices.contains_key(former));
        let own: Vec<TokenDigest> = self
            .known_devices_of(member)
            .map(|(digest, _)| *digest)
            .filter(|own| Some(*own) != former)
            .collect();
        let surplus = (own.len() + 1).saturating_sub(KNOWN_DEVICES_PER_MEMBER);
        former.into_iter().chain(own.into_iter().take(surplus)).collect()
    }
}

impl Chat {
    /// Opens a session for a member whose password was checked. With it end the browser's former one, every session
    /// that was idle too long, and the member's least recently used one where they have their share; `idle` tells for
    /// how long a session was not used, by a monotonic clock.
    ///
    /// Errors: `SessionsFull` where the member has no session that could end. Cost: O(sessions).
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
            Ok(ended.chain(forgotten(replaced)).chain(session.opened_for(member, state, now)).collect())
        })
    }

    /// Ends a session. Idempotent.
    pub fn end_session(&self, session: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let open = state.session(&session).map(|_| Event::SessionEnded { digest: session });
            Ok(open.into_iter().collect())
        })
    }

    /// Ends some of a member's own sessions, and forgets their devices (of all others, also those without a session).
    /// Idempotent.
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
}
