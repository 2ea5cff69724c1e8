//! What the user set.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Languages that the interface speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub enum LanguageSetting {
    /// As the system says.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    Chinese,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

/// What the user set. Unknown or missing fields take their defaults, so that old and new versions can read each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Of the interface.
    pub language: LanguageSetting,
    /// Go on by itself at an episode's end.
    pub auto_next: bool,
    /// 0 to 1, perceived.
    pub volume: f64,
    /// Silent.
    pub muted: bool,
    /// 0.5 to 3.
    pub speed: f64,
    /// BCP 47 tag of the subtitles that the viewer chose last; empty: switched off; `None`: never chosen, by language.
    pub subtitle_language: Option<String>,
    /// BCP 47 tag of the audio track that the viewer chose last.
    pub audio_language: Option<String>,
    /// Size of the subtitles, 0.5 to 2.
    pub subtitle_scale: f64,
    /// The episode panel is open beside the stage in a wide window.
    pub panel_open: bool,
    /// Which variant of a stream to play.
    pub quality: Quality,
    /// Fetch little in advance, and of streams the least that is good enough.
    pub data_saver: bool,
    /// Fetch nothing: play what is here.
    pub offline: bool,
    /// What the cache may take, in MiB; `None`: 4 GiB or a tenth of the free disk, the smaller.
    pub cache_limit_mib: Option<u32>,
    /// What downloads may take of the link, in KiB a second; `None`: as much as there is.
    pub download_limit_kib: Option<u32>,
    /// Download nothing where bytes are paid for.
    pub downloads_unmetered_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: LanguageSetting::System,
            auto_next: true,
            volume: 1.0,
            muted: false,
            speed: 1.0,
            subtitle_language: None,
            audio_language: None,
            subtitle_scale: 1.0,
            panel_open: true,
            quality: Quality::Auto,
            data_saver: false,
            offline: false,
            cache_limit_mib: None,
            download_limit_kib: None,
            downloads_unmetered_only: false,
        }
    }
}

/// Which variant of a stream to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Quality {
    /// The best that link and window have use for.
    #[default]
    Auto,
    /// The one that needs about so much, in every episode.
    Fixed {
        /// Of the link.
        bits_per_second: u64,
    },
}
