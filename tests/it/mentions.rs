//! Whom a message mentions: the same people where it is shown, where it is counted, and where it is told.

use scraper::{Html, Selector};

use crate::prelude::*;

#[test]
fn a_name_is_found_at_the_borders_of_words_in_any_script() {
    let mut party = Party::of(&["ann", "bob", "李小龙", "민수"]);
    for text in ["@bobさん", "ねえ@bob", "＠bob 見て", "@bob's", "(@bob)", "@bobさん、https://e.org/@ann"]
    {
        party.is_mentioned(text, &["bob"]);
    }
    party.is_mentioned("@李小龙你好", &["李小龙"]);
    party.is_mentioned("@민수야, @bob이랑", &["bob", "민수"]);
    party.is_mentioned("@bobby me@bob привет@bob", &[]);
}

#[test]
fn no_one_is_mentioned_by_an_address_or_a_package() {
    let mut party = Party::of(&["ann", "bob", "babel"]);
    for text in [
        "@bob@example.org", "bob@example.org, ann@bob.example", "https://example.org/@bob",
        "www.example.org/@bob", "npm i @babel/core @bob/pkg", "\\@bob",
    ] {
        party.is_mentioned(text, &[]);
    }
}

#[test]
fn code_and_what_others_said_mentions_no_one() {
    let mut party = Party::of(&["ann", "bob"]);
    for text in [
        "```\n@bob\n```", "run `npm i @bob` and `@ann`", "> @bob: shall we meet at 5?",
        "[@bob](https://example.org)", "- as said:\n  > @bob",
    ] {
        party.is_mentioned(text, &[]);
    }
    party.is_mentioned("> ann: is @bob there?\n@ann no", &["ann"]);
    party.is_mentioned("```\n@ann\n```\n**@bob** see above", &["bob"]);
}

#[test]
fn an_edit_finds_mentions_anew() {
    let mut party = Party::of(&["ann", "bob"]);
    let id = party.is_mentioned("hello", &[]);
    for (text, whom) in [("hello @bob", &["bob"][..]), ("hello `@bob`", &[]), ("ねえ@bobさん", &["bob"])]
    {
        party.writer.clone().json().post(&format!("/messages/{id}/edit"), &[("message", text)]).expect(200);
        party.has_mentioned(text, whom);
    }
}

/// People in a chat, and one who writes to them.
struct Party {
    _house: Server,
    writer: Client,
    members: Vec<(&'static str, Client)>,
}

impl Party {
    fn of(names: &[&'static str]) -> Self {
        let server = Server::open();
        let members = names.iter().map(|name| (*name, server.member(name))).collect();
        Self { writer: server.member("writer"), members, _house: server }
    }

    /// The writer posts this, and these of the party are mentioned and no others. The id of the message.
    #[track_caller]
    fn is_mentioned(&mut self, text: &str, whom: &[&str]) -> u64 {
        for (_, member) in &mut self.members {
            member.read_all("/chat"); // what was before
        }
        let answer = self.writer.clone().json().post("/chat", &[("message", text)]).expect(201);
        self.has_mentioned(text, whom);
        answer.value()["id"].as_u64().unwrap()
    }

    /// The newest message is this one, and these are shown as mentioned, told and counted.
    #[track_caller]
    fn has_mentioned(&mut self, text: &str, whom: &[&str]) {
        let room = self.writer.clone().json().get("/chat").value();
        let newest = room["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(newest["text"], text);
        let told = newest["mentions"].as_array().cloned().unwrap_or_default();
        assert_eq!(
            sorted(told.iter().map(|name| name.as_str().unwrap())),
            sorted(whom.iter().copied()),
            "{text}"
        );
        assert_eq!(shown(&mut self.writer), sorted(whom.iter().copied()), "{text}");
        for (name, member) in &self.members {
            assert_eq!(counted(member), usize::from(whom.contains(name)), "{name} in {text}");
        }
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

/// Whose names stand out in the newest message.
fn shown(who: &mut Client) -> Vec<String> {
    let page = Html::parse_document(&who.get("/chat").body);
    let [articles, marks] = ["article", ".mention"].map(|css| Selector::parse(css).unwrap());
    let newest = page.select(&articles).next_back().expect("a message");
    sorted(newest.select(&marks).filter_map(|mark| mark.value().attr("data-name")))
}

/// How many messages of the shared room mention this member that they have not seen.
fn counted(who: &Client) -> usize {
    let sidebar = who.clone().json().get("/sidebar").value();
    let rooms = sidebar["rooms"].as_array().unwrap();
    let shared = rooms
        .iter()
        .find(|room| room["path"] == json!("/chat"))
        .map_or(&Value::Null, |room| &room["mentions"]);
    usize::try_from(shared.as_u64().expect("a count")).unwrap()
}
