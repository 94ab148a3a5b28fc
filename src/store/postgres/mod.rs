//! The chat in a PostgreSQL database, which several nodes may share.

#[cfg(test)]
pub(crate) mod tests;
mod url;

pub use url::DatabaseUrl;
