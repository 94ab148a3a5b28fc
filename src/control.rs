//! The socket beside a chat's file, by which commands on the host reach the server that has it open.
//!
//! A request is one line of words, the answer `ok` or `no` in a line, and a text until the end.
//! Whoever may open the socket (the owner of the file) may do what they like with the file as well.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use crate::log::log;
use crate::store::companion_path;

/// Suffix of the socket's name, after that of the file.
const SUFFIX: &str = ".sock";

/// Time that a command waits for the server's answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time that the server waits for a command's line, while others wait for it.
const HEARING: Duration = Duration::from_secs(2);
/// A command's thread reads a line and appends to the log.
const STACK: usize = 256 * 1024;
/// Longest request, in bytes.
const REQUEST_MAX: u64 = 1024;
/// Interval at which the socket's file is looked for: cleaners remove such files.
const LOOK: Duration = Duration::from_secs(1);
/// Clients that are served at once; others wait.
const AT_ONCE: usize = 32;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ControlRequest {
    /// A link by which this member sets a new password.
    ResetPassword(String),
}

impl ControlRequest {
    fn parse(line: &str) -> Option<Self> {
        let (verb, rest) = line.strip_suffix('\n')?.split_once(' ')?;
        (verb == "reset-password").then(|| Self::ResetPassword(rest.into()))
    }

    fn line(&self) -> String {
        let Self::ResetPassword(name) = self;
        format!("reset-password {}\n", name.replace('\n', " "))
    }
}

/// Answers with a text. The error is one line.
type ControlHandler = Arc<dyn Fn(ControlRequest) -> Result<String, String> + Send + Sync>;

/// The listening side, until it is dropped.
pub(crate) struct Control {
    path: PathBuf,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Listens beside `data`, which this process must have claimed: a socket that lies there is left
    /// over from a process that is gone.
    pub(crate) fn open(data: &Path, handler: ControlHandler) -> io::Result<Self> {
        let path = companion_path(data, SUFFIX);
        if fs::symlink_metadata(&path).is_ok_and(|data| data.file_type().is_socket()) {
            fs::remove_file(&path)?;
        }
        let listener = listen(&path)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let (stop, own, data) = (Arc::clone(&stopping), path.clone(), data.to_owned());
        let thread = thread::Builder::new().name("control".into());
        let thread = thread.spawn(move || serve_all(&data, &own, listener, &handler, &stop))?;
        Ok(Self { path, stopping, thread: Some(thread) })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // Wakes the thread; where that fails, it looks within a second.
        let _ = connect(&self.path);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.path);
    }
}

/// A path to a socket that is short enough for its address: about a hundred bytes.
struct SocketPath {
    path: PathBuf,
    /// Keeps the descriptor open that `path` goes through.
    _folder: Option<File>,
}

impl SocketPath {
    fn to(path: &Path) -> io::Result<Self> {
        if SocketAddr::from_pathname(path).is_ok() || !cfg!(target_os = "linux") {
            return Ok(Self { path: path.into(), _folder: None });
        }
        // Its folder under another name, on which everything is allowed that was allowed there.
        let folder = File::open(path.parent().unwrap_or(path))?;
        let number = folder.as_raw_fd().to_string();
        let path = ["/proc/self/fd".as_ref(), number.as_ref(), path.file_name().unwrap_or_default()];
        let path: PathBuf = path.iter().collect();
        let too_long = |_| io::Error::new(ErrorKind::InvalidInput, "the file's name is too long for one");
        SocketAddr::from_pathname(&path).map_err(too_long)?;
        Ok(Self { path, _folder: Some(folder) })
    }
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(&SocketPath::to(path)?.path)
}

/// Opens the socket; nothing may lie there.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let way = SocketPath::to(path)?;
    socket.bind(&SockAddr::unix(&way.path)?)?;
    // Before anybody can connect.
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    // On Linux, `accept` returns after this.
    socket.set_read_timeout(Some(LOOK))?;
    socket.listen(128)?;
    Ok(UnixListener::from(std::os::fd::OwnedFd::from(socket)))
}

/// Takes commands until `stop`, through another socket when this one's file was removed.
fn serve_all(
    data: &Path,
    path: &Path,
    mut listener: UnixListener,
    handler: &ControlHandler,
    stop: &AtomicBool,
) {
    let turns = Arc::new(AtomicUsize::new(0));
    loop {
        let client = listener.accept();
        if stop.load(Ordering::Acquire) {
            return;
        }
        let is_quiet =
            |error: &io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
        if client.as_ref().is_err_and(is_quiet) {
            if is_gone(path) && !is_gone(data) {
                // Tried again if this fails.
                listener = listen(path).unwrap_or(listener);
            }
            continue;
        }
        if let Err(error) = client.and_then(|(client, _)| begin(client, handler, &turns)) {
            log(format_args!("a command was not answered: {error}"));
            // Out of descriptors, for example: not as fast as one can.
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Serves a client in a thread of its own, so that one who says nothing holds up nobody.
fn begin(client: UnixStream, handler: &ControlHandler, served: &Arc<AtomicUsize>) -> io::Result<()> {
    while served.load(Ordering::Acquire) >= AT_ONCE {
        thread::sleep(Duration::from_millis(20));
    }
    served.fetch_add(1, Ordering::AcqRel);
    let (handler, own) = (Arc::clone(handler), Arc::clone(served));
    let thread = thread::Builder::new().name("command".into()).stack_size(STACK);
    let begun = thread.spawn(move || {
        // A client that hung up needs no answer.
        let _ = serve(client, &handler);
        own.fetch_sub(1, Ordering::AcqRel);
    });
    if begun.is_err() {
        served.fetch_sub(1, Ordering::AcqRel);
    }
    begun.map(drop)
}

fn serve(mut client: UnixStream, handler: &ControlHandler) -> io::Result<()> {
    client.set_read_timeout(Some(HEARING))?;
    client.set_write_timeout(Some(HEARING))?;
    let mut line = String::new();
    BufReader::new((&client).take(REQUEST_MAX)).read_line(&mut line)?;
    let answer = ControlRequest::parse(&line).ok_or_else(|| "this snug does not know that command".into());
    // A panic is reported where it is; the next command is served.
    let answered = answer.and_then(|request| {
        let caught = catch_unwind(AssertUnwindSafe(|| handler(request)));
        caught.unwrap_or_else(|_| Err("an internal error; the server's log has more".into()))
    });
    let text = match answered {
        Ok(text) => format!("ok\n{text}"),
        Err(why) => format!("no\n{why}"),
    };
    client.write_all(text.as_bytes())
}

/// Asks the server that has `data` open. Nothing if there is none.
pub(crate) fn ask(data: &Path, request: &ControlRequest) -> Option<Result<String, String>> {
    let data = data.canonicalize().unwrap_or_else(|_| data.into());
    let client = match connect(&companion_path(&data, SUFFIX)) {
        Ok(client) => client,
        // It lies there no more, or nobody listens any more.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return None;
        }
        // A name that is too long for a socket has none.
        Err(error) if error.kind() == ErrorKind::InvalidInput => return None,
        Err(error) => return Some(Err(format!("the server cannot be reached: {error}"))),
    };
    Some(exchange(client, request).unwrap_or_else(|error| {
        Err(match error.kind() {
            ErrorKind::WouldBlock => "the server does not answer in time; try again".into(),
            _ => format!("the server does not answer: {error}"),
        })
    }))
}

fn exchange(mut client: UnixStream, request: &ControlRequest) -> io::Result<Result<String, String>> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(request.line().as_bytes())?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    let (verdict, text) = answer.split_once('\n').ok_or(ErrorKind::UnexpectedEof)?;
    Ok(if verdict == "ok" { Ok(text.into()) } else { Err(text.into()) })
}

#[cfg(test)]
mod tests {
    use super::ControlRequest;

    #[test]
    fn a_request_is_a_line_and_what_is_none_is_refused() {
        let request = ControlRequest::ResetPassword("Zoë".into());
        assert_eq!(ControlRequest::parse(&request.line()), Some(request));
        for other in ["", "\n", "reset-password", "reset-password ann", "stop now\n"] {
            assert_eq!(ControlRequest::parse(other), None, "{other:?}");
        }
    }
}
