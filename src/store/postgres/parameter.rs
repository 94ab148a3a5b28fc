//! Values on their way to the server, and their places in statements.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::store::sql::Value;

/// A [`Value`] of its own. It is written as the type that the statement has in its place.
#[derive(Debug)]
pub(super) enum Parameter {
    Null,
    Whole(i64),
    Flag(bool),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl From<&Value<'_>> for Parameter {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Whole(number) => Self::Whole(*number),
            Value::Flag(flag) => Self::Flag(*flag),
            Value::Text(text) => Self::Text((*text).into()),
            Value::Bytes(bytes) => Self::Bytes((*bytes).into()),
        }
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Whole(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Whole(number) => checked(number, kind, out),
            Self::Flag(flag) => checked(flag, kind, out),
            Self::Text(text) => checked(&&**text, kind, out),
            Self::Bytes(bytes) => checked(&&**bytes, kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(kind, out)
    }
}

/// A value of a type that is not the statement's is refused.
fn checked<T: ToSql>(
    value: &T,
    kind: &Type,
    out: &mut BytesMut,
) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
    value.to_sql_checked(kind, out)
}

/// The statement with `$1` for `?1`.
pub(super) fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find('?') {
        let is_placeholder = rest[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        text.push_str(&rest[..at]);
        text.push(if is_placeholder { '$' } else { '?' });
        rest = &rest[at + 1..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_as_the_server_wants_them() {
        assert_eq!(
            numbered("SELECT ?1, ?12 WHERE a ? 'b' AND c = ?2"),
            "SELECT $1, $12 WHERE a ? 'b' AND c = $2"
        );
    }
}
