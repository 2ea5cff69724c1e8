//! Subtitle files: SubRip for English and Spanish, WebVTT for Chinese.

use super::{Cue, Episode};
use std::fmt::Write;

/// A language of the subtitles: what follows the episode's name in the file's name, and which text it takes.
pub(crate) struct Language {
    /// `en.srt` and the like.
    pub(crate) suffix: &'static str,
    text: fn(&Cue) -> &'static str,
}

/// The languages that every episode has.
pub(crate) const LANGUAGES: [Language; 3] = [
    Language { suffix: "en.srt", text: |c| c.en },
    Language { suffix: "zh-Hans.vtt", text: |c| c.zh },
    Language { suffix: "es.srt", text: |c| c.es },
];

impl Language {
    /// The whole file.
    pub(crate) fn file(&self, episode: &Episode) -> String {
        let vtt = self.suffix.ends_with(".vtt");
        let mut out = String::from(if vtt { "WEBVTT\n\n" } else { "" });
        for (i, cue) in episode.cues.iter().enumerate() {
            let point = if vtt { '.' } else { ',' };
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                "{}\n{} --> {}\n{}\n\n",
                i + 1,
                stamp(cue.from, point),
                stamp(cue.to, point),
                (self.text)(cue)
            );
        }
        out
    }
}

fn stamp(seconds: f32, point: char) -> String {
    let ms = (f64::from(seconds) * 1000.0).round() as u64;
    format!("{:02}:{:02}:{:02}{point}{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::story::episodes;

    fn seconds(stamp: &str) -> f32 {
        stamp.replace(',', ".").split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f32>().unwrap())
    }

    #[test]
    fn every_subtitle_file_parses_and_lies_within_its_episode() {
        for e in episodes() {
            for language in &LANGUAGES {
                let file = language.file(e);
                let blocks: Vec<&str> = file.split("\n\n").filter(|b| b.contains("-->")).collect();
                assert_eq!(blocks.len(), e.cues.len());
                for block in blocks {
                    let lines: Vec<&str> = block.lines().collect();
                    let (from, to) = lines[1].split_once(" --> ").unwrap();
                    assert!(seconds(from) < seconds(to) && seconds(to) <= e.seconds, "{block}");
                    assert!(!lines[2].is_empty());
                }
            }
        }
    }

    #[test]
    fn formats_differ_in_header_and_decimal_mark() {
        let first = episodes().next().unwrap();
        let [en, zh, _] = &LANGUAGES;
        assert!(en.file(first).starts_with("1\n00:00:02,200 --> 00:00:04,400\n"));
        assert!(zh.file(first).starts_with("WEBVTT\n\n1\n00:00:02.200 --> 00:00:04.400\n"));
    }
}
