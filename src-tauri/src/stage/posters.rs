//! Stills for the cards, read and scaled off the GTK thread.

use gtk::cairo::{Format, ImageSurface};
use gtk::gdk_pixbuf::Pixbuf;
use gtk::glib;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Stills are kept at most this wide: they stand for a moment only.
const WIDTH: i32 = 540;

/// The stills of the cards around the viewer.
#[derive(Default)]
pub(super) struct Posters {
    /// `None`: being read.
    read: HashMap<PathBuf, Option<ImageSurface>>,
}

/// Pixels as cairo wants them.
struct Pixels {
    width: i32,
    height: i32,
    stride: i32,
    data: Vec<u8>,
}

impl Posters {
    pub(super) fn get(&self, path: &Path) -> Option<&ImageSurface> {
        self.read.get(path)?.as_ref()
    }

    /// Reads what is missing and forgets what is not wanted any more. What could not be read is tried again when it is
    /// wanted anew: a still may have been decoded meanwhile.
    pub(super) fn want(&mut self, wanted: &[PathBuf]) {
        self.read.retain(|path, _| wanted.contains(path));
        for path in wanted {
            if self.read.contains_key(path) {
                continue;
            }
            self.read.insert(path.clone(), None);
            let path = path.clone();
            let started = std::thread::Builder::new().name("poster".into()).spawn(move || {
                let pixels = read(&path);
                glib::MainContext::default().invoke(move || {
                    super::linux::put_poster(path, pixels.and_then(surface));
                });
            });
            if let Err(e) = started {
                tracing::warn!("a poster could not be read: {e}");
            }
        }
    }

    pub(super) fn put(&mut self, path: PathBuf, surface: Option<ImageSurface>) {
        match surface {
            Some(surface) if self.read.contains_key(&path) => drop(self.read.insert(path, Some(surface))),
            _ => drop(self.read.remove(&path)),
        }
    }
}

fn read(path: &Path) -> Option<Pixels> {
    let picture = Pixbuf::from_file_at_scale(path, WIDTH, -1, true)
        .inspect_err(|e| tracing::info!("the still {} could not be read: {e}", path.display()))
        .ok()?;
    let (width, height, channels) = (picture.width(), picture.height(), picture.n_channels() as usize);
    let bytes = picture.read_pixel_bytes();
    let stride = Format::Rgb24.stride_for_width(u32::try_from(width).ok()?).ok()?;
    let mut data = vec![0; usize::try_from(stride).ok()? * usize::try_from(height).ok()?];
    let rows = bytes.chunks(usize::try_from(picture.rowstride()).ok()?);
    for (to, from) in data.chunks_mut(stride as usize).zip(rows) {
        for (to, from) in to.chunks_mut(4).zip(from.chunks(channels)).take(width as usize) {
            if let ([blue, green, red, _], [r, g, b, ..]) = (to, from) {
                (*blue, *green, *red) = (*b, *g, *r);
            }
        }
    }
    Some(Pixels { width, height, stride, data })
}

fn surface(pixels: Pixels) -> Option<ImageSurface> {
    ImageSurface::create_for_data(pixels.data, Format::Rgb24, pixels.width, pixels.height, pixels.stride).ok()
}
