//! Members who are removed, and who come back: the rows that go with them.

use rusqlite::{Transaction, params};

use super::rows::number;
use crate::chat::{MemberId, REVOKED_SESSION_TIME, REVOKED_SESSIONS_MAX, Record, Timestamp, TokenDigest};

/// Their name stays with what they said; the rest goes.
pub(super) fn remove_member(
    change: &Transaction,
    member: MemberId,
    name_freed: bool,
    at: i64,
) -> rusqlite::Result<usize> {
    let member = number(member.0);
    let tables = [
        "sessions", "known_devices", "password_resets", "room_members", "read_marks", "departures",
        "invitations",
    ];
    for table in tables {
        change.execute(&format!("DELETE FROM {table} WHERE member = ?1"), [member])?;
    }
    change.execute(
        "UPDATE members SET password = '', zone = NULL, language = NULL, owner = 0, removed_at = ?2, name_freed = ?3 WHERE id = ?1",
        params![member, at, name_freed],
    )
}

/// They are in their conversations again, whose rows stayed.
pub(super) fn bring_member_back(
    change: &Transaction,
    member: MemberId,
    name: &str,
) -> rusqlite::Result<usize> {
    let id = number(member.0);
    change.execute("DELETE FROM revoked_sessions WHERE member = ?1", [id])?;
    change.execute(
        "UPDATE members SET name = ?2, removed_at = NULL, name_freed = 0 WHERE id = ?1",
        params![id, name],
    )
}

pub(super) fn revoke(
    change: &Transaction,
    record: &Record,
    member: MemberId,
    digest: &TokenDigest,
) -> rusqlite::Result<usize> {
    forget_revoked(change, record.at)?;
    change.execute("DELETE FROM sessions WHERE token_sha256 = ?1", [digest.0])?;
    change.execute(
        "INSERT OR REPLACE INTO revoked_sessions (id, revoked_at, member, token_sha256) VALUES (?1, ?2, ?3, ?4)",
        params![number(record.seq), record.at.0, number(member.0), digest.0],
    )?;
    let sql = "DELETE FROM revoked_sessions WHERE (SELECT count(*) FROM revoked_sessions) > ?1
        AND id = (SELECT min(id) FROM revoked_sessions)";
    change.prepare_cached(sql)?.execute([i64::try_from(REVOKED_SESSIONS_MAX).unwrap_or(i64::MAX)])
}

pub(super) fn forget_revoked(change: &Transaction, now: Timestamp) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM revoked_sessions WHERE revoked_at < ?1";
    change.prepare_cached(sql)?.execute([now.0.saturating_sub(REVOKED_SESSION_TIME)])
}
