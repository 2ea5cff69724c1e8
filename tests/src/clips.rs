//! Little series for tests: every episode has a colour of its own, so that a test can tell by a pixel which one it sees.

#![allow(clippy::expect_used, reason = "a test that has no clips means nothing")]

use playback::recorder::{Recorder, Settings, choose_format};
use std::path::{Path, PathBuf};

/// Size of the pictures: small, so that decoding costs nothing.
pub const SIZE: (u32, u32) = (144, 256);
/// Pictures per second.
pub const FPS: u32 = 30;

/// The colours of the episodes as (red, green, blue); they repeat after the last.
pub const COLOURS: [(u8, u8, u8); 6] =
    [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (200, 30, 200), (30, 200, 200)];

/// Makes a series of `episodes` files of `seconds` each, `Clips/Season 01/Clips - S01E01.mp4` and so on, with English
/// subtitles, below `folder`.
///
/// # Panics
/// When the clips cannot be made: a test without them means nothing.
pub fn series(folder: &Path, episodes: u32, seconds: u32) {
    for number in 1..=episodes {
        let path = episode_path(folder, number);
        std::fs::create_dir_all(path.parent().expect("a season")).expect("a folder for clips");
        clip(&path, COLOURS[(number as usize - 1) % COLOURS.len()], seconds);
        let line =
            format!("1\n00:00:00,200 --> 00:00:{:02},800\nLine of episode {number}\n", seconds.saturating_sub(1));
        std::fs::write(path.with_extension("en.srt"), line).expect("subtitles");
    }
}

/// Where [`series`] puts an episode.
pub fn episode_path(folder: &Path, number: u32) -> PathBuf {
    let extension = choose_format().expect("an encoder").extension();
    folder.join(format!("Clips/Season 01/Clips - S01E{number:02}.{extension}"))
}

/// Makes one clip: a plain colour, with a band on the right whose brightness steps with every frame, and a quiet tone.
///
/// # Panics
/// When it cannot be made.
pub fn clip(path: &Path, colour: (u8, u8, u8), seconds: u32) {
    let settings = Settings { width: SIZE.0, height: SIZE.1, fps: FPS, sample_rate: 48_000, threads: 1 };
    let mut recorder = Recorder::create(path, choose_format().expect("an encoder"), settings).expect("a recorder");
    let (y, u, v) = yuv(colour);
    let (w, h) = (SIZE.0 as usize, SIZE.1 as usize);
    for frame in 0..seconds * FPS {
        let mut picture = vec![y; w * h];
        let band = if frame % 2 == 0 { 16 } else { 235 };
        for row in picture.chunks_mut(w) {
            row[w - w / 8..].fill(band);
        }
        picture.extend(std::iter::repeat_n(u, w * h / 4));
        picture.extend(std::iter::repeat_n(v, w * h / 4));
        recorder.push_picture(picture).expect("a picture");
        let samples = 48_000 / FPS;
        let tone = (0..samples).flat_map(|i| {
            let t = (frame * samples + i) as f32 / 48_000.0;
            let s = (t * 440.0 * std::f32::consts::TAU).sin() * 0.05;
            [s, s]
        });
        recorder.push_samples(&tone.collect::<Vec<_>>()).expect("sound");
    }
    recorder.finish().expect("a finished clip");
}

/// Whether a pixel shows this colour, give or take what an encoder changes.
pub fn is_colour(seen: (u8, u8, u8), wanted: (u8, u8, u8)) -> bool {
    let near = |a: u8, b: u8| a.abs_diff(b) < 45;
    near(seen.0, wanted.0) && near(seen.1, wanted.1) && near(seen.2, wanted.2)
}

/// BT.601, limited range: what encoders and players assume for small pictures.
fn yuv((r, g, b): (u8, u8, u8)) -> (u8, u8, u8) {
    let (r, g, b) = (f32::from(r), f32::from(g), f32::from(b));
    let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
    let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
    let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
    (y as u8, u as u8, v as u8)
}
