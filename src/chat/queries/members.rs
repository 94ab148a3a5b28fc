//! Members by name, their devices, and offers to set a password.

use crate::chat::member::{KNOWN_DEVICE_TIME, KnownDevice, Member, RESET_TIME};
use crate::chat::model::{MemberId, Timestamp, TokenDigest};
use crate::chat::names::{NameKey, Username};
use crate::chat::state::State;

impl State {
    /// The names of these members, of those that there are.
    pub fn names(&self, ids: &[MemberId]) -> Vec<Username> {
        ids.iter().filter_map(|id| Some(self.active(*id).ok()?.name.clone())).collect()
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

    /// The device that a token's digest stands for, if it is known at `now`. A clock that went back forgets nothing.
    pub fn known_device(&self, digest: &TokenDigest, now: Timestamp) -> Option<&KnownDevice> {
        let device = self.known_devices.get(digest)?;
        (now.0.saturating_sub(device.seen.0) <= KNOWN_DEVICE_TIME).then_some(device)
    }

    /// The known devices of a member, oldest first.
    pub fn known_devices_of(&self, member: MemberId) -> impl Iterator<Item = (&TokenDigest, &KnownDevice)> {
        let digests = self.members.get(&member).into_iter().flat_map(|member| &member.known_devices);
        digests.filter_map(|digest| Some((digest, self.known_devices.get(digest)?)))
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
