//! Several nodes, in English.

use super::plural;
use crate::text::NodesTexts;

pub(super) const NODES: NodesTexts = NodesTexts {
    cut_off: "The chat can't reach its database right now. You can still read. What you write is kept until it can be sent.",
    title: "Nodes",
    this_node: "this node",
    version: |version| format!("Version {version}"),
    up_to_date: "up to date",
    behind: plural(&[("one", "{n} change behind"), ("other", "{n} changes behind")]),
    seen: |seconds| match seconds {
        0..3 => "seen just now".into(),
        _ => format!("seen {seconds} seconds ago"),
    },
    database: "Database",
    answered: |seconds| match seconds {
        0..3 => "Answered just now".into(),
        _ => format!("Last answered {seconds} seconds ago"),
    },
    standbys: |synchronous, others| format!("Standbys: {synchronous} synchronous, {others} asynchronous"),
    no_standby: "There is no synchronous standby. If the database's machine fails, the newest messages may be lost.",
};
