//! What stands before the chat: nothing, a real proxy, or this program in a proxy's place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Origin;
use crate::load::{Process, cpu_of};
use crate::temp_dir::TempDir;

/// Addresses of an attacker behind a forwarding proxy: the /64s of one /48.
const ATTACKING_NETWORKS: u16 = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    Alone,
    /// Requests bear the addresses of their clients, as from a proxy; the attacker has a whole IPv6 /48.
    Forwarded,
    Caddy,
    Nginx,
}

impl Front {
    pub(crate) const ALL: [Self; 4] = [Self::Alone, Self::Forwarded, Self::Caddy, Self::Nginx];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Forwarded => "forwarded",
            Self::Caddy => "caddy",
            Self::Nginx => "nginx",
        }
    }

    pub(crate) fn is_here(self) -> bool {
        let program = match self {
            Self::Alone | Self::Forwarded => return true,
            Self::Caddy => "caddy",
            Self::Nginx => "nginx",
        };
        let found = Command::new("which").arg(program).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    }

    /// Where the honest member is.
    pub(crate) fn elsewhere(self, server: SocketAddr) -> Origin {
        let from = if self == Self::Forwarded { [203, 0, 113, 1] } else { [127, 0, 0, 1] };
        Origin { server, from: Ipv4Addr::from(from).into(), forwarded: self == Self::Forwarded }
    }

    /// Where the attacker is, the `number`th of their addresses where they have more than one.
    pub(crate) fn attacking(self, server: SocketAddr, number: usize) -> Origin {
        let network = u16::try_from(number % usize::from(ATTACKING_NETWORKS)).unwrap_or_default();
        self.in_network(server, network)
    }

    /// Where the honest member is who shares the attacker's address, or their provider's /48.
    pub(crate) fn beside_attacker(self, server: SocketAddr) -> Origin {
        self.in_network(server, ATTACKING_NETWORKS)
    }

    fn in_network(self, server: SocketAddr, network: u16) -> Origin {
        let forwarded = self == Self::Forwarded;
        let from: IpAddr = if forwarded {
            Ipv6Addr::new(0x2001, 0xdb8, 1, network, 0, 0, 0, 1).into()
        } else {
            Ipv4Addr::new(127, 0, 0, 2).into()
        };
        Origin { server, from, forwarded }
    }
}

/// The chat, and what stands before it.
pub(crate) struct House {
    pub(crate) snug: Process,
    proxy: Option<Child>,
    /// Where clients come in.
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl House {
    pub(crate) fn open(front: Front, with_file: bool, flags: &[&str]) -> Self {
        let folder = TempDir::new();
        let file = folder.data();
        let mut all = flags.to_vec();
        if front != Front::Alone {
            all.extend(["--trust-proxy", "127.0.0.1"]);
        }
        if with_file {
            all.extend(["--data", &file]);
        }
        let snug = Process::with_rates(&all);
        let (proxy, address) = match front {
            Front::Alone | Front::Forwarded => (None, snug.address),
            Front::Caddy => start_proxy(|port| caddy(&folder, port, snug.address)),
            Front::Nginx => start_proxy(|port| nginx(&folder, port, snug.address)),
        };
        Self { snug, proxy, address, _folder: folder }
    }

    /// Processor time that the proxy has used so far.
    pub(crate) fn proxy_cpu(&self) -> Duration {
        self.proxy.as_ref().map_or(Duration::ZERO, cpu_of)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(proxy) = &mut self.proxy {
            let _ = proxy.kill();
            let _ = proxy.wait();
        }
    }
}

pub(crate) fn start_proxy(command: impl FnOnce(SocketAddr) -> Command) -> (Option<Child>, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = command(address);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "the proxy does not start: {command:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    (Some(child), address)
}

/// As in the README.
fn caddy(folder: &TempDir, port: SocketAddr, snug: SocketAddr) -> Command {
    let config = format!(
        "{{
            admin off
            auto_https off
        }}
        http://{port} {{
            reverse_proxy {snug}
        }}"
    );
    let file = folder.write("Caddyfile", &config);
    let mut command = Command::new("caddy");
    command.env("HOME", folder.path()).args(["run", "--adapter", "caddyfile", "--config", &file]);
    command
}

/// Where nginx puts what it spools; by default a folder that only root may write to.
pub(crate) fn temporary_paths(folder: &TempDir) -> String {
    let place = folder.path().display();
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {place}/{kind};\n"))
        .concat()
}

/// As in the README, with as many connections as clients may make: by default nginx itself is full at 512.
fn nginx(folder: &TempDir, port: SocketAddr, snug: SocketAddr) -> Command {
    let place = folder.path().to_str().unwrap();
    let temporary = temporary_paths(folder);
    let config = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr; worker_rlimit_nofile 20000;
         events {{ worker_connections 16384; }}
         http {{ access_log off; {temporary} server {{ listen {port};
            location / {{
                proxy_pass http://{snug};
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
            }} }} }}"
    );
    let file = folder.write("nginx.conf", &config);
    let mut command = Command::new("nginx");
    command.args(["-p", place, "-e", "stderr", "-c", &file]);
    command
}
