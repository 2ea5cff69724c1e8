//! Where a series goes on: a pure rule over its episodes in viewing order, and the list of series that were begun.

use crate::columns::duration;
use crate::{Library, LibraryError};
use model::{EpisodeId, SeriesId};
use rusqlite::{Connection, params};
use std::time::Duration;

/// What "Play" or "Resume" opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The episode.
    pub episode: EpisodeId,
    /// Where it opens.
    pub position: Duration,
    /// Something of this series was already watched.
    pub started: bool,
}

/// An episode and what was done with it.
#[derive(Debug, Clone)]
struct Entry {
    episode: EpisodeId,
    position: Duration,
    watched: bool,
    finished: bool,
    /// The greater, the later; `None`: never.
    touch: Option<i64>,
}

/// The episode touched last goes on where it was left. If that was its end, the next one follows; after the last episode
/// the first one that is not watched, and if there is none, the first. An untouched series begins at its beginning.
fn resume(entries: &[Entry]) -> Option<Resume> {
    let first = entries.first()?;
    let touched =
        entries.iter().enumerate().filter(|(_, entry)| entry.touch.is_some()).max_by_key(|(_, entry)| entry.touch);
    let Some((place, last)) = touched else {
        return Some(Resume { episode: first.episode.clone(), position: Duration::ZERO, started: false });
    };
    let target = if last.finished {
        entries.get(place + 1).or_else(|| entries.iter().find(|entry| !entry.watched)).unwrap_or(first)
    } else {
        last
    };
    Some(Resume { episode: target.episode.clone(), position: target.position, started: true })
}

impl Library {
    /// Where a series goes on; `None` for a series that is unknown or has no episodes. Progress of files that are no
    /// longer there is disregarded.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn resume_point(&self, series: &SeriesId) -> Result<Option<Resume>, LibraryError> {
        self.read(|connection| Ok(resume(&entries(connection, series)?)))
    }

    /// The series that were begun and are not wholly watched, latest first, at most `limit`.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn continue_watching(&self, limit: usize) -> Result<Vec<(SeriesId, Resume)>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT begun.series_id, max(touch) AS latest
                 FROM progress JOIN episodes AS begun ON begun.id = episode_id
                 WHERE touch IS NOT NULL AND EXISTS (
                     SELECT 1 FROM episodes LEFT JOIN progress AS seen ON seen.episode_id = episodes.id
                     WHERE episodes.series_id = begun.series_id AND NOT coalesce(seen.watched, 0))
                 GROUP BY begun.series_id ORDER BY latest DESC LIMIT ?1",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let begun = statement
                .query_map(params![limit], |row| row.get(0).map(SeriesId))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let mut list = Vec::with_capacity(begun.len());
            for series in begun {
                if let Some(resume) = resume(&entries(connection, &series)?) {
                    list.push((series, resume));
                }
            }
            Ok(list)
        })
    }
}

fn entries(connection: &Connection, series: &SeriesId) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, coalesce(position_us, 0), coalesce(watched, 0), coalesce(finished, 0), touch
         FROM episodes LEFT JOIN progress ON episode_id = id
         WHERE episodes.series_id = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([series.as_str()], |row| {
        Ok(Entry {
            episode: EpisodeId(row.get(0)?),
            position: duration(row.get(1)?),
            watched: row.get(2)?,
            finished: row.get(3)?,
            touch: row.get(4)?,
        })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three untouched episodes `0`, `1`, `2`.
    fn untouched() -> Vec<Entry> {
        let entry = |n: usize| Entry {
            episode: EpisodeId(n.to_string()),
            position: Duration::ZERO,
            watched: false,
            finished: false,
            touch: None,
        };
        (0..3).map(entry).collect()
    }

    fn left_at(entry: &mut Entry, seconds: u64, touch: i64) {
        (entry.position, entry.finished, entry.touch) = (Duration::from_secs(seconds), false, Some(touch));
    }

    fn finish(entry: &mut Entry, touch: i64) {
        (entry.position, entry.finished, entry.watched, entry.touch) = (Duration::ZERO, true, true, Some(touch));
    }

    fn expect(entries: &[Entry], episode: &str, seconds: u64, started: bool) {
        let expected = Resume { episode: EpisodeId(episode.into()), position: Duration::from_secs(seconds), started };
        assert_eq!(resume(entries), Some(expected));
    }

    #[test]
    fn a_series_without_episodes_has_no_point_to_resume_at() {
        assert_eq!(resume(&[]), None);
    }

    #[test]
    fn an_untouched_series_begins_at_its_first_episode() {
        expect(&untouched(), "0", 0, false);
    }

    #[test]
    fn an_episode_that_was_left_goes_on_at_its_position() {
        let mut entries = untouched();
        left_at(&mut entries[1], 47, 1);
        expect(&entries, "1", 47, true);
    }

    #[test]
    fn the_episode_touched_last_counts_and_not_the_furthest() {
        let mut entries = untouched();
        left_at(&mut entries[2], 10, 1);
        left_at(&mut entries[0], 20, 2);
        expect(&entries, "0", 20, true);
    }

    #[test]
    fn after_a_finished_episode_the_next_one_follows() {
        let mut entries = untouched();
        finish(&mut entries[0], 1);
        expect(&entries, "1", 0, true);
    }

    #[test]
    fn the_next_episode_opens_where_it_was_left_before() {
        let mut entries = untouched();
        left_at(&mut entries[1], 33, 1);
        finish(&mut entries[0], 2);
        expect(&entries, "1", 33, true);
    }

    #[test]
    fn the_next_episode_follows_even_if_it_was_watched_before() {
        let mut entries = untouched();
        finish(&mut entries[1], 1);
        finish(&mut entries[0], 2);
        expect(&entries, "1", 0, true);
    }

    #[test]
    fn after_the_last_episode_the_first_unwatched_one_follows() {
        let mut entries = untouched();
        finish(&mut entries[0], 1);
        finish(&mut entries[2], 2);
        expect(&entries, "1", 0, true);
    }

    #[test]
    fn a_wholly_watched_series_begins_again() {
        let mut entries = untouched();
        for (touch, entry) in entries.iter_mut().enumerate() {
            finish(entry, touch as i64);
        }
        expect(&entries, "0", 0, true);
    }

    #[test]
    fn an_episode_watched_before_and_left_again_goes_on_at_its_position() {
        let mut entries = untouched();
        finish(&mut entries[1], 1);
        left_at(&mut entries[1], 5, 2);
        expect(&entries, "1", 5, true);
    }
}
