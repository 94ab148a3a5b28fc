//! Filling a chat that has nothing yet.

use super::search::SearchIndex;
use super::sql::{Error, Sql, values};
use super::{journal, talk};
use crate::chat::{Record, Seq};

/// Writes all records that `next` gives, until it gives the newest number, which is returned; it is the caller's to
/// keep.
///
/// Errors: one line for the operator, of an engine's failure by `words`.
pub(super) fn write_all<S: Sql>(
    sql: &S,
    index: &mut impl SearchIndex<S>,
    next: &mut dyn FnMut() -> Result<Result<Record, Seq>, String>,
    words: impl Fn(Error) -> String + Copy,
) -> Result<Seq, String> {
    loop {
        match next()? {
            Ok(mut record) => {
                if !talk::settle_quote(sql, &mut record).map_err(words)? {
                    return Err(format!("message {} answers none of its room", record.seq));
                }
                journal::write(sql, index, &record).map_err(words)?;
            }
            Err(newest) => {
                // Nobody is told anew of reactions from elsewhere.
                sql.run("UPDATE members SET reactions_seen = ?1", values![newest]).map_err(words)?;
                return Ok(newest);
            }
        }
    }
}
