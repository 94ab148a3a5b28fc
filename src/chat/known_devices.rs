//! Browsers in which a member signed in, known by a device cookie
//! (<https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies>).

use super::model::{MemberId, Seq, Timestamp, TokenDigest};
use super::state::State;

/// Known devices of one member; one more takes the place of the oldest.
pub const KNOWN_DEVICES_PER_MEMBER: usize = 20;
/// For how long a device is known after its member signed in there: 90 days, in milliseconds.
pub const KNOWN_DEVICE_TIME: i64 = 90 * 24 * 60 * 60 * 1000;

/// A browser in which a member signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its record's number: the one after the session's that was opened with it.
    pub id: Seq,
    pub member: MemberId,
    /// When they signed in.
    pub seen: Timestamp,
}

/// A browser that is to be known from now on.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice {
    /// What its new token hashes to.
    pub digest: TokenDigest,
    /// What its token so far hashes to, which it has no more.
    pub former: Option<TokenDigest>,
}

/// What `apply` does.
impl State {
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
}

impl State {
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

    /// What has to be forgotten before a member's new device is known.
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
