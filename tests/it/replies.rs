//! Replies: a message that answers another quotes it, follows it, and shows nothing that its reader could not open.

use crate::prelude::*;

impl Client {
    fn try_reply(&self, path: &str, to: u64, text: &str) -> Response {
        self.clone().json().post(path, &[("message", text), ("reply_to", &to.to_string())])
    }

    /// The id of a reply.
    #[track_caller]
    pub(crate) fn reply(&self, path: &str, to: u64, text: &str) -> u64 {
        self.try_reply(path, to, text).expect(201).value()["id"].as_u64().unwrap()
    }

    fn quoted(&self, id: u64) -> Value {
        self.read_json(&format!("/messages/{id}"))["reply_to"].clone()
    }

    /// The quote above a message of a page: its text, and where it leads.
    #[track_caller]
    fn quote_at(&self, page: &str, id: u64) -> (String, Option<String>) {
        quote_of(&self.page(page), id)
    }
}

#[track_caller]
fn quote_of(page: &str, id: u64) -> (String, Option<String>) {
    let article = between(page, &format!("id=\"m{id}\""), "</article>");
    let line = between(article, "<a class=\"quote\"", "</a>");
    let tag = between(article, "<a class=\"quote\"", ">");
    let text: String =
        line.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    (unescape(&text).split_whitespace().collect::<Vec<_>>().join(" "), attribute(tag, "href"))
}

#[test]
fn a_reply_quotes_its_original_and_follows_it() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let original = ann.say_at("/chat", "shall we *meet*\non **Monday**?");
    let reply = bob.reply("/chat", original, "yes");
    let again = bob.reply("/chat", original, "at eight");
    let quoted = json!({ "id": original, "author": "ann", "excerpt": "shall we meet on Monday?" });
    assert_eq!(ann.quoted(reply), quoted);
    let link = Some(format!("/messages/{original}"));
    for page in ["/chat", &format!("/chat?at={reply}"), &format!("/messages/{reply}/about")] {
        let shown = ann.quote_at(page, reply);
        assert_eq!(shown, ("In reply to: ann shall we meet on Monday?".into(), link.clone()), "{page}");
    }
    // The quote needs its author: of two replies in a row, neither stands below the other.
    assert!(articles(&ann.page("/chat")).iter().all(|article| !article.grouped));
    let hits = ann.page("/search?q=eight");
    hits.shows(format!("data-answers=\"{original}\"")).shows("shall we meet on Monday?");

    ann.edit_message(original, "on Tuesday?");
    assert_eq!(ann.quoted(reply)["excerpt"], "on Tuesday?");
    assert_eq!(ann.quote_at("/chat", again).0, "In reply to: ann on Tuesday?");
    ann.remove_message(original);
    assert_eq!(ann.quoted(reply), json!({ "id": original, "author": "ann", "excerpt": null }));
    assert_eq!(ann.quote_at("/chat", reply), ("In reply to: ann Message deleted".into(), None));
}

#[test]
fn an_original_without_a_text_is_a_photo_or_a_file() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let (original, _) = ann.send_file("kite.gif", b"GIF89a");
    let reply = bob.reply("/chat", original, "nice");
    assert_eq!(ann.quoted(reply)["excerpt"], "");
    assert_eq!(ann.quote_at("/chat", reply).0, "In reply to: ann Photo or file");
}

#[test]
fn without_scripts_the_page_of_a_message_leads_to_a_composer_that_answers_it() {
    let (_server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let original = bob.say_at("/chat", "who <b>comes</b>?");
    let about = ann.page(&format!("/messages/{original}/about"));
    let link = format!("/chat?at={original}&amp;reply={original}#m{original}");
    about.shows(format!("href=\"{link}\"")).shows("<h2>Reply</h2>");
    let page = ann.page(&format!("/chat?at={original}&reply={original}"));
    page.shows(format!("src=\"/chat/compose?reply={original}\""));
    for page in [page, ann.page(&format!("/chat/compose?reply={original}"))] {
        assert_eq!(input_value(&page, "reply_to"), Some(original.to_string()));
        let bar = between(&page, "<div class=\"answer\"", "</div>");
        bar.shows("Replying to bob")
            .shows("who &lt;b&gt;comes&lt;/b&gt;?")
            .shows("aria-label=\"Cancel reply\"");
    }
    assert_eq!(input_value(&ann.page("/chat"), "reply_to"), None);
    assert_eq!(input_value(&ann.page("/chat/compose"), "reply_to"), None);

    // A refused message keeps its text and what it answers.
    let long = "long ".repeat(900);
    for next in ["", "/chat/compose"] {
        let fields = [("message", &*long), ("reply_to", &original.to_string()), ("next", next)];
        let fields = if next.is_empty() { &fields[..2] } else { &fields[..] };
        let answer = ann.post("/chat", fields).expect(422);
        assert_eq!(textarea(&answer.body), long);
        assert_eq!(input_value(&answer.body, "reply_to"), Some(original.to_string()));
        between(&answer.body, "<div class=\"answer\"", "</div>").shows("Replying to bob");
    }
    ann.post("/chat", &[("message", "I do"), ("reply_to", &original.to_string())]).expect(303);
    assert_eq!(bob.messages_at("/chat").pop().unwrap()["reply_to"]["id"], original);
}

#[test]
fn what_is_gone_or_elsewhere_is_not_answered() {
    let (_server, [ann, bob, mut cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let secret = ann.say_at(&format!("/rooms/{room}"), "a secret");
    let gone = ann.say_at("/chat", "gone");
    ann.remove_message(gone);
    let nothing = cyd.try_reply("/chat", 999_999, "hm").expect(404).value();
    assert_eq!(nothing["error"], "no_such_message");
    for id in [secret, gone] {
        // One who may not see it learns no more than of a number that never was.
        assert_eq!(cyd.try_reply("/chat", id, "hm").expect(404).value(), nothing);
        assert_eq!(bob.try_reply("/chat", id, "hm").expect(404).value(), nothing, "nor from another room");
        cyd.get(&format!("/chat?reply={id}")).expect(404).body.lacks("a secret");
        cyd.get(&format!("/chat/compose?reply={id}")).expect(404).body.lacks("a secret");
        for next in ["/chat", "/chat/compose"] {
            let answer =
                cyd.post("/chat", &[("message", "kept"), ("reply_to", &id.to_string()), ("next", next)]);
            assert_eq!((answer.status, textarea(&answer.body).as_str()), (404, "kept"));
            answer.body.shows("Send again to post this without the reply.").lacks("a secret");
            // The next press of the button sends it.
            assert_eq!(input_value(&answer.body, "reply_to"), None);
        }
    }
    cyd.get("/chat?reply=x").expect(400);
    cyd.post("/chat", &[("message", "x"), ("reply_to", "x")]).expect(400);
    assert!(ann.messages_at("/chat").is_empty());
    bob.reply(&format!("/rooms/{room}"), secret, "I keep it");
    assert_eq!(cyd.try_reply(&format!("/rooms/{room}"), secret, "x").status, 404);
    cyd.page("/chat").lacks("secret");
    cyd.page("/search?q=keep").lacks("secret");
}

#[test]
fn the_author_of_the_original_is_told_as_by_a_mention() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let original = ann.say_at("/chat", "who comes?");
    ann.read_all("/chat");
    let reply = bob.reply("/chat", original, "me");
    let of = |client: &Client| {
        let rooms = client.read_json("/sidebar")["rooms"].clone();
        rooms.as_array().unwrap().iter().find(|room| room["path"] == "/chat").unwrap()["mentions"].clone()
    };
    assert_eq!(of(&ann), 1);
    ann.page("/chat").shows(format!("data-ids=\"{reply}\""));
    ann.read_all("/chat");
    ann.reply("/chat", original, "me too");
    assert_eq!(of(&ann), 0, "one's own answer");
}

#[test]
fn a_repeated_reply_is_one() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let [one, other] = ["one", "other"].map(|text| ann.say_at("/chat", text));
    let send = |to: Option<u64>| {
        let to = to.map(|to| to.to_string());
        let fields =
            [("message", "yes"), ("nonce", "n")].into_iter().chain(to.as_deref().map(|to| ("reply_to", to)));
        ann.clone().json().post("/chat", &fields.collect::<Vec<_>>())
    };
    let id = send(Some(one)).expect(201).value();
    assert_eq!(send(Some(one)).expect(201).value(), id);
    for another in [Some(other), None] {
        assert_eq!(send(another).expect(409).value()["error"], "nonce_reused");
    }
    ann.remove_message(one);
    assert_eq!(send(Some(one)).status, 201, "it arrived");
}

#[cfg(feature = "sqlite")]
#[test]
fn replies_outlive_a_restart() {
    let home = TempDir::new();
    let mut server = Server::with(|settings| settings.data = Some(home.data_path().into()));
    let [ann, bob] = server.members(["ann", "bob"]);
    let [kept, edited, removed] = ["kept", "old", "removed"].map(|text| ann.say_at("/chat", text));
    let replies = [kept, edited, removed].map(|to| bob.reply("/chat", to, "yes"));
    ann.edit_message(edited, "new");
    ann.remove_message(removed);
    let before = ann.messages_at("/chat");
    server.restarts(|| {});
    let ann = server.login("ann");
    assert_eq!(ann.messages_at("/chat"), before);
    let excerpts = replies.map(|id| ann.quoted(id)["excerpt"].clone());
    assert_eq!(excerpts, [json!("kept"), json!("new"), Value::Null]);
}

#[test]
fn streams_tell_of_what_is_answered() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let original = ann.say_at("/chat", "who comes?");
    let mut page = Stream::open(&ann, "/chat/live");
    let mut html = Stream::open(&ann, "/events?format=html");
    let reply = bob.reply("/chat", original, "me");
    let told = page.page_until(reply);
    assert_eq!(quote_of(&told, reply).0, "In reply to: ann who comes?");
    let event = html.message().expect("the reply");
    event.data.shows(format!("data-answers=\"{original}\""));
}

#[test]
fn who_left_a_room_reads_nothing_more_in_what_they_quoted() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let path = format!("/rooms/{room}");
    let original = ann.say_at(&path, "an old plan");
    let reply = bob.reply(&path, original, "agreed");
    for format in ["lines", "html"] {
        bob.page(&format!("/me/messages?format={format}")).shows("an old plan");
    }
    bob.page("/me/messages?format=html").shows(format!("href=\"#m{original}\""));
    bob.leave_room(room);
    ann.edit_message(original, "a new plan");
    for format in ["lines", "html"] {
        bob.page(&format!("/me/messages?format={format}")).shows("agreed").lacks("plan");
    }
    assert_eq!(bob.clone().get(&format!("/messages/{reply}")).status, 404);
    assert_eq!(ann.quoted(reply)["excerpt"], "a new plan");
}

/// The lines below a message that links to others.
#[track_caller]
fn linked_below(page: &str, id: u64) -> Vec<String> {
    let article = between(page, &format!("id=\"m{id}\""), "</article>");
    let Some((_, lines)) = article.split_once("<div class=\"linked\">") else { return Vec::new() };
    let excerpt = |line: &str| {
        between(line, "class=\"excerpt", "</span>").rsplit_once('>').map(|(_, text)| unescape(text))
    };
    lines.split("<a class=\"quote\"").skip(1).filter_map(excerpt).collect()
}

#[test]
fn a_link_to_a_message_shows_it_to_those_who_see_it_and_to_nobody_else() {
    let (server, [ann, bob, mut cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let secret = ann.say_at(&format!("/rooms/{room}"), "a **secret**");
    let plain = bob.say_at("/chat", "for all");
    let link = |id: u64| server.url(&format!("/messages/{id}"));
    let elsewhere = format!("http://evil.example/messages/{plain}");
    let text = format!("see {} and [that]({}) {elsewhere}", link(secret), link(plain));
    let id = ann.say_at("/chat", &text);
    let frame = |client: &Client| Stream::open(client, "/chat/live").page_until(id);
    for page in ["/chat", &format!("/chat?at={id}"), &format!("/messages/{id}/about")] {
        assert_eq!(linked_below(&bob.page(page), id), ["a secret", "for all"], "{page}");
        assert_eq!(linked_below(&cyd.page(page), id), ["for all"], "{page}");
        cyd.page(page).lacks("a secret");
    }
    assert_eq!(linked_below(&frame(&bob), id), ["a secret", "for all"]);
    assert_eq!(linked_below(&frame(&cyd), id), ["for all"]);
    // What streams tell is the same for all, and has none.
    let mut events = Stream::open(&cyd, "/events?format=html");
    let again = ann.say_at("/chat", &text);
    events
        .message()
        .expect("the message")
        .data
        .shows(format!("id=\"m{again}\""))
        .lacks("a secret")
        .lacks("linked");

    ann.edit_message(secret, "public");
    bob.remove_message(plain);
    assert_eq!(linked_below(&bob.page("/chat"), id), ["public"]);
    assert!(linked_below(&cyd.page("/chat"), id).is_empty());
    bob.leave_room(room);
    assert!(linked_below(&bob.page("/chat"), id).is_empty());
    // Only so many of one message.
    let all: Vec<String> = (0..5).map(|n| link(ann.say_at("/chat", &format!("number {n}")))).collect();
    let id = ann.say_at("/chat", &all.join(" "));
    assert_eq!(linked_below(&cyd.get("/chat").body, id), ["number 0", "number 1", "number 2"]);
}
