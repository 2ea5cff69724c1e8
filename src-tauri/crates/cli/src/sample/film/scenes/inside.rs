//! Under a roof: cabins, windows, corridors, the stairs of the tower, and faces close by.

use super::Take;
use super::sea::waves;
use super::sky::{bokeh, clouds, disc, hills, motes, sky, stars};
use crate::sample::film::canvas::{Canvas, push_oval, push_rect, trace};
use crate::sample::film::lettering::Face;
use crate::sample::film::paint::{Rgb, chance, drift, smooth};
use crate::sample::film::people::{Pose, bust, figure};
use crate::sample::story::{Ambience, Who};
use std::f32::consts::TAU;

pub(crate) fn close(c: &mut Canvas, take: &Take<'_>, who: Who, flip: bool) {
    let p = take.palette;
    let side = if flip { -1.0 } else { 1.0 };
    let sun = (270.0 + 120.0 * side, 380.0);
    match take.around {
        Ambience::Ship | Ambience::Town => {
            wall(c, take);
            if take.around == Ambience::Ship {
                porthole(c, take, (270.0 + 130.0 * side, 330.0), 120.0);
            } else {
                bokeh(c, take, (-20.0, 120.0, 580.0, 640.0), &[p.lamp, p.sun, p.sky[2]], who as u32 + 3);
                bokeh(c, take, (-20.0, 420.0, 580.0, 440.0), &[p.sky[2], p.lamp], who as u32 + 31);
            }
        }
        Ambience::Rain => {
            sky(c, take, 700.0, Some((270.0 + 90.0 * side, 470.0)));
            bokeh(c, take, (-20.0, 330.0, 580.0, 420.0), &[p.lamp, p.sun, p.lamp.mix(p.sky[2], 0.4)], who as u32 + 5);
            bokeh(c, take, (-20.0, 480.0, 580.0, 220.0), &[p.lamp, p.sky[2]], who as u32 + 9);
            drops(c, take);
        }
        Ambience::Deep => {
            sky(c, take, 700.0, None);
            let clock = take.clock;
            let (view, light) = c.light();
            light.paint(&view, p.sun, |x, y| {
                let a = (x - 300.0) / (y + 420.0);
                (((a * 19.0 + clock * 0.35).sin() + (a * 37.0 - clock * 0.5).sin()) * 0.16).max(0.0)
                    * (1.0 - y / 860.0).max(0.0)
            });
            c.bake_light();
        }
        Ambience::Sea | Ambience::Wind => {
            sky(c, take, 700.0, Some(sun));
            stars(c, take, 300.0);
            disc(c, take, sun, 118.0);
            clouds(c, take, 160.0, 620.0, p.sky[1].mix(p.sky[2], 0.35), 0.5, who as u32 * 7 + 2);
            hills(c, 704.0, 46.0, p.far.mix(p.sky[2], 0.4), 0.2, who as u32 + 70);
            waves(c, take, 702.0, 900.0, Some(sun.0));
        }
    }
    c.at_depth(1.0);
    bust(c, take, who, (270.0 - 40.0 * side, 450.0), 330.0, flip);
    motes(c, take, p.sun, 22, 18.0);
}

/// A plain wall with a lamp somewhere above it.
fn wall(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    c.at_depth(0.4);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.sky[0]), (430.0, p.sky[1]), (760.0, p.near), (1000.0, p.ink)]);
    back.glow(&view, (270.0, 200.0), (460.0, 560.0), p.lamp.mix(p.sky[2], 0.4), 0.36);
    c.lay_back();
    for k in 0..7 {
        c.rect(-30.0 + k as f32 * 96.0, -40.0, 2.0, 1100.0, p.ink, 0.3);
    }
}

pub(crate) fn talk(c: &mut Canvas, take: &Take<'_>, left: Who, right: Who) {
    let p = take.palette;
    let swing = 0.10 * (take.clock * 1.25).sin();
    let lamp = (270.0 + swing * 210.0, 210.0);
    c.at_depth(0.4);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.sky[0]), (430.0, p.sky[1]), (760.0, p.near), (1000.0, p.ink)]);
    back.glow(&view, lamp, (430.0, 520.0), p.lamp, 0.40);
    c.lay_back();
    // Panels, and a porthole with the sea going up and down in it.
    c.at_depth(0.6);
    for k in 0..7 {
        c.rect(-30.0 + k as f32 * 96.0, -40.0, 2.0, 1100.0, p.ink, 0.3);
    }
    c.rect(-60.0, 690.0, 660.0, 5.0, p.ink, 0.4);
    porthole(c, take, (270.0, 452.0), 96.0);
    c.at_depth(0.8);
    c.line(&[(270.0, -40.0), lamp], 3.0, p.ink, 1.0);
    c.placed(lamp, -swing * 1.4, (1.0, 1.0), |c| {
        c.oval((0.0, 12.0), (17.0, 12.0), p.lamp.mix(Rgb::WHITE, 0.6), 1.0);
        c.poly(&[(-40.0, 14.0), (-16.0, -16.0), (16.0, -16.0), (40.0, 14.0)], p.ink, 1.0);
    });
    let (view, light) = c.light();
    light.beam(&view, lamp, TAU / 4.0 - swing * 1.6, 0.75, 700.0, p.lamp.times(0.24));
    light.glow(&view, (lamp.0, lamp.1 + 12.0), (120.0, 110.0), p.lamp, 0.4);
    c.at_depth(1.0);
    bust(c, take, left, (104.0, 560.0), 204.0, false);
    bust(c, take, right, (436.0, 552.0), 210.0, true);
    // Cups on the table between them.
    c.at_depth(1.1);
    c.rect(-80.0, 900.0, 700.0, 160.0, p.ink, 1.0);
    c.rect(-80.0, 900.0, 700.0, 2.5, p.lamp, 0.6);
    for x in [222.0, 322.0] {
        c.poly(
            &[(x - 17.0, 870.0), (x + 17.0, 870.0), (x + 12.0, 902.0), (x - 12.0, 902.0)],
            p.ink.mix(p.lamp, 0.35),
            1.0,
        );
        for k in 0..3u32 {
            let age = (take.clock * 0.4 + k as f32 / 3.0) % 1.0;
            let at = (x + 7.0 * drift(k, take.clock + x), 864.0 - 56.0 * age);
            c.oval(at, (4.0 + 7.0 * age, 6.0 + 9.0 * age), p.sun, 0.10 * (1.0 - age));
        }
    }
    motes(c, take, p.lamp, 20, 8.0);
}

fn porthole(c: &mut Canvas, take: &Take<'_>, at: (f32, f32), r: f32) {
    let p = take.palette;
    c.oval(at, (r + 16.0, r + 16.0), p.ink, 1.0);
    c.oval(at, (r + 11.0, r + 11.0), p.near.mix(p.lamp, 0.3), 1.0);
    c.oval(at, (r, r), p.sky[2].mix(p.sky[1], 0.3), 1.0);
    c.oval((at.0 + 26.0, at.1 - 34.0), (19.0, 19.0), p.sun, 1.0);
    for (k, ink) in [p.far, p.near, p.ink].into_iter().enumerate() {
        let k = k as f32;
        let level = 6.0 + 26.0 * k + 10.0 * (take.clock * 1.1).sin();
        // The part of the disc below a waving line.
        let mut points = Vec::new();
        for i in 0..=80 {
            let x = -r + i as f32 * r / 40.0;
            let half = (r * r - x * x).max(0.0).sqrt();
            let y = level + 4.0 * (x / 17.0 + take.clock * (1.6 + k * 0.5) + k * 2.0).sin();
            points.push((at.0 + x, at.1 + y.clamp(-half, half)));
        }
        for i in (0..=80).rev() {
            let x = -r + i as f32 * r / 40.0;
            points.push((at.0 + x, at.1 + (r * r - x * x).max(0.0).sqrt()));
        }
        c.poly(&points, ink, 1.0);
    }
    for k in 0..8 {
        let a = k as f32 * TAU / 8.0 + 0.2;
        c.oval((at.0 + a.cos() * (r + 11.0), at.1 + a.sin() * (r + 11.0)), (2.6, 2.6), p.ink, 1.0);
    }
}

pub(crate) fn window(c: &mut Canvas, take: &Take<'_>, who: Who) {
    let p = take.palette;
    sky(c, take, 700.0, Some((390.0, 470.0)));
    bokeh(c, take, (40.0, 380.0, 520.0, 330.0), &[p.lamp, p.sun, p.lamp.mix(p.sky[2], 0.4)], 7);
    bokeh(c, take, (140.0, 520.0, 420.0, 180.0), &[p.lamp, p.sky[2]], 8);
    drops(c, take);
    // The frame, and the curtain.
    c.at_depth(0.8);
    let wood = p.ink.mix(p.near, 0.35);
    c.rect(306.0, -60.0, 15.0, 860.0, wood, 1.0);
    c.rect(-60.0, 372.0, 660.0, 13.0, wood, 1.0);
    c.rect(306.0, -60.0, 2.0, 860.0, p.sun, 0.3);
    c.rect(-80.0, 770.0, 700.0, 22.0, wood.mix(p.sun, 0.12), 1.0);
    c.rect(-80.0, 788.0, 700.0, 260.0, p.ink, 1.0);
    for k in 0..6 {
        let x = 470.0 + k as f32 * 17.0 + 3.0 * (take.clock * 0.6 + k as f32).sin();
        c.poly(
            &[(x, -60.0), (x + 19.0, -60.0), (x + 26.0, 1000.0), (x + 4.0, 1000.0)],
            p.near.mix(p.ink, 0.3 + 0.5 * (k % 2) as f32),
            1.0,
        );
    }
    c.at_depth(1.0);
    bust(c, take, who, (176.0, 500.0), 290.0, false);
    let (view, light) = c.light();
    light.glow(&view, (40.0, 900.0), (340.0, 330.0), p.lamp, 0.30 + 0.03 * drift(3, take.clock * 4.0));
}

/// Drops on the glass: some sit, some run.
fn drops(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    c.at_depth(0.7);
    for i in 0..90u32 {
        let r = |k: u32| chance(i * 29 + k + 1200);
        let (x, y) = (r(0) * 580.0 - 20.0, r(1) * 760.0);
        let size = 1.6 + 3.0 * r(2);
        c.oval((x, y), (size, size * 1.15), p.sky[1].times(0.6), 0.5);
        c.oval((x - size * 0.25, y + size * 0.3), (size * 0.5, size * 0.5), p.sun, 0.6);
    }
    for i in 0..16u32 {
        let r = |k: u32| chance(i * 41 + k + 1700);
        let speed = 60.0 + 130.0 * r(0);
        let fall = r(1) * 900.0 + take.clock * speed * (1.0 + 0.5 * drift(i, take.clock * 0.7));
        let y = fall % 900.0 - 60.0;
        let x = |y: f32| r(2) * 560.0 + 9.0 * drift(i + 80, y / 70.0);
        let trail: Vec<(f32, f32)> = (0..8).map(|k| y - k as f32 * 11.0).map(|y| (x(y), y)).collect();
        c.line(&trail, 2.2, p.sun, 0.20);
        c.oval((x(y), y), (3.6, 5.2), p.sun, 0.6);
    }
}

pub(crate) fn corridor(c: &mut Canvas, take: &Take<'_>, somebody: Option<Who>) {
    let p = take.palette;
    let eye = (270.0, 440.0);
    let at = |x: f32, y: f32, k: f32| (eye.0 + (x - eye.0) * k, eye.1 + (y - eye.1) * k);
    c.at_depth(0.8);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.sky[1].times(0.6)), (440.0, p.sky[1]), (1000.0, p.ink)]);
    c.lay_back();
    let ring = |k: f32| [at(-130.0, -60.0, k), at(670.0, -60.0, k), at(670.0, 1040.0, k), at(-130.0, 1040.0, k)];
    // From the end towards us: walls, doors, lamps.
    const STEPS: i32 = 7;
    let end = 0.15;
    for i in (0..STEPS).rev() {
        let (far, near) = (1.4 * 0.725f32.powi(i + 1), 1.4 * 0.725f32.powi(i));
        let (a, b) = (ring(far), ring(near));
        let dim = 0.35 + 0.65 * (i as f32 / STEPS as f32);
        let wall = p.sky[1].mix(p.sky[2], 0.35).times(dim);
        c.poly(&[b[0], a[0], a[3], b[3]], wall, 1.0);
        c.poly(&[b[1], a[1], a[2], b[2]], wall.times(0.8), 1.0);
        c.poly(&[b[3], a[3], a[2], b[2]], p.near.times(0.7 + 0.5 * dim), 1.0);
        c.poly(&[b[0], a[0], a[1], b[1]], p.ink.mix(p.near, dim * 0.7), 1.0);
        // The carpet's edges and the hand rails.
        for x in [60.0, 480.0] {
            c.line(&[at(x, 1040.0, near), at(x, 1040.0, far)], 5.0 * near, p.lamp.times(0.7), 0.55);
        }
        for x in [-130.0, 670.0] {
            c.line(&[at(x, 620.0, near), at(x, 620.0, far)], 9.0 * near, p.ink, 0.85);
            // A door.
            let (d0, d1) = (near - (near - far) * 0.25, near - (near - far) * 0.8);
            c.poly(
                &[at(x, 190.0, d0), at(x, 190.0, d1), at(x, 1034.0, d1), at(x, 1034.0, d0)],
                p.ink.mix(p.near, 0.5 * dim),
                1.0,
            );
            c.oval(at(x, 640.0, d1 + (d0 - d1) * 0.2), (7.0 * near, 7.0 * near), p.lamp, 0.9);
        }
        let k = (far + near) / 2.0;
        let fails = i == 2 && drift(9, take.clock * 5.0) > 0.3;
        let lamp = at(270.0, -40.0, k);
        c.oval(lamp, (70.0 * k, 15.0 * k), if fails { p.near } else { p.lamp.mix(Rgb::WHITE, 0.5) }, 1.0);
        if !fails {
            let (view, light) = c.light();
            light.glow(&view, lamp, (300.0 * k, 240.0 * k), p.lamp, 0.34);
            light.glow(&view, at(270.0, 1020.0, k), (330.0 * k, 110.0 * k), p.lamp, 0.15);
        }
    }
    end_door(c, take, &|x, y| at(x, y, end), somebody);
    c.bake_light();
    c.at_depth(1.0);
    if somebody.is_none_or(|w| w != Who::Lin) {
        let far = smooth(0.0, 1.0, take.progress * 0.8);
        let tall = 470.0 - 180.0 * far;
        figure(c, take, Who::Lin, Pose::Away, (262.0, 968.0 - 180.0 * far), tall, false);
    }
}

/// The door at the end, number 14, opening on light.
fn end_door(c: &mut Canvas, take: &Take<'_>, at: &dyn Fn(f32, f32) -> (f32, f32), somebody: Option<Who>) {
    let p = take.palette;
    let open = 0.25 + 0.75 * smooth(0.2, 0.9, take.progress);
    let (a, b) = (at(-20.0, 80.0), at(560.0, 1040.0));
    c.rect(a.0 - 16.0, a.1 - 20.0, b.0 - a.0 + 32.0, b.1 - a.1 + 20.0, p.ink, 1.0);
    let width = (b.0 - a.0) * open;
    c.rect(b.0 - width, a.1, width, b.1 - a.1, p.lamp.mix(Rgb::WHITE, 0.55), 1.0);
    if let Some(who) = somebody.filter(|_| open > 0.55) {
        figure(c, take, who, Pose::Back, (b.0 - 36.0, b.1), 112.0, true);
    }
    c.rect(a.0, a.1, b.0 - a.0 - width, b.1 - a.1, p.near.mix(p.ink, 0.4), 1.0);
    take.fonts.write(c, "14", Face::Plain, 13.0, (a.0 + 32.0, a.1 - 5.0), (p.lamp, 1.0));
    let (view, light) = c.light();
    light.glow(&view, (b.0 - width / 2.0, (a.1 + b.1) / 2.0), (200.0, 250.0), p.lamp, 0.45 * open);
    light.beam(&view, (b.0 - width / 2.0, b.1 - 30.0), TAU / 4.0, 0.55, 460.0, p.lamp.times(0.5 * open));
}

pub(crate) fn stairs(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    let middle = (270.0, 400.0);
    c.at_depth(0.5);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.ink), (1000.0, p.ink)]);
    back.glow(&view, middle, (420.0, 420.0), p.sky[2], 0.5);
    c.lay_back();
    c.at_depth(0.7);
    let turn = take.clock * 0.05;
    const STEPS: i32 = 96;
    for i in 0..STEPS {
        // Looking up: every step is a little higher, so a little nearer to the light in the middle.
        let up = i as f32 / STEPS as f32;
        let r = 760.0 * 0.9615f32.powi(i);
        let (a0, a1) = (turn + i as f32 * 0.262, turn + (i + 1) as f32 * 0.262 + 0.012);
        let inner = 0.56;
        let on = |a: f32, r: f32| (middle.0 + a.cos() * r, middle.1 + a.sin() * r);
        let lit = p.near.mix(p.sky[1], up * 1.1).mix(p.lamp, up * up * 0.75);
        let shade = if i % 2 == 0 { 1.0 } else { 0.82 };
        c.poly(&[on(a0, r * inner), on(a0, r), on(a1, r), on(a1, r * inner)], lit.times(shade), 1.0);
        c.poly(&[on(a0, r * inner), on(a0, r), on(a0 + 0.03, r), on(a0 + 0.03, r * inner)], p.ink, 0.55);
        c.line(&[on(a0, r * inner), on(a1, r * inner * 0.9615)], 9.0 * (r / 760.0) + 1.0, p.ink, 1.0);
        c.line(&[on(a0, r * inner * 0.93), on(a1, r * inner * 0.93 * 0.9615)], 3.0 * (r / 760.0) + 0.5, p.lamp, 0.5);
    }
    c.oval(middle, (19.0, 19.0), p.lamp.mix(Rgb::WHITE, 0.6), 1.0);
    let (view, light) = c.light();
    let pulse = 0.8 + 0.2 * (take.clock * 1.5).sin();
    light.glow(&view, middle, (330.0, 330.0), p.lamp, 0.55 * pulse);
    for k in 0..4 {
        light.beam(&view, middle, take.clock * 0.75 + k as f32 * TAU / 4.0, 0.12, 620.0, p.lamp.times(0.20));
    }
    // A hand on the rail: Lin's sleeve and scarf in the corner, leaning over.
    c.at_depth(1.1);
    bust(c, take, Who::Lin, (132.0, 716.0), 220.0, false);
    motes(c, take, p.sun, 30, 22.0);
    c.shape(p.ink, 1.0, |b| {
        trace(b, &[(-80.0, 960.0), (620.0, 880.0), (620.0, 900.0), (-80.0, 984.0)]);
        (0..9).for_each(|k| push_rect(b, -30.0 + k as f32 * 72.0, 950.0 - k as f32 * 8.0, 5.0, 130.0));
        push_oval(b, (296.0, 918.0), (34.0, 15.0));
    });
}
