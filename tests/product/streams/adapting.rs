//! Which variant plays where nobody chose one: it follows the link while an episode plays, and saving data takes the
//! smaller one.

use super::{HIGH, LOW, change, live, moved, open, segments_of, series, serve_variant};
use crate::rig::EngineRig;
use model::*;
use std::time::{Duration, Instant};
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource};

/// A segment may take seconds to come over a link that is too slow for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Until a segment is asked for whose path fits.
async fn until_asked(rig: &mut EngineRig, origin: &Origin, fits: impl Fn(&String) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !segments_of(origin, 1).iter().any(&fits) {
        assert!(Instant::now() < deadline, "it was not asked for: {:?}", segments_of(origin, 1));
        // Any event may bring it; a tick of the clock bounds the wait.
        let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
    }
}

#[test]
fn automatic_quality_follows_the_link_while_an_episode_plays() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        // Big enough for the link to be known before all of it is here.
        serve_variant(&origin, home.path(), 1, "low", "size=180x320,noise=alls=10:allf=t", "mpegts");
        let link = |megabits| Some(Link::new(Trace::constant(megabits), Duration::from_millis(20)));
        // Enough for the smaller one alone.
        origin.shape(link(1.2));
        rig.play(Some(0)).await;
        until_asked(&mut rig, &origin, |path| path.contains("/low/")).await;
        let slow = segments_of(&origin, 1);
        origin.shape(link(8.0));
        until_asked(&mut rig, &origin, |path| path.contains("/high/") && !slow.contains(path)).await;
        rig.until("the better picture", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        rig.stop().await;
    });
}

#[test]
fn saving_data_takes_the_smaller_variant() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        // Both are good enough.
        serve_variant(&origin, home.path(), 1, "high", "size=540x960", "mpegts");
        serve_variant(&origin, home.path(), 1, "low", "size=360x640", "mpegts");
        let master = format!(
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH={HIGH},RESOLUTION=540x960\nhigh/index.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH={LOW},RESOLUTION=360x640\nlow/index.m3u8\n"
        );
        origin.put("/1/index.m3u8", Resource::new(master).typed("application/vnd.apple.mpegurl"));
        let mut rig = open(&origin, home.path(), ["/1/index.m3u8".to_owned()].into_iter()).await;
        change(&rig, |s| s.data_saver = true).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        rig.wait("it goes on", |e| moved(e, 2_500)).await;
        let asked = segments_of(&origin, 1);
        assert!(asked.iter().all(|path| !path.contains("/high/")), "{asked:?}");
        rig.stop().await;
    });
}
