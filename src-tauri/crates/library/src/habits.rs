//! What was learned of this viewer's habits, as the planner wrote it.

use crate::{Library, LibraryError};
use rusqlite::OptionalExtension;

pub(crate) const V3: &str = "
CREATE TABLE habits (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    json TEXT NOT NULL
) STRICT;
";

impl Library {
    /// What was saved last.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn habits(&self) -> Result<Option<String>, LibraryError> {
        self.read(|connection| {
            connection.query_row("SELECT json FROM habits WHERE id = 1", [], |row| row.get(0)).optional()
        })
    }

    /// Saves what was learned.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn save_habits(&mut self, json: &str) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let sql =
                "INSERT INTO habits (id, json) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET json = excluded.json";
            transaction.execute(sql, [json]).map(drop)
        })
    }

    /// Forgets it.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn forget_habits(&mut self) -> Result<(), LibraryError> {
        self.write(|transaction| transaction.execute("DELETE FROM habits", []).map(drop))
    }
}
