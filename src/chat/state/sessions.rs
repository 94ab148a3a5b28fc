//! Sessions, known devices, and sessions that a removal ended.

use std::collections::HashMap;

use super::State;
use crate::chat::event::{Event, Record};
use crate::chat::member::{KnownDevice, REVOKED_SESSION_TIME, REVOKED_SESSIONS_MAX, RevokedSession, Session};
use crate::chat::model::{MemberId, Seq, Timestamp, TokenDigest};

/// Sessions that removals ended, by what their tokens hash to.
///
/// Invariant: at most [`REVOKED_SESSIONS_MAX`], or as many as one removal ended
/// (`of_many_revoked_sessions_the_newest_are_known`).
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct RevokedSessions(HashMap<TokenDigest, RevokedSession>);

impl RevokedSessions {
    pub(in crate::chat) fn add(&mut self, digest: TokenDigest, session: RevokedSession) {
        self.0.insert(digest, session);
    }

    /// Forgets those up to a record.
    pub(super) fn forget(&mut self, up_to: Seq) {
        self.0.retain(|_, session| session.id > up_to);
    }

    pub(super) fn forget_member(&mut self, member: MemberId) {
        self.0.retain(|_, session| session.member != member);
    }
}

fn is_old(revoked: Timestamp, now: Timestamp) -> bool {
    revoked.0 < now.0.saturating_sub(REVOKED_SESSION_TIME)
}

impl State {
    pub(in crate::chat) fn open_session(&mut self, digest: TokenDigest, session: Session) {
        if let Some(owner) = self.members.get_mut(&session.member) {
            owner.sessions.push(digest);
            self.sessions.insert(digest, session);
        }
    }

    pub(in crate::chat) fn end_session(&mut self, digest: &TokenDigest) {
        let session = self.sessions.remove(digest);
        if let Some(owner) = session.and_then(|session| self.members.get_mut(&session.member)) {
            owner.sessions.retain(|open| open != digest);
        }
    }

    pub(super) fn revoke_session(&mut self, record: &Record, member: MemberId, digest: TokenDigest) {
        self.end_session(&digest);
        self.revoked_sessions.add(digest, RevokedSession { id: record.seq, member, at: record.at });
    }

    pub(super) fn know_device(&mut self, digest: TokenDigest, device: KnownDevice) {
        if let Some(owner) = self.members.get_mut(&device.member) {
            owner.known_devices.push(digest);
            self.known_devices.insert(digest, device);
        }
    }

    pub(super) fn forget_device(&mut self, digest: &TokenDigest) {
        let device = self.known_devices.remove(digest);
        if let Some(owner) = device.and_then(|device| self.members.get_mut(&device.member)) {
            owner.known_devices.retain(|known| known != digest);
        }
    }

    pub(super) fn forget_devices_of(&mut self, member: MemberId) {
        let Some(owner) = self.members.get_mut(&member) else { return };
        for digest in std::mem::take(&mut owner.known_devices) {
            self.known_devices.remove(&digest);
        }
    }

    /// Decides up to where revoked sessions are forgotten at `now`, when `more` are revoked or one is opened: those
    /// that are too old, and the oldest of too many. Cost: O(n log n).
    pub(in crate::chat) fn forgetting_revoked(&self, more: usize, now: Timestamp) -> Option<Event> {
        let revoked = self.revoked_sessions.0.values();
        let mut all: Vec<(Seq, Timestamp)> = revoked.map(|session| (session.id, session.at)).collect();
        all.sort_unstable();
        let surplus = (all.len() + more).saturating_sub(REVOKED_SESSIONS_MAX);
        // Those behind one that is not old stay with it: a clock may go back.
        let old = all.iter().take_while(|(_, at)| is_old(*at, now)).count();
        let newest = surplus.max(old).min(all.len()).checked_sub(1)?;
        Some(Event::RevokedSessionsForgotten { up_to: all[newest].0 })
    }

    /// The session that a token's digest stands for.
    pub fn session(&self, digest: &TokenDigest) -> Option<&Session> {
        self.sessions.get(digest)
    }

    /// All open sessions.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&TokenDigest, &Session)> {
        self.sessions.iter()
    }

    /// Tells if a token's digest stood for a session that its member's removal ended, not too long before `now`.
    pub fn is_revoked(&self, digest: &TokenDigest, now: Timestamp) -> bool {
        self.revoked_sessions.0.get(digest).is_some_and(|session| !is_old(session.at, now))
    }
}
