//! Headers between the door and the application; the door lets none of them in or out.

/// To the application: the client's address.
pub(crate) const FROM: &str = "X-Snug-From";
/// To the application: `http` or `https`, as the client spoke it.
pub(crate) const SCHEME: &str = "X-Snug-Scheme";
/// To the door: hold this one, it goes on as a stream with this ticket.
pub(crate) const STREAM: &str = "X-Snug-Stream";
