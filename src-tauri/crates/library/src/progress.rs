//! What the user did with episodes and series: how far each was watched, what was watched to the end, what is a favourite.
//!
//! These tables refer to episodes and series by identifier and not by a foreign key: they outlive rescans and removals.

use crate::columns::{duration, micros, millis, moment};
use crate::{Library, LibraryError};
use model::{EpisodeId, SeriesId};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// `touch` grows with every change of progress and says what was touched last; the clock could not, it may be set back.
/// NULL stands for an episode that was only marked. `finished` is the state of the last viewing, `watched` that of any.
pub(crate) const V1: &str = "
CREATE TABLE progress (
    episode_id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL,
    position_us INTEGER NOT NULL,
    watched INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    touch INTEGER
) STRICT;
CREATE INDEX progress_by_series ON progress (series_id);
CREATE INDEX progress_by_touch ON progress (touch);
CREATE TABLE durations (
    episode_id TEXT PRIMARY KEY NOT NULL,
    duration_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE favourites (
    series_id TEXT PRIMARY KEY NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// How far an episode was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where the viewer left it, to the microsecond; zero once it was seen to the end.
    pub position: Duration,
    /// Its measured running time, once known.
    pub duration: Option<Duration>,
    /// It was seen to the end once, or marked so.
    pub watched: bool,
    /// When this was noted.
    pub at: SystemTime,
}

impl Library {
    /// The progress of all episodes of a series that were touched or marked.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn progress(&self, series: &SeriesId) -> Result<HashMap<EpisodeId, Progress>, LibraryError> {
        self.read(|connection| {
            // An episode is known by its own identifier: if a scan now finds it in another series, its progress moves.
            let mut statement = connection.prepare_cached(
                "SELECT progress.episode_id, position_us, watched, at_ms, duration_us
                 FROM progress
                     LEFT JOIN durations ON durations.episode_id = progress.episode_id
                     LEFT JOIN episodes ON episodes.id = progress.episode_id
                 WHERE coalesce(episodes.series_id, progress.series_id) = ?1
                     AND (progress.series_id = ?1
                         OR progress.episode_id IN (SELECT id FROM episodes WHERE series_id = ?1))",
            )?;
            let rows = statement.query_map([series.as_str()], |row| {
                let progress = Progress {
                    position: duration(row.get(1)?),
                    watched: row.get(2)?,
                    at: moment(row.get(3)?),
                    duration: row.get::<_, Option<i64>>(4)?.map(duration),
                };
                Ok((EpisodeId(row.get(0)?), progress))
            })?;
            rows.collect()
        })
    }

    /// Notes where the viewer is. `finished`: it was seen to the end, so it counts as watched and begins anew next time.
    /// `watched` stays once it is set. Durable when this returns.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn save_progress(
        &mut self,
        series: &SeriesId,
        episode: &EpisodeId,
        position: Duration,
        duration: Option<Duration>,
        finished: bool,
        now: SystemTime,
    ) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO progress (episode_id, series_id, position_us, watched, finished, at_ms, touch)
                     VALUES (?1, ?2, ?3, ?4, ?4, ?5, (SELECT coalesce(max(touch), 0) + 1 FROM progress))
                     ON CONFLICT (episode_id) DO UPDATE SET
                         series_id = excluded.series_id, position_us = excluded.position_us,
                         watched = watched OR excluded.watched, finished = excluded.finished,
                         at_ms = excluded.at_ms, touch = excluded.touch",
                )?
                .execute(params![
                    episode.as_str(),
                    series.as_str(),
                    if finished { 0 } else { micros(position) },
                    finished,
                    millis(now)
                ])?;
            duration.map_or(Ok(()), |duration| store_duration(transaction, episode, duration))
        })
    }

    /// Marks an episode as watched or not, by hand; either way it begins anew next time. Marking an episode as watched
    /// moves the point to resume at forward, never back: a viewer in episode 50 who ticks off episode 3 stays in 50.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn set_watched(
        &mut self,
        series: &SeriesId,
        episode: &EpisodeId,
        watched: bool,
        now: SystemTime,
    ) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let touches = watched && place_of(transaction, episode)? >= place_of_last_touched(transaction, series)?;
            transaction
                .prepare_cached(
                    "INSERT INTO progress (episode_id, series_id, position_us, watched, finished, at_ms, touch)
                     VALUES (?1, ?2, 0, ?3, ?3, ?4,
                         iif(?5, (SELECT coalesce(max(touch), 0) + 1 FROM progress), NULL))
                     ON CONFLICT (episode_id) DO UPDATE SET
                         series_id = excluded.series_id, position_us = 0, watched = excluded.watched,
                         finished = excluded.finished, at_ms = excluded.at_ms, touch = coalesce(excluded.touch, touch)",
                )?
                .execute(params![episode.as_str(), series.as_str(), watched, millis(now), touches])?;
            Ok(())
        })
    }

    /// Notes an episode's measured running time. Zero is no running time and changes nothing.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn set_duration(&mut self, episode: &EpisodeId, duration: Duration) -> Result<(), LibraryError> {
        self.write(|transaction| store_duration(transaction, episode, duration))
    }

    /// Marks a series as a favourite, or takes the mark away.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn set_favourite(&mut self, series: &SeriesId, favourite: bool, now: SystemTime) -> Result<(), LibraryError> {
        self.write(|transaction| {
            if favourite {
                let sql = "INSERT OR IGNORE INTO favourites (series_id, at_ms) VALUES (?1, ?2)";
                transaction.execute(sql, params![series.as_str(), millis(now)])?;
            } else {
                transaction.execute("DELETE FROM favourites WHERE series_id = ?1", [series.as_str()])?;
            }
            Ok(())
        })
    }
}

/// The episode's place in viewing order; `None` where no scan knows it.
fn place_of(transaction: &Transaction<'_>, episode: &EpisodeId) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached("SELECT place FROM episodes WHERE id = ?1")?
        .query_row([episode.as_str()], |row| row.get(0))
        .optional()
}

fn place_of_last_touched(transaction: &Transaction<'_>, series: &SeriesId) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT place FROM episodes JOIN progress ON episode_id = id
             WHERE episodes.series_id = ?1 AND touch IS NOT NULL ORDER BY touch DESC LIMIT 1",
        )?
        .query_row([series.as_str()], |row| row.get(0))
        .optional()
}

fn store_duration(transaction: &Transaction<'_>, episode: &EpisodeId, duration: Duration) -> rusqlite::Result<()> {
    if duration.is_zero() {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "INSERT INTO durations (episode_id, duration_us) VALUES (?1, ?2)
             ON CONFLICT (episode_id) DO UPDATE SET duration_us = excluded.duration_us",
        )?
        .execute(params![episode.as_str(), micros(duration)])?;
    Ok(())
}
