//! Measures swipes over slow links: the engine, and mpv beside it, on episodes of a shaped origin server.
//!
//! Everything runs in real time: a binge of some minutes takes some minutes. Prints a table and writes
//! `network.json`.

mod mpv;
mod report;
mod ride;

use clap::Parser;
use report::Row;
use ride::Ride;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use tests::link::{Link, Trace};

/// Measures how episodes from a server begin and go on, over links of several speeds.
#[derive(Parser)]
struct Arguments {
    /// Where the film and the results go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// A network trace to ride as well (lines of `seconds megabits`).
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Swipes of a zapping viewer.
    #[arg(long, default_value_t = 20)]
    swipes: u32,
    /// Episodes of a binge.
    #[arg(long, default_value_t = 3)]
    episodes: u32,
    /// Only the links with these speeds, in Mbit/s.
    #[arg(long, value_delimiter = ',', default_values_t = [2.0, 5.0, 20.0])]
    speeds: Vec<f64>,
    /// A few swipes over one link, to see that the measurement works.
    #[arg(long)]
    quick: bool,
}

/// Length of an episode.
const SECONDS: u32 = 60;
/// Its bit rate, in Mbit/s.
const MEGABITS: u32 = 4;
const ROUND_TRIPS: [Duration; 2] = [Duration::from_millis(40), Duration::from_millis(150)];

/// How somebody watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Every episode to its end.
    Binge,
    /// Two to eight seconds of each.
    Zap,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-network: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    std::fs::create_dir_all(&arguments.out)?;
    let film = film(&arguments.out)?;
    let mut links: Vec<(String, Link)> = Vec::new();
    let speeds = if arguments.quick { &[20.0][..] } else { &arguments.speeds };
    for speed in speeds {
        for round_trip in &ROUND_TRIPS[..if arguments.quick { 1 } else { 2 }] {
            let name = format!("{speed:.0} Mbit/s, {} ms", round_trip.as_millis());
            links.push((name, Link::new(Trace::constant(*speed), *round_trip)));
        }
    }
    if let Some(trace) = &arguments.trace {
        links.push(("trace".into(), Link::new(Trace::read(trace)?, Duration::from_millis(80))));
    }
    let (swipes, episodes) = if arguments.quick { (5, 1) } else { (arguments.swipes, arguments.episodes) };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut rows: Vec<Row> = Vec::new();
    for (name, link) in links {
        for (behaviour, count) in [(Behaviour::Zap, swipes), (Behaviour::Binge, episodes)] {
            let ride =
                Ride { film: &film, link: Link { burst: Duration::from_millis(5), ..link.clone() }, behaviour, count };
            let ours = runtime.block_on(ride.with_engine())?;
            rows.push(Row { link: name.clone(), behaviour, player: "Cliffhanger", figures: ours });
            println!("{}", rows.last().map(Row::line).unwrap_or_default());
            if behaviour == Behaviour::Zap {
                let figures = mpv::zap(&ride)?;
                rows.push(Row { link: name.clone(), behaviour, player: "mpv", figures });
                println!("{}", rows.last().map(Row::line).unwrap_or_default());
            }
        }
    }
    report::write(&arguments.out.join("network.json"), &rows)?;
    print!("\n{}", report::table(&rows));
    Ok(())
}

/// An episode of noise and movement at a steady bit rate, with its index at the beginning; made once.
fn film(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("network.mp4");
    if path.exists() {
        return Ok(path);
    }
    let part = folder.join("network.part.mp4");
    let rate = format!("{MEGABITS}M");
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .arg(format!("testsrc2=size=1080x1920:rate=30:duration={SECONDS},noise=alls=20:allf=t"))
        .args(["-f", "lavfi", "-i", &format!("sine=frequency=220:duration={SECONDS}")])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-pix_fmt", "yuv420p"])
        .args(["-b:v", &rate, "-maxrate", &rate, "-bufsize", &rate, "-c:a", "aac", "-movflags", "+faststart"])
        .arg(&part)
        .status()?;
    if !status.success() {
        return Err("ffmpeg could not make the film".into());
    }
    std::fs::rename(&part, &path)?;
    Ok(path)
}
