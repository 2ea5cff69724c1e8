//! What the cache is to hold of an episode on a server, and whether it does: every byte is compared with the server's.

use media::cache::Store;
use media::{KeyRules, ResourceKey, Validator};
use std::path::Path;
use tests::hls;
use tests::origin::{Origin, Resource, made_up};

/// All that there is of an episode: names of resources, with the bytes behind them.
pub struct Kept(Vec<(ResourceKey, Vec<u8>)>);

impl Kept {
    /// Serves a film as a file, with so many bytes behind it that no deck needs and that differ with the seed.
    pub fn file(origin: &Origin, path: &str, film: &[u8], seed: u32, padding: u32) -> Self {
        let film = padded(film, seed, padding);
        origin.put(path, Resource::new(film.clone()));
        Self(vec![(key(&origin.url(path)), film)])
    }

    /// Serves a film in a folder as a stream with segments of a second, with so many such bytes behind each of them.
    pub fn stream(origin: &Origin, folder: &str, film: &Path, kind: hls::Kind, seed: u32, padding: u32) -> Self {
        let pieces = hls::cut(film, 1, kind).unwrap().into_iter().enumerate();
        let resources = pieces.map(|(at, (name, piece))| {
            let (bytes, seed) = (piece.slice(0..piece.length()), 1000 * seed + at as u32);
            let (path, ending) = (format!("{folder}{name}"), name.rsplit('.').next());
            let bytes = match ending {
                Some("ts") => [bytes, null_packets(seed, padding)].concat(),
                Some("m4s") => padded(&bytes, seed, padding),
                _ => bytes,
            };
            origin.put(&path, Resource::new(bytes.clone()).typed(&piece.content_type));
            let url = origin.url(&path);
            match ending {
                // Lists are kept with their own address.
                Some("m3u8") => {
                    let bytes = [format!("{url}\n").into_bytes(), bytes].concat();
                    (ResourceKey::new(format!("playlist {}", key(&url))), bytes)
                }
                _ => (key(&url), bytes),
            }
        });
        Self(resources.collect())
    }

    /// How many of its resources are there, at least in part.
    pub fn resources(&self, store: &Store) -> usize {
        self.0.iter().filter(|(key, _)| !store.ranges(key).is_empty()).count()
    }

    /// What is not there as a whole.
    pub fn missing(&self, store: &Store) -> Vec<&ResourceKey> {
        let missing = self.0.iter().filter(|(key, bytes)| !store.ranges(key).contains(0..bytes.len() as u64));
        missing.map(|(key, _)| key).collect()
    }

    /// Every byte that is there is the server's; how many there are.
    pub fn check(&self, store: &Store) -> u64 {
        self.0.iter().map(|(key, bytes)| check(store, key, bytes)).sum()
    }

    /// Whether a fragment's file holds a part of it that begins at this place.
    pub fn has(&self, fragment: &[u8], offset: usize) -> bool {
        let part = |bytes: &[u8]| bytes.get(offset..).map(|rest| rest.len().min(1000));
        self.0.iter().any(|(_, bytes)| {
            part(bytes).is_some_and(|length| length > 0 && fragment.starts_with(&bytes[offset..offset + length]))
        })
    }
}

fn key(url: &str) -> ResourceKey {
    ResourceKey::of_url(url, &KeyRules::default())
}

/// MP4 with padding behind it.
fn padded(film: &[u8], seed: u32, padding: u32) -> Vec<u8> {
    let head = [(padding + 8).to_be_bytes(), *b"free"].concat();
    [film, &head, &made_up(seed.into(), 0..padding.into())].concat()
}

/// The same for a transport stream: packets that belong to nothing (ISO/IEC 13818-1, PID 0x1FFF).
fn null_packets(seed: u32, padding: u32) -> Vec<u8> {
    let filling = made_up(seed.into(), 0..u64::from(padding.next_multiple_of(184)));
    filling.chunks(184).flat_map(|filling| [&[0x47, 0x1f, 0xff, 0x10], filling].concat()).collect()
}

fn check(store: &Store, key: &ResourceKey, bytes: &[u8]) -> u64 {
    let cached = store.ranges(key);
    if cached.is_empty() {
        return 0;
    }
    let version = store.resource(key, &Validator::default()).unwrap().version;
    for range in cached.iter() {
        let wanted = &bytes[range.start as usize..range.end as usize];
        let mut found = vec![0; wanted.len()];
        assert_eq!(store.read(key, version, range.start, &mut found).unwrap(), wanted.len());
        assert!(found == wanted, "wrong bytes in {range:?} of {key}");
    }
    cached.len()
}
