//! A catalog on the network: Cliffhanger's own JSON, or a plain list of addresses.
//!
//! JSON: `{"title", "request": {"referer", "user_agent", "volatile_parameters": []}, "series": [{"id", "title", "year", "genres", "synopsis", "poster",
//! "episodes": [{"id", "season", "number", "title", "synopsis", "url", "duration_s", "picture", "subtitles": [{"url",
//! "language", "title", "forced", "hearing_impaired"}]}]}]}`. A single series may stand at the top. Only `url` is demanded;
//! addresses may be relative to the catalog's. A list has one address a line; `#EXTINF:seconds,Title` before it names it, other
//! lines with `#` are comments. Entries that cannot be used are left out, each with a reason; nothing fails for one of them.

use model::{Episode, EpisodeId, EpisodeKey, ErrorCode, MediaRef, RequestHeaders, Series, SeriesId, Sidecar, SourceId};
use serde_json::{Map, Value};
use std::net::IpAddr;
use url::{Host, Url};

/// A catalog of more bytes is not read.
pub const MAX_BYTES: u64 = 16 << 20;
/// More episodes are not taken.
const MAX_EPISODES: usize = 100_000;
/// More subtitles of one episode are not taken.
const MAX_SUBTITLES: usize = 64;
/// Titles and texts are cut after so many characters.
const MAX_TEXT: usize = 4000;
/// So many reasons are kept.
const MAX_SKIPPED: usize = 200;

/// What a catalog offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// In the catalog's order. Never empty.
    pub series: Vec<Series>,
    /// What the media's server wants to be told.
    pub request: RequestHeaders,
    /// What was left out and why, one sentence each; at most 200.
    pub skipped: Vec<String>,
}

/// Why a catalog cannot be used as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Neither JSON nor a list of addresses; a web page, for example.
    #[error("{0} is no catalog: it holds neither a Cliffhanger catalog in JSON nor a list of addresses")]
    NotACatalog(String),
    /// JSON that does not parse; what the parser said.
    #[error("the catalog {0} is not valid JSON: {1}")]
    BadJson(String, String),
    /// Nothing in it can be played.
    #[error("the catalog {0} names no episode that can be played")]
    Empty(String),
}

impl ListError {
    /// The code that crosses to the UI.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotACatalog(_) => ErrorCode::NotMedia,
            Self::BadJson(..) => ErrorCode::Damaged,
            Self::Empty(_) => ErrorCode::NoVideo,
        }
    }
}

/// Reads what was fetched from `address`.
///
/// # Errors
/// When nothing in it can be used.
pub fn parse_list(source: &SourceId, address: &Url, bytes: &[u8]) -> Result<Listing, ListError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut reader = Reader { source, base: address, episodes: 0, skipped: Vec::new() };
    let (series, request) = if text.starts_with(['{', '[']) {
        let value: Value =
            serde_json::from_str(text).map_err(|e| ListError::BadJson(address.to_string(), e.to_string()))?;
        let request = value.get("request").cloned().and_then(|r| serde_json::from_value(r).ok()).unwrap_or_default();
        (reader.catalog(&value), request)
    } else if text.starts_with('<') {
        return Err(ListError::NotACatalog(address.to_string()));
    } else {
        (vec![reader.lines(text)], RequestHeaders::default())
    };
    let series: Vec<Series> = series.into_iter().filter(|s| !s.episodes.is_empty()).collect();
    match (series.is_empty(), text.lines().any(model::is_address) || text.starts_with(['{', '['])) {
        (true, false) => Err(ListError::NotACatalog(address.to_string())),
        (true, true) => Err(ListError::Empty(address.to_string())),
        (false, _) => Ok(Listing { series, request, skipped: reader.skipped }),
    }
}

/// Whether an address leads into this machine or its own network, by what it says (names are not resolved). A catalog from
/// elsewhere must not send the player there.
pub fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_ip(ip.into()),
        Some(Host::Ipv6(ip)) => is_private_ip(ip.to_ipv4_mapped().map_or(ip.into(), IpAddr::from)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost"
                || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
        }
        None => true,
    }
}

fn is_private_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            // 100.64/10: shared address space (RFC 6598).
            let shared = a == 100 && b & 0xc0 == 64;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

struct Reader<'a> {
    source: &'a SourceId,
    base: &'a Url,
    episodes: usize,
    skipped: Vec<String>,
}

impl Reader<'_> {
    fn catalog(&mut self, value: &Value) -> Vec<Series> {
        let list = match value {
            Value::Array(list) => Some(list),
            other => other.get("series").and_then(Value::as_array),
        };
        match (list, value.as_object()) {
            (Some(list), _) => {
                let mut all: Vec<Series> = Vec::new();
                for (at, entry) in list.iter().enumerate() {
                    match entry.as_object() {
                        Some(entry) => all.push(self.series(entry, at)),
                        None => self.skip(format!("Series {} is no object.", at + 1)),
                    }
                }
                // Two with one name would be one in the library.
                let mut seen = std::collections::HashSet::new();
                all.retain(|series| {
                    let fresh = seen.insert(series.id.clone());
                    if !fresh {
                        self.skip(format!("The series {} stands twice in the catalog.", series.title));
                    }
                    fresh
                });
                all
            }
            (None, Some(one)) => vec![self.series(one, 0)],
            (None, None) => Vec::new(),
        }
    }

    fn series(&mut self, entry: &Map<String, Value>, at: usize) -> Series {
        let title = text(entry, "title").unwrap_or_else(|| name_of(self.base));
        let name = text(entry, "id").unwrap_or_else(|| title.clone());
        let mut series = Series {
            id: SeriesId::derive(&[self.source.as_str(), &name]),
            source: self.source.clone(),
            title,
            year: number(entry, "year").and_then(|y| u16::try_from(y).ok()),
            genres: entry
                .get("genres")
                .and_then(Value::as_array)
                .map(|all| all.iter().filter_map(Value::as_str).take(32).map(cut).collect())
                .unwrap_or_default(),
            synopsis: text(entry, "synopsis"),
            poster: self.address(entry, "poster"),
            episodes: Vec::new(),
        };
        let episodes = entry.get("episodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut seen = std::collections::HashSet::new();
        for (place, episode) in episodes.iter().enumerate() {
            let what = format!("Episode {} of series {}", place + 1, at + 1);
            if self.episodes >= MAX_EPISODES {
                self.skip(format!("{what} and what follows: more than {MAX_EPISODES} episodes."));
                break;
            }
            match episode.as_object().map(|e| self.episode(&series.id, e, place)) {
                Some(Ok(episode)) if seen.insert(episode.id.clone()) => {
                    self.episodes += 1;
                    series.episodes.push(episode);
                }
                Some(Ok(_)) => self.skip(format!("{what} stands twice.")),
                Some(Err(reason)) => self.skip(format!("{what} {reason}.")),
                None => self.skip(format!("{what} is no object.")),
            }
        }
        series
    }

    fn episode(&mut self, series: &SeriesId, entry: &Map<String, Value>, place: usize) -> Result<Episode, String> {
        let given = text(entry, "url").ok_or("has no url")?;
        let url = self.resolve(&given)?;
        let key = EpisodeKey {
            season: number(entry, "season").and_then(|n| u16::try_from(n).ok()).unwrap_or(1),
            number: match entry.get("number") {
                Some(_) => number(entry, "number").and_then(|n| u32::try_from(n).ok()),
                None => u32::try_from(place + 1).ok(),
            },
        };
        let name = text(entry, "id").unwrap_or_else(|| match key.number {
            Some(number) => format!("{}/{number}/{}", key.season, url.path()),
            None => url.path().to_owned(),
        });
        let subtitles = entry.get("subtitles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let sidecars = subtitles.iter().filter_map(Value::as_object).take(MAX_SUBTITLES).filter_map(|s| {
            Some(Sidecar {
                media: self.address(s, "url")?,
                language: text(s, "language"),
                title: text(s, "title"),
                forced: s.get("forced").and_then(Value::as_bool).unwrap_or(false),
                default: false,
                hearing_impaired: s.get("hearing_impaired").and_then(Value::as_bool).unwrap_or(false),
            })
        });
        let sidecars = sidecars.collect();
        Ok(Episode {
            id: EpisodeId::derive(&[self.source.as_str(), series.as_str(), &name]),
            key,
            number_end: None,
            title: text(entry, "title"),
            synopsis: text(entry, "synopsis"),
            media: MediaRef::Url(url.into()),
            sidecars,
            picture: self.address(entry, "picture"),
            duration_ms: entry
                .get("duration_s")
                .and_then(Value::as_f64)
                .filter(|s| (0.0..1e6).contains(s))
                .map(|s| (s * 1e3) as u64),
        })
    }

    fn lines(&mut self, list: &str) -> Series {
        let title = name_of(self.base);
        let (mut named, mut entries) = (Map::new(), Vec::new());
        for line in list.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(info) = line.strip_prefix("#EXTINF:") {
                let (seconds, name) = info.split_once(',').unwrap_or((info, ""));
                let seconds = seconds.split_whitespace().next().and_then(|s| s.parse::<f64>().ok());
                if let Some(seconds) = seconds.filter(|s| *s > 0.0) {
                    named.insert("duration_s".into(), seconds.into());
                }
                named.insert("title".into(), name.trim().into());
            } else if !line.starts_with('#') {
                let mut entry = std::mem::take(&mut named);
                entry.insert("url".into(), line.into());
                entries.push(Value::Object(entry));
            }
        }
        // A text that names no address at all is no list: its lines would all be "relative".
        let entries = if list.lines().any(|l| model::is_address(l.trim())) { entries } else { Vec::new() };
        let mut whole = Map::new();
        whole.insert("title".into(), title.into());
        whole.insert("episodes".into(), Value::Array(entries));
        self.series(&whole, 0)
    }

    /// An address that may be missing; one that may not be used is left out.
    fn address(&mut self, entry: &Map<String, Value>, key: &str) -> Option<MediaRef> {
        let given = text(entry, key)?;
        match self.resolve(&given) {
            Ok(url) => Some(MediaRef::Url(url.into())),
            Err(reason) => {
                self.skip(format!("The {key} {given} {reason}."));
                None
            }
        }
    }

    fn resolve(&self, given: &str) -> Result<Url, String> {
        let url = self.base.join(given).map_err(|e| format!("has an address that cannot be read ({e})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("is neither http nor https".into());
        }
        // The user added this source: where it lies itself, its media may lie too.
        if is_private(&url) && !is_private(self.base) {
            return Err("leads into this machine or its own network".into());
        }
        Ok(url)
    }

    fn skip(&mut self, reason: String) {
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(cut(&reason));
        }
    }
}

/// What a list without a title is called: the last part of its address, else the host.
fn name_of(address: &Url) -> String {
    let last = address.path_segments().and_then(|parts| parts.rev().find(|part| !part.is_empty()));
    let stem = last.map(|part| part.rsplit_once('.').map_or(part, |(stem, _)| stem)).filter(|stem| !stem.is_empty());
    let stem = stem.map(|stem| percent_encoding::percent_decode_str(stem).decode_utf8_lossy().into_owned());
    cut(&stem.or(address.host_str().map(str::to_owned)).unwrap_or_default())
}

fn text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    entry.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty()).map(cut)
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A whole number, also where it stands as text.
fn number(entry: &Map<String, Value>, key: &str) -> Option<u64> {
    match entry.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str, text: &str) -> Result<Listing, ListError> {
        parse_list(&SourceId("s".into()), &Url::parse(address).unwrap(), text.as_bytes())
    }

    fn urls(listing: &Listing) -> Vec<String> {
        listing.series.iter().flat_map(|s| s.episodes.iter().map(|e| e.media.to_string())).collect()
    }

    #[test]
    fn a_catalog_in_json_names_series_episodes_and_subtitles() {
        let text = r#"{"request": {"referer": "https://a.example/"}, "series": [{"title": "Love", "year": 2025, "poster": "p.jpg",
            "episodes": [{"url": "1.mp4?sig=a", "title": "One", "duration_s": 61.5,
                          "subtitles": [{"url": "/1.vtt", "language": "en"}]},
                         {"number": "7", "season": 2, "url": "https://cdn.example/7/index.m3u8"}]}]}"#;
        let listing = parse("https://a.example/shows/love.json", text).unwrap();
        assert_eq!(urls(&listing), ["https://a.example/shows/1.mp4?sig=a", "https://cdn.example/7/index.m3u8"]);
        let love = &listing.series[0];
        assert_eq!((love.title.as_str(), love.year), ("Love", Some(2025)));
        assert_eq!(love.poster, Some(MediaRef::Url("https://a.example/shows/p.jpg".into())));
        assert_eq!(love.episodes[0].duration_ms, Some(61_500));
        assert_eq!(love.episodes[0].sidecars[0].media.to_string(), "https://a.example/1.vtt");
        assert_eq!(love.episodes[1].key, EpisodeKey { season: 2, number: Some(7) });
        assert_eq!(listing.request.referer.as_deref(), Some("https://a.example/"));
        assert!(listing.skipped.is_empty());
    }

    #[test]
    fn another_token_in_the_address_is_the_same_episode() {
        let of = |token: &str| {
            let text =
                format!(r#"{{"title": "Love", "episodes": [{{"url": "https://a.example/1.mp4?sig={token}"}}]}}"#);
            parse("https://a.example/c.json", &text).unwrap().series.remove(0).episodes.remove(0).id
        };
        assert_eq!(of("x"), of("y"));
    }

    #[test]
    fn a_plain_list_is_a_series_named_after_its_address() {
        let text = "#EXTM3U\n#EXTINF:61 tvg-id=\"1\",The start\nhttps://a.example/1.mp4\n\n# words\nb/2.mp4\n";
        let listing = parse("https://a.example/lists/My%20Love.txt", text).unwrap();
        assert_eq!(listing.series[0].title, "My Love");
        assert_eq!(urls(&listing), ["https://a.example/1.mp4", "https://a.example/lists/b/2.mp4"]);
        let first = &listing.series[0].episodes[0];
        assert_eq!((first.title.as_deref(), first.duration_ms), (Some("The start"), Some(61_000)));
        assert_eq!(listing.series[0].episodes[1].title, None);
    }

    #[test]
    fn bad_entries_are_left_out_with_a_reason_and_the_rest_is_kept() {
        let text = r#"{"title": "Love", "episodes": [{"title": "no url"}, 7, {"url": "file:///etc/passwd"},
            {"url": "http://192.168.1.1/a.mp4"}, {"url": "http://[::1]/a.mp4"}, {"url": "http://localhost/a.mp4"},
            {"url": "https://[bad"}, {"url": "ok.mp4"}]}"#;
        let listing = parse("https://a.example/c.json", text).unwrap();
        assert_eq!(urls(&listing), ["https://a.example/ok.mp4"]);
        assert_eq!(listing.skipped.len(), 7, "{:?}", listing.skipped);
        // A source in the own network, which the user added, may name its neighbours.
        assert_eq!(urls(&parse("http://192.168.1.5/c.json", text).unwrap()).len(), 4);
    }

    #[test]
    fn what_is_no_catalog_says_so() {
        let code = |text: &str| parse("https://a.example/c", text).unwrap_err().code();
        assert_eq!(code("<!doctype html><title>404"), ErrorCode::NotMedia);
        assert_eq!(code("closed"), ErrorCode::NotMedia);
        assert_eq!(code(""), ErrorCode::NotMedia);
        assert_eq!(code("{\"series\": ["), ErrorCode::Damaged);
        assert_eq!(code("{\"series\": []}"), ErrorCode::NoVideo);
        assert_eq!(code("{}"), ErrorCode::NoVideo);
    }

    #[test]
    fn deep_json_ends_in_an_error() {
        let deep = format!("{{\"series\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse("https://a.example/c", &deep).unwrap_err().code(), ErrorCode::Damaged);
    }
}
