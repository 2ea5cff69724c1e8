//! The players that are looked at: ours and its peers, started on a display, placed, and ended with all their children.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use tempfile::TempDir;

use super::{
    Rect, Screen, ScreenError,
    stage::{self, Stage},
};

/// Where every player's window is put: one 9:16 stage of 540 x 960 in the screen's corner.
pub const PLACE: Rect = Rect::new(0, 0, 540, 960);
/// How long a program may take to leave when it is asked to.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);
/// How often a start is looked at, in time: fine enough for a launch time, coarse enough not to slow the launch down.
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Where a player's standard error goes, among its own files.
const WORDS: &str = "stderr.txt";
/// How much of it is repeated, in bytes, when the player ends by itself.
const LAST_WORDS: usize = 2000;

/// A kind of player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Cliffhanger.
    App,
    /// mpv with `--prefetch-playlist`, which cuts from file to file.
    Mpv,
    /// A page in Chromium that keeps the next `<video>` preloaded and slides it in.
    Chromium,
    /// `gst-launch-1.0` with `playbin3`: one file, no interface. The least that this decoder can cost.
    Gst,
}

impl Kind {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "Cliffhanger",
            Self::Mpv => "mpv",
            Self::Chromium => "Chromium",
            Self::Gst => "gst-launch",
        }
    }
}

/// What a player is started with.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The display to start it on.
    pub display: String,
    /// The folder of episodes, `S01E001.mp4` and so on.
    pub series: PathBuf,
    /// Our program, when the player is ours.
    pub app: PathBuf,
    /// Our player's user data. A new, empty folder for each start when not given.
    pub home: Option<PathBuf>,
}

/// A started player. Dropping it ends the whole process group.
pub struct Player {
    child: Child,
    name: String,
    started: Instant,
    window: Option<u32>,
    files: TempDir,
}

impl Player {
    /// Starts a player. Its own profile and configuration go to a folder that goes with it.
    ///
    /// # Errors
    /// When it is not installed, or the series has no episodes.
    pub fn start(kind: Kind, launch: &Launch) -> Result<Self, ScreenError> {
        let files =
            tempfile::tempdir().map_err(|source| ScreenError::File { path: "a temporary folder".into(), source })?;
        let mut command = match kind {
            Kind::App => app(launch, files.path()),
            Kind::Mpv => mpv(&episodes(&launch.series)?),
            Kind::Chromium => chromium(&launch.series, episodes(&launch.series)?.len(), files.path()),
            Kind::Gst => gst(&launch.series),
        };
        let name = command.get_program().to_string_lossy().into_owned();
        command
            .env("DISPLAY", &launch.display)
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(words(files.path())?)
            .process_group(0);
        let started = Instant::now();
        let child = command.spawn().map_err(|source| ScreenError::Start { program: name.clone(), source })?;
        Ok(Self { child, name, started, window: None, files })
    }

    /// The first process's number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the player's window, and puts it to [`PLACE`].
    ///
    /// # Errors
    /// When the player ends by itself, or shows no window within `after`.
    pub fn window(&mut self, screen: &Screen, after: Duration) -> Result<u32, ScreenError> {
        loop {
            self.attend(screen)?;
            if let Some(window) = self.window {
                return Ok(window);
            }
            if self.started.elapsed() > after {
                return Err(ScreenError::Deadline { what: format!("a window of {}", self.name), after });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for an episode on the screen. Gives its colour, its place, and the time since the start.
    ///
    /// Plays the window manager on the way: puts the player's window to [`PLACE`] and gives it the focus.
    ///
    /// # Errors
    /// When the player ends by itself, or shows no episode within `after`.
    pub fn first_frame(&mut self, screen: &Screen, after: Duration) -> Result<(usize, Stage, Duration), ScreenError> {
        loop {
            self.attend(screen)?;
            if let Some((colour, stage)) = stage::find(screen)? {
                return Ok((colour, stage.fill(PLACE), self.started.elapsed()));
            }
            if self.started.elapsed() > after {
                return Err(ScreenError::Deadline { what: format!("an episode in {}", self.name), after });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the episode has stood at one place for half a second, and gives where.
    ///
    /// # Errors
    /// As [`Player::first_frame`].
    pub fn settled(&mut self, screen: &Screen, after: Duration) -> Result<(usize, Stage), ScreenError> {
        let mut last = None;
        let mut since = Instant::now();
        loop {
            let (colour, stage, elapsed) = self.first_frame(screen, after)?;
            if last != Some((colour, stage)) {
                last = Some((colour, stage));
                since = Instant::now();
            } else if since.elapsed() > Duration::from_millis(500) {
                return Ok((colour, stage));
            }
            if elapsed > after {
                return Err(ScreenError::Deadline { what: format!("a settled episode in {}", self.name), after });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Places a window that is new, and notices a player that has ended.
    fn attend(&mut self, screen: &Screen) -> Result<(), ScreenError> {
        if let Ok(Some(status)) = self.child.try_wait() {
            let said = std::fs::read(self.files.path().join(WORDS)).unwrap_or_default();
            let last = &said[said.len().saturating_sub(LAST_WORDS)..];
            let status = format!("{status}; it said: {}", String::from_utf8_lossy(last).trim());
            return Err(ScreenError::Ended { program: self.name.clone(), status });
        }
        let window = screen.main_window()?;
        if let (Some(window), true) = (window, window != self.window) {
            // A window that is gone again (a splash) is no error: the next look finds the real one.
            if screen.place(window, PLACE).is_ok() {
                self.window = Some(window);
            }
        }
        Ok(())
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        // The group may be gone already, which is what is wanted.
        let _ = kill_process_group(group, Signal::TERM);
        leave(&mut self.child);
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Asks one process to leave, and makes it leave when it does not.
pub fn end(child: &mut Child) {
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    leave(child);
}

fn leave(child: &mut Child) {
    let asked = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && asked.elapsed() < LEAVE_WITHIN {
        thread::sleep(Duration::from_millis(10));
    }
    // Both fail only for a process that has left.
    let _ = child.kill();
    let _ = child.wait();
}

/// The episodes of a folder, in order.
///
/// # Errors
/// When it cannot be read or has no `.mp4`.
pub fn episodes(series: &Path) -> Result<Vec<PathBuf>, ScreenError> {
    let failed = |source: io::Error| ScreenError::File { path: series.display().to_string(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(series).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "mp4") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(ScreenError::Plan(format!("{} has no episodes (.mp4)", series.display())));
    }
    Ok(files)
}

/// The file that takes what a player writes to its standard error.
fn words(files: &Path) -> Result<Stdio, ScreenError> {
    let path = files.join(WORDS);
    let failed = |source| ScreenError::File { path: path.display().to_string(), source };
    Ok(Stdio::from(std::fs::File::create(&path).map_err(failed)?))
}

/// Files that peers need, beside this package's sources.
fn peer_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join(name)
}

fn app(launch: &Launch, files: &Path) -> Command {
    let mut command = Command::new(&launch.app);
    command.arg(&launch.series).arg("--play");
    command.env("CLIFFHANGER_HOME", launch.home.as_deref().unwrap_or(files));
    command
}

fn mpv(episodes: &[PathBuf]) -> Command {
    let mut command = Command::new("mpv");
    command
        .args(["--no-config", "--really-quiet", "--osd-level=0", "--no-osc", "--no-border"])
        .args(["--vo=x11", "--ao=null", "--prefetch-playlist=yes", "--loop-playlist=inf"])
        .arg(format!("--geometry={}x{}+0+0", PLACE.width, PLACE.height))
        .arg(format!("--input-conf={}", peer_file("mpv-input.conf").display()))
        .args(episodes);
    command
}

fn chromium(series: &Path, count: usize, files: &Path) -> Command {
    let page = peer_file("chromium-feed.html");
    // Systems name it differently, or have it where Playwright put it.
    let program = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty());
    let mut command = Command::new(program.unwrap_or_else(|| "chromium".into()));
    command
        .args(["--kiosk", "--window-position=0,0", "--disable-gpu", "--mute-audio", "--no-first-run"])
        .args(["--autoplay-policy=no-user-gesture-required", "--allow-file-access-from-files", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--password-store=basic"])
        .arg(format!("--window-size={},{}", PLACE.width, PLACE.height))
        .arg(format!("--user-data-dir={}", files.display()))
        .arg(format!("file://{}?count={count}#{}", page.display(), series.display()));
    if geteuid().is_root() {
        // Chromium's sandbox refuses to run as root, as in a container.
        command.arg("--no-sandbox");
    }
    command
}

fn gst(series: &Path) -> Command {
    let scaled =
        format!("videoscale ! videoconvert ! video/x-raw,width={},height={} ! ximagesink", PLACE.width, PLACE.height);
    let mut command = Command::new("gst-launch-1.0");
    command
        .args(["-q", "playbin3"])
        .arg(format!("uri=file://{}/S01E001.mp4", series.display()))
        .arg(format!("video-sink={scaled}"))
        .arg("audio-sink=fakesink sync=true");
    command
}
