//! What is inside a media file, as far as a viewer can choose or read it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a track within one episode: `a0`, `a1` for audio, `t0` for embedded text, `s0` for sidecar files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct TrackId(pub String);

/// Which menu a track belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// Sound.
    Audio,
    /// Subtitles, embedded or beside the file.
    Subtitle,
}

/// An audio track or a subtitle track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Track {
    /// Its name within the episode.
    pub id: TrackId,
    /// Which menu it belongs to.
    pub kind: TrackKind,
    /// BCP 47 tag, where known.
    pub language: Option<String>,
    /// A title that the file gives it.
    pub title: Option<String>,
    /// Only for passages in a foreign language.
    pub forced: bool,
    /// Describes sounds as well.
    pub hearing_impaired: bool,
}

/// A stretch of text with one style.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct CueSpan {
    /// Plain text; may hold line breaks. Never markup.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
}

/// Horizontal alignment of a cue's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CueAlign {
    /// At the left.
    Start,
    /// In the middle.
    #[default]
    Center,
    /// At the right.
    End,
}

/// Where a cue wants to stand. Percentages of the picture, 0 to 100, from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct CuePosition {
    /// Distance of the text from the top; `None`: at the bottom, above the chrome.
    pub line_percent: Option<f64>,
    /// Where the text's anchor stands horizontally; `None`: by the alignment.
    pub position_percent: Option<f64>,
    /// How the lines are aligned.
    pub align: CueAlign,
}

/// One subtitle: text that is shown from `start_ms` until `end_ms` of the episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Cue {
    /// First moment, in milliseconds from the episode's start.
    pub start_ms: u64,
    /// First moment at which it is gone.
    pub end_ms: u64,
    /// Its text.
    pub spans: Vec<CueSpan>,
    /// Its place.
    pub position: CuePosition,
}
