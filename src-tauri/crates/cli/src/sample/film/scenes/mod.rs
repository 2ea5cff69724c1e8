//! The places of the story. Each is a function of time alone, so any picture can be drawn without the ones before it.

pub(crate) mod inside;
pub(crate) mod paper;
pub(crate) mod sea;
pub(crate) mod shore;
pub(crate) mod sky;

use super::canvas::Canvas;
use super::lettering::Fonts;
use super::palette::Palette;
use crate::sample::story::{Ambience, Who};

/// What a scene may know about the moment it draws.
pub(crate) struct Take<'a> {
    /// Seconds since the shot began.
    pub(crate) t: f32,
    /// Seconds since the episode began; never jumps back at a cut.
    pub(crate) clock: f32,
    /// How much of the shot is over, 0 to 1.
    pub(crate) progress: f32,
    pub(crate) palette: &'a Palette,
    pub(crate) fonts: &'a Fonts,
    /// Who is speaking, and how far the lips are open (0 to 1).
    pub(crate) speech: Option<(Who, f32)>,
    /// What the episode sounds of, and so what is behind a face.
    pub(crate) around: Ambience,
}

impl Take<'_> {
    /// How far somebody's lips are open at this moment.
    pub(crate) fn mouth(&self, who: Who) -> f32 {
        self.speech.filter(|s| s.0 == who).map_or(0.0, |s| s.1)
    }
}

/// A place, with what tells one use of it from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scene {
    /// Lin at the ship's rail against a low sun, perhaps with somebody.
    Rail(Option<Who>),
    /// The open sea with the ferry crossing; by day or by night.
    Crossing { night: bool },
    /// The ferry at the quay by night; somebody walks towards it.
    Quay { rain: bool },
    /// One head in profile against the sky.
    Close { who: Who, flip: bool },
    /// Two people face to face in a cabin.
    Talk(Who, Who),
    /// Somebody at a window with rain on the glass.
    Window(Who),
    /// The town by night from above; somebody on the telephone in front.
    City(Who),
    /// The lit window of the ticket office, with Lin before it.
    Booth,
    /// A ship's corridor with a door ajar at its end.
    Corridor { somebody: Option<Who> },
    /// A ticket in the light of a lamp.
    Ticket { name: &'static str, seat: &'static str },
    /// Two tickets, one upon the other.
    TwoTickets,
    /// A photograph with writing.
    Photo,
    /// The lighthouse with its beam.
    Lighthouse { lit: bool },
    /// Looking up the stairs of the tower.
    Stairs,
    /// Under water: light from above and a scarf sinking.
    Underwater,
    /// A station by the sea in the early morning.
    Platform(Who),
}

impl Scene {
    /// How strongly bright parts shine: lamps and suns do, paper in lamp light does not.
    pub(crate) fn bloom(self) -> f32 {
        match self {
            Self::Ticket { .. } | Self::TwoTickets | Self::Photo => 0.16,
            Self::Crossing { night: false } => 0.42,
            Self::Platform(_) => 0.5,
            _ => 0.6,
        }
    }
}

/// Draws one moment of a scene.
pub(crate) fn draw(scene: Scene, c: &mut Canvas, take: &Take<'_>) {
    match scene {
        Scene::Rail(other) => sea::rail(c, take, other),
        Scene::Crossing { night } => sea::crossing(c, take, night),
        Scene::Quay { rain } => shore::quay(c, take, rain),
        Scene::Close { who, flip } => inside::close(c, take, who, flip),
        Scene::Talk(a, b) => inside::talk(c, take, a, b),
        Scene::Window(who) => inside::window(c, take, who),
        Scene::City(who) => shore::city(c, take, who),
        Scene::Booth => shore::booth(c, take),
        Scene::Corridor { somebody } => inside::corridor(c, take, somebody),
        Scene::Ticket { name, seat } => paper::ticket(c, take, name, seat),
        Scene::TwoTickets => paper::two_tickets(c, take),
        Scene::Photo => paper::photo(c, take),
        Scene::Lighthouse { lit } => sea::lighthouse(c, take, lit),
        Scene::Stairs => inside::stairs(c, take),
        Scene::Underwater => sea::underwater(c, take),
        Scene::Platform(who) => shore::platform(c, take, who),
    }
}
