//! Posters and stills, by key: the file beside the video, else the first good frame, decoded once and kept in the cache.

use crate::shelf::Shelf;
use crate::views::{EPISODE_PICTURE, SERIES_PICTURE, decoded_still};
use model::*;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// A picture file larger than this is not shown.
const MAX_BYTES: u64 = 24 << 20;
/// Width of a decoded still: sharp on a poster, small in the cache.
const STILL_WIDTH: u32 = 480;

/// Where pictures come from.
#[derive(Clone)]
pub(crate) struct Pictures {
    shelf: Shelf,
    folder: PathBuf,
    /// One at a time: decoding stills must not compete with what is playing.
    decoding: Arc<Semaphore>,
}

impl Pictures {
    pub(crate) fn new(shelf: Shelf, folder: PathBuf) -> Self {
        Self { shelf, folder, decoding: Arc::new(Semaphore::new(1)) }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<(Vec<u8>, &'static str), ApiError> {
        let unknown = || ApiError::new(ErrorCode::Unknown, format!("There is no picture {key}."));
        let (series, episode) = if let Some(id) = key.strip_prefix(SERIES_PICTURE) {
            let id = SeriesId(id.to_owned());
            (self.shelf.ask(move |l| l.series(&id)).await?.ok_or_else(unknown)?, None)
        } else if let Some(id) = key.strip_prefix(EPISODE_PICTURE) {
            let id = EpisodeId(id.to_owned());
            let wanted = id.clone();
            let series = self.shelf.ask(move |l| l.series_of(&id)?.map_or(Ok(None), |s| l.series(&s))).await?;
            (series.ok_or_else(unknown)?, Some(wanted))
        } else {
            return Err(unknown());
        };
        let episode = match episode {
            Some(id) => series.episodes.iter().find(|e| e.id == id),
            None => series.episodes.first(),
        };
        let own = if key.starts_with(SERIES_PICTURE) { series.poster.clone() } else { None };
        let own = own.or_else(|| episode.and_then(|e| e.picture.clone()));
        if let Some(path) = own
            && let Ok(picture) = run(move || read(&path)).await
        {
            return Ok(picture);
        }
        let episode = episode.ok_or_else(unknown)?.clone();
        let cached = decoded_still(&self.folder, &episode.id);
        let looked = cached.clone();
        if let Ok(picture) = run(move || read(&looked)).await {
            return Ok(picture);
        }
        let _turn = self.decoding.acquire().await;
        let folder = self.folder.clone();
        run(move || {
            if let Ok(picture) = read(&cached) {
                return Ok(picture);
            }
            let jpeg = playback::thumbnail(&episode.path, STILL_WIDTH, Instant::now() + Duration::from_secs(10))?;
            // A cache that cannot be written costs time, not the picture.
            if let Err(e) = keep(&folder, &cached, &jpeg) {
                tracing::warn!("the still {} could not be kept: {e}", cached.display());
            }
            Ok((jpeg, "image/jpeg"))
        })
        .await
    }
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
    let kind = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return Err(error("it is no JPEG, PNG or WebP".into())),
    };
    Ok((bytes, kind))
}

fn keep(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}
