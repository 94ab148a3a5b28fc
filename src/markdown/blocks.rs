//! The blocks of a message, line by line.

use std::ops::Range;

use super::inline::InlineContent;
use super::starts::{self, BlockStart, Closing, Fence, ListKind, Marker};
use super::tokens::WorkBudget;
use super::{Element, Piece, Pieces};

/// From here on, in columns, a line belongs to the item above it.
const ITEM_INDENT: usize = 2;

/// Takes a whole text apart.
pub(super) fn parse(text: &str) -> Vec<Piece> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let (start, next) = (at, at + line.len());
        at = next;
        SourceLine { start, text: start, end: start + line.trim_end_matches('\n').len(), next }
    });
    let mut lines: Vec<SourceLine> = lines.collect();
    let mut parser =
        Parser { text, pieces: Pieces::default(), budget: WorkBudget::default(), unclosed: 0..0 };
    parser.blocks(&mut lines, Nest { level: 0, in_item: false });
    parser.pieces.0
}

/// A line. What stands before its text and behind it is not shown.
#[derive(Clone, Copy)]
struct SourceLine {
    start: usize,
    text: usize,
    end: usize,
    /// Start of the next line.
    next: usize,
}

/// A fence and its lines.
struct Code {
    fence: Fence,
    /// Its first line, and the one behind its last whole one, which is that of what closes it.
    from: usize,
    end: usize,
    closing: Option<Closing>,
    /// Set where there is anything to see.
    says: bool,
}

#[derive(Clone, Copy)]
struct Nest {
    level: usize,
    /// The first paragraph of an item stands directly in it.
    in_item: bool,
}

impl Nest {
    fn inner(self, in_item: bool) -> Self {
        Self { level: self.level + 1, in_item }
    }
}

struct Parser<'t> {
    text: &'t str,
    pieces: Pieces,
    budget: WorkBudget,
    /// Range in which no fence of three backticks is closed. Cost: so it is not searched again.
    unclosed: Range<usize>,
}

impl<'t> Parser<'t> {
    fn of(&self, line: SourceLine) -> &'t str {
        &self.text[line.text..line.end]
    }

    fn is_blank(&self, line: SourceLine) -> bool {
        starts::is_blank(self.of(line))
    }

    /// Takes all of these lines apart.
    fn blocks(&mut self, lines: &mut [SourceLine], nest: Nest) {
        let mut at = 0;
        while at < lines.len() {
            let here = Nest { in_item: nest.in_item && at == 0, ..nest };
            at = if self.is_blank(lines[at]) {
                self.blank(lines, at)
            } else if self.is_rule(lines, at) {
                self.rule(lines[at]);
                at + 1
            } else {
                match starts::start(self.of(lines[at]), nest.level) {
                    Some(BlockStart::Fence(fence)) => self.fence(lines, at, fence, here),
                    Some(BlockStart::Heading(width)) => {
                        self.heading(lines[at], width);
                        at + 1
                    }
                    Some(BlockStart::Quote) => self.quote(lines, at, here),
                    Some(BlockStart::Item(marker)) => self.list(lines, at, marker, nest),
                    None => self.words(lines, at, here),
                }
            };
        }
    }

    /// One blank line separates; more of them stay, unless nothing stands on both sides.
    fn blank(&mut self, lines: &[SourceLine], at: usize) -> usize {
        let count = lines[at..].iter().take_while(|line| self.is_blank(**line)).count();
        let end = at + count;
        let stays = at > 0 && end < lines.len() && count > 1;
        self.pieces.delimiter(lines[at].start..lines[at].next);
        if stays {
            self.pieces.open(Element::Paragraph);
        }
        for line in &lines[at + 1..end] {
            self.pieces.delimiter(line.start..line.end);
            if stays {
                self.pieces.end_line(line.end..line.next);
            } else {
                self.pieces.delimiter(line.end..line.next);
            }
        }
        if stays {
            self.pieces.close();
        }
        end
    }

    /// A rule stands between blank lines.
    fn is_rule(&self, lines: &[SourceLine], at: usize) -> bool {
        starts::is_rule(self.of(lines[at])) && self.is_alone(lines, at)
    }

    fn is_alone(&self, lines: &[SourceLine], at: usize) -> bool {
        at > 0 && self.is_blank(lines[at - 1]) && lines.get(at + 1).is_some_and(|next| self.is_blank(*next))
    }

    fn rule(&mut self, line: SourceLine) {
        self.pieces.delimiter(line.start..line.text);
        self.pieces.rule(line.text..line.end);
        self.pieces.delimiter(line.end..line.next);
    }

    fn heading(&mut self, line: SourceLine, width: usize) {
        self.pieces.open(Element::Heading);
        let line = SourceLine { text: line.text + width, ..line };
        let mut content = InlineContent::new(self.text, line.start);
        content.push(line.text..line.end);
        content.write(&mut self.pieces, &mut self.budget);
        self.pieces.close();
        self.pieces.delimiter(line.end..line.next);
    }

    /// Lines with the mark of a quote, unless nothing stands behind any.
    fn quote(&mut self, lines: &mut [SourceLine], at: usize, nest: Nest) -> usize {
        let (mut end, mut says) = (at, false);
        while let Some(line) = lines.get(end)
            && starts::quote(self.of(*line)).is_some()
        {
            says |= !self.of(*line).trim_matches(['>', ' ', '\t']).is_empty();
            end += 1;
        }
        if !says {
            self.paragraph(lines, at..end, nest);
            return end;
        }
        for line in &mut lines[at..end] {
            line.text += starts::quote(self.of(*line)).unwrap_or(0);
        }
        self.pieces.open(Element::Quote);
        self.blocks(&mut lines[at..end], nest.inner(false));
        self.pieces.close();
        end
    }

    fn list(&mut self, lines: &mut [SourceLine], at: usize, first: Marker, nest: Nest) -> usize {
        let mut expected = match first.kind {
            ListKind::Bullet(_) => None,
            ListKind::Number { .. } => Some(first.number),
        };
        self.pieces.open(match first.kind {
            ListKind::Bullet(_) => Element::Bullets,
            ListKind::Number { bracket } => Element::Numbers { first: first.number, bracket },
        });
        let (mut end, mut item) = (at, Some((at, first)));
        while let Some((at, marker)) = item {
            end = self.item_end(lines, at, marker, first.indent + ITEM_INDENT);
            lines[at].text += marker.width;
            let inner = lines[at + 1..end].iter().filter(|line| !self.is_blank(**line));
            let indents = inner.map(|line| starts::indent(self.of(*line), marker.columns).0);
            let columns = indents.min().unwrap_or(0);
            for line in &mut lines[at + 1..end] {
                line.text += starts::indent(self.of(*line), columns).1;
            }
            let number = expected.filter(|expected| *expected != marker.number).map(|_| marker.number);
            expected = expected.map(|_| marker.number + 1);
            self.pieces.open(Element::Item { number });
            self.blocks(&mut lines[at..end], nest.inner(true));
            self.pieces.close();
            item = self.next_item(lines, end, first.kind);
            if let Some((next, _)) = item {
                for line in &lines[end..next] {
                    self.pieces.delimiter(line.start..line.next);
                }
            }
        }
        self.pieces.close();
        end
    }

    /// The next item of a list, if it is in this line, or behind one that is blank.
    fn next_item(&self, lines: &[SourceLine], at: usize, kind: ListKind) -> Option<(usize, Marker)> {
        let at = if self.is_blank(*lines.get(at)?) { at + 1 } else { at };
        let marker = starts::marker(self.of(*lines.get(at)?))?;
        (marker.kind == kind).then_some((at, marker))
    }

    /// Index behind an item's last line, all of which are so far indented. A blank line may stand between
    /// two of them, and any number in code.
    fn item_end(&self, lines: &[SourceLine], mut at: usize, marker: Marker, columns: usize) -> usize {
        let belongs = |at: usize| {
            let text = self.of(*lines.get(at)?);
            (!starts::is_blank(text) && starts::indent(text, columns).0 >= columns).then(|| text.trim_start())
        };
        let mut code = starts::fence(&self.of(lines[at])[marker.width..]);
        loop {
            let next = (at + 1..lines.len()).find(|at| !self.is_blank(lines[*at]));
            let next = next.filter(|next| *next <= at + 2 || code.is_some());
            let Some((next, text)) = next.and_then(|next| Some((next, belongs(next)?))) else {
                return at + 1;
            };
            at = next;
            code = match code {
                Some(fence) if starts::closing(text, fence).is_some() => None,
                Some(fence) => Some(fence),
                None => starts::fence(text),
            };
        }
    }

    /// Finds the lines of a fence that opens in the line before `from`.
    fn enclosed(&self, lines: &[SourceLine], from: usize, fence: Fence) -> Code {
        let close = |at: usize| Some((at, starts::closing(self.of(lines[at]), fence)?));
        let closing = (from..lines.len()).find_map(close);
        let end = closing.map_or(lines.len(), |(end, _)| end);
        let says = matches!(closing, Some((_, Closing::End(_))))
            || !lines[from..end].iter().all(|line| self.is_blank(*line));
        Code { fence, from, end, closing: closing.map(|(_, closing)| closing), says }
    }

    /// Reads a fence; one with nothing in it is text.
    fn fence(&mut self, lines: &mut [SourceLine], at: usize, fence: Fence, nest: Nest) -> usize {
        let code = self.enclosed(lines, at + 1, fence);
        if !code.says && self.of(lines[at]).len() == fence.info {
            let end = lines.len().min(code.end + 1);
            self.paragraph(lines, at..end, nest);
            return end;
        }
        let line = lines[at];
        self.open_code(SourceLine { text: line.text + fence.info, ..line }, &code);
        self.code(lines, &code)
    }

    /// The line of a fence, of which the text is what stands behind it: the language, or code on the wrong line.
    fn open_code(&mut self, line: SourceLine, code: &Code) {
        let info = self.of(line).trim_end();
        let is_language = code.says && !info.is_empty() && !info.contains(char::is_whitespace);
        self.pieces.open(Element::Fence);
        self.pieces.delimiter(line.start..line.text);
        if is_language {
            self.pieces.open(Element::Language);
        }
        self.pieces.text(line.text..line.end);
        if is_language {
            self.pieces.close();
        }
        if code.says && !info.is_empty() {
            self.pieces.end_line(line.end..line.next);
        } else {
            self.pieces.delimiter(line.end..line.next);
        }
    }

    /// The lines of code up to what closes them.
    fn code(&mut self, lines: &mut [SourceLine], code: &Code) -> usize {
        let Code { from, end, closing, .. } = *code;
        for (index, line) in lines[from..end].iter().enumerate() {
            self.code_line(*line, line.end, code.fence);
            if from + index + 1 < end || matches!(closing, Some(Closing::End(_))) {
                self.pieces.end_line(line.end..line.next);
            } else {
                self.pieces.delimiter(line.end..line.next);
            }
        }
        let next = match closing {
            None => end,
            Some(Closing::Line) => {
                self.pieces.delimiter(lines[end].start..lines[end].next);
                end + 1
            }
            Some(Closing::End(width)) => {
                let line = lines[end];
                self.code_line(line, line.text + width, code.fence);
                self.pieces.delimiter(line.text + width..line.next);
                end + 1
            }
            Some(Closing::Beginning(width)) => {
                lines[end].text += width;
                end
            }
        };
        self.pieces.close();
        next
    }

    fn code_line(&mut self, line: SourceLine, end: usize, fence: Fence) {
        let text = line.text + starts::indent(self.of(line), fence.indent).1.min(end - line.text);
        self.pieces.delimiter(line.start..text);
        self.pieces.text(text..end);
    }

    /// A paragraph, as far as it goes. Code may be opened at the end of its last line.
    fn words(&mut self, lines: &mut [SourceLine], at: usize, nest: Nest) -> usize {
        let mut end = at;
        while let Some(line) = lines.get(end).copied()
            && !self.is_blank(line)
            && (end == at || starts::interruption(self.of(line), nest.level).is_none())
        {
            if let Some((end_of_words, code)) = self.code_at_end(lines, end) {
                let border = line.text + end_of_words;
                (lines[end].end, lines[end].next) = (border, border);
                self.paragraph(lines, at..end + 1, nest);
                self.open_code(
                    SourceLine { start: border, text: line.text + code.fence.info, ..line },
                    &code,
                );
                return self.code(lines, &code);
            }
            end += 1;
        }
        self.paragraph(lines, at..end, nest);
        end
    }

    /// The code that opens at the end of this line, and where the words before it end. It has to be closed.
    fn code_at_end(&mut self, lines: &[SourceLine], at: usize) -> Option<(usize, Code)> {
        let (fence, end_of_words) = starts::fence_at_end(self.of(lines[at]))?;
        let range = lines[at].start..lines.last()?.next;
        if self.unclosed.contains(&range.start) && self.unclosed.end == range.end {
            return None;
        }
        let code = self.enclosed(lines, at + 1, fence);
        if code.closing.is_none() {
            self.unclosed = range;
        }
        (code.says && code.closing.is_some()).then_some((end_of_words, code))
    }

    fn paragraph(&mut self, lines: &[SourceLine], range: Range<usize>, nest: Nest) {
        let is_alone = range.len() == 1 && self.is_alone(lines, range.start);
        let lines = &lines[range];
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
        let mut content = InlineContent::new(self.text, first.start);
        for (index, line) in lines.iter().enumerate() {
            let begins = |text: &str| match index {
                0 => starts::start(text, nest.level).is_some() || is_alone && starts::is_rule(text),
                _ => starts::interruption(text, nest.level).is_some(),
            };
            let mut text = line.text;
            if let Some(escape) = starts::escape(self.of(*line), begins) {
                content.push(text..text + escape);
                text += escape + 1;
            }
            content.push(text..line.end);
            if index + 1 < lines.len() {
                content.push(line.end..line.next);
            }
        }
        if !nest.in_item {
            self.pieces.open(Element::Paragraph);
        }
        content.write(&mut self.pieces, &mut self.budget);
        if !nest.in_item {
            self.pieces.close();
        }
        self.pieces.delimiter(last.end..last.next);
    }
}
