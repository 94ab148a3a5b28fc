//! The chat in a PostgreSQL database, which several nodes may share.

#[cfg(test)]
pub(crate) mod tests;
mod url;
#[allow(dead_code, reason = "nothing is written yet")]
mod wire;

pub use url::DatabaseUrl;
