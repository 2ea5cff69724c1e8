//! Broken episodes, silent disks, a garbage library, wrong wishes: said in words, and the feed goes on.

use super::{own_series, playing, runtime};
use crate::rig::{EngineRig, alone, clip};
use model::{Direction, ErrorCode, Phase};
use serde_json::json;
use std::path::Path;
use tests::clips::episode_path;

#[test]
fn a_broken_episode_says_why_and_never_blocks_the_swipe() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        own_series(dir.path());
        std::fs::write(episode_path(dir.path(), 2), b"<html>not found</html>").unwrap();
        let mut rig = EngineRig::with_folder(home.path(), dir.path()).await;
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the failure", |s| s.index == 1 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::NotMedia);
        rig.swipe(Direction::Next);
        rig.until("episode 3", playing(2)).await;
        // Mended, it plays when it is tried again.
        std::fs::copy(clip(2), episode_path(dir.path(), 2)).unwrap();
        rig.swipe(Direction::Previous);
        rig.until("the failure again", |s| s.index == 1).await;
        rig.ask("retry", json!({})).await;
        rig.until("episode 2", playing(1)).await;
        rig.stop().await;
    });
}

#[test]
fn a_library_that_is_garbage_is_set_aside_and_the_user_is_told() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let data = engine::Places::under(home.path()).data;
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("library.sqlite3"), vec![7u8; 40_000]).unwrap();
        let rig = EngineRig::start(home.path());
        let notices = rig.home().await.notices;
        assert_eq!(notices[0].code, ErrorCode::LibrarySetAside);
        assert_eq!(std::fs::read(&notices[0].subject).unwrap(), vec![7u8; 40_000], "nothing of it is lost");
        rig.ask("dismiss_notice", json!({ "notice": notices[0] })).await;
        assert!(rig.home().await.notices.is_empty());
        rig.stop().await;
    });
}

#[test]
fn a_folder_without_video_and_a_missing_folder_end_in_words() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("readme.txt"), "no video").unwrap();
        let rig = EngineRig::with_folder(home.path(), dir.path()).await;
        let source = rig.home().await.sources.remove(0);
        assert_eq!(source.error.unwrap().code, ErrorCode::NoVideo);
        let gone = rig.try_ask("add_source", json!({ "path": "/nowhere/at/all" })).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        let unknown = rig.try_ask("nonsense", json!({})).await.unwrap_err();
        assert_eq!(unknown.code, ErrorCode::BadRequest);
        let bad = rig.try_ask("set_speed", json!({ "speed": "fast" })).await.unwrap_err();
        assert_eq!(bad.code, ErrorCode::BadRequest);
        rig.stop().await;
    });
}

/// Makes opening a file wait, as a disk that does not answer does, until this is dropped: another process holds a lease on it
/// (fcntl(2), F_SETLEASE), which the kernel waits for.
struct Stalled(std::process::Child);

impl Stalled {
    fn new(path: &Path) -> Self {
        let hold = "use Fcntl; open(F, '+<', $ARGV[0]) or die; $SIG{IO} = 'IGNORE'; \
                    fcntl(F, 1024, F_WRLCK) or die; $| = 1; print qq(held\n); <STDIN>";
        let mut command = std::process::Command::new("perl");
        command.args(["-e", hold]).arg(path).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
        assert_eq!(said, "held\n");
        Self(child)
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_does_not_answer_fails_its_episode_the_feed_goes_on_and_retry_plays_it_later() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        own_series(dir.path());
        let mut rig = EngineRig::with_folder(home.path(), dir.path()).await;
        let stalled = Stalled::new(&episode_path(dir.path(), 2));
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the failure", |s| s.index == 1 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::TimedOut);
        rig.swipe(Direction::Next);
        rig.until("episode 3", playing(2)).await;
        drop(stalled);
        rig.swipe(Direction::Previous);
        let state = rig.until("episode 2 again", |s| s.index == 1 && s.phase != Phase::Loading).await;
        if state.phase == Phase::Failed {
            rig.ask("retry", json!({})).await;
        }
        rig.until("episode 2 plays", playing(1)).await;
        rig.stop().await;
    });
}
