//! Bytes on the wire, of the program, and of memory.

use std::thread;
use std::time::Duration;

use super::people::{People, post, text};
use super::{Aim, PLAIN, SECURE, Table, page_request};
use crate::client::Client;
use crate::load::{self, Process, median};
use crate::temp_dir::TempDir;

const KB: f64 = 1e3;
const MB: f64 = 1e6;
/// What the program weighed before anybody looked at its weight (Linux, x86-64, with a file).
const BINARY_BEFORE: f64 = 7_045_136.0;
/// Threads that wait a moment for more to do, and end, have ended after it.
const SETTLE: Duration = Duration::from_secs(2);

/// What browsers load for a room: the first time, the next time, and for another room.
pub(super) fn of_pages(table: &mut Table, people: &People, other: &str) {
    for (way, encodings, aims) in [
        ("", SECURE, [Aim::AtMost(25.0), Aim::AtMost(12.0)]),
        (", plain http", PLAIN, [Aim::AtMost(25.0), Aim::AtMost(12.0)]),
        (", nothing compressed", "", [Aim::None; 2]),
    ] {
        let mut browser = Browser::of(people, encodings);
        let [page, again, elsewhere] = ["/chat", "/chat", other].map(|path| browser.loads(path));
        let scripts = page - browser.page;
        table.line(
            &format!("KB of a first visit{way}"),
            page / KB,
            aims[0],
            &format!("a page of {:.0} bytes, {} scripts of {scripts:.0}", browser.page, browser.kept.len()),
        );
        let next = again.max(elsewhere);
        table.line(&format!("KB of the next, or of another room{way}"), next / KB, aims[1], "");
    }
}

/// Counts what is loaded.
struct Browser<'a> {
    member: &'a Client,
    encodings: &'static str,
    connection: load::Client,
    /// The paths of scripts that it does not ask for again.
    kept: Vec<String>,
    /// Bytes of the first page alone, as compressed.
    page: f64,
}

impl<'a> Browser<'a> {
    fn of(people: &'a People, encodings: &'static str) -> Self {
        let connection = load::Client::new(people.process.address, true);
        Self { member: &people.members[1], encodings, connection, kept: Vec::new(), page: 0.0 }
    }

    /// Bytes of a page, and of the scripts that it names and that are not kept: heads and bodies.
    fn loads(&mut self, path: &str) -> f64 {
        let request = page_request(self.member, path, self.encodings, "");
        let mut bytes = self.connection.answer(&request).len();
        if self.page == 0.0 {
            self.page = bytes as f64;
        }
        for script in self.scripts(path) {
            if self.kept.contains(&script) {
                continue;
            }
            let answer = self.connection.answer(&page_request(self.member, &script, self.encodings, ""));
            bytes += answer.len();
            if String::from_utf8_lossy(answer).contains("immutable") {
                self.kept.push(script);
            }
        }
        bytes as f64
    }

    fn scripts(&mut self, path: &str) -> Vec<String> {
        let plain = self.connection.answer(&page_request(self.member, path, "", ""));
        let page = String::from_utf8_lossy(plain);
        let tags = page.split("<script").skip(1).filter_map(|rest| rest.split('>').next());
        let source = |tag: &str| Some(tag.split_once("src=\"")?.1.split('"').next()?.to_owned());
        tags.filter_map(source).collect()
    }
}

/// The program's size, and what is resident when it has just started.
pub(super) fn program(table: &mut Table) {
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_snug")).unwrap().len() as f64;
    let details =
        format!("{size} bytes, {:.1} % less than {BINARY_BEFORE}", (1.0 - size / BINARY_BEFORE) * 100.0);
    table.line("MB of the program", size / MB, Aim::AtMost(BINARY_BEFORE * 0.8 / MB), &details);
    let idle = |flags: &[&str]| {
        let snug = Process::snug(flags);
        thread::sleep(SETTLE / 4);
        snug.resident() as f64 / MB
    };
    let memory = (0..3).map(|_| idle(&[])).collect();
    table.line(
        "MB resident when idle, in memory",
        median(memory),
        Aim::AtMost(4.2),
        "median of three starts",
    );
    if cfg!(feature = "sqlite") {
        let with_file = (0..3).map(|_| {
            let folder = TempDir::new();
            idle(&["--data", folder.path().join("chat.db").to_str().unwrap()])
        });
        let name = "MB resident when idle, with a file";
        table.line(name, median(with_file.collect()), Aim::AtMost(5.3), "median of three starts");
    }
}

/// What is resident more when many have looked at many rooms.
pub(super) fn many_rooms(table: &mut Table) {
    const MEMBERS: usize = 20;
    const ROOMS: usize = 20;
    const MESSAGES: usize = 10_000;
    let people = People::register(MEMBERS, &[]);
    let rooms: Vec<String> = (0..ROOMS).map(|number| people.open_room(&format!("Room {number}"))).collect();
    let mut writers: Vec<Client> = people.members.iter().map(Client::another).collect();
    for number in 0..MESSAGES {
        let (writer, room) = (number % MEMBERS, number / MEMBERS % ROOMS);
        post(&mut writers[writer], &rooms[room], &[("message", &text(number))]);
    }
    thread::sleep(SETTLE);
    let before = people.process.resident() as f64 / MB;
    for member in &people.members {
        let mut connection = load::Client::new(people.process.address, true);
        for room in &rooms {
            for page in [room.clone(), format!("{room}?latest=1")] {
                connection.answer(&page_request(member, &page, PLAIN, ""));
            }
        }
    }
    thread::sleep(SETTLE);
    let after = people.process.resident() as f64 / MB;
    let details = format!(
        "{after:.1} beside {before:.1}; {MESSAGES} messages in {ROOMS} rooms, {MEMBERS} members look at the first unread and at the newest"
    );
    table.line("MB more once all rooms were looked at", after - before, Aim::AtMost(16.0), &details);
}
