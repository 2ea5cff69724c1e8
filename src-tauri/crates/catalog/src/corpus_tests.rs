//! The rules against names and NFO files that nobody of this project wrote: the cases of Jellyfin's own tests.
//!
//! Found through `CORPUS`, by default `../shared/corpus` beside the workspace. Rows that are read otherwise on purpose
//! are listed with the reason; a listed row that passes fails the test, so that the list stays exact.

use crate::naming::{clean_title, parse_file_name, parse_season_folder};
use crate::nfo::parse_nfo;
use crate::sidecar::parse_suffix;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows that are read otherwise: suite, arguments, reason.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "SeasonPathParserTests",
        r#""/Drive/EXTRAS", "/Drive", 0, true"#,
        "extras are left out instead of shown as specials: they are not part of the story that is swiped through",
    ),
    (
        "SimpleEpisodeTests",
        r#""/server/anything_102.mp4", "anything", 1, 2"#,
        "102 is the hundred-and-second episode: micro-dramas have more than a hundred in one season",
    ),
    (
        "CleanDateTimeTests",
        r#""[rec].mkv", "[rec].mkv", null"#,
        "brackets around a whole name are decoration, as in 【剧名】",
    ),
    (
        "CleanStringTests",
        r#""2026年01月10日23時00分00秒-[新]TRIGUN　STARGAZE[字].mp4", "2026年01月10日23時00分00秒-[新]TRIGUN　STARGAZE""#,
        "white space is made one plain space, the ideographic one as well",
    ),
];

fn corpus(part: &str) -> Option<PathBuf> {
    let default = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/corpus"));
    let path = std::env::var_os("CORPUS").map_or(default, PathBuf::from).join(part);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: no corpus at {}", path.display());
    None
}

/// The arguments of a row: strings without quotes, other words as they are.
fn arguments(row: &str) -> Vec<String> {
    let (mut args, mut rest) = (Vec::new(), row.trim());
    while !rest.is_empty() {
        let quoted = rest.trim_start_matches('@').strip_prefix('"');
        let (arg, after) = match quoted {
            Some(inner) => inner.split_once('"').unwrap(),
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        args.push(arg.trim().to_owned());
        rest = after.trim_start_matches([',', ' ']);
    }
    args
}

fn parts(path: &str) -> Vec<&str> {
    path.split(['/', '\\']).filter(|p| !p.is_empty()).collect()
}

fn stem(path: &str) -> &str {
    let name = parts(path).pop().unwrap_or_default();
    let is_extension = |e: &str| ["avi", "mp4", "mkv"].contains(&e);
    name.rsplit_once('.').filter(|(_, e)| is_extension(e)).map_or(name, |(stem, _)| stem)
}

/// The season that file and folders tell.
fn season_of(path: &str) -> Option<u16> {
    let folders = parts(path);
    let folder = folders.iter().rev().nth(1).and_then(|f| parse_season_folder(f));
    parse_file_name(stem(path)).season.or(folder.map(|f| f.season))
}

/// The show that the file tells, else the folder around the season.
fn show_of(path: &str) -> String {
    let folders = parts(path);
    let file = parse_file_name(stem(path)).show;
    let is_season = folders.iter().rev().nth(1).is_some_and(|f| parse_season_folder(f).is_some());
    let around = folders.iter().rev().nth(2).filter(|_| is_season).and_then(|f| clean_title(f).text);
    file.or(around).unwrap_or_default()
}

/// Jellyfin tests the raw text where the catalog already shows words: dots and underscores are spaces.
fn spaced(text: &str) -> String {
    if text.contains(' ') || text == "S.H.O.W" { text.to_owned() } else { text.replace(['.', '_'], " ") }
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or("null".to_owned(), |v| v.to_string())
}

/// What the catalog reads and what the row expects; `None` for rows that are not about names of episodes.
fn check(suite: &str, args: &[String]) -> Option<(String, String)> {
    let arg = |at: usize| args.get(at).map(String::as_str).unwrap_or_default();
    let number = |text: &str| text.trim().parse::<u32>().map_or("null".to_owned(), |n| n.to_string());
    let file = |path: &str| parse_file_name(stem(path));
    Some(match suite {
        "AbsoluteEpisodeNumberTests" | "EpisodeNumberTests" => (shown(file(arg(0)).number), number(arg(1))),
        "EpisodeNumberWithoutSeasonTests" => (shown(file(arg(1)).number), number(arg(0))),
        "MultiEpisodeTests" => (shown(file(arg(0)).number_end), number(arg(1))),
        "SeasonNumberTests" => (shown(season_of(arg(0))), number(arg(1))),
        "DailyEpisodeTests" => {
            let read = file(arg(0));
            let (y, m, d) = read.date.unwrap_or_default();
            let date = [arg(2), arg(3), arg(4)].map(number).join("-");
            (format!("{} {y}-{m}-{d}", read.show.unwrap_or_default()), format!("{} {date}", spaced(arg(1))))
        }
        "EpisodePathParserTest" => {
            let at = args.len() - 3;
            let read = file(arg(0));
            let season = shown(season_of(arg(0)).or(Some(1)));
            let found = format!("{} {season} {}", read.show.clone().unwrap_or_default(), shown(read.number));
            (found, format!("{} {} {}", spaced(arg(at)), number(arg(at + 1)), number(arg(at + 2))))
        }
        "SimpleEpisodeTests" => {
            let found = format!("{} {} {}", show_of(arg(0)), shown(season_of(arg(0))), shown(file(arg(0)).number));
            (found, format!("{} {} {}", spaced(arg(1)), number(arg(2)), number(arg(3))))
        }
        "SeasonPathParserTests" => {
            let read = parts(arg(0)).pop().and_then(parse_season_folder);
            let found = format!("{} {}", shown(read.as_ref().map(|r| r.season)), read.is_some());
            (found, format!("{} {}", number(arg(2)), arg(3)))
        }
        "SeriesPathParserTest" | "SeriesResolverTests" => {
            let folders = parts(arg(0));
            let last = folders.last().copied().unwrap_or_default();
            let around = folders.iter().rev().nth(1).and_then(|f| clean_title(f).text);
            let found = match parse_season_folder(last) {
                Some(season) => season.show.or(around),
                None => parse_file_name(last).show.filter(|_| parse_file_name(last).certain).or(clean_title(last).text),
            };
            (found.unwrap_or_default(), spaced(arg(1)))
        }
        "CleanDateTimeTests" => {
            let title = clean_title(stem(arg(0)));
            let expected = stem(arg(1));
            (
                format!("{} {}", title.text.unwrap_or_default(), shown(title.year)),
                format!("{} {}", spaced(expected), number(arg(2))),
            )
        }
        "CleanStringTests" if args.len() == 2 => {
            let show = parse_file_name(stem(arg(0))).show.and_then(|s| clean_title(&s).text);
            (show.or(clean_title(stem(arg(0))).text).unwrap_or_default(), spaced(arg(1)))
        }
        // Rows with one argument name files without a suffix, of kinds that are no subtitles here.
        "ExternalPathParserTests" if args.len() >= 3 => {
            let read = parse_suffix(arg(0));
            let two_letters = BTreeMap::from([("eng", "en"), ("fre", "fr"), ("hin", "hi")]);
            let title = if arg(1) == "null" { "" } else { arg(1) };
            let flag = |at: usize| arg(at) == "true";
            let found = format!(
                "{} {} {} {} {}",
                read.title.unwrap_or_default(),
                shown(read.language),
                read.default,
                read.forced,
                read.hearing_impaired
            );
            let language = two_letters.get(arg(2)).copied().unwrap_or("null");
            (found, format!("{title} {language} {} {} {}", flag(3), flag(4), flag(5)))
        }
        _ => return None,
    })
}

#[test]
fn names_of_the_corpus_are_read_as_jellyfin_reads_them() {
    let Some(path) = corpus("naming/cases.tsv") else { return };
    let table = std::fs::read_to_string(path).unwrap();
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut listed: Vec<_> = OTHERWISE.iter().map(|(suite, row, _)| (*suite, *row)).collect();
    for line in table.lines().skip(1) {
        let Some((file, row)) = line.split_once('\t') else { continue };
        let suite = file.rsplit('/').next().unwrap().trim_end_matches(".cs");
        let Some((found, expected)) = check(suite, &arguments(row)) else { continue };
        let count = counts.entry(suite.to_owned()).or_default();
        let is_listed = listed.iter().position(|l| *l == (suite, row));
        match (found == expected, is_listed) {
            (true, None) => count.0 += 1,
            (false, Some(at)) => {
                count.1 += 1;
                listed.swap_remove(at);
            }
            (true, Some(_)) => wrong.push(format!("{suite} {row}: is listed as read otherwise, but passes")),
            (false, None) => wrong.push(format!("{suite} {row}: read `{found}`, expected `{expected}`")),
        }
    }
    for (suite, (same, otherwise)) in &counts {
        println!("{suite}: {same} as Jellyfin, {otherwise} otherwise on purpose");
    }
    let (same, otherwise) = counts.values().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    println!("{same} rows as Jellyfin, {otherwise} otherwise on purpose");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listed.is_empty(), "listed, but not in the table: {listed:?}");
}

#[test]
fn nfo_files_of_the_corpus_are_read() {
    let Some(folder) = corpus("nfo/jellyfin") else { return };
    let mut read = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let nfo = parse_nfo(&std::fs::read(&path).unwrap());
        assert_eq!(nfo.problem, None, "{}", path.display());
        read.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), nfo);
    }
    println!("{} NFO files", read.len());

    let show = read["American Gods"].show.clone().unwrap();
    assert_eq!(show.title.as_deref(), Some("American Gods"));
    assert_eq!(
        (show.year, show.genres),
        (Some(2017), vec!["Drama".into(), "Mystery".into(), "Sci-Fi & Fantasy".into()])
    );
    assert!(show.synopsis.unwrap().ends_with("Based on Neil Gaiman's fantasy novel."));

    let episodes = &read["Stargate Atlantis S01E01-E04"].episodes;
    assert_eq!(
        episodes.iter().map(|e| (e.season, e.number)).collect::<Vec<_>>(),
        [1, 2, 3, 4].map(|n| (Some(1), Some(n)))
    );
    let titles: Vec<_> = episodes.iter().filter_map(|e| e.title.as_deref()).collect();
    assert_eq!(titles, ["Rising", "Hide and Seek", "Thirty-Eight Minutes"]);

    for other in ["Dancing Queen", "Imdb", "Lilo & Stitch", "The Best of 1980-1990", "Tvdb"] {
        assert_eq!(read[other], crate::nfo::Nfo::default(), "{other}");
    }
}
