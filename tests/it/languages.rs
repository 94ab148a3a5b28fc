//! Every page in the language of its reader, and nothing in another.

use scraper::{ElementRef, Html, Node, Selector};

use crate::prelude::*;

/// What is Latin in every language: names, addresses, keys, and what programs are called.
const ANYWHERE: &[&str] = &[
    "snug", "Ann", "Bob", "Eve", "Books", "curl", "Asia", "Kolkata", "Europe", "Berlin", "HTML", "JSON",
    "Ctrl", "Enter", "Shift", "https", "http",
];

#[test]
fn a_reader_of_hindi_meets_no_english() {
    let mut met = Vec::new();
    for page in pages("hi") {
        for text in sentences(&page, "hi") {
            let english: Vec<_> = words(&text).filter(|word| word.len() > 3).collect();
            if !english.is_empty() {
                met.push(format!("{english:?} in {text:?}"));
            }
        }
    }
    assert!(met.is_empty(), "{}", met.join("\n"));
}

#[test]
fn a_reader_of_german_meets_no_english() {
    let english: HashSet<String> = pages("en").iter().flat_map(|page| sentences(page, "en")).collect();
    let german = pages("de");
    let met = german.iter().flat_map(|page| sentences(page, "de"));
    let same: Vec<_> = met.filter(|text| words(text).count() > 1 && english.contains(text)).collect();
    assert!(same.is_empty(), "{}", same.join("\n"));
}

/// The Latin words of a text, without those of every language, what stands for what scripts put in, and what is isolated:
/// names, and codes of random letters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split(['{', '\u{2068}']).enumerate().map(|(at, part)| {
        if at == 0 { part } else { part.split_once(['}', '\u{2069}']).map_or(part, |(_, rest)| rest) }
    });
    let words = outside.flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
    words.filter(|word| word.len() > 1 && !ANYWHERE.contains(word))
}

/// The pages of a chat, as they are shown to its owner and to strangers.
fn pages(language: &str) -> Vec<Response> {
    let server = Server::open();
    let client = |client: Client| client.with_header("Accept-Language", language);
    let mut stranger = client(server.visitor());
    let mut ann = client(server.member("Ann"));
    let mut bob = server.member("Bob");
    bob.say("नमस्ते");
    ann.post("/rooms", &[("name", "Books"), ("topic", ""), ("open", "yes")]);
    let message = ann.clone().json().say("१२").value()["id"].to_string();
    // A conversation whose other side was removed.
    bob.post("/people/Ann", &[("message", "१")]);
    let mut eve = server.member("Eve");
    eve.post("/people/Ann", &[("message", "१")]);
    ann.post("/people/Eve/remove", &[("sure", "yes")]);
    let refused = ["/nothing", "/rooms/999", "/people/nobody"].map(|path| ann.get(path));
    let strange = ["/", "/login", "/register", "/logout", "/reset?token=x"].map(|path| stranger.get(path));
    let mut pages: Vec<Response> = refused.into_iter().chain(strange).collect();
    pages.push(stranger.login("Ann", "wrong"));
    pages.push(stranger.register("Ann", PASSWORD));
    pages.push(stranger.register("a b", PASSWORD));
    pages.push(ann.say(" "));
    for path in [
        "/chat", "/chat/compose", "/rooms", "/people", "/people/Bob", "/people/Bob/about", "/people/Eve",
        "/people/Ann", "/activity", "/chat/notifications", "/shortcuts", "/switch", "/sidebar",
        "/owner/removed", "/me", "/owner", "/search", "/search?q=1", "/search?q=zzz",
        "/me/messages?format=html",
    ] {
        pages.push(ann.get(path));
    }
    pages.push(ann.get(&format!("/messages/{message}/about")));
    // A reply, the composer of another, and one that quotes nothing any more.
    ann.post("/chat", &[("message", "१३"), ("reply_to", &message)]);
    pages.push(ann.get(&format!("/chat?reply={message}")));
    ann.post(&format!("/messages/{message}/remove"), &[("sure", "yes")]);
    pages.push(ann.get("/chat"));
    pages.push(ann.post("/chat", &[("message", "१४"), ("reply_to", &message)]));
    pages
}

/// What a person reads or hears of a page, and what scripts say on it.
fn sentences(page: &Response, language: &str) -> Vec<String> {
    let document = Html::parse_document(&page.body);
    let root = document.root_element();
    // What is only part of a page says nothing of its language.
    if page.body.starts_with("<!DOCTYPE") {
        assert_eq!(root.attr("lang"), Some(language), "{}", page.body);
    }
    let mut sentences = texts(root);
    for element in document.select(&Selector::parse("#texts").unwrap()) {
        strings(&serde_json::from_str(&element.text().collect::<String>()).unwrap(), &mut sentences);
    }
    sentences
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// What a person reads or hears of a page; not the lists of zones and languages, and what is to be typed elsewhere.
fn texts(root: ElementRef) -> Vec<String> {
    let mut texts = Vec::new();
    for node in root.descendants() {
        match node.value() {
            Node::Text(text) => {
                let outside = node.ancestors().filter_map(ElementRef::wrap).all(|element| {
                    !matches!(
                        element.value().name(),
                        "script" | "style" | "noscript" | "datalist" | "select" | "code"
                    )
                });
                if outside {
                    texts.push(text.trim().to_owned());
                }
            }
            Node::Element(element) => {
                for name in ["aria-label", "title", "placeholder", "alt", "aria-description"] {
                    texts.extend(element.attr(name).map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    texts
}
