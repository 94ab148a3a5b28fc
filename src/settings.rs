//! The operator's settings.

#[cfg(feature = "sqlite")]
use std::fmt;
use std::net::SocketAddr;
#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::authority::Authority;
use crate::chat::InviteCode;
use crate::network::TrustedProxies;
#[cfg(feature = "postgres")]
use crate::store::DatabaseUrl;
#[cfg(feature = "sqlite")]
use crate::store::{Durability, files_folder};
use crate::time_zone::Zone;
use crate::transfer::TRANSFERS_MAX;

/// Where a chat is kept that outlives the process.
#[cfg(feature = "sqlite")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataPlace {
    File(PathBuf),
    /// Which several nodes may share.
    #[cfg(feature = "postgres")]
    Database(DatabaseUrl),
}

#[derive(Clone, Debug)]
pub struct Settings {
    /// In order of preference; the first address that can be bound is used.
    pub listen: Vec<SocketAddr>,
    /// The name of the chat, in the header, the footer and the window's title.
    pub title: String,
    /// The zone in which times are shown.
    pub time_zone: Zone,
    /// Messages kept in memory, in all rooms together.
    pub history: usize,
    /// For what is kept rendered (texts and pages), in MiB; 0: nothing is.
    pub page_cache: usize,
    /// The word that registration asks for; without one, anybody may register.
    pub invite_code: Option<InviteCode>,
    /// Failed sign-ins a minute, per address and per account; 0 is no limit.
    pub sign_in_rate: u32,
    /// Registrations a minute, per address (and a hundred at once); 0 is no limit.
    pub register_rate: u32,
    /// Messages a minute, per member (and two hundred at once); 0 is no limit.
    pub post_rate: u32,
    /// Searches a minute, per member (and thirty at once); 0 is no limit.
    pub search_rate: u32,
    /// Of one file, in MiB; 0: no files.
    pub file_max: u32,
    /// Of all files in a chat that is kept, in MiB.
    pub files_total: u32,
    /// Of what one member sends in an hour, in MiB; 0 is no limit.
    pub file_rate: u32,
    /// Of all files in a chat that lives in memory, in MiB.
    pub file_memory: u32,
    /// Memory for hashing one password, in MiB.
    pub password_memory: u32,
    /// Connections of all clients together.
    pub connections: usize,
    /// Most connections at one time, of one address (or IPv6 /64); loopback and trusted proxies aside.
    pub connections_per_address: usize,
    /// Live streams of all members together, apart from connections.
    pub streams: usize,
    /// Live streams of one member.
    pub streams_per_member: usize,
    /// Files that are being sent or loaded at once.
    pub transfers: usize,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// The path below which the chat lives behind a proxy: empty, or like `/chat`.
    pub base_path: String,
    /// Names under which the chat is reached, beside those of this machine. None: if others may reach it, any.
    pub hosts: Vec<Authority>,
    /// Seconds without an answer of the database after which those who are signed in are shown nothing any more.
    pub cut_off_time: u32,
    /// For how many seconds browsers are told to come by https alone.
    pub hsts: Option<u32>,
    /// Without a place the chat lives in memory only.
    #[cfg(feature = "sqlite")]
    pub data: Option<DataPlace>,
    #[cfg(feature = "sqlite")]
    pub durability: Durability,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8080))],
            title: "snug".into(),
            time_zone: Tz::Asia__Kolkata.into(),
            history: 10_000,
            page_cache: 8,
            invite_code: None,
            sign_in_rate: 10,
            register_rate: 2,
            post_rate: 600,
            search_rate: 30,
            file_max: 25,
            files_total: 2048,
            file_rate: 1024,
            file_memory: 32,
            password_memory: 19,
            connections: 1024,
            connections_per_address: 64,
            streams: 1024,
            streams_per_member: 64,
            transfers: TRANSFERS_MAX,
            trusted_proxies: TrustedProxies::default(),
            base_path: String::new(),
            hosts: Vec::new(),
            cut_off_time: 300,
            hsts: None,
            #[cfg(feature = "sqlite")]
            data: None,
            #[cfg(feature = "sqlite")]
            durability: Durability::Full,
        }
    }
}

#[cfg(feature = "sqlite")]
impl DataPlace {
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Database(_) => None,
        }
    }
}

#[cfg(feature = "sqlite")]
impl fmt::Display for DataPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Self::Database(url) => url.fmt(f),
        }
    }
}

#[cfg(feature = "sqlite")]
impl From<PathBuf> for DataPlace {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl Settings {
    /// Where the chat is kept, for people; None: it lives in memory only.
    #[cfg_attr(not(feature = "sqlite"), expect(clippy::unused_self, reason = "nothing is kept"))]
    pub(crate) fn data_place(&self) -> Option<String> {
        #[cfg(feature = "sqlite")]
        if let Some(place) = &self.data {
            return Some(place.to_string());
        }
        None
    }

    /// The folder of the files, beside the chat's own; `None` where they live in memory or in a database.
    #[cfg(feature = "sqlite")]
    pub(crate) fn files_folder(&self) -> Option<PathBuf> {
        self.data.as_ref().and_then(DataPlace::file).map(files_folder)
    }

    /// Bytes of all files together.
    pub(crate) fn kept_bytes_max(&self) -> u64 {
        #[cfg(feature = "sqlite")]
        if self.data.is_some() {
            return u64::from(self.files_total) << 20;
        }
        u64::from(self.file_memory) << 20
    }

    /// Bytes of one file; 0 where there are none.
    pub(crate) fn file_bytes_max(&self) -> u64 {
        (u64::from(self.file_max) << 20).min(self.kept_bytes_max())
    }

    /// True where others than the people of this machine may reach the chat: directly, or through a proxy.
    pub fn is_exposed(&self) -> bool {
        let beyond = self.listen.iter().any(|address| !address.ip().is_loopback());
        beyond || !self.trusted_proxies.0.is_empty()
    }
}
