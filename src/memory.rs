//! Gives memory back to the operating system.

/// Tells glibc's allocator to keep little. Call it once, before threads start.
///
/// Left alone, glibc raises its mmap threshold with the first large block that is freed, and from
/// then on keeps every password-hashing buffer (19 MiB each) in up to eight arenas per core: after 85
/// hashes on 8 threads 1.5 GB stayed resident. With a fixed threshold such blocks are mapped, and
/// unmapped when freed; with few arenas, small blocks freed by one thread serve the others.
/// Other allocators (musl's, macOS') give large blocks back by themselves.
pub(crate) fn give_back_what_is_freed() {
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
