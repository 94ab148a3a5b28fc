//! Style and script without what browsers do not read: comments, indentation, and spaces that part nothing.
//!
//! Names stay as they are. To shorten them needs a parser and its scopes: `oxc_minifier` makes the script 26 KB instead of
//! 31 as brotli, once for each version, and takes 100 packages and 40 s of a processor to build.

/// Characters that begin or end a name, a number or a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@' | b'\\') || !byte.is_ascii()
}

/// Words behind which a slash begins a regular expression.
const BEFORE_EXPRESSION: &[&str] =
    &["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "await", "yield"];

/// The same script. Line ends stay where one may end a statement (ECMA-262, 12.10).
///
/// # Panics
/// Where a slash may be a division as well as a regular expression: behind `)` it divides, and behind `}` nothing may stand.
pub(crate) fn script(source: &str) -> String {
    let bytes = source.as_bytes();
    let (mut small, mut at, mut last) = (String::with_capacity(source.len()), 0, "");
    while at < bytes.len() {
        let gap = end_of_gap(source, at);
        if gap == bytes.len() {
            break;
        }
        let token = &source[gap..end_of_token(source, gap, last)];
        if source[at..gap].contains('\n') && !goes_on(last, token) {
            small.push('\n');
        } else if gap > at && is_parted(last, token) {
            small.push(' ');
        }
        small.push_str(token);
        (at, last) = (gap + token.len(), token);
    }
    small + "\n"
}

/// Offset behind the white space and comments at `at`.
fn end_of_gap(source: &str, mut at: usize) -> usize {
    loop {
        let rest = &source[at..];
        let white = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        at += if white > 0 {
            white
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").expect("a comment ends") + 2
        } else {
            return at;
        };
    }
}

/// Offset behind the token at `at`: a word, a string, a template, a regular expression, or one character of anything else.
fn end_of_token(source: &str, at: usize, last: &str) -> usize {
    let bytes = source.as_bytes();
    match bytes[at] {
        quote @ (b'"' | b'\'') => end_of_string(bytes, at, quote),
        b'`' => end_of_template(source, at),
        b'/' if begins_expression(last) => end_of_regex(bytes, at),
        byte if is_word(byte) => {
            at + bytes[at..].iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len() - at)
        }
        _ => at + 1,
    }
}

fn end_of_string(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    at += 1;
    while bytes[at] != quote {
        assert_ne!(bytes[at], b'\n', "a string ends on its line");
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// What stands in a template stays as it is, with its expressions.
fn end_of_template(source: &str, mut at: usize) -> usize {
    let bytes = source.as_bytes();
    at += 1;
    while bytes[at] != b'`' {
        at = match &bytes[at..] {
            [b'\\', ..] => at + 2,
            [b'$', b'{', ..] => end_of_braces(source, at + 1),
            _ => at + 1,
        };
    }
    at + 1
}

fn end_of_braces(source: &str, mut at: usize) -> usize {
    let (mut depth, mut last) = (0, "");
    loop {
        at = end_of_gap(source, at);
        let token = &source[at..end_of_token(source, at, last)];
        depth += i32::from(token == "{") - i32::from(token == "}");
        (at, last) = (at + token.len(), token);
        if depth == 0 {
            return at;
        }
    }
}

fn begins_expression(last: &str) -> bool {
    assert_ne!(last, "}", "a slash behind a brace may divide, and may not");
    let ends_value = |byte: &u8| is_word(*byte) || b"\"'`)]".contains(byte);
    BEFORE_EXPRESSION.contains(&last) || !(last.as_bytes().last().is_some_and(ends_value) || is_regex(last))
}

fn is_regex(token: &str) -> bool {
    token.len() > 1 && token.starts_with('/')
}

/// With its flags.
fn end_of_regex(bytes: &[u8], mut at: usize) -> usize {
    let mut class = false;
    at += 1;
    while class || bytes[at] != b'/' {
        assert_ne!(bytes[at], b'\n', "a regular expression ends on its line");
        class = match bytes[at] {
            b'[' => true,
            b']' => false,
            _ => class,
        };
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1 + bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// Whether no statement can end between two tokens.
fn goes_on(last: &str, next: &str) -> bool {
    matches!(last, "" | "{" | "(" | "[" | "," | ";" | ":" | "?" | "=" | "&" | "|" | ">")
        || matches!(next, "}" | ")" | "]" | "," | ";" | "." | "?" | ":" | "=" | "&" | "|")
}

/// Whether two tokens on one line would be another without a space: two words, `+ +`, `- -`, `-- >`, `< !--`, `a / /b/`.
fn is_parted(last: &str, next: &str) -> bool {
    let (Some(&left), Some(&right)) = (last.as_bytes().last(), next.as_bytes().first()) else {
        return false;
    };
    let words = (is_word(left) || is_regex(last)) && is_word(right);
    words || matches!((left, right), (b'+', b'+') | (b'-', b'-' | b'>') | (b'<', b'!') | (b'/', b'/'))
}

/// The same style sheet.
pub(crate) fn style(source: &str) -> String {
    let (mut small, mut rest) = (String::with_capacity(source.len()), source);
    // Of selectors, a space is a part; of what stands in braces or parentheses, one may be (`calc(a + b)`).
    while let Some(next) = rest.chars().next() {
        let len = match next {
            '"' | '\'' => end_of_string(rest.as_bytes(), 0, rest.as_bytes()[0]),
            '/' if rest.starts_with("/*") => {
                rest = &rest[rest.find("*/").expect("a comment ends") + 2..];
                continue;
            }
            _ if next.is_ascii_whitespace() => {
                rest = rest.trim_start();
                if !rest.starts_with("/*") && !small.ends_with(['{', '}', ';', ':', ',', '>', ' ']) {
                    small.push(' ');
                }
                continue;
            }
            _ => next.len_utf8(),
        };
        if matches!(next, '{' | '}' | ';' | ',' | '>' | '!') && small.ends_with(' ') {
            small.pop();
        }
        if next == '}' && small.ends_with(';') {
            small.pop();
        }
        small.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    small.trim().to_owned()
}
