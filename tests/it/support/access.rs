//! The tables of who may ask for what, and how those are answered who may not.

use super::{Client, Response, Socket, Stream, UPGRADE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Shared,
    Open,
    Invited,
    Pair,
    Notes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Nobody is signed in.
    Out,
    /// The room does not exist for them.
    Nothing,
    /// They look into an open room.
    Sees,
    In,
}

impl Kind {
    /// What a member is to a room of this kind who is not in it, and to the shared one.
    pub(crate) fn rights_beside(self) -> Rights {
        match self {
            Self::Shared => Rights::In,
            Self::Open => Rights::Sees,
            _ => Rights::Nothing,
        }
    }

    /// What the first one's friend is to it, or the other of the two.
    pub(crate) fn rights_of_second(self) -> Rights {
        if self == Self::Notes { Rights::Nothing } else { Rights::In }
    }
}

/// The status of an answer as a page, and as JSON.
pub(crate) const SIGN_IN: (u16, u16) = (303, 401);
pub(crate) const REFUSED: (u16, u16) = (401, 401);
pub(crate) const FINE: (u16, u16) = (200, 200);
pub(crate) const DONE: (u16, u16) = (303, 303);
pub(crate) const NOT_THERE: (u16, u16) = (404, 404);
pub(crate) const OUTSIDE: (u16, u16) = (403, 403);
pub(crate) const UPGRADED: (u16, u16) = (101, 101);
/// By a command, which has no other answer than JSON.
pub(crate) const MADE: (u16, u16) = (201, 201);

/// A route, and the status of its answer as a page and as JSON, for each kind of people that a table tells apart.
pub(crate) struct Row<const N: usize> {
    pub method: &'static str,
    pub route: &'static str,
    pub form: &'static str,
    pub wanted: [(u16, u16); N],
}

pub(crate) const fn row<const N: usize>(
    method: &'static str,
    route: &'static str,
    form: &'static str,
    wanted: [(u16, u16); N],
) -> Row<N> {
    Row { method, route, form, wanted }
}

/// A request, apart from who sends it.
pub(crate) struct Ask {
    pub method: &'static str,
    pub path: String,
    pub kind: &'static str,
    pub body: String,
    pub json: bool,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl Ask {
    /// The head and what there is of a body. Of a stream that was granted: its head.
    pub(crate) fn by(&self, client: &Client) -> Response {
        let accept = if self.json { "Accept: application/json\r\n" } else { "Accept: text/html\r\n" };
        let streams = self.path.starts_with("/events") || self.path.contains("/live");
        if self.method == "GET" && streams {
            return match Stream::ask(client, &self.path, accept) {
                Ok(stream) => Response {
                    asked: String::new(),
                    status: 200,
                    head: String::new(),
                    bytes: Vec::new(),
                    body: stream.head.body,
                },
                Err(answer) => answer,
            };
        }
        if self.method == "GET" && self.path.starts_with("/socket") {
            return Socket::ask(client, &self.path, &[accept, UPGRADE].concat())
                .map_or_else(|answer| answer, |socket| socket.head);
        }
        let mut extra = accept.to_owned();
        if self.method == "POST" {
            extra = format!("{extra}Content-Type: {}\r\nContent-Length: {}\r\n", self.kind, self.body.len());
        }
        client.clone().send(self.method, &self.path, &extra, self.body.as_bytes())
    }
}

/// The same for a number that stands after one of these.
pub(crate) fn shape_but_for(answer: &Response, number: u64, starts: &[&str]) -> String {
    let head: Vec<&str> =
        answer.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:")).collect();
    let mut whole = head.join("\n") + "\n\n" + &answer.body;
    for start in starts {
        whole = whole.replace(&format!("{start}{number}"), &format!("{start}ID"));
    }
    whole
}

/// All ways to hear of a room as an event stream, by who looks at which room.
pub(crate) const EVERYWHERE: [&str; 2] = ["/events?format=json", "/events?format=html"];
