//! Draws an episode picture by picture: which shot, where the camera is, what lettering lies over it.

pub(crate) mod canvas;
mod develop;
mod field;
mod lettering;
pub(crate) mod paint;
pub(crate) mod palette;
mod people;
pub(crate) mod scenes;

use self::canvas::{Camera, Canvas};
use self::develop::{Darkroom, Finish};
use self::lettering::{Face, Fonts, Line, Sheet};
use self::paint::smooth;
use self::scenes::{Scene, Take};
use super::story::{Episode, TITLE, speech};

/// Pictures per second.
pub(crate) const FPS: u32 = 30;
/// The push towards the last face takes so many seconds...
const PUSH: f32 = 1.5;
/// ...and comes so much nearer.
const PUSH_ZOOM: f32 = 0.55;

const NUMBERS: [&str; 13] =
    ["", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN", "ELEVEN", "TWELVE"];

/// An episode that can be drawn at any time.
pub(crate) struct Film {
    episode: &'static Episode,
    canvas: Canvas,
    darkroom: Darkroom,
    fonts: Fonts,
    title: Sheet,
    end: Sheet,
    size: (u32, u32),
}

impl Film {
    /// Prepares an episode at `size` pixels, multiples of eight; `None` when it cannot be that size.
    pub(crate) fn new(episode: &'static Episode, size: (u32, u32)) -> Option<Self> {
        if !size.0.is_multiple_of(8) || !size.1.is_multiple_of(8) {
            return None;
        }
        let fonts = Fonts::load()?;
        let over = TITLE.to_uppercase();
        let number = format!("EPISODE {}", NUMBERS.get(episode.number as usize).unwrap_or(&""));
        let plain = |text, size, tracking, y| Line { text, face: Face::Plain, size, tracking, y };
        let main = |text, size, y| Line { text, face: Face::Title, size, tracking: 0.5, y };
        let title =
            [plain(over.as_str(), 14.0, 5.0, 98.0), main(episode.title, 60.0, 166.0), plain(&number, 12.0, 4.0, 200.0)];
        let end = [main(episode.last_line, 52.0, 470.0), plain("TO BE CONTINUED", 13.0, 5.0, 522.0)];
        Some(Self {
            episode,
            canvas: Canvas::new(size.0 / 2, size.1 / 2)?,
            darkroom: Darkroom::new(size.0 / 2, size.1 / 2),
            title: Sheet::new(&fonts, size, &title, &[(112.0, 20.0)])?,
            end: Sheet::new(&fonts, size, &end, &[(492.0, 26.0)])?,
            fonts,
            size,
        })
    }

    /// The picture at `time` (seconds), I420.
    pub(crate) fn picture(&mut self, time: f32) -> Vec<u8> {
        let e = self.episode;
        if time >= e.cut() {
            return self.black(time - e.cut());
        }
        let index = e.shots.iter().rposition(|s| s.from <= time).unwrap_or(0);
        let Some(shot) = e.shots.get(index) else { return self.black(0.0) };
        let until = e.shots.get(index + 1).map_or(e.cut(), |next| next.from);
        let progress = (time - shot.from) / (until - shot.from);
        let mut camera = between(shot.start, shot.end, progress);
        let push = ((time - (e.cut() - PUSH)) / PUSH).clamp(0.0, 1.0);
        camera.zoom += PUSH_ZOOM * push * push * push;
        self.canvas.begin(camera);
        let take = Take {
            t: time - shot.from,
            clock: time + e.number as f32 * 3.7,
            progress,
            palette: e.palette,
            fonts: &self.fonts,
            speech: speech::lips(e, time),
            around: e.ambience,
        };
        scenes::draw(shot.scene, &mut self.canvas, &take);
        let shown = smooth(0.45, 1.0, time) * (1.0 - smooth(2.9, 3.5, time));
        if shown > 0.0 {
            self.canvas.at_depth(0.0);
            let (view, light) = self.canvas.light();
            light.shade(&view, (270.0, 150.0), (430.0, 170.0), 0.55 * shown);
        }
        let finish = Finish {
            // Under a bright sky everything would shine; there the lens is stopped down.
            bloom: shot.scene.bloom() * (1.1 - e.palette.sky[1].luma()),
            lettering: (shown > 0.0).then_some((&self.title, shown, smooth(0.3, 1.7, time))),
        };
        self.darkroom.develop(&mut self.canvas, &finish)
    }

    fn black(&mut self, since: f32) -> Vec<u8> {
        self.canvas.begin(Camera { x: 0.0, y: 0.0, zoom: 1.0 });
        self.canvas.lay_back();
        let (view, light) = self.canvas.light();
        light.glow(&view, (270.0, 480.0), (380.0, 300.0), self.episode.palette.sky[1], 0.22 * smooth(0.0, 0.3, since));
        let lettering = Some((&self.end, smooth(0.0, 0.12, since), 1.0));
        let finish = Finish { bloom: 0.0, lettering };
        self.darkroom.develop(&mut self.canvas, &finish)
    }

    /// The series' poster as RGB rows, 2:3, with its size.
    pub(crate) fn poster(&mut self) -> Option<(Vec<u8>, u32, u32)> {
        let lines = [
            Line { text: "THE LAST", face: Face::Title, size: 50.0, tracking: 6.0, y: 158.0 },
            Line { text: "FERRY", face: Face::Title, size: 108.0, tracking: 8.0, y: 240.0 },
        ];
        let sheet = Sheet::new(&self.fonts, self.size, &lines, &[])?;
        self.canvas.begin(Camera { x: 0.0, y: 6.0, zoom: 1.0 });
        let take = Take {
            t: 0.0,
            clock: 30.0,
            progress: 0.0,
            palette: self.episode.palette,
            fonts: &self.fonts,
            speech: None,
            around: self.episode.ambience,
        };
        scenes::draw(Scene::Rail(None), &mut self.canvas, &take);
        let (view, light) = self.canvas.light();
        light.shade(&view, (240.0, 180.0), (460.0, 200.0), 0.42);
        let finish = Finish { bloom: 0.6, lettering: Some((&sheet, 1.0, 1.0)) };
        let picture = self.darkroom.develop(&mut self.canvas, &finish);
        let (width, height) = self.size;
        let tall = (width * 3 / 2).min(height);
        let rgb = rgb(&picture, self.size);
        let row = width as usize * 3;
        let from = (height - tall) as usize * 3 / 5;
        let cropped = rgb.get(from * row..(from + tall as usize) * row)?;
        Some((cropped.to_vec(), width, tall))
    }

    /// The picture at `time` as RGB at half size, with its size: for thumbnails.
    pub(crate) fn still(&mut self, time: f32) -> (Vec<u8>, u32, u32) {
        let rgb = rgb(&self.picture(time), self.size);
        let (w, h) = (self.size.0 as usize, self.size.1 as usize);
        let mut out = Vec::with_capacity(rgb.len() / 4);
        for y in 0..h / 2 {
            for x in 0..w / 2 {
                for k in 0..3 {
                    let at = |dx: usize, dy: usize| u16::from(rgb[((y * 2 + dy) * w + x * 2 + dx) * 3 + k]);
                    out.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
                }
            }
        }
        (out, self.size.0 / 2, self.size.1 / 2)
    }
}

fn between(a: Camera, b: Camera, t: f32) -> Camera {
    // Nearly even, a little slower at both ends.
    let t = 0.6 * t + 0.4 * smooth(0.0, 1.0, t);
    let mix = |a: f32, b: f32| a + (b - a) * t;
    Camera { x: mix(a.x, b.x), y: mix(a.y, b.y), zoom: mix(a.zoom, b.zoom) }
}

/// I420 (BT.709, video range) to RGB.
fn rgb(i420: &[u8], size: (u32, u32)) -> Vec<u8> {
    let (w, h) = (size.0 as usize, size.1 as usize);
    let (luma, chroma) = i420.split_at(w * h);
    let (cb, cr) = chroma.split_at(w * h / 4);
    let mut out = Vec::with_capacity(w * h * 3);
    for (i, l) in luma.iter().enumerate() {
        let c = (i / w / 2) * (w / 2) + (i % w) / 2;
        let l = (f32::from(*l) - 16.0) / 219.0;
        let (b, r) = ((f32::from(cb[c]) - 128.0) / 224.0 * 1.8556, (f32::from(cr[c]) - 128.0) / 224.0 * 1.5748);
        let g = -(0.2126 * r + 0.0722 * b) / 0.7152;
        out.extend([r, g, b].map(|d| ((l + d) * 255.0 + 0.5).clamp(0.0, 255.0) as u8));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::story::episodes;

    const SIZE: (u32, u32) = (144, 256);

    fn luma(picture: &[u8]) -> f32 {
        let plane = &picture[..(SIZE.0 * SIZE.1) as usize];
        plane.iter().map(|v| f32::from(*v)).sum::<f32>() / plane.len() as f32
    }

    #[test]
    fn first_pictures_are_bright_enough_and_differ_from_their_neighbours() {
        let firsts: Vec<Vec<u8>> = episodes().map(|e| Film::new(e, SIZE).unwrap().picture(0.0)).collect();
        for (i, picture) in firsts.iter().enumerate() {
            assert!(luma(picture) > 34.0, "episode {} starts at luma {}", i + 1, luma(picture));
        }
        for (i, pair) in firsts.windows(2).enumerate() {
            let apart: f32 = pair[0].iter().zip(&pair[1]).map(|(a, b)| f32::from(a.abs_diff(*b))).sum::<f32>();
            assert!(apart / pair[0].len() as f32 > 9.0, "episodes {} and {} look alike", i + 1, i + 2);
        }
    }

    #[test]
    fn same_moment_is_the_same_picture() {
        let e = episodes().nth(3).unwrap();
        let mut one = Film::new(e, SIZE).unwrap();
        one.picture(1.0);
        assert_eq!(one.picture(6.2), Film::new(e, SIZE).unwrap().picture(6.2));
    }

    #[test]
    fn black_lasts_less_than_a_second_and_carries_lettering() {
        for e in episodes() {
            assert!(e.seconds - e.cut() < 1.0);
            let mut film = Film::new(e, SIZE).unwrap();
            assert!(luma(&film.picture(e.cut() - 0.05)) > 24.0, "episode {} is dark before its end", e.number);
            let picture = film.picture(e.cut() + 0.4);
            assert!(luma(&picture) < 40.0);
            assert!(picture[..(SIZE.0 * SIZE.1) as usize].iter().any(|v| *v > 150));
        }
    }

    #[test]
    fn poster_is_two_to_three() {
        let (rgb, w, h) = Film::new(episodes().next().unwrap(), SIZE).unwrap().poster().unwrap();
        assert_eq!((w, h), (144, 216));
        assert_eq!(rgb.len(), 144 * 216 * 3);
    }
}
