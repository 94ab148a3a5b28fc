//! Parts of formatting, for texts in great number and of full length.

/// Marks of every kind. The words are more than one, so that there is something between the marks.
pub(crate) const PIECES: &[&str] = &[
    "word", "word", "word", "word", " ", " ", "\n", "\n", "\n\n", "  \n", "\\\n", "\t", "    ", "  ", "*",
    "*", "**", "_", "__", "***", "`", "``", "```", "~~~", "> ", ">", "- ", "-", "+ ", "* ", "1. ", "2) ",
    "0. ", "123456789. ", "# ", "#", "######", "===", "---", "***\n", "[", "]", "](", ")", "(", "![",
    "[word](https://x.org/word)", "[word](javascript:word)", "[word](<a b> \"word\")", "](https://x.org)",
    "]: ", "[word]: https://x.org\n", "<https://x.org/word>", "<", ">", "<b>", "</b>", "<div>", "</div>\n",
    "<!--", "-->", "<?", "?>", "<![CDATA[", "]]>", "<!A", "<script>", "</script>", "<pre>", "<a href=\"",
    "\"", "'", "&", "&amp;", "&lt;", "&#106;", "&#x0a;", "&#8238;", "&nbsp;", "\\", "\\*", "\\[",
    "https://x.org/", "http://x.org/_word_", "javascript:", "a@b.org", ":", "!", "|", "é", "🙂", "\u{301}",
    "\u{200b}", "مرحبا",
];

/// Inputs of full length that have kept parsers busy or made pages deep.
pub(crate) fn long() -> Vec<String> {
    let pieces = [
        ">", "> ", "- ", "1. ", "* ", "+ > ", ">-", ">1)", "*", "**", "_", "*a ", "*a **a ", "a**b", "c* ",
        "*a_ ", "[", "]", "![", "[a](", "[a](b", "![[]()", "](", "[](", "[a][b]", "`", "`a``b```c````d", "<",
        "<!", "<?", "<!--", "<a ", "<a b=\"", "<![CDATA[", "</", "<a:", "\\", "&", "&#", "&#38;", "\"",
        "http://", "https://x.org ", "https://x.org/_", "://", "http://[", "[a](https://x.org)",
        "<https://x.org>", "a\n", "#\n", "-\n", ">#\n-\n", ">>>>>>#\n#\n", "-\n+\n", "***\n", "```\n",
        "~~~a\n", "> a\n\n", "a ```b\n\n", "*▽", "\\*a", "[a](https://(", "~~a ", "- a\n\n", "1)\n1.\n",
        "a\n=\n", "\t", "    a\n", "🙂", "a\u{301}",
    ];
    let full = |piece: &str| piece.repeat(4_000 / piece.chars().count());
    let mut all: Vec<String> = pieces.into_iter().map(full).collect();
    let both = |open: &str, close: &str, count: usize| open.repeat(count) + "a" + &close.repeat(count);
    all.extend([
        both("*", "*", 1_999),
        both("[", "](https://x.org)", 200),
        both("![", "](https://x.org)", 200),
        both("*_", "_*", 999),
        both("**a ", " b**", 400),
        both("[", "]", 1_999),
        both("(", ")", 1_999),
        format!("[a]({}", "(".repeat(3_996)),
        format!("[a](<{}", "b ".repeat(1_998)),
        (1..89).map(|n| "`".repeat(n)).collect::<Vec<_>>().join(" "),
        (0..60).map(|n| "> ".repeat(n) + "a\n").collect(),
        (0..60).map(|n| " ".repeat(n) + "- a\n").collect(),
        (0..250).map(|n| format!("[{n}]: https://x")).collect::<Vec<_>>().join("\n"),
        format!("[a]: {}\n{}", "b".repeat(1_000), "[a] ".repeat(700)),
        "*a `b` [c](https://x.org) <d> &amp; https://y.org_e_ ".repeat(75),
        format!("a{}", "\n> b".repeat(999)),
    ]);
    all
}
