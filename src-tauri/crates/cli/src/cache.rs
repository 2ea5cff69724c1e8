//! The cache of media, looked after from the command line.
//!
//! Nothing in here makes room: the store is opened without a limit, and the user's own is only told. Nor does it touch the
//! library, in which settings and addresses are looked up.

use clap::Subcommand;
use library::{Library, Places};
use media::cache::{ExportError, Limit, Mode, Store};
use media::{KeyRules, ResourceKey};
use model::{EpisodeId, MediaRef};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What can be done with it.
#[derive(Subcommand)]
pub enum Action {
    /// Say how much is in it
    Stats,
    /// Read every fragment and drop what is damaged
    Verify,
    /// Empty it
    Clear {
        /// Delete downloads as well
        #[arg(long)]
        downloads: bool,
    },
    /// Write an episode that is cached as a whole to a file
    Export {
        /// Its address, or its identifier in the library
        episode: String,
        /// A file that does not exist yet
        file: PathBuf,
    },
}

/// Does it with the cache of this user.
///
/// # Errors
/// When the cache or what is asked of it cannot be used.
pub fn run(action: &Action) -> Result<(), Box<dyn Error>> {
    let places = Places::of_user()?;
    // A store that may be written shrinks to its limit when it is opened.
    let store = Store::open(&places.cache.join("media"), Limit::Bytes(u64::MAX), SystemTime::now)?;
    match action {
        Action::Stats => stats(&store, &limit(&places)),
        Action::Verify => verify(&store)?,
        Action::Clear { downloads } => store.clear(!downloads)?,
        Action::Export { episode, file } => export(&store, &places, episode, file)?,
    }
    Ok(())
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// What the user lets the cache take, in words.
fn limit(places: &Places) -> String {
    let settings =
        Library::look(&places.data).and_then(|library| library.map(|library| library.settings()).transpose());
    match settings.map(|settings| library::cache_limit(&settings.unwrap_or_default())) {
        Ok(Some(bytes)) => mib(bytes),
        Ok(None) => "the usual limit (4 GiB or a tenth of the free disk, the smaller)".to_owned(),
        Err(error) => format!("an unknown limit ({error})"),
    }
}

fn stats(store: &Store, limit: &str) {
    let stats = store.stats();
    println!("{} of {limit}, in {} fragments of {} resources", mib(stats.bytes), stats.fragments, stats.resources);
    println!("{} must stay (downloads)", mib(stats.pinned_bytes));
    if let Some(free) = stats.free_disk {
        println!("{} are free on the disk", mib(free));
    }
    if stats.mode == Mode::ReadOnly {
        println!("Another program is using the cache; here it can only be read.");
    }
}

fn verify(store: &Store) -> Result<(), Box<dyn Error>> {
    let bar = indicatif::ProgressBar::new(0);
    let report = store.verify(|progress| {
        bar.set_length(progress.of as u64);
        bar.set_position(progress.done as u64);
        true
    });
    bar.finish_and_clear();
    println!("{} fragments are sound ({} bytes)", report.sound, report.sound_bytes);
    let stays = store.mode() == Mode::ReadOnly;
    for (key, offset) in &report.dropped {
        println!("{}: {key} at {offset}", if stays { "damaged" } else { "dropped" });
    }
    match (report.unreadable, report.dropped.len()) {
        (0, 1..) if stays => Err("what is damaged stays: another program is using the cache".into()),
        (0, _) => Ok(()),
        (count, _) => Err(format!("{count} fragments could not be read for now").into()),
    }
}

fn export(store: &Store, places: &Places, episode: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let (url, named) = match model::is_address(episode) {
        true => (episode.to_owned(), false),
        false => address_of(places, episode)?,
    };
    let key = ResourceKey::of_url(&url, &KeyRules::default());
    if named || is_stream(store, &url, &key) {
        return Err(format!(
            "{episode} is a stream (HLS or DASH), cached as a playlist and its segments, which do not make one file. To watch \
             it offline, download it in Cliffhanger; to have it as a file, give its address to a program that joins streams, \
             such as ffmpeg: {url}"
        )
        .into());
    }
    // Never over something that is there.
    let out = File::create_new(file).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
    let mut out = BufWriter::new(out);
    let written = store.export(&key, &mut out).and_then(|bytes| {
        // The end of it may not fit on the disk.
        out.flush().map(|()| bytes).map_err(ExportError::Write)
    });
    let written = written.inspect_err(|_| {
        // Half an episode is none.
        let _ = std::fs::remove_file(file);
    })?;
    println!("{}: {written} bytes", file.display());
    Ok(())
}

/// Whether an address leads to a playlist: its name says so, or one was cached under it. (The gateway keeps a playlist under
/// this name, apart from the bytes of a file at the same address.)
fn is_stream(store: &Store, url: &str, key: &ResourceKey) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let cached = || store.total(&ResourceKey::new(format!("playlist {key}"))).is_some();
    path.ends_with(".m3u8") || path.ends_with(".mpd") || cached()
}

/// The address of an episode of the library, and whether the library knows it as a stream.
fn address_of(places: &Places, id: &str) -> Result<(String, bool), Box<dyn Error>> {
    let unknown = || format!("there is no episode {id} in the library");
    let library = Library::look(&places.data)?.ok_or_else(unknown)?;
    let episode = EpisodeId(id.to_owned());
    let series = library.series_of(&episode)?.ok_or_else(unknown)?;
    let episodes = library.series(&series)?.map(|series| series.episodes).unwrap_or_default();
    let media = episodes.into_iter().find(|other| other.id == episode).map(|other| other.media);
    match media.ok_or_else(unknown)? {
        MediaRef::Url(url) => Ok((url, library.stream(&episode)?.is_some())),
        MediaRef::File(path) => Err(format!("this episode is a file already: {}", path.display()).into()),
    }
}
