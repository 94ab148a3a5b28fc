//! The chat in a PostgreSQL database, which several nodes may share.

mod advice;
mod archive;
mod blob_reader;
mod blobs;
mod cluster;
#[cfg(test)]
mod cluster_tests;
mod connection;
mod driven_session;
mod engine;
mod erasing;
mod failover;
mod feed;
mod files;
mod heartbeat;
mod hints;
mod import;
mod link;
mod log;
#[cfg(test)]
mod log_tests;
mod node_state;
mod parameter;
mod passwords;
mod pipeline;
mod runtime;
mod schema;
mod search;
#[cfg(test)]
pub(super) mod search_tests;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
#[cfg(test)]
mod twin_tests;
mod url;
mod wire;
#[cfg(test)]
mod wire_tests;

pub(crate) use archive::DatabaseReader;
pub(crate) use import::{NewBlobs, import};
pub use log::PostgresLog;
pub(in crate::store) use session::in_words;
pub use url::DatabaseUrl;
