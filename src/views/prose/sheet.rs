//! Markup in the making.

use std::ops::Range;

use maud::{Markup, PreEscaped, Render};

use super::address::{host, names_another};
use crate::chat::{Body, BodyFault, Username, is_invisible};
use crate::markdown::addresses;

/// Links in one message that can be clicked. Each takes many times its own length in a page, and
/// a message of links alone is no message.
pub(super) const LINKS_MAX: usize = 50;

/// Everything that may stand in a message and has a beginning and an end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Element {
    Bdi,
    Blockquote,
    Code,
    Em,
    Li,
    Link,
    Ol,
    P,
    Pre,
    Strong,
    Ul,
}

impl Element {
    const fn name(self) -> &'static str {
        match self {
            Self::Bdi => "bdi",
            Self::Blockquote => "blockquote",
            Self::Code => "code",
            Self::Em => "em",
            Self::Li => "li",
            Self::Link => "a",
            Self::Ol => "ol",
            Self::P => "p",
            Self::Pre => "pre",
            Self::Strong => "strong",
            Self::Ul => "ul",
        }
    }
}

/// A member's name in a text that goes onto a sheet.
#[derive(Clone, Debug)]
pub(super) struct Mark<'a> {
    pub(super) place: Range<usize>,
    pub(super) name: &'a Username,
}

/// A part of a text, and what is marked in the whole of it, in order.
#[derive(Clone, Copy)]
pub(super) struct Passage<'t> {
    text: &'t str,
    /// Where it begins in the whole.
    start: usize,
    marks: &'t [Mark<'t>],
}

impl<'t> Passage<'t> {
    /// A whole text.
    pub(super) fn of(text: &'t str, marks: &'t [Mark<'t>]) -> Self {
        Self { text, start: 0, marks }
    }

    fn part(&self, place: Range<usize>) -> Self {
        Self { text: &self.text[place.clone()], start: self.start + place.start, marks: self.marks }
    }

    /// What is marked in it, by places in it.
    fn marked(self) -> impl Iterator<Item = (Range<usize>, &'t Username)> {
        let within = move |at: usize| at.saturating_sub(self.start).min(self.text.len());
        let marks =
            self.marks.iter().map(move |mark| (within(mark.place.start)..within(mark.place.end), mark.name));
        marks.filter(|(place, _)| !place.is_empty())
    }
}

/// What stands inside a message, and the words that are seen in it.
///
/// `markup` is private to this file, where two kinds of things are added to it: tags that are
/// spelt out here, and text that went through maud's escaping (`text` and `attribute`). So nothing
/// that was typed is a tag, and [`Sheet::markup`] may say that all of it is markup.
#[derive(Default)]
pub(super) struct Sheet {
    markup: String,
    seen: String,
    links: usize,
    /// Bytes of names that are marked.
    marked: usize,
}

impl Sheet {
    pub(super) fn open(&mut self, element: Element) {
        self.begin(element);
        if let Element::Pre = element {
            // It scrolls, also by the keyboard.
            self.attribute("tabindex", "0");
        }
        self.markup.push('>');
    }

    pub(super) fn close(&mut self, element: Element) {
        self.markup.push_str("</");
        self.markup.push_str(element.name());
        self.markup.push('>');
    }

    /// Opens a list that counts from `start`.
    pub(super) fn open_numbered(&mut self, start: u64) {
        self.begin(Element::Ol);
        if start != 1 {
            self.attribute("start", &start.to_string());
        }
        self.markup.push('>');
    }

    /// Opens a link, if it leads to the web and there are not too many.
    pub(super) fn open_link(&mut self, to: &str, title: &str) -> bool {
        is_web(to) && self.open_known_link(to, title)
    }

    /// Opens a link that leads to the web or to a mailbox, if there are not too many.
    fn open_known_link(&mut self, to: &str, title: &str) -> bool {
        if self.links == LINKS_MAX {
            return false;
        }
        self.links += 1;
        self.begin(Element::Link);
        self.attribute("href", to);
        self.attribute("rel", "noopener noreferrer nofollow ugc");
        self.attribute("target", "_blank");
        if !title.is_empty() {
            self.attribute("title", title);
            self.seen.push_str(title);
        }
        self.markup.push('>');
        true
    }

    /// Closes a link whose text began there. Nobody is sent elsewhere than it seems: behind a text that names another host
    /// stands the real one, and behind another address on the same host the whole address.
    pub(super) fn close_link(&mut self, to: &str, from: usize) {
        let shown = self.seen_since(from);
        let host = host(to);
        let elsewhere = host.as_ref().is_none_or(|host| names_another(shown, host));
        let is_aside = |c: char| is_invisible(c) || !c.is_alphanumeric();
        let shown = shown.trim_matches(is_aside);
        let another = addresses(shown).first().is_some_and(|address| {
            let is_all = address.range.len() == shown.len();
            address.range.start == 0 && !(is_all && address.href(shown) == to.trim_matches(is_aside))
        });
        self.close(Element::Link);
        if elsewhere || another {
            self.text(" (");
            // It may be written from right to left.
            self.open(Element::Bdi);
            self.text(host.as_deref().filter(|_| elsewhere).unwrap_or(to));
            self.close(Element::Bdi);
            self.text(")");
        }
    }

    pub(super) fn rule(&mut self) {
        self.markup.push_str("<hr>");
    }

    pub(super) fn line_break(&mut self) {
        self.markup.push_str("<br>");
        self.seen.push('\n');
    }

    /// Text that stays what it is.
    pub(super) fn text(&mut self, text: &str) {
        text.render_to(&mut self.markup);
        self.seen.push_str(text);
    }

    /// Text that stays what it is, with its line breaks.
    pub(super) fn lines(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.line_break();
            }
            self.text(line);
        }
    }

    /// Text of a link, in which names that are mentioned stand out.
    pub(super) fn words(&mut self, text: Passage) {
        self.marked(text, Self::lines);
    }

    /// The same in code, where line breaks stay what they are.
    pub(super) fn code(&mut self, text: Passage) {
        self.marked(text, Self::text);
    }

    /// The same, and addresses become links.
    pub(super) fn run(&mut self, text: Passage) {
        let mut end = 0;
        for address in addresses(text.text) {
            self.words(text.part(end..address.range.start));
            let to = address.href(text.text);
            let linked = self.open_known_link(&to, "");
            let from = self.position();
            end = address.range.end;
            self.words(text.part(address.range));
            match linked {
                true if is_web(&to) => self.close_link(&to, from),
                true => self.close(Element::Link),
                false => {}
            }
        }
        self.words(text.part(end..text.text.len()));
    }

    /// The one place where text becomes markup; `plain` adds what mentions no one.
    fn marked(&mut self, passage: Passage, plain: fn(&mut Self, &str)) {
        let (text, mut end) = (passage.text, 0);
        for (name, whose) in passage.marked() {
            plain(self, &text[end..name.start]);
            self.markup.push_str("<b class=\"mention\"");
            self.attribute("data-name", whose.as_str());
            self.markup.push('>');
            self.text(&text[name.clone()]);
            self.markup.push_str("</b>");
            self.marked += name.len();
            end = name.end;
        }
        plain(self, &text[end..]);
    }

    /// How many bytes of names are marked so far.
    pub(super) fn marked_bytes(&self) -> usize {
        self.marked
    }

    /// How much is seen so far, for [`Sheet::is_blank_since`].
    pub(super) fn position(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn seen_since(&self, position: usize) -> &str {
        &self.seen[position..]
    }

    /// Whether nothing that takes ink was added since.
    pub(super) fn is_blank_since(&self, position: usize) -> bool {
        Body::parse(self.seen_since(position)) == Err(BodyFault::Blank)
    }

    /// Whether what is seen would itself be a message: some of it takes ink, and no character
    /// reference (`&#8238;`) brought in what a message may not hold.
    pub(super) fn is_readable(&self) -> bool {
        !self.is_blank_since(0) && Body::kept(&self.seen).is_some()
    }

    pub(super) fn markup(self) -> Markup {
        PreEscaped(self.markup)
    }

    fn begin(&mut self, element: Element) {
        self.markup.push('<');
        self.markup.push_str(element.name());
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        self.markup.push(' ');
        self.markup.push_str(name);
        self.markup.push_str("=\"");
        value.render_to(&mut self.markup);
        self.markup.push('"');
    }
}

/// Whether a browser takes this for `http` or `https` and for nothing else: it would skip white
/// space and controls.
fn is_web(address: &str) -> bool {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let plain = !address.contains(char::is_whitespace) && Body::kept(address).is_some();
    plain && matches!(scheme.as_deref(), Some("http" | "https"))
}
