//! Several nodes that serve one chat, and their database.

use super::Plural;

pub(crate) struct NodesTexts {
    /// On every page, while the database does not answer.
    pub(crate) cut_off: &'static str,
    /// Heads the page of nodes, and leads there.
    pub(crate) title: &'static str,
    /// Marks the one that shows the page.
    pub(crate) this_node: &'static str,
    pub(crate) version: fn(&str) -> String,
    pub(crate) up_to_date: &'static str,
    /// Changes that a node has not heard of.
    pub(crate) behind: Plural,
    /// Seconds since its last sign.
    pub(crate) seen: fn(u64) -> String,
    pub(crate) database: &'static str,
    /// Seconds since its last answer.
    pub(crate) answered: fn(u64) -> String,
    /// Counts the synchronous standbys, and the others.
    pub(crate) standbys: fn(u32, u32) -> String,
    pub(crate) no_standby: &'static str,
}
