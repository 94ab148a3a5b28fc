//! Replies, in Hindi.

use crate::text::RepliesTexts;

pub(super) const REPLIES: RepliesTexts =
    RepliesTexts {
        reply: "जवाब दें", in_reply_to: "इसका जवाब:", cancel: "जवाब रद्द करें", write: "जवाब लिखें"
    };
