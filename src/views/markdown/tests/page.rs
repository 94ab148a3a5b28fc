//! Reads what a message became, as a browser does, and holds it to the laws for any text.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Node};

use super::super::*;
use super::shown;
use crate::chat::{Body, BodyError};
use crate::markdown::{EMPHASES_MAX, LEVELS_MAX, LINKS_MAX};

/// Reads markup as a browser does. It must be exactly what was read: every tag in its place and
/// closed, only what may stand in a message, and links to nothing but the web.
pub(super) fn read(markup: &str) -> Html {
    let page = Html::parse_fragment(markup);
    // The two write entities differently, and mean the same.
    let plainly = |text: String| {
        [("&quot;", "\""), ("&nbsp;", "\u{a0}"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
            .iter()
            .fold(text, |text, (entity, character)| text.replace(entity, character))
    };
    assert_eq!(plainly(page.root_element().inner_html()), plainly(markup.to_owned()));
    for node in page.root_element().descendants().skip(1) {
        let Some(element) = ElementRef::wrap(node) else {
            assert!(matches!(node.value(), Node::Text(_)), "{markup}");
            continue;
        };
        may_stand(element);
        assert!(node.ancestors().count() < 3 + 2 * LEVELS_MAX + EMPHASES_MAX + 4, "deep: {markup}");
    }
    page
}

#[track_caller]
fn may_stand(element: ElementRef<'_>) {
    let (name, html) = (element.value().name(), element.html());
    let attributes: Vec<_> = element.value().attrs().collect();
    match name {
        "a" => {
            let of = |name| element.value().attr(name);
            let lower = of("href").expect("a link leads somewhere").to_ascii_lowercase();
            assert!(
                ["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme)),
                "{html}"
            );
            assert!(!lower.contains(|c: char| c.is_whitespace() || c.is_control()), "{html}");
            assert_eq!(of("rel"), Some("noopener noreferrer nofollow ugc"));
            assert_eq!(of("target"), Some("_blank"));
            assert_eq!(attributes.len(), 3, "{html}");
            assert!(!element.text().collect::<String>().is_empty(), "nothing to click on: {html}");
        }
        "ol" => assert!(attributes.iter().all(|(name, value)| match *name {
            "start" => value.parse::<u32>().is_ok(),
            "class" => ["bracket", "long-numbers", "bracket long-numbers"].contains(value),
            name => (name, *value) == ("dir", "auto"),
        })),
        "li" => assert!(attributes.iter().all(|(name, value)| match *name {
            "value" => value.parse::<u32>().is_ok(),
            name => (name, *value) == ("class", "long-numbers"),
        })),
        "blockquote" | "p" | "ul" => {
            assert!(
                attributes.is_empty()
                    || [("dir", "auto"), ("class", "large")].map(|one| vec![one]).contains(&attributes),
                "{html}"
            );
        }
        "pre" => assert_eq!(attributes, [("dir", "ltr"), ("tabindex", "0")]),
        "code" => assert!(attributes.is_empty() || attributes == [("dir", "ltr")], "{html}"),
        "bdi" | "br" | "del" | "em" | "hr" | "small" | "strong" => {
            assert!(attributes.is_empty(), "{html}");
        }
        _ => panic!("{html}"),
    }
}

/// A bound on the markup of any text: one `>` may become a quote, one `"` its entity, and so on;
/// beside that there are the attributes of the links.
fn size_bound(body: &str) -> usize {
    25 * body.len() + LINKS_MAX * 100
}

/// All the laws that hold for any text.
pub(super) fn check(body: &str) {
    let Ok(body) = Body::parse(body) else { return };
    let markup = shown(body.as_str());
    let page = read(&markup);
    let seen: String = page.root_element().text().collect();
    // Hosts that are shown behind links may make it longer than a message.
    let is_text = matches!(Body::parse(&seen), Ok(_) | Err(BodyError::TooLong(_)));
    assert!(is_text && Body::from_storage(&seen).is_some(), "{body:?} becomes {markup}");
    assert!(markup.len() <= size_bound(body.as_str()), "{} bytes of {body:?}", markup.len());
    nothing_vanishes(body.as_str(), &markup);
    let typed = lines_of_document(body.as_str());
    // What formats into nothing that is seen is shown as it was typed.
    let is_seen = Body::parse(&typed.join("\n")) != Err(BodyError::Blank);
    let typed = if is_seen { typed } else { lines(body.as_str()) };
    assert_eq!(lines_of_page(&markup), typed, "{body:?} became {markup}");
}

/// Removes the host that is shown behind a link whose text names another.
fn without_hosts(markup: &str) -> String {
    let own = markup.split(" (<bdi>").map(|part| part.split_once("</bdi>)").map_or(part, |(_, part)| part));
    own.collect()
}

/// The visible lines of a page, as a browser copies them: blocks and breaks end a line. Blank lines and outer white space are
/// dropped.
pub(super) fn lines_of_page(markup: &str) -> Vec<String> {
    fn read(element: ElementRef<'_>, text: &mut String) {
        for child in element.children() {
            match (ElementRef::wrap(child), child.value()) {
                (Some(element), _) => {
                    let is_block = matches!(
                        element.value().name(),
                        "blockquote" | "br" | "hr" | "li" | "ol" | "p" | "pre" | "ul"
                    );
                    text.push_str(if is_block { "\n" } else { "" });
                    read(element, text);
                    text.push_str(if is_block { "\n" } else { "" });
                }
                (None, Node::Text(own)) => text.push_str(own),
                _ => {}
            }
        }
    }
    let mut text = String::new();
    read(Html::parse_fragment(&without_hosts(markup)).root_element(), &mut text);
    lines(&text)
}

/// The typed lines, without the delimiters that formatted.
fn lines_of_document(body: &str) -> Vec<String> {
    let document = Document::parse(body);
    let own = document.pieces().iter().map(|piece| match piece {
        Piece::Text(range) => &body[range.clone()],
        Piece::Delimiter(range) if !body[range.clone()].contains('\n') => "",
        Piece::Delimiter(_) | Piece::Break(_) | Piece::Rule(_) => "\n",
        Piece::Open(element) if is_block(element) => "\n",
        Piece::Open(_) | Piece::Close => "",
    });
    lines(&own.collect::<String>())
}

fn is_block(element: &Element) -> bool {
    matches!(element, Element::Paragraph | Element::Quote | Element::Item { .. } | Element::Fence)
}

pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// All visible text was typed, in that order. Invisible are delimiters, without letters, and the targets of links.
/// White space does not count: a block's border stands for it. Nor do the hosts that are shown behind links.
fn nothing_vanishes(body: &str, markup: &str) {
    let page = Html::parse_fragment(&without_hosts(markup));
    let mut unseen: Vec<char> = body.chars().filter(|c| !c.is_whitespace()).collect();
    unseen.reverse();
    let mut hidden: BTreeMap<char, usize> = BTreeMap::new();
    for seen in page.root_element().text().flat_map(str::chars).filter(|c| !c.is_whitespace()) {
        loop {
            match unseen.pop() {
                Some(c) if c == seen => break,
                Some(c) => *hidden.entry(c).or_default() += 1,
                None => panic!("{seen:?} was not typed in {body:?}: {markup}"),
            }
        }
    }
    for c in unseen {
        *hidden.entry(c).or_default() += 1;
    }
    for c in page
        .root_element()
        .descendent_elements()
        .filter_map(|element| element.attr("href"))
        .flat_map(str::chars)
    {
        hidden.entry(c).and_modify(|count| *count = count.saturating_sub(1));
    }
    let rest: Vec<_> =
        hidden.into_iter().filter(|(c, count)| *count > 0 && !DELIMITERS.contains(*c)).collect();
    assert!(rest.is_empty(), "{rest:?} of {body:?} became {markup}");
}

/// Delimiters; digits are the numbers of lists.
const DELIMITERS: &str = "*_~`[]()<>!#-+.\\0123456789";
