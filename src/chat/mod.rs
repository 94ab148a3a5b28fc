//! The domain: what can be done in a chat, without HTTP, HTML, sockets or a clock.
//!
//! Every verb of [`Chat`] goes one way: it *decides* against the newest state, the decision is an
//! [`Event`], the [`Log`] keeps it, and only then [`State::apply`] makes it so.

pub(crate) mod blob_store;
mod characters;
mod cluster;
mod combining_marks;
mod commit_queue;
mod configuration;
mod directory;
mod event;
mod file;
mod group_words;
#[cfg(feature = "sqlite")]
mod index;
mod joiners;
mod log;
#[cfg(test)]
pub(crate) mod log_contract;
mod member;
mod mentions;
mod message;
mod model;
mod names;
mod notification;
mod queries;
mod query;
mod quote;
mod reaction;
mod replica;
mod room;
mod search;
mod serial_archive;
mod shared;
mod snapshot;
mod state;
mod state_guard;
mod storage_error;
#[cfg(test)]
mod tests;
mod tokenizer;
mod verbs;
mod version;

use std::sync::RwLockWriteGuard;
use std::time::{Duration, Instant};

pub use blob_store::{Blob, BlobStore, BlobUsage, HalfBlob, NextPart, PART, UploadKey, Uploaded};
pub use characters::NameError;
pub(crate) use characters::is_invisible;
pub use cluster::{Cluster, ClusterWatcher, EngineStatus, HINT_MEMBERS_MAX, Hint, Node};
pub use configuration::{
    Configuration, INVITE_CODE_MAX, InviteCode, Registration, TITLE_MAX, Title, TitleError,
};
#[cfg(feature = "sqlite")]
pub(crate) use directory::Directory;
#[cfg(feature = "sqlite")]
pub(crate) use event::MemberData;
pub use event::{Event, ForgottenChange, ReadMarker, Record};
pub use file::{
    ALT_TEXT_MAX, AltText, FILE_NAME_MAX, FILES_PER_MESSAGE, FileId, FileKey, FileName, FileRecord, Files,
    OwnedKey, SentFile, UNSENT_FILES_MAX, UNSENT_FILES_PER_MEMBER, UnsentFile,
};
pub(crate) use group_words::GroupKind;
#[cfg(feature = "sqlite")]
pub(crate) use index::{INDEX_FORM, Term, index_terms};
pub use log::{Appended, Archive, ChatId, Identity, Log, MemoryLog, News, OpenArchive};
pub use member::{
    KNOWN_DEVICE_TIME, KNOWN_DEVICES_PER_MEMBER, KnownDevice, Member, RESET_TIME, RevokedSession,
    SESSION_IDLE_MAX, SESSIONS_PER_MEMBER, Session,
};
pub(crate) use mentions::{Candidates, is_at};
pub use mentions::{GROUP_MAX, GroupMention, MENTIONS_MAX, Mention, Mentioned, Mentions, SMALL_ROOM};
#[cfg(feature = "sqlite")]
pub(crate) use message::searchable_text;
pub use message::{
    Amendments, Author, CHANGES_MAX, ChangeKind, Message, MessageChange, MessageView, Pin,
    REACTION_NAMES_MAX, ReactionView,
};
pub use model::{
    Body, BodyError, Device, MESSAGE_MAX, MemberId, NONCE_MAX, Naming, Nonce, NonceError, PasswordHash,
    ROOM_NAME_MAX, Refusal, RoomId, RoomName, RoomTextError, Seq, TOPIC_MAX, Timestamp, TokenDigest, Topic,
};
#[cfg(test)]
pub(crate) use names::keys_made;
pub use names::{NAME_BYTES_MAX, NAME_MAX, NameKey, Username};
pub use notification::{NotificationLevel, QuietHours, TimeOfDay};
pub use queries::{
    Activity, ActivityEntry, ActivityKind, ActivityRef, Before, CatchUp, History, HistoryRange, Invitation,
    PinnedMessage, RUN_BYTES_MAX, RoomSummary, SEARCH_TIME, SEARCHES_ADMITTED, Scope, UnreadActivity,
};
pub use query::Query;
pub use quote::{EXCERPT_MAX, Excerpt, Quote};
pub use reaction::{EMOJI_PER_MESSAGE, Emoji, REACTIONS_PER_MESSAGE, Reaction, Reactions};
pub use replica::{StateChange, Watcher};
pub use room::{PINS_MAX, Room, RoomKind, UNREAD_MAX};
pub use search::{Search, SearchResults};
pub use shared::Shared;
pub use snapshot::{Kept, KeptInvitation, KeptMember, KeptReset, KeptRoom, Snapshot};
pub use state::{HISTORY_BYTES_PER_MESSAGE, State, UnreadReaction};
#[cfg(all(test, debug_assertions))]
pub(crate) use state_guard::GUARDS_TAKEN;
pub use state_guard::StateReadGuard;
pub use storage_error::StorageError;
pub use verbs::{
    Added, FreshStart, NewDevice, NewMessage, NewRoom, NewSession, NewText, PasswordChange, RoomChange,
    SessionsToEnd,
};
pub use version::TextVersion;

use crate::fair::Semaphore;
use commit_queue::{CommitQueue, Decision};
use replica::Replica;
use serial_archive::SerialArchive;

/// Changes that may be on their way to the log at once: as many workers as a slow log can
/// occupy.
pub const APPENDS_ADMITTED: usize = 32;
/// Of these, changes that are decided or about to be; the others wait in fair turns. More would make no larger
/// commits.
const APPENDS_AT_ONCE: usize = 16;
/// Pages of older messages that may be read from the archive or wait for it, one at a time.
pub const READS_ADMITTED: usize = 8;

/// Bounds of memory and of one search's time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages held: so many of up to [`HISTORY_BYTES_PER_MESSAGE`], fewer where some are larger.
    pub history: usize,
    /// Members; and as many more who were removed.
    pub members: usize,
    /// Open sessions of all members together.
    pub sessions: usize,
    /// Rooms that members opened.
    pub rooms: usize,
    /// Conversations in which messages are left; and as many more without any.
    pub conversations: usize,
    /// Rooms that one member opened.
    pub rooms_per_member: usize,
    /// Memberships in rooms and conversations, the shared one included; the rooms that one member opened hold at most
    /// a tenth of them.
    pub memberships: usize,
    /// After it a search answers with what it has found.
    pub search_time: Duration,
}

impl Default for Limits {
    /// 10,000 messages, 10,000 members, 20,000 sessions, 10,000 rooms, 10,000 conversations, 200,000
    /// memberships: `memory.rs` has what they take when all are reached.
    fn default() -> Self {
        Self {
            history: 10_000,
            members: 10_000,
            sessions: 20_000,
            rooms: 10_000,
            conversations: 10_000,
            rooms_per_member: 200,
            memberships: 200_000,
            search_time: SEARCH_TIME,
        }
    }
}

/// The chat: its verbs, and read access to its state.
pub struct Chat {
    limits: Limits,
    /// For pages. All archives are closed before the log, which may hold the file's lock.
    old: SerialArchive,
    /// For searches, which take longer: pages do not wait for them.
    searched: SerialArchive,
    /// For verbs and for single messages, which look up little: they wait for neither.
    looked_up: SerialArchive,
    appending: Semaphore,
    /// A turn to change a message that memory let go: looked up and decided by one at a time, so that those who react to
    /// it at once do not make each other look it up again.
    changing_old: Semaphore,
    commit_queue: CommitQueue,
    replica: Replica,
}

impl Chat {
    /// A chat as its log remembers it. `watcher` is told of every change of the state right after it,
    /// in order; all others wait for it, so it must be quick.
    pub fn open(log: Box<dyn Log>, limits: Limits, watcher: Watcher) -> Result<Self, StorageError> {
        let (state, looked_up) = replica::restored(&*log, limits.history)?;
        Ok(Self {
            limits,
            appending: Semaphore::new(APPENDS_AT_ONCE, APPENDS_ADMITTED - APPENDS_AT_ONCE),
            changing_old: Semaphore::new(1, APPENDS_ADMITTED - 1),
            old: SerialArchive::new(log.archive(), None, READS_ADMITTED),
            searched: SerialArchive::new(log.archive(), None, SEARCHES_ADMITTED),
            looked_up: SerialArchive::new(log.archive(), looked_up, APPENDS_ADMITTED),
            commit_queue: CommitQueue::new(log),
            replica: Replica::new(limits.history, state, watcher),
        })
    }

    /// Closes the archives and the log, after the batch that is being written. From then on verbs fail with `NotKept`,
    /// and questions for evicted messages with `NotRead`.
    pub fn close(&self) {
        self.old.close();
        self.searched.close();
        self.looked_up.close();
        self.commit_queue.close();
    }

    /// Gives the log time for what it put off: to be called every few seconds.
    pub fn tidy(&self) {
        self.commit_queue.tidy();
    }

    /// Applies all that other nodes appended, part by part. Blocks for as long as the log takes.
    ///
    /// Errors: the log's; what was applied before stays.
    pub fn follow(&self) -> Result<(), StorageError> {
        while !self.commit_queue.follow(&self.replica)? {}
        Ok(())
    }

    /// Waits until a record is applied. False: it is not, at `deadline`, or when all is applied that there was at `since`.
    pub fn wait_for(&self, seq: Seq, since: Instant, deadline: Instant) -> bool {
        self.commit_queue.wait_for(&self.replica, seq, since, deadline)
    }

    /// Tells if all is applied that other nodes had appended by then.
    pub fn has_followed_since(&self, instant: Instant) -> bool {
        self.commit_queue.followed() >= instant
    }

    /// Time since all was applied that other nodes had appended by then. Nobody has to write for that to be known.
    pub fn behind_for(&self) -> Duration {
        self.commit_queue.followed().elapsed()
    }

    /// The state, to read.
    #[track_caller]
    pub fn state(&self) -> StateReadGuard<'_> {
        self.replica.state()
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.replica.state_mut()
    }

    /// The one way in which anything changes: decides, keeps, applies. `commutes` tells which records in flight do not
    /// matter to this decision. Where another node was quicker, it is made again. Returns the number of the first record
    /// made.
    ///
    /// Errors: `Busy` where too many wait, and those of [`CommitQueue::submit`], `decide`'s among them; nothing has
    /// changed then.
    ///
    /// Locks: takes the queue's, then the state's; not to be called under a guard of the state.
    fn commit(
        &self,
        now: Timestamp,
        commutes: impl Fn(&Record) -> bool,
        mut decide: impl FnMut(&State, Seq) -> Result<Decision, Refusal>,
    ) -> Result<Seq, Refusal> {
        self.commit_beside(now, commutes, |state, _, next| decide(state, next))
    }

    /// The same where the decision looks at the records in flight, those that are not applied yet, in order.
    fn commit_beside(
        &self,
        now: Timestamp,
        commutes: impl Fn(&Record) -> bool,
        decide: impl FnMut(&State, &[&Record], Seq) -> Result<Decision, Refusal>,
    ) -> Result<Seq, Refusal> {
        let _admitted = self.appending.acquire().map_err(|_| Refusal::Busy)?;
        self.commit_queue.submit(&self.replica, now, commutes, decide)
    }

    /// Commits events whose numbers nobody needs, and of which there may be none.
    fn change(
        &self,
        now: Timestamp,
        commutes: impl Fn(&Record) -> bool,
        mut decide: impl FnMut(&State) -> Result<Vec<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        let decide = |state: &State, _| {
            let events = decide(state)?;
            Ok(if events.is_empty() {
                Decision::AlreadyRecorded(state.last())
            } else {
                Decision::Record(events)
            })
        };
        self.commit(now, commutes, decide).map(drop)
    }
}
