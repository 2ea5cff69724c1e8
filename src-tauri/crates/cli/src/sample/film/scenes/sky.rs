//! What many scenes share: skies, suns, clouds, stars, hills, rain, gulls, lamps.

use super::Take;
use crate::sample::film::canvas::{Canvas, push_curve, push_oval, push_rect, trace};
use crate::sample::film::paint::{Rgb, chance, drift};
use std::f32::consts::TAU;

/// The sky down to a horizon (units), with a glow around the sun or moon when there is one.
pub(crate) fn sky(c: &mut Canvas, take: &Take<'_>, horizon: f32, sun: Option<(f32, f32)>) {
    let p = take.palette;
    c.at_depth(0.12);
    let (view, back) = c.back();
    back.gradient(
        &view,
        &[(-60.0, p.sky[0]), (horizon * 0.55, p.sky[1]), (horizon, p.sky[2]), (horizon + 40.0, p.far), (1000.0, p.ink)],
    );
    if let Some(at) = sun {
        back.glow(&view, at, (560.0, 520.0), p.sun.mix(p.sky[2], 0.55), 0.24);
        back.glow(&view, at, (250.0, 250.0), p.sun, 0.30);
    }
    c.lay_back();
}

/// The disc of sun or moon.
pub(crate) fn disc(c: &mut Canvas, take: &Take<'_>, at: (f32, f32), radius: f32) {
    c.at_depth(0.12);
    c.oval(at, (radius, radius), take.palette.sun, 1.0);
}

/// Long thin clouds that drift; `from` and `to` bound them (units).
pub(crate) fn clouds(c: &mut Canvas, take: &Take<'_>, from: f32, to: f32, ink: Rgb, alpha: f32, seed: u32) {
    c.at_depth(0.2);
    for i in 0..7 {
        let r = |k: u32| chance(seed * 131 + i * 17 + k);
        let y = from + (to - from) * (i as f32 + r(0)) / 7.0;
        let long = 110.0 + 190.0 * r(1);
        let x = (r(2) * 900.0 + take.clock * (3.0 + 5.0 * r(3))) % 900.0 - 180.0;
        let tall = 5.0 + 9.0 * r(4);
        c.shape(ink, alpha * (0.5 + 0.5 * r(5)), |b| {
            push_curve(
                b,
                &[
                    (x - long, y),
                    (x - long * 0.4, y - tall * 0.7),
                    (x + long * 0.1, y - tall),
                    (x + long * 0.5, y - tall * 0.5),
                    (x + long, y + 1.0),
                    (x + long * 0.3, y + tall * 0.35),
                    (x - long * 0.5, y + tall * 0.4),
                ],
            );
        });
    }
}

/// Stars above `horizon`, each with its own slow twinkle.
pub(crate) fn stars(c: &mut Canvas, take: &Take<'_>, horizon: f32) {
    c.at_depth(0.1);
    for i in 0..70 {
        let (x, y) = (chance(i * 3) * 620.0 - 40.0, chance(i * 3 + 1).powf(1.4) * horizon);
        let twinkle = 0.45 + 0.35 * (take.clock * (0.7 + chance(i + 500)) + i as f32).sin();
        let r = 0.7 + 1.1 * chance(i * 3 + 2);
        c.oval((x, y), (r, r), Rgb::WHITE, twinkle * (1.0 - y / horizon * 0.8));
    }
}

/// A range of hills along the horizon.
pub(crate) fn hills(c: &mut Canvas, horizon: f32, tall: f32, ink: Rgb, depth: f32, seed: u32) {
    c.at_depth(depth);
    let mut points = vec![(-80.0, horizon + 4.0)];
    for i in 0..=44 {
        let x = -80.0 + i as f32 * 16.0;
        let h = 0.5 + 0.35 * drift(seed, x / 130.0) + 0.18 * drift(seed + 1, x / 47.0);
        points.push((x, horizon - tall * h.max(0.05)));
    }
    points.push((640.0, horizon + 4.0));
    c.poly(&points, ink, 1.0);
}

/// Slanting rain over everything, in two depths.
pub(crate) fn rain(c: &mut Canvas, take: &Take<'_>, ink: Rgb, strength: f32) {
    c.at_depth(0.0);
    for (layer, count, speed, long) in [(0u32, 46u32, 1150.0f32, 34.0f32), (1, 26, 1650.0, 62.0)] {
        c.shape(ink, strength * if layer == 0 { 0.20 } else { 0.30 }, |b| {
            for i in 0..count {
                let n = layer * 1000 + i;
                let fall = take.clock * speed * (0.9 + 0.2 * chance(n)) + chance(n + 77) * 1100.0;
                let lap = (fall / 1100.0).floor();
                let y = fall - lap * 1100.0 - 80.0;
                let x = chance(n + 3000 + lap as u32 * 191) * 680.0 - 40.0 - y * 0.12;
                let w = 0.7 + layer as f32 * 0.6;
                trace(b, &[(x, y), (x + w, y), (x - long * 0.12 + w, y + long), (x - long * 0.12, y + long)]);
            }
        });
    }
}

/// Gulls that wheel above `y`.
pub(crate) fn gulls(c: &mut Canvas, take: &Take<'_>, y: f32, ink: Rgb) {
    c.at_depth(0.5);
    for i in 0..6u32 {
        let r = |k: u32| chance(i * 31 + k + 900);
        let x = (r(0) * 700.0 + take.clock * (16.0 + 22.0 * r(1))) % 700.0 - 80.0;
        let at = (x, y - 190.0 * r(2) + 14.0 * (take.clock * 0.8 + i as f32).sin());
        let flap = (take.clock * (5.0 + 2.0 * r(3)) + i as f32 * 2.0).sin() * 0.55 + 0.15;
        let w = 9.0 + 10.0 * r(4);
        c.shape(ink, 0.85, |b| {
            b.move_to(at.0 - w, at.1 - w * flap);
            b.quad_to(at.0 - w * 0.4, at.1 - w * (flap * 0.6 + 0.25), at.0, at.1);
            b.quad_to(at.0 + w * 0.4, at.1 - w * (flap * 0.6 + 0.25), at.0 + w, at.1 - w * flap);
            b.quad_to(at.0 + w * 0.4, at.1 - w * (flap * 0.4 + 0.05), at.0, at.1 + w * 0.16);
            b.quad_to(at.0 - w * 0.4, at.1 - w * (flap * 0.4 + 0.05), at.0 - w, at.1 - w * flap);
            b.close();
        });
    }
}

/// A street lamp with its cone of light; the foot stands at `at`.
pub(crate) fn lamp_post(c: &mut Canvas, take: &Take<'_>, at: (f32, f32), tall: f32, seed: u32) {
    let p = take.palette;
    let flicker = 0.93 + 0.07 * drift(seed, take.clock * 9.0);
    let head = (at.0 + tall * 0.12, at.1 - tall);
    c.rect(at.0 - 2.0, at.1 - tall, 4.0, tall, p.ink, 1.0);
    c.line(&[(at.0, at.1 - tall), (head.0, head.1 - 4.0)], 3.5, p.ink, 1.0);
    c.poly(
        &[
            (head.0 - 9.0, head.1 + 3.0),
            (head.0 - 5.0, head.1 - 7.0),
            (head.0 + 5.0, head.1 - 7.0),
            (head.0 + 9.0, head.1 + 3.0),
        ],
        p.ink,
        1.0,
    );
    c.oval((head.0, head.1 + 4.0), (6.0, 3.4), p.lamp.mix(Rgb::WHITE, 0.5), flicker);
    let (view, light) = c.light();
    light.beam(&view, head, TAU / 4.0, 0.42, tall * 1.35, p.lamp.times(0.42 * flicker));
    light.glow(&view, head, (70.0, 70.0), p.lamp, 0.30 * flicker);
    light.glow(&view, (head.0, at.1 + 6.0), (tall * 0.55, 20.0), p.lamp, 0.28 * flicker);
}

/// Out-of-focus lights behind somebody, slowly breathing.
pub(crate) fn bokeh(c: &mut Canvas, take: &Take<'_>, area: (f32, f32, f32, f32), inks: &[Rgb], seed: u32) {
    c.at_depth(0.3);
    for i in 0..22u32 {
        let r = |k: u32| chance(seed * 97 + i * 13 + k);
        let at = (area.0 + area.2 * r(0) + 7.0 * drift(i + seed, take.clock * 0.3), area.1 + area.3 * r(1));
        let radius = 7.0 + 19.0 * r(2);
        let ink = inks[i as usize % inks.len()];
        let alpha = 0.12 + 0.22 * r(3) + 0.06 * (take.clock * 1.3 + i as f32).sin();
        c.oval(at, (radius, radius), ink, alpha * 0.6);
        c.oval(at, (radius * 0.86, radius * 0.86), ink, alpha * 0.5);
    }
}

/// A grid of lit and dark windows in one wall; the lit ones change now and then.
pub(crate) fn windows(
    c: &mut Canvas,
    take: &Take<'_>,
    wall: (f32, f32, f32, f32),
    cell: (f32, f32),
    share: f32,
    seed: u32,
) {
    let (cols, rows) = ((wall.2 / cell.0) as u32, (wall.3 / cell.1) as u32);
    for tone in 0..3u32 {
        let ink = take.palette.lamp.mix(take.palette.sun, tone as f32 * 0.3).times(0.6 + 0.2 * tone as f32);
        c.shape(ink, 0.95, |b| {
            for i in 0..cols * rows {
                let n = seed * 4099 + i;
                // Every window has its own rhythm of being lit.
                let turn = (take.clock * 0.12 + chance(n + 9) * 8.0).floor() as u32;
                if i % 3 == tone && chance(n + turn * 613) < share {
                    let (x, y) =
                        (wall.0 + ((i % cols) as f32 + 0.22) * cell.0, wall.1 + ((i / cols) as f32 + 0.2) * cell.1);
                    push_rect(b, x, y, cell.0 * 0.56, cell.1 * 0.52);
                }
            }
        });
    }
}

/// Dust or spray floating in the light.
pub(crate) fn motes(c: &mut Canvas, take: &Take<'_>, ink: Rgb, count: u32, rise: f32) {
    c.at_depth(1.3);
    for i in 0..count {
        let r = |k: u32| chance(i * 11 + k + 4000);
        let y = 1000.0 - (r(0) * 1040.0 + take.clock * rise * (0.5 + r(1))) % 1040.0;
        let x = r(2) * 560.0 - 10.0 + 18.0 * drift(i + 60, take.clock * 0.4);
        let size = 0.8 + 1.8 * r(3);
        c.shape(ink, 0.12 + 0.3 * r(4), |b| push_oval(b, (x, y), (size, size)));
    }
}
