//! A stream in the cache: its variant that is there as a whole, and how its segments become one file.

use super::filled;
use super::scratch::Scratch;
use media::cache::{ExportError, Store};
use media::gateway::{Gateway, Resource, Segments, SoundWish};
use media::http::{Location, Reach};
use media::{Media, ResourceKey};
use playback::Container;
use std::cmp::Reverse;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a transport stream's packets begin with, and MP4's first box says behind its length.
const SYNC: &[u8] = &[0x47];
const FTYP: &[u8] = b"ftyp";

/// Bytes that a segment needs, and where in the episode it plays.
struct Part {
    key: ResourceKey,
    range: Option<Range<u64>>,
    start: Duration,
}

impl Part {
    fn is_here(&self, store: &Store) -> bool {
        match &self.range {
            Some(range) => store.ranges(&self.key).contains(range.clone()),
            None => store.is_whole(&self.key),
        }
    }
}

/// A variant of a stream that is cached as a whole.
pub(super) struct Stream {
    url: String,
    picture: Vec<Part>,
    /// Where it comes by itself.
    sound: Option<Vec<Part>>,
}

/// Finds what is cached of a stream: the variant of this bandwidth, where one is known, else the best, with the wished sound,
/// else with another.
///
/// # Errors
/// In words, when nothing of it is there as a whole, or what is there does not make one file.
pub(super) async fn find(
    media: &Media,
    store: &Store,
    url: &str,
    bandwidth: Option<u64>,
    sound: SoundWish,
) -> Result<Stream, Box<dyn Error>> {
    let gateway = Gateway::start(media.clone())?;
    let location = Location { reach: Reach::Anywhere, ..Location::new(url) };
    let listless = || format!("the playlists of {url} are not cached: play it in Cliffhanger, or download it, first");
    let variants = gateway.variants(&location).await.map_err(|_| listless())?;
    let mut order: Vec<usize> = (0..variants.len().max(1)).collect();
    order.sort_by_key(|at| {
        let rate = variants.get(*at).map_or(0, |variant| variant.bandwidth);
        (bandwidth.map_or(0, |wanted| rate.abs_diff(wanted)), Reverse(rate))
    });
    let best_one = order.first().copied().unwrap_or_default();
    let sounds = gateway.sounds(&location, best_one).await.map_err(|_| listless())?;
    let others = sounds.into_iter().map(|sound| SoundWish { language: sound.language, name: sound.name });
    let wishes: Vec<SoundWish> = std::iter::once(sound).chain(others).collect();
    let mut best: Option<(usize, String)> = None;
    let mut unfit = None;
    for (at, wish) in order.into_iter().flat_map(|at| wishes.iter().map(move |wish| (at, wish))) {
        // Of a variant or a sound that was never played there is no list.
        let Ok(segments) = gateway.segments(&location, at, wish).await else { continue };
        if let Err(words) = check(store, &segments, url) {
            unfit.get_or_insert(words);
            continue;
        }
        let stream = Stream::new(media, &segments, url);
        match stream.missing(store) {
            None => return Ok(stream),
            Some((count, words)) if best.as_ref().is_none_or(|(least, _)| count < *least) => {
                best = Some((count, words))
            }
            Some(_) => {}
        }
    }
    Err(best.map(|(_, words)| words).or(unfit).unwrap_or_else(listless).into())
}

/// Whether segments can be one file at all.
fn check(store: &Store, segments: &Segments, url: &str) -> Result<(), String> {
    let all = || std::iter::once(segments).chain(segments.audio.as_deref());
    let protected = |list: &ResourceKey| {
        let mut text = Vec::new();
        let mark = b"ContentProtection";
        store.export(list, &mut text).is_ok() && text.windows(mark.len()).any(|part| part == mark)
    };
    let encrypted = all().any(|of| of.list.iter().any(|segment| segment.key.is_some()));
    if encrypted || all().any(|of| of.playlists.iter().any(protected)) {
        return Err(format!("{url} is encrypted, and its keys are not kept"));
    }
    if segments.live {
        return Err(format!("{url} is live: there is no whole episode"));
    }
    let changes = |of: &Segments| {
        let mut later = of.list.iter().enumerate();
        later.any(|(at, segment)| segment.duration.is_zero() || (at > 0 && segment.discontinuity))
    };
    if all().any(changes) {
        return Err(format!("{url} is put together from differently made parts, which do not make one file"));
    }
    if segments.audio.as_deref().is_some_and(|sound| segments.init.is_none() || sound.init.is_none()) {
        return Err(format!("picture and sound of {url} come apart, and not as MP4: they cannot be put together here"));
    }
    Ok(())
}

impl Stream {
    fn new(media: &Media, segments: &Segments, url: &str) -> Self {
        let part = |resource: &Resource, start| {
            let key = media.asset(&resource.location).key().clone();
            Part { key, range: resource.range.clone(), start }
        };
        let parts = |of: &Segments| {
            let list: Vec<Part> = of.list.iter().map(|segment| part(&segment.resource, segment.start)).collect();
            let init = of.init.as_ref().map(|init| part(init, Duration::ZERO));
            // A file as a whole has its beginning in it.
            let init = init.filter(|init| !list.iter().any(|part| part.key == init.key && part.range.is_none()));
            init.into_iter().chain(list).collect::<Vec<Part>>()
        };
        Self { url: url.to_owned(), picture: parts(segments), sound: segments.audio.as_deref().map(parts) }
    }

    /// How much is not there, in parts and in words.
    fn missing(&self, store: &Store) -> Option<(usize, String)> {
        let all = || self.picture.iter().chain(self.sound.iter().flatten());
        let missing: Vec<&Part> = all().filter(|part| !part.is_here(store)).collect();
        let first = missing.iter().min_by_key(|part| part.start)?;
        let (seconds, of) = (first.start.as_secs(), all().count());
        let words = format!(
            "{} of the {of} parts of {} are not cached, the first of them at {}:{:02} ({}): play it in Cliffhanger, or \
             download it, first",
            missing.len(),
            self.url,
            seconds / 60,
            seconds % 60,
            first.key
        );
        Some((missing.len(), words))
    }

    /// Makes one file of it, in the container that the name of `file` asks for; else, if that is possible, as it came.
    pub(super) fn write(&self, store: &Store, file: &Path) -> Result<Scratch, Box<dyn Error>> {
        let extension = file.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let wanted = match extension.as_str() {
            "mp4" | "m4v" | "mov" => Some(Container::Mp4),
            "mkv" => Some(Container::Matroska),
            _ => None,
        };
        if self.sound.is_some() && wanted.is_none() {
            return Err("picture and sound come apart: give the file a name that ends in .mp4 or .mkv".into());
        }
        let picture = join(store, &self.picture, file, "picture")?;
        let Some(container) = wanted else {
            let is_stream = matches!(extension.as_str(), "ts" | "mts" | "m2ts");
            if is_stream && is(Container::Mp4, picture.path())? {
                return Err("it is no transport stream: give the file a name that ends in .mp4 or .mkv".into());
            }
            return Ok(picture);
        };
        if self.sound.is_none() && is(container, picture.path())? {
            return Ok(picture);
        }
        let sound = self.sound.as_ref().map(|sound| join(store, sound, file, "sound")).transpose()?;
        let from: Vec<PathBuf> = [Some(&picture), sound.as_ref()].into_iter().flatten().map(path).collect();
        let (made, _) = Scratch::beside(file, "part")?;
        playback::init()?;
        playback::remux(&from, made.path(), container)?;
        Ok(made)
    }
}

fn path(scratch: &Scratch) -> PathBuf {
    scratch.path().to_owned()
}

/// Writes parts one behind the other.
fn join(store: &Store, parts: &[Part], file: &Path, what: &str) -> Result<Scratch, Box<dyn Error>> {
    let unwritable = |e| format!("{} cannot be written: {e}", file.display());
    let (made, out) = Scratch::beside(file, what).map_err(unwritable)?;
    filled(out, |out| {
        parts.iter().try_for_each(|part| store.export_part(&part.key, part.range.clone(), out).map(drop))
    })
    .map_err(|error| match error {
        ExportError::Write(error) => unwritable(error).into(),
        error => Box::<dyn Error>::from(error),
    })?;
    Ok(made)
}

/// Whether a file is in a container already. What is neither a transport stream nor MP4 counts as what its name says.
fn is(container: Container, path: &Path) -> std::io::Result<bool> {
    let mut head = [0; 8];
    File::open(path)?.read_exact(&mut head)?;
    Ok(match container {
        Container::Mp4 => head.ends_with(FTYP) || !head.starts_with(SYNC),
        Container::Matroska => !head.ends_with(FTYP) && !head.starts_with(SYNC),
    })
}
