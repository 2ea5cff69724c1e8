//! Keys, wheel and pointer, put into the X server by XTEST as a device would.

use std::{collections::HashMap, time::Duration};

use x11rb::{
    connection::Connection,
    protocol::{
        xproto::{
            BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
            MOTION_NOTIFY_EVENT,
        },
        xtest,
    },
    rust_connection::RustConnection,
};

use super::{Screen, ScreenError};

/// The first mouse button.
pub const LEFT_BUTTON: u8 = 1;
/// X has no wheel: a notch upwards is a click of button 4.
pub const WHEEL_UP: u8 = 4;
/// A notch downwards is a click of button 5.
pub const WHEEL_DOWN: u8 = 5;

/// Keysyms of keys that have a name rather than a character (X11/keysymdef.h).
const NAMED: [(&str, u32); 28] = [
    ("BackSpace", 0xff08),
    ("Tab", 0xff09),
    ("Return", 0xff0d),
    ("Escape", 0xff1b),
    ("Home", 0xff50),
    ("Left", 0xff51),
    ("Up", 0xff52),
    ("Right", 0xff53),
    ("Down", 0xff54),
    ("Page_Up", 0xff55),
    ("Page_Down", 0xff56),
    ("End", 0xff57),
    ("F1", 0xffbe),
    ("F2", 0xffbf),
    ("F3", 0xffc0),
    ("F4", 0xffc1),
    ("F5", 0xffc2),
    ("F6", 0xffc3),
    ("F7", 0xffc4),
    ("F8", 0xffc5),
    ("F9", 0xffc6),
    ("F10", 0xffc7),
    ("F11", 0xffc8),
    ("F12", 0xffc9),
    ("Shift_L", 0xffe1),
    ("Control_L", 0xffe3),
    ("Alt_L", 0xffe9),
    ("Delete", 0xffff),
];

/// Where each keysym lies on the server's keyboard: the key, and whether Shift must be held.
pub(super) struct Keyboard {
    keys: HashMap<u32, (u8, bool)>,
}

impl Keyboard {
    pub(super) fn read(connection: &RustConnection) -> Result<Self, ScreenError> {
        let setup = connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let mut keys = HashMap::new();
        for (code, syms) in (first..=last).zip(map.keysyms.chunks(usize::from(map.keysyms_per_keycode.max(1)))) {
            for (column, sym) in syms.iter().take(2).enumerate() {
                keys.entry(*sym).or_insert((code, column == 1));
            }
        }
        Ok(Self { keys })
    }

    fn find(&self, name: &str) -> Result<(u8, bool), ScreenError> {
        let mut characters = name.chars();
        let sym = match (characters.next(), characters.next()) {
            // Latin-1 keysyms are the characters themselves.
            (Some(character), None) if (' '..='~').contains(&character) => Some(u32::from(character)),
            _ if name == "Space" => Some(0x20),
            _ => NAMED.iter().find(|(known, _)| *known == name).map(|(_, sym)| *sym),
        };
        sym.and_then(|sym| self.keys.get(&sym).copied()).ok_or_else(|| ScreenError::Key(name.into()))
    }
}

/// One thing a device reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A key goes down, by its number on the server's keyboard.
    KeyDown(u8),
    /// A key comes up.
    KeyUp(u8),
    /// A button goes down.
    Press(u8),
    /// A button comes up.
    Release(u8),
    /// The pointer moves to a place on the screen.
    Move(u16, u16),
}

/// Events with the time of each, counted from the first.
pub type Gesture = Vec<(Duration, Event)>;

impl Screen {
    /// Puts events into the server now, in one go.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn send(&self, events: &[Event]) -> Result<(), ScreenError> {
        for event in events {
            let (kind, detail, x, y) = match *event {
                Event::KeyDown(key) => (KEY_PRESS_EVENT, key, 0, 0),
                Event::KeyUp(key) => (KEY_RELEASE_EVENT, key, 0, 0),
                Event::Press(button) => (BUTTON_PRESS_EVENT, button, 0, 0),
                Event::Release(button) => (BUTTON_RELEASE_EVENT, button, 0, 0),
                Event::Move(x, y) => (MOTION_NOTIFY_EVENT, 0, x as i16, y as i16),
            };
            xtest::fake_input(&self.connection, kind, detail, x11rb::CURRENT_TIME, self.root, x, y, 0)?;
        }
        self.connection.flush()?;
        Ok(())
    }

    /// The events of one stroke of a key: a printable character ("n", "?"), or a name ("Down", "Space", "Page_Down",
    /// "Escape"). Shift is held where the keyboard asks for it.
    ///
    /// # Errors
    /// [`ScreenError::Key`] when the keyboard has no such key.
    pub fn stroke(&self, name: &str) -> Result<Vec<Event>, ScreenError> {
        let (key, shifted) = self.keyboard.find(name)?;
        let mut events = vec![Event::KeyDown(key), Event::KeyUp(key)];
        if shifted {
            let (shift, _) = self.keyboard.find("Shift_L")?;
            events.insert(0, Event::KeyDown(shift));
            events.push(Event::KeyUp(shift));
        }
        Ok(events)
    }

    /// Presses and releases a key.
    ///
    /// # Errors
    /// As [`Screen::stroke`].
    pub fn key(&self, name: &str) -> Result<(), ScreenError> {
        self.send(&self.stroke(name)?)
    }

    /// Holds a key down until [`Screen::key_up`].
    ///
    /// # Errors
    /// As [`Screen::stroke`].
    pub fn key_down(&self, name: &str) -> Result<(), ScreenError> {
        self.send(&[Event::KeyDown(self.keyboard.find(name)?.0)])
    }

    /// Lets a key go.
    ///
    /// # Errors
    /// As [`Screen::stroke`].
    pub fn key_up(&self, name: &str) -> Result<(), ScreenError> {
        self.send(&[Event::KeyUp(self.keyboard.find(name)?.0)])
    }

    /// Moves the pointer.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn point(&self, (x, y): (u16, u16)) -> Result<(), ScreenError> {
        self.send(&[Event::Move(x, y)])
    }

    /// Moves the pointer to a place and clicks there with `button` (see [`LEFT_BUTTON`], [`WHEEL_DOWN`]).
    ///
    /// # Errors
    /// When the server is gone.
    pub fn click(&self, button: u8, (x, y): (u16, u16)) -> Result<(), ScreenError> {
        self.send(&[Event::Move(x, y), Event::Press(button), Event::Release(button)])
    }

    /// Plays a gesture in its own time and returns when its last event is in.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn perform(&self, gesture: &[(Duration, Event)]) -> Result<(), ScreenError> {
        let start = std::time::Instant::now();
        for (at, event) in gesture {
            std::thread::sleep(at.saturating_sub(start.elapsed()));
            self.send(&[*event])?;
        }
        Ok(())
    }
}

/// A drag with the left button: down at `from`, moved in `steps` even steps over `time`, up at `to`.
pub fn drag(from: (u16, u16), to: (u16, u16), steps: u32, time: Duration) -> Gesture {
    let steps = steps.max(1);
    let between = |a: u16, b: u16, step: u32| {
        let (a, b) = (f64::from(a), f64::from(b));
        (a + (b - a) * f64::from(step) / f64::from(steps)).round() as u16
    };
    let mut gesture = vec![(Duration::ZERO, Event::Move(from.0, from.1)), (Duration::ZERO, Event::Press(LEFT_BUTTON))];
    gesture.extend(
        (1..=steps)
            .map(|step| (time * step / steps, Event::Move(between(from.0, to.0, step), between(from.1, to.1, step)))),
    );
    gesture.push((time, Event::Release(LEFT_BUTTON)));
    gesture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_starts_pressed_ends_released_and_is_even() {
        let gesture = drag((100, 700), (100, 400), 3, Duration::from_millis(90));
        assert_eq!(gesture[1].1, Event::Press(LEFT_BUTTON));
        assert_eq!(gesture[3], (Duration::from_millis(60), Event::Move(100, 500)));
        assert_eq!(gesture.last(), Some(&(Duration::from_millis(90), Event::Release(LEFT_BUTTON))));
    }
}
