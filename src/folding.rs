//! One folding of text, for comparing what people type: names, mentions and what is searched for.
//!
//! Two levels, each idempotent and the same for a text in upper and in lower case:
//!
//! - [`fold`] for names: compatibility forms (NFKC), letter case (Unicode's full case folding), the Greek accent
//!   (tonos), and what nobody sees. The Turkish `ı` and `İ` are both `i`, as they meet in `I` as soon as the case changes.
//! - [`fold_for_search`]: accents and vowel points too, and letters that people type as others.
//!
//! Cost: linear in the text, but one character may become 18 (`ﷺ`): callers bound the text, or say how much counts.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_script::{Script, UnicodeScript};

/// A text as names are compared: in NFKC.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    without_tonos(decomposed(text.nfkd())).nfc().collect()
}

/// Greek is written without its accent in capitals: `Ελένη` is `ΕΛΕΝΗ`. The dialytika stays there too.
fn without_tonos(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut is_greek = false;
    text.filter(move |&c| {
        if canonical_combining_class(c) == 0 {
            is_greek = c.script() == Script::Greek;
        }
        !(is_greek && c == '\u{301}')
    })
}

/// A text as it is searched for: decomposed (NFKD). No more than `most` characters of its decomposition count.
pub(crate) fn fold_for_search(text: &str, most: usize) -> String {
    if text.is_ascii() {
        return text.chars().take(most).map(|c| c.to_ascii_lowercase()).collect();
    }
    let letters = decomposed(text.nfkd().take(most)).filter(|c| !is_accent(*c));
    let plain =
        letters.flat_map(|c| plain_letters(c).chars().chain(plain_letters(c).is_empty().then_some(c)));
    // Marks that an accent kept apart may have to change places.
    plain.nfd().collect()
}

/// Folds characters that are in NFKD; so is the result.
fn decomposed(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let cased = text.filter(|c| !is_ignorable(*c)).flat_map(case_folded);
    // The dot of these letters is seen or not, as fonts like: with U+0307 they look the same.
    let mut dotted = false;
    cased.nfd().filter(move |&c| {
        match (c, canonical_combining_class(c)) {
            ('\u{307}', _) => return !dotted,
            (_, 0) => dotted = matches!(c, 'i' | 'j' | 'і' | 'ј'),
            (_, 230) => dotted = false,
            _ => {}
        }
        true
    })
}

/// Lower case by way of upper case, so that `ß` and `ẞ` are `ss`, and the three sigmas one: what CaseFolding.txt
/// (C and F) holds equal, and `ı` with `i`.
fn case_folded(c: char) -> impl Iterator<Item = char> {
    // The Cherokee syllables fold to upper case there; either way they are one.
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Unicode's `Default_Ignorable_Code_Point`: takes no ink and cuts no word.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Marks that a search does without: accents, the points of Hebrew, the vowels of Arabic and Syriac, and what only
/// stretches a word; of Hindi the dot (nukta) that many leave out, as Lucene's normalizer for Hindi does. (The other
/// marks of Indic scripts are vowels and more; without them words are others.)
fn is_accent(c: char) -> bool {
    matches!(c, '\u{2B9}'..='\u{2BF}' | '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}'
        | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}' | '\u{711}'
        | '\u{730}'..='\u{74A}' | '\u{7EB}'..='\u{7F3}' | '\u{7FD}' | '\u{897}'..='\u{89F}'
        | '\u{8CA}'..='\u{8E1}' | '\u{8E3}'..='\u{8FF}' | '\u{93C}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20F0}' | '\u{FB1E}' | '\u{FE20}'..='\u{FE2F}')
}

/// Plain letters that people type in place of those that do not decompose, in lower case; empty for all others.
/// (As in CLDR's Latin-ASCII; of Arabic, what Lucene's normalizers for Arabic and Persian hold equal.)
fn plain_letters(c: char) -> &'static str {
    match c {
        'ⱥ' => "a",
        'æ' => "ae",
        'ƀ' | 'ɓ' | 'ƃ' => "b",
        'ƈ' | 'ȼ' => "c",
        'đ' | 'ð' | 'ɖ' | 'ɗ' | 'ƌ' => "d",
        'ə' | 'ǝ' | 'ɛ' | 'ɇ' => "e",
        'ƒ' => "f",
        'ǥ' | 'ɠ' => "g",
        'ħ' | 'ɦ' | 'ⱨ' => "h",
        'ɨ' | 'ɩ' => "i",
        'ɉ' | 'ȷ' => "j",
        'ƙ' | 'ⱪ' => "k",
        'ł' | 'ƚ' | 'ɫ' | 'ⱡ' => "l",
        'ŋ' | 'ɲ' | 'ƞ' => "n",
        'ø' | 'ɔ' | 'ɵ' => "o",
        'œ' => "oe",
        'ƥ' | 'ᵽ' => "p",
        'ĸ' | 'ɋ' => "q",
        'ɍ' | 'ɽ' => "r",
        'ȿ' => "s",
        'ŧ' | 'ƭ' | 'ʈ' | 'ⱦ' => "t",
        'þ' => "th",
        'ʉ' => "u",
        'ʋ' => "v",
        'ⱳ' => "w",
        'ɏ' | 'ƴ' => "y",
        'ƶ' | 'ȥ' | 'ɀ' | 'ⱬ' => "z",
        // Alef with wasla; alef maksura and the Persian yeh; teh marbuta and the other hehs; keheh.
        '\u{671}' => "\u{627}",
        '\u{649}' | '\u{6CC}' => "\u{64A}",
        '\u{629}' | '\u{6BE}' | '\u{6C1}' | '\u{6C3}' | '\u{6D5}' => "\u{647}",
        '\u{6A9}' => "\u{643}",
        '\u{660}' | '\u{6F0}' => "0",
        '\u{661}' | '\u{6F1}' => "1",
        '\u{662}' | '\u{6F2}' => "2",
        '\u{663}' | '\u{6F3}' => "3",
        '\u{664}' | '\u{6F4}' => "4",
        '\u{665}' | '\u{6F5}' => "5",
        '\u{666}' | '\u{6F6}' => "6",
        '\u{667}' | '\u{6F7}' => "7",
        '\u{668}' | '\u{6F8}' => "8",
        '\u{669}' | '\u{6F9}' => "9",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn searched(text: &str) -> String {
        fold_for_search(text, usize::MAX)
    }

    /// All that are assigned, but only some of those that are alike by the thousands.
    fn every_character() -> impl Iterator<Item = char> {
        use unicode_properties::{GeneralCategoryGroup::Other, UnicodeGeneralCategory};
        let is_one_of_many = |c| {
            matches!(c, '\u{3410}'..='\u{9FF0}' | '\u{AC20}'..='\u{D790}' | '\u{17010}'..='\u{18CF0}'
                | '\u{20010}'..='\u{2F7F0}' | '\u{30010}'..='\u{3FFFF}')
        };
        let all = (0..=0x10_FFFF).filter_map(char::from_u32).filter(move |c| !is_one_of_many(*c));
        all.filter(|c| is_ignorable(*c) || c.general_category_group() != Other)
    }

    /// Idempotent, in the form that it promises, and the same for each case.
    fn holds_for(text: &str) {
        let (name, word) = (fold(text), searched(text));
        assert_eq!(fold(&name), name, "{text:?}");
        assert_eq!(name.nfkc().collect::<String>(), name, "{text:?}");
        assert_eq!(searched(&word), word, "{text:?}");
        assert_eq!(searched(&name), word, "{text:?}");
        assert_eq!(word.nfkd().collect::<String>(), word, "{text:?}");
        // The iota below a letter becomes one beside it, and has to stand behind all marks before that (Unicode, D145).
        let has_iota_below = text.nfd().any(|c| c == '\u{345}');
        let ordered = if has_iota_below { text.nfd().collect() } else { text.to_owned() };
        for cased in [ordered.to_uppercase(), ordered.to_lowercase()] {
            assert_eq!((fold(&cased), searched(&cased)), (name.clone(), word.clone()), "{text:?} {cased:?}");
        }
    }

    #[test]
    fn every_character_folds_once_and_for_all() {
        for c in every_character() {
            holds_for(&c.to_string());
        }
    }

    #[test]
    fn letter_case_folds_as_in_the_standard() {
        // We take the Turkish `ı` for the same as `i`, with a dot above it or none.
        let standard = |text: &str| caseless::default_case_fold_str(text).replace('ı', "i");
        // The crate's Unicode is 16: it does not know these of 17.
        let is_newer = |c| matches!(c, '\u{A7CE}'..='\u{A7D5}' | '\u{16EA0}'..='\u{16ED3}');
        for c in every_character().filter(|c| !is_newer(*c)) {
            let text = c.to_string();
            assert_eq!(fold(&standard(&text)), fold(&text), "{c:?}");
            // And no more than that, besides compatibility forms and what takes no ink.
            let mut by_standard: String = text.nfkd().filter(|c| !is_ignorable(*c)).collect();
            for _ in 0..2 {
                by_standard = standard(&by_standard).nfkc().collect();
            }
            let by_standard = by_standard.replace("i\u{307}", "i");
            // Of a Greek letter, all but the accent.
            let is_greek = by_standard.starts_with(|c: char| c.script() == Script::Greek);
            let counts = |c: &char| !is_greek || *c != '\u{301}';
            let by_standard: String = by_standard.nfd().filter(counts).nfc().collect();
            assert_eq!(standard(&fold(&text)).nfkc().collect::<String>(), by_standard, "{c:?}");
        }
    }

    #[test]
    fn names_are_one_whatever_their_case_and_form() {
        for same in [
            ["Weiß", "WEIẞ", "weiss"],
            ["İpek", "ipek", "IPEK"],
            ["ışıl", "IŞIL", "is\u{327}il"],
            ["ΣΑΣ", "σας", "σασ"],
            ["Ελένη", "ΕΛΕΝΗ", "Ελένη"],
            ["Μάϊος", "ΜΑΪΟΣ", "μαϊοσ"],
            ["ΐ", "Ϊ", "ϊ\u{301}"],
            ["Zoe\u{308}", "ZOË", "zo\u{AD}ë\u{FE0F}"],
            ["Ａｄａ", "ADA", "a\u{200D}da"],
            ["ﬁona", "FIONA", "ﬁ\u{200C}ona"],
            ["مهدی\u{200C}زاده", "مهدیزاده", "مهدی\u{200D}زاده"],
            ["ꭰꭱ", "ᎠᎡ", "Ꭰꭱ"],
            ["ᲐᲜᲐ", "ანა", "ა\u{2060}ნა"],
            ["ǅep", "ǆep", "DŽEP"],
            ["ᾳ", "ΑΙ", "αι"],
        ] {
            assert_eq!(same.map(fold), [fold(same[0]), fold(same[0]), fold(same[0])], "{same:?}");
        }
        for (one, other) in [
            ("zoe", "zoë"),
            ("mark", "mаrk"),
            ("कल", "काल"),
            ("が", "か"),
            ("ġ", "g"),
            ("й", "и"),
            ("ϊ", "ι"),
            ("ά", "ὰ"),
            ("á", "a"),
            ("ѓ", "г"),
        ] {
            assert_ne!(fold(one), fold(other));
        }
    }

    #[test]
    fn the_iota_below_a_letter_stands_behind_its_other_marks() {
        for text in ["ᾷ\u{11370}", "a\u{345}\u{301}", "\u{345}", "ᾳ\u{301}\u{345}"] {
            holds_for(text);
        }
        assert_eq!(fold("ᾷ\u{11370}"), fold("α\u{342}\u{11370}Ι"));
    }

    #[test]
    fn marks_are_in_order_where_an_accent_stood_between() {
        holds_for("\u{113CE}\u{20DD}\u{1BC9E}");
    }

    #[test]
    fn a_search_does_without_accents() {
        for (typed, meant) in [
            ("ΓΙΩΡΓΟΣ", "Γιώργος"),
            ("Łódź", "lodz"),
            ("Ærø", "aero"),
            ("Œuvre", "oeuvre"),
            ("Đặng", "dang"),
            ("Þórður", "thordur"),
            ("Ħamrun", "hamrun"),
            ("DİYARBAKIR", "diyarbakır"),
            ("STRAẞE", "strasse"),
            ("soft\u{AD}hyphen", "softhyphen"),
            ("Ёлка", "елка"),
            ("Hawaiʻi", "hawaii"),
            ("أَحْمَد", "احمد"),
            ("محمّـــد", "محمد"),
            ("مدرسة", "مدرسه"),
            ("على", "علی"),
            ("شَלום", "شלום"),
            ("שָׁלוֹם", "שלום"),
            ("١٢٣", "123"),
            ("e\u{1DC4}\u{20D7}", "e"),
        ] {
            assert_eq!(searched(typed), searched(meant), "{typed}");
        }
        for (one, other) in [("कल", "काल"), ("ค่า", "คา"), ("が", "か"), ("கி", "க")]
        {
            assert_ne!(searched(one), searched(other));
        }
    }

    #[test]
    fn a_search_counts_no_more_than_it_is_told() {
        assert_eq!(fold_for_search("Hello", 4), "hell");
        assert!(fold_for_search(&"\u{FDFA}".repeat(4_000), 8_000).chars().count() <= 16_000);
    }

    proptest! {
        #[test]
        fn every_text_folds_once_and_for_all(text in "\\PC{0,12}", marked in "([iıİjсßΣςa]|\\p{M}|\\p{Cf}){0,9}") {
            holds_for(&text);
            holds_for(&marked);
        }
    }
}
