//! A chat as JSON lines: a first one that says what it is, one for each member and message, and a
//! last one by which a reader knows that nothing is missing.

use std::collections::HashMap;

use chrono::DateTime;
use serde_json::{Value, json};

use super::known::Known;
use crate::chat::{
    Body, Event, MemberId, Nonce, PasswordHash, Record, RoomId, RoomName, Seq, Timestamp, Topic, Username,
};
use crate::secrets::is_hash;
use crate::views::exact;

const FORM: u64 = 1;
/// Highest id that is taken: what every JSON reader still tells apart.
const ID_MAX: u64 = 1 << 53;

pub(super) fn first() -> Value {
    json!({ "snug": FORM })
}

pub(super) fn last(newest: Seq, records: u64) -> Value {
    json!({ "newest": newest.0, "records": records })
}

/// A member, a room or a message, and nothing for sessions, offers and what was read. `names`
/// are of all members before.
pub(super) fn line(record: &Record, names: &HashMap<MemberId, Username>) -> Option<Value> {
    let (id, at) = (record.seq.0, exact(record.at));
    match &record.event {
        Event::Registered { name, password } => {
            Some(json!({ "id": id, "at": at, "member": name.as_str(), "password": &*password.0 }))
        }
        Event::RoomOpened { name, topic, open } => Some(
            json!({ "id": id, "at": at, "room_opened": name.as_str(), "topic": topic.as_str(), "open": open }),
        ),
        Event::PairOpened { one, other } => Some(json!({ "id": id, "at": at, "pair": [one.0.0, other.0.0] })),
        Event::Joined { room, member } => {
            Some(json!({ "id": id, "at": at, "joined": room.0.0, "by": member.0.0 }))
        }
        Event::Posted { author, room, body, nonce } => {
            let name = names.get(author).map(Username::as_str);
            let mut line = json!({ "id": id, "at": at, "room": room.0.0, "author": author.0.0, "name": name, "text": body.as_str() });
            if let Some(nonce) = nonce {
                line["nonce"] = nonce.as_str().into();
            }
            Some(line)
        }
        _ => None,
    }
}

/// Reads lines in order, and takes none that contradicts the ones before.
#[derive(Default)]
pub(super) struct Reading {
    begun: bool,
    ended: Option<Seq>,
    last: Seq,
    count: u64,
    known: Known,
}

impl Reading {
    /// The record of a line, if it is one of those.
    pub(super) fn take(&mut self, line: &str) -> Result<Option<Record>, String> {
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("no JSON (column {})", error.column()))?;
        if !self.begun {
            return match value["snug"].as_u64() {
                Some(FORM) => Ok(None).inspect(|_| self.begun = true),
                Some(_) => Err("it was made by a newer snug".into()),
                None => Err("it is no export of snug's".into()),
            };
        }
        if self.ended.is_some() {
            return Err("something follows the end".into());
        }
        if let Some(newest) = value["newest"].as_u64().filter(|newest| *newest <= ID_MAX) {
            if value["records"].as_u64() != Some(self.count) {
                return Err(format!(
                    "{} records were said to come before, not {}",
                    value["records"], self.count
                ));
            }
            self.ended = Some(self.last.max(Seq(newest)));
            return Ok(None);
        }
        let record = self.record(&value)?;
        if !self.known.learn(&record) {
            return Err(format!("two members are called {}", value["member"].as_str().unwrap_or_default()));
        }
        self.last = record.seq;
        self.count += 1;
        Ok(Some(record))
    }

    /// The newest number, once the last line was read.
    pub(super) fn end(&self) -> Result<Seq, String> {
        self.ended.ok_or_else(|| "the end is missing: it was cut off".into())
    }

    fn record(&self, value: &Value) -> Result<Record, String> {
        let text = |name: &str| value[name].as_str().ok_or_else(|| format!("{name:?} is missing"));
        let member = |id: &Value, name: &str| {
            let id = id.as_u64().map(|id| MemberId(Seq(id))).filter(|id| self.known.has_member(*id));
            id.ok_or_else(|| format!("{name:?} is no member"))
        };
        let room = |name: &str| {
            let id = value[name].as_u64().map(|id| RoomId(Seq(id)));
            id.filter(|id| self.known.has_room(*id)).ok_or_else(|| format!("{name:?} is no room"))
        };
        let seq = Seq(value["id"].as_u64().ok_or("\"id\" is missing")?);
        if seq.0 > ID_MAX {
            return Err("\"id\" is too high".into());
        }
        if seq <= self.last {
            return Err("the ids do not grow".into());
        }
        let at = DateTime::parse_from_rfc3339(text("at")?).map_err(|error| format!("\"at\": {error}"))?;
        let event = if value["member"].is_string() {
            let name = text("member")?;
            let name = Username::parse(name).ok().filter(|parsed| parsed.as_str() == name);
            let name = name.ok_or("\"member\" is no name")?;
            let password = PasswordHash(text("password")?.into());
            if !is_hash(&password) {
                return Err("\"password\" is no argon2 hash".into());
            }
            Event::Registered { name, password }
        } else if value["room_opened"].is_string() {
            let name = RoomName::kept(text("room_opened")?).ok_or("\"room_opened\" is no name")?;
            let topic = Topic::kept(text("topic")?).ok_or("\"topic\" is none")?;
            Event::RoomOpened { name, topic, open: value["open"].as_bool().ok_or("\"open\" is missing")? }
        } else if value["pair"].is_array() {
            let (one, other) = (member(&value["pair"][0], "pair")?, member(&value["pair"][1], "pair")?);
            Event::PairOpened { one: one.min(other), other: one.max(other) }
        } else if value["joined"].is_u64() {
            Event::Joined { room: room("joined")?, member: member(&value["by"], "by")? }
        } else {
            let body = text("text")?;
            // As snug would have kept it: nothing to mend, nothing to leave out.
            let body = Body::parse(body).ok().filter(|parsed| parsed.as_str() == body);
            let body = body.ok_or("\"text\" is no message")?;
            let nonce = if value["nonce"].is_null() { None } else { Some(Nonce::parse(text("nonce")?)) };
            let nonce = nonce.transpose().map_err(|_| "\"nonce\" is none")?;
            Event::Posted { author: member(&value["author"], "author")?, room: room("room")?, body, nonce }
        };
        Ok(Record { seq, at: Timestamp(at.timestamp_millis()), event })
    }
}
