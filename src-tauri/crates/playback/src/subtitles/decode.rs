//! Bytes of a text file that does not name its encoding.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes are looked at to tell UTF-16 without a byte order mark.
const UTF_16_SAMPLE: usize = 4096;

/// In UTF-16 the digits, colons, arrows and line ends of a subtitle file have a zero byte: at least one unit in this
/// many, even in dense Chinese text.
const UTF_16_ZEROS: usize = 10;

/// So many well-formed characters beyond ASCII outweigh one damaged place: the file is UTF-8 with an error in it.
const UTF_8_OUTWEIGHS: usize = 20;

/// How many bytes the guess of a legacy encoding reads.
const GUESS_SAMPLE: usize = 1024 * 1024;

/// Decodes a file. What cannot be decoded becomes U+FFFD; a byte order mark is left out.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let (text, _, _) = encoding(bytes).decode(bytes);
    text
}

fn encoding(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    utf_16(bytes).or_else(|| utf_8(bytes)).unwrap_or_else(|| guess(bytes))
}

fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(UTF_16_SAMPLE)];
    let units = sample.len() / 2;
    let zeros = |at: usize| sample.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    // Zero bytes on both sides are no text at all.
    let enough = |many: usize, few: usize| many * UTF_16_ZEROS > units && few * UTF_16_ZEROS < many;
    if enough(second, first) {
        Some(UTF_16LE)
    } else if enough(first, second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn utf_8(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (bad * UTF_8_OUTWEIGHS <= good).then_some(UTF_8)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(GUESS_SAMPLE)];
    detector.feed(sample, sample.len() == bytes.len());
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_KR, GB18030, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    const CHINESE: &str = "1\n00:00:01,000 --> 00:00:03,000\n你到底想要什么？我已经等了你三年了。\n\n\
                           2\n00:00:03,500 --> 00:00:05,000\n对不起，我不是故意的，请你原谅我吧！\n";
    const TRADITIONAL: &str = "1\n00:00:01,000 --> 00:00:03,000\n你到底想要什麼？我已經等了你三年了。\n\n\
                               2\n00:00:03,500 --> 00:00:05,000\n對不起，我不是故意的，請你原諒我吧！\n";
    const JAPANESE: &str = "1\n00:00:01,000 --> 00:00:03,000\nあなたは本当に何が欲しいのですか？\n\n\
                            2\n00:00:03,500 --> 00:00:05,000\nごめんなさい、わざとじゃないんです。許してください。\n";
    const KOREAN: &str = "1\n00:00:01,000 --> 00:00:03,000\n도대체 원하는 게 뭐예요? 삼 년이나 기다렸어요.\n\n\
                          2\n00:00:03,500 --> 00:00:05,000\n미안해요, 일부러 그런 게 아니에요.\n";
    const RUSSIAN: &str = "1\n00:00:01,000 --> 00:00:03,000\nЧего ты хочешь на самом деле? Я ждала тебя три года.\n";
    const FRENCH: &str =
        "1\n00:00:01,000 --> 00:00:03,000\nÇa m'a coûté très cher, où étais-tu passé l'été dernier ?\n";

    #[test]
    fn legacy_encodings_are_recognised() {
        for (encoding, sample) in [
            (GB18030, CHINESE),
            (BIG5, TRADITIONAL),
            (SHIFT_JIS, JAPANESE),
            (EUC_KR, KOREAN),
            (WINDOWS_1251, RUSSIAN),
            (WINDOWS_1252, FRENCH),
        ] {
            let (bytes, _, unmappable) = encoding.encode(sample);
            assert!(!unmappable);
            assert_eq!(text(&bytes), sample, "{}", encoding.name());
        }
    }

    #[test]
    fn utf_16_is_recognised_with_and_without_its_mark() {
        for sample in [CHINESE, KOREAN, FRENCH] {
            for mark in ["", "\u{feff}"] {
                let units: Vec<u16> = mark.encode_utf16().chain(sample.encode_utf16()).collect();
                let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
                assert_eq!(text(&little), sample);
                assert_eq!(text(&big), sample);
            }
        }
    }

    #[test]
    fn utf_8_survives_a_mark_and_a_damaged_place() {
        assert_eq!(text(b"\xef\xbb\xbfabc"), "abc");
        let mut bytes = CHINESE.as_bytes().to_vec();
        bytes.push(0xe4);
        assert_eq!(text(&bytes), format!("{CHINESE}\u{fffd}"));
    }
}
