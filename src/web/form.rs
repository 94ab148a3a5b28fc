//! Form fields, decoded strictly: what `form_urlencoded` would repair is refused before.

use percent_encoding::percent_decode;

use super::fault::Fault;

/// The fields of a form or of a query, each given at most once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fields(Vec<(&'static str, String)>);

/// Why something is no form of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormFault {
    /// Not `application/x-www-form-urlencoded`.
    ContentType,
    /// A `%` without two hexadecimal digits, bytes that are not UTF-8, or a NUL.
    Encoding,
    /// A field that the form does not have.
    Unknown,
    /// A field twice.
    Repeated,
}

impl From<FormFault> for Fault {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::ContentType => {
                Self::new(415, "content_type", "A form is expected: application/x-www-form-urlencoded.")
            }
            FormFault::Encoding => Self::bad_request("The form is not valid percent-encoded UTF-8."),
            FormFault::Unknown => Self::bad_request("The form has a field that does not belong there."),
            FormFault::Repeated => Self::bad_request("The form has the same field twice."),
        }
    }
}

impl Fields {
    /// Fields of a body: these names and no others.
    pub(super) fn parse_body(text: &[u8], names: &[&'static str]) -> Result<Self, FormFault> {
        Self::parse(text, names, Err(FormFault::Unknown))
    }

    /// Fields of a query; other names are left out (links gather them on their way).
    pub(super) fn parse_query(text: &[u8], names: &[&'static str]) -> Result<Self, FormFault> {
        Self::parse(text, names, Ok(()))
    }

    fn parse(text: &[u8], names: &[&'static str], unknown: Result<(), FormFault>) -> Result<Self, FormFault> {
        if !is_well_encoded(text) {
            return Err(FormFault::Encoding);
        }
        let mut fields = Self(Vec::new());
        for (name, value) in form_urlencoded::parse(text) {
            match names.iter().find(|known| **known == name) {
                None => unknown?,
                Some(known) if fields.given(known).is_some() => return Err(FormFault::Repeated),
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
            assert_eq!(fault(broken), FormFault::Encoding, "{broken:?}");
        }
        assert_eq!(fault(b"a=1&a=2"), FormFault::Repeated);
        assert_eq!(fault(b"a=1&b=2"), FormFault::Unknown);
        assert_eq!(Fields::parse_query(b"b=2", &["a"]).map(|f| f.given("a").is_none()), Ok(true));
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
