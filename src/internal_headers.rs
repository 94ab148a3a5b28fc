//! Headers on which the door and the application agree.

/// To the application: the client's address. The door lets none of these three in or out.
pub(crate) const FROM: &str = "X-Snug-From";
/// To the application: `http` or `https`, as the client spoke it.
pub(crate) const SCHEME: &str = "X-Snug-Scheme";
/// To the door: hold this one, it goes on as a stream with this ticket.
pub(crate) const STREAM: &str = "X-Snug-Stream";

/// Headers of every answer, the application's as well as the door's own: nothing of a private chat is kept on the way, listed
/// by search engines, taken for another kind, or loaded by other sites.
pub(crate) const ON_ALL_ANSWERS: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];
