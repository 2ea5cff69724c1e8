//! The cast as silhouettes: heads and shoulders in profile, and whole figures from behind or walking.
//!
//! Everybody is one dark shape with a thin rim of light on the side of the lamp, so a face needs nothing but its outline.
//! Lin wears a red scarf wherever she is; it is how the eye finds her in a wide shot.

use super::canvas::{Canvas, push_curve, push_oval, push_rect, trace};
use super::paint::{Rgb, drift};
use super::palette::{Palette, SCARF};
use super::scenes::Take;
use crate::sample::story::Who;
use std::f32::consts::TAU;
use tiny_skia::{Path, PathBuilder};

/// What sets one head apart from another.
struct Look {
    hair: &'static [(f32, f32)],
    /// Scales nose and chin: below 1 is softer.
    features: f32,
    long: bool,
    bun: bool,
    glasses: bool,
    beard: bool,
    cap: bool,
    scarf: Option<Rgb>,
    shoulders: f32,
}

const BOB: &[(f32, f32)] = &[
    (29.0, -20.0),
    (25.0, -40.0),
    (6.0, -56.0),
    (-22.0, -54.0),
    (-42.0, -32.0),
    (-47.0, 0.0),
    (-46.0, 26.0),
    (-40.0, 40.0),
    (-22.0, 44.0),
    (-4.0, 46.0),
    (10.0, 52.0),
    (8.0, 30.0),
    (7.0, 6.0),
    (14.0, -16.0),
];
const BUN: &[(f32, f32)] = &[
    (26.0, -28.0),
    (20.0, -44.0),
    (2.0, -55.0),
    (-22.0, -53.0),
    (-42.0, -36.0),
    (-46.0, -8.0),
    (-40.0, 12.0),
    (-26.0, 20.0),
    (-14.0, 12.0),
    (-2.0, -6.0),
    (14.0, -24.0),
];
const LONG: &[(f32, f32)] = &[
    (27.0, -26.0),
    (22.0, -43.0),
    (2.0, -56.0),
    (-26.0, -52.0),
    (-46.0, -26.0),
    (-54.0, 16.0),
    (-60.0, 62.0),
    (-56.0, 104.0),
    (-34.0, 116.0),
    (-16.0, 96.0),
    (-6.0, 50.0),
    (4.0, 8.0),
    (14.0, -20.0),
];
const SHORT: &[(f32, f32)] = &[
    (25.0, -32.0),
    (18.0, -46.0),
    (0.0, -54.0),
    (-24.0, -50.0),
    (-42.0, -28.0),
    (-43.0, 2.0),
    (-34.0, 22.0),
    (-22.0, 26.0),
    (-12.0, 8.0),
    (0.0, -14.0),
    (12.0, -28.0),
];

fn look(who: Who) -> Look {
    let plain = Look {
        hair: SHORT,
        features: 1.0,
        long: false,
        bun: false,
        glasses: false,
        beard: false,
        cap: false,
        scarf: None,
        shoulders: 1.0,
    };
    match who {
        Who::Lin => Look { hair: BOB, features: 0.86, scarf: Some(SCARF), shoulders: 0.9, ..plain },
        Who::Sister => Look { hair: LONG, features: 0.86, long: true, shoulders: 0.9, ..plain },
        Who::Mei => Look { hair: BUN, features: 0.92, bun: true, shoulders: 0.94, ..plain },
        Who::Purser => Look { cap: true, shoulders: 1.14, ..plain },
        Who::Clerk => Look { features: 1.06, glasses: true, ..plain },
        Who::Adrian => Look { features: 1.05, beard: true, shoulders: 1.16, ..plain },
    }
}

/// The face and throat in profile, looking right; the head is 100 high around (0, 0). `open` parts the lips.
fn profile(look: &Look, open: f32) -> Option<Path> {
    let f = look.features;
    let nose = 29.5 + 11.5 * f;
    let jaw = open * 4.0;
    let mut b = PathBuilder::new();
    b.move_to(18.0, -44.0);
    b.cubic_to(27.0, -38.0, 32.0, -26.0, 31.5, -14.0);
    b.cubic_to(31.3, -9.0, 29.5, -6.0, 30.0, -2.0);
    b.cubic_to(32.5, 3.0, nose - 2.0, 9.0, nose, 13.5);
    b.cubic_to(nose + 0.6, 17.0, 36.0, 17.6, 33.0, 19.0);
    b.cubic_to(32.0, 21.0, 35.8, 22.5, 36.3, 25.0);
    b.cubic_to(36.6, 27.0, 34.0, 28.0, 31.5 - open * 3.0, 28.6 + jaw * 0.2);
    b.line_to(31.0 - open * 4.0, 29.4 + jaw * 0.8);
    b.cubic_to(34.5, 29.6 + jaw, 36.0, 32.0 + jaw, 34.6, 34.4 + jaw);
    b.cubic_to(32.6, 36.4 + jaw, 31.0, 37.4 + jaw, 31.4, 40.0 + jaw);
    b.cubic_to(32.6, 43.0 + jaw, 33.4 * f.min(1.0), 47.0 + jaw, 29.0, 50.0 + jaw);
    b.cubic_to(24.0, 53.0 + jaw, 12.0, 49.0 + jaw * 0.6, 4.0, 52.0);
    b.cubic_to(2.0, 62.0, 4.0, 76.0, 12.0, 92.0);
    b.line_to(-30.0, 92.0);
    b.cubic_to(-24.0, 72.0, -24.0, 54.0, -30.0, 40.0);
    b.cubic_to(-46.0, 20.0, -46.0, -20.0, -30.0, -40.0);
    b.cubic_to(-16.0, -54.0, 4.0, -54.0, 18.0, -44.0);
    b.close();
    b.finish()
}

fn curve(points: &[(f32, f32)]) -> Option<Path> {
    let mut b = PathBuilder::new();
    push_curve(&mut b, points);
    b.finish()
}

/// Head and shoulders in profile. `height` is the head's in units; looks right unless `flip`.
pub(crate) fn bust(c: &mut Canvas, take: &Take<'_>, who: Who, at: (f32, f32), height: f32, flip: bool) {
    let look = look(who);
    let p = take.palette;
    let open = take.mouth(who);
    let seed = who as u32 * 17;
    // Breath, and a nod with the stress of the words.
    let nod = drift(seed, take.clock * 0.45) * 0.03 + open * 0.025;
    let k = height / 100.0;
    let breath = (take.clock * 1.9 + seed as f32).sin() * 0.8;
    c.placed(at, 0.0, (if flip { -k } else { k }, k), |c| {
        let rim = p.lamp.mix(p.sun, 0.35);
        // The light's edge: the same shape a little towards the lamp, drawn first.
        for (offset, ink) in [((2.3, -1.1), Some(rim)), ((0.0, 0.0), None)] {
            let (body, face, hair) = match ink {
                Some(rim) => (rim.times(0.8), rim, rim.times(0.75)),
                None => (p.ink, p.ink.mix(p.near, 0.22), p.ink.times(0.75)),
            };
            shoulders(c, &look, (offset.0, offset.1 + breath), body);
            c.placed(offset, nod, (1.0, 1.0), |c| {
                if let Some(path) = profile(&look, open) {
                    c.fill(&path, face, 1.0);
                }
                if look.beard {
                    c.shape(hair, 1.0, |b| push_curve(b, &beard(open)));
                }
                if let Some(path) = curve(look.hair) {
                    c.fill(&path, hair, 1.0);
                }
                if look.bun {
                    c.oval((-50.0, -24.0), (18.0, 17.0), hair, 1.0);
                }
                if look.cap {
                    cap(c, hair);
                }
                if ink.is_none() {
                    details(c, take, &look, who);
                }
            });
        }
        if let Some(scarf) = look.scarf {
            wrap_scarf(c, take, scarf);
        }
        c.placed((0.0, breath), 0.0, (1.0, 1.0), |c| collar(c, p));
    });
}

/// What a silhouette keeps of a face: the gleam of an eye, a sheen on the hair, spectacles, a hair pin.
fn details(c: &mut Canvas, take: &Take<'_>, look: &Look, who: Who) {
    let p = take.palette;
    let rim = p.lamp.mix(p.sun, 0.35);
    // Blinks come at uneven times and last a tenth of a second.
    let cycle = take.clock / 2.9 + who as u32 as f32 * 0.37;
    let blink = cycle.fract() < 0.04;
    if !blink {
        c.shape(rim, 0.75, |b| {
            b.move_to(19.5, -4.5);
            b.quad_to(23.5, -9.0, 27.0, -5.6);
            b.quad_to(24.0, -3.4, 19.5, -4.5);
            b.close();
        });
    }
    if !blink {
        c.oval((24.6, -5.6), (1.5, 1.7), p.ink, 1.0);
    }
    c.line(&[(17.5, -4.2), (21.5, -7.6), (27.6, -6.4)], 1.1, p.ink.times(0.5), 1.0);
    if !look.cap {
        c.shape(p.near.mix(p.sky[2], 0.3), 0.30, |b| {
            b.move_to(-4.0, -50.0);
            b.cubic_to(-24.0, -46.0, -36.0, -28.0, -37.0, -6.0);
            b.cubic_to(-31.0, -26.0, -20.0, -40.0, -4.0, -50.0);
            b.close();
        });
    }
    if look.glasses {
        if let Some(ring) = PathBuilder::from_circle(25.5, -4.0, 8.0) {
            c.stroke(&ring, 1.6, rim, 0.9);
        }
        c.line(&[(17.5, -5.0), (-12.0, -9.0)], 1.5, rim, 0.7);
    }
    if look.bun {
        c.line(&[(-68.0, -38.0), (-36.0, -14.0)], 2.2, rim, 0.9);
    }
}

fn beard(open: f32) -> [(f32, f32); 8] {
    let j = open * 4.0;
    [
        (33.0, 22.0),
        (36.0, 36.0 + j),
        (34.0, 52.0 + j),
        (20.0, 62.0 + j),
        (2.0, 54.0),
        (-6.0, 30.0),
        (2.0, 8.0),
        (12.0, 24.0),
    ]
}

fn cap(c: &mut Canvas, ink: Rgb) {
    c.shape(ink, 1.0, |b| {
        push_curve(
            b,
            &[(28.0, -34.0), (30.0, -52.0), (4.0, -66.0), (-30.0, -60.0), (-47.0, -40.0), (-44.0, -24.0), (0.0, -30.0)],
        );
    });
    c.poly(&[(14.0, -38.0), (48.0, -26.0), (50.0, -22.0), (20.0, -26.0)], ink, 1.0);
}

fn shoulders(c: &mut Canvas, look: &Look, offset: (f32, f32), ink: Rgb) {
    let w = look.shoulders;
    c.placed(offset, 0.0, (1.0, 1.0), |c| {
        c.shape(ink, 1.0, |b| {
            b.move_to(10.0, 74.0);
            b.cubic_to(30.0 * w, 92.0, 62.0 * w, 98.0, 78.0 * w, 128.0);
            b.cubic_to(92.0 * w, 170.0, 98.0 * w, 260.0, 100.0 * w, 420.0);
            b.line_to(-112.0 * w, 420.0);
            b.cubic_to(-110.0 * w, 250.0, -106.0 * w, 160.0, -92.0 * w, 122.0);
            b.cubic_to(-76.0 * w, 96.0, -46.0, 92.0, -28.0, 70.0);
            b.close();
        });
    });
}

fn collar(c: &mut Canvas, p: &Palette) {
    let edge = p.ink.mix(p.near, 0.45);
    c.shape(edge, 1.0, |b| trace(b, &[(16.0, 96.0), (44.0, 104.0), (30.0, 150.0), (16.0, 190.0), (12.0, 140.0)]));
    c.shape(p.ink.times(0.7), 1.0, |b| trace(b, &[(14.0, 190.0), (17.0, 190.0), (22.0, 420.0), (14.0, 420.0)]));
}

fn wrap_scarf(c: &mut Canvas, take: &Take<'_>, scarf: Rgb) {
    let blow = |x: f32| (take.clock * 3.1 - x * 0.05).sin();
    let tail: Vec<(f32, f32)> = (0..9)
        .map(|i| (-24.0 - i as f32 * 13.0, 74.0 + i as f32 * 5.0 + blow(i as f32 * 13.0) * i as f32 * 1.4))
        .collect();
    let back: Vec<(f32, f32)> =
        tail.iter().rev().enumerate().map(|(i, p)| (p.0 - 2.0, p.1 + 20.0 + i as f32 * 0.6)).collect();
    c.poly(&[tail, back].concat(), scarf.times(0.7), 1.0);
    c.shape(scarf, 1.0, |b| {
        push_curve(
            b,
            &[
                (-38.0, 66.0),
                (-20.0, 60.0),
                (4.0, 66.0),
                (20.0, 72.0),
                (30.0, 90.0),
                (14.0, 104.0),
                (-18.0, 100.0),
                (-42.0, 86.0),
            ],
        );
    });
    c.shape(scarf.times(0.78), 1.0, |b| {
        push_curve(
            b,
            &[(-38.0, 78.0), (-10.0, 84.0), (14.0, 86.0), (29.0, 92.0), (14.0, 104.0), (-18.0, 100.0), (-42.0, 88.0)],
        );
    });
}

/// How a whole figure stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pose {
    /// Seen from behind, standing still.
    Back,
    /// Seen from behind, walking away.
    Away,
    /// Walking to the right, or to the left when flipped.
    Walk,
}

/// A whole figure, `height` units tall, with the feet at `at`.
pub(crate) fn figure(c: &mut Canvas, take: &Take<'_>, who: Who, pose: Pose, at: (f32, f32), height: f32, flip: bool) {
    let look = look(who);
    let p = take.palette;
    let k = height / 100.0;
    let pace = take.clock * TAU * 0.85;
    let step = if pose == Pose::Back { 0.0 } else { pace.sin() };
    let bob =
        if pose == Pose::Back { (take.clock * 1.7 + who as u32 as f32).sin() * 0.15 } else { -pace.cos().abs() * 0.8 };
    c.placed((at.0, at.1 + bob * k), 0.0, (if flip { -k } else { k }, k), |c| {
        for (dx, ink) in [(0.9, p.lamp.mix(p.sun, 0.5).times(0.85)), (0.0, p.ink)] {
            c.placed((dx, -dx * 0.4), 0.0, (1.0, 1.0), |c| {
                legs(c, pose, step, ink);
                body(c, &look, pose, step, ink);
            });
        }
        if let Some(scarf) = look.scarf {
            let wind = |i: f32| (take.clock * 3.4 - i * 0.9).sin() * i * 0.5;
            let top: Vec<(f32, f32)> =
                (0..7).map(|i| i as f32).map(|i| (-3.0 - i * 3.2, -83.5 + i * 0.7 + wind(i))).collect();
            let low: Vec<(f32, f32)> = top.iter().rev().map(|q| (q.0 + 0.6, q.1 + 4.2)).collect();
            c.poly(&[top, low].concat(), scarf.times(0.85), 1.0);
            c.shape(scarf, 1.0, |b| push_oval(b, (0.0, -82.5), (6.2, 2.9)));
        }
    });
}

fn legs(c: &mut Canvas, pose: Pose, step: f32, ink: Rgb) {
    let stride = if pose == Pose::Walk { step * 9.0 } else { 0.0 };
    let lift = if pose == Pose::Away { step * 1.8 } else { 0.0 };
    for (hip, swing, up) in [(-3.9, stride, lift.max(0.0)), (3.9, -stride, (-lift).max(0.0))] {
        let hip = if pose == Pose::Walk { hip * 0.25 } else { hip };
        let foot = hip + swing;
        c.poly(&[(hip - 3.9, -34.0), (hip + 3.9, -34.0), (foot + 2.9, -up - 2.0), (foot - 2.9, -up - 2.0)], ink, 1.0);
        let toe = if pose == Pose::Walk { 1.8 } else { 0.0 };
        c.shape(ink, 1.0, |b| push_oval(b, (foot + toe, -up - 1.6), (3.2 + toe * 0.7, 2.0)));
    }
}

fn body(c: &mut Canvas, look: &Look, pose: Pose, step: f32, ink: Rgb) {
    let s = look.shoulders;
    let narrow = if pose == Pose::Walk { 0.78 } else { 1.0 };
    let sway = if pose == Pose::Walk { step * 1.6 } else { 0.0 };
    let x = |v: f32| v * s * narrow;
    // Sleeves first, a little away from the coat, then the coat with its waist and its wide hem.
    for side in [-1.0f32, 1.0] {
        let swing = if pose == Pose::Walk { side * step * 5.0 } else { side * 1.0 };
        c.line(
            &[(x(side * 9.6), -77.0), (x(side * 11.6) + swing * 0.4, -63.0), (x(side * 11.4) + swing, -47.5)],
            5.4 * s,
            ink,
            1.0,
        );
    }
    c.shape(ink, 1.0, |b| {
        b.move_to(x(-3.4), -86.5);
        b.cubic_to(x(-7.0), -84.0, x(-11.5), -83.0, x(-12.0), -77.0);
        b.cubic_to(x(-11.0), -68.0, x(-9.4), -64.0, x(-9.2), -59.0);
        b.cubic_to(x(-10.0), -46.0, x(-12.6) + sway, -34.0, x(-13.8) + sway, -25.0);
        b.cubic_to(x(-6.0) + sway, -23.2, x(6.0) + sway, -23.2, x(13.8) + sway, -25.0);
        b.cubic_to(x(12.6) + sway, -34.0, x(10.0), -46.0, x(9.2), -59.0);
        b.cubic_to(x(9.4), -64.0, x(11.0), -68.0, x(12.0), -77.0);
        b.cubic_to(x(11.5), -83.0, x(7.0), -84.0, x(3.4), -86.5);
        b.close();
    });
    c.shape(ink, 1.0, |b| {
        push_rect(b, -2.3, -90.0, 4.6, 6.0);
        push_oval(b, (0.0, -92.8), (4.9, 6.4));
    });
    let hair: &[(f32, f32)] = match (look.scarf.is_some(), look.long) {
        (true, _) => &[
            (0.0, -100.4),
            (5.0, -98.2),
            (6.6, -92.0),
            (6.9, -86.6),
            (0.0, -85.8),
            (-6.9, -86.6),
            (-6.6, -92.0),
            (-5.0, -98.2),
        ],
        (_, true) => &[
            (0.0, -100.4),
            (5.0, -98.2),
            (6.4, -90.0),
            (7.2, -74.0),
            (0.0, -71.0),
            (-7.2, -74.0),
            (-6.4, -90.0),
            (-5.0, -98.2),
        ],
        _ => &[
            (0.0, -100.2),
            (4.8, -98.0),
            (5.4, -93.0),
            (4.0, -88.6),
            (0.0, -87.6),
            (-4.0, -88.6),
            (-5.4, -93.0),
            (-4.8, -98.0),
        ],
    };
    c.shape(ink, 1.0, |b| push_curve(b, hair));
    if look.bun {
        c.oval((0.0, -97.0), (4.0, 3.8), ink, 1.0);
    }
    if look.cap {
        c.shape(ink, 1.0, |b| {
            push_curve(b, &[(-7.4, -97.0), (-6.4, -101.6), (0.0, -103.2), (6.4, -101.6), (7.4, -97.0), (0.0, -95.4)])
        });
    }
}
