//! Takes what was erased out of the files of the database.
//!
//! A row that is deleted stays in its table's pages until these are vacuumed, which the server does by itself only where much
//! is deleted; and an index of words keeps each word that it ever had. So a node does both, at night if it can be, when
//! anything was erased: beside all that people do, and one node at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::failover;
use super::link::Link;
use super::node_state::Shared;
use super::session::{Session, in_words};
use crate::log::log;

/// Notes, in the transaction that erases something, that it does.
pub(super) const NOTE: &str = "UPDATE numbering SET erased_at = clock_timestamp()";

/// Whether there is something to do: at night by the server's clock, and soon where it is not up at night.
pub(super) const IS_DUE: &str =
    "SELECT coalesce(erased_at > swept_to, FALSE) AND (swept_to < now() - interval '36 hours'
    OR swept_to < now() - interval '12 hours' AND extract(hour FROM now() AT TIME ZONE
        (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone')) BETWEEN 2 AND 4) AS due FROM numbering";

/// Nobody waits for it, and it may take long. It waits for those who read all of a chat, such as exports.
const LIMITS: &str = "SET statement_timeout = '6h'; SET lock_timeout = '1h'";
/// ?1: the schema. Held until the session ends.
const LOCK: &str = "SELECT pg_try_advisory_lock(hashtextextended('snug erases ' || $1, 0)) AS taken";
/// Up to when all that was erased is deleted rows now: the feed has some of it for ten minutes.
const SWEPT: &str = "SELECT CAST(clock_timestamp() - interval '11 minutes' AS TEXT) AS swept";
/// Tables, and what a rebuilt index that was interrupted left behind: it is of no use, and is kept up all the same.
const TABLES: &str = "SELECT format('%I', relname) AS name FROM pg_class
    WHERE relnamespace = to_regnamespace($1) AND relkind = 'r' ORDER BY relname";
const LEFT_BEHIND: &str = "SELECT format('%I', relname) AS name FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
    WHERE relnamespace = to_regnamespace($1) AND NOT indisvalid AND relname ~ '^words_by_term_cc(new|old)[0-9]*$'";
/// The feed is only locked where it is free.
const FEED_TRIES: u32 = 100;
const FEED_PAUSE: Duration = Duration::from_secs(1);
/// After one that failed.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// Does it whenever it is told that it is due. Why it cannot be done is said once.
pub(super) async fn serve(shared: Arc<Shared>) {
    let mut told = false;
    loop {
        shared.erasing.notified().await;
        match erase(&shared.link).await {
            Ok(()) => told = false,
            Err(why) => {
                if !told {
                    log(format_args!(
                        "what was deleted is still in the database's files, as they cannot be cleaned; it is tried \
                         again every hour: {why}"
                    ));
                    told = true;
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Does it if it is due, unless another node is at it. Errors: one line for the operator; it is done the next time.
pub(super) async fn erase(link: &Arc<Link>) -> Result<(), String> {
    let session = failover::connect(link, None).await?;
    sweep(&session, &link.url.schema).await
}

async fn sweep(session: &Session, schema: &str) -> Result<(), String> {
    let client = &session.client;
    let failed = |error: tokio_postgres::Error| in_words(&error);
    client.batch_execute(LIMITS).await.map_err(failed)?;
    let taken = client.query_one(LOCK, &[&schema]).await.and_then(|row| row.try_get("taken"));
    if !taken.map_err(failed)? {
        return Ok(());
    }
    // Another node may just have done it.
    let due = client.query_one(IS_DUE, &[]).await.and_then(|row| row.try_get("due"));
    if !due.map_err(failed)? {
        return Ok(());
    }
    let swept = client.query_one(SWEPT, &[]).await.and_then(|row| row.try_get::<_, String>("swept"));
    let swept = swept.map_err(failed)?;
    let warnings = session.warnings();
    for index in names(client, LEFT_BEHIND, schema).await.map_err(failed)? {
        client.batch_execute(&format!("DROP INDEX CONCURRENTLY {index}")).await.map_err(failed)?;
    }
    // It waits for all who may still see what was deleted: from then on, vacuuming removes that.
    client.batch_execute("REINDEX INDEX CONCURRENTLY words_by_term").await.map_err(failed)?;
    for table in names(client, TABLES, schema).await.map_err(failed)? {
        // Cutting off empty pages would hold everybody up for a moment.
        client.batch_execute(&format!("VACUUM (TRUNCATE FALSE) {table}")).await.map_err(failed)?;
    }
    rewrite_feed(client).await.map_err(failed)?;
    if session.warnings() != warnings {
        return Err("this role does not own the tables".into());
    }
    let done = "UPDATE numbering SET swept_to = CAST(CAST($1 AS TEXT) AS TIMESTAMPTZ)";
    client.execute(done, &[&swept]).await.map_err(failed).map(drop)
}

/// The feed is small, and most of its pages is what was there. Whoever writes waits for this, so it does not wait for them.
async fn rewrite_feed(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("SET lock_timeout = '200ms'").await?;
    let mut tries = 1;
    loop {
        match client.batch_execute("VACUUM FULL feed").await {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) && tries < FEED_TRIES => {
                tries += 1;
                sleep(FEED_PAUSE).await;
            }
            rewritten => return rewritten,
        }
    }
}

async fn names(client: &Client, question: &str, schema: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    client.query(question, &[&schema]).await?.iter().map(|row| row.try_get("name")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::connection::Connection;
    use super::super::tests::{TestDatabase, database};
    use super::*;
    use crate::store::postgres::engine::Engine;
    use crate::store::postgres::schema;
    use crate::store::postgres::url::DatabaseUrl;
    use crate::store::sql::{Sql as _, values};

    /// A chat of which something was erased three days ago.
    fn erased(database: &TestDatabase) -> Connection {
        let sql = connect(&database.url);
        schema::bring_up_to_date(&sql).unwrap();
        sql.batch(
            "UPDATE numbering SET erased_at = now() - interval '3 days', swept_to = now() - interval '4 days'",
        )
        .unwrap();
        sql
    }

    fn connect(url: &str) -> Connection {
        Connection::new(&Engine::open(DatabaseUrl::parse(url).unwrap()).unwrap())
    }

    fn erase_at(sql: &Connection) -> Result<(), String> {
        let link = &sql.engine().link;
        link.wait(erase(link))
    }

    /// The file of the index, and whether there is something to do.
    fn state(sql: &Connection) -> (i64, bool) {
        let file = "SELECT CAST(pg_relation_filenode('words_by_term') AS BIGINT) AS file";
        let file = sql.one(file, values![], |row| row.get("file")).unwrap().unwrap();
        (file, sql.one(IS_DUE, values![], |row| row.get("due")).unwrap().unwrap())
    }

    #[test]
    fn it_is_done_once_for_all_nodes_when_something_was_erased() {
        let Some(database) = database() else { return };
        let (one, other) = (erased(&database), connect(&database.url));
        let before = state(&one);
        assert!(before.1);
        // Another node is at it.
        let lock = "SELECT pg_advisory_lock(hashtextextended('snug erases ' || ?1, 0))";
        other.one(lock, values![database.schema.as_str()], |_| Ok(())).unwrap();
        erase_at(&one).unwrap();
        assert_eq!(state(&one), before);
        other.disconnect();
        while state(&one) == before {
            erase_at(&one).unwrap();
        }
        let after = state(&one);
        assert_ne!(after.0, before.0);
        assert!(!after.1);
        erase_at(&one).unwrap();
        assert_eq!(state(&one), after);
        one.batch(NOTE).unwrap();
        assert_eq!(state(&one), after, "not twice in a night");
    }

    #[test]
    fn what_an_interrupted_one_left_behind_is_removed() {
        let Some(database) = database() else { return };
        let sql = erased(&database);
        sql.batch("CREATE INDEX words_by_term_ccnew1 ON words USING gin (terms)").unwrap();
        sql.batch(
            "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = CAST('words_by_term_ccnew1' AS regclass)",
        )
        .unwrap();
        erase_at(&sql).unwrap();
        let invalid = "SELECT count(*) AS count FROM pg_index WHERE NOT indisvalid
            AND indrelid = CAST('words' AS regclass)";
        let left = sql.one(invalid, values![], |row| row.get::<i64>("count")).unwrap();
        assert_eq!((left, state(&sql).1), (Some(0), false));
    }

    #[test]
    fn a_role_that_may_not_changes_nothing_and_says_why() {
        let Some(database) = database() else { return };
        let (sql, schema) = (erased(&database), &database.schema);
        let role = format!("guest_{schema}");
        sql.batch(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role};
             GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}"
        ))
        .unwrap();
        let before = state(&sql);
        let guest = connect(&database.url.replace("//snug@", &format!("//{role}@")));
        let why = erase_at(&guest).unwrap_err();
        assert!(why.contains("own"), "{why}");
        assert_eq!(state(&sql), before);
    }
}
