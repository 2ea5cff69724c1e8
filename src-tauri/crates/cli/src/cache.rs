//! The cache of media, looked after from the command line.
//!
//! Nothing in here makes room: the store is opened without a limit, and the user's own is only told. Nor does it touch the
//! library, in which settings and addresses are looked up.

mod export;

use clap::Subcommand;
use library::{Library, Places};
use media::cache::{Limit, Mode, Store};
use std::error::Error;
use std::path::PathBuf;
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
        /// A file that does not exist yet. Of a stream it is MP4 or Matroska if its name says so
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
    let open = || Store::open(&places.cache.join("media"), Limit::Bytes(u64::MAX), SystemTime::now);
    match action {
        Action::Stats => stats(&open()?, &limit(&places)),
        Action::Verify => verify(&open()?)?,
        Action::Clear { downloads } => open()?.clear(!downloads)?,
        Action::Export { episode, file } => export::export(&places, episode, file)?,
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
