//! Addresses below the chat's own.

use crate::chat::{Seq, Username};

/// The address of a message, and of what one does with it.
pub(crate) fn message_path(id: Seq, rest: &str) -> String {
    format!("/messages/{id}{rest}")
}

/// The address of one's conversation with somebody, below the chat's own.
pub(crate) fn person_path(name: &Username) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_str().as_bytes()).collect();
    format!("/people/{name}")
}
