//! Emoji: which there are to choose from, and what is one in a text.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use unicode_properties::UnicodeEmoji;
use unicode_properties::emoji::EmojiStatus;

/// Unicode's emoji, in its order, each with the shortcodes that GitHub and Slack have for it, and with its name unless a
/// shortcode says that: a line `😆 laughing satisfied|grinning squinting face` each, a blank line between Unicode's groups
/// (49 KB). `tests.rs` makes the file.
pub(crate) const LIST: &str = include_str!("list.txt");
/// The address of [`LIST`], below the chat's own. Another list has another, as browsers keep it for ever.
pub(crate) static PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(LIST)[..6]);
    format!("/emoji.txt?{digest}")
});

/// As many are shown large.
const FEW: usize = 3;
/// Longest emoji, in bytes: Unicode's longest has 35. More that is joined would be shown as many.
const LENGTH_MAX: usize = 40;

/// True for one to three emoji and nothing else but white space. Cost: linear.
pub(crate) fn are_few(text: &str) -> bool {
    let mut rest = text.trim();
    for _ in 0..FEW {
        let Some(length) = sequence(rest) else { return false };
        rest = rest[length..].trim_start();
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// The emoji that a text is, as it is kept: without the sign that asks for a picture, where it is one without. None: it
/// is not exactly one.
pub(crate) fn one(text: &str) -> Option<&str> {
    let is_one = |text: &&str| sequence(text) == Some(text.len());
    text.strip_suffix('\u{FE0F}').filter(is_one).or(Some(text).filter(is_one))
}

/// The English name of an emoji of [`LIST`].
pub(crate) fn name(emoji: &str) -> Option<Cow<'static, str>> {
    static LINES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let lines = LIST.lines().filter_map(|line| line.split_once(' '));
        lines.filter_map(|(emoji, names)| Some((one(emoji)?, names))).collect()
    });
    let names = *LINES.get(emoji)?;
    Some(match names.split_once('|') {
        Some((_, name)) => name.into(),
        None => names.split(' ').next().unwrap_or_default().replace('_', " ").into(),
    })
}

/// The length in bytes of the emoji with which a text begins (<https://www.unicode.org/reports/tr51/#EBNF_and_Regex>).
fn sequence(text: &str) -> Option<usize> {
    let length = flag(text).or_else(|| keycap(text)).or_else(|| joined(text))?;
    (length <= LENGTH_MAX).then_some(length)
}

fn flag(text: &str) -> Option<usize> {
    let pair: Vec<char> = text.chars().take(2).filter(|c| is_regional(*c)).collect();
    (pair.len() == 2).then(|| pair.iter().map(|c| c.len_utf8()).sum())
}

fn keycap(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(|c: char| c.is_ascii_digit() || matches!(c, '#' | '*'))?;
    let rest = rest.strip_prefix('\u{FE0F}').unwrap_or(rest).strip_prefix('\u{20E3}')?;
    Some(text.len() - rest.len())
}

/// One or more that are joined to one picture, of which the first is shown as an emoji by itself.
fn joined(text: &str) -> Option<usize> {
    let (mut length, is_picture) = element(text)?;
    while let Some((next, _)) = text[length..].strip_prefix('\u{200D}').and_then(element) {
        length += '\u{200D}'.len_utf8() + next;
    }
    is_picture.then_some(length)
}

/// One with what changes its look, and whether it is a picture then: `❤` is text, `❤️` is none.
fn element(text: &str) -> Option<(usize, bool)> {
    use EmojiStatus as Is;
    let first = text.chars().next().filter(|c| !c.is_ascii() && c.is_emoji_char() && !is_regional(*c))?;
    let is_picture = !matches!(first.emoji_status(), Is::EmojiOther | Is::EmojiModifierBase);
    let behind = &text[first.len_utf8()..];
    let styled =
        behind.strip_prefix(|c| matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')).unwrap_or(behind);
    // As in the flag of Scotland.
    let rest = styled.trim_start_matches(|c| matches!(c, '\u{E0020}'..='\u{E007F}'));
    Some((text.len() - rest.len(), is_picture || styled.len() < behind.len()))
}

/// A letter of which two make a flag.
fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}
