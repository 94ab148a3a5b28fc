//! Every sentence that a person reads in a browser, in each language.
//!
//! A `Catalogue` has a field for each sentence: a text, a `Plural`, or a function of what it names. A language is a
//! file with one constant, and does not compile while a sentence is missing. What the operator reads (the console,
//! `--help`, commands on the host) is English, and not here.

mod activity;
mod catalogue;
mod de;
mod en;
mod faults;
mod files;
mod hi;
mod locale;
mod nodes;
mod notifications;
mod pins;
mod profile;
mod reactions;
mod replies;

use std::sync::LazyLock;

use serde_json::Value;

pub(crate) use activity::ActivityTexts;
pub(crate) use catalogue::*;
pub(crate) use faults::ErrorTexts;
pub(crate) use files::FilesTexts;
pub use locale::{Hours, Locale};
pub(crate) use nodes::NodesTexts;
pub(crate) use notifications::NotificationsTexts;
pub(crate) use pins::PinsTexts;
pub(crate) use profile::{EmojiTexts, ProfileTexts};
pub(crate) use reactions::ReactionsTexts;
pub(crate) use replies::RepliesTexts;

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    Hindi,
    German,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Hindi, Self::German];

    /// The tag of BCP 47, as `lang` and `Accept-Language` have it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
            Self::German => "de",
        }
    }

    /// The value of `dir`.
    pub(crate) const fn direction(self) -> &'static str {
        match self {
            Self::English | Self::Hindi | Self::German => "ltr",
        }
    }

    /// Its own name for itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Hindi => "हिन्दी",
            Self::German => "Deutsch",
        }
    }

    /// The one with this primary tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    pub(crate) const fn texts(self) -> &'static Catalogue {
        match self {
            Self::English => &en::ENGLISH,
            Self::Hindi => &hi::HINDI,
            Self::German => &de::GERMAN,
        }
    }

    /// The sentences of scripts, as the JSON object that pages carry, safe inside a script element.
    pub(crate) fn script_texts(self) -> &'static str {
        static ALL: LazyLock<[String; 3]> = LazyLock::new(|| {
            Language::ALL.map(|language| language.texts().scripts.json().to_string().replace('<', "\\u003c"))
        });
        &ALL[self as usize]
    }
}

/// A sentence with a number, for which `{n}` stands.
#[derive(Clone, Copy)]
pub(crate) struct Plural {
    /// The category of a number in the language (CLDR), as `Intl.PluralRules` has it.
    category: fn(usize) -> &'static str,
    /// The sentence for each category that the language has; the last one for all others.
    forms: &'static [(&'static str, &'static str)],
}

impl Plural {
    const fn new(
        category: fn(usize) -> &'static str,
        forms: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { category, forms }
    }

    /// The sentence for a number.
    pub(crate) fn of(&self, number: usize) -> String {
        self.shown(number, &number.to_string())
    }

    /// Returns the sentence with the number as it is shown: `99+`.
    pub(crate) fn shown(&self, number: usize, shown: &str) -> String {
        self.form(number).replace("{n}", shown)
    }

    /// The text before the number, and after it.
    pub(crate) fn around(&self, number: usize) -> (&'static str, &'static str) {
        let form = self.form(number);
        form.split_once("{n}").unwrap_or((form, ""))
    }

    fn form(&self, number: usize) -> &'static str {
        let category = (self.category)(number);
        let form = self.forms.iter().find(|(name, _)| *name == category).or(self.forms.last());
        form.map_or("", |(_, text)| *text)
    }
}

impl From<Plural> for Value {
    fn from(plural: Plural) -> Self {
        plural.forms.iter().map(|(category, text)| ((*category).to_owned(), Self::from(*text))).collect()
    }
}

/// A number with a separator before its last three digits, and before each `rest` more.
fn grouped(number: usize, separator: char, rest: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(2 * digits.len());
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        if at > 0 && left >= 3 && (left - 3).is_multiple_of(rest) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_find_the_same_places_in_each_language() {
        fn places(text: &str) -> Vec<&str> {
            let mut places: Vec<&str> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name)
                .collect();
            places.sort_unstable();
            places
        }
        let english = Language::English.texts().scripts.json();
        for language in Language::ALL {
            let texts = language.texts().scripts.json();
            for (name, text) in texts.as_object().unwrap() {
                match (text, &english[name]) {
                    (Value::String(text), Value::String(english)) => {
                        assert_eq!(places(text), places(english), "{name}");
                    }
                    (Value::Object(forms), _) => {
                        assert!(forms["other"].as_str().unwrap().contains("{n}"), "{language:?} {name}");
                    }
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn long_numbers_are_grouped_as_people_write_them() {
        let long = |language: Language, count| (language.texts().faults.long_message)(count, 4_000);
        assert_eq!(long(Language::English, 4_120), "This message is too long (4,120 of 4,000 characters).");
        assert!(long(Language::German, 123_456).contains("(123.456 von 4.000 Zeichen)"));
        assert!(long(Language::Hindi, 1_234_567).contains("12,34,567"));
        assert!(long(Language::English, 12).contains("(12 of"));
    }

    #[test]
    fn numbers_take_the_form_of_their_language() {
        let of = |language: Language, number| language.texts().scripts.unread.of(number);
        assert_eq!(
            (of(Language::English, 1), of(Language::English, 2)),
            ("1 unread".into(), "2 unread".into())
        );
        assert!(of(Language::Hindi, 5).starts_with("5 "));
        assert_eq!(Language::English.texts().scripts.unread.shown(100, "99+"), "99+ unread");
    }
}
