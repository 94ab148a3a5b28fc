//! The only place that meets clients' sockets.
//!
//! `tiny_http` is not made to face clients alone: it has no timeouts and no limits, one request
//! with a huge length ends its process, and a full table of descriptors ends its listening. So
//! the door owns the listener and the clients' connections, lets in only whole, bounded, timely
//! requests, passes each on in one form through a private connection, takes the whole
//! answer, and only then writes to the client. A slow client costs one small thread here, never a
//! worker there.

mod backend;
mod chunked;
mod command;
mod connection;
mod download;
mod head;
mod limits;
mod rejection;
mod steps;
mod stream;
mod table;
mod threads;
mod upload;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use socket2::SockRef;

use backend::Backends;
pub use backend::{Application, Upstream};
use command::Command;
pub use limits::DoorLimits;
use limits::{ACCEPT_PAUSE, ANSWERS_MAX, BACKEND_IDLE, BACKLOG, BODIES_MAX, SEND_BUFFER, STACK, WRITE_TICK};
use table::{Connection, Table};
use threads::IdleThreads;

use crate::exchange::Exchanges;
use crate::fair::{Budget, Semaphore, Victim};
use crate::live::Live;
use crate::log::log;

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);

pub struct Door {
    address: SocketAddr,
    shared: Arc<DoorState>,
    waker: Waker,
    accepting: JoinHandle<()>,
}

/// Tells who is signed in: the door counts what clients share by member.
pub trait Members: Send + Sync {
    /// The number of the member for whom these cookies stand, if for anyone. Cost: one look-up in memory.
    fn member(&self, cookies: &str) -> Option<u64>;
}

struct DoorState {
    limits: DoorLimits,
    table: Table,
    threads: IdleThreads<Work>,
    backends: Backends,
    /// Turns at the application, one for each connection to it.
    turns: Semaphore,
    members: Arc<dyn Members>,
    live: Live,
    /// Bytes of bodies that are not with the application yet.
    bodies: Arc<Budget>,
    /// Bytes of answers that clients have not taken yet.
    answers: Arc<Budget>,
    stopping: AtomicBool,
}

/// What one of the threads does until it is done.
enum Work {
    Connection(Admitted),
    Command(Command),
}

/// A connection, and its number in the table.
struct Admitted {
    id: u64,
    connection: Arc<Connection>,
}

impl Door {
    /// Lets clients of `listener` in to `application`. What goes on as a stream is handed to `live`.
    pub(crate) fn open(
        listener: TcpListener,
        application: Arc<dyn Application>,
        members: Arc<dyn Members>,
        (live, exchanges): (Live, Exchanges),
        limits: DoorLimits,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        // Accepted sockets inherit both. Without the first, each answer on a kept connection waits
        // 40 ms.
        SockRef::from(&listener).set_tcp_nodelay(true)?;
        // A client that finds the queue full waits a second for the next try of its system.
        SockRef::from(&listener).listen(BACKLOG)?;
        SockRef::from(&listener).set_send_buffer_size(SEND_BUFFER)?;
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&listener.as_raw_fd()), LISTENER, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let shared = Arc::new(DoorState {
            table: Table::new(limits.clone()),
            threads: IdleThreads::default(),
            backends: Backends::new(application, exchanges, limits.requests)?,
            live,
            // As many may wait as there are connections.
            turns: Semaphore::new(limits.requests, usize::MAX),
            members,
            bodies: Budget::new(BODIES_MAX, BODIES_MAX / 8, Victim::Newest),
            answers: Budget::new(ANSWERS_MAX, ANSWERS_MAX / 8, Victim::Oldest),
            stopping: AtomicBool::new(false),
            limits,
        });
        let accepting = thread::Builder::new().name("door".into()).stack_size(STACK).spawn({
            let shared = Arc::clone(&shared);
            move || accept_all(&shared, &listener, poll)
        })?;
        Ok(Self { address, shared, waker, accepting })
    }

    /// The address that was bound, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, finishes what is under way and sends the rest home, until `deadline`.
    pub fn stop(self, deadline: Instant) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        if self.waker.wake().is_ok() {
            // It panics never; and if, there is nothing left to stop.
            let _ = self.accepting.join();
        }
        self.shared.table.stop(deadline);
    }
}

/// The accept loop. No error ends it.
fn accept_all(shared: &Arc<DoorState>, listener: &TcpListener, mut poll: Poll) {
    let mut events = Events::with_capacity(8);
    while !shared.stopping.load(Ordering::SeqCst) {
        match listener.accept() {
            Ok((socket, peer)) => receive(shared, socket, peer),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => {
                    shared.backends.trim();
                    // An interrupted wait is as good as one that ended.
                    let _ = poll.poll(&mut events, Some(BACKEND_IDLE));
                }
                ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                // Descriptors or memory ran out: some connection will end and give back its own.
                _ => thread::sleep(ACCEPT_PAUSE),
            },
        }
    }
}

/// Gives a new connection its thread. Without a place or a thread it is closed.
fn receive(shared: &Arc<DoorState>, socket: TcpStream, peer: SocketAddr) {
    // On some systems these are inherited from the listener, which does not block.
    let prepared = socket.set_nonblocking(false).and_then(|()| socket.set_write_timeout(Some(WRITE_TICK)));
    if prepared.is_err() {
        return;
    }
    let Some((id, connection)) = shared.table.admit(socket, peer.ip()) else { return };
    if !shared.hand_over(Work::Connection(Admitted { id, connection })) {
        shared.table.leave(id);
    }
}

impl DoorState {
    /// Gives work to a thread that has nothing to do, or to a new one. False where there is none: the work is dropped.
    fn hand_over(self: &Arc<Self>, work: Work) -> bool {
        let Some(work) = self.threads.hand_over(work) else { return true };
        let shared = Arc::clone(self);
        let run = move || {
            let mut next = Some(work);
            while let Some(work) = next {
                match work {
                    Work::Connection(admitted) => shared.serve(admitted),
                    Work::Command(command) => answer(command),
                }
                next = shared.threads.next();
            }
        };
        thread::Builder::new().name("client".into()).stack_size(STACK).spawn(run).is_ok()
    }

    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    fn serve(self: &Arc<Self>, admitted: Admitted) {
        // A panic in one connection is one closed connection.
        let served = catch_unwind(AssertUnwindSafe(|| connection::serve(self, &admitted)));
        let stream = served.unwrap_or_else(|_| {
            log(format_args!("a connection ended by an internal error"));
            None
        });
        self.table.leave(admitted.id);
        // Out of the table, the connection is ours alone, but for a moment of `stop`.
        match (stream, Arc::into_inner(admitted.connection)) {
            (Some((ticket, arrival)), Some(connection)) => {
                self.live.attach(ticket, connection.socket, arrival);
            }
            (Some((ticket, _)), None) => self.live.cancel(ticket),
            (None, _) => {}
        }
    }
}

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn answer(command: Command) {
    if catch_unwind(AssertUnwindSafe(|| command.run())).is_err() {
        log(format_args!("a command ended by an internal error"));
    }
}
