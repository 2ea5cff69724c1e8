//! Networks that are slow, stall or go away: it waits, damages nothing, and goes on by itself.

use super::recovery::drain;
use super::{Net, live, load, noise, series_on};
use crate::rig::{DEADLINE, DeckRig, alone};
use model::{Direction, Phase, PlayerState};
use playback::DeckEvent;
use std::time::{Duration, Instant};
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin};

#[test]
fn a_server_that_stalls_makes_it_wait_and_nothing_is_skipped() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 4));
    // The second fragment comes only when the test says so.
    net.origin.script("/noise.mp4", Behaviour::Honest);
    net.origin.script("/noise.mp4", Behaviour::Honest);
    net.origin.script("/noise.mp4", Behaviour::StallAfter(100_000));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.wait(id, "a wait", |e| matches!(e, DeckEvent::Rebuffering(true)).then_some(()));
    net.origin.release();
    rig.wait(id, "the end of the wait", |e| matches!(e, DeckEvent::Rebuffering(false)).then_some(()));
    let mut last: Option<Duration> = None;
    rig.wait(id, "end", |e| match e {
        DeckEvent::Position(at) => {
            assert!(last.is_none_or(|last| *at <= last + Duration::from_millis(500)), "from {last:?} to {at:?}");
            last = Some(*at);
            None
        }
        DeckEvent::Ended => Some(()),
        DeckEvent::Failed(error) => panic!("{error:?}"),
        _ => None,
    });
}

#[test]
fn a_link_that_is_too_slow_makes_it_wait_again_and_again_and_damages_nothing() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 3));
    // A third of what it needs, in bursts: waits of many lengths.
    net.origin.shape(Some(Link::new(Trace::parse("0 0.4\n0.3 6\n0.6 0.4\n").unwrap(), Duration::from_millis(30))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    let mut waits = 0;
    let end = Instant::now() + 12 * DEADLINE;
    while Instant::now() < end {
        let message = rig.events.recv_timeout(3 * DEADLINE).unwrap();
        match message.event {
            _ if message.load != id => {}
            DeckEvent::Rebuffering(true) => waits += 1,
            DeckEvent::Failed(error) => panic!("after {waits} waits: {error:?}"),
            DeckEvent::Ended => {
                assert!(waits > 0);
                return;
            }
            _ => {}
        }
    }
    panic!("no end after {waits} waits");
}

#[test]
fn a_network_that_is_gone_for_a_while_only_makes_it_wait() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 8));
    net.origin.shape(Some(Link::new(Trace::constant(12.0), Duration::from_millis(20))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.ready(id);
    net.origin.go_down();
    rig.wait(id, "a wait", |e| matches!(e, DeckEvent::Rebuffering(true)).then_some(()));
    net.origin.come_back();
    let end = Instant::now() + 6 * DEADLINE;
    while Instant::now() < end {
        let message = rig.events.recv_timeout(DEADLINE).unwrap();
        match message.event {
            DeckEvent::Ended => return,
            DeckEvent::Failed(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    panic!("it did not come to its end");
}

#[test]
fn a_hundred_swipes_through_a_bad_network_all_arrive_and_it_recovers_by_itself() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 6, &film).await;
        rig.play(Some(0)).await;
        // Two seconds to every answer, then hardly a byte, then nobody there, then all of it.
        let bad = [
            Some(Link::new(Trace::constant(8.0), Duration::from_secs(2))),
            Some(Link::new(Trace::constant(0.008), Duration::from_millis(50))),
            None,
        ];
        let mut random = 7_u32;
        for round in 0..4 {
            match bad.get(round) {
                Some(Some(link)) => origin.shape(Some(link.clone())),
                Some(None) => origin.go_down(),
                None => {
                    origin.shape(None);
                    origin.come_back();
                }
            }
            for _ in 0..25 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let asked = Instant::now();
                let before = rig.state().await.unwrap();
                assert!(asked.elapsed() < Duration::from_secs(1), "{:?} for an answer", asked.elapsed());
                let next = before.has_next && (before.index == 0 || random >> 31 == 0);
                drain(&mut rig);
                rig.swipe(if next { Direction::Next } else { Direction::Previous });
                let arrives = rig.until("another episode", |s| s.index != before.index);
                let arrived = tokio::time::timeout(Duration::from_secs(1), arrives).await;
                assert!(arrived.is_ok(), "round {round}: a swipe at {} had no effect in time", before.index);
                let pause = Duration::from_millis(u64::from(random >> 24));
                let _ = tokio::time::timeout(pause, std::future::pending::<()>()).await;
            }
        }
        // By itself: nobody presses Retry. (At an end of the feed the last episode may be over already.)
        let fine = |s: &PlayerState| matches!(s.phase, Phase::Playing | Phase::Ended);
        for _ in 0..10 {
            if rig.state().await.is_some_and(|state| fine(&state)) {
                return rig.stop().await;
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>()).await;
        }
        panic!("it did not recover: {:?}", rig.state().await);
    });
}
