//! A WebSocket as a client sees it (RFC 6455), which can say anything. No wait is without a bound.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::stream::{CHANGES, EventSource, LOST, wait_until};
use super::{Client, Connecting, PendingStream, Response, StreamEvent, TIMEOUT, read_some};

/// What a request for a socket says beside what every request does; the key is the RFC's.
pub(crate) const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// First bytes of whole messages.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;

/// See the module's text.
pub(crate) struct Socket {
    pub head: Response,
    wire: TcpStream,
    /// What was heard and is not understood yet.
    heard: Vec<u8>,
    /// How many bytes were taken from it as whole frames.
    pub understood: usize,
    /// What came while the story waited for an answer.
    events: VecDeque<StreamEvent>,
    /// What came while it waited for an event.
    answers: VecDeque<Value>,
    closed: Option<SocketClose>,
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketFrame {
    pub first: u8,
    pub payload: Vec<u8>,
}

/// How the server ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketClose {
    pub code: u16,
    pub reason: String,
}

/// A masked frame with the shortest form of its length; `first` is flags and opcode.
pub(crate) fn masked_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x9C, 0x03, 0xE1, 0x5A];
    let head = match payload.len() {
        length @ ..126 => vec![first, 0x80 | u8::try_from(length).unwrap()],
        length => match u16::try_from(length) {
            Ok(length) => [&[first, 0xFE][..], &length.to_be_bytes()].concat(),
            Err(_) => [&[first, 0xFF][..], &(length as u64).to_be_bytes()].concat(),
        },
    };
    let masked = payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    head.into_iter().chain(MASK).chain(masked).collect()
}

/// The payload of a close.
pub(crate) fn close_payload(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

impl Socket {
    #[track_caller]
    pub(crate) fn open(client: &Client, target: &str) -> Self {
        Self::ask(client, target, UPGRADE).unwrap_or_else(|answer| panic!("no socket: {answer:?}"))
    }

    /// The same for a member whose places may all be taken a little longer: by streams that are over, and what they asked
    /// for last is being answered.
    #[track_caller]
    pub(crate) fn open_when_free(client: &Client, target: &str) -> Self {
        let mut opened = None;
        wait_until("a place", || {
            opened = match Self::ask(client, target, UPGRADE) {
                Ok(socket) => Some(socket),
                Err(answer) if answer.status == 429 => None,
                Err(answer) => panic!("no socket: {answer:?}"),
            };
            opened.is_some()
        });
        opened.unwrap()
    }

    /// With a receive buffer so small that much of what is told cannot hide in it.
    #[track_caller]
    pub(crate) fn narrow(address: SocketAddr, client: &Client, target: &str) -> Self {
        let narrow = Connecting { window: Some(2048), ..Connecting::patient(TIMEOUT) };
        let pending = PendingStream::on(narrow.to(address).unwrap(), client, target, UPGRADE);
        Self::on(pending).unwrap_or_else(|answer| panic!("no socket: {answer:?}"))
    }

    /// `extra` are the header lines that ask for the socket, each with its line end.
    pub(crate) fn ask(client: &Client, target: &str, extra: &str) -> Result<Self, Response> {
        Self::on(PendingStream::on(client.connect(), client, target, extra))
    }

    /// The answer to a request for a socket that is not granted.
    #[track_caller]
    pub(crate) fn refused(client: &Client, target: &str) -> Response {
        Self::ask(client, target, UPGRADE).err().expect("no socket")
    }

    pub(crate) fn on(pending: PendingStream) -> Result<Self, Response> {
        let (wire, head, early) = pending.switched()?;
        assert_eq!(head.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "{}", head.head);
        assert_eq!(head.header("upgrade").to_ascii_lowercase(), "websocket", "{}", head.head);
        assert_eq!(head.header("connection").to_ascii_lowercase(), "upgrade", "{}", head.head);
        let (events, answers) = Default::default();
        Ok(Self { head, wire, heard: early, understood: 0, events, answers, closed: None })
    }

    /// Says these bytes as they are; whether the other side took them all.
    pub(crate) fn say_bytes(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.wire.write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn say_frame(&mut self, first: u8, payload: impl AsRef<[u8]>) -> bool {
        self.say_bytes(masked_frame(first, payload.as_ref()))
    }

    /// Says this in one frame.
    pub(crate) fn say(&mut self, command: &Value) {
        assert!(self.say_frame(TEXT, command.to_string()), "the socket is over");
    }

    /// Says this; the answer, which has its tag.
    #[track_caller]
    pub(crate) fn command(&mut self, command: &Value) -> Value {
        self.say(command);
        let answer = self.answer();
        assert_eq!(answer.get("tag"), command.get("tag"), "{answer}");
        answer
    }

    /// Posts to General; the message's id.
    #[track_caller]
    pub(crate) fn post(&mut self, text: &str) -> u64 {
        let answer = self.command(&json!({"do": "post", "tag": 7, "room": 0, "message": text}));
        assert_eq!(answer["status"], 201, "{answer}");
        answer["data"]["id"].as_u64().unwrap()
    }

    /// The next answer to a command.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Value {
        while self.answers.is_empty() {
            assert!(self.take_in(), "no answer but {:?}", self.closed);
        }
        self.answers.pop_front().unwrap()
    }

    /// The next event of whatever kind, or nothing at the end.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Option<StreamEvent> {
        let start = Instant::now();
        while self.events.is_empty() {
            if !self.take_in_before(start + LOST) {
                return None;
            }
        }
        self.events.pop_front()
    }

    /// The next frame of whatever kind, or nothing at the end. Half a frame is none.
    #[track_caller]
    pub(crate) fn frame(&mut self) -> Option<SocketFrame> {
        loop {
            if let Some(frame) = self.heard_frame() {
                return Some(frame);
            }
            if self.hear(64 * 1024) == 0 {
                return None;
            }
        }
    }

    /// How the server ends it, once the connection is over; nothing where that is without a close.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> Option<SocketClose> {
        let deadline = Instant::now() + TIMEOUT;
        while self.take_in() {
            assert!(Instant::now() < deadline, "it does not end");
        }
        self.closed.clone()
    }

    /// That it ends with this code, and the connection with it.
    #[track_caller]
    pub(crate) fn assert_closed(&mut self, code: u16) {
        let closed = self.ended();
        assert_eq!(closed.as_ref().map(|closed| closed.code), Some(code), "{closed:?}");
    }

    /// Takes exactly this many bytes, then hangs up. The ids of the events that were whole.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Vec<u64> {
        // What came with the head counts.
        self.heard.truncate(bytes);
        let mut left = bytes - self.heard.len();
        while left > 0 {
            let count = self.hear(left);
            assert!(count > 0, "the socket ends {left} bytes before {bytes}");
            left -= count;
        }
        let frames = std::iter::from_fn(|| self.heard_frame());
        frames
            .filter(|frame| frame.first == TEXT)
            .filter_map(|frame| parse_event(&frame.payload).ok()?.id)
            .collect()
    }

    /// How long to wait for the next bytes.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        self.wire.set_read_timeout(Some(patience)).unwrap();
        self
    }

    /// The connection, to say something on it from elsewhere.
    pub(crate) fn socket(&self) -> TcpStream {
        self.wire.try_clone().unwrap()
    }

    /// Hangs up so that the other side gets a reset.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(&self.wire).set_linger(Some(Duration::ZERO));
    }

    /// The next frame, put where it belongs; false at the end.
    #[track_caller]
    fn take_in(&mut self) -> bool {
        let Some(SocketFrame { first, payload }) = self.frame() else { return false };
        assert!(self.closed.is_none(), "more after {:?}: {first:x} {payload:?}", self.closed);
        match first {
            TEXT => match parse_event(&payload) {
                Ok(event) => self.events.push_back(event),
                Err(answer) => self.answers.push_back(answer),
            },
            // The other side may be gone.
            PING => drop(self.say_frame(PONG, payload)),
            PONG => {}
            CLOSE => {
                let (code, reason) = payload.split_first_chunk().expect("a code");
                let (code, reason) = (u16::from_be_bytes(*code), String::from_utf8(reason.into()).unwrap());
                self.closed = Some(SocketClose { code, reason });
            }
            _ => panic!("no frame of ours: {first:x} {payload:?}"),
        }
        true
    }

    /// The same, unless nothing but a ping comes after so long: then what was to come is lost.
    #[track_caller]
    fn take_in_before(&mut self, lost: Instant) -> bool {
        let frame_is_next = self.heard_any();
        let is_ping = frame_is_next && self.heard[0] == PING;
        assert!(!is_ping || Instant::now() < lost, "the line is quiet");
        self.take_in()
    }

    /// True once some of the next frame is there.
    fn heard_any(&mut self) -> bool {
        !self.heard.is_empty() || self.hear(64 * 1024) > 0
    }

    /// A whole frame, which is unmasked, and as short as it can be.
    fn heard_frame(&mut self) -> Option<SocketFrame> {
        let heard = &self.heard[..];
        let (first, second) = (*heard.first()?, *heard.get(1)?);
        assert_eq!(first & 0x70, 0, "nothing reserved was agreed upon");
        let (length, at) = match second {
            length @ ..126 => (length.into(), 2),
            126 => (u16::from_be_bytes(*heard.get(2..)?.first_chunk()?).into(), 4),
            127 => (u64::from_be_bytes(*heard.get(2..)?.first_chunk()?), 10),
            _ => panic!("a server's frame with a mask"),
        };
        assert!(at == 2 || length >= [126, 0x1_0000][usize::from(at == 10)], "{length} in a long form");
        let end = at + usize::try_from(length).unwrap();
        let payload = heard.get(at..end)?.to_vec();
        self.heard.drain(..end);
        self.understood += end;
        Some(SocketFrame { first, payload })
    }

    /// Some more bytes; none at the end.
    #[track_caller]
    fn hear(&mut self, most: usize) -> usize {
        let here = self.heard.len();
        self.heard.resize(here + most, 0);
        let read = read_some(&mut self.wire, &mut self.heard[here..]);
        self.heard.truncate(here + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => 0,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.heard)),
        }
    }
}

impl EventSource for Socket {
    #[track_caller]
    fn next_among(&mut self, kinds: &[&str]) -> Option<StreamEvent> {
        loop {
            let told = self.event()?;
            if kinds.contains(&&*told.kind) {
                return Some(told);
            }
        }
    }

    fn ending(&self) -> String {
        format!("{:?}", self.closed)
    }
}

/// A text of the server: an event, or else an answer.
fn parse_event(payload: &[u8]) -> Result<StreamEvent, Value> {
    let value: Value = serde_json::from_slice(payload)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(payload)));
    let Some(kind) = value["event"].as_str() else {
        assert!(value["status"].is_u64(), "neither an event nor an answer: {value}");
        return Err(value);
    };
    let (kind, id) = (kind.to_owned(), value["id"].as_u64());
    assert_eq!(id.is_some(), kind == "message" || CHANGES.contains(&&*kind), "{value}");
    let data = value.get("data").map(Value::to_string);
    Ok(StreamEvent { kind, id, data: data.unwrap_or_default() })
}
