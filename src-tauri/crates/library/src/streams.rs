//! What episodes that come in segments consist of: their lists are on servers, and this is for when those are not there.

use crate::downloads::DECLINED;
use crate::{Library, LibraryError};
use model::{EpisodeId, SeriesId};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;

/// `json`: [`StreamParts`]. Like progress it outlives rescans.
pub(crate) const V4: &str = "
CREATE TABLE streams (
    episode_id TEXT PRIMARY KEY NOT NULL,
    json TEXT NOT NULL
) STRICT;
";

/// One variant of a stream: which it is, and under which names its bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StreamParts {
    /// Bits per second that its list states; none where there is no choice.
    pub bandwidth: Option<u64>,
    /// Its sound, where there is a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<StreamSound>,
    /// It was chosen for a download, which goes on with it.
    #[serde(default)]
    pub downloaded: bool,
    /// Its lists and segments.
    pub parts: Vec<StreamPart>,
}

/// A sound of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StreamSound {
    /// Its language (BCP 47), if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the stream calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Bytes that a stream needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPart {
    /// The name of the resource in the cache.
    pub key: String,
    /// Which bytes of it; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Range<u64>>,
}

impl Library {
    /// What an episode consists of, if that was noted.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn stream(&self, episode: &EpisodeId) -> Result<Option<StreamParts>, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT json FROM streams WHERE episode_id = ?1";
            let json: Option<String> = connection.query_row(sql, [episode.as_str()], |row| row.get(0)).optional()?;
            Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
        })
    }

    /// The same of all episodes of a series.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn streams(&self, series: &SeriesId) -> Result<HashMap<EpisodeId, StreamParts>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT id, json FROM streams JOIN episodes ON id = episode_id WHERE series_id = ?1")?;
            let rows = statement.query_map([series.as_str()], |row| {
                Ok((EpisodeId(row.get(0)?), serde_json::from_str(&row.get::<_, String>(1)?).ok()))
            })?;
            rows.filter_map(|row| row.map(|(id, parts)| Some((id, parts?))).transpose()).collect()
        })
    }

    /// Notes what an episode consists of.
    ///
    /// # Errors
    /// [`LibraryError::Write`], [`LibraryError::Json`].
    pub fn set_stream(&mut self, episode: &EpisodeId, parts: &StreamParts) -> Result<(), LibraryError> {
        let json = serde_json::to_string(parts)?;
        self.write(|transaction| {
            let sql = "INSERT INTO streams (episode_id, json) VALUES (?1, ?2)
                 ON CONFLICT (episode_id) DO UPDATE SET json = excluded.json";
            transaction.execute(sql, params![episode.as_str(), json]).map(drop)
        })
    }

    /// Notes what is played of an episode, unless it is downloaded or will be: then its download says what is kept.
    ///
    /// # Errors
    /// [`LibraryError::Write`], [`LibraryError::Json`].
    pub fn note_stream(&mut self, episode: &EpisodeId, parts: &StreamParts) -> Result<(), LibraryError> {
        let json = serde_json::to_string(parts)?;
        self.write(|transaction| {
            let sql = "INSERT INTO streams (episode_id, json)
                 SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM downloads WHERE episode_id = ?1 AND stage <> ?3)
                 ON CONFLICT (episode_id) DO UPDATE SET json = excluded.json";
            transaction.execute(sql, params![episode.as_str(), json, DECLINED]).map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    fn parts(bandwidth: u64) -> StreamParts {
        let part = |key: &str, bytes| StreamPart { key: key.into(), bytes };
        StreamParts {
            bandwidth: Some(bandwidth),
            sound: None,
            downloaded: false,
            parts: vec![part("list", None), part("file", Some(0..7))],
        }
    }

    #[test]
    fn what_is_played_does_not_change_what_a_download_keeps() {
        let mut library = Library::in_memory().unwrap();
        let (series, id) = (SeriesId("s".into()), EpisodeId("e".into()));
        assert_eq!(library.stream(&id).unwrap(), None);
        library.note_stream(&id, &parts(1)).unwrap();
        library.note_stream(&id, &parts(2)).unwrap();
        assert_eq!(library.stream(&id).unwrap(), Some(parts(2)));
        library.add_download(&series, &id, false, SystemTime::UNIX_EPOCH).unwrap();
        library.note_stream(&id, &parts(3)).unwrap();
        assert_eq!(library.stream(&id).unwrap(), Some(parts(2)));
        library.set_stream(&id, &parts(4)).unwrap();
        assert_eq!(library.stream(&id).unwrap(), Some(parts(4)));
        // What was declined is no download any more.
        library.set_keep_next(&series, 1).unwrap();
        library.decline_download(&id).unwrap();
        library.note_stream(&id, &parts(5)).unwrap();
        assert_eq!(library.stream(&id).unwrap(), Some(parts(5)));
    }
}
