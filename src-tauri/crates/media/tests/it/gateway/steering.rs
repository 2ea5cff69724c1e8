//! One variant: the one that the core chose is the one that the player gets and the planner fetches.

use super::player::ask;
use super::{Rig, bytes, film, wait};
use crate::server::Page;
use media::gateway::{Conditions, SoundWish, VariantChoice};
use std::time::Duration;

const MASTER: &str = "#EXTM3U\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",DEFAULT=YES,URI=\"sound/index.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"en\",URI=\"text/index.m3u8\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=720x1280,AUDIO=\"a\",SUBTITLES=\"s\"\nhigh/index.m3u8\n\
    #EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=360x640,AUDIO=\"a\"\nlow/index.m3u8\n";

fn rig() -> Rig {
    let rig = Rig::start();
    rig.server.put("/index.m3u8", Page::new(MASTER));
    for (at, name) in ["high", "low", "sound"].into_iter().enumerate() {
        rig.server.put(&format!("/{name}/index.m3u8"), Page::new(film(2)));
        for number in 0..2 {
            rig.server.put(&format!("/{name}/{number}.ts"), Page::new(bytes(10 * at + number)));
        }
    }
    rig
}

#[test]
fn the_variant_follows_the_link_and_the_viewers_wish() {
    let rig = rig();
    let location = rig.location("/index.m3u8");
    let variants = rig.runtime.block_on(rig.gateway.variants(&location)).unwrap();
    assert_eq!(
        variants.iter().map(|v| (v.index, v.bandwidth, v.height)).collect::<Vec<_>>(),
        [(0, 2_000_000, Some(1280)), (1, 500_000, Some(640))]
    );
    let chosen = || rig.gateway.choice_of(&location, &variants).unwrap();
    let link = |throughput| Conditions { throughput: Some(throughput), ..Conditions::default() };
    assert_eq!(chosen(), 0, "what the server lists first");
    rig.gateway.steer(&location, link(1_000_000));
    assert_eq!(chosen(), 1);
    rig.gateway.steer(&location, link(1));
    assert_eq!(chosen(), 1, "there is nothing less");
    rig.gateway.choose(&location, VariantChoice::Nearest(1_900_000));
    assert_eq!(chosen(), 0);
    rig.gateway.choose(&location, VariantChoice::Auto);
    assert_eq!(chosen(), 1);
    assert_eq!(rig.server.count("/index.m3u8"), 1);
}

#[test]
fn a_player_gets_the_variants_with_a_picture() {
    let rig = rig();
    rig.server.put(
        "/index.m3u8",
        Page::new(format!("{MASTER}#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS=\"mp4a.40.2\"\nsound/index.m3u8\n")),
    );
    let text = rig.load("/index.m3u8").text();
    let variants = text.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF")).count();
    assert!(variants == 2 && text.contains("TYPE=AUDIO") && text.contains("SUBTITLES"), "{text}");
}

#[test]
fn a_player_gets_the_wished_sound_alone_and_the_planner_its_segments() {
    let rig = rig();
    let other =
        "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Español\",LANGUAGE=\"es\",URI=\"other/index.m3u8\"\n";
    rig.server.put("/index.m3u8", Page::new(MASTER.replace("#EXTM3U\n", other)));
    rig.server.put("/other/index.m3u8", Page::new(film(1)));
    let location = rig.location("/index.m3u8");
    let sounds = rig.runtime.block_on(rig.gateway.sounds(&location, 0)).unwrap();
    assert_eq!(sounds.iter().map(|sound| sound.name.as_deref().unwrap()).collect::<Vec<_>>(), ["Español", "en"]);
    let wish = SoundWish { language: Some("spa".to_owned()), name: None };
    for (wish, name, segment) in [(SoundWish::default(), "en", "/sound/0.ts"), (wish, "Español", "/other/0.ts")] {
        rig.gateway.wish_sound(&location, wish.clone());
        let text = rig.load("/index.m3u8").text();
        assert_eq!(text.matches("TYPE=AUDIO").count(), 1, "{text}");
        assert!(text.contains(&format!("NAME=\"{name}\",")), "{text}");
        let segments = rig.runtime.block_on(rig.gateway.segments(&location, 0, &wish)).unwrap();
        assert_eq!(segments.audio.unwrap().list[0].resource.location.url, rig.server.url(segment));
    }
}

#[test]
fn what_is_fetched_in_advance_is_what_is_played() {
    let rig = rig();
    let location = rig.location("/index.m3u8");
    let segments = rig.runtime.block_on(rig.gateway.segments(&location, 1, &SoundWish::default())).unwrap();
    assert_eq!((segments.list.len(), segments.duration, segments.live), (2, Duration::from_secs(4), false));
    let sound = segments.audio.unwrap();
    for segment in segments.list.iter().chain(&sound.list) {
        let asset = rig.media.asset(&segment.resource.location);
        asset.prefetch(0..u64::MAX).unwrap();
        wait("a segment", || asset.availability().is_whole());
    }
    let before = rig.server.log().len();
    let media: Vec<_> = rig
        .load("/index.m3u8")
        .text()
        .split(['"', '\n'])
        .filter(|p| p.starts_with("http"))
        .map(str::to_owned)
        .collect();
    // The sound, subtitles, the better picture, and the one whose segments were fetched.
    for (playlist, at) in [(&media[0], 20), (&media[3], 10)] {
        let text = ask(playlist, &[]).text();
        for (number, address) in text.lines().filter(|line| line.starts_with("http")).enumerate() {
            assert!(ask(address, &[]).body == bytes(at + number));
        }
    }
    assert_eq!(rig.server.log().len(), before, "the player needed nothing from the origin");
}
