//! Versions of a message's text, so that an edit replaces no other than the one that its author saw.

use std::fmt;

use sha2::{Digest, Sha256};

use super::model::Body;

/// A message's text in short: the first 64 bits of its SHA-256, as 16 hexadecimal digits. The same text has the same
/// version, so that an edit that was undone meanwhile is in nobody's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextVersion(u64);

impl TextVersion {
    /// As [`fmt::Display`] writes it. Nothing for what is no version.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for TextVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Body {
    pub fn version(&self) -> TextVersion {
        let digest = Sha256::digest(self.as_str());
        TextVersion(digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_one_text() {
        let version = |text: &str| Body::parse(text).unwrap().version();
        // `printf abc | sha256sum`
        assert_eq!(version("abc").to_string(), "ba7816bf8f01cfea");
        assert_eq!(version("abc\r\n"), version("abc"), "as it is kept");
        assert_ne!(version("abc"), version("abd"));
        assert_eq!(TextVersion::parse("ba7816bf8f01cfea"), Some(version("abc")));
        for other in ["", "ba7816bf8f01cfe", "ba7816bf8f01cfea0", "+a7816bf8f01cfea", "ba7816bf8f01cfeg"] {
            assert_eq!(TextVersion::parse(other), None, "{other}");
        }
    }
}
