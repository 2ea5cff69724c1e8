//! Subtitles of an HLS stream: WebVTT in segments, put together as one track.

use crate::network::{Access, Net};
use crate::streams;
use media::ReadError;
use media::gateway::{GatewayError, Segments};
use model::{ApiError, Cue, Episode, ErrorCode};
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Bytes that one segment of subtitles may have.
const SEGMENT_MAX: usize = 1 << 20;
/// Segments that are read: hours of them.
const SEGMENTS_MAX: usize = 2_000;
/// Segments that are read at once.
const AT_ONCE: usize = 8;

/// Reads all cues of a text track, by its place in what the gateway lists. Waits at most for `within`.
///
/// # Errors
/// When there is no such track, or nothing of it can be had.
pub(crate) async fn read(
    net: &Net,
    access: &Access,
    episode: &Episode,
    text: usize,
    within: Duration,
) -> Result<Vec<Cue>, ApiError> {
    let failed = |code, detail: String| {
        ApiError::new(code, "The subtitles of the stream could not be read.").with_detail(detail)
    };
    let found = access.playlist(&episode.media).zip(net.gateway.as_ref());
    let (location, gateway) = found.ok_or_else(|| failed(ErrorCode::Unknown, "there is no stream".into()))?;
    let deadline = Instant::now() + within;
    let segments = timeout_at(deadline, gateway.text_segments(&location, text)).await;
    let segments = segments
        .map_err(|_| failed(ErrorCode::TimedOut, "its playlist did not come".into()))?
        .map_err(|e: GatewayError| failed(e.code(), e.to_string()))?;
    let files = fetch(net, &segments, deadline).await.map_err(|e| failed(e.code(), e.to_string()))?;
    Ok(together(&files))
}

/// The segments' bytes in their order. Those that cannot be had are left out, unless that is all.
async fn fetch(net: &Net, segments: &Segments, deadline: Instant) -> Result<Vec<Vec<u8>>, ReadError> {
    let (mut files, mut failure) = (Vec::new(), None);
    let mut reading = JoinSet::new();
    for (at, piece) in streams::pieces(&net.media, segments).take(SEGMENTS_MAX).enumerate() {
        if reading.len() >= AT_ONCE
            && let Some(Ok(read)) = reading.join_next().await
        {
            take(read, &mut files, &mut failure);
        }
        reading.spawn_blocking(move || (at, piece.read(SEGMENT_MAX, deadline)));
    }
    for read in reading.join_all().await {
        take(read, &mut files, &mut failure);
    }
    match failure {
        Some(error) if files.is_empty() => Err(error),
        failure => {
            if let Some(error) = failure {
                tracing::warn!(%error, "a part of the subtitles could not be had");
            }
            files.sort_by_key(|(at, _)| *at);
            Ok(files.into_iter().map(|(_, bytes)| bytes).collect())
        }
    }
}

fn take(
    (at, read): (usize, Result<Vec<u8>, ReadError>),
    files: &mut Vec<(usize, Vec<u8>)>,
    failure: &mut Option<ReadError>,
) {
    match read {
        Ok(bytes) => files.push((at, bytes)),
        Err(error) => *failure = Some(error),
    }
}

/// The cues of all segments on the stream's clock. A cue that lasts beyond its segment is in the next one too.
fn together(files: &[Vec<u8>]) -> Vec<Cue> {
    let offset = |file: &[u8]| playback::subtitles::vtt::hls_offset(&String::from_utf8_lossy(file));
    // The first segment begins with the stream: by how much its clock is ahead is where the stream's own begins.
    let first = files.first().map_or(0, |file| offset(file));
    let mut seen = HashSet::new();
    let mut cues: Vec<Cue> = files
        .iter()
        .flat_map(|file| {
            let by = offset(file) - first;
            // A segment in which nobody speaks has no cue.
            let cues = playback::subtitles::parse(file).unwrap_or_default();
            cues.into_iter().map(move |cue| Cue {
                start_ms: cue.start_ms.saturating_add_signed(by),
                end_ms: cue.end_ms.saturating_add_signed(by),
                ..cue
            })
        })
        .filter(|cue| {
            let text: String = cue.spans.iter().map(|span| span.text.as_str()).collect();
            seen.insert((cue.start_ms, cue.end_ms, text))
        })
        .collect();
    cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    cues
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(files: &[&str]) -> Vec<(u64, u64)> {
        let files: Vec<Vec<u8>> = files.iter().map(|file| file.as_bytes().to_vec()).collect();
        together(&files).iter().map(|cue| (cue.start_ms, cue.end_ms)).collect()
    }

    #[test]
    fn a_cue_over_the_border_of_two_segments_shows_once() {
        let map = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n";
        let first = format!("{map}00:01.000 --> 00:02.000\na\n\n00:03.000 --> 00:05.000\nb\n");
        let second = format!("{map}00:03.000 --> 00:05.000\nb\n\n00:06.000 --> 00:07.000\nc\n");
        assert_eq!(times(&[&first, map, &second]), [(1000, 2000), (3000, 5000), (6000, 7000)]);
    }

    #[test]
    fn segments_with_clocks_of_their_own_follow_each_other() {
        let segment = |ticks| {
            format!("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\na\n")
        };
        assert_eq!(times(&[&segment(900_000), &segment(1_260_000)]), [(1000, 2000), (5000, 6000)]);
    }
}
