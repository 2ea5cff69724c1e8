//! What a file's name says: show, season, number and title. Pure functions over text.
//!
//! Clear markers come first (`S01E02`, `第12集`, `EP12`, `1x02`), then dates, then bare numbers by how clearly they are
//! set off. A bare number is always an episode number and never split into season and episode (`102`): micro-dramas
//! have more than a hundred episodes in one season.

mod numeral;
mod season;
mod title;
mod words;

pub(crate) use numeral::number;
pub(crate) use season::{is_part_folder, parse_season_folder};
pub(crate) use title::clean_title;
pub(crate) use words::{is_extra_video, is_ignored_folder, is_subtitle_folder};

use crate::text::{Folded, bounded, fold};
use regex::{Captures, Regex};
use std::ops::Range;
use title::{junk, tidy, without_groups};
use words::*;

/// Longest title of an episode, in characters.
const MAX_TITLE: usize = 200;
/// How far the bare second number of a range may be from the first; past that it is something else (`S01E01-1080`).
const MAX_BARE_RANGE: u32 = 99;

/// What a file's name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FileName {
    /// Text before the number; tidied, but with its year.
    pub(crate) show: Option<String>,
    pub(crate) season: Option<u16>,
    pub(crate) number: Option<u32>,
    /// Last number of a file with several episodes; greater than `number`.
    pub(crate) number_end: Option<u32>,
    /// Text after the number.
    pub(crate) title: Option<String>,
    /// Year, month, day of a daily show.
    pub(crate) date: Option<(u16, u8, u8)>,
    /// The number had a marker and needs no context to be believed.
    pub(crate) certain: bool,
}

/// Reads a file's name without its extension.
pub(crate) fn parse_file_name(stem: &str) -> FileName {
    parse(stem, 0)
}

/// The same where the name is known to begin with `known`, which is no number of an episode: the show in `24 - 05`.
pub(crate) fn parse_file_name_after(stem: &str, known: &str) -> FileName {
    let (folded, known) = (Folded::new(stem), fold(known));
    let rest = folded.text.strip_prefix(known.trim()).filter(|_| !known.trim().is_empty());
    // Only whole words count, and something must follow.
    match rest {
        Some(rest) if rest.chars().any(char::is_alphanumeric) && !rest.starts_with(|c: char| c.is_ascii_digit()) => {
            parse(stem, folded.text.len() - rest.len())
        }
        _ => parse(stem, 0),
    }
}

/// A number that was found: what it covers and what it says.
struct Found {
    season: Option<u16>,
    number: u32,
    number_end: Option<u32>,
    /// The whole marker, in bytes.
    covers: Range<usize>,
}

fn parse(stem: &str, known: usize) -> FileName {
    let mut name = Folded::new(stem);
    for range in junk(&name.text) {
        name.blank(range.start, range.end);
    }
    for count in COUNT.find_iter(&name.text.clone()) {
        name.blank(count.start(), count.end());
    }
    // What is known stays out of the search and counts as the show's name.
    let begin = known;
    name.blank(0, known);
    if let Some(found) = marked(&name.open) {
        return finish(&name, found, true, None);
    }
    let date = DATE.captures(&name.open).and_then(|c| Some((date_of(&c)?, c.get(1)?.start()..end_of(&c))));
    if let Some((date, range)) = date {
        let title = text_after(&name, range.end);
        let year = format!("{:04}-{:02}-{:02}", date.0, date.1, date.2);
        let title = Some(title.map_or(year.clone(), |t| format!("{year} {t}")));
        return FileName { show: text_before(&name, range.start), title, date: Some(date), ..FileName::default() };
    }
    // A season on its own, or a year, is not the number.
    let season = season_alone(&mut name);
    let years: Vec<_> = YEAR_BRACKETED.find_iter(&name.open).map(|m| m.range()).collect();
    for year in years {
        name.blank(year.start, year.end);
    }
    let open = name.open.get(begin..).unwrap_or_default();
    match bare(open, begin) {
        Some(found) => finish(&name, found, false, season),
        None => {
            let title = bounded(&clean_title(stem).text.unwrap_or_else(|| tidy(stem)), MAX_TITLE);
            FileName { season, title, ..FileName::default() }
        }
    }
}

fn finish(name: &Folded, found: Found, certain: bool, season: Option<u16>) -> FileName {
    FileName {
        show: text_before(name, found.covers.start),
        season: found.season.or(season),
        number: Some(found.number),
        number_end: found.number_end,
        title: text_after(name, found.covers.end),
        date: None,
        certain,
    }
}

/// The number with a marker that stands first in the order of the patterns.
fn marked(text: &str) -> Option<Found> {
    let season_of = |c: &Captures<'_>, at: usize| c.get(at).and_then(|m| u16::try_from(number(m.as_str())?).ok());
    for pattern in [&*SEASON_EPISODE, &*GLUED_SEASON_EPISODE, &*CROSS] {
        if let Some(c) = first_ending_well(pattern, text, 2) {
            let season = season_of(&c, 1)?;
            return found(text, &c, 2, Some(season));
        }
    }
    let cjk_season = CJK_SEASON.captures(text);
    let season = cjk_season.as_ref().and_then(|c| season_of(c, 1));
    let season_start = cjk_season.as_ref().and_then(|c| c.get(0)).map(|m| m.start());
    let mut result = None;
    if let Some(c) = CJK_EPISODE.captures(text) {
        let mut episode = found(text, &c, 1, season)?;
        let end = c.get(2).and_then(|m| number(m.as_str())).filter(|end| *end > episode.number);
        episode.number_end = end.or(episode.number_end);
        episode.covers.end = episode.covers.end.max(end_of(&c));
        result = Some(episode);
    }
    for pattern in [&*EPISODE, &*CJK_BARE_EPISODE, &*EPISODE_AFTER] {
        if result.is_none() {
            result = first_ending_well(pattern, text, 1).and_then(|c| {
                let mut episode = found(text, &c, 1, season)?;
                episode.covers.end = episode.covers.end.max(end_of(&c));
                Some(episode)
            });
        }
    }
    if result.is_none() {
        return SPECIAL.captures(text).and_then(|c| found(text, &c, 1, Some(0)));
    }
    // The show's name ends where the season begins.
    let mut result = result?;
    if result.season.is_none() {
        if let Some(c) = SEASON_ALONE.captures(&text[..result.covers.start]) {
            result.season = season_of(&c, 1).or_else(|| season_of(&c, 2));
            result.covers.start = result.covers.start.min(marker_start(text, &c));
        }
    } else if let Some(start) = season_start {
        result.covers.start = result.covers.start.min(start);
    }
    Some(result)
}

/// The first match whose number is not followed by more digits.
fn first_ending_well<'t>(pattern: &Regex, text: &'t str, group: usize) -> Option<Captures<'t>> {
    let mut at = 0;
    while let Some(c) = pattern.captures_at(text, at) {
        let (whole, digits) = (c.get(0)?, c.get(group)?);
        if !text[digits.end()..].starts_with(|c: char| c.is_ascii_digit()) {
            return Some(c);
        }
        at = whole.start() + text[whole.start()..].chars().next()?.len_utf8();
    }
    None
}

fn found(text: &str, c: &Captures<'_>, group: usize, season: Option<u16>) -> Option<Found> {
    let digits = c.get(group)?;
    let first = number(digits.as_str())?;
    let (number_end, end) = range_end(text, digits.end(), first);
    Some(Found { season, number: first, number_end, covers: marker_start(text, c)..end })
}

/// Where a marker begins: patterns take along the character before it as its edge.
fn marker_start(text: &str, c: &Captures<'_>) -> usize {
    let start = c.get(0).map_or(0, |m| m.start());
    let edge = text[start..].chars().next().filter(|c| !c.is_alphanumeric());
    // An edge of another script's letter (`恋爱EP12`) belongs to the show as well.
    let letter =
        text[start..].chars().next().filter(|c| c.is_alphabetic() && !c.is_ascii() && !"第제番特".contains(*c));
    let is_word = letter.is_some() && text[start..].chars().nth(1).is_some_and(|c| c.is_ascii_alphanumeric());
    match (edge, letter) {
        (Some(edge), _) => start + edge.len_utf8(),
        (None, Some(letter)) if is_word => start + letter.len_utf8(),
        _ => start,
    }
}

fn end_of(c: &Captures<'_>) -> usize {
    c.get(0).map_or(0, |m| m.end())
}

/// Follows `-E03`, ` - x04`, `E24E26`, `-04`: the last number, and where it ends.
fn range_end(text: &str, from: usize, first: u32) -> (Option<u32>, usize) {
    let (mut last, mut end) = (first, from);
    while let Some(rest) = text.get(end..) {
        let next = RANGE_MARKED.captures(rest).or_else(|| {
            let c = RANGE_BARE.captures(rest)?;
            let bare = number(c.get(1)?.as_str())?;
            (bare > last && bare - first <= MAX_BARE_RANGE).then_some(c)
        });
        let Some(digits) = next.as_ref().and_then(|c| c.get(1)) else { break };
        let Some(value) = number(digits.as_str()) else { break };
        let glued = rest[digits.end()..].starts_with(|c: char| c.is_ascii_digit());
        if value < last || glued {
            break;
        }
        (last, end) = (value, end + digits.end());
    }
    ((last > first).then_some(last), end)
}

fn season_alone(name: &mut Folded) -> Option<u16> {
    let text = name.open.clone();
    if let Some(c) = CJK_SEASON.captures(&text) {
        let season = number(c.get(1)?.as_str());
        name.blank(c.get(0)?.start(), end_of(&c));
        return season.and_then(|s| u16::try_from(s).ok());
    }
    let c = SEASON_ALONE.captures(&text)?;
    let digits = c.get(1).or_else(|| c.get(2))?;
    // `series 5` alone is a name with a number.
    name.blank(marker_start(&text, &c), digits.end());
    u16::try_from(number(digits.as_str())?).ok()
}

fn date_of(c: &Captures<'_>) -> Option<(u16, u8, u8)> {
    let part = |groups: [usize; 3]| groups.iter().find_map(|g| c.get(*g)).and_then(|m| m.as_str().parse().ok());
    Some((c.get(1)?.as_str().parse().ok()?, part([2, 4, 6])?, part([3, 5, 7])?))
}

/// A number without a marker.
fn bare(open: &str, offset: usize) -> Option<Found> {
    let is_year = |digits: &str| digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let patterns: [(&Regex, bool); 6] = [
        (&STRONG_LEADING, true),
        (&DASHED, false),
        (&BRACKETED, false),
        (&WEAK_LEADING, false),
        (&TRAILING, false),
        (&GLUED_LEADING, false),
    ];
    // `Show 2024 - 05`: leading patterns after a known name see its separators.
    let skipped = if offset > 0 { open.len() - open.trim_start_matches([' ', '-', '_', '.']).len() } else { 0 };
    let (open, offset) = (&open[skipped..], offset + skipped);
    for (pattern, may_be_year) in patterns {
        for c in pattern.captures_iter(open) {
            let Some(digits) = c.get(1) else { continue };
            let whole_name = open.trim() == digits.as_str();
            if is_year(digits.as_str()) && !(may_be_year && whole_name) {
                continue;
            }
            let Some(first) = number(digits.as_str()) else { continue };
            let (number_end, end) = range_end(open, digits.end(), first);
            return Some(Found {
                season: None,
                number: first,
                number_end,
                covers: digits.start() + offset..end + offset,
            });
        }
    }
    None
}

fn text_before(name: &Folded, end: usize) -> Option<String> {
    let text = name.original(0, end);
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "[(（【-_.".contains(c));
    let text = tidy(&without_groups(text));
    // The season was dealt with: `Show S2`, `庆余年 第二季`.
    let text = parse_season_folder(&text).and_then(|s| s.show).unwrap_or(text);
    bounded(&text, MAX_TITLE).filter(|t| t.chars().any(char::is_alphanumeric))
}

fn text_after(name: &Folded, start: usize) -> Option<String> {
    let end = name.text.len();
    let junk = junk(&name.text).into_iter().map(|r| r.start).filter(|at| *at >= start).min().unwrap_or(end);
    let text = tidy(&without_groups(&name.original(start, junk)));
    let text = text.trim_start_matches([']', ')', '】', '）']).trim();
    // Copies (`12(1)`), versions (`v2`) and checksums are no titles.
    let is_title = text.chars().any(char::is_alphabetic) && !(text.len() <= 3 && text.starts_with(['v', 'V']));
    // "The end" marks the last episode of a release.
    let is_end = ["end", "fin", "完", "完结"].contains(&fold(&tidy(text)).as_str());
    bounded(&tidy(text), MAX_TITLE).filter(|_| is_title && !is_end)
}

#[cfg(test)]
mod tests;
