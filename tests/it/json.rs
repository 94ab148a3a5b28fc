//! The room for programs.

use chrono::DateTime;

use crate::prelude::*;

fn is_json(answer: &Response) -> bool {
    answer.header("content-type").starts_with("application/json")
}

#[test]
fn programs_read_the_room_oldest_first() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let empty = ann.clone().json().get("/chat").value();
    assert_eq!(empty["messages"], json!([]));
    assert!(empty["seq"].is_u64(), "what to ask after");
    ann.say("one");
    bob.say("two\n\"three\"");
    let answer = ann.json().get("/chat").expect(200);
    assert!(is_json(&answer));
    let room = answer.value();
    let messages = room["messages"].as_array().unwrap();
    let seen: Vec<_> =
        messages.iter().map(|message| (message["author"].as_str(), message["text"].as_str())).collect();
    assert_eq!(seen, [(Some("ann"), Some("one")), (Some("bob"), Some("two\n\"three\""))]);
    for message in messages {
        let fields = message.as_object().unwrap();
        assert_eq!(fields.len(), 6, "{message}");
        assert!(message["id"].is_u64(), "{message}");
        assert!(message["version"].is_string(), "{message}");
        assert_eq!(message["room"], 0, "the shared room");
        let at = message["at"].as_str().unwrap();
        assert!(at.ends_with('Z'), "{at}");
        assert!(DateTime::parse_from_rfc3339(at).is_ok(), "{at}");
    }
    assert!(messages[0]["id"].as_u64() < messages[1]["id"].as_u64());
    assert!(messages[0]["at"].as_str() <= messages[1]["at"].as_str());
}

#[test]
fn programs_page_back_to_the_first_message() {
    let server = Server::open();
    let mut program = server.member("ann").json();
    let said: Vec<String> = (0..120).map(|n| n.to_string()).collect();
    let mut ids = Vec::new();
    for text in &said {
        let answer = program.say(text).expect(201);
        ids.push(answer.value()["id"].as_u64().unwrap());
    }
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    let seen: Vec<_> = program
        .all_messages()
        .iter()
        .map(|message| {
            let text = message["text"].as_str().unwrap().to_owned();
            (message["id"].as_u64().unwrap(), text)
        })
        .collect();
    assert_eq!(seen, ids.into_iter().zip(said).collect::<Vec<_>>());
}

#[test]
fn a_posted_message_is_answered_with_its_id() {
    let server = Server::open();
    let mut program = server.member("ann").json();
    let answer = program.say("hello").expect(201);
    assert!(is_json(&answer));
    let id = answer.value()["id"].clone();
    assert_eq!(answer.value(), json!({ "id": id }));
    let room = program.get("/chat").value();
    assert_eq!(room["messages"][0]["id"], id);
}

#[test]
fn programs_are_told_what_is_wrong_in_their_own_language() {
    let server = Server::with(|settings| settings.sign_in_rate = 1);
    let mut ann = server.member("ann").json();
    let mut stranger = server.visitor().json();
    let long = "x".repeat(4_001);
    ann.post("/chat", &[("message", "x"), ("nonce", "n")]);
    let foreign = ann.clone().with_header("Sec-Fetch-Site", "cross-site");
    let form = "application/x-www-form-urlencoded";
    let answers = [
        (401, "signed_out", stranger.get("/chat")),
        (401, "signed_out", stranger.say("hello")),
        (404, "not_found", stranger.get("/nothing")),
        (405, "method", stranger.send("DELETE", "/chat", "", b"")),
        (422, "blank_message", ann.say(" ")),
        (422, "long_message", ann.say(&long)),
        (422, "invalid_nonce", ann.post("/chat", &[("message", "x"), ("nonce", "*")])),
        (409, "nonce_reused", ann.post("/chat", &[("message", "y"), ("nonce", "n")])),
        (400, "bad_request", ann.get("/chat?before=x")),
        (400, "bad_request", ann.post_body("/chat", form, b"%")),
        (415, "content_type", ann.post_body("/chat", "application/json", b"{}")),
        (403, "foreign_origin", foreign.clone().say("hello")),
        (409, "name_taken", stranger.register("ANN", "long enough")),
        (422, "invalid_name", stranger.register("", "long enough")),
        (422, "invalid_password", stranger.register("bob", "short")),
        (401, "wrong_password", stranger.login("ann", "wrong")),
        (429, "too_many_attempts", stranger.login("ann", "wrong")),
    ];
    for (status, error, answer) in answers {
        assert_eq!(answer.status, status, "{error}: {}", answer.body);
        assert!(is_json(&answer), "{error}: {}", answer.head);
        let value = answer.value();
        assert_eq!(value["error"], error);
        assert!(value["detail"].as_str().is_some_and(|text| text.len() > 10));
        assert_eq!(value.as_object().unwrap().len(), 2, "{value}");
    }
    assert_eq!(ann.texts(), ["x"]);
}

#[test]
fn json_is_for_those_who_ask_for_it() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (accept, json) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/json, text/plain, */*", true),
        (browser, false),
        ("text/html, application/json", false),
        ("*/*", false),
        ("", false),
        ("application/json-patch+json", false),
    ] {
        let mut client = ann.clone().with_header("Accept", accept);
        assert_eq!(is_json(&client.get("/chat")), json, "{accept}");
        assert_eq!(is_json(&client.get("/nothing")), json, "{accept}");
    }
    assert!(!is_json(&ann.clone().get("/chat")), "no Accept at all");
}
