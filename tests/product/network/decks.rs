//! Single decks: what is fetched for a first frame and a seek, and what a server that lies is answered with.

use super::{Net, asks_for_nothing, load, noise, noise_with_sound, range_of};
use crate::rig::{DEADLINE, DeckRig, alone, clip};
use model::{ErrorCode, SeekMode};
use playback::{DeckEvent, Source};
use std::time::{Duration, Instant};
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Resource};

#[test]
fn an_episode_plays_from_a_server_and_the_second_time_from_the_cache() {
    let _alone = alone();
    let mut net = Net::new();
    let asset = net.serve(&clip(1));
    let mut rig = DeckRig::new();
    let first = load(&mut rig, &asset, false);
    rig.ready(first);
    rig.deck.seek(Duration::from_millis(1500), SeekMode::Accurate);
    assert!(rig.sought(first) >= Duration::from_millis(1450));
    rig.deck.play();
    rig.wait(first, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    rig.deck.unload();
    drop(asset);
    net.start_again();
    net.origin.forget();
    net.media.set_offline(true);
    let asset = net.asset("/Clips---S01E01.mp4");
    let again = load(&mut rig, &asset, true);
    rig.wait(again, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    assert_eq!(net.origin.requests(), []);
}

#[test]
fn an_index_at_the_end_costs_two_requests_and_not_the_file() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 12));
    let length = std::fs::metadata(net.folder.path().join("noise.mp4")).unwrap().len();
    assert!(length > 8 << 20, "{length}");
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, false);
    rig.ready(id);
    let ranges: Vec<(u64, u64)> = net.origin.requests().iter().map(range_of).collect();
    let jumps =
        ranges.iter().enumerate().filter(|(i, r)| !ranges[..*i].iter().any(|before| before.1 + 1 == r.0)).count();
    assert!(jumps <= 2, "its beginning and its index: {ranges:?}");
    assert!(net.origin.sent() <= 4 << 20, "{} of {length}", net.origin.sent());
}

#[test]
fn a_deck_plays_what_its_queues_hold_before_it_waits_for_bytes_that_are_late() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise_with_sound(net.folder.path(), 4));
    // The index, and two seconds of pictures.
    for _ in 0..5 {
        net.origin.script("/noise.mp4", Behaviour::Honest);
    }
    net.origin.script("/noise.mp4", Behaviour::StallAfter(0));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    let mut at = Duration::ZERO;
    rig.wait(id, "a wait", |e| match e {
        DeckEvent::Position(position) => {
            at = *position;
            None
        }
        DeckEvent::Rebuffering(true) => Some(()),
        _ => None,
    });
    assert!(at >= Duration::from_millis(500), "it waited at {at:?}: {:?}", net.origin.requests());
    net.origin.release();
    rig.wait(id, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
}

#[test]
fn before_its_first_picture_a_deck_takes_every_byte_as_it_comes() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 4));
    net.origin.shape(Some(Link::new(Trace::constant(4.0), Duration::from_millis(250))));
    let mut rig = DeckRig::new();
    let id = rig.load_source(Source::Network(asset), Duration::from_millis(2_500), false);
    rig.wait(id, "a first picture", |e| match e {
        DeckEvent::Rebuffering(_) => panic!("it gathers before it shows anything"),
        DeckEvent::FirstFrame => Some(()),
        _ => None,
    });
}

#[test]
fn a_deck_that_is_held_ready_asks_for_no_more_before_it_plays() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise_with_sound(net.folder.path(), 12));
    net.origin.shape(Some(Link::new(Trace::constant(30.0), Duration::from_millis(20))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, false);
    rig.ready(id);
    asks_for_nothing(&net);
    rig.deck.seek(Duration::from_secs(5), SeekMode::Accurate);
    rig.sought(id);
    asks_for_nothing(&net);
    rig.deck.play();
    rig.wait(id, "its playing on", |e| matches!(e, DeckEvent::Position(at) if at.as_secs() >= 7).then_some(()));
}

#[test]
fn a_deck_that_is_paused_on_its_way_to_a_place_arrives_there() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise_with_sound(net.folder.path(), 12));
    net.origin.shape(Some(Link::new(Trace::constant(30.0), Duration::from_millis(20))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.wait(id, "it plays", |e| matches!(e, DeckEvent::Position(at) if !at.is_zero()).then_some(()));
    let place = Duration::from_secs(9);
    rig.deck.seek(place, SeekMode::Accurate);
    rig.deck.pause();
    rig.wait(id, "arrival", |e| {
        matches!(e, DeckEvent::Seeked(at) if at.abs_diff(place).as_millis() < 100).then_some(())
    });
}

#[test]
fn a_deck_that_waits_for_a_file_that_changed_waits_no_longer_when_it_plays_the_new_one() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 4));
    for _ in 0..2 {
        net.origin.script("/noise.mp4", Behaviour::Honest);
    }
    net.origin.script("/noise.mp4", Behaviour::StallAfter(100_000));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.wait(id, "a wait", |e| matches!(e, DeckEvent::Rebuffering(true)).then_some(()));
    net.origin.put("/noise.mp4", Resource::new(std::fs::read(clip(2)).unwrap()));
    net.origin.release();
    rig.wait(id, "the end of the wait", |e| match e {
        DeckEvent::Rebuffering(false) => Some(()),
        DeckEvent::Ended => panic!("it played to its end and still says that it waits"),
        _ => None,
    });
    rig.wait(id, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
}

#[test]
fn a_fetch_behind_the_end_only_tells_where_the_end_is() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&clip(1));
    let length = std::fs::metadata(clip(1)).unwrap().len();
    assert!(asset.prefetch(2 << 20..4 << 20).is_some());
    assert_eq!(asset.reader().unwrap().total(DEADLINE), Ok(length));
    assert_eq!(asset.failure(), None);
}

#[test]
fn of_a_server_that_ignores_ranges_what_comes_anyway_is_not_asked_for_again() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 4));
    net.origin.always("/noise.mp4", Behaviour::IgnoreRange);
    net.origin.shape(Some(Link::new(Trace::constant(30.0), Duration::from_millis(20))));
    assert!(asset.prefetch(0..100_000).is_some());
    let reader = asset.reader().unwrap();
    for at in [0, 200_000, 2_000_000] {
        assert_eq!(reader.read(at, &mut [0], DEADLINE), Ok(1));
    }
    assert_eq!(net.origin.count(), 1, "{:?}", net.origin.requests());
}

#[test]
fn what_is_on_its_way_ends_where_its_file_ends() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&clip(1));
    let length = std::fs::metadata(clip(1)).unwrap().len();
    net.origin.always("/Clips---S01E01.mp4", Behaviour::StallAfter(100));
    assert!(asset.prefetch(0..2 << 20).is_some());
    asset.reader().unwrap().read(0, &mut [0], DEADLINE).unwrap();
    let there = asset.availability();
    assert_eq!(there.cached.len() + there.coming.len(), length);
}

#[test]
fn a_seek_goes_straight_to_its_place() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 20));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, false);
    rig.ready(id);
    rig.deck.seek(Duration::from_secs(10), SeekMode::Accurate);
    assert!(rig.sought(id) >= Duration::from_millis(9900));
    let cached = asset.availability();
    let hole = cached.cached.holes(0..cached.total.unwrap());
    assert!(!hole.is_empty(), "what lies between was fetched as well: {cached:?}");
}

#[test]
fn a_deck_that_waits_for_a_server_takes_the_next_episode_at_once() {
    let _alone = alone();
    let net = Net::new();
    let silent = net.serve(&clip(1));
    let other = net.serve(&clip(2));
    net.origin.always("/Clips---S01E01.mp4", Behaviour::StallBeforeHead);
    let mut rig = DeckRig::new();
    for _ in 0..5 {
        load(&mut rig, &silent, true);
        let began = Instant::now();
        let id = load(&mut rig, &other, false);
        rig.ready(id);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

#[test]
fn what_a_server_says_is_what_the_viewer_is_told() {
    let _alone = alone();
    let net = Net::new();
    let cases = [
        (Behaviour::Status(404), ErrorCode::NotFound),
        (Behaviour::Status(403), ErrorCode::ServerRefused),
        (Behaviour::Html, ErrorCode::NotMedia),
        (Behaviour::RedirectLoop, ErrorCode::ServerFailed),
    ];
    let mut rig = DeckRig::new();
    for (place, (behaviour, code)) in cases.into_iter().enumerate() {
        let name = format!("/{place}.mp4");
        net.origin.put(&name, Resource::new(std::fs::read(clip(1)).unwrap()));
        net.origin.always(&name, behaviour.clone());
        let id = load(&mut rig, &net.asset(&name), true);
        let error = rig.wait(id, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.clone()) } else { None });
        assert_eq!(error.code, code, "{behaviour:?}: {error:?}");
        assert!(error.message.contains(&format!("{place}.mp4")), "{error:?}");
    }
    let id = load(&mut rig, &net.serve(&clip(3)), false);
    rig.ready(id);
}

#[test]
fn a_file_that_changes_on_its_server_is_played_in_its_new_version() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 8));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.ready(id);
    let other = std::fs::read(clip(2)).unwrap();
    net.origin.put("/noise.mp4", Resource::new(other));
    rig.wait(id, "end", |e| match e {
        DeckEvent::Ended => Some(()),
        DeckEvent::Failed(error) => panic!("{error:?}"),
        _ => None,
    });
}

#[test]
fn a_part_that_is_here_plays_as_far_as_it_reaches_offline_and_only_then_it_says_so() {
    let _alone = alone();
    let net = Net::new();
    let film = noise(net.folder.path(), 8);
    let asset = net.serve(&film);
    let total = std::fs::metadata(&film).unwrap().len();
    let reader = asset.reader().unwrap();
    // The first half, and the index at the end.
    let read = |from: u64, to: u64| {
        let (mut at, mut part) = (from, vec![0; 64 << 10]);
        while at < to {
            at += reader.read(at, &mut part, DEADLINE).unwrap() as u64;
        }
    };
    read(0, total / 2);
    read(total - (64 << 10), total);
    net.media.set_offline(true);
    let reaches = asset.availability().cached.contiguous(0) as f64 / total as f64 * 8.0;
    assert!(reaches < 6.0, "{reaches} s are here");

    let mut rig = DeckRig::new();
    let load = load(&mut rig, &asset, true);
    let mut last = Duration::ZERO;
    let error = rig.wait(load, "its end", |event| match event {
        DeckEvent::Position(at) => {
            last = *at;
            None
        }
        DeckEvent::Failed(error) => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error.code, ErrorCode::Offline);
    assert!(last.as_secs_f64() > reaches - 0.7, "it played to {last:?}, {reaches:.1} s are here");
}
