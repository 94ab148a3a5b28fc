//! Messages to which others link: what their reader sees of them, on pages that are rendered for that reader alone.

use super::context::Context;
use crate::chat::{Excerpt, MessageView, Seq};
use crate::markdown::{Document, Element, Piece};
use crate::views::quote::{LinkedMessage, LinkedMessages};

/// Messages to which one is shown to link.
const LINKS_MAX: usize = 3;
/// The same for a page: those that memory has let go are read together.
const PAGE_LINKS_MAX: usize = 30;

/// Finds what messages of a page link to. What its visitor may not see is not there, as what cannot be read now.
pub(super) fn linked(cx: &Context, messages: &[MessageView]) -> LinkedMessages {
    let start = cx.request.origin() + &cx.app.site.path("/messages/");
    let of = |view: &MessageView| (view.message.id, links(view.message.body.as_str(), &start));
    let links: Vec<(Seq, Vec<Seq>)> = messages.iter().map(of).filter(|(_, ids)| !ids.is_empty()).collect();
    let mut ids: Vec<Seq> = links.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    ids.truncate(PAGE_LINKS_MAX);
    if ids.is_empty() {
        return LinkedMessages::new();
    }
    let found = cx.app.chat.messages_for(cx.visitor.member, &ids);
    let shown = |id: &Seq| {
        let MessageView { message, author, .. } = found.iter().find(|view| view.message.id == *id)?;
        let (message, room, excerpt) = (message.id, message.room, Excerpt::of(&message.body));
        Some(LinkedMessage { message, room, author: author.clone(), excerpt })
    };
    links.into_iter().map(|(id, ids)| (id, ids.iter().filter_map(shown).collect())).collect()
}

/// The numbers of the first messages to which a text links, by addresses that begin like this.
fn links(text: &str, start: &str) -> Vec<Seq> {
    let mut ids = Vec::new();
    if !text.contains(start) {
        return ids;
    }
    for piece in Document::parse(text).pieces() {
        let Piece::Open(Element::Link(to)) = piece else { continue };
        let id = to.strip_prefix(start).and_then(|id| id.parse().ok()).map(Seq);
        ids.extend(id.filter(|id| !ids.contains(id)));
    }
    ids.truncate(LINKS_MAX);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_messages_are_found_once_and_three_of_them() {
        let start = "https://chat.example/talk/messages/";
        let of = |text: &str| links(text, start).into_iter().map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(
            of(&format!("see {start}12, and [this]({start}7) {start}12 {start}1 {start}2")),
            [12, 7, 1]
        );
        for other in ["https://evil.example/messages/1", "https://chat.example/messages/1", "/messages/1"] {
            assert!(of(other).is_empty(), "{other}");
        }
        assert!(of(&format!("`{start}1` {start}1/about {start} {start}99999999999999999999999")).is_empty());
    }
}
