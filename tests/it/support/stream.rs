//! A stream as its reader sees it: events, or a page that does not end. No wait is without a bound.

use std::collections::HashSet;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Client, Connecting, RawConnection, Response, TIMEOUT, articles, post_request, read_some};

/// How often something is looked at that is awaited.
const LOOK: Duration = Duration::from_millis(10);

/// Within this, what was said arrives; it is less than a heartbeat takes, and as much as a busy machine may need.
pub(super) const LOST: Duration = Duration::from_secs(10);

/// Waits until this is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(LOOK);
    }
}

/// A request for a stream that was sent, and whose answer nobody has looked at.
pub(crate) struct PendingStream(TcpStream);

impl PendingStream {
    pub(crate) fn on(socket: TcpStream, client: &Client, target: &str, extra: &str) -> Self {
        Self::with_method("GET", socket, client, target, extra)
    }

    pub(crate) fn with_method(
        method: &str,
        mut socket: TcpStream,
        client: &Client,
        target: &str,
        extra: &str,
    ) -> Self {
        let host = client.host_at(socket.peer_addr().unwrap());
        let cookies = client.cookies();
        let cookie = if cookies.is_empty() { cookies } else { format!("Cookie: {cookies}\r\n") };
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{cookie}{extra}\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        Self(socket)
    }

    /// With a receive buffer so small that much of an answer cannot hide in it.
    pub(crate) fn narrow(address: SocketAddr, client: &Client, target: &str) -> Self {
        let narrow = Connecting { window: Some(2048), ..Connecting::patient(TIMEOUT) };
        Self::on(narrow.to(address).unwrap(), client, target, "")
    }

    /// Hangs up so that the other side gets a reset.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(&self.0).set_linger(Some(Duration::ZERO));
    }

    /// The stream, or the whole answer that is none.
    pub(crate) fn answer(self) -> Result<Stream, Response> {
        self.try_answer().expect("an answer")
    }

    /// The same of a server that may be killed meanwhile: nothing, unless a head came.
    fn try_answer(mut self) -> Option<Result<Stream, Response>> {
        let (head, rest) = self.read_head()?;
        if head.status != 200 || !head.header("content-length").is_empty() {
            return Some(Err(self.read_rest(head, rest)));
        }
        let source = Cursor::new(rest).chain(self.0.try_clone().unwrap());
        let source: Box<dyn Read + Send> = match head.header("transfer-encoding") {
            "" => Box::new(source),
            // As proxies send it.
            "chunked" => Box::new(chunked_transfer::Decoder::new(source)),
            other => panic!("{other}"),
        };
        Some(Ok(Stream { head, socket: self.0, source, heard: Vec::new(), understood: 0 }))
    }

    /// The socket with its head and what came behind it, or the whole answer that does not switch protocols.
    pub(super) fn switched(self) -> Result<(TcpStream, Response, Vec<u8>), Response> {
        let (socket, head, rest) = self.begun();
        if head.status == 101 { Ok((socket, head, rest)) } else { Err(Self(socket).read_rest(head, rest)) }
    }

    /// The socket with the head of any answer, and what came behind it.
    pub(crate) fn begun(mut self) -> (TcpStream, Response, Vec<u8>) {
        let (head, rest) = self.read_head().expect("an answer");
        (self.0, head, rest)
    }

    /// The answer's head, and what came behind it; nothing, if it ends before.
    fn read_head(&mut self) -> Option<(Response, Vec<u8>)> {
        let mut bytes = Vec::new();
        loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = bytes.split_off(at + 4);
                return Some((Response::parse(&bytes), rest));
            }
            let mut some = [0; 4096];
            let count = match read_some(&mut self.0, &mut some) {
                Ok(0) => return None,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                read => read.unwrap(),
            };
            bytes.extend_from_slice(&some[..count]);
        }
    }

    /// The whole answer of this head, whose body has begun.
    fn read_rest(mut self, head: Response, mut body: Vec<u8>) -> Response {
        let length: usize = head.header("content-length").parse().expect("a length");
        let left = length.saturating_sub(body.len()) as u64;
        (&mut self.0).take(left).read_to_end(&mut body).unwrap();
        Response { body: String::from_utf8(body).unwrap(), ..head }
    }
}

/// One event. What is no message has another `kind`: that of its event, `retry`, or `:` for a
/// comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamEvent {
    pub kind: String,
    pub id: Option<u64>,
    pub data: String,
}

/// The kinds of what becomes of messages.
pub(super) const CHANGES: &[&str] = &["edited", "pinned", "reacted", "removed", "stale"];

impl StreamEvent {
    /// A block of lines, as WHATWG HTML, 9.2.6 reads it; fields that are not ours are a fault.
    fn parse(block: &[u8]) -> Self {
        let block = std::str::from_utf8(block).expect("events are UTF-8");
        let (mut kind, mut id, mut data) = (None, None, None::<String>);
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or_else(|| panic!("no field: {line:?}"));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => data = Some(data.map_or(value.into(), |data| data + "\n" + value)),
                "event" => kind = Some(value),
                "id" => id = Some(value.parse().unwrap_or_else(|_| panic!("no id: {line:?}"))),
                "retry" => kind = Some("retry"),
                "" => kind = Some(":"),
                _ => panic!("no field of ours: {line:?}"),
            }
        }
        let kind = kind.unwrap_or("message").to_owned();
        let counts = kind == "message" || CHANGES.contains(&&*kind);
        assert_eq!(id.is_some(), counts, "one comes back by what was said and changed alone: {block:?}");
        Self { kind, id, data: data.unwrap_or_default() }
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// See the module's text.
pub(crate) struct Stream {
    pub head: Response,
    socket: TcpStream,
    source: Box<dyn Read + Send>,
    /// What was heard and is not understood yet; for a page, all of it.
    heard: Vec<u8>,
    /// How many bytes were taken from it as whole events.
    pub understood: usize,
}

/// Whatever tells of messages and changes: a stream or a socket.
pub(crate) trait EventSource {
    /// The next event of these kinds, or nothing at the end. Where nothing but a heartbeat comes, it is lost.
    fn next_among(&mut self, kinds: &[&str]) -> Option<StreamEvent>;

    /// How it ended, as far as it said.
    fn ending(&self) -> String {
        String::new()
    }

    /// The next message, in the same way.
    #[track_caller]
    fn message(&mut self) -> Option<StreamEvent> {
        self.next_among(&["message"])
    }

    /// The ids of the messages up to and with this one, or to the end.
    #[track_caller]
    fn ids_until(&mut self, last: u64) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.last() < Some(&last)
            && let Some(told) = self.message()
        {
            ids.extend(told.id);
        }
        ids
    }

    /// The next of what was said or changed.
    #[track_caller]
    fn next_change(&mut self) -> StreamEvent {
        let next = self.next_among(&[&["message"], CHANGES].concat());
        next.unwrap_or_else(|| panic!("it ends: {}", self.ending()))
    }

    /// What was said or changed, up to and with message `last`.
    #[track_caller]
    fn changes_until(&mut self, last: u64) -> Vec<StreamEvent> {
        let mut all: Vec<StreamEvent> = Vec::new();
        while all.last().is_none_or(|told| told.kind != "message" || told.id != Some(last)) {
            all.push(self.next_change());
        }
        let ids: Vec<_> = all.iter().map(|told| told.id).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "out of order or double: {ids:?}");
        all
    }
}

impl EventSource for Stream {
    #[track_caller]
    fn next_among(&mut self, kinds: &[&str]) -> Option<StreamEvent> {
        let start = Instant::now();
        loop {
            let told = self.event()?;
            if kinds.contains(&&*told.kind) {
                return Some(told);
            }
            // One that comes soon was due while the story was slow elsewhere.
            let beats = matches!(&*told.kind, "beat" | ":");
            assert!(!beats || start.elapsed() < LOST, "the line is quiet");
        }
    }
}

impl Stream {
    #[track_caller]
    pub(crate) fn open(client: &Client, target: &str) -> Self {
        Self::open_with(client, target, "")
    }

    /// From this message on, as a browser comes back.
    #[track_caller]
    pub(crate) fn resume(client: &Client, target: &str, last: u64) -> Self {
        Self::open_with(client, target, &format!("Last-Event-ID: {last}\r\n"))
    }

    #[track_caller]
    pub(crate) fn open_with(client: &Client, target: &str, extra: &str) -> Self {
        match Self::ask(client, target, extra) {
            Ok(stream) => stream,
            Err(answer) => panic!("no stream: {answer:?}"),
        }
    }

    pub(crate) fn ask(client: &Client, target: &str, extra: &str) -> Result<Self, Response> {
        PendingStream::on(client.connect(), client, target, extra).answer()
    }

    /// From this message on, of a server that may be killed meanwhile, or have no stream to give.
    #[cfg(feature = "postgres")]
    pub(crate) fn try_resume(client: &Client, target: &str, last: Option<u64>) -> Option<Self> {
        let extra = last.map_or_else(String::new, |last| format!("Last-Event-ID: {last}\r\n"));
        match PendingStream::on(client.connect(), client, target, &extra).try_answer()? {
            Ok(stream) => Some(stream),
            Err(answer) => {
                assert_eq!(answer.status, 503, "{answer:?}");
                None
            }
        }
    }

    /// The answer to a request for a stream that is not granted, or that has nothing to follow.
    #[track_caller]
    pub(crate) fn refused(client: &Client, target: &str) -> Response {
        Self::ask(client, target, "").err().expect("no stream")
    }

    /// Some more bytes; none at the end.
    fn hear(&mut self, most: usize) -> usize {
        let here = self.heard.len();
        self.heard.resize(here + most, 0);
        let read = read_some(&mut self.source, &mut self.heard[here..]);
        let count = match read {
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => 0,
            Err(error) => {
                self.heard.truncate(here);
                let tail = &self.heard[here.saturating_sub(300)..];
                panic!("{error} after {:?}", String::from_utf8_lossy(tail))
            }
        };
        self.heard.truncate(here + count);
        count
    }

    /// The next event of whatever kind, or nothing at the end. Half an event is none.
    pub(crate) fn event(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some(told) = self.heard_event() {
                return Some(told);
            }
            if self.hear(16 * 1024) == 0 {
                return None;
            }
        }
    }

    fn heard_event(&mut self) -> Option<StreamEvent> {
        let end = self.heard.windows(2).position(|two| two == b"\n\n")?;
        let told = StreamEvent::parse(&self.heard[..end]);
        self.heard.drain(..end + 2);
        self.understood += end + 2;
        Some(told)
    }

    /// The next event of this kind.
    #[track_caller]
    pub(crate) fn next_of(&mut self, kind: &str) -> StreamEvent {
        self.next_among(&[kind]).unwrap_or_else(|| panic!("the stream ends without {kind}"))
    }

    /// Every event up to and with this message.
    pub(crate) fn events_until(&mut self, last: u64) -> Vec<StreamEvent> {
        let mut all = Vec::new();
        loop {
            let told = self.event().unwrap_or_else(|| panic!("it ends before {last}: {all:?}"));
            let over = told.id == Some(last);
            all.push(told);
            if over {
                return all;
            }
        }
    }

    /// Takes exactly this many bytes, then hangs up. The ids of the messages that were whole.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Vec<u64> {
        let mut left = bytes;
        while left > 0 {
            let count = self.hear(left);
            assert!(count > 0, "the stream ends {left} bytes before {bytes}");
            left -= count;
        }
        std::iter::from_fn(|| self.heard_event()).filter_map(|told| told.id).collect()
    }

    /// All of it as text, once this message is there.
    pub(crate) fn page_until(&mut self, id: u64) -> String {
        let mark = format!("id=\"m{id}\"");
        let deadline = Instant::now() + TIMEOUT;
        loop {
            // Half a character may be the last.
            let mut text = String::from_utf8_lossy(&self.heard).into_owned();
            if text.split_once(&mark).is_some_and(|(_, rest)| rest.contains("</article>")) {
                // And so may half a message.
                text.truncate(text.rfind("</article>").map_or(0, |end| end + "</article>".len()));
                return text;
            }
            // Heartbeats alone do not count.
            assert!(Instant::now() < deadline, "the page goes on without message {id}: {text}");
            assert!(self.hear(16 * 1024) > 0, "the page ends without message {id}: {text}");
        }
    }

    /// All of it as text, with what comes next.
    pub(crate) fn more(&mut self) -> String {
        assert!(self.hear(64 * 1024) > 0, "it ended");
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// All of it as text, once it has ended.
    pub(crate) fn rest(&mut self) -> String {
        let deadline = Instant::now() + TIMEOUT;
        while self.hear(16 * 1024) > 0 {
            assert!(Instant::now() < deadline, "it does not end");
        }
        String::from_utf8(std::mem::take(&mut self.heard)).unwrap()
    }

    /// How long to wait for the next bytes.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        self
    }

    /// The connection, to say something on it that nobody asked for.
    pub(crate) fn socket(&self) -> TcpStream {
        self.socket.try_clone().unwrap()
    }

    /// Hangs up so that the other side gets a reset.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
    }
}

/// The ids of messages among what was told.
pub(crate) fn event_ids(told: &[StreamEvent]) -> Vec<u64> {
    told.iter().filter_map(|told| told.id).collect()
}

/// In short: what, and which message.
pub(crate) fn outline(told: &[StreamEvent]) -> Vec<(&str, u64)> {
    told.iter().map(|told| (&*told.kind, told.value()["id"].as_u64().unwrap())).collect()
}

/// The ids of the messages on a page; one of which only a part is there does not count.
pub(crate) fn page_ids(page: &str) -> Vec<u64> {
    let whole = page.rfind("</article>").unwrap_or_default();
    articles(&page[..whole]).iter().map(|article| article.id).collect()
}

/// Somebody who posts much, on connections that are kept.
pub(crate) struct Poster {
    /// One to each node, which take turns.
    wires: Vec<RawConnection>,
    client: Client,
}

impl Poster {
    pub(crate) fn new(address: SocketAddr, client: &Client) -> Self {
        let wires = client.nodes_at(address).iter().map(|node| RawConnection::open(*node)).collect();
        Self { wires, client: client.clone() }
    }

    /// Says this; the message's id.
    pub(crate) fn say(&mut self, text: &str) -> u64 {
        self.say_at("/chat", text)
    }

    pub(crate) fn say_at(&mut self, path: &str, text: &str) -> u64 {
        self.post(path, text).expect(201).value()["id"].as_u64().unwrap()
    }

    pub(crate) fn edit_message(&mut self, id: u64, text: &str) {
        self.post(&format!("/messages/{id}/edit"), text).expect(200);
    }

    fn post(&mut self, path: &str, text: &str) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("message", text).finish();
        let request = post_request(path, &self.client.cookies(), &body);
        self.wires.rotate_left(1);
        self.wires[0].say(request.replacen("\r\n", "\r\nAccept: application/json\r\n", 1));
        let answer = self.wires[0].answer();
        answer.headers("set-cookie").into_iter().for_each(|cookie| self.client.keep(cookie));
        answer
    }
}

/// That a reader who saw these has seen all that was posted between the first and the last of
/// them, in order and once.
#[track_caller]
pub(crate) fn assert_whole(seen: &[u64], posted: &HashSet<u64>) {
    assert!(seen.is_sorted_by(|one, next| one < next), "out of order or double: {seen:?}");
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return };
    let mut missing: Vec<u64> = posted.iter().copied().filter(|id| (first..=last).contains(&id)).collect();
    missing.retain(|id| seen.binary_search(id).is_err());
    missing.sort_unstable();
    assert!(missing.is_empty(), "between {first} and {last} missing: {missing:?}");
}
