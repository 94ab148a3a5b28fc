//! One session with one server.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::AbortHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Notification, SimpleQueryMessage, Socket};

use super::advice::advised;
use super::link::{CONNECT_TIME, Link};
use super::passwords;
use super::url::Host;

/// Its oldest version that has all that is asked.
const OLDEST: u32 = 15;

/// Is given what NOTIFY brings; must be quick.
pub(super) type Listener = Arc<dyn Fn(Notification) + Send + Sync>;

pub(super) struct Session {
    pub(super) client: Client,
    /// The history that the server writes: each promotion of a standby begins another, with a higher number.
    pub(super) timeline: u64,
    /// As `PostgreSQL 15.18 at db1:5432`.
    pub(super) server: String,
    warnings: Arc<AtomicU64>,
    driver: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nothing else ends a session whose server is silent.
        self.driver.abort();
    }
}

/// What the server is; without a timeline, it takes no writes.
const GREETING: &str = "SELECT pg_is_in_recovery() AS is_standby,
    CASE WHEN NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
    THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END AS timeline";

/// What this program counts on, whatever the defaults of the server, the database and the role are. Commits are durable.
/// Plans are made for what is asked here: small pieces by an index. Whoever left in the middle of something holds nobody
/// up for long. Not among the parameters of the connection: `PgBouncer` takes none of them there.
const SETTINGS: &str = "SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit')
    IN ('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, false);
    SET jit = off; SET client_min_messages = warning; SET TimeZone = UTC; SET lock_timeout = '4s';
    SET default_transaction_isolation = 'read committed'; SET statement_timeout = 0; SET idle_session_timeout = 0;
    SET idle_in_transaction_session_timeout = '60s'; SET client_connection_check_interval = '5s'";

impl Session {
    /// Errors: one line for the operator; a server that takes no writes is one.
    pub(super) async fn open(link: &Link, host: &Host, listener: Option<Listener>) -> Result<Self, String> {
        let config = config(link, host)?;
        let failed = |error: tokio_postgres::Error| advised(&link.url, host, &error);
        let warnings = Arc::new(AtomicU64::new(0));
        let (client, server, driver) = if let Some(tls) = &link.tls {
            let (client, connection) = config.connect(tls.clone()).await.map_err(failed)?;
            (client, server(&connection, host)?, drive(connection, listener, &warnings))
        } else {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(failed)?;
            (client, server(&connection, host)?, drive(connection, listener, &warnings))
        };
        let mut session = Self { client, timeline: 0, server, warnings, driver };
        let greeting = session.client.simple_query(GREETING).await.map_err(failed)?;
        let row = greeting.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let column = |name: &str| row.and_then(|row| row.get(name)).unwrap_or_default();
        session.timeline = column("timeline").parse().map_err(|_| {
            let is_standby = column("is_standby") == "t";
            let why = if is_standby { "a standby" } else { "read only (default_transaction_read_only)" };
            format!("{} is {why}", session.server)
        })?;
        let settings = format!("SET search_path = \"{}\"; {SETTINGS}", link.url.schema);
        session.client.batch_execute(&settings).await.map_err(failed)?;
        Ok(session)
    }

    /// Counts the warnings that came: a commit during which one came may not be where it has to be.
    pub(super) fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::Acquire)
    }
}

fn config(link: &Link, host: &Host) -> Result<Config, String> {
    let url = &link.url;
    let mut config = Config::new();
    config.user(&url.user).dbname(&url.database).port(host.port);
    config.application_name(format!("snug/{}", url.schema));
    if host.is_socket() {
        config.host_path(&host.name)
    } else {
        config.host(&host.name)
    };
    let encrypted = link.tls.is_some() && !host.is_socket();
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    if let Some(password) = passwords::password(url, host, |name| std::env::var_os(name))? {
        config.password(password);
    }
    config.connect_timeout(CONNECT_TIME).tcp_user_timeout(CONNECT_TIME);
    Ok(config)
}

/// The name of a server with its version. Errors: it is too old.
fn server<T: TlsStream + Unpin>(connection: &Connection<Socket, T>, host: &Host) -> Result<String, String> {
    // What comes after a space is the packager's.
    let version = connection.parameter("server_version").and_then(|version| version.split(' ').next());
    let version = version.unwrap_or_default();
    let server = format!("PostgreSQL {version} at {host}");
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major < OLDEST) {
        return Err(format!("{server} is too old: snug needs {OLDEST} or newer"));
    }
    Ok(server)
}

/// Moves what a connection says and hears, on the runtime that it was opened on, until its end.
fn drive<T>(
    mut connection: Connection<Socket, T>,
    listener: Option<Listener>,
    warnings: &Arc<AtomicU64>,
) -> AbortHandle
where
    T: TlsStream + Unpin + Send + 'static,
{
    let warnings = Arc::clone(warnings);
    let drive = async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                AsyncMessage::Notice(notice) if notice.parsed_severity() == Some(Severity::Warning) => {
                    warnings.fetch_add(1, Ordering::AcqRel);
                }
                AsyncMessage::Notification(notification) => {
                    if let Some(listener) = &listener {
                        listener(notification);
                    }
                }
                _ => {}
            }
        }
    };
    tokio::spawn(drive).abort_handle()
}

/// Whether an error means that the session is over, and perhaps the server with it: what was asked last may have
/// happened or not. Else the server refused it.
pub(super) fn is_end(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        Some(refusal) => {
            let fatal = matches!(refusal.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
            // A server that became a standby.
            fatal || *refusal.code() == SqlState::READ_ONLY_SQL_TRANSACTION
        }
        None => error.is_closed() || cause::<std::io::Error>(error).is_some(),
    }
}

/// One line for the operator.
pub(in crate::store) fn in_words(error: &tokio_postgres::Error) -> String {
    if let Some(refusal) = error.as_db_error() {
        return format!("{} ({})", refusal.message(), refusal.code().code());
    }
    let mut words = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let more = cause.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        next = cause.source();
    }
    words
}

fn cause<T: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    std::error::Error::source(error).and_then(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::super::connection::Connection;
    use super::super::engine::Engine;
    use super::super::tests::database;
    use super::super::url::DatabaseUrl;
    use super::*;
    use crate::store::sql::{Sql as _, values};

    /// The address of the same database for a role whose administrator set all this.
    fn with_defaults(role: &str, defaults: &[&str]) -> Option<DatabaseUrl> {
        let database = database()?;
        let connection = Connection::new(&Engine::open(DatabaseUrl::parse(&database.url).unwrap()).unwrap());
        connection.batch(&format!("CREATE ROLE {role} SUPERUSER LOGIN")).unwrap();
        for default in defaults {
            connection.batch(&format!("ALTER ROLE {role} SET {default}")).unwrap();
        }
        let url = database.url.replace("//snug@", &format!("//{role}@"));
        Some(DatabaseUrl::parse(&url).unwrap())
    }

    #[test]
    fn what_an_administrator_set_for_others_does_not_count() {
        let defaults = [
            "default_transaction_isolation = 'serializable'",
            "statement_timeout = '1min'",
            "idle_session_timeout = '1min'",
            "synchronous_commit = off",
            "search_path = nowhere",
        ];
        let Some(url) = with_defaults("with_habits", &defaults) else { return };
        let connection = Connection::new(&Engine::open(url.clone()).unwrap());
        for (name, value) in [
            ("transaction_isolation", "read committed"),
            ("statement_timeout", "0"),
            ("idle_session_timeout", "0"),
            ("synchronous_commit", "on"),
            ("search_path", &url.schema),
        ] {
            let set = "SELECT current_setting(?1) AS value";
            let set = connection.one(set, values![name], |row| row.get::<String>("value"));
            assert_eq!(set.unwrap().as_deref(), Some(value), "{name}");
        }
        // Nothing that `PgBouncer` would refuse.
        let config = config(&connection.engine().link, &url.hosts[0]).unwrap();
        assert_eq!(config.get_options(), None);
    }

    #[test]
    fn a_server_that_takes_no_writes_is_named_as_such() {
        let Some(url) = with_defaults("reader", &["default_transaction_read_only = on"]) else { return };
        let error = Engine::open(url).err().expect("it cannot be written to");
        assert!(error.contains("default_transaction_read_only"), "{error}");
    }

    /// Greets one client as a server of this version does.
    fn server_of(version: &str) -> DatabaseUrl {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let parameter = format!("server_version\0{version}\0");
        let length = u32::try_from(parameter.len() + 4).unwrap().to_be_bytes();
        let told = [b"R\0\0\0\x08\0\0\0\0S", &length[..], parameter.as_bytes(), b"Z\0\0\0\x05I"].concat();
        thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut begins = [0; 8];
            client.read_exact(&mut begins).unwrap();
            client.write_all(&told).unwrap();
            // Until the client leaves.
            let _ = io::copy(&mut client, &mut io::sink());
        });
        DatabaseUrl::parse(&format!("postgres://snug@127.0.0.1:{port}/chat")).unwrap()
    }

    #[test]
    fn a_server_that_is_too_old_is_named_with_its_version() {
        let error = Engine::open(server_of("14.20 (Debian 14.20-1)")).err().expect("it is too old");
        assert!(error.contains("PostgreSQL 14.20 at 127.0.0.1") && error.contains("15 or newer"), "{error}");
    }
}
