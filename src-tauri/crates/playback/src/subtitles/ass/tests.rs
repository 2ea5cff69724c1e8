//! Scripts and events as files in the wild have them.

use model::{CueAlign, CuePosition};

use super::*;
use crate::subtitles::place::{LINE_PERCENT, TOP_PERCENT};

const HEADER: &str = "[Script Info]\nPlayResX: 1280\nPlayResY: 720\n\n[V4+ Styles]\n\
    Format: Name, Bold, Italic, Underline, Alignment\nStyle: Default,0,0,0,2\nStyle: Loud,-1,0,0,8\n\
    Style: Soft,0,1,1,5\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n";

fn one(text: &str) -> Cue {
    styled("Default", text)
}

fn styled(style: &str, text: &str) -> Cue {
    let mut cues = parse(&format!("{HEADER}Dialogue: 0,0:00:01.00,0:00:02.50,{style},{text}\n")).unwrap();
    assert_eq!(cues.len(), 1);
    cues.remove(0)
}

fn text(cue: &Cue) -> String {
    cue.spans.iter().map(|span| span.text.as_str()).collect()
}

#[test]
fn an_event_keeps_its_commas_and_its_times() {
    let cue = one("One, two, three.");
    assert_eq!((cue.start_ms, cue.end_ms), (1_000, 2_500));
    assert_eq!(text(&cue), "One, two, three.");
    assert_eq!(cue.position, CuePosition::default());
}

#[test]
fn breaks_hard_spaces_and_escaped_braces_are_read() {
    assert_eq!(text(&one("a\\Nb\\nc\\hd \\{e\\}")), "a\nb\nc\u{a0}d {e}");
    assert_eq!(text(&one("a {comment}b {open")), "a b {open");
}

#[test]
fn styles_of_the_script_and_of_tags_combine() {
    let cue = styled("Loud", "a{\\b0\\i1}b{\\r}c{\\rSoft}d{\\u0\\b1}e{\\b\\u}f");
    let found: Vec<_> = cue.spans.iter().map(|s| (s.text.as_str(), s.bold, s.italic, s.underline)).collect();
    assert_eq!(
        found,
        [
            ("a", true, false, false),
            ("b", false, true, false),
            ("c", true, false, false),
            ("d", false, true, true),
            ("e", true, true, false),
            ("f", false, true, true),
        ]
    );
}

#[test]
fn places_come_from_the_style_the_alignment_and_the_anchor() {
    assert_eq!(styled("Loud", "a").position.line_percent, Some(TOP_PERCENT));
    assert_eq!(styled("Soft", "a").position.line_percent, Some(50.0 - LINE_PERCENT / 2.0));
    assert_eq!(one("{\\an1}a").position, CuePosition { align: CueAlign::Start, ..CuePosition::default() });
    let at = one("{\\an7\\pos(320,180)}a").position;
    assert_eq!((at.position_percent, at.line_percent, at.align), (Some(25.0), Some(25.0), CueAlign::Start));
    assert_eq!(one("{\\pos(640,720)}a\\Nb").position.line_percent, Some(100.0 - 2.0 * LINE_PERCENT));
    assert_eq!(one("{\\pos(9999,-9999)}a").position.position_percent, Some(100.0));
}

#[test]
fn a_missing_resolution_is_completed() {
    for (info, point) in
        [("", "192,144"), ("PlayResX: 300\n", "150,112.5"), ("PlayResY: 1024\nPlayResX: 0\n", "640,512")]
    {
        let file =
            format!("[Script Info]\n{info}[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,{{\\an7\\pos({point})}}a");
        let place = parse(&file).unwrap()[0].position;
        assert_eq!((place.position_percent, place.line_percent), (Some(50.0), Some(50.0)), "{info}");
    }
}

#[test]
fn version_four_numbers_its_alignments_its_own_way() {
    let file = "[Script Info]\nScriptType: v4.00\n[V4 Styles]\n\
                Style: *Top,Arial,20,0,0,0,0,-1,0,1,1,1,6,0,0,0,0,0\n[Events]\n\
                Dialogue: Marked=0,0:00:01.00,0:00:02.00,Top,,0,0,0,,Up, there";
    let cue = parse(file).unwrap().remove(0);
    assert_eq!(text(&cue), "Up, there");
    assert!(cue.spans[0].bold);
    assert_eq!(cue.position.line_percent, Some(TOP_PERCENT));
}

#[test]
fn drawings_comments_and_repeated_layers_are_left_out() {
    let file = format!(
        "{HEADER}Dialogue: 0,0:00:01.00,0:00:02.00,Default,{{\\p1}}m 0 0 l 10 0{{\\p0}}\n\
         Comment: 0,0:00:01.00,0:00:02.00,Default,hidden\n\
         Dialogue: 0,0:00:03.00,0:00:04.00,Default,{{\\p1}}m 0 0{{\\p0}}shown\n\
         Dialogue: 1,0:00:03.00,0:00:04.00,Default,{{\\blur2}}shown\n\
         Dialogue: 0,bad,0:00:04.00,Default,no time\n\
         Dialogue: 0,0:00:05.00\n"
    );
    let texts: Vec<_> = parse(&file).unwrap().iter().map(text).collect();
    assert_eq!(texts, ["shown"]);
}

#[test]
fn a_block_of_an_embedded_track_uses_the_track_s_header() {
    let (start, end) = (Duration::from_secs(3), Duration::from_millis(4_250));
    let script = Script::header(HEADER);
    let cue = script.event("12,0,Loud,Olly,0,0,0,,Hey, you{\\i1}!\r\n", start, end).unwrap();
    assert_eq!((cue.start_ms, cue.end_ms), (3_000, 4_250));
    assert_eq!(text(&cue), "Hey, you!");
    assert!(cue.spans[0].bold && cue.spans[1].italic);
    assert_eq!(cue.position.line_percent, Some(TOP_PERCENT));
    assert!(script.event("12,0,Loud", start, end).is_none());
    assert!(script.event("1,0,Loud,,0,0,0,,{\\p1}m 0 0", start, end).is_none());
}
