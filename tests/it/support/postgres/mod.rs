//! PostgreSQL for stories: its own programs, run as an ordinary user in temporary folders, ended with the story.

mod database;
mod server;

pub(crate) use database::*;
pub(crate) use server::*;
