//! Five hundred swipes: nothing hangs, no thread and no memory piles up.

use crate::rig::{EngineRig, alone, clips, thread_names, threads};
use engine::Event;
use model::{Direction, Phase};
use serde_json::json;
use std::time::Duration;
use tests::clips::{COLOURS, is_colour};

const SWIPES: u32 = 500;
/// Until here caches, pools and allocators fill; what comes after must not grow.
const WARM: u32 = 100;
const MAY_GROW: u64 = 20 << 20;

/// A small deterministic generator: Marsaglia, "Xorshift RNGs", 2003.
struct Random(u32);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % n
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn five_hundred_random_swipes_leave_nothing_behind() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        let mut random = Random(0x9e37_79b9);
        let (mut threads_warm, mut memory_warm) = (0, 0);
        let mut at: u32 = 0;
        for swipe in 0..SWIPES {
            let direction = match (at, random.below(5)) {
                (0, _) => Direction::Next,
                (4, _) | (_, 0 | 1) => Direction::Previous,
                _ => Direction::Next,
            };
            // An episode may have ended and gone on meanwhile: the engine says where it is.
            rig.swipe(direction);
            if random.below(4) == 0 {
                rig.ask("seek", json!({ "position_ms": random.below(1900), "mode": "accurate" })).await;
            }
            // Dwell: mostly a glance, now and then long enough to see it move, driven by the engine's own events.
            let dwell = Duration::from_millis(u64::from(if random.below(10) == 0 { 700 } else { random.below(120) }));
            let _ = tokio::time::timeout(dwell, rig.wait("nothing", |_| None::<()>)).await;
            at = rig.state().await.expect("the player").index;
            if swipe % 25 == 24 {
                let state =
                    rig.until("a moving picture", |s| s.phase == Phase::Playing || s.phase == Phase::Ended).await;
                if state.phase == Phase::Ended {
                    rig.ask("set_playing", json!({ "playing": true })).await;
                }
                rig.wait("position", |e| matches!(e, Event::Position { .. }).then_some(())).await;
            }
            if swipe == WARM {
                (threads_warm, memory_warm) = (threads(), resident());
            }
        }
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.neighbours_ready().await;
        let index = rig.state().await.unwrap().index as usize;
        let (deck, _) = rig.stage.window().current.unwrap().deck.unwrap();
        assert!(is_colour(rig.stage.pictures.middle(deck).unwrap().0, COLOURS[index]));
        let grown = resident().saturating_sub(memory_warm);
        println!("soak: {SWIPES} swipes, {} threads ({threads_warm} warm), {} KiB grown", threads(), grown >> 10);
        assert!(threads() <= threads_warm + 6, "threads pile up: {:?}", thread_names());
        assert!(grown <= MAY_GROW, "memory grew by {} MiB", grown >> 20);
        rig.stop().await;
    });
}
