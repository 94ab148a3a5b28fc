//! A client at an address of its own, which takes any answer and waits for none for ever.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::connection::{Connecting, answer_length};

/// Within this an answer counts as served, and a stream as quiet.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
pub(crate) const PASSWORD: &str = "correct horse";
const FORM: &str = "application/x-www-form-urlencoded";
/// No answer is longer: half of one's own messages, or a page of hostile ones.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// From where a client reaches the chat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) server: SocketAddr,
    pub(crate) from: IpAddr,
    /// Whether this program plays the proxy: the address is forwarded then, and not connected from.
    pub(crate) forwarded: bool,
}

impl Origin {
    /// A bare connection. `buffer`: what the system may take of an answer that is not read, in bytes.
    pub(crate) fn connect(&self, buffer: Option<usize>) -> io::Result<TcpStream> {
        let from = if self.forwarded { Ipv4Addr::LOCALHOST.into() } else { self.from };
        Connecting { from: Some(from), window: buffer, patience: PATIENCE }.to(self.server)
    }

    /// A request's head up to its own headers.
    pub(crate) fn head(&self, method: &str, path: &str) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.server);
        if self.forwarded {
            let _ = write!(head, "X-Forwarded-For: {}\r\n", self.from);
        }
        head
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        let body = self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_default()
    }

    fn cookies(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().take_while(|line| !line.is_empty());
        lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let pair = value.split(';').next()?;
            (name.eq_ignore_ascii_case("set-cookie") && !pair.ends_with('=')).then_some(pair)
        })
    }
}

/// See the module's text. Its connection is kept where the server keeps it.
pub(crate) struct Client {
    pub(crate) origin: Origin,
    kept: Option<TcpStream>,
    /// As in the header.
    pub(crate) cookies: String,
}

impl Client {
    pub(crate) fn at(origin: Origin) -> Self {
        Self { origin, kept: None, cookies: String::new() }
    }

    /// The same member on a connection of their own.
    pub(crate) fn another(&self) -> Self {
        Self { origin: self.origin, kept: None, cookies: self.cookies.clone() }
    }

    /// A new member of this name.
    pub(crate) fn register(origin: Origin, name: &str, code: &str) -> io::Result<Self> {
        let mut client = Self::at(origin);
        client.sign("/register", name, PASSWORD, code)?;
        Ok(client)
    }

    /// Registers or signs in; the cookies are those of the answer, beside what it did not change.
    pub(crate) fn sign(&mut self, path: &str, name: &str, password: &str, code: &str) -> io::Result<Answer> {
        let fields = [("username", name), ("password", password), ("code", code)];
        let given = if code.is_empty() { 2 } else { 3 };
        let answer = self.post(path, &fields[..given])?;
        let mut jar: Vec<String> = self.cookies.split("; ").map(str::to_owned).collect();
        for pair in answer.cookies() {
            let name = pair.split('=').next().unwrap_or_default();
            jar.retain(|kept| !kept.is_empty() && kept.split('=').next() != Some(name));
            jar.push(pair.into());
        }
        self.cookies = jar.join("; ");
        if answer.status == 303 { Ok(answer) } else { Err(io::Error::other(answer.status.to_string())) }
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask(&self.request("GET", path, ""))
    }

    pub(crate) fn get_json(&mut self, path: &str) -> io::Result<Answer> {
        self.ask(&self.request("GET", path, "Accept: application/json\r\n"))
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        self.post_with(path, "", fields)
    }

    pub(crate) fn post_json(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        self.post_with(path, "Accept: application/json\r\n", fields)
    }

    fn post_with(&mut self, path: &str, extra: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(&self.form(path, extra, &body))
    }

    /// A form's request, head and body.
    pub(crate) fn form(&self, path: &str, extra: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        let extra = format!("{extra}Content-Type: {FORM}\r\nContent-Length: {length}\r\n");
        [&*self.request("POST", path, &extra), body.as_bytes()].concat()
    }

    /// A request without a body; `extra` are whole lines.
    pub(crate) fn request(&self, method: &str, path: &str, extra: &str) -> Vec<u8> {
        let mut head = self.origin.head(method, path);
        if !self.cookies.is_empty() {
            let _ = write!(head, "Cookie: {}\r\n", self.cookies);
        }
        (head + extra + "\r\n").into_bytes()
    }

    /// Asks as browsers do: once more on a new connection where the kept one was closed meanwhile.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        if let Some(mut stream) = self.kept.take() {
            let mut bytes = Vec::new();
            let sent = stream.write_all(request).and_then(|()| read_answer(&mut stream, &mut bytes));
            match sent {
                Ok(answer) => return Ok(self.keep(stream, answer)),
                Err(error) if is_timeout(&error) || !bytes.is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        let mut stream = self.origin.connect(None)?;
        // Refused while it was still being sent, it has an answer all the same.
        let _ = stream.write_all(request);
        let answer = read_answer(&mut stream, &mut Vec::new())?;
        Ok(self.keep(stream, answer))
    }

    fn keep(&mut self, stream: TcpStream, answer: Answer) -> Answer {
        let head = answer.text.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        self.kept = (!head.contains("\r\nconnection: close")).then_some(stream);
        answer
    }
}

pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What comes next; a signal is no reason to stop.
pub(crate) fn read_some(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// One whole answer, whose length its head tells.
fn read_answer(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<Answer> {
    let mut buffer = vec![0; 64 * 1024];
    let mut whole = None;
    while whole.is_none_or(|whole| bytes.len() < whole) {
        let read = read_some(stream, &mut buffer)?;
        if read == 0 || bytes.len() > ANSWER_MAX {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
        whole = whole.or_else(|| answer_length(bytes));
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.ok_or(ErrorKind::InvalidData)?, text })
}
