//! An episode as what its download consists of: one file, or the lists and segments of one variant.

use super::pins;
use crate::lock;
use crate::network::{self, Access, Net};
use crate::shelf::Shelf;
use crate::streams::{self, Piece, Stream};
use crate::views;
use library::{StreamPart, StreamParts};
use media::cache::{CacheError, PinReason, Store};
use media::gateway::{Conditions, GatewayError, SoundWish, Variant, VariantChoice};
use media::{Asset, FetchError, Prefetch, ResourceKey};
use model::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Everything that is to be fetched of an episode, and kept.
pub(super) struct Whole {
    /// What to call it in messages.
    pub(super) name: String,
    /// What is fetched, in the order in which it plays.
    pieces: Vec<Piece>,
    /// Whose bytes those are, each once.
    assets: Vec<Arc<Asset>>,
    /// What is kept: the pieces, and of a stream its lists.
    parts: Vec<StreamPart>,
    /// About how many bytes it has, where a list says so.
    expected: Option<u64>,
    /// What was begun to be fetched for it.
    begun: Mutex<Vec<(Arc<Asset>, Prefetch)>>,
    /// Something was.
    tried: AtomicBool,
}

/// What is there of it.
pub(super) struct There {
    /// In memory or on the disk.
    pub(super) bytes: u64,
    /// All of it is.
    pub(super) is_whole: bool,
    /// Fetches under way.
    pub(super) coming: usize,
}

impl Whole {
    fn new(name: String, pieces: Vec<Piece>, parts: Vec<StreamPart>, expected: Option<u64>) -> Self {
        let mut assets: Vec<Arc<Asset>> = Vec::new();
        for piece in &pieces {
            if !assets.iter().any(|asset| Arc::ptr_eq(asset, &piece.asset)) {
                assets.push(piece.asset.clone());
            }
        }
        Self { name, pieces, assets, parts, expected, begun: Mutex::default(), tried: AtomicBool::new(false) }
    }

    pub(super) fn there(&self) -> There {
        let all = || self.assets.iter().map(|asset| asset.availability());
        There {
            bytes: all().map(|there| there.cached.len()).sum(),
            is_whole: self.pieces.iter().all(Piece::is_here),
            coming: all().map(|there| there.coming.iter().count()).sum(),
        }
    }

    /// Begins fetches until so many are under way.
    pub(super) fn fetch(&self, at_once: usize) {
        let mut coming = self.there().coming;
        let mut begun = lock(&self.begun);
        begun.retain(|(asset, fetch)| asset.left(*fetch).is_some());
        for piece in self.pieces.iter().filter(|piece| !piece.is_here()) {
            // The first answer tells the length; before, there is nothing to divide.
            let open = piece.is_open();
            if open && !piece.asset.availability().coming.is_empty() {
                continue;
            }
            while coming < at_once
                && let Some(fetch) = piece.asset.prefetch(piece.range())
            {
                self.tried.store(true, Ordering::Relaxed);
                begun.push((piece.asset.clone(), fetch));
                coming += 1;
                if open {
                    break;
                }
            }
        }
    }

    /// Gives up the fetches that are under way, but for those that somebody else waits for; what they brought is kept.
    pub(super) fn cancel(&self) {
        for (asset, fetch) in lock(&self.begun).drain(..) {
            asset.cancel(fetch);
        }
    }

    /// Why something that is missing could not be fetched last. What failed before this download asked says nothing.
    pub(super) fn failure(&self) -> Option<FetchError> {
        if !self.tried.load(Ordering::Relaxed) {
            return None;
        }
        self.pieces.iter().filter(|piece| !piece.is_here()).find_map(|piece| piece.asset.failure())
    }

    /// Offers once more to the disk what it did not take.
    pub(super) fn settle(&self) {
        self.assets.iter().for_each(|asset| asset.settle());
    }

    pub(super) fn is_stored(&self, store: &Store) -> bool {
        pins::is_whole(store, &self.parts)
    }

    pub(super) fn stored_bytes(&self, store: &Store) -> u64 {
        views::kept(store, &self.parts).0
    }

    /// About how many bytes the disk has yet to take, where that is known.
    pub(super) fn missing_bytes(&self, store: &Store) -> Option<u64> {
        let (stored, total) = views::kept(store, &self.parts);
        Some(self.expected.or(total)?.saturating_sub(stored))
    }

    /// Keeps what is there, and what will be. Blocks for the disk.
    pub(super) fn pin(&self, store: &Store) -> Result<(), CacheError> {
        let keys = self.parts.iter().map(|part| ResourceKey::new(part.key.as_str()));
        keys.into_iter().try_for_each(|key| store.pin(&key, PinReason::Download))
    }

    /// Reads every byte, and with it every checksum. What was damaged is gone then, and fetched again. Blocks for the disk.
    pub(super) fn verify(&self) -> bool {
        let mut bytes = vec![0; 1 << 20];
        self.pieces.iter().all(|piece| {
            let Some(reader) = piece.asset.reader().map(media::Reader::cached_only) else { return false };
            let range = piece.range();
            let mut at = range.start;
            while at < range.end {
                let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(bytes.len());
                match reader.read(at, &mut bytes[..most], Duration::ZERO) {
                    Ok(0) => break,
                    Ok(read) => at += read as u64,
                    Err(_) => return false,
                }
            }
            true
        })
    }
}

/// Finds out what an episode consists of. Of a stream it reads the lists, which waits for the network.
///
/// # Errors
/// When the episode is gone, its lists cannot be had, or it cannot be played without its server.
pub(super) async fn find(shelf: &Shelf, net: &Net, id: &EpisodeId) -> Result<Whole, ApiError> {
    let Known { name, media, access, choice, sound, data_saver } = known(shelf, net, id).await?;
    if let Some(asset) = access.asset(&net.media, &media) {
        let piece = Piece::whole(asset);
        let parts = vec![piece.kept()];
        return Ok(Whole::new(name, vec![piece], parts, None));
    }
    let cannot = |code, why: &str| Err(ApiError::new(code, format!("{name} cannot be downloaded: {why}.")));
    let (Some(location), Some(gateway)) = (access.playlist(&media), &net.gateway) else {
        return cannot(ErrorCode::Internal, "nothing here reads streams");
    };
    // How fast the link is does not matter: nobody waits.
    let conditions = Conditions { throughput: Some(u64::MAX), max_height: None, data_saver };
    let choose = |variants: &[Variant]| Some(choice.among(variants, conditions, None));
    let failed = |error: GatewayError| {
        ApiError::new(error.code(), format!("{name} could not be fetched.")).with_detail(error.to_string())
    };
    let stream = Stream::read(net, gateway, &location, choose, &sound, usize::MAX).await.map_err(failed)?;
    if stream.live {
        return cannot(ErrorCode::Live, "it is live");
    }
    if stream.encrypted {
        return cannot(ErrorCode::Encrypted, "it is encrypted, and only its server has the keys");
    }
    let (expected, texts) = (stream.expected_bytes(), stream.texts.len());
    let mut kept = StreamParts { downloaded: true, ..stream.kept() };
    let mut pieces = stream.into_pieces();
    for text in 0..texts {
        match gateway.text_segments(&location, text).await {
            Ok(segments) => {
                let found: Vec<Piece> = streams::pieces(&net.media, &segments).collect();
                kept.parts.extend(segments.playlists.iter().map(streams::list_part));
                kept.parts.extend(found.iter().map(Piece::kept));
                pieces.extend(found);
            }
            Err(error) if network::passes(error.code()) => return Err(failed(error)),
            // It can be watched without them.
            Err(error) => tracing::warn!(%error, "subtitles of {name} cannot be downloaded"),
        }
    }
    let (id, parts) = (id.clone(), kept.parts.clone());
    shelf.ask(move |library| library.set_stream(&id, &kept)).await?;
    Ok(Whole::new(name, pieces, parts, Some(expected)))
}

/// What the library says of an episode that is to be downloaded.
struct Known {
    /// What to call it in messages.
    name: String,
    media: MediaRef,
    access: Access,
    /// Which variant of a stream: the one whose download began before, else the one that the viewer likes.
    choice: VariantChoice,
    /// Which sound of it, likewise.
    sound: SoundWish,
    data_saver: bool,
}

async fn known(shelf: &Shelf, net: &Net, id: &EpisodeId) -> Result<Known, ApiError> {
    let (wanted, media) = (id.clone(), net.media.clone());
    let found = shelf.ask(move |library| {
        let Some(series) = library.series_of(&wanted)?.map_or(Ok(None), |s| library.series(&s))? else {
            return Ok(None);
        };
        let access = network::access(library, &series.source, &media)?;
        let noted = library.stream(&wanted)?.filter(|noted| noted.downloaded);
        let settings = library.settings()?;
        let bandwidth = noted.as_ref().and_then(|noted| noted.bandwidth);
        let choice = bandwidth.map_or_else(|| network::choice(settings.quality), VariantChoice::Nearest);
        let liked = || SoundWish { language: settings.audio_language.clone(), name: None };
        let sound = noted.as_ref().map_or_else(liked, streams::wish_of);
        Ok(series.episodes.into_iter().find(|episode| episode.id == wanted).map(|episode| {
            let number = episode.key.number;
            let name = number.map_or_else(|| episode.media.to_string(), |number| format!("{} {number}", series.title));
            Known { name, media: episode.media, access, choice, sound, data_saver: settings.data_saver }
        }))
    });
    let gone = || ApiError::new(ErrorCode::Unknown, "This episode is not in the library any more.");
    found.await?.ok_or_else(gone)
}
