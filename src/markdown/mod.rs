//! What a text means, below what it looks like: nothing here knows HTML.

mod address;

pub(crate) use address::{find as addresses, starts_with_domain};
