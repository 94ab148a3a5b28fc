//! Emphasis: which delimiters format.
//!
//! A delimiter opens where nothing stands before it but a space or what opens (`(`, `“`), and closes where nothing
//! stands behind it but a space or what closes (`)`, `,`, `”`). So those in `src/__init__.py`, `2**3`,
//! `f(*args)` and `¯\_(ツ)_/¯` format nothing. Scripts without spaces have words on both sides: in them, `*` and `~`
//! may stand anywhere. How delimiters pair is as in `CommonMark`
//! (<https://spec.commonmark.org/0.31.2/#phase-2-inline-structure>), but that both ends are of one length.

use super::Element;
use super::border::{CharacterClass, Side, class};
use super::tokens::{InlineToken, Pair, Run};

impl Run {
    /// Bytes that are not used yet.
    fn length(&self) -> usize {
        let [closes, opens] = self.delimiters();
        opens.start - closes.end
    }

    /// True at a border of words: there is none on one side, or on the other those of a script without spaces.
    fn is_at_border(&self, side: Side, other: Side) -> bool {
        if self.mark == b'_' {
            side.is_free_for_underscore
        } else {
            side.is_free || matches!(other.class, CharacterClass::Unspaced | CharacterClass::Wide)
        }
    }

    fn opens(&self) -> bool {
        let Some(next) = self.after.next else { return false };
        // A file's name, as in *.rs, or a path.
        let is_name = matches!(next, ',' | ')' | ']' | '}' | '/') || next == '.' && self.range.len() == 1;
        let begins = match self.before.class {
            CharacterClass::Opening | CharacterClass::Quote => {
                matches!(
                    self.after.class,
                    CharacterClass::Word | CharacterClass::Unspaced | CharacterClass::Symbol
                ) || matches!(next, '@' | '#' | '$')
            }
            _ => true,
        };
        let fits = begins && !is_name && !self.is_blocked;
        self.after.class != CharacterClass::Space && self.is_at_border(self.before, self.after) && fits
    }

    fn closes(&self) -> bool {
        !matches!(self.before.class, CharacterClass::Space | CharacterClass::Opening)
            && self.is_at_border(self.after, self.before)
    }

    /// Bytes of both that make emphasis of what stands between them. Three are one and two; else, both are of one length.
    fn width(&self, closer: &Self) -> Option<usize> {
        let (one, other) = (self.length(), closer.length());
        let fits = self.mark == closer.mark && (one == other || one.max(other) == 3);
        fits.then_some(one.min(other).min(2))
    }

    /// True where a face and no words stand between both: `_(ツ)_`, `*(^o^)*`. But `*(y)*` is emphasis.
    fn begins_face(&self, closer: &Self, text: &str) -> bool {
        let words = closer.words - self.words;
        let inner = &text[self.range.end..closer.range.start];
        let is_bracketed = inner.starts_with(['(', '\\']) && inner.ends_with([')', '/']);
        let is_plain = || inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '(' | ')'));
        words == 0 || words < 3 && is_bracketed && !is_plain()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.mark == other.mark && self.range.len() == other.range.len()
    }

    fn element(&self, width: usize) -> Element {
        match (self.mark, width) {
            (b'~', _) => Element::Struck,
            (_, 1) => Element::Emphasis,
            _ => Element::Strong,
        }
    }

    /// Those for which the same runs fit have the same key.
    fn key(&self) -> usize {
        let mark = match self.mark {
            b'*' => 0,
            b'_' => 1,
            _ => 2,
        };
        mark * 3 + self.length() - 1
    }
}

/// The tokens, with what their runs open and close.
pub(super) fn paired(text: &str, mut tokens: Vec<InlineToken>) -> Vec<InlineToken> {
    if tokens.iter().any(|token| matches!(token, InlineToken::Run(_))) {
        look_before(text, &mut tokens);
        look_after(text, &mut tokens);
        look_ahead(text, &mut tokens);
        Pairing { text, tokens: &mut tokens, openers: Vec::new(), floors: [0; KEYS], link: None, pairs: 0 }
            .pair();
    }
    tokens
}

fn look_before(text: &str, tokens: &mut [InlineToken]) {
    let (mut side, mut words) = (Side::BORDER, 0);
    for token in tokens {
        match token {
            InlineToken::Text(range) => {
                for c in text[range.clone()].chars() {
                    side.pass(c, CharacterClass::Opening);
                    words += usize::from(is_word(c));
                }
            }
            InlineToken::Run(run) => (run.before, run.words) = (side, words),
            InlineToken::LinkStart { .. } => side = Side::BORDER,
            InlineToken::Code { .. } | InlineToken::Address { .. } | InlineToken::LinkEnd(_) => {
                side = Side::WORD;
                words += 1;
            }
        }
    }
}

/// Emphasis needs one: that of punctuation alone is a face, as in `(*^_^*)`.
fn is_word(c: char) -> bool {
    c >= '\u{1F000}' || matches!(class(c), CharacterClass::Word | CharacterClass::Unspaced)
}

fn look_after(text: &str, tokens: &mut [InlineToken]) {
    let mut side = Side::BORDER;
    for token in tokens.iter_mut().rev() {
        match token {
            InlineToken::Text(range) => {
                for c in text[range.clone()].chars().rev() {
                    side.pass(c, CharacterClass::Closing);
                }
            }
            InlineToken::Run(run) => run.after = side,
            InlineToken::LinkEnd(_) => side = Side::BORDER,
            InlineToken::Code { .. } | InlineToken::Address { .. } | InlineToken::LinkStart { .. } => {
                side = Side::WORD;
            }
        }
    }
}

/// Frees runs that are alike where but punctuation stands between them, as in `**yes**/**no**`; then blocks those whose
/// next one, in the same word, closes nothing.
fn look_ahead(text: &str, tokens: &mut [InlineToken]) {
    for at in 2..tokens.len() {
        if let Some((run, between, next)) = alike(text, tokens, at)
            && run.mark != b'_'
            && between.chars().all(|c| class(c).is_punctuation())
        {
            run.after.is_free = true;
            next.before.is_free = true;
        }
    }
    for at in 2..tokens.len() {
        if let Some((run, between, next)) = alike(text, tokens, at) {
            run.is_blocked = !between.contains(char::is_whitespace) && !next.closes();
        }
    }
}

/// The run of this token, the one before it, and the text between, if both runs are alike.
fn alike<'t>(
    text: &'t str,
    tokens: &'t mut [InlineToken],
    at: usize,
) -> Option<(&'t mut Run, &'t str, &'t mut Run)> {
    let [InlineToken::Run(run), InlineToken::Text(between), InlineToken::Run(next)] =
        &mut tokens[at - 2..=at]
    else {
        return None;
    };
    run.is_like(next).then(|| (run, &text[between.clone()], next))
}

const KEYS: usize = 9;

struct Pairing<'t> {
    text: &'t str,
    tokens: &'t mut [InlineToken],
    /// Tokens that may open, those further on above.
    openers: Vec<usize>,
    /// Below that, nothing fits a closer with this key.
    floors: [usize; KEYS],
    /// Count of openers before the link that it is in, and the floors there.
    link: Option<(usize, [usize; KEYS])>,
    pairs: usize,
}

impl Pairing<'_> {
    fn pair(mut self) {
        for at in 0..self.tokens.len() {
            match &self.tokens[at] {
                InlineToken::Run(_) => self.run(at),
                InlineToken::LinkStart { .. } => self.link = Some((self.openers.len(), self.floors)),
                InlineToken::LinkEnd(_) => {
                    if let Some((openers, floors)) = self.link.take() {
                        self.openers.truncate(openers);
                        self.floors = floors;
                    }
                }
                _ => {}
            }
        }
    }

    fn of(&mut self, token: usize) -> Option<&mut Run> {
        match &mut self.tokens[token] {
            InlineToken::Run(run) => Some(run),
            _ => None,
        }
    }

    fn run(&mut self, at: usize) {
        while self.close(at).is_some() {}
        let opens = self.of(at).is_some_and(|run| run.length() > 0 && run.opens());
        if opens {
            self.openers.push(at);
        }
    }

    /// Closes the innermost emphasis that this run can close.
    fn close(&mut self, at: usize) -> Option<()> {
        let run = |token: usize| match &self.tokens[token] {
            InlineToken::Run(run) => Some(run),
            _ => None,
        };
        let closer = run(at).filter(|closer| closer.length() > 0 && closer.closes())?;
        let key = closer.key();
        let floor = self.floors[key].max(self.link.map_or(0, |(openers, _)| openers));
        let fits = |index: usize| Some((index, run(self.openers[index])?.width(closer)?));
        let Some((index, width)) = (floor..self.openers.len()).rev().find_map(fits) else {
            self.floors[key] = self.openers.len();
            return None;
        };
        let opener = run(self.openers[index])?;
        if opener.begins_face(closer, self.text) {
            return None;
        }
        let pair = Pair { id: self.pairs, element: closer.element(width), width };
        self.pairs += 1;
        self.openers.truncate(index + 1);
        let token = self.openers[index];
        self.of(at)?.closes.push(pair.clone());
        let opener = self.of(token)?;
        opener.opens.push(pair);
        if opener.length() == 0 {
            self.openers.pop();
        }
        let height = self.openers.len();
        self.floors = self.floors.map(|floor| floor.min(height));
        Some(())
    }
}
