//! Runs the application where there is no display: in a private Xvfb, used by real X events, with pictures of what it showed.
//!
//! For a terminal without a desktop (a server, a container): it proves that the program starts, plays and goes on, and
//! leaves PNGs of the screen to look at. Ends with status 1 when the picture stands still or a swipe changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::Parser;
use tests::screen::{Rect, Screen, ScreenError, picture::Picture, player, xvfb::Xvfb};

/// Starts the app on a private screen, watches it play, swipes, and takes pictures.
#[derive(Parser)]
struct Arguments {
    /// Our program.
    app: PathBuf,
    /// The folder to open.
    source: PathBuf,
    /// Where the pictures go.
    #[arg(long, default_value = "target/run")]
    out: PathBuf,
    /// How many swipes.
    #[arg(long, default_value_t = 3)]
    swipes: u32,
}

/// A screen that holds both layouts, one after the other.
const SCREEN: (u16, u16) = (1280, 960);
/// The wide layout's window: rail, stage and episode panel.
const WIDE: Rect = Rect::new(0, 0, 1280, 800);
/// The part of the narrow layout that is mostly picture, between the bars at its top and bottom.
const PICTURE: Rect = Rect::new(0, 120, 540, 600);
/// How long the program may take to show its window and a moving picture.
const START_WITHIN: Duration = Duration::from_secs(60);
/// How long the next episode may take to fill the stage.
const NEXT_WITHIN: Duration = Duration::from_secs(10);
/// How much of the picture must change for it to count as moving, as a share of its pixels.
const MOVING: f64 = 0.002;
/// How much of it must change for a swipe to count as one.
const ANOTHER: f64 = 0.15;
/// Long enough to see an episode play between two swipes.
const WATCH: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("headless-run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), ScreenError> {
    let file_error = |path: &Path, source| ScreenError::File { path: path.display().to_string(), source };
    fs::create_dir_all(&arguments.out).map_err(|source| file_error(&arguments.out, source))?;
    let absolute = |path: &Path| std::path::absolute(path).map_err(|source| file_error(path, source));
    let server = Xvfb::start(SCREEN.0, SCREEN.1)?;
    let screen = server.connect()?;
    let launch = player::Launch {
        display: server.display().into(),
        series: absolute(&arguments.source)?,
        app: absolute(&arguments.app)?,
        home: None,
    };
    println!("Playing {} on a private screen of {} x {} …", launch.series.display(), SCREEN.0, SCREEN.1);
    let mut app = player::Player::start(player::Kind::App, &launch)?;
    let steps = watch_and_swipe(&mut app, &screen, arguments);
    // Also when a step failed: what was on the screen then says most about why.
    let last = arguments.out.join("last.png");
    screen.grab(screen.area())?.save_png(&last)?;
    steps?;
    println!("It plays and goes on. Pictures of the screen: {}", arguments.out.display());
    Ok(())
}

fn watch_and_swipe(app: &mut player::Player, screen: &Screen, arguments: &Arguments) -> Result<(), ScreenError> {
    let window = app.window(screen, START_WITHIN)?;
    moves(screen, START_WITHIN)?;
    screen.point(PICTURE.middle())?;
    save(screen, arguments, "start")?;
    for swipe in 1..=arguments.swipes {
        let before = screen.grab(PICTURE)?;
        screen.key("Down")?;
        let changed = |picture: &Picture| (picture.difference(&before, 24) > ANOTHER).then_some(());
        screen.wait_until("another episode after the down key", NEXT_WITHIN, PICTURE, changed)?;
        thread::sleep(WATCH);
        moves(screen, NEXT_WITHIN)?;
        save(screen, arguments, &format!("swipe-{swipe}"))?;
    }
    screen.place(window, WIDE)?;
    screen.point(WIDE.middle())?;
    thread::sleep(WATCH);
    save(screen, arguments, "wide")
}

/// Waits until the picture differs from what it was when first looked at, twice over: it plays.
fn moves(screen: &Screen, within: Duration) -> Result<(), ScreenError> {
    for _ in 0..2 {
        let before = screen.grab(PICTURE)?;
        let changed = |picture: &Picture| (picture.difference(&before, 12) > MOVING).then_some(());
        screen.wait_until("a moving picture", within, PICTURE, changed)?;
    }
    Ok(())
}

fn save(screen: &Screen, arguments: &Arguments, name: &str) -> Result<(), ScreenError> {
    let path = arguments.out.join(format!("{name}.png"));
    screen.grab(screen.area())?.save_png(&path)?;
    println!("  {}", path.display());
    Ok(())
}
