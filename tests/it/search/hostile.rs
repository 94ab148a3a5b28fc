//! Any text is a query, and nothing that is found is markup.

use super::*;

#[test]
fn what_is_found_is_marked_and_nothing_in_it_is_markup() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        for (text, words, markup) in [
            (
                "a <b>bold</b> & \"soup\"",
                "bold",
                "a &lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; &quot;soup&quot;",
            ),
            ("<mark>x</mark>", "mark", "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"),
            (
                "</p><script>alert(1)</script>",
                "script alert",
                "&lt;/p&gt;&lt;<mark>script</mark>&gt;<mark>alert</mark>(1)&lt;/<mark>script</mark>&gt;",
            ),
            ("你好吗，好", "好", "你<mark>好</mark>吗，<mark>好</mark>"),
            ("你好吗，好", "\"好吗好\"", "你<mark>好吗</mark>，<mark>好</mark>"),
            (
                "ab **Task** Dev task",
                "\"task dev\" a",
                "<mark>ab</mark> <strong><mark>Task</mark></strong> <mark>Dev</mark> task",
            ),
            ("a 👩‍👩‍👧‍👦👋🏽b", "👧", "a <mark>👩‍👩‍👧‍👦</mark>👋🏽b"),
            ("a 👋🏽b", "👋", "a <mark>👋🏽</mark>b"),
            ("soft\u{ad}hyphens", "softhyph", "<mark>soft\u{ad}hyphens</mark>"),
            ("Zoë zoe\u{308} ZOE", "zoe", "<mark>Zoë</mark> <mark>zoe\u{308}</mark> <mark>ZOE</mark>"),
            (
                "**not bold** [x](javascript:y)",
                "bold javascript",
                "<strong>not <mark>bold</mark></strong> [x](<mark>javascript</mark>:y)",
            ),
        ] {
            let id = ann.say_at("/chat", text);
            let page = page(&ann, words).body;
            assert_eq!(results(&page)[0], markup, "{page}");
            page.shows(format!("href=\"/messages/{id}\""));
        }
    });
}

/// What stands in the page's own field; the header has one as well.
fn typed(page: &str) -> Option<String> {
    input_value(page.split_once("<main")?.1, "q")
}

#[test]
fn any_text_is_a_query() {
    let hostile = [
        "\"", "\"\"", "'", "' OR 1=1 --", "soup*", "soup OR tea", "soup AND NOT", "NEAR(soup tea, 2)",
        "terms:soup", "^soup", "-soup", "(soup", "soup)", "{terms} : soup", "soup + tea", "soup\" OR \"tea",
        "%", "_", "\\", "\u{1}\u{2}\u{1b}[31m", "\u{7f}", "\u{202e}soup", "\u{200b}", "\u{feff}soup",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{301}", "\u{fe0f}", "\u{10ffff}",
        "ﷺ", "İ", "ß", "ǅ", "½", "㍿", "rowid", "MATCH", "rank", "\r\nSet-Cookie: x=y", "soup\ttea",
        "a b c d e f g h i j k l m n o p", "🏳️‍🌈", "\u{e01ef}", "𝕊𝕠𝕦𝕡", "ｓｏｕｐ", "𠀀", "🇩🇪",
    ];
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let mut without = 0;
        // Each is said, so that each is there to be found.
        for words in hostile {
            let sent = ann.clone().json().post("/chat", &[("message", words)]);
            assert!([201, 422].contains(&sent.status), "{words:?}: {}", sent.body);
            let id = sent.value()["id"].as_u64();
            let shown = page(&ann, words);
            if shown.status == 422 {
                has_no_word(&ann, &[("q", words)]);
                without += 1;
            } else {
                let found = by_words(&ann, words);
                assert!(id.is_none_or(|id| found.first() == Some(&id)), "{words:?} finds itself");
                assert_eq!(shown.status, 200, "{words:?}");
            }
            let field = typed(&shown.body).unwrap();
            assert!(shown.headers("set-cookie").iter().all(|cookie| !cookie.starts_with("x=")));
            assert_eq!(field.replace("\r\n", "\n"), words.replace("\r\n", "\n"), "{words:?} stays typed");
            shown.body.lacks("<img src=x").lacks("<script>alert");
        }
        assert!((8..20).contains(&without), "{without}");
        // Operators are words.
        let both = ann.say_at("/chat", "soup or tea");
        let one = ann.say_at("/chat", "soup");
        assert!(by_words(&ann, "soup OR tea").contains(&both));
        assert!(!by_words(&ann, "soup OR tea").contains(&one));
        assert!(by_words(&ann, "soup*").contains(&one) && by_words(&ann, "-soup").contains(&one));
        // Ten words count; more narrow nothing down.
        let ten = "k0 k1 k2 k3 k4 k5 k6 k7 k8 k9";
        let id = ann.say_at("/chat", ten);
        assert_eq!(by_words(&ann, &format!("{ten} never said")), [id]);
        assert_eq!(by_words(&ann, &format!("never {ten}")), [0; 0]);
        // Of a word, 64 characters.
        let long = ann.say_at("/chat", &"y".repeat(64));
        assert_eq!(by_words(&ann, &"y".repeat(1_000)), [long]);
        assert_eq!(by_words(&ann, &"é".repeat(500)), [0; 0]);
        for words in ["y".repeat(1_001), "é".repeat(501), "🙂".repeat(251)] {
            let answer = page(&ann, &words);
            assert_eq!((answer.status, typed(&answer.body)), (422, Some(words.clone())));
            assert!(answer.body.contains("role=\"alert\"") && results(&answer.body).is_empty());
            let answer = ann.clone().json().get(&format!("/search?{}", query(&[("q", &words)])));
            assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some("long_query")));
        }
    });
}
