//! The settings: one row of JSON, so that a new setting needs no migration.
//!
//! Versions can read each other: unknown fields are kept when an older version saves, and a field that cannot be
//! understood takes its default without spoiling the others.

use crate::{Library, LibraryError};
use model::{EpisodeId, Settings};
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value};

pub(crate) const V1: &str = "
CREATE TABLE settings (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    json TEXT NOT NULL
) STRICT;
";

/// The least that the cache is given, in MiB, whatever is set: some fragments of what plays and of what comes next.
const CACHE_AT_LEAST: u32 = 64;

/// Bytes that the user lets the cache take; none where the usual limit is to hold.
pub fn cache_limit(settings: &Settings) -> Option<u64> {
    settings.cache_limit_mib.map(|mib| u64::from(mib.max(CACHE_AT_LEAST)) << 20)
}

impl Library {
    /// What the user set; defaults where nothing was.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn settings(&self) -> Result<Settings, LibraryError> {
        Ok(understood(self.read(stored)?))
    }

    /// Stores all settings.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn save_settings(&mut self, settings: &Settings) -> Result<(), LibraryError> {
        let value = serde_json::to_value(settings)?;
        self.write(|transaction| {
            let mut fields = stored(transaction)?;
            if let Value::Object(known) = value {
                fields.extend(known);
            }
            store(transaction, fields)
        })
    }
}

/// Beside the settings: whoever saves them knows nothing of it, and keeps it as he keeps what a newer version wrote.
const PAUSED: &str = "downloads_paused";

impl Library {
    /// Whether the user holds all downloads; but for these, which he let go on.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn downloads_paused(&self) -> Result<Option<Vec<EpisodeId>>, LibraryError> {
        let noted = self.read(stored)?.remove(PAUSED);
        Ok(noted.and_then(|but| serde_json::from_value(but).ok()).flatten())
    }

    /// Notes that the user holds all downloads but these, or lets them go on (`None`).
    ///
    /// # Errors
    /// [`LibraryError::Write`], [`LibraryError::Json`].
    pub fn pause_downloads(&mut self, but: Option<&[EpisodeId]>) -> Result<(), LibraryError> {
        let but = serde_json::to_value(but)?;
        self.write(|transaction| {
            let mut fields = stored(transaction)?;
            fields.insert(PAUSED.to_owned(), but);
            store(transaction, fields)
        })
    }
}

fn store(connection: &Connection, fields: Map<String, Value>) -> rusqlite::Result<()> {
    let sql = "INSERT INTO settings (id, json) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET json = excluded.json";
    connection.execute(sql, [Value::Object(fields).to_string()]).map(drop)
}

/// The fields as they are in the database; none where there is no JSON object.
fn stored(connection: &Connection) -> rusqlite::Result<Map<String, Value>> {
    let json: Option<String> =
        connection.query_row("SELECT json FROM settings WHERE id = 1", [], |row| row.get(0)).optional()?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

fn understood(mut fields: Map<String, Value>) -> Settings {
    fields.retain(|name, value| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        let result = serde_json::from_value::<Settings>(Value::Object(alone));
        if let Err(error) = &result {
            tracing::warn!(name, %error, "a setting was not understood");
        }
        result.is_ok()
    });
    serde_json::from_value(Value::Object(fields)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_json(json: &str) -> Library {
        let library = Library::in_memory().unwrap();
        library.connection.execute("INSERT INTO settings (id, json) VALUES (1, ?1)", [json]).unwrap();
        library
    }

    #[test]
    fn a_fresh_library_has_the_default_settings() {
        assert_eq!(Library::in_memory().unwrap().settings().unwrap(), Settings::default());
    }

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let mut library = Library::in_memory().unwrap();
        let changed = Settings {
            language: model::LanguageSetting::Chinese,
            volume: 0.25,
            subtitle_language: Some(String::new()),
            audio_language: Some("zh".into()),
            ..Settings::default()
        };
        library.save_settings(&changed).unwrap();
        assert_eq!(library.settings().unwrap(), changed);
        library.save_settings(&Settings::default()).unwrap();
        assert_eq!(library.settings().unwrap(), Settings::default());
    }

    #[test]
    fn the_cache_gets_what_is_set_and_never_next_to_nothing() {
        let limit = |cache_limit_mib| cache_limit(&Settings { cache_limit_mib, ..Settings::default() });
        assert_eq!([limit(None), limit(Some(100)), limit(Some(0))], [None, Some(100 << 20), Some(64 << 20)]);
        assert_eq!(limit(Some(u32::MAX)), Some(u64::from(u32::MAX) << 20));
    }

    #[test]
    fn fields_of_a_newer_version_are_tolerated_and_kept() {
        let mut library = with_json(r#"{"volume": 0.5, "from_the_future": {"a": 1}}"#);
        let mut settings = library.settings().unwrap();
        assert_eq!(settings, Settings { volume: 0.5, ..Settings::default() });
        settings.muted = true;
        library.save_settings(&settings).unwrap();
        let fields = library.read(stored).unwrap();
        assert_eq!(fields["from_the_future"]["a"], 1);
        assert_eq!(fields["muted"], true);
    }

    #[test]
    fn a_field_that_is_not_understood_takes_its_default_and_spoils_nothing() {
        let library = with_json(r#"{"language": "tlh", "volume": "loud", "speed": null, "muted": true}"#);
        assert_eq!(library.settings().unwrap(), Settings { muted: true, ..Settings::default() });
    }

    #[test]
    fn that_downloads_are_held_outlives_a_change_of_the_settings() {
        let mut library = Library::in_memory().unwrap();
        assert_eq!(library.downloads_paused().unwrap(), None);
        let but = [EpisodeId("e".into())];
        library.pause_downloads(Some(&but)).unwrap();
        library.save_settings(&Settings { muted: true, ..Settings::default() }).unwrap();
        assert_eq!(library.downloads_paused().unwrap().as_deref(), Some(but.as_slice()));
        library.pause_downloads(None).unwrap();
        assert_eq!(library.downloads_paused().unwrap(), None);
        assert!(library.settings().unwrap().muted);
    }

    #[test]
    fn settings_that_are_no_json_are_the_defaults() {
        for json in ["", "[]", "{", "null", "\u{0}"] {
            assert_eq!(with_json(json).settings().unwrap(), Settings::default());
        }
    }
}
