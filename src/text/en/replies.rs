//! Replies, in English.

use crate::text::RepliesTexts;

pub(super) const REPLIES: RepliesTexts = RepliesTexts {
    reply: "Reply",
    in_reply_to: "In reply to:",
    cancel: "Cancel reply",
    write: "Write a reply",
};
