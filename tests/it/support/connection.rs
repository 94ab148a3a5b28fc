//! Connections to a server, for clients of stories and of benches.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

/// How a connection is made.
#[derive(Clone, Copy)]
pub(crate) struct Connecting {
    /// The client's address; none: as the system chooses.
    pub from: Option<IpAddr>,
    /// The size of its receive buffer in bytes, where a large answer is not to hide in it.
    pub window: Option<usize>,
    /// How long to connect, to read or to write once before it is an error.
    pub patience: Duration,
}

impl Connecting {
    pub(crate) fn patient(patience: Duration) -> Self {
        Self { from: None, window: None, patience }
    }

    pub(crate) fn to(self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket =
            socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
        if let Some(window) = self.window {
            socket.set_recv_buffer_size(window)?;
        }
        if let Some(from) = self.from {
            socket.bind(&SocketAddr::new(from, 0).into())?;
        }
        socket.connect_timeout(&address.into(), self.patience)?;
        socket.set_tcp_nodelay(true)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        Ok(stream)
    }
}

/// How many bytes the first answer takes with its head, which has to be there as a whole; no stated length is 0.
pub(crate) fn answer_length(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = parsed.parse(bytes) else { return None };
    let length_header =
        parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = |value| std::str::from_utf8(value).unwrap().parse::<usize>().expect("a length");
    Some(head + length_header.map_or(0, |header| length(header.value)))
}
