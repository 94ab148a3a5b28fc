//! Markup in the making.

use std::ops::Range;

use maud::{Markup, PreEscaped, Render};

use super::address::{host, names_another};
use crate::chat::{Mentioned, is_invisible};
use crate::markdown::{addresses, is_web};

/// From here on, a number of an item needs more room than is left beside the others.
const LONG: u32 = 1000;

/// Everything that may stand in a message and has a beginning and an end.
#[derive(Clone, Copy, Debug)]
pub(super) enum HtmlElement {
    Bdi,
    Blockquote,
    Code,
    Del,
    Em,
    Li,
    Link,
    Ol,
    P,
    Pre,
    Small,
    Strong,
    Ul,
}

impl HtmlElement {
    const fn name(self) -> &'static str {
        match self {
            Self::Bdi => "bdi",
            Self::Blockquote => "blockquote",
            Self::Code => "code",
            Self::Del => "del",
            Self::Em => "em",
            Self::Li => "li",
            Self::Link => "a",
            Self::Ol => "ol",
            Self::P => "p",
            Self::Pre => "pre",
            Self::Small => "small",
            Self::Strong => "strong",
            Self::Ul => "ul",
        }
    }
}

/// A text, whom it mentions, and which of its places are marked besides; both in its order.
#[derive(Clone, Copy)]
pub(super) struct MarkedText<'t> {
    pub(super) text: &'t str,
    pub(super) mentioned: &'t [Mentioned],
    pub(super) marked: &'t [Range<usize>],
}

/// The HTML inside a message, and the text that is seen in it.
///
/// `markup` is private to this file, where two kinds of things are added to it: tags that are
/// spelt out here, and text that went through maud's escaping (`text` and `attribute`). So nothing
/// that was typed is a tag, and [`HtmlWriter::markup`] may say that all of it is markup.
#[derive(Default)]
pub(super) struct HtmlWriter {
    markup: String,
    seen: String,
    /// Bytes of names that stand out as mentions.
    mentioned: usize,
}

impl HtmlWriter {
    pub(super) fn open(&mut self, element: HtmlElement) {
        self.begin(element);
        self.markup.push('>');
    }

    pub(super) fn close(&mut self, element: HtmlElement) {
        self.markup.push_str("</");
        self.markup.push_str(element.name());
        self.markup.push('>');
    }

    /// Opens what, if `directed`, is laid out from left to right or from right to left as its own text is.
    pub(super) fn open_block(&mut self, element: HtmlElement, directed: bool) {
        self.begin(element);
        if directed {
            self.attribute("dir", "auto");
        }
        self.markup.push('>');
    }

    /// Opens what holds emoji alone.
    pub(super) fn open_large(&mut self, element: HtmlElement) {
        self.begin(element);
        self.attribute("class", "large");
        self.markup.push('>');
    }

    /// Opens what always reads from left to right.
    pub(super) fn open_code(&mut self, element: HtmlElement) {
        self.begin(element);
        self.attribute("dir", "ltr");
        if let HtmlElement::Pre = element {
            // It scrolls, also by the keyboard.
            self.attribute("tabindex", "0");
        }
        self.markup.push('>');
    }

    /// Opens a list that counts from `first`.
    pub(super) fn open_numbers(&mut self, first: u32, bracket: bool, directed: bool) {
        self.begin(HtmlElement::Ol);
        if let Some(class) = match (bracket, first >= LONG) {
            (true, true) => Some("bracket long-numbers"),
            (true, false) => Some("bracket"),
            (false, true) => Some("long-numbers"),
            (false, false) => None,
        } {
            self.attribute("class", class);
        }
        if directed {
            self.attribute("dir", "auto");
        }
        if first != 1 {
            self.attribute("start", &first.to_string());
        }
        self.markup.push('>');
    }

    /// Opens an item, with a number of its own if it has one.
    pub(super) fn open_item(&mut self, number: Option<u32>) {
        self.begin(HtmlElement::Li);
        if let Some(number) = number {
            if number >= LONG {
                self.attribute("class", "long-numbers");
            }
            self.attribute("value", &number.to_string());
        }
        self.markup.push('>');
    }

    /// Opens a link, if it leads to the web or to a mailbox.
    pub(super) fn open_link(&mut self, to: &str) -> bool {
        if !is_web(to) && !is_mail(to) {
            return false;
        }
        self.begin(HtmlElement::Link);
        self.attribute("href", to);
        self.attribute("rel", "noopener noreferrer nofollow ugc");
        self.attribute("target", "_blank");
        self.markup.push('>');
        true
    }

    /// Closes a link whose text began there. Nobody is sent elsewhere than it seems: behind a text that names another host
    /// stands the real one, and behind another address on the same host the whole address.
    pub(super) fn close_link(&mut self, to: &str, from: usize) {
        let shown = &self.seen[from..];
        let host = host(to);
        let elsewhere = host.as_ref().is_none_or(|host| names_another(shown, host));
        let is_aside = |c: char| is_invisible(c) || !c.is_alphanumeric();
        let shown = shown.trim_matches(is_aside);
        let another = addresses(shown).first().is_some_and(|address| {
            let is_all = address.range.len() == shown.len();
            address.range.start == 0 && !(is_all && address.href(shown) == to.trim_matches(is_aside))
        });
        self.close(HtmlElement::Link);
        if !is_mail(to) && (elsewhere || another) {
            self.text(" (");
            // It may be written from right to left.
            self.open(HtmlElement::Bdi);
            self.text(host.as_deref().filter(|_| elsewhere).unwrap_or(to));
            self.close(HtmlElement::Bdi);
            self.text(")");
        }
    }

    pub(super) fn rule(&mut self) {
        self.markup.push_str("<hr>");
        self.seen.push_str("---");
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

    /// A part of a text, in which names that are mentioned and marked places stand out. The one place where what was typed
    /// becomes markup.
    pub(super) fn words(&mut self, source: MarkedText, range: Range<usize>) {
        let mut end = range.start;
        for Mentioned { place, member } in source.mentioned {
            let (start, stop) = (place.start.max(end), place.end.min(range.end));
            if start >= stop {
                continue;
            }
            self.marked_words(source, end..start);
            self.markup.push_str("<b class=\"mention\"");
            if let Some((member, name)) = member {
                self.attribute("data-member", &member.0.to_string());
                self.attribute("data-name", name.as_str());
            } else {
                self.attribute("data-group", "");
            }
            self.markup.push('>');
            self.marked_words(source, start..stop);
            self.markup.push_str("</b>");
            self.mentioned += stop - start;
            end = stop;
        }
        self.marked_words(source, end..range.end);
    }

    /// Writes words that mention no one.
    fn marked_words(&mut self, source: MarkedText, range: Range<usize>) {
        let mut end = range.start;
        let first = source.marked.partition_point(|place| place.end <= range.start);
        for place in source.marked[first..].iter().take_while(|place| place.start < range.end) {
            let (start, stop) = (place.start.max(end), place.end.min(range.end));
            self.text(&source.text[end..start]);
            self.markup.push_str("<mark>");
            self.text(&source.text[start..stop]);
            self.markup.push_str("</mark>");
            end = stop;
        }
        self.text(&source.text[end..range.end]);
    }

    /// Bytes of highlighted names so far.
    pub(super) fn mentioned_bytes(&self) -> usize {
        self.mentioned
    }

    /// Bytes of visible text so far.
    pub(super) fn position(&self) -> usize {
        self.seen.len()
    }

    /// Some character is visible.
    pub(super) fn is_readable(&self) -> bool {
        !self.seen.chars().all(is_invisible)
    }

    pub(super) fn markup(self) -> Markup {
        PreEscaped(self.markup)
    }

    fn begin(&mut self, element: HtmlElement) {
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

/// Addresses of mail stand for themselves.
fn is_mail(address: &str) -> bool {
    address.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
}
