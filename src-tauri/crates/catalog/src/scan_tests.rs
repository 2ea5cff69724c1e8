//! Whole scans, over trees on disk.

use crate::walk::MAX_DEPTH;
use crate::{Scan, ScanError, SkipReason, scan};
use model::{ErrorCode, MediaRef, Series, SourceId};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) fn source() -> SourceId {
    SourceId::derive(&["test"])
}

/// A tree with these files. `path = content` gives one a content.
pub(crate) fn tree(root: &str, files: &[&str]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join(root);
    std::fs::create_dir_all(&root).unwrap();
    for file in files {
        let (path, content) = file.split_once(" = ").unwrap_or((file, ""));
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    (dir, root)
}

fn scan_of(root: &Path) -> Scan {
    scan(&source(), root, &mut |_, _| true).unwrap()
}

/// The series that a tree gives, in one line each: title, year, then `season.number` of each episode.
fn outline(root: &str, files: &[&str]) -> Vec<String> {
    let (_dir, root) = tree(root, files);
    scan_of(&root).series.iter().map(line).collect()
}

pub(crate) fn line(series: &Series) -> String {
    let episodes = series.episodes.iter().map(|e| {
        let number = e.key.number.map_or("-".to_owned(), |n| n.to_string());
        format!("{}.{number}{}", e.key.season, e.number_end.map_or(String::new(), |n| format!("-{n}")))
    });
    let year = series.year.map_or(String::new(), |y| format!(" ({y})"));
    format!("{}{year}: {}", series.title, episodes.collect::<Vec<_>>().join(" "))
}

fn only(root: &Path) -> Series {
    let mut series = scan_of(root).series;
    assert_eq!(series.len(), 1, "{series:#?}");
    series.remove(0)
}

fn names(places: impl IntoIterator<Item = impl Into<MediaRef>>) -> Vec<String> {
    let name = |place: MediaRef| place.as_file().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    places.into_iter().map(|place| name(place.into())).collect()
}

#[test]
fn a_root_with_episodes_is_a_series_named_after_the_folder() {
    assert_eq!(outline("恋爱 (2024) [1080p]", &["1.mp4", "2.mp4", "10.mp4"]), ["恋爱 (2024): 1.1 1.2 1.10"]);
    assert_eq!(outline("Love", &["Love E01.mp4", "Love E02.mp4"]), ["Love: 1.1 1.2"]);
    assert_eq!(outline("Love", &["Other Name E01.mp4", "Other Name E02.mp4"]), ["Love: 1.1 1.2"]);
    assert_eq!(outline("Love", &["Meeting 1.mp4", "Parting 2.mp4", "Return 3.mp4"]), ["Love: 1.1 1.2 1.3"]);
}

#[test]
fn a_folder_of_show_folders_gives_a_series_each() {
    let files = ["B/第1集.mp4", "B/第2集.mp4", "A 2/EP1.mkv", "A 10/EP1.mkv", "Genre/C/01.mp4", "Empty/readme.txt"];
    assert_eq!(outline("Dramas", &files), ["A 2: 1.1", "A 10: 1.1", "B: 1.1 1.2", "C: 1.1"]);
}

#[test]
fn seasons_and_specials_belong_to_the_show_around_them() {
    let files = [
        "Show/Season 01/S01E02.mp4",
        "Show/Season 01/S01E01.mp4",
        "Show/第二季/第1集.mp4",
        "Show/S03/01.mp4",
        "Show/Specials/SP1.mp4",
        "Show/Season 01/Disc 2/S01E03.mp4",
    ];
    assert_eq!(outline("Dramas", &files), ["Show: 0.1 1.1 1.2 1.3 2.1 3.1"]);
    assert_eq!(outline("Show", &["Season 1/1.mp4", "Season 2/1.mp4"]), ["Show: 1.1 2.1"]);
    assert_eq!(outline("Show/Season 2", &["1.mp4", "2.mp4"]), ["Show: 2.1 2.2"]);
    assert_eq!(outline("Dramas", &["Show/1/01.mp4", "Show/1/02.mp4", "Show/2/01.mp4"]), ["Show: 1.1 1.2 2.1"]);
}

#[test]
fn seasons_without_a_show_folder_are_joined_by_their_show() {
    let files = ["Love.S01.1080p/E01.mp4", "Love.S02.1080p/E01.mp4", "Hate S01/E01.mp4"];
    assert_eq!(outline("Dramas", &files), ["Hate: 1.1", "Love: 1.1 2.1"]);
}

#[test]
fn loose_files_of_several_shows_are_parted_by_show() {
    let files = ["Love - 01.mp4", "Love - 02.mp4", "love_03.mp4", "Hate E01.mp4", "Hate E02.mp4", "clip.mp4"];
    assert_eq!(
        outline("Downloads", &files),
        ["Downloads: 1.-", "Hate: 1.1 1.2", "love: 1.1 1.2 1.3"].map(|s| s.replace("love:", "Love:"))
    );
    assert_eq!(outline("Downloads", &["Love 01.mp4", "Hate 01.mp4"]), ["Hate: 1.1", "Love: 1.1"]);
    assert_eq!(outline("Downloads", &["Love 01.mp4", "Love 02.mp4", "Hate/1.mp4"]), ["Hate: 1.1", "Love: 1.1 1.2"]);
}

#[test]
fn a_folder_around_each_file_tells_the_number() {
    let files = ["Show/第1集/video.mp4", "Show/第2集/video.mp4", "Show/EP10/x.mp4"];
    assert_eq!(outline("Dramas", &files), ["Show: 1.1 1.2 1.10"]);
}

#[test]
fn gaps_duplicates_and_files_without_number_are_kept() {
    let files = ["1.mp4", "2.mp4", "2.mkv", "EP2 final.mp4", "7.mp4", "Finale.mp4", "Behind.mp4", "S01E08-E10.mp4"];
    assert_eq!(outline("Love", &files), ["Love: 1.1 1.2 1.2 1.2 1.7 1.8-10 1.- 1.-"]);
}

#[test]
fn names_in_all_scripts_and_normal_forms_are_read() {
    let files = [
        "第１集.mp4",
        "第二集.mp4",
        "٣.mp4",
        "Capi\u{301}tulo 4.mp4",
        "Épisode 5.mp4",
        "Серия 6.mp4",
        "ตอนที่ ๗.mp4",
        "एपिसोड ८.mp4",
        "제9화.mp4",
        "第十話.mp4",
        "الحلقة ١١.mp4",
    ];
    assert_eq!(outline("世界", &files), ["世界: 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11"]);
}

#[test]
fn numbers_in_the_title_are_no_episode_numbers() {
    assert_eq!(outline("x/24", &["24 - 01.mp4", "24 - 02.mp4"]), ["24: 1.1 1.2"]);
    let files = ["3 Idiots 01.mp4", "3 Idiots 02.mp4", "3 Idiots 03.mp4"];
    assert_eq!(outline("School", &files), ["School: 1.1 1.2 1.3"]);
    let files = ["Class 7 01 a.mp4", "Class 7 02 b.mp4", "Class 7 03 c.mp4"];
    assert_eq!(outline("School", &files), ["School: 1.1 1.2 1.3"]);
}

#[test]
fn extras_hidden_files_and_unfinished_downloads_are_left_out() {
    let files = [
        "1.mp4",
        "1-trailer.mp4",
        "sample.mp4",
        ".2.mp4",
        "3.mp4.part",
        "4.mp4.tmp",
        "5.mp3",
        "Sample/6.mp4",
        "extras/7.mp4",
        "花絮/8.mp4",
        ".cache/9.mp4",
        "code.ts = import { x } from './x';\n",
        "10.ts = G\u{0}\u{1}",
    ];
    assert_eq!(outline("Love", &files), ["Love: 1.1 1.10"]);
    assert_eq!(outline("Library", &["Shorts/1.mp4"]), ["Shorts: 1.1"]);
}

#[test]
fn nfo_files_give_titles_plots_and_numbers() {
    let (_dir, root) = tree(
        "x",
        &[
            "tvshow.nfo = <tvshow><title>The Show</title><year>2023</year><genre>Romance</genre><plot>Plot.</plot></tvshow>",
            "a.mp4",
            "a.nfo = <episodedetails><title>First</title><season>2</season><episode>5</episode><runtime>2</runtime></episodedetails>",
            "b.mp4",
            "b.nfo = <episodedetails><title>A</title><season>2</season><episode>6</episode></episodedetails>\
             <episodedetails><title>B</title><season>2</season><episode>7</episode></episodedetails>\nhttps://x/?a=1&b=2",
            "c 08.mp4",
            "c 08.nfo = <episodedetails><title>",
        ],
    );
    let scan = scan_of(&root);
    let show = &scan.series[0];
    assert_eq!(line(show), "The Show (2023): 1.8 2.5 2.6-7");
    assert_eq!((show.genres.as_slice(), show.synopsis.as_deref()), (&["Romance".to_owned()][..], Some("Plot.")));
    let titles: Vec<_> = show.episodes.iter().map(|e| e.title.as_deref()).collect();
    assert_eq!(titles, [None, Some("First"), Some("A / B")]);
    assert_eq!(show.episodes[1].duration_ms, Some(120_000));
    assert_eq!(names(scan.skipped.iter().map(|s| s.path.clone())), ["c 08.nfo"]);
    assert!(matches!(scan.skipped[0].reason, SkipReason::BadNfo(_)));
}

#[test]
fn subtitles_are_given_to_their_episode() {
    let (_dir, root) = tree(
        "Love",
        &[
            "EP1.mp4",
            "EP10.mp4",
            "Love.S01E02.mp4",
            "EP1.srt",
            "ep1.zh-Hans.srt",
            "EP1.pt-BR.forced.ass",
            "EP1_en.vtt",
            "EP10.chs.srt",
            "subtitles/EP10.English (SDH).srt",
            "Subs/EP1/2_Spanish.srt",
            "2.zh.srt",
            "EP3.srt",
        ],
    );
    let love = only(&root);
    let tracks = |at: usize| {
        let of = love.episodes[at].sidecars.iter();
        of.map(|s| {
            let flags = [(s.forced, "f"), (s.hearing_impaired, "h")].map(|f| if f.0 { f.1 } else { "" }).concat();
            format!("{}{flags}", s.language.as_deref().unwrap_or("-"))
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(tracks(0), ["es", "pt-BRf", "-", "zh-Hans", "en"]);
    assert_eq!(tracks(1), ["zh"]);
    assert_eq!(tracks(2), ["zh-Hans", "enh"]);
}

#[test]
fn subtitles_beside_the_only_video_need_no_name() {
    let (_dir, root) = tree("Love", &["E02.mp4", "Subs/2_English.srt", "Subs/3_French.srt", "zh.srt", "notes.srt"]);
    let languages: Vec<_> = only(&root).episodes.remove(0).sidecars.into_iter().filter_map(|s| s.language).collect();
    assert_eq!(languages, ["en", "fr", "zh"]);
}

#[test]
fn posters_and_pictures_are_found() {
    let poster = |root: &str, files: &[&str]| {
        let (_dir, root) = tree(root, files);
        names(only(&root).poster).pop()
    };
    assert_eq!(poster("Love", &["1.mp4", "poster.png", "folder.jpg"]).as_deref(), Some("poster.png"));
    assert_eq!(poster("Love", &["1.mp4", "Poster.PNG", "poster.JPG"]).as_deref(), Some("poster.JPG"));
    assert_eq!(poster("Love", &["1.mp4", "cover.webp"]).as_deref(), Some("cover.webp"));
    assert_eq!(poster("Love", &["1.mp4", "Love-poster.jpeg"]).as_deref(), Some("Love-poster.jpeg"));
    assert_eq!(
        poster("Love", &["1.mp4", "season02-poster.jpg", "season01-poster.jpg"]).as_deref(),
        Some("season01-poster.jpg")
    );
    assert_eq!(poster("Love", &["Season 1/1.mp4", "Season 1/folder.jpg"]).as_deref(), Some("folder.jpg"));
    assert_eq!(poster("Love", &["1.mp4", "1.jpg"]), None);

    let (_dir, root) = tree("Love", &["1.mp4", "2.mp4", "1-thumb.jpg", "1.jpg", "2.webp"]);
    let pictures: Vec<_> = only(&root).episodes.into_iter().filter_map(|e| e.picture).collect();
    assert_eq!(names(pictures), ["1-thumb.jpg", "2.webp"]);
}

#[test]
fn identifiers_survive_a_second_scan_and_a_moved_root() {
    let files = ["Love/1.mp4", "Love/2.mp4", "Hate/第1集.mp4"];
    let (_first, a) = tree("A", &files);
    let (_second, b) = tree("B", &files);
    let ids = |root: &Path| {
        let ids =
            scan_of(root).series.into_iter().map(|s| (s.id, s.episodes.into_iter().map(|e| e.id).collect::<Vec<_>>()));
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(&a), ids(&a));
    assert_eq!(ids(&a), ids(&b));
    let hate = scan_of(&a).series.remove(0);
    assert_eq!(hate.id, model::SeriesId::derive(&[source().as_str(), "Hate"]));
    assert_eq!(hate.episodes[0].id, model::EpisodeId::derive(&[source().as_str(), "Hate/第1集.mp4"]));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_tree_and_in_circles_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (_outside, outside) = tree("outside", &["9.mp4"]);
    let (_dir, root) = tree("Love", &["1.mp4", "pool/.store/2.mp4"]);
    symlink(&outside, root.join("out")).unwrap();
    symlink(outside.join("9.mp4"), root.join("9.mp4")).unwrap();
    symlink(&root, root.join("circle")).unwrap();
    symlink("../pool", root.join("pool/again")).unwrap();
    symlink("nowhere.mp4", root.join("3.mp4")).unwrap();
    symlink("pool/.store/2.mp4", root.join("2.mp4")).unwrap();
    symlink("pool/.store", root.join("Season 2")).unwrap();
    let scan = scan_of(&root);
    assert_eq!(line(&scan.series[0]), "Love: 1.1 1.2 2.2");
    let skipped: Vec<_> = scan.skipped.iter().map(|s| (names([s.path.clone()]).remove(0), s.reason.clone())).collect();
    let expected =
        [("3.mp4", SkipReason::Vanished), ("9.mp4", SkipReason::OutsideLink), ("out", SkipReason::OutsideLink)];
    assert_eq!(skipped, expected.map(|(name, reason)| (name.to_owned(), reason)));
}

#[test]
fn folders_that_are_too_deep_are_reported() {
    let deep = |depth: usize| format!("{}1.mp4", "d/".repeat(depth));
    let (_dir, root) = tree("Love", &[&deep(MAX_DEPTH + 1), "x/1.mp4"]);
    let scan = scan_of(&root);
    assert_eq!(scan.series.len(), 1);
    assert_eq!((scan.skipped_count, &scan.skipped[0].reason), (1, &SkipReason::TooDeep));
    let (_dir, root) = tree("Love", &[&deep(MAX_DEPTH)]);
    assert_eq!(scan_of(&root).skipped_count, 0);
}

#[test]
fn a_root_without_video_or_that_is_none_is_an_error() {
    let (_dir, root) = tree("x", &["a.txt"]);
    let fails = |root: &Path| scan(&source(), root, &mut |_, _| true).unwrap_err();
    assert_eq!(fails(&root).code(), ErrorCode::NoVideo);
    assert_eq!(fails(&root.join("missing")), ScanError::RootMissing(root.join("missing")));
    assert_eq!(fails(&root.join("a.txt")), ScanError::RootNotFolder(root.join("a.txt")));
}

#[test]
fn progress_is_told_about_every_hundred_files_and_can_cancel() {
    let files: Vec<String> = (1..=450).map(|n| format!("{n}.mp4")).collect();
    let (_dir, root) = tree("Love", &files.iter().map(String::as_str).collect::<Vec<_>>());
    let mut calls = Vec::new();
    let found = scan(&source(), &root, &mut |files, episodes| {
        calls.push((files, episodes));
        true
    });
    assert_eq!(found.unwrap().series[0].episodes.len(), 450);
    assert!(calls.len() <= 10 && calls.last() == Some(&(450, 450)), "{calls:?}");
    assert_eq!(scan(&source(), &root, &mut |files, _| files < 200), Err(ScanError::Cancelled));
    assert_eq!(scan(&source(), &root, &mut |files, _| files < 450), Err(ScanError::Cancelled));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_unicode_stay_apart() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let (_dir, root) = tree("Love", &[]);
    for byte in [0xfe, 0xff] {
        std::fs::write(root.join(OsString::from_vec(vec![b'E', b'1', b' ', byte, b'.', b'm', b'p', b'4'])), "")
            .unwrap();
    }
    let love = only(&root);
    assert_eq!(line(&love), "Love: 1.1 1.1");
    assert_ne!(love.episodes[0].id, love.episodes[1].id);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn no_video_is_lost_or_given_twice(
        paths in proptest::collection::btree_set("(Love|Hate S01|Season 1|7|EP2|Disc 1)?/?(Love |Hate )?(E|第|S01E|)[0-9]{1,2}", 1..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("Dramas");
        let mut count = 0;
        for path in &paths {
            let path = root.join(format!("{}.mp4", path.trim_start_matches('/')));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            count += usize::from(std::fs::File::create_new(path).is_ok());
        }
        let scan = scan_of(&root);
        let mut found: Vec<_> = scan.series.iter().flat_map(|s| s.episodes.iter().map(|e| e.media.clone())).collect();
        found.sort();
        found.dedup();
        let in_all: usize = scan.series.iter().map(|s| s.episodes.len()).sum();
        proptest::prop_assert_eq!((found.len(), in_all), (count, count));
        let mut ids: Vec<_> = scan.series.iter().map(|s| &s.id).collect();
        ids.sort();
        ids.dedup();
        proptest::prop_assert_eq!(ids.len(), scan.series.len());
    }
}
