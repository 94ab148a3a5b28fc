//! The whole server: the door in front, the `tiny_http` loop behind it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::door::{Application, Door, DoorLimits, Members, Upstream};
use crate::live::{self, FeedSource};
use crate::lock::lock;
use crate::secrets::draw_nonce;
use crate::settings::Settings;
use crate::web::{App, WORKERS_MAX, Web};

/// Time that requests under way have when the server stops.
const STOP_TIME: Duration = Duration::from_millis(1_500);

/// Instances of the application at the same time: the one that takes new connections, and those whose last
/// answers are still under way. Each has a listener and at least six threads.
const INSTANCES_MAX: usize = 4;

/// Fits the door's limits to the descriptors that this process may have open, whose limit is raised first.
/// The error is one line for the operator.
pub fn door_limits(settings: &Settings) -> Result<DoorLimits, String> {
    // The usual least, if the limit cannot be read.
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let used = std::fs::read_dir("/dev/fd").map_or(16, Iterator::count);
    let trusted = settings.trusted_proxies.clone();
    DoorLimits::new(
        settings.connections, settings.connections_per_address, settings.streams, WORKERS_MAX, trusted,
    )
    .within(limit, used)
    .map_err(|least| format!("this process may open {limit} files; it needs at least {least} (ulimit -n)"))
}

pub struct Server {
    door: Door,
    live: live::Thread,
    app: Arc<App>,
    instances: Arc<Instances>,
}

impl Server {
    /// Serves `app` on `listener` until [`Server::stop`].
    pub fn start(listener: TcpListener, app: App, limits: DoorLimits) -> io::Result<Self> {
        let app = Arc::new(app);
        app.join_cluster();
        let live = app.live().start(Arc::clone(&app) as Arc<dyn FeedSource>)?;
        let instances = Arc::new(Instances { app: Arc::clone(&app), started: Mutex::default() });
        let members = Arc::clone(&app) as Arc<dyn Members>;
        let door = Door::open(
            listener,
            Arc::clone(&instances) as _,
            members,
            (app.live().clone(), app.exchanges()),
            limits,
        )?;
        Ok(Self { door, live, app, instances })
    }

    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Stops accepting, finishes the requests that are under way, and ends within 1.5 seconds.
    pub fn stop(self) {
        let deadline = Instant::now() + STOP_TIME;
        let instances = self.instances.stop();
        self.door.stop(deadline);
        for instance in instances {
            instance.stop(deadline);
        }
        self.live.stop();
        // Not by the last one who lets go of it: that may be a worker who is late.
        self.app.close();
    }
}

/// The `tiny_http` loops that serve the application. `tiny_http` stops listening for good when a thread or a
/// descriptor is missing, and nobody can connect to a socket whose file was removed: then the door starts another.
struct Instances {
    app: Arc<App>,
    /// Guards the list. Nothing else is done under it.
    started: Mutex<Started>,
}

#[derive(Default)]
struct Started {
    instances: Vec<Weak<Instance>>,
    stopping: bool,
}

impl Instances {
    /// Those that still run. There will be no others.
    fn stop(&self) -> Vec<Arc<Instance>> {
        let mut started = lock(&self.started);
        started.stopping = true;
        started.instances.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Application for Instances {
    fn start(&self) -> io::Result<Arc<dyn Upstream>> {
        let full = |started: &mut Started| {
            started.instances.retain(|instance| instance.strong_count() > 0);
            started.stopping || started.instances.len() >= INSTANCES_MAX
        };
        if full(&mut lock(&self.started)) {
            return Err(io::Error::other("no other instance may start now"));
        }
        let instance = Arc::new(Instance::start(Arc::clone(&self.app))?);
        let mut started = lock(&self.started);
        if started.stopping {
            return Err(io::Error::other("it stops"));
        }
        started.instances.push(Arc::downgrade(&instance));
        Ok(instance)
    }
}

/// One `tiny_http` loop. It ends when it is dropped, which is when the last connection to it is closed.
struct Instance {
    web: Web,
    /// A second handle of what `tiny_http` accepts from, to wake it.
    listener: UnixListener,
    folder: PrivateFolder,
}

impl Instance {
    fn start(app: Arc<App>) -> io::Result<Self> {
        let (folder, listener) = PrivateFolder::with_socket(&socket_folders())?;
        let web = Web::start(listener.try_clone()?, app)?;
        Ok(Self { web, listener, folder })
    }

    /// Finishes the requests that are under way, until `deadline`.
    fn stop(&self, deadline: Instant) {
        self.web.stop(deadline);
        self.folder.remove();
    }
}

impl Upstream for Instance {
    fn path(&self) -> PathBuf {
        self.folder.socket()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.web.stop(Instant::now());
        // `tiny_http` wakes its accepting thread by a connection, which fails where the socket's file is gone. If
        // this fails as well, that thread accepts no more already.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
    }
}

/// A folder that nobody else can enter, for the socket between door and loop: whoever could
/// connect there could claim any address.
struct PrivateFolder(PathBuf);

/// Candidates in order: the temporary directory; where that will not do (it is not there, nothing can be written to it, its
/// path is too long for a socket), others. Relative ones depend on where snug was started, so they are left out.
fn socket_folders() -> Vec<PathBuf> {
    let usual =
        [std::env::temp_dir(), std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default().into(), "/tmp".into()];
    usual.into_iter().filter(|path: &PathBuf| path.is_absolute()).collect()
}

impl PrivateFolder {
    /// A new one in the first of these places where there can be a socket, and that.
    fn with_socket(parents: &[PathBuf]) -> io::Result<(Self, UnixListener)> {
        let mut failures = Vec::new();
        for parent in parents {
            let opened = Self::new(parent).and_then(|folder| {
                let listener = UnixListener::bind(folder.socket())?;
                Ok((folder, listener))
            });
            match opened {
                Ok(opened) => return Ok(opened),
                Err(error) => failures.push(format!("{}: {error}", parent.to_string_lossy().escape_debug())),
            }
        }
        Err(io::Error::other(format!(
            "there is no place for a private socket ({}); set TMPDIR to a folder with a short path in which files can be made",
            failures.join("; ")
        )))
    }

    fn new(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!("snug-{}", draw_nonce()));
        let mut private = DirBuilder::new();
        private.mode(0o700);
        let made = private.create(&path).or_else(|error| match error.kind() {
            // Cleaners remove that one as well.
            ErrorKind::NotFound => {
                private.recursive(true).create(parent).and_then(|()| private.create(&path))
            }
            _ => Err(error),
        });
        made.map(|()| Self(path))
    }

    fn socket(&self) -> PathBuf {
        self.0.join("web.sock")
    }

    fn remove(&self) {
        // A folder left behind is empty and private; there is nobody to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_socket_can_be_it_says_what_to_set() {
        let usual = std::env::temp_dir();
        let long = usual.join("x".repeat(100));
        let parents = [long.clone(), "/dev/null".into()];
        let why = PrivateFolder::with_socket(&parents).map(drop).unwrap_err().to_string();
        assert!(why.contains("TMPDIR") && why.contains("/dev/null") && !why.contains('\n'), "{why}");
        let left = fs::read_dir(&long).map_or(0, Iterator::count);
        let _ = fs::remove_dir(&long);
        assert_eq!(left, 0);
        assert!(PrivateFolder::with_socket(&["/dev/null".into(), usual]).is_ok());
    }
}
