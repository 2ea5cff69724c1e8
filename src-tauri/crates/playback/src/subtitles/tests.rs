//! The module as its callers see it: formats told apart, embedded events, bounds, arbitrary input.

use model::CueAlign;
use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn text(cue: &Cue) -> String {
    cue.spans.iter().map(|span| span.text.as_str()).collect()
}

fn first_text(file: &str) -> String {
    text(&parse(file.as_bytes()).unwrap()[0])
}

#[test]
fn the_format_is_told_by_the_content() {
    assert_eq!(first_text("\u{feff}WEBVTT\n\n1\n00:01.000 --> 00:02.000\n{\\an8}vtt"), "{\\an8}vtt");
    assert_eq!(first_text("\n1\n00:00:01,000 --> 00:00:02,000\n{\\an8}srt"), "srt");
    assert_eq!(first_text("[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,a --> b"), "a --> b");
    assert_eq!(first_text("Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,bare"), "bare");
}

#[test]
fn a_file_without_a_cue_says_why() {
    for file in ["", "\n \r\n", "\u{feff}", "WEBVTT\n", "[Script Info]\n[Events]\n", "00:00:01,00 --> 00:00:02,000\na"]
    {
        assert_eq!(parse(file.as_bytes()), Err(SubtitleError::Empty), "{file:?}");
    }
    for file in ["hello", "<html>\n<body> a --> b", "#EXTM3U\n#EXTINF:1,\nx.ts", "{\"a\": 1}", "\u{0}\u{1}\u{2}\u{3}"] {
        assert_eq!(parse(file.as_bytes()), Err(SubtitleError::NotSubtitles), "{file:?}");
    }
}

#[test]
fn files_and_counts_of_cues_are_bounded() {
    let too_long = vec![b' '; MAX_INPUT_BYTES + 1];
    assert_eq!(parse(&too_long), Err(SubtitleError::TooLarge { limit: MAX_INPUT_BYTES, unit: "bytes" }));
    let cue = "00:01 --> 00:02\na\n";
    assert_eq!(parse(cue.repeat(MAX_CUES).as_bytes()).unwrap().len(), MAX_CUES);
    let too_many = cue.repeat(MAX_CUES + 1);
    assert_eq!(parse(too_many.as_bytes()), Err(SubtitleError::TooLarge { limit: MAX_CUES, unit: "cues" }));
}

#[test]
fn a_long_text_is_cut_in_each_format() {
    let long = "文".repeat(MAX_CUE_TEXT_BYTES);
    for head in
        ["00:01 --> 00:02\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,"]
    {
        let length = first_text(&format!("{head}{long}")).len();
        assert!(length <= MAX_CUE_TEXT_BYTES && length > MAX_CUE_TEXT_BYTES - 8, "{length}");
    }
}

#[test]
fn embedded_events_become_cues() {
    let pango = from_pango_markup("<i>Tom &amp; Jerry</i>\nrun", SECOND, 2 * SECOND);
    assert_eq!((pango.start_ms, pango.end_ms), (1_000, 2_000));
    assert_eq!(text(&pango), "Tom & Jerry\nrun");
    assert!(pango.spans[0].italic && !pango.spans[1].italic);
    assert_eq!(text(&from_pango_markup("R&D <3", SECOND, 2 * SECOND)), "R&D <3");
    assert!(from_pango_markup("", SECOND, 2 * SECOND).spans.is_empty());

    assert_eq!(text(&from_srt_text("<b>a</b>", SECOND, 2 * SECOND).unwrap()), "a");
    assert!(from_srt_text("<b></b>", SECOND, 2 * SECOND).is_none());
    assert!(from_srt_text("a", SECOND, SECOND).is_none());

    assert_eq!(text(&from_ass_event("0,0,Default,,0,0,0,,a,b", SECOND, 2 * SECOND).unwrap()), "a,b");

    let vtt = from_vtt_cue_block("<v Ann>a", "align:end line:20%", SECOND, 2 * SECOND).unwrap();
    assert_eq!((text(&vtt).as_str(), vtt.position.align), ("a", CueAlign::End));
    assert_eq!(vtt.position.line_percent, Some(20.0));
    assert_eq!(text(&from_webm_vtt_block("id\nline:20%\n<v Ann>a", SECOND, 2 * SECOND).unwrap()), "a");
}

/// Pieces that the parsers react to, so that random files reach past the first line.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("WEBVTT\n\n".to_owned()),
        Just("[Events]\n".to_owned()),
        Just("[V4+ Styles]\nFormat: Name, Alignment\nStyle: ".to_owned()),
        Just("Format: Text, Start, End\n".to_owned()),
        Just("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,".to_owned()),
        Just("00:00:01,000 --> 00:00:02,000 ".to_owned()),
        Just("line:-3,end position:5%,center size:".to_owned()),
        Just("NOTE\n".to_owned()),
        Just("{\\an8\\pos(1,".to_owned()),
        Just("{\\t(\\p1}".to_owned()),
        Just("<ruby><rt><span weight=\"".to_owned()),
        Just("</i><b>&#x41;&amp".to_owned()),
        Just("\\N\\h".to_owned()),
        "[0-9:,.>-]{0,12}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(cues: &[Cue]) {
    assert!(!cues.is_empty());
    assert!(cues.is_sorted_by_key(|cue| cue.start_ms));
    for cue in cues {
        assert!(cue.start_ms < cue.end_ms);
        assert!(cue.spans.iter().all(|span| !span.text.is_empty()));
        let place = [cue.position.line_percent, cue.position.position_percent];
        assert!(place.into_iter().flatten().all(|value| (0.0..=100.0).contains(&value)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_give_sound_cues_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        if let Ok(cues) = parse(&bytes) {
            check(&cues);
        }
    }

    #[test]
    fn files_of_random_fragments_give_sound_cues_or_an_error(file in fragments()) {
        let parsed = [parse(file.as_bytes()), srt::parse(&file), vtt::parse(&file), ass::parse(&file)];
        parsed.iter().flatten().for_each(|cues| check(cues));
        let _header = ass::Script::header(&file);
    }

    #[test]
    fn random_events_never_fail(text in fragments(), settings in fragments()) {
        let _pango = from_pango_markup(&text, SECOND, Duration::MAX);
        let made = [
            from_srt_text(&text, SECOND, 2 * SECOND),
            from_ass_event(&text, SECOND, 2 * SECOND),
            from_vtt_cue_block(&text, &settings, SECOND, 2 * SECOND),
            from_webm_vtt_block(&text, SECOND, 2 * SECOND),
        ];
        for cue in made.into_iter().flatten() {
            check(&[cue]);
        }
    }
}
