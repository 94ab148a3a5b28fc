//! Messages that are sent again.

use super::*;

fn sends(who: &Client, text: &str, nonce: &str) -> Response {
    who.clone().json().post("/chat", &[("message", text), ("nonce", nonce)])
}

#[test]
fn what_is_sent_again_after_it_was_edited_is_asked_about() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = sends(&ann, "hello", "n-1").value()["id"].as_u64().unwrap();
    ann.edit_message(id, "hello, all");
    assert_eq!(sends(&ann, "hello, all", "n-1").value()["id"], id);
    // What it said before, nobody knows any more: it may be the same, or lost if it were taken for that.
    for text in ["hello", "and this"] {
        let answer = sends(&ann, text, "n-1");
        assert_eq!((answer.status, answer.value()["error"].as_str()), (409, Some("nonce_reused")));
        let page = ann.clone().post("/chat", &[("message", text), ("nonce", "n-1")]);
        assert_eq!((page.status, textarea(&page.body)), (409, text.to_owned()));
        assert_ne!(input_value(&page.body, "nonce").as_deref(), Some("n-1"));
    }
    assert_eq!(ann.clone().texts(), ["hello, all"]);
}

#[test]
fn what_is_sent_again_after_it_was_removed_does_not_come_back() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    for (n, by) in [&bob, &ann].into_iter().enumerate() {
        // Its answer was lost on the way.
        let nonce = format!("n-{n}");
        let id = sends(&bob, SECRET, &nonce).value()["id"].as_u64().unwrap();
        by.remove_message(id);
        let answer = sends(&bob, SECRET, &nonce);
        assert_eq!((answer.status, answer.value()["error"].as_str()), (409, Some("nonce_reused")));
        assert!(ann.clone().texts().is_empty());
    }
}
