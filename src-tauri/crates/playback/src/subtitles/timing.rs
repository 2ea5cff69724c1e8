//! Lines, and the times that they hold: what SubRip, WebVTT and SSA/ASS write differently and mean alike.

use std::time::Duration;

/// Whole milliseconds of a time, at most `u64::MAX`.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The lines of a text that ends them with LF, CRLF or CR.
///
/// CR CR LF, which careless conversions leave behind, counts as one end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(at) = current.find(['\r', '\n']) else {
            rest = None;
            return Some(current);
        };
        let (line, tail) = current.split_at(at);
        let ending = ["\r\r\n", "\r\n"].into_iter().find(|ending| tail.starts_with(ending)).map_or(1, str::len);
        rest = Some(&tail[ending..]);
        Some(line)
    })
}

/// What a line of a SubRip or WebVTT file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A line with the times of a cue.
    Timing {
        /// First moment, in milliseconds.
        start_ms: u64,
        /// Last moment, in milliseconds; may lie before the start.
        end_ms: u64,
        /// What stands behind the times.
        settings: &'a str,
    },
    /// A line that was meant to hold times and cannot be read: the cue below it has no place.
    Broken,
    /// Anything else.
    Text,
}

/// Tells a line with times from other lines. Dialogue may hold an arrow; a line with times also starts with a clock.
pub(super) fn timing_line(line: &str) -> Line<'_> {
    let Some((before, _)) = line.split_once("-->") else { return Line::Text };
    let line = line.trim_start();
    let unsigned = line.strip_prefix('-').unwrap_or(line);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) || !before.contains(':') {
        return Line::Text;
    }
    read_timing(line).unwrap_or(Line::Broken)
}

fn read_timing(line: &str) -> Option<Line<'_>> {
    let (start_ms, rest) = clock(line)?;
    let (end_ms, settings) = clock(rest.trim_start().strip_prefix("-->")?)?;
    Some(Line::Timing { start_ms, end_ms, settings: settings.trim() })
}

/// Reads `[hours:]minutes:seconds[,milliseconds]` from the start of `text`, with a comma or a dot, and gives the rest.
///
/// A fraction has three digits, since two or four leave open what was meant. Without hours the minutes may pass 59.
pub(super) fn clock(text: &str) -> Option<(u64, &str)> {
    let (whole, _, rest) = whole_seconds(text)?;
    let Some(fraction) = rest.strip_prefix([',', '.']) else { return ends(rest).then_some((whole, rest)) };
    let (value, digits, rest) = number(fraction.trim_start())?;
    (digits == 3 && ends(rest)).then_some((whole + value, rest))
}

/// Reads a time of an SSA/ASS event: `hours:minutes:seconds.hundredths`. Some programs write a colon for the dot.
pub(super) fn ass_clock(text: &str) -> Option<u64> {
    let (whole, groups, rest) = whole_seconds(text)?;
    let rest = rest.trim_end();
    if rest.is_empty() {
        return Some(whole);
    }
    let fraction = rest.strip_prefix(['.', ',']).or_else(|| rest.strip_prefix(':').filter(|_| groups == 3))?;
    let (value, digits, rest) = number(fraction)?;
    let scale = match digits {
        1 => 100,
        2 => 10,
        3 => 1,
        _ => return None,
    };
    rest.is_empty().then_some(whole + value * scale)
}

/// Milliseconds of `[h:]m:s`, how many numbers it had, and the rest.
fn whole_seconds(text: &str) -> Option<(u64, usize, &str)> {
    let (first, _, rest) = number(text.trim_start())?;
    let (second, _, rest) = number(rest.strip_prefix(':')?.trim_start())?;
    let third = rest.strip_prefix(':').and_then(|tail| number(tail.trim_start()));
    let (hours, minutes, seconds, groups, rest) = match third {
        Some((third, _, rest)) => (first, second, third, 3, rest),
        None => (0, first, second, 2, rest),
    };
    let in_range = seconds < 60 && (groups == 2 || minutes < 60);
    in_range.then_some((((hours * 60 + minutes) * 60 + seconds) * 1000, groups, rest))
}

/// A number of at most nine digits, which no later sum can make overflow; with its count of digits and the rest.
fn number(text: &str) -> Option<(u64, usize, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if digits == 0 || digits > 9 {
        return None;
    }
    Some((text[..digits].parse().ok()?, digits, &text[digits..]))
}

fn ends(rest: &str) -> bool {
    !rest.starts_with([':', ',', '.']) && !rest.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_crlf_cr_and_doubled_cr() {
        let all: Vec<_> = lines("a\nb\r\nc\rd\r\r\ne\r\rf").collect();
        assert_eq!(all, ["a", "b", "c", "d", "e", "", "f"]);
    }

    #[test]
    fn a_clock_may_lack_hours_and_fraction_and_use_a_comma_or_a_dot() {
        for (text, ms) in [
            ("01:02:03,004", 3_723_004),
            ("1:02:03.004", 3_723_004),
            ("02:03,004", 123_004),
            ("00:00:02", 2_000),
            ("75:00.000", 4_500_000),
            ("00:00:01, 234", 1_234),
            ("266:18:35.679", 958_715_679),
        ] {
            assert_eq!(clock(text), Some((ms, "")), "{text}");
        }
    }

    #[test]
    fn a_clock_that_leaves_the_time_open_is_refused() {
        for text in ["", "5", "00:61", "00:00:01,23", "00:00:01,2345", "00:60:00,000", "1:2:3:4", "00:00:1234567890"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn an_arrow_in_dialogue_is_text_and_one_beside_a_damaged_clock_is_broken() {
        assert_eq!(timing_line("go --> there"), Line::Text);
        assert_eq!(timing_line("3 --> 4 is the move"), Line::Text);
        assert_eq!(timing_line("00:01.000 ---> 00:02.000"), Line::Broken);
        assert_eq!(timing_line("-00:00:01,000 --> 00:00:02,000"), Line::Broken);
        assert_eq!(
            timing_line(" 00:01.000-->00:02.000 align:start "),
            Line::Timing { start_ms: 1000, end_ms: 2000, settings: "align:start" }
        );
    }

    #[test]
    fn hundredths_follow_a_dot_or_a_colon() {
        assert_eq!(ass_clock("0:00:04.56"), Some(4_560));
        assert_eq!(ass_clock("0:00:04:56 "), Some(4_560));
        assert_eq!(ass_clock("0:00:04.5"), Some(4_500));
        assert_eq!(ass_clock("0:00:04"), Some(4_000));
        assert_eq!(ass_clock("0:00:04.56x"), None);
        assert_eq!(ass_clock("0:04:56:"), None);
    }
}
