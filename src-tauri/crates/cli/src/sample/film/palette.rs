//! The colours of each episode: one mood, eight inks.

use super::paint::Rgb;

/// What an episode is painted with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// The sky overhead, halfway and at the horizon.
    pub(crate) sky: [Rgb; 3],
    /// Sun, moon and what they strike.
    pub(crate) sun: Rgb,
    /// Lit windows and lamps.
    pub(crate) lamp: Rgb,
    /// Hills, skylines and the open sea.
    pub(crate) far: Rgb,
    /// What stands between far and ink.
    pub(crate) near: Rgb,
    /// The darkest: people and the foreground.
    pub(crate) ink: Rgb,
}

const fn palette(sky: [u32; 3], sun: u32, lamp: u32, far: u32, near: u32, ink: u32) -> Palette {
    Palette {
        sky: [Rgb::hex(sky[0]), Rgb::hex(sky[1]), Rgb::hex(sky[2])],
        sun: Rgb::hex(sun),
        lamp: Rgb::hex(lamp),
        far: Rgb::hex(far),
        near: Rgb::hex(near),
        ink: Rgb::hex(ink),
    }
}

/// The scarf that tells Lin from everybody else, in every light.
pub(crate) const SCARF: Rgb = Rgb::hex(0xff5a45);

/// Coral dusk.
pub(crate) const DUSK: Palette =
    palette([0x2a1640, 0x8a3a5c, 0xf2945c], 0xffe2a8, 0xffc46b, 0x6d2f57, 0x35193f, 0x0d0718);
/// Blue rain.
pub(crate) const RAIN: Palette =
    palette([0x0b1a2c, 0x16405a, 0x3f7f94], 0xcfeaf2, 0xffb066, 0x1c4258, 0x0e2538, 0x050b14);
/// Olive street light.
pub(crate) const SODIUM: Palette =
    palette([0x14160c, 0x3d3a14, 0x8f6f22], 0xffe9a6, 0xffca52, 0x46401a, 0x26240f, 0x0a0a05);
/// Indigo night.
pub(crate) const INDIGO: Palette =
    palette([0x070a26, 0x1b2360, 0x4b4c9e], 0xe8e6ff, 0xffd37a, 0x232a66, 0x12173f, 0x05061a);
/// Wine red.
pub(crate) const WINE: Palette =
    palette([0x1c060c, 0x5b1322, 0xa8323a], 0xffd9b8, 0xffb35c, 0x5c1826, 0x320c16, 0x0f0307);
/// Deep teal with a cold lamp.
pub(crate) const BEACON: Palette =
    palette([0x041416, 0x0d3a3d, 0x2f7a70], 0xf3f7d0, 0xfff2a0, 0x124144, 0x08272a, 0x020c0e);
/// Violet neon.
pub(crate) const NEON: Palette =
    palette([0x12062b, 0x40146a, 0xb0378f], 0xffc8f0, 0xff7ad9, 0x3c1a6e, 0x200c44, 0x080214);
/// Lamp light on paper.
pub(crate) const AMBER: Palette =
    palette([0x1d0f06, 0x5a3113, 0xb4692a], 0xffedc9, 0xffc477, 0x5d3717, 0x331b0b, 0x120803);
/// Under water.
pub(crate) const DEEP: Palette =
    palette([0x7ff0d8, 0x14867f, 0x04303c], 0xe0fff4, 0xffe08a, 0x0d5c62, 0x063a44, 0x021318);
/// Slate morning with a pink edge.
pub(crate) const SLATE: Palette =
    palette([0x1f2a3c, 0x566079, 0xe6a5a4], 0xfff0e0, 0xffc98a, 0x4a536c, 0x2a3145, 0x0c0f18);
/// Plum and gold.
pub(crate) const PLUM: Palette =
    palette([0x130818, 0x3c1540, 0x9a4a3a], 0xffe7a8, 0xffcc66, 0x40184a, 0x260e2e, 0x0b040e);
/// First light.
pub(crate) const DAWN: Palette =
    palette([0x3f6fa8, 0xc98aa0, 0xffc08a], 0xfff1c4, 0xffd98a, 0x9a6f98, 0x574a7c, 0x1d1838);
