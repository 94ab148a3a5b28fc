//! Stories about the real server, over real HTTP.

#![allow(unreachable_pub, reason = "the fixture is public to its stories")]

mod activity;
mod activity_pages;
mod cached_pages;
mod catching_up;
mod changes;
mod changing;
mod conversation_attacks;
mod cookies;
mod crowd;
#[cfg(feature = "postgres")]
mod cut_off;
#[cfg(feature = "postgres")]
mod cut_off_pages;
#[cfg(feature = "sqlite")]
mod data;
mod day;
mod door_attacks;
mod door_bytes;
mod door_framing;
mod door_leaks;
mod door_limits;
mod door_protocol;
mod door_proxies;
mod door_stop;
mod edits_meet;
mod emoji;
mod entry;
mod fairness;
mod fields;
#[cfg(feature = "sqlite")]
mod file_crash;
#[cfg(feature = "sqlite")]
mod files;
mod files_access;
#[cfg(feature = "sqlite")]
mod files_limits;
#[cfg(feature = "sqlite")]
mod files_loaded;
#[cfg(feature = "sqlite")]
mod files_metadata;
#[cfg(feature = "sqlite")]
mod files_quota;
#[cfg(feature = "sqlite")]
mod files_resumed;
#[cfg(feature = "sqlite")]
mod files_shares;
mod finding;
mod first_steps;
mod forms;
mod frame_pages;
mod framed;
#[cfg(feature = "sqlite")]
mod golden;
mod groups;
mod headers;
mod history_pages;
#[cfg(feature = "sqlite")]
mod host_commands;
#[cfg(feature = "sqlite")]
mod host_copies;
#[cfg(feature = "sqlite")]
mod host_files;
#[cfg(feature = "sqlite")]
mod hostile_files;
#[cfg(feature = "sqlite")]
mod hostile_forms;
mod hosts;
mod identity;
mod interface;
mod invitations;
mod json;
mod landing;
mod languages;
mod limits;
mod live_end;
mod live_events;
mod live_limits;
mod live_order;
mod live_page;
mod live_people;
mod live_proxies;
mod live_resume;
mod live_rooms;
mod live_slow;
mod looks;
mod me;
#[cfg(feature = "sqlite")]
mod memory;
mod mentions;
mod mentions_pages;
mod message_actions;
mod messages_access;
mod names;
#[cfg(feature = "sqlite")]
mod names_kept;
#[cfg(feature = "postgres")]
mod nodes_address;
#[cfg(feature = "postgres")]
mod nodes_browsers;
#[cfg(feature = "postgres")]
mod nodes_commands;
#[cfg(feature = "postgres")]
mod nodes_cut_off;
#[cfg(feature = "postgres")]
mod nodes_database;
#[cfg(feature = "postgres")]
mod nodes_failover;
#[cfg(feature = "postgres")]
mod nodes_files;
#[cfg(feature = "postgres")]
mod nodes_killed;
#[cfg(feature = "postgres")]
mod nodes_moved;
#[cfg(feature = "postgres")]
mod nodes_people;
#[cfg(feature = "postgres")]
mod nodes_proxies;
#[cfg(feature = "postgres")]
mod nodes_started;
#[cfg(feature = "postgres")]
mod nodes_stories;
#[cfg(feature = "postgres")]
mod nodes_transfers;
mod origin;
mod outside;
mod own_pages;
mod owners;
mod pages;
mod panics;
mod people;
mod people_access;
mod photos;
mod pins;
mod pins_pages;
mod posting;
#[cfg_attr(not(feature = "sqlite"), allow(unused_imports, reason = "some of it is for files"))]
mod prelude;
mod previews;
mod program;
mod reactions;
mod reactions_pages;
mod read_out;
mod readme;
mod recovery;
mod register;
#[cfg(feature = "sqlite")]
mod release;
mod replies;
mod replies_pages;
mod resending;
mod returning;
mod room;
mod rooms_access;
mod rooms_pages;
mod script;
mod search;
mod session;
mod sidebar_live;
#[cfg(feature = "sqlite")]
mod signals;
mod slow;
mod socket;
mod socket_clients;
mod socket_hostile;
#[cfg(feature = "sqlite")]
mod store_changes;
#[cfg(feature = "sqlite")]
mod store_crash;
#[cfg(feature = "sqlite")]
mod store_damage;
#[cfg(feature = "sqlite")]
mod store_memory;
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "some of it is for files and nodes"))]
mod support;
mod throttle;
#[cfg(feature = "sqlite")]
mod transfers;
#[cfg(feature = "postgres")]
mod two_nodes;
mod unsent;
mod watching;
mod windows;
mod writing;
mod zone_question;
mod zz_skipped;
