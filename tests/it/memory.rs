//! A chat that is as full as its limits allow, with clients who take all that they can: it fits the memory that the
//! README states.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::prelude::*;

const MEMBERS: i64 = 10_000;
const SESSIONS: i64 = 20_000;
const ROOMS: i64 = 10_000;
const CONVERSATIONS: i64 = 9_000;
const MESSAGES: i64 = 10_000;
/// Ids of members begin here, and so on: one chat's numbers are of one row.
const FIRST: i64 = 1_000_000;

/// The figure of the README, in MB.
fn stated() -> i64 {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("at most ").expect("the worst case");
    let (number, _) = rest.split_once(" MB").expect("in MB");
    number.parse().unwrap()
}

/// The token of one of the sessions that are written into the file.
fn token(n: i64) -> String {
    format!("{n:0>43}")
}

/// A text of so many characters of four bytes, which begins with a number.
fn long(n: i64, characters: usize) -> String {
    let number = n.to_string();
    let rest = "𐐀".repeat(characters - number.len());
    number + &rest
}

/// Writes as much as the limits allow beside what one member did.
fn fill(file: &str) {
    let mut connection = Connection::open(file).unwrap();
    let change = connection.transaction().unwrap();
    let password: String = change.query_row("SELECT password FROM members", [], |row| row.get(0)).unwrap();
    let insert = |sql: &str, rows: i64, row: &dyn Fn(&mut rusqlite::CachedStatement, i64)| {
        let mut statement = change.prepare_cached(sql).unwrap();
        (0..rows).for_each(|n| row(&mut statement, n));
    };
    insert(
        "INSERT INTO members (id, registered_at, name, password) VALUES (?1, 1, ?2, ?3)",
        MEMBERS - 1,
        &|sql, n| {
            sql.execute(params![FIRST + n, long(n, 32), password]).unwrap();
        },
    );
    insert(
        "INSERT INTO sessions (id, opened_at, member, token_sha256, device) VALUES (?1, 1, ?2, ?3, ?4)",
        SESSIONS - 20,
        &|sql, n| {
            let digest: [u8; 32] = Sha256::digest(token(n)).into();
            sql.execute(params![2 * FIRST + n, FIRST + n % (MEMBERS - 1), digest, long(n, 60)]).unwrap();
        },
    );
    insert(
        "INSERT INTO rooms (id, opened_at, name, topic, open) VALUES (?1, 1, ?2, ?3, 0)",
        ROOMS,
        &|sql, n| {
            sql.execute(params![3 * FIRST + n, long(n, 60), long(n, 200)]).unwrap();
        },
    );
    for (offset, table) in [(4, 0), (5, 1)] {
        insert(
            "INSERT INTO room_members (id, joined_at, room, member) VALUES (?1, 1, ?2, ?3)",
            ROOMS,
            &|sql, n| {
                let member = FIRST + (n + table * 17) % (MEMBERS - 1);
                sql.execute(params![offset * FIRST + n, 3 * FIRST + n, member]).unwrap();
            },
        );
        insert("INSERT INTO read_marks (member, room, up_to) VALUES (?1, ?2, 1)", ROOMS, &|sql, n| {
            let member = FIRST + (n + table * 17) % (MEMBERS - 1);
            sql.execute(params![member, 3 * FIRST + n]).unwrap();
        });
    }
    insert(
        "INSERT INTO pairs (id, opened_at, one, other, begun_by) VALUES (?1, 1, ?2, ?3, ?2)",
        CONVERSATIONS,
        &|sql, n| {
            sql.execute(params![6 * FIRST + n, FIRST + n, FIRST + n + 1]).unwrap();
        },
    );
    insert(
        "INSERT INTO messages (id, posted_at, author, room, text, nonce) VALUES (?1, 1, ?2, 0, ?3, ?4)",
        MESSAGES,
        &|sql, n| {
            let nonce = format!("{n:0>64}");
            sql.execute(params![7 * FIRST + n, FIRST + n % (MEMBERS - 1), long(n, 256), nonce]).unwrap();
        },
    );
    change.execute("UPDATE numbering SET newest = ?1", [8 * FIRST]).unwrap();
    change.commit().unwrap();
}

/// Somebody of those who are in the file.
fn member(program: &Process, n: i64, cookie: &str) -> Client {
    let mut client = program.visitor();
    client.cookie = Some(format!("{cookie}={}", token(n)));
    client
}

#[test]
fn a_chat_as_full_as_it_may_be_fits_the_stated_memory() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let ann = program.member("ann");
    let cookie = ann.cookie.clone().unwrap().split('=').next().unwrap().to_owned();
    program.signal("-TERM");
    assert!(program.end().success());
    fill(&folder.data());

    let program = folder.serve(&["--post-rate", "600"]);
    let someone = |n: i64| member(&program, n, &cookie);
    assert!(someone(0).is_in());
    // Streams: all that there are, of some members.
    let streams: Vec<Stream> =
        (0..1_024).map(|n| Stream::open(&someone(n / 64), "/events?format=html")).collect();
    // What all of them are told, in as many forms as there are zones: the ring is full.
    for n in 0..200 {
        let text = format!("{n} {}", "<".repeat(3_900));
        someone(n).say(&text).expect(303);
    }
    // Connections: all that there are, most with a head that does not end, some with a body that does not, some that
    // do not take their answer.
    let body = "x".repeat(128 * 1024 - 1);
    let head = get_request("/chat").replace("\r\n\r\n", &format!("\r\nX: {}", "x".repeat(16_000)));
    let page =
        get_request("/chat").replace("\r\n\r\n", &format!("\r\nCookie: {cookie}={}\r\n\r\n", token(1)));
    let mut wires = Vec::new();
    for n in 0..1_000 {
        let Ok(mut wire) = RawConnection::try_open(program.address, Some(2048)) else { break };
        match n {
            0..60 => drop(wire.say_without_waiting(page.as_bytes())),
            60..180 => {
                let begun = post_request("/chat", &format!("{cookie}={}", token(n)), &body)
                    .replacen("131071", "131072", 1);
                wire.say_without_waiting(begun.as_bytes());
            }
            _ => drop(wire.say_without_waiting(head.as_bytes())),
        }
        wires.push(wire);
    }
    // And passwords are hashed.
    let _ = program.visitor().login("nobody", "wrong horse");
    someone(2).get("/people").expect(200);
    someone(3).get("/search?q=1").expect(200);
    let most = (program.status("VmHWM") * 1024 / 1_000_000).cast_signed();
    println!("{most} MB were resident at most, {} are stated", stated());
    assert!(most <= stated(), "{most} MB were resident at most, {} are stated", stated());
    drop((streams, wires));
    assert!(someone(4).is_in());
}
