//! Addresses in a text: of the web, with a scheme or `www.`, and of mail.
//!
//! Text stands around one without a border, so that Unicode's classes decide where it ends: before a space of any kind, before
//! a bracket that it did not open, and before what ends a sentence or closes a quotation. In ASCII such a mark may have a meaning
//! in the address (`?a=1,2`), and so may some marks of other scripts in words (`L’Équipe`): these end it only where nothing else
//! follows. The candidates are our own as well: `linkify` knows neither `https://пример.рф` nor `http://[::1]/`, nor hosts with
//! underscores.

mod host;
#[cfg(test)]
mod tests;

use std::ops::Range;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::border::{is_unspaced, is_wide};

/// Longest name of a mailbox, in bytes (RFC 5321, section 4.5.3.1.1).
const MAILBOX_MAX: usize = 64;

/// Letters by their class, and blank.
pub(super) const BLANK: [char; 5] = ['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'];
/// Stand inside words, and at their end belong to the sentence: joiners (in Persian and in Indian scripts), and marks of
/// Catalan, Armenian, Hebrew, Tibetan and Japanese.
const WITHIN_WORDS: [char; 16] = [
    '\u{200C}', '\u{200D}', '·', '\u{55A}', '\u{55B}', '\u{55C}', '\u{55D}', '\u{55E}', '\u{55F}', '\u{5F3}',
    '\u{5F4}', '\u{F0B}', '\u{F0C}', '\u{2027}', '・', '･',
];

/// An address in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Its bytes in the text. Nothing in them is a space or a control character, and no two addresses overlap.
    pub(crate) range: Range<usize>,
    /// Scheme that was not typed; empty where it was.
    prefix: &'static str,
}

impl Address {
    /// Target of the link: `http:` or `https:` with a host, or `mailto:`, in the case that was typed. `text` is the one in which it
    /// was found.
    pub(crate) fn href(&self, text: &str) -> String {
        [self.prefix, &text[self.range.clone()]].concat()
    }
}

/// The addresses in a text, in its order. Cost: linear; what is looked at more than once is bounded by the lengths of a host and
/// of a mailbox.
pub(crate) fn find(text: &str) -> Vec<Address> {
    let bytes = text.as_bytes();
    let (mut found, mut from, mut at) = (Vec::new(), 0, 0);
    // Set once an underscore may have opened an emphasis, so that one at the end of an address may close it.
    let mut emphasis = false;
    while let Some(&byte) = bytes.get(at) {
        let address = match byte {
            b':' => with_scheme(text, from, at, emphasis),
            b'w' | b'W' => www(text, at, emphasis),
            b'@' => mail(text, from, at),
            b'_' => {
                emphasis |= !ends_in(&text[..at], char::is_alphanumeric)
                    && !begins_with(&text[at + 1..], char::is_whitespace);
                None
            }
            b'\n' => {
                emphasis &= bytes.get(at + 1) != Some(&b'\n');
                None
            }
            _ => None,
        };
        at += 1;
        if let Some(address) = address {
            at = address.range.end;
            from = at;
            found.push(address);
        }
    }
    found
}

pub(crate) fn starts_with_domain(text: &str) -> bool {
    host::public(text).is_some()
}

/// An address whose scheme ends at this colon; nothing before `from` belongs to it.
fn with_scheme(text: &str, from: usize, colon: usize, emphasis: bool) -> Option<Address> {
    let after = text[colon..].strip_prefix("://")?;
    let before = &text.as_bytes()[from..colon];
    let ends_in_scheme = |scheme: &str| {
        before
            .len()
            .checked_sub(scheme.len())
            .is_some_and(|at| before[at..].eq_ignore_ascii_case(scheme.as_bytes()))
    };
    let scheme = ["https", "http"].into_iter().find(|scheme| ends_in_scheme(scheme))?;
    let start = colon - scheme.len();
    // Another scheme (git+https), or a word that happens to end so.
    if ends_in(&text[from..start], |c| c.is_ascii_alphanumeric() || c == '+') {
        return None;
    }
    let host = host::authority(after)?;
    Some(Address { range: start..end(text, start, colon + 3 + host, emphasis), prefix: "" })
}

/// An address without a scheme that begins here. It leads to `https`: so do browsers that are given no scheme, and an attacker
/// on the way sees nothing of it.
fn www(text: &str, start: usize, emphasis: bool) -> Option<Address> {
    let is_www = text.as_bytes().get(start..start + 4)?.eq_ignore_ascii_case(b"www.");
    // The rest of another host or of a path is none.
    let before = text[..start].trim_end_matches('_');
    if !is_www || ends_in(before, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '@')) {
        return None;
    }
    let host = host::public(&text[start + 4..])?;
    let host = host + host::port(&text[start + 4 + host..])?;
    Some(Address { range: start..end(text, start, start + 4 + host, emphasis), prefix: "https://" })
}

/// An address of mail around this `@`.
fn mail(text: &str, from: usize, at: usize) -> Option<Address> {
    let name = &text[from..at];
    // Scripts without spaces come later in Unicode. They stand before an address and are no part of it, as in 联系ann@example.org, or
    // before a mention, as in ねえ@bob.smith and 你好@小明.你看, which no rule tells from 用户@例子.公司.
    let is_of_name = |c: &char| (c.is_alphanumeric() && *c < '\u{E00}') || matches!(c, '.' | '_' | '+' | '-');
    let length: usize =
        name.chars().rev().take_while(is_of_name).take(MAILBOX_MAX + 1).map(char::len_utf8).sum();
    let (before, name) = name.split_at(name.len() - length);
    let name = &name[name.rfind("..").map_or(0, |dots| dots + 2)..];
    if !name.contains(char::is_alphanumeric) || name.len() > MAILBOX_MAX || name.ends_with('.') {
        return None;
    }
    let domain = host::public(&text[at + 1..])?;
    let after = &text[at + 1 + domain..];
    let emphasis = name.starts_with('_') && after.starts_with('_');
    let name = name.trim_start_matches(|c| matches!(c, '.' | '+' | '-') || (emphasis && c == '_'));
    // Not part of a path or of `@ann@example.org`, and not where `scp` copies from.
    let is_other = before.ends_with(['/', '%', '@'])
        || after.starts_with('@')
        || after
            .strip_prefix(':')
            .is_some_and(|path| begins_with(path, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '~')));
    if is_other {
        return None;
    }
    let start = at - name.len();
    let typed = text[from..start].len().checked_sub(7).and_then(|scheme| text[from..start].get(scheme..));
    let has_scheme = typed.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let (start, prefix) = if has_scheme { (start - 7, "") } else { (start, "mailto:") };
    Some(Address { range: start..at + 1 + domain, prefix })
}

/// Offset of a web address's end. It begins at `start`, and its host ends at `host`.
fn end(text: &str, start: usize, host: usize, emphasis: bool) -> usize {
    if !text[host..].starts_with(['/', '?', '#']) {
        return host;
    }
    let quote = text[..start].chars().next_back().filter(|c| matches!(c, '\'' | '‘' | '|'));
    let mut open = [0_u32; 3];
    let mut characters = text[host..].char_indices().peekable();
    let mut length = text.len() - host;
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if is_end(c, next, quote) || parts(&text[host + at..]) || closes_more(&mut open, c) {
            length = at;
            break;
        }
    }
    host + trimmed(&text[host..host + length], emphasis).len()
}

/// Counts brackets; true for one that closes and was not open.
fn closes_more(open: &mut [u32; 3], c: char) -> bool {
    if let Some(kind) = ['(', '[', '{'].iter().position(|bracket| *bracket == c) {
        open[kind] += 1;
    }
    let Some(kind) = [')', ']', '}'].iter().position(|bracket| *bracket == c) else { return false };
    let left = open[kind].checked_sub(1);
    open[kind] = left.unwrap_or(0);
    left.is_none()
}

/// True at a mark that parts two addresses of a list without spaces.
fn parts(text: &str) -> bool {
    let Some(rest) = text.strip_prefix([',', ';', '|']) else { return false };
    ["http://", "https://", "www."].iter().any(|start| {
        rest.as_bytes().get(..start.len()).is_some_and(|typed| typed.eq_ignore_ascii_case(start.as_bytes()))
    })
}

/// True where a path ends before this character, whatever follows. `quote` is the mark directly before the address that it closes: of a
/// quotation, or of a table's cell.
fn is_end(c: char, next: Option<char>, quote: Option<char>) -> bool {
    use GeneralCategory as Is;
    if c.is_ascii() {
        return c.is_ascii_control()
            || matches!(c, ' ' | '"' | '<' | '>' | '`')
            || (matches!(c, '\'' | '|') && quote == Some(c));
    }
    let ends_or_closes = || match c.general_category() {
        Is::OpenPunctuation
        | Is::ClosePunctuation
        | Is::InitialPunctuation
        | Is::FinalPunctuation
        | Is::OtherPunctuation
        | Is::Control
        | Is::Format => true,
        _ => c.is_whitespace() || (is_wide(c) && is_no_letter(c)),
    };
    match c {
        _ if WITHIN_WORDS.contains(&c) => false,
        '’' | '‘' => {
            quote == Some('‘') || !next.is_some_and(|next| next.is_alphanumeric() && !is_unspaced(next))
        }
        '—' | '―' => true,
        _ => BLANK.contains(&c) || ends_or_closes(),
    }
}

fn is_no_letter(c: char) -> bool {
    let group = c.general_category_group();
    !matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark | GeneralCategoryGroup::Number)
}

/// A path without the marks at its end that belong to the sentence.
fn trimmed(path: &str, emphasis: bool) -> &str {
    let mut quotes = path.matches('\'').count();
    path.trim_end_matches(|c: char| match c {
        '\'' => {
            let odd = quotes % 2 == 1;
            quotes -= 1;
            odd
        }
        '_' => emphasis,
        '?' | '!' | '.' | ',' | ':' | ';' | '*' | '(' | '[' | '{' | '|' | '\\' | '\u{200C}' | '\u{200D}' => {
            true
        }
        _ => !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Punctuation,
    })
}

fn ends_in(text: &str, is: impl Fn(char) -> bool) -> bool {
    text.chars().next_back().is_some_and(is)
}

fn begins_with(text: &str, is: impl Fn(char) -> bool) -> bool {
    text.chars().next().is_some_and(is)
}
