//! Pictures by key. Posters and stills: the file beside the video, else the first good frame, decoded once and kept in the
//! cache. Previews: the frame nearest to a position, for the progress bar.

use crate::lock;
use crate::network::{self, Access, Net};
use crate::shelf::Shelf;
use crate::views::{EPISODE_PICTURE, SERIES_PICTURE, decoded_still};
use model::*;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A picture file larger than this is not shown.
const MAX_BYTES: u64 = 24 << 20;
/// Width of a decoded still: sharp on a poster, small in the cache.
const STILL_WIDTH: u32 = 480;

/// Width of a preview over the progress bar.
const PREVIEW_WIDTH: u32 = 144;
/// So many previews are kept in memory, some kilobytes each.
const PREVIEWS_KEPT: usize = 100;
/// Bytes of posters and stills that are kept from one start to the next: some thousands.
const KEPT_MOST: u64 = 256 << 20;
/// A picture that is not fetched within this time is given up.
const FETCHED_WITHIN: Duration = Duration::from_secs(15);
/// A still or preview that is not decoded within this time is given up.
const DECODED_WITHIN: Duration = Duration::from_secs(10);
/// What a picture's file is called until it is whole.
const PART: &str = "part";
/// Keys of previews: this, the position in milliseconds, a dash and the episode's identity.
const PREVIEW: &str = "preview-";

type Previews = Arc<Mutex<VecDeque<(String, Vec<u8>)>>>;

/// Where pictures come from.
#[derive(Clone)]
pub(crate) struct Pictures {
    shelf: Shelf,
    net: Net,
    folder: PathBuf,
    /// One at a time: decoding stills must not compete with what is playing.
    decoding: Arc<Semaphore>,
    /// The newest last.
    previews: Previews,
}

impl Pictures {
    /// Takes away what a kill left half written, and old pictures where there are too many.
    pub(crate) fn new(shelf: Shelf, net: Net, folder: PathBuf) -> Self {
        tidy(&folder, KEPT_MOST);
        Self { shelf, net, folder, decoding: Arc::new(Semaphore::new(1)), previews: Previews::default() }
    }

    /// Where decoded stills lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) async fn get(&self, key: &str) -> Result<(Vec<u8>, &'static str), ApiError> {
        if let Some(wanted) = key.strip_prefix(PREVIEW) {
            return self.preview(wanted).await;
        }
        let unknown = || unknown(key);
        let (series, episode) = if let Some(id) = key.strip_prefix(SERIES_PICTURE) {
            let id = SeriesId(id.to_owned());
            (self.shelf.ask(move |l| l.series(&id)).await?.ok_or_else(unknown)?, None)
        } else if let Some(id) = key.strip_prefix(EPISODE_PICTURE) {
            let id = EpisodeId(id.to_owned());
            (self.series_with(&id).await?.ok_or_else(unknown)?, Some(id))
        } else {
            return Err(unknown());
        };
        let episode = match episode {
            Some(id) => series.episodes.iter().find(|e| e.id == id),
            None => series.episodes.first(),
        };
        let own = if key.starts_with(SERIES_PICTURE) { series.poster.clone() } else { None };
        let own = own.or_else(|| episode.and_then(|e| e.picture.clone()));
        if let Some(own) = own
            && let Ok(picture) = self.own(&series.source, own).await
        {
            return Ok(picture);
        }
        let episode = episode.filter(|e| !is_stream(&e.media)).ok_or_else(unknown)?.clone();
        let source = self.access(&series.source).await?.source(&self.net, &episode.media);
        let cached = decoded_still(&self.folder, &episode.id);
        let looked = cached.clone();
        if let Ok(picture) = run(move || read(&looked)).await {
            return Ok(picture);
        }
        let turn = self.turn().await?;
        let folder = self.folder.clone();
        run(move || {
            let _turn = turn;
            if let Ok(picture) = read(&cached) {
                return Ok(picture);
            }
            let jpeg = playback::thumbnail(&source, STILL_WIDTH, Instant::now() + DECODED_WITHIN)?;
            // A cache that cannot be written costs time, not the picture.
            if let Err(e) = keep(&folder, &cached, &jpeg) {
                tracing::warn!("the still {} could not be kept: {e}", cached.display());
            }
            Ok((jpeg, "image/jpeg"))
        })
        .await
    }

    async fn access(&self, source: &SourceId) -> Result<Access, ApiError> {
        let (id, media) = (source.clone(), self.net.media.clone());
        self.shelf.ask(move |l| network::access(l, &id, &media)).await
    }

    /// A picture that the source names: a file, or fetched once and kept.
    async fn own(&self, source: &SourceId, place: MediaRef) -> Result<(Vec<u8>, &'static str), ApiError> {
        let url = match place {
            MediaRef::File(path) => return run(move || read(&path)).await,
            MediaRef::Url(url) => url,
        };
        let kept = fetched(&self.folder, &url);
        let looked = kept.clone();
        if let Ok(picture) = run(move || read(&looked)).await {
            return Ok(picture);
        }
        let location = self.access(source).await?.location(&url);
        let fetched = network::small(&self.net.media, &location, MAX_BYTES, FETCHED_WITHIN).await?;
        let folder = self.folder.clone();
        run(move || {
            let kind = kind_of(&fetched.bytes)
                .ok_or_else(|| ApiError::new(ErrorCode::NotMedia, format!("{url} is no JPEG, PNG or WebP.")))?;
            if let Err(e) = keep(&folder, &kept, &fetched.bytes) {
                tracing::warn!("the picture {} could not be kept: {e}", kept.display());
            }
            Ok((fetched.bytes.to_vec(), kind))
        })
        .await
    }

    /// Waits for the turn to decode. It ends with the decoding, also when nobody waits for the picture any more.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = tokio::time::timeout(DECODED_WITHIN, self.decoding.clone().acquire_owned()).await;
        let late = || ApiError::new(ErrorCode::TimedOut, "Another picture takes too long.");
        turn.map_err(|_| late())?.map_err(|_| late())
    }

    async fn series_with(&self, episode: &EpisodeId) -> Result<Option<Series>, ApiError> {
        let id = episode.clone();
        self.shelf.ask(move |l| l.series_of(&id)?.map_or(Ok(None), |s| l.series(&s))).await
    }

    /// The frame nearest to a position: `wanted` is milliseconds and episode.
    async fn preview(&self, wanted: &str) -> Result<(Vec<u8>, &'static str), ApiError> {
        let unknown = || unknown(wanted);
        let (at, episode) = wanted.split_once('-').ok_or_else(unknown)?;
        let at = Duration::from_millis(at.parse().map_err(|_| unknown())?);
        let id = EpisodeId(episode.to_owned());
        let series = self.series_with(&id).await?.ok_or_else(unknown)?;
        let access = self.access(&series.source).await?;
        let episode = series.episodes.into_iter().find(|e| e.id == id && !is_stream(&e.media)).ok_or_else(unknown)?;
        let source = access.source(&self.net, &episode.media);
        let turn = self.turn().await?;
        let kept = lock(&self.previews).iter().find(|(key, _)| key == wanted).map(|(_, jpeg)| jpeg.clone());
        let jpeg = match kept {
            Some(jpeg) => jpeg,
            None => {
                run(move || {
                    let _turn = turn;
                    playback::preview(&source, at, PREVIEW_WIDTH, Instant::now() + DECODED_WITHIN)
                })
                .await?
            }
        };
        let mut previews = lock(&self.previews);
        previews.retain(|(key, _)| key != wanted);
        previews.push_back((wanted.to_owned(), jpeg.clone()));
        if previews.len() > PREVIEWS_KEPT {
            previews.pop_front();
        }
        Ok((jpeg, "image/jpeg"))
    }
}

fn unknown(key: &str) -> ApiError {
    ApiError::new(ErrorCode::Unknown, format!("There is no picture {key}."))
}

async fn run<T: Send + 'static>(job: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    let failed =
        |e: tokio::task::JoinError| ApiError::new(ErrorCode::Internal, "A picture failed.").with_detail(e.to_string());
    tokio::task::spawn_blocking(job).await.map_err(failed)?
}

fn read(path: &Path) -> Result<(Vec<u8>, &'static str), ApiError> {
    let error = |detail: String| {
        ApiError::new(ErrorCode::Io, format!("The picture {} could not be read.", path.display())).with_detail(detail)
    };
    let file = std::fs::File::open(path).map_err(|e| error(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| error(e.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(error("it is too large".into()));
    }
    let kind = kind_of(&bytes).ok_or_else(|| error("it is no JPEG, PNG or WebP".into()))?;
    Ok((bytes, kind))
}

fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A stream would be fetched for the picture alone.
fn is_stream(place: &MediaRef) -> bool {
    matches!(place, MediaRef::Url(url) if network::is_playlist(url))
}

/// Where a fetched picture lies, or would lie.
pub(crate) fn fetched(folder: &Path, url: &str) -> PathBuf {
    folder.join(format!("{:032x}.fetched", xxhash_rust::xxh3::xxh3_128(url.as_bytes())))
}

/// Takes away halves of pictures, and the oldest pictures until no more than `most` bytes are left.
fn tidy(folder: &Path, most: u64) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let (path, about) = (entry.path(), entry.metadata().ok().filter(std::fs::Metadata::is_file)?);
            let is_half = path.extension().is_some_and(|end| end == PART);
            Some((is_half, Reverse(about.modified().ok()), about.len(), path))
        })
        .collect();
    // The newest first, halves last.
    files.sort();
    let mut kept = 0_u64;
    for (is_half, _, bytes, path) in files {
        kept = kept.saturating_add(bytes);
        if (is_half || kept > most)
            && let Err(e) = std::fs::remove_file(&path)
        {
            tracing::warn!("an old picture stays behind at {}: {e}", path.display());
        }
    }
}

fn keep(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let part = path.with_extension(PART);
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn the_newest_pictures_outlive_a_start_and_halves_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["old.jpg", "middle.fetched", "new.jpg", "half.part"];
        for (age, name) in names.iter().rev().enumerate() {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            file.set_len(100).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - age as u64)).unwrap();
        }
        tidy(folder.path(), 250);
        let left = names.map(|name| folder.path().join(name).exists());
        assert_eq!(left, [false, true, true, false]);
    }
}
