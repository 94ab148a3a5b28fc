//! What is said on a WebSocket, each answered by the application as a request of its own.

use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::json;

use super::head::RequestLine;
use super::limits::{QUEUE_TIME, RETRY_AFTER};
use super::rejection::{Rejection, UNAVAILABLE};
use super::steps::{RequestBody, UpstreamRequest, answer_in_turn};
use super::{DoorState, Work};
use crate::command;
use crate::exchange::{Answer, RequestParts};
use crate::fair::{Claim, Client, Overloaded, Revocable};
use crate::live::{CommandId, SocketClient};
use crate::websocket::text_frame;

/// Where a WebSocket came from: what its commands have in common.
pub(super) struct CommandSource {
    pub(super) door: Weak<DoorState>,
    pub(super) client: Client,
    /// Without a query.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) from: IpAddr,
    pub(super) https: bool,
}

/// A text that a client said. Whatever becomes of it, it is answered when it is dropped.
pub(super) struct Command {
    door: Arc<DoorState>,
    source: Arc<CommandSource>,
    id: CommandId,
    text: String,
    /// Its frame.
    answer: Option<Vec<u8>>,
}

impl SocketClient for CommandSource {
    fn ask(self: Arc<Self>, id: CommandId, text: String) {
        let Some(door) = self.door.upgrade() else { return };
        door.table.begin_command();
        let command = Command { door: Arc::clone(&door), source: self, id, text, answer: None };
        door.hand_over(Work::Command(command));
    }

    fn claim(&self, bytes: usize, holder: Arc<dyn Revocable>) -> Result<Claim, Overloaded> {
        let door = self.door.upgrade().ok_or(Overloaded)?;
        door.bodies.claim(self.client, bytes, holder, Duration::ZERO)
    }
}

impl Command {
    /// Has the application answer, in turn.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn run(mut self) {
        if self.door.table.is_stopping() {
            return;
        }
        let Ok(answer) = self.ask() else { return };
        let text = std::str::from_utf8(&answer.body).unwrap_or_default().trim_end();
        self.answer = Some(match answer.status {
            // Whatever was asked, this is a text for people.
            500 => self.own_answer(500, "internal", text),
            _ => text_frame(text),
        });
    }

    fn ask(&self) -> Result<Answer, Rejection> {
        let source = &*self.source;
        let mut parts = RequestParts::empty();
        parts.headers.clone_from(&source.headers);
        let json = "application/json".to_owned();
        parts.headers.extend([("accept", json.clone()), ("content-type", json)]);
        (parts.from, parts.https) = (source.from, source.https);
        let line = RequestLine { method: "POST".into(), target: source.path.clone().into() };
        // What is held of a socket is counted where it is held.
        let body = RequestBody::Read(self.text.clone().into_bytes(), None);
        let turn = self.door.turns.acquire_within(source.client, QUEUE_TIME).map_err(|_| UNAVAILABLE)?;
        answer_in_turn(&self.door, &turn, UpstreamRequest { line: &line, parts, body })
    }

    /// The answer where the application gave none, as it would.
    fn own_answer(&self, status: u16, error: &str, detail: &str) -> Vec<u8> {
        let tag = command::tag_in(&self.text);
        let data = json!({ "error": error, "detail": detail }).to_string();
        let wait = (status == UNAVAILABLE.status).then(|| RETRY_AFTER.to_string());
        text_frame(&command::answer(tag.as_deref(), status, Some(&data), wait.as_deref()))
    }
}

impl Drop for Command {
    fn drop(&mut self) {
        let Rejection { status, advice, .. } = UNAVAILABLE;
        let answer = self.answer.take().unwrap_or_else(|| self.own_answer(status, "busy", advice));
        self.door.live.answered(self.id, answer);
        self.door.table.end_command();
    }
}
