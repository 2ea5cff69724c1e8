//! Titles without what releases add: `[Group] Some.Show.2024.1080p.WEB-DL` is "Some Show" of 2024.

use super::words::{CHECKSUM, COUNT, EPISODES_FROM, FOLDER_COUNT, JUNK, YEAR_BARE, YEAR_BRACKETED};
use crate::text::{Folded, bounded};
use std::ops::Range;

/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// A cleaned title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Title {
    /// `None` where nothing but junk was there.
    pub(crate) text: Option<String>,
    pub(crate) year: Option<u16>,
}

/// Where release junk stands in a folded text, whole words only.
pub(super) fn junk(text: &str) -> Vec<Range<usize>> {
    let whole_word = |range: &Range<usize>| {
        let before = text[..range.start].chars().next_back();
        let after = text[range.end..].chars().next();
        let first_is_ascii = text[range.clone()].starts_with(|c: char| c.is_ascii());
        !first_is_ascii
            || (!before.is_some_and(|c| c.is_ascii_alphanumeric()) && !after.is_some_and(|c| c.is_ascii_alphanumeric()))
    };
    let words = JUNK.find_iter(text).map(|m| m.range()).filter(whole_word);
    words.chain(CHECKSUM.find_iter(text).map(|m| m.range())).collect()
}

/// Cleans the name of a folder, or the part of a file's name that names the show.
pub(crate) fn clean_title(name: &str) -> Title {
    let name = without_groups(&name.replace('\0', " "));
    let folded = Folded::new(&name);
    let text = folded.text.as_str();
    let mut end = text.len();
    let mut year = None;
    // Nothing is cut that would leave no title: `300 (2006)` but also `1080p`, `2012` and `[Rec]`.
    let has_words = |at: usize| text[..at].chars().any(char::is_alphanumeric);
    if let Some(found) = YEAR_BRACKETED.captures_iter(text).filter_map(|c| c.get(1).zip(c.get(0))).last() {
        year = found.0.as_str().parse().ok();
        if has_words(found.1.start()) {
            end = end.min(found.1.start());
        }
    }
    let cuts = junk(text).into_iter().map(|r| r.start).chain(COUNT.find_iter(text).map(|m| m.start()));
    let cuts = cuts.chain(FOLDER_COUNT.find_iter(text).map(|m| m.start()));
    for start in cuts.chain(EPISODES_FROM.find_iter(text).map(|m| m.start())) {
        if has_words(start) {
            end = end.min(start);
        }
    }
    if year.is_none() {
        let last = YEAR_BARE.captures_iter(text).filter_map(|c| c.get(1)).last();
        if let Some(found) = last.filter(|m| m.start() <= end && has_words(m.start())) {
            year = found.as_str().parse().ok();
            end = end.min(found.start());
        }
    }
    let kept = folded.original(0, end);
    let all_junk =
        !has_words(end) || junk(text).iter().any(|r| !has_words(r.start) && !has_words_between(text, r.end, end));
    let text = if all_junk && !junk(text).is_empty() { None } else { bounded(&tidy(&kept), MAX_TITLE) };
    Title { text, year }
}

fn has_words_between(text: &str, start: usize, end: usize) -> bool {
    text.get(start..end).is_some_and(|t| t.chars().any(char::is_alphanumeric))
}

/// Without `[Group]` at the begin and brackets at the end, as long as something remains.
pub(super) fn without_groups(name: &str) -> String {
    let mut rest = name.trim();
    while let Some(inner) = rest.strip_prefix(['[', '【']) {
        match inner.split_once([']', '】']) {
            Some((_, after)) if after.chars().any(char::is_alphanumeric) => {
                rest = after.trim_start_matches(|c: char| c.is_whitespace() || "-_.".contains(c));
            }
            _ => break,
        }
    }
    while let Some(inner) = rest.trim_end().strip_suffix([']', '】']) {
        match inner.rsplit_once(['[', '【']) {
            Some((before, _)) if before.chars().any(char::is_alphanumeric) => rest = before.trim_end(),
            _ => break,
        }
    }
    rest.to_owned()
}

/// Words between spaces, without separators and open brackets at the ends.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace('\0', " ");
    let edge = |c: char| c.is_whitespace() || "-_.~,;:·|+–—、，：".contains(c);
    // An abbreviation keeps its dots: S.H.O.W
    let parts: Vec<_> = text.trim_matches(edge).split('.').collect();
    let is_abbreviation = parts.len() > 1 && parts.iter().all(|p| p.chars().count() <= 1);
    let spaced = if text.trim_matches(edge).contains(char::is_whitespace) || is_abbreviation {
        text
    } else {
        text.replace(['.', '_'], " ")
    };
    let mut text = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    loop {
        let trimmed = text.trim_matches(edge);
        let trimmed =
            trimmed.trim_end_matches(['(', '[', '【', '（', '「', '《']).trim_start_matches([')', ']', '】', '）']);
        if trimmed.len() == text.len() {
            break;
        }
        text = trimmed.to_owned();
    }
    // 《Show》 and [Show] as a whole.
    for (open, close) in [('《', '》'), ('[', ']'), ('【', '】'), ('「', '」')] {
        let inner = text.strip_prefix(open).and_then(|t| t.strip_suffix(close)).filter(|t| !t.contains([open, close]));
        if let Some(inner) = inner.map(str::trim).filter(|t| !t.is_empty()) {
            text = inner.to_owned();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_junk_and_years_leave_the_title() {
        let cases = [
            ("Love After Hate (2024)", Some("Love After Hate"), Some(2024)),
            ("[Group] Some.Show.2024.1080p.WEB-DL.x264", Some("Some Show"), Some(2024)),
            ("闪婚老公是豪门（80集）", Some("闪婚老公是豪门"), None),
            ("闪婚老公是豪门 全80集 高清", Some("闪婚老公是豪门"), None),
            ("《重生之我是女王》", Some("重生之我是女王"), None),
            ("2012", Some("2012"), None),
            ("A Complete Web", Some("A Complete Web"), None),
            ("1080p", None, None),
            ("Сердце [1080p]", Some("Сердце"), None),
            ("S.H.O.W", Some("S.H.O.W"), None),
            ("...", None, None),
        ];
        for (name, text, year) in cases {
            assert_eq!(clean_title(name), Title { text: text.map(str::to_owned), year }, "{name}");
        }
    }
}
