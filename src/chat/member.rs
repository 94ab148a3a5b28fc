//! Members, and by what they sign in.

use std::collections::BTreeSet;
use std::time::Duration;

use super::model::{Device, MemberId, PasswordHash, RoomId, Seq, Timestamp, TokenDigest};
use super::names::Username;
use super::notification::QuietHours;
use crate::text::Language;
use crate::time_zone::Zone;

/// Open sessions of one member at most; one more ends the least recently used.
pub const SESSIONS_PER_MEMBER: usize = 20;

/// A session that was not used for this long is over: 30 days.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Validity of an offer to set a new password: an hour, in milliseconds.
pub const RESET_TIME: i64 = 60 * 60 * 1000;

/// Known devices of one member; one more takes the place of the oldest.
pub const KNOWN_DEVICES_PER_MEMBER: usize = 20;

/// For how long a device is known after its member signed in there: 90 days, in milliseconds.
pub const KNOWN_DEVICE_TIME: i64 = 90 * 24 * 60 * 60 * 1000;

/// Sessions that removals ended and that are remembered; of more, the oldest are forgotten.
pub(super) const REVOKED_SESSIONS_MAX: usize = if cfg!(test) { 3 } else { 2_000 };

/// For how long they are: 30 days, in milliseconds.
pub(super) const REVOKED_SESSION_TIME: i64 = 30 * 24 * 60 * 60 * 1000;

/// Somebody who registered.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    pub name: Username,
    pub password: PasswordHash,
    /// When they registered; a return does not change it.
    pub since: Timestamp,
    /// Their open sessions, oldest first.
    pub sessions: Vec<TokenDigest>,
    /// The browsers in which they signed in, oldest first.
    pub(super) known_devices: Vec<TokenDigest>,
    /// The zone in which they read times, if not in the chat's.
    pub zone: Option<Zone>,
    /// The language of what they read, if not their browser's.
    pub language: Option<Language>,
    /// When they are not told of anything.
    pub quiet_hours: Option<QuietHours>,
    /// Up to where they have seen reactions to their messages.
    pub reactions_seen: Seq,
    /// They may decide about the chat and its members.
    pub owner: bool,
    /// Set: a former member, who stays as the author of their messages and may do nothing.
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
            quiet_hours: None,
            reactions_seen: Seq::default(),
            owner,
            removed: None,
            rooms: BTreeSet::new(),
            opened: BTreeSet::new(),
            invitations: BTreeSet::new(),
        }
    }

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

/// A browser in which a member signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its record's number: the one after the session's that was opened with it.
    pub id: Seq,
    pub member: MemberId,
    /// When they signed in.
    pub seen: Timestamp,
}

/// A session that its member's removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedSession {
    /// The number of the record by which it ended.
    pub id: Seq,
    /// Whose it was.
    pub member: MemberId,
    /// When it ended.
    pub at: Timestamp,
}

/// An offer to set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PasswordReset {
    pub(super) by: Option<MemberId>,
    pub(super) member: MemberId,
    pub(super) made: Timestamp,
}
