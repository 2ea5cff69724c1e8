//! Writes an episode that is cached as a whole to a file.
//!
//! What was one file stays as it was. A stream's segments are joined; they are muxed anew, without decoding, where picture
//! and sound came apart, or where the file's name asks for another container than theirs. The file gets its name when all
//! of it is written, and never that of a file that is there.

mod scratch;
mod stream;

use library::{Library, Places, StreamParts};
use media::cache::{ExportError, Limit, Store};
use media::gateway::SoundWish;
use media::http::ClientOptions;
use media::{KeyRules, Media, ResourceKey};
use model::{EpisodeId, MediaRef};
use scratch::Scratch;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes an episode, by its address or its identifier in the library, to a file that does not exist yet.
///
/// # Errors
/// When it is not cached as a whole, cannot be made one file, or the file cannot be written. Nothing is left of it then.
pub(super) fn export(places: &Places, episode: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let (url, noted) = match model::is_address(episode) {
        true => (episode.to_owned(), None),
        false => address_of(places, episode)?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (media, error) = {
        let _inside = runtime.enter();
        // A store that may be written shrinks to its limit when it is opened.
        Media::open(&places.cache.join("media"), Limit::Bytes(u64::MAX), ClientOptions::default(), || {})?
    };
    media.set_offline(true);
    let store = match (media.store(), error) {
        (Some(store), _) => store,
        (None, Some(error)) => return Err(error.into()),
        (None, None) => return Err("there is no cache".into()),
    };
    let unwritable = |e: io::Error| format!("{} cannot be written: {e}", file.display());
    if file.try_exists().map_err(unwritable)? {
        return Err(unwritable(io::ErrorKind::AlreadyExists.into()).into());
    }
    let key = ResourceKey::of_url(&url, &KeyRules::default());
    let made = if noted.is_some() || is_stream(&store, &url, &key) {
        let noted = noted.unwrap_or_default();
        let sound = noted.sound.unwrap_or_default();
        let sound = SoundWish { language: sound.language, name: sound.name };
        runtime.block_on(stream::find(&media, &store, &url, noted.bandwidth, sound))?.write(&store, file)?
    } else {
        let (made, out) = Scratch::beside(file, "part").map_err(unwritable)?;
        filled(out, |out| store.export(&key, out))?;
        made
    };
    let bytes = made.publish(file).map_err(unwritable)?;
    println!("{}: {bytes} bytes", file.display());
    Ok(())
}

/// Writes to a file, to its last byte: the end of it may not fit on the disk.
fn filled<T>(
    out: std::fs::File,
    write: impl FnOnce(&mut dyn Write) -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    let mut out = BufWriter::new(out);
    let written = write(&mut out)?;
    out.flush().map_err(ExportError::Write)?;
    Ok(written)
}

/// Whether an address leads to a playlist: its name says so, or one was cached under it. (The gateway keeps a playlist under
/// this name, apart from the bytes of a file at the same address.)
fn is_stream(store: &Store, url: &str, key: &ResourceKey) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let cached = || store.total(&ResourceKey::new(format!("playlist {key}"))).is_some();
    path.ends_with(".m3u8") || path.ends_with(".mpd") || cached()
}

/// The address of an episode of the library, and what it consists of, where the library knows it as a stream.
fn address_of(places: &Places, id: &str) -> Result<(String, Option<StreamParts>), Box<dyn Error>> {
    let unknown = || format!("there is no episode {id} in the library");
    let library = Library::look(&places.data)?.ok_or_else(unknown)?;
    let episode = EpisodeId(id.to_owned());
    let series = library.series_of(&episode)?.ok_or_else(unknown)?;
    let episodes = library.series(&series)?.map(|series| series.episodes).unwrap_or_default();
    let media = episodes.into_iter().find(|other| other.id == episode).map(|other| other.media);
    match media.ok_or_else(unknown)? {
        MediaRef::Url(url) => Ok((url, library.stream(&episode)?)),
        MediaRef::File(path) => Err(format!("this episode is a file already: {}", path.display()).into()),
    }
}
