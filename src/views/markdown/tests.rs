mod page;

use proptest::prelude::*;
use scraper::Html;

use page::{check, lines, lines_of_page, read};

use super::*;
use crate::chat::{Body, Candidates, MESSAGE_MAX, MemberId, NameKey, Seq, Username};
use crate::markdown::tests::talk::TALK;
use crate::markdown::tests::{pieces, samples};
use crate::markdown::{EMPHASES_MAX, LEVELS_MAX, LINKS_MAX};

/// Renders without forgiving a parser's panic.
fn shown(body: &str) -> String {
    let source = MarkedText { text: body, mentioned: &[], marked: &[] };
    formatted(source).unwrap_or_else(|| plain(source)).into_string()
}

/// Renders a body for examples, without the attributes that every link, block and piece of code has.
fn look(body: &str) -> String {
    short(&shown(body))
}

fn short(markup: &str) -> String {
    let attributes = [
        " rel=\"noopener noreferrer nofollow ugc\" target=\"_blank\"",
        " dir=\"auto\"",
        " dir=\"ltr\"",
        " tabindex=\"0\"",
    ];
    attributes.iter().fold(markup.to_owned(), |markup, attribute| markup.replace(attribute, ""))
}

/// Each body is shown as what stands beside it.
#[track_caller]
fn all_look(examples: &[(&str, &str)]) {
    for (body, markup) in examples {
        assert_eq!(look(body), *markup, "{body:?}");
    }
}

#[test]
fn marked_places_stand_in_formatting_mentions_and_links() {
    let body = "**bold words** @ann.b `code` https://example.org/a";
    let place = |part: &str| body.find(part).map(|at| at..at + part.len()).unwrap();
    let ann = Mentioned {
        place: place("@ann.b"),
        member: Some((MemberId(Seq(1)), Username::parse("ann.b").unwrap())),
    };
    let marked = [place("bold"), place("words** @ann"), place("od"), place("example")];
    assert_eq!(
        short(&marked_prose(body, &[ann], &marked).into_string()),
        "<p><strong><mark>bold</mark> <mark>words</mark></strong><mark> </mark>\
         <b class=\"mention\" data-member=\"1\" data-name=\"ann.b\"><mark>@ann</mark>.b</b> <code>c<mark>od</mark>e</code> \
         <a href=\"https://example.org/a\">https://<mark>example</mark>.org/a</a></p>"
    );
}

#[test]
fn a_message_full_of_links_to_other_hosts_is_shown() {
    check(&"a@b.org](https://x.org)".repeat(MESSAGE_MAX / 23));
}

#[test]
fn a_few_emoji_alone_are_large() {
    all_look(&[
        ("😀", "<p class=\"large\">😀</p>"),
        ("👍🏽 🎉\n❤\u{FE0F}", "<p class=\"large\">👍🏽 🎉<br>❤\u{FE0F}</p>"),
        ("😀\n\n😀", "<p class=\"large\">😀</p><p class=\"large\">😀</p>"),
        ("😀😀😀😀", "<p>😀😀😀😀</p>"),
        ("😀!", "<p>😀!</p>"),
        ("> 😀", "<blockquote><p>😀</p></blockquote>"),
        (":smile:", "<p>:smile:</p>"),
    ]);
}

#[test]
fn plain_talk_stays_plain() {
    all_look(&[
        ("hello", "<p>hello</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("a  b\tc", "<p>a  b\tc</p>"),
        (
            "2 * 3 * 4, snake_case_name, #1, +1, :-) <3",
            "<p>2 * 3 * 4, snake_case_name, #1, +1, :-) &lt;3</p>",
        ),
        ("~a~ -- \"b\"... [ ] c", "<p>~a~ -- &quot;b&quot;... [ ] c</p>"),
        ("| a |\n|---|\n| b |", "<p>| a |<br>|---|<br>| b |</p>"),
        ("note[^1]", "<p>note[^1]</p>"),
    ]);
}

#[test]
fn formatting_is_shown() {
    all_look(&[
        (
            "*a* **b** ~~c~~ `d  <e>`",
            "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d  &lt;e&gt;</code></p>",
        ),
        ("***a***", "<p><em><strong>a</strong></em></p>"),
        ("a\\\nb  \nc", "<p>a\\<br>b  <br>c</p>"),
        ("> a\n> b\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        ("- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("- a\n\n- b\n\n  c", "<ul><li>a</li><li>b<p>c</p></li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        (
            "7) a\n9) b\n10) c",
            "<ol class=\"bracket\" start=\"7\"><li>a</li><li value=\"9\">b</li><li>c</li></ol>",
        ),
        ("# a *b*\nc", "<p><strong>a <em>b</em></strong></p><p>c</p>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("a\n\n\n\nb", "<p>a</p><p><br><br></p><p>b</p>"),
        ("\\*a\\* &copy; &lt;", "<p>*a* &amp;copy; &amp;lt;</p>"),
    ]);
}

#[test]
fn code_is_shown_as_it_is() {
    all_look(&[
        (
            "```rust\nlet a = *b;\n\n  c\n```",
            "<pre><code><small>rust</small>\nlet a = *b;\n\n  c</code></pre>",
        ),
        ("~~~\nhttps://example.org\n~~~", "<pre><code>https://example.org</code></pre>"),
        ("```\n\na\n```", "<pre><code>\na</code></pre>"),
        ("``` two words\na\n```", "<pre><code>two words\na</code></pre>"),
        ("a\n```cargo", "<p>a</p><pre><code>cargo</code></pre>"),
        ("`https://example.org`", "<p><code>https://example.org</code></p>"),
        ("`a\nb`", "<p><code>a<br>b</code></p>"),
    ]);
}

#[test]
fn each_outer_block_has_its_own_direction_and_code_has_one() {
    let markup = shown("> שלום\n> \n> one\n\n- `a` b\n\n# c\n```\nd\n```");
    assert_eq!(
        markup,
        "<blockquote dir=\"auto\"><p>שלום</p><p>one</p></blockquote>\
         <ul dir=\"auto\"><li><code dir=\"ltr\">a</code> b</li></ul>\
         <p dir=\"auto\"><strong>c</strong></p>\
         <pre dir=\"ltr\" tabindex=\"0\"><code>d</code></pre>"
    );
}

/// Every place of these names in a text, as if each were a mention.
fn mentioned(body: &str, names: &[&str]) -> Vec<Mentioned> {
    let of = |name: &str| {
        let places = body.match_indices(name).map(|(at, text)| at..at + text.len());
        let name = Username::parse(&name[1..]).unwrap();
        places
            .map(move |place| Mentioned { place, member: Some((MemberId(Seq(7)), name.clone())) })
            .collect::<Vec<_>>()
    };
    let mut all: Vec<Mentioned> = names.iter().flat_map(|name| of(name)).collect();
    all.sort_by_key(|mention| mention.place.start);
    all
}

#[test]
fn whoever_is_mentioned_stands_out_wherever_that_is() {
    let names = ["@ann", "@Straße", "@b_c"];
    let mark =
        |name: &str| format!("<b class=\"mention\" data-member=\"7\" data-name=\"{name}\">@{name}</b>");
    let look = |body: &str| {
        let formatted =
            formatted(MarkedText { text: body, mentioned: &mentioned(body, &names), marked: &[] });
        formatted.map(|markup| short(&markup.into_string()))
    };
    let [ann, straße] = ["ann", "Straße"].map(mark);
    for (body, shown) in [
        ("`@ann` *@ann*", format!("<p><code>{ann}</code> <em>{ann}</em></p>")),
        ("< @Straße\\! _@ann_", format!("<p>&lt; {straße}\\! <em>{ann}</em></p>")),
        (
            "# @ann\n- x\n> @ann",
            format!("<p><strong>{ann}</strong></p><ul><li>x</li></ul><blockquote><p>{ann}</p></blockquote>"),
        ),
        ("```\n@ann\nx\n```", format!("<pre><code>{ann}\nx</code></pre>")),
        ("```@ann\nx\n```", format!("<pre><code><small>{ann}</small>\nx</code></pre>")),
        ("<b>@ann</b>", format!("<p>&lt;b&gt;{ann}&lt;/b&gt;</p>")),
    ] {
        assert_eq!(look(body).unwrap(), shown, "{body}");
    }
    for body in ["[to @ann](https://x.org)", "https://x.org/,@ann", "x\n\n    @ann", "1. @ann\n   @ann"] {
        assert_eq!(look(body).unwrap().matches(&ann).count(), body.matches("@ann").count(), "{body}");
    }
    assert!(look("a @b_c d_").unwrap().contains("@b_c</b>"));
}

#[test]
fn a_message_whose_formatting_would_hide_a_mention_is_shown_as_it_was_typed() {
    for body in ["[x](https://x.org/@ann)", "![x](https://x.org,@ann)"] {
        let mentioned = mentioned(body, &["@ann"]);
        let formatted = formatted(MarkedText { text: body, mentioned: &mentioned, marked: &[] });
        assert_eq!((mentioned.len(), formatted.is_none()), (1, true), "{body}");
        let shown = prose(body, &mentioned).into_string();
        assert_eq!(
            shown.matches("<b class=\"mention\" data-member=\"7\" data-name=\"ann\">@ann</b>").count(),
            1,
            "{shown}"
        );
    }
}

#[test]
fn talk_reads_as_it_was_typed() {
    for (typed, seen) in TALK {
        check(typed);
        assert_eq!(lines_of_page(&shown(typed)), lines(seen.unwrap_or(typed)), "{typed:?}");
    }
}

proptest! {
    #[test]
    fn whoever_is_mentioned_is_shown_as_often(text in "(@ann|@b_c|@d\\.e|[ab*_`\\\\<>()!#.\\[\\]\\-\n &;\"]|    |```|https://x.org/){0,30}") {
        let Ok(body) = Body::parse(&text) else { return Ok(()) };
        let names = ["ann", "b_c", "d.e", "d"].map(|name| Username::parse(name).unwrap());
        let find = |key: &NameKey| {
            let index = names.iter().position(|name| name.key() == key)?;
            Some((MemberId(Seq(index as u64)), true))
        };
        let name = |member: MemberId| names[usize::try_from(member.0.0).unwrap()].clone();
        let found = Candidates::of(&body).resolve(find);
        let mentioned: Vec<Mentioned> =
            found
                .iter()
                .map(|mention| Mentioned { place: mention.place(), member: Some((mention.member, name(mention.member))) })
                .collect();
        let page = Html::parse_fragment(&prose(body.as_str(), &mentioned).into_string());
        let marks = scraper::Selector::parse("b.mention").unwrap();
        let shown = |name: &str| -> String {
            let own = page.select(&marks).filter(|mark| mark.value().attr("data-name") == Some(name));
            own.flat_map(|mark| mark.text()).collect()
        };
        for name in &names {
            let own = mentioned.iter().filter(|mention| mention.member.as_ref().unwrap().1 == *name);
            let typed: String = own.map(|mention| &body.as_str()[mention.place.clone()]).collect();
            prop_assert_eq!(shown(name.as_str()), typed, "{:?}", body);
        }
    }
}

#[test]
fn links_lead_to_the_web() {
    all_look(&[
        ("[a *b*](https://x.org)", "<p><a href=\"https://x.org\">a <em>b</em></a></p>"),
        ("[a](HTTP://x.org)", "<p><a href=\"HTTP://x.org\">a</a></p>"),
        ("<https://x.org/?a&b>", "<p><a href=\"https://x.org/?a&amp;b\">https://x.org/?a&amp;b</a></p>"),
        ("[](https://x.org)", "<p>[](<a href=\"https://x.org\">https://x.org</a>)</p>"),
        ("[\u{3164}](https://x.org)", "<p>[\u{3164}](<a href=\"https://x.org\">https://x.org</a>)</p>"),
        (
            "[https://y.org](https://x.org)",
            "<p><a href=\"https://x.org\">https://y.org</a> (<bdi>x.org</bdi>)</p>",
        ),
        ("[(https://x.org)](https://x.org/)", "<p><a href=\"https://x.org/\">(https://x.org)</a></p>"),
        (
            "[\u{3164}https://y.org](https://x.org)",
            "<p><a href=\"https://x.org\">\u{3164}https://y.org</a> (<bdi>x.org</bdi>)</p>",
        ),
        (
            "[(\u{200b}\u{200e}https://y.org)](https://x.org)",
            "<p><a href=\"https://x.org\">(\u{200b}\u{200e}https://y.org)</a> (<bdi>x.org</bdi>)</p>",
        ),
        ("![a](https://x.org/i.png)", "<p><a href=\"https://x.org/i.png\">a</a></p>"),
        (
            "[![a](https://y.org)](https://x.org)",
            "<p>[<a href=\"https://y.org\">a</a>](<a href=\"https://x.org\">https://x.org</a>)</p>",
        ),
        (
            "[a <https://y.org>](https://x.org)",
            "<p><a href=\"https://x.org\">a &lt;https://y.org&gt;</a> (<bdi>x.org</bdi>)</p>",
        ),
    ]);
}

#[test]
fn a_link_cannot_pass_for_another_address() {
    let evil = |text: &str| {
        format!("<p><a href=\"https://evil.example/x\">{text}</a> (<bdi>evil.example</bdi>)</p>")
    };
    for (text, shown) in [
        ("www.bank.example", "www.bank.example"),
        ("**WWW.bank.example**", "<strong>WWW.bank.example</strong>"),
        ("Sign in: `bank.example`", "Sign in: <code>bank.example</code>"),
        ("bank\u{ff0e}example", "bank\u{ff0e}example"),
    ] {
        assert_eq!(look(&format!("[{text}](https://evil.example/x)")), evil(shown));
    }
    all_look(&[
        ("[evil.example](https://evil.example)", "<p><a href=\"https://evil.example\">evil.example</a></p>"),
        ("[here](https://evil.example)", "<p><a href=\"https://evil.example\">here</a></p>"),
        (
            "https://bank.example@evil.example/",
            "<p><a href=\"https://bank.example@evil.example/\">https://bank.example@evil.example/</a> (<bdi>evil.example</bdi>)</p>",
        ),
        (
            "https://evil.example/a.html",
            "<p><a href=\"https://evil.example/a.html\">https://evil.example/a.html</a></p>",
        ),
    ]);
}

/// A host as people might write it to deceive: with other dots, letters of full width, and what nobody sees.
fn disguised() -> impl Strategy<Value = String> {
    let letter = "([a-z]|[A-Z]|[\u{ff41}-\u{ff5a}]|[a-z]\u{200b}|\u{ad}[a-z])";
    let dot = "(\\.|\u{ff0e}|\u{3002}|\u{2024}|\u{b7}|\\.\u{2060})";
    let label = format!("{letter}{{2,6}}");
    let scheme = "(|https://|www\\.|Go to |http://user@)";
    prop::string::string_regex(&format!("{scheme}{label}({dot}{label}){{1,3}}(|/path|:80)")).unwrap()
}

proptest! {
    #[test]
    fn whatever_host_a_link_names_its_own_is_shown(text in disguised(), host in "[a-z]{2,6}(\\.[a-z]{2,5}){1,2}") {
        let page = read(&shown(&format!("[{text}](https://{host}/x)")));
        let links = scraper::Selector::parse("a").unwrap();
        prop_assert_eq!(page.select(&links).count(), 1);
        let seen: String = page.root_element().text().collect();
        prop_assert!(seen.to_lowercase().contains(&host), "{:?}: {:?}", text, seen);
    }
}

#[test]
fn other_links_are_shown_as_typed() {
    all_look(&[
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>"),
        ("[*a*](b \"c\")", "<p>[*a*](b &quot;c&quot;)</p>"),
        (
            "[a](https://x.org/ \"b\")",
            "<p>[a](<a href=\"https://x.org/\">https://x.org/</a> &quot;b&quot;)</p>",
        ),
        ("![a](data:text/html,b)", "<p>![a](data:text/html,b)</p>"),
        ("[a](#m1) [b](/logout) [c](//x.org)", "<p>[a](#m1) [b](/logout) [c](//x.org)</p>"),
        (
            "Vec<std::string> <a@b.org>",
            "<p>Vec&lt;std::string&gt; &lt;<a href=\"mailto:a@b.org\">a@b.org</a>&gt;</p>",
        ),
        ("[a](mailto:a@b.org?cc=c)", "<p>[a](<a href=\"mailto:a@b.org\">mailto:a@b.org</a>?cc=c)</p>"),
        ("[a](https:x.org)", "<p>[a](https:x.org)</p>"),
    ]);
}

#[test]
fn addresses_can_be_clicked_wherever_they_stand() {
    let link = |url: &str| format!("<a href=\"{url}\">{url}</a>");
    let code = link("https://x.org/_a_/__init__.py?b=*c*d");
    assert_eq!(look("see https://x.org/_a_/__init__.py?b=*c*d."), format!("<p>see {code}.</p>"));
    let short = link("https://x.org");
    assert_eq!(look("**https://x.org**"), format!("<p><strong>{short}</strong></p>"));
    assert_eq!(look("_https://x.org/a_,"), format!("<p><em>{}</em>,</p>", link("https://x.org/a")));
    assert_eq!(
        look("- https://x.org\n> b"),
        format!("<ul><li>{short}</li></ul><blockquote><p>b</p></blockquote>")
    );
    assert_eq!(
        look("(https://x.org/a_(b)).\nnext"),
        format!("<p>({}).<br>next</p>", link("https://x.org/a_(b)"))
    );
    assert_eq!(look("<a href=https://x.org>"), format!("<p>&lt;a href={short}&gt;</p>"));
    all_look(&[
        ("www.x.org", "<p><a href=\"https://www.x.org\">www.x.org</a></p>"),
        ("a@b.org", "<p><a href=\"mailto:a@b.org\">a@b.org</a></p>"),
        ("https://x.org/b\u{a0}c", "<p><a href=\"https://x.org/b\">https://x.org/b</a>\u{a0}c</p>"),
        ("见https://例え.jp/，谢谢！", "<p>见<a href=\"https://例え.jp/\">https://例え.jp/</a>，谢谢！</p>"),
    ]);
    for other in ["javascript://x/%0aalert(1)", "file:///etc/passwd", "ftp://x.org", "x.org", "@b@x.org"] {
        assert_eq!(look(other), format!("<p>{other}</p>"));
    }
}

#[test]
fn html_is_shown_as_it_was_typed() {
    all_look(&[
        ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"),
        ("<div>\n*a*\n</div>", "<p>&lt;div&gt;<br><em>a</em><br>&lt;/div&gt;</p>"),
        ("<!-- a\n\nb -->\nc", "<p>&lt;!-- a</p><p>b --&gt;<br>c</p>"),
    ]);
}

#[test]
fn what_formatting_would_hide_is_shown_as_typed() {
    all_look(&[
        ("***", "<p>***</p>"),
        ("#", "<p>#</p>"),
        (">", "<p>&gt;</p>"),
        ("1.", "<p>1.</p>"),
        ("-\n-", "<p>-<br>-</p>"),
        ("```", "<p>```</p>"),
        ("[a]: b", "<p>[a]: b</p>"),
        ("[a]\n\n[a]: https://x.org", "<p>[a]</p><p>[a]: <a href=\"https://x.org\">https://x.org</a></p>"),
        ("a\n===\n---", "<p>a<br>===<br>---</p>"),
        ("[](a)", "<p>[](a)</p>"),
    ]);
}

#[test]
fn links_are_counted_all_together() {
    let links = "[a](https://x.org) ".repeat(LINKS_MAX - 1) + "https://x.org ";
    assert_eq!(shown(&links).matches("<a ").count(), LINKS_MAX);
    let more = shown(&(links + "[a](https://y.org) https://z.org <https://v.org>"));
    assert_eq!(more.matches("<a ").count(), LINKS_MAX);
    assert!(more.ends_with("[a](https://y.org) https://z.org &lt;https://v.org&gt;</p>"), "{more}");
}

#[test]
fn what_is_deep_becomes_flat() {
    let quotes = look(&(">".repeat(100) + "a"));
    assert_eq!(quotes.matches("<blockquote>").count(), LEVELS_MAX);
    assert!(
        quotes.contains(&format!("<blockquote><p>{}a</p></blockquote>", "&gt;".repeat(100 - LEVELS_MAX)))
    );
    let list: Vec<String> = (0..8).map(|level| "  ".repeat(level) + "- x").collect();
    let list = look(&list.join("\n"));
    assert!(list.contains("<li>x<br>- x<br>  - x</li>"), "{list}");
    let emphasis = look(&("*a _b ".repeat(5) + "c" + &"_*".repeat(5)));
    assert_eq!(emphasis.matches("<em>").count(), EMPHASES_MAX);
    assert!(emphasis.contains("*a _b *a _b") && emphasis.contains("_*_*"), "{emphasis}");
}

#[test]
fn the_laws_hold_for_each_section_of_the_specification_and_for_attacks() {
    for body in samples::SPECIFIED.iter().chain(samples::HOSTILE) {
        check(body);
        check(&format!("> - {body}\n\n{body} [a]({body}) `{body}"));
    }
    for body in pieces::long() {
        check(&body);
    }
}

/// Delimiters and texts in any order; `word` stands for a word of its own.
fn pieces() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(pieces::PIECES), 0..60)
}

/// Puts a word that occurs nowhere else in the place of each `word`.
fn with_words(pieces: &[&str]) -> (String, Vec<String>) {
    let letters = |n: usize| [n / 26, n % 26].map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap()));
    let mut words = Vec::new();
    let (mut body, mut fenced) = (String::new(), false);
    for piece in pieces {
        if *piece != "word" {
            body.push_str(piece);
            fenced = piece.starts_with(['`', '~']) || fenced && !piece.contains('\n');
            continue;
        }
        let word = format!("q{}z", letters(words.len()).iter().collect::<String>());
        body.push_str(&word);
        // On the line of a fence, it may be the language.
        words.push(if fenced { String::new() } else { word });
    }
    (body, words)
}

#[test]
fn code_of_nothing_is_shown_as_it_was_typed() {
    check(&"```\u{200b}".repeat(1_000));
    check("`\u{200b}`");
}

proptest! {
    #[test]
    fn the_laws_hold_for_any_piece_over_and_over(
        pieces in prop::collection::vec(prop::sample::select(pieces::PIECES), 1..4),
    ) {
        let piece = pieces.concat();
        check(&piece.repeat(MESSAGE_MAX / piece.chars().count()));
    }

    #[test]
    fn the_laws_hold_for_any_text(body in "(?s)(.|https?://|[\"'<>&\\n]){0,60}") {
        check(&body);
    }

    #[test]
    fn the_laws_hold_for_any_formatting_and_no_word_vanishes(pieces in pieces()) {
        let (body, words) = with_words(&pieces);
        check(&body);
        let page = read(&shown(&body));
        let attributes = page.root_element().descendent_elements().flat_map(|element| {
            ["href", "title"].into_iter().filter_map(move |name| element.value().attr(name))
        });
        let seen: String = page.root_element().text().chain(attributes).collect();
        for word in words {
            prop_assert!(seen.contains(&word), "{} of {:?}", word, body);
        }
    }
}
