//! The settings behind the times of a WebVTT cue, and the place that they mean.
//!
//! WebVTT lays a box of some width at a position and aligns text within it. A [`CuePosition`] names the anchor of the
//! text itself, so the box's edge or middle is worked out here
//! (<https://www.w3.org/TR/webvtt1/#processing-cue-settings>). Regions and vertical text have no counterpart: such cues
//! stand where subtitles usually do.

use model::{CueAlign, CuePosition, CueSpan};

use super::place::{LINE_PERCENT, height, percent};

/// What a cue's settings say. What is malformed or unknown is ignored, setting by setting.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Settings {
    line: Option<Line>,
    line_align: Anchor,
    position: Option<f64>,
    position_align: Option<Anchor>,
    size: Option<f64>,
    align: TextAlign,
    vertical: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    /// Percent of the picture.
    Percent(f64),
    /// Lines from the top, or from the bottom where negative: -1 is the lowest.
    Number(f64),
}

/// Which edge of a box, or its middle, stands at a coordinate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Anchor {
    #[default]
    Start,
    Center,
    End,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum TextAlign {
    /// Where the text's own direction begins.
    Start,
    #[default]
    Center,
    /// Where the text's own direction ends.
    End,
    Left,
    Right,
}

impl Settings {
    /// Reads `line:10%,end position:20% align:start …`.
    pub(super) fn read(text: &str) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in text.split_ascii_whitespace().filter_map(|word| word.split_once(':')) {
            match name {
                "line" => settings.read_line(value),
                "position" => settings.read_position(value),
                "size" => settings.size = percentage(value).or(settings.size),
                "align" => settings.align = text_align(value).unwrap_or(settings.align),
                "vertical" => settings.vertical |= matches!(value, "rl" | "lr"),
                _ => {}
            }
        }
        settings
    }

    fn read_line(&mut self, value: &str) {
        let (value, align) = split_anchor(value);
        let Some(line) = percentage(value).map(Line::Percent).or_else(|| decimal(value).map(Line::Number)) else {
            return;
        };
        self.line = Some(line);
        self.line_align = align.unwrap_or_default();
    }

    fn read_position(&mut self, value: &str) {
        let (value, align) = split_anchor(value);
        if let Some(position) = percentage(value) {
            self.position = Some(position);
            self.position_align = align;
        }
    }

    /// The place of a text of so many lines.
    pub(super) fn place(&self, spans: &[CueSpan], lines: usize) -> CuePosition {
        let align = self.align(spans);
        if self.vertical {
            return CuePosition { align, ..CuePosition::default() };
        }
        CuePosition { line_percent: self.top(lines), position_percent: self.anchor(align), align }
    }

    fn align(&self, spans: &[CueSpan]) -> CueAlign {
        match (self.align, is_right_to_left(spans)) {
            (TextAlign::Center, _) => CueAlign::Center,
            (TextAlign::Left, _) | (TextAlign::Start, false) | (TextAlign::End, true) => CueAlign::Start,
            (TextAlign::Right, _) | (TextAlign::End, false) | (TextAlign::Start, true) => CueAlign::End,
        }
    }

    fn top(&self, lines: usize) -> Option<f64> {
        let height = height(lines);
        match self.line? {
            Line::Percent(line) => Some(percent(match self.line_align {
                Anchor::Start => line,
                Anchor::Center => line - height / 2.0,
                Anchor::End => line - height,
            })),
            Line::Number(line) => {
                let top = if line < 0.0 { 100.0 + line * LINE_PERCENT } else { line * LINE_PERCENT };
                let lowest = 100.0 - height;
                // A line from below that the text needs anyway is the usual place.
                (line >= 0.0 || top < lowest).then(|| percent(top.min(lowest)))
            }
        }
    }

    /// Where the text's anchor stands: the edge or the middle of the box, whichever the text is aligned to.
    fn anchor(&self, align: CueAlign) -> Option<f64> {
        let position = self.position?;
        let box_anchor = self.position_align.unwrap_or(match align {
            CueAlign::Start => Anchor::Start,
            CueAlign::Center => Anchor::Center,
            CueAlign::End => Anchor::End,
        });
        let widest = match box_anchor {
            Anchor::Start => 100.0 - position,
            Anchor::Center => 2.0 * position.min(100.0 - position),
            Anchor::End => position,
        };
        let width = self.size.unwrap_or(100.0).min(widest);
        let left = match box_anchor {
            Anchor::Start => position,
            Anchor::Center => position - width / 2.0,
            Anchor::End => position - width,
        };
        Some(percent(match align {
            CueAlign::Start => left,
            CueAlign::Center => left + width / 2.0,
            CueAlign::End => left + width,
        }))
    }
}

/// Parts `42%,end`. A word that is no anchor is left out, as early drafts and later ones differ in the words.
fn split_anchor(value: &str) -> (&str, Option<Anchor>) {
    let Some((value, word)) = value.split_once(',') else { return (value, None) };
    let anchor = match word {
        "start" | "line-left" => Some(Anchor::Start),
        "center" | "middle" => Some(Anchor::Center),
        "end" | "line-right" => Some(Anchor::End),
        _ => None,
    };
    (value, anchor)
}

fn text_align(value: &str) -> Option<TextAlign> {
    match value {
        "start" => Some(TextAlign::Start),
        "center" | "middle" => Some(TextAlign::Center),
        "end" => Some(TextAlign::End),
        "left" => Some(TextAlign::Left),
        "right" => Some(TextAlign::Right),
        _ => None,
    }
}

fn percentage(value: &str) -> Option<f64> {
    decimal(value.strip_suffix('%')?).filter(|number| (0.0..=100.0).contains(number))
}

/// Digits, at most one dot, and a minus only in front.
fn decimal(value: &str) -> Option<f64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let plain =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    value.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// The first letter that has a direction decides: Hebrew, Arabic and the scripts beside them run from the right.
fn is_right_to_left(spans: &[CueSpan]) -> bool {
    let first = spans.iter().flat_map(|span| span.text.chars()).find(|c| c.is_alphabetic());
    first.is_some_and(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(settings: &str, lines: usize) -> CuePosition {
        Settings::read(settings).place(&[], lines)
    }

    #[test]
    fn a_line_in_percent_counts_to_the_edge_that_it_names() {
        assert_eq!(place("line:42%", 2).line_percent, Some(42.0));
        assert_eq!(place("line:42%,center", 2).line_percent, Some(42.0 - LINE_PERCENT));
        assert_eq!(place("line:42%,end", 2).line_percent, Some(42.0 - 2.0 * LINE_PERCENT));
        assert_eq!(place("line:0%,end", 2).line_percent, Some(0.0));
    }

    #[test]
    fn a_line_number_counts_lines_from_either_side() {
        assert_eq!(place("line:0", 1).line_percent, Some(0.0));
        assert_eq!(place("line:-0000", 1).line_percent, Some(0.0));
        assert_eq!(place("line:3", 1).line_percent, Some(3.0 * LINE_PERCENT));
        assert_eq!(place("line:500", 1).line_percent, Some(100.0 - LINE_PERCENT));
        assert_eq!(place("line:-4", 1).line_percent, Some(100.0 - 4.0 * LINE_PERCENT));
        assert_eq!(place("line:-1", 1).line_percent, None);
        assert_eq!(place("line:-2", 2).line_percent, None);
    }

    #[test]
    fn the_anchor_of_the_text_follows_from_the_box() {
        assert_eq!(place("position:42%", 1).position_percent, Some(42.0));
        assert_eq!(place("position:42%,start", 1).position_percent, Some(71.0));
        let aside = place("position:60%,end align:start size:35%", 1);
        assert_eq!((aside.position_percent, aside.align), (Some(25.0), CueAlign::Start));
        assert_eq!(place("size:35%", 1).position_percent, None);
    }

    #[test]
    fn malformed_settings_change_nothing() {
        for text in
            ["line:", "line:20-10", "line:101%", "line:-5%", "line;42%", "position:10", "position: 42%", "size :4%"]
        {
            assert_eq!(place(text, 1), CuePosition::default(), "{text}");
        }
        for text in ["align:START", "align:", "align ;end", "vertical:rl line:10% position:10%", "line:inf", "line:1e3"]
        {
            assert_eq!(place(text, 1), CuePosition::default(), "{text}");
        }
    }

    #[test]
    fn start_is_at_the_right_for_text_from_the_right() {
        let arabic = [CueSpan { text: "\u{200f}- مرحبا".into(), ..CueSpan::default() }];
        assert_eq!(Settings::read("align:start").place(&arabic, 1).align, CueAlign::End);
        assert_eq!(Settings::read("align:left").place(&arabic, 1).align, CueAlign::Start);
        assert_eq!(Settings::read("align:end").place(&[], 1).align, CueAlign::End);
    }
}
