//! Stories about the real server, over real HTTP.

#[allow(dead_code, unreachable_pub)]
mod browser;
mod entry;
mod house;
mod readme;
