//! What a folder's name says: a season, and perhaps of which show.

use super::number;
use super::title::clean_title;
use super::words::{
    CJK_EPISODE, EPISODE, PART_FOLDER, SEASON_AFTER_FOLDER, SEASON_CJK_FOLDER, SEASON_LETTER_FOLDER,
    SEASON_WORD_FOLDER, SPECIALS_FOLDER,
};
use crate::text::{Folded, fold};

/// A folder that holds a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeasonFolder {
    /// 0 for specials.
    pub(crate) season: u16,
    /// The show, where the folder names it as well (`Show.S01.1080p`).
    pub(crate) show: Option<String>,
}

/// Reads the name of a folder; `None` where it is no season.
pub(crate) fn parse_season_folder(name: &str) -> Option<SeasonFolder> {
    let folded = Folded::new(name);
    let text = folded.text.trim_end();
    if SPECIALS_FOLDER.is_match(text.trim()) {
        return Some(SeasonFolder { season: 0, show: None });
    }
    let patterns = [&*SEASON_AFTER_FOLDER, &*SEASON_WORD_FOLDER, &*SEASON_CJK_FOLDER, &*SEASON_LETTER_FOLDER];
    let found = patterns.iter().find_map(|p| p.captures(text))?;
    let (head, digits) = (found.get(1)?, found.get(2)?);
    let season = u16::try_from(number(digits.as_str())?).ok()?;
    // A folder of one episode (`Episode 1 SEASON 2`, `S01E02`) is no season.
    if EPISODE.is_match(head.as_str()) || CJK_EPISODE.is_match(text) {
        return None;
    }
    let show = clean_title(&folded.original(head.start(), head.end())).text;
    Some(SeasonFolder { season, show })
}

/// A folder that only divides a season: `Disc 1`.
pub(crate) fn is_part_folder(name: &str) -> bool {
    PART_FOLDER.is_match(fold(name).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_are_read_in_many_languages() {
        let cases = [
            ("Season 01", 1, None),
            ("S02", 2, None),
            ("第一季", 1, None),
            ("第十二季", 12, None),
            ("第２季", 2, None),
            ("Specials", 0, None),
            ("番外", 0, None),
            ("2. Staffel", 2, None),
            ("Сезон 3", 3, None),
            ("庆余年 第二季", 2, Some("庆余年")),
            ("The.Show.S01.1080p", 1, Some("The Show")),
            ("Show (2020) Season 2", 2, Some("Show")),
        ];
        for (name, season, show) in cases {
            let expected = Some(SeasonFolder { season, show: show.map(str::to_owned) });
            assert_eq!(parse_season_folder(name), expected, "{name}");
        }
        for name in ["Show", "2016", "S", "Seasons of Love", "S01E02", "第12集", ""] {
            assert_eq!(parse_season_folder(name), None, "{name}");
        }
    }
}
