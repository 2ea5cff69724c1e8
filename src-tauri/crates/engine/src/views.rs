//! From what the library and the session know to what the UI shows: pure assembling.

use crate::feed::{Entry, Feed};
use crate::pool::{DeckState, Slot};
use crate::{network, pictures, subtitles};
use library::{Library, LibraryError, Progress, SeriesSummary, StreamPart, StreamParts};
use media::cache::Store;
use media::{Media, ResourceKey};
use model::*;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Prefix of the picture key of a series; the rest is its id.
pub(crate) const SERIES_PICTURE: &str = "series-";
/// Prefix of the picture key of an episode; the rest is its id.
pub(crate) const EPISODE_PICTURE: &str = "episode-";

/// Whether an episode left here counts as seen: in its last twentieth, where credits run and the next one calls.
pub(crate) fn is_finished(position: Duration, duration: Option<Duration>) -> bool {
    duration.is_some_and(|d| !d.is_zero() && position >= d.mul_f64(0.95))
}

pub(crate) fn series_card(summary: &SeriesSummary) -> SeriesCard {
    SeriesCard {
        id: summary.id.clone(),
        title: summary.title.clone(),
        year: summary.year,
        genres: summary.genres.clone(),
        picture: Some(format!("{SERIES_PICTURE}{}", summary.id)),
        episodes: summary.episodes,
        watched: summary.watched,
        favourite: summary.favourite,
    }
}

/// The episodes' cards, with marks for gaps and duplicates.
pub(crate) fn episode_cards(series: &Series, progress: &HashMap<EpisodeId, Progress>) -> Vec<EpisodeCard> {
    let mut counts: HashMap<EpisodeKey, u32> = HashMap::new();
    for episode in &series.episodes {
        *counts.entry(episode.key).or_default() += 1;
    }
    let mut last: Option<(u16, u32)> = None;
    let mut cards: Vec<EpisodeCard> = Vec::with_capacity(series.episodes.len());
    for episode in &series.episodes {
        let mut card = EpisodeCard::untouched(episode);
        card.picture = Some(format!("{EPISODE_PICTURE}{}", episode.id));
        if let Some(p) = progress.get(&episode.id) {
            card.position_ms = p.position.as_millis() as u64;
            card.watched = p.watched;
            card.duration_ms = p.duration.map(|d| d.as_millis() as u64).or(card.duration_ms);
        }
        if let Some(number) = episode.key.number {
            let before = last.filter(|l| l.0 == episode.key.season).map_or(0, |l| l.1);
            card.missing_before = number.saturating_sub(before.saturating_add(1));
            let end = episode.number_end.unwrap_or(number);
            last = Some((episode.key.season, end.max(before)));
        }
        card.duplicate = episode.key.number.is_some() && counts.get(&episode.key).is_some_and(|count| *count > 1);
        cards.push(card);
    }
    cards
}

/// A series and everything that the viewer did with it, as a feed that stands at `episode` or where it was left.
pub(crate) fn feed(
    library: &Library,
    media: &Media,
    id: &SeriesId,
    episode: Option<&EpisodeId>,
) -> Result<Option<Feed>, LibraryError> {
    let Some((series, card, cards, resume)) = everything(library, media, id)? else { return Ok(None) };
    let access = network::access(library, &series.source, media)?;
    let mut streams = library.streams(id)?;
    let at = episode.or(resume.as_ref().map(|r| &r.episode));
    let index = at.and_then(|id| series.episodes.iter().position(|e| e.id == *id)).unwrap_or(0);
    let mut entry = |episode: Episode, card| {
        let stream = streams.remove(&episode.id).map(Arc::new);
        Entry { episode, card, stream }
    };
    let mut entries: Vec<Entry> =
        series.episodes.into_iter().zip(cards).map(|(episode, card)| entry(episode, card)).collect();
    // Who opens an episode that was seen wants to see it again, from its beginning or from where it was left since.
    if let Some(entry) = entries.get_mut(index)
        && let Some(resume) = resume.filter(|r| r.episode == entry.episode.id)
    {
        entry.card.position_ms = resume.position.as_millis() as u64;
    }
    Ok(Some(Feed { series: card, entries, index, access }))
}

pub(crate) fn series_view(library: &Library, media: &Media, id: &SeriesId) -> Result<Option<SeriesView>, LibraryError> {
    let Some((series, card, episodes, resume)) = everything(library, media, id)? else { return Ok(None) };
    let mut languages: Vec<String> =
        series.episodes.iter().flat_map(|e| e.sidecars.iter().filter_map(|s| s.language.clone())).collect();
    languages.sort();
    languages.dedup();
    Ok(Some(SeriesView {
        card,
        synopsis: series.synopsis,
        subtitle_languages: languages,
        episodes,
        resume_ms: resume.as_ref().map_or(0, |r| r.position.as_millis() as u64),
        started: resume.as_ref().is_some_and(|r| r.started),
        remote: series.episodes.iter().any(|e| e.media.as_file().is_none()),
        keep_next: library.keep_next(id)?,
        resume: resume.map(|r| r.episode),
    }))
}

type Everything = (Series, SeriesCard, Vec<EpisodeCard>, Option<library::Resume>);

fn everything(library: &Library, media: &Media, id: &SeriesId) -> Result<Option<Everything>, LibraryError> {
    let (Some(series), Some(summary)) = (library.series(id)?, library.all_series()?.into_iter().find(|s| s.id == *id))
    else {
        return Ok(None);
    };
    let mut cards = episode_cards(&series, &library.progress(id)?);
    mark_presence(library, media, &series, &mut cards)?;
    let resume = library.resume_point(id)?;
    Ok(Some((series, series_card(&summary), cards, resume)))
}

/// A series with its episodes' cards.
pub(crate) fn cards(
    library: &Library,
    media: &Media,
    id: &SeriesId,
) -> Result<Option<(Series, Vec<EpisodeCard>)>, LibraryError> {
    Ok(everything(library, media, id)?.map(|(series, _, cards, _)| (series, cards)))
}

/// Says of episodes on the network what of them is here.
fn mark_presence(
    library: &Library,
    media: &Media,
    series: &Series,
    cards: &mut [EpisodeCard],
) -> Result<(), LibraryError> {
    if series.episodes.iter().all(|e| e.media.as_file().is_some()) {
        return Ok(());
    }
    let done: HashSet<EpisodeId> = library
        .downloads()?
        .into_iter()
        .filter(|d| d.stage == library::DownloadStage::Done)
        .map(|d| d.episode)
        .collect();
    let streams = library.streams(&series.id)?;
    for (episode, card) in series.episodes.iter().zip(cards).filter(|(e, _)| e.media.as_file().is_none()) {
        card.presence = presence(media, episode, streams.get(&episode.id), done.contains(&episode.id));
    }
    Ok(())
}

/// What of an episode on the network is here; `done`: its download is.
pub(crate) fn presence(media: &Media, episode: &Episode, stream: Option<&StreamParts>, done: bool) -> Presence {
    match bytes_of(media, episode, stream) {
        (0, _) => Presence::Remote,
        (there, Some(total)) if there >= total && done => Presence::Downloaded,
        (there, Some(total)) if there >= total => Presence::Whole,
        _ => Presence::Part,
    }
}

/// How many bytes of an episode are cached, and of how many, as far as that is known or can be reckoned.
pub(crate) fn bytes_of(media: &Media, episode: &Episode, stream: Option<&StreamParts>) -> (u64, Option<u64>) {
    let (MediaRef::Url(url), Some(store)) = (&episode.media, media.store()) else { return (0, None) };
    match stream {
        Some(stream) => kept(&store, &stream.parts),
        None => kept(&store, &[StreamPart { key: media.key(url).to_string(), bytes: None }]),
    }
}

/// How many bytes of these parts are kept, and of how many. Parts of which nothing is known are reckoned like the others.
pub(crate) fn kept(store: &Store, parts: &[StreamPart]) -> (u64, Option<u64>) {
    let (mut there, mut total, mut known) = (0, 0, 0);
    for part in parts {
        let key = ResourceKey::new(part.key.as_str());
        let (ranges, length) = match &part.bytes {
            Some(bytes) => (store.ranges(&key).intersect(bytes.clone()), Some(bytes.end - bytes.start)),
            None => (store.ranges(&key), store.total(&key)),
        };
        there += ranges.len();
        total += length.unwrap_or_default();
        known += u64::from(length.is_some());
    }
    let unknown = parts.len() as u64 - known;
    (there, (known > 0).then(|| total + unknown * (total / known).max(1)))
}

/// The series to play where none was named: the one watched last, else the first, of `source` or of all.
pub(crate) fn to_play(library: &Library, source: Option<&SourceId>) -> Result<Option<SeriesId>, LibraryError> {
    let mut all = library.all_series()?;
    all.retain(|series| source.is_none_or(|source| series.source == *source));
    let left = library.continue_watching(usize::MAX)?.into_iter().map(|(id, _)| id);
    let found = left.into_iter().find(|id| all.iter().any(|series| series.id == *id));
    Ok(found.or_else(|| all.into_iter().next().map(|series| series.id)))
}

/// `cut_off`: there is no network, or the user wants none.
pub(crate) fn home(library: &Library, media: &Media, cut_off: bool) -> Result<HomeView, LibraryError> {
    let series: Vec<SeriesCard> = library.all_series()?.iter().map(series_card).collect();
    let mut continue_watching = Vec::new();
    for (id, resume) in library.continue_watching(12)? {
        let (Some(card), Some(whole)) = (series.iter().find(|c| c.id == id), library.series(&id)?) else { continue };
        let mut cards = episode_cards(&whole, &library.progress(&id)?);
        mark_presence(library, media, &whole, &mut cards)?;
        if let Some(episode) = cards.into_iter().find(|c| c.id == resume.episode) {
            continue_watching.push(ContinueItem {
                series: card.clone(),
                episode,
                position_ms: resume.position.as_millis() as u64,
            });
        }
    }
    let away = if cut_off { away(library, media)? } else { Vec::new() };
    let sources = library.sources()?.into_iter().map(source_info).collect();
    let (scans, notices) = (Vec::new(), Vec::new());
    Ok(HomeView { continue_watching, series, sources, offline: false, network: true, away, scans, notices })
}

/// The series of which nothing is on this machine.
fn away(library: &Library, media: &Media) -> Result<Vec<SeriesId>, LibraryError> {
    let mut away = Vec::new();
    for summary in library.all_series()? {
        let Some(series) = library.series(&summary.id)? else { continue };
        let streams = library.streams(&series.id)?;
        let is_away = |episode: &Episode| {
            let remote = matches!(episode.media, MediaRef::Url(_));
            remote && bytes_of(media, episode, streams.get(&episode.id)).0 == 0
        };
        if series.episodes.iter().all(is_away) {
            away.push(summary.id);
        }
    }
    Ok(away)
}

pub(crate) fn source_info(source: library::Source) -> SourceInfo {
    SourceInfo {
        id: source.id,
        path: source.place.to_string(),
        series: source.series,
        episodes: source.episodes,
        error: source.error,
    }
}

/// The player's state for the entry in the middle and its deck, if it has one already.
pub(crate) fn player_state(
    feed: &Feed,
    entry: &Entry,
    slot: Option<&Slot>,
    settings: &Settings,
    wants_to_play: bool,
    texts: &[media::gateway::Text],
) -> PlayerState {
    let (phase, error) = match slot.map(|s| (&s.state, s.rebuffering)) {
        None | Some((DeckState::Empty | DeckState::Loading, _)) => (Phase::Loading, None),
        Some((DeckState::Failed(error) | DeckState::Retrying(error), _)) => (Phase::Failed, Some(error.clone())),
        Some((DeckState::Ended, _)) => (Phase::Ended, None),
        Some((DeckState::Ready, true)) => (Phase::Rebuffering, None),
        Some((DeckState::Ready, false)) => (if wants_to_play { Phase::Playing } else { Phase::Paused }, None),
    };
    let tracks = slot.map(|s| s.tracks.clone()).unwrap_or_default();
    let size = slot.and_then(|s| s.size);
    PlayerState {
        series: feed.series.clone(),
        episode: entry.card.clone(),
        index: feed.index as u32,
        count: feed.entries.len() as u32,
        has_next: feed.neighbour(Direction::Next).is_some(),
        has_previous: feed.neighbour(Direction::Previous).is_some(),
        phase,
        wants_to_play,
        error,
        position_ms: slot.map_or(entry.card.position_ms, |s| s.position.as_millis() as u64),
        duration_ms: slot.and_then(|s| s.duration).map(|d| d.as_millis() as u64).or(entry.card.duration_ms),
        seekable: slot.is_some_and(|s| s.seekable),
        speed: settings.speed,
        volume: settings.volume,
        muted: settings.muted,
        subtitle_tracks: subtitles::tracks(&entry.episode, texts, &tracks),
        audio: tracks.selected_audio.and_then(|i| tracks.audio.get(i)).map(|t| t.id.clone()),
        variants: Vec::new(),
        audio_only: !tracks.has_video && !tracks.audio.is_empty(),
        audio_tracks: tracks.audio,
        subtitle: slot.and_then(|s| s.subtitle.clone()),
        width: size.map(|s| s.0),
        height: size.map(|s| s.1),
    }
}

/// A still picture of an episode, if one lies on the disk: its own, or the one decoded earlier.
pub(crate) fn still(pictures: &Path, entry: &Entry) -> Option<PathBuf> {
    Some(match &entry.episode.picture {
        Some(MediaRef::File(path)) => path.clone(),
        Some(MediaRef::Url(url)) => pictures::fetched(pictures, url),
        None => decoded_still(pictures, &entry.episode.id),
    })
}

/// Where the decoded still of an episode lies, or would lie.
pub(crate) fn decoded_still(pictures: &Path, id: &EpisodeId) -> PathBuf {
    pictures.join(format!("{id}.jpg"))
}

/// Resident memory of this process in bytes; 0 where the system does not say.
pub(crate) fn resident_memory() -> u64 {
    // procfs is memory, not a disk: reading it does not block.
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4096
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(numbers: &[Option<u32>]) -> Series {
        let source = SourceId("s".into());
        let episode = |(i, number): (usize, &Option<u32>)| Episode {
            id: EpisodeId(format!("e{i}")),
            key: EpisodeKey { season: 1, number: *number },
            number_end: None,
            title: None,
            synopsis: None,
            media: PathBuf::from(format!("{i}.mp4")).into(),
            sidecars: vec![],
            picture: None,
            duration_ms: None,
        };
        Series {
            id: SeriesId("x".into()),
            source,
            title: "X".into(),
            year: None,
            genres: vec![],
            synopsis: None,
            poster: None,
            episodes: numbers.iter().enumerate().map(episode).collect(),
        }
    }

    #[test]
    fn gaps_and_duplicates_are_marked() {
        let cards = episode_cards(&series(&[Some(1), Some(2), Some(2), Some(6), None]), &HashMap::new());
        assert_eq!(cards.iter().map(|c| c.missing_before).collect::<Vec<_>>(), [0, 0, 0, 3, 0]);
        assert_eq!(cards.iter().map(|c| c.duplicate).collect::<Vec<_>>(), [false, true, true, false, false]);
    }

    #[test]
    fn the_last_twentieth_counts_as_seen() {
        let s = Duration::from_secs;
        assert!(is_finished(s(95), Some(s(100))));
        assert!(!is_finished(s(94), Some(s(100))));
        assert!(!is_finished(s(94), None));
        assert!(!is_finished(s(0), Some(s(0))));
    }
}
