//! Files of every version that there ever was open as what they were, and stay what they were beside it.

use crate::files::gif;
use crate::prelude::*;

/// Where the bytes of the file lie that version 5 has.
const KITE: &str = "chat.db.files/ee/ee6f32b9516f139aa88699de83f277cb";

/// What it says of a room to ann: authors and texts.
fn said(ann: &Client, path: &str) -> Vec<[String; 2]> {
    let messages = ann.clone().json().get(path).value();
    let text = |message: &serde_json::Value, name: &str| message[name].as_str().unwrap().to_owned();
    let messages = messages["messages"].as_array().unwrap();
    messages.iter().map(|message| [text(message, "author"), text(message, "text")]).collect()
}

/// Of version 3: an edited message, one that is gone, somebody who was removed, a zone, a title and a code.
fn remembers_what_was_decided(ann: &Client) {
    let soup = ann.clone().json().get("/messages/11").value();
    assert_eq!((&soup["text"], soup["edited"].is_string()), (&"soup".into(), true));
    ann.clone().json().get("/messages/19").expect(404);
    assert_eq!(said(ann, "/people/eve"), [["eve", "bye"]]);
    ann.clone().post("/people/eve", &[("message", "come back")]).expect(403);
    let missed = ann.clone().json().get("/chat?after=19").value();
    assert_eq!(missed["removed"], serde_json::json!([19]));
    let page = ann.clone().get("/me").body;
    page.shows("<title>ann · Golden</title>").shows("value=\"Europe/Berlin\"");
    assert!(ann.clone().get("/owner").body.contains("value=\"nugget\""));
}

/// Of version 4: whom a note mentions, a language, and an invitation.
fn remembers_whom_it_meant(ann: &Client, zoe: &Client) {
    let notes = ann.clone().json().get("/people/ann").value();
    assert_eq!(notes["messages"][0]["mentions"], serde_json::json!(["Zoë"]));
    assert!(ann.clone().get("/me").body.contains("<html lang=\"de\""));
    let invitations = zoe.clone().json().get("/sidebar").value()["invitations"].clone();
    assert_eq!(invitations, serde_json::json!([{ "room": 33, "name": "Cellar", "by": "ann" }]));
}

/// Of version 5: a photo in a note, beside its file.
fn remembers_what_was_sent(ann: &Client) {
    let photo = ann.clone().json().get("/people/ann").value()["messages"][1]["files"][0].clone();
    assert_eq!(
        [&photo["name"], &photo["alt"], &photo["width"]],
        [&json!("kite.gif"), &json!("A red kite"), &json!(40)]
    );
    assert_eq!(ann.clone().get(photo["url"].as_str().unwrap()).expect(200).bytes, gif(40, 30));
    assert_eq!(ann.search("q=kite").len(), 1);
}

/// Of version 6: a reply, reactions, a word that mentions many, a pin, a level and quiet hours.
fn remembers_what_was_answered(ann: &Client, zoe: &Client) {
    let said = zoe.messages_at("/rooms/43");
    let [_, reply, plan] = &said[..] else { panic!("three: {said:?}") };
    assert_eq!(reply["reply_to"], json!({ "id": 46, "author": "ann", "excerpt": "Who can lift the trunk?" }));
    assert_eq!(reply["reactions"], json!([{ "emoji": "🎉", "count": 1, "names": ["ann"] }]));
    assert_eq!((&plan["group_mention"], &plan["pinned"]["by"]), (&json!(1), &json!("Zoë")));
    assert_eq!(ann.read_json("/rooms/43/pins")["messages"][0]["id"], 48);
    ann.page("/me").shows("value=\"22:00\"").shows("value=\"07:00\"");
    // It tells of what is said, where others tell of mentions alone.
    let rooms = ann.read_json("/sidebar")["rooms"].clone();
    let attic = rooms.as_array().unwrap().iter().find(|room| room["room"] == 43).unwrap();
    assert_eq!(attic["level"], "everything", "{attic}");
}

#[test]
fn a_file_of_every_version_opens_as_what_it_was() {
    for (version, (bytes, cookie)) in (1..).zip(GOLDEN) {
        let folder = TempDir::new();
        fs::write(folder.data(), bytes).unwrap();
        if version >= 5 {
            fs::create_dir_all(folder.path().join(KITE).parent().unwrap()).unwrap();
            fs::write(folder.file(KITE), gif(40, 30)).unwrap();
        }
        let server = folder.serve(&[]);
        let mut ann = server.visitor();
        // The session ended long ago by the clock; it counts from the server's start.
        ann.cookie = Some(cookie.into());
        assert_eq!(
            said(&ann, "/chat"),
            [["ann", "first"], ["Zoë", "two\nlines and 👋 <b>"]],
            "version {version}"
        );
        ann.post("/chat", &[("message", "first"), ("nonce", "n-1")]).expect(303);
        assert_eq!(said(&ann, "/chat").len(), 2, "its nonce is known");
        if version >= 2 {
            assert_eq!(said(&ann, "/rooms/7"), [["ann", "soup"]]);
            assert_eq!(said(&ann, "/rooms/9"), [["Zoë", "psst"]]);
            assert_eq!(said(&ann, "/people/Zo%C3%AB"), [["Zoë", "hi ann"]]);
            assert!(ann.get("/sidebar").body.contains("Kitchen"));
        }
        if version >= 3 {
            remembers_what_was_decided(&ann);
        }
        // Also what was said before there was an index.
        let found = ann.clone().json().get("/search?q=TWO").value();
        assert_eq!(found["messages"][0]["author"], "Zoë", "version {version}");
        if version >= 2 {
            let texts = |query: &str| -> Vec<String> {
                let found = ann.clone().json().get(&format!("/search?{query}")).value();
                let found = found["messages"].as_array().unwrap().clone();
                found.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
            };
            assert_eq!(texts("q=soup&room=7"), ["soup"], "version {version}");
            assert_eq!(texts("author=zoe%CC%88&q=psst"), ["psst"], "version {version}");
            assert_eq!(texts("q=HI+ann"), ["hi ann"], "version {version}");
        }
        assert!(ann.get("/me").body.contains("href=\"/owner\""), "she came first, so she owns it");
        let mut zoe = server.visitor();
        zoe.login("zoë", PASSWORD).expect(303);
        if version >= 4 {
            remembers_whom_it_meant(&ann, &zoe);
        }
        if version >= 5 {
            remembers_what_was_sent(&ann);
        }
        if version >= 6 {
            remembers_what_was_answered(&ann, &zoe);
        }
        let again = [("username", "ANN"), ("password", PASSWORD), ("code", "nugget")];
        server.visitor().post("/register", &again).expect(409);
        // The one before lies beside it, as it was; of the newest version there is no copy.
        let copy = folder.path().join(format!("chat.db.v{version}"));
        drop(server);
        let file = rusqlite::Connection::open(folder.data_path()).unwrap();
        let newest: u32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        drop(file);
        assert_eq!(copy.exists(), version < newest as usize, "version {version}");
        // The one that is being made has no file here before it is released.
        assert!(newest as usize <= GOLDEN.len() + 1);
        let (code, _, stderr) = outcome(snug(&["check", "--data", &folder.data()]));
        assert_eq!(code, Some(0), "version {version}: {stderr}");
    }
}
