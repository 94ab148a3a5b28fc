//! Form fields, decoded strictly: what `form_urlencoded` would repair is refused before.

use std::ops::Deref;

use percent_encoding::percent_decode;

use crate::chat::{ALT_TEXT_MAX, NAME_BYTES_MAX, Seq};
use crate::secrets::PASSWORD_BYTES_MAX;

/// Longest values of fields, in bytes once decoded: nothing is computed from a longer one. Others have [`FIELD_MAX`].
const LIMITS: &[(&str, usize)] = &[
    ("username", NAME_BYTES_MAX),
    ("author", NAME_BYTES_MAX),
    ("like", NAME_BYTES_MAX),
    ("password", PASSWORD_BYTES_MAX),
    ("current", PASSWORD_BYTES_MAX),
    ("next", NEXT_MAX),
    // In characters of four bytes.
    ("alt", 4 * ALT_TEXT_MAX),
    // Bounded by the body, and by the target; each is measured where it is read.
    ("message", usize::MAX),
    ("q", usize::MAX),
];
/// The longest topic has 200 characters, and so 800 bytes.
const FIELD_MAX: usize = 1_024;

/// Longest `next`, in bytes.
pub(super) const NEXT_MAX: usize = 512;

/// Reasons to refuse a form as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormError {
    /// Not `application/x-www-form-urlencoded`.
    ContentType,
    /// A `%` without two hexadecimal digits, bytes that are not UTF-8, or a NUL.
    Encoding,
    /// A field that the form does not have.
    Unknown,
    Repeated,
    /// Not a number of digits alone, or above `u64`.
    Id,
    /// Neither `1` nor `0`.
    Switch,
    /// This field has more than so many bytes.
    TooLong(&'static str, usize),
}

/// The fields of a form or of a query. Declared by `form!`.
pub(super) trait Form {
    /// The field of this name, which is returned with it.
    fn field(&mut self, name: &str) -> Option<(&'static str, &mut dyn Field)>;
}

pub(super) trait Field {
    /// Takes a value in. Errors: `Repeated`.
    fn add(&mut self, value: String) -> Result<(), FormError>;
}

/// The value of a field that is given at most once; empty where it was not sent.
#[derive(Debug, Default)]
pub(super) struct FieldText(Option<String>);

/// The values of a field that may be given several times, in their order.
#[derive(Debug, Default)]
pub(super) struct FieldList(Vec<String>);

impl FieldText {
    /// The value, if the field was sent.
    pub(super) fn given(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The number, if the field was sent.
    pub(super) fn id(&self) -> Result<Option<Seq>, FormError> {
        self.given().map(parse_id).transpose()
    }
}

impl Field for FieldText {
    fn add(&mut self, value: String) -> Result<(), FormError> {
        if self.0.is_some() {
            return Err(FormError::Repeated);
        }
        self.0 = Some(value);
        Ok(())
    }
}

impl Deref for FieldText {
    type Target = str;

    fn deref(&self) -> &str {
        self.given().unwrap_or_default()
    }
}

impl FieldList {
    /// The values as numbers.
    pub(super) fn ids(&self) -> Result<Vec<Seq>, FormError> {
        self.0.iter().map(|text| parse_id(text)).collect()
    }
}

impl Field for FieldList {
    fn add(&mut self, value: String) -> Result<(), FormError> {
        self.0.push(value);
        Ok(())
    }
}

impl Deref for FieldList {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// Declares a form, `Name { field, other; list }`, or is an empty one with these fields alone. Those behind the semicolon may be
/// given several times.
macro_rules! form {
    ($form:ident { $($field:ident),* $(; $($list:ident),*)? }) => {
        #[derive(Debug, Default)]
        pub(super) struct $form {
            $(pub(super) $field: $crate::web::form::FieldText,)*
            $($(pub(super) $list: $crate::web::form::FieldList,)*)?
        }

        impl $crate::web::form::Form for $form {
            fn field(&mut self, name: &str) -> Option<(&'static str, &mut dyn $crate::web::form::Field)> {
                let mut fields: Vec<(&'static str, &mut dyn $crate::web::form::Field)> = vec![
                    $((stringify!($field).trim_start_matches("r#"), &mut self.$field),)*
                    $($((stringify!($list), &mut self.$list),)*)?
                ];
                let own = fields.iter().position(|(own, _)| *own == name)?;
                Some(fields.swap_remove(own))
            }
        }
    };
    ($($field:ident),*) => {{ form! { Fields { $($field),* } } Fields::default() }};
}

/// Fills a form; `unknown` is what a field comes to that it does not have.
pub(super) fn parse<F: Form>(
    text: &[u8],
    mut form: F,
    unknown: Result<(), FormError>,
) -> Result<F, FormError> {
    if !is_well_encoded(text) {
        return Err(FormError::Encoding);
    }
    for (name, value) in form_urlencoded::parse(text) {
        match fill(&mut form, &name, value.into_owned()) {
            Err(FormError::Unknown) => unknown?,
            filled => filled?,
        }
    }
    Ok(form)
}

/// Takes the value of one field in.
pub(super) fn fill<F: Form>(form: &mut F, name: &str, value: String) -> Result<(), FormError> {
    let (name, field) = form.field(name).ok_or(FormError::Unknown)?;
    let limit = limit_of(name);
    if value.len() > limit { Err(FormError::TooLong(name, limit)) } else { field.add(value) }
}

/// Digits alone: `parse` would take a sign as well.
pub(super) fn parse_id(text: &str) -> Result<Seq, FormError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(Seq).ok_or(FormError::Id)
}

/// What is on or off.
pub(super) fn parse_switch(text: &str) -> Result<bool, FormError> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(FormError::Switch),
    }
}

fn limit_of(field: &str) -> usize {
    LIMITS.iter().find(|(name, _)| *name == field).map_or(FIELD_MAX, |(_, limit)| *limit)
}

/// True if every `%` has its digits and every name and value decodes to UTF-8 without NUL.
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
        let form = parse(b"a=1+%2B&b=%E0%A4%AA%0D%0A%3D", form![a, b, c], Ok(())).unwrap();
        assert_eq!((&*form.a, &*form.b), ("1 +", "\u{92a}\r\n="));
        assert_eq!((&*form.c, form.c.given()), ("", None));
    }

    #[test]
    fn what_would_be_repaired_is_refused() {
        let error = |text: &[u8]| parse(text, form![a], Err(FormError::Unknown)).unwrap_err();
        for broken in
            [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%FF", b"a=\xFF", b"a=%00", b"%=1", b"a=%%41", b"a=%E0%A4"]
        {
            assert_eq!(error(broken), FormError::Encoding, "{broken:?}");
        }
        assert_eq!(error(b"a=1&a=2"), FormError::Repeated);
        assert_eq!(error(b"a=1&b=2"), FormError::Unknown);
        assert!(parse(b"b=2", form![a], Ok(())).is_ok_and(|form| form.a.given().is_none()));
    }

    #[test]
    fn a_field_is_as_long_as_it_may_be() {
        let error = |name: &'static str, length: usize| {
            let body = format!("{name}={}", "%41".repeat(length));
            parse(body.as_bytes(), form![username, password, next, topic, message], Ok(())).err()
        };
        for (name, limit) in [("username", 384), ("password", 3_072), ("next", 512), ("topic", 1_024)] {
            assert_eq!(error(name, limit), None);
            assert_eq!(error(name, limit + 1), Some(FormError::TooLong(name, limit)));
        }
        assert_eq!(error("message", 40_000), None);
    }

    proptest! {
        #[test]
        fn every_body_parses_or_is_refused(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&body, form![a], Ok(()));
        }

        #[test]
        fn what_a_browser_encodes_comes_back(value in "[^\\x00]{0,60}") {
            let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("a", &value).finish();
            let form = parse(body.as_bytes(), form![a], Ok(())).unwrap();
            prop_assert_eq!(&*form.a, value);
        }
    }
}
