//! Search, the way to a day and one's own words, over HTTP: from memory and from a file alike.

use crate::prelude::*;
#[cfg(feature = "sqlite")]
use crate::support::TempDir;

/// Runs a story with members of a chat in memory, and then of one in a file of which memory holds little.
fn in_memory_and_in_a_file(story: impl Fn(&dyn Fn(&str) -> Client)) {
    let server = Server::unlimited();
    story(&|name| server.member(name));
    #[cfg(feature = "sqlite")]
    {
        let folder = crate::support::TempDir::new();
        let program = folder.serve(&FILE);
        story(&|name| program.member(name));
    }
}

#[cfg(feature = "sqlite")]
const FILE: [&str; 4] = ["--history", "3", "--durability", "normal"];

fn query(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Ids of what is found by these words.
fn by_words(who: &Client, words: &str) -> Vec<u64> {
    who.search(&query(&[("q", words)]))
}

fn page(who: &Client, words: &str) -> Response {
    who.clone().get(&format!("/search?{}", query(&[("q", words)])))
}

/// The text of each result, as markup; of one paragraph, what is in it.
fn results(page: &str) -> Vec<&str> {
    let texts = page.split("<div class=\"said\">").skip(1);
    let all = texts.map(|rest| rest.split("</div></li>").next().unwrap());
    all.map(|text| {
        let inside = text.strip_prefix("<p dir=\"auto\">").and_then(|text| text.strip_suffix("</p>"));
        inside.filter(|text| !text.contains("</p>")).unwrap_or(text)
    })
    .collect()
}

/// That a query has no word in it, which is said rather than everything found.
#[track_caller]
fn has_no_word(who: &Client, fields: &[(&str, &str)]) {
    let path = format!("/search?{}", query(fields));
    let answer = who.clone().json().get(&path);
    assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some("no_words")), "{path}");
    let page = who.clone().get(&path);
    assert!(page.status == 422 && page.body.contains("There is no word to search for."), "{}", page.body);
    assert!(results(&page.body).is_empty());
}

// ---------------------------------------------------------------- words

/// A text, what finds it, and what does not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Says all these texts, and looks for each.
#[track_caller]
fn all_are_found(ann: &Client, texts: &[Case]) {
    let ids: Vec<u64> = texts.iter().map(|(text, ..)| ann.say_at("/chat", text)).collect();
    for ((text, finding, missing), id) in texts.iter().zip(ids) {
        for words in *finding {
            assert!(by_words(ann, words).contains(&id), "{words} in {text}");
        }
        for words in *missing {
            assert!(!by_words(ann, words).contains(&id), "{words} in {text}");
        }
    }
}

#[test]
fn words_are_found_by_how_they_begin_in_any_script() {
    let texts: &[Case] = &[
        (
            "Soups, and bread",
            &["soup", "SOUPS", "bread so", "so,br", "soup soups"],
            &["oup", "soupsy", "soup tea", "so-br"],
        ),
        ("it's an e-mail to x@example.org", &["it's", "IT’S", "e-ma", "example.org"], &["org.ex", "mail-e"]),
        ("it has a mail, so eat", &["it a", "e mail"], &["it's", "e-mail"]),
        ("Zoë & l’été", &["zoe", "ZOË", "zoe\u{308}", "ete", "été l"], &["oë", "tea été"]),
        ("STRASSE 42b", &["strasse", "42", "42B"], &["2b", "trasse"]),
        ("नमस्ते दुनिया", &["नमस्ते", "नम", "दुनि"], &["मस्ते", "दुख"]),
        ("काल", &["काल", "का"], &["कल"]),
        ("你好吗世界", &["你", "好", "好吗", "世界", "吗 好"], &["好你", "国"]),
        ("日本語とemail", &["本", "語と", "email", "とemail"], &["mail"]),
        ("한국어", &["한국", "한"], &["국"]),
        ("fine 👋👋🏽 👩‍👩‍👧‍👦", &["👋", "👧", "FINE", "👩", "👋🏿", "👋👋", "👩‍👩‍👧‍👦"], &["🙂", "👧👋"]),
        ("won 🇩🇪🇸🇪", &["🇩🇪", "🇸🇪", "won 🇩🇪🇸🇪"], &["🇪🇸"]),
        ("Привет, Ёлка", &["привет", "ПРИ", "елка"], &["ривет"]),
        ("שָׁלוֹם وَسَلَام", &["שלום", "وسلام", "שָׁל"], &["לום"]),
        ("Ω½ ﬁre", &["ω1", "fire", "ﬁ"], &["ire"]),
        ("½ cup", &["1/2 cup", "½", "\"1/2 cup\""], &["12"]),
        // Letter case, accents, and letters that people type as others.
        ("ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ", &["Γιώργος", "παπαδόπουλος", "\"γιωργος παπαδοπουλος\""], &["ωργος"]),
        ("Łódź, Ærø, œuvre", &["lodz", "aero", "oeuvre", "łódź", "ÆRØ", "Œ"], &["odz"]),
        ("Weiß in İstanbul", &["weiss", "WEISS", "WEIẞ", "istanbul", "ISTANBUL", "ıstanbul"], &["wei in x"]),
        ("Tiếng Việt đẹp", &["tieng viet", "dep", "VIỆT", "tiê\u{301}ng"], &["iet"]),
        ("مُحَمَّد كتاب", &["محمد", "مُحَمَّد", "كتاب محم"], &["حمد"]),
        ("क़लम क\u{93c}लम", &["क\u{93c}लम", "\u{958}लम", "कलम", "\"कलम कलम\""], &["लम"]),
        ("Brot™ Käse® ©2026", &["\"brot kase 2026\"", "BROT™"], &["brottm"]),
        // What nobody sees does not cut words.
        (
            "soft\u{ad}hyphen zero\u{200b}width",
            &["softhyphen", "soft\u{ad}hy", "zerowidth"],
            &["hyphen", "width"],
        ),
        ("می\u{200c}خواهم ශ්\u{200d}රී ලංකා", &["می\u{200c}خواهم", "میخواهم", "ශ්රී", "ශ්\u{200d}රී"], &["خواهم"]),
        ("ภาษาไทย ភាសា\u{200b}ខ្មែរ မြန်မာ ພາສາລາວ", &["ไทย", "ភាសាខ្មែរ", "ខ្មែរ", "မာ", "ລາວ"], &["ยไ", "រភ"]),
        ("ＦＵＬＬ ｶﾞｯｺｳ がく", &["full", "ガッコウ", "ガッ", "がく", "か\u{3099}"], &["カ", "か"]),
        ("人々は佐々木さん", &["人々", "々木", "木さ"], &["人は"]),
        // Signs are no words.
        ("C++ and C# and .NET", &["C++", "C#", ".net", "\"c and c\"", "c"], &["D++"]),
        ("v1.89 @ann #tag", &["v1.89", "@ann", "#TAG", "tag", "89", "\"v1.89\""], &["9", "v9", "\"89 1\""]),
        (
            "ann@example.org http://example.org/a?b=c",
            &["example.org", "ann@example", "a?b=c", "org"],
            &["rg"],
        ),
        ("Don’t e-mail", &["don't", "don’t", "\"don't e-mail\"", "mail", "e-mail"], &["dont"]),
        (
            "To be, or not to be: the a",
            &["the", "a", "to be or not to be", "\"to be or not to be\""],
            &["\"be to\""],
        ),
    ];
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        all_are_found(&ann, texts);
        for words in texts.iter().flat_map(|(_, finding, _)| *finding) {
            let page = page(&ann, words).body;
            assert!(results(&page).iter().any(|one| one.contains("<mark>")), "{words}: {page}");
        }
        has_no_word(&ann, &[("q", "!? - \u{7}")]);
        has_no_word(&ann, &[("q", "?"), ("author", "ann"), ("room", "0")]);
    });
}

#[test]
fn words_in_quotes_are_found_as_a_phrase() {
    let texts: &[Case] = &[
        (
            "See **Task** Dev, (now)",
            &[
                "\"Task Dev\"", "“task dev”", "„TASK DEV“", "‟task dev”", "«task dev»", "« task dev »",
                "»task dev«", "「task dev」", "『task dev』", "＂task dev＂", "\"see task\" no",
                "no \"dev now\"", "\"see task\" \"dev now\"", "\"task", "\"task de", "\"\" see",
                "\"!?\" see", "\"see\"",
            ],
            &[
                "\"dev task\"", "\"see dev\"", "\"task de\"", "\"ask dev\"", "\"se\"", "\"task dev\" x",
                "\"task x", "\"task dev now see\"",
            ],
        ),
        ("one\ntwo\n\n- three", &["\"one two three\"", "\"two thr"], &["\"one three\"", "\"two thr\""]),
        (
            "我说：你好。世界\n大",
            &["\"你好世界\"", "“你好”", "「世界大」", "\"说你 好\"", "说\"你好\"世", "我说 \"好世"],
            &["你好世界", "\"好你\"", "「你世」"],
        ),
        ("한국어 공부를", &["\"한국어 공부\"", "\"한국어 공부를\"", "한국 \"공부"], &["\"한국 공부\""]),
        ("5\" nails, צה\"ל", &["5\" nails", "צה\"ל", "צה״ל", "nails \"5"], &["nails \"l\""]),
        ("ปลาทู ตัวใหญ่", &["\"ปลา\"", "\"ทู ตัว\"", "\"ทูตัว\""], &["\"ปลา ตัว\""]),
    ];
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        all_are_found(&ann, texts);
        has_no_word(&ann, &[("q", "\"")]);
        has_no_word(&ann, &[("q", "“”")]);
        let form = ann.clone().get("/search").body;
        form.shows("Matches all words, or their beginnings. Use quotes for a phrase.");
    });
}

#[test]
fn a_phrase_is_looked_for_by_author_room_and_from_a_message_on() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let room = ann.open_room(false);
        ann.add_to_room(room, "bob");
        let here = format!("/rooms/{room}");
        let one = ann.say_at("/chat", "pea soup");
        let two = bob.say_at("/chat", "Pea-soup!");
        let three = bob.say_at(&here, "pea\nsoup");
        bob.say_at(&here, "soup, pea");
        bob.say_at(&here, "peas, soups");
        let by = |fields: &[(&str, &str)]| ann.search(&query(&[&[("q", "“pea soup”")], fields].concat()));
        assert_eq!(by(&[]), [three, two, one]);
        assert_eq!(by(&[("author", "bob")]), [three, two]);
        assert_eq!(by(&[("room", "0")]), [two, one]);
        assert_eq!(by(&[("room", &room.to_string())]), [three]);
        assert_eq!(by(&[("before", &three.to_string())]), [two, one]);
        ann.edit_message(one, "peasoup");
        bob.remove_message(three);
        assert_eq!(by(&[]), [two]);
    });
}

#[cfg(feature = "sqlite")]
mod compared {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    /// Numbers that look random and are the same each time (xorshift).
    struct SeededRandom(u64);

    impl SeededRandom {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % end as u64).unwrap()
        }

        fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
            from[self.below(from.len())]
        }
    }

    const SPACED: &[&str] = &[
        "soup", "Soups", "SOUL", "Zoë", "zo", "été", "étage", "नमस्ते", "नमक", "Привет", "приём", "한국어",
        "한글", "שלום", "سلام", "2026", "20th", "x",
    ];
    const UNSPACED: &[&str] = &["你好", "好吗", "日本語", "本日", "👋", "🙂👋", "สวัสดี", "ดีมาก"];

    /// What is compared, thought anew.
    fn plain(text: &str) -> String {
        let bare: String = text.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect();
        bare.to_lowercase()
    }

    /// A message: by whom, whether in the room, its words, and its number in either.
    type Said = (usize, bool, Vec<&'static str>, [u64; 2]);

    enum Asked {
        /// The beginning of a word.
        Word(String),
        /// Whole words, and the quotes around them.
        Phrase(Vec<&'static str>, [&'static str; 2]),
    }

    impl Asked {
        fn typed(&self) -> String {
            match self {
                Self::Word(word) => word.clone(),
                Self::Phrase(words, [open, close]) => format!("{open}{}{close}", words.join(" ")),
            }
        }

        fn is_in(&self, words: &[&str]) -> bool {
            match self {
                Self::Word(asked) => words.iter().any(|word| {
                    let (word, asked) = (plain(word), plain(asked));
                    if UNSPACED.contains(&&*word) { word.contains(&asked) } else { word.starts_with(&asked) }
                }),
                Self::Phrase(asked, _) => {
                    let (all, asked) = (pieces(words), pieces(asked));
                    all.windows(asked.len()).any(|some| *some == *asked)
                }
            }
        }
    }

    /// Words as they follow each other; without spaces, characters.
    fn pieces(words: &[&str]) -> Vec<String> {
        let pieces = words.iter().flat_map(|word| {
            if UNSPACED.contains(word) {
                plain(word).chars().map(String::from).collect()
            } else {
                vec![plain(word)]
            }
        });
        pieces.collect()
    }

    /// Mostly words as they were said, sometimes others.
    fn phrase(dice: &mut SeededRandom, said: &[Said]) -> Asked {
        let all = &said[dice.below(said.len())].2;
        let start = dice.below(all.len());
        let mut words = all[start..=start + dice.below((all.len() - start).min(3))].to_vec();
        if dice.below(4) == 0 {
            words.push(dice.of(SPACED));
        }
        let quotes = [["\"", "\""], ["“", "”"], ["„", "“"], ["「", "」"], ["« ", " »"]];
        Asked::Phrase(words, quotes[dice.below(quotes.len())])
    }

    /// Texts of whatever search has rules for, and of what it has none for.
    fn any_text(dice: &mut SeededRandom) -> String {
        let all: Vec<char> =
            "aab你你好あかが가각สวด👋🏽\u{200d}\u{fe0f}🇩🇪é\u{301}\u{ad}\u{200c}ﷺ㍿½ﬁßİ\"“”「」«».,-*_ \n  "
                .chars()
                .collect();
        (0..=dice.below(12)).map(|_| all[dice.below(all.len())]).collect()
    }

    #[test]
    fn memory_and_file_find_the_same_of_any_text() {
        let mut dice = SeededRandom(0xfeed_beef);
        let server = Server::unlimited();
        let folder = crate::support::TempDir::new();
        let program = folder.serve(&FILE);
        let who = [server.member("ann"), program.member("ann")];
        let texts: Vec<String> = (0..250)
            .map(|_| format!("x{}", any_text(&mut dice)))
            .map(|text| text.trim().to_owned())
            .collect();
        let ids = who
            .each_ref()
            .map(|who| texts.iter().map(|text| who.say_at("/chat", text)).collect::<Vec<u64>>());
        let mut some = 0;
        for _ in 0..250 {
            let words = if dice.below(2) == 0 {
                any_text(&mut dice)
            } else {
                let text: Vec<char> = texts[dice.below(texts.len())].chars().collect();
                let start = dice.below(text.len());
                let end = start + dice.below((text.len() - start).min(5)) + 1;
                text[start..end].iter().collect()
            };
            let words = if dice.below(3) == 0 { format!("\"{words}\"") } else { words };
            let ask = format!("/search?{}", query(&[("q", &words)]));
            let status = who.each_ref().map(|who| who.clone().json().get(&ask).status);
            if status != [200; 2] {
                assert_eq!(status, [422; 2], "{words:?}");
                continue;
            }
            let [memory, file] = [0, 1].map(|which| {
                let found = by_words(&who[which], &words);
                let texts: Vec<&str> = found
                    .iter()
                    .map(|id| &*texts[ids[which].iter().position(|other| other == id).unwrap()])
                    .collect();
                texts
            });
            assert_eq!(memory, file, "{words:?}");
            some += memory.len();
        }
        assert!(some > 1_000, "{some}");
    }

    #[test]
    fn memory_and_file_find_what_a_plain_look_finds() {
        let mut dice = SeededRandom(0x5eed_cafe);
        let server = Server::unlimited();
        let folder = crate::support::TempDir::new();
        let program = folder.serve(&FILE);
        let names = ["ann", "bob"];
        let memory = names.map(|name| server.member(name));
        let file = names.map(|name| program.member(name));
        let rooms = [&memory[0], &file[0]].map(|ann| ann.open_room(true));
        let mut said: Vec<Said> = Vec::new();
        for (ann, room) in [(&memory[0], rooms[0]), (&file[0], rooms[1])] {
            ann.add_to_room(room, "bob");
        }
        for _ in 0..250 {
            let words: Vec<&str> = (0..=dice.below(5))
                .map(|_| if dice.below(3) == 0 { dice.of(UNSPACED) } else { dice.of(SPACED) })
                .collect();
            let text = words.join([" ", ", ", " – ", "\n", "/"][dice.below(5)]);
            let (author, inside) = (dice.below(2), dice.below(3) == 0);
            let path = |room| if inside { format!("/rooms/{room}") } else { "/chat".to_owned() };
            let ids =
                [memory[author].say_at(&path(rooms[0]), &text), file[author].say_at(&path(rooms[1]), &text)];
            said.push((author, inside, words, ids));
        }
        for n in 0..250 {
            let asked: Vec<Asked> = (0..=dice.below(3))
                .map(|_| {
                    if dice.below(3) == 0 {
                        return phrase(&mut dice, &said);
                    }
                    let words = if dice.below(3) == 0 { UNSPACED } else { SPACED };
                    let word: Vec<char> = dice.of(words).chars().collect();
                    // Mostly how it begins; sometimes how it ends.
                    let cut = 1 + dice.below(word.len());
                    let part = if dice.below(6) == 0 { &word[cut - 1..] } else { &word[..cut] };
                    let part: String = part.iter().collect();
                    Asked::Word(if dice.below(2) == 0 { part.to_uppercase() } else { part })
                })
                .collect();
            let (author, inside) = (dice.below(3), dice.below(3));
            let expected: Vec<[u64; 2]> = said
                .iter()
                .rev()
                .filter(|one| author == 2 || one.0 == author)
                .filter(|one| inside == 2 || one.1 == (inside == 1))
                .filter(|one| asked.iter().all(|asked| asked.is_in(&one.2)))
                .map(|one| one.3)
                .collect();
            let words = asked.iter().map(Asked::typed).collect::<Vec<_>>().join(" ");
            for (which, (who, room)) in [(&memory[1], rooms[0]), (&file[1], rooms[1])].into_iter().enumerate()
            {
                let room = [String::from("0"), room.to_string(), String::new()][inside].clone();
                let author = ["ann", "BOB", ""][author];
                let (fields, mut all) = ([("q", &*words), ("author", author), ("room", &room)], Vec::new());
                // All pages of it.
                let mut path = format!("/search?{}", query(&fields));
                for _ in 0..10 {
                    let answer = who.clone().json().get(&path).value();
                    assert_eq!(answer["complete"], true, "{fields:?}");
                    let some = answer["messages"].as_array().unwrap();
                    all.extend(some.iter().map(|one| one["id"].as_u64().unwrap()));
                    let Some(before) = answer["before"].as_u64() else { break };
                    path = format!("/search?{}&before={before}", query(&fields));
                }
                let expected: Vec<u64> = expected.iter().map(|ids| ids[which]).collect();
                assert_eq!(all, expected, "query {n} {fields:?}, {}", ["memory", "file"][which]);
            }
        }
    }
}

#[test]
fn by_author_and_room_newest_first() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob, cyd) = (member("ann"), member("Bob"), member("cyd"));
        let room = ann.open_room(false);
        let here = format!("/rooms/{room}");
        ann.add_to_room(room, "bob");
        let one = ann.say_at("/chat", "soup for all");
        let two = bob.say_at("/chat", "no soup");
        let three = bob.say_at(&here, "secret soup");
        let four = ann.say_at("/people/bob", "soup for two");
        let five = ann.say_at("/people/ann", "soup for me");
        let pair = ann.room_at("/people/bob");
        assert_eq!(ann.search("q=soup"), [five, four, three, two, one]);
        assert_eq!(bob.search("q=soup"), [four, three, two, one]);
        assert_eq!(cyd.search("q=soup"), [two, one]);
        assert_eq!(ann.search("author=BOB"), [three, two]);
        assert_eq!(ann.search(&format!("q=soup&author=%20bob%20&room={room}")), [three]);
        assert_eq!(bob.search(&format!("author=ann&room={pair}")), [four]);
        assert_eq!(ann.search("q=soup&room=0"), [two, one]);
        assert_eq!(ann.search("q=soup&room="), ann.search("q=soup"));
        assert_eq!(ann.search(&format!("q=soup&before={three}")), [two, one]);
        assert_eq!(ann.search("q=soup&before=0"), [0; 0]);
        for (bad, error) in [("q=soup&author=nobody", "nobody"), ("author=b", "nobody")] {
            let answer = ann.clone().json().get(&format!("/search?{bad}"));
            assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some(error)), "{bad}");
            let page = ann.clone().get(&format!("/search?{bad}")).expect(422);
            page.body.shows("role=\"alert\"").shows("No member has that name.");
            assert_eq!(input_value(&page.body, "author"), Some(bad.rsplit('=').next().unwrap().to_owned()));
        }
        for bad in ["q=x&room=x", "q=x&room=-1", "q=x&before=x", "q=x&q=y", "q=%FF", "q=x&before="] {
            for who in [ann.clone(), ann.clone().json()] {
                let answer = who.clone().get(&format!("/search?{bad}"));
                assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
            }
        }
        // Nothing was asked for yet.
        let first = ann.clone().get("/search").body;
        first.lacks("id=\"found\"").shows("action=\"/day\"");
        let empty = ann.clone().json().get("/search?q=%20&author=").value();
        assert_eq!(empty["messages"], serde_json::json!([]));
    });
}

#[test]
fn pages_of_results_give_each_once() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let mut expected = Vec::new();
        for n in 0..130 {
            expected.push(ann.say_at("/chat", &format!("soup & \"bread\" {n}")));
            ann.say_at("/chat", "tea");
        }
        expected.reverse();
        let (mut all, mut path) =
            (Vec::new(), Some(format!("/search?{}", query(&[("q", "soup \"bread\" &")]))));
        let mut pages = Vec::new();
        while let Some(here) = path {
            let body = ann.clone().get(&here).body;
            let links = body.split("<a class=\"to\" href=\"/messages/").skip(1);
            let ids: Vec<u64> = links.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
            pages.push(ids.len());
            all.extend(ids);
            path = body
                .split_once("rel=\"next\" href=\"")
                .map(|(_, rest)| unescape(rest.split('"').next().unwrap()));
        }
        assert_eq!(all, expected);
        assert_eq!(pages, [50, 50, 30]);
    });
}

// ---------------------------------------------------------------- hostile

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

// ---------------------------------------------------------------- what changes, and what is kept

#[test]
fn what_was_edited_or_removed_is_found_no_more() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let ids: Vec<u64> = (0..10).map(|n| ann.say_at("/chat", &format!("soup 你好 {n}"))).collect();
        for (n, id) in ids.iter().enumerate() {
            match n % 3 {
                0 => ann.edit_message(*id, "tea 世界"),
                1 => ann.remove_message(*id),
                _ => {
                    ann.edit_message(*id, "tea");
                    ann.edit_message(*id, "soup again");
                }
            }
        }
        let of =
            |rest: usize| -> Vec<u64> { (0..10).rev().filter(|n| n % 3 == rest).map(|n| ids[n]).collect() };
        assert_eq!(by_words(&ann, "soup"), of(2));
        assert_eq!(by_words(&ann, "again"), of(2));
        assert_eq!(by_words(&ann, "好"), [0; 0]);
        assert_eq!(by_words(&ann, "tea"), of(0));
        assert_eq!(by_words(&ann, "界 tea"), of(0));
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn all_that_is_in_the_file_is_found_also_after_a_restart() {
    use crate::support::TempDir;
    for signal in ["-TERM", "-KILL"] {
        let folder = TempDir::new();
        let program = folder.serve(&FILE);
        let ann = program.member("ann");
        let soup = ann.say_at("/chat", "soup");
        let gone = ann.say_at("/chat", "soup that goes");
        let said = program.post_many(&ann, 60);
        ann.edit_message(said[0], "more soup");
        ann.remove_message(gone);
        let look = |ann: &Client| {
            assert_eq!(by_words(ann, "soup"), [said[0], soup]);
            assert_eq!(by_words(ann, "message 59"), [said[59]]);
            assert_eq!(by_words(ann, "goes"), [0; 0]);
        };
        look(&ann);
        program.end_by(signal);
        let program = folder.serve(&FILE);
        look(&program.client_of(&ann));
    }
}

#[test]
fn memory_alone_finds_what_it_holds() {
    let (_server, [ann]) =
        Server::with(|settings| (settings.history, settings.post_rate) = (3, 0)).with_members(["ann"]);
    let ids: Vec<u64> = (0..5).map(|n| ann.say_at("/chat", &format!("soup {n}"))).collect();
    assert_eq!(by_words(&ann, "soup"), [ids[4], ids[3], ids[2]]);
}

// ---------------------------------------------------------------- days, and the way on

const HOUR: i64 = 60 * 60 * 1000;
/// Midnight of 1 March 2024 in UTC.
const MARCH: i64 = 1_709_251_200_000;

/// A day's address in the shared room, or what is wrong with it.
fn day(who: &Client, day: &str) -> (u16, String) {
    let answer = who.clone().get(&format!("/day?{}", query(&[("day", day), ("room", "")])));
    (answer.status, answer.location().to_owned())
}

/// What is asked of a chat with messages around 1 March: at -30, -1, 1 and 30 hours, by these ids.
fn asks_for_days(ann: &Client, ids: &[u64]) {
    let to = |id: u64| (303, format!("/chat?at={id}#m{id}"));
    let zone = |zone: &str| assert_eq!(ann.clone().post("/me/zone", &[("zone", zone)]).status, 303);
    zone("UTC");
    for (asked, id) in
        [("2024-02-28", ids[0]), ("2024-02-29", ids[1]), ("2024-03-01", ids[2]), ("2024-03-02", ids[3])]
    {
        assert_eq!(day(ann, asked), to(id), "{asked}");
    }
    // A day on which nothing was said: the next thing that was, and that is said.
    for asked in ["0001-01-01", "2024-02-20"] {
        assert_eq!(day(ann, asked), (303, format!("/chat?at={0}&day={asked}#m{0}", ids[0])));
    }
    assert_eq!(day(ann, "9999-12-31"), (303, "/chat?day=9999-12-31".into()));
    // Two hours east, an hour before midnight is the next day already; west, an hour after is the day before.
    zone("Africa/Cairo");
    assert_eq!(day(ann, "2024-03-01"), to(ids[1]));
    zone("America/New_York");
    assert_eq!(day(ann, "2024-03-01"), (303, format!("/chat?at={0}&day=2024-03-01#m{0}", ids[3])));
    assert_eq!(day(ann, "2024-02-29"), to(ids[1]));
    for bad in
        ["", "x", "2024-02-30", "2024-13-01", "31.12.2024", "2024-03-01T00:00", "2023-02-29", "\u{661}"]
    {
        assert_eq!(day(ann, bad), (400, String::new()), "{bad}");
    }
    // Far off, but days.
    for odd in ["-0001-01-01", "+262142-01-01", "99999999-01-01", "2024-3-1", " 2024-03-01"] {
        assert!([303, 400].contains(&day(ann, odd).0), "{odd}");
    }
    ann.clone().get("/day?day=2024-03-01&room=x").expect(400);
    ann.clone().get("/day").expect(400);
    ann.clone().get("/day?day=2024-03-01&room=1").expect(404);
}

#[test]
fn a_day_leads_to_its_first_message_where_one_is() {
    let (mut server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (0..4).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    let at = |index: usize| MARCH + [-30, -1, 1, 30][index] * HOUR;
    let now: Vec<(u64, i64)> = server.records().iter().map(|record| (record.seq.0, record.at.0)).collect();
    server.restarts_older(|seq| {
        let was = now.iter().find(|(id, _)| *id == seq).unwrap().1;
        ids.iter().position(|id| *id == seq).map_or(0, |index| was - at(index))
    });
    asks_for_days(&ann, &ids);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_day_is_looked_up_in_the_file() {
    let folder = TempDir::new();
    let program = folder.serve(&FILE);
    let ann = program.member("ann");
    let mut ids: Vec<u64> = Vec::new();
    for n in 0..4 {
        // In other rooms much is said between.
        for _ in 0..5 {
            ann.say_at("/people/ann", "a note");
        }
        ids.push(ann.say_at("/chat", &n.to_string()));
    }
    program.end_by("-TERM");
    let file = rusqlite::Connection::open(folder.data()).unwrap();
    for (id, hours) in ids.iter().zip([-30, -1, 1, 30]) {
        let id = i64::try_from(*id).unwrap();
        let sql = "UPDATE messages SET posted_at = ?2 WHERE id <= ?1 AND id > ?1 - 6";
        file.execute(sql, [id, MARCH + hours * HOUR]).unwrap();
    }
    drop(file);
    let program = folder.serve(&FILE);
    asks_for_days(&program.client_of(&ann), &ids);
}

#[test]
fn in_a_room_a_day_leads_to_what_was_said_there() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let room = ann.open_room(false);
        ann.say_at("/chat", "elsewhere");
        let to = |room: u64| ann.clone().get(&format!("/day?day=2020-01-01&room={room}"));
        assert_eq!(to(room).location(), format!("/rooms/{room}?day=2020-01-01"), "nothing was said there");
        let id = ann.say_at(&format!("/rooms/{room}"), "here");
        assert_eq!(to(room).location(), format!("/rooms/{room}?at={id}&day=2020-01-01#m{id}"), "later");
        let id = bob.say_at("/people/ann", "between us");
        let pair = ann.room_at("/people/bob");
        assert_eq!(to(pair).location(), format!("/people/bob?at={id}&day=2020-01-01#m{id}"));
    });
}

/// Where the page's link to newer messages leads.
fn newer(page: &str) -> Option<String> {
    let (_, link) = page.split_once("rel=\"next\"")?;
    Some(unescape(between(link, "href=\"", "\"")))
}

#[test]
fn a_long_room_is_walked_both_ways_and_each_message_is_seen() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let said: Vec<u64> = (0..300).map(|n| ann.say_at("/chat", &n.to_string())).collect();
        let ids = |page: &str| articles(page).iter().map(|one| one.id).collect::<Vec<u64>>();
        for start in [0, 17, 150, 260, 299] {
            let place = ann.clone().get(&format!("/messages/{}", said[start])).location().to_owned();
            assert_eq!(place, format!("/chat?at={0}#m{0}", said[start]));
            let first = ann.clone().get(place.split('#').next().unwrap()).body;
            let mut all = ids(&first);
            assert!(all.contains(&said[start]), "{start}");
            let mut here = first.clone();
            while let Some(path) = older_link(&here) {
                here = ann.clone().get(&path).body;
                all.splice(0..0, ids(&here));
            }
            let mut here = first;
            while let Some(path) = newer(&here) {
                here = ann.clone().get(path.split('#').next().unwrap()).body;
                let some = ids(&here);
                let after: u64 = between(&path, "?after=", "#messages").parse().unwrap();
                // The last page is the room as it is live, which begins with some that were seen.
                assert!(newer(&here).is_none() || some[0] > after, "{path}: {some:?}");
                all.extend(some.into_iter().filter(|id| *id > after));
            }
            assert_eq!(all, said, "from {start}");
            assert!(
                between(&here, "<div id=\"messages\"", ">").contains("data-live"),
                "at the end it is live"
            );
        }
        // A number beyond all, and one where nothing is.
        for path in ["/chat?after=1000000", "/chat?at=18446744073709551615", "/chat?after=0", "/chat?at=0"] {
            let answer = ann.clone().get(path);
            assert_eq!(answer.status, 200, "{path}");
            assert!(!ids(&answer.body).is_empty(), "{path}");
        }
    });
}

#[test]
fn after_the_greatest_number_there_is_nothing_but_the_newest() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let said: Vec<u64> = (0..60).map(|n| ann.say_at("/chat", &n.to_string())).collect();
        let page = ann.clone().get(&format!("/chat?after={}", u64::MAX)).expect(200);
        let shown: Vec<u64> = articles(&page.body).iter().map(|one| one.id).collect();
        assert_eq!(shown, said[10..]);
    });
}

// ---------------------------------------------------------------- one's own words

/// All parts of what somebody said, by the links from one to the next: each with its head.
fn parts(who: &Client, format: &str) -> Vec<Response> {
    let (mut parts, mut path) = (Vec::new(), Some(format!("/me/messages?format={format}")));
    while let Some(here) = path {
        assert!(parts.len() < 10, "it ends");
        let answer = who.clone().get(&here);
        assert_eq!(answer.status, 200, "{here}: {}", answer.body);
        path = match format {
            "html" => newer(&answer.body),
            _ => Some(answer.header("link")).filter(|link| !link.is_empty()).map(|link| {
                assert!(link.ends_with(">; rel=\"next\""), "{link}");
                between(link, "<", ">").to_owned()
            }),
        };
        parts.push(answer);
    }
    parts
}

fn own_lines(who: &Client) -> Vec<Value> {
    let parts = parts(who, "lines");
    parts.iter().flat_map(|part| part.body.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ones_own_words_come_as_lines_and_as_a_page() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let nothing = ann.clone().get("/me/messages?format=html").body;
        nothing.shows("No messages");
        assert_eq!(own_lines(&ann), [Value::Null; 0]);
        let room = ann.open_room(false);
        let here = format!("/rooms/{room}");
        let texts = ["one\ntwo <b>\"x\"</b>", "in the room", "private"];
        let ids =
            [ann.say_at("/chat", texts[0]), ann.say_at(&here, texts[1]), ann.say_at("/people/bob", texts[2])];
        bob.say_at("/chat", "not hers");
        bob.say_at("/people/ann", "not hers");
        let lost = ann.say_at("/chat", "it goes");
        ann.remove_message(lost);
        let edited = ann.say_at("/people/ann", "at first");
        ann.edit_message(edited, "now");
        let lines = own_lines(&ann);
        let expected: Vec<Value> = ids
            .iter()
            .chain([&edited])
            .map(|id| ann.clone().json().get(&format!("/messages/{id}")).value())
            .collect();
        assert_eq!(lines, expected, "as each is told elsewhere");
        assert_eq!(lines.iter().zip(texts).filter(|(line, text)| line["text"] == *text).count(), 3);
        assert!(lines[3]["edited"].is_string());
        let page = ann.clone().get("/me/messages?format=html").body;
        page.shows("&lt;b&gt;").shows("<p dir=\"auto\">now</p>").lacks("at first");
        page.lacks("not hers").lacks("it goes").lacks("<script");
        assert_eq!(articles(&page).len(), 4);
        // Without anyone else in it, the room would go with her.
        ann.add_to_room(room, "bob");
        ann.leave_room(room);
        assert_eq!(own_lines(&ann), expected, "also from where she left");
        let page = ann.clone().get("/me/messages?format=html").body;
        page.shows("in the room").shows("A room that you left");
        // The rest, as one who has the beginning asks for it.
        let rest = ann.clone().get(&format!("/me/messages?after={}", ids[1])).body;
        assert_eq!(rest.lines().count(), 2);
        assert_eq!(ann.clone().get(&format!("/me/messages?after={}", u64::MAX)).body, "");
        for bad in ["format=x", "after=x", "after=-1", "format=lines&format=html"] {
            assert_eq!(ann.clone().get(&format!("/me/messages?{bad}")).status, 400, "{bad}");
        }
    });
}

#[test]
fn what_is_too_much_for_one_answer_comes_in_parts() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let said: Vec<u64> = (0..300)
            .map(|n| {
                if n % 7 == 0 {
                    bob.say_at("/chat", "meanwhile");
                }
                ann.say_at("/chat", &format!("{n:03}{}", "🙂".repeat(3_997)))
            })
            .collect();
        let ids: Vec<u64> = own_lines(&ann).iter().map(|line| line["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), 300);
        for format in ["lines", "html"] {
            let parts = parts(&ann, format);
            assert!(parts.len() > 1, "{format}: more than one");
            assert!(parts.iter().all(|part| part.body.len() < 1024 * 1024 + 40_000), "{format}");
            let mark = if format == "html" { "<p dir=\"auto\">" } else { "\"text\":\"" };
            let texts: Vec<&str> = parts
                .iter()
                .flat_map(|part| part.body.split(mark).skip(1))
                .filter_map(|rest| rest.get(..3))
                .collect();
            let expected: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
            assert_eq!(texts, expected, "{format}");
        }
        assert_eq!(ids, said);
    });
}

#[test]
fn who_searches_all_the_time_waits_and_the_others_do_not() {
    let (_server, [ann, bob]) =
        Server::with(|settings| settings.search_rate = 1).with_members(["ann", "bob"]);
    let search = |who: &Client| who.clone().json().get("/search?q=soup");
    let answers: Vec<Response> = (0..40).map(|_| search(&ann)).collect();
    let refused: Vec<&Response> = answers.iter().filter(|answer| answer.status == 429).collect();
    // One more may have come back meanwhile.
    assert!((9..=10).contains(&refused.len()), "{}", refused.len());
    assert_eq!(refused[0].value()["error"], "too_many_searches");
    assert!(refused[0].header("retry-after").parse::<u64>().is_ok());
    search(&bob).expect(200);
    let page = ann.clone().get("/search?q=soup&author=ann").expect(429);
    assert!(
        page.body.contains("value=\"soup\"") && page.body.contains("value=\"ann\""),
        "what was typed stays"
    );
}
