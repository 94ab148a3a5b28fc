use proptest::prelude::*;

use super::*;

pub(crate) mod pieces;
pub(crate) mod samples;
pub(crate) mod talk;

/// A message's pieces in short: `(` and `)` around what stands in an element, `/` for the end of a line.
fn shape(text: &str) -> String {
    let name = |element: &Element| match element {
        Element::Paragraph => "p".into(),
        Element::Heading => "heading".into(),
        Element::Quote => "quote".into(),
        Element::Bullets => "list".into(),
        Element::Numbers { first, bracket } => format!("list{first}{}", if *bracket { ")" } else { "." }),
        Element::Item { number } => number.map_or("item".into(), |number| format!("item{number}")),
        Element::Fence => "fence".into(),
        Element::Language => "language".into(),
        Element::Code => "code".into(),
        Element::Emphasis => "em".into(),
        Element::Strong => "strong".into(),
        Element::Struck => "struck".into(),
        Element::Link(to) => format!("link<{to}>"),
    };
    let pieces = Document::parse(text).pieces.into_iter().map(|piece| match piece {
        Piece::Open(element) => format!("{}⟨", name(&element)),
        Piece::Close => "⟩".into(),
        Piece::Text(range) => text[range].to_owned(),
        Piece::Break(_) => "⏎".into(),
        Piece::Rule(_) => "rule".into(),
        Piece::Delimiter(_) => String::new(),
    });
    pieces.collect()
}

/// Each text has the shape beside it.
#[track_caller]
fn all_are(examples: &[(&str, &str)]) {
    for (text, expected) in examples {
        assert_eq!(shape(text), *expected, "{text:?}");
    }
}

/// Each of these lines is shown as it was typed.
#[track_caller]
fn all_stay(texts: &[&str]) {
    for text in texts {
        assert_eq!(shape(text), format!("p⟨{}⟩", text.replace('\n', "⏎")), "{text:?}");
    }
}

#[test]
fn enter_is_a_new_line() {
    all_are(&[
        ("a\nb", "p⟨a⏎b⟩"),
        ("a\n\nb", "p⟨a⟩p⟨b⟩"),
        ("a\n\n \n\nb", "p⟨a⟩p⟨⏎⏎⟩p⟨b⟩"),
        ("  a\n    b  \nc", "p⟨  a⏎    b  ⏎c⟩"),
        ("> ann: shall we meet at 5?\nNo way!", "quote⟨p⟨ann: shall we meet at 5?⟩⟩p⟨No way!⟩"),
        ("> a\n> b\n>\n> c\n\n> d", "quote⟨p⟨a⏎b⟩p⟨c⟩⟩quote⟨p⟨d⟩⟩"),
        ("a\n> b\n>> c\n> d", "p⟨a⟩quote⟨p⟨b⟩quote⟨p⟨c⟩⟩p⟨d⟩⟩"),
        ("- a\nb", "list⟨item⟨a⟩⟩p⟨b⟩"),
        ("> - a\n> b\nc", "quote⟨list⟨item⟨a⟩⟩p⟨b⟩⟩p⟨c⟩"),
        ("a\n---\nb\n===", "p⟨a⏎---⏎b⏎===⟩"),
        ("a\n\n---\n\nb\n\n* * *\n\nc", "p⟨a⟩rulep⟨b⟩rulep⟨c⟩"),
        ("---\na: b\n---", "p⟨---⏎a: b⏎---⟩"),
        (">_< >.<\n>:( >w<", "p⟨>_< >.<⏎>:( >w<⟩"),
    ]);
}

#[test]
fn lists_are_as_they_were_numbered() {
    all_are(&[
        ("9. nine\n  - sub", "list9.⟨item⟨ninelist⟨item⟨sub⟩⟩⟩⟩"),
        ("- a\n  b\n\n  c\n- d", "list⟨item⟨a⏎bp⟨c⟩⟩item⟨d⟩⟩"),
        ("- a\n\n\n- b", "list⟨item⟨a⟩⟩p⟨⏎⟩list⟨item⟨b⟩⟩"),
        ("1. a\n1. b\n3. c\n4. d", "list1.⟨item⟨a⟩item1⟨b⟩item3⟨c⟩item⟨d⟩⟩"),
        ("7) a\n8) b\n9. c", "list7)⟨item⟨a⟩item⟨b⟩⟩list9.⟨item⟨c⟩⟩"),
        ("* a\n* b\n+ c", "list⟨item⟨a⟩item⟨b⟩⟩list⟨item⟨c⟩⟩"),
        ("in\n1986. That was\n- x", "p⟨in⏎1986. That was⟩list⟨item⟨x⟩⟩"),
        ("- a\n - b\n  - c\n    - d", "list⟨item⟨a⟩item⟨blist⟨item⟨clist⟨item⟨d⟩⟩⟩⟩⟩⟩"),
        ("- > a\n  > b\n- # c", "list⟨item⟨quote⟨p⟨a⏎b⟩⟩⟩item⟨heading⟨c⟩⟩⟩"),
        ("- [ ] a\n- [x] b", "list⟨item⟨[ ] a⟩item⟨[x] b⟩⟩"),
    ]);
    all_stay(&["-a\n+1\n*x", "- \n-\n1.\n2) ", "007. a\n1234567890. b\n-1. c", "(1) a\n1.) b"]);
}

#[test]
fn fences_end_where_they_are_closed() {
    all_are(&[
        ("```\ndo this\nfrustration```\nand then?", "fence⟨do this⏎frustration⟩p⟨and then?⟩"),
        ("~~~\na ~~~\nb", "fence⟨a ⟩p⟨b⟩"),
        ("```\na\n``` and then?\n```js\nb\n```", "fence⟨a⟩p⟨and then?⟩fence⟨language⟨js⟩⏎b⟩"),
        ("look: ```\na\nb\n```\nc", "p⟨look:⟩fence⟨a⏎b⟩p⟨c⟩"),
        ("看这个：```\na\n```\nso ```rust\nb```", "p⟨看这个：⟩fence⟨a⟩p⟨so⟩fence⟨language⟨rust⟩⏎b⟩"),
        ("```rust \na\n```", "fence⟨language⟨rust ⟩⏎a⟩"),
        ("````\na```\n```\n````", "fence⟨a```⏎```⟩"),
        ("```cargo build\nx\n```", "fence⟨cargo build⏎x⟩"),
        ("```hello\nworld\n```", "fence⟨language⟨hello⟩⏎world⟩"),
        ("```\na\n\n\n  b", "fence⟨a⏎⏎⏎  b⟩"),
        ("  ```\n    a\n  b\n  ```", "fence⟨  a⏎b⟩"),
        ("- ```\n  a\n\n\n  b\n  ```\n- c", "list⟨item⟨fence⟨a⏎⏎⏎b⟩⟩item⟨c⟩⟩"),
        ("- a\n  ~~~\n  b\n\n\n  ~~~\n\n  c\n\n\n  d", "list⟨item⟨afence⟨b⏎⏎⟩p⟨c⟩⟩⟩p⟨⏎⟩p⟨  d⟩"),
        ("- ```\n  a\n  ```\n- b", "list⟨item⟨fence⟨a⟩⟩item⟨b⟩⟩"),
        ("> ```\n> a\nb", "quote⟨fence⟨a⟩⟩p⟨b⟩"),
        ("```a```", "p⟨code⟨a⟩⟩"),
        ("a\n\n    b\n\tc", "p⟨a⟩p⟨    b⏎\tc⟩"),
    ]);
    all_stay(&["```", "```\n```", "```\n\n```", "~~~\n~~~", "a ```", "~~~ hello ~~~"]);
}

#[test]
fn a_delimiter_between_letters_digits_or_punctuation_formats_nothing() {
    all_stay(&[
        "src/__init__.py",
        "__init__.py and __init__()",
        "2**3 = 8, 3**2 = 9",
        "5*6*7",
        "snake_case_name _private_var",
        "f(*args, **kwargs)",
        "rm *.o *.txt, **/*.rs, src/*/*.c",
        "*.*",
        "/* a */ /*b*/",
        "¯\\_(ツ)_/¯",
        "(*^_^*) (*_*) *_* ^_^ -_- >_< T_T (*ﾟ▽ﾟ*) (*´▽`*)",
        "(´・ω・`) and (´・ω・`)",
        "(´▽`*) and （´ー`）┌ and (◕_◕) (◕_◕)",
        "☆*:.｡. o(≧▽≦)o .｡.:*☆",
        "*:･ﾟ✧*:･ﾟ✧ hello ✧ﾟ･: *✧ﾟ･:*",
        "_(ツ)_ _(:3」∠)_ *(^o^)* *(o_o)* *\\(^o^)/*",
        "'*' and '*'",
        "__class__.__name__ *2*3* _snake_case_",
        "**bold**,x **3**/5",
        "２*３*４",
        "a**b**c *d*e f*g",
        "**** you ****, f***ing",
        "**a*",
        "*a**",
        "a * b * c",
        "~5 ~6, ~~~a~~~",
        "报告_2024_最终.pdf",
        "*/5 * * * *",
        "https:// :// http://",
    ]);
}

#[test]
fn emphasis_stands_where_people_expect_it() {
    all_are(&[
        ("*a* _b_ **c** __d__ ~~e~~", "p⟨em⟨a⟩ em⟨b⟩ strong⟨c⟩ strong⟨d⟩ struck⟨e⟩⟩"),
        ("***a*** **_b_** *a **b** c*", "p⟨em⟨strong⟨a⟩⟩ strong⟨em⟨b⟩⟩ em⟨a strong⟨b⟩ c⟩⟩"),
        (
            "(*a*) \"**b**\", *c*: _d_! **e**… “*f*”",
            "p⟨(em⟨a⟩) \"strong⟨b⟩\", em⟨c⟩: em⟨d⟩! strong⟨e⟩… “em⟨f⟩”⟩",
        ),
        (
            "**yes**/**no** *a*-*b* (**c**)/(**d**), **k**=**v**",
            "p⟨strong⟨yes⟩/strong⟨no⟩ em⟨a⟩-em⟨b⟩ (strong⟨c⟩)/(strong⟨d⟩), strong⟨k⟩=strong⟨v⟩⟩",
        ),
        ("l'**eau** d’*une* rock'**n**'roll", "p⟨l'strong⟨eau⟩ d’em⟨une⟩ rock'strong⟨n⟩'roll⟩"),
        ("**Ann**'s **Bob**’s", "p⟨strong⟨Ann⟩'s strong⟨Bob⟩’s⟩"),
        ("*a\nb*", "p⟨em⟨a⏎b⟩⟩"),
        ("**Note:** *really?* **“x”** *(y)*", "p⟨strong⟨Note:⟩ em⟨really?⟩ strong⟨“x”⟩ em⟨(y)⟩⟩"),
        ("`a`/`b` (`c`) x=`d`", "p⟨code⟨a⟩/code⟨b⟩ (code⟨c⟩) x=code⟨d⟩⟩"),
        ("*a*—b ✅**c**✅", "p⟨em⟨a⟩—b ✅strong⟨c⟩✅⟩"),
        ("snake_case and _so_", "p⟨snake_case and em⟨so⟩⟩"),
        ("*`a`* **[b](https://x.org)**", "p⟨em⟨code⟨a⟩⟩ strong⟨link<https://x.org>⟨b⟩⟩⟩"),
        (
            "[*a*](https://x.org) *b [c* d](https://x.org)",
            "p⟨link<https://x.org>⟨em⟨a⟩⟩ *b link<https://x.org>⟨c* d⟩⟩",
        ),
    ]);
}

#[test]
fn scripts_without_spaces_have_emphasis_between_words() {
    all_are(&[
        ("**注意：**正文", "p⟨strong⟨注意：⟩正文⟩"),
        ("这是**重点**内容", "p⟨这是strong⟨重点⟩内容⟩"),
        ("他说**“你好”**。", "p⟨他说strong⟨“你好”⟩。⟩"),
        ("これは**「重要」**です。*ね*！", "p⟨これはstrong⟨「重要」⟩です。em⟨ね⟩！⟩"),
        ("**강조**는 *한국어*로", "p⟨strong⟨강조⟩는 em⟨한국어⟩로⟩"),
        ("นี่คือ**สำคัญ**มาก", "p⟨นี่คือstrong⟨สำคัญ⟩มาก⟩"),
        ("iPhone**很贵**iPhone, **注意：**see", "p⟨iPhonestrong⟨很贵⟩iPhone, strong⟨注意：⟩see⟩"),
        ("旧~~价格~~新", "p⟨旧struck⟨价格⟩新⟩"),
        ("**テスト(a)**は", "p⟨strong⟨テスト(a)⟩は⟩"),
        ("**مهم**، *שלום*, **ध्यान**।", "p⟨strong⟨مهم⟩، em⟨שלום⟩, strong⟨ध्यान⟩।⟩"),
    ]);
}

#[test]
fn a_backslash_vanishes_only_where_it_prevented_a_format() {
    all_are(&[
        ("\\*a\\* \\`b\\` \\[c](https://x.org)", "p⟨*a* `b` [c](link<https://x.org>⟨https://x.org⟩)⟩"),
        ("\\**a**", "p⟨**a**⟩"),
        ("\\# a\n\\> b\n\\- c\n1\\. d", "p⟨# a⏎> b⏎- c⏎1. d⟩"),
        ("*a\\* b*", "p⟨em⟨a* b⟩⟩"),
        ("[a\\](https://x.org)", "p⟨[a](link<https://x.org>⟨https://x.org⟩)⟩"),
        ("\\<https://x.org>", "p⟨<link<https://x.org>⟨https://x.org⟩>⟩"),
        ("\\!\\[a](https://x.org)", "p⟨![a](link<https://x.org>⟨https://x.org⟩)⟩"),
        ("`a\\`b", "p⟨code⟨a\\⟩b⟩"),
    ]);
    all_stay(&[
        "C:\\*a* \\\\*b*",
        "C:\\*.* \\\\server\\x \\d+\\.\\* \\_ \\( \\) \\n a\\",
        "\\a \\1. \\\\ \\\\\\",
        "a\\\nb",
        "\\#a\n\\>_<\n14\\) b",
        "\\frac{1}{2} \\[x\\] \\(y\\)",
    ]);
}

#[test]
fn links_lead_to_the_web_and_hold_no_other() {
    all_are(&[
        ("[a](https://x.org/(b)c) d", "p⟨link<https://x.org/(b)c>⟨a⟩ d⟩"),
        ("![a](HTTP://x.org)", "p⟨link<HTTP://x.org>⟨a⟩⟩"),
        ("<https://x.org/?a&b>", "p⟨link<https://x.org/?a&b>⟨https://x.org/?a&b⟩⟩"),
        ("[a [b] c](https://x.org)", "p⟨link<https://x.org>⟨a [b] c⟩⟩"),
        ("[https://y.org](https://x.org)", "p⟨link<https://x.org>⟨https://y.org⟩⟩"),
        (
            "https://x.org/_a_/__init__.py?b=*c*d.",
            "p⟨link<https://x.org/_a_/__init__.py?b=*c*d>⟨https://x.org/_a_/__init__.py?b=*c*d⟩.⟩",
        ),
        ("**https://x.org**", "p⟨strong⟨link<https://x.org>⟨https://x.org⟩⟩⟩"),
        ("https://x.org/a_", "p⟨link<https://x.org/a_>⟨https://x.org/a_⟩⟩"),
        ("[a `](https://x.org)`", "p⟨[a code⟨](https://x.org)⟩⟩"),
    ]);
    all_stay(&[
        "[a](b) [](c) [d][e] [f]: g [^1]", "[a](javascript:b) <javascript:c> <a@b>",
        "&copy; &#8238; <b>c</b> :shrug:",
    ]);
}

#[test]
fn prose_is_what_its_author_says() {
    let text = "a **b** `c` https://x.org d\n> e\n\n```f\ng\n```\n- h [i](https://x.org) \\*j\\*";
    let prose: Vec<&str> = Document::parse(text).prose().map(|range| &text[range]).collect();
    assert_eq!(prose, ["a ", "b", " ", " ", " d", "h ", " ", "*j", "*"]);
}

/// True where this may have formatted: there is no letter in it but where a link leads.
fn is_delimiter(text: &str) -> bool {
    !text.contains(|c: char| c.is_alphabetic()) || text.starts_with("](http")
}

/// Every byte stands in one piece, what was opened is closed, and no word is a delimiter.
fn check(text: &str) {
    let document = Document::parse(text);
    let (mut at, mut open) = (0, 0_usize);
    let mut deepest = 0;
    for piece in document.pieces() {
        let range = match piece {
            Piece::Open(_) => {
                open += 1;
                deepest = deepest.max(open);
                continue;
            }
            Piece::Close => {
                open = open.checked_sub(1).expect("what closes was opened");
                continue;
            }
            Piece::Text(range) | Piece::Break(range) | Piece::Rule(range) | Piece::Delimiter(range) => range,
        };
        assert!(range.start == at && range.end > at, "{range:?} of {text:?}");
        at = range.end;
        let bytes = &text[range.clone()];
        match piece {
            Piece::Break(_) => assert_eq!(bytes, "\n"),
            Piece::Text(_) => assert!(!bytes.contains('\n'), "{text:?}"),
            Piece::Delimiter(_) => assert!(is_delimiter(bytes), "{bytes:?} of {text:?}"),
            _ => {}
        }
    }
    assert_eq!((at, open), (text.len(), 0), "{text:?}");
    assert!(deepest <= 2 * LEVELS_MAX + EMPHASES_MAX + 3, "{text:?}");
}

#[test]
fn nothing_vanishes_from_the_samples() {
    for text in samples::SPECIFIED.iter().chain(samples::HOSTILE) {
        check(text);
        check(&format!("> - {text}\n\n{text} [a]({text}) `{text}"));
    }
    for text in pieces::long() {
        check(&text);
    }
}

proptest! {
    #[test]
    fn nothing_vanishes_from_any_text(text in "(?s)(.|https?://x|[\\\\\"'<>()!*_~`#.\\[\\]\\- \\n]){0,60}") {
        check(&text);
    }

    #[test]
    fn nothing_vanishes_from_any_formatting(
        pieces in prop::collection::vec(prop::sample::select(pieces::PIECES), 0..60),
    ) {
        check(&pieces.concat());
    }
}
