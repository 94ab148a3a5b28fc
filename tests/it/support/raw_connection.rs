//! A connection on which a test says whatever it likes, and hears everything.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::{Connecting, Response, answer_length};

/// How long anything here may take before it counts as hanging.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Reads once more where a signal came, which a read that may time out does not outlive by itself.
pub(crate) fn read_some(source: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// A bare connection, and what was heard on it and not yet understood.
pub(crate) struct RawConnection {
    stream: TcpStream,
    heard: Vec<u8>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// A plain request for a page, on a connection that is kept.
pub(crate) fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// A form, on a connection that is kept.
pub(crate) fn post_request(path: &str, cookie: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl RawConnection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address, None).unwrap()
    }

    /// With a receive buffer so small that a large answer cannot hide in it.
    pub(crate) fn narrow(address: SocketAddr) -> Self {
        Self::try_open(address, Some(2048)).unwrap()
    }

    pub(crate) fn try_open(address: SocketAddr, window: Option<usize>) -> std::io::Result<Self> {
        let stream = Connecting { window, ..Connecting::patient(TIMEOUT) }.to(address)?;
        Ok(Self { stream, heard: Vec::new() })
    }

    /// Says this; whether the other side took it all.
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Says this for as long as the other side takes it, without waiting; how many bytes it took.
    pub(crate) fn say_without_waiting(&mut self, bytes: &[u8]) -> usize {
        self.stream.set_nonblocking(true).unwrap();
        let mut said = 0;
        while let Ok(count @ 1..) = self.stream.write(&bytes[said..]) {
            said += count;
        }
        self.stream.set_nonblocking(false).unwrap();
        said
    }

    /// Says no more.
    pub(crate) fn hush(&self) {
        // The other side may have closed already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// How long to wait for the next bytes.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        self
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> Response {
        match self.next_answer(false) {
            Ok(answer) => answer,
            Err(end) => panic!("no answer but {end:?} after {:?}", String::from_utf8_lossy(&self.heard)),
        }
    }

    /// The next answer, which is one to HEAD.
    pub(crate) fn answer_to_head(&mut self) -> Response {
        self.next_answer(true).expect("an answer to HEAD")
    }

    /// The next answer, or how the connection ended before it.
    pub(crate) fn next_answer(&mut self, bodyless: bool) -> Result<Response, End> {
        loop {
            if let Some(length) = measure(&self.heard, bodyless) {
                let rest = self.heard.split_off(length);
                let bytes = std::mem::replace(&mut self.heard, rest);
                return Ok(Response::parse(&bytes));
            }
            self.hear()?;
        }
    }

    /// All answers until the connection ends, and how it does. Anything else than whole answers
    /// is a fault.
    pub(crate) fn until_the_end(&mut self) -> (Vec<Response>, End) {
        let mut answers = Vec::new();
        loop {
            match self.next_answer(false) {
                Ok(answer) => answers.push(answer),
                Err(end) => {
                    assert!(self.heard.is_empty(), "no answer: {:?}", String::from_utf8_lossy(&self.heard));
                    return (answers, end);
                }
            }
        }
    }

    /// That nothing comes any more but the end.
    pub(crate) fn assert_closed(&mut self) {
        let (answers, end) = self.until_the_end();
        assert!(answers.is_empty() && end == End::Closed, "{end:?} after {answers:?}");
    }

    /// The status of the answer that begins to come.
    pub(crate) fn peek_status(&mut self) -> u16 {
        while self.heard.len() < 12 {
            self.hear().expect("an answer");
        }
        std::str::from_utf8(&self.heard[9..12]).unwrap().parse().unwrap()
    }

    /// Takes up to this many bytes and forgets them; how many came.
    pub(crate) fn sip(&mut self, most: usize) -> usize {
        let mut bytes = vec![0; most];
        read_some(&mut self.stream, &mut bytes).unwrap_or_default()
    }

    /// Hangs up so that the other side gets a reset.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    fn hear(&mut self) -> Result<(), End> {
        let mut bytes = [0; 16 * 1024];
        match read_some(&mut self.stream, &mut bytes) {
            Ok(0) => Err(End::Closed),
            Ok(count) => {
                self.heard.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                Err(End::Reset)
            }
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.heard)),
        }
    }
}

/// How long the first answer is, once it is there as a whole.
fn measure(bytes: &[u8], bodyless: bool) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).expect("a head is UTF-8");
    assert!(text.starts_with("HTTP/1.1 "), "{text:?}");
    let answer = Response::parse(&bytes[..head]);
    if bodyless || answer.status < 200 {
        return Some(head);
    }
    assert_eq!(answer.header("content-length").is_empty(), matches!(answer.status, 204 | 304), "{text:?}");
    answer_length(bytes).filter(|length| bytes.len() >= *length)
}

/// That this request is answered with this status, by a short page and a close that the client
/// gets to see, although it has sent another request behind.
pub(crate) fn assert_refused(address: SocketAddr, request: impl AsRef<[u8]>, status: u16) {
    let request = request.as_ref();
    let shown = String::from_utf8_lossy(&request[..request.len().min(300)]).into_owned();
    let mut wire = RawConnection::open(address);
    wire.say([request, get_request("/smuggled").as_bytes()].concat());
    let (answers, end) = wire.until_the_end();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!((&statuses[..], end), (&[status][..], End::Closed), "{shown:?}");
    assert_eq!(answers[0].header("connection"), "close", "{shown:?}");
    assert!(answers[0].body.contains(&format!("<h1>{status} ")), "{shown:?}: {:?}", answers[0]);
}
