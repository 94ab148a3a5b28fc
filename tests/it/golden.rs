//! Files of every version that there ever was open as what they were, and stay what they were beside it.

use std::fs;

use crate::data::Folder;
use crate::house::{Client, PASSWORD};
use crate::running::{outcome, snug};

/// A file of each version, and ann's cookie in it. Her password is that of all stories.
const GOLDEN: [(&[u8], &str); 2] = [
    (include_bytes!("../golden/v1.db"), "snug=kTvK8Laj2NLw8-gRuF6Qk7uKHDukNM226HQlbmz7f40"),
    (include_bytes!("../golden/v2.db"), "snug=YJxFaSOhMAPkMCNPUERCjrUUFY3z_1nYxz0RIEt3ba4"),
];

/// What it says of a room to ann: authors and texts.
fn said(ann: &Client, path: &str) -> Vec<[String; 2]> {
    let messages = ann.clone().json().get(path).value();
    let text = |message: &serde_json::Value, name: &str| message[name].as_str().unwrap().to_owned();
    let messages = messages["messages"].as_array().unwrap();
    messages.iter().map(|message| [text(message, "author"), text(message, "text")]).collect()
}

#[test]
fn a_file_of_every_version_opens_as_what_it_was() {
    for (version, (bytes, cookie)) in (1..).zip(GOLDEN) {
        let folder = Folder::new();
        fs::write(folder.data(), bytes).unwrap();
        let server = folder.serve(&[]);
        let mut ann = server.visitor();
        // The session ended long ago by the clock; it counts from the server's start.
        ann.cookie = Some(cookie.into());
        assert_eq!(
            said(&ann, "/chat"),
            [["ann", "first"], ["Zoë", "two\nlines and 👋 <b>"]],
            "version {version}"
        );
        assert_eq!(ann.post("/chat", &[("message", "first"), ("nonce", "n-1")]).status, 303);
        assert_eq!(said(&ann, "/chat").len(), 2, "its nonce is known");
        if version >= 2 {
            assert_eq!(said(&ann, "/rooms/7"), [["ann", "soup"]]);
            assert_eq!(said(&ann, "/rooms/9"), [["Zoë", "psst"]]);
            assert_eq!(said(&ann, "/people/Zo%C3%AB"), [["Zoë", "hi ann"]]);
            assert!(ann.get("/sidebar").body.contains("Kitchen"));
        }
        assert_eq!(server.visitor().login("zoë", PASSWORD).status, 303);
        assert_eq!(server.visitor().register("ANN", PASSWORD).status, 409);
        // The one before lies beside it, as it was; of the newest version there is no copy.
        let copy = folder.path().join(format!("chat.db.v{version}"));
        assert_eq!(copy.exists(), version < GOLDEN.len(), "version {version}");
        drop(server);
        let (code, _, stderr) = outcome(snug(&["check", "--data", &folder.data()]));
        assert_eq!(code, Some(0), "version {version}: {stderr}");
    }
}
