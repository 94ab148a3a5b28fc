use proptest::prelude::*;

use scraper::{Html, Selector};

use super::super::model::{MESSAGE_MAX, Seq};
use super::super::tests::{LIMITS, register, say};
use super::super::{Chat, MemoryLog, NewText, RoomId, Timestamp};
use super::*;
use crate::views::message::text as markup;

/// Returns the mentions of a text where these are members. Those whose name begins with `x` cannot be mentioned.
fn mentioned(text: &str, people: &[&str]) -> Vec<(String, usize)> {
    let Ok(body) = Body::parse(text) else { return Vec::new() };
    let find = |key: &NameKey| {
        let index = people.iter().position(|name| NameKey::of(name) == *key)?;
        Some((MemberId(Seq(index as u64)), !people[index].starts_with('x')))
    };
    let mentions = Candidates::of(&body).resolve(find);
    let backwards: Vec<Mention> = mentions.0.iter().flat_map(|all| all.iter().rev().copied()).collect();
    assert_eq!(Mentions::from_storage(&body, backwards), Some(mentions.clone()));
    let shown = |mention: &Mention| {
        let index = usize::try_from(mention.member.0.0).unwrap();
        (body.as_str()[mention.place()].to_owned(), index)
    };
    mentions.iter().map(shown).collect()
}

/// In each of these texts, what stands between ⟦ and ⟧ mentions someone, and nothing else does.
#[track_caller]
fn all_mention(people: &[&str], texts: &[&str]) {
    for marked in texts {
        let wanted: Vec<&str> =
            marked.split('⟦').skip(1).map(|rest| rest.split_once('⟧').unwrap().0).collect();
        let found = mentioned(&marked.replace(['⟦', '⟧'], ""), people);
        let found: Vec<&str> = found.iter().map(|(name, _)| &**name).collect();
        assert_eq!(found, wanted, "{marked}");
    }
}

#[test]
fn a_text_mentions_people_by_their_names() {
    all_mention(
        &["ann", "ann.smith", "zoë", "x.ann"],
        &[
            "⟦@ann⟧, ⟦@Zoë⟧! and (⟦@ANN⟧)",
            "⟦@ann.smith⟧. ⟦@ann⟧.miller ⟦@ann⟧- ⟦@ann⟧_",
            "⟦@zoe\u{308}⟧ @ann\u{301}",
            "ann @nobody me@ann @ ann @annie @ann2 @@ 2@ann",
            "@⟦@ann⟧ ⟦@ann⟧@ann",
            "⟦@ann⟧'s ⟦@ann⟧’s ⟦@Ann⟧'ın ⟦@ann⟧: \"⟦@ann⟧\" «⟦@ann⟧» ¿⟦@ann⟧? [⟦@ann⟧] …⟦@ann⟧…",
            "⟦@ann⟧,⟦@zoë⟧&⟦@ann⟧/⟦@zoë⟧+⟦@ann⟧ cc:⟦@ann⟧ 👋⟦@ann⟧👋 ❤\u{FE0F}⟦@ann⟧",
        ],
    );
    assert!(mentioned("@x.ann", &["ann", "x.ann"]).is_empty(), "a name that means someone means no one else");
}

#[test]
fn what_is_no_name_of_a_member_mentions_no_one() {
    all_mention(
        &["ann", "babel", "ann.smith"],
        &[
            "https://example.org/@ann http://a.b/?@ann #@ann a=@ann example.org/@ann \\@ann /@ann",
            "@ann@example.org @ann.smith@example.org @ann:example.org ann@example.org me@ann.smith",
            "@babel/core, npm i @ann/pkg @ann.smith/x",
            "⟦@ann⟧: example.org ⟦@ann⟧/ x, ⟦@ann⟧ / x",
            "https://user@ann.example/ www.example.org/@ann?@ann",
        ],
    );
}

#[test]
fn what_others_said_and_what_is_code_mentions_no_one() {
    all_mention(
        &["ann", "bob", "b_c"],
        &[
            "`@ann` ``@ann` @ann`` ⟦@bob⟧",
            "```\n@ann\n```\n⟦@bob⟧",
            "```@ann\n@ann",
            "~~~ @ann\n@ann\n~~~",
            "- ```\n  @ann\n  ```\n- ⟦@bob⟧",
            "> @ann\n> - @ann\n⟦@bob⟧",
            "- ⟦@bob⟧\n  > @ann",
            "> ann: see @ann\nyes ⟦@bob⟧\n>@ann",
            "[@ann](https://e.org) [to @ann](https://e.org), [⟦@bob⟧](e)",
            "**⟦@ann⟧** *⟦@ann⟧* _⟦@ann⟧_ ~~⟦@ann⟧~~ **hi ⟦@ann⟧:** \"⟦@ann⟧\"",
            "# ⟦@ann⟧\n- ⟦@bob⟧\n1. ⟦@bob⟧\n   ⟦@ann⟧",
            "⟦@b_c⟧ _⟦@b_c⟧_ __⟦@b_c⟧__ `⟦@b_c⟧ 5 * 3 ⟦@ann⟧* <b>⟦@ann⟧</b> &lt;⟦@ann⟧",
            "\\@ann \\\\@ann *\\@ann* \\*⟦@ann⟧\\*",
        ],
    );
}

#[test]
fn a_name_ends_where_a_word_or_a_script_does() {
    all_mention(
        &["bob", "李小龙", "李", "민수", "สมชาย", "иван", "यश", "مهدی", "דוד", "ボブ", "bob小明"],
        &[
            "ねえ⟦@bob⟧ ⟦@bob⟧さん、⟦@BOB⟧です @bobby",
            "⟦@李小龙⟧你好 ⟦@李⟧小明 你好⟦@李小龙⟧，⟦@李小龙⟧2点见 ⟦@李小龙⟧hello",
            "⟦@bob小明⟧呢 ⟦@bob⟧小 ⟦@李⟧/佐藤",
            "⟦@ボブ⟧さん ⟦@ボブ⟧くん",
            "⟦@민수⟧야 안녕⟦@민수⟧ ⟦@bob⟧이 ⟦@민수⟧님",
            "⟦@สมชาย⟧ครับ สวัสดี⟦@สมชาย⟧ ⟦@bob⟧ครับ",
            "⟦＠bob⟧ ねえ⟦＠ボブ⟧さん ⟦﹫bob⟧",
            "⟦@иван⟧, @иванов привет@bob ⟦@bob⟧у",
            "⟦@यश⟧। @यशवंत @यशी को ⟦@यश⟧ को",
            "⟦@مهدی⟧، @مهدیه ⟦@مهدی⟧\u{200C}جان و⟦@مهدی⟧ سلام@bob",
            "ל⟦@דוד⟧ ⟦@דוד⟧, @דודו שלום@דוד",
            "@bob\u{200D}x ⟦@민수⟧",
        ],
    );
    all_mention(&["مهدی", "مهدی\u{200C}زاده"], &["⟦@مهدی\u{200C}زاده⟧ ⟦@مهدی\u{200C}زاده⟧\u{200C}ها"]);
    all_mention(
        &["བཀྲ་ཤིས", "pol·la", "ann", "ann_lee", "ελένη"],
        &[
            "⟦@བཀྲ་ཤིས⟧ ⟦@བཀྲ་ཤིས⟧་ལགས ⟦@བཀྲ\u{F0C}ཤིས⟧།",
            "⟦@Pol·la⟧, ⟦@Poŀla⟧· ⟦@ann⟧·⟦@ann⟧ ⟦@ann＿lee⟧ ⟦@ann⟧．",
            "⟦@ΕΛΕΝΗ⟧ ⟦@Ελένη⟧ ⟦@Ελενη⟧",
        ],
    );
    let decomposed = "@\u{1106}\u{1175}\u{11AB}\u{1109}\u{116E}야";
    assert_eq!(mentioned(decomposed, &["민수", "미"]).len(), 1);
    assert_eq!(mentioned(decomposed, &["미"]), []);
}

#[test]
fn a_text_full_of_mentions_is_looked_at_only_so_far() {
    let candidates = |text: &str| Candidates::of(&Body::parse(text).unwrap()).0;
    for (piece, meanings) in [
        ("@a.b.c.d.e.f.g ", 7),
        ("@李", 1),
        (&format!("@{} ", "李".repeat(64)), GLUED_MAX),
        (&format!("@{} ", "李".repeat(NAME_MAX)), GLUED_MAX + 1),
    ] {
        let found = candidates(&piece.repeat(4_000 / piece.chars().count()));
        assert_eq!(found.len(), MENTIONS_MAX);
        assert!(found.iter().all(|all| all.len() == meanings), "{piece}");
    }
    assert!(candidates(&"@".repeat(4_000)).is_empty());
    // Letters that stand for 18 each: no name is that long.
    let long = format!("@{} ", "\u{FDFA}.".repeat(15));
    let found = candidates(&long.repeat(100));
    assert!(found.len() == MENTIONS_MAX && found.iter().all(|meanings| meanings.len() <= 5));
    let marks = candidates(&format!("@a{}", "\u{301}".repeat(3_000)));
    assert!(marks.iter().all(Vec::is_empty));
}

#[test]
fn mentions_that_do_not_fit_a_text_are_none() {
    let body = Body::parse("é @ann ＠bob").unwrap();
    let kept = |all: &[(u32, u32)]| {
        let member = MemberId(Seq(1));
        Mentions::from_storage(
            &body,
            all.iter().map(|&(at, length)| Mention { at, length, member }).collect(),
        )
    };
    assert!(kept(&[(3, 4)]).is_some() && kept(&[(3, 4), (8, 6)]).is_some() && kept(&[]).is_some());
    for wrong in [
        &[(3, 7)][..],
        &[(3, 1)],
        &[(8, 3)],
        &[(8, 1)],
        &[(0, 2)],
        &[(1, 3)],
        &[(3, 4), (3, 4)],
        &[(u32::MAX, u32::MAX)],
    ] {
        assert_eq!(kept(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn any_text_has_mentions_that_fit(text in "(?s)(@|＠|ann|李|.|\\p{L}|\\p{M}|[\u{200c}\u{200d}./:`>\n]){0,60}") {
        for (name, index) in mentioned(&text, &["ann", "李", "a", "i"]) {
            prop_assert_eq!(NameKey::of(name.strip_prefix(is_at).unwrap()), NameKey::of(["ann", "李", "a", "i"][index]));
        }
    }

    #[test]
    fn what_is_mentioned_stands_there(text in "[@＠ab._\\- é李さ민/:]{0,60}") {
        let people = ["a", "b", "ab", "a.b", "a_b-a", "é", "李", "aさ", "민"];
        for (name, index) in mentioned(&text, &people) {
            let name = name.strip_prefix(is_at).unwrap();
            prop_assert_eq!(NameKey::of(name), NameKey::of(people[index]));
        }
    }
    /// Shown, counted and told are the same: what stands out in the page as a browser reads it, for whom a message
    /// counts as one that mentions them, and the names that programs get.
    #[test]
    fn whoever_is_shown_as_mentioned_is_counted_and_no_one_else(
        text in "(@|＠|@bob|@李|@민|bob|李|[a ]|さ|[*_`>#~(\\[\\]\\\\/.,:!-]|```|\n|> |    |https://e.org/|@e.org|\\]\\(https://x.org\\)){1,40}",
    ) {
        prop_assume!(Body::parse(&text).is_ok_and(|body| body.as_str().chars().count() <= MESSAGE_MAX));
        let chat = Chat::open(Box::<MemoryLog>::default(), LIMITS, Box::new(|_| {})).unwrap();
        let writer = register(&chat, "writer", 1).unwrap();
        let names = ["bob", "李", "민"];
        let members = [2, 3, 4].map(|session| register(&chat, names[usize::from(session) - 2], session).unwrap());
        let id = say(&chat, writer, "hello", None).unwrap();
        for edited in [false, true] {
            let id = if edited {
                let version = chat.state().message(id).unwrap().1.message.body.version();
                let text = NewText { body: Body::parse(&text).unwrap(), known: Some(version) };
                let _ = chat.edit(writer, id, text, Timestamp(1));
                id
            } else {
                say(&chat, writer, &text, None).unwrap()
            };
            let view = chat.state().message(id).unwrap().1;
            let page = Html::parse_fragment(&markup(&view).into_string());
            let marks: Vec<_> = page.select(&Selector::parse(".mention").unwrap()).collect();
            let shown = marks.iter().map(|mark| (mark.text().collect::<String>(), mark.value().attr("data-name").unwrap()));
            let typed = view.mentioned.iter().map(|mention| {
                (view.message.body.as_str()[mention.place.clone()].to_owned(), mention.member.as_ref().unwrap().1.as_str())
            });
            prop_assert_eq!(shown.collect::<Vec<_>>(), typed.collect::<Vec<_>>(), "{:?}", text);
            prop_assert_eq!(view.message.mentions.iter().count(), marks.len());
            let others = Selector::parse("a .mention, code .mention, pre .mention, blockquote .mention").unwrap();
            prop_assert_eq!(page.select(&others).count(), 0, "{:?}", text);
            for (name, member) in names.iter().zip(members) {
                let shown = marks.iter().any(|mark| mark.value().attr("data-name") == Some(name));
                prop_assert_eq!(view.message.mentions.has(member), shown, "{} in {:?}", name, text);
                // Both messages are not read yet; before the edit, the first mentions no one.
                let counted = chat.state().unread(member, RoomId::SHARED).1;
                prop_assert_eq!(counted, usize::from(shown) * (1 + usize::from(edited)), "{} in {:?}", name, text);
            }
        }
    }
}
