//! A line between two machines, which a story may cut; before several machines, a balancer.

use std::collections::HashMap;
use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::read_some;

/// Passes bytes on, each connection to the next of its targets that takes it.
pub(crate) struct TcpProxy {
    pub(crate) address: SocketAddr,
    line: Arc<Line>,
}

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineState {
    Passes,
    /// They are held back until the line passes again, as by a network that loses all packets. Nobody hears of it.
    Frozen {
        to_target: bool,
        to_client: bool,
    },
    /// Connections end, and no new one begins.
    Cut,
}

struct Line {
    targets: Mutex<Vec<SocketAddr>>,
    turn: AtomicUsize,
    /// So many there were.
    connections: AtomicUsize,
    state: Mutex<LineState>,
    changed: Condvar,
    /// Both ends of each connection.
    open: Mutex<HashMap<usize, [Arc<TcpStream>; 2]>>,
}

impl TcpProxy {
    pub(crate) fn to(target: SocketAddr) -> Self {
        Self::among(vec![target])
    }

    /// A balancer.
    pub(crate) fn among(targets: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let line = Arc::new(Line {
            targets: Mutex::new(targets),
            turn: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            state: Mutex::new(LineState::Passes),
            changed: Condvar::new(),
            open: Mutex::default(),
        });
        let address = listener.local_addr().unwrap();
        thread::spawn({
            let line = Arc::clone(&line);
            move || {
                // Until it is dropped.
                while let Ok((client, _)) = listener.accept()
                    && !line.targets.lock().unwrap().is_empty()
                {
                    let line = Arc::clone(&line);
                    thread::spawn(move || line.connect(client));
                }
            }
        });
        Self { address, line }
    }

    /// From now on, connections go to these.
    pub(crate) fn lead_to(&self, targets: Vec<SocketAddr>) {
        *self.line.targets.lock().unwrap() = targets;
    }

    pub(crate) fn freeze(&self) {
        self.set(LineState::Frozen { to_target: true, to_client: true });
    }

    pub(crate) fn set(&self, state: LineState) {
        *self.line.state.lock().unwrap() = state;
        self.line.changed.notify_all();
        if state == LineState::Cut {
            self.line.end_connections();
        }
    }

    pub(crate) fn cut(&self) {
        self.set(LineState::Cut);
    }

    pub(crate) fn mend(&self) {
        self.set(LineState::Passes);
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.lead_to(Vec::new());
        self.cut();
        let _ = TcpStream::connect(self.address);
    }
}

impl Line {
    fn connect(&self, client: TcpStream) {
        let Some(target) = self.next_target() else { return };
        for end in [&client, &target] {
            let _ = end.set_nodelay(true);
        }
        let ends = [client, target].map(Arc::new);
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        self.open.lock().unwrap().insert(number, ends.clone());
        if *self.state.lock().unwrap() == LineState::Cut {
            self.end_connections();
        }
        let [client, target] = &ends;
        thread::scope(|scope| {
            scope.spawn(|| self.pass(client, target, true));
            self.pass(target, client, false);
        });
        self.open.lock().unwrap().remove(&number);
    }

    /// A new connection to the target whose turn it is, or to one after it.
    fn next_target(&self) -> Option<TcpStream> {
        let targets = self.targets.lock().unwrap().clone();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = targets.iter().cycle().skip(turn % targets.len().max(1)).take(targets.len());
        in_turn.map(|target| TcpStream::connect_timeout(target, Duration::from_secs(5))).find_map(Result::ok)
    }

    /// Until one end closes, which the other is told.
    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, to_target: bool) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = read_some(&mut from, &mut bytes) {
            self.wait_until_it_passes(to_target);
            if to.write_all(&bytes[..count]).is_err() {
                let _ = from.shutdown(Shutdown::Read);
                return;
            }
        }
        self.wait_until_it_passes(to_target);
        let _ = to.shutdown(Shutdown::Write);
    }

    fn wait_until_it_passes(&self, towards_target: bool) {
        let frozen = |state: &mut LineState| match state {
            LineState::Frozen { to_target, to_client } => {
                if towards_target {
                    *to_target
                } else {
                    *to_client
                }
            }
            LineState::Passes | LineState::Cut => false,
        };
        drop(self.changed.wait_while(self.state.lock().unwrap(), frozen).unwrap());
    }

    fn end_connections(&self) {
        for end in self.open.lock().unwrap().values().flatten() {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
