//! What members do, and fail the story when they cannot. All of it keeps the client's cookies as they were.

use serde_json::{Value, json};

use super::{Client, Response, between, unescape};

/// What a story's room is called, what it is about, and what is said in it.
pub(crate) const NAME: &str = "Treasure-hunters";
pub(crate) const TOPIC: &str = "Where-to-dig";
pub(crate) const SECRET: &str = "the-treasure-is-below-the-oak";

impl Client {
    /// What a path has for programs.
    #[track_caller]
    pub(crate) fn read_json(&self, path: &str) -> Value {
        self.clone().json().get(path).expect(200).value()
    }

    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        self.clone().get(path).expect(200).body
    }

    #[track_caller]
    pub(crate) fn messages_at(&self, path: &str) -> Vec<Value> {
        self.read_json(path)["messages"].as_array().unwrap().clone()
    }

    /// The room that is found at an address where something was said.
    #[track_caller]
    pub(crate) fn room_at(&self, path: &str) -> u64 {
        self.messages_at(path)[0]["room"].as_u64().unwrap()
    }

    /// What a search gives: ids, newest first.
    #[track_caller]
    pub(crate) fn search(&self, query: &str) -> Vec<u64> {
        let found = self.read_json(&format!("/search?{query}"));
        assert_eq!(found["complete"], true, "{query}");
        found["messages"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
    }

    /// Says this at an address; the message's id.
    #[track_caller]
    pub(crate) fn say_at(&self, path: &str, text: &str) -> u64 {
        let answer = self.clone().json().post(path, &[("message", text)]).expect(201);
        answer.value()["id"].as_u64().unwrap()
    }

    #[track_caller]
    pub(crate) fn say_all(&mut self, texts: impl IntoIterator<Item = String>) {
        for text in texts {
            self.say(&text).expect(303);
        }
    }

    /// Messages of two lines, one after the other.
    #[track_caller]
    pub(crate) fn say_lines(&mut self, count: usize) {
        self.say_all((1..=count).map(|n| format!("line {n}\nof {count}")));
    }

    pub(crate) fn try_edit_message(&self, id: u64, text: &str) -> Response {
        self.clone().json().post(&format!("/messages/{id}/edit"), &[("message", text)])
    }

    pub(crate) fn try_remove_message(&self, id: u64) -> Response {
        self.clone().json().post(&format!("/messages/{id}/remove"), &[])
    }

    #[track_caller]
    pub(crate) fn edit_message(&self, id: u64, text: &str) {
        assert_eq!(self.try_edit_message(id, text).expect(200).value(), json!({ "id": id }));
    }

    #[track_caller]
    pub(crate) fn remove_message(&self, id: u64) {
        assert_eq!(self.try_remove_message(id).expect(200).value(), json!({ "id": id }));
    }

    /// Opens the room of the story, to all or only to those who are invited; its number.
    #[track_caller]
    pub(crate) fn open_room(&self, open: bool) -> u64 {
        self.open_room_about(NAME, TOPIC, open)
    }

    /// The same of another name; its path.
    #[track_caller]
    pub(crate) fn open_room_called(&self, name: &str, open: bool) -> String {
        format!("/rooms/{}", self.open_room_about(name, "", open))
    }

    #[track_caller]
    pub(crate) fn open_room_about(&self, name: &str, topic: &str, open: bool) -> u64 {
        let fields = [("name", name), ("topic", topic), ("open", if open { "yes" } else { "" })];
        let answer = self.clone().json().post("/rooms", &fields).expect(201);
        answer.value()["room"].as_u64().unwrap()
    }

    #[track_caller]
    pub(crate) fn add_to_room(&self, room: u64, name: &str) {
        self.clone().post(&format!("/rooms/{room}/add"), &[("username", name)]).expect(303);
    }

    #[track_caller]
    pub(crate) fn leave_room(&self, room: u64) {
        self.clone().post(&format!("/rooms/{room}/leave"), &[]).expect(303);
    }

    /// Somebody who left, of this name, is invited again and comes back.
    #[track_caller]
    pub(crate) fn rejoin(&self, room: u64, by: &Self, name: &str) {
        by.add_to_room(room, name);
        self.clone().post(&format!("/rooms/{room}/join"), &[]).expect(303);
    }

    #[track_caller]
    pub(crate) fn make_owner(&self, name: &str) {
        self.clone().post(&format!("/people/{name}/role"), &[("owner", "yes")]).expect(303);
    }

    /// Removes a member, who keeps their name.
    #[track_caller]
    pub(crate) fn remove_member(&self, name: &str) {
        self.clone().post(&format!("/people/{name}/remove"), &[]).expect(303);
    }

    /// All that was said in a room was on the screen.
    #[track_caller]
    pub(crate) fn read_all(&self, path: &str) {
        let up_to = u64::MAX.to_string();
        self.clone().post(&format!("{path}/read"), &[("up_to", &up_to)]).expect(200);
    }

    /// How many messages are unread in the shared room.
    #[track_caller]
    pub(crate) fn unread_in_chat(&self) -> u64 {
        self.unread_at("/chat")
    }

    #[track_caller]
    pub(crate) fn unread_at(&self, path: &str) -> u64 {
        let sidebar = self.read_json("/sidebar");
        let mut rooms = sidebar["rooms"].as_array().unwrap().iter();
        rooms.find(|one| one["path"] == path).unwrap()["unread"].as_u64().unwrap()
    }

    /// The count beside a room in a list.
    #[track_caller]
    pub(crate) fn unread_in(&self, room: u64) -> String {
        let list = self.page("/sidebar");
        let line = between(&list, &format!("data-room=\"{room}\""), "</a>").to_owned();
        // An empty badge is no number; nor is the rest of the line any.
        let number = between(&line, "class=\"count\"", "</span>").split('<').next().unwrap();
        let number = number.split_once('>').map_or("", |(_, shown)| shown);
        if number.is_empty() { "0".into() } else { number.to_owned() }
    }

    /// The address of the frame in which a room's page shows messages where no scripts run.
    #[track_caller]
    pub(crate) fn messages_frame(&self, room: &str) -> String {
        let page = self.page(room);
        let address = unescape(between(&page, "<iframe class=\"messages\" src=\"", "\""));
        // Without the place in it, which browsers keep to themselves.
        address.split('#').next().unwrap_or_default().to_owned()
    }

    /// Sets a password by the link of an owner or the host.
    pub(crate) fn reset_password(&mut self, path: &str, password: &str) -> Response {
        let (_, token) = path.split_once("?token=").unwrap();
        self.post("/reset", &[("token", token), ("password", password)])
    }
}
