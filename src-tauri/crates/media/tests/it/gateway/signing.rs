//! Addresses that expire.

use super::player::ask;
use super::{Rig, bytes};
use crate::server::Page;
use media::gateway::SoundWish;
use media::http::{Location, Refresh};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

fn signed(sign: &str) -> Page {
    Page::new(format!("#EXTM3U\n#EXTINF:2,\n0.ts?sign={sign}\n#EXTINF:2,\n1.ts?sign={sign}\n#EXT-X-ENDLIST\n"))
}

#[test]
fn a_segment_whose_signature_expired_is_named_anew_by_its_playlist() {
    let rig = Rig::start();
    rig.server.put("/a.m3u8", signed("1"));
    let addresses = rig.addresses("/a.m3u8");
    rig.server.put("/a.m3u8", signed("2"));
    for (number, address) in addresses.iter().enumerate() {
        rig.server.put(&format!("/{number}.ts?sign=1"), Page::status(403));
        rig.server.put(&format!("/{number}.ts?sign=2"), Page::new(bytes(number)));
        assert!(ask(address, &[]).body == bytes(number));
    }
    assert_eq!(rig.server.count("/a.m3u8"), 2, "one new playlist for all its segments");
    assert_eq!(rig.addresses("/a.m3u8"), addresses, "players see nothing of it");
}

#[test]
fn a_signature_in_the_path_is_found_by_the_place_in_the_list() {
    let rig = Rig::start();
    rig.server.put("/a.m3u8", Page::new("#EXTM3U\nold/0.ts\nold/1.ts\n#EXT-X-ENDLIST\n"));
    let addresses = rig.addresses("/a.m3u8");
    rig.server.put("/a.m3u8", Page::new("#EXTM3U\nnew/0.ts\nnew/1.ts\n#EXT-X-ENDLIST\n"));
    rig.server.put("/old/1.ts", Page::status(403));
    rig.server.put("/new/1.ts", Page::new(bytes(1)));
    assert!(ask(&addresses[1], &[]).body == bytes(1));
}

struct Another(String);

impl Refresh for Another {
    fn refresh<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async { Some(self.0.clone()) })
    }
}

#[test]
fn the_playlist_itself_gets_another_address_from_its_source() {
    let rig = Rig::start();
    rig.server.put("/a.m3u8?sign=1", Page::status(403));
    rig.server.put("/a.m3u8?sign=2", signed("2"));
    rig.server.put("/0.ts?sign=2", Page::new(bytes(0)));
    let refresh: Arc<dyn Refresh> = Arc::new(Another(rig.server.url("/a.m3u8?sign=2")));
    let location = Location { refresh: Some(refresh), ..rig.location("/a.m3u8?sign=1") };
    let text = ask(&rig.gateway.playlist(&location), &[]).text();
    let address = text.lines().find(|line| line.starts_with("http")).unwrap();
    assert!(ask(address, &[]).body == bytes(0));
}

#[test]
fn what_a_player_is_not_given_counts_when_its_place_in_the_list_is_looked_for() {
    let rig = Rig::start();
    let master = |folder: &str| {
        let sound = |name: &str| {
            format!("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"{name}\",URI=\"{folder}/{name}.m3u8\"\n")
        };
        let sounds = sound("de") + &sound("en");
        Page::new(format!("#EXTM3U\n{sounds}#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\n{folder}/v.m3u8\n"))
    };
    rig.server.put("/index.m3u8", master("old"));
    let location = rig.location("/index.m3u8");
    rig.gateway.wish_sound(&location, SoundWish { name: Some("en".to_owned()), language: None });
    let text = rig.load("/index.m3u8").text();
    let sound = text.split("URI=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    rig.server.put("/index.m3u8", master("new"));
    rig.server.put("/old/en.m3u8", Page::status(403));
    for (number, name) in ["de", "en", "v"].into_iter().enumerate() {
        rig.server.put(
            &format!("/new/{name}.m3u8"),
            Page::new("#EXTM3U\n#EXTINF:2,\n0.ts\n#EXT-X-ENDLIST\n".replace('0', name)),
        );
        rig.server.put(&format!("/new/{name}.ts"), Page::new(bytes(number)));
    }
    let list = ask(&sound, &[]).text();
    let segment = list.lines().find(|line| line.starts_with("http")).unwrap();
    assert!(ask(segment, &[]).body == bytes(1), "the same sound");
}
