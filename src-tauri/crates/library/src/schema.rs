//! The versions of the schema, and the way from each to the next.
//!
//! `user_version` counts the migrations that a file went through. A migration never changes once it was released: a
//! change of a table is a new constant (`V2` and so on) beside the table's `V1`, added to the list here, and a dump of the
//! version before joins `tests/it/versions`.

use rusqlite_migration::{M, Migrations};
use std::sync::LazyLock;

/// Marks a file as ours (`application_id` in SQLite's header): "Clif".
pub(crate) const APPLICATION_ID: i32 = 0x436c_6966;

/// How many migrations there are.
pub(crate) const LATEST: i32 = 4;

static V1: LazyLock<String> = LazyLock::new(|| {
    [
        crate::sources::V1,
        crate::series::V1,
        crate::progress::V1,
        crate::settings::V1,
        &format!("PRAGMA application_id = {APPLICATION_ID};"),
    ]
    .concat()
});

static V3: LazyLock<String> = LazyLock::new(|| [crate::habits::V3, crate::downloads::V3].concat());

/// All of them, each run in a transaction of its own.
pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![M::up(&V1), M::up(crate::sources::V2), M::up(&V3), M::up(crate::streams::V4)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn migrating_an_empty_file_ends_at_the_latest_version() {
        migrations().validate().unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        migrations().to_latest(&mut connection).unwrap();
        let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).unwrap();
        assert_eq!((version, application), (LATEST, APPLICATION_ID));
    }
}
