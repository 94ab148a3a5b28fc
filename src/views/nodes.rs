//! The nodes that serve the chat, and their database, for owners.

use maud::{Markup, html};

use super::Site;
use crate::chat::{EngineStatus, Node, Seq};
use crate::text::Locale;

pub(crate) struct NodesPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) nodes: &'a [Node],
    pub(crate) engine: &'a EngineStatus,
}

/// Changes that a node has not applied, and another has.
pub(crate) fn behind(node: &Node, nodes: &[Node]) -> u64 {
    let newest = nodes.iter().map(|node| node.applied).max().unwrap_or_default();
    let (Seq(newest), Seq(applied)) = (newest, node.applied);
    newest.saturating_sub(applied)
}

impl NodesPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (texts, engine) = (&self.locale.texts().nodes, self.engine);
        html! {
            section.sheet.broad {
                h1 { (texts.title) }
                ul.devices { @for node in self.nodes { li { (self.row(node)) } } }
                h2 { (texts.database) }
                p { bdi { (engine.name) } }
                p { ((texts.answered)(engine.silent_for.as_secs())) }
                p { ((texts.standbys)(engine.synchronous_standbys, engine.other_standbys)) }
                @if engine.synchronous_standbys == 0 { p.fault { (texts.no_standby) } }
                p.aside { a href=(self.site.path("/owner")) { (self.locale.texts().settings.heading) } }
            }
        }
    }

    fn row(&self, node: &Node) -> Markup {
        let texts = &self.locale.texts().nodes;
        let behind = usize::try_from(behind(node, self.nodes)).unwrap_or(usize::MAX);
        html! {
            div {
                bdi { (node.name) } @if node.is_this { " (" (texts.this_node) ")" }
                br;
                small {
                    ((texts.version)(&node.version)) " · "
                    @if behind == 0 { (texts.up_to_date) } @else { (texts.behind.of(behind)) }
                    " · " ((texts.seen)(node.seen_ago.as_secs()))
                }
            }
        }
    }
}
