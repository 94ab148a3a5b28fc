//! What stories are told with: servers, clients, streams, browsers, files.

mod access;
mod actions;
mod browser;
mod browser_actions;
mod browser_user;
mod browser_windows;
mod browser_workers;
mod chat_place;
mod client;
mod connection;
#[cfg(feature = "sqlite")]
mod crash;
mod external_program;
#[cfg(feature = "sqlite")]
mod golden;
mod html;
mod inspector;
mod keyboard;
#[cfg(feature = "sqlite")]
mod mounts;
#[cfg(feature = "postgres")]
mod node_crowd;
#[cfg(feature = "postgres")]
mod nodes;
#[cfg(feature = "postgres")]
mod postgres;
mod process;
mod raw_connection;
mod real_proxy;
mod reserved_port;
mod seeded_process;
mod server;
mod shared_chat;
mod skips;
mod socket;
mod stream;
#[cfg(feature = "postgres")]
mod tcp_proxy;
mod temp_dir;
mod uploads;
mod valve;

pub(crate) use access::*;
pub(crate) use actions::*;
pub(crate) use browser::*;
pub(crate) use browser_actions::*;
pub(crate) use browser_user::*;
pub(crate) use browser_windows::*;
pub(crate) use browser_workers::*;
pub(crate) use client::*;
pub(crate) use connection::*;
#[cfg(feature = "sqlite")]
pub(crate) use crash::*;
pub(crate) use external_program::*;
#[cfg(feature = "sqlite")]
pub(crate) use golden::*;
pub(crate) use html::*;
pub(crate) use inspector::*;
pub(crate) use keyboard::*;
#[cfg(feature = "sqlite")]
pub(crate) use mounts::*;
#[cfg(feature = "postgres")]
pub(crate) use node_crowd::*;
#[cfg(feature = "postgres")]
pub(crate) use nodes::*;
#[cfg(feature = "postgres")]
pub(crate) use postgres::*;
pub(crate) use process::*;
pub(crate) use raw_connection::*;
pub(crate) use real_proxy::*;
pub(crate) use reserved_port::*;
pub(crate) use seeded_process::*;
pub(crate) use server::*;
pub(crate) use shared_chat::*;
pub(crate) use skips::*;
pub(crate) use socket::*;
pub(crate) use stream::*;
#[cfg(feature = "postgres")]
pub(crate) use tcp_proxy::*;
pub(crate) use temp_dir::*;
pub(crate) use uploads::*;
pub(crate) use valve::*;
