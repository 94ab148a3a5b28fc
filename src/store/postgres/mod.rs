//! The chat in a PostgreSQL database, which several nodes may share.

#![allow(dead_code, reason = "nothing is written yet")]

mod archive;
mod connection;
mod engine;
mod failover;
mod feed;
mod parameter;
mod passwords;
mod runtime;
mod schema;
mod search;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
#[cfg(test)]
mod twin_tests;
mod url;
mod wire;

pub(in crate::store) use session::in_words;
pub use url::DatabaseUrl;
