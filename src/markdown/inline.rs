//! One paragraph: words, and the formatting among them.

use std::ops::Range;

use super::emphasis;
use super::spans;
use super::tokens::{InlineToken, Pair, WorkBudget};
use super::{EMPHASES_MAX, Element, Pieces};

/// The text of a paragraph, without what stands before its lines.
pub(super) struct InlineContent<'t> {
    source: &'t str,
    /// Of the source: where its first line starts.
    start: usize,
    text: String,
    parts: Vec<InlinePart>,
}

/// A part of a line, or the end of one.
struct InlinePart {
    /// Offset in the content.
    at: usize,
    /// Range in the source.
    range: Range<usize>,
}

impl<'t> InlineContent<'t> {
    pub(super) fn new(source: &'t str, start: usize) -> Self {
        Self { source, start, text: String::new(), parts: Vec::new() }
    }

    pub(super) fn push(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.parts.push(InlinePart { at: self.text.len(), range: range.clone() });
            self.text.push_str(&self.source[range]);
        }
    }

    pub(super) fn write(&self, pieces: &mut Pieces, budget: &mut WorkBudget) {
        let before = *budget;
        let scan = spans::scan(&self.text, budget);
        let escapes = worked(&self.text, &scan.escapes, before);
        let mut writer = PieceWriter {
            content: self,
            pieces,
            part: 0,
            written: self.start,
            escapes: &escapes,
            shown: Vec::new(),
            emphases: 0,
        };
        for token in emphasis::paired(&self.text, scan.tokens) {
            writer.token(token);
        }
    }
}

/// Those of these backslashes that prevented a format: the next character makes one where they are not.
fn worked(text: &str, escapes: &[usize], mut budget: WorkBudget) -> Vec<usize> {
    if escapes.is_empty() {
        return Vec::new();
    }
    let (mut without, mut from) = (String::with_capacity(text.len()), 0);
    for &escape in escapes {
        without.push_str(&text[from..escape]);
        from = escape + 1;
    }
    without.push_str(&text[from..]);
    let tokens = spans::scan(&without, &mut budget).tokens;
    let delimiters: Vec<Range<usize>> =
        emphasis::paired(&without, tokens).iter().flat_map(InlineToken::delimiters).collect();
    let is_delimiter = |at: usize| {
        let next = delimiters.partition_point(|range| range.end <= at);
        delimiters.get(next).is_some_and(|range| range.start <= at)
    };
    let worked = escapes.iter().enumerate().filter(|(before, escape)| is_delimiter(**escape - before));
    worked.map(|(_, escape)| *escape).collect()
}

struct PieceWriter<'c> {
    content: &'c InlineContent<'c>,
    pieces: &'c mut Pieces,
    /// The part in which it is.
    part: usize,
    /// Offset in the source up to which it is written.
    written: usize,
    /// The backslashes from here on that are not shown.
    escapes: &'c [usize],
    /// Of each pair that was opened, whether it formats.
    shown: Vec<(usize, bool)>,
    emphases: usize,
}

impl PieceWriter<'_> {
    fn token(&mut self, token: InlineToken) {
        match token {
            InlineToken::Text(range) | InlineToken::Address { range, to: None, .. } => self.words(range),
            InlineToken::Code { range, inner } => self.element(Element::Code, range, inner),
            InlineToken::Address { range, inner, to: Some(to) } => {
                self.element(Element::Link(to), range, inner);
            }
            InlineToken::LinkStart { range, to } => {
                self.delimiter(range);
                self.pieces.open(Element::Link(to));
            }
            InlineToken::LinkEnd(range) => {
                self.pieces.close();
                self.delimiter(range);
            }
            InlineToken::Run(run) => {
                let mut at = run.range.start;
                for pair in &run.closes {
                    self.end(pair, at);
                    at += pair.width;
                }
                let rest = run.range.end - run.opens.iter().map(|pair| pair.width).sum::<usize>();
                self.text(at..rest);
                at = rest;
                for pair in run.opens.iter().rev() {
                    self.begin(pair, at);
                    at += pair.width;
                }
            }
        }
    }

    fn element(&mut self, element: Element, range: Range<usize>, inner: Range<usize>) {
        self.delimiter(range.start..inner.start);
        self.pieces.open(element);
        self.text(inner.clone());
        self.pieces.close();
        self.delimiter(inner.end..range.end);
    }

    fn begin(&mut self, pair: &Pair, at: usize) {
        let shown = self.emphases < EMPHASES_MAX;
        self.shown.push((pair.id, shown));
        if shown {
            self.emphases += 1;
            self.delimiter(at..at + pair.width);
            self.pieces.open(pair.element.clone());
        } else {
            self.text(at..at + pair.width);
        }
    }

    fn end(&mut self, pair: &Pair, at: usize) {
        let (id, shown) = self.shown.pop().unwrap_or((pair.id, false));
        debug_assert_eq!(id, pair.id, "pairs are nested");
        if shown {
            self.emphases -= 1;
            self.pieces.close();
            self.delimiter(at..at + pair.width);
        } else {
            self.text(at..at + pair.width);
        }
    }

    /// Text in which backslashes may have worked.
    fn words(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while let Some((&escape, rest)) = self.escapes.split_first()
            && escape < range.end
        {
            self.escapes = rest;
            self.text(at..escape);
            self.delimiter(escape..escape + 1);
            at = escape + 1;
        }
        self.text(at..range.end);
    }

    fn text(&mut self, range: Range<usize>) {
        self.put(range, Pieces::text);
    }

    fn delimiter(&mut self, range: Range<usize>) {
        self.put(range, Pieces::delimiter);
    }

    /// Source between two parts is not shown.
    fn put(&mut self, range: Range<usize>, put: fn(&mut Pieces, Range<usize>)) {
        let (parts, mut at) = (&self.content.parts, range.start);
        while at < range.end {
            let part = &parts[self.part];
            let length = part.range.len();
            if at >= part.at + length {
                self.part += 1;
                continue;
            }
            let end = range.end.min(part.at + length);
            let source = part.range.start + at - part.at..part.range.start + end - part.at;
            self.pieces.delimiter(self.written..source.start);
            if &self.content.text[at..end] == "\n" {
                self.pieces.end_line(source.clone());
            } else {
                put(self.pieces, source.clone());
            }
            self.written = source.end;
            at = end;
        }
    }
}
