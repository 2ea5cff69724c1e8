//! What is inside a media file, as far as a viewer can choose or read it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use ts_rs::TS;

/// Where bytes lie.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaRef {
    /// A file on this machine.
    File(PathBuf),
    /// An address on the network, `http` or `https`.
    Url(String),
}

impl MediaRef {
    /// An address where the text is one, else a file.
    pub fn parse(text: &str) -> Self {
        if is_address(text) { Self::Url(text.to_owned()) } else { Self::File(text.into()) }
    }

    /// The path, where it is a file.
    pub fn as_file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Url(_) => None,
        }
    }
}

impl From<&Path> for MediaRef {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for MediaRef {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for MediaRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}

/// Whether a text is meant as an address on the network. Schemes know no case (RFC 3986, section 3.1).
pub fn is_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|s| text.get(..s.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(s)))
}

/// What a source says of requests for its media: what its server wants to be told, and what of an address is no part of a
/// resource's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct RequestHeaders {
    /// `Referer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referer: Option<String>,
    /// `User-Agent`, where it is not this program's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Parameters of addresses that change while the bytes stay the same, beside the usual signatures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volatile_parameters: Vec<String>,
}

/// Names a track within one episode: `a0`, `a1` for audio and `t0` for text inside the file, `l0` for audio and `h0` for
/// subtitles that a stream lists, `s0` for sidecar files.
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
