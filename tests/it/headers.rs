//! What every answer says to the browser about itself.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::house::{Answer, House, PASSWORD};
use crate::page::between;

/// One answer of every kind.
fn answers() -> Vec<Answer> {
    let house = House::with(|settings| settings.sign_in_rate = 1);
    let (mut visitor, mut ann) = (house.visitor(), house.member("ann"));
    ann.say("https://example.org/ and \"more\"");
    let mut forged = ann.clone().with_header("Sec-Fetch-Site", "cross-site");
    vec![
        visitor.get("/"),
        visitor.get("/login?next=/chat"),
        visitor.get("/register"),
        visitor.get("/chat"),
        visitor.get("/healthz"),
        visitor.get("/nothing"),
        visitor.send("PUT", "/chat", "", b""),
        visitor.clone().json().get("/chat"),
        visitor.login("ann", "wrong"),
        visitor.login("ann", "wrong"),
        visitor.register("ANN", PASSWORD),
        visitor.register("", ""),
        visitor.say("unsent"),
        ann.get("/chat"),
        ann.clone().json().get("/chat"),
        ann.say("hello"),
        ann.say(" "),
        ann.get("/logout"),
        ann.post_body("/chat", "text/plain", b"x"),
        forged.say("forged"),
        ann.post("/logout", &[]),
    ]
}

#[test]
fn every_answer_says_how_it_may_be_used() {
    for answer in answers() {
        let only = |name: &str| {
            let values = answer.headers(name);
            assert_eq!(values.len(), 1, "{name} in {}", answer.head);
            values[0].to_owned()
        };
        assert_eq!(only("X-Content-Type-Options"), "nosniff");
        assert_eq!(only("Referrer-Policy"), "same-origin");
        assert_eq!(only("Cache-Control"), "no-store");
        assert!(only("Content-Type").contains(['/']));
        let policy = only("Content-Security-Policy");
        let parts: Vec<&str> = policy.split(';').map(str::trim).collect();
        for part in ["default-src 'none'", "frame-ancestors 'self'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(parts.contains(&part), "{part} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!policy.contains("http"), "nobody else's sources: {policy}");
        assert!(answer.headers("access-control-allow-origin").is_empty());
    }
}

#[test]
fn the_policy_names_our_style_and_our_script_by_what_they_are() {
    let (mut styles, mut scripts) = (0, 0);
    for answer in answers() {
        let policy = answer.header("Content-Security-Policy");
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            let end = format!("</{tag}>");
            for rest in answer.body.split(&format!("<{tag}>")).skip(1) {
                let (asset, _) = rest.split_once(&end).unwrap();
                let hash = Base64::encode_string(&Sha256::digest(asset));
                let allowed = between(policy, directive, ";");
                assert!(allowed.contains(&format!("'sha256-{hash}'")), "<{tag}> is not allowed by {policy}");
                *(if tag == "style" { &mut styles } else { &mut scripts }) += 1;
            }
            // No other way in: no attributes, no sources.
            assert!(!answer.body.contains(&format!("<{tag} ")));
        }
    }
    assert!(styles >= 10 && scripts >= 2, "{styles} and {scripts} seen");
}

#[test]
fn no_page_has_styles_or_scripts_in_its_tags() {
    for answer in answers() {
        let assets = |text: &str, tag: &str| -> String {
            let (start, end) = (format!("<{tag}>"), format!("</{tag}>"));
            let mut pieces = text.split(&start);
            let first = pieces.next().unwrap().to_owned();
            pieces.fold(first, |kept, piece| kept + piece.split_once(&end).map_or("", |(_, rest)| rest))
        };
        let markup = assets(&assets(&answer.body, "style"), "script");
        for tag in markup.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let attributes = tag.split(' ').skip(1).map(str::to_ascii_lowercase);
            for attribute in attributes {
                assert!(!attribute.starts_with("style="), "<{tag}>");
                assert!(!attribute.starts_with("on"), "<{tag}>");
                assert!(!attribute.contains("javascript:"), "<{tag}>");
            }
            assert!(!tag.starts_with("object"));
            // One page, one request: nothing is fetched from anywhere, but our own frames where
            // scripts do not run.
            if tag.starts_with("iframe") {
                let ours = [" src=\"/chat/live?seen=", " src=\"/chat/compose\""];
                assert!(ours.iter().any(|src| tag.contains(src)), "<{tag}>");
            }
            assert_eq!(tag.contains(" src="), tag.starts_with("iframe"), "<{tag}>");
        }
        let scripted = markup
            .split("<noscript>")
            .map(|rest| rest.split_once("</noscript>").map_or(rest, |(_, rest)| rest));
        assert!(scripted.into_iter().all(|rest| !rest.contains("<iframe")), "{markup}");
    }
}
