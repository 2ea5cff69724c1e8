//! Films cut into HLS segments, as servers offer them. Nothing is encoded anew.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::origin::Resource;

/// The playlist's name among the pieces that [`cut`] makes.
pub const PLAYLIST: &str = "index.m3u8";

/// What the segments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// MPEG transport streams.
    TransportStreams,
    /// Fragmented MP4 with an initialization segment.
    FragmentedMp4,
    /// Byte ranges of one transport stream.
    OneFile,
    /// Fragmented MP4 with pictures and sound apart, under a playlist that names both.
    SoundApart,
}

impl Kind {
    /// A short name, for paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TransportStreams => "mpegts",
            Self::FragmentedMp4 => "fmp4",
            Self::OneFile => "ranges",
            Self::SoundApart => "apart",
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::TransportStreams => &["-hls_segment_type", "mpegts"],
            Self::FragmentedMp4 => &["-hls_segment_type", "fmp4"],
            Self::OneFile => &["-hls_segment_type", "mpegts", "-hls_flags", "single_file"],
            Self::SoundApart => &[
                "-hls_segment_type",
                "fmp4",
                "-map",
                "0:v",
                "-map",
                "0:a",
                "-var_stream_map",
                "v:0,agroup:sound a:0,agroup:sound",
                "-master_pl_name",
                PLAYLIST,
            ],
        }
    }

    /// What ffmpeg is to write first.
    const fn output(self) -> &'static str {
        match self {
            Self::SoundApart => "list%v.m3u8",
            _ => PLAYLIST,
        }
    }
}

/// Cuts a film at its key frames into segments of `seconds` or a little more. Gives the playlists and the segments with
/// their names, which the playlists take to lie beside them; [`PLAYLIST`] is the one to begin with.
///
/// # Errors
/// When there is no ffmpeg, or it cannot cut the film.
pub fn cut(film: &Path, seconds: u32, kind: Kind) -> io::Result<Vec<(String, Resource)>> {
    let folder = tempfile::tempdir()?;
    let cut = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i"])
        .arg(film)
        .args(["-c", "copy", "-f", "hls", "-hls_playlist_type", "vod"])
        .args(kind.options())
        .args(["-hls_time", &seconds.to_string()])
        .arg(folder.path().join(kind.output()))
        .status()?;
    if !cut.success() {
        return Err(io::Error::other("ffmpeg could not cut the film into segments"));
    }
    let pieces = std::fs::read_dir(folder.path())?.map(|entry| {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_list = name.ends_with(".m3u8");
        let media_type = if is_list { "application/vnd.apple.mpegurl" } else { "video/mp2t" };
        Ok((name, Resource::new(std::fs::read(&path)?).typed(media_type)))
    });
    pieces.collect()
}
