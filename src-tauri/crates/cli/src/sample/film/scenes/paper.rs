//! Close-ups of paper in lamp light: the ticket, two tickets, a photograph.

use super::Take;
use super::sky::motes;
use crate::sample::film::canvas::{Canvas, push_curve, push_oval, push_rect, trace};
use crate::sample::film::lettering::Face;
use crate::sample::film::paint::{Rgb, chance, drift};
use crate::sample::film::palette::SCARF;
use crate::sample::film::people::{Pose, figure};
use crate::sample::story::Who;
use std::f32::consts::TAU;

const PAPER: Rgb = Rgb::hex(0xdfcba0);
const PRINT: Rgb = Rgb::hex(0x3a2417);

/// The table top with a pool of light on it.
fn table(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    c.at_depth(0.9);
    let lamp = (250.0 + 10.0 * (take.clock * 0.7).sin(), 420.0);
    let (view, back) = c.back();
    back.gradient(&view, &[(0.0, p.near), (1000.0, p.ink.mix(p.near, 0.35))]);
    back.glow(&view, lamp, (470.0, 560.0), p.lamp.mix(p.sky[2], 0.4), 0.5);
    c.lay_back();
    for i in 0..26u32 {
        let y = -40.0 + i as f32 * 42.0 + 14.0 * chance(i);
        let grain: Vec<(f32, f32)> =
            (0..14).map(|k| -60.0 + k as f32 * 52.0).map(|x| (x, y + 9.0 * drift(i, x / 140.0))).collect();
        c.line(&grain, 1.0 + 1.6 * chance(i + 50), p.ink, 0.22);
    }
    let (view, light) = c.light();
    let flicker = 1.0 + 0.08 * drift(2, take.clock * 6.0);
    light.glow(&view, lamp, (330.0, 360.0), p.lamp, 0.09 * flicker);
}

fn shadow(c: &mut Canvas, w: f32, h: f32) {
    for k in 0..5 {
        let k = k as f32 * 4.0;
        c.rect(-w / 2.0 + 8.0 - k, -h / 2.0 + 14.0 - k * 0.6, w + k * 2.0, h + k * 1.6, Rgb::BLACK, 0.10);
    }
}

fn coupon(c: &mut Canvas, take: &Take<'_>, name: &str, seat: &str) {
    let fonts = take.fonts;
    let (w, h) = (420.0, 236.0);
    shadow(c, w, h);
    c.shape(PAPER, 1.0, |b| {
        // Perforated on the left.
        let mut points = vec![(w / 2.0, -h / 2.0), (w / 2.0, h / 2.0), (-w / 2.0, h / 2.0)];
        for i in (0..24).rev() {
            let y = -h / 2.0 + i as f32 * h / 24.0;
            points.extend([(-w / 2.0 + 5.0, y + h / 48.0), (-w / 2.0, y)]);
        }
        trace(b, &points);
    });
    c.rect(-w / 2.0 + 14.0, -h / 2.0 + 14.0, w - 28.0, 40.0, PRINT, 0.92);
    fonts.write(c, "SALTMERE NIGHT FERRY", Face::Plain, 20.0, (-w / 2.0 + 30.0, -h / 2.0 + 41.0), (PAPER, 1.0));
    fonts.write(c, "PASSENGER", Face::Plain, 11.0, (-180.0, -38.0), (PRINT, 0.8));
    fonts.write(c, name, Face::Title, 46.0, (-181.0, 2.0), (PRINT, 1.0));
    for (x, label, value) in [(-180.0, "DATE", "14 NOV 2007"), (-18.0, "SEAT", seat), (66.0, "SAILS", "23:40")] {
        fonts.write(c, label, Face::Plain, 11.0, (x, 44.0), (PRINT, 0.8));
        fonts.write(c, value, Face::Plain, 19.0, (x, 68.0), (PRINT, 1.0));
    }
    c.shape(PRINT, 0.9, |b| {
        let mut x = -180.0;
        for i in 0..44u32 {
            let bar = 1.0 + (chance(i + 7) * 3.0).floor();
            push_rect(b, x, 84.0, bar, 20.0);
            x += bar + 1.4 + 1.6 * chance(i + 99);
        }
    });
    // The stamp.
    c.placed((146.0, -6.0), -0.22, (1.0, 1.0), |c| {
        let ink = SCARF.times(0.72);
        if let Some(ring) = tiny_skia::PathBuilder::from_circle(0.0, 0.0, 47.0) {
            c.stroke(&ring, 3.0, ink, 0.75);
        }
        if let Some(ring) = tiny_skia::PathBuilder::from_circle(0.0, 0.0, 40.0) {
            c.stroke(&ring, 1.2, ink, 0.75);
        }
        fonts.write(c, "BOARDED", Face::Plain, 13.5, (-33.0, 5.0), (ink, 0.85));
    });
    // A crease, and a stain of sea water.
    c.line(&[(30.0, -h / 2.0), (24.0, h / 2.0)], 1.4, PRINT, 0.18);
    c.line(&[(31.5, -h / 2.0), (25.5, h / 2.0)], 1.2, Rgb::WHITE, 0.35);
    c.shape(Rgb::hex(0x9c7b4a), 0.20, |b| {
        push_curve(b, &[(90.0, 60.0), (150.0, 44.0), (206.0, 70.0), (208.0, 116.0), (130.0, 117.0), (84.0, 96.0)]);
    });
}

/// A thumb that holds the paper at its lower edge, with the hand and the sleeve behind it.
fn hand(c: &mut Canvas, take: &Take<'_>, at: (f32, f32)) {
    let p = take.palette;
    let shake = 1.2 * drift(5, take.clock * 3.0);
    let skin = p.ink.mix(p.near, 0.6).mix(p.lamp, 0.10);
    c.placed((at.0, at.1 + shake), 0.0, (1.0, 1.0), |c| {
        for (d, ink) in [((-2.2, -2.2), p.lamp.mix(p.near, 0.25)), ((0.0, 0.0), skin)] {
            c.placed(d, 0.0, (1.0, 1.0), |c| {
                c.line(&[(120.0, 170.0), (210.0, 420.0)], 190.0, ink, 1.0);
                c.line(&[(60.0, 112.0), (96.0, 150.0)], 116.0, ink, 1.0);
                c.line(&[(6.0, 2.0), (20.0, 44.0), (62.0, 104.0)], 46.0, ink, 1.0);
            });
        }
        c.placed((1.0, -6.0), -0.3, (1.0, 1.0), |c| {
            c.shape(skin.mix(p.lamp, 0.42), 0.9, |b| push_oval(b, (0.0, 0.0), (12.0, 16.0)));
        });
        c.line(&[(38.0, 52.0), (54.0, 46.0)], 1.6, p.ink, 0.5);
        // The coat's sleeve.
        for (dy, ink) in [(-3.0, p.lamp.mix(p.near, 0.4)), (0.0, p.ink)] {
            c.poly(&[(-20.0, 292.0 + dy), (262.0, 170.0 + dy), (420.0, 470.0), (-40.0, 520.0)], ink, 1.0);
        }
        for (x, y) in [(70.0, 284.0), (120.0, 262.0)] {
            c.oval((x, y), (8.0, 8.0), p.lamp.mix(p.near, 0.55), 0.9);
        }
    });
}

pub(crate) fn ticket(c: &mut Canvas, take: &Take<'_>, name: &str, seat: &str) {
    table(c, take);
    c.at_depth(1.0);
    let tilt = -0.09 + 0.014 * (take.clock * 0.8).sin();
    c.placed((268.0, 430.0 + 4.0 * (take.clock * 0.6).sin()), tilt, (1.06, 1.06), |c| coupon(c, take, name, seat));
    hand(c, take, (392.0, 556.0));
    sweep(c, take);
    motes(c, take, take.palette.lamp, 26, 12.0);
}

/// A band of light that wanders over the paper.
fn sweep(c: &mut Canvas, take: &Take<'_>) {
    let centre = -260.0 + take.progress * 1100.0;
    let (view, light) = c.light();
    light.paint(&view, take.palette.lamp, |x, y| {
        let d = (x + (y - 430.0) * 0.5 - centre) / 90.0;
        if d.abs() < 1.0 { (1.0 - d * d) * 0.10 } else { 0.0 }
    });
}

pub(crate) fn two_tickets(c: &mut Canvas, take: &Take<'_>) {
    table(c, take);
    c.at_depth(0.95);
    c.placed((300.0, 344.0), 0.16, (0.86, 0.86), |c| coupon(c, take, "Mei Chen", "15"));
    c.at_depth(1.0);
    let slide = 1.0 - (take.t * 0.9).min(1.0);
    let eased = slide * slide;
    c.placed((252.0 - 300.0 * eased, 566.0), -0.10 - 0.3 * eased, (1.0, 1.0), |c| coupon(c, take, "Child, two", "14"));
    hand(c, take, (346.0 - 300.0 * eased, 690.0));
    sweep(c, take);
    motes(c, take, take.palette.lamp, 26, 12.0);
}

pub(crate) fn photo(c: &mut Canvas, take: &Take<'_>) {
    let p = take.palette;
    table(c, take);
    c.at_depth(1.0);
    c.placed((270.0, 440.0), 0.07 + 0.012 * (take.clock * 0.8).sin(), (1.0, 1.0), |c| {
        let (w, h) = (360.0, 430.0);
        shadow(c, w, h);
        c.rect(-w / 2.0, -h / 2.0, w, h, PAPER, 1.0);
        let (x, y, w, h) = (-w / 2.0 + 20.0, -h / 2.0 + 20.0, w - 40.0, 300.0);
        c.rect(x, y, w, h, Rgb::hex(0xd8a878), 1.0);
        c.rect(x, y + 170.0, w, 130.0, Rgb::hex(0x8d5f4a), 1.0);
        c.oval((70.0, y + 118.0), (44.0, 44.0), Rgb::hex(0xffe6bc), 1.0);
        // A man and two small children by the sea, their scarves alike.
        figure(c, take, Who::Adrian, Pose::Back, (-6.0, y + 286.0), 226.0, false);
        figure(c, take, Who::Lin, Pose::Back, (-62.0, y + 290.0), 112.0, true);
        figure(c, take, Who::Lin, Pose::Back, (52.0, y + 290.0), 112.0, false);
        take.fonts.write(c, "Lin & Yan, Saltmere", Face::Title, 34.0, (-142.0, 176.0), (PRINT, 0.9));
        // Gloss.
        let shine = -260.0 + take.progress * 620.0;
        c.poly(
            &[(shine, y), (shine + 46.0, y), (shine - 34.0, y + h), (shine - 80.0, y + h)],
            Rgb::WHITE,
            if shine > x + 80.0 && shine < x + w - 46.0 { 0.12 } else { 0.0 },
        );
    });
    hand(c, take, (404.0, 650.0));
    let (view, light) = c.light();
    light.beam(&view, (-60.0, -60.0), TAU / 8.0, 0.35, 1300.0, p.lamp.times(0.12));
    motes(c, take, p.lamp, 26, 12.0);
}
