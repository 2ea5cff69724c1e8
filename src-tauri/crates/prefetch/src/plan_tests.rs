//! What is wanted in a few states that people are in every day; for every viewer, and in every state.

mod always;
mod habits;

use crate::*;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const NOW: Duration = Duration::from_secs(1000);

/// A minute of 2 Mbit/s, with its index at the end.
fn file(cached: Vec<Range<u64>>) -> Episode {
    let bytes = 15_000_000;
    let head = vec![0..4_000, bytes - 60_000..bytes];
    Episode {
        media: Media::Progressive { bytes, duration: Some(MINUTE), head, cached },
        opens_at: Duration::ZERO,
        retention: None,
    }
}

/// A minute of three variants, in segments of four seconds.
fn stream(cached: Vec<Option<usize>>, init: bool) -> Episode {
    let variant = |bit_rate: u64| Variant { bit_rate, segments: vec![bit_rate / 2; 15], init: true };
    let variants = [750_000, 1_200_000, 1_850_000].map(variant).to_vec();
    let stream = Stream { durations: vec![Duration::from_secs(4); 15], variants };
    let media = Media::Segmented { stream: Arc::new(stream), init: vec![init; 3], cached };
    Episode { media, opens_at: Duration::ZERO, retention: None }
}

fn state(queue: Vec<Episode>, playing: usize, mbps: f64) -> State {
    State {
        now: NOW,
        queue,
        playing,
        position: Duration::ZERO,
        speed: 1.0,
        jump: None,
        auto_next: true,
        variant: None,
        link: Link { throughput: mbps * 1e6, spread: 0.45, round_trip: Duration::from_millis(50) },
        habits: Habits::default(),
        limits: Limits::default(),
        wants: 200,
    }
}

fn reasons(plan: &Plan) -> Vec<(usize, Reason)> {
    let mut list: Vec<_> = plan.wants.iter().map(|w| (w.episode, w.reason)).collect();
    list.dedup();
    list
}

fn bytes_wanted(plan: &Plan, episode: usize) -> u64 {
    let of_episode = plan.wants.iter().filter(|w| w.episode == episode);
    of_episode.map(|w| if let What::Bytes(r) = &w.what { r.end - r.start } else { 0 }).sum()
}

#[test]
fn the_head_comes_first_wherever_it_lies_and_then_the_beginning() {
    let plan = plan(&state(vec![file(vec![]), file(vec![])], 0, 8.0));
    let first: Vec<_> = plan.wants[..3].iter().map(|w| w.what.clone()).collect();
    let bytes = |range: Range<u64>| What::Bytes(range);
    assert_eq!(first[..2], [bytes(0..4_000), bytes(14_940_000..15_000_000)]);
    assert!(matches!(&first[2], What::Bytes(r) if r.start == 4_000));
    assert!(plan.wants[..3].iter().all(|w| w.episode == 0 && w.reason == Reason::Playing && w.deadline == NOW));
}

#[test]
fn on_a_good_free_link_the_next_episode_is_fetched_whole_and_later_ones_begin_at_once() {
    let queue = vec![file(vec![]), file(vec![]), file(vec![]), file(vec![]), file(vec![]), file(vec![])];
    let plan = plan(&state(queue, 1, 20.0));
    let expected = [
        (1, Reason::Playing),
        (2, Reason::Next),
        (0, Reason::Previous),
        (3, Reason::Later),
        (1, Reason::Stock),
        (2, Reason::NextWhole),
        (4, Reason::Later),
        (5, Reason::Later),
    ];
    assert_eq!(reasons(&plan), expected);
    assert_eq!((bytes_wanted(&plan, 1), bytes_wanted(&plan, 2)), (15_000_000, 15_000_000));
    assert!(bytes_wanted(&plan, 4) < 15_000_000 / 20);
    assert!(plan.wants.iter().all(|w| matches!(&w.what, What::Bytes(r) if r.end - r.start <= 2 << 20)));
}

#[test]
fn the_parts_of_a_head_that_overlap_are_wanted_once() {
    let mut queue = vec![file(vec![])];
    if let Media::Progressive { bytes, head, .. } = &mut queue[0].media {
        (*bytes, *head) = (10_000, vec![2_000..10_000, 0..4_000, 3_000..5_000]);
    }
    let ranges: Vec<_> = plan(&state(queue, 0, 20.0)).wants.into_iter().map(|w| w.what).collect();
    assert_eq!(ranges, [What::Bytes(0..4_000), What::Bytes(4_000..10_000)]);
}

#[test]
fn a_head_is_wanted_even_where_everything_else_is_there() {
    let queue = vec![file(std::iter::once(0..15_000_000).collect()), file(std::iter::once(0..14_950_000).collect())];
    let plan = plan(&state(queue, 0, 20.0));
    assert_eq!(reasons(&plan), [(1, Reason::Next)]);
    assert_eq!(plan.wants[0].what, What::Bytes(14_950_000..15_000_000));
}

#[test]
fn episodes_without_segments_bytes_or_sense_want_nothing() {
    let media = Media::Segmented { stream: Arc::default(), init: vec![], cached: vec![Some(7); 3] };
    let empty = Episode { media, opens_at: MINUTE, retention: Some(Arc::from([0.0])) };
    let nothing =
        Media::Progressive { bytes: 0, duration: None, head: std::iter::once(5..9).collect(), cached: vec![] };
    let nothing = Episode { media: nothing, opens_at: MINUTE, retention: Some(Arc::from([0.0, 0.0])) };
    for metered in [false, true] {
        let mut state = state(vec![empty.clone(), nothing.clone(), empty.clone()], 0, f64::NAN);
        (state.speed, state.jump, state.limits.metered) = (f64::NAN, Some(9), metered);
        for playing in 0..3 {
            state.playing = playing;
            assert_eq!(plan(&state).wants, []);
        }
    }
}

#[test]
fn playing_faster_needs_more_of_the_link() {
    let mut state = state(vec![stream(vec![None; 15], true)], 0, 2.6);
    let variant = plan(&state).variant;
    state.speed = 2.0;
    assert!(plan(&state).variant < variant);
}

#[test]
fn an_episode_pointed_at_comes_before_the_next() {
    let mut state = state(vec![file(vec![]), file(vec![]), file(vec![]), file(vec![]), file(vec![])], 0, 20.0);
    state.jump = Some(4);
    assert_eq!(reasons(&plan(&state))[..3], [(0, Reason::Playing), (4, Reason::Jump), (1, Reason::Next)]);
}

#[test]
fn a_slow_link_is_left_to_the_playing_episode() {
    let plan = plan(&state(vec![file(vec![]), file(vec![])], 0, 1.6));
    let playing = plan.wants.iter().take_while(|w| w.episode == 0).count();
    assert_eq!(bytes_wanted(&plan, 0), 15_000_000);
    assert!(plan.wants[playing..].iter().all(|w| w.episode == 1));
}

#[test]
fn saving_data_takes_the_lowest_variant_and_little_ahead() {
    let queue = || (0..4).map(|_| stream(vec![None; 15], false)).collect::<Vec<_>>();
    let mut state = state(queue(), 0, 20.0);
    assert!(plan(&state).wants.iter().any(|w| w.variant == 2));
    let free = plan(&state).wants.len();
    state.limits.data_saver = true;
    let saved = plan(&state);
    assert!(saved.wants.iter().all(|w| w.variant == 0 && w.episode < 2));
    assert!(saved.wants.len() < free / 3, "{saved:?}");
    state.limits = Limits { metered: true, ..Limits::default() };
    let metered = plan(&state);
    assert!(saved.wants.len() <= metered.wants.len() && metered.wants.len() < free / 2);
}

#[test]
fn on_its_battery_a_device_fetches_nothing_far_ahead() {
    let mut state = state((0..6).map(|_| file(vec![])).collect(), 0, 20.0);
    state.limits.battery = true;
    assert!(plan(&state).wants.iter().all(|w| w.reason != Reason::NextWhole && w.episode <= 2));
}

#[test]
fn nothing_is_wanted_offline_or_without_a_queue() {
    let mut state = state(vec![file(vec![])], 0, 20.0);
    state.limits.offline = true;
    assert_eq!(plan(&state), Plan::default());
    state.limits.offline = false;
    state.playing = 1;
    assert_eq!(plan(&state), Plan::default());
}

#[test]
fn who_rarely_goes_on_gets_no_whole_next_episode_until_the_end_is_near() {
    let viewer = model::SeriesId("s".into());
    let mut viewing = Viewing::default();
    for _ in 0..60 {
        viewing.observe(&viewer, Leave { watched: 0.4, toward: Toward::Away });
    }
    let whole = std::iter::once(0..15_000_000).collect();
    let mut state = state(vec![file(whole), file(vec![])], 0, 20.0);
    state.habits = viewing.habits(&viewer);
    let wanted = |state: &State| plan(state).wants.iter().any(|w| w.reason == Reason::NextWhole);
    assert!(!wanted(&state));
    state.position = MINUTE - Duration::from_secs(2);
    assert!(wanted(&state), "the next one begins by itself");
}

#[test]
fn all_that_can_be_wanted_is_there_and_the_planner_sleeps() {
    let whole = || file(std::iter::once(0..15_000_000).collect());
    let rest = plan(&state((0..8).map(|_| whole()).collect(), 1, 20.0));
    assert!(rest.wants.is_empty());
    assert_eq!(rest.wake, Some(NOW + Duration::from_secs(5)));
}

#[test]
fn a_binge_wastes_less_than_a_tenth() {
    // Forty viewers binge with the habit of going on nine times of ten, and everything wanted is fetched at once.
    let (mut fetched, mut watched) = (0_u64, 0_u64);
    for viewer in 0..40_u64 {
        let mut queue: Vec<Episode> = (0..30).map(|_| file(vec![])).collect();
        let episodes = 1 + (viewer * 7) % 20;
        for playing in 0..episodes as usize {
            let plan = plan(&state(queue.clone(), playing, 20.0));
            for want in plan.wants {
                let (What::Bytes(range), Media::Progressive { cached, .. }) =
                    (want.what, &mut queue[want.episode].media)
                else {
                    continue;
                };
                fetched += range.end - range.start;
                cached.push(range);
                cached.sort_by_key(|r| r.start);
            }
            watched += 15_000_000;
        }
    }
    let waste = (fetched - watched) as f64 / fetched as f64;
    assert!(waste < 0.1, "{waste}");
}
