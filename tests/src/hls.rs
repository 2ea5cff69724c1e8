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
}

impl Kind {
    /// A short name, for paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TransportStreams => "mpegts",
            Self::FragmentedMp4 => "fmp4",
            Self::OneFile => "ranges",
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::TransportStreams => &["-hls_segment_type", "mpegts"],
            Self::FragmentedMp4 => &["-hls_segment_type", "fmp4"],
            Self::OneFile => &["-hls_segment_type", "mpegts", "-hls_flags", "single_file"],
        }
    }
}

/// Cuts a film at its key frames into segments of `seconds` or a little more. Gives the playlist and the segments with
/// their names, which the playlist takes to lie beside it.
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
        .arg(folder.path().join(PLAYLIST))
        .status()?;
    if !cut.success() {
        return Err(io::Error::other("ffmpeg could not cut the film into segments"));
    }
    let pieces = std::fs::read_dir(folder.path())?.map(|entry| {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let media_type = if name == PLAYLIST { "application/vnd.apple.mpegurl" } else { "video/mp2t" };
        Ok((name, Resource::new(std::fs::read(&path)?).typed(media_type)))
    });
    pieces.collect()
}
