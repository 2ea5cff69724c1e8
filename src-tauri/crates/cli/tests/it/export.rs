//! `cliffhanger-cli cache export` of streams, whose segments ffmpeg made and checks.

use crate::cache::library_with;
use crate::{Home, cache, files, key, put};
use library::StreamParts;
use media::ResourceKey;
use media::cache::Store;
use std::path::{Path, PathBuf};
use std::process::Command;

const BASE: &str = "https://cdn.example/film/";
const LIST: &str = "https://cdn.example/film/index.m3u8";
const HLS: [&str; 6] = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"];

/// Makes a film of four seconds with ffmpeg; its files by their names, the playlist and the beginning first.
fn make(home: &Home, list: &str, format: &[&str]) -> Vec<PathBuf> {
    let folder = home.path().join("made");
    std::fs::create_dir_all(&folder).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i"])
        .args(["testsrc2=rate=30:duration=4:size=180x320", "-f", "lavfi", "-i", "sine=duration=4"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac"])
        .args(format)
        .arg(folder.join(list))
        .status()
        .unwrap();
    assert!(made.success());
    files(&folder)
}

fn name(file: &Path) -> &str {
    file.file_name().unwrap().to_str().unwrap()
}

fn put_list(store: &Store, url: &str, text: &str) {
    let text = format!("{url}\n{text}");
    let key = ResourceKey::new(format!("playlist {}", key(url)));
    put(store, &key, text.as_bytes(), text.len());
}

/// Caches files as if they had been played from [`BASE`].
fn keep(home: &Home, files: &[PathBuf]) {
    let store = cache(home.path());
    for file in files {
        let (url, bytes) = (format!("{BASE}{}", name(file)), std::fs::read(file).unwrap());
        if name(file).ends_with(".m3u8") || name(file).ends_with(".mpd") {
            put_list(&store, &url, std::str::from_utf8(&bytes).unwrap());
        } else {
            put(&store, &key(&url), &bytes, bytes.len());
        }
    }
}

/// Where exports go; nothing else is there.
fn folder(home: &Home) -> PathBuf {
    let folder = home.path().join("out");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn export(home: &Home, episode: &str, name: &str) -> PathBuf {
    let out = folder(home).join(name);
    let said = home.run(&["cache", "export", episode, out.to_str().unwrap()]).done();
    assert_eq!(said, format!("{}: {} bytes\n", out.display(), out.metadata().unwrap().len()));
    out
}

#[track_caller]
fn refused(home: &Home, episode: &str, name: &str, why: &[&str]) {
    let out = folder(home).join(name);
    let before = files(&folder(home));
    let failed = home.run(&["cache", "export", episode, out.to_str().unwrap()]).failed();
    assert!(why.iter().all(|why| failed.contains(why)), "{failed}");
    assert_eq!(files(&folder(home)), before, "something was left");
}

/// Decodes all of a file, and tells its container.
#[track_caller]
fn played(file: &Path) -> String {
    let run = |program: &str, args: &[&str]| {
        let ran = Command::new(program).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success() && said.is_empty(), "{}: {said}", file.display());
        String::from_utf8(ran.stdout).unwrap()
    };
    let path = file.to_str().unwrap();
    run("ffmpeg", &["-v", "error", "-nostdin", "-i", path, "-f", "null", "-"]);
    let probe = |entries| run("ffprobe", &["-v", "error", "-show_entries", entries, "-of", "default=nw=1:nk=1", path]);
    let streams = probe("stream=codec_type");
    assert!(streams.contains("video") && streams.contains("audio"), "{streams}");
    let said = probe("format=format_name,duration");
    let (container, seconds) = said.trim().split_once('\n').unwrap();
    assert!((3.8..4.4).contains(&seconds.parse::<f64>().unwrap()), "{said}");
    container.to_owned()
}

fn joined(files: &[PathBuf], which: impl Fn(&str) -> bool) -> Vec<u8> {
    files.iter().filter(|file| which(name(file))).flat_map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn transport_streams_are_joined_and_become_another_container_if_the_name_says_so() {
    let home = Home::new();
    let made = make(&home, "index.m3u8", &HLS);
    keep(&home, &made);
    let out = export(&home, LIST, "film.ts");
    assert!(std::fs::read(&out).unwrap() == joined(&made, |name| name.ends_with(".ts")));
    assert_eq!(played(&out), "mpegts");
    assert!(played(&export(&home, LIST, "film.mp4")).contains("mp4"));
    assert!(played(&export(&home, LIST, "film.mkv")).contains("matroska"));
    refused(&home, LIST, "film.mkv", &["film.mkv cannot be written"]);
    assert_eq!(files(&folder(&home)).len(), 3, "nothing is left but the films");
}

#[test]
fn fragmented_mp4_is_joined() {
    let home = Home::new();
    let made = make(&home, "index.m3u8", &[&HLS[..], &["-hls_segment_type", "fmp4"]].concat());
    keep(&home, &made);
    // By its name in the library, too.
    let (mut library, id) = library_with(&home, LIST);
    library.set_stream(&id, &StreamParts::default()).unwrap();
    for (episode, file) in [(LIST, "a.mp4"), (id.as_str(), "b.mp4")] {
        let out = export(&home, episode, file);
        let init = joined(&made, |name| name == "init.mp4");
        assert!(std::fs::read(&out).unwrap() == [init, joined(&made, |name| name.ends_with(".m4s"))].concat());
        assert!(played(&out).contains("mp4"));
    }
    refused(&home, LIST, "c.ts", &["no transport stream", ".mp4 or .mkv"]);
}

#[test]
fn picture_and_sound_that_came_apart_are_put_together() {
    let home = Home::new();
    let sets = ["-map", "0:v", "-map", "1:a", "-seg_duration", "2", "-f", "dash"];
    let made = make(&home, "index.mpd", &sets);
    keep(&home, &made);
    let url = format!("{BASE}index.mpd");
    assert!(played(&export(&home, &url, "film.mp4")).contains("mp4"));
    assert!(played(&export(&home, &url, "film.mkv")).contains("matroska"));
    refused(&home, &url, "film.ts", &["picture and sound come apart", ".mp4 or .mkv"]);
    assert_eq!(files(&folder(&home)).len(), 2, "nothing is left but the films");
}

#[test]
fn what_of_a_stream_is_not_cached_is_named() {
    let home = Home::new();
    refused(&home, LIST, "film.ts", &["the playlists of https://cdn.example/film/index.m3u8 are not cached"]);
    let made = make(&home, "index.m3u8", &HLS);
    keep(&home, &made[..2]);
    assert_eq!(name(&made[1]), "index0.ts");
    let missing = "1 of the 2 parts of https://cdn.example/film/index.m3u8 are not cached";
    refused(&home, LIST, "film.ts", &[missing, "at 0:02 (https://cdn.example/film/index1.ts)"]);
    // A byte of what is there is another one.
    let longest =
        files(&home.path().join("cache/media/fragments")).into_iter().max_by_key(|f| f.metadata().unwrap().len());
    keep(&home, &made[2..]);
    let longest = longest.unwrap();
    let mut bytes = std::fs::read(&longest).unwrap();
    bytes[1234] ^= 1;
    std::fs::write(&longest, bytes).unwrap();
    refused(&home, LIST, "film.ts", &["was damaged"]);
}

#[test]
fn of_several_variants_the_one_that_is_cached_is_exported() {
    let home = Home::new();
    let made = make(&home, "index.m3u8", &HLS);
    keep(&home, &made);
    let all =
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000\nhigh.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=300000\nindex.m3u8\n";
    put_list(&cache(home.path()), &format!("{BASE}all.m3u8"), all);
    let episode = format!("{BASE}all.m3u8");
    assert_eq!(played(&export(&home, &episode, "film.ts")), "mpegts");
    // The list of the other is here too, and would not make one file.
    let changing = "#EXTINF:2,\n0.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\n1.ts\n#EXT-X-ENDLIST\n";
    let high = format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{changing}");
    put_list(&cache(home.path()), &format!("{BASE}high.m3u8"), &high);
    assert_eq!(played(&export(&home, &episode, "again.ts")), "mpegts");
}

#[test]
fn what_makes_no_file_says_why() {
    let home = Home::new();
    let segments = "#EXTINF:2,\n0.ts\n#EXTINF:2,\n1.ts\n";
    let end = "#EXT-X-ENDLIST\n";
    let key = "#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n";
    let changed = segments.replace("\n#EXTINF:2,\n1", "\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\n1");
    let cases = [
        ("live", segments.to_owned(), "is live"),
        ("encrypted", format!("{key}{segments}{end}"), "is encrypted"),
        ("changing", format!("{changed}{end}"), "differently made parts"),
    ];
    for (name, text, why) in cases {
        let url = format!("{BASE}{name}.m3u8");
        put_list(&cache(home.path()), &url, &format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{text}"));
        refused(&home, &url, "film.ts", &[&url, why]);
    }
    let protected = "<MPD mediaPresentationDuration='PT4S'><Period><AdaptationSet contentType='video'><ContentProtection/>\
         <SegmentTemplate duration='2' media='$Number$.m4s'/><Representation id='v'/></AdaptationSet></Period></MPD>";
    let url = format!("{BASE}protected.mpd");
    put_list(&cache(home.path()), &url, protected);
    refused(&home, &url, "film.mp4", &[&url, "is encrypted"]);
}
