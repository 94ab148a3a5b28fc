use super::*;

/// The list, as `emojis` has Unicode's and GitHub's data.
fn list() -> String {
    let (mut list, mut group) = (String::new(), None);
    for emoji in emojis::iter() {
        let codes: Vec<&str> = emoji.shortcodes().collect();
        if codes.is_empty() {
            continue;
        }
        if group.replace(emoji.group()).is_some_and(|before| before != emoji.group()) {
            list.push('\n');
        }
        list += &[emoji.as_str(), " ", &codes.join(" ")].concat();
        let as_code =
            emoji.name().to_lowercase().replace([' ', '-'], "_").replace([':', ',', '’', '“', '”'], "");
        if !codes.contains(&&*as_code) {
            list += &["|", emoji.name()].concat();
        }
        list.push('\n');
    }
    list
}

#[test]
fn the_list_is_made_of_unicodes() {
    let made = list();
    let path = std::env::temp_dir().join("emoji.txt");
    if made != LIST {
        std::fs::write(&path, &made).unwrap();
        panic!("src/emoji/list.txt is to be what {} is now", path.display());
    }
    let codes = LIST.lines().flat_map(|line| line.split('|').next().unwrap_or_default().split(' ').skip(1));
    // The same test as in emoji.js.
    let is_plain = |code: &str| {
        code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(&b))
    };
    assert_eq!(codes.filter(|code| !is_plain(code)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn every_emoji_is_one() {
    for emoji in emojis::iter() {
        let tones: Vec<&str> = emoji.skin_tones().into_iter().flatten().map(emojis::Emoji::as_str).collect();
        for one in [emoji.as_str()].into_iter().chain(tones) {
            assert_eq!(sequence(one), Some(one.len()), "{one}");
            assert!(are_few(one) && are_few(&one.repeat(3)) && !are_few(&one.repeat(4)), "{one}");
        }
    }
}

#[test]
fn a_few_emoji_stand_alone() {
    for few in
        ["😀", " 😀 😀\n😀 ", "❤\u{FE0F}", "1\u{FE0F}\u{20E3}#\u{20E3}", "🇮🇳🇩🇪", "👩🏽‍💻👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿", "☝🏽", "👩‍❤‍👩"]
    {
        assert!(are_few(few), "{few:?}");
    }
    for other in [
        "", " ", "😀😀😀😀", "😀.", "a😀", "❤", "❤\u{FE0E}", "😀\u{FE0E}", "1", "123", "#", "©", "🇮", "🇮🇳🇩",
        "\u{200D}", "\u{FE0F}", ":)",
    ] {
        assert!(!are_few(other), "{other:?}");
    }
}
