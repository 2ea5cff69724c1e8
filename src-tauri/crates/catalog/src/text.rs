//! One spelling for names from many keyboards, so that the parsers need to know only one.
//!
//! File systems differ in Unicode normal form, people type full-width and native digits, dashes and brackets.
//! [`Folded`] holds a lower-case text with ASCII digits and punctuation to search in, and gives back the characters of
//! the original for what people will read.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Longest name that is looked at, in characters. File systems allow 255 bytes or UTF-16 units.
const MAX_NAME_CHARS: usize = 512;

/// Zeros of the decimal digits (Unicode category Nd) that occur in names: Arabic-Indic, Persian, the scripts of India,
/// Thai, Lao, Tibetan, Myanmar, Khmer. Each is followed by its nine other digits.
const ZEROS: [u32; 16] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0];

/// The text in Unicode normal form C.
pub(crate) fn nfc(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// At most `max` characters of the text, trimmed; `None` when nothing is left.
pub(crate) fn bounded(text: &str, max: usize) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(max).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The whole text folded, for comparing names.
pub(crate) fn fold(text: &str) -> String {
    Folded::new(text).text
}

fn fold_char(c: char) -> char {
    let code = c as u32;
    let c = match code {
        // Full-width forms stand at a fixed distance from ASCII.
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        0x3000 | 0xa0 => ' ',
        0x2010..=0x2015 | 0x2212 => '-',
        0x301c | 0x223c => '~',
        0x3010 | 0x3014 | 0x300c | 0x300e => '[',
        0x3011 | 0x3015 | 0x300d | 0x300f => ']',
        0x3001 => '.',
        _ => match ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
            Some(zero) => char::from_digit(code - zero, 10).unwrap_or(c),
            None => c,
        },
    };
    // One character stays one character, or the places would not agree: the few letters with longer forms are kept.
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// A text to search in, tied to the text that it came from.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    /// Lower case, ASCII digits, dashes and brackets.
    pub(crate) text: String,
    /// The same with what is dealt with blanked out; byte for byte as long as `text`.
    pub(crate) open: String,
    original: Vec<char>,
}

impl Folded {
    pub(crate) fn new(text: &str) -> Self {
        let original: Vec<char> = nfc(text).chars().take(MAX_NAME_CHARS).collect();
        let text: String = original.iter().map(|c| fold_char(*c)).collect();
        Self { open: text.clone(), text, original }
    }

    /// What stands in the original between two byte offsets.
    pub(crate) fn original(&self, start: usize, end: usize) -> String {
        let chars = |offset: usize| self.text.char_indices().take_while(|(at, _)| *at < offset).count();
        let (start, end) = (chars(start), chars(end));
        self.original.get(start..end.max(start)).unwrap_or_default().iter().collect()
    }

    /// Overwrites a part of `open` with spaces.
    pub(crate) fn blank(&mut self, start: usize, end: usize) {
        if self.open.is_char_boundary(start) && self.open.is_char_boundary(end) && start <= end {
            self.open.replace_range(start..end, &" ".repeat(end - start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_dashes_and_brackets_of_all_scripts_become_ascii() {
        assert_eq!(fold("【ＥＰ１２】–١٢ ۱۲ १२ ๑๒"), "[ep12]-12 12 12 12");
    }

    #[test]
    fn both_normal_forms_fold_alike() {
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
    }

    #[test]
    fn original_text_comes_back_by_the_offsets_of_the_folded_text() {
        let folded = Folded::new("Ｄрама－１２ Ende");
        let at = folded.text.find("12").unwrap();
        assert_eq!(folded.original(at, at + 2), "１２");
        assert_eq!(folded.original(at + 2, folded.text.len()), " Ende");
    }
}
