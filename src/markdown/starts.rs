//! Beginnings and ends of blocks, as one line of a message shows them.

use super::LEVELS_MAX;

/// Columns before a mark that begins a block, at most.
const INDENT_MAX: usize = 3;
/// Columns of a tab.
const TAB: usize = 4;
/// Spaces behind the mark of an item that are part of it, at most.
const GAP_MAX: usize = 4;
/// Longest number of an item, in digits: what every browser can count.
const DIGITS_MAX: usize = 9;

/// A block that begins with a line.
#[derive(Clone, Copy)]
pub(super) enum BlockStart {
    Fence(Fence),
    /// With so many bytes before its text.
    Heading(usize),
    Quote,
    Item(Marker),
}

#[derive(Clone, Copy)]
pub(super) struct Fence {
    pub(super) mark: u8,
    pub(super) length: usize,
    /// Spaces before it.
    pub(super) indent: usize,
    /// Bytes before what stands behind it.
    pub(super) info: usize,
}

/// The end of a fence.
#[derive(Clone, Copy)]
pub(super) enum Closing {
    Line,
    /// The end of a line of code, from this byte on.
    End(usize),
    /// The beginning of a line of text, up to this byte.
    Beginning(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    Bullet(u8),
    Number { bracket: bool },
}

/// The mark of an item.
#[derive(Clone, Copy)]
pub(super) struct Marker {
    pub(super) kind: ListKind,
    pub(super) number: u32,
    /// Columns before it.
    pub(super) indent: usize,
    /// Columns before the text behind it.
    pub(super) columns: usize,
    /// Bytes before that text.
    pub(super) width: usize,
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b == b' ' || b == b'\t')
}

/// The block that begins with this line, `level` levels deep. None for one that is blank.
pub(super) fn start(text: &str, level: usize) -> Option<BlockStart> {
    let deep = level >= LEVELS_MAX;
    None.or_else(|| fence(text).map(BlockStart::Fence))
        .or_else(|| heading(text).map(BlockStart::Heading))
        .or_else(|| quote(text).filter(|_| !deep).map(|_| BlockStart::Quote))
        .or_else(|| marker(text).filter(|_| !deep).map(BlockStart::Item))
}

/// The block that ends a paragraph by beginning: a number in a text (`in⏎1986. That was`) begins no list.
pub(super) fn interruption(text: &str, level: usize) -> Option<BlockStart> {
    let counts_on = |start: &BlockStart| matches!(start, BlockStart::Item(Marker { kind: ListKind::Number { .. }, number, .. }) if *number != 1);
    start(text, level).filter(|start| !counts_on(start))
}

/// The white space at its beginning, in columns and in bytes; not more than so many columns.
pub(super) fn indent(text: &str, max: usize) -> (usize, usize) {
    let (mut columns, mut bytes) = (0, 0);
    for byte in text.bytes() {
        columns += match byte {
            b' ' if columns < max => 1,
            b'\t' if columns < max => TAB,
            _ => break,
        };
        bytes += 1;
    }
    (columns, bytes)
}

/// The rest of a line behind a few spaces, and how many they are.
fn unindented(text: &str) -> Option<(usize, &str)> {
    let rest = text.trim_start_matches(' ');
    let indent = text.len() - rest.len();
    (indent <= INDENT_MAX).then_some((indent, rest))
}

fn run(text: &str, mark: u8) -> usize {
    text.bytes().take_while(|b| *b == mark).count()
}

/// The fence that opens with this line.
pub(super) fn fence(text: &str) -> Option<Fence> {
    let (indent, rest) = unindented(text)?;
    let mark = *rest.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = run(rest, mark);
    // ```code``` is code among words, and ~~~ hello ~~~ a greeting.
    let is_other = rest[length..].contains(char::from(mark));
    let gap = indent_of_text(&rest[length..]).1;
    (length >= 3 && !is_other).then_some(Fence { mark, length, indent, info: indent + length + gap })
}

/// The fence at the end of a line of text, with a language or none, and where the text before it ends: people open code as
/// they speak.
pub(super) fn fence_at_end(text: &str) -> Option<(Fence, usize)> {
    let at = text.rfind("```")?;
    let (before, language) = (&text[..at], &text[at + 3..]);
    let end_of_words = before.trim_end_matches([' ', '\t']).len();
    let is_language =
        language.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'#' | b'.' | b'-' | b'_'));
    let fits = end_of_words > 0 && is_language && !before.contains('`');
    fits.then_some((Fence { mark: b'`', length: 3, indent: 0, info: at + 3 }, end_of_words))
}

pub(super) fn closing(text: &str, fence: Fence) -> Option<Closing> {
    let trimmed = text.trim_end_matches([' ', '\t']);
    let last = trimmed.bytes().rev().take_while(|b| *b == fence.mark).count();
    if last >= fence.length {
        let code = trimmed.len() - last;
        let is_alone = is_blank(&trimmed[..code]);
        return Some(if is_alone { Closing::Line } else { Closing::End(code) });
    }
    let (indent, rest) = unindented(text)?;
    let first = run(rest, fence.mark);
    let behind = &rest[first..];
    let begins =
        first >= fence.length && behind.starts_with([' ', '\t']) && !behind.contains(char::from(fence.mark));
    let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    begins.then_some(Closing::Beginning(indent + first + gap))
}

fn heading(text: &str) -> Option<usize> {
    let (indent, rest) = unindented(text)?;
    let marks = run(rest, b'#');
    let heading = rest[marks..].trim_start_matches([' ', '\t']);
    let gap = rest.len() - marks - heading.len();
    ((1..=6).contains(&marks) && gap > 0 && !heading.is_empty()).then_some(indent + marks + gap)
}

/// The bytes of the mark of a quote, with the space behind it. Faces such as `>_<` are none.
pub(super) fn quote(text: &str) -> Option<usize> {
    let (indent, rest) = unindented(text)?;
    let mut characters = rest.strip_prefix('>')?.trim_start_matches('>').chars();
    let is_quote = match (characters.next(), characters.next()) {
        (None | Some(' ' | '\t'), _) => true,
        (Some('@'), Some(name)) => name.is_alphabetic(),
        (Some(first), second) => first.is_alphabetic() && !matches!(second, Some('<' | '>')),
    };
    let gap = usize::from(rest[1..].starts_with([' ', '\t']));
    is_quote.then_some(indent + 1 + gap)
}

pub(super) fn marker(text: &str) -> Option<Marker> {
    let (indent, rest) = unindented(text)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let mark = *rest.as_bytes().get(digits)?;
    let (kind, number) = match (digits, mark) {
        (0, b'-' | b'*' | b'+') => (ListKind::Bullet(mark), 0),
        (1..=DIGITS_MAX, b'.' | b')') => {
            let number: u32 = rest[..digits].parse().ok()?;
            // 007 would be 7.
            let is_plain = digits == 1 || !rest.starts_with('0');
            (is_plain.then_some(ListKind::Number { bracket: mark == b')' })?, number)
        }
        _ => return None,
    };
    let behind = &rest[digits + 1..];
    if is_blank(behind) || !behind.starts_with([' ', '\t']) || is_rule(text) {
        return None;
    }
    let (gap, bytes) = match indent_of_text(behind) {
        all if all.0 <= GAP_MAX => all,
        _ => (1, 1),
    };
    let before = indent + digits + 1;
    Some(Marker { kind, number, indent, columns: before + gap, width: before + bytes })
}

fn indent_of_text(text: &str) -> (usize, usize) {
    indent(text, usize::MAX)
}

/// True where a line looks like a rule. It is one only between blank lines.
pub(super) fn is_rule(text: &str) -> bool {
    let Some((_, rest)) = unindented(text) else { return false };
    let Some(mark) = rest.bytes().next().filter(|b| matches!(b, b'-' | b'*' | b'_')) else { return false };
    let marks = rest.bytes().filter(|b| *b == mark).count();
    marks >= 3 && rest.bytes().all(|b| b == mark || b == b' ' || b == b'\t')
}

/// The byte of a backslash without which something would begin here that `begins` knows.
pub(super) fn escape(text: &str, begins: impl Fn(&str) -> bool) -> Option<usize> {
    let (indent, rest) = unindented(text)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let behind = rest[digits..].strip_prefix('\\')?;
    if !behind.starts_with(['#', '>', '-', '*', '+', '_', '`', '~', '.', ')']) {
        return None;
    }
    let at = indent + digits;
    begins(&[&text[..at], behind].concat()).then_some(at)
}
