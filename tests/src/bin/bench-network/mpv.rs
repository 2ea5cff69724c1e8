//! mpv on the same server, driven through its JSON IPC (mpv's manual, "JSON IPC"), without a window.

use crate::Failure;
use crate::report::{Figures, Swipe};
use crate::ride::Ride;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What does not happen within this time ends the measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// Zaps through the episodes as our viewer does; "ready" is not known of mpv.
pub fn zap(ride: &Ride<'_>) -> Result<Figures, Failure> {
    let (origin, urls) = ride.origin();
    origin.shape(Some(ride.link.clone()));
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("mpv");
    let began = Instant::now();
    let child = Command::new("mpv")
        .args(["--no-config", "--vo=null", "--ao=null", "--prefetch-playlist=yes", "--really-quiet", "--keep-open=no"])
        .arg(format!("--input-ipc-server={}", socket.display()))
        .args(&urls)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut player = Player { child, stream: connect(&socket)? };
    let mut figures = Figures::default();
    player.restarted()?;
    figures.cold_ms = began.elapsed().as_secs_f64() * 1e3;
    for swipe in 1..=ride.count {
        std::thread::sleep(Ride::dwell(swipe));
        let began = Instant::now();
        player.tell(&json!({ "command": ["playlist-next"] }))?;
        player.restarted()?;
        figures.swipes.push(Swipe { ready: false, took_ms: began.elapsed().as_secs_f64() * 1e3 });
    }
    Ok(figures)
}

fn connect(socket: &Path) -> Result<BufReader<UnixStream>, Failure> {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(BufReader::new(stream));
            }
            Err(e) if Instant::now() > end => return Err(e.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

struct Player {
    child: Child,
    stream: BufReader<UnixStream>,
}

impl Player {
    fn tell(&mut self, command: &Value) -> Result<(), Failure> {
        Ok(writeln!(self.stream.get_mut(), "{command}")?)
    }

    /// Waits for the first frame of what was loaded last ("playback-restart"), after its load began.
    fn restarted(&mut self) -> Result<(), Failure> {
        let mut line = String::new();
        let mut loaded = false;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("mpv ended".into());
            }
            let event: Value = serde_json::from_str(&line)?;
            match event["event"].as_str() {
                Some("file-loaded") => loaded = true,
                Some("playback-restart") if loaded => return Ok(()),
                Some("end-file") if event["reason"] == "error" => return Err("mpv could not play an episode".into()),
                _ => {}
            }
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
