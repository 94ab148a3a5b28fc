//! A PostgreSQL server for the tests of one process: made for the first that asks, gone with the process.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a server in a new folder ($1) with the programs in another ($2), until its input ends.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
mkdir -m 700 "$1" && cd "$1" && PATH="$2:$PATH" || exit
{
    initdb --no-sync -A trust -U snug -E UTF8 --locale=C -D data &&
    pg_ctl start -w -D data -o "-F -h '' -k '$1' -N 200 -c shared_buffers=32MB"
} > log 2>&1 < /dev/null && echo ready || cat log
cat > /dev/null
pg_ctl stop -D data -m immediate > /dev/null 2>&1
rm -rf "$1"
"#;

/// A database with room for one chat.
pub(crate) struct TestDatabase {
    /// Without a schema of this name yet.
    pub(crate) schema: String,
    pub(crate) url: String,
}

/// Returns an empty database; None, loudly: PostgreSQL is not installed here.
///
/// Panics: in continuous integration, where skipping would be worse than failing.
#[track_caller]
pub(crate) fn database() -> Option<TestDatabase> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let Some(server) = SERVER.get_or_init(|| programs().map(|programs| Server::start(&programs))) else {
        assert!(env::var_os("CI").is_none(), "PostgreSQL is not installed");
        // The harness hides only what macros print.
        let _ = writeln!(io::stderr(), "SKIPPED: PostgreSQL is not installed");
        return None;
    };
    let schema = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = server.folder.to_str().expect("a plain name").replace('/', "%2F");
    Some(TestDatabase { url: format!("postgres://snug@{folder}/postgres?schema={schema}"), schema })
}

/// The folder of the newest PostgreSQL's programs, as Debian has them.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| version(path))?;
    Some(newest.join("bin")).filter(|programs| programs.join("initdb").exists())
}

struct Server {
    /// Of its socket, and all that it has.
    folder: PathBuf,
    /// Ends the server once this process, which alone holds its input, is gone.
    _script: Child,
}

impl Server {
    fn start(programs: &Path) -> Self {
        let folder = env::temp_dir().join(format!("snug-postgres-{}", process::id()));
        let mut script = as_ordinary_user("sh");
        script.args(["-c", SCRIPT, "sh"]).args([&folder, &programs.to_path_buf()]);
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(script.stdout.take().unwrap());
        let mut text = String::new();
        said.read_line(&mut text).unwrap();
        if text != "ready\n" {
            drop(script.stdin.take());
            said.read_to_string(&mut text).unwrap();
            panic!("PostgreSQL does not start: {text}");
        }
        Self { folder, _script: script }
    }
}

/// A command that is not run as root: PostgreSQL refuses that.
fn as_ordinary_user(program: &str) -> Command {
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", program]);
        command
    } else {
        Command::new(program)
    }
}

#[test]
fn a_database_is_there_or_skipped_loudly() {
    let (Some(one), Some(other)) = (database(), database()) else { return };
    assert_ne!(one.schema, other.schema);
    let folder = one.url.split(['@', '/']).nth(3).unwrap().replace("%2F", "/");
    UnixStream::connect(Path::new(&folder).join(".s.PGSQL.5432")).unwrap();
}
