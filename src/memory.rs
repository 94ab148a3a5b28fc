//! The bounds of memory, and the allocator's part.
//!
//! # The worst case
//!
//! Everything that lives longer than a request, as large as it may become with the default settings, however hostile
//! those are who fill it. Sizes are of a 64-bit system, with the slack of tables and allocator; megabytes are millions of bytes.
//! The README states the sum, and `tests/it/memory.rs` drives a server there.
//!
//! | what | at most | bytes each | MB |
//! |---|---|---|---|
//! | the program, SQLite's caches of six connections, stacks of its own threads | | | 20 |
//! | messages in memory (`chat/state/window.rs`) | 10,000 KiB with overhead and nonces | | 16 |
//! | ids of the newest messages (`chat/state/window.rs`) | 20,000 rooms, 100 each | 16 | 32 |
//! | unread mentions (`chat/state/unread_mentions.rs`) | 10,000 members, 100 each | 24 | 24 |
//! | unread reactions (`chat/state/unread_reactions.rs`) | 10,000 members, 20 each | 32 | 6 |
//! | members, those who were removed included | 20,000 | 1,000 | 20 |
//! | sessions, and when they were used | 20,000 | 500 | 10 |
//! | sessions that removals ended | 2,000 | 160 | 1 |
//! | known devices | 10,000 members, 20 each | 160 | 32 |
//! | rooms that members opened | 10,000 | 1,600 | 16 |
//! | conversations, those without messages included | 20,000 | 800 | 16 |
//! | who is in which room, with read markers and levels of notification, or invited | 200,000 | 250 | 50 |
//! | pinned messages (`chat/room.rs`) | 20,000 rooms, 20 each | 16 | 6 |
//! | rate limiters (`web/rate_limiter.rs`) | 19, 10,000 keys each | 160 | 31 |
//! | how much of the files is whose (`file_store/accounts.rs`) | 20,000 members | 40 | 1 |
//! | nonces of uploads (`web/files.rs`) | 2,000 | 300 | 1 |
//! | changes of messages, reset links, read markers on their way, who types | | | 5 |
//! | rendered for streams (`live/ring.rs`) | 8 MiB | | 9 |
//! | texts and pages that are kept rendered (`views/rendered_texts.rs`, `web/page_cache.rs`) | 8 MiB | | 9 |
//! | streams | 1,024 | 2,000 | 2 |
//! | WebSockets beside their streams, each with a command and a stack that answers it (`live/socket.rs`, `door/command.rs`) | 1,024 | 22,000 | 23 |
//! | connections, each with a head and a stack | 1,088 | 32,000 | 35 |
//! | bodies and what is said on WebSockets, at most three copies of each | 9 MiB | | 28 |
//! | answers that are not taken | 18 MiB | | 19 |
//! | compressors that wait for the next answer (`web/gzip.rs`) | 4 | 270,000 | 1 |
//! | answers that are being made, at most three copies of each, and compressed | 16 lanes | 4,900,000 | 79 |
//! | what is known of files that are uploaded and not sent (`chat/file.rs`) | 2,000 | 3,500 | 7 |
//! | pieces of uploads under way (`transfer/mod.rs`) | 64 | 80,000 | 5 |
//! | spools, where they are in memory (`transfer/mod.rs`) | 36 MiB | | 38 |
//! | files that are made of spools, where they are in memory (`web/kept_file.rs`); where nodes share them, parts that are sent (`transfer/content.rs`) | 32 MiB | | 34 |
//! | files that are kept, where they are in memory (`file_store/memory.rs`), or at hand (`file_store/part_cache.rs`) | 32 MiB | | 34 |
//! | workers, each with a stack, and `tiny_http`'s threads | 124 | 160,000 | 20 |
//! | passwords that are being hashed | 2 | 20,000,000 | 40 |

/// Tells glibc's allocator to keep little. Call it once, before threads start.
///
/// Left alone, glibc raises its mmap threshold with the first large block that is freed, and from
/// then on keeps every password-hashing buffer (19 MiB each) in up to eight arenas per core: after 85
/// hashes on 8 threads 1.5 GB stayed resident. With a fixed threshold such blocks are mapped, and
/// unmapped when freed; with few arenas, small blocks freed by one thread serve the others.
/// Other allocators (musl's, macOS') give large blocks back by themselves.
pub(crate) fn tune_allocator() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const MAPPED_FROM: libc::c_int = 128 * 1024;
        const ARENAS: libc::c_int = 2;
        #[allow(unsafe_code)]
        // SAFETY: mallopt only sets the allocator's own parameters, whatever the values; a value
        // that it refuses leaves the default.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM);
            libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_states_the_sum_of_the_table() {
        let table = include_str!("memory.rs").lines().filter(|line| line.starts_with("//! | "));
        let amounts =
            table.filter_map(|line| line.trim_end_matches(" |").rsplit(' ').next()?.parse::<u32>().ok());
        let sum: u32 = amounts.sum();
        let stated = format!("at most {} MB", sum.next_multiple_of(10));
        assert!(include_str!("../README.md").contains(&stated), "{stated}");
    }
}
