//! Members of a chat of their own, who talk as people do.

use std::net::Ipv4Addr;

use crate::client::{Client, Origin};
use crate::load::Process;

/// As many messages as a page shows.
const PAGE: usize = 50;

/// A running chat and its members.
pub(super) struct People {
    pub(super) process: Process,
    pub(super) members: Vec<Client>,
}

impl People {
    pub(super) fn register(count: usize, flags: &[&str]) -> Self {
        let process = Process::snug(&[&["--post-rate", "0", "--register-rate", "0"], flags].concat());
        let origin = Origin { server: process.address, from: Ipv4Addr::LOCALHOST.into(), forwarded: false };
        let members =
            (0..count).map(|number| Client::register(origin, &format!("member{number}"), "").unwrap());
        Self { members: members.collect(), process }
    }

    /// A room of all of them; its path.
    pub(super) fn open_room(&self, name: &str) -> String {
        let mut owner = self.members[0].another();
        let room = owner.post_json("/rooms", &[("name", name), ("open", "yes")]).unwrap().json();
        let path = format!("/rooms/{}", room["room"].as_u64().unwrap());
        for member in &self.members[1..] {
            post(&mut member.another(), &format!("{path}/join"), &[]);
        }
        path
    }

    /// An ordinary page of messages of all members, which all of them have read.
    pub(super) fn fill(&self, path: &str) {
        let mut members: Vec<Client> = self.members.iter().map(Client::another).collect();
        let count = members.len();
        let mut last = 0;
        for number in 0..PAGE {
            let (text, answered) = (said(number), last.to_string());
            let mut fields = vec![("message", text.as_str())];
            if number % 20 == 9 {
                fields.push(("reply_to", &answered));
            }
            last = post(&mut members[number % count], path, &fields);
            if number % 10 == 5 {
                for member in &mut members[..2] {
                    post(member, &format!("/messages/{last}/react"), &[("emoji", "👍"), ("on", "1")]);
                }
            }
        }
        for member in &mut members {
            post(member, &format!("{path}/read"), &[("up_to", &last.to_string())]);
        }
    }
}

/// The id of what it made, if anything.
pub(super) fn post(client: &mut Client, path: &str, fields: &[(&str, &str)]) -> u64 {
    let answer = client.post_json(path, fields).unwrap();
    assert!(matches!(answer.status, 200..=303), "{path}: {}", answer.text);
    answer.json()["id"].as_u64().unwrap_or_default()
}

/// About 80 characters.
pub(super) fn text(number: usize) -> String {
    format!("message {number} says that dinner is at eight, and that whoever comes brings some bread")
}

/// Mostly plain, and some of everything that a message may have in it.
fn said(number: usize) -> String {
    match number % 10 {
        0 => "**Dinner** is at *eight*. Please bring:\n\n- bread\n- cheese\n- some `olives`".into(),
        2 => format!("see https://example.org/menu?day={number} and [the map](https://example.org/map)"),
        4 => "@member1 can you bring the keys, and tell @member2 as well?".into(),
        7 => "> who comes?\n\nall of us".into(),
        8 => "Sure 👍".into(),
        _ => text(number),
    }
}
