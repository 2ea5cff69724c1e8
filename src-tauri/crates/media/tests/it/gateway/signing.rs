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

/// A film in DASH of four segments; `media` names them.
fn described(base: &str, media: &str) -> Page {
    Page::new(format!(
        "<MPD mediaPresentationDuration=\"PT8S\">{base}<Period><AdaptationSet contentType=\"video\"><SegmentTemplate duration=\"2\" \
         media=\"{media}\"/><Representation id=\"v\"/></AdaptationSet></Period></MPD>"
    ))
}

/// Its segments as a player asks for them after it read the description.
fn played(rig: &Rig, number: usize, text: &str) -> Vec<u8> {
    let base = text.split("<BaseURL>").nth(1).unwrap().split('<').next().unwrap();
    let media = text.split("media=\"").nth(1).unwrap().split('"').next().unwrap();
    let reply = ask(&(base.to_owned() + &media.replace("$Number$", &number.to_string())), &[]);
    assert_eq!(reply.status, 200, "{number}: {:?}", rig.server.log());
    reply.body
}

/// From now on the segments have another address; at their old ones they are refused.
fn expire(rig: &Rig, old: impl Fn(usize) -> String, new: impl Fn(usize) -> String) {
    for number in 1..=4 {
        rig.server.put(&old(number), Page::status(403));
        rig.server.put(&new(number), Page::new(bytes(number)));
    }
}

#[test]
fn a_dash_segment_whose_signature_expired_is_named_anew_by_its_description() {
    let rig = Rig::start();
    let put = |sign| rig.server.put("/v/film.mpd", described("", &format!("$Number$.m4s?token={sign}")));
    let at = |sign| move |number| format!("/v/{number}.m4s?token={sign}");
    put(1);
    let text = rig.load("/v/film.mpd").text();
    let location = rig.location("/v/film.mpd");
    let listed = rig.runtime.block_on(rig.gateway.segments(&location, 0, &SoundWish::default())).unwrap().list;
    put(2);
    expire(&rig, at(1), at(2));
    std::thread::scope(|all| {
        for number in [1, 2] {
            let (rig, text) = (&rig, &text);
            all.spawn(move || assert!(played(rig, number, text) == bytes(number)));
        }
    });
    assert_eq!(rig.server.count("/v/film.mpd"), 2, "one new description for all segments");
    put(3);
    expire(&rig, at(2), at(3));
    // What was listed before it expired, twice by now, is what the player means.
    let asset = rig.media.asset(&listed[2].resource.location);
    asset.prefetch(0..u64::MAX).unwrap();
    super::wait("what was asked for in advance", || asset.availability().is_whole());
    assert!(played(&rig, 3, &text) == bytes(3));
    assert!(played(&rig, 4, &text) == bytes(4));
    assert_eq!(rig.server.count("/v/film.mpd"), 3);
    let asked = |number: usize| rig.server.count(&format!("/v/{number}.m4s"));
    assert_eq!((asked(3), asked(4)), (2, 1), "the newest signature comes first");
}

#[test]
fn a_dash_signature_in_the_path_is_found_by_the_place_in_the_description() {
    let rig = Rig::start();
    let put = |sign| rig.server.put("/v/film.mpd", described(&format!("<BaseURL>/{sign}/</BaseURL>"), "$Number$.m4s"));
    let at = |sign| move |number| format!("/{sign}/{number}.m4s");
    put("one");
    let text = rig.load("/v/film.mpd").text();
    for (old, new, number) in [("one", "two", 1), ("two", "three", 2)] {
        put(new);
        expire(&rig, at(old), at(new));
        assert!(played(&rig, number, &text) == bytes(number));
    }
    assert!(played(&rig, 3, &text) == bytes(3));
    assert_eq!(rig.server.count("/v/film.mpd"), 3);
    let location = rig.location("/v/film.mpd");
    let listed = rig.runtime.block_on(rig.gateway.segments(&location, 0, &SoundWish::default())).unwrap().list;
    let is_here = |at: usize| rig.media.asset(&listed[at].resource.location).availability().is_whole();
    assert!(is_here(0) && is_here(2) && !is_here(3), "the planner and the player mean the same bytes");
}

#[test]
fn a_signature_of_a_whole_representation_is_renewed() {
    let rig = Rig::start();
    let described = |sign: u32| {
        Page::new(format!(
            "<MPD><BaseURL>f/</BaseURL><Period><AdaptationSet contentType=\"video\"><Representation>\
             <BaseURL>film.mp4?token={sign}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ))
    };
    rig.server.put("/film.mpd", described(1));
    let text = rig.load("/film.mpd").text();
    let address = text.split("<Representation><BaseURL>").nth(1).unwrap().split('<').next().unwrap();
    rig.server.put("/film.mpd", described(2));
    rig.server.put("/f/film.mp4?token=1", Page::status(410));
    rig.server.put("/f/film.mp4?token=2", Page::new(bytes(1)));
    assert!(ask(address, &[]).body == bytes(1));
}

/// A film of two segments whose signature, in their paths, is another one while it is played; the program begins anew then,
/// and there is no server.
fn signed_in_its_path(list: &str, page: impl Fn(&str) -> Page, segments: impl Fn(&Rig) -> Vec<String>) {
    let mut rig = Rig::start();
    rig.server.put(list, page("old"));
    let addresses = segments(&rig);
    rig.server.put("/old/1.m4s", Page::new(bytes(1)));
    assert!(ask(&addresses[0], &[]).body == bytes(1));
    rig.server.put(list, page("new"));
    rig.server.put("/old/2.m4s", Page::status(403));
    rig.server.put("/new/2.m4s", Page::new(bytes(2)));
    assert!(ask(&addresses[1], &[]).body == bytes(2));
    rig.wait_for_stored(3);
    rig.restart();
    rig.server.set_down(true);
    for (number, address) in segments(&rig).iter().enumerate() {
        assert!(ask(address, &[]).body == bytes(number + 1), "{number}");
    }
}

#[test]
fn what_was_signed_in_its_path_is_found_without_its_server() {
    let page = |folder: &str| {
        Page::new(format!("#EXTM3U\n#EXTINF:2,\n{folder}/1.m4s\n#EXTINF:2,\n{folder}/2.m4s\n#EXT-X-ENDLIST\n"))
    };
    signed_in_its_path("/a.m3u8", page, |rig| rig.addresses("/a.m3u8"));
}

#[test]
fn what_dash_signed_in_its_path_is_found_without_its_server() {
    let page = |folder: &str| {
        Page::new(format!(
            "<MPD mediaPresentationDuration=\"PT4S\"><BaseURL>/{folder}/</BaseURL><Period><AdaptationSet \
             contentType=\"video\"><SegmentTemplate duration=\"2\" media=\"$Number$.m4s\"/><Representation id=\"v\"/>\
             </AdaptationSet></Period></MPD>"
        ))
    };
    let segments = |rig: &Rig| {
        let text = rig.load("/a.mpd").text();
        let base = text.split("<BaseURL>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        (1..=2).map(|number| format!("{base}{number}.m4s")).collect()
    };
    signed_in_its_path("/a.mpd", page, segments);
}

/// Another address than the one that was asked for, on another host.
struct Elsewhere(String);

impl Refresh for Elsewhere {
    fn refresh<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async { Some(self.0.clone()) })
    }

    fn current(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

#[test]
fn a_newer_address_on_another_host_gets_no_credentials() {
    let (rig, other) = (Rig::start(), crate::server::Server::start());
    other.put("/0.ts", Page::new(bytes(0)));
    let location = Location {
        headers: vec![("Authorization".to_owned(), "secret".to_owned()), ("X-Film".to_owned(), "yes".to_owned())],
        refresh: Some(Arc::new(Elsewhere(other.url("/0.ts")))),
        ..rig.location("/0.ts")
    };
    let asset = rig.media.asset(&location);
    asset.prefetch(0..u64::MAX).unwrap();
    super::wait("the segment", || asset.availability().is_whole());
    let asked = other.log();
    let said = |name: &str| asked.iter().map(|request| request.headers.get(name).cloned()).collect::<Vec<_>>();
    assert!(said("x-film").iter().all(|value| value.as_deref() == Some("yes")) && !asked.is_empty());
    assert!(said("authorization").iter().all(Option::is_none));
}
