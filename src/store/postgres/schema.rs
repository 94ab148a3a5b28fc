//! The versions of the database's schema, and the upgrade to the newest.

use tokio_postgres::error::SqlState;

use super::connection::Connection;
use super::session::in_words;
use super::url::DatabaseUrl;
use crate::secrets::draw_chat_id;
use crate::store::rows::column;
use crate::store::sql::{Error, Sql, values};

/// Makes each version out of the one before. Invariant: only ever appended to, and what is added leaves what nodes of the
/// version before do as it is.
const VERSIONS: &[&[&str]] = &[
    &[include_str!("nodes.sql"), include_str!("v1.sql"), include_str!("blobs.sql")],
    &[include_str!("v2.sql")],
    &[include_str!("v3.sql")],
];

/// Attempts at the lock, each as long as a connection waits for one (4 s).
const TRIES: u32 = 15;

/// Makes the tables where there are none, and brings older ones to the newest version, in one transaction. Of several nodes
/// that start at once, one does it.
///
/// Errors: one line for the operator; the database is as it was.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), String> {
    go_through(VERSIONS, connection)
}

/// Errors: one line for the operator, where there is no chat, or one of another version.
pub(super) fn check_newest(connection: &Connection) -> Result<(), String> {
    let url = connection.engine().url();
    let version = (|| {
        let Found::Chat = look(connection, url.schema())? else { return Ok(None) };
        connection.one("SELECT version FROM numbering", values![], |row| row.get::<i64>("version"))
    })();
    let newest = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
    match version.map_err(|error: Error| format!("{url}: {error}"))? {
        None => Err(format!("there is no chat in {url}")),
        Some(version) if version > newest => Err(format!("{url} was made by a newer snug; use that one")),
        Some(version) if version < newest => {
            Err(format!("{url} is of an older version; start snug on it once, which renews it"))
        }
        Some(_) => Ok(()),
    }
}

fn go_through(versions: &[&[&str]], connection: &Connection) -> Result<(), String> {
    let url = connection.engine().url();
    let mut tries = 1;
    loop {
        let renewed = connection.transaction("BEGIN", |sql| renew(versions, sql, &url.schema));
        match renewed {
            Err(Error::Postgres(error)) if is_busy(&error) && tries < TRIES => tries += 1,
            Err(Error::Postgres(error)) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                let (DatabaseUrl { user, schema, .. }, why) = (url, in_words(&error));
                return Err(format!(
                    "{url}: {why}; \"{user}\" has to own the database, and the schema {schema} if it is there already"
                ));
            }
            renewed => return renewed.map_err(|error| format!("{url}: {error}")),
        }
    }
}

/// Whether other nodes hold what is to be locked.
fn is_busy(error: &tokio_postgres::Error) -> bool {
    let busy = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| busy.contains(code))
}

fn renew(versions: &[&[&str]], sql: &Connection, schema: &str) -> Result<(), Error> {
    let name = format!("snug {schema}");
    sql.run("SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))", values![name.as_str()])?;
    let newest = i64::try_from(versions.len()).unwrap_or(i64::MAX);
    let version = match look(sql, schema)? {
        Found::Nothing => {
            sql.batch(&format!("CREATE SCHEMA \"{schema}\""))?;
            0
        }
        Found::EmptySchema => 0,
        Found::Chat => {
            sql.one("SELECT version FROM numbering", values![], |row| column(row, "version"))?.unwrap_or(0)
        }
    };
    if version > newest {
        return Err(Error::Other("it was made by a newer snug; use that one".into()));
    }
    if 0 < version && version < newest {
        // Before any other table, as by all who write. Nobody holds it who waits for what this transaction has.
        sql.batch("LOCK TABLE numbering IN ACCESS EXCLUSIVE MODE")?;
    }
    for script in versions.iter().skip(usize::try_from(version).unwrap_or(0)).copied().flatten() {
        sql.batch(script)?;
    }
    if version == 0 {
        let insert = "INSERT INTO numbering (version, chat_id) VALUES (?1, ?2)";
        sql.run(insert, values![newest, draw_chat_id().as_str()])
    } else if version < newest {
        sql.run("UPDATE numbering SET version = ?1", values![newest])
    } else {
        Ok(())
    }
}

/// What the database has where the chat is to be.
enum Found {
    Nothing,
    EmptySchema,
    Chat,
}

/// Errors: the database is of no use to a chat.
fn look(sql: &Connection, schema: &str) -> Result<Found, Error> {
    let look = "SELECT current_setting('server_encoding') AS encoding,
        to_regnamespace(CAST(?1 AS TEXT)) IS NOT NULL AS has_schema,
        to_regclass(CAST(?2 AS TEXT)) IS NOT NULL AS has_chat,
        EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(CAST(?1 AS TEXT))) AS has_tables";
    let (namespace, table) = (format!("\"{schema}\""), format!("\"{schema}\".numbering"));
    let found = sql.one(look, values![namespace.as_str(), table.as_str()], |row| {
        let flags: [bool; 3] = [row.get("has_schema")?, row.get("has_chat")?, row.get("has_tables")?];
        Ok((row.get::<String>("encoding")?, flags))
    })?;
    match found {
        Some((encoding, _)) if encoding != "UTF8" => Err(Error::Other(format!(
            "its encoding is {encoding}; make a database with ENCODING 'UTF8' TEMPLATE template0"
        ))),
        Some((_, [_, true, _])) => Ok(Found::Chat),
        Some((_, [_, _, true])) => Err(Error::Other(format!(
            "the schema {schema} has tables of another program; add ?schema=NAME to the address, which is made"
        ))),
        Some((_, [true, _, _])) => Ok(Found::EmptySchema),
        _ => Ok(Found::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::super::tests::database;
    use super::*;
    use crate::store::postgres::engine::Engine;
    use crate::store::snapshot;

    fn connect(url: &str) -> Connection {
        Connection::new(&Engine::open(DatabaseUrl::parse(url).unwrap()).unwrap())
    }

    #[test]
    fn of_nodes_that_start_at_once_one_makes_the_chat() {
        let Some(database) = database() else { return };
        let start = || {
            let connection = connect(&database.url);
            bring_up_to_date(&connection).unwrap();
            snapshot::identity(&connection).unwrap().unwrap().id
        };
        let ids: Vec<_> = thread::scope(|scope| {
            let nodes: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }

    #[test]
    fn an_older_schema_is_renewed_whole_or_not_at_all_and_a_newer_one_is_refused() {
        let Some(database) = database() else { return };
        let connection = connect(&database.url);
        bring_up_to_date(&connection).unwrap();
        let has_halls = || {
            let found = "SELECT to_regclass('halls') IS NOT NULL AS found";
            connection.one(found, values![], |row| row.get::<bool>("found")).unwrap().unwrap()
        };
        let more: [&[&str]; 2] =
            [&["CREATE TABLE halls (id BIGINT)", "NONSENSE"], &["CREATE TABLE halls (id BIGINT)"]];
        let [broken, whole] = more.map(|last| [VERSIONS, &[last]].concat());
        assert!(go_through(&broken, &connection).unwrap_err().contains("NONSENSE"));
        assert!(!has_halls());
        bring_up_to_date(&connection).unwrap();
        go_through(&whole, &connection).unwrap();
        assert!(has_halls());
        go_through(&whole, &connection).unwrap();
        assert!(bring_up_to_date(&connection).unwrap_err().contains("newer snug"));
    }

    #[test]
    fn nodes_go_on_writing_while_another_one_renews_the_schema() {
        let Some(database) = database() else { return };
        let connection = connect(&database.url);
        bring_up_to_date(&connection).unwrap();
        // Longer than the server waits before it looks for a deadlock.
        let slow = [VERSIONS, &[&["SELECT pg_sleep(1.5)", "ALTER TABLE numbering ADD COLUMN halls BIGINT"]]]
            .concat();
        let is_over = AtomicBool::new(false);
        let write = || {
            let writer = connect(&database.url);
            while !is_over.load(Ordering::Relaxed) {
                writer.batch("UPDATE numbering SET newest = newest + 1").unwrap();
            }
        };
        thread::scope(|scope| {
            let writers = [scope.spawn(write), scope.spawn(write)];
            let renewed = go_through(&slow, &connection);
            is_over.store(true, Ordering::Relaxed);
            renewed.unwrap();
            for writer in writers {
                writer.join().unwrap();
            }
        });
    }

    #[test]
    fn what_belongs_to_another_program_stays_as_it_is() {
        let Some(database) = database() else { return };
        let connection = connect(&database.url);
        let schema = &database.schema;
        connection
            .batch(&format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.members (id BIGINT)"))
            .unwrap();
        assert!(bring_up_to_date(&connection).unwrap_err().contains("another program"));
        connection.batch(&format!("DROP TABLE {schema}.members")).unwrap();
        bring_up_to_date(&connection).unwrap();
    }
}
