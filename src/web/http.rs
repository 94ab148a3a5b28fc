//! The `tiny_http` loop: each request is answered, whatever happens.

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::App;
use super::reply::Reply;
use super::routes;
use super::workers::Workers;
use crate::exchange::{Exchange, MADE, NUMBER};
use crate::fair::Lanes;
use crate::log::log;
use crate::secrets::draw_nonce;
/// The running `tiny_http` loop.
pub struct Web(Workers);

impl Web {
    /// Serves `app` on `listener`, whose clients must be well-behaved (see [`crate::door`]), until
    /// [`Web::stop`].
    pub fn start(listener: impl Into<tiny_http::Listener>, app: Arc<App>) -> io::Result<Self> {
        let http = tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?;
        Ok(Self(Workers::start(http, Arc::new(move |request| serve(&app, request)))?))
    }

    /// Finishes the requests that are under way, until `deadline`.
    pub fn stop(&self, deadline: Instant) {
        self.0.stop(deadline);
    }
}

/// Answers one request, whatever happens.
fn serve(app: &App, raw: tiny_http::Request) {
    // The lane is kept until the door has the answer: so few answers at once take memory here.
    let _lane = Lanes::end_of_use();
    let exchange = exchange_of(app, &raw);
    let parts = exchange.as_ref().and_then(|exchange| exchange.take_request());
    let answer = catch_unwind(AssertUnwindSafe(|| routes::answer(app, &raw, parts)));
    let reply = answer.unwrap_or_else(|_| internal_error(&raw));
    let sent = match exchange {
        Some(exchange) => {
            exchange.give_answer(reply.into_answer());
            let mut writer = raw.into_writer();
            writer.write_all(MADE).and_then(|()| writer.flush())
        }
        None => raw.respond(reply.into_response()),
    };
    if let Err(error) = sent {
        log(format_args!("an answer could not be sent: {error}"));
    }
}

/// Where the door waits for the answer. Whoever else asks gets it from `tiny_http`.
fn exchange_of(app: &App, raw: &tiny_http::Request) -> Option<Arc<Exchange>> {
    let number = raw.headers().iter().find(|header| header.field.equiv(NUMBER))?;
    app.exchanges.find(number.value.as_str().parse().ok()?)
}

/// A panic's answer: a number here and in the log, and nothing else outside.
fn internal_error(raw: &tiny_http::Request) -> Reply {
    let mut reference = draw_nonce();
    reference.truncate(8);
    let path = raw.url().split('?').next().unwrap_or_default();
    log(format_args!("internal error {reference} while answering {} {path}", raw.method()));
    Reply::text(
        500,
        format!(
            "Something went wrong inside. If it stays so, tell the person who runs this chat the number {reference}.\n"
        ),
    )
}
