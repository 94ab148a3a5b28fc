//! The whole server: the door in front, the `tiny_http` loop behind it.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::door::{Door, DoorLimits};
use crate::live::{self, Source};
use crate::secrets::draw_nonce;
use crate::web::{App, Web};

/// How long requests that are under way may take when the server stops.
const STOP_TIME: Duration = Duration::from_millis(1_500);

/// A running server.
pub struct Server {
    door: Door,
    web: Web,
    live: live::Thread,
    app: Arc<App>,
    _folder: PrivateFolder,
}

impl Server {
    /// Serves `app` on `listener` until [`Server::stop`].
    pub fn start(listener: TcpListener, app: App, limits: DoorLimits) -> io::Result<Self> {
        let folder = PrivateFolder::new()?;
        let path = folder.0.join("web.sock");
        let app = Arc::new(app);
        let live = app.live().start(Arc::clone(&app) as Arc<dyn Source>)?;
        let web = Web::start(UnixListener::bind(&path)?, Arc::clone(&app))?;
        let door = Door::open(listener, path, app.live().clone(), limits)?;
        Ok(Self { door, web, live, app, _folder: folder })
    }

    /// What it serves.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Stops accepting, finishes the requests that are under way, and ends within 1.5 seconds.
    pub fn stop(self) {
        let deadline = Instant::now() + STOP_TIME;
        self.door.stop(deadline);
        self.web.stop(deadline);
        self.live.stop();
        // Not by the last one who lets go of it: that may be a worker who is late.
        self.app.close();
    }
}

/// A folder that nobody else can enter, for the socket between door and loop: whoever could
/// connect there could claim any address. It goes with the server.
struct PrivateFolder(PathBuf);

impl PrivateFolder {
    fn new() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        let path = temporary.join(format!("snug-{}", draw_nonce()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        let place = temporary.display();
        made.map_err(|error| io::Error::new(error.kind(), format!("no private folder in {place}: {error}")))?;
        Ok(Self(path))
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // A folder left behind is empty and private; there is nobody to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}
