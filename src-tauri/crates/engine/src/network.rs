//! Media on the network: how a source's servers are asked, and from a place to what a deck plays.

use crate::lock;
use crate::surroundings::Surroundings;
use library::Library;
use media::gateway::{Conditions, Gateway, VariantChoice};
use media::http::{LinkEstimate, Location, Reach, Refresh};
use media::{KeyRules, Media, ResourceKey};
use model::{ApiError, ErrorCode, MediaRef, Quality, RequestHeaders, SourceId};
use playback::Source;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// The bit rate of media that do not say theirs: micro-dramas at 1080p.
pub(crate) const USUAL_BPS: u64 = 4_000_000;
/// A catalog that is not there within this time is given up.
const CATALOG_WITHIN: Duration = Duration::from_secs(30);

/// What media on the network are played through.
#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) media: Media,
    /// For HLS and DASH; none where it could not be started.
    pub(crate) gateway: Option<Gateway>,
    urgent: Arc<AtomicBool>,
    surroundings: Arc<Mutex<Option<Surroundings>>>,
}

impl Net {
    /// Starts the gateway beside `media`.
    pub(crate) fn start(media: Media) -> Self {
        let gateway = Gateway::start(media.clone())
            .inspect_err(|e| tracing::error!("there will be no HLS and no DASH: {e}"))
            .ok();
        Self { media, gateway, urgent: Arc::default(), surroundings: Arc::default() }
    }

    /// Somebody waits for a picture (or no longer): what can wait gives way.
    pub(crate) fn hurry(&self, urgent: bool) {
        self.urgent.store(urgent, Ordering::Relaxed);
    }

    /// Whether somebody waits for a picture.
    pub(crate) fn is_urgent(&self) -> bool {
        self.urgent.load(Ordering::Relaxed)
    }

    /// Takes what the device is in, for what was told before.
    pub(crate) fn set_surroundings(&self, surroundings: Surroundings) -> Option<Surroundings> {
        self.media.set_cut_off(!surroundings.network);
        lock(&self.surroundings).replace(surroundings)
    }

    /// What the device is in; the usual until that was told.
    pub(crate) fn surroundings(&self) -> Surroundings {
        lock(&self.surroundings).unwrap_or_default()
    }

    /// The user pays nothing for what is fetched, and that is sure: it was told.
    pub(crate) fn is_unmetered(&self) -> bool {
        lock(&self.surroundings).is_some_and(|surroundings| !surroundings.metered)
    }

    /// The link to the server of an address; to all servers together while nothing is known of that one (or it only leads to
    /// another).
    pub(crate) fn link_to(&self, url: Option<&str>) -> Option<LinkEstimate> {
        let one = url.and_then(|url| self.media.link_to(url)).filter(|link| link.samples > 0);
        one.or_else(|| self.media.link())
    }

    /// What speaks for one variant of a stream or another, in a window of so many lines.
    pub(crate) fn conditions(&self, stream: &Location, max_height: u32, data_saver: bool) -> Conditions {
        let link = self.link_to(Some(&stream.url)).filter(|link| link.samples > 0);
        let throughput = link.map(|link| link.discounted_bps);
        Conditions { throughput, max_height: Some(max_height).filter(|lines| *lines > 0), data_saver }
    }
}

/// What a viewer's wish means for a stream.
pub(crate) fn choice(quality: Quality) -> VariantChoice {
    match quality {
        Quality::Auto => VariantChoice::Auto,
        Quality::Fixed { bits_per_second } => VariantChoice::Nearest(bits_per_second),
    }
}

/// Names of this many characters at most, …
const PARAMETER_MAX: usize = 64;
/// … and so many of them, of all sources.
const PARAMETERS_MAX: usize = 64;

/// How resources are named, by what the sources say of their addresses.
pub(crate) fn key_rules(sources: &[library::Source]) -> KeyRules {
    let said = sources.iter().flat_map(|source| &source.request.volatile_parameters);
    let drop = said.filter(|name| !name.is_empty() && name.len() <= PARAMETER_MAX).take(PARAMETERS_MAX).cloned();
    KeyRules { drop: drop.collect(), keep: Vec::new() }
}

/// HLS and DASH by the name's end, as every public player tells them.
pub(crate) fn is_playlist(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
    path.ends_with(".m3u8") || path.ends_with(".mpd")
}

/// Whether a playlist is DASH's, by the name's end.
pub(crate) fn is_dash(url: &str) -> bool {
    is_playlist(url) && !url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase().ends_with(".m3u8")
}

/// Whether asking a server again may help.
pub(crate) fn passes(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unreachable | ErrorCode::TimedOut | ErrorCode::ServerFailed)
}

/// How the servers of a source are asked.
#[derive(Clone, Default)]
pub(crate) struct Access {
    request: RequestHeaders,
    reach: Reach,
    jar: Option<String>,
    refresh: Option<Arc<dyn Refresh>>,
}

impl Access {
    /// For what a source names. `media`: so that expired addresses can be had anew.
    pub(crate) fn of(source: &library::Source, media: &Media) -> Self {
        let MediaRef::Url(url) = &source.place else { return Self::default() };
        let reach = reach_of(url);
        let jar = Some(source.id.to_string());
        let catalog = Self { request: source.request.clone(), reach, jar, refresh: None };
        let again = Again {
            media: media.clone(),
            catalog: catalog.location(url),
            source: source.id.clone(),
            named: tokio::sync::Mutex::default(),
        };
        Self { refresh: Some(Arc::new(again)), ..catalog }
    }

    /// An address with what its source demands.
    pub(crate) fn location(&self, url: &str) -> Location {
        Location {
            referer: self.request.referer.clone(),
            user_agent: self.request.user_agent.clone(),
            jar: self.jar.clone(),
            reach: self.reach,
            refresh: self.refresh.clone(),
            ..Location::new(url)
        }
    }

    /// The resource of a place, where it is on the network.
    pub(crate) fn asset(&self, media: &Media, place: &MediaRef) -> Option<Arc<media::Asset>> {
        match place {
            MediaRef::File(_) => None,
            MediaRef::Url(url) if is_playlist(url) => None,
            MediaRef::Url(url) => Some(media.asset(&self.location(url))),
        }
    }

    /// The playlist of a place, where it is one.
    pub(crate) fn playlist(&self, place: &MediaRef) -> Option<Location> {
        match place {
            MediaRef::Url(url) if is_playlist(url) => Some(self.location(url)),
            _ => None,
        }
    }

    /// What is played of this place.
    pub(crate) fn source(&self, net: &Net, place: &MediaRef) -> Source {
        match (place, &net.gateway) {
            (MediaRef::File(path), _) => Source::File(path.clone()),
            (MediaRef::Url(url), Some(gateway)) if is_playlist(url) => {
                let location = self.location(url);
                Source::Playlist {
                    url: gateway.playlist(&location),
                    pace: gateway.pace(&location),
                    name: url.split('?').next().unwrap_or(url).to_owned(),
                }
            }
            // (Without a gateway a playlist is refused by what it begins with.)
            (MediaRef::Url(url), _) => Source::Network(net.media.asset(&self.location(url))),
        }
    }
}

impl fmt::Debug for Access {
    /// Without what is sent to the servers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("reach", &self.reach).finish_non_exhaustive()
    }
}

/// A source in the own network, which the user added, may name its neighbours; one from elsewhere must not.
fn reach_of(url: &str) -> Reach {
    match Url::parse(url) {
        Ok(url) if catalog::is_private(&url) => Reach::Anywhere,
        _ => Reach::Public,
    }
}

/// Signed addresses expire: the catalog has new ones.
struct Again {
    media: Media,
    catalog: Location,
    source: SourceId,
    /// The addresses that it named last, and when. Episodes expire together, and one reading does for all of them.
    named: tokio::sync::Mutex<Option<(Instant, Vec<String>)>>,
}

impl Refresh for Again {
    fn refresh<'a>(&'a self, expired: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move {
            let wanted = self.media.key(expired);
            let pick = |named: &[String]| fresh(named.iter().cloned(), expired, &wanted, |url| self.media.key(url));
            let mut named = self.named.lock().await;
            if let Some((at, addresses)) = named.as_ref().filter(|(at, _)| at.elapsed() < NAMED_FOR)
                && let Some(fresh) = pick(addresses)
            {
                tracing::debug!(age = ?at.elapsed(), "a fresh address from the catalog that was read last");
                return Some(fresh);
            }
            let listing = fetch_catalog(&self.media, &self.catalog, &self.source).await.ok()?;
            let addresses = listing.series.into_iter().flat_map(|series| series.episodes);
            let addresses: Vec<String> = addresses.map(|episode| episode.media.to_string()).collect();
            let fresh = pick(&addresses);
            *named = Some((Instant::now(), addresses));
            fresh
        })
    }
}

/// So long a catalog's addresses are taken without reading it once more.
const NAMED_FOR: Duration = Duration::from_secs(60);

/// The address of the same resource that is not the expired one.
fn fresh(
    mut addresses: impl Iterator<Item = String>,
    expired: &str,
    wanted: &ResourceKey,
    key: impl Fn(&str) -> ResourceKey,
) -> Option<String> {
    addresses.find(|url| url != expired && key(url) == *wanted)
}

/// Fetches and reads the catalog of a source.
///
/// # Errors
/// When it cannot be fetched, or nothing in it can be used.
pub(crate) async fn catalog_of(media: &Media, source: &library::Source) -> Result<catalog::Listing, ApiError> {
    let access = Access { refresh: None, ..Access::of(source, media) };
    fetch_catalog(media, &access.location(&source.place.to_string()), &source.id).await
}

async fn fetch_catalog(media: &Media, at: &Location, source: &SourceId) -> Result<catalog::Listing, ApiError> {
    let fetched = small(media, at, catalog::MAX_LIST_BYTES, CATALOG_WITHIN).await?;
    let base = Url::parse(&fetched.url).map_err(|e| {
        ApiError::new(ErrorCode::BadRequest, format!("{} is no address.", at.url)).with_detail(e.to_string())
    })?;
    catalog::parse_list(source, &base, &fetched.bytes).map_err(|e| ApiError::new(e.code(), format!("{e}.")))
}

/// Fetches something small.
///
/// # Errors
/// With the address, without its query.
pub(crate) async fn small(
    media: &Media,
    at: &Location,
    limit: u64,
    within: Duration,
) -> Result<media::http::Small, ApiError> {
    let shown = at.url.split('?').next().unwrap_or_default();
    if media.is_offline() {
        return Err(ApiError::new(ErrorCode::Offline, format!("{shown} cannot be fetched: the player is offline.")));
    }
    media
        .client()
        .small(at, limit, Instant::now() + within)
        .await
        .map_err(|e| ApiError::new(e.code(), format!("{shown} could not be fetched.")).with_detail(e.to_string()))
}

/// How the servers of a source are asked; nothing special where the source is gone.
pub(crate) fn access(library: &Library, id: &SourceId, media: &Media) -> Result<Access, library::LibraryError> {
    let source = library.sources()?.into_iter().find(|source| source.id == *id);
    Ok(source.map(|source| Access::of(&source, media)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_address_is_found_again_by_its_resource() {
        let key = |url: &str| ResourceKey::of_url(url, &KeyRules::default());
        let expired = "https://a.example/1.mp4?X-Amz-Signature=old";
        let all = [
            "https://a.example/2.mp4?X-Amz-Signature=new".to_owned(),
            expired.to_owned(),
            "https://a.example/1.mp4?X-Amz-Signature=new".to_owned(),
        ];
        let found = fresh(all.clone().into_iter(), expired, &key(expired), key);
        assert_eq!(found.as_deref(), Some("https://a.example/1.mp4?X-Amz-Signature=new"));
        assert_eq!(fresh(all.into_iter().take(2), expired, &key(expired), key), None);
    }
}
