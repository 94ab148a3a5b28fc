//! What a hostile client does. Each attack goes on at full speed until it is stopped.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::force::{Force, sip, status_of};
use crate::client::{Answer, Client};

/// One of the ways to attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// Whether it is done by people who are not signed in. They and a neighbour who signs in are told apart
    /// by nothing, so that the neighbour's sign-ins do not count then.
    pub(crate) by_strangers: bool,
    /// Whether it is only an attack where the chat is kept in a file.
    pub(crate) needs_file: bool,
    pub(crate) flags: &'static [&'static str],
    pub(crate) run: fn(&Force),
}

const fn by_strangers(name: &'static str, run: fn(&Force)) -> Attack {
    Attack { name, by_strangers: true, needs_file: false, flags: &[], run }
}

const fn by_members(name: &'static str, run: fn(&Force)) -> Attack {
    Attack { name, by_strangers: false, needs_file: false, flags: &[], run }
}

pub(crate) const ATTACKS: &[Attack] = &[
    // What is measured where nobody attacks.
    by_strangers("nothing", |force| force.repeat(1, |_| (), |(), _| pause())),
    by_strangers("refused-forms", refused_forms),
    by_strangers("bodies", bodies),
    by_strangers("passwords", passwords),
    by_strangers("registrations", registrations),
    by_strangers("long-names", long_names),
    by_strangers("silence", silence),
    by_strangers("trickle", trickle),
    by_members("own-messages", own_messages),
    by_members("slow-pages", slow_pages),
    by_members("pages", pages),
    by_members("heads", heads),
    by_members("changes", changes),
    by_members("renames", renames),
    by_members("marks", marks),
    by_members("streams", streams),
    by_members("mentions", mentions),
    by_members("notes", notes),
    Attack { needs_file: true, flags: &["--history", "100"], ..by_members("old-pages", old_pages) },
    by_members("searches", searches),
];

const BODY_MAX: usize = 128 * 1024;
const MESSAGE_MAX: usize = 4_000;
/// Messages that a member may post at once.
const BURST: usize = 200;
/// The slow ones take 100 KB a second each: a stall is never long enough to be noticed.
const SLOWLY: (usize, Duration) = (16 * 1024, Duration::from_millis(150));

#[allow(clippy::unnecessary_wraps, reason = "what an attack's step gives")]
fn pause() -> io::Result<u16> {
    std::thread::sleep(Duration::from_millis(100));
    Ok(200)
}

#[allow(clippy::needless_pass_by_value, reason = "for the ends of steps")]
fn status(answer: io::Result<Answer>) -> io::Result<u16> {
    answer.map(|answer| answer.status)
}

/// A form whose echo is six times as long, and slow to leave.
fn refused_forms(force: &Force) {
    let body = format!("message={}", "\"".repeat(BODY_MAX - "message=".len()));
    force.repeat(
        60,
        |number| force.stranger(number),
        |client, turn| {
            let request = client.form("/chat", "Connection: close\r\n", &body);
            sip(force, force.origin(turn), &request, SLOWLY)
        },
    );
}

/// Bodies that lack one byte.
fn bodies(force: &Force) {
    let open = |number| {
        let client = force.stranger(number);
        let request = client.form("/login", "", &"x".repeat(BODY_MAX));
        let mut stream = client.origin.connect(None)?;
        stream.set_write_timeout(Some(Duration::from_millis(500)))?;
        // Where nobody takes it, the rest is not sent.
        let _ = stream.write_all(&request[..request.len() - 1]);
        Ok(stream)
    };
    force.keep(1_104, open, |_| {});
}

/// Wrong passwords of people who are there and of others.
fn passwords(force: &Force) {
    force.repeat(
        40,
        |number| force.stranger(number),
        |client, turn| {
            let name = match turn % 3 {
                0 => "home".to_owned(),
                1 => format!("home{}", turn % 8),
                _ => format!("nobody{turn}"),
            };
            client.origin = force.origin(turn);
            status(client.post("/login", &[("username", &name), ("password", "wrong password")]))
        },
    );
}

fn registrations(force: &Force) {
    force.repeat(
        40,
        |number| force.stranger(number),
        |client, turn| {
            client.origin = force.origin(turn);
            let fields = [("username", &*format!("new{turn}")), ("password", "wrong password")];
            status(client.post("/register", &fields))
        },
    );
}

/// Names as long as a body may be, of characters that grow when they are brought into one form.
fn long_names(force: &Force) {
    let name = "\u{fdfa}".repeat(BODY_MAX / 9 - 20);
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("username", &name).finish();
    force.repeat(
        40,
        |number| force.stranger(number),
        |client, turn| {
            client.origin = force.origin(turn);
            let path = if turn % 2 == 0 { "/login" } else { "/register" };
            let request = client.form(path, "", &format!("{body}&password=wrong+password"));
            status(client.ask(&request))
        },
    );
}

/// Connections on which nothing is said.
fn silence(force: &Force) {
    force.keep(4_000, |number| force.origin(number).connect(None), |_| {});
}

/// Heads that never end.
fn trickle(force: &Force) {
    let open = |number| {
        let origin = force.origin(number);
        let mut stream = origin.connect(None)?;
        stream.write_all(origin.head("GET", "/login").as_bytes())?;
        Ok(stream)
    };
    force.keep(2_000, open, |stream| {
        let _ = stream.write(b"X");
    });
}

/// Posts as much as a member may at once.
fn post_all(client: &mut Client, count: usize, path: &str, text: impl Fn(usize) -> String) {
    for number in 0..count {
        let _ = client.post_json(path, &[("message", &text(number))]);
    }
}

/// What one said, as long as it can be.
fn own_messages(force: &Force) {
    let mut member = force.member();
    post_all(&mut member, BURST - 10, "/chat", |_| "\"".repeat(MESSAGE_MAX));
    let request = member.request("GET", "/me/messages?format=html", "Connection: close\r\n");
    // Ten times, and sometimes again.
    force.repeat(10, |_| (), |(), turn| sip(force, force.origin(turn), &request, SLOWLY));
}

/// The largest pages of a room, on as many connections as there may be.
fn slow_pages(force: &Force) {
    let mut member = force.member();
    post_all(&mut member, 60, "/chat", |_| "\"".repeat(MESSAGE_MAX));
    let request = member.request("GET", "/chat", "Connection: close\r\n");
    force.repeat(200, |_| (), |(), turn| sip(force, force.origin(turn), &request, SLOWLY));
}

fn pages(force: &Force) {
    let member = force.member();
    force.repeat(60, |_| member.another(), |client, _| status(client.get("/chat")));
}

/// Many requests in one breath, whose answers are short and as much work.
fn heads(force: &Force) {
    const AT_ONCE: usize = 32;
    let member = force.member();
    let request = member.request("HEAD", "/chat", "").repeat(AT_ONCE);
    let act = |stream: &mut Option<TcpStream>, turn| {
        let open = match stream.take() {
            Some(open) => Ok(open),
            None => force.origin(turn).connect(None),
        };
        let mut open = open?;
        open.write_all(&request)?;
        let (mut answers, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        while answers.windows(4).filter(|four| four == b"\r\n\r\n").count() < AT_ONCE {
            let read = open.read(&mut buffer)?;
            if read == 0 {
                return Ok(status_of(&answers));
            }
            answers.extend_from_slice(&buffer[..read]);
        }
        *stream = Some(open);
        Ok(status_of(&answers))
    };
    force.repeat(16, |_| None, act);
}

/// A new open room, by its address.
fn open_room(member: &mut Client) -> String {
    let answer = member.post_json("/rooms", &[("name", "Garden"), ("open", "yes")]).unwrap();
    format!("/rooms/{}", answer.json()["room"])
}

/// Everything that changes something and is no message.
fn changes(force: &Force) {
    let mut member = force.member();
    let room = open_room(&mut member);
    force.repeat(
        48,
        |_| member.another(),
        |client, turn| {
            let (name, zone) = (format!("Garden {turn}"), ["Asia/Tokyo", "Europe/Berlin"][turn / 5 % 2]);
            status(match turn % 5 {
                0 | 1 => client.post(&format!("{room}/about"), &[("name", &name), ("topic", &name)]),
                2 => client.post(&format!("{room}/leave"), &[]),
                3 => client.post(&format!("{room}/join"), &[]),
                _ => client.post("/me/zone", &[("zone", zone)]),
            })
        },
    );
}

/// A room that others are in has another name all the time.
fn renames(force: &Force) {
    let mut members = force.members(8);
    let room = open_room(&mut members[0]);
    for member in &mut members[1..] {
        let _ = member.post(&format!("{room}/join"), &[]);
    }
    force.repeat(
        48,
        |number| members[number % 8].another(),
        |client, turn| status(client.post(&format!("{room}/about"), &[("name", &format!("Garden {turn}"))])),
    );
}

/// Read markers and typing hints of a member who follows nothing.
fn marks(force: &Force) {
    let member = force.member();
    force.repeat(
        48,
        |_| member.another(),
        |client, turn| match turn % 2 {
            0 => status(client.post("/typing", &[])),
            _ => status(client.post("/chat/read", &[("up_to", &turn.to_string())])),
        },
    );
}

/// Sixteen accounts take as many streams as each may.
fn streams(force: &Force) {
    let members = force.members(16);
    let open = |number: usize| {
        let member = &members[number % members.len()];
        let mut stream = member.origin.connect(None)?;
        stream.write_all(&member.request("GET", "/events", ""))?;
        // So that what is refused at once is told from what is held.
        let mut buffer = [0; 512];
        let read = stream.read(&mut buffer)?;
        let status = status_of(&buffer[..read]);
        force.count(&Ok(status));
        if status == 200 { Ok(stream) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    };
    force.keep(16 * 64, open, |_| {});
}

/// Messages full of names that nobody has, and pages of them.
fn mentions(force: &Force) {
    let members = force.members(25);
    let text = format!("@{}", "\u{fdfa}.".repeat(29)).repeat(20);
    std::thread::scope(|scope| {
        for member in &members {
            let (mut member, text) = (member.another(), &text);
            scope.spawn(move || post_all(&mut member, BURST, "/chat", |_| text.clone()));
        }
    });
    force.repeat(16, |number| members[number].another(), |client, _| status(client.get("/chat")));
}

/// Long notes to oneself: more than memory holds of everyone's messages.
fn notes(force: &Force) {
    let members = force.members(5);
    force.repeat(
        5,
        |number| members[number].another(),
        |client, turn| {
            let path = format!("/people/mallory{}", turn % 5);
            status(client.post_json(&path, &[("message", &"\u{1f4dd}".repeat(MESSAGE_MAX))]))
        },
    );
}

/// Pages that only the file has.
fn old_pages(force: &Force) {
    let mut member = force.member();
    post_all(&mut member, BURST - 10, "/chat", |number| format!("{number} {}", "old ".repeat(200)));
    force.repeat(
        48,
        |_| member.another(),
        |client, turn| status(client.get(&format!("/chat?before={}", 80 + turn % 60))),
    );
}

/// Searches that find much and look at everything, as often as members may.
fn searches(force: &Force) {
    let members = force.members(12);
    std::thread::scope(|scope| {
        for member in &members {
            let mut member = member.another();
            let text = |number: usize| {
                let words = (0..400).map(|word| format!("w{}", (number * 31 + word * 7) % 997));
                words.collect::<Vec<_>>().join(" ")
            };
            scope.spawn(move || post_all(&mut member, 100, "/chat", text));
        }
    });
    force.repeat(
        12,
        |number| members[number].another(),
        |client, turn| status(client.get(&format!("/search?q=w{}+w{}+w", turn % 10, turn % 7))),
    );
}
