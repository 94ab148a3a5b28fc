//! Form fields, decoded strictly: what `form_urlencoded` would repair is refused before.

use percent_encoding::percent_decode;

use crate::chat::NAME_BYTES_MAX;
use crate::secrets::PASSWORD_BYTES_MAX;

/// Longest values of fields, in bytes once decoded: nothing is computed from a longer one. Others have [`FIELD_MAX`].
const LIMITS: &[(&str, usize)] = &[
    ("username", NAME_BYTES_MAX),
    ("author", NAME_BYTES_MAX),
    ("like", NAME_BYTES_MAX),
    ("password", PASSWORD_BYTES_MAX),
    ("current", PASSWORD_BYTES_MAX),
    ("next", NEXT_MAX),
    // Bounded by the body, and by the target; each is measured where it is read.
    ("message", usize::MAX),
    ("q", usize::MAX),
];
/// The longest topic has 200 characters, and so 800 bytes.
const FIELD_MAX: usize = 1_024;

/// Longest path to come back to, in bytes.
pub(super) const NEXT_MAX: usize = 512;

/// The fields of a form or of a query, each given at most once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fields(Vec<(&'static str, String)>);

/// Why something is no form of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormError {
    /// Not `application/x-www-form-urlencoded`.
    ContentType,
    /// A `%` without two hexadecimal digits, bytes that are not UTF-8, or a NUL.
    Encoding,
    /// A field that the form does not have.
    Unknown,
    /// A field twice.
    Repeated,
    /// This field has more than so many bytes.
    TooLong(&'static str, usize),
}

impl Fields {
    /// Fields of a body: these names and no others.
    pub(super) fn parse_body(text: &[u8], names: &[&'static str]) -> Result<Self, FormError> {
        Self::parse(text, names, Err(FormError::Unknown))
    }

    /// Fields of a query; other names are left out (links gather them on their way).
    pub(super) fn parse_query(text: &[u8], names: &[&'static str]) -> Result<Self, FormError> {
        Self::parse(text, names, Ok(()))
    }

    fn parse(text: &[u8], names: &[&'static str], unknown: Result<(), FormError>) -> Result<Self, FormError> {
        if !is_well_encoded(text) {
            return Err(FormError::Encoding);
        }
        let mut fields = Self(Vec::new());
        for (name, value) in form_urlencoded::parse(text) {
            match names.iter().find(|known| **known == name) {
                None => unknown?,
                Some(known) if fields.given(known).is_some() => return Err(FormError::Repeated),
                Some(known) if value.len() > limit_of(known) => {
                    return Err(FormError::TooLong(known, limit_of(known)));
                }
                Some(known) => fields.0.push((known, value.into_owned())),
            }
        }
        Ok(fields)
    }

    /// The field's value, if it was sent.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// The field's value; a field that was not sent is empty.
    pub(super) fn get(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }
}

fn limit_of(field: &str) -> usize {
    LIMITS.iter().find(|(name, _)| *name == field).map_or(FIELD_MAX, |(_, limit)| *limit)
}

/// Whether every `%` has its digits and every name and value decodes to UTF-8 without NUL.
fn is_well_encoded(text: &[u8]) -> bool {
    let digits = text
        .split(|&byte| byte == b'%')
        .skip(1)
        .all(|escape| escape.len() >= 2 && escape[..2].iter().all(u8::is_ascii_hexdigit));
    digits
        && text.split(|&byte| byte == b'&' || byte == b'=').all(|part| {
            let decoded = percent_decode(part).decode_utf8();
            decoded.is_ok_and(|text| !text.contains('\0'))
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_read_as_it_was_typed() {
        let fields = Fields::parse_body(b"a=1+%2B&b=%E0%A4%AA%0D%0A%3D", &["a", "b"]).unwrap();
        assert_eq!((fields.get("a"), fields.get("b")), ("1 +", "\u{92a}\r\n="));
        assert_eq!(fields.given("c"), None);
    }

    #[test]
    fn what_would_be_repaired_is_refused() {
        let fault = |text: &[u8]| Fields::parse_body(text, &["a"]).unwrap_err();
        for broken in
            [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%FF", b"a=\xFF", b"a=%00", b"%=1", b"a=%%41", b"a=%E0%A4"]
        {
            assert_eq!(fault(broken), FormError::Encoding, "{broken:?}");
        }
        assert_eq!(fault(b"a=1&a=2"), FormError::Repeated);
        assert_eq!(fault(b"a=1&b=2"), FormError::Unknown);
        assert_eq!(Fields::parse_query(b"b=2", &["a"]).map(|f| f.given("a").is_none()), Ok(true));
    }

    #[test]
    fn a_field_is_as_long_as_it_may_be() {
        let fault = |name: &'static str, length: usize| {
            Fields::parse_body(format!("{name}={}", "%41".repeat(length)).as_bytes(), &[name]).err()
        };
        for (name, limit) in [("username", 384), ("password", 3_072), ("next", 512), ("topic", 1_024)] {
            assert_eq!(fault(name, limit), None);
            assert_eq!(fault(name, limit + 1), Some(FormError::TooLong(name, limit)));
        }
        assert_eq!(fault("message", 40_000), None);
    }

    proptest! {
        #[test]
        fn every_body_parses_or_is_refused(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Fields::parse_body(&body, &["a"]);
        }

        #[test]
        fn what_a_browser_encodes_comes_back(value in "[^\\x00]{0,60}") {
            let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("a", &value).finish();
            let fields = Fields::parse_body(body.as_bytes(), &["a"]).unwrap();
            prop_assert_eq!(fields.get("a"), value);
        }
    }
}
