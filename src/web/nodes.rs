//! The nodes that serve the chat, as owners see them.

use serde_json::{Value, json};

use super::context::Context;
use super::form_page::member_card;
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply};
use crate::chat::{EngineStatus, Node};
use crate::views::nodes::{NodesPage, behind};

/// GET `/owner/nodes`; where one process keeps the chat, there is no such page.
pub(super) fn list(cx: &Context) -> HandlerResult {
    let cluster = &cx.app.node.as_ref().ok_or(HttpError::NotFound)?.cluster;
    cx.app.chat.state().must_own(cx.visitor.member)?;
    let (nodes, engine) = (cluster.nodes(), cluster.engine());
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &nodes_json(&nodes, &engine)));
    }
    let (site, locale) = (&cx.app.site, cx.request.locale);
    let page = NodesPage { site, locale, nodes: &nodes, engine: &engine };
    Ok(member_card(cx, locale.texts().nodes.title, &page.render(), None))
}

fn nodes_json(nodes: &[Node], engine: &EngineStatus) -> Value {
    let node = |node: &Node| {
        json!({
            "name": node.name,
            "version": node.version,
            "applied": node.applied.0,
            "behind": behind(node, nodes),
            "seen_seconds_ago": node.seen_ago.as_secs(),
            "this": node.is_this,
        })
    };
    json!({
        "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        "database": {
            "name": engine.name,
            "newest": engine.newest.0,
            "answered_seconds_ago": engine.silent_for.as_secs(),
            "synchronous_standbys": engine.synchronous_standbys,
            "other_standbys": engine.other_standbys,
        },
    })
}
