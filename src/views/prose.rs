//! What somebody said, with the formatting that they typed: a small `CommonMark`.
//!
//! Nothing that was typed vanishes. What is not supported is shown as it was typed: HTML, links
//! that do not lead to the web, and a whole message where `CommonMark` would leave nothing to see
//! (`***`) or hide a part (`[x]: y`, which defines a link and shows nothing). The characters that
//! make the formatting do vanish, and so does the language after three backticks.

mod address;
mod sheet;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::panic;

use maud::Markup;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag};

use crate::chat::Mentioned;
use crate::markdown::addresses;

use sheet::{Element, Mark, Passage, Sheet};

/// Quotes and lists in each other. Deeper ones are shown in the innermost: nobody can follow them,
/// and browsers neither lay out nor take apart deep pages well.
const LEVELS_MAX: usize = 6;
/// Emphasis in emphasis, for the same reason. Deeper asterisks are shown.
const EMPHASES_MAX: usize = 4;

/// What stands inside a message that mentions these people.
pub(crate) fn prose(body: &str, mentioned: &[Mentioned]) -> Markup {
    // A parser's mistake must not cost a room its page for as long as the message stands.
    let formatted = panic::catch_unwind(|| formatted(body, mentioned)).ok().flatten();
    formatted.unwrap_or_else(|| plain(body, mentioned))
}

/// The text with its formatting, unless that would hide what was typed.
fn formatted(body: &str, mentioned: &[Mentioned]) -> Option<Markup> {
    let parser = Parser::new_ext(body, Options::empty());
    if parser.reference_definitions().iter().next().is_some() {
        return None;
    }
    let mut writer = Writer::new(body, mentioned);
    for (event, range) in parser.into_offset_iter() {
        writer.take(event, range);
    }
    writer.flush();
    let wanted: usize = mentioned.iter().map(|mention| mention.place.len()).sum();
    let whole = writer.sheet.is_readable() && writer.sheet.marked_bytes() == wanted;
    whole.then(|| writer.sheet.markup())
}

/// Text as it was typed.
fn plain(body: &str, mentioned: &[Mentioned]) -> Markup {
    let mut sheet = Sheet::default();
    let marks: Vec<Mark> = marks(mentioned).collect();
    sheet.open(Element::P);
    sheet.run(Passage::of(body, &marks));
    sheet.close(Element::P);
    sheet.markup()
}

fn marks(mentioned: &[Mentioned]) -> impl Iterator<Item = Mark<'_>> {
    mentioned.iter().map(|Mentioned { place, name }| Mark { place: place.clone(), name })
}

/// What was begun, and how it ends.
enum Open<'a> {
    /// There is nothing to close.
    Flat,
    Element(Element),
    /// A quote or list, which counts as a level.
    Level(Element),
    Emphasis(Element),
    Heading,
    Code {
        info: CowStr<'a>,
    },
    /// Shown as typed, and this is the end of it.
    Typed(&'a str),
    Link {
        to: CowStr<'a>,
        from: usize,
    },
    /// A link that cannot be clicked.
    DeadLink {
        to: CowStr<'a>,
        title: CowStr<'a>,
    },
}

/// Writes the parser's events to a sheet.
struct Writer<'a> {
    body: &'a str,
    mentioned: &'a [Mentioned],
    /// Where there are addresses in the body: asterisks and underscores in them are theirs.
    addresses: Vec<Range<usize>>,
    sheet: Sheet,
    /// Text that is not on the sheet yet: the parser gives it in pieces, and an address is found
    /// only in the whole.
    pending: String,
    /// The names in it.
    marks: Vec<Mark<'a>>,
    open: Vec<Open<'a>>,
    levels: usize,
    emphases: usize,
    in_link: bool,
}

impl<'a> Writer<'a> {
    fn new(body: &'a str, mentioned: &'a [Mentioned]) -> Self {
        Self {
            body,
            mentioned,
            addresses: addresses(body).into_iter().map(|address| address.range).collect(),
            sheet: Sheet::default(),
            pending: String::new(),
            marks: Vec::new(),
            open: Vec::new(),
            levels: 0,
            emphases: 0,
            in_link: false,
        }
    }

    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                let open = self.start(tag, range);
                self.open.push(open);
            }
            Event::End(_) => {
                let open = self.open.pop().unwrap_or(Open::Flat);
                self.end(open);
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.push(&text, range),
            Event::Code(text) => {
                self.flush();
                self.push(&text, range);
                self.sheet.open(Element::Code);
                let (text, marks) = self.take_pending();
                self.sheet.code(Passage::of(&text, &marks));
                self.sheet.close(Element::Code);
            }
            // Who presses Enter in a message wants a new line.
            Event::SoftBreak | Event::HardBreak => self.pending.push('\n'),
            Event::Rule => {
                self.flush();
                self.sheet.rule();
            }
            // Of extensions that are not switched on.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) -> Open<'a> {
        match tag {
            Tag::Emphasis => return self.emphasis(Element::Em, 1, range),
            Tag::Strong => return self.emphasis(Element::Strong, 2, range),
            _ => self.flush(),
        }
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.element(Element::P),
            Tag::Heading { .. } => {
                self.sheet.open(Element::P);
                self.sheet.open(Element::Strong);
                Open::Heading
            }
            Tag::BlockQuote(_) => self.level(Element::Blockquote, |sheet| sheet.open(Element::Blockquote)),
            Tag::List(None) => self.level(Element::Ul, |sheet| sheet.open(Element::Ul)),
            Tag::List(Some(start)) => self.level(Element::Ol, |sheet| sheet.open_numbered(start)),
            Tag::Item if matches!(self.open.last(), Some(Open::Level(_))) => self.element(Element::Li),
            Tag::Item => {
                self.sheet.line_break();
                Open::Flat
            }
            Tag::CodeBlock(kind) => {
                self.sheet.open(Element::Pre);
                self.sheet.open(Element::Code);
                let info = if let CodeBlockKind::Fenced(info) = kind { info } else { "".into() };
                Open::Code { info }
            }
            Tag::Link { link_type, dest_url, title, .. } | Tag::Image { link_type, dest_url, title, .. } => {
                self.link(link_type, dest_url, title)
            }
            _ => Open::Flat,
        }
    }

    fn end(&mut self, open: Open<'a>) {
        if let Open::Code { info } = open {
            return self.end_code(&info);
        }
        if let Open::Element(Element::P) = open {
            // HTML ends with its line.
            let kept = self.pending.trim_end_matches('\n').len();
            self.pending.truncate(kept);
        }
        if let Open::Typed(end) = open {
            return self.pending.push_str(end);
        }
        self.flush();
        match open {
            Open::Element(element) => self.sheet.close(element),
            Open::Level(element) => {
                self.levels -= 1;
                self.sheet.close(element);
            }
            Open::Emphasis(element) => {
                self.emphases -= 1;
                self.sheet.close(element);
            }
            Open::Heading => {
                self.sheet.close(Element::Strong);
                self.sheet.close(Element::P);
            }
            Open::Link { to, from } => {
                if self.sheet.is_blank_since(from) {
                    self.sheet.text(&to);
                }
                self.sheet.close_link(&to, from);
                self.in_link = false;
            }
            Open::DeadLink { to, title } => {
                let title = if title.is_empty() { String::new() } else { format!(" \"{title}\"") };
                self.pending.extend([" (", &to, &title, ")"]);
            }
            Open::Flat | Open::Code { .. } | Open::Typed(_) => {}
        }
    }

    fn element(&mut self, element: Element) -> Open<'a> {
        self.sheet.open(element);
        Open::Element(element)
    }

    fn level(&mut self, element: Element, open: impl FnOnce(&mut Sheet)) -> Open<'a> {
        if self.levels == LEVELS_MAX {
            return Open::Flat;
        }
        self.levels += 1;
        open(&mut self.sheet);
        Open::Level(element)
    }

    /// Emphasis, unless its marks are too deep, inside words as in `5*6 and 7*8`, or part of an address as in
    /// `/__init__.py`.
    fn emphasis(&mut self, element: Element, width: usize, range: Range<usize>) -> Open<'a> {
        let end = range.end - width;
        // Scripts without spaces have nothing else around it.
        let is_plain = |c: char| c.is_ascii_alphanumeric();
        let within =
            self.body[..range.start].ends_with(is_plain) && self.body[range.end..].starts_with(is_plain);
        if within || self.emphases == EMPHASES_MAX || self.in_address(range.start) || self.in_address(end) {
            self.pending.push_str(&self.body[range.start..range.start + width]);
            return Open::Typed(&self.body[end..range.end]);
        }
        self.flush();
        self.emphases += 1;
        self.sheet.open(element);
        Open::Emphasis(element)
    }

    fn in_address(&self, at: usize) -> bool {
        let next = self.addresses.partition_point(|address| address.end <= at);
        self.addresses.get(next).is_some_and(|address| address.start <= at)
    }

    fn link(&mut self, kind: LinkType, to: CowStr<'a>, title: CowStr<'a>) -> Open<'a> {
        if !self.in_link && self.sheet.open_link(&to, &title) {
            self.in_link = true;
            return Open::Link { to, from: self.sheet.position() };
        }
        if matches!(kind, LinkType::Autolink | LinkType::Email) {
            // As in Vec<std::string>.
            self.pending.push('<');
            return Open::Typed(">");
        }
        Open::DeadLink { to, title }
    }

    /// One word after the fence is the language. More, or nothing but that, is code on the wrong line.
    fn end_code(&mut self, info: &str) {
        let (code, marks) = self.take_pending();
        let code = code.strip_suffix('\n').unwrap_or(&code);
        if code.trim().is_empty() || info.contains(char::is_whitespace) {
            self.sheet.text(info);
            if !info.is_empty() {
                self.sheet.text("\n");
            }
        }
        self.sheet.code(Passage::of(code, &marks));
        self.sheet.close(Element::Code);
        self.sheet.close(Element::Pre);
    }

    /// Takes up text that the parser found in this place. What it changed on the way mentions no one.
    fn push(&mut self, text: &str, range: Range<usize>) {
        let within = |mention: &Mentioned| mention.place.end > range.start && mention.place.start < range.end;
        if self.mentioned.iter().any(within)
            && let Some(at) = self.body[range.clone()].find(text)
        {
            let (from, to, end) = (range.start + at, self.pending.len(), range.start + at + text.len());
            let moved = marks(self.mentioned).filter_map(|Mark { place, name }| {
                let (start, end) = (place.start.max(from), place.end.min(end));
                (start < end).then(|| Mark { place: start - from + to..end - from + to, name })
            });
            self.marks.extend(moved);
        }
        self.pending.push_str(text);
    }

    fn take_pending(&mut self) -> (String, Vec<Mark<'a>>) {
        (std::mem::take(&mut self.pending), std::mem::take(&mut self.marks))
    }

    /// Puts the text on the sheet that came since the last tag.
    fn flush(&mut self) {
        let (text, marks) = self.take_pending();
        let text = Passage::of(&text, &marks);
        if self.in_link { self.sheet.words(text) } else { self.sheet.run(text) }
    }
}
