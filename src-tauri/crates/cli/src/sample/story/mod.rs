//! "The Last Ferry": the sample series as data. Who says what and when, in which place, in which colours and which key.
//!
//! Drawing, sound, subtitles and metadata all read from here, so they cannot disagree about a time.

mod first_half;
pub(crate) mod nfo;
mod second_half;
pub(crate) mod speech;
pub(crate) mod subtitles;

use super::film::canvas::Camera;
use super::film::palette::Palette;
use super::film::scenes::Scene;

/// The series' title.
pub(crate) const TITLE: &str = "The Last Ferry";
/// The year of its making.
pub(crate) const YEAR: u32 = 2026;
/// What it is about, in one sentence.
pub(crate) const PLOT: &str =
    "A night ferry, a wrong name on a ticket, and a family that has kept one secret for nineteen years.";
/// Seconds of black at every episode's end, with one line on it.
pub(crate) const BLACK: f32 = 0.9;

/// The cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Lin,
    Mei,
    Purser,
    Clerk,
    Adrian,
    Sister,
}

impl Who {
    /// The name in lists of the cast.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lin => "Lin Chen",
            Self::Mei => "Mei Chen",
            Self::Purser => "The Purser",
            Self::Clerk => "The Clerk",
            Self::Adrian => "Adrian Vale",
            Self::Sister => "Yan",
        }
    }

    /// Everybody.
    pub(crate) const ALL: [Self; 6] = [Self::Lin, Self::Mei, Self::Purser, Self::Clerk, Self::Adrian, Self::Sister];
}

/// One line of dialogue with its translations. Times are seconds from the episode's start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cue {
    pub(crate) from: f32,
    pub(crate) to: f32,
    pub(crate) who: Who,
    pub(crate) en: &'static str,
    pub(crate) zh: &'static str,
    pub(crate) es: &'static str,
}

/// One camera position held or moved, from `from` (seconds) until the next shot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    pub(crate) from: f32,
    pub(crate) scene: Scene,
    pub(crate) start: Camera,
    pub(crate) end: Camera,
}

/// What is heard besides music and voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ambience {
    /// Waves.
    Sea,
    /// Rain.
    Rain,
    /// The hum of a ship's engine.
    Ship,
    /// Wind in a high place.
    Wind,
    /// Under water.
    Deep,
    /// A town far below.
    Town,
}

/// One episode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Episode {
    pub(crate) number: u32,
    pub(crate) title: &'static str,
    pub(crate) synopsis: &'static str,
    /// The whole length, black included; whole pictures at 30 a second.
    pub(crate) seconds: f32,
    pub(crate) palette: &'static Palette,
    pub(crate) shots: &'static [Shot],
    pub(crate) cues: &'static [Cue],
    /// The line on the black.
    pub(crate) last_line: &'static str,
    /// The key note as a MIDI number, and beats per minute.
    pub(crate) key: u8,
    pub(crate) tempo: f32,
    pub(crate) ambience: Ambience,
    /// When the ship's horn sounds, if it does.
    pub(crate) horn: Option<f32>,
}

impl Episode {
    /// When the picture cuts to black.
    pub(crate) fn cut(&self) -> f32 {
        self.seconds - BLACK
    }
}

/// All episodes in order.
pub(crate) fn episodes() -> impl Iterator<Item = &'static Episode> {
    first_half::EPISODES.iter().chain(second_half::EPISODES)
}

const fn camera(x: f32, y: f32, zoom: f32) -> Camera {
    Camera { x, y, zoom }
}

const fn shot(from: f32, scene: Scene, start: Camera, end: Camera) -> Shot {
    Shot { from, scene, start, end }
}

const fn says(who: Who, from: f32, to: f32, en: &'static str, zh: &'static str, es: &'static str) -> Cue {
    Cue { from, to, who, en, zh, es }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn story_is_twelve_episodes_in_order() {
        let numbers: Vec<u32> = episodes().map(|e| e.number).collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    }

    #[test]
    fn every_cue_is_in_three_languages_within_its_episode_and_after_the_one_before() {
        for e in episodes() {
            assert!(e.cues.len() >= 4, "episode {}", e.number);
            let mut before = 0.0;
            for cue in e.cues {
                assert!(
                    cue.from >= before && cue.to > cue.from && cue.to <= e.cut(),
                    "episode {}: {}",
                    e.number,
                    cue.en
                );
                assert!(!cue.en.is_empty() && !cue.es.is_empty());
                assert!(cue.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}", cue.zh);
                // Twenty letters a second is as fast as subtitles may be read.
                assert!((cue.en.chars().count() as f32) < 20.0 * (cue.to - cue.from), "{}", cue.en);
                before = cue.to;
            }
        }
    }

    #[test]
    fn every_episode_lasts_whole_pictures_and_has_two_or_more_shots_from_its_first_picture_on() {
        for e in episodes() {
            assert!((12.0..=20.0).contains(&e.seconds));
            assert!(((e.seconds * 30.0).round() - e.seconds * 30.0).abs() < 1e-3);
            assert!(e.shots.len() >= 2 && e.shots[0].from == 0.0);
            assert!(e.shots.windows(2).all(|w| w[0].from + 2.0 <= w[1].from));
            assert!(e.shots.iter().all(|s| s.from + 2.0 <= e.cut()));
        }
    }

    #[test]
    fn neighbours_open_in_different_places_and_colours() {
        let all: Vec<_> = episodes().collect();
        for pair in all.windows(2) {
            assert_ne!(pair[0].shots[0].scene, pair[1].shots[0].scene);
            assert_ne!(pair[0].palette.sky[1], pair[1].palette.sky[1]);
        }
    }
}
