//! Stories about the real server, over real HTTP.

#![allow(unreachable_pub, reason = "the fixture is public to its stories")]

mod browser;
mod crowd;
mod entry;
mod forms;
mod framed;
mod headers;
mod house;
mod interface;
mod json;
mod limits;
mod origin;
mod page;
mod pages;
mod people;
mod posting;
mod program;
mod readme;
mod register;
mod room;
mod running;
mod session;
mod slow;
mod throttle;
mod valve;
mod watching;
mod writing;
