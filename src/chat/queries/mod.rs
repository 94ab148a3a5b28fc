//! Read models of the state and of the archive behind it. They change nothing.

mod activity;
mod files;
mod history;
mod members;
mod messages;
mod pins;
mod rooms;
mod search;

pub use activity::{Activity, ActivityEntry, ActivityKind, ActivityRef, UnreadActivity};
pub use history::{Before, CatchUp, History, HistoryRange, RUN_BYTES_MAX, Scope};
pub use pins::PinnedMessage;
pub use rooms::{Invitation, RoomSummary};
pub use search::{SEARCH_TIME, SEARCHES_ADMITTED};
