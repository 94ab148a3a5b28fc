//! Replies, in German.

use crate::text::RepliesTexts;

pub(super) const REPLIES: RepliesTexts = RepliesTexts {
    reply: "Antworten",
    in_reply_to: "Antwort auf:",
    cancel: "Antwort verwerfen",
    write: "Antwort schreiben",
};
