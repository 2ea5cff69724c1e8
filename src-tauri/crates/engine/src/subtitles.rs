//! Which subtitles an episode has, which of them a viewer wants, and reading them.

use crate::network::{self, Access, Net};
use crate::texts;
use media::gateway::Text;
use model::{
    ApiError, Cue, Episode, ErrorCode, LanguageSetting, MediaRef, Settings, Track, TrackId, TrackKind, same_language,
};
use playback::MediaTracks;
use std::io::Read;
use std::time::{Duration, Instant};

/// A subtitle file larger than this is none.
const MAX_BYTES: u64 = 16 << 20;
/// Subtitles that are not read within this time are given up.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// What to show.
#[derive(Debug, PartialEq)]
pub(crate) enum Choice {
    None,
    Track(TrackId),
}

/// Every subtitle track: files beside the video first, then those of the stream, then those inside the video.
pub(crate) fn tracks(episode: &Episode, texts: &[Text], inside: &MediaTracks) -> Vec<Track> {
    let beside = episode.sidecars.iter().enumerate().map(|(i, s)| Track {
        id: TrackId(format!("s{i}")),
        kind: TrackKind::Subtitle,
        language: s.language.clone(),
        title: s.title.clone(),
        forced: s.forced,
        hearing_impaired: s.hearing_impaired,
    });
    let streamed = texts.iter().enumerate().map(|(i, text)| Track {
        id: TrackId(format!("h{i}")),
        kind: TrackKind::Subtitle,
        language: text.language.clone(),
        title: text.name.clone(),
        forced: text.forced,
        hearing_impaired: text.hearing_impaired,
    });
    beside.chain(streamed).chain(inside.text.iter().cloned()).collect()
}

/// The track that fits the settings: the language chosen last, else the interface's; none where nothing fits or the
/// viewer switched subtitles off.
pub(crate) fn choose(tracks: &[Track], settings: &Settings) -> Choice {
    let wanted = match &settings.subtitle_language {
        Some(language) if language.is_empty() => return Choice::None,
        Some(language) => language.clone(),
        None => interface_language(settings),
    };
    let fits = |t: &&Track| !t.forced && t.language.as_deref().is_some_and(|l| same_language(l, &wanted));
    let exact = |t: &&Track| t.language.as_deref() == Some(wanted.as_str()) && !t.forced;
    match tracks.iter().find(exact).or_else(|| tracks.iter().find(fits)) {
        Some(track) => Choice::Track(track.id.clone()),
        None => Choice::None,
    }
}

fn interface_language(settings: &Settings) -> String {
    match settings.language {
        LanguageSetting::English => "en".into(),
        LanguageSetting::Chinese => "zh-Hans".into(),
        LanguageSetting::Spanish => "es".into(),
        LanguageSetting::System => ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty() && value != "C" && value != "POSIX" && !value.starts_with("C."))
            .map_or_else(|| "en".into(), |v| v.split(['.', '@']).next().unwrap_or("en").replace('_', "-")),
    }
}

/// Reads a track's cues.
///
/// # Errors
/// When the file cannot be read or holds no subtitles.
pub(crate) async fn read(net: Net, access: Access, episode: Episode, track: TrackId) -> Result<Vec<Cue>, ApiError> {
    let number = |prefix: char| track.0.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok());
    if let Some(index) = number('t') {
        let source = access.source(&net, &episode.media);
        return blocking(move || playback::embedded_cues(&source, index, Instant::now() + READ_WITHIN)).await;
    }
    if let Some(text) = number('h') {
        return texts::read(&net, &access, &episode, text, READ_WITHIN).await;
    }
    let Some(sidecar) = number('s').and_then(|i| episode.sidecars.get(i)) else {
        return Err(ApiError::new(ErrorCode::Unknown, format!("There is no subtitle track {}.", track.0)));
    };
    let shown = sidecar.media.to_string();
    let bytes = match sidecar.media.clone() {
        MediaRef::Url(url) => {
            network::small(&net.media, &access.location(&url), MAX_BYTES, READ_WITHIN).await?.bytes.to_vec()
        }
        MediaRef::File(path) => {
            let look = move || {
                let mut bytes = Vec::new();
                std::fs::File::open(&path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
                Ok(bytes)
            };
            blocking(move || {
                look().map_err(|e: std::io::Error| {
                    ApiError::new(ErrorCode::Io, format!("The subtitles {shown} could not be read."))
                        .with_detail(e.to_string())
                })
            })
            .await?
        }
    };
    let shown = sidecar.media.to_string();
    blocking(move || {
        playback::subtitles::parse(&bytes).map_err(|e| {
            ApiError::new(ErrorCode::Damaged, format!("{shown} holds no subtitles.")).with_detail(e.to_string())
        })
    })
    .await
}

async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|e| ApiError::new(ErrorCode::Internal, "Subtitles failed.").with_detail(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(id: &str, language: &str, forced: bool) -> Track {
        Track {
            id: TrackId(id.into()),
            kind: TrackKind::Subtitle,
            language: Some(language.into()),
            title: None,
            forced,
            hearing_impaired: false,
        }
    }

    fn chosen(tracks: &[Track], language: Option<&str>) -> Choice {
        let settings = Settings {
            language: LanguageSetting::Chinese,
            subtitle_language: language.map(Into::into),
            ..Settings::default()
        };
        choose(tracks, &settings)
    }

    #[test]
    fn the_language_chosen_last_wins_over_the_interfaces() {
        let tracks = [track("s0", "en", false), track("s1", "zh-Hans", false), track("t0", "spa", false)];
        assert_eq!(chosen(&tracks, Some("es")), Choice::Track(TrackId("t0".into())));
        assert_eq!(chosen(&tracks, None), Choice::Track(TrackId("s1".into())));
        assert_eq!(chosen(&tracks, Some("")), Choice::None);
        assert_eq!(chosen(&tracks, Some("fr")), Choice::None);
    }

    #[test]
    fn forced_tracks_are_not_chosen_by_themselves_and_the_exact_tag_wins() {
        let tracks = [track("s0", "zh-Hant", false), track("s1", "zh-Hans", true), track("s2", "zh-Hans", false)];
        assert_eq!(chosen(&tracks, None), Choice::Track(TrackId("s2".into())));
    }
}
