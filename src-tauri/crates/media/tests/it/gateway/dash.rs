//! DASH through folders.

use super::player::ask;
use super::{Rig, bytes};
use crate::server::Page;
use media::gateway::{Conditions, SoundWish};

const FILM: &str = "<?xml version=\"1.0\"?><MPD mediaPresentationDuration=\"PT4S\"><Period><AdaptationSet contentType=\"video\">\
    <SegmentTemplate timescale=\"1\" duration=\"2\" media=\"$RepresentationID$/$Number$.m4s\" initialization=\"$RepresentationID$/i.mp4\"/>\
    <Representation id=\"hd\" bandwidth=\"900000\"/><Representation id=\"sd\" bandwidth=\"100000\"/></AdaptationSet></Period></MPD>";

/// The address that the description gives to the folder of everything relative.
fn base(text: &str) -> String {
    text.split("<BaseURL>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

#[test]
fn segments_are_found_in_their_folder_and_cached() {
    let rig = Rig::start();
    rig.server.put("/v/film.mpd", Page::new(FILM));
    rig.server.put("/v/sd/1.m4s", Page::new(bytes(1)));
    let location = rig.location("/v/film.mpd");
    assert!(rig.gateway.playlist(&location).ends_with(".mpd"));
    rig.gateway.steer(&location, Conditions { throughput: Some(200_000), ..Conditions::default() });
    let reply = rig.load("/v/film.mpd");
    assert_eq!(reply.header("content-type"), Some("application/dash+xml"));
    assert!(!reply.text().contains("id=\"hd\"") && reply.text().contains("id=\"sd\""));
    let address = base(&reply.text()) + "sd/1.m4s";
    assert!(ask(&address, &[]).body == bytes(1));
    rig.wait_for_stored(2);
    let asked = rig.server.count("/v/sd/1.m4s");
    assert!(ask(&address, &[]).body == bytes(1));
    assert_eq!(rig.server.count("/v/sd/1.m4s"), asked);
    let variants = rig.runtime.block_on(rig.gateway.variants(&location)).unwrap();
    let sd = rig.gateway.choice_of(&location, &variants).unwrap();
    let segments = rig.runtime.block_on(rig.gateway.segments(&location, sd, &SoundWish::default())).unwrap();
    let urls: Vec<_> = segments.list.iter().map(|segment| segment.resource.location.url.clone()).collect();
    assert_eq!(urls, [rig.server.url("/v/sd/1.m4s"), rig.server.url("/v/sd/2.m4s")]);
    let whole = rig.media.asset(&segments.list[0].resource.location).availability();
    assert!(whole.is_whole(), "the planner and the player mean the same bytes");
}

#[test]
fn nothing_outside_a_folder_can_be_asked_for() {
    let rig = Rig::start();
    rig.server.put("/v/film.mpd", Page::new(FILM));
    rig.server.put("/secret", Page::new("secret"));
    let base = base(&rig.load("/v/film.mpd").text());
    for rest in ["../secret", "%2e%2e/secret", "a/../../secret", "..%2fsecret", "..\\secret"] {
        assert_eq!(ask(&(base.clone() + rest), &[]).status, 404, "{rest}");
    }
    for rest in ["//evil.example/a", "http://evil.example/a", "@evil.example/a", ":80@evil.example/"] {
        assert_eq!(ask(&(base.clone() + rest), &[]).status, 404, "{rest}");
    }
    let asked: Vec<_> = rig.server.log().into_iter().map(|request| request.target).collect();
    assert!(
        asked.iter().all(|target| target.starts_with("/v/") && !target.contains("..") && !target.contains("%2")),
        "{asked:?}"
    );
}
