//! What it costs to show a message whose formatting is made to be slow.

use std::time::Duration;

use crate::load::{Client, Process, answers, get, register};

const LENGTH: usize = 4_000;
const ROUND: Duration = Duration::from_millis(500);

/// A page with one message of full length: plain talk, and everything that is known to keep parsers busy.
pub(crate) fn hostile() {
    let plain = page(&"just some words ".repeat(LENGTH / 16));
    println!("a page with one message of {LENGTH} characters: {plain:.2} ms (median) when it is plain talk");
    let mut all: Vec<_> = texts().into_iter().map(|(name, text)| (page(&text), name)).collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (ms, name) in &all {
        println!("  {name:<22} {ms:>6.2} ms, {:.1} times as long", ms / plain);
    }
}

fn texts() -> Vec<(&'static str, String)> {
    let full = |piece: &str| piece.repeat(LENGTH / piece.len());
    let both = |open: &str, close: &str| {
        let count = (LENGTH - 1) / (open.len() + close.len());
        open.repeat(count) + "a" + &close.repeat(count)
    };
    vec![
        ("quotes in quotes", full(">")),
        ("quotes line by line", (0..60).flat_map(|n| ["> ".repeat(n), "a\n".into()]).collect()),
        ("lists in lists", (0..60).flat_map(|n| [" ".repeat(n), "- a\n".into()]).collect()),
        ("empty quotes", full(">>>>>>#\n#\n")),
        ("emphasis in emphasis", both("*", "*")),
        ("emphasis that is open", full("*a **a ")),
        ("marks of two kinds", full("*a_ ")),
        ("brackets in brackets", both("[", "]")),
        ("links that are open", full("[a](")),
        ("images in images", both("![", "](https://x.org)")),
        ("links", full("[a](https://x.org) ")),
        ("addresses", full("https://x.org ")),
        ("no addresses", full("://")),
        ("emphasis in addresses", full("https://x.org/_a_ ")),
        ("backticks", (1..88).flat_map(|n| ["`".repeat(n), " ".into()]).collect()),
        ("tags that are open", full("<a b=\"")),
        ("comments that are open", full("<!--")),
        ("declarations", full("<![CDATA[")),
        ("entities", full("&#38;")),
        ("quotation marks", full("\"")),
        ("escaped marks", full("\\*a ")),
        ("code that is open", full("a ```b\n\n")),
    ]
}

/// The median time in which a page with this message alone is answered, in milliseconds.
fn page(text: &str) -> f64 {
    let snug = Process::snug(&[]);
    let cookie = register(snug.address, "ann");
    let body: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let post = format!(
        "POST /chat HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\nmessage={body}",
        snug.address,
        body.len() + "message=".len()
    );
    Client::new(snug.address, true).ask(post.as_bytes());
    let request = get(snug.address, "/chat", &format!("Cookie: {cookie}\r\n"));
    answers(snug.address, 1, true, ROUND, |_, _| request.clone()).ms(50)
}
