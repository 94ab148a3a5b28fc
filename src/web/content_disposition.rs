//! Under which name a browser saves a file: `Content-Disposition` (RFC 6266, 8187), and which names are safe to save.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// In characters. Names of files are that long on all systems that people have, if the letters are Latin.
const NAME_MAX: usize = 200;
/// In characters with its dot: what is kept of the end of a name that is too long.
const ENDING_MAX: usize = 16;
/// Of a file whose name has nothing that can be kept.
const NAMELESS: &str = "file";

/// RFC 8187, 3.2.1: what `attr-char` needs not be encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    /// Shown in the page that asks for it.
    Inline,
    /// Always saved.
    Attachment,
}

/// The value of the header, in ASCII, for any name.
pub(super) fn content_disposition(disposition: Disposition, name: &str) -> String {
    let kind = match disposition {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let name = safe_name(name);
    // RFC 6266, appendix D: some clients take `%` for an encoding.
    let plain = |character: char| character.is_ascii() && character != '%';
    let ascii: String =
        name.chars().map(|character| if plain(character) { character } else { '_' }).collect();
    if ascii == name {
        return format!("{kind}; filename=\"{name}\"");
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(&name, ENCODED))
}

/// A name that can be saved on any system, and shows its ending where it is: the last part of a path, without control
/// characters and those that turn the direction of writing, without what Windows forbids, 1 to 200 characters long.
pub(super) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let kept = last.chars().filter(|character| !is_hidden(*character));
    let kept: String =
        kept.map(|character| if "<>:\"|?*".contains(character) { '_' } else { character }).collect();
    // Leading dots hide files on Unix, trailing ones are lost on Windows.
    let name = kept.trim_matches(is_edge);
    let mark = if is_reserved(name) { "_" } else { "" };
    match name {
        "" => NAMELESS.into(),
        name => shortened(&format!("{mark}{name}")).trim_end_matches(is_edge).into(),
    }
}

fn is_edge(character: char) -> bool {
    character == '.' || character.is_whitespace()
}

/// Control characters and line breaks, and marks of direction, which make `exe.jpg` of `gpj.exe`. Joiners stay: Hindi,
/// Persian and emoji need them.
fn is_hidden(character: char) -> bool {
    let direction = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let empty = matches!(
        character,
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    );
    character.is_control() || direction || empty
}

/// Names of devices, with any ending (Windows: "Naming Files, Paths, and Namespaces").
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = ["COM", "LPT"].iter().find_map(|device| stem.strip_prefix(device));
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|number| {
            matches!(number, "¹" | "²" | "³") || matches!(number.as_bytes(), [b'0'..=b'9'])
        })
}

/// Keeps the ending, by which people and systems know what it is.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_MAX {
        return name.into();
    }
    let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
    let ending = if ending.chars().count() > ENDING_MAX { "" } else { ending };
    let kept = NAME_MAX - ending.chars().count();
    let stem = &name[..name.len() - ending.len()];
    stem.chars().take(kept).chain(ending.chars()).collect()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn attachment(name: &str) -> String {
        content_disposition(Disposition::Attachment, name)
    }

    #[test]
    fn plain_names_stand_as_they_are() {
        assert_eq!(attachment("plan.pdf"), "attachment; filename=\"plan.pdf\"");
        let inline = content_disposition(Disposition::Inline, "a b; c='d',e.png");
        assert_eq!(inline, "inline; filename=\"a b; c='d',e.png\"");
    }

    #[test]
    fn other_names_stand_twice() {
        let cases = [
            ("Grüße.txt", "Gr__e.txt", "Gr%C3%BC%C3%9Fe.txt"),
            ("€ rates.txt", "_ rates.txt", "%E2%82%AC%20rates.txt"),
            ("50%25.txt", "50_25.txt", "50%2525.txt"),
            ("שלום.pdf", "____.pdf", "%D7%A9%D7%9C%D7%95%D7%9D.pdf"),
        ];
        for (name, plain, encoded) in cases {
            assert_eq!(
                attachment(name),
                format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
            );
        }
    }

    #[test]
    fn hostile_names_are_saved_under_harmless_ones() {
        let cases = [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\plan.pdf", "plan.pdf"),
            ("folder/", "folder"),
            ("say \"hi\".txt", "say _hi_.txt"),
            ("a\r\nSet-Cookie: b=c", "aSet-Cookie_ b=c"),
            ("cod\u{202e}gpj.exe", "codgpj.exe"),
            (".htaccess", "htaccess"),
            ("shortcut.lnk. . ", "shortcut.lnk"),
            ("con", "_con"),
            ("NUL.tar.gz", "_NUL.tar.gz"),
            ("com1 .txt", "_com1 .txt"),
            ("LPT³.txt", "_LPT³.txt"),
            ("COM10.txt", "COM10.txt"),
            ("console.txt", "console.txt"),
            ("a<b>c|d?e*f:g", "a_b_c_d_e_f_g"),
            ("नमस्ते क्\u{200d}ष.jpg", "नमस्ते क्\u{200d}ष.jpg"),
            ("", "file"),
            ("...", "file"),
            ("/\\", "file"),
            ("\u{202e}\0\u{7f}", "file"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe, "{}", name.escape_debug());
        }
    }

    #[test]
    fn long_names_keep_their_endings() {
        let name = safe_name(&("न".repeat(300) + ".jpeg"));
        assert!(name.ends_with("न.jpeg") && name.chars().count() == 200, "{name}");
        let sentence = safe_name(&("x".repeat(150) + "." + &"y".repeat(300)));
        assert_eq!(sentence.chars().count(), 200);
        let whole = "z".repeat(196) + ".pdf";
        assert_eq!(safe_name(&whole), whole);
    }

    proptest! {
        #[test]
        fn every_name_gives_one_sound_header(name in "[\\PC\0\r\n\"\\\\/%;'.:\u{202e}]{0,300}|(con|NUL|lpt1)[. a-z]{0,250}") {
            let safe = safe_name(&name);
            prop_assert!((1..=NAME_MAX).contains(&safe.chars().count()));
            prop_assert_eq!(safe_name(&safe), safe.clone(), "a safe name is safe");
            let header = attachment(&name);
            prop_assert!(header.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{}", header);
            prop_assert_eq!(header.matches('"').count(), 2);
            if let Some((_, encoded)) = header.split_once("filename*=UTF-8''") {
                prop_assert_eq!(percent_decode_str(encoded).decode_utf8().expect("UTF-8"), safe);
            }
        }
    }
}
