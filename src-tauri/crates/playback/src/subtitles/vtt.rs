//! WebVTT (<https://www.w3.org/TR/webvtt1/>), also where a file bends its rules.
//!
//! Comments, style sheets and regions are passed over. `X-TIMESTAMP-MAP` of a segment of an HLS stream is a part of the
//! header and has no effect on the times, which stay those of the file: [`hls_offset`] reads it.

use model::Cue;

use super::SubtitleError;
use super::collect::Cues;
use super::markup::{self, Dialect};
use super::settings::Settings;
use super::styled::push_line;
use super::timing::{Line, clock, lines, timing_line};

/// Reads a WebVTT file, with or without its first line.
///
/// # Errors
/// [`SubtitleError::Empty`] without a cue, [`SubtitleError::TooLarge`] beyond [`super::MAX_CUES`].
pub fn parse(text: &str) -> Result<Vec<Cue>, SubtitleError> {
    let mut cues = Cues::default();
    let mut block = if has_signature(text) { Block::Skipped } else { Block::None };
    for line in lines(text) {
        let blank = line.trim().is_empty();
        block = match (block, timing_line(line)) {
            (block, _) if blank => {
                close(block, &mut cues)?;
                Block::None
            }
            (Block::Comment, _) => Block::Comment,
            (block, Line::Timing { start_ms, end_ms, settings }) => {
                close(block, &mut cues)?;
                Block::Cue { start_ms, end_ms, settings, text: String::new() }
            }
            (block, Line::Broken) => {
                close(block, &mut cues)?;
                Block::Skipped
            }
            (Block::None, Line::Text) => block_of(line),
            (Block::Cue { start_ms, end_ms, settings, mut text }, Line::Text) => {
                push_line(&mut text, line);
                Block::Cue { start_ms, end_ms, settings, text }
            }
            (Block::Skipped, Line::Text) => Block::Skipped,
        };
    }
    close(block, &mut cues)?;
    cues.sorted()
}

/// By how many milliseconds the clock of a segment of an HLS stream is ahead of the file's own times, by its
/// `X-TIMESTAMP-MAP` (RFC 8216, section 3.5); 0 without one.
pub fn hls_offset(text: &str) -> i64 {
    let header = lines(text).take_while(|line| !line.trim().is_empty());
    let map = header.filter_map(|line| line.trim().strip_prefix("X-TIMESTAMP-MAP=")).next().unwrap_or_default();
    let find = |name: &str| map.split(',').find_map(|part| part.trim().strip_prefix(name));
    let local = find("LOCAL:").and_then(clock).map_or(0, |(ms, _)| ms);
    // A clock of 90 kHz in 33 bits.
    let ticks = find("MPEGTS:").and_then(|ticks| ticks.trim().parse::<u64>().ok()).unwrap_or(0) % (1 << 33);
    (ticks / 90) as i64 - local as i64
}

/// Whether a text starts as a WebVTT file must. Case is forgiven.
pub(super) fn has_signature(text: &str) -> bool {
    let start = text.trim_start();
    start.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("WEBVTT"))
        && !start[6..].starts_with(|c: char| c.is_alphanumeric())
}

/// A cue from its text and its settings.
pub(super) fn cue(text: &str, settings: &str, start_ms: u64, end_ms: u64) -> Cue {
    let marked = markup::read(text, Dialect::WebVtt);
    let position = Settings::read(settings).place(&marked.spans, marked.lines);
    Cue { start_ms, end_ms, spans: marked.spans, position }
}

/// Settings and text of a WebM block; `None` when it cannot be one.
pub(super) fn webm_block(block: &str) -> Option<(&str, &str)> {
    let (_identifier, rest) = block.split_once('\n')?;
    let (settings, text) = rest.split_once('\n')?;
    let binary = |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let known = |word: &str| {
        let name = word.split_once(':').map(|(name, _)| name);
        name.is_some_and(|name| matches!(name, "line" | "position" | "size" | "align" | "vertical" | "region"))
    };
    (settings.split_ascii_whitespace().all(known) && !block.contains(binary)).then_some((settings, text))
}

/// What the current line belongs to.
enum Block<'a> {
    /// Nothing yet.
    None,
    /// A comment: until a blank line, even if it holds times (a cue that somebody commented out).
    Comment,
    /// Header, style sheet, region, identifier or a cue with unreadable times: until a blank line or times.
    Skipped,
    /// A cue.
    Cue { start_ms: u64, end_ms: u64, settings: &'a str, text: String },
}

fn block_of(line: &str) -> Block<'_> {
    match line.strip_prefix("NOTE") {
        Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => Block::Comment,
        _ => Block::Skipped,
    }
}

fn close(block: Block<'_>, cues: &mut Cues) -> Result<(), SubtitleError> {
    match block {
        Block::Cue { start_ms, end_ms, settings, text } => cues.push(cue(&text, settings, start_ms, end_ms)),
        Block::None | Block::Comment | Block::Skipped => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<(u64, String)> {
        let cues = parse(file).unwrap();
        cues.into_iter().map(|c| (c.start_ms, c.spans.into_iter().map(|s| s.text).collect())).collect()
    }

    #[test]
    fn segments_of_a_stream_say_how_their_clocks_differ() {
        assert_eq!(hls_offset("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"), 10_000);
        assert_eq!(hls_offset("WEBVTT\r\nX-TIMESTAMP-MAP=LOCAL:00:00:12.500,MPEGTS:900000\r\n\r\n"), -2_500);
        assert_eq!(hls_offset("WEBVTT\n\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"), 0, "not in the header");
        assert_eq!(hls_offset("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:x,LOCAL:y"), 0);
    }

    #[test]
    fn headers_comments_styles_and_regions_are_passed_over() {
        let file = "WEBVTT - title\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\nSTYLE\n::cue { color: red }\n\n\
                    REGION\nid:fred\n\nNOTE\n00:09.000 --> 00:10.000\nout\n\nNOTE one line\n\nid-1\n\
                    00:01.000 --> 00:02.000\nshown\n\nNOTEWORTHY\n00:03.000 --> 00:04.000\nalso";
        assert_eq!(texts(file), [(1_000, "shown".into()), (3_000, "also".into())]);
    }

    #[test]
    fn a_cue_may_follow_on_the_header_or_on_a_cue_without_a_blank_line() {
        let file = "WEBVTT\n00:01.000 --> 00:02.000\na\n00:02.000 --> 00:03.000\nb --> c\nd";
        assert_eq!(texts(file), [(1_000, "a".into()), (2_000, "b --> c\nd".into())]);
    }

    #[test]
    fn a_blank_line_ends_a_cue_and_unreadable_times_drop_theirs() {
        let file =
            "WEBVTT\n\n00:01.000 --> 00:02.000\na\n\nstray\n\n00:02.00 --> 00:03.000\nb\n\n00:03,000 --> 00:04,000\nc";
        assert_eq!(texts(file), [(1_000, "a".into()), (3_000, "c".into())]);
    }

    #[test]
    fn a_block_of_a_webm_track_has_an_identifier_settings_and_text() {
        assert_eq!(webm_block("id1\nline:10% align:start\n<v Ann>a\nb"), Some(("line:10% align:start", "<v Ann>a\nb")));
        assert_eq!(webm_block("\n\na"), Some(("", "a")));
        for other in ["", "a\nb", "one\ntwo: three\nfour", "\n\n\u{0}", "\n\n\u{fffd}"] {
            assert_eq!(webm_block(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_signature_is_a_word_of_its_own() {
        assert!(has_signature("\n webvtt") && has_signature("WEBVTT\tx") && has_signature("WEBVTT - x"));
        assert!(!has_signature("WEBVTTX") && !has_signature("WEBV") && !has_signature("日本語日本"));
    }
}
