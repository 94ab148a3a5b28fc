//! The host of an address, and its end.

use std::net::{Ipv4Addr, Ipv6Addr};

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{BLANK, begins_with};

/// Longest host, in characters (RFC 1035, section 2.3.4, for the dotted form).
const HOST_MAX: usize = 253;
/// Most digits of a port.
const PORT_MAX: usize = 5;
/// Longest top-level domain of other letters than Latin, in characters, as in `。ファッション/`: longer text is a sentence.
const WIDE_TOP_MAX: usize = 6;
/// Dots of a host to browsers (UTS 46), and the end of a sentence to people.
const WIDE_DOTS: [char; 3] = ['\u{3002}', '\u{FF0E}', '\u{FF61}'];
/// Longest name and password before a host that are looked at, in bytes.
const USER_MAX: usize = 256;

/// The length of `user:password@host:port`, of which only the host must be there.
pub(super) fn authority(text: &str) -> Option<usize> {
    let user = user(text);
    let rest = &text[user..];
    let host = if rest.starts_with('[') { ipv6(rest)? } else { wide(rest).or_else(|| name(rest))? };
    // A scheme that was typed twice.
    if rest[host..].starts_with("://") {
        return None;
    }
    Some(user + host + port(&rest[host..])?)
}

/// The length of a host with two labels or more, of which the last is no number: one that others may reach.
pub(super) fn public(text: &str) -> Option<usize> {
    let length = name(text)?;
    let (_, last) = text[..length].rsplit_once('.')?;
    let is_name = last.chars().nth(1).is_some() && !begins_with(last, |c| c.is_ascii_digit());
    is_name.then_some(length)
}

/// The length of `:8080`, or of nothing where a colon of the sentence or none follows. `None` where what follows stands for a port
/// and is none: browsers open no such address.
pub(super) fn port(text: &str) -> Option<usize> {
    let Some(after) = text.strip_prefix(':') else { return Some(0) };
    let length = after.bytes().take(HOST_MAX).take_while(u8::is_ascii_alphanumeric).count();
    let (typed, rest) = after.split_at(length);
    if length <= PORT_MAX && typed.parse::<u16>().is_ok() {
        return Some(1 + length);
    }
    let is_word = !begins_with(typed, |c| c.is_ascii_digit()) && !rest.starts_with('/');
    (typed.is_empty() || is_word).then_some(0)
}

/// The length of `user:password@`, or nothing.
fn user(text: &str) -> usize {
    let is_of_user = |c: &u8| c.is_ascii_alphanumeric() || b"-._~%!$&*+=:".contains(c);
    let length = text.bytes().take(USER_MAX).take_while(is_of_user).count();
    if length > 0 && text[length..].starts_with('@') { length + 1 } else { 0 }
}

/// The length of an address of IPv6 in brackets.
fn ipv6(text: &str) -> Option<usize> {
    let inner = text[1..].bytes().take(45).position(|byte| byte == b']')?;
    text[1..=inner].parse::<Ipv6Addr>().ok()?;
    Some(inner + 2)
}

/// The length of a name with wide dots: a path must follow, or else such a dot ends the sentence.
fn wide(text: &str) -> Option<usize> {
    let is_dot = |c: char| c == '.' || WIDE_DOTS.contains(&c);
    let is_of_host = |c: &char| is_of_name(*c) || WIDE_DOTS.contains(c);
    let length = text.chars().take(HOST_MAX).take_while(is_of_host).map(char::len_utf8).sum();
    let (name, rest) = text.split_at(length);
    let is_path = |rest: &str| port(rest).is_some_and(|port| rest[port..].starts_with('/'));
    if !name.contains(WIDE_DOTS) || !is_path(rest) {
        return None;
    }
    let top = name.rsplit(is_dot).next()?;
    let is_latin = top.is_ascii() && top.len() > 1 && begins_with(top, |c| c.is_ascii_alphabetic());
    let is_other = (2..=WIDE_TOP_MAX).contains(&top.chars().count())
        && top.chars().all(|c| !c.is_ascii() && c.is_alphanumeric());
    // As in `见https://example.org。谢谢/再见`.
    let is_sentence = is_other && public(text).is_some_and(|host| text[..host].is_ascii());
    let is_host = name.split(is_dot).all(|label| begins_with(label, char::is_alphanumeric));
    (is_host && (is_latin || is_other) && !is_sentence).then_some(length)
}

/// The length of a name, or of an address of IPv4. Underscores are no part of a host's name, and are in many.
fn name(text: &str) -> Option<usize> {
    let (mut length, mut before) = (0, ' ');
    for (count, c) in text.chars().take_while(|c| is_of_name(*c)).enumerate() {
        if (before, c) == ('.', '.') {
            break;
        }
        if count == HOST_MAX {
            return None;
        }
        before = c;
        length += c.len_utf8();
    }
    let name = text[..length].trim_end_matches(['-', '_', '.', '\u{200C}', '\u{200D}']);
    let name = &name[..name.len() - glued(name)];
    let last = name.rsplit('.').next()?;
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = if is_number {
        name.parse::<Ipv4Addr>().is_ok()
    } else {
        begins_with(last, |c| !matches!(c, '-' | '_'))
    };
    if name.split('.').any(str::is_empty) || !is_host || is_cut(name, &text[name.len()..]) {
        return None;
    }
    // The dot of the root, where more follows.
    let rooted =
        text[name.len()..].strip_prefix('.').is_some_and(|rest| rest.starts_with(['/', '?', '#', ':']));
    Some(name.len() + usize::from(rooted))
}

/// True where a host without a dot is a part of another one that browsers would open, or just a word: only names in ASCII are given in
/// networks of one's own.
fn is_cut(name: &str, rest: &str) -> bool {
    let reads_on =
        || rest.strip_prefix(WIDE_DOTS).is_some_and(|rest| begins_with(rest, char::is_alphanumeric));
    !name.contains('.') && !name.eq_ignore_ascii_case("localhost") && (!name.is_ascii() || reads_on())
}

/// The length of text that stands behind a host without a border, as in `example.org谢谢`: what is no Latin behind Latin in the last
/// label, which no name of a top-level domain mixes.
fn glued(name: &str) -> usize {
    let last = name.rsplit('.').next().unwrap_or(name);
    let latin = last.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if latin >= 2 && begins_with(&last[latin..], |c| c >= '\u{250}') { last.len() - latin } else { 0 }
}

fn is_of_name(c: char) -> bool {
    match c {
        '-' | '.' | '_' | '\u{200C}' | '\u{200D}' => true,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ if BLANK.contains(&c) => false,
        _ if c.is_alphanumeric() => true,
        // Browsers open https://i❤.ws.
        _ => {
            c.general_category() == GeneralCategory::OtherSymbol
                || c.general_category_group() == GeneralCategoryGroup::Mark
        }
    }
}
