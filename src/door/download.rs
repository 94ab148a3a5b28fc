//! An answer whose body is a file: it goes out at the client's pace.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::Arc;

use super::Admitted;
use super::head::Persistence;
use super::rejection::UNAVAILABLE;
use super::steps::{End, connection_line, send_pieces, send_reset};
use super::stream::{Patience, ReadError, is_wait};
use crate::exchange::Answer;
use crate::fair::Revocable;
use crate::transfer::{Content, Download, PIECE};

/// What the kernel is asked to send at once.
#[cfg(target_os = "linux")]
const AT_ONCE: usize = 16 * PIECE;

/// Sends the head of an answer, and a download as its body.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn send_file(
    admitted: &Admitted,
    answer: &Answer,
    download: &Download,
    (bodyless, persistence): (bool, Persistence),
) -> Result<(), End> {
    let connection = &admitted.connection;
    if !download.seat.attach(Arc::clone(connection) as Arc<dyn Revocable>) {
        return Err(UNAVAILABLE.into());
    }
    let tail = format!("Content-Length: {}\r\n{}\r\n", download.length, connection_line(persistence));
    send_pieces(connection, [&*answer.head, tail.as_bytes()].into_iter()).map_err(|_| End::Quiet)?;
    if bodyless {
        return Ok(());
    }
    send_part(&connection.socket, download).map_err(|_| {
        send_reset(connection);
        End::Quiet
    })
}

fn send_part(socket: &TcpStream, download: &Download) -> Result<(), ReadError> {
    let mut patience = Patience::paced();
    let mut way = Way::BY_DEFAULT;
    let (mut at, end) = (download.from, download.from + download.length);
    while at < end {
        let most = usize::try_from(end - at).unwrap_or(usize::MAX);
        match way.send_some(socket, &download.content, at, most) {
            // The file is shorter than it was.
            Ok(0) => return Err(ReadError::Gone),
            Ok(count) => {
                at += count as u64;
                patience.progress(count);
            }
            Err(error) if is_wait(error.kind()) => {}
            Err(error) if way.gives_way(&error) => way = Way::Copied(Vec::new()),
            Err(_) => return Err(ReadError::Gone),
        }
        if patience.is_over() {
            return Err(ReadError::TimedOut);
        }
    }
    Ok(())
}

/// How bytes of a file come to a socket.
enum Way {
    #[cfg(target_os = "linux")]
    InKernel,
    /// Through this buffer.
    Copied(Vec<u8>),
}

impl Way {
    #[cfg(target_os = "linux")]
    const BY_DEFAULT: Self = Self::InKernel;
    #[cfg(not(target_os = "linux"))]
    const BY_DEFAULT: Self = Self::Copied(Vec::new());

    /// Sends some bytes, at most `most`; gives how many.
    fn send_some(
        &mut self,
        mut socket: &TcpStream,
        content: &Content,
        at: u64,
        most: usize,
    ) -> io::Result<usize> {
        if let Some(bytes) = content.in_memory(at) {
            return socket.write(&bytes[..bytes.len().min(most)]);
        }
        match self {
            #[cfg(target_os = "linux")]
            Self::InKernel => {
                let file = content.file().ok_or(ErrorKind::Unsupported)?;
                let at = usize::try_from(at).map_err(|_| ErrorKind::Unsupported)?;
                let most = std::num::NonZeroUsize::new(most.min(AT_ONCE));
                socket2::SockRef::from(socket).sendfile(file, at, most)
            }
            Self::Copied(buffer) => {
                buffer.resize(most.min(PIECE), 0);
                content.read_at(buffer, at)?;
                socket.write(buffer)
            }
        }
    }

    /// Whether another way has to be gone for this kind of file.
    fn gives_way(&self, error: &io::Error) -> bool {
        let unsupported = matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported);
        unsupported && !matches!(self, Self::Copied(_))
    }
}
