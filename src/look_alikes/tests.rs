//! The table is what the standard says, less what readers of one script tell apart.

use std::collections::BTreeMap;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::*;

/// Letters, marks and digits as they are decomposed, but for what names of Chinese and Korean tell apart, and for ASCII's
/// `0`, `1` and `m` (`O`, `l` and `rn`): `bob1` is beside `bobl` what people take when `bob` is taken.
fn is_source(c: char) -> bool {
    let group = c.general_category_group();
    let counts = matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
        || c.general_category() == GeneralCategory::DecimalNumber;
    counts
        && !is_ignorable(c)
        && c.nfkd().eq([c])
        && !matches!(c.script(), Script::Han | Script::Hangul)
        && !matches!(c, '0' | '1' | 'm')
}

fn prototype_by_standard(c: char) -> String {
    unicode_security::skeleton(&c.to_string()).collect::<String>().replace("rn", "m")
}

/// Letters that are not the first of their script with their prototype, and yet the ones that look most like it.
const BEST: [char; 4] = ['ԝ', 'ө', 'Ө', 'ן'];
/// Letters of Latin that people write words with, and of which the standard says that they look like others.
const OWN: [char; 8] = ['þ', 'ƿ', 'ƒ', 'ʋ', 'ɣ', 'ɩ', 'Ɩ', 'ɯ'];
/// Letters of Arabic that have the same forms as another, in one place of a word at least.
const ARABIC: [char; 6] = ['ي', 'ی', 'ک', 'ہ', 'ە', 'ۃ'];

/// The sources that count, of those of one script that have one prototype. Within a script they are as different as its
/// readers find them, so that one of them stands for all; in Latin, marks and signs of all scripts they are variants.
fn kept(script: Script, prototype: &str, mut sources: Vec<char>) -> Vec<char> {
    if matches!(script, Script::Common | Script::Inherited) {
        return sources;
    }
    if script == Script::Latin {
        sources.retain(|c| !OWN.contains(c));
        return sources;
    }
    let is_own = |c: &&char| prototype.chars().eq([**c]);
    let best = sources.iter().find(is_own).or_else(|| sources.iter().find(|c| BEST.contains(c)));
    let Some(best) = best.or(sources.first()).copied() else { return sources };
    let folded = fold(&best.to_string());
    sources.retain(|c| {
        let is_digit = c.general_category() == GeneralCategory::DecimalNumber && script == Script::Arabic;
        !is_digit && (*c == best || fold(&c.to_string()) == folded || ARABIC.contains(c))
    });
    sources
}

fn table() -> String {
    let mut groups: BTreeMap<(&str, String), Vec<char>> = BTreeMap::new();
    for c in (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| is_source(*c)) {
        groups.entry((c.script().full_name(), prototype_by_standard(c))).or_default().push(c);
    }
    let mut lines = BTreeMap::new();
    for ((script, prototype), sources) in groups {
        let script = Script::from_full_name(script).unwrap();
        for c in kept(script, &prototype, sources).into_iter().filter(|c| !prototype.chars().eq([*c])) {
            lines.insert(c, prototype.clone());
        }
    }
    // The digits of Persian and Urdu are those of Arabic.
    let digits =
        (0..10).filter_map(|n| Some((char::from_u32(0x6F0 + n)?, char::from_u32(0x660 + n)?.into())));
    lines.extend(digits);
    let line = |(c, prototype): (char, String)| {
        let prototype: Vec<String> = prototype.chars().map(|c| format!("{:X}", u32::from(c))).collect();
        format!("{:05X} {}", u32::from(c), prototype.join(" "))
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn the_table_is_made_of_the_standards() {
    let made = table();
    let path = std::env::temp_dir().join("look_alikes.txt");
    if made != TABLE {
        std::fs::write(&path, &made).unwrap();
        panic!("src/look_alikes.txt is to be what {} is now", path.display());
    }
}

#[test]
fn ascii_is_what_the_table_makes_of_it() {
    for c in '\0'..='\x7F' {
        let line = TABLE.lines().find(|line| line.starts_with(&format!("{:05X} ", u32::from(c))));
        assert_eq!(line, (c == 'I').then_some("00049 6C"));
    }
    assert!(
        TABLE.lines().is_sorted()
            && TABLE.lines().all(|line| from_hexadecimal(&line[..5]).and_then(prototype).is_some())
    );
}

fn look_alike(one: &str, other: &str) -> bool {
    Look::of(one).is_like(&Look::of(other))
}

#[test]
fn names_look_alike_across_scripts_and_where_letters_are_variants() {
    for (one, other) in [
        ("mark", "mаrk"),
        ("MARK", "mаrk"),
        ("coco", "сосо"),
        ("Coco", "СОСО"),
        ("MAPK", "МАРК"),
        ("Alice", "AIice"),
        ("paul", "pаul"),
        ("paul", "рaul"),
        ("gary", "ɡary"),
        ("tom", "tοm"),
        ("ion", "ıon"),
        ("wanda", "ԝanda"),
        ("Ștefan", "Ştefan"),
        ("علی", "علي"),
        ("کریم", "كريم"),
        ("علی۱", "علی١"),
        ("ヘレン", "へレン"),
        ("ロイ", "口イ"),
        ("hans", "һans"),
        ("jo", "јo"),
        ("oz", "οz"),
        ("oz", "օz"),
        ("a1ice", "alice"),
        ("al1ce", "alice"),
        ("AL1CE", "Alice"),
        ("b0b", "BOB"),
        ("b００k", "book"),
        ("n1c0las", "nicolas"),
        ("м0скоу", "москоу"),
    ] {
        assert!(look_alike(one, other), "{one} {other}");
    }
}

#[test]
fn names_that_readers_tell_apart_do_not_look_alike() {
    for (one, other) in [
        ("bob1", "bobl"),
        ("ann0", "anno"),
        ("1an", "lan"),
        ("b210b", "b2lob"),
        ("a.10b", "a.lob"),
        ("Mamie", "Marnie"),
        ("zoe", "zoë"),
        ("Þór", "Pór"),
        ("Ala", "Ali"),
        ("Ian", "Lan"),
        ("ΑΣΑ", "ΑΟΑ"),
        ("гусь", "гүсь"),
        ("иван", "ийван"),
        ("дум", "дүм"),
        ("דן", "דו"),
        ("סם", "סס"),
        ("ด.ญ", "ค.ญ"),
        ("ชัย", "ซัย"),
        ("രവി", "രവീ"),
        ("മര", "മറ"),
        ("ரஜ", "ஈஐ"),
        ("චාර", "වාර"),
        ("भरत", "भारत"),
        ("গ", "ণ"),
        ("আরিফ", "আৰিফ"),
        ("Արամ", "Աոամ"),
        ("ფატი", "ფატე"),
        ("각까", "갂가"),
        ("鎮", "鎭"),
        ("りり", "リリ"),
        ("بھائی", "بہائی"),
        ("نور", "پور"),
        ("မောင်", "ဟောင်"),
    ] {
        assert!(!look_alike(one, other), "{one} {other}");
    }
}

#[test]
fn a_name_is_of_one_script_or_of_some_that_go_together() {
    for name in [
        "ann", "Анна", "Άννα", "محمد", "さくらエリ子", "Tanaka太郎", "小龙ㄅ", "김민준", "Kim김民",
        "प्रियाDev", "아름Kim", "a1", "ዮናስ", "12", "Zoë", "Хо-Ши", "тест_1", "Ꭰꭱ", "şilan", "ٱحمد٣",
    ] {
        assert_eq!(mixed_scripts(name), None, "{name}");
    }
    for (name, mix) in [
        ("mаrk", ["Latin", "Cyrillic"]),
        ("маrк", ["Latin", "Cyrillic"]),
        ("tοm", ["Latin", "Greek"]),
        ("αб", ["Greek", "Cyrillic"]),
        ("प्रمد", ["Devanagari", "Arabic"]),
        ("김さ", ["Hangul", "Hiragana"]),
        ("annᎠ", ["Latin", "Cherokee"]),
        ("太郎б", ["Han", "Cyrillic"]),
    ] {
        assert_eq!(mixed_scripts(name), Some(mix), "{name}");
    }
}
