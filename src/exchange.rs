//! What the door and the application hand to each other.
//!
//! `tiny_http` carries of each request its first line and a number, and of each answer the word that it is made
//! ([`MADE`]). Under that number, the rest is handed over in memory as it is: nothing of it is copied, or parsed again.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::transfer::{Download, Spool, Upload};

/// To the application: the number under which the rest of the request lies. No client's header comes in beside it.
pub(crate) const NUMBER: &str = "X-Snug-Exchange";
/// To the door: the answer is made.
pub(crate) const MADE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// Headers of every answer, the application's as well as the door's own: nothing of a private chat is kept on the way, listed
/// by search engines, taken for another kind, or loaded by other sites.
pub(crate) const ON_ALL_ANSWERS: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

/// A request but for its method and target. It is boxed on its way: it would stand on a client's stack several times.
pub(crate) struct RequestParts {
    /// Those that the application reads, by their names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The client's address.
    pub(crate) from: IpAddr,
    /// The client speaks https, to a proxy.
    pub(crate) https: bool,
    pub(crate) body: Vec<u8>,
    /// A body that waits outside, of which the application is asked whether it is wanted.
    pub(crate) offer: Option<BodyOffer>,
    /// A body that was spooled.
    pub(crate) spool: Option<Spool>,
}

impl RequestParts {
    /// Of a client on this machine that says nothing.
    pub(crate) fn empty() -> Box<Self> {
        let from = Ipv4Addr::LOCALHOST.into();
        Box::new(Self { headers: Vec::new(), from, https: false, body: Vec::new(), offer: None, spool: None })
    }
}

/// A body that may be spooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyOffer {
    /// In bytes; unknown where it comes in chunks.
    pub(crate) length: Option<u64>,
}

impl BodyOffer {
    /// As much as the door takes of other forms, in bytes.
    const SMALL: u64 = 128 * 1024;

    /// True of a text, also with small files.
    pub(crate) fn is_small(self) -> bool {
        self.length.is_some_and(|length| length <= Self::SMALL)
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and headers, each with its line end. What says of the body's length and of the connection is the
    /// door's to add.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Cow<'static, [u8]>,
    pub(crate) handover: Option<Handover>,
}

/// What an answer is, or asks for, beyond its bytes.
pub(crate) enum Handover {
    /// It goes on as a stream, with this ticket.
    Stream(u64),
    /// It goes on as a WebSocket; without a seat, it ends after its beginning.
    Socket(Option<SocketSeat>),
    /// To the body that was offered: it is spooled here. Without a spool it is read as any other.
    Spool(Option<Box<Upload>>),
    /// This is its body.
    File(Download),
}

/// A place for a WebSocket.
pub(crate) struct SocketSeat {
    pub(crate) ticket: u64,
    /// What the application has to know of each command that comes on it, as of a request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// The exchanges between door and application, each under its number.
#[derive(Clone, Default)]
pub(crate) struct Exchanges(Arc<Mutex<OpenExchanges>>);

/// As many as there are connections to the application.
#[derive(Default)]
struct OpenExchanges {
    last: u64,
    open: HashMap<u64, Arc<Exchange>>,
}

/// Where the two sides of one connection hand over, one request at a time.
#[derive(Default)]
pub(crate) struct Exchange {
    /// Each guards a moment in which something is put or taken.
    request: Mutex<Option<Box<RequestParts>>>,
    answer: Mutex<Option<Answer>>,
}

/// The door's end. Dropped, nothing comes through any more, and what was on its way is let go of.
pub(crate) struct DoorEnd {
    exchanges: Exchanges,
    pub(crate) number: u64,
    exchange: Arc<Exchange>,
}

impl Exchanges {
    pub(crate) fn open(&self) -> DoorEnd {
        let exchange = Arc::<Exchange>::default();
        let mut exchanges = lock(&self.0);
        exchanges.last += 1;
        let number = exchanges.last;
        exchanges.open.insert(number, Arc::clone(&exchange));
        DoorEnd { exchanges: self.clone(), number, exchange }
    }

    /// The application's end.
    pub(crate) fn find(&self, number: u64) -> Option<Arc<Exchange>> {
        lock(&self.0).open.get(&number).cloned()
    }
}

impl Exchange {
    pub(crate) fn take_request(&self) -> Option<Box<RequestParts>> {
        lock(&self.request).take()
    }

    pub(crate) fn give_answer(&self, answer: Answer) {
        *lock(&self.answer) = Some(answer);
    }
}

impl DoorEnd {
    pub(crate) fn give_request(&self, request: Box<RequestParts>) {
        *lock(&self.exchange.request) = Some(request);
    }

    pub(crate) fn take_answer(&self) -> Option<Answer> {
        lock(&self.exchange.answer).take()
    }
}

impl Drop for DoorEnd {
    fn drop(&mut self) {
        lock(&self.exchanges.0).open.remove(&self.number);
    }
}
