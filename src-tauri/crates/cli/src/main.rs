//! The engine without a window.
//!
//! Exit status: 0 done, 1 it failed and the last line on standard error says why, 2 the command line was wrong.

mod cache;
mod prefetch_sim;
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
    /// Look after the cache of media
    Cache {
        #[command(subcommand)]
        action: cache::Action,
    },
    /// Replay the short-video challenge's traces with the planner, beside two simple policies
    PrefetchSim {
        /// The folder of its data: network, retention and chunk_size
        #[arg(long, value_name = "DIR")]
        traces: PathBuf,
        /// One set of network traces alone
        #[arg(long, value_name = "SET")]
        set: Option<prefetch_sim::Set>,
        /// How many viewers, each of whom sees every trace
        #[arg(long, value_name = "N", default_value_t = 10)]
        seeds: usize,
        /// The number of the first viewer
        #[arg(long, value_name = "N", default_value_t = 0)]
        first: usize,
    },
    /// Answer a simulator's questions with the planner: a line of JSON in, a line of JSON out
    Plan {
        /// Read standard input and answer on standard output
        #[arg(long, required = true)]
        stdio: bool,
    },
}

/// The film's size in pixels: full HD on its side.
const SIZE: (u32, u32) = (1080, 1920);
/// Encoder threads: leaves the rest of a larger machine to whoever is using it.
const THREADS: u32 = 2;

fn main() -> ExitCode {
    let done: Result<(), Box<dyn std::error::Error>> = match Cli::parse().command {
        Command::Sample { dir, only } => {
            let options = sample::Options { dir, only, size: SIZE, limit: None, threads: THREADS };
            sample::run(&options).map_err(Into::into).map(|summary| {
                println!("{}: {} made, {} already there", summary.folder.display(), summary.made, summary.kept);
            })
        }
        Command::Cache { action } => cache::run(&action),
        Command::PrefetchSim { traces, set, seeds, first } => {
            prefetch_sim::run(&traces, set, first..first.saturating_add(seeds)).map_err(Into::into)
        }
        Command::Plan { stdio: _ } => {
            prefetch::challenge::serve(std::io::stdin().lock(), std::io::stdout().lock()).map_err(Into::into)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cliffhanger-cli: {error}");
            ExitCode::FAILURE
        }
    }
}
