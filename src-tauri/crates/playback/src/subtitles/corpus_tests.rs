//! Files that others wrote: the test suite of vtt.js with its expected cues, and the test assets of androidx/media.
//!
//! The corpus lies outside of the repository: in `CORPUS`, else in `shared/corpus` beside it. Where it is absent the
//! tests print that they did not run.

use std::fs;
use std::path::{Path, PathBuf};

use model::{CueAlign, CuePosition};
use serde_json::Value;

use super::*;

/// Where a cue of vtt.js's suite is meant to come out differently, and why. The list is exact: a file that is missing
/// here or needs no mention fails the test.
const DELIBERATE: [(&str, &str); 11] = [
    ("cue-times/max-spots-over-sixty.vtt", "a cue that lasts no time is dropped"),
    ("cue-times/minimum-spots-over-sixty.vtt", "two numbers are minutes and seconds, however many minutes"),
    ("cuetext/lang/no-end-gt.vtt", "a tag that is never closed is shown rather than the text lost"),
    ("cuetext/ruby/basic.vtt", "ruby text stands in parentheses"),
    ("cuetext/ruby/rt-no-end-tag.vtt", "ruby text stands in parentheses"),
    ("cuetext/ruby/with-annotation.vtt", "ruby text stands in parentheses"),
    ("cuetext/ruby/with-closing-span.vtt", "ruby text stands in parentheses"),
    ("cuetext/ruby/with-subclass.vtt", "ruby text stands in parentheses"),
    ("cuetext/tag-format/end-tag-no-gt.vtt", "a tag that is never closed is shown rather than the text lost"),
    ("cuetext/tag-format/start-tag-missing-gt.vtt", "a tag that is never closed is shown rather than the text lost"),
    ("cuetext/voice/no-end-gt.vtt", "a tag that is never closed is shown rather than the text lost"),
];

/// A cue as a test compares it.
#[derive(Debug, PartialEq)]
struct Seen {
    start_ms: u64,
    end_ms: u64,
    text: String,
    place: CuePosition,
}

impl Seen {
    fn new(cue: Cue) -> Seen {
        let text = cue.spans.into_iter().map(|span| span.text).collect();
        Seen { start_ms: cue.start_ms, end_ms: cue.end_ms, text, place: cue.position }
    }
}

fn folder(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("CORPUS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/corpus"),
    };
    let folder = root.join("subs").join(name);
    if !folder.is_dir() {
        assert!(std::env::var_os("CORPUS").is_none(), "CORPUS is set, but there is no {}", folder.display());
        eprintln!("SKIPPED: there is no corpus at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
    found.sort();
}

fn read(path: &Path) -> Vec<Seen> {
    match parse(&fs::read(path).unwrap()) {
        Ok(cues) => cues.into_iter().map(Seen::new).collect(),
        Err(SubtitleError::Empty | SubtitleError::NotSubtitles) => Vec::new(),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

#[test]
fn cues_of_vtt_js_are_as_its_suite_expects() {
    let Some(root) = folder("vtt.js") else { return };
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "vtt"));
    let (mut cues, mut described) = (0, 0);
    let mut different = Vec::new();
    for path in &files {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let json = path.with_extension("json");
        let expected = if json.is_file() {
            described += 1;
            described_cues(&serde_json::from_slice(&fs::read(json).unwrap()).unwrap())
        } else {
            shared_expectation(&name)
        };
        let found = read(path);
        cues += found.len();
        if found != expected {
            eprintln!("{name} differs: {found:#?}\n  expected {expected:#?}");
            different.push(name);
        }
    }
    eprintln!(
        "vtt.js: {} files ({described} with their own JSON), {cues} cues, {} differ",
        files.len(),
        different.len()
    );
    assert!(described >= 70 && files.len() >= 120, "the corpus has shrunk");
    assert_eq!(different, DELIBERATE.map(|(name, _)| name));
}

/// What the suite expects of a file without a JSON of its own: its tests compare such a file with one JSON per folder.
fn shared_expectation(name: &str) -> Vec<Seen> {
    let one = |start_ms, end_ms, text: &str| {
        vec![Seen { start_ms, end_ms, text: text.to_owned(), place: CuePosition::default() }]
    };
    match name {
        "cue-times/missing-separator.vtt" => Vec::new(),
        "file-layout/bad-double-webvtt.vtt" | "file-layout/garbage-signature.vtt" => Vec::new(),
        _ if name.starts_with("cue-settings/") => one(0, 2_000, "Text"),
        _ if name.starts_with("cue-times/") => one(25_000, 27_000, "Payload"),
        _ if name.starts_with("file-layout/") => one(0, 2_000, "text"),
        _ if name.starts_with("regions/") => Vec::new(),
        _ => panic!("nothing is expected of {name}"),
    }
}

fn described_cues(json: &Value) -> Vec<Seen> {
    let cues = json["cues"].as_array().unwrap().iter();
    let mut cues: Vec<_> = cues.map(described_cue).filter(|cue| !cue.text.is_empty()).collect();
    cues.sort_by_key(|cue| cue.start_ms);
    cues
}

fn described_cue(cue: &Value) -> Seen {
    let ms = |name: &str| (cue[name].as_f64().unwrap() * 1000.0).round() as u64;
    let align = match cue["align"].as_str().unwrap() {
        "start" | "left" => CueAlign::Start,
        "end" | "right" => CueAlign::End,
        _ => CueAlign::Center,
    };
    // The suite's one text with a line has a single line of text, 80 / 15 percent high.
    let above = match cue["lineAlign"].as_str().unwrap() {
        "middle" => 80.0 / 30.0,
        "end" => 80.0 / 15.0,
        _ => 0.0,
    };
    let line_percent = cue["line"].as_f64().map(|line| {
        assert!(line == 0.0 || cue["snapToLines"] == false, "a line number other than 0 needs an expectation");
        line - above
    });
    let position_percent = cue["position"].as_f64().map(|position| match cue["positionAlign"].as_str().unwrap() {
        // Centred text in a box from there to the right edge.
        "start" if align == CueAlign::Center => position + (100.0 - position) / 2.0,
        _ => position,
    });
    let place = CuePosition { line_percent, position_percent, align };
    Seen { start_ms: ms("startTime"), end_ms: ms("endTime"), text: without_tags(cue["text"].as_str().unwrap()), place }
}

/// The text that WebVTT's rules leave of a cue: a tag reaches to the next `>`, else to the end.
fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => plain.push(c),
            _ => {}
        }
    }
    for (reference, c) in
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&lrm;", "\u{200e}"), ("&rlm;", "\u{200f}")]
    {
        plain = plain.replace(reference, c);
    }
    let plain = plain.replace("&amp;", "&");
    let lines = plain.lines().map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a file of androidx/media holds: start and end in milliseconds, and text.
type Told = (&'static str, &'static [(u64, u64, &'static str)]);

const THREE: [(u64, u64, &str); 3] = [
    (0, 1_234, "This is the first subtitle."),
    (2_345, 3_456, "This is the second subtitle.\nSecond subtitle with second line."),
    (7_204_567, 7_208_901, "This is the third subtitle."),
];

const TWO: [(u64, u64, &str); 2] =
    [(0, 1_234, "This is the first subtitle."), (2_345, 3_456, "This is the second subtitle.")];

const SUBRIP: [Told; 7] = [
    ("typical", &THREE),
    ("typical_bad_timestamps", &[THREE[0]]),
    ("typical_extra_blank_line", &THREE),
    ("typical_missing_sequence", &THREE),
    (
        "typical_no_hours_and_millis",
        &[THREE[0], (2_000, 3_000, "This is the second subtitle.\nSecond subtitle with second line."), THREE[2]],
    ),
    ("typical_unexpected_end", &[THREE[0], THREE[1]]),
    ("typical_utf16be", &THREE),
];

const SSA: [Told; 8] = [
    ("empty", &[]),
    ("empty_style_line", &[(1_000, 3_000, "First line.")]),
    (
        "overlapping_timecodes",
        &[
            (1_000, 4_230, "First subtitle - end overlaps second"),
            (2_000, 5_230, "Second subtitle - beginning overlaps first"),
            (6_000, 8_440, "Third subtitle - out of order"),
            (8_440, 9_440, "Fourth subtitle - same timings as fifth"),
            (8_440, 9_440, "Fifth subtitle - same timings as fourth"),
            (10_720, 15_650, "Sixth subtitle - fully encompasses seventh"),
            (13_220, 14_220, "Seventh subtitle - nested fully inside sixth"),
        ],
    ),
    ("positioning_without_playres", &[(0, 1_230, "First subtitle.")]),
    (
        "style_font_size",
        &[(950, 3_110, "First line with font size 30."), (8_500, 11_500, "Second line with font size 72.2.")],
    ),
    (
        "style_strikeout",
        &[(1_000, 3_000, "First line with Strikeout."), (5_000, 7_000, "Second line without Strikeout.")],
    ),
    ("typical_format", &[]),
    (
        "typical_utf16be",
        &[
            (0, 1_230, "This is the first subtitle."),
            (2_340, 3_450, "This is the second subtitle\nwith a newline\nand another."),
            (4_560, 8_900, "This is the third subtitle, with a comma."),
        ],
    ),
];

const WEBVTT: [Told; 12] = [
    ("empty", &[]),
    ("typical", &TWO),
    ("typical_with_identifiers", &TWO),
    ("with_consecutive_cues", &[TWO[0], (1_234, 3_456, "This is the second subtitle.")]),
    (
        "with_css_styles",
        &[
            TWO[0],
            TWO[1],
            (20_000, 21_000, "This is a reference by element"),
            (25_000, 28_000, "You are an idiot\nYou don't have the guts"),
        ],
    ),
    ("with_css_text_combine_upright", &[(0, 1_000, "Combine all test"), (3_000, 4_000, "Combine 0004 digits")]),
    (
        "with_font_size",
        &[
            (0, 2_000, "Sentence with font-size set to 4.4em."),
            (2_100, 2_400, "Sentence with bad font-size unit."),
            (2_500, 4_000, "Absolute font-size expressed in px unit!"),
            (4_500, 6_000, "Relative font-size expressed in % unit!"),
            (6_100, 6_400, "Sentence with bad font-size value."),
            (6_500, 8_000, "Upper and lower case letters in font-size unit."),
        ],
    ),
    (
        "with_positioning",
        &[
            TWO[0],
            TWO[1],
            (4_000, 5_000, "This is the third subtitle."),
            (6_000, 7_000, "This is the fourth subtitle."),
            (8_000, 9_000, "This is the fifth subtitle."),
            (10_000, 11_000, "This is the sixth subtitle."),
            (12_000, 13_000, "This is the seventh subtitle."),
            (14_000, 15_000, "This is the eighth subtitle."),
        ],
    ),
    (
        "with_tags",
        &[
            TWO[0],
            TWO[1],
            (4_000, 5_000, "This is the third subtitle."),
            (6_000, 7_000, "This is the <fourth> &subtitle."),
        ],
    ),
    (
        "with_vertical",
        &[
            (0, 1_234, "Vertical right-to-left (e.g. Japanese)"),
            (2_345, 3_456, "Vertical left-to-right (e.g. Mongolian)"),
            (4_000, 5_000, "No vertical setting (i.e. horizontal)"),
        ],
    ),
    ("with_wide_unicode_chars_and_cr_endings", &[(0, 1_234, "😛\n😛")]),
    (
        "with_x-timestamp-map_header",
        &[(958_715_679, 958_717_305, "Cue text one"), (958_717_433, 958_718_276, "Cue text two")],
    ),
];

#[test]
fn cues_of_androidx_media_are_what_the_files_say() {
    for (name, told) in [("subrip", &SUBRIP[..]), ("ssa", &SSA), ("webvtt", &WEBVTT)] {
        let Some(root) = folder(&format!("androidx-media/{name}")) else { return };
        let mut files = Vec::new();
        files_below(&root, &mut files);
        let mut cues = 0;
        for path in &files {
            let file = path.file_name().unwrap().to_str().unwrap();
            let expected = told.iter().find(|(known, _)| *known == file).map(|(_, cues)| *cues);
            let expected = expected.unwrap_or_else(|| panic!("nothing is expected of {name}/{file}"));
            let found = read(path);
            let found: Vec<_> = found.iter().map(|cue| (cue.start_ms, cue.end_ms, cue.text.as_str())).collect();
            assert_eq!(found, expected, "{name}/{file}");
            cues += found.len();
        }
        assert_eq!(files.len(), told.len(), "{name}: files are missing");
        eprintln!("androidx-media/{name}: {} files, {cues} cues", files.len());
    }
}

#[test]
fn styles_and_places_of_androidx_media_come_through() {
    let Some(root) = folder("androidx-media") else { return };
    let places: Vec<_> = read(&root.join("webvtt/with_positioning")).into_iter().map(|cue| cue.place).collect();
    let place = |line_percent, position_percent, align| CuePosition { line_percent, position_percent, align };
    assert_eq!(
        places,
        [
            place(None, Some(25.0), CueAlign::Start),
            place(None, None, CueAlign::End),
            place(Some(45.0 - 80.0 / 15.0), None, CueAlign::Center),
            place(Some(100.0 - 10.0 * (80.0 / 15.0)), None, CueAlign::Center),
            place(None, None, CueAlign::End),
            place(None, None, CueAlign::Center),
            place(None, Some(60.0), CueAlign::Center),
            place(None, Some(35.0), CueAlign::Center),
        ]
    );

    // 150 of 300 across; 50 of 225 down, as the missing height follows from the width; the anchor is at the bottom.
    let at = read(&root.join("ssa/positioning_without_playres")).remove(0).place;
    assert_eq!(at, place(Some(50.0 / 225.0 * 100.0 - 80.0 / 15.0), Some(50.0), CueAlign::Center));

    let bold = parse(&fs::read(root.join("ssa/typical_utf16be")).unwrap()).unwrap();
    assert!(bold.iter().flat_map(|cue| &cue.spans).all(|span| span.bold));

    let tags = parse(&fs::read(root.join("webvtt/with_tags")).unwrap()).unwrap();
    let styled: Vec<_> = tags.iter().flat_map(|cue| &cue.spans).filter(|span| span.bold || span.italic).collect();
    let styled: Vec<_> = styled.iter().map(|span| (span.text.as_str(), span.bold, span.italic)).collect();
    assert_eq!(styled, [("first", false, true), ("second", true, true)]);
}
