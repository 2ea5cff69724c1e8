//! A rectangle of pixels taken from the screen: reading one, comparing two, writing a PNG.

use std::{fs::File, io::BufWriter, path::Path};

use super::ScreenError;

/// Red, green and blue, 0 to 255 each.
pub type Rgb = [u8; 3];

/// Pixels taken from the screen at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u16,
    height: u16,
    bgrx: Vec<u8>,
}

impl Picture {
    /// A picture of four bytes a pixel, blue first, as an X server sends it. Missing bytes become black.
    pub fn from_bgrx(width: u16, height: u16, mut bgrx: Vec<u8>) -> Self {
        bgrx.resize(usize::from(width) * usize::from(height) * 4, 0);
        Self { width, height, bgrx }
    }

    /// Width in pixels.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// The pixel at `x`, `y`; black outside of the picture.
    pub fn rgb(&self, x: u16, y: u16) -> Rgb {
        if x >= self.width || y >= self.height {
            return [0; 3];
        }
        let at = (usize::from(y) * usize::from(self.width) + usize::from(x)) * 4;
        [self.bgrx[at + 2], self.bgrx[at + 1], self.bgrx[at]]
    }

    /// How many pixels differ from `other` by more than `least` in some channel, as a share from 0 to 1.
    /// Pictures of different sizes differ wholly.
    pub fn difference(&self, other: &Self, least: u8) -> f64 {
        if (self.width, self.height) != (other.width, other.height) || self.bgrx.is_empty() {
            return 1.0;
        }
        let differs = |(a, b): &(&[u8; 4], &[u8; 4])| (0..3).any(|i| a[i].abs_diff(b[i]) > least);
        let (mine, _) = self.bgrx.as_chunks::<4>();
        let (theirs, _) = other.bgrx.as_chunks::<4>();
        let count = mine.iter().zip(theirs).filter(differs).count();
        count as f64 / mine.len() as f64
    }

    /// Writes the picture as an RGB PNG.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_png(&self, path: &Path) -> Result<(), ScreenError> {
        let file =
            File::create(path).map_err(|source| ScreenError::File { path: path.display().to_string(), source })?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), u32::from(self.width), u32::from(self.height));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let (pixels, _) = self.bgrx.as_chunks::<4>();
        let rgb: Vec<u8> = pixels.iter().flat_map(|p| [p[2], p[1], p[0]]).collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&rgb)?;
        writer.finish()?;
        Ok(())
    }
}

/// Whether `pixel` has the hue of `colour`, also where a shade or a gradient over the picture darkens it.
///
/// Both are scaled to their largest channel first, which undoes darkening by black; nearly black pixels have no hue and
/// match nothing.
pub fn same_hue(pixel: Rgb, colour: Rgb) -> bool {
    /// Below this the hue is noise. The player's shade at its darkest leaves 15 % of a stripe's 200, which is 30.
    const DARKEST: u8 = 24;
    /// Chroma subsampling and limited range move a channel by up to a tenth; the stripes are at least 0.4 apart.
    const TOLERANCE: f32 = 0.2;
    let (most, reference) = (pixel.into_iter().max().unwrap_or(0), colour.into_iter().max().unwrap_or(0));
    if most < DARKEST || reference == 0 {
        return false;
    }
    pixel
        .into_iter()
        .zip(colour)
        .all(|(p, c)| (f32::from(p) / f32::from(most) - f32::from(c) / f32::from(reference)).abs() < TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_darkened_pixel_keeps_its_hue_and_a_near_black_one_has_none() {
        let blue = [30, 30, 200];
        assert!(same_hue([30, 30, 200], blue));
        assert!(same_hue([5, 5, 31], blue));
        assert!(!same_hue([8, 8, 11], blue));
        assert!(!same_hue([200, 30, 200], blue));
        assert!(!same_hue([255, 255, 255], blue));
    }

    #[test]
    fn difference_counts_only_pixels_beyond_the_threshold() {
        let a = Picture::from_bgrx(2, 1, vec![0, 0, 0, 0, 10, 10, 10, 0]);
        let b = Picture::from_bgrx(2, 1, vec![0, 0, 0, 0, 10, 90, 10, 0]);
        assert!((a.difference(&b, 40) - 0.5).abs() < 1e-9);
        assert!(a.difference(&b, 100).abs() < 1e-9);
        assert!((a.difference(&Picture::from_bgrx(1, 1, vec![0; 4]), 0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_saved_picture_is_a_png_of_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        Picture::from_bgrx(3, 2, vec![9; 24]).save_png(&path).unwrap();
        let reader = png::Decoder::new(std::io::BufReader::new(File::open(path).unwrap())).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (3, 2));
    }
}
