//! Where a link leads, and whether its text says otherwise.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::chat::{Body, is_invisible};

/// The host to which a browser goes for a web address, as it would show it: what looks like one is one character, and what
/// is escaped is not. Nothing where that is not clear. (<https://url.spec.whatwg.org/#host-parsing>)
pub(super) fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let host =
        if place.starts_with('[') { place.split_inclusive(']').next()? } else { place.split(':').next()? };
    let decoded = percent_decode_str(host).decode_utf8().ok()?;
    let host = folded(&decoded, |c| c == '\u{3002}');
    let host = host.strip_suffix('.').unwrap_or(&host);
    // Escaped, it may hold what a message may not.
    let plain = !host.contains(char::is_whitespace) && Body::from_storage(host).is_some();
    plain.then(|| host.to_owned())
}

/// True for a text that names, as people see it, another host than this.
pub(super) fn names_another(text: &str, host: &str) -> bool {
    let text = folded(text, is_like_a_dot);
    let is_of_host = |word: &str| {
        let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")).unwrap_or(word);
        let rest = rest.strip_prefix(host).map(|rest| rest.strip_prefix('.').unwrap_or(rest));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#', ':']))
    };
    let pieces = |word: &str| word.split(|c| !is_of_host_name(c)).any(looks_like_host);
    text.split(ends_address).any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        !is_of_host(word) && pieces(word)
    })
}

/// A text as those see it who look once: in lower case, without what takes no ink.
fn folded(text: &str, is_dot: fn(char) -> bool) -> String {
    let seen = text.chars().filter(|c| c.is_whitespace() || !is_invisible(*c));
    // Some letters in lower case are several, and some of these are put together again.
    let folded = seen.nfkc().flat_map(char::to_lowercase).nfkc();
    folded.map(|c| if is_dot(c) { '.' } else { c }).collect()
}

/// Characters that look like a full stop between letters, as NFKC leaves them.
fn is_like_a_dot(c: char) -> bool {
    matches!(
        c,
        '\u{3002}'
            | '\u{B7}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{30FB}'
            | '\u{2E31}'
            | '\u{2E33}'
            | '\u{A4F8}'
            | '\u{16EB}'
            | '\u{10101}'
            | '\u{1D16D}'
            | '\u{660}'
            | '\u{6F0}'
            | '\u{701}'
            | '\u{702}'
    )
}

fn is_of_host_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Characters around an address in a sentence.
fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | '\'' | ',' | ';' | '|')
}

/// Two words with a dot between them, of which the last is no number and no single letter; or an address of IPv4.
fn looks_like_host(piece: &str) -> bool {
    let piece = piece.trim_matches(['.', '-', '_']);
    let labels: Vec<&str> = piece.split('.').collect();
    let is_number = |label: &&str| label.chars().all(|c| c.is_ascii_digit());
    let [.., _, last] = labels[..] else { return false };
    if labels.iter().any(|label| label.is_empty()) {
        return false;
    }
    let is_name = last.chars().nth(1).is_some() && last.chars().any(char::is_alphabetic);
    is_name || (labels.len() == 4 && labels.iter().all(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_that_to_which_a_browser_goes() {
        for (address, own) in [
            ("https://evil.example", "evil.example"),
            ("HTTPS://EVIL.example.:8080/www.bank.example", "evil.example"),
            ("https://www.bank.example@evil.example/", "evil.example"),
            ("https://www.bank.example\\@evil.example/", "www.bank.example"),
            ("https:////evil.example?www.bank.example", "evil.example"),
            ("https://a@b@evil.example#x", "evil.example"),
            ("https://%65vil.example", "evil.example"),
            ("https://\u{24d4}vil\u{ff0e}example", "evil.example"),
            ("https://ev\u{ad}il\u{3002}example", "evil.example"),
            ("https://bank\u{b7}example.evil.example", "bank\u{b7}example.evil.example"),
            ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
        ] {
            assert_eq!(host(address).as_deref(), Some(own), "{address}");
        }
        assert_eq!(host("https://"), None);
    }

    #[test]
    fn a_text_may_name_another_host() {
        for text in [
            "www.bank.example", "https://www.bank.example", "WWW.Bank.Example",
            "Sign in at www.bank.example.", "(bank.example)", "bank.example/login", "ann@bank.example",
            "bank.example:443", "192.0.2.1", "www\u{ff0e}bank\u{ff0e}example",
            "www\u{2024}bank\u{3002}example", "bank\u{b7}example", "www.\u{200b}bank.exam\u{ad}ple",
            "\u{ff57}\u{ff57}\u{ff57}.bank.example", "b\u{430}nk.example",
            "https://bank.example@evil.example/", "x/bank.example", "evil.example.bank.example",
            "evil.example, bank.example", "evil.example@bank.example",
        ] {
            assert!(names_another(text, "evil.example"), "{text}");
        }
        for text in [
            "here",
            "evil.example",
            "Evil.Example.",
            "https://evil.example/a.html?b.html#c.html",
            "evil.example:80/bank.example",
            "(EVIL\u{ff0e}example)",
            "e.g. this",
            "3.5 or v1.2.3",
            "wait... what?",
            "a.b",
            "",
            "...",
        ] {
            assert!(!names_another(text, "evil.example"), "{text}");
        }
    }
}
