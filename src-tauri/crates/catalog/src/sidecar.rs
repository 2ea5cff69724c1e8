//! What the suffix of a subtitle's name says: `EP01` + `.zh-Hans.forced` + `.srt`.
//!
//! Words stand between dots, in any order. Flags and the last language are taken out; what is left is the title.
//! Players and groups also write `_en`, ` (English)` and `-en-forced`, so a word that is not known is taken apart once
//! more, and counts only when each of its parts is known.

use crate::language::language_tag;
use crate::text::{bounded, fold};

/// Longest title of a subtitle, in characters.
const MAX_TITLE: usize = 120;

/// What a suffix says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Suffix {
    pub(crate) language: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) forced: bool,
    pub(crate) default: bool,
    pub(crate) hearing_impaired: bool,
}

enum Word {
    Forced,
    Default,
    HearingImpaired,
    /// `hi` is Hindi where no other language is named, otherwise "hearing impaired".
    Hi,
    Language(String),
    Title(String),
}

/// Reads what stands between the episode's name and the extension, with its separator.
pub(crate) fn parse_suffix(suffix: &str) -> Suffix {
    let mut words = Vec::new();
    for token in suffix.split('.') {
        let token = trimmed(token);
        if token.is_empty() {
            continue;
        }
        match known(token) {
            Some(word) => words.push(word),
            None => {
                let parts: Vec<_> = token.split(['_', '-', ' ', '(', ')', '[', ']', '&', '+']).collect();
                let parts: Vec<_> = parts
                    .into_iter()
                    // Rippers number the tracks: `2_English.srt`.
                    .filter(|p| !p.is_empty() && !p.bytes().all(|b| b.is_ascii_digit()))
                    .map(known)
                    .collect();
                match parts.into_iter().collect::<Option<Vec<_>>>() {
                    Some(parts) => words.extend(parts),
                    None => words.push(Word::Title(token.to_owned())),
                }
            }
        }
    }
    let mut result = Suffix::default();
    let is_language = |word: &Word| matches!(word, Word::Language(_));
    let language_at = words.iter().rposition(is_language).or_else(|| words.iter().rposition(|w| matches!(w, Word::Hi)));
    let mut title: Vec<String> = Vec::new();
    for (at, word) in words.into_iter().enumerate() {
        let chosen = Some(at) == language_at;
        match word {
            Word::Forced => result.forced = true,
            Word::Default => result.default = true,
            Word::HearingImpaired => result.hearing_impaired = true,
            Word::Hi if chosen => result.language = Some("hi".to_owned()),
            Word::Hi => result.hearing_impaired = true,
            Word::Language(word) if chosen => result.language = language_tag(&word),
            Word::Language(word) | Word::Title(word) => title.push(word),
        }
    }
    result.title = bounded(&title.join("."), MAX_TITLE);
    result
}

fn trimmed(token: &str) -> &str {
    token.trim_matches(|c: char| c.is_whitespace() || "-_()[]【】（）,".contains(c))
}

fn known(word: &str) -> Option<Word> {
    Some(match fold(word).as_str() {
        "forced" | "foreign" => Word::Forced,
        "default" => Word::Default,
        "sdh" | "cc" => Word::HearingImpaired,
        "hi" => Word::Hi,
        _ => {
            language_tag(word)?;
            Word::Language(word.to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_flags_and_titles_come_in_any_order_and_style() {
        let read = |s: &str| {
            let s = parse_suffix(s);
            let flags = [(s.forced, 'f'), (s.default, 'd'), (s.hearing_impaired, 'h')];
            let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
            format!("{}|{}|{flags}", s.language.unwrap_or_default(), s.title.unwrap_or_default())
        };
        assert_eq!(read(""), "||");
        assert_eq!(read(".zh-Hans"), "zh-Hans||");
        assert_eq!(read(".zh-CN.forced.default"), "zh-CN||fd");
        assert_eq!(read("_en"), "en||");
        assert_eq!(read(" (English)"), "en||");
        assert_eq!(read("-en-forced"), "en||f");
        assert_eq!(read("【简体】"), "zh-Hans||");
        assert_eq!(read(".chs&eng"), "en|chs|");
        assert_eq!(read(".English [SDH]"), "en||h");
        assert_eq!(read("2_English"), "en||");
        assert_eq!(read(".hi"), "hi||");
        assert_eq!(read(".en.hi"), "en||h");
        assert_eq!(read(".Commentary.pt-BR"), "pt-BR|Commentary|");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            parse_suffix(&text);
        }
    }
}
