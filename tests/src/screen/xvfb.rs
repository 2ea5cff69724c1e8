//! A private X server without a monitor, for as long as its guard lives.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Screen, ScreenError, player::end};

/// Xvfb is up within a tenth of a second; a machine that is busy building may need more.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// A running Xvfb on a display number that was free. Dropping it ends it.
pub struct Xvfb {
    child: Child,
    display: String,
}

impl Xvfb {
    /// Starts a server with one screen of `width` x `height` pixels, 24 bits deep, that no other machine can reach.
    ///
    /// # Errors
    /// When Xvfb is not installed or does not come up.
    pub fn start(width: u16, height: u16) -> Result<Self, ScreenError> {
        // The server picks a free number itself and writes it down, so that two runs never race for one.
        let screen = format!("{width}x{height}x24");
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| ScreenError::Start { program: "Xvfb".into(), source })?;
        let (sender, receiver) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                let mut line = String::new();
                // A send fails only when the deadline has passed and nobody listens any more.
                if BufReader::new(output).read_line(&mut line).is_ok_and(|length| length > 0) {
                    let _ = sender.send(line);
                }
            });
        }
        let start = Instant::now();
        match receiver.recv_timeout(READY_WITHIN) {
            Ok(line) => Ok(Self { child, display: format!(":{}", line.trim()) }),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(ScreenError::Ended { program: "Xvfb".into(), status })
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                end(&mut child);
                Err(ScreenError::Deadline { what: "Xvfb".into(), after: start.elapsed() })
            }
        }
    }

    /// The display's name, as `DISPLAY` has it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The server's process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection to it.
    ///
    /// # Errors
    /// As [`Screen::connect`].
    pub fn connect(&self) -> Result<Screen, ScreenError> {
        Screen::connect(Some(&self.display))
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use x11rb::protocol::xproto::ConnectionExt as _;

    use super::*;
    use crate::screen::{Rect, stage};

    #[test]
    fn a_private_server_shows_its_screen_and_is_gone_once_dropped() {
        let server = Xvfb::start(640, 480).unwrap();
        let screen = server.connect().unwrap();
        assert_eq!(screen.size(), (640, 480));
        let picture = screen.grab(Rect::new(600, 440, 40, 40)).unwrap();
        assert_eq!((picture.width(), picture.rgb(39, 39)), (40, [0; 3]));
        assert!(screen.grab(Rect::new(600, 440, 41, 40)).is_err(), "an area beyond the screen");
        assert_eq!(stage::find(&screen).unwrap(), None);
        assert_eq!(screen.main_window().unwrap(), None);
        let process = PathBuf::from(format!("/proc/{}", server.pid()));
        assert!(process.exists());
        drop(server);
        assert!(!process.exists());
    }

    #[test]
    fn events_arrive_at_the_server_and_unknown_keys_are_refused() {
        let server = Xvfb::start(640, 480).unwrap();
        let screen = server.connect().unwrap();
        screen.point((123, 45)).unwrap();
        let pointer = screen.connection.query_pointer(screen.root).unwrap().reply().unwrap();
        assert_eq!((pointer.root_x, pointer.root_y), (123, 45));
        screen.key_down("Control_L").unwrap();
        let held = screen.connection.query_keymap().unwrap().reply().unwrap().keys;
        assert_eq!(held.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
        screen.key_up("Control_L").unwrap();
        for key in ["Down", "Page_Up", "Space", "n", "?", "<", "7"] {
            screen.key(key).unwrap();
        }
        assert!(matches!(screen.key("Hyperspace"), Err(ScreenError::Key(_))));
        let held = screen.connection.query_keymap().unwrap().reply().unwrap().keys;
        assert_eq!(held, [0; 32], "every key is up again");
    }

    #[test]
    fn two_servers_get_displays_of_their_own() {
        let (one, two) = (Xvfb::start(320, 240).unwrap(), Xvfb::start(320, 240).unwrap());
        assert_ne!(one.display(), two.display());
    }
}
