//! A port for a server that stops and starts again.

use std::net::{Ipv4Addr, SocketAddr};

/// A port that nobody else is given, also while nobody listens there; who says its number may.
pub(crate) struct ReservedPort {
    pub address: SocketAddr,
    _socket: socket2::Socket,
}

impl ReservedPort {
    pub(crate) fn port() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        // With this, two may have one port, as long as but one of them listens.
        socket.set_reuse_address(true).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        Self { address: socket.local_addr().unwrap().as_socket().unwrap(), _socket: socket }
    }
}
