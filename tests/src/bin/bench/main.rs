//! Measures the whole product against its peers in one run, on one private screen: swipes in pixels, cost, and launch.
//!
//! Peers stand in every round beside ours, since timings drift between machines and hours while ratios hold. Writes a
//! table to the terminal, every sample to `report.json`, and their distributions to `report.svg`.

mod chart;
mod report;
mod rounds;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use tests::screen::{ScreenError, player::episodes};

use crate::rounds::{Effort, Results};

/// Swipes, cost and launch of Cliffhanger, mpv and Chromium, seen from outside.
#[derive(Parser)]
struct Arguments {
    /// The folder of episodes from tests/bench/make-clips.sh.
    #[arg(long, default_value = "target/bench/series")]
    series: PathBuf,
    /// Our program.
    #[arg(long, default_value = "target/release/cliffhanger")]
    app: PathBuf,
    /// Where the results go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// A few swipes and one round: to try the measurement out, not to believe it.
    #[arg(long)]
    quick: bool,
    /// Only what playing and starting costs, no swipes.
    #[arg(long, conflicts_with = "quick")]
    cost: bool,
    /// Only the peers: for a machine without our program.
    #[arg(long)]
    peers_only: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), ScreenError> {
    let series = absolute(&arguments.series)?;
    let app = absolute(&arguments.app)?;
    if !arguments.peers_only && !app.is_file() {
        return Err(ScreenError::Plan(format!("{} is not there: build the release first", app.display())));
    }
    let effort = match (arguments.quick, arguments.cost) {
        (true, _) => Effort::QUICK,
        (false, true) => Effort::COST,
        (false, false) => Effort::FULL,
    };
    warm(&series)?;
    let results = rounds::play(&series, (!arguments.peers_only).then_some(app.as_path()), effort)?;
    println!("\n{}", report::table(&results));
    save(&arguments.out, &results)
}

fn save(out: &Path, results: &Results) -> Result<(), ScreenError> {
    let failed = |path: &Path, source| ScreenError::File { path: path.display().to_string(), source };
    fs::create_dir_all(out).map_err(|source| failed(out, source))?;
    let (numbers, picture) = (out.join("report.json"), out.join("report.svg"));
    let json = serde_json::to_string_pretty(&report::json(results))
        .map_err(|error| ScreenError::Plan(format!("the results cannot be written as JSON: {error}")))?;
    fs::write(&numbers, json).map_err(|source| failed(&numbers, source))?;
    fs::write(&picture, chart::svg(&results.cells)).map_err(|source| failed(&picture, source))?;
    println!("Every sample: {}\nDistributions: {}", numbers.display(), picture.display());
    Ok(())
}

/// Reads every clip once, so that no player has to wait for the disk where the next one does not.
fn warm(series: &Path) -> Result<(), ScreenError> {
    for path in episodes(series)?.iter().take(tests::screen::stage::PALETTE.len()) {
        fs::read(path).map_err(|source| ScreenError::File { path: path.display().to_string(), source })?;
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, ScreenError> {
    std::path::absolute(path).map_err(|source| ScreenError::File { path: path.display().to_string(), source })
}
