//! snug: a private chat in one small executable.
//!
//! # The one way
//!
//! ```text
//! request -> door -> tiny_http -> route -> verb (decide) -> Event -> journal -> State::apply -> page | JSON | streams
//! ```
//!
//! A GET stops after "route" and reads the [`chat::State`]. Everything that changes anything goes
//! the whole way: a verb of [`chat::Chat`] decides against the newest state, the decision is a
//! [`chat::Event`], the [`chat::Journal`] keeps it, and one function applies it to memory.
//!
//! # The rooms of the house
//!
//! - [`chat`]: the domain. It knows nothing of HTTP, HTML, sockets or clocks. Who may see which room is decided in
//!   its `rooms.rs`, who may change a message in `messages.rs`, what owners may in `owners.rs`, who was removed and comes back in `removal.rs`; `web/room_access.rs` finds rooms only through whoever asks.
//! - `markdown`: what a text means, below [`chat`] and without HTML: what of it makes formatting, and the addresses in it.
//! - [`secrets`]: passwords and session tokens.
//! - [`web`]: the only place that knows `tiny_http`. `routes.rs` is the table of all pages.
//! - `views`: read models in, markup out; the parts of `style` and `script` are inlined from there.
//!   `markdown.rs` is what a message may look like.
//! - [`door`]: the only place that meets clients' sockets. It lets in whole, bounded, timely
//!   requests, and keeps slow clients away from the rest.
//! - [`live`]: the held streams. One thread tells everybody who watches.
//! - `server`: door and web together. `signals`: what ends it. [`network`]: whose address it is.
//! - `store`: the chat in a file, for those who want it to outlive the process. `commands`: what is done
//!   with such a file beside serving it; `control`: how they reach a server that has it open.
//! - [`cli`]: the table of flags. [`settings`]: what they become. [`time_zone`]: zones, and how people write them.
//! - [`text`]: every sentence that a person reads, in each language, and how one reader reads.
//! - `emoji`: which there are, and what of a text is one.
//! - `folding`: when two texts are the same to people who compare names, or search. `look_alikes`: when two names are to the
//!   eye alone, and which scripts a name may mix.
//! - [`fair`]: what clients share, and how each gets its share of it.
//! - `memory`: the table of all that may grow, with its caps, and what the allocator keeps.
//! - `log`, `internal_headers`: lines for the operator, and the headers between door and web.
//!
//! Imports point one way: `web -> views -> chat -> markdown`. A new page is a line in `routes.rs`, a function
//! beside it and a view; a new change is an event, a verb and an arm of `State::apply`.
//!
//! # What always holds
//!
//! - Locks are taken in this order: the turn to decide and the queue of what is decided, or the journal; then
//!   the state; then one of those that guard sessions or streams; last, one of [`fair`]'s. No I/O under any but the
//!   journal's, and no password is hashed under any.
//! - A thread that reads the state does not read it again before it has let go: between the two a change may
//!   wait, and then both wait for ever. Helpers take a `&State`.
//! - Whatever is slow enters a [`fair::Semaphore`] first, so that pages are always answered; a thread computes in one
//!   of a few lanes, and is out of it while it waits for a turn or has one.
//! - Whatever grows with what clients send has a cap in `memory`'s table, and a share for each client.
//! - Text becomes a [`chat::Username`], a [`chat::Body`], ... once, at the edge, or is refused.

pub mod authority;
pub mod chat;
pub mod cli;
#[cfg(feature = "sqlite")]
mod commands;
#[cfg(feature = "sqlite")]
mod control;
pub mod door;
mod emoji;
pub mod fair;
mod folding;
mod internal_headers;
pub mod live;
mod lock;
mod log;
mod look_alikes;
mod markdown;
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
mod views;
pub mod web;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
#[cfg(feature = "sqlite")]
use std::sync::Arc;

use chat::{Journal, NullJournal};
use log::log;
use settings::Settings;
use signals::StopSignals;
use web::App;

pub use server::{Server, door_limits};

/// Serves the chat until a signal ends it. The error is one line for the operator.
pub fn run(settings: &Settings) -> Result<(), String> {
    memory::tune_allocator();
    // Where, and not what: that may quote a message.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => log(format_args!("internal error at {}:{}", place.file(), place.line())),
        None => log(format_args!("internal error")),
    }));
    let listener = TcpListener::bind(&*settings.listen)
        .map_err(|error| format!("cannot listen on {}: {}", places(&settings.listen), reason(&error)))?;
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
    let settings = &Settings { streams: door.streams, ..settings.clone() };
    let ending = StopSignals::new().map_err(|error| error.to_string())?;
    let (journal, file) = journal(settings)?;
    let app = App::new(settings, journal).map_err(|error| error.to_string())?;
    for names in app.colliding_names() {
        log(format_args!(
            "the names of these members are the same to snug now: {names}; each signs in with that exact spelling, and so do \
             those who mention them; to end this, an owner removes one of them, who registers again"
        ));
    }
    let server = Server::start(listener, app, door).map_err(|error| error.to_string())?;
    #[cfg(feature = "sqlite")]
    let _control = file.as_deref().and_then(|file| listen_to_the_host(file, &server));
    greet(&server, file.as_deref());
    ending.wait();
    server.stop();
    Ok(())
}

/// What keeps the chat, and in which file, if it is to outlive this process.
fn journal(settings: &Settings) -> Result<(Box<dyn Journal>, Option<PathBuf>), String> {
    #[cfg(feature = "sqlite")]
    if let Some(path) = &settings.data {
        let store = store::Store::open(path, settings.durability)?;
        let path = store.path();
        return Ok((Box::new(store), Some(path)));
    }
    let _ = settings;
    Ok((Box::new(NullJournal), None))
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
fn greet(server: &Server, file: Option<&Path>) {
    use std::io::Write as _;
    let kept = file.map_or_else(
        || "Nothing outlives this process: members and messages are kept in memory only.".into(),
        |file| format!("Members and messages are kept in {}.", file.display()),
    );
    let app = server.app();
    let urls = network::links(server.address(), &app.home()).join("\n  ");
    let first = app.first_code().map_or_else(String::new, |code| {
        format!("Whoever registers first owns this chat. They need this code: {code}\n")
    });
    let title = app.title();
    let text = format!("{title} is open at\n  {urls}\n{kept}\n{first}Ctrl+C ends it.\n");
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn places(addresses: &[SocketAddr]) -> String {
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
