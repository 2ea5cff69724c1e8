//! What the gateway's connections share: the registrations, and the addresses that they go by.

use super::error::GatewayError;
use super::playlist::{Kept, Language};
use super::recent::Recent;
use super::reference::Kind;
use super::registration::{RESOURCES_MAX, Registration, name};
use super::route::ResourceId;
use super::variant::Variant;
use crate::http::Location;
use crate::{Asset, Media, dash, hls};
use reqwest::Url;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Streams that are kept in mind. Those that were asked for longest ago go.
const REGISTRATIONS_MAX: usize = 128;

/// Segments whose assets live on.
const ASSETS_MAX: usize = 64;

pub(super) struct Shared {
    pub(super) media: Media,
    pub(super) token: String,
    pub(super) port: u16,
    me: Weak<Shared>,
    registrations: Mutex<Recent<u64, Arc<Registration>>>,
    assets: Mutex<Recent<u64, Arc<Asset>>>,
}

impl Shared {
    pub(super) fn new(media: Media, token: String, port: u16) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            media,
            token,
            port,
            me: me.clone(),
            registrations: Mutex::new(Recent::new(REGISTRATIONS_MAX)),
            assets: Mutex::new(Recent::new(ASSETS_MAX)),
        })
    }

    /// The registration of a stream; it is made if there is none.
    pub(super) fn register(&self, location: &Location) -> Arc<Registration> {
        let id = xxhash_rust::xxh3::xxh3_64(self.media.key(&location.url).as_str().as_bytes());
        let make = || Registration::new(self.me.clone(), id, location.clone());
        let registration = lock(&self.registrations).get_or_insert(id, make);
        registration.relocate(location);
        registration
    }

    pub(super) fn registration(&self, id: u64) -> Option<Arc<Registration>> {
        lock(&self.registrations).get(id)
    }

    /// The asset at a location, which lives on for a while: what is known of its bytes is not learnt anew for every range
    /// that a player asks for.
    pub(super) fn asset(&self, location: &Location) -> Arc<Asset> {
        let asset = self.media.asset(location);
        let id = xxhash_rust::xxh3::xxh3_64(asset.key().as_str().as_bytes());
        lock(&self.assets).get_or_insert(id, || asset.clone());
        asset
    }

    /// The start of all addresses of a registration.
    fn prefix(&self, registration: &Registration) -> String {
        format!("http://127.0.0.1:{}/{}/{:016x}", self.port, self.token, registration.id)
    }

    /// The address of a stream's playlist.
    pub(super) fn root(&self, registration: &Registration) -> String {
        let location = registration.location();
        let path = location.url.split(['?', '#']).next().unwrap_or_default();
        let name = if path.to_ascii_lowercase().ends_with(".mpd") { "index.mpd" } else { "index.m3u8" };
        format!("{}/{name}", self.prefix(registration))
    }

    /// The playlist with loopback addresses. Of `steered` streams with what may be played only: of HLS the variants with a
    /// picture, among which the player is told at run time which to take; of DASH the one that was chosen; of both the sound
    /// that is wished. `named` is told what the playlist names, each with its number among those of its kind.
    pub(super) fn rewrite(
        &self,
        registration: &Registration,
        id: ResourceId,
        kept: &Kept,
        steered: bool,
        named: &mut dyn FnMut(Kind, usize, &Url),
    ) -> Result<String, GatewayError> {
        let narrowed = steered && (kept.language == Language::Dash || hls::is_multivariant(&kept.text));
        if narrowed {
            // What is left out for the player counts when something is looked for by its number.
            self.rewrite(registration, id, kept, false, &mut |_, _, _| {})?;
        }
        let depth = registration.entry(id).ok_or(GatewayError::Unknown)?.depth + 1;
        let prefix = self.prefix(registration);
        let mut counts: HashMap<Kind, usize> = HashMap::new();
        let mut total = 0;
        let mut place = |kind: Kind, url: Option<Url>| {
            total += 1;
            let Some(url) = url.filter(|_| total <= RESOURCES_MAX / 2) else { return format!("{prefix}/refused") };
            let ordinal = counts.entry(kind).or_default();
            named(kind, *ordinal, &url);
            *ordinal += 1;
            let extension = extension(&url, kind);
            let id = match narrowed {
                true => name(kind, &url),
                false => registration.place(kind, url, id, *ordinal - 1, depth),
            };
            match kind {
                Kind::Folder => format!("{prefix}/d/{:016x}/", id.0),
                _ => format!("{prefix}/r/{:016x}{extension}", id.0),
            }
        };
        let text = match kept.language {
            Language::Hls => {
                let only = narrowed.then(|| {
                    let all = hls::Multivariant::read(&kept.text, &kept.url);
                    let sounds = all.played(&registration.wished_sound());
                    hls::Only { variants: with_picture(&all.variants), sounds }
                });
                hls::rewrite(&kept.text, &kept.url, only.as_ref(), &mut place)
            }
            Language::Dash => {
                let document = dash::Document::read(&kept.text, &kept.url).map_err(GatewayError::NotPlaylist)?;
                let only = narrowed.then(|| registration.chosen(&document.variants())).flatten();
                registration.describe(document.names(), kept.live);
                let sound = registration.wished_sound();
                dash::rewrite(&document, only.map(|variant| (variant, &sound)), &mut place)
            }
        };
        if total > RESOURCES_MAX / 2 {
            return Err(GatewayError::TooMany { limit: RESOURCES_MAX / 2 });
        }
        registration.has_read(id, kept.fetched);
        Ok(text)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which variants have a picture; all, where none has one.
fn with_picture(variants: &[Variant]) -> Vec<usize> {
    let all = || 0..variants.len();
    let found: Vec<usize> = all().filter(|at| variants[*at].has_video()).collect();
    if found.is_empty() { all().collect() } else { found }
}

/// What a playlist offers to choose from; none where it is a media playlist.
pub(super) fn variants(kept: &Kept) -> Option<Vec<Variant>> {
    match kept.language {
        Language::Hls => {
            hls::is_multivariant(&kept.text).then(|| hls::Multivariant::read(&kept.text, &kept.url).variants)
        }
        Language::Dash => dash::Document::read(&kept.text, &kept.url).ok().map(|document| document.variants()),
    }
}

/// The extension of an address, with its dot: players look at it when they guess what is behind.
fn extension(url: &Url, kind: Kind) -> String {
    let file = url.path().rsplit('/').next().unwrap_or_default();
    let found = file.rsplit_once('.').map(|(_, extension)| extension);
    match found.filter(|e| (1..=5).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric())) {
        Some(extension) => format!(".{extension}"),
        None if kind == Kind::Playlist => ".m3u8".to_owned(),
        None => String::new(),
    }
}
