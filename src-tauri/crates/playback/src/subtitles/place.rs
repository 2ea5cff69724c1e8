//! Where a cue stands: numeric-keypad alignment and anchors turned into a [`CuePosition`].
//!
//! A [`CuePosition`] counts from the top of the picture to the top of the text. Formats also anchor the text's middle or
//! bottom, so the text's height enters, estimated from its own line breaks.

use model::{CueAlign, CuePosition};

/// Height of a line, in percent of the picture: fifteen lines in the middle four fifths, the grid that WebVTT's default
/// font size of 5.33 percent takes from television captions.
pub(super) const LINE_PERCENT: f64 = 80.0 / 15.0;

/// Where text stands that is aligned to the top: outside of the outermost twentieth, which television keeps clear.
pub(super) const TOP_PERCENT: f64 = 5.0;

/// Alignment as on a numeric keypad: 1 to 3 at the bottom, 4 to 6 in the middle, 7 to 9 at the top, each from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keypad(u8);

impl Keypad {
    /// Bottom centre, where subtitles stand that say nothing.
    pub(super) const BOTTOM: Keypad = Keypad(2);

    /// From the number of `\an` and of a V4+ style.
    pub(super) fn new(number: u8) -> Option<Keypad> {
        (1..=9).contains(&number).then_some(Keypad(number))
    }

    /// From the number of `\a` and of a V4 style: 1 to 3 at the bottom, plus 4 at the top, plus 8 in the middle.
    pub(super) fn from_ssa(number: u8) -> Option<Keypad> {
        match number {
            1..=3 => Some(Keypad(number)),
            5..=7 => Some(Keypad(number + 2)),
            9..=11 => Some(Keypad(number - 5)),
            _ => None,
        }
    }

    fn align(self) -> CueAlign {
        match self.0 % 3 {
            1 => CueAlign::Start,
            2 => CueAlign::Center,
            _ => CueAlign::End,
        }
    }

    /// Which part of the text's height lies above its anchor: 0 at the top, 1 at the bottom.
    fn above_anchor(self) -> f64 {
        match self.0 {
            7..=9 => 0.0,
            4..=6 => 0.5,
            _ => 1.0,
        }
    }

    /// The place of `lines` lines that have no anchor of their own.
    pub(super) fn place(self, lines: usize) -> CuePosition {
        let line_percent = match self.0 {
            7..=9 => Some(TOP_PERCENT),
            4..=6 => Some(percent(50.0 - height(lines) / 2.0)),
            _ => None,
        };
        CuePosition { line_percent, position_percent: None, align: self.align() }
    }

    /// The place of `lines` lines whose anchor stands at a point of the picture, in percent.
    pub(super) fn place_at(self, x: f64, y: f64, lines: usize) -> CuePosition {
        CuePosition {
            line_percent: Some(percent(y - self.above_anchor() * height(lines))),
            position_percent: Some(percent(x)),
            align: self.align(),
        }
    }
}

/// Height of some lines in percent of the picture.
pub(super) fn height(lines: usize) -> f64 {
    lines.max(1) as f64 * LINE_PERCENT
}

/// Kept within the picture.
pub(super) fn percent(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 100.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keypad_names_nine_places() {
        let rows: Vec<_> = (1..=9).filter_map(Keypad::new).map(|key| key.place(1)).collect();
        assert!(rows[..3].iter().all(|place| place.line_percent.is_none()));
        assert!(rows[3..6].iter().all(|place| place.line_percent.is_some_and(|y| y > 40.0 && y < 50.0)));
        assert!(rows[6..].iter().all(|place| place.line_percent == Some(TOP_PERCENT)));
        let aligns = [CueAlign::Start, CueAlign::Center, CueAlign::End];
        assert!(rows.iter().zip(aligns.iter().cycle()).all(|(place, align)| place.align == *align));
        assert!(Keypad::new(0).is_none() && Keypad::new(10).is_none());
    }

    #[test]
    fn the_older_numbering_maps_to_the_keypad() {
        assert_eq!(Keypad::from_ssa(2), Keypad::new(2));
        assert_eq!(Keypad::from_ssa(6), Keypad::new(8));
        assert_eq!(Keypad::from_ssa(10), Keypad::new(5));
        assert_eq!(Keypad::from_ssa(4), None);
        assert_eq!(Keypad::from_ssa(8), None);
    }

    #[test]
    fn an_anchor_at_the_bottom_of_the_text_lifts_it_by_its_height() {
        let one = Keypad::BOTTOM.place_at(50.0, 80.0, 1);
        let two = Keypad::BOTTOM.place_at(50.0, 80.0, 2);
        assert_eq!(one.line_percent, Some(80.0 - LINE_PERCENT));
        assert_eq!(two.line_percent, Some(80.0 - 2.0 * LINE_PERCENT));
        assert_eq!(Keypad::BOTTOM.place_at(f64::NAN, -5.0, 1).line_percent, Some(0.0));
    }
}
