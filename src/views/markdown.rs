//! What somebody said, with the formatting that they typed (`markdown` says what that is).

mod address;
mod html_writer;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::panic;

use maud::Markup;

use crate::chat::Mentioned;
use crate::emoji;
use crate::markdown::{Document, Element, Piece};

use html_writer::{HtmlElement as Tag, HtmlWriter, MarkedText};

/// Renders a message that mentions these people.
pub(crate) fn prose(body: &str, mentioned: &[Mentioned]) -> Markup {
    marked_prose(body, mentioned, &[])
}

/// Renders a body with these places of the text marked; they are in order, and do not meet.
pub(crate) fn marked_prose(body: &str, mentioned: &[Mentioned], marked: &[Range<usize>]) -> Markup {
    let source = MarkedText { text: body, mentioned, marked };
    // A parser's mistake must not cost a room its page for as long as the message stands.
    let formatted = panic::catch_unwind(|| formatted(source)).ok().flatten();
    formatted.unwrap_or_else(|| plain(source))
}

/// The text with its formatting, unless nothing could be seen of it, or not all that it mentions: what was a mention
/// when it was posted may stand in a delimiter by the rules of today.
fn formatted(source: MarkedText) -> Option<Markup> {
    let large = emoji::are_few(source.text);
    let mut writer = MarkdownWriter { source, sheet: HtmlWriter::default(), open: Vec::new(), large };
    for piece in Document::parse(source.text).pieces() {
        writer.take(piece);
    }
    let wanted: usize = source.mentioned.iter().map(|mention| mention.place.len()).sum();
    let whole = writer.sheet.is_readable() && writer.sheet.mentioned_bytes() == wanted;
    whole.then(|| writer.sheet.markup())
}

/// Text as it was typed.
fn plain(source: MarkedText) -> Markup {
    let mut sheet = HtmlWriter::default();
    sheet.open_block(Tag::P, true);
    let mut at = 0;
    for line in source.text.split('\n') {
        if at > 0 {
            sheet.line_break();
        }
        sheet.words(source, at..at + line.len());
        at += line.len() + 1;
    }
    sheet.close(Tag::P);
    sheet.markup()
}

/// An open element, and how it ends.
enum OpenElement {
    Tag(Tag),
    Heading,
    Fence,
    /// A link whose text begins there.
    Link {
        to: String,
        from: usize,
    },
    /// There is nothing to close.
    Flat,
}

/// Writes a message's pieces to a sheet.
struct MarkdownWriter<'a> {
    source: MarkedText<'a>,
    sheet: HtmlWriter,
    open: Vec<OpenElement>,
    /// All of it is a few emoji.
    large: bool,
}

impl MarkdownWriter<'_> {
    fn take(&mut self, piece: &Piece) {
        match piece {
            Piece::Open(element) => {
                let open = self.begin(element);
                self.open.push(open);
            }
            Piece::Close => self.end(),
            Piece::Text(range) => self.sheet.words(self.source, range.clone()),
            Piece::Break(_) if self.open.iter().any(|open| matches!(open, OpenElement::Fence)) => {
                self.sheet.text("\n");
            }
            Piece::Break(_) => self.sheet.line_break(),
            Piece::Rule(_) => self.sheet.rule(),
            Piece::Delimiter(_) => {}
        }
    }

    fn begin(&mut self, element: &Element) -> OpenElement {
        // A list or a quote has one direction, and what is in it is aligned by that.
        let directed = self.open.is_empty();
        match element {
            Element::Paragraph if self.large => {
                self.sheet.open_large(Tag::P);
                OpenElement::Tag(Tag::P)
            }
            Element::Paragraph => self.block(Tag::P, directed),
            Element::Heading => {
                self.sheet.open_block(Tag::P, directed);
                self.sheet.open(Tag::Strong);
                OpenElement::Heading
            }
            Element::Quote => self.block(Tag::Blockquote, directed),
            Element::Bullets => self.block(Tag::Ul, directed),
            Element::Numbers { first, bracket } => {
                self.sheet.open_numbers(*first, *bracket, directed);
                OpenElement::Tag(Tag::Ol)
            }
            Element::Item { number } => {
                self.sheet.open_item(*number);
                OpenElement::Tag(Tag::Li)
            }
            Element::Fence => {
                self.sheet.open_code(Tag::Pre);
                self.sheet.open(Tag::Code);
                OpenElement::Fence
            }
            Element::Language => self.tag(Tag::Small),
            Element::Code => {
                self.sheet.open_code(Tag::Code);
                OpenElement::Tag(Tag::Code)
            }
            Element::Emphasis => self.tag(Tag::Em),
            Element::Strong => self.tag(Tag::Strong),
            Element::Struck => self.tag(Tag::Del),
            Element::Link(to) if self.sheet.open_link(to) => {
                OpenElement::Link { to: to.clone(), from: self.sheet.position() }
            }
            Element::Link(_) => OpenElement::Flat,
        }
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(OpenElement::Tag(tag)) => self.sheet.close(tag),
            Some(OpenElement::Heading) => {
                self.sheet.close(Tag::Strong);
                self.sheet.close(Tag::P);
            }
            Some(OpenElement::Fence) => {
                self.sheet.close(Tag::Code);
                self.sheet.close(Tag::Pre);
            }
            Some(OpenElement::Link { to, from }) => self.sheet.close_link(&to, from),
            Some(OpenElement::Flat) | None => {}
        }
    }

    fn tag(&mut self, tag: Tag) -> OpenElement {
        self.sheet.open(tag);
        OpenElement::Tag(tag)
    }

    fn block(&mut self, tag: Tag, directed: bool) -> OpenElement {
        self.sheet.open_block(tag, directed);
        OpenElement::Tag(tag)
    }
}
