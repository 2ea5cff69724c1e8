//! Makes the little series of the tests (see `tests::clips`) for tests that are not written in Rust.

use std::path::PathBuf;

use clap::Parser;

/// Makes a series of coloured clips with English subtitles: `FOLDER/Clips/Season 01/Clips - S01E01.mp4` and so on.
#[derive(Parser)]
struct Arguments {
    /// Where it goes.
    folder: PathBuf,
    /// How many episodes.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=200))]
    episodes: u32,
    /// How long each is, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=59))]
    seconds: u32,
}

fn main() {
    let arguments = Arguments::parse();
    tests::clips::series(&arguments.folder, arguments.episodes, arguments.seconds);
}
