use super::*;
use proptest::prelude::*;

/// The addresses of a text, as they are typed.
fn found(text: &str) -> Vec<&str> {
    find(text).into_iter().map(|address| &text[address.range]).collect()
}

/// In each of these, what stands between ⟦ and ⟧ is an address, and nothing else is.
#[track_caller]
fn all_end(texts: &[&str]) {
    for marked in texts {
        let wanted: Vec<&str> = marked
            .split('⟦')
            .skip(1)
            .map(|rest| rest.split_once('⟧').map_or(rest, |(address, _)| address))
            .collect();
        let text = marked.replace(['⟦', '⟧'], "");
        assert_eq!(found(&text), wanted, "{text:?}");
    }
}

#[test]
fn an_address_ends_before_a_mark_that_ends_or_closes() {
    all_end(&[
        "⟦https://example.com/⟧，谢谢！",
        "“see ⟦https://e.org/a⟧.”",
        "见⟦https://example.com/⟧。谢谢",
        "见⟦https://example.com⟧。谢谢",
        "(⟦https://e.org/a⟧).",
        "[⟦https://e.org/a⟧], {⟦https://e.org/b⟧};",
        "「⟦https://e.org/あ⟧」と『⟦https://e.org/い⟧』、【⟦https://e.org/⟧】",
        "《⟦https://e.org/a⟧》（⟦https://e.org/b⟧）！？；：",
        "⟦https://e.org/a⟧（官网）",
        "⟦https://e.org/a⟧～ ⟦https://e.org/a⟧｜b",
        "«⟦https://e.org/a⟧», ‹⟦https://e.org/b⟧›; „⟦https://e.org/c⟧“ ‘⟦https://e.org/d⟧’的",
        "”⟦https://e.org/a⟧”的链接",
        "⟦https://e.org/a⟧؟ ⟦https://e.org/b⟧، ⟦https://e.org/c⟧؛ ⟦https://e.org/d⟧۔",
        "⟦https://e.org/क⟧। ⟦https://e.org/ख⟧॥",
        "⟦https://e.org/ա⟧։ ⟦https://e.org/ա⟧՞ ⟦https://e.org/ሀ⟧። ⟦https://e.org/ሀ⟧፣",
        "⟦https://e.org/กรุงเทพฯ⟧ ⟦https://e.org/ไทย⟧๛",
        "⟦https://e.org/ខ⟧។ ⟦https://e.org/မ⟧။ ⟦https://e.org/བོད་ལྗོངས⟧།",
        "⟦https://e.org/א⟧׃ ⟦https://e.org/שלום⟧.",
        "⟦https://e.org/a⟧… ⟦https://e.org/a⟧... ⟦https://e.org/a⟧?! ⟦https://e.org/a⟧:",
        "⟦https://e.org/a⟧—which, ⟦https://e.org/b⟧ – and",
        "'⟦https://e.org/a⟧' \"⟦https://e.org/a⟧\" `⟦https://e.org/a⟧` <⟦https://e.org/a⟧>",
        "⟦https://e.org/a⟧' x ⟦https://e.org/a's⟧.",
        "**⟦https://example.org⟧** *⟦https://e.org/a⟧* _⟦https://e.org/a⟧_ __⟦https://e.org/a⟧__",
        "[a](⟦https://e.org/a⟧) [⟦https://e.org/a⟧](⟦https://e.org/b⟧)",
        "⟦https://e.org/?a&copy⟧;",
        "⟦https://e.org/⟧?",
        "⟦https://e.org⟧?",
        "⟦https://e.org⟧",
        "⟦https://e.org⟧.",
        "⟦https://e.org⟧, ⟦https://e.org⟧:",
        "⟦https://e.org/a⟧\\",
        "a|⟦https://e.org/a⟧|b",
    ]);
}

#[test]
fn marks_within_an_address_are_its_own() {
    all_end(&[
        "⟦https://en.wikipedia.org/wiki/Rust_(language)⟧",
        "(⟦https://en.wikipedia.org/wiki/Rust_(language)⟧).",
        "⟦https://e.org/a?a=1,2&b=(x)[y]{z}#c!d;e:f@g⟧ x",
        "⟦https://e.org/a*b⟧",
        "⟦https://e.org/!/a⟧",
        "⟦https://example.com/路径⟧ ⟦https://example.com/路径?问=答#段⟧",
        "⟦https://ja.wikipedia.org/wiki/ドナルド・トランプ⟧、",
        "⟦https://ja.wikipedia.org/wiki/々ー〇⟧",
        "⟦https://fr.wikipedia.org/wiki/L’Équipe⟧’",
        "⟦https://ca.wikipedia.org/wiki/Paral·lel⟧",
        "⟦https://hy.wikipedia.org/wiki/Ինչպե՞ս⟧",
        "⟦https://he.wikipedia.org/wiki/צה״ל⟧ ⟦https://he.wikipedia.org/wiki/תל־אביב⟧־",
        "⟦https://en.wikipedia.org/wiki/Nagorno–Karabakh⟧",
        "⟦https://fa.wikipedia.org/wiki/زبان\u{200c}ها⟧\u{200c} x",
        "⟦https://si.wikipedia.org/wiki/ශ\u{200d}රී⟧",
        "⟦https://hi.wikipedia.org/wiki/हिन्दी⟧ ⟦https://th.wikipedia.org/wiki/ภาษาไทย⟧ ⟦https://ko.wikipedia.org/wiki/한국어⟧",
        "⟦https://e.org/❤️⟧",
        "⟦https://youtu.be/abc_⟧ ⟦https://youtu.be/ab--⟧ ⟦https://e.org/#⟧ ⟦https://e.org/~⟧",
        "see ⟦https://e.org/_a_/__init__.py?b=*c*d⟧.",
        "⟦https://e.org/a/'b'⟧",
        "⟦https://e.org./a⟧ ⟦https://e.org.:80/⟧",
    ]);
}

#[test]
fn an_address_ends_before_every_kind_of_space() {
    for space in " \t\n\u{a0}\u{1680}\u{2002}\u{2009}\u{200a}\u{200b}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}\u{ad}\u{2060}\u{200e}\u{200f}\u{2800}\u{3164}\u{202e}\u{0}".chars() {
        for address in ["https://e.org/b", "https://e.org", "https://e.org:80", "www.e.org", "ann@e.org"] {
            assert_eq!(found(&format!("{address}{space}next")), [address], "{space:?}");
            assert_eq!(found(&format!("x{space}{address}{space}{address}")), [address, address], "{space:?}");
        }
    }
}

#[test]
fn an_address_has_a_host() {
    all_end(&[
        "⟦https://пример.рф/путь⟧ ⟦https://müller.de⟧ ⟦http://例え.jp⟧ ⟦http://例え.テスト/あ⟧",
        "⟦http://مثال.إختبار/⟧ ⟦https://उदाहरण.परीक्षा/⟧ ⟦https://ตัวอย่าง.ไทย⟧ ⟦https://실례.테스트⟧ ⟦https://בדיקה.קום⟧",
        "⟦http://[::1]:8080/x⟧ ⟦http://[2001:db8::1]⟧ ⟦http://[::ffff:192.0.2.1]/⟧, http://[x] http://[::1",
        "⟦http://my_host.example.org/⟧ ⟦https://_a.example.org⟧ ⟦http://xn--e1afmkfd.xn--p1ai/⟧",
        "⟦http://localhost:8080⟧, ⟦http://nas/⟧ ⟦http://192.0.2.1:80/a⟧",
        "http://1.2 http://1.2.3.4.5 http://300.1.1.1 http://8080",
        "⟦https://e.org⟧:a ⟦https://e.org⟧: ⟦https://e.org⟧:) ⟦https://e.org:65535/x⟧ ⟦https://e.org⟧:",
        "⟦https://example.com⟧谢谢 ⟦https://example.com⟧です ⟦https://example.com:80⟧です ⟦http://localhost⟧谢谢 ⟦https://example.org⟧👍",
        "⟦https://user:pass@e.org/⟧ ⟦https://bank.example@evil.example/⟧",
        "⟦https://www.bank.example⟧\\@evil.example/ ⟦https://x.org⟧,@bob",
        "https:// http://. https://-/ ⟦https://a⟧..b ⟦https://e.org⟧...and https://。 https:/x https:x http://@ http:///x",
        "http://⟦https://e.org/a⟧",
        "⟦HTTP://E.ORG/A⟧ ⟦Https://e.org⟧",
        "见⟦https://e.org/⟧ привет⟦https://e.org/⟧: -⟦https://e.org⟧ done.⟦https://e.org⟧",
        "xhttps://e.org git+https://e.org 1http://e.org javascript://x/%0aalert(1) file:///etc ftp://x.org",
        "⟦https://i❤.ws⟧",
    ]);
    let long = format!("https://{}.org", "a".repeat(300));
    assert!(found(&long).is_empty());
}

#[test]
fn a_port_that_is_none_makes_no_address() {
    all_end(&[
        "http://e.org:99999/ https://e.org:65536 https://e.org:123456/a https://e.org:0000080/ http://e.org:99999，",
        "http://e.org:80a/ http://e.org:abc/x http://[::1]:99999/ http://192.0.2.1:70000/ http://localhost:80800",
        "www.e.org:99999/ http://www.e.org:99999/ http://a@e.org:99999/ http://a:b@e.org:99999/ http://例え。テスト:99999/",
    ]);
}

#[test]
fn a_bar_within_an_address_is_its_own() {
    all_end(&[
        "⟦https://fonts.googleapis.com/css?family=Roboto|Open+Sans⟧ ⟦https://e.org/a|b⟧, ⟦www.e.org/a|b⟧",
        "|⟦https://e.org/a⟧| |⟦https://e.org/a⟧|b| | ⟦https://e.org/a⟧ | ⟦https://e.org/a|b⟧ | ⟦https://e.org/a⟧|",
        "|⟦https://e.org/a⟧|⟦https://e.org/b⟧| ||⟦https://e.org/a⟧|| ⟦https://e.org/a⟧|\nb ⟦https://e.org/a⟧|.",
        "⟦https://e.org⟧|b ⟦https://e.org/a⟧|。",
    ]);
}

#[test]
fn addresses_of_a_list_without_spaces_are_parted() {
    all_end(&[
        "⟦https://e.org/a⟧,⟦https://f.org/b⟧;⟦HTTP://g.org/c⟧,⟦www.h.org/d⟧;⟦WWW.i.org⟧|⟦Https://j.org⟧",
        "⟦https://e.org⟧,⟦https://f.org⟧;⟦www.g.org/⟧,",
        "⟦https://e.org/a⟧,;⟦https://f.org⟧",
        "⟦https://e.org/?u=https://x.org⟧ ⟦https://e.org/web/2020/https://x.org⟧ ⟦https://e.org/a,b;c,http;www⟧ ⟦https://e.org/?u=www.x.org⟧",
    ]);
}

#[test]
fn a_wide_dot_is_of_a_host_where_a_path_follows() {
    all_end(&[
        "⟦https://例え。テスト/⟧ ⟦http://例え．テスト/あ⟧ ⟦http://例え｡テスト:80/a⟧ ⟦https://www。例え。テスト/⟧ ⟦https://www.例え。テスト/⟧",
        "⟦https://e。org/a⟧ ⟦https://www．e．com/⟧。 ⟦https://e．ＣＯＭ/⟧ 见⟦https://例子。公司/路径⟧。谢谢",
        "见⟦https://e.org⟧。谢谢 ⟦https://e.org⟧。谢谢/再见 ⟦https://例え.jp⟧。次 ⟦https://e.org⟧．a ⟦https://e.org⟧｡ ⟦www.e.org⟧。谢谢/再见",
        "⟦ann@e.org⟧。谢谢/再见 ⟦http://localhost⟧。谢谢 ⟦http://192.0.2.1⟧。谢谢 ⟦http://nas⟧。 ⟦http://nas/⟧。谢谢 ⟦http://[::1]⟧。谢谢",
        "https://例え。テスト https://例え https://例え/ http://例え。 https://e。org http://nas。谢谢 http://127。0。0。1/",
        "https://例え。。テスト/ https://例え。/ https://例え。これはとても長い文です/ https://例え。テスト。/ www.例え。テスト/ ann@例え。テスト",
    ]);
}

#[test]
fn addresses_without_a_scheme_are_of_the_web_or_of_mail() {
    all_end(&[
        "⟦www.example.org⟧, (⟦WWW.example.org/a_(b)⟧) 见⟦www.example.org/⟧。 _⟦www.e.org⟧_ ⟦www.example.рф⟧",
        "www www. www.x www.. www.a..b xwww.e.org a.www.e.org /www.e.org www.1.2 ⟦www.example.org:80/⟧",
        "⟦ann@example.org⟧. <⟦ann.lee+x@e.org⟧> 联系⟦ann@example.org⟧谢谢 ⟦пётр@пример.рф⟧, ⟦mailto:ann@e.org⟧",
        "_⟦ann@e.org⟧_ **⟦ann@e.org⟧** ⟦_ann@e.org⟧ '⟦ann@e.org⟧' (⟦ann@my.e.org⟧)!",
        "@bob@example.org ann@example ann@v1.1 pkg@1.2.3 git@github.com:a/b.git @babel/core a@b@c.org",
        "ねえ@bob.smith a..b@ .@e.org ann.@e.org /src/a@e.org src/icon@2x.p",
        "a..⟦b@e.org⟧ ⟦ann@e.org⟧: hi",
    ]);
    let href = |text: &str| find(text)[0].href(text);
    assert_eq!(href("a www.e.org/b"), "https://www.e.org/b");
    assert_eq!(href("a ann@e.org"), "mailto:ann@e.org");
    assert_eq!(href("mailto:ann@e.org"), "mailto:ann@e.org");
    assert_eq!(href("HTTP://e.org"), "HTTP://e.org");
}

/// Texts that take quadratic time where something is searched again for each of their parts (measured by `cargo bench -- prose`).
#[test]
fn hostile_text_is_text() {
    for (piece, count) in [
        ("http://", 0),
        ("((((", 0),
        ("@@@@", 0),
        ("www.", 0),
        ("://", 0),
        ("http://[", 0),
        ("éwww.a..", 0),
        ("a@", 0),
        ("http://あ。", 0),
        ("あ。", 0),
        ("http://a.b:99999", 0),
        ("https://e.org/,", 1),
        ("http://a/( ", 1),
        ("www.e.org ", 1),
    ] {
        let times = 16_384 / piece.len();
        assert_eq!(found(&piece.repeat(times)).len(), count * times, "{piece}");
    }
}

proptest! {
    #[test]
    fn addresses_stand_apart_on_characters(
        text in "(https?://|www\\.|[a-c]@|[a-c]\\.(org|рф)|[-/._*'()\\[\\]{}:@?#&;,!|\\\\]|[。．｡，）」”’…؟।་é谢あ한ไא]|[ \u{a0}\u{200b}\u{200d}\u{3000}\n]|.){0,40}",
    ) {
        let mut last = 0;
        for address in find(&text) {
            prop_assert!(address.range.start >= last && !address.range.is_empty());
            last = address.range.end;
            let typed = text.get(address.range.clone());
            prop_assert!(typed.is_some_and(|typed| !typed.contains(|c: char| c.is_whitespace() || c.is_control())), "{:?}", text);
            let href = address.href(&text).to_ascii_lowercase();
            prop_assert!(["http://", "https://", "mailto:"].iter().any(|scheme| href.starts_with(scheme)));
        }
    }
}
