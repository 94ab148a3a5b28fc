//! Reading all of a chat while nodes write.

use std::sync::Arc;
use std::time::Instant;

use super::connection::{Connection, ONE_MOMENT};
use super::engine::Engine;
use crate::chat::{Message, Search, SearchResults};
use crate::store::reader::{Moment, ReadConnection};
use crate::store::search::SearchRun;
use crate::store::sql::Error;

/// A chat's database, to read.
pub(crate) struct DatabaseReader(Connection);

impl DatabaseReader {
    pub(crate) fn new(engine: &Arc<Engine>) -> Self {
        Self(Connection::new(engine))
    }
}

impl ReadConnection for DatabaseReader {
    type Sql = Connection;

    fn sql(&self) -> &Connection {
        &self.0
    }

    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, Error> {
        let mut found = SearchResults::nothing(search.before);
        SearchRun::new(&self.0, search).run(limit, deadline, &mut found)?;
        Ok(found)
    }

    fn at_one_moment(&self) -> Result<Box<dyn Moment + '_>, Error> {
        self.0.begin(ONE_MOMENT)?;
        Ok(Box::new(DatabaseMoment(&self.0)))
    }
}

struct DatabaseMoment<'a>(&'a Connection);

impl Moment for DatabaseMoment<'_> {}

impl Drop for DatabaseMoment<'_> {
    fn drop(&mut self) {
        self.0.roll_back();
    }
}
