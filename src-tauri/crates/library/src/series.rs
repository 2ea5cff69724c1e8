//! What the last scan of each source found: series, episodes and the subtitle files beside them.

use crate::columns::{duration, millis, place_from_bytes, place_to_bytes};
use crate::{Library, LibraryError};
use model::{Episode, EpisodeId, EpisodeKey, MediaRef, Series, SeriesId, Sidecar, SourceId};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

/// `place` is the position in viewing order (or in the list of subtitle files), from 0.
pub(crate) const V1: &str = "
CREATE TABLE series (
    id TEXT PRIMARY KEY NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    year INTEGER,
    genres TEXT NOT NULL,
    synopsis TEXT,
    poster BLOB
) STRICT;
CREATE INDEX series_by_source ON series (source_id);
CREATE TABLE episodes (
    id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    season INTEGER NOT NULL,
    number INTEGER,
    number_end INTEGER,
    title TEXT,
    synopsis TEXT,
    path BLOB NOT NULL,
    picture BLOB,
    duration_ms INTEGER,
    UNIQUE (series_id, place)
) STRICT;
CREATE TABLE sidecars (
    episode_id TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    path BLOB NOT NULL,
    language TEXT,
    title TEXT,
    forced INTEGER NOT NULL,
    preferred INTEGER NOT NULL,
    hearing_impaired INTEGER NOT NULL,
    PRIMARY KEY (episode_id, place)
) STRICT, WITHOUT ROWID;
";

/// A series without its episodes, with what the user did with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesSummary {
    /// The series.
    pub id: SeriesId,
    /// The source that it was found in.
    pub source: SourceId,
    /// Its title.
    pub title: String,
    /// First year of release.
    pub year: Option<u16>,
    /// Genres in the source's own words.
    pub genres: Vec<String>,
    /// A portrait picture.
    pub poster: Option<MediaRef>,
    /// How many episodes there are.
    pub episodes: u32,
    /// How many of them were watched.
    pub watched: u32,
    /// Marked by the user.
    pub favourite: bool,
}

impl Library {
    /// Stores what a scan found, in place of everything that was known of this source, and clears the source's error.
    /// Progress, favourites and measured running times stay, by identifier. Either all of it is stored or nothing.
    ///
    /// # Errors
    /// [`LibraryError::UnknownSource`] when the source was removed meanwhile, [`LibraryError::BadScan`] when an
    /// identifier stands twice in it, [`LibraryError::Write`].
    pub fn store_scan(&mut self, source: &SourceId, series: &[Series], now: SystemTime) -> Result<(), LibraryError> {
        validate(source, series)?;
        let known = self.write(|transaction| {
            let known = transaction.execute(
                "UPDATE sources SET scanned_ms = ?2, error = NULL WHERE id = ?1",
                params![source.as_str(), millis(now)],
            )?;
            if known > 0 {
                transaction.execute("DELETE FROM series WHERE source_id = ?1", [source.as_str()])?;
                for one in series {
                    insert(transaction, one)?;
                }
            }
            Ok(known > 0)
        })?;
        if known { Ok(()) } else { Err(LibraryError::UnknownSource(source.clone())) }
    }

    /// A series with its episodes in viewing order. An episode's running time is the measured one where it was played
    /// once, else the one that the source claims.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn series(&self, id: &SeriesId) -> Result<Option<Series>, LibraryError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached("SELECT source_id, title, year, genres, synopsis, poster FROM series WHERE id = ?1")?
                .query_row([id.as_str()], |row| {
                    Ok(Series {
                        id: id.clone(),
                        source: SourceId(row.get(0)?),
                        title: row.get(1)?,
                        year: row.get(2)?,
                        genres: genres_from(row, 3)?,
                        synopsis: row.get(4)?,
                        poster: place_at(row, 5)?,
                        episodes: Vec::new(),
                    })
                })
                .optional()?;
            let Some(mut series) = found else { return Ok(None) };
            series.episodes = episodes(connection, id)?;
            Ok(Some(series))
        })
    }

    /// Every series, by title in natural order ("Part 2" before "Part 10"), whatever its case.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn all_series(&self) -> Result<Vec<SeriesSummary>, LibraryError> {
        let mut all = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, source_id, title, year, genres, poster,
                     (SELECT count(*) FROM episodes WHERE series_id = series.id),
                     (SELECT count(*) FROM episodes JOIN progress ON progress.episode_id = episodes.id
                      WHERE episodes.series_id = series.id AND watched),
                     EXISTS (SELECT 1 FROM favourites WHERE series_id = series.id)
                 FROM series",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(SeriesSummary {
                    id: SeriesId(row.get(0)?),
                    source: SourceId(row.get(1)?),
                    title: row.get(2)?,
                    year: row.get(3)?,
                    genres: genres_from(row, 4)?,
                    poster: place_at(row, 5)?,
                    episodes: row.get(6)?,
                    watched: row.get(7)?,
                    favourite: row.get(8)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        all.sort_by(|a, b| natord::compare_ignore_case(&a.title, &b.title).then_with(|| a.id.cmp(&b.id)));
        Ok(all)
    }

    /// The series that an episode belongs to.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn series_of(&self, episode: &EpisodeId) -> Result<Option<SeriesId>, LibraryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT series_id FROM episodes WHERE id = ?1")?
                .query_row([episode.as_str()], |row| row.get(0).map(SeriesId))
                .optional()
        })
    }
}

/// A scan with a doubled identifier is a defect of whoever made it; it must not end as a riddle from SQLite.
fn validate(source: &SourceId, series: &[Series]) -> Result<(), LibraryError> {
    let bad = |reason| Err(LibraryError::BadScan { origin: source.clone(), reason });
    let (mut all_series, mut all_episodes) = (HashSet::new(), HashSet::new());
    for one in series {
        if one.source != *source {
            return bad(format!("series {} belongs to source {}", one.id, one.source));
        }
        if !all_series.insert(&one.id) {
            return bad(format!("series {} stands twice in it", one.id));
        }
        if let Some(twice) = one.episodes.iter().find(|episode| !all_episodes.insert(&episode.id)) {
            return bad(format!("episode {} stands twice in it", twice.id));
        }
    }
    Ok(())
}

fn insert(transaction: &Transaction<'_>, series: &Series) -> rusqlite::Result<()> {
    let genres = serde_json::to_string(&series.genres)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction
        .prepare_cached(
            "INSERT INTO series (id, source_id, title, year, genres, synopsis, poster)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            series.id.as_str(),
            series.source.as_str(),
            series.title,
            series.year,
            genres,
            series.synopsis,
            series.poster.as_ref().map(place_to_bytes),
        ])?;
    let mut insert_episode = transaction.prepare_cached(
        "INSERT INTO episodes
             (id, series_id, place, season, number, number_end, title, synopsis, path, picture, duration_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut insert_sidecar = transaction.prepare_cached(
        "INSERT INTO sidecars (episode_id, place, path, language, title, forced, preferred, hearing_impaired)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (place, episode) in (0_i64..).zip(&series.episodes) {
        insert_episode.execute(params![
            episode.id.as_str(),
            series.id.as_str(),
            place,
            episode.key.season,
            episode.key.number,
            episode.number_end,
            episode.title,
            episode.synopsis,
            place_to_bytes(&episode.media),
            episode.picture.as_ref().map(place_to_bytes),
            episode.duration_ms.map(|millis| i64::try_from(millis).unwrap_or(i64::MAX)),
        ])?;
        for (place, sidecar) in (0_i64..).zip(&episode.sidecars) {
            insert_sidecar.execute(params![
                episode.id.as_str(),
                place,
                place_to_bytes(&sidecar.media),
                sidecar.language,
                sidecar.title,
                sidecar.forced,
                sidecar.default,
                sidecar.hearing_impaired,
            ])?;
        }
    }
    Ok(())
}

fn episodes(connection: &Connection, series: &SeriesId) -> rusqlite::Result<Vec<Episode>> {
    let mut sidecars = sidecars(connection, series)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, season, number, number_end, title, synopsis, path, picture, duration_ms, duration_us
         FROM episodes LEFT JOIN durations ON durations.episode_id = id
         WHERE series_id = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([series.as_str()], |row| {
        let id: String = row.get(0)?;
        let claimed: Option<i64> = row.get(8)?;
        let measured =
            row.get::<_, Option<i64>>(9)?.and_then(|micros| u64::try_from(duration(micros).as_millis()).ok());
        Ok(Episode {
            key: EpisodeKey { season: row.get(1)?, number: row.get(2)? },
            number_end: row.get(3)?,
            title: row.get(4)?,
            synopsis: row.get(5)?,
            media: place_from_bytes(row.get(6)?),
            sidecars: sidecars.remove(&id).unwrap_or_default(),
            picture: place_at(row, 7)?,
            duration_ms: measured.or(claimed.and_then(|millis| u64::try_from(millis).ok())),
            id: EpisodeId(id),
        })
    })?;
    rows.collect()
}

fn sidecars(connection: &Connection, series: &SeriesId) -> rusqlite::Result<HashMap<String, Vec<Sidecar>>> {
    let mut statement = connection.prepare_cached(
        "SELECT episode_id, sidecars.path, language, sidecars.title, forced, preferred, hearing_impaired
         FROM episodes JOIN sidecars ON episode_id = id
         WHERE series_id = ?1 ORDER BY episode_id, sidecars.place",
    )?;
    let mut rows = statement.query([series.as_str()])?;
    let mut by_episode = HashMap::<String, Vec<Sidecar>>::new();
    while let Some(row) = rows.next()? {
        by_episode.entry(row.get(0)?).or_default().push(Sidecar {
            media: place_from_bytes(row.get(1)?),
            language: row.get(2)?,
            title: row.get(3)?,
            forced: row.get(4)?,
            default: row.get(5)?,
            hearing_impaired: row.get(6)?,
        });
    }
    Ok(by_episode)
}

fn place_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<MediaRef>> {
    Ok(row.get::<_, Option<Vec<u8>>>(column)?.map(place_from_bytes))
}

fn genres_from(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let json: String = row.get(column)?;
    serde_json::from_str(&json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
