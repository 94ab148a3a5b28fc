//! The chat in a PostgreSQL database, which several nodes may share.

#![allow(dead_code, reason = "nothing is written yet")]

mod connection;
mod engine;
mod failover;
mod feed;
mod parameter;
mod passwords;
mod runtime;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod url;
mod wire;

pub use url::DatabaseUrl;
