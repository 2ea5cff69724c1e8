//! Links through which for a while nothing gets, or a byte a second, in the middle of an episode: every question is
//! answered meanwhile, every swipe arrives, and the episode goes on by itself.

use super::{live, noise, series_on};
use crate::rig::{DEADLINE, EngineRig, alone};
use engine::Event;
use model::{Direction, Phase, PlayerState};
use std::path::Path;
use std::time::{Duration, Instant};
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::timeout;

/// Enough for the film, and little enough that much of it is still to come when the link breaks.
const MEGABITS: f64 = 16.0;
/// So long a question may wait for its answer and a swipe for its effect, whatever the network does.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// Megabits a second that make one byte a second.
const A_BYTE: f64 = 8e-6;

/// What becomes of the link, for how many seconds, and whether the viewer swipes meanwhile.
#[derive(Debug, Clone, Copy)]
struct Scene {
    megabits: f64,
    seconds: u32,
    swipes: bool,
}

#[test]
fn outages_of_1_5_and_30_seconds_and_a_byte_a_second_are_survived_by_itself_and_swipes_are_answered_meanwhile() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let film = noise(folder.path(), 8);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (megabits, seconds, swipes) in [(0.0, 1, false), (0.0, 5, true), (0.0, 30, false), (A_BYTE, 15, true)] {
        runtime.block_on(Scene { megabits, seconds, swipes }.play(&film));
    }
}

#[test]
fn a_stream_whose_link_breaks_for_5_seconds_in_the_middle_waits_and_plays_all_of_it_by_itself() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        for (name, piece) in hls::cut(&noise(home.path(), 8), 1, hls::Kind::TransportStreams).unwrap() {
            origin.put(&format!("/{name}"), piece);
        }
        let list = origin.url(&format!("/{}", hls::PLAYLIST));
        origin.put("/list.txt", Resource::new(list).typed("text/plain"));
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", serde_json::json!({ "path": origin.url("/list.txt") })).await;
        rig.scanned().await;
        origin.shape(Some(Link::new(Trace::constant(MEGABITS), Duration::from_millis(20))));
        rig.play(Some(0)).await;
        rig.wait("the middle of an episode", |e| moved(e, 1500)).await;
        origin.shape(Some(Scene { megabits: 0.0, seconds: 5, swipes: false }.link()));
        let (mut waited, mut last) = (false, None);
        let to_its_end = async {
            loop {
                match rig.events.recv().await {
                    Ok(Event::Position { position_ms, .. }) => {
                        let leaps = last.replace(position_ms).is_some_and(|last| position_ms > last + 1000);
                        assert!(!leaps, "to {position_ms} ms");
                    }
                    Ok(Event::Player { state: Some(state) }) => match state.phase {
                        Phase::Rebuffering => waited = true,
                        Phase::Ended => return,
                        phase => assert_ne!(phase, Phase::Failed, "{:?}", state.error),
                    },
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => last = None,
                    Err(e) => panic!("{e}"),
                }
            }
        };
        timeout(4 * DEADLINE, to_its_end).await.expect("its end in time");
        assert!(waited, "nothing was missing");
        assert!(last.is_some_and(|last| last > 7000), "it ended at {last:?}");
        rig.stop().await;
    });
}

impl Scene {
    async fn play(self, film: &Path) {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 6, film).await;
        origin.shape(Some(Link::new(Trace::constant(MEGABITS), Duration::from_millis(20))));
        rig.play(Some(1)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.wait("the middle of an episode", |e| moved(e, 1500)).await;

        let broken = Instant::now();
        origin.shape(Some(self.link()));
        let back = broken + Duration::from_secs(self.seconds.into());
        let (mut waited, mut swipes) = (false, 0);
        while Instant::now() < back {
            let state = self.answer(&rig).await;
            waited |= matches!(state.phase, Phase::Rebuffering | Phase::Loading);
            if self.swipes {
                self.swipe(&mut rig, &state, swipes).await;
                swipes += 1;
            }
            let pause = Duration::from_millis(700).min(back.saturating_duration_since(Instant::now()));
            let _ = timeout(pause, std::future::pending::<()>()).await;
        }
        assert!(waited || self.seconds < 15, "{self:?}: nothing was missing");

        // By itself: nobody presses Retry. (At the end of the feed the last episode may be over already.)
        let before = self.answer(&rig).await;
        drain(&mut rig);
        if before.phase != Phase::Ended {
            let mut last = None;
            rig.wait("a picture that moves again", |e| match e {
                Event::Position { position_ms, .. } => last.replace(*position_ms).filter(|at| at < position_ms),
                _ => None,
            })
            .await;
        }
        println!("{self:?}: {swipes} swipes, waited: {waited}, moves {:?} after the break's end", back.elapsed());
        assert!(back.elapsed() < DEADLINE, "{self:?}: {:?}", back.elapsed());
        if !self.swipes {
            // It was not left meanwhile, nor given up.
            assert!(before.index == 1 || !waited, "{self:?}: at {}", before.index);
            rig.ask("seek", serde_json::json!({ "position_ms": 7000, "mode": "accurate" })).await;
            rig.until("the next episode", |s| s.index > before.index && s.phase == Phase::Playing).await;
        }
        rig.stop().await;
    }

    /// The broken link, which is whole again after its time.
    fn link(self) -> Link {
        let Self { megabits, seconds, .. } = self;
        let steps = format!("0 {megabits}\n{seconds} {MEGABITS}\n{} {MEGABITS}\n", seconds + 3600);
        Link::new(Trace::parse(&steps).unwrap(), Duration::from_millis(20))
    }

    /// The player's state, in time.
    async fn answer(self, rig: &EngineRig) -> PlayerState {
        let asked = Instant::now();
        let state = rig.state().await.unwrap();
        assert!(asked.elapsed() < ANSWERED_WITHIN, "{self:?}: {:?} for an answer", asked.elapsed());
        assert_ne!(state.phase, Phase::Failed, "{self:?}: {:?}", state.error);
        state
    }

    /// Swipes twice on and once back, in turns; another episode must be in the middle in time.
    async fn swipe(self, rig: &mut EngineRig, state: &PlayerState, number: u32) {
        let back = !state.has_next || (number % 3 == 2 && state.index > 0);
        drain(rig);
        rig.swipe(if back { Direction::Previous } else { Direction::Next });
        let arrived = timeout(ANSWERED_WITHIN, rig.until("another episode", |s| s.index != state.index)).await;
        assert!(arrived.is_ok(), "{self:?}: swipe {number} had no effect in time");
    }
}

/// Forgets the events so far.
pub fn drain(rig: &mut EngineRig) {
    while !matches!(rig.events.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
}

fn moved(event: &Event, to: u64) -> Option<()> {
    matches!(event, Event::Position { position_ms, .. } if *position_ms >= to).then_some(())
}
