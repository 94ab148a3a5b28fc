//! Sessions, known devices, and sessions that a removal ended.

use std::collections::HashMap;

use super::State;
use crate::chat::event::Record;
use crate::chat::member::{KnownDevice, REVOKED_SESSION_TIME, REVOKED_SESSIONS_MAX, RevokedSession, Session};
use crate::chat::model::{MemberId, Timestamp, TokenDigest};

/// Sessions that removals ended, by what their tokens hash to: at most [`REVOKED_SESSIONS_MAX`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct RevokedSessions(HashMap<TokenDigest, RevokedSession>);

impl RevokedSessions {
    /// Cost: O([`REVOKED_SESSIONS_MAX`]), as the others.
    pub(in crate::chat) fn add(&mut self, digest: TokenDigest, session: RevokedSession) {
        self.forget_old(session.at);
        self.0.insert(digest, session);
        if self.0.len() > REVOKED_SESSIONS_MAX {
            let oldest = self.0.iter().min_by_key(|(_, session)| session.id).map(|(digest, _)| *digest);
            oldest.map(|digest| self.0.remove(&digest));
        }
    }

    /// Forgets those that are too old at `now`. Memory and file do so with each session that is opened or revoked.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        self.0.retain(|_, session| !is_old(session.at, now));
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

    /// The session that a token's digest stands for.
    pub fn session(&self, digest: &TokenDigest) -> Option<&Session> {
        self.sessions.get(digest)
    }

    /// All open sessions.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&TokenDigest, &Session)> {
        self.sessions.iter()
    }

    /// Whether a token's digest stood for a session that its member's removal ended, not too long before `now`.
    pub fn is_revoked(&self, digest: &TokenDigest, now: Timestamp) -> bool {
        self.revoked_sessions.0.get(digest).is_some_and(|session| !is_old(session.at, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::model::Seq;
    use crate::chat::tests::digest;

    #[test]
    fn of_many_such_sessions_the_newest_are_known() {
        let mut revoked = RevokedSessions::default();
        let at = Timestamp(0);
        for n in 0..=u16::try_from(REVOKED_SESSIONS_MAX).unwrap() {
            revoked.add(digest(n), RevokedSession { id: Seq(n.into()), member: MemberId(Seq(1)), at });
        }
        assert_eq!(revoked.0.len(), REVOKED_SESSIONS_MAX);
        assert!(!revoked.0.contains_key(&digest(0)) && revoked.0.contains_key(&digest(1)));
    }
}
