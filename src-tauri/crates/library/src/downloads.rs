//! What the user wants to have on this machine: episodes, and series of which the next ones are kept.

use crate::columns::millis;
use crate::{Library, LibraryError};
use model::{ApiError, EpisodeId, SeriesId};
use rusqlite::{OptionalExtension, params};
use std::time::SystemTime;

/// `place` orders the queue. `stage`: 0 waits, 1 held by the user, 2 failed, 3 done, 4 declined: the user removed what the
/// series would keep. `kept`: by a series' "keep the next".
pub(crate) const V3: &str = "
CREATE TABLE downloads (
    episode_id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    error TEXT,
    added_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE keep_next (
    series_id TEXT PRIMARY KEY NOT NULL,
    episodes INTEGER NOT NULL
) STRICT;
";

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its turn, or was begun.
    Waiting,
    /// The user holds it.
    Held,
    /// It failed.
    Failed,
    /// It is there and was verified.
    Done,
}

/// The stage of what the user removed and its series would keep: no download any more, only a note that there is to be none.
pub(crate) const DECLINED: i64 = 4;

impl Stage {
    fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Held => 1,
            Self::Failed => 2,
            Self::Done => 3,
        }
    }

    fn of(number: i64) -> Self {
        match number {
            1 => Self::Held,
            2 => Self::Failed,
            3 => Self::Done,
            _ => Self::Waiting,
        }
    }
}

/// One episode that is to be on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Download {
    /// The episode.
    pub episode: EpisodeId,
    /// Its series.
    pub series: SeriesId,
    /// How far it is.
    pub stage: Stage,
    /// It is here because the series keeps its next episodes, and goes when it was watched.
    pub kept: bool,
    /// Why it failed.
    pub error: Option<ApiError>,
}

impl Library {
    /// All downloads, in the order of the queue.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn downloads(&self) -> Result<Vec<Download>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT episode_id, series_id, stage, kept, error FROM downloads WHERE stage <> ?1 ORDER BY place, rowid",
            )?;
            let rows = statement.query_map([DECLINED], |row| {
                Ok(Download {
                    episode: EpisodeId(row.get(0)?),
                    series: SeriesId(row.get(1)?),
                    stage: Stage::of(row.get(2)?),
                    kept: row.get(3)?,
                    error: row.get::<_, Option<String>>(4)?.and_then(|json| serde_json::from_str(&json).ok()),
                })
            })?;
            rows.collect()
        })
    }

    /// What the user removed although its series would keep it.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn declined_downloads(&self) -> Result<Vec<EpisodeId>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT episode_id FROM downloads WHERE stage = ?1")?;
            statement.query_map([DECLINED], |row| row.get(0).map(EpisodeId))?.collect()
        })
    }

    /// Adds an episode at the end of the queue. One that is there already stays; if the user wants it now (`kept` is
    /// false), it is no longer only kept for the series, nor declined.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn add_download(
        &mut self,
        series: &SeriesId,
        episode: &EpisodeId,
        kept: bool,
        now: SystemTime,
    ) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let sql = "INSERT INTO downloads (episode_id, series_id, place, stage, kept, added_ms)
                 VALUES (?1, ?2, (SELECT coalesce(max(place), 0) + 1 FROM downloads), 0, ?3, ?4)
                 ON CONFLICT (episode_id) DO UPDATE SET kept = kept AND excluded.kept,
                 place = CASE WHEN stage = ?5 AND NOT excluded.kept THEN excluded.place ELSE place END,
                 stage = CASE WHEN stage = ?5 AND NOT excluded.kept THEN 0 ELSE stage END";
            transaction.execute(sql, params![episode.as_str(), series.as_str(), kept, millis(now), DECLINED]).map(drop)
        })
    }

    /// Notes how far a download is. An unknown one is left alone.
    ///
    /// # Errors
    /// [`LibraryError::Write`], [`LibraryError::Json`].
    pub fn set_download(
        &mut self,
        episode: &EpisodeId,
        stage: Stage,
        error: Option<&ApiError>,
    ) -> Result<(), LibraryError> {
        let json = error.map(serde_json::to_string).transpose()?;
        self.write(|transaction| {
            let sql = "UPDATE downloads SET stage = ?2, error = ?3 WHERE episode_id = ?1 AND stage <> ?4";
            transaction.execute(sql, params![episode.as_str(), stage.number(), json, DECLINED]).map(drop)
        })
    }

    /// Puts a download before all others.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn download_first(&mut self, episode: &EpisodeId) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let sql = "UPDATE downloads SET place = (SELECT min(place) - 1 FROM downloads) WHERE episode_id = ?1";
            transaction.execute(sql, [episode.as_str()]).map(drop)
        })
    }

    /// Puts a download right before another one, or behind all. Where one of them is unknown, everything stays.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn move_download(&mut self, episode: &EpisodeId, before: Option<&EpisodeId>) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached("SELECT episode_id FROM downloads ORDER BY place, rowid")?;
            let mut order: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let place = |order: &[String], id: &EpisodeId| order.iter().position(|other| other == id.as_str());
            let Some(from) = place(&order, episode) else { return Ok(()) };
            let moved = order.remove(from);
            let to = before.map_or(Some(order.len()), |before| place(&order, before));
            let Some(to) = to else { return Ok(()) };
            order.insert(to, moved);
            let mut update = transaction.prepare_cached("UPDATE downloads SET place = ?2 WHERE episode_id = ?1")?;
            order.iter().enumerate().try_for_each(|(at, id)| update.execute(params![id, at as i64]).map(drop))
        })
    }

    /// Removes a download for the user. What its series would keep is declined: it is not added again by itself until it
    /// was forgotten ([`Library::forget_download`]) or the series is told anew what to keep.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn decline_download(&mut self, episode: &EpisodeId) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let sql = "UPDATE downloads SET stage = ?2, error = NULL, kept = 1
                 WHERE episode_id = ?1 AND series_id IN (SELECT series_id FROM keep_next)";
            if transaction.execute(sql, params![episode.as_str(), DECLINED])? == 0 {
                transaction.execute("DELETE FROM downloads WHERE episode_id = ?1", [episode.as_str()])?;
            }
            Ok(())
        })
    }

    /// Forgets a download, and that it was declined. An unknown one is no error.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn forget_download(&mut self, episode: &EpisodeId) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM downloads WHERE episode_id = ?1", [episode.as_str()]).map(drop)
        })
    }

    /// How many of its next episodes a series keeps.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn keep_next(&self, series: &SeriesId) -> Result<u32, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT episodes FROM keep_next WHERE series_id = ?1";
            Ok(connection.query_row(sql, [series.as_str()], |row| row.get(0)).optional()?.unwrap_or(0))
        })
    }

    /// The series that keep their next episodes, and how many.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn all_keep_next(&self) -> Result<Vec<(SeriesId, u32)>, LibraryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT series_id, episodes FROM keep_next ORDER BY series_id")?;
            statement.query_map([], |row| Ok((SeriesId(row.get(0)?), row.get(1)?)))?.collect()
        })
    }

    /// Sets how many of its next episodes a series keeps; 0: none. What was declined of it is no longer.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn set_keep_next(&mut self, series: &SeriesId, episodes: u32) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let declined = "DELETE FROM downloads WHERE series_id = ?1 AND stage = ?2";
            transaction.execute(declined, params![series.as_str(), DECLINED])?;
            if episodes == 0 {
                return transaction.execute("DELETE FROM keep_next WHERE series_id = ?1", [series.as_str()]).map(drop);
            }
            let sql = "INSERT INTO keep_next (series_id, episodes) VALUES (?1, ?2)
                 ON CONFLICT (series_id) DO UPDATE SET episodes = excluded.episodes";
            transaction.execute(sql, params![series.as_str(), episodes]).map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    #[test]
    fn the_queue_keeps_its_order_and_its_stages() {
        let mut library = Library::in_memory().unwrap();
        let series = SeriesId("s".into());
        let ids: Vec<EpisodeId> = (1..=3).map(|n| EpisodeId(format!("e{n}"))).collect();
        for id in &ids {
            library.add_download(&series, id, false, at()).unwrap();
        }
        library.download_first(&ids[2]).unwrap();
        let error = ApiError::new(model::ErrorCode::NotFound, "gone");
        library.set_download(&ids[0], Stage::Failed, Some(&error)).unwrap();
        library.forget_download(&ids[1]).unwrap();
        let all = library.downloads().unwrap();
        assert_eq!(all.iter().map(|d| &d.episode).collect::<Vec<_>>(), [&ids[2], &ids[0]]);
        assert_eq!((all[1].stage, all[1].error.as_ref()), (Stage::Failed, Some(&error)));
    }

    #[test]
    fn a_download_is_put_before_another_one_or_behind_all() {
        let mut library = Library::in_memory().unwrap();
        let series = SeriesId("s".into());
        let ids: Vec<EpisodeId> = (0..4).map(|n| EpisodeId(format!("e{n}"))).collect();
        for id in &ids {
            library.add_download(&series, id, false, at()).unwrap();
        }
        let order = |library: &Library| {
            let all = library.downloads().unwrap();
            all.iter().map(|d| ids.iter().position(|id| *id == d.episode).unwrap()).collect::<Vec<_>>()
        };
        library.download_first(&ids[2]).unwrap();
        assert_eq!(order(&library), [2, 0, 1, 3]);
        let nobody = EpisodeId("nobody".into());
        for (moved, before, after) in [
            (&ids[3], Some(&ids[0]), [2, 3, 0, 1]),
            (&ids[2], Some(&ids[1]), [3, 0, 2, 1]),
            (&ids[0], None, [3, 2, 1, 0]),
            (&ids[2], Some(&ids[2]), [3, 2, 1, 0]),
            (&ids[2], Some(&nobody), [3, 2, 1, 0]),
            (&nobody, None, [3, 2, 1, 0]),
        ] {
            library.move_download(moved, before).unwrap();
            assert_eq!(order(&library), after, "{moved:?} before {before:?}");
        }
        library.add_download(&series, &nobody, false, at()).unwrap();
        assert_eq!(library.downloads().unwrap().last().unwrap().episode, nobody, "what is new comes last");
    }

    #[test]
    fn what_the_user_asks_for_is_no_longer_only_kept() {
        let mut library = Library::in_memory().unwrap();
        let (series, id) = (SeriesId("s".into()), EpisodeId("e".into()));
        library.add_download(&series, &id, true, at()).unwrap();
        assert!(library.downloads().unwrap()[0].kept);
        library.add_download(&series, &id, false, at()).unwrap();
        library.add_download(&series, &id, true, at()).unwrap();
        assert!(!library.downloads().unwrap()[0].kept);
        library.set_keep_next(&series, 5).unwrap();
        assert_eq!((library.keep_next(&series).unwrap(), library.all_keep_next().unwrap().len()), (5, 1));
        library.set_keep_next(&series, 0).unwrap();
        assert_eq!(library.keep_next(&series).unwrap(), 0);
    }

    #[test]
    fn what_its_series_would_keep_stays_declined_until_the_user_asks_anew() {
        let mut library = Library::in_memory().unwrap();
        let (series, id) = (SeriesId("s".into()), EpisodeId("e".into()));
        let declined = |library: &Library| {
            assert!(library.downloads().unwrap().is_empty());
            library.declined_downloads().unwrap().len()
        };
        library.add_download(&series, &id, false, at()).unwrap();
        library.decline_download(&id).unwrap();
        assert_eq!(declined(&library), 0, "nobody would add it again");
        library.set_keep_next(&series, 2).unwrap();
        library.add_download(&series, &id, true, at()).unwrap();
        library.decline_download(&id).unwrap();
        library.add_download(&series, &id, true, at()).unwrap();
        // Its end was on its way.
        library.set_download(&id, Stage::Done, None).unwrap();
        assert_eq!(declined(&library), 1);
        library.add_download(&series, &id, false, at()).unwrap();
        assert_eq!(library.downloads().unwrap()[0].stage, Stage::Waiting);
        library.decline_download(&id).unwrap();
        library.set_keep_next(&series, 3).unwrap();
        assert_eq!(declined(&library), 0);
    }
}
