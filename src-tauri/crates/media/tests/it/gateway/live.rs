//! Live playlists: always the server's newest, and for a short while the last good one.

use super::Rig;
use super::player::ask;
use crate::server::Page;
use media::gateway::SoundWish;

fn list(first: usize) -> String {
    let segments: String = (first..first + 3).map(|number| format!("#EXTINF:2,\n{number}.ts\n")).collect();
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:30\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}")
}

#[test]
fn every_request_brings_the_newest_and_known_segments_keep_their_addresses() {
    let rig = Rig::start();
    rig.server.put("/live.m3u8", Page::new(list(1)));
    let first = rig.addresses("/live.m3u8");
    rig.server.put("/live.m3u8", Page::new(list(2)));
    let second = rig.addresses("/live.m3u8");
    assert_eq!(first[1..], second[..2]);
    assert_ne!(first[0], second[2]);
    assert_eq!(rig.server.count("/live.m3u8"), 2);
    rig.server.put("/3.ts", Page::new("bytes"));
    assert_eq!(ask(&second[1], &[]).text(), "bytes");
}

#[test]
fn a_server_that_fails_for_a_moment_is_bridged_and_one_that_refuses_is_not() {
    let rig = Rig::start();
    rig.server.put("/live.m3u8", Page::new(list(1)));
    let first = rig.addresses("/live.m3u8");
    rig.server.put("/live.m3u8", Page::status(503));
    assert_eq!(rig.addresses("/live.m3u8"), first);
    rig.server.put("/live.m3u8", Page::status(404));
    assert_eq!(rig.load("/live.m3u8").status, 404);
}

#[test]
fn live_playlists_do_not_go_to_the_disk() {
    let mut rig = Rig::start();
    rig.server.put("/live.m3u8", Page::new(list(1)));
    assert_eq!(rig.load("/live.m3u8").status, 200);
    let location = rig.location("/live.m3u8");
    assert!(rig.runtime.block_on(rig.gateway.segments(&location, 0, &SoundWish::default())).unwrap().live);
    rig.restart();
    rig.media.set_offline(true);
    assert_eq!(rig.load("/live.m3u8").status, 504);
    assert!(crate::fragment_files(rig.dir.path()).is_empty());
}
