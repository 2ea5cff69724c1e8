//! What must hold for every state, and what is wanted in a few that people are in every day.

use crate::lane::holes;
use crate::*;
use proptest::prelude::*;
use std::collections::HashSet;
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

prop_compose! {
    fn any_media()(kind in 0..2, bytes in 1..80_000_000_u64, seconds in prop::option::of(0..400_u64), spans in
        prop::collection::vec((0.0..1.0_f64, 0.0..0.4_f64), 0..5), levels in prop::collection::vec(prop::option::of(0..3_usize), 15),
        init in any::<bool>(), opens in 0..70_u64) -> Episode {
        let mut episode = if kind == 0 { file(vec![]) } else { stream(levels, init) };
        if let Media::Progressive { bytes: b, duration, head, cached } = &mut episode.media {
            (*b, *duration) = (bytes, seconds.map(Duration::from_secs));
            *head = vec![0..3_000, bytes.saturating_sub(9_000)..bytes];
            let mut at = 0;
            for (skip, length) in spans {
                let start = at + (skip * 0.3 * bytes as f64) as u64;
                let end = start + (length * bytes as f64) as u64;
                cached.push(start..end);
                at = end + 1;
            }
        }
        episode.opens_at = Duration::from_secs(opens);
        episode
    }
}

prop_compose! {
    fn any_state()(queue in prop::collection::vec(any_media(), 1..9), playing in 0..9_usize, position in 0..90_000_u64,
        speed in 0.0..3.0_f64, jump in prop::option::of(0..12_usize), auto_next in any::<bool>(),
        variant in prop::option::of(0..5_usize), mbps in 0.01..200.0_f64, limits in prop::bits::u8::between(0, 4),
        wants in 0..60_usize) -> State {
        let mut state = state(queue, playing, mbps);
        (state.position, state.speed, state.jump) = (Duration::from_millis(position), speed, jump);
        (state.auto_next, state.variant, state.wants) = (auto_next, variant, wants);
        let bit = |n: u8| limits >> n & 1 == 1;
        state.limits = Limits { offline: false, metered: bit(0), data_saver: bit(1), battery: bit(2) };
        state
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn never_wants_what_is_cached_or_twice_the_same_and_keeps_to_its_bounds(state in any_state()) {
        let plan = plan(&state);
        prop_assert!(plan.wants.len() <= state.wants);
        let mut seen = HashSet::new();
        let mut taken: Vec<Vec<Range<u64>>> = vec![vec![]; state.queue.len()];
        for want in &plan.wants {
            prop_assert!(want.deadline >= state.now);
            match (&want.what, &state.queue[want.episode].media) {
                (What::Bytes(range), Media::Progressive { bytes, cached, .. }) => {
                    prop_assert!(range.start < range.end && range.end <= *bytes && range.end - range.start <= 2 << 20);
                    prop_assert_eq!(holes(cached, range.clone()), vec![range.clone()]);
                    let others = &mut taken[want.episode];
                    prop_assert!(others.iter().all(|o| o.end <= range.start || range.end <= o.start));
                    others.push(range.clone());
                }
                (What::Segment(segment), Media::Segmented { cached, .. }) => {
                    prop_assert_eq!(cached[*segment], None);
                    prop_assert!(want.variant < 3 && seen.insert((want.episode, Some(*segment))));
                }
                (What::Init, Media::Segmented { init, .. }) => prop_assert!(!init[want.variant]),
                (what, _) => prop_assert!(false, "{what:?} of the other kind of media"),
            }
        }
    }

    #[test]
    fn the_same_state_gives_the_same_plan(state in any_state()) {
        prop_assert_eq!(plan(&state), plan(&state));
    }

    #[test]
    fn an_episode_that_has_nothing_to_play_comes_before_all_others(mut state in any_state()) {
        prop_assume!(state.playing < state.queue.len() && state.wants > 0);
        state.position = Duration::ZERO;
        let playing = state.playing;
        state.queue[playing] = stream(vec![None; 15], true);
        let first = plan(&state).wants.first().cloned();
        prop_assert!(first.as_ref().is_some_and(|w| w.episode == playing && w.what == What::Segment(0)), "{first:?}");
    }

    #[test]
    fn more_bandwidth_never_means_a_worse_variant_or_fewer_episodes(mut state in any_state(), more in 1.0..20.0_f64) {
        state.limits = Limits { metered: false, data_saver: false, ..state.limits };
        state.wants = 2_000;
        // What is cached may be enough for a fast link and not for a slow one: only what is missing is compared.
        for episode in &mut state.queue {
            match &mut episode.media {
                Media::Progressive { cached, .. } => cached.clear(),
                Media::Segmented { cached, .. } => cached.fill(None),
            }
        }
        let slow = plan(&state);
        state.link.throughput *= more;
        let fast = plan(&state);
        prop_assert!(fast.variant >= slow.variant);
        let episodes = |plan: &Plan| plan.wants.iter().map(|w| w.episode).collect::<HashSet<_>>();
        prop_assert!(episodes(&fast).is_superset(&episodes(&slow)));
    }
}
