//! What a player is told when there is nothing to play.

use super::player::ask;
use super::{Rig, bytes};
use crate::server::Page;
use media::gateway::{GatewayError, SoundWish};
use model::ErrorCode;

#[test]
fn a_playlist_that_cannot_be_had_says_why() {
    let rig = Rig::start();
    rig.server.put("/refused.m3u8", Page::status(401));
    rig.server.put("/broken.m3u8", Page::status(500));
    rig.server.put("/page.m3u8", Page::new("<!doctype html><html><body>Log in</body></html>"));
    rig.server.put("/empty.m3u8", Page::new(""));
    rig.server.put("/bad.mpd", Page::new("<MPD><Period></MPD>"));
    rig.server.put("/large.m3u8", Page::new(format!("#EXTM3U\n{}", "#".repeat(5 << 20))));
    rig.server.put("/many.m3u8", Page::new(format!("#EXTM3U\n{}", "a.ts\n".repeat(100_000))));
    for (path, status) in [
        ("/missing.m3u8", 404),
        ("/refused.m3u8", 403),
        ("/broken.m3u8", 502),
        ("/page.m3u8", 502),
        ("/empty.m3u8", 502),
        ("/bad.mpd", 502),
        ("/large.m3u8", 502),
        ("/many.m3u8", 502),
    ] {
        let reply = rig.load(path);
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.body.len() < 200, "{}", reply.text());
    }
    let page =
        rig.runtime.block_on(rig.gateway.segments(&rig.location("/page.m3u8"), 0, &SoundWish::default())).unwrap_err();
    assert!(matches!(page, GatewayError::NotPlaylist(_)) && page.code() == ErrorCode::NotMedia);
    rig.server.set_down(true);
    assert_eq!(rig.load("/down.m3u8").status, 502);
    rig.media.set_offline(true);
    assert_eq!(rig.load("/down.m3u8").status, 504);
}

#[test]
fn a_segment_that_cannot_be_had_says_why() {
    let rig = Rig::start();
    rig.server.put("/a.m3u8", Page::new("#EXTM3U\n0.ts\n1.ts\n2.ts\n3.ts\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"));
    rig.server.put("/1.ts", Page::status(403));
    rig.server.put("/2.ts", Page::status(503));
    rig.server.put("/3.ts", Page::new("<html>Not here</html>"));
    let addresses = rig.addresses("/a.m3u8");
    let statuses: Vec<_> = addresses.iter().take(2).map(|address| ask(address, &[]).status).collect();
    assert_eq!(statuses, [404, 403]);
    assert_eq!(ask(&addresses[3], &[]).status, 502);
    assert_eq!(ask(&addresses[4], &[]).status, 404, "a file of this machine");
}

#[test]
fn playlists_that_lead_to_each_other_end() {
    let rig = Rig::start();
    for (name, next) in
        [("/a.m3u8", "b.m3u8"), ("/b.m3u8", "a.m3u8?x=1"), ("/a.m3u8?x=1", "b.m3u8?x=1"), ("/b.m3u8?x=1", "c.m3u8")]
    {
        rig.server.put(name, Page::new(format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{next}\n")));
    }
    rig.server.put("/c.m3u8", Page::new("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nd.m3u8\n"));
    let mut address = rig.addresses("/a.m3u8").remove(0);
    for _ in 0..3 {
        let reply = ask(&address, &[]);
        assert_eq!(reply.status, 200);
        address = reply.text().lines().find(|line| line.starts_with("http")).unwrap().to_owned();
    }
    assert_eq!(ask(&address, &[]).status, 502);
}

#[test]
fn a_film_that_is_here_plays_also_when_its_server_refuses_its_playlist() {
    let mut rig = Rig::start();
    rig.put_film(2);
    let segments = rig.addresses("/film/index.m3u8");
    segments.iter().for_each(|segment| assert_eq!(ask(segment, &[]).status, 200));
    rig.wait_for_stored(3);
    for status in [403, 404, 410] {
        rig.restart();
        rig.server.put("/film/index.m3u8", Page::status(status));
        let segments = rig.addresses("/film/index.m3u8");
        assert_eq!(segments.len(), 2, "after {status}");
        segments.iter().enumerate().for_each(|(at, segment)| assert!(ask(segment, &[]).body == bytes(at)));
    }
}
