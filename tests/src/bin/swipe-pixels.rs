//! Measures swipes in one player on the present display: an input event into the X server, pixels of the next episode out.
//!
//! Prints one line of JSON with every sample. Ends with status 1 when a swipe was missed or brought the wrong episode, and
//! with 2 when nothing could be measured. Without `DISPLAY` it starts a private Xvfb.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use serde_json::json;
use tests::screen::{
    Screen, ScreenError,
    player::{Kind, Launch, PLACE, Player, episodes},
    swipe::{Direction, Input, Plan, Run, Spread, measure},
    xvfb::Xvfb,
};

/// Swipe latency in pixels: input event into the X server, next episode out of it.
#[derive(Parser)]
struct Arguments {
    /// The player.
    kind: Kind,
    /// A folder of episodes from tests/bench/make-clips.sh.
    series: PathBuf,
    /// Our program.
    #[arg(long, default_value = "target/release/cliffhanger")]
    app: PathBuf,
    /// How many swipes in each direction.
    #[arg(short, long, default_value_t = 20)]
    count: usize,
    /// Seconds of rest before each swipe.
    #[arg(short, long, default_value_t = 1.8)]
    dwell: f64,
    /// What to do.
    #[arg(short, long, value_enum, default_value = "key")]
    input: Input,
    /// Go back afterwards by as many, and measure that too.
    #[arg(long)]
    back: bool,
    /// Save what is on the screen at the end.
    #[arg(long)]
    picture: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(runs) => ExitCode::from(u8::from(runs.iter().any(|run| run.failed() > 0))),
        Err(error) => {
            eprintln!("swipe-pixels: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<Vec<Run>, ScreenError> {
    let series = std::path::absolute(&arguments.series)
        .map_err(|source| ScreenError::File { path: arguments.series.display().to_string(), source })?;
    if arguments.kind == Kind::Gst {
        return Err(ScreenError::Plan("gst-launch plays one file: there is nothing to swipe".into()));
    }
    let there = episodes(&series)?.len();
    if arguments.kind == Kind::App && there <= arguments.count {
        return Err(ScreenError::Plan(format!("{} swipes need more than {there} episodes", arguments.count)));
    }
    let own = match std::env::var("DISPLAY") {
        Ok(_) => None,
        Err(_) => Some(Xvfb::start(1280, PLACE.height)?),
    };
    let display = own.as_ref().map(|own| own.display().to_owned()).or(std::env::var("DISPLAY").ok());
    let screen = Screen::connect(display.as_deref())?;
    let launch = Launch { display: display.unwrap_or_default(), series, app: arguments.app.clone(), home: None };
    let mut player = Player::start(arguments.kind, &launch)?;
    let (_, stage) = player.settled(&screen, Duration::from_secs(40))?;
    let dwell = Duration::try_from_secs_f64(arguments.dwell)
        .map_err(|error| ScreenError::Plan(format!("dwell {}: {error}", arguments.dwell)))?;
    let directions: &[Direction] =
        if arguments.back { &[Direction::Next, Direction::Previous] } else { &[Direction::Next] };
    let mut runs = Vec::new();
    for direction in directions {
        let plan = Plan { input: arguments.input, direction: *direction, dwell, count: arguments.count };
        runs.push(measure(&screen, &stage, plan)?);
    }
    if let Some(path) = &arguments.picture {
        screen.grab(screen.area())?.save_png(path)?;
    }
    let spreads: Vec<_> = runs
        .iter()
        .map(|run| {
            json!({
                "run": run,
                "first_ms": Spread::of(run.samples.iter().map(|sample| sample.first_ms)),
                "full_ms": Spread::of(run.samples.iter().map(|sample| sample.full_ms)),
                "moving_ms": Spread::of(run.samples.iter().map(|sample| sample.moving_ms)),
            })
        })
        .collect();
    println!("{}", json!({ "player": arguments.kind, "stage": stage, "runs": spreads }));
    Ok(runs)
}
