//! On and under the water: the rail, the crossing, the lighthouse, and the deep.

use super::Take;
use super::sky::{clouds, disc, gulls, hills, motes, sky, stars};
use crate::sample::film::canvas::{Canvas, push_curve, push_oval, push_rect, trace};
use crate::sample::film::paint::{Rgb, chance, drift, smooth};
use crate::sample::film::palette::SCARF;
use crate::sample::film::people::{Pose, figure};
use crate::sample::story::Who;
use std::f32::consts::TAU;

/// Waves from the horizon to `bottom`, darker and higher the nearer they are; `glint` is the x of the sun's path.
pub(crate) fn waves(c: &mut Canvas, take: &Take<'_>, horizon: f32, bottom: f32, glint: Option<f32>) {
    let p = take.palette;
    const BANDS: u32 = 9;
    for i in 0..BANDS {
        let near = i as f32 / (BANDS - 1) as f32;
        let y = horizon + (bottom - horizon) * near.powf(1.7);
        c.at_depth(0.15 + 0.8 * near);
        let tall = 0.6 + 7.5 * near;
        let long = 60.0 + 150.0 * near;
        let pace = take.clock * (9.0 + 30.0 * near) * if i % 2 == 0 { 1.0 } else { -0.7 };
        let crest = |x: f32| {
            y + tall
                * (((x + pace) / long * TAU * 0.5).sin()
                    + 0.5 * ((x - pace * 0.6) / long * TAU * 0.83 + i as f32).sin())
        };
        let mut points: Vec<(f32, f32)> = (0..=48).map(|k| -60.0 + k as f32 * 13.75).map(|x| (x, crest(x))).collect();
        points.extend([(600.0, bottom + 260.0), (-60.0, bottom + 260.0)]);
        let body = p.sky[2].mix(p.far, (near * 2.6).min(1.0) * 0.72 + 0.28).mix(p.ink, near * 0.82);
        c.poly(&points, body, 1.0);
        // Light on the crests.
        c.line(&points[..49], 0.7 + 0.8 * near, p.sky[2].mix(p.sun, 0.3), 0.34 - 0.2 * near);
        let Some(sun) = glint else { continue };
        c.shape(p.sun, 0.75 - 0.35 * near, |b| {
            for k in 0..7u32 {
                let n = i * 40 + k;
                let shimmer = (take.clock * (1.6 + chance(n)) + chance(n + 5) * TAU).sin();
                if shimmer > -0.25 {
                    let x = sun + (chance(n + 9) - 0.5) * (60.0 + 190.0 * near);
                    let w = (8.0 + 34.0 * near) * (0.4 + 0.6 * shimmer.abs());
                    push_oval(b, (x, crest(x) + 3.0 + tall * 0.6 + chance(n + 2) * 12.0 * near), (w, 1.0 + 1.5 * near));
                }
            }
        });
    }
}

/// The ferry from the side, waterline at `at`, about 310 units long at `size` 1. It rolls a little.
pub(crate) fn ferry(c: &mut Canvas, take: &Take<'_>, at: (f32, f32), size: f32, hull: Rgb, lit: f32) {
    let p = take.palette;
    let roll = 0.012 * (take.clock * 0.9).sin();
    let y = at.1 + 1.6 * size * (take.clock * 1.1).sin();
    smoke(c, take, (at.0 - 22.0 * size, y - 134.0 * size), size);
    c.placed((at.0, y), roll, (size, size), |c| {
        let upper = hull.mix(p.near, 0.35);
        c.line(&[(66.0, -112.0), (66.0, -168.0)], 2.0, hull, 1.0);
        c.line(&[(66.0, -166.0), (156.0, -48.0)], 0.8, hull, 0.8);
        c.line(&[(66.0, -166.0), (-130.0, -66.0)], 0.8, hull, 0.8);
        c.poly(&[(-40.0, -98.0), (-36.0, -136.0), (-4.0, -136.0), (-2.0, -98.0)], upper, 1.0);
        c.poly(&[(-38.6, -112.0), (-37.2, -124.0), (-3.4, -124.0), (-2.8, -112.0)], SCARF.times(0.8), 1.0);
        c.rect(32.0, -116.0, 58.0, 22.0, upper, 1.0);
        c.rect(-104.0, -98.0, 200.0, 30.0, upper, 1.0);
        c.rect(-128.0, -70.0, 252.0, 30.0, upper.mix(hull, 0.4), 1.0);
        c.poly(&[(-152.0, -42.0), (164.0, -50.0), (138.0, 2.0), (-136.0, 2.0)], hull, 1.0);
        c.poly(&[(-150.0, -36.0), (161.0, -43.0), (159.5, -39.5), (-149.0, -32.5)], p.lamp, 0.25 + 0.2 * lit);
        let glass = p.lamp.mix(Rgb::WHITE, 0.25);
        c.shape(glass, 0.25 + 0.75 * lit, |b| {
            for i in 0..15u32 {
                if chance(i + 40) < 0.9 {
                    push_rect(b, -120.0 + i as f32 * 16.2, -63.0, 10.0, 12.0);
                }
                if i < 12 && chance(i + 80) < 0.8 {
                    push_rect(b, -96.0 + i as f32 * 16.2, -91.0, 10.0, 11.0);
                }
            }
            push_rect(b, 38.0, -111.0, 46.0, 8.0);
        });
        c.shape(glass, 0.2 + 0.6 * lit, |b| {
            (0..14).for_each(|i| push_oval(b, (-126.0 + i as f32 * 19.0, -20.0), (3.2, 3.2)))
        });
        c.oval((66.0, -168.0), (2.6, 2.6), SCARF, 1.0);
    });
    let (view, light) = c.light();
    light.glow(&view, (at.0, y - 70.0 * size), (230.0 * size, 120.0 * size), p.lamp, 0.24 * lit);
    for i in 0..7u32 {
        let x = at.0 + (-120.0 + i as f32 * 40.0) * size;
        let shimmer = 0.6 + 0.4 * drift(i + 20, take.clock * 2.4);
        light.glow(&view, (x, y + 46.0 * size), (14.0 * size, 66.0 * size), p.lamp, 0.34 * lit * shimmer);
    }
}

fn smoke(c: &mut Canvas, take: &Take<'_>, at: (f32, f32), size: f32) {
    for i in 0..9u32 {
        let age = (take.clock * 0.22 + i as f32 / 9.0) % 1.0;
        let x = at.0 - age * 190.0 * size + 10.0 * drift(i, take.clock * 0.5);
        let r = (8.0 + 40.0 * age) * size;
        c.oval(
            (x, at.1 - 46.0 * age * size - 4.0),
            (r * 1.3, r * 0.7),
            take.palette.near,
            0.20 * (1.0 - age) * smooth(0.0, 0.1, age),
        );
    }
}

fn rail_bars(c: &mut Canvas, ink: Rgb, y: f32, depth: f32) {
    c.at_depth(depth);
    c.rect(-60.0, y, 660.0, 9.0, ink, 1.0);
    c.rect(-60.0, y + 34.0, 660.0, 3.5, ink, 1.0);
    c.rect(-60.0, y + 66.0, 660.0, 3.5, ink, 1.0);
    c.shape(ink, 1.0, |b| (0..9).for_each(|i| push_rect(b, -30.0 + i as f32 * 74.0, y, 6.0, 132.0)));
}

pub(crate) fn rail(c: &mut Canvas, take: &Take<'_>, other: Option<Who>) {
    let p = take.palette;
    let sun = (368.0, 336.0 + take.t * 2.0);
    sky(c, take, 600.0, Some(sun));
    disc(c, take, sun, 92.0);
    clouds(c, take, 130.0, 540.0, p.sky[1].mix(p.sky[2], 0.25), 0.55, 3);
    hills(c, 604.0, 66.0, p.far.mix(p.sky[2], 0.45), 0.2, 5);
    hills(c, 606.0, 34.0, p.far, 0.26, 9);
    waves(c, take, 604.0, 880.0, Some(sun.0));
    gulls(c, take, 470.0, p.ink.mix(p.far, 0.3));
    rail_bars(c, p.ink.mix(p.near, 0.3), 742.0, 0.95);
    c.at_depth(1.0);
    c.rect(-80.0, 868.0, 700.0, 240.0, p.ink, 1.0);
    c.rect(-80.0, 868.0, 700.0, 2.0, p.lamp, 0.35);
    let x = if other.is_some() { 196.0 } else { 214.0 };
    figure(c, take, Who::Lin, Pose::Back, (x, 892.0), 384.0, false);
    if let Some(other) = other {
        figure(c, take, other, Pose::Back, (344.0, 896.0), 404.0, false);
    }
    // A life ring on the rail.
    c.placed((470.0, 788.0), 0.05 * (take.clock * 1.3).sin(), (1.0, 1.0), |c| {
        let ring = tiny_skia::PathBuilder::from_circle(0.0, 0.0, 26.0);
        if let Some(ring) = ring {
            c.stroke(&ring, 13.0, p.ink.mix(SCARF, 0.55), 1.0);
        }
        for k in 0..4 {
            let a = k as f32 * TAU / 4.0 + 0.8;
            c.line(&[(a.cos() * 20.0, a.sin() * 20.0), (a.cos() * 32.0, a.sin() * 32.0)], 5.0, p.sun.times(0.7), 0.8);
        }
    });
    motes(c, take, p.sun, 16, 14.0);
}

pub(crate) fn crossing(c: &mut Canvas, take: &Take<'_>, night: bool) {
    let p = take.palette;
    let sun = if night { (150.0, 330.0) } else { (300.0, 470.0 - take.t * 4.0) };
    sky(c, take, 560.0, Some(sun));
    if night {
        stars(c, take, 520.0);
    }
    disc(c, take, sun, if night { 44.0 } else { 96.0 });
    clouds(c, take, 180.0, 500.0, p.sky[2].mix(p.sky[1], 0.6), 0.5, if night { 21 } else { 8 });
    hills(c, 566.0, 72.0, p.far.mix(p.sky[2], 0.4), 0.2, 31);
    waves(c, take, 562.0, 760.0, Some(sun.0));
    c.at_depth(0.8);
    let x = if night { 190.0 } else { 120.0 } + take.t * 14.0;
    ferry(c, take, (x, 690.0), 0.96, p.ink.mix(p.near, 0.35), if night { 1.0 } else { 0.55 });
    // Bow wave and wake.
    c.shape(p.sun, 0.5, |b| {
        push_curve(
            b,
            &[
                (x + 128.0, 692.0),
                (x + 152.0, 680.0 + 2.0 * (take.clock * 5.0).sin()),
                (x + 168.0, 694.0),
                (x + 130.0, 698.0),
            ],
        );
        push_curve(b, &[(x - 132.0, 694.0), (x - 300.0, 690.0), (x - 420.0, 697.0), (x - 280.0, 700.0)]);
    });
    waves(c, take, 712.0, 1010.0, Some(sun.0));
    if !night {
        gulls(c, take, 420.0, p.ink.mix(p.far, 0.25));
    }
    motes(c, take, p.sun, 12, 16.0);
}

pub(crate) fn lighthouse(c: &mut Canvas, take: &Take<'_>, lit: bool) {
    let p = take.palette;
    sky(c, take, 640.0, Some((420.0, 640.0)));
    stars(c, take, 560.0);
    clouds(c, take, 120.0, 560.0, p.sky[0].mix(p.sky[1], 0.5), 0.8, 14);
    hills(c, 646.0, 46.0, p.far.mix(p.sky[2], 0.25), 0.25, 77);
    let lantern = (196.0, 262.0);
    waves(c, take, 644.0, 900.0, lit.then_some(330.0));
    c.at_depth(0.7);
    tower(c, take, lantern, lit);
    if lit {
        let turn = take.clock * 0.75 - 0.5;
        let (view, light) = c.light();
        for half in [0.0, TAU / 2.0] {
            let a = turn + half;
            // A beam that turns about an upright axis: towards us it is broad and bright, away it is short.
            let facing = a.sin();
            let angle = if a.cos() >= 0.0 { -0.06 } else { TAU / 2.0 + 0.06 };
            let spread = 0.07 + 0.10 * facing.abs();
            let length = 260.0 + 560.0 * a.cos().abs();
            light.beam(&view, lantern, angle, spread, length, p.lamp.times(0.8 * (0.35 + 0.65 * a.cos().abs())));
            light.glow(&view, lantern, (320.0, 320.0), p.lamp, 0.5 * facing.max(0.0).powi(6));
        }
        light.glow(&view, lantern, (110.0, 110.0), p.lamp, 0.55);
    }
    c.at_depth(0.9);
    let boat = 486.0 - take.t * 6.0;
    c.placed((boat, 806.0 + 3.0 * (take.clock * 1.4).sin()), 0.05 * (take.clock * 1.1).sin(), (1.0, 1.0), |c| {
        c.poly(&[(-46.0, -10.0), (48.0, -14.0), (34.0, 8.0), (-36.0, 8.0)], p.ink, 1.0);
    });
    let sway = 0.05 * (take.clock * 1.1).sin();
    c.placed((boat, 798.0 + 3.0 * (take.clock * 1.4).sin()), sway, (1.0, 1.0), |c| {
        figure(c, take, Who::Lin, Pose::Back, (-4.0, 2.0), 104.0, false);
    });
    waves(c, take, 808.0, 1020.0, lit.then_some(330.0));
}

fn tower(c: &mut Canvas, take: &Take<'_>, lantern: (f32, f32), lit: bool) {
    let p = take.palette;
    let (x, top) = lantern;
    c.shape(p.ink, 1.0, |b| {
        push_curve(
            b,
            &[
                (x - 210.0, 740.0),
                (x - 150.0, 640.0),
                (x - 96.0, 612.0),
                (x - 60.0, 560.0),
                (x + 10.0, 548.0),
                (x + 70.0, 566.0),
                (x + 112.0, 622.0),
                (x + 190.0, 660.0),
                (x + 236.0, 740.0),
                (x, 790.0),
            ],
        );
    });
    let edge = |y: f32| 26.0 + (y - top) / 300.0 * 22.0;
    let body = p.near.mix(p.far, 0.6);
    let slab =
        |from: f32, to: f32| [(x - edge(from), from), (x + edge(from), from), (x + edge(to), to), (x - edge(to), to)];
    c.poly(&slab(top + 26.0, 568.0), body, 1.0);
    for k in 0..3 {
        let y = top + 62.0 + k as f32 * 88.0;
        c.poly(&slab(y, y + 42.0), p.ink.mix(SCARF, 0.34), 1.0);
    }
    // The side away from the light.
    c.shape(p.ink, 0.5, |b| {
        trace(
            b,
            &[(x + 4.0, top + 26.0), (x + edge(top + 26.0), top + 26.0), (x + edge(568.0), 568.0), (x + 14.0, 568.0)],
        )
    });
    c.rect(x - 38.0, top + 18.0, 76.0, 10.0, p.ink, 1.0);
    c.rect(
        x - 18.0,
        top - 22.0,
        36.0,
        42.0,
        if lit { p.lamp.mix(Rgb::WHITE, 0.4) } else { p.ink.mix(p.near, 0.8) },
        1.0,
    );
    c.shape(p.ink, 1.0, |b| {
        for k in 0..4 {
            push_rect(b, x - 19.0 + k as f32 * 12.0, top - 22.0, 2.2, 42.0);
        }
        trace(b, &[(x - 26.0, top - 20.0), (x, top - 48.0), (x + 26.0, top - 20.0)]);
        push_rect(b, x - 1.5, top - 66.0, 3.0, 22.0);
    });
    if lit {
        // Somebody stands before the lamp.
        c.shape(p.ink, 1.0, |b| {
            push_oval(b, (x + 4.0, top - 8.0), (3.6, 4.4));
            push_rect(b, x - 1.6, top - 3.0, 11.0, 23.0);
        });
    }
    for k in 0..3 {
        c.rect(x - 5.0, top + 116.0 + k as f32 * 88.0, 9.0, 15.0, p.lamp, if lit { 0.85 } else { 0.15 });
    }
}

pub(crate) fn underwater(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    c.at_depth(0.3);
    let clock = take.clock;
    let (view, back) = c.back();
    back.gradient(&view, &[(-40.0, p.sky[0]), (250.0, p.sky[1]), (640.0, p.far), (1000.0, p.sky[2].mix(p.ink, 0.6))]);
    back.paint(&view, p.sun, |x, y| {
        // Rays fan out from a point above the surface.
        let a = (x - 300.0) / (y + 420.0);
        let ray = (a * 19.0 + clock * 0.35).sin() + (a * 31.0 - clock * 0.5).sin() + (a * 53.0 + clock * 0.2).sin();
        (ray * 0.16).max(0.0) * (1.0 - y / 900.0).max(0.0)
    });
    c.lay_back();
    // The surface from below.
    c.at_depth(0.4);
    for k in 0..3u32 {
        let wave =
            |x: f32| 34.0 + k as f32 * 20.0 + 9.0 * ((x / 62.0) + clock * (1.1 + 0.4 * k as f32) + k as f32).sin();
        let mut points: Vec<(f32, f32)> = (0..=40).map(|i| -60.0 + i as f32 * 16.5).map(|x| (x, wave(x))).collect();
        points.extend([(600.0, -80.0), (-60.0, -80.0)]);
        c.poly(&points, p.sun, 0.20);
    }
    // The ferry goes down, its windows still lit.
    c.at_depth(0.6);
    c.placed((372.0 - take.t * 2.0, 420.0 + take.t * 9.0), 0.42, (0.92, 0.92), |c| hull_below(c, take));
    bubbles(c, take);
    // The scarf.
    c.at_depth(1.1);
    let base = (176.0 + 16.0 * (clock * 0.5).sin(), 690.0 + take.t * 10.0);
    ribbon(c, clock, base);
    for (x, tall, seed) in [(20.0, 190.0, 1u32), (70.0, 120.0, 2), (470.0, 210.0, 3), (520.0, 150.0, 4)] {
        let sway = |k: f32| (clock * 0.9 + k * 0.5 + seed as f32).sin() * k * 3.0;
        let left: Vec<(f32, f32)> = (0..8).map(|k| k as f32).map(|k| (x + sway(k), 990.0 - tall * k / 7.0)).collect();
        let right: Vec<(f32, f32)> =
            left.iter().rev().enumerate().map(|(i, q)| (q.0 + 2.0 + i as f32 * 2.2, q.1)).collect();
        c.poly(&[left, right].concat(), p.ink, 1.0);
    }
    hills(c, 968.0, 90.0, p.ink, 1.1, 55);
}

fn hull_below(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    let ink = p.far.mix(p.ink, 0.45);
    c.poly(&[(-40.0, -98.0), (-36.0, -136.0), (-4.0, -136.0), (-2.0, -98.0)], ink, 1.0);
    c.rect(32.0, -116.0, 58.0, 22.0, ink, 1.0);
    c.rect(-104.0, -98.0, 200.0, 30.0, ink, 1.0);
    c.rect(-128.0, -70.0, 252.0, 30.0, ink, 1.0);
    c.poly(&[(-152.0, -42.0), (164.0, -50.0), (138.0, 2.0), (-136.0, 2.0)], ink, 1.0);
    for i in 0..15u32 {
        let lit = 0.25 + 0.5 * drift(i + 300, take.clock * 1.4).max(0.0) + 0.25 * chance(i);
        c.rect(-120.0 + i as f32 * 16.2, -63.0, 10.0, 12.0, p.lamp, lit);
        if i < 12 {
            c.rect(-96.0 + i as f32 * 16.2, -91.0, 10.0, 11.0, p.lamp, lit * 0.8);
        }
    }
}

fn bubbles(c: &mut Canvas, take: &Take<'_>) {
    c.at_depth(0.9);
    for i in 0..34u32 {
        let r = |k: u32| chance(i * 7 + k + 70);
        let y = 980.0 - (r(0) * 1000.0 + take.clock * (46.0 + 70.0 * r(1))) % 1000.0;
        let x = 120.0 + 330.0 * r(2) + 9.0 * (take.clock * 2.0 + i as f32).sin();
        let size = 1.6 + 5.0 * r(3) * r(3);
        c.oval((x, y), (size, size), take.palette.sun, 0.28);
        c.oval((x - size * 0.3, y - size * 0.3), (size * 0.35, size * 0.35), Rgb::WHITE, 0.6);
    }
}

/// A long strip of cloth in slow water.
fn ribbon(c: &mut Canvas, clock: f32, base: (f32, f32)) {
    let at = |k: f32| {
        let x = base.0 + 70.0 * (k * 0.42 + clock * 0.55).sin() + 26.0 * (k * 0.9 - clock * 0.8).sin();
        (x, base.1 - k * 15.0)
    };
    for i in 0..18 {
        let k = i as f32;
        let (a, b) = (at(k), at(k + 1.0));
        let width = |k: f32| 15.0 + 9.0 * (k * 0.55 + clock * 0.7).sin();
        // The cloth turns, so each piece has its own shade.
        let shade = 0.72 + 0.28 * (k * 0.42 + clock * 0.55).cos();
        c.poly(
            &[
                (a.0 - width(k), a.1 + 1.0),
                (a.0 + width(k), a.1 + 1.0),
                (b.0 + width(k + 1.0), b.1),
                (b.0 - width(k + 1.0), b.1),
            ],
            SCARF.times(shade),
            1.0,
        );
    }
}
