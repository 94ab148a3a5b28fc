//! Words and phrases, in any script.

use super::*;

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
