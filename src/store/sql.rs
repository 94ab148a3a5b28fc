//! Statements in the part of SQL that every engine understands, and what goes in and out of them.
//!
//! Placeholders are `?1`, `?2`, ...; numbers are 64 bits wide, flags `TRUE` or `FALSE`; where a value's type shows in
//! nothing else, it is cast. What an engine has of its own is in its folder.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, ToSqlOutput, ValueRef};

use crate::chat::{FileId, MemberId, RoomId, Seq, StorageError, Timestamp};

/// A connection, or a transaction on it.
pub(crate) trait Sql {
    /// Carries out a statement. An engine that is far away may put it off: its error may come with a later question,
    /// at the latest with the commit.
    fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<(), Error>;

    /// Visits each row. `visit` may ask the same connection.
    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Visits the rows of a question that is asked with each of several sets of values, in their order. An engine that is
    /// far away is asked many at once. `visit` may ask the same connection.
    fn each_of<'v>(
        &self,
        sql: &str,
        sets: &[impl AsRef<[Value<'v>]>],
        mut visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        sets.iter().try_for_each(|values| self.each(sql, values.as_ref(), &mut visit))
    }

    /// Reads each row.
    fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads the row of a question that has one at most.
    fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(sql, values, read)?.pop())
    }
}

/// A row of an engine's.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    #[cfg(feature = "postgres")]
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// Reads a column. Errors: there is none of this name, or it is of another type.
    pub(crate) fn get<T: Column>(&self, name: &str) -> Result<T, Error> {
        match self {
            Self::Sqlite(row) => Ok(row.get(name)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => Ok(row.try_get(name)?),
        }
    }
}

/// What a column may be read as.
#[cfg(not(feature = "postgres"))]
pub(crate) trait Column: FromSql {}

/// What a column may be read as.
#[cfg(feature = "postgres")]
pub(crate) trait Column: FromSql + for<'a> tokio_postgres::types::FromSql<'a> {}

impl Column for i64 {}
impl Column for bool {}
impl Column for String {}
impl Column for Vec<u8> {}
impl<T: Column> Column for Option<T> {}

/// A value for a placeholder.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Whole(i64),
    Flag(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// The values of a statement, in the order of its placeholders.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Value::from($value)),*] };
}
pub(crate) use values;

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Whole(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Copy + Into<Value<'a>>> From<&T> for Value<'a> {
    fn from(value: &T) -> Self {
        (*value).into()
    }
}

/// A number for a database. Ours fit; one that a client made up may not, and becomes the highest.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

impl From<Seq> for Value<'_> {
    fn from(seq: Seq) -> Self {
        Self::Whole(number(seq))
    }
}

impl From<MemberId> for Value<'_> {
    fn from(id: MemberId) -> Self {
        id.0.into()
    }
}

impl From<RoomId> for Value<'_> {
    fn from(id: RoomId) -> Self {
        id.0.into()
    }
}

impl From<FileId> for Value<'_> {
    fn from(id: FileId) -> Self {
        id.0.into()
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Whole(at.0)
    }
}

/// An engine's failure.
#[derive(Debug)]
pub(crate) enum Error {
    Sqlite(rusqlite::Error),
    #[cfg(feature = "postgres")]
    Postgres(tokio_postgres::Error),
    /// What is there was written by a newer snug, and this one cannot read it.
    #[cfg(feature = "postgres")]
    Newer,
    /// A record that snug cannot have written so, in words for the operator's log.
    Damaged(String),
    /// In words for the operator's log.
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => f.write_str(&super::postgres::in_words(error)),
            #[cfg(feature = "postgres")]
            Self::Newer => f.write_str("a newer snug writes to this chat; update this one"),
            Self::Damaged(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(feature = "postgres")]
impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::Other(error.0)
    }
}

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl Sql for rusqlite::Connection {
    fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<(), Error> {
        self.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }

    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut query = self.prepare_cached(sql)?;
        let mut rows = query.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            visit(&Row::Sqlite(row))?;
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Whole(number) => ValueRef::Integer(*number),
            Self::Flag(flag) => ValueRef::Integer((*flag).into()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
