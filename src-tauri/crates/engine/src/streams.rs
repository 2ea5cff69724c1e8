//! HLS and DASH as the planner sees them: which resources a stream consists of, and what of them is here.

use crate::network::Net;
use library::{StreamPart, StreamParts, StreamSound};
use media::gateway::{Gateway, GatewayError, Resource, Segment, Segments, Sound, SoundWish, Text, Variant};
use media::http::Location;
use media::{Asset, Media, ReadError, ResourceKey};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Segments of a stream that are planned for: a longer one is no episode.
pub(crate) const PLANNED_MAX: usize = 2_000;

/// Bytes of a resource that a stream needs.
pub(crate) struct Piece {
    pub(crate) asset: Arc<Asset>,
    range: Option<Range<u64>>,
}

impl Piece {
    fn new(media: &Media, resource: &Resource) -> Self {
        Self { asset: media.asset(&resource.location), range: resource.range.clone() }
    }

    /// All of a resource.
    pub(crate) fn whole(asset: Arc<Asset>) -> Self {
        Self { asset, range: None }
    }

    /// The name under which it is kept.
    pub(crate) fn kept(&self) -> StreamPart {
        StreamPart { key: self.asset.key().to_string(), bytes: self.range.clone() }
    }

    /// All of a resource of which nobody knows yet how much that is.
    pub(crate) fn is_open(&self) -> bool {
        self.range.is_none() && self.asset.availability().total.is_none()
    }

    /// What to ask the asset for.
    pub(crate) fn range(&self) -> Range<u64> {
        self.range.clone().unwrap_or(0..u64::MAX)
    }

    /// Reads all of it, at most so many bytes. Blocks until then.
    ///
    /// # Errors
    /// When some of it cannot be had.
    pub(crate) fn read(&self, most: usize, deadline: Instant) -> Result<Vec<u8>, ReadError> {
        let reader = self.asset.reader().ok_or(ReadError::Cancelled)?;
        let (range, mut bytes, mut part) = (self.range(), Vec::new(), vec![0; 16 << 10]);
        while bytes.len() < most {
            let at = range.start + bytes.len() as u64;
            let wanted = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(part.len()).min(most - bytes.len());
            match reader.read(at, &mut part[..wanted], deadline.saturating_duration_since(Instant::now()))? {
                0 => break,
                read => bytes.extend_from_slice(&part[..read]),
            }
        }
        Ok(bytes)
    }

    pub(crate) fn is_here(&self) -> bool {
        let there = self.asset.availability();
        match &self.range {
            Some(range) => there.cached.contains(range.clone()),
            None => there.is_whole(),
        }
    }
}

/// One variant of a stream, from its playlists.
pub(crate) struct Stream {
    pub(crate) variants: Vec<Variant>,
    /// Which of them this is.
    pub(crate) chosen: usize,
    /// The sounds that there are, if there is a choice.
    pub(crate) sounds: Vec<Sound>,
    /// Which of them this has.
    pub(crate) sound: Option<usize>,
    /// The subtitles that come along.
    pub(crate) texts: Vec<Text>,
    /// More will come: nothing is fetched in advance.
    pub(crate) live: bool,
    /// It cannot be played without its server, which has the keys.
    pub(crate) encrypted: bool,
    playlists: Vec<ResourceKey>,
    init: Vec<Piece>,
    parts: Vec<Vec<Piece>>,
    layout: Arc<prefetch::Stream>,
}

impl Stream {
    /// Reads the playlists of the variant that `choose` takes, with the wished sound; at most so many segments of them. Waits
    /// for the network.
    ///
    /// # Errors
    /// When a playlist cannot be had.
    pub(crate) async fn read(
        net: &Net,
        gateway: &Gateway,
        location: &Location,
        choose: impl FnOnce(&[Variant]) -> Option<usize>,
        wish: &SoundWish,
        most: usize,
    ) -> Result<Self, GatewayError> {
        let variants = gateway.variants(location).await?;
        let chosen = choose(&variants).unwrap_or_default();
        let segments = gateway.segments(location, chosen, wish).await?;
        let sounds = gateway.sounds(location, chosen).await?;
        // Of what is live there is no whole track.
        let texts = if segments.live { Vec::new() } else { gateway.texts(location).await? };
        let sound = wish.among(&sounds);
        Ok(Self { texts, sounds, sound, ..Self::new(&net.media, variants, chosen, &segments, most) })
    }

    fn new(media: &Media, variants: Vec<Variant>, chosen: usize, segments: &Segments, most: usize) -> Self {
        let piece = |resource: &Resource| Piece::new(media, resource);
        let sound = segments.audio.as_deref();
        let init = [segments.init.as_ref(), sound.and_then(|sound| sound.init.as_ref())];
        let init: Vec<Piece> = init.into_iter().flatten().map(piece).collect();
        let mut layout = prefetch::Stream::default();
        let mut parts: Vec<Vec<Piece>> = Vec::new();
        let mut pending = Vec::new();
        let mut sounds = sound.map(|sound| sound.list.as_slice()).unwrap_or_default();
        for segment in segments.list.iter().take(most) {
            pending.push(piece(&segment.resource));
            if segment.duration.is_zero() {
                // What comes before a segment belongs to it.
                continue;
            }
            let end = segment.start + segment.duration;
            let (now, later) = sounds.split_at(sounds.iter().position(|s| s.start >= end).unwrap_or(sounds.len()));
            sounds = later;
            pending.extend(now.iter().map(|sound: &Segment| piece(&sound.resource)));
            layout.durations.push(segment.duration);
            parts.push(std::mem::take(&mut pending));
        }
        if let Some(last) = parts.last_mut().filter(|_| segments.list.len() <= most) {
            // Sound may go on a little after the last picture.
            last.extend(sounds.iter().map(|sound| piece(&sound.resource)));
        }
        let bit_rate = variants.get(chosen).map(|variant| variant.bandwidth).filter(|rate| *rate > 0);
        let bit_rate = bit_rate.unwrap_or(crate::network::USUAL_BPS);
        let variant = prefetch::Variant { bit_rate, segments: Vec::new(), init: !init.is_empty() };
        layout.variants.push(variant);
        let all = std::iter::once(segments).chain(sound);
        let encrypted = all.clone().any(|segments| segments.list.iter().any(|segment| segment.key.is_some()));
        let playlists = all.flat_map(|segments| segments.playlists.clone()).collect();
        let (live, layout) = (segments.live, Arc::new(layout));
        let (sounds, sound, texts) = (Vec::new(), None, Vec::new());
        Self { variants, chosen, sounds, sound, texts, live, encrypted, playlists, init, parts, layout }
    }

    /// Which variant this is, and under which names it is kept.
    pub(crate) fn kept(&self) -> StreamParts {
        let lists = self.playlists.iter().map(list_part);
        let parts = lists.chain(self.all().map(Piece::kept)).collect();
        let sound = self.sound.and_then(|at| self.sounds.get(at));
        let sound = sound.map(|sound| StreamSound { language: sound.language.clone(), name: sound.name.clone() });
        StreamParts { bandwidth: self.bandwidth(), sound, downloaded: false, parts }
    }

    /// About how many bytes it has.
    pub(crate) fn expected_bytes(&self) -> u64 {
        let rate = self.layout.variants.first().map_or(0, |variant| variant.bit_rate);
        let duration: Duration = self.layout.durations.iter().sum();
        (duration.as_secs_f64() * rate as f64 / 8.0) as u64
    }

    /// Everything that it consists of.
    pub(crate) fn into_pieces(self) -> Vec<Piece> {
        self.init.into_iter().chain(self.parts.into_iter().flatten()).collect()
    }

    /// The names under which it is kept.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ResourceKey> {
        self.playlists.iter().chain(self.all().map(|piece| piece.asset.key()))
    }

    fn all(&self) -> impl Iterator<Item = &Piece> {
        self.init.iter().chain(self.parts.iter().flatten())
    }

    /// For the planner, where there is something to fetch in advance. Its one variant is the chosen one.
    pub(crate) fn planned(&self) -> Option<prefetch::Media> {
        let fixed = !self.live && !self.parts.is_empty();
        fixed.then(|| prefetch::Media::Segmented {
            stream: self.layout.clone(),
            init: vec![self.init.iter().all(Piece::is_here)],
            cached: self.parts.iter().map(|part| part.iter().all(Piece::is_here).then_some(0)).collect(),
        })
    }

    /// What a want of the planner consists of, without what is here.
    pub(crate) fn pieces(&self, what: &prefetch::What) -> impl Iterator<Item = &Piece> {
        let pieces = match what {
            prefetch::What::Init => self.init.as_slice(),
            prefetch::What::Segment(at) => self.parts.get(*at).map(Vec::as_slice).unwrap_or_default(),
            prefetch::What::Bytes(_) => &[],
        };
        pieces.iter().filter(|piece| !piece.is_here())
    }

    /// The stretches that can be played without the network, as parts from 0 to 1.
    pub(crate) fn stretches(&self) -> Vec<model::Stretch> {
        let whole: Duration = self.layout.durations.iter().sum();
        let (mut stretches, mut at): (Vec<model::Stretch>, Duration) = (Vec::new(), Duration::ZERO);
        for (part, duration) in self.parts.iter().zip(&self.layout.durations) {
            let place = |at: Duration| at.as_secs_f64() / whole.as_secs_f64();
            if part.iter().all(Piece::is_here) {
                let (from, to) = (place(at), place(at + *duration));
                match stretches.last_mut().filter(|last| last.to >= from) {
                    Some(last) => last.to = to,
                    None => stretches.push(model::Stretch { from, to }),
                }
            }
            at += *duration;
        }
        stretches
    }

    /// Bits per second of the chosen variant, where there is a choice.
    pub(crate) fn bandwidth(&self) -> Option<u64> {
        Some(self.variants.get(self.chosen)?.bandwidth)
    }

    /// Whether all of it is here.
    pub(crate) fn is_whole(&self) -> bool {
        !self.parts.is_empty() && self.all().all(Piece::is_here)
    }

    /// Whether the beginning is here.
    pub(crate) fn begins_here(&self) -> bool {
        self.init.iter().chain(self.parts.first().into_iter().flatten()).all(Piece::is_here)
    }

    /// How many bytes of it are on their way.
    pub(crate) fn coming(&self) -> u64 {
        // Segments that are ranges of one resource share it.
        let assets: HashMap<*const Asset, &Arc<Asset>> =
            self.all().map(|piece| (Arc::as_ptr(&piece.asset), &piece.asset)).collect();
        assets.values().map(|asset| asset.availability().coming.len()).fold(0, u64::saturating_add)
    }
}

/// The wish for the sound that was kept; where none was named, for what the stream takes by itself.
pub(crate) fn wish_of(kept: &StreamParts) -> SoundWish {
    let StreamSound { language, name } = kept.sound.clone().unwrap_or_default();
    SoundWish { language, name }
}

/// A playlist, as what is kept.
pub(crate) fn list_part(key: &ResourceKey) -> StreamPart {
    StreamPart { key: key.to_string(), bytes: None }
}

/// The bytes of segments.
pub(crate) fn pieces<'a>(media: &'a Media, segments: &'a Segments) -> impl Iterator<Item = Piece> + 'a {
    segments.list.iter().map(|segment| Piece::new(media, &segment.resource))
}
