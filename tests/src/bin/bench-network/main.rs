//! Measures swipes over slow links: the engine, and mpv beside it, on episodes of a shaped origin server.
//!
//! Everything runs in real time: a binge of some minutes takes some minutes. Prints its plan and a table, and writes
//! `network.json`.

mod mpv;
mod report;
mod ride;
mod targets;

use clap::Parser;
use report::{Figures, Row};
use ride::Ride;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::Resource;

/// Measures how episodes from a server begin and go on, over links of several speeds.
#[derive(Parser)]
struct Arguments {
    /// Where the film and the results go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// A network trace to ride as well (lines of `seconds megabits`) [default: network/medium/0 in the folder that TRACES
    /// names, else in ../shared/traces]
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Only episodes of these formats.
    #[arg(long, value_delimiter = ',', default_values = ["mp4", "hls"])]
    formats: Vec<String>,
    /// Swipes of a zapping viewer; half of them over links below 20 Mbit/s, where fewer things are judged. 0: none.
    #[arg(long, default_value_t = 20)]
    swipes: u32,
    /// Episodes of a binge; half of them over links that are slower than the film. 0: none.
    #[arg(long, default_value_t = 4)]
    episodes: u32,
    /// Only the links with these speeds, in Mbit/s.
    #[arg(long, value_delimiter = ',', default_values_t = [2.0, 5.0, 20.0])]
    speeds: Vec<f64>,
    /// Only those with these round trips, in milliseconds.
    #[arg(long, value_delimiter = ',', default_values_t = [40, 150])]
    round_trips: Vec<u64>,
    /// A few swipes and short episodes over one link, to see that the measurement works.
    #[arg(long)]
    quick: bool,
}

/// Length of an episode, and of one that is only to show that the measurement works.
const SECONDS: u32 = 60;
const QUICK_SECONDS: u32 = 15;
/// Over links of so many Mbit/s and more, a viewer who zaps swipes more often.
const GOOD_MEGABITS: f64 = 20.0;
/// Its bit rate, in Mbit/s.
const MEGABITS: u32 = 4;
/// Length of an HLS segment, in seconds.
const SEGMENT: u32 = 4;
/// Ours and mpv.
const PLAYERS: u32 = 2;
/// The round trip that belongs to the traces.
const TRACE_ROUND_TRIP: Duration = Duration::from_millis(80);
/// The trace that is ridden, in the folder of traces.
const TRACE: &str = "network/medium/0";

/// How somebody watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Every episode to its end.
    Binge,
    /// Two to eight seconds of each.
    Zap,
}

impl Behaviour {
    /// As the report calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binge => "binge",
            Self::Zap => "zap",
        }
    }
}

/// A link as the report names it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Mbit/s, if they are always the same.
    pub megabits: Option<f64>,
    /// From a request to the first byte of its answer, at least.
    pub round_trip: Duration,
}

/// What a server has of an episode.
pub enum Film {
    /// One file, with its index at the beginning.
    Whole(Vec<u8>),
    /// A playlist and its segments, by name.
    Segments(Vec<(String, Resource)>),
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
    let seconds = if arguments.quick { QUICK_SECONDS } else { SECONDS };
    let film = film(&arguments.out, seconds)?;
    let mut films = Vec::new();
    for format in &arguments.formats {
        films.push(match format.as_str() {
            "mp4" => ("mp4", Film::Whole(std::fs::read(&film)?)),
            "hls" => ("hls", Film::Segments(hls::cut(&film, SEGMENT, hls::Kind::TransportStreams)?)),
            other => return Err(format!("{other} is no format that is measured").into()),
        });
    }
    let (swipes, episodes) = if arguments.quick { (5, 3) } else { (arguments.swipes, arguments.episodes) };
    let mut plan: Vec<(Line, &'static str, Ride<'_>)> = Vec::new();
    for (line, link) in links(arguments)? {
        let mean = link.trace.mean();
        let swipes = if mean < GOOD_MEGABITS { swipes.div_ceil(2) } else { swipes };
        let episodes = if mean < f64::from(MEGABITS) { episodes.div_ceil(2) } else { episodes };
        for (format, film) in &films {
            for (behaviour, count) in [(Behaviour::Zap, swipes), (Behaviour::Binge, episodes)] {
                let link = Link { burst: Duration::from_millis(5), ..link.clone() };
                plan.push((line.clone(), *format, Ride { film, seconds, link, behaviour, count }));
            }
        }
    }
    plan.retain(|(.., ride)| ride.count > 0);
    let least: Duration = plan.iter().map(|(.., ride)| ride.least() * PLAYERS).sum();
    for (line, format, ride) in &plan {
        let what = if ride.behaviour == Behaviour::Zap { "swipes" } else { "episodes" };
        println!("{}: {} {what}, {format}", line.name, ride.count);
    }
    println!("{} rides, {} minutes or more\n", plan.len(), least.as_secs().div_ceil(60));

    let runtime = tokio::runtime::Runtime::new()?;
    let (mut rows, mut failed): (Vec<Row>, usize) = (Vec::new(), 0);
    for (line, format, ride) in plan {
        let mut note = |player, figures: Result<Figures, Failure>| match figures {
            Ok(figures) => {
                rows.push(Row { line: line.clone(), format, behaviour: ride.behaviour, player, figures });
                println!("{}", rows.last().map(Row::text).unwrap_or_default());
            }
            Err(error) => {
                failed += 1;
                println!("{}, {format}, {}, {player}: {error}", line.name, ride.behaviour.name());
            }
        };
        note("Cliffhanger", runtime.block_on(ride.with_engine()));
        note("mpv", mpv::ride(&ride));
    }
    report::write(&arguments.out.join("network.json"), &rows)?;
    print!("\n{}", report::table(&rows));
    if failed > 0 { Err(format!("{failed} rides came to no end").into()) } else { Ok(()) }
}

/// The links that are ridden, with their names.
fn links(arguments: &Arguments) -> Result<Vec<(Line, Link)>, Failure> {
    let mut links: Vec<(Line, Link)> = Vec::new();
    let speeds = if arguments.quick { &[20.0][..] } else { &arguments.speeds };
    for speed in speeds {
        for millis in arguments.round_trips.iter().take(if arguments.quick { 1 } else { usize::MAX }) {
            let (name, round_trip) = (format!("{speed:.0} Mbit/s, {millis} ms"), Duration::from_millis(*millis));
            links.push((
                Line { name, megabits: Some(*speed), round_trip },
                Link::new(Trace::constant(*speed), round_trip),
            ));
        }
    }
    let traces = std::env::var_os("TRACES").map_or_else(|| PathBuf::from("../shared/traces"), PathBuf::from);
    let traced = |name: &str| Line { name: name.to_owned(), megabits: None, round_trip: TRACE_ROUND_TRIP };
    match &arguments.trace {
        Some(path) => links.push((traced("trace"), Link::new(Trace::read(path)?, TRACE_ROUND_TRIP))),
        None if arguments.quick => {}
        None if traces.join(TRACE).is_file() => {
            links.push((traced(TRACE), Link::new(Trace::read(&traces.join(TRACE))?, TRACE_ROUND_TRIP)));
        }
        None => {
            println!("No trace is ridden: there is no {TRACE} in {} (TRACES names another folder).", traces.display())
        }
    }
    Ok(links)
}

/// An episode of noise and movement at a steady bit rate, with its index at the beginning; made once.
fn film(folder: &Path, seconds: u32) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("network-{seconds}.mp4"));
    if path.exists() {
        return Ok(path);
    }
    let part = folder.join("network.part.mp4");
    let rate = format!("{MEGABITS}M");
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .arg(format!("testsrc2=size=1080x1920:rate=30:duration={seconds},noise=alls=20:allf=t"))
        .args(["-f", "lavfi", "-i", &format!("sine=frequency=220:duration={seconds}")])
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
