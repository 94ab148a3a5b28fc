//! An HTTP client, and what it is answered.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::Connecting;

pub(crate) const PASSWORD: &str = "correct horse";
/// How long anything here may take before it counts as hanging.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP client that can say anything: it keeps its cookies, and follows nothing by itself.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    /// The nodes that its connections lead to in turn.
    nodes: Arc<[SocketAddr]>,
    turn: Arc<AtomicUsize>,
    from: IpAddr,
    /// What it sends in the header of this name.
    pub cookie: Option<String>,
    /// The cookie by which its browser is known, apart.
    pub device: Option<String>,
    /// The cookie that says up to where it knows a chat of several nodes, apart.
    pub seq: SeqCookie,
    headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            nodes: [address].into(),
            turn: Arc::default(),
            from: Ipv4Addr::LOCALHOST.into(),
            cookie: None,
            device: None,
            seq: SeqCookie::default(),
            headers: Vec::new(),
        }
    }

    /// The same client, which goes to another of these nodes with each request, under the same address. It knows the chat
    /// up to where others do that have this cookie.
    pub(super) fn among(self, nodes: impl Iterator<Item = SocketAddr>, seq: &SeqCookie) -> Self {
        Self { nodes: nodes.collect(), seq: seq.clone(), ..self }
    }

    /// The same client at another address of the loopback network, as 127.0.0.2.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.from = address.parse().unwrap();
        self
    }

    /// The same client, sending this header with every request.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same client, where the server listens after a restart, or at another node.
    pub(crate) fn moved_to(self, address: SocketAddr) -> Self {
        Self { address, nodes: [address].into(), ..self }
    }

    /// Where it asks: `http://HOST:PORT`.
    pub(crate) fn home(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same client, asking for JSON.
    pub(crate) fn json(self) -> Self {
        self.with_header("Accept", "application/json")
    }

    pub(crate) fn register(&mut self, name: &str, password: &str) -> Response {
        self.post("/register", &[("username", name), ("password", password)])
    }

    /// This client as a new member, signed in.
    #[track_caller]
    pub(crate) fn into_member(mut self, name: &str) -> Self {
        self.register(name, PASSWORD).expect(303);
        self
    }

    pub(crate) fn login(&mut self, name: &str, password: &str) -> Response {
        self.post("/login", &[("username", name), ("password", password)])
    }

    pub(crate) fn say(&mut self, text: &str) -> Response {
        self.post("/chat", &[("message", text)])
    }

    /// The secret in this client's cookie.
    pub(crate) fn token(&self) -> &str {
        let cookies = self.cookie.as_deref().expect("a cookie").split("; ");
        let mut pairs = cookies.filter_map(|pair| pair.split_once('='));
        let own = pairs.find(|(name, _)| name.starts_with("snug-") || name.starts_with("__Host-snug-"));
        own.expect("our cookie").1
    }

    /// Does with its cookies as the server says.
    pub(super) fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a name and a value");
        if name.ends_with("-device") {
            self.device = Some(pair.to_owned());
            return;
        }
        if name.ends_with("-seq") {
            self.seq.keep(pair);
            return;
        }
        let kept = self.cookie.take().unwrap_or_default();
        let others = kept.split("; ").filter(|pair| pair.split('=').next() != Some(name) && !pair.is_empty());
        let pairs: Vec<&str> = others.chain((!value.is_empty()).then_some(pair)).collect();
        self.cookie = (!pairs.is_empty()).then(|| pairs.join("; "));
    }

    /// All that it has, in one line.
    pub(crate) fn cookies(&self) -> String {
        let all = [self.cookie.clone(), self.device.clone(), self.seq.get()];
        all.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// What it calls the server at the other end of a connection.
    pub(super) fn host_at(&self, node: SocketAddr) -> SocketAddr {
        if self.nodes.contains(&node) { self.address } else { node }
    }

    /// The nodes that it goes to by this address.
    pub(super) fn nodes_at(&self, address: SocketAddr) -> Arc<[SocketAddr]> {
        if self.address == address { Arc::clone(&self.nodes) } else { [address].into() }
    }

    /// Whether something is so for this client at each node.
    pub(crate) fn at_each_node(&self, condition: impl Fn(&Self) -> bool) -> bool {
        self.nodes.iter().all(|node| condition(&self.clone().moved_to(*node)))
    }

    /// Whether the server takes this client for somebody who is signed in.
    pub(crate) fn is_in(&mut self) -> bool {
        match self.clone().json().get("/chat").status {
            200 => true,
            401 => false,
            other => panic!("neither in nor out: {other}"),
        }
    }

    /// The texts that the shared room has for this client now.
    pub(crate) fn texts(&mut self) -> Vec<String> {
        let messages = self.clone().json().get("/chat").value();
        let text = |message: &Value| message["text"].as_str().unwrap().to_owned();
        messages["messages"].as_array().unwrap().iter().map(text).collect()
    }

    /// Every message that is kept, oldest first, page by page as programs read them.
    pub(crate) fn all_messages(&self) -> Vec<Value> {
        const PAGES_MAX: usize = 20;
        let (mut all, mut path) = (Vec::new(), "/chat".to_owned());
        for _ in 0..PAGES_MAX {
            let room = self.clone().json().get(&path).value();
            let page = room["messages"].as_array().unwrap();
            let Some(first) = page.first() else {
                return all;
            };
            assert!(page.len() <= 50, "{} on a page", page.len());
            path = format!("/chat?before={}", first["id"]);
            all.splice(0..0, page.clone());
        }
        panic!("more than {PAGES_MAX} pages");
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, "", b"")
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_body(path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    /// The same to a server that may be killed meanwhile: nothing, unless all of its answer came.
    #[cfg(feature = "sqlite")]
    pub(crate) fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Response> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let extra =
            format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
        self.try_send("POST", path, &extra, body.as_bytes())
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn try_get(&self, path: &str) -> Option<Response> {
        self.try_send("GET", path, "", b"")
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn try_send(&self, method: &str, path: &str, extra: &str, body: &[u8]) -> Option<Response> {
        let bytes = self.try_send_raw(&self.request(method, path, extra, body)).ok()?;
        let whole = bytes.windows(4).any(|end| end == b"\r\n\r\n");
        let answer = whole.then(|| Response::parse(&bytes))?;
        (answer.header("content-length") == answer.bytes.len().to_string()).then_some(answer)
    }

    pub(crate) fn post_body(&mut self, path: &str, content_type: &str, body: &[u8]) -> Response {
        let kind =
            if content_type.is_empty() { String::new() } else { format!("Content-Type: {content_type}\r\n") };
        let extra = format!("{kind}Content-Length: {}\r\n", body.len());
        self.send("POST", path, &extra, body)
    }

    /// Any request; `extra` are header lines, each with its line end.
    pub(crate) fn send(&mut self, method: &str, path: &str, extra: &str, body: &[u8]) -> Response {
        let mut answer = self.send_raw(&self.request(method, path, extra, body));
        answer.asked = format!("{method} {path}");
        for cookie in answer.headers("set-cookie") {
            self.keep(cookie);
        }
        answer
    }

    fn request(&self, method: &str, path: &str, extra: &str, body: &[u8]) -> Vec<u8> {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{extra}", self.address);
        for (name, value) in &self.headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        let cookies = self.cookies();
        if !cookies.is_empty() {
            head = format!("{head}Cookie: {cookies}\r\n");
        }
        head += "\r\n";
        [head.as_bytes(), body].concat()
    }

    /// These bytes as they are, and what comes back until the server closes.
    pub(crate) fn send_raw(&self, request: &[u8]) -> Response {
        Response::parse(&self.try_send_raw(request).unwrap())
    }

    fn try_send_raw(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.try_connect()?;
        stream.write_all(request)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// A bare connection, from this client's address.
    pub(crate) fn connect(&self) -> TcpStream {
        self.try_connect().unwrap()
    }

    fn try_connect(&self) -> io::Result<TcpStream> {
        let node = self.nodes[self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len()];
        Connecting { from: Some(self.from), ..Connecting::patient(TIMEOUT) }.to(node)
    }
}

/// The cookie that says up to where a browser knows a chat of several nodes: one for all copies of a client.
#[derive(Clone, Default)]
pub(crate) struct SeqCookie(Arc<Mutex<Option<String>>>);

impl SeqCookie {
    pub(crate) fn get(&self) -> Option<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn set(&self, pair: String) {
        *self.0.lock().unwrap() = Some(pair);
    }

    /// The newer one stays: where several requests are made at once, answers come in any order.
    fn keep(&self, pair: &str) {
        let seq = |pair: &str| pair.split_once('=').and_then(|(_, seq)| seq.parse::<u64>().ok());
        let mut kept = self.0.lock().unwrap();
        if kept.as_deref().and_then(seq) < seq(pair) {
            *kept = Some(pair.to_owned());
        }
    }
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Response {
    /// What it answers, where that is known: method and path.
    pub asked: String,
    pub status: u16,
    pub head: String,
    /// Its text; empty where it is none.
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Response {
    /// Fails the story, and shows all of the answer, unless it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}\n\n{}", self.asked, self.head, self.body);
        self
    }

    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, bytes) = end.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 4..]));
        let head = String::from_utf8(head.to_vec()).expect("heads are UTF-8");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {head:?}"));
        let mut answer =
            Self { asked: String::new(), status, head, body: String::new(), bytes: bytes.into() };
        // As proxies send it; a head alone has none yet.
        if answer.header("transfer-encoding") == "chunked" && !bytes.is_empty() {
            answer.bytes.clear();
            let whole = chunked_transfer::Decoder::new(bytes).read_to_end(&mut answer.bytes);
            whole.expect("all chunks");
        }
        let is_other =
            ["content-disposition", "content-encoding"].iter().any(|name| !answer.header(name).is_empty());
        let body = String::from_utf8(answer.bytes.clone());
        assert!(is_other || body.is_ok(), "pages are UTF-8");
        Self { body: body.unwrap_or_default(), ..answer }
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let own = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.trim()).collect()
    }

    /// The first value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers(name).first().copied().unwrap_or_default()
    }

    /// Its text as a browser reads it, which was compressed on the way or not: one member of gzip (RFC 1952), whose checksum
    /// and length are right, and nothing behind it.
    #[track_caller]
    pub(crate) fn unpacked(&self) -> String {
        match self.header("content-encoding") {
            "" => self.body.clone(),
            "gzip" => {
                let (mut decoder, mut text) = (flate2::bufread::GzDecoder::new(&*self.bytes), String::new());
                decoder.read_to_string(&mut text).expect("gzip, and UTF-8 in it");
                assert!(decoder.into_inner().is_empty(), "one member");
                text
            }
            other => panic!("nobody asked for {other}"),
        }
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
