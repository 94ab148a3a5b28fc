//! The task by which a node lives among others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout, timeout_at};
use tokio_postgres::Error;

use super::link::ANSWER_TIME;
use super::node_state::{Inbox, Pulse, Shared};
use super::session::{Session, in_words, is_end};
use super::{erasing, failover, feed};
use crate::chat::{Node, Seq, Timestamp};

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(2);
/// Every so many of them, the feed is trimmed.
const BEATS_PER_TRIM: u32 = 5;
/// An answer that took longer says little about the server's clock.
const CLOCK_TIME: Duration = Duration::from_millis(500);

/// The node's own row. `clock_timestamp()`: the transaction may have waited.
const LIVE: &str = "INSERT INTO nodes (id, name, version, applied, seen_at)
    VALUES ($1, $2, $3, $4, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET applied = excluded.applied, seen_at = excluded.seen_at";
/// Those that were seen within a minute.
const NODES: &str = "SELECT id, name, version, applied,
    CAST(1000 * extract(epoch FROM clock_timestamp() - seen_at) AS BIGINT) AS seen_ago
    FROM nodes WHERE seen_at > clock_timestamp() - interval '1 minute' ORDER BY name, id";
const HEAD: &str =
    "SELECT newest, CAST(1000 * extract(epoch FROM clock_timestamp()) AS BIGINT) AS now FROM numbering";
/// Servers that have each commit before it is acknowledged, and those that follow behind. Of whom this user may not see
/// more than that they are there (`GRANT pg_monitor`), it is not known: they count among the latter.
const STANDBYS: &str = "SELECT count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')) AS synchronous,
    count(*) FILTER (WHERE coalesce(sync_state, '') NOT IN ('sync', 'quorum')) AS others,
    current_setting('synchronous_standby_names') = '' AS waits_for_none FROM pg_stat_replication";
/// Nodes that nobody has seen for long.
const FORGET: &str = "DELETE FROM nodes WHERE seen_at < clock_timestamp() - interval '10 minutes'";

/// Runs until the node leaves. A session that ends is opened again.
pub(super) async fn serve(shared: Arc<Shared>, mut inbox: mpsc::Receiver<Inbox>) {
    loop {
        shared.link.wait_until_there().await;
        let start = Instant::now();
        match live(&shared, &mut inbox).await {
            Ok(()) => return,
            Err(why) => failover::look_again(&shared.link, &why),
        }
        if shared.watcher().is_none() {
            return;
        }
        sleep(BEAT.saturating_sub(start.elapsed()) / 4).await;
    }
}

/// One session. Errors: it is over; why, for the operator.
async fn live(shared: &Arc<Shared>, inbox: &mut mpsc::Receiver<Inbox>) -> Result<(), String> {
    let session = failover::connect(&shared.link, Some(shared.listener())).await?;
    let url = &shared.link.url;
    let listen = format!("LISTEN {}; LISTEN {}", url.feed_channel(), url.hints_channel());
    answered(shared, session.client.batch_execute(&listen)).await?;
    let (mut beats, mut next_beat) = (0, tokio::time::Instant::now());
    loop {
        match timeout_at(next_beat, inbox.recv()).await {
            Err(_) => {
                answered(shared, beat(shared, &session)).await?;
                if beats % BEATS_PER_TRIM == 0 {
                    answered(shared, session.client.batch_execute(feed::TRIM)).await?;
                    answered(shared, session.client.batch_execute(FORGET)).await?;
                    let due = answered(shared, session.client.query_one(erasing::IS_DUE, &[])).await?;
                    if due.is_some_and(|due| due.try_get("due").unwrap_or(false)) {
                        shared.erasing.notify_one();
                    }
                }
                beats += 1;
                next_beat = tokio::time::Instant::now() + BEAT;
            }
            Ok(Some(Inbox::Heard(notification))) => shared.heard(&notification),
            Ok(Some(Inbox::Tell(text))) => {
                let tell = "SELECT pg_notify($1, $2)";
                let channel = url.hints_channel();
                answered(shared, session.client.execute(tell, &[&channel, &text])).await?;
            }
            Ok(Some(Inbox::Leave(said))) => {
                let leave = "DELETE FROM nodes WHERE id = $1";
                answered(shared, session.client.execute(leave, &[&shared.id.as_bytes()])).await?;
                let _ = said.send(());
                return Ok(());
            }
            Ok(None) => return Ok(()),
        }
    }
}

/// Waits for an answer. None: the server refuses, which may be over at the next beat.
///
/// Errors: the session is over.
async fn answered<T>(
    shared: &Shared,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<Option<T>, String> {
    let answer = timeout(ANSWER_TIME, work).await.map_err(|_| "it does not answer".to_owned())?;
    if let Err(error) = &answer {
        if is_end(error) {
            return Err(in_words(error));
        }
        shared.note_refusal(error);
    }
    shared.link.heard();
    Ok(answer.ok())
}

async fn beat(shared: &Shared, session: &Session) -> Result<(), Error> {
    let client = &session.client;
    let applied = shared.watcher().map_or(Seq(0), |watcher| watcher.applied());
    let applied = i64::try_from(applied.0).unwrap_or(i64::MAX);
    let version = env!("CARGO_PKG_VERSION");
    client.execute(LIVE, &[&shared.id.as_bytes(), &shared.name, &version, &applied]).await?;
    let (asked, before) = (Instant::now(), Timestamp::now());
    let head = client.query_one(HEAD, &[]).await?;
    let took = asked.elapsed();
    // By then half of the time had gone by.
    let middle = before.0 + i64::try_from(took.as_millis() / 2).unwrap_or(0);
    let clock_offset = head.try_get::<_, i64>("now")? - middle;
    let mut pulse = Pulse::default();
    for row in client.query(NODES, &[]).await? {
        pulse.nodes.push(node(shared, &row)?);
    }
    let counts = client.query_one(STANDBYS, &[]).await?;
    let count =
        |name: &str| counts.try_get::<_, i64>(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    pulse.standbys = (count("synchronous")?, count("others")?);
    if counts.try_get("waits_for_none")? {
        shared.warn_of_no_standby();
    }
    let newest = u64::try_from(head.try_get::<_, i64>("newest")?).unwrap_or(0);
    shared.beat(pulse, Some(clock_offset).filter(|_| took < CLOCK_TIME), newest);
    Ok(())
}

fn node(shared: &Shared, row: &tokio_postgres::Row) -> Result<Node, Error> {
    let number = |name: &str| row.try_get::<_, i64>(name).map(|number| u64::try_from(number).unwrap_or(0));
    Ok(Node {
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        applied: Seq(number("applied")?),
        seen_ago: Duration::from_millis(number("seen_ago")?),
        is_this: row.try_get::<_, &[u8]>("id")? == shared.id.as_bytes(),
    })
}
