//! Swipe latency as a person sees it: from an input event put into the X server to the next episode's pixels.
//!
//! Only pixels count. The left stripe's column is read about a thousand times a second until a row has the next episode's
//! colour (*first pixel*), then its middle has it (*full*), and then the right stripe flips (*moving*: the episode plays).

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Screen, ScreenError,
    input::{Event, Gesture, WHEEL_DOWN, WHEEL_UP, drag},
    picture::{Picture, same_hue},
    stage::{PALETTE, Stage},
};

/// How long one swipe may take before it counts as missed.
pub const GIVE_UP: Duration = Duration::from_secs(5);
/// How long the screen is left alone between two looks: with the look itself, about a thousand a second.
const BREATH: Duration = Duration::from_micros(600);
/// The length of the measured drag: a quick flick of the thumb.
const FLICK: Duration = Duration::from_millis(96);

/// What a person does to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// The arrow key down or up.
    Key,
    /// One notch of the wheel.
    Wheel,
    /// A flick with the button held, a third of the stage long.
    Drag,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the next episode.
    Next,
    /// Back to the previous one.
    Previous,
}

impl Direction {
    /// The colour that follows `colour` in this direction.
    pub fn after(self, colour: usize) -> usize {
        let step = if self == Self::Next { 1 } else { PALETTE.len() - 1 };
        (colour + step) % PALETTE.len()
    }
}

/// One swipe that arrived. Milliseconds from the input event, or from a drag's first movement.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Sample {
    /// Until the first pixel of the episode was on the screen.
    pub first_ms: f64,
    /// Until its middle was.
    pub full_ms: f64,
    /// Until it was seen to move.
    pub moving_ms: f64,
}

/// A row of swipes under one condition.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Run {
    /// What was done.
    pub input: Input,
    /// Which way.
    pub direction: Direction,
    /// The rest before each swipe, in seconds.
    pub dwell_s: f64,
    /// The swipes that arrived.
    pub samples: Vec<Sample>,
    /// Swipes after which the right episode did not come within [`GIVE_UP`].
    pub missed: usize,
    /// Swipes after which it came, but was not seen to move by then.
    pub still: usize,
    /// Swipes after which another episode than the right one was there.
    pub wrong: usize,
}

impl Run {
    /// All swipes that did not do what they should.
    pub fn failed(&self) -> usize {
        self.missed + self.still + self.wrong
    }
}

/// A row of swipes to make.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What to do.
    pub input: Input,
    /// Which way.
    pub direction: Direction,
    /// The rest before each swipe.
    pub dwell: Duration,
    /// How many.
    pub count: usize,
}

/// Makes the swipes and measures each.
///
/// # Errors
/// When no episode is on the stage any more, or the server is gone. Missed and wrong swipes are counted, not errors.
pub fn measure(screen: &Screen, stage: &Stage, plan: Plan) -> Result<Run, ScreenError> {
    let mut run = Run {
        input: plan.input,
        direction: plan.direction,
        dwell_s: plan.dwell.as_secs_f64(),
        samples: Vec::with_capacity(plan.count),
        missed: 0,
        still: 0,
        wrong: 0,
    };
    let (lead, gesture) = gesture(screen, stage, plan.input, plan.direction)?;
    screen.point(stage.point(0.5, 0.5))?;
    let mut expected = None;
    for _ in 0..plan.count {
        thread::sleep(plan.dwell);
        let current = current(screen, stage)?;
        if expected.is_some_and(|expected| expected != current) {
            run.wrong += 1;
        }
        let wanted = plan.direction.after(current);
        screen.send(&lead)?;
        match swipe(screen, stage, &gesture, wanted)? {
            Arrival::Moving(sample) => {
                run.samples.push(sample);
                expected = Some(wanted);
            }
            Arrival::Still => {
                run.still += 1;
                expected = Some(wanted);
            }
            Arrival::Never => {
                run.missed += 1;
                expected = None;
            }
        }
    }
    Ok(run)
}

/// The episode that stands on the stage; a slide that is still under way is waited for.
fn current(screen: &Screen, stage: &Stage) -> Result<usize, ScreenError> {
    screen.wait_until("an episode on the stage", GIVE_UP, stage.left_column(), |column| stage.episode(column))
}

/// How a swipe ended.
enum Arrival {
    Moving(Sample),
    Still,
    Never,
}

/// Makes one swipe and watches it to its end.
fn swipe(screen: &Screen, stage: &Stage, gesture: &Gesture, wanted: usize) -> Result<Arrival, ScreenError> {
    let mut watch = Watch::new(stage, wanted, &screen.grab(stage.left_column())?);
    let areas = [stage.left_column(), stage.right_column()];
    let mut events = gesture.iter().peekable();
    let start = Instant::now();
    loop {
        while let Some((_, event)) = events.next_if(|(at, _)| *at <= start.elapsed()) {
            screen.send(&[*event])?;
        }
        let columns = screen.grab_each(&areas)?;
        let now = start.elapsed();
        if let [left, right] = columns.as_slice() {
            watch.look(now, left, right);
        }
        if events.peek().is_none() {
            if let Some(sample) = watch.sample() {
                return Ok(Arrival::Moving(sample));
            }
            if now > GIVE_UP {
                return Ok(if watch.full.is_some() { Arrival::Still } else { Arrival::Never });
            }
        }
        thread::sleep(BREATH);
    }
}

/// The events that come before a swipe, and those of the swipe itself. A drag's button goes down before, so that time
/// counts from its first movement.
fn gesture(
    screen: &Screen,
    stage: &Stage,
    input: Input,
    direction: Direction,
) -> Result<(Vec<Event>, Gesture), ScreenError> {
    let next = direction == Direction::Next;
    let at_once = |events: Vec<Event>| events.into_iter().map(|event| (Duration::ZERO, event)).collect();
    Ok(match input {
        Input::Key => (Vec::new(), at_once(screen.stroke(if next { "Down" } else { "Up" })?)),
        Input::Wheel => {
            let notch = if next { WHEEL_DOWN } else { WHEEL_UP };
            (Vec::new(), at_once(vec![Event::Press(notch), Event::Release(notch)]))
        }
        Input::Drag => {
            let (low, high) = (stage.point(0.5, 0.68), stage.point(0.5, 0.36));
            let (from, to) = if next { (low, high) } else { (high, low) };
            let mut flick = drag(from, to, 12, FLICK);
            let lead = flick.drain(..2).map(|(_, event)| event).collect();
            let earlier = flick.first().map_or(Duration::ZERO, |(at, _)| *at);
            flick.iter_mut().for_each(|(at, _)| *at = at.saturating_sub(earlier));
            (lead, flick)
        }
    })
}

/// What has been seen of one swipe so far.
struct Watch {
    wanted: [u8; 3],
    /// Rows that had the wanted colour before the swipe: something else that lies over the stripe.
    blind: Vec<bool>,
    /// The right stripe's brightness at the last look, where the wanted episode was beside it.
    last: Vec<Option<u8>>,
    middle: u16,
    first: Option<Duration>,
    full: Option<Duration>,
    moving: Option<Duration>,
}

/// A frame's flip is from white to black at once; a shade that fades takes longer than a look and changes less.
const FLIP: u8 = 60;
/// The right stripe has one brightness over its whole height, so that most rows flip together; so many at the least. What
/// lies over a part of the stripe (a button that fades) flips by itself.
const FEWEST_FLIPS: usize = 8;

impl Watch {
    fn new(stage: &Stage, wanted: usize, before: &Picture) -> Self {
        let wanted = PALETTE[wanted];
        let blind: Vec<bool> = (0..stage.height).map(|y| same_hue(before.rgb(0, y), wanted)).collect();
        let last = vec![None; blind.len()];
        Self { wanted, blind, last, middle: stage.height / 2, first: None, full: None, moving: None }
    }

    fn look(&mut self, now: Duration, left: &Picture, right: &Picture) {
        let (mut flips, mut compared) = (0, 0);
        let mut any = false;
        for (y, (blind, last)) in self.blind.iter().zip(&mut self.last).enumerate() {
            let y = y as u16;
            if *blind || !same_hue(left.rgb(0, y), self.wanted) {
                *last = None;
                continue;
            }
            any = true;
            let brightness = right.rgb(0, y)[1];
            compared += usize::from(last.is_some());
            flips += usize::from(last.is_some_and(|last| last.abs_diff(brightness) > FLIP));
            *last = Some(brightness);
        }
        if any {
            self.first.get_or_insert(now);
        }
        if self.first.is_some() && same_hue(left.rgb(0, self.middle), self.wanted) {
            self.full.get_or_insert(now);
        }
        if flips >= FEWEST_FLIPS && flips * 2 > compared {
            self.moving.get_or_insert(now);
        }
    }

    fn sample(&self) -> Option<Sample> {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        Some(Sample { first_ms: ms(self.first?), full_ms: ms(self.full?), moving_ms: ms(self.moving?) })
    }
}

/// A row of numbers in short.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Spread {
    /// The median.
    pub p50: f64,
    /// The 95th percentile, by nearest rank.
    pub p95: f64,
    /// The largest.
    pub worst: f64,
}

impl Spread {
    /// The spread of some numbers; all zero for none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let rank = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: rank(0.5), p95: rank(0.95), worst: rank(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: Stage = Stage { left: 4, right: 90, top: 0, height: 40 };

    fn column(rows: &[[u8; 3]]) -> Picture {
        Picture::from_bgrx(1, rows.len() as u16, rows.iter().flat_map(|c| [c[2], c[1], c[0], 0]).collect())
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn first_full_and_moving_are_told_apart_as_a_slide_comes_in() {
        let (old, new) = (PALETTE[0], PALETTE[1]);
        let mut left = vec![old; 40];
        let mut watch = Watch::new(&STAGE, 1, &column(&left));
        let (white, black) = (column(&[[255; 3]; 40]), column(&[[0; 3]; 40]));
        watch.look(ms(1), &column(&left), &white);
        // The old episode's frames flip too; that does not count.
        watch.look(ms(2), &column(&left), &black);
        assert_eq!((watch.first, watch.moving), (None, None));
        left[39] = new;
        watch.look(ms(10), &column(&left), &white);
        left[15..].fill(new);
        watch.look(ms(30), &column(&left), &white);
        assert_eq!((watch.first, watch.full, watch.moving), (Some(ms(10)), Some(ms(30)), None));
        watch.look(ms(45), &column(&left), &black);
        assert_eq!(watch.sample(), Some(Sample { first_ms: 10.0, full_ms: 30.0, moving_ms: 45.0 }));
    }

    #[test]
    fn a_mark_of_the_wanted_colour_that_was_there_before_is_not_its_first_pixel() {
        let mut left = vec![PALETTE[0]; 40];
        left[38] = PALETTE[1];
        let mut watch = Watch::new(&STAGE, 1, &column(&left));
        watch.look(ms(1), &column(&left), &column(&[[0; 3]; 40]));
        assert_eq!(watch.first, None);
    }

    #[test]
    fn a_shade_that_fades_is_not_taken_for_movement() {
        let left = vec![PALETTE[1]; 40];
        let mut watch = Watch::new(&STAGE, 1, &column(&[PALETTE[0]; 40]));
        for step in 0..6_u8 {
            watch.look(ms(u64::from(step)), &column(&left), &column(&[[40 + step * 40; 3]; 40]));
        }
        assert_eq!(watch.moving, None);
    }

    #[test]
    fn a_button_over_the_stripe_that_goes_away_is_not_taken_for_movement() {
        let left = column(&[PALETTE[1]; 40]);
        let mut watch = Watch::new(&STAGE, 1, &column(&[PALETTE[0]; 40]));
        let mut right = [[0; 3]; 40];
        right[10..25].fill([255; 3]);
        watch.look(ms(1), &left, &column(&right));
        watch.look(ms(2), &left, &column(&[[0; 3]; 40]));
        assert_eq!(watch.moving, None);
        watch.look(ms(3), &left, &column(&[[255; 3]; 40]));
        assert_eq!(watch.moving, Some(ms(3)));
    }

    #[test]
    fn the_spread_is_by_nearest_rank() {
        let spread = Spread::of((1..=100).map(f64::from));
        assert_eq!(spread, Spread { p50: 50.0, p95: 95.0, worst: 100.0 });
        assert_eq!(Spread::of([7.0]), Spread { p50: 7.0, p95: 7.0, worst: 7.0 });
        assert_eq!(Spread::of([]), Spread::default());
    }

    #[test]
    fn the_order_of_colours_goes_round_in_both_directions() {
        assert_eq!(Direction::Next.after(PALETTE.len() - 1), 0);
        assert_eq!(Direction::Previous.after(0), PALETTE.len() - 1);
    }
}
