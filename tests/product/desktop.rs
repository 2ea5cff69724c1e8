//! The real application on a real screen: real X events in, pixels out, and the page read over WebDriver.
//!
//! Everything runs on a private Xvfb. The picture never passes through the page, so what plays is told by the screen's
//! pixels; WebDriver starts and ends the application and reads what the chrome says.

use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tests::{
    clips,
    screen::{Rect, Screen, input::drag, picture::Picture, player::end, xvfb::Xvfb},
};
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, Window};

/// The window, and with it the stage.
const WINDOW: Rect = Rect::new(0, 0, 540, 960);
/// A part of the picture that neither chrome nor subtitles cover, and that holds nothing but the episode's colour.
const COLOUR: Rect = Rect::new(120, 220, 120, 120);
/// A part of the band whose brightness changes with every frame.
const BAND: Rect = Rect::new(500, 220, 20, 120);
/// A column between the chrome's shades above and below, left of all words.
const COLUMN: Rect = Rect::new(60, 140, 1, 440);
/// Ten swipes in two seconds.
const BETWEEN_SWIPES: Duration = Duration::from_millis(200);
/// After a tap, the page waits a quarter of a second for a second one before it acts.
const LONGER_THAN_A_DOUBLE_TAP: Duration = Duration::from_secs(1);
/// The page takes a press of 450 ms for a long one.
const LONGER_THAN_A_LONG_PRESS: Duration = Duration::from_millis(1200);
/// How long the application may take to show its first picture, on a machine that is busy building.
const START_WITHIN: Duration = Duration::from_secs(60);
/// How long anything else may take.
const WITHIN: Duration = Duration::from_secs(20);
/// Between two looks at something that has no event to wait for.
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// Long enough to swipe, quit and resume without coming to an end.
const SECONDS: u32 = 50;

#[test]
fn a_person_swipes_quits_and_comes_back() {
    let _alone = crate::rig::alone();
    let desk = Desk::new();
    let app = desk.open_first();
    let Desk { xvfb, screen, .. } = &desk;
    app.says("EP 1 / 6");
    screen.key("Down").unwrap();
    shows(screen, &app, 2, WITHIN);
    moves(screen);
    screen.key("Down").unwrap();
    shows(screen, &app, 3, WITHIN);
    moves(screen);
    app.says("EP 3 / 6");
    // Some seconds in, so that coming back to the start would be noticed.
    screen.key("5").unwrap();
    let half = f64::from(SECONDS) / 2.0;
    let before = wait("a position after the seek", WITHIN, || app.position().filter(|at| *at >= half));
    moves(screen);
    app.quit(screen, xvfb.display());

    let app = desk.open(&[]);
    shows(screen, &app, 3, START_WITHIN);
    app.says("EP 3 / 6");
    let after = wait("a position after coming back", WITHIN, || app.position());
    moves(screen);
    app.quit(screen, xvfb.display());
    // The chrome tells whole seconds; and it has played on since, for as long as starting took.
    assert!(after >= before - 1.0, "left at {before} s, came back at {after} s");
    assert!(after < before + WITHIN.as_secs_f64(), "left at {before} s, came back at {after} s");
}

/// A private screen with a driver on it, and a folder with six episodes in `series`.
struct Desk {
    driver: Driver,
    screen: Screen,
    xvfb: Xvfb,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        clips::series(&folder.path().join("series"), 6, SECONDS);
        let xvfb = Xvfb::start(WINDOW.width, WINDOW.height).unwrap();
        let screen = xvfb.connect().unwrap();
        let driver = Driver::start(xvfb.display(), &folder.path().join("home"));
        Self { driver, screen, xvfb, folder }
    }

    /// Opens the application with these arguments.
    fn open(&self, args: &[&str]) -> App {
        let size = format!("{}x{}", WINDOW.width, WINDOW.height);
        let app = self.driver.open(&[args, &["--play", "--window", &size]].concat());
        place(&self.screen);
        app
    }

    /// Opens the application on the series; its first episode plays and has the keys.
    fn open_first(&self) -> App {
        let series = self.folder.path().join("series");
        let app = self.open(&[series.to_str().unwrap()]);
        shows(&self.screen, &app, 1, START_WITHIN);
        moves(&self.screen);
        focus(&self.screen, &app);
        app
    }
}

/// A drag is a swipe and nothing else: no tap that pauses, and however slow it is, no long press that plays faster.
#[test]
fn a_quick_drag_and_a_slow_one_go_on_to_the_next_episode_which_plays() {
    let _alone = crate::rig::alone();
    let desk = Desk::new();
    let app = desk.open_first();
    let Desk { xvfb, screen, .. } = &desk;
    let (from, to) = ((270, 700), (270, 220));
    for (episode, time) in [(2, 90), (3, 90), (4, 90)] {
        screen.perform(&drag(from, to, 3, Duration::from_millis(time))).unwrap();
        shows(screen, &app, episode, WITHIN);
        plays_on(screen, LONGER_THAN_A_DOUBLE_TAP);
    }
    let mut slow = drag(from, to, 24, LONGER_THAN_A_LONG_PRESS);
    let release = slow.pop().expect("the end of the drag").1;
    screen.perform(&slow).unwrap();
    let faster = app.run("return document.body.innerText.includes('while held')");
    screen.send(&[release]).unwrap();
    assert_eq!(faster, json!(false), "a slow drag is no long press");
    shows(screen, &app, 5, WITHIN);
    plays_on(screen, LONGER_THAN_A_DOUBLE_TAP);
    app.says("EP 5 / 6");
    app.quit(screen, xvfb.display());
}

/// Swipes in both directions, faster than decks can be loaded: what is seen meanwhile is always two neighbours with one edge
/// between them (or the dark still of an episode whose deck is not ready), never another episode, and nothing queues up.
#[test]
fn ten_swipes_in_two_seconds_show_no_wrong_or_torn_picture() {
    let _alone = crate::rig::alone();
    let desk = Desk::new();
    let app = desk.open_first();
    let Desk { xvfb, screen, .. } = &desk;

    let mut episode = 1_usize;
    let mut looks = 0;
    for key in ["Down", "Down", "Down", "Down", "Up", "Down", "Up", "Up", "Down", "Up"] {
        let before = episode;
        episode = if key == "Down" { episode + 1 } else { episode - 1 };
        screen.key(key).unwrap();
        let start = Instant::now();
        while start.elapsed() < BETWEEN_SWIPES {
            let seen = episodes_in(&screen.grab(COLUMN).unwrap());
            let near = before.min(episode) - 1..=before.max(episode) + 1;
            let fits = match seen.as_slice() {
                [one] => one.is_none_or(|one| near.contains(&one)),
                [above, below] => {
                    let known = [above, below].into_iter().flatten().all(|one| near.contains(one));
                    known && above.zip(*below).is_none_or(|(above, below)| above + 1 == below)
                }
                _ => false,
            };
            assert!(fits, "from {before} to {episode}, after {:?}: {seen:?}", start.elapsed());
            looks += 1;
        }
    }
    assert!(looks > 100, "only {looks} looks");
    assert_eq!(episode, 3);
    shows(screen, &app, episode, WITHIN);
    moves(screen);
    app.says("EP 3 / 6");
    app.quit(screen, xvfb.display());
}

/// Which episodes stand in a column of the screen, from above; none where a still stands for one.
fn episodes_in(column: &Picture) -> Vec<Option<usize>> {
    let mut seen: Vec<Option<usize>> = (0..COLUMN.height)
        .map(|y| {
            let [r, g, b] = column.rgb(0, y);
            clips::COLOURS.iter().position(|colour| clips::is_colour((r, g, b), *colour)).map(|at| at + 1)
        })
        .collect();
    seen.dedup();
    seen
}

/// Plays the window manager, of which this screen has none: the window in its place, with the keyboard's focus.
fn place(screen: &Screen) {
    wait("the application's window", START_WITHIN, || {
        let window = screen.main_window().unwrap()?;
        screen.place(window, WINDOW).ok()
    });
    screen.point((WINDOW.width / 2, 100)).unwrap();
}

/// Gives the application the keyboard, once its page is there to take it.
fn focus(screen: &Screen, app: &App) {
    wait("the keyboard's focus", WITHIN, || {
        place(screen);
        app.run("return document.hasFocus()").as_bool()?.then_some(())
    });
}

/// Waits for an episode's colour all over a part of the stage.
fn shows(screen: &Screen, app: &App, episode: usize, within: Duration) {
    let colour = clips::COLOURS[episode - 1];
    let is = |picture: &Picture, x, y| {
        let [r, g, b] = picture.rgb(x, y);
        clips::is_colour((r, g, b), colour)
    };
    let all = |picture: &Picture| {
        let points = (0..COLOUR.width).step_by(20).flat_map(|x| (0..COLOUR.height).step_by(20).map(move |y| (x, y)));
        points.into_iter().all(|(x, y)| is(picture, x, y)).then_some(())
    };
    if let Err(error) = screen.wait_until(&format!("episode {episode}"), within, COLOUR, all) {
        let kept = std::env::temp_dir().join("cliffhanger-desktop-failed.png");
        screen.grab(screen.area()).unwrap().save_png(&kept).unwrap();
        let page = app.run(
            "return { focus: document.hasFocus(), size: [innerWidth, innerHeight], text: document.body.innerText }",
        );
        panic!("{error}; the screen is in {}; the page: {page}", kept.display());
    }
}

/// Waits until the picture has changed twice.
fn moves(screen: &Screen) {
    for _ in 0..2 {
        let before = screen.grab(BAND).unwrap();
        let changed = |now: &Picture| (now.difference(&before, 60) > 0.5).then_some(());
        screen.wait_until("a moving picture", WITHIN, BAND, changed).unwrap();
    }
}

/// The picture goes on moving for this long.
fn plays_on(screen: &Screen, span: Duration) {
    let start = Instant::now();
    while start.elapsed() < span {
        moves(screen);
    }
    moves(screen);
}

/// Looks again and again, until there is something or the deadline has come.
fn wait<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < within, "{what}: not within {within:?}");
        thread::sleep(LOOK_EVERY);
    }
}

/// `tauri-driver` with WebKit's driver behind it, and all that they start: one process group, ended with this.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start(display: &str, home: &Path) -> Self {
        let (port, native) = free_ports();
        let mut command = Command::new(tauri_driver());
        command
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .env("DISPLAY", display)
            .env("CLIFFHANGER_HOME", home)
            // Only this screen, and no sound daemon or accessibility bus to wait for.
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start tauri-driver: {error}"));
        let words = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(words).lines().map_while(Result::ok) {
                eprintln!("tauri-driver: {line}");
            }
        });
        let driver = Self { child, url: format!("http://127.0.0.1:{port}") };
        for port in [port, native] {
            wait("tauri-driver and WebKitWebDriver", WITHIN, || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        }
        driver
    }

    /// Starts the application and connects to its page.
    fn open(&self, args: &[&str]) -> App {
        let options = json!({ "application": application(), "args": args });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "tauri:options": options, "browserName": "wry" } } });
        let session = ask("POST", &format!("{}/session", self.url), &wanted);
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}"));
        App { url: format!("{}/session/{id}", self.url) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        // Fails only when everything has left by itself.
        let _ = kill_process_group(group, Signal::TERM);
        end(&mut self.child);
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// The running application, seen through its page.
struct App {
    url: String,
}

impl App {
    /// Runs a script in the page.
    fn run(&self, script: &str) -> Value {
        ask("POST", &format!("{}/execute/sync", self.url), &json!({ "script": script, "args": [] }))
    }

    /// Waits for a text in the page.
    fn says(&self, text: &str) {
        wait(&format!("{text:?} in the page"), WITHIN, || {
            self.run("return document.body.innerText").as_str()?.contains(text).then_some(())
        });
    }

    /// The position as the progress bar tells it, in seconds; none while no episode is loaded.
    fn position(&self) -> Option<f64> {
        let script = "const bar = document.querySelector('[role=slider][aria-label=Position][aria-disabled=false]'); \
                      return bar ? Number(bar.getAttribute('aria-valuenow')) : null";
        self.run(script).as_f64()
    }

    /// Closes the window as its frame's button does, waits until the application has ended, and forgets the session.
    ///
    /// Ending the session alone would kill the application, and nothing that was not saved yet would be kept.
    fn quit(self, screen: &Screen, display: &str) {
        let window = screen.main_window().unwrap().expect("a window to close");
        let process = close(display, window);
        wait("the end of the application", WITHIN, || has_ended(process).then_some(()));
        // The driver may have noticed by itself.
        let _ = answer("DELETE", &self.url, &Value::Null);
    }
}

/// Asks a window's program to close it, as a window manager does (ICCCM 4.2.8.1), and gives the program's process number.
fn close(display: &str, window: Window) -> u32 {
    let (connection, _) = x11rb::connect(Some(display)).unwrap();
    let atom = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let pid = connection
        .get_property(false, window, atom("_NET_WM_PID"), AtomEnum::CARDINAL, 0, 1)
        .unwrap()
        .reply()
        .unwrap()
        .value32()
        .and_then(|mut values| values.next())
        .expect("the window's process number");
    let wish = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
    let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), wish);
    connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    pid
}

/// Whether a process is gone, or only waits for its parent to take notice.
fn has_ended(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state is the first field behind the name, which stands in parentheses.
    stat.rsplit_once(") ").is_none_or(|(_, fields)| fields.starts_with('Z'))
}

/// One question to a driver: the answer's value.
fn ask(method: &str, url: &str, body: &Value) -> Value {
    answer(method, url, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}

/// The same, where the driver may refuse.
fn answer(method: &str, url: &str, body: &Value) -> Result<Value, String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(START_WITHIN)).http_status_as_error(false).build().into();
    let request = ureq::http::Request::builder().method(method).uri(url).header("Content-Type", "application/json");
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let request = request.body(text).map_err(|error| error.to_string())?;
    let mut answer = agent.run(request).map_err(|error| error.to_string())?;
    let status = answer.status();
    let mut value: Value = answer.body_mut().read_json().map_err(|error| error.to_string())?;
    if status.is_success() { Ok(value["value"].take()) } else { Err(value.to_string()) }
}

/// Two ports that were free a moment ago; the drivers take numbers only.
fn free_ports() -> (u16, u16) {
    let listeners = [0, 0].map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
    let [one, two] = listeners.map(|listener| listener.local_addr().unwrap().port());
    (one, two)
}

/// The driver, from the path or from where `cargo install` puts it.
fn tauri_driver() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let cargo = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo/bin"));
    let found =
        std::env::split_paths(&path).chain(cargo).map(|folder| folder.join("tauri-driver")).find(|p| p.is_file());
    found.expect("tauri-driver is missing: cargo install tauri-driver --version ^2 --locked")
}

/// The program under test: `CLIFFHANGER_BIN`, else the debug build.
fn application() -> PathBuf {
    let program = std::env::var_os("CLIFFHANGER_BIN").map(PathBuf::from).unwrap_or_else(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        target.join("debug/cliffhanger")
    });
    let program = std::path::absolute(&program).unwrap();
    assert!(
        program.is_file(),
        "{} is missing: cargo build -p cliffhanger --features custom-protocol",
        program.display()
    );
    program
}
