//! Subtitles as cues: files that lie beside an episode and the texts that a demuxer hands out.
//!
//! Everything here is a pure function over bytes or text; nothing reads a file. [`parse`] takes a whole file and tells
//! SubRip, WebVTT and SSA/ASS apart by what it holds, never by its name. The `from_…` functions take the text of one
//! event of an embedded track, whose times the container knows. Cues hold plain text with three styles (bold, italic,
//! underline); markup that means something else is dropped, and text is never markup.

use std::time::Duration;

use model::Cue;
use thiserror::Error;

pub mod ass;
mod collect;
mod decode;
mod entities;
mod markup;
mod overrides;
mod place;
mod settings;
pub mod srt;
mod styled;
mod timing;
pub mod vtt;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;

/// Longest file that [`parse`] reads, in bytes. Hours of densely styled subtitles stay far below it.
pub const MAX_INPUT_BYTES: usize = 16 * 1024 * 1024;

/// Most cues of one file.
pub const MAX_CUES: usize = 100_000;

/// Longest text of one cue, in bytes, before and after its markup is removed. What is longer is cut.
pub const MAX_CUE_TEXT_BYTES: usize = 64 * 1024;

/// Why a file gave no cues.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SubtitleError {
    /// The file is blank, or it is a subtitle file in which no cue can be shown.
    #[error("the subtitle file holds no subtitle")]
    Empty,
    /// The file is none of the formats that are known here.
    #[error("this is not a subtitle file: neither SubRip nor WebVTT nor SSA/ASS")]
    NotSubtitles,
    /// The file goes beyond [`MAX_INPUT_BYTES`] or [`MAX_CUES`].
    #[error("the subtitle file is too large: more than {limit} {unit}")]
    TooLarge {
        /// What it may hold at most.
        limit: usize,
        /// What was counted: `bytes` or `cues`.
        unit: &'static str,
    },
}

/// Reads a whole subtitle file: finds its encoding and its format and gives its cues, sorted by their start.
///
/// Encodings: UTF-8 and UTF-16 with or without a byte order mark, else a guess among the legacy encodings of the web
/// (GB18030, Big5, Shift-JIS, EUC-KR, Windows-125x and more).
///
/// # Errors
/// [`SubtitleError`] says why there is no cue.
pub fn parse(bytes: &[u8]) -> Result<Vec<Cue>, SubtitleError> {
    if bytes.len() > MAX_INPUT_BYTES {
        return Err(SubtitleError::TooLarge { limit: MAX_INPUT_BYTES, unit: "bytes" });
    }
    let text = decode::text(bytes);
    match format_of(&text)? {
        Format::SubRip => srt::parse(&text),
        Format::WebVtt => vtt::parse(&text),
        Format::Ass => ass::parse(&text),
    }
}

/// A cue from what GStreamer's demuxers and subtitle parsers deliver as `text/x-raw, format=pango-markup`.
///
/// Plain text may be passed too: a `<` or `&` that is no markup is text. A cue without spans means that the event
/// clears the picture.
pub fn from_pango_markup(text: &str, start: Duration, end: Duration) -> Cue {
    srt::cue(text, "", timing::millis(start), timing::millis(end))
}

/// A cue from the text of a SubRip event, as Matroska's `S_TEXT/UTF8` holds it. `None` when it shows nothing.
pub fn from_srt_text(text: &str, start: Duration, end: Duration) -> Option<Cue> {
    collect::shown(srt::cue(text, "", timing::millis(start), timing::millis(end)))
}

/// A cue from one block of a Matroska SSA/ASS track: `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`.
///
/// Without the track's header the styles and the script's resolution are unknown; [`ass::Script`] takes them into
/// account. `None` when the block is damaged or shows nothing (a drawing, for example).
pub fn from_ass_event(line: &str, start: Duration, end: Duration) -> Option<Cue> {
    ass::Script::default().event(line, start, end)
}

/// A cue from one WebVTT cue of an embedded track: its text and its settings (`line:10% align:start`), or `""`.
/// `None` when it shows nothing.
pub fn from_vtt_cue_block(text: &str, settings: &str, start: Duration, end: Duration) -> Option<Cue> {
    collect::shown(vtt::cue(text, settings, timing::millis(start), timing::millis(end)))
}

/// A cue from one block of a WebM text track (`D_WEBVTT/SUBTITLES`): identifier, settings and text, a line for each of
/// the first two (<https://wiki.webmproject.org/webm-metadata/temporal-metadata/webvtt-in-webm>).
///
/// GStreamer passes such tracks on as `application/x-subtitle-unknown`, so the layout is checked: `None` when the block
/// is something else, or shows nothing.
pub fn from_webm_vtt_block(block: &str, start: Duration, end: Duration) -> Option<Cue> {
    let (settings, text) = vtt::webm_block(block)?;
    from_vtt_cue_block(text, settings, start, end)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    SubRip,
    WebVtt,
    Ass,
}

/// The first line that only one of the formats can hold decides.
fn format_of(text: &str) -> Result<Format, SubtitleError> {
    if vtt::has_signature(text) {
        return Ok(Format::WebVtt);
    }
    let mut blank = true;
    for line in timing::lines(text) {
        let line = line.trim();
        blank &= line.is_empty();
        if ass::is_telling_line(line) {
            return Ok(Format::Ass);
        }
        if timing::timing_line(line) != timing::Line::Text {
            return Ok(Format::SubRip);
        }
    }
    Err(if blank { SubtitleError::Empty } else { SubtitleError::NotSubtitles })
}
