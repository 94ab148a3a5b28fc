//! What stories are told with: servers, clients, streams, browsers, files.

mod actions;
mod browser;
mod browser_user;
mod client;
mod external_program;
mod html;
mod inspector;
mod keyboard;
mod process;
mod raw_connection;
mod seeded_process;
mod server;
mod stream;
mod temp_dir;
mod valve;

pub(crate) use actions::*;
pub(crate) use browser::*;
pub(crate) use browser_user::*;
pub(crate) use client::*;
pub(crate) use external_program::*;
pub(crate) use html::*;
pub(crate) use inspector::*;
pub(crate) use keyboard::*;
pub(crate) use process::*;
pub(crate) use raw_connection::*;
pub(crate) use seeded_process::*;
pub(crate) use server::*;
pub(crate) use stream::*;
pub(crate) use temp_dir::*;
pub(crate) use valve::*;
