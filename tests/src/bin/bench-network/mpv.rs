//! mpv on the same server, driven through its JSON IPC (mpv's manual, "JSON IPC"), without a window.

use crate::report::{Figures, Swipe};
use crate::ride::Ride;
use crate::{Behaviour, Failure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What does not happen within this time ends the measurement: an episode may take some minutes, and says nothing.
const PATIENCE: Duration = Duration::from_secs(300);

/// Watches the episodes as our viewer does. What was ready or never read is not known of mpv.
pub fn ride(ride: &Ride<'_>) -> Result<Figures, Failure> {
    let (origin, urls) = ride.origin();
    origin.shape(Some(ride.link.clone()));
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let mut player = Player::start(&folder.path().join("mpv"), &urls)?;
    let mut figures = Figures::default();
    let begun = player.restarted()?;
    figures.cold_ms = milliseconds(began, begun);
    figures.cold_bytes = origin.sent();
    for number in 1..=ride.swipes() {
        let asked = match ride.behaviour {
            Behaviour::Zap => {
                player.watch(Instant::now() + Ride::dwell(number))?;
                player.tell(&json!({ "command": ["playlist-next"] }))?;
                Instant::now()
            }
            Behaviour::Binge => player.ended()?,
        };
        let restarted = player.restarted()?;
        figures.swipes.push(Swipe { ready: None, took_ms: milliseconds(asked, restarted) });
    }
    if ride.behaviour == Behaviour::Binge {
        player.ended()?;
    }
    figures.rebuffer = Some(player.waited().as_secs_f64() / begun.elapsed().as_secs_f64());
    Ok(figures)
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e3
}

fn connect(socket: &Path) -> Result<UnixStream, Failure> {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return Ok(stream),
            Err(e) if Instant::now() > end => return Err(e.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Kills what it holds: mpv may have ended by itself.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Player {
    _process: Process,
    stream: UnixStream,
    /// What it says, with the moment at which it came.
    events: Receiver<(Instant, Value)>,
    /// It waits for data since then.
    waits: Option<Instant>,
    waited: Duration,
}

impl Player {
    fn start(socket: &Path, urls: &[String]) -> Result<Self, Failure> {
        let child = Command::new("mpv")
            .args(["--no-config", "--vo=null", "--ao=null", "--prefetch-playlist=yes", "--really-quiet"])
            .arg("--keep-open=no")
            .arg(format!("--input-ipc-server={}", socket.display()))
            .args(urls)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let process = Process(child);
        let stream = connect(socket)?;
        let lines = BufReader::new(stream.try_clone()?).lines();
        let (tell, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Ok(event) = serde_json::from_str(&line) else { continue };
                if tell.send((Instant::now(), event)).is_err() {
                    return;
                }
            }
        });
        let mut player = Self { _process: process, stream, events, waits: None, waited: Duration::ZERO };
        player.tell(&json!({ "command": ["observe_property", 1, "paused-for-cache"] }))?;
        Ok(player)
    }

    fn tell(&mut self, command: &Value) -> Result<(), Failure> {
        Ok(writeln!(self.stream, "{command}")?)
    }

    /// What it says next; none by `end`.
    fn hear(&mut self, end: Instant) -> Result<Option<(Instant, Value)>, Failure> {
        let (at, event) = match self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(heard) => heard,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err("mpv ended".into()),
        };
        if event["event"] == "property-change" && event["name"] == "paused-for-cache" {
            self.waited += self.waits.take().map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
            self.waits = (event["data"] == true).then_some(at);
        }
        if event["event"] == "end-file" && event["reason"] == "error" {
            return Err("mpv could not play an episode".into());
        }
        Ok(Some((at, event)))
    }

    fn hear_soon(&mut self) -> Result<(Instant, Value), Failure> {
        self.hear(Instant::now() + PATIENCE)?.ok_or_else(|| format!("mpv said nothing for {PATIENCE:?}").into())
    }

    /// Lets it play until then.
    fn watch(&mut self, end: Instant) -> Result<(), Failure> {
        while self.hear(end)?.is_some() {}
        Ok(())
    }

    /// When the first frame of what is loaded next was there ("playback-restart").
    fn restarted(&mut self) -> Result<Instant, Failure> {
        let mut loaded = false;
        loop {
            let (at, event) = self.hear_soon()?;
            match event["event"].as_str() {
                Some("file-loaded") => loaded = true,
                Some("playback-restart") if loaded => return Ok(at),
                _ => {}
            }
        }
    }

    /// When the episode that plays came to its end.
    fn ended(&mut self) -> Result<Instant, Failure> {
        loop {
            let (at, event) = self.hear_soon()?;
            if event["event"] == "end-file" && event["reason"] == "eof" {
                return Ok(at);
            }
        }
    }

    /// For how long it has waited for data.
    fn waited(&self) -> Duration {
        self.waited + self.waits.map_or(Duration::ZERO, |since| since.elapsed())
    }
}
