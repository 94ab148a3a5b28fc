//! Records for tests, with nothing in them that does not matter.

use crate::chat::{
    Amendments, Body, Event, Files, MemberId, Mentions, Nonce, PasswordHash, Record, RoomId, Seq, Timestamp,
    Username,
};

pub(crate) fn record(seq: u64, event: Event) -> Record {
    Record { seq: Seq(seq), at: Timestamp(0), event }
}

pub(crate) fn registered(name: &str, owner: bool) -> Event {
    let (name, password) = (Username::parse(name).unwrap(), PasswordHash("hash".into()));
    Event::Registered { name, password, owner }
}

pub(crate) fn posted(
    (author, room): (MemberId, RoomId),
    body: Body,
    files: Files,
    nonce: Option<&str>,
) -> Event {
    Event::Posted {
        author,
        room,
        body,
        mentions: Mentions::default(),
        group: None,
        quote: None,
        files,
        nonce: nonce.map(|nonce| Nonce::parse(nonce).unwrap()),
        amendments: Amendments::default(),
    }
}
