//! What stories are told with: servers, clients, streams, browsers, files.

mod binary;
mod browser;
mod browser_user;
mod client;
mod html;
mod inspector;
mod keyboard;
mod process;
mod raw_connection;
mod server;
mod stream;
mod valve;

pub(crate) use binary::*;
pub(crate) use browser::*;
pub(crate) use browser_user::*;
pub(crate) use client::*;
pub(crate) use html::*;
pub(crate) use inspector::*;
pub(crate) use keyboard::*;
pub(crate) use process::*;
pub(crate) use raw_connection::*;
pub(crate) use server::*;
pub(crate) use stream::*;
pub(crate) use valve::*;
