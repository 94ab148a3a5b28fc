//! snug: a private chat in one small executable.
//!
//! # The one way
//!
//! ```text
//! request -> door -> tiny_http -> route -> verb (decide) -> Event -> log -> State::apply -> page | JSON | streams
//! ```
//!
//! A GET stops after "route" and reads the [`chat::State`] and the archive. Everything that changes anything goes
//! the whole way: a verb of [`chat::Chat`] decides against the newest state, the decision is a
//! [`chat::Event`], the [`chat::Log`] orders and keeps it, and one function applies it to memory.
//!
//! # Map
//!
//! Imports point down only, from the top of this list to its end:
//!
//! | module | what it decides |
//! |---|---|
//! | [`cli`], `commands`, `control` | flags and their twins in the environment; backup, export, import, check; how such a command reaches a running server |
//! | [`server`](Server) | composes the door, the `tiny_http` loop and the streams, and sizes their pools |
//! | [`web`] | the only user of `tiny_http`: `routes.rs` is the table of all pages, `room_access.rs` finds rooms only through the member who asks, `http_error.rs` maps causes to status and text |
//! | `views` | read models to markup; `style` and `script` are there, made small by `src/build.rs`: pages inline the one and name the other, `message.rs` renders a message, for pages, streams and exports, and `markdown.rs` its text |
//! | [`door`] | the only reader of clients' requests: whole, bounded, timely; each command on a WebSocket is answered as one (`command.rs`) |
//! | [`live`] | the stream connections: one thread feeds all of them, and reads what is said on a WebSocket (`socket.rs`) |
//! | `transfer` | files on their way: places, spools and tickets between `web`, which decides, and [`door`], which moves the bytes |
//! | `command` | what a WebSocket's commands and their answers have in common for `web` and [`door`] |
//! | `exchange` | how `web` and [`door`] hand requests and answers to each other, past the private socket |
//! | `file_store` | where the bytes of kept files lie, durably, within a bound |
//! | `store` | the chat in a database, behind [`chat::Log`]: in an SQLite file, or in PostgreSQL (each a feature), by one SQL (`sql.rs`) |
//! | [`chat`] | the domain, without HTTP, HTML, sockets or SQL: values (`message.rs`, `member.rs`, `room.rs`, `event.rs`, ...); `state/`, the only place that changes memory, with the policies (`access.rs`) and its `invariants.rs`; `verbs/` and `queries/` on top |
//! | [`media`] | what a file is by its bytes, its size on a page, and how it loses its metadata; nothing is decoded |
//! | `websocket` | the frames of WebSocket, as bytes |
//! | `markdown`, `emoji`, `folding`, `look_alikes` | what a text means; when two texts are the same to a search or to the eye |
//! | [`text`] | every sentence that a person reads, in each language, and the reader's locale |
//! | [`settings`], [`secrets`], [`fair`], [`network`], [`authority`], [`time_zone`], `memory`, `lock`, `log`, `signals`, `suggestions` | what the rest stands on |
//!
//! # How to add ...
//!
//! - **a page**: a line in `web/routes.rs`, a handler beside it (with its rate limit), a view, its sentences in `text`, its JSON in
//!   `web/json.rs`, its row in `tests/it/rooms_access.rs`, `messages_access.rs` or `people_access.rs` (a test fails without one), and its
//!   line in the README.
//! - **something that changes the chat**: a variant of [`chat::Event`] with its arm in `Event::effects` (whether it changes a message, erases,
//!   or ends a member's data), the verb (`chat/verbs/`) that decides it by a policy (`chat/state/access.rs`), its arms in `State::apply`
//!   (`chat/state/mod.rs`; what it derives is an invariant there), `store/journal.rs`, `live/inbox.rs` and `commands/seen_ids.rs`, and a verb in
//!   the log's contract (`chat/log_contract.rs`): the compiler and that test name each arm.
//! - **what an event makes that is new**: a table in the next `vN.sql` of `store/sqlite/` (with a file in `tests/golden/`) and of `store/postgres/`,
//!   each with a line in its `schema.rs`.
//!   Of the chat (as rooms): a list in [`chat::Snapshot`] and its `numbers`, read in `store/snapshot.rs` and `chat/state/restore.rs`. Of a message
//!   (a reaction, a reply): a field of [`chat::Message`], as memory lets messages go: counted in its `bytes` and `size_as_html`, among its `searchable_text` if
//!   people search for it, read in `store/message_row.rs`, erased in `store/messages.rs`, compared in `chat/log_contract/model.rs`. Both are exported or left out by name in
//!   `commands/jsonl.rs`, which does not compile before. Named by nothing: reading it again there, `commands/file_check.rs`, and what goes
//!   with a room (`delete_room` in `store/journal.rs`).
//! - **a command on a WebSocket**: an arm in `carry_out` (`web/socket.rs`), which names the form that it is, its row in `tests/it/rooms_access.rs`, and
//!   its line in the README.
//! - **an action on a message**: an entry of `views/actions.rs`, whose plain form the compiler asks for in `views/message_page.rs`, and its function
//!   in `views/script/main.js` (`acts`), for which nothing asks.
//! - **a limit**: a constant with its reason where it is enforced, and its line in `memory`'s table if it holds memory.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | event, record | what was decided, in the past tense; an event with its number and time |
//! | verb | a method of [`chat::Chat`] that decides and returns once its events are kept and applied |
//! | log | where records are kept, in one order for all writers: `MemoryLog` (nothing outlives the process), the SQLite store, or the one on PostgreSQL |
//! | node | one of several processes that serve the same chat; they share an *engine*, PostgreSQL |
//! | fence | moves the log's head past a transaction of which it is not known whether it was kept |
//! | node, cluster | a process that serves the chat; all that serve it on one *engine*, which keeps it (PostgreSQL) |
//! | hint | what nodes tell each other and nobody keeps: who is here, who is typing |
//! | silent, cut off | of a node whose engine has not answered for some seconds; for so long that it ends streams |
//! | commit queue | orders decisions and writes those that wait together (group commit); *in flight*: decided and not applied yet |
//! | commute | two changes that may be decided without waiting for each other |
//! | window | the newest messages, held in memory; older ones are *evicted* and read from the *archive* |
//! | change | a message is not as it was: edited, removed, reacted to or pinned; the newest changes are known, older ones *forgotten* |
//! | amendment | what was added to a message later: when it was edited, reactions, who pinned it |
//! | quote, excerpt | what a reply shows of the message that it answers; that message's beginning in one line |
//! | nonce | the word by which a repeated request is known |
//! | conversation, notes | a room of two members (a *pair*); of one |
//! | inside, preview | in a room; looking into an open one |
//! | read marker | up to where a member has read a room |
//! | mention | a member's name in a message, resolved when it was written |
//! | group | members of a room mentioned by one word, such as `@room`; listed when the message was written |
//! | notified | all who are told of a message: mentioned, alone or in a group, or answered |
//! | activity | what notified a member, and reactions to their messages |
//! | level | how much of a room a member is told of: everything, mentions or nothing (*muted*) |
//! | message view | a message with its author's and mentioned members' present names |
//! | visitor | the signed-in member of a request, with session, zone and language |
//! | line | a browser\'s one stream connection, which a worker shares among its tabs |
//! | stream connection | a held response; it has a *cursor*, the number of the last record it was sent |
//! | WebSocket, frame | a stream connection on which a client says something as well; a piece of what either side says |
//! | command | what a client says on a WebSocket, answered as the form that it names |
//! | feed item, ring | what streams are told of under a number; the newest of them, rendered once per view |
//! | presence | who has a stream open, who is typing |
//! | notice | "your list of rooms is another", without content |
//! | semaphore, permit | bounded slow work; the right to do one piece of it |
//! | lane | a turn for the processor |
//! | upload, download, spool | a body that may be a file, asked about before it is read; a file as an answer's body; where an upload waits for the application |
//! | ticket | a number under which `web` reserves a stream, for whose connection [`door`] comes once |
//! | exchange | where `web` and [`door`] hand over one request and its answer, each as a whole |
//! | budget, claim | a bounded amount (bytes, places) and one holder's part of it; the largest holder is *revoked* first |
//! | rate limiter | a token bucket per key |
//! | network, site | one client's addresses (IPv4, or an IPv6 /64); those that may be one customer's (/48) |
//! | authority | host and port, as in `Host` and `Origin` (RFC 3986) |
//! | folding | the key under which texts are equal to people: case, compatibility forms, accents |
//! | locale | language, 12- or 24-hour clock and zone of one reader |
//!
//! # Decided by the users of this program
//!
//! `tiny_http` answers requests, the door stands in front of it, and a room is live without scripts. The bill: the door is 2,000 lines that a
//! server with timeouts and limits of its own would not need, each request's first line crosses a private Unix socket once more (a third
//! more processor time than the bare loop for the shortest answer), and the page that never ends is one more form of stream. The reasons: a blocking loop that anyone can read from top to bottom, no
//! asynchronous runtime in the binary, and a chat that works in any browser, on any board, with scripts off.
//!
//! # What always holds
//!
//! - Locks are taken in this order: the decision lock and the commit queue, or the log's; then the state's; then one of those
//!   that guard sessions or streams; last, one of [`fair`]'s. No I/O under any but the log's and an archive's, and no password is hashed under any.
//! - A thread that reads the state does not read it again before it has let go (between the two a change may wait, and both wait for
//!   ever; debug builds panic). Helpers take a `&State`.
//! - Slow work acquires a permit of a [`fair::Semaphore`] first, so that pages are always answered; a thread computes in one
//!   of a few lanes, and leaves it while it waits for a permit or holds one.
//! - What a room's page shows is in its key or its version (`web/page_cache.rs`), or is drawn anew: else it is shown to others, or for too long
//!   (`tests/it/cached_pages.rs`).
//! - Whatever grows with what clients send has a cap in `memory`'s table, and a share for each client.
//! - Text becomes a [`chat::Username`], a [`chat::Body`], ... once, at the edge, or is refused.

pub mod authority;
pub mod chat;
pub mod cli;
mod command;
#[cfg(feature = "sqlite")]
mod commands;
#[cfg(feature = "sqlite")]
mod control;
pub mod door;
mod emoji;
mod exchange;
pub mod fair;
mod file_store;
mod folding;
pub mod live;
mod lock;
mod log;
mod look_alikes;
mod markdown;
pub mod media;
mod memory;
pub mod network;
pub mod secrets;
mod server;
pub mod settings;
mod signals;
#[cfg(feature = "sqlite")]
pub mod store;
mod suggestions;
pub mod text;
pub mod time_zone;
mod transfer;
mod views;
pub mod web;
#[allow(dead_code, unused_imports, reason = "no socket is open yet")]
mod websocket;

use std::io;
use std::net::{SocketAddr, TcpListener};
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(feature = "sqlite")]
use std::sync::Arc;

use chat::{Log, MemoryLog};
use log::log;
#[cfg(feature = "sqlite")]
use settings::DataPlace;
use settings::Settings;
use signals::StopSignals;
use web::App;

pub use server::{Server, door_limits};

/// Serves the chat until a signal ends it, or it cannot go on. The error is one line for the operator.
pub fn run(settings: &Settings) -> Result<(), String> {
    memory::tune_allocator();
    // The place alone: a panic's text may quote a message.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(location) => log(format_args!("internal error at {}:{}", location.file(), location.line())),
        None => log(format_args!("internal error")),
    }));
    secrets::check_randomness()?;
    let listener = TcpListener::bind(&*settings.listen)
        .map_err(|error| format!("cannot listen on {}: {}", addresses(&settings.listen), reason(&error)))?;
    if settings.invite_code.as_ref().is_some_and(|code| secrets::is_guessable(code.as_str())) {
        log(format_args!(
            "the invite code is short and may be guessed; take 12 random letters and digits or more"
        ));
    }
    let door = server::door_limits(settings)?;
    if door.connections < settings.connections || door.streams < settings.streams {
        log(format_args!(
            "{} connections and {} streams, as this process may open no more files (ulimit -n)",
            door.connections, door.streams
        ));
    }
    let settings = &Settings { streams: door.streams, transfers: door.transfers, ..settings.clone() };
    let ending = StopSignals::new().map_err(|error| error.to_string())?;
    let (chat_log, file) = chat_log(settings)?;
    #[cfg(not(feature = "sqlite"))]
    let _ = file;
    // Files lie beside the chat's own, wherever the name that was given leads to it.
    #[cfg(feature = "sqlite")]
    let settings = &Settings {
        data: file.clone().map(Into::into).or_else(|| settings.data.clone()),
        ..settings.clone()
    };
    let app = App::new(settings, chat_log).map_err(|error| error.to_string())?;
    for names in app.colliding_names() {
        log(format_args!(
            "the names of these members are the same to snug now: {names}; each signs in with that exact spelling, and so do \
             those who mention them; to end this, an owner removes one of them, who registers again"
        ));
    }
    let server = Server::start(listener, app, door).map_err(|error| error.to_string())?;
    #[cfg(feature = "sqlite")]
    let _control = file.as_deref().and_then(|file| listen_to_the_host(file, &server));
    greet(&server, settings);
    server.app().on_fault(ending.ender());
    ending.wait();
    let fault = server.app().fault();
    server.stop();
    fault.map_or(Ok(()), Err)
}

/// The log, and the path of its file if the chat is to outlive this process.
fn chat_log(settings: &Settings) -> Result<(Box<dyn Log>, Option<PathBuf>), String> {
    #[cfg(feature = "sqlite")]
    match &settings.data {
        Some(DataPlace::File(path)) => {
            let store = store::Store::open(path, settings.durability)?;
            let path = store.path();
            return Ok((Box::new(store), Some(path)));
        }
        #[cfg(feature = "postgres")]
        Some(DataPlace::Database(url)) => return Ok((Box::new(store::PostgresLog::open(url)?), None)),
        None => {}
    }
    let _ = settings;
    Ok((Box::<MemoryLog>::default(), None))
}

/// Takes commands through a socket beside the file. A chat whose file has a name that is too long for a socket goes
/// on without.
#[cfg(feature = "sqlite")]
fn listen_to_the_host(file: &Path, server: &Server) -> Option<control::Control> {
    let (app, address) = (server.app(), server.address());
    let handler = move |request| match request {
        control::ControlRequest::ResetPassword(name) => {
            Ok(network::links(address, &app.offer_reset(&name)?).join("\n"))
        }
    };
    let opened = control::Control::open(file, Arc::new(handler));
    let why = |error: &io::Error| {
        log(format_args!("reset-password works only while snug is stopped, as there is no socket ({error})"));
    };
    opened.inspect_err(why).ok()
}

/// Says where to find the chat. Nobody may be reading, so a closed pipe is no error.
fn greet(server: &Server, settings: &Settings) {
    use std::io::Write as _;
    let kept = settings.data_place().map_or_else(
        || "Nothing outlives this process: members and messages are kept in memory only.".into(),
        |place| format!("Members and messages are kept in {place}."),
    );
    let app = server.app();
    let urls = network::links(server.address(), &app.home()).join("\n  ");
    let first = app.first_code().map_or_else(String::new, |code| {
        format!("The first person to register owns this chat. They need this code: {code}\n")
    });
    let title = app.title();
    let text = format!("{title} is open at\n  {urls}\n{kept}\n{first}Ctrl+C ends it.\n");
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn addresses(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; choose another port with --listen".into(),
        io::ErrorKind::PermissionDenied => "not allowed; ports below 1024 need rights, try one above".into(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".into(),
        _ => error.to_string(),
    }
}
