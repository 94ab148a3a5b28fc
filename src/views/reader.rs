//! The reader of messages.

use crate::chat::MemberId;

/// For whom messages are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// All who read them in one zone and language: what is of one reader, scripts add.
    Anyone,
    /// One who may say something where they were posted.
    Member(MemberId),
    /// One who reads along.
    Onlooker,
}
