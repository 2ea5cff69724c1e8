//! Segments: from the cache and into it, as they arrive, in ranges.

use super::player::{ask, open, parts};
use super::{Rig, bytes, wait};
use crate::server::Page;
use std::net::TcpStream;

#[test]
fn a_segment_is_fetched_once_and_served_from_the_cache() {
    let rig = Rig::start();
    rig.put_film(3);
    let playlist = rig.load("/film/index.m3u8");
    assert_eq!(playlist.header("content-type"), Some("application/vnd.apple.mpegurl"));
    let addresses = rig.addresses("/film/index.m3u8");
    assert_eq!(addresses.len(), 3);
    let mut asked = Vec::new();
    for _ in 0..2 {
        for (number, address) in addresses.iter().enumerate() {
            assert!(address.starts_with("http://127.0.0.1:") && address.ends_with(".ts"), "{address}");
            let reply = ask(address, &[]);
            assert_eq!((reply.status, reply.header("content-type")), (200, Some("video/mp2t")));
            assert_eq!(reply.header("content-length"), Some(bytes(number).len().to_string().as_str()));
            assert!(reply.body == bytes(number));
        }
        rig.wait_for_stored(4);
        asked.push(rig.server.log().len());
    }
    assert_eq!(asked[0], asked[1], "the second time nothing was fetched");
    let traffic = rig.media.traffic();
    assert!(traffic.used <= traffic.fetched, "what is played twice is used once: {traffic:?}");
}

#[test]
fn ranges_of_a_segment() {
    let rig = Rig::start();
    rig.put_film(1);
    let whole = bytes(0);
    let total = whole.len();
    let address = &rig.addresses("/film/index.m3u8")[0];
    let range = |range: &str| ask(address, &[("Range", range)]);
    for (asked, expected) in [
        ("bytes=0-99".to_owned(), 0..100),
        ("bytes=500-".to_owned(), 500..total),
        ("bytes=0-".to_owned(), 0..total),
        ("bytes=-7".to_owned(), total - 7..total),
        (format!("bytes=-{}", total * 2), 0..total),
        (format!("bytes=99-{}", total * 2), 99..total),
    ] {
        let reply = range(&asked);
        assert_eq!(reply.status, 206, "{asked}");
        let span = format!("bytes {}-{}/{total}", expected.start, expected.end - 1);
        assert_eq!(reply.header("content-range"), Some(span.as_str()));
        assert!(reply.body == whole[expected], "{asked}");
    }
    let behind = range(&format!("bytes={total}-"));
    assert_eq!((behind.status, behind.header("content-range")), (416, Some(format!("bytes */{total}").as_str())));
    assert_eq!(range("bytes=0-1,5-6").status, 200, "several ranges are as none");
    let head = open("HEAD", address, &[]).finish().unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(total.to_string().as_str()));
}

#[test]
fn bytes_are_sent_on_as_they_arrive() {
    let rig = Rig::start();
    rig.put_film(1);
    rig.server.put("/film/0.ts", Page { hold_after: Some(30_000), ..Page::new(bytes(0)) });
    let address = &rig.addresses("/film/index.m3u8")[0];
    let mut player = open("GET", address, &[]);
    assert!(player.read(30_000).unwrap() == bytes(0)[..30_000]);
    rig.server.release();
    assert!(player.finish().unwrap().body == bytes(0)[30_000..]);
}

#[test]
fn a_length_that_nobody_knows_is_not_made_up() {
    let rig = Rig::start();
    rig.put_film(1);
    rig.server.put("/film/0.ts", Page { no_length: true, hold_after: Some(10), ..Page::new(bytes(0)) });
    let address = &rig.addresses("/film/index.m3u8")[0];
    let player = open("GET", address, &[]);
    assert_eq!(player.reply.header("content-length"), None);
    rig.server.release();
    assert!(player.finish().unwrap().body == bytes(0));
}

#[test]
fn a_part_to_the_end_says_where_that_is() {
    let rig = Rig::start();
    rig.put_film(1);
    rig.server.put("/film/0.ts", Page { no_length: true, hold_after: Some(1000), ..Page::new(bytes(0)) });
    let address = rig.addresses("/film/index.m3u8").remove(0);
    let player = std::thread::spawn(move || ask(&address, &[("Range", "bytes=500-")]));
    wait("the origin to be asked", || rig.server.count("/film/0.ts") >= 1);
    rig.server.release();
    let reply = player.join().unwrap();
    let total = bytes(0).len();
    let span = format!("bytes 500-{}/{total}", total - 1);
    assert_eq!((reply.status, reply.header("content-range")), (206, Some(span.as_str())));
    assert!(reply.body == bytes(0)[500..]);
}

#[test]
fn a_film_that_was_seen_plays_without_the_network_also_after_a_restart() {
    let mut rig = Rig::start();
    rig.put_film(2);
    let all = rig.addresses("/film/index.m3u8");
    all.iter().for_each(|address| drop(ask(address, &[])));
    let stored = |rig: &Rig| rig.media.store().map_or(0, |store| store.stats().fragments);
    wait("two segments and a playlist in the cache", || stored(&rig) >= 3);
    let asked = rig.server.log().len();
    rig.restart();
    rig.media.set_offline(true);
    let again = rig.addresses("/film/index.m3u8");
    assert_eq!(again.len(), 2);
    for (number, address) in again.iter().enumerate() {
        assert!(ask(address, &[]).body == bytes(number));
    }
    assert_eq!(rig.server.log().len(), asked);
}

#[test]
fn keys_are_served_and_not_kept() {
    let rig = Rig::start();
    let key = b"sixteen bytes 16";
    let list = "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k.bin\"\n#EXTINF:2,\n0.ts\n#EXT-X-ENDLIST\n";
    rig.server.put("/a.m3u8", Page::new(list));
    rig.server.put("/k.bin", Page::new(*key));
    let text = rig.load("/a.m3u8").text();
    let address = text.split('"').nth(1).unwrap();
    for _ in 0..2 {
        let reply = ask(address, &[]);
        assert_eq!((reply.status, reply.body.as_slice()), (200, key.as_slice()));
    }
    assert_eq!(rig.server.count("/k.bin"), 2);
    wait("the playlist in the cache", || rig.media.store().is_some_and(|store| store.stats().fragments == 1));
    rig.media.store().unwrap().flush().unwrap();
    for file in crate::fragment_files(rig.dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(key.len()).any(|window| window == key), "the key is in {}", file.display());
    }
}

#[test]
fn stopping_ends_what_is_under_way_and_lets_nobody_in() {
    let rig = Rig::start();
    rig.put_film(1);
    rig.server.put("/film/0.ts", Page { hold_after: Some(30_000), ..Page::new(bytes(0)) });
    let address = &rig.addresses("/film/index.m3u8")[0];
    let mut player = open("GET", address, &[]);
    player.read(30_000).unwrap();
    rig.runtime.block_on(async { tokio::time::timeout(super::DEADLINE, rig.gateway.stop()).await.unwrap() });
    assert!(player.read(1).is_err());
    assert!(TcpStream::connect(parts(address).0).is_err());
    // No thread waits for the origin, which still holds its bytes back.
    let Rig { server: _server, runtime, .. } = rig;
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime);
        ended.send(()).unwrap();
    });
    end.recv_timeout(super::DEADLINE / 2).expect("a thread stayed behind");
}
