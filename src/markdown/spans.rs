//! Code, links and addresses in a paragraph, and what may be emphasis.
//!
//! Cost: linear, but for links that never end: there are at most a few hundred in a message, and each is looked
//! at up to the next white space.

use std::ops::Range;

use super::address::{self, Address, BLANK};
use super::border::{CharacterClass, class};
use super::tokens::{InlineToken, Run, WorkBudget};
use super::{LINKS_MAX, is_web};

/// Bytes that end plain text.
const SPECIAL: &[u8] = br"\`*_~[]!<";
/// Longest face before a backtick in it, and behind it, in characters.
const FACE_MAX: usize = 8;
const CHEEK_MAX: usize = 2;

/// A paragraph's tokens, and the backslashes before characters that could be delimiters.
pub(super) struct Scan {
    pub(super) tokens: Vec<InlineToken>,
    pub(super) escapes: Vec<usize>,
}

pub(super) fn scan(text: &str, budget: &mut WorkBudget) -> Scan {
    let mut scanner = Scanner {
        text,
        at: 0,
        pending: 0,
        tokens: Vec::new(),
        escapes: Vec::new(),
        brackets: Vec::new(),
        last_link: text.rfind("](").unwrap_or(0),
        addresses: address::find(text).into_iter().peekable(),
        backticks: Backticks::new(text),
        budget,
    };
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner.flush();
    Scan { tokens: scanner.tokens, escapes: scanner.escapes }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// From here on, the text before `at` is in no token yet.
    pending: usize,
    tokens: Vec<InlineToken>,
    escapes: Vec<usize>,
    /// The tokens that are `[` or `![`, as far as they may still open a link.
    brackets: Vec<usize>,
    /// Behind it, no bracket opens a link.
    last_link: usize,
    addresses: std::iter::Peekable<std::vec::IntoIter<Address>>,
    backticks: Backticks,
    budget: &'t mut WorkBudget,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn flush(&mut self) {
        if self.pending < self.at {
            self.tokens.push(InlineToken::Text(self.pending..self.at));
        }
        self.pending = self.at;
    }

    /// Adds a token for the next bytes.
    fn push(&mut self, length: usize, token: impl FnOnce(Range<usize>) -> InlineToken) {
        self.flush();
        let range = self.at..self.at + length;
        self.at = range.end;
        self.pending = range.end;
        self.tokens.push(token(range));
    }

    fn step(&mut self) {
        while self.addresses.next_if(|address| address.range.start < self.at).is_some() {}
        let address = self.addresses.peek().map_or(self.text.len(), |address| address.range.start);
        let words = &self.text.as_bytes()[self.at..address];
        self.at += words.iter().position(|byte| SPECIAL.contains(byte)).unwrap_or(words.len());
        if self.at == address {
            if let Some(address) = self.addresses.next() {
                self.address(&address);
            }
            return;
        }
        match self.rest() {
            [b'\\', b'`', ..] => {
                self.escapes.push(self.at);
                self.at += 1 + self.run(self.at + 1);
            }
            [b'\\', next, ..] => {
                if matches!(next, b'*' | b'_' | b'~' | b'[' | b']' | b'(' | b'<' | b'>' | b'!') {
                    self.escapes.push(self.at);
                }
                // In C:\\*, both are shown and neither works.
                self.at += if next.is_ascii() { 2 } else { 1 };
            }
            [b'`', ..] => self.code(),
            [mark @ (b'*' | b'_' | b'~'), ..] => self.emphasis(*mark),
            [b'[', ..] => self.bracket(1),
            [b'!', b'[', ..] => self.bracket(2),
            [b']', ..] => self.end_link(),
            [b'<', ..] => self.angle(),
            _ => self.at += 1,
        }
    }

    /// Length of the run of one byte, at least 1.
    fn run(&self, from: usize) -> usize {
        let bytes = &self.text.as_bytes()[from..];
        bytes.iter().take_while(|b| **b == bytes[0]).count()
    }

    fn code(&mut self) {
        let length = self.run(self.at);
        let (before, after) = (&self.text[..self.at], &self.text[self.at + length..]);
        let next = self.backticks.next(self.at).filter(|_| !is_cheek(before, after));
        let inner = next.map(|next| self.at + length..next);
        let Some(inner) = inner.filter(|inner| !self.text[inner.clone()].trim().is_empty()) else {
            self.at += length;
            return;
        };
        let code = &self.text[inner.clone()];
        let (start, end) = (usize::from(code.starts_with(" `")), usize::from(code.ends_with("` ")));
        let shown = inner.start + start..inner.end - end;
        self.push(inner.len() + 2 * length, |range| InlineToken::Code { range, inner: shown });
    }

    fn emphasis(&mut self, mark: u8) {
        let length = self.run(self.at);
        let fits = if mark == b'~' { length == 2 } else { length <= 3 };
        if fits {
            self.push(length, |range| InlineToken::Run(Run::new(range, mark)));
        } else {
            self.at += length;
        }
    }

    fn bracket(&mut self, length: usize) {
        if self.at > self.last_link {
            self.at += length;
            return;
        }
        self.push(length, InlineToken::Text);
        self.brackets.push(self.tokens.len() - 1);
    }

    fn end_link(&mut self) {
        let link = self.brackets.pop().and_then(|bracket| {
            let InlineToken::Text(start) = &self.tokens[bracket] else { return None };
            let says = self.text[start.end..self.at].chars().any(is_seen);
            let fits = says && self.budget.links < LINKS_MAX;
            let to = fits.then(|| destination(self.text[self.at + 1..].strip_prefix('(')?)).flatten()?;
            Some((bracket, start.clone(), to))
        });
        let Some((bracket, range, to)) = link else {
            self.at += 1;
            return;
        };
        self.flush();
        for token in &mut self.tokens[bracket..] {
            if let InlineToken::Address { to, .. } = token {
                self.budget.links -= usize::from(to.take().is_some());
            }
        }
        self.budget.links += 1;
        self.tokens[bracket] = InlineToken::LinkStart { range, to: to.to_owned() };
        // There is no link in a link.
        self.brackets.clear();
        self.push("]()".len() + to.len(), InlineToken::LinkEnd);
    }

    /// `<https://example.org>`.
    fn angle(&mut self) {
        let inner = &self.text[self.at + 1..];
        let end = inner.find(|c: char| matches!(c, '<' | '>') || c.is_whitespace());
        let to = end.filter(|end| inner[*end..].starts_with('>')).map(|end| &inner[..end]);
        match to.filter(|to| is_web(to) && self.budget.links < LINKS_MAX) {
            Some(to) => {
                self.budget.links += 1;
                let to = to.to_owned();
                self.push(to.len() + 2, |range| InlineToken::Address {
                    inner: range.start + 1..range.end - 1,
                    range,
                    to: Some(to),
                });
            }
            None => self.at += 1,
        }
    }

    fn address(&mut self, address: &Address) {
        let mut length = address.range.len();
        let mut to = address.href(self.text);
        let is_struck = |token: &InlineToken| matches!(token, InlineToken::Run(run) if run.mark == b'~');
        if to.ends_with("~~") && self.tokens.iter().any(is_struck) {
            length -= 2;
            to.truncate(to.len() - 2);
        }
        let to = (self.budget.links < LINKS_MAX).then_some(to);
        self.budget.links += usize::from(to.is_some());
        self.push(length, |range| InlineToken::Address { inner: range.clone(), range, to });
    }
}

/// True where a backtick stands in a face between these, as in `(´・ω・`)` and `(´▽`*)`.
fn is_cheek(before: &str, after: &str) -> bool {
    let begins = before.chars().rev().take(FACE_MAX).take_while(|c| !c.is_whitespace());
    let face: Vec<char> = begins.take_while(|c| !matches!(c, '(' | '（')).collect();
    let is_open = before.chars().rev().nth(face.len()).is_some_and(|c| matches!(c, '(' | '（'));
    let mut ends = after.chars().take(CHEEK_MAX + 1).take_while(|c| !c.is_whitespace());
    is_open && face.iter().any(|c| !c.is_ascii()) && ends.any(|c| matches!(c, ')' | '）'))
}

/// True where it takes ink, so that one can click on it.
fn is_seen(c: char) -> bool {
    !matches!(class(c), CharacterClass::Space | CharacterClass::Mark) && !BLANK.contains(&c)
}

/// The web address up to the bracket that ends a link.
fn destination(text: &str) -> Option<&str> {
    let starts =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !starts("http://") && !starts("https://") {
        return None;
    }
    let mut open = 0_usize;
    let end = text.find(|c: char| {
        let ends = c.is_whitespace() || c == ')' && open == 0;
        open = match c {
            '(' => open + 1,
            ')' => open.saturating_sub(1),
            _ => open,
        };
        ends
    });
    let (to, end) = text.split_at(end?);
    (end.starts_with(')') && is_web(to)).then_some(to)
}

/// The backticks of a paragraph: where the next ones are of the same number.
struct Backticks {
    /// Start of each run, and of the next one of the same length.
    runs: Vec<(usize, Option<usize>)>,
}

impl Backticks {
    fn new(text: &str) -> Self {
        let (mut runs, mut at): (Vec<(usize, usize)>, usize) = (Vec::new(), 0);
        while let Some(start) = text[at..].find('`').map(|found| at + found) {
            let length = text[start..].bytes().take_while(|b| *b == b'`').count();
            runs.push((start, length));
            at = start + length;
        }
        let longest = runs.iter().map(|(_, length)| *length).max().unwrap_or(0);
        let mut last = vec![None; longest + 1];
        let with_next = runs.into_iter().rev().map(|(start, length)| (start, last[length].replace(start)));
        let mut runs: Vec<_> = with_next.collect();
        runs.reverse();
        Self { runs }
    }

    fn next(&self, at: usize) -> Option<usize> {
        let index = self.runs.binary_search_by_key(&at, |(start, _)| *start).ok()?;
        self.runs[index].1
    }
}
