//! Stories about the real server, over real HTTP.

mod browser;
mod entry;
mod house;
mod readme;
