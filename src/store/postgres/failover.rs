//! Which of several servers is the one to write to.
//!
//! A standby that takes over begins a new timeline. The server before it may come back and take itself for the primary
//! still (it was frozen, or cut off); it is known by its older timeline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{sleep, timeout};

use super::link::{CONNECT_TIME, Link};
use super::session::{Listener, Session};
use crate::log::log;

/// How long the others may take once one that can be written to has answered: one that is frozen is not waited for.
const OTHERS_TIME: Duration = Duration::from_millis(500);
/// Pauses between attempts to reach a server that is away: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(super) const AWAY: &str = "the database cannot be reached";

/// Opens a session with the server that can be written to and has the newest timeline, unless one with a newer was seen.
///
/// Errors: one line for the operator.
pub(super) async fn connect(link: &Arc<Link>, listener: Option<Listener>) -> Result<Session, String> {
    let open = |host| {
        let listener = listener.clone();
        async move {
            let opened = timeout(CONNECT_TIME, Session::open(link, host, listener)).await;
            opened.unwrap_or_else(|_| Err(format!("{host} does not answer")))
        }
    };
    let mut opening: FuturesUnordered<_> = link.url.hosts.iter().map(open).collect();
    let (mut best, mut errors): (Option<Session>, Vec<String>) = (None, Vec::new());
    loop {
        let limit = if best.is_some() { OTHERS_TIME } else { 2 * CONNECT_TIME };
        let Ok(Some(opened)) = timeout(limit, opening.next()).await else { break };
        match opened {
            Ok(session) if session.timeline < link.timeline() => {
                errors.push(format!("{} was left behind by a failover", session.server));
            }
            Ok(session) if best.as_ref().is_none_or(|best| best.timeline < session.timeline) => {
                best = Some(session);
            }
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    let session = best.ok_or_else(|| errors.join("; "))?;
    link.connected(session.timeline, &session.server);
    Ok(session)
}

/// Notes that the server went away, or that none is found: from now on it is looked for, and whoever asks meanwhile
/// is refused at once.
pub(super) fn look_again(link: &Arc<Link>, why: &str) {
    if !link.note_away() {
        return;
    }
    let (found, why) = (Arc::clone(link), why.to_owned());
    link.spawn(async move {
        let since = Instant::now();
        let mut pause = PAUSES.0;
        let mut told = false;
        while let Err(error) = connect(&found, None).await {
            if !told {
                let then = if error == why { String::new() } else { format!("; {error}") };
                log(format_args!("{AWAY} ({why}{then}); it is tried again and again"));
                told = true;
            }
            sleep(pause).await;
            pause = (2 * pause).min(PAUSES.1);
        }
        let (server, silence) = (found.server(), since.elapsed().as_secs_f32());
        log(format_args!("{server}: a connection was lost ({why}), and is back after {silence:.1} s"));
        found.note_there();
    });
}
