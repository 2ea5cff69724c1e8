//! SubRip, the format without a specification.
//!
//! A cue is what stands between one line with times and the next, so that blank lines within a text and missing
//! sequence numbers do no harm. The text of a cue whose times cannot be read is left out.

use model::Cue;

use super::SubtitleError;
use super::collect::Cues;
use super::markup::{self, Dialect};
use super::overrides::DEFAULT_RESOLUTION;
use super::place::Keypad;
use super::settings::Settings;
use super::styled::push_line;
use super::timing::{Line, lines, timing_line};

/// Reads a SubRip file.
///
/// # Errors
/// [`SubtitleError::Empty`] without a cue, [`SubtitleError::TooLarge`] beyond [`super::MAX_CUES`].
pub fn parse(text: &str) -> Result<Vec<Cue>, SubtitleError> {
    let mut cues = Cues::default();
    let mut open: Option<Open> = None;
    let mut timings = 0;
    for line in lines(text) {
        match timing_line(line) {
            Line::Timing { start_ms, end_ms, settings } => {
                timings += 1;
                if let Some(open) = open.replace(Open::new(start_ms, end_ms, settings, timings)) {
                    cues.push(open.finish())?;
                }
            }
            Line::Broken => {
                timings += 1;
                if let Some(open) = open.take() {
                    cues.push(open.finish())?;
                }
            }
            Line::Text => {
                if let Some(open) = &mut open {
                    open.push(line);
                }
            }
        }
    }
    if let Some(mut open) = open {
        open.at_end = true;
        cues.push(open.finish())?;
    }
    cues.sorted()
}

/// A cue from the text of one event. VTT settings behind the times are honoured, as files without a header have them.
pub(super) fn cue(text: &str, settings: &str, start_ms: u64, end_ms: u64) -> Cue {
    let marked = markup::read(text, Dialect::SubRip);
    let position = match (marked.at, marked.keypad) {
        (Some((x, y)), keypad) => {
            let (width, height) = DEFAULT_RESOLUTION;
            keypad.unwrap_or(Keypad::BOTTOM).place_at(x / width * 100.0, y / height * 100.0, marked.lines)
        }
        (None, Some(keypad)) => keypad.place(marked.lines),
        (None, None) => Settings::read(settings).place(&marked.spans, marked.lines),
    };
    Cue { start_ms, end_ms, spans: marked.spans, position }
}

/// A cue whose text is still being read.
struct Open<'a> {
    start_ms: u64,
    end_ms: u64,
    settings: &'a str,
    text: String,
    /// The last line that is not blank; it may be the next cue's sequence number.
    last: Option<&'a str>,
    /// A blank line followed on `last`.
    blank_after: bool,
    /// The sequence number that the next cue should have.
    next_number: usize,
    at_end: bool,
}

impl<'a> Open<'a> {
    fn new(start_ms: u64, end_ms: u64, settings: &'a str, timings: usize) -> Open<'a> {
        let (text, next_number) = (String::new(), timings + 1);
        Open { start_ms, end_ms, settings, text, last: None, blank_after: false, next_number, at_end: false }
    }

    fn push(&mut self, line: &'a str) {
        if line.trim().is_empty() {
            self.blank_after = true;
            return;
        }
        if let Some(last) = self.last.replace(line) {
            push_line(&mut self.text, last);
        }
        self.blank_after = false;
    }

    fn finish(mut self) -> Cue {
        if let Some(last) = self.last.filter(|last| !self.is_next_number(last)) {
            push_line(&mut self.text, last);
        }
        cue(&self.text, self.settings, self.start_ms, self.end_ms)
    }

    /// A number directly above the next times, or the very number that is due.
    fn is_next_number(&self, line: &str) -> bool {
        let line = line.trim();
        let directly_above = !self.blank_after && !self.at_end;
        line.bytes().all(|b| b.is_ascii_digit()) && (directly_above || line.parse() == Ok(self.next_number))
    }
}

#[cfg(test)]
mod tests {
    use model::CueAlign;

    use super::*;

    fn texts(file: &str) -> Vec<(u64, u64, String)> {
        let cues = parse(file).unwrap();
        cues.into_iter().map(|c| (c.start_ms, c.end_ms, c.spans.into_iter().map(|s| s.text).collect())).collect()
    }

    #[test]
    fn numbers_blank_lines_and_line_ends_may_be_missing_or_too_many() {
        let expected = [(1_000, 2_000, "one\ntwo".to_owned()), (3_000, 4_000, "three".to_owned())];
        for file in [
            "1\n00:00:01,000 --> 00:00:02,000\none\ntwo\n\n2\n00:00:03,000 --> 00:00:04,000\nthree\n",
            "00:00:01.000 --> 00:00:02.000\none\ntwo\n00:03 --> 00:04\nthree",
            "1\r\r\n00:00:01,000 --> 00:00:02,000\r\r\none\r\r\ntwo\r\r\n\r\r\n2\r\r\n00:00:03,000 --> 00:00:04,000\r\r\nthree",
            "1\n\n00:00:01,000 --> 00:00:02,000\n\none\n\ntwo\n\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nthree\n\n3\n",
            "1\r00:00:01,000-->00:00:02,000\rone\rtwo\r\r7\r00:00:03,000 --> 00:00:04,000\rthree\r",
        ] {
            assert_eq!(texts(file), expected, "{file:?}");
        }
    }

    #[test]
    fn a_text_that_is_a_number_stays() {
        let file = "1\n00:00:01,000 --> 00:00:02,000\n2000\n\n2\n00:00:03,000 --> 00:00:04,000\n42\n";
        assert_eq!(texts(file), [(1_000, 2_000, "2000".into()), (3_000, 4_000, "42".into())]);
    }

    #[test]
    fn the_text_under_unreadable_times_goes_to_no_cue() {
        let file = "1\n00:00:01,000 --> 00:00:02,000\none\n\n2\n00:00:03,00 --> 00:00:04,000\ntwo\n\n3\n00:05 --> 00:06\nthree";
        assert_eq!(texts(file), [(1_000, 2_000, "one".into()), (5_000, 6_000, "three".into())]);
    }

    #[test]
    fn cues_are_sorted_and_those_without_time_or_text_are_dropped() {
        let file = "00:05 --> 00:06\nlate\n\n00:01 --> 00:09\nearly\n\n00:02 --> 00:02\nnever\n\n00:04 --> 00:03\nback\n\n\
                    00:07 --> 00:08\n<i></i>\n\n00:05 --> 00:07\nsame start";
        let found: Vec<_> = texts(file).into_iter().map(|(_, _, text)| text).collect();
        assert_eq!(found, ["early", "late", "same start"]);
    }

    #[test]
    fn places_come_from_tags_or_settings() {
        let cues = parse(
            "00:01 --> 00:02\n{\\an9}top right\n\n00:02 --> 00:03 line:10% align:start\nsettings\n\n\
             00:03 --> 00:04 X1:10 X2:20 Y1:10 Y2:20\nold\n\n00:04 --> 00:05\n{\\pos(192,144)}at",
        );
        let places: Vec<_> = cues.unwrap().into_iter().map(|cue| cue.position).collect();
        assert_eq!((places[0].line_percent, places[0].align), (Some(5.0), CueAlign::End));
        assert_eq!((places[1].line_percent, places[1].align), (Some(10.0), CueAlign::Start));
        assert_eq!(places[2], model::CuePosition::default());
        assert_eq!(places[3].position_percent, Some(50.0));
    }
}
