//! Where a player shows its episode, and which one: found by the coloured stripe of the measuring clips.
//!
//! The clips (`tests/bench/make-clips.sh`) carry a stripe along the left edge in the episode's own colour, and one along
//! the right edge that flips between white and black with every frame. The first tells *which* episode is on the screen
//! and from which row on, the second whether it *moves*.

use super::{
    Rect, Screen, ScreenError,
    picture::{Picture, Rgb, same_hue},
};

/// The stripes' colours in the order of the episodes, repeated. The same list is in `make-clips.sh`.
///
/// Saturated hues far from each other and from the player's own colours (ember, gold and jade), so that a progress bar
/// over the stripe is never taken for an episode.
pub const PALETTE: [Rgb; 6] =
    [[30, 200, 30], [30, 30, 200], [200, 200, 30], [200, 30, 200], [30, 200, 200], [115, 30, 200]];

/// Rows between two looks when the stripe is searched for.
const ROW_STEP: u16 = 8;
/// A stripe must be found on this many of the rows looked at (320 pixels): test pictures have bars of the same colours.
const FEWEST_ROWS: usize = 40;

/// A player's stage on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Stage {
    /// A column inside the left, coloured stripe.
    pub left: u16,
    /// A column inside the right, flickering stripe.
    pub right: u16,
    /// The first row of the picture.
    pub top: u16,
    /// How many rows the picture has.
    pub height: u16,
}

impl Stage {
    /// The stage as large as the window that it fills, where it was found at less because a bar or a shade lay over an
    /// end of the stripe. A stage that is much smaller than the window is left as it is.
    pub fn fill(self, window: Rect) -> Self {
        let inside = self.top >= window.y && self.top + self.height <= window.y + window.height;
        if !inside || u32::from(self.height) * 10 < u32::from(window.height) * 7 {
            return self;
        }
        let right = window.x + (u32::from(window.width) * 9 / 10) as u16;
        Self { left: self.left, right, top: window.y, height: window.height }
    }

    /// The left stripe as one column of pixels.
    pub fn left_column(&self) -> Rect {
        Rect::new(self.left, self.top, 1, self.height)
    }

    /// The right stripe as one column of pixels.
    pub fn right_column(&self) -> Rect {
        Rect::new(self.right, self.top, 1, self.height)
    }

    /// A point on the stage: `across` and `down` from 0 to 1.
    pub fn point(&self, across: f64, down: f64) -> (u16, u16) {
        let width = f64::from(self.height) * 9.0 / 16.0;
        let x = f64::from(self.left.saturating_sub(4)) + width * across;
        let y = f64::from(self.top) + f64::from(self.height) * down;
        (x.round() as u16, y.round() as u16)
    }

    /// The colour (an index of [`PALETTE`]) that most of the left stripe's middle half has, if any.
    pub fn episode(&self, left_column: &Picture) -> Option<usize> {
        let rows = self.height / 4..self.height * 3 / 4;
        let enough = rows.len() * 2 / 3;
        PALETTE.iter().position(|c| rows.clone().filter(|y| same_hue(left_column.rgb(0, *y), *c)).count() > enough)
    }

    /// The colour that is on the screen now.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn current(&self, screen: &Screen) -> Result<Option<usize>, ScreenError> {
        Ok(self.episode(&screen.grab(self.left_column())?))
    }
}

/// Searches the whole screen for an episode. Gives its colour (an index of [`PALETTE`]) and where it is.
///
/// # Errors
/// When the server is gone. No episode is `None`.
pub fn find(screen: &Screen) -> Result<Option<(usize, Stage)>, ScreenError> {
    let (width, height) = screen.size();
    let rows: Vec<Rect> = (0..height).step_by(usize::from(ROW_STEP)).map(|y| Rect::new(0, y, width, 1)).collect();
    let pictures = screen.grab_each(&rows)?;
    let count = |x: u16, colour: Rgb| pictures.iter().filter(|row| same_hue(row.rgb(x, 0), colour)).count();
    let mut best: Option<(usize, u16, usize)> = None;
    for x in (2..width).step_by(6) {
        for (index, colour) in PALETTE.iter().enumerate() {
            let rows = count(x, *colour);
            if rows >= FEWEST_ROWS && best.is_none_or(|(_, _, most)| rows > most) {
                best = Some((index, x, rows));
            }
        }
    }
    let Some((index, x, rows)) = best else { return Ok(None) };
    // The stripe's left edge, then its exact extent along a column that is safely inside.
    let edge = (0..=x).rev().take_while(|x| count(*x, PALETTE[index]) * 10 >= rows * 9).last().unwrap_or(x);
    let left = edge + 4;
    let column = screen.grab(Rect::new(left, 0, 1, height))?;
    let mut lit = (0..height).filter(|y| same_hue(column.rgb(0, *y), PALETTE[index]));
    let Some(top) = lit.next() else { return Ok(None) };
    let extent = lit.next_back().unwrap_or(top) - top + 1;
    // 0.9 of the width of a 9:16 picture lies in the middle of the right stripe, which is its last 15 %.
    let right = (u32::from(edge) + u32::from(extent) * 9 * 9 / (16 * 10)).min(u32::from(width) - 1) as u16;
    Ok(Some((index, Stage { left, right, top, height: extent })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(rows: &[Rgb]) -> Picture {
        Picture::from_bgrx(1, rows.len() as u16, rows.iter().flat_map(|c| [c[2], c[1], c[0], 0]).collect())
    }

    #[test]
    fn the_palette_tells_every_colour_from_every_other_and_from_the_players_own() {
        let ours: [Rgb; 3] = [[0xff, 0x5a, 0x4a], [0xff, 0xc4, 0x6b], [0x59, 0xd6, 0xa4]];
        for (i, colour) in PALETTE.iter().enumerate() {
            let matches: Vec<usize> = (0..PALETTE.len()).filter(|j| same_hue(*colour, PALETTE[*j])).collect();
            assert_eq!(matches, [i]);
            assert!(ours.iter().all(|own| !same_hue(*own, *colour)), "{colour:?} is like one of the player's");
        }
    }

    #[test]
    fn a_stage_with_a_covered_end_fills_its_window_and_a_small_one_does_not() {
        let window = Rect::new(0, 0, 540, 960);
        let covered = Stage { left: 4, right: 470, top: 60, height: 880 };
        assert_eq!(covered.fill(window), Stage { left: 4, right: 486, top: 0, height: 960 });
        let small = Stage { left: 200, right: 300, top: 100, height: 400 };
        assert_eq!(small.fill(window), small);
    }

    #[test]
    fn the_episode_is_read_from_the_middle_and_a_half_slid_stage_shows_none() {
        let stage = Stage { left: 4, right: 100, top: 0, height: 40 };
        let mut rows = vec![PALETTE[1]; 40];
        assert_eq!(stage.episode(&column(&rows)), Some(1));
        rows[20..].fill(PALETTE[2]);
        assert_eq!(stage.episode(&column(&rows)), None);
        rows[..5].fill([255; 3]);
        rows[5..].fill(PALETTE[2]);
        assert_eq!(stage.episode(&column(&rows)), Some(2));
    }
}
