//! A message's formatting: what of it is shown as it was typed, and what made formatting.
//!
//! Every byte of a text stands in exactly one [`Piece`] with a range: it is shown, it ends a line, or it is a
//! delimiter that formatted. So nothing that is typed vanishes, whatever it is.
//!
//! The notation is Markdown's; the rules are those of a chat:
//!
//! - Enter ends a line, and more than one blank line stays. A quote ends with its last `>`, a list with its last
//!   item; what stands two columns or more to the right of an item belongs to it. No indented code, no underlined
//!   headings, no definitions, no tables, no HTML, no character references: they are shown.
//! - A fence is closed by a line that is, begins or ends with it; what stands behind the opening one is shown.
//! - A delimiter between letters, digits or punctuation formats nothing ([`emphasis`]).
//! - A backslash is shown, unless it prevented a format.
//! - Links lead to the web, and delimiters in an address are the address's.
//!
//! Cost: linear in the text but for what [`spans`] names; levels are bounded.

mod address;
mod blocks;
mod border;
mod emphasis;
mod inline;
mod spans;
mod starts;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

use std::ops::Range;

pub(crate) use address::{find as addresses, starts_with_domain};
pub(crate) use border::is_unspaced;

/// Quotes and lists in each other. Deeper ones are shown as typed: no one can follow them, and browsers neither lay
/// out nor take apart deep pages well.
pub(crate) const LEVELS_MAX: usize = 6;
/// Emphasis in emphasis, for the same reason.
pub(crate) const EMPHASES_MAX: usize = 4;
/// Links in one message that can be clicked. Each takes many times its own length in a page, and a message of links
/// alone is no message.
pub(crate) const LINKS_MAX: usize = 50;

/// An element around a part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Paragraph,
    Heading,
    Quote,
    /// Items with dots.
    Bullets,
    /// Items that count from this number.
    Numbers {
        first: u32,
        /// Set for `)` behind the numbers, and not `.`
        bracket: bool,
    },
    /// Its first paragraph stands directly in it. It has a number where that is not one more than the last.
    Item {
        number: Option<u32>,
    },
    /// Lines of code.
    Fence,
    /// The word behind the fence: most often the language of the code.
    Language,
    /// Code among words.
    Code,
    Emphasis,
    Strong,
    Struck,
    /// A link to this address.
    Link(String),
}

/// A part of a message. The ranges are bytes of the text, in its order, without gap or overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Open(Element),
    /// Closes what was opened last.
    Close,
    /// Shown as it was typed; no line ends in it.
    Text(Range<usize>),
    /// The end of a line that is shown.
    Break(Range<usize>),
    /// A line between blocks.
    Rule(Range<usize>),
    /// Characters that made formatting, or separate blocks.
    Delimiter(Range<usize>),
}

/// A message's text, taken apart.
pub(crate) struct Document {
    pieces: Vec<Piece>,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        Self { pieces: blocks::parse(text) }
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Ranges of the author's own words: those shown outside code, quotes, links and addresses.
    pub(crate) fn prose(&self) -> impl Iterator<Item = Range<usize>> {
        let mut open: Vec<bool> = Vec::new();
        self.pieces.iter().filter_map(move |piece| {
            match piece {
                Piece::Open(element) => {
                    let own = !matches!(
                        element,
                        Element::Quote | Element::Fence | Element::Code | Element::Link(_)
                    );
                    open.push(own && open.last().is_none_or(|own| *own));
                }
                Piece::Close => {
                    open.pop();
                }
                Piece::Text(range) if open.last().is_none_or(|own| *own) => return Some(range.clone()),
                Piece::Text(_) | Piece::Break(_) | Piece::Rule(_) | Piece::Delimiter(_) => {}
            }
            None
        })
    }
}

/// True where a browser takes this for `http` or `https` and for nothing else.
pub(crate) fn is_web(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let is_known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_known && !rest.is_empty() && !address.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn open(&mut self, element: Element) {
        self.0.push(Piece::Open(element));
    }

    fn close(&mut self) {
        self.0.push(Piece::Close);
    }

    fn rule(&mut self, range: Range<usize>) {
        self.0.push(Piece::Rule(range));
    }

    fn end_line(&mut self, range: Range<usize>) {
        self.0.push(Piece::Break(range));
    }

    fn text(&mut self, range: Range<usize>) {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Text(last)) => last.end = range.end,
            _ => self.0.push(Piece::Text(range)),
        }
    }

    fn delimiter(&mut self, range: Range<usize>) {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Delimiter(last)) => last.end = range.end,
            _ => self.0.push(Piece::Delimiter(range)),
        }
    }
}
