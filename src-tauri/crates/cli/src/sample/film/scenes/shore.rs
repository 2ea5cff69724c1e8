//! On land: the quay, the ticket office, the town by night, the station.

use super::Take;
use super::sea::{ferry, waves};
use super::sky::{clouds, disc, hills, lamp_post, motes, rain, sky, stars, windows};
use crate::sample::film::canvas::{Canvas, push_oval, push_rect};
use crate::sample::film::lettering::Face;
use crate::sample::film::paint::{Rgb, chance, drift, smooth};
use crate::sample::film::people::{Pose, bust, figure};
use crate::sample::story::Who;
use std::f32::consts::TAU;

pub(crate) fn quay(c: &mut Canvas, take: &Take<'_>, wet: bool) {
    let p = take.palette;
    sky(c, take, 560.0, Some((300.0, 560.0)));
    stars(c, take, 420.0);
    if !wet {
        disc(c, take, (440.0, 316.0), 42.0);
    }
    clouds(c, take, 90.0, 480.0, p.sky[0].mix(p.sky[1], 0.6), 0.7, 40);
    hills(c, 572.0, 120.0, p.far.mix(p.sky[2], 0.2), 0.22, 12);
    town(c, take, 572.0);
    waves(c, take, 570.0, 800.0, None);
    c.at_depth(0.75);
    ferry(c, take, (258.0, 716.0), 1.5, p.ink.mix(p.near, 0.55), 1.0);
    crane(c, take);
    // The quay's edge, the gangway, and the stones.
    c.at_depth(1.0);
    c.poly(&[(330.0, 644.0), (344.0, 640.0), (470.0, 792.0), (440.0, 794.0)], p.ink, 1.0);
    for k in 0..8 {
        let (x, y) = (336.0 + k as f32 * 14.0, 646.0 + k as f32 * 17.6);
        c.line(&[(x, y), (x, y - 34.0)], 2.0, p.ink, 1.0);
    }
    c.line(&[(336.0, 612.0), (452.0, 756.0)], 2.4, p.ink, 1.0);
    c.poly(&[(-80.0, 786.0), (620.0, 774.0), (620.0, 1060.0), (-80.0, 1060.0)], p.ink.mix(p.far, 0.72), 1.0);
    c.poly(&[(-80.0, 786.0), (620.0, 774.0), (620.0, 780.0), (-80.0, 792.0)], p.lamp.mix(p.near, 0.55), 1.0);
    for (k, y) in [808.0f32, 836.0, 876.0, 930.0].into_iter().enumerate() {
        c.line(&[(-80.0, y + 4.0), (620.0, y - 6.0)], 1.2, p.ink, 0.5);
        for i in 0..8 {
            let x = -60.0 + i as f32 * (84.0 + k as f32 * 16.0) + (k % 2) as f32 * 40.0;
            c.line(&[(x, y), (x - 10.0, y + 24.0 + k as f32 * 8.0)], 1.2, p.ink, 0.4);
        }
    }
    lamp_post(c, take, (30.0, 822.0), 300.0, 1);
    lamp_post(c, take, (440.0, 846.0), 330.0, 2);
    for x in [190.0, 300.0] {
        c.shape(p.ink, 1.0, |b| {
            push_rect(b, x - 8.0, 784.0, 16.0, 22.0);
            push_oval(b, (x, 784.0), (13.0, 6.0));
        });
    }
    let (view, light) = c.light();
    light.glow(&view, (230.0, 880.0), (320.0, 80.0), p.lamp, 0.20);
    c.bake_light();
    let x = 176.0 + take.t * 24.0;
    reflection(c, take, (x, 884.0));
    figure(c, take, Who::Lin, Pose::Walk, (x, 884.0), 250.0, false);
    suitcase(c, take, (x - 30.0, 884.0));
    if wet {
        rain(c, take, p.sun, 1.0);
        splashes(c, take, 800.0);
    }
}

fn suitcase(c: &mut Canvas, take: &Take<'_>, at: (f32, f32)) {
    let p = take.palette;
    let swing = 0.06 * (take.clock * TAU * 0.85).sin();
    c.placed((at.0 + 4.0, at.1 - 96.0), swing, (1.0, 1.0), |c| {
        c.rect(-25.0, 22.0, 52.0, 40.0, p.lamp.times(0.55), 1.0);
        c.rect(-26.0, 23.0, 52.0, 40.0, p.ink, 1.0);
        c.line(&[(-8.0, 22.0), (-8.0, 14.0), (8.0, 14.0), (8.0, 22.0)], 3.0, p.ink, 1.0);
    });
}

/// The dark shape of somebody on wet stones.
fn reflection(c: &mut Canvas, take: &Take<'_>, feet: (f32, f32)) {
    c.oval((feet.0, feet.1 + 6.0), (44.0, 8.0), take.palette.ink, 0.7);
}

fn splashes(c: &mut Canvas, take: &Take<'_>, from: f32) {
    c.at_depth(1.0);
    for i in 0..26u32 {
        let cycle = take.clock * 2.2 + chance(i) * 9.0;
        let (lap, age) = (cycle.floor() as u32, cycle.fract());
        let y = from + 150.0 * chance(i + lap * 37 + 5);
        let x = chance(i + lap * 53 + 9) * 560.0 - 10.0;
        let r = 2.0 + 12.0 * age;
        let ring = tiny_skia::Rect::from_xywh(x - r, y - r * 0.3, r * 2.0, r * 0.6)
            .and_then(tiny_skia::PathBuilder::from_oval);
        if let Some(ring) = ring {
            c.stroke(&ring, 0.9, take.palette.sun, 0.4 * (1.0 - age));
        }
    }
}

/// A small town on the hills: dark houses, some windows.
fn town(c: &mut Canvas, take: &Take<'_>, base: f32) {
    let p = take.palette;
    c.at_depth(0.3);
    for i in 0..17u32 {
        let r = |k: u32| chance(i * 23 + k + 600);
        let (w, h) = (26.0 + 26.0 * r(0), 24.0 + 62.0 * r(1));
        let x = -50.0 + i as f32 * 37.0;
        c.rect(x, base - h, w, h + 4.0, p.far, 1.0);
        c.poly(&[(x - 3.0, base - h), (x + w / 2.0, base - h - 14.0 * r(2)), (x + w + 3.0, base - h)], p.far, 1.0);
        windows(c, take, (x + 3.0, base - h + 6.0, w - 5.0, h - 8.0), (9.0, 12.0), 0.4, i + 3);
    }
}

fn crane(c: &mut Canvas, take: &Take<'_>) {
    let ink = take.palette.ink;
    c.at_depth(0.85);
    c.line(&[(34.0, 790.0), (66.0, 420.0), (98.0, 790.0)], 6.0, ink, 1.0);
    for k in 0..6 {
        let y = 470.0 + k as f32 * 52.0;
        let half = (y - 420.0) * 0.086;
        c.line(&[(66.0 - half, y), (66.0 + half + 4.0, y + 44.0)], 2.4, ink, 1.0);
    }
    c.line(&[(18.0, 452.0), (66.0, 420.0), (250.0, 330.0)], 6.0, ink, 1.0);
    let sway = 5.0 * (take.clock * 0.8).sin();
    c.line(&[(244.0, 333.0), (244.0 + sway, 440.0)], 1.6, ink, 1.0);
    c.rect(238.0 + sway, 440.0, 12.0, 10.0, ink, 1.0);
}

pub(crate) fn booth(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    c.at_depth(0.4);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.sky[0]), (520.0, p.near.mix(p.sky[1], 0.5)), (820.0, p.near), (1000.0, p.ink)]);
    back.glow(&view, (270.0, 420.0), (420.0, 380.0), p.lamp, 0.34);
    c.lay_back();
    c.at_depth(0.8);
    // Boards of the wall.
    for k in 0..10 {
        c.rect(-60.0 + k as f32 * 66.0, -40.0, 1.6, 880.0, p.ink, 0.35);
    }
    c.rect(-60.0, 226.0, 660.0, 66.0, p.ink, 0.85);
    let sign = 0.88 + 0.12 * drift(4, take.clock * 7.0);
    take.fonts.write(c, "TICKETS", Face::Plain, 46.0, (167.0, 275.0), (p.lamp.mix(Rgb::WHITE, 0.35), sign));
    // The window with the clerk behind it.
    c.rect(104.0, 304.0, 332.0, 330.0, p.ink, 1.0);
    c.rect(118.0, 318.0, 304.0, 302.0, p.lamp.mix(p.sky[2], 0.35), 1.0);
    for k in 0..3 {
        let y = 352.0 + k as f32 * 42.0;
        c.rect(332.0, y + 26.0, 84.0, 4.0, p.near, 0.8);
        for i in 0..6u32 {
            let tall = 14.0 + 12.0 * chance(i + k * 9);
            c.rect(336.0 + i as f32 * 13.0, y + 26.0 - tall, 9.0, tall, p.near, 0.55 + 0.4 * chance(i * 5 + k));
        }
    }
    // A clock that has stopped.
    c.oval((170.0, 366.0), (30.0, 30.0), p.ink, 1.0);
    c.oval((170.0, 366.0), (26.0, 26.0), p.sun, 1.0);
    c.line(&[(170.0, 366.0), (170.0, 346.0)], 3.0, p.ink, 1.0);
    c.line(&[(170.0, 366.0), (158.0, 372.0)], 3.0, p.ink, 1.0);
    c.placed((0.0, 0.0), 0.0, (1.0, 1.0), |c| bust(c, take, Who::Clerk, (268.0, 470.0), 112.0, true));
    c.shape(p.ink, 1.0, |b| {
        push_rect(b, 266.0, 318.0, 6.0, 110.0);
        push_rect(b, 92.0, 606.0, 356.0, 26.0);
        push_rect(b, 104.0, 632.0, 332.0, 290.0);
    });
    c.rect(92.0, 606.0, 356.0, 3.0, p.sun, 0.8);
    c.rect(232.0, 586.0, 60.0, 20.0, p.sun, 0.9);
    let (view, light) = c.light();
    light.beam(&view, (270.0, 600.0), TAU / 4.0, 0.9, 420.0, p.lamp.times(0.24));
    light.glow(&view, (270.0, 258.0), (250.0, 70.0), p.lamp, 0.25 * sign);
    c.bake_light();
    c.at_depth(1.1);
    c.rect(-80.0, 902.0, 700.0, 200.0, p.ink, 1.0);
    figure(c, take, Who::Lin, Pose::Back, (410.0, 990.0), 520.0, false);
    rain(c, take, p.sun, 0.9);
    splashes(c, take, 900.0);
}

pub(crate) fn city(c: &mut Canvas, take: &Take<'_>, who: Who) {
    let p = take.palette;
    sky(c, take, 620.0, Some((138.0, 300.0)));
    stars(c, take, 300.0);
    disc(c, take, (138.0, 300.0), 50.0);
    clouds(c, take, 150.0, 420.0, p.sky[1].mix(p.sky[2], 0.3), 0.5, 61);
    for layer in 0..3u32 {
        let near = layer as f32 / 2.0;
        c.at_depth(0.25 + 0.25 * near);
        let ink = p.far.mix(p.sky[2], 0.35 * (1.0 - near)).mix(p.near, near * 0.8);
        let mut x = -70.0;
        let mut i = 0;
        while x < 620.0 {
            let r = |k: u32| chance(layer * 333 + i * 19 + k);
            let (w, h) = (48.0 + 46.0 * r(0), 130.0 + 260.0 * r(1) * (1.0 - 0.25 * near));
            let top = 850.0 - h - 210.0 * (1.0 - near);
            c.rect(x, top, w + 1.0, 1000.0 - top, ink, 1.0);
            if r(2) > 0.6 {
                c.rect(x + w * 0.5, top - 46.0, 2.0, 46.0, ink, 1.0);
                c.oval(
                    (x + w * 0.5 + 1.0, top - 46.0),
                    (2.2, 2.2),
                    Rgb::hex(0xff4040),
                    0.5 + 0.5 * (take.clock * 3.0 + i as f32).sin(),
                );
            }
            let tall = (900.0 - top).min(400.0);
            windows(
                c,
                take,
                (x + 5.0, top + 10.0, w - 8.0, tall),
                (9.0 + 2.5 * near, 13.0 + 3.5 * near),
                0.34,
                layer * 50 + i,
            );
            x += w;
            i += 1;
        }
    }
    // A train on a bridge.
    c.at_depth(0.55);
    c.rect(-80.0, 728.0, 700.0, 9.0, p.ink, 1.0);
    c.shape(p.ink, 1.0, |b| (0..6).for_each(|k| push_rect(b, -20.0 + k as f32 * 118.0, 728.0, 12.0, 260.0)));
    let head = take.t * 92.0 + 60.0;
    c.shape(p.lamp.mix(Rgb::WHITE, 0.35), 1.0, |b| {
        (0..18).for_each(|k| push_rect(b, head - k as f32 * 17.0, 711.0, 12.0, 9.0))
    });
    let (view, light) = c.light();
    light.glow(&view, (head - 140.0, 716.0), (220.0, 40.0), p.lamp, 0.3);
    // In front: somebody with a telephone.
    c.at_depth(1.1);
    bust(c, take, who, (344.0, 560.0), 250.0, true);
    c.placed((366.0, 590.0), 0.30, (1.0, 1.0), |c| {
        // The hand, its rim of light, and the telephone at the ear.
        for (d, ink) in [((-2.4, -1.2), p.lamp), ((0.0, 0.0), p.ink.mix(p.near, 0.35))] {
            c.placed(d, 0.0, (1.0, 1.0), |c| {
                c.line(&[(14.0, 44.0), (34.0, 150.0), (70.0, 330.0)], 62.0, ink, 1.0);
                c.line(&[(10.0, 34.0), (-8.0, 2.0)], 26.0, ink, 1.0);
                (0..4).for_each(|k| {
                    c.line(&[(26.0, 48.0 - k as f32 * 16.0), (-8.0, 40.0 - k as f32 * 17.0)], 15.0, ink, 1.0)
                });
            });
        }
        c.line(&[(-9.0, -62.0), (-9.0, 70.0)], 9.0, p.sun, 1.0);
        c.line(&[(-4.0, -62.0), (-4.0, 70.0)], 10.0, p.ink, 1.0);
    });
    let (view, light) = c.light();
    light.glow(&view, (340.0, 580.0), (80.0, 110.0), p.sun, 0.20);
}

pub(crate) fn platform(c: &mut Canvas, take: &Take<'_>, who: Who) {
    let p = take.palette;
    sky(c, take, 520.0, Some((250.0, 500.0)));
    disc(c, take, (250.0, 488.0 - take.t * 2.5), 60.0);
    clouds(c, take, 240.0, 480.0, p.sky[1].mix(p.sky[2], 0.4), 0.7, 90);
    hills(c, 524.0, 80.0, p.far.mix(p.sky[2], 0.5), 0.2, 63);
    c.at_depth(0.5);
    // Everything runs to one point on the horizon.
    let eye = (250.0, 508.0);
    let towards = |x: f32, y: f32, k: f32| (x + (eye.0 - x) * k, y + (eye.1 - y) * k);
    c.poly(&[(-200.0, 1000.0), eye, (150.0, 1000.0)], p.near, 1.0);
    for x in [-90.0, 40.0] {
        c.poly(
            &[(x, 1000.0), (eye.0 - 1.0, eye.1), (eye.0, eye.1), (x + 12.0, 1000.0)],
            p.sun.mix(p.sky[2], 0.5),
            0.85,
        );
    }
    train(c, take, eye);
    c.at_depth(0.8);
    c.poly(&[(120.0, 1000.0), eye, (760.0, 1000.0)], p.ink.mix(p.near, 0.7), 1.0);
    c.poly(&[(120.0, 1000.0), eye, (150.0, 1000.0)], p.lamp, 0.85);
    // The roof on its posts.
    let (a, b) = (towards(900.0, -160.0, 0.0), towards(60.0, -60.0, 0.0));
    c.poly(&[b, eye, a], p.ink.mix(p.near, 0.25), 1.0);
    for k in 0..7 {
        let k = 1.0 - 0.74f32.powi(k + 1);
        let (l, r) = (towards(60.0, -60.0, k), towards(900.0, -160.0, k));
        c.line(&[l, r], 7.0 * (1.0 - k), p.near, 0.7);
        let (foot, top) = (towards(560.0, 1000.0, k), towards(560.0, -120.0, k));
        c.line(&[foot, top], 17.0 * (1.0 - k), p.ink, 1.0);
        let lamp = towards(320.0, 60.0, k);
        c.oval(lamp, (22.0 * (1.0 - k), 8.0 * (1.0 - k)), p.lamp.mix(Rgb::WHITE, 0.5), 1.0);
        let (view, light) = c.light();
        light.glow(&view, lamp, (190.0 * (1.0 - k), 150.0 * (1.0 - k)), p.lamp, 0.4);
        light.glow(&view, towards(330.0, 960.0, k), (200.0 * (1.0 - k), 60.0 * (1.0 - k)), p.lamp, 0.22);
    }
    // The clock.
    c.line(&[(372.0, 150.0), (372.0, 226.0)], 4.0, p.ink, 1.0);
    c.oval((372.0, 262.0), (40.0, 40.0), p.ink, 1.0);
    c.oval((372.0, 262.0), (34.0, 34.0), p.sun, 1.0);
    for (turn, long, w) in [(take.clock * 0.105 - 1.2, 26.0, 2.6), (3.9, 17.0, 4.0)] {
        c.line(&[(372.0, 262.0), (372.0 + turn.cos() * long, 262.0 + turn.sin() * long)], w, p.ink, 1.0);
    }
    c.bake_light();
    c.at_depth(1.0);
    figure(c, take, Who::Lin, Pose::Back, (300.0, 890.0), 330.0, false);
    figure(c, take, who, Pose::Back, (430.0, 920.0), 380.0, false);
    motes(c, take, p.sun, 18, 10.0);
}

/// A train that comes in on the left.
fn train(c: &mut Canvas, take: &Take<'_>, eye: (f32, f32)) {
    let p = take.palette;
    // How far it has come: 1 is far away.
    let k = 1.0 - smooth(0.0, 7.0, take.t + 1.6) * 0.84;
    let at = |x: f32, y: f32, k: f32| (x + (eye.0 - x) * k, y + (eye.1 - y) * k);
    let face = |x: f32, y: f32| at(x, y, k);
    let side = |x: f32, y: f32, deep: f32| at(x, y, k + (1.0 - k) * deep);
    c.poly(
        &[face(60.0, 420.0), side(60.0, 420.0, 0.9), side(60.0, 960.0, 0.9), face(60.0, 960.0)],
        p.ink.mix(p.far, 0.35),
        1.0,
    );
    c.poly(
        &[face(-210.0, 420.0), face(60.0, 420.0), face(60.0, 960.0), face(-210.0, 960.0)],
        p.ink.mix(p.near, 0.4),
        1.0,
    );
    c.poly(
        &[face(-180.0, 480.0), face(30.0, 480.0), face(30.0, 640.0), face(-180.0, 640.0)],
        p.lamp.mix(Rgb::WHITE, 0.2),
        0.9,
    );
    for i in 0..9 {
        let (from, to) = (0.08 + i as f32 * 0.09, 0.14 + i as f32 * 0.09);
        c.poly(
            &[side(60.0, 520.0, from), side(60.0, 520.0, to), side(60.0, 660.0, to), side(60.0, 660.0, from)],
            p.lamp,
            0.9,
        );
    }
    let (view, light) = c.light();
    for x in [-150.0, 0.0] {
        light.glow(&view, face(x, 840.0), (150.0 * (1.0 - k) + 26.0, 130.0 * (1.0 - k) + 22.0), p.sun, 0.5);
    }
}
