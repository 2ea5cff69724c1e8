//! A server on this machine through which players read HLS and DASH, so that their bytes go through the same cache, the
//! same bounds and the same repair as everything else.
//!
//! Playlists are fetched and rewritten: every address in them becomes one of this gateway. Segments are read as
//! [`crate::Media::asset`]s, so what was fetched in advance is what is played, and are sent on as they arrive. Keys are
//! fetched each time and never kept. Which variant plays is the core's choice ([`Gateway::choice_of`]): the
//! same one is what is played and what [`Gateway::segments`] lists.
//!
//! The server listens on 127.0.0.1. Its addresses hold a random token, without which everything is unknown, and it answers
//! under its own name only, so that neither other programs of this machine nor pages of the web can use it.

mod answer;
mod body;
mod described;
mod error;
mod pace;
mod playlist;
mod range;
mod recent;
pub(crate) mod reference;
mod registration;
mod route;
mod server;
mod shared;
pub(crate) mod sound;
pub(crate) mod timeline;
pub(crate) mod variant;

pub use error::GatewayError;
pub use pace::{Need, Pace};
pub use registration::VariantChoice;
pub use sound::{Sound, SoundWish};
pub use timeline::{Resource, Segment, Segments, Text};
pub use variant::{Conditions, Variant, pick};

use crate::http::Location;
use crate::{Media, ResourceKey, dash, hls};
use playlist::{Kept, Language};
use reference::Kind;
use registration::{Registration, name};
use reqwest::Url;
use route::ResourceId;
use shared::Shared;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use timeline::Timeline;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The gateway. Cheap to clone; it stops when the last clone is dropped, or by [`Gateway::stop`].
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl Gateway {
    /// Listens on a free port of 127.0.0.1 and serves on `media`'s runtime.
    ///
    /// # Errors
    /// When there is no port or no randomness to be had.
    pub fn start(media: Media) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let runtime = media.inner.runtime.clone();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let shared = Shared::new(media, token()?, port);
        let (stop, stopping) = watch::channel(false);
        let serving = runtime.spawn(server::serve(listener, shared.clone(), stopping));
        Ok(Self { inner: Arc::new(Inner { shared, stop, serving: Mutex::new(Some(serving)) }) })
    }

    /// The address under which a player reads a playlist, HLS or DASH. It stays the same for the same resource; the
    /// location given last (a newer signature) is what is fetched.
    pub fn playlist(&self, location: &Location) -> String {
        let shared = &self.inner.shared;
        shared.root(&shared.register(location))
    }

    /// Where the player of a stream says how urgently it needs what it asks for.
    pub fn pace(&self, location: &Location) -> Pace {
        self.inner.shared.register(location).pace.clone()
    }

    /// What a stream offers to choose from, in the server's order; empty where there is only one way to play it. Waits at
    /// most for some seconds.
    ///
    /// # Errors
    /// When the playlist cannot be had.
    pub async fn variants(&self, location: &Location) -> Result<Vec<Variant>, GatewayError> {
        let registration = self.inner.shared.register(location);
        let kept = self.root(&registration).await?;
        Ok(shared::variants(&kept).unwrap_or_default())
    }

    /// Chooses the variant of a stream.
    pub fn choose(&self, location: &Location, choice: VariantChoice) {
        self.inner.shared.register(location).choose(choice);
    }

    /// Says what speaks for one variant of a stream or another, where it is chosen automatically.
    pub fn steer(&self, location: &Location, conditions: Conditions) {
        self.inner.shared.register(location).steer(conditions);
    }

    /// The variant to play now, as a place in what [`Self::variants`] told. Nothing is fetched or waited for.
    pub fn choice_of(&self, location: &Location, variants: &[Variant]) -> Option<usize> {
        self.inner.shared.register(location).chosen(variants)
    }

    /// The sounds that a stream offers with a variant, in the server's order; empty where there is no choice. Waits at most
    /// for some seconds.
    ///
    /// # Errors
    /// When the playlist cannot be had.
    pub async fn sounds(&self, location: &Location, variant: usize) -> Result<Vec<Sound>, GatewayError> {
        let registration = self.inner.shared.register(location);
        let kept = self.root(&registration).await?;
        Ok(match kept.language {
            Language::Hls => hls::Multivariant::read(&kept.text, &kept.url).sounds(variant),
            Language::Dash => document(&kept)?.sounds(),
        })
    }

    /// Says which sound of a stream is to play, for whoever reads its playlist from now on.
    pub fn wish_sound(&self, location: &Location, wish: SoundWish) {
        self.inner.shared.register(location).wish_sound(wish);
    }

    /// The segments of a variant, by its place in what [`Self::variants`] told, with the wished sound. Waits at most for
    /// some seconds for each of its playlists.
    ///
    /// # Errors
    /// When one of them cannot be had.
    pub async fn segments(
        &self,
        location: &Location,
        variant: usize,
        sound: &SoundWish,
    ) -> Result<Segments, GatewayError> {
        let registration = self.inner.shared.register(location);
        let kept = self.root(&registration).await?;
        self.name(&registration, ResourceId::ROOT, &kept)?;
        let asked = registration.entry(ResourceId::ROOT).ok_or(GatewayError::Unknown)?.url;
        let root = playlist::disk_key(&self.inner.shared.media, asked.as_str());
        if kept.language == Language::Dash {
            let document = document(&kept)?;
            let mut segments = segments(&registration, document.timeline(variant), vec![root]);
            let audio = |sound| Box::new(self::segments(&registration, sound, Vec::new()));
            segments.audio = document.sound(sound).map(audio);
            return Ok(segments);
        }
        if !hls::is_multivariant(&kept.text) {
            return Ok(segments(&registration, Timeline::of_hls(&kept.text, &kept.url), vec![root]));
        }
        let all = hls::Multivariant::read(&kept.text, &kept.url);
        let missing = || GatewayError::NotPlaylist("no variant".to_owned());
        let media = all.media(variant).ok_or_else(missing)?;
        let mut segments = self.media_playlist(&registration, media).await?;
        segments.playlists.push(root);
        if let Some(sound) = all.sound(variant, sound) {
            segments.audio = Some(Box::new(self.media_playlist(&registration, sound).await?));
        }
        Ok(segments)
    }

    /// The subtitles that an HLS stream offers beside its pictures. Waits at most for some seconds.
    ///
    /// # Errors
    /// When the playlist cannot be had.
    pub async fn texts(&self, location: &Location) -> Result<Vec<Text>, GatewayError> {
        let registration = self.inner.shared.register(location);
        let kept = self.root(&registration).await?;
        Ok(texts(&kept).into_iter().map(|(text, _)| text).collect())
    }

    /// The segments of subtitles, by their place in [`Self::texts`]. Waits at most for some seconds for each playlist.
    ///
    /// # Errors
    /// When a playlist cannot be had.
    pub async fn text_segments(&self, location: &Location, text: usize) -> Result<Segments, GatewayError> {
        let registration = self.inner.shared.register(location);
        let kept = self.root(&registration).await?;
        self.name(&registration, ResourceId::ROOT, &kept)?;
        let (_, url) = texts(&kept).into_iter().nth(text).ok_or(GatewayError::Unknown)?;
        self.media_playlist(&registration, &url).await
    }

    /// Stops listening and ends all connections; when this returns, they have ended. What has been asked of the gateway's
    /// other methods goes on.
    pub async fn stop(&self) {
        self.inner.stop.send_replace(true);
        let serving = self.inner.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            // A panic was printed where it happened.
            let _ = serving.await;
        }
    }

    async fn root(&self, registration: &Arc<Registration>) -> Result<Arc<Kept>, GatewayError> {
        self.inner.shared.playlist(registration, ResourceId::ROOT, None).await
    }

    /// Gives names to all that a playlist names, so that it can be located.
    fn name(&self, registration: &Registration, id: ResourceId, kept: &Kept) -> Result<(), GatewayError> {
        self.inner.shared.rewrite(registration, id, kept, false, &mut |_, _, _| {}).map(drop)
    }

    async fn media_playlist(&self, registration: &Arc<Registration>, url: &Url) -> Result<Segments, GatewayError> {
        let id = name(Kind::Playlist, url);
        let kept = self.inner.shared.playlist(registration, id, None).await?;
        self.name(registration, id, &kept)?;
        let key = playlist::disk_key(&self.inner.shared.media, url.as_str());
        Ok(segments(registration, Timeline::of_hls(&kept.text, &kept.url), vec![key]))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The server hears that the sender is gone.
        self.stop.send_replace(true);
    }
}

fn document(kept: &Kept) -> Result<dash::Document<'_>, GatewayError> {
    dash::Document::read(&kept.text, &kept.url).map_err(GatewayError::NotPlaylist)
}

fn texts(kept: &Kept) -> Vec<(Text, Url)> {
    match kept.language {
        Language::Hls => hls::Multivariant::read(&kept.text, &kept.url).texts,
        Language::Dash => Vec::new(),
    }
}

fn segments(registration: &Arc<Registration>, timeline: Timeline, playlists: Vec<ResourceKey>) -> Segments {
    let locate = |kind, url: &Url| registration.locate_named(kind, url);
    let resource = |url: &Url, range| Resource { location: locate(Kind::Segment, url), range };
    let list = timeline.parts.iter().map(|part| Segment {
        resource: resource(&part.url, part.range.clone()),
        start: part.start,
        duration: part.duration,
        key: part.key.as_ref().map(|key| locate(Kind::Small, key)),
        discontinuity: part.discontinuity,
    });
    Segments {
        list: list.collect(),
        duration: timeline.duration,
        init: timeline.init.as_ref().map(|(url, range)| resource(url, range.clone())),
        live: timeline.live,
        playlists,
        audio: None,
    }
}

/// 128 random bits.
fn token() -> io::Result<String> {
    let mut bits = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bits).map_err(|_| io::Error::other("no randomness"))?;
    Ok(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}
