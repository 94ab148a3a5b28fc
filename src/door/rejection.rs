//! What the door answers by itself.

use super::limits::BODY_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    /// For people: what is wrong, and what to do. As HTML.
    pub(super) advice: &'static str,
}

/// No request: the bytes follow no rule, or more than one.
pub(super) const BAD: Rejection =
    reject(400, "Bad Request", "This request could not be read. Load the page again.");
pub(super) const TIMEOUT: Rejection =
    reject(408, "Request Timeout", "This took too long to arrive. Go back and try again.");
pub(super) const BODY_TOO_LARGE: Rejection = reject(
    413,
    "Content Too Large",
    "This is more than the chat takes at once, which is 128 KiB. Go back, shorten it, and send it again.",
);
const _: () = assert!(BODY_MAX == 128 * 1024, "the line above says so");
pub(super) const TARGET_TOO_LONG: Rejection =
    reject(414, "URI Too Long", "This address is too long. Open the chat by its own.");
pub(super) const EXPECTATION: Rejection = reject(
    417,
    "Expectation Failed",
    "Only <code>Expect: 100-continue</code> is known. Leave this header out.",
);
pub(super) const HEAD_TOO_LARGE: Rejection = reject(
    431,
    "Request Header Fields Too Large",
    "The browser sent too many cookies or other headers. Delete the cookies of this site, and load the page again.",
);
pub(super) const NOT_IMPLEMENTED: Rejection =
    reject(501, "Not Implemented", "This is not something that a chat does. Load the page again.");
pub(super) const DISK_FULL: Rejection = reject(
    507,
    "Insufficient Storage",
    "There is no room for this file. Tell the person who runs this chat.",
);
pub(super) const UNAVAILABLE: Rejection = reject(
    503,
    "Service Unavailable",
    "Very many people want this at once. Go back and try again in a moment.",
);
pub(super) const VERSION: Rejection =
    reject(505, "HTTP Version Not Supported", "Only HTTP/1.1 and HTTP/1.0 are known. Use one of these.");

const fn reject(status: u16, reason: &'static str, advice: &'static str) -> Rejection {
    Rejection { status, reason, advice }
}
