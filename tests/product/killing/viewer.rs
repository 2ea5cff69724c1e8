//! The program that is killed: a viewer without rest, who says what it wishes and what it was told.
//!
//! It says `open` once the program is; `begun` and `done` around a wish (`download N`, `remove N`, `clear`, `watched N 0`);
//! `moves` before anything that changes a position and `kept N MS` when one is in the library; `there N BYTES` and
//! `finished N` as the downloads' view tells.

use crate::rig::EngineRig;
use engine::Event;
use model::{Direction, DownloadState, DownloadsView, EpisodeId, Phase, SeriesView};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// The series that is played and downloaded.
pub const PLAYED: &str = "Played";
/// The series that is only marked as watched.
pub const MARKED: &str = "Marked";
/// What a word of the viewer begins with; the harness writes to the same output.
pub const SAYS: &str = "viewer: ";
/// A position is that of a frame, which is so far from what was sought, in milliseconds.
pub const NEAR: u64 = 40;

/// Uses the program at random, the same for the same seed, until somebody kills it.
pub fn watch_until_killed(home: &Path, seed: u64) -> ! {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut viewer = Viewer::open(home, seed).await;
        loop {
            viewer.act().await;
            viewer.look().await;
        }
    })
}

/// A series by its title.
pub async fn series(rig: &EngineRig, title: &str) -> SeriesView {
    let id = rig.home().await.series.into_iter().find(|series| series.title == title).unwrap().id;
    serde_json::from_value(rig.ask("series", json!({ "id": id })).await).unwrap()
}

/// SplitMix64's finalizer (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

struct Viewer {
    rig: EngineRig,
    played: Vec<EpisodeId>,
    marked: Vec<EpisodeId>,
    random: u64,
}

impl Viewer {
    async fn open(home: &Path, seed: u64) -> Self {
        let mut rig = EngineRig::start(home);
        assert_eq!(rig.home().await.notices, [], "something was lost or set aside");
        let (played, marked) = (series(&rig, PLAYED).await, series(&rig, MARKED).await);
        say("moves");
        rig.ask("play", json!({ "series": played.card.id, "episode": null })).await;
        // By then the pins are set again that went with a lost index. (It may have been told before anybody listened.)
        let pinned = async { while !matches!(rig.events.recv().await, Ok(Event::Downloads { .. })) {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), pinned).await;
        say("open");
        let ids = |series: SeriesView| series.episodes.into_iter().map(|episode| episode.id).collect();
        Self { rig, played: ids(played), marked: ids(marked), random: seed }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random = mix(self.random);
        self.random % bound
    }

    async fn act(&mut self) {
        let number = self.below(self.played.len() as u64) as usize;
        let episode = self.played[number].clone();
        match self.below(10) {
            0 | 1 => {
                say("moves");
                self.rig.swipe(if number.is_multiple_of(2) { Direction::Next } else { Direction::Previous });
            }
            2 | 3 => self.leave_at_a_place().await,
            4 => {
                say("moves");
                self.rig.ask("set_playing", json!({ "playing": true })).await;
            }
            5 | 6 => self.wish(&format!("download {number}"), "download", json!({ "episodes": [episode] })).await,
            7 => self.wish(&format!("remove {number}"), "remove_download", json!({ "episode": episode })).await,
            8 => self.wish("clear", "clear_cache", json!({})).await,
            _ => {
                let watched = self.below(2) == 1;
                let args = json!({ "episode": self.marked[number], "watched": watched });
                self.wish(&format!("watched {number} {}", u8::from(watched)), "set_watched", args).await;
            }
        }
        let rest = Duration::from_millis(self.below(20));
        let _ = tokio::time::timeout(rest, self.rig.wait("nothing", |_| None::<()>)).await;
    }

    async fn wish(&self, what: &str, command: &str, args: Value) {
        say(&format!("begun {what}"));
        self.rig.ask(command, args).await;
        say(&format!("done {what}"));
    }

    /// Pauses, seeks, and waits until the place is in the library.
    async fn leave_at_a_place(&mut self) {
        let to = 100 + self.below(4000);
        say("moves");
        self.rig.ask("set_playing", json!({ "playing": false })).await;
        let Some(state) = self.rig.state().await.filter(|state| state.phase == Phase::Paused) else { return };
        self.rig.ask("seek", json!({ "position_ms": to, "mode": "accurate" })).await;
        for _ in 0..100 {
            let found = series(&self.rig, PLAYED).await.episodes[state.index as usize].position_ms;
            if found.abs_diff(to) <= NEAR {
                return say(&format!("kept {} {found}", state.index));
            }
            // Nothing tells of it; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(5), self.rig.events.recv()).await;
        }
    }

    /// Says what the downloads' view tells.
    async fn look(&self) {
        let view: DownloadsView = serde_json::from_value(self.rig.ask("downloads", json!({})).await).unwrap();
        for item in view.items {
            let number = self.played.iter().position(|id| *id == item.episode.id).unwrap();
            say(&format!("there {number} {}", item.done_bytes));
            if item.state == DownloadState::Done {
                say(&format!("finished {number}"));
            }
        }
    }
}

/// One word in one write, so that a kill cuts it off or leaves it whole.
fn say(word: &str) {
    // The harness leaves its own line open, so that each word begins with an end of line.
    let mut output = std::io::stdout().lock();
    output.write_all(format!("\n{SAYS}{word}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}
