//! The cache of media, looked after from the command line.

use clap::Subcommand;
use library::{Library, Places};
use media::cache::{Limit, Mode, Store};
use media::{KeyRules, ResourceKey};
use model::{EpisodeId, MediaRef};
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
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
    let store = Store::open(&places.cache.join("media"), Limit::Usual, SystemTime::now)?;
    match action {
        Action::Stats => stats(&store),
        Action::Verify => verify(&store)?,
        Action::Clear { downloads } => store.clear(!downloads)?,
        Action::Export { episode, file } => export(&store, &places, episode, file)?,
    }
    Ok(())
}

fn stats(store: &Store) {
    let stats = store.stats();
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    println!(
        "{} of {}, in {} fragments of {} episodes",
        mib(stats.bytes),
        mib(stats.limit),
        stats.fragments,
        stats.resources
    );
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
    for (key, offset) in &report.dropped {
        println!("dropped: {key} at {offset}");
    }
    match report.unreadable {
        0 => Ok(()),
        count => Err(format!("{count} fragments could not be read for now").into()),
    }
}

fn export(store: &Store, places: &Places, episode: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let url = if model::is_address(episode) { episode.to_owned() } else { address_of(places, episode)? };
    let key = ResourceKey::of_url(&url, &KeyRules::default());
    // Never over something that is there.
    let out = File::create_new(file).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
    let written = store.export(&key, &mut BufWriter::new(out)).inspect_err(|_| {
        // Half an episode is none.
        let _ = std::fs::remove_file(file);
    })?;
    println!("{}: {written} bytes", file.display());
    Ok(())
}

/// The address of an episode of the library.
fn address_of(places: &Places, id: &str) -> Result<String, Box<dyn Error>> {
    let library = Library::open(&places.data, SystemTime::now())?.library;
    let id = EpisodeId(id.to_owned());
    let series = library.series_of(&id)?.ok_or_else(|| format!("there is no episode {id} in the library"))?;
    let episodes = library.series(&series)?.map(|series| series.episodes).unwrap_or_default();
    match episodes.into_iter().find(|episode| episode.id == id).map(|episode| episode.media) {
        Some(MediaRef::Url(url)) => Ok(url),
        Some(MediaRef::File(path)) => Err(format!("this episode is a file already: {}", path.display()).into()),
        None => Err(format!("there is no episode {id} in the library").into()),
    }
}
