//! The engine without a window.
//!
//! Exit status: 0 done, 1 it failed and the last line on standard error says why, 2 the command line was wrong.

mod sample;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cliffhanger-cli", version, about = "Cliffhanger's engine without a window")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the sample series "The Last Ferry": twelve short episodes, offline, in about a minute
    Sample {
        /// The library folder; the series gets a folder of its own in it
        dir: PathBuf,
        /// Make this episode alone
        #[arg(long, value_name = "N")]
        only: Option<u32>,
    },
}

/// The film's size in pixels: full HD on its side.
const SIZE: (u32, u32) = (1080, 1920);
/// Encoder threads: leaves the rest of a larger machine to whoever is using it.
const THREADS: u32 = 2;

fn main() -> ExitCode {
    let Cli { command: Command::Sample { dir, only } } = Cli::parse();
    match sample::run(&sample::Options { dir, only, size: SIZE, limit: None, threads: THREADS }) {
        Ok(summary) => {
            println!("{}: {} made, {} already there", summary.folder.display(), summary.made, summary.kept);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cliffhanger-cli: {error}");
            ExitCode::FAILURE
        }
    }
}
