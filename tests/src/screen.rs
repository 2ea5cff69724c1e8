//! The screen as a person meets it: real pixels out of an X server, real input events into it.
//!
//! Nothing here knows how a player works inside. Pixels come from `GetImage` on the root window, and keys, wheel and
//! pointer go in through XTEST, so whatever is measured or asserted with it holds for the person in front of the screen.

pub mod cost;
pub mod input;
pub mod picture;
pub mod player;
pub mod stage;
pub mod swipe;
pub mod xvfb;

use std::{
    io, thread,
    time::{Duration, Instant},
};

use x11rb::{
    connection::Connection,
    protocol::xproto::{
        AtomEnum, ConfigureWindowAux, ConnectionExt, ImageFormat, ImageOrder, InputFocus, MapState, StackMode, Window,
    },
    rust_connection::RustConnection,
};

use self::{input::Keyboard, picture::Picture};

/// How long [`Screen::wait_until`] lets pass between two looks at the screen: a quarter of a refresh at 60 Hz.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// What can go wrong between a program and the screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// A program could not be started at all.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program as it was called.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program that had been started ended before it was asked to.
    #[error("{program} ended by itself ({status})")]
    Ended {
        /// The program as it was called.
        program: String,
        /// Its exit status in words.
        status: String,
    },
    /// Something that was waited for did not come.
    #[error("{what}: not on the screen within {after:?}")]
    Deadline {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// The X server could not be reached.
    #[error("cannot connect to the X server: {0}")]
    Connect(#[from] x11rb::errors::ConnectError),
    /// The connection to the X server broke.
    #[error("lost the X server: {0}")]
    Connection(#[from] x11rb::errors::ConnectionError),
    /// The X server refused a request.
    #[error("the X server refused a request: {0}")]
    Reply(#[from] x11rb::errors::ReplyError),
    /// The screen's pixels are laid out in a way that is not read here.
    #[error("the screen must have 32 bits a pixel, least significant byte first; it has {bits} bits")]
    Format {
        /// Bits per pixel at the root window's depth.
        bits: u8,
    },
    /// The keyboard has no such key.
    #[error("no key for {0:?} on this keyboard")]
    Key(String),
    /// A file could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A picture could not be encoded.
    #[error("cannot encode the picture: {0}")]
    Png(#[from] png::EncodingError),
    /// The measurement was asked for something that cannot be.
    #[error("{0}")]
    Plan(String),
}

/// A rectangle of the screen, in pixels from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Rect {
    /// Left edge.
    pub x: u16,
    /// Top edge.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

impl Rect {
    /// A rectangle from its left, top, width and height.
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The point in the middle.
    pub const fn middle(self) -> (u16, u16) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// A connection to one X screen.
pub struct Screen {
    connection: RustConnection,
    root: Window,
    size: (u16, u16),
    keyboard: Keyboard,
}

impl Screen {
    /// Connects to `display` (":99"), or to the one that `DISPLAY` names.
    ///
    /// # Errors
    /// When there is no such server, or its pixels are not 32 bits each.
    pub fn connect(display: Option<&str>) -> Result<Self, ScreenError> {
        let (connection, number) = x11rb::connect(display)?;
        let setup = connection.setup();
        let screen = &setup.roots[number];
        let (root, depth) = (screen.root, screen.root_depth);
        let size = (screen.width_in_pixels, screen.height_in_pixels);
        let bits = setup.pixmap_formats.iter().find(|format| format.depth == depth).map_or(0, |f| f.bits_per_pixel);
        if bits != 32 || setup.image_byte_order != ImageOrder::LSB_FIRST {
            return Err(ScreenError::Format { bits });
        }
        let keyboard = Keyboard::read(&connection)?;
        Ok(Self { connection, root, size, keyboard })
    }

    /// Width and height of the screen in pixels.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The whole screen as a rectangle.
    pub fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    /// The pixels of `area` as they are now.
    ///
    /// # Errors
    /// When the area is not wholly on the screen, or the server is gone.
    pub fn grab(&self, area: Rect) -> Result<Picture, ScreenError> {
        let mut pictures = self.grab_each(&[area])?;
        pictures.pop().ok_or_else(|| ScreenError::Plan("the X server sent no picture".into()))
    }

    /// The pixels of several areas, asked for in one go so that they belong to nearly the same moment.
    ///
    /// # Errors
    /// As [`Screen::grab`].
    pub fn grab_each(&self, areas: &[Rect]) -> Result<Vec<Picture>, ScreenError> {
        let mut cookies = Vec::with_capacity(areas.len());
        for area in areas {
            let (x, y) = (area.x as i16, area.y as i16);
            cookies.push(self.connection.get_image(
                ImageFormat::Z_PIXMAP,
                self.root,
                x,
                y,
                area.width,
                area.height,
                u32::MAX,
            )?);
        }
        cookies
            .into_iter()
            .zip(areas)
            .map(|(cookie, area)| Ok(Picture::from_bgrx(area.width, area.height, cookie.reply()?.data)))
            .collect()
    }

    /// Looks at `area` again and again until `probe` finds what it wants, and gives back what it found.
    ///
    /// # Errors
    /// [`ScreenError::Deadline`] with `what` when it does not come within `after`.
    pub fn wait_until<T>(
        &self,
        what: &str,
        after: Duration,
        area: Rect,
        mut probe: impl FnMut(&Picture) -> Option<T>,
    ) -> Result<T, ScreenError> {
        let start = Instant::now();
        loop {
            if let Some(found) = probe(&self.grab(area)?) {
                return Ok(found);
            }
            if start.elapsed() > after {
                return Err(ScreenError::Deadline { what: what.into(), after });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The largest window that is shown: without a window manager, the program's own main window.
    ///
    /// # Errors
    /// When the server is gone. No window at all is `None`.
    pub fn main_window(&self) -> Result<Option<Window>, ScreenError> {
        let mut best = None;
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            // A window may go away between the two questions; that is no error.
            let Ok(attributes) = self.connection.get_window_attributes(window)?.reply() else { continue };
            let Ok(shape) = self.connection.get_geometry(window)?.reply() else { continue };
            let area = u32::from(shape.width) * u32::from(shape.height);
            if attributes.map_state == MapState::VIEWABLE && area > 64 * 64 && best.is_none_or(|(most, _)| area > most)
            {
                best = Some((area, window));
            }
        }
        Ok(best.map(|(_, window)| window))
    }

    /// Puts a window where a window manager would: at `area`, on top, with the keyboard's focus.
    ///
    /// # Errors
    /// When the window is gone or the server is.
    pub fn place(&self, window: Window, area: Rect) -> Result<(), ScreenError> {
        let shape = ConfigureWindowAux::new()
            .x(i32::from(area.x))
            .y(i32::from(area.y))
            .width(u32::from(area.width))
            .height(u32::from(area.height))
            .stack_mode(StackMode::ABOVE);
        self.connection.configure_window(window, &shape)?.check()?;
        self.connection.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// The title of a window, empty when it has none.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn title(&self, window: Window) -> Result<String, ScreenError> {
        let name = self
            .connection
            .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?
            .reply()
            .map(|property| property.value);
        Ok(name.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
    }
}
