//! Replies.

pub(crate) struct RepliesTexts {
    /// The action.
    pub(crate) reply: &'static str,
    /// Labels the line above a reply: the author of the message that it answers, and its beginning.
    pub(crate) in_reply_to: &'static str,
    pub(crate) cancel: &'static str,
    /// The link on the page of one message.
    pub(crate) write: &'static str,
}
