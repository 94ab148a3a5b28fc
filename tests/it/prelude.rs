//! What most stories need: the fixture, and the usual of the standard library.

pub(crate) use std::collections::{BTreeMap, BTreeSet, HashSet};
pub(crate) use std::fs;
pub(crate) use std::io::{Read, Write};
pub(crate) use std::net::{SocketAddr, TcpListener, TcpStream};
pub(crate) use std::path::{Path, PathBuf};
pub(crate) use std::process::{Command, Stdio};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Mutex};
pub(crate) use std::thread;
pub(crate) use std::time::{Duration, Instant};

pub(crate) use serde_json::{Value, json};
pub(crate) use snug::chat::{InviteCode, Limits};
pub(crate) use snug::settings::Settings;

pub(crate) use crate::support::*;
