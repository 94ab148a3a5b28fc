//! Headers on which the door and the application agree.

/// To the application: the client's address. The door lets none of these in or out.
pub(crate) const FROM: &str = "X-Snug-From";
/// To the application: `http` or `https`, as the client spoke it.
pub(crate) const SCHEME: &str = "X-Snug-Scheme";
/// To the door: hold this one, it goes on as a stream with this ticket.
pub(crate) const STREAM: &str = "X-Snug-Stream";
/// To the application: a body of so many bytes (or [`CHUNKED`]) waits outside. Is it to be spooled?
pub(crate) const UPLOAD: &str = "X-Snug-Upload";
/// Said instead of a length: a body in chunks, of which nobody knows how long it is.
pub(crate) const CHUNKED: &str = "chunked";
/// To the door: spool that body, for this ticket; [`NO_SPOOL`] is no ticket. To the application: the body waits in this
/// ticket's spool.
pub(crate) const SPOOL: &str = "X-Snug-Spool";
/// Instead of a ticket: this is no place for files, the body is read as any other.
pub(crate) const NO_SPOOL: u64 = 0;
/// To the door: the answer's body is the download of this ticket.
pub(crate) const FILE: &str = "X-Snug-File";

/// Headers of every answer, the application's as well as the door's own: nothing of a private chat is kept on the way, listed
/// by search engines, taken for another kind, or loaded by other sites.
pub(crate) const ON_ALL_ANSWERS: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];
