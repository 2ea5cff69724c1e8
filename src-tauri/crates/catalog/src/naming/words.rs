//! The vocabulary of file names: every pattern that the parser knows, in one place. All of them search folded text.

use regex::Regex;
use std::sync::LazyLock;

/// A number: digits or a Chinese numeral.
macro_rules! num {
    () => {
        "([0-9]{1,5}|[〇零一二两兩三四五六七八九十百千]{1,9})"
    };
}

/// What may not stand before a Latin or Cyrillic word that begins a marker. Other scripts write without spaces.
macro_rules! edge {
    () => {
        "(?:^|[^a-z0-9\u{df}-\u{24f}\u{400}-\u{4ff}])"
    };
}

/// "Season" in the languages that Kodi's and Jellyfin's users write.
macro_rules! season_word {
    () => {
        "(?:season|seasons|series|staffel|temporada|temporadas|saison|stagione|seizoen|säsong|seasong|sæson|sesong|kausi|\
         sezona|sezonul|sezon|série|serie|évad|сезон|シーズン|시즌|الموسم|mùa|musim|ซีซั่น|सीज़न)"
    };
}

/// "Episode" in many languages, where the number follows.
macro_rules! episode_word {
    () => {
        "(?:episode|episodes|episodio|episódio|épisode|folge|folgen|capitulo|capítulo|chapter|chapitre|puntata|aflevering|\
         avsnitt|afsnit|jakso|odcinek|odc|bölüm|díl|epizoda|серия|эпизод|выпуск|tập|episod|ตอนที่|ตอน|एपिसोड|الحلقة|حلقة|قسمت|\
         eps|ep)"
    };
}

fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and every test run compiles them")]
    Regex::new(text).expect("a constant pattern")
}

macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident = $($part:expr),+;)*) => {
        $($(#[$doc])* pub(super) static $name: LazyLock<Regex> = LazyLock::new(|| pattern(concat!($($part),+)));)*
    };
}

patterns! {
    /// `S01E02`, `s01.e02`, `S01xE02`, `S01x02`, `Season 1 Episode 2`, `T1 Cap 2`.
    SEASON_EPISODE = edge!(), "(?:s|t|", season_word!(), "[ ._-]{0,2})([0-9]{1,4})[\\])]?",
        "(?:xe?|[ ._,-]{0,3}(?:", episode_word!(), "|cap|e)[ ._-]{0,2})([0-9]{1,5})";
    /// The same glued to the show's name: `ShowS01E02`.
    GLUED_SEASON_EPISODE = "s([0-9]{1,2})e([0-9]{1,4})";
    /// `1x02`, `2009x02`.
    CROSS = edge!(), "([0-9]{1,2}|19[5-9][0-9]|20[0-3][0-9])x([0-9]{1,4})";
    /// `第一季`, `第2部`, `シーズン2`.
    CJK_SEASON = "第[ ]?", num!(), "[ ]?[季部期輯辑]";
    /// `第12集`, `第十二话`, `第1-3集`, `제12화`.
    CJK_EPISODE = "[第제][ ]?", num!(), "(?:[ ]?[集话話回章夜夕幕화회])?(?:[ ]?[-~至到][ ]?第?[ ]?", num!(), ")?",
        "[ ]?[集话話回章夜夕幕화회]";
    /// `12集`, `12화` — but not `全80集` or `共80集`, which say how many there are.
    CJK_BARE_EPISODE = "(?:^|[^全共0-9])([0-9]{1,5})[ ]?[集话話화회]";
    /// How many episodes there are: `全80集`, `共80集`, `80集全`.
    COUNT = "[全共][ ]?[0-9]{1,5}[ ]?[集话話回]|[0-9]{1,5}[ ]?[集话話回][ ]?全";
    /// The same in the name of a folder: `(80集)`, `[1-80集完]`. In a file's name that would be its own number.
    FOLDER_COUNT = "[(\\[](?:第?1[-~])?[0-9]{1,5}[集话話回](?:全|完)?[)\\]]";
    /// `EP12`, `E12`, `Episode 12`, `Folge 12`, `#12`.
    EPISODE = "(?:", edge!(), "(?:", episode_word!(), "[ ._:#-]{0,3}|e[._]?)|[#№][ ]?)([0-9]{1,5})";
    /// `12. Bölüm`, `12 серия`, `12th episode`.
    EPISODE_AFTER = "(?:^|[^0-9a-z])([0-9]{1,4})(?:st|nd|rd|th|[.ªº])?[ ._-]{0,2}(?:серия|серія|bölüm|rész|episode|epizod|jakso)";
    /// `SP01`, `OVA 2`, `番外3`, `特别篇`.
    SPECIAL = "(?:", edge!(), "(?:sp|ova|oad|ona|specials?)|番外篇?|特别篇|特別篇|特典)[ ._#-]{0,2}([0-9]{1,3})";
    /// A season alone: `Show S2 - 05`.
    SEASON_ALONE = edge!(), "(?:s([0-9]{1,2})|", season_word!(), "[ ._-]{0,2}([0-9]{1,4}))(?:[^a-z0-9]|$)";
    /// `1996-11-14`, `2018_03_24`, `2023 07 14`, `20240105`, `2026年01月10日`.
    DATE = "(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[-._ ](0?[1-9]|1[0-2])[-._ ](0?[1-9]|[12][0-9]|3[01])|\
        (0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])|年(0?[1-9]|1[0-2])月(0?[1-9]|[12][0-9]|3[01])日)(?:[^0-9]|$)";

    /// A number that begins the name and is set off clearly: `12`, `012.Title`, `12 - Title`, `12、标题`, `12(1)`.
    STRONG_LEADING = "^[ _]*([0-9]{1,5})(?:[ _]*$|[ _]*\\(|[ ]*[._-]+[ ]*[^0-9]|[ ]*[_-][ ]*[0-9]|[.][ ])";
    /// `Show - 012 - Title`.
    DASHED = "[ _]-[ _]*([0-9]{1,5})(?:v[0-9])?(?:[^0-9a-z.]|[.][^0-9]|$)";
    /// `[04]`, `(12)`.
    BRACKETED = "[\\[(][ ]?([0-9]{1,5})(?:v[0-9]|[ ]?end|[ ]?完)?[ ]?[\\])]";
    /// `16 Some Title`.
    WEAK_LEADING = "^[ _]*([0-9]{1,5})[ _]";
    /// `The Simpsons 12`, `剧名12`, `anything_102`.
    TRAILING = "^.*?[^0-9.]([0-9]{1,5})(?:v[0-9])?(?:[ ._-]*(?:end|fin|完|终|大结局))?[ ._\\])!-]*$";
    /// `12标题`.
    GLUED_LEADING = "^[ _]*([0-9]{1,5})[^0-9a-z .]";

    /// One more number of a file that holds several episodes, right after the one before.
    RANGE_MARKED = "^(?:[ ._]{0,2}[-~&+,][ ._]{0,2}|[ ._]?)(?:s[0-9]{1,4}[ ._]?)?(?:[0-9]{1,4}xe?|xe?|ep?|#)([0-9]{1,5})";
    /// The same without a marker.
    RANGE_BARE = "^[-~]([0-9]{1,5})(?:[集话話回]|[^a-z0-9]|$)";

    /// What releases say about the recording, not about the story.
    JUNK = "(?:480|540|576|720|1080|1440|2160|4320)[pi](?:[0-9]{2,3})?|[248]k|[0-9]{3,4}[x*×][0-9]{3,4}|[xh][ .]?26[456]|hevc|\
        avc|av1|xvid|divx|vp9|(?:aac|ac3|e-?ac-?3|dts|dts-?hd)(?:[ .]?[0-9]\\.[0-9])?|(?:ddp?|dd\\+)[ .]?[0-9]\\.[0-9]|flac|truehd|atmos|\
        web-?dl|web-?rip|blu-?ray|bd-?rip|br-?rip|dvd-?rip|hdtv(?:-?rip)?|hd-?rip|pdtv|ntsc|uhd|hdr(?:10\\+?)?|hdc|\
        (?:8|10)-?bit|[0-9]{2,3}fps|multi|remux|nvenc|[9]x16|16x9|\
        (?:tmdb|tvdb|imdb)(?:id)?[=-][a-z0-9]+|高清|超清|蓝光|完整版|无水印|竖屏";
    /// A checksum in brackets.
    CHECKSUM = "[\\[(][0-9a-f]{8}[\\])]";
    /// A year in brackets, or a span of years.
    YEAR_BRACKETED = "[(\\[][ ]?((?:19|20)[0-9]{2})(?:[ ]?-[ ]?(?:(?:19|20)[0-9]{2})?)?[ ]?[)\\]]";
    /// A year on its own.
    YEAR_BARE = "[ ._-]((?:19|20)[0-9]{2})(?:[ ._-]|$)";
    /// Where the part of a title that names episodes begins.
    EPISODES_FROM = "[ ._-]+(?:e|ep)[0-9]{1,4}(?:[^a-z0-9]|$)";

    /// The name of a season folder: `Season 2`, `S02`, `第一季`, `2. Staffel`, `Show.S01.1080p`, `某剧 第二季`.
    SEASON_WORD_FOLDER = "^(.*?)", edge!(), season_word!(), "[ ._#-]{0,3}([0-9]{1,4})(?:[^0-9]|$)";
    SEASON_LETTER_FOLDER = "^(.*?)", edge!(), "s([0-9]{1,4})(?:[^a-z0-9]|$)";
    SEASON_CJK_FOLDER = "^(.*?)第[ ]?", num!(), "[ ]?[季部輯辑]";
    SEASON_AFTER_FOLDER = "^()([0-9]{1,4})(?:st|nd|rd|th|[.ªº])?[ ._-]{0,2}", season_word!(), "(?:[^a-z]|$)";
    SPECIALS_FOLDER = "^(?:specials?|sp|sps|ovas?|oads?|番外|番外篇|特别篇|特別篇|特典|season[ ._-]?0+|s0+)$";
    /// A part of a season that has a folder of its own: `Disc 1`, `CD2`, `Part 3`, `上部`.
    PART_FOLDER = "^(?:dis[ck]|cd|dvd|part|pt|vol|volume|卷|部分|episodes|eps|videos?|正片)[ ._-]*[0-9]{0,2}$|^[上中下][部集卷]$";
}

/// Folders that hold no episodes, wherever they are.
const NEVER: &[&str] = &[
    "sample",
    "samples",
    "trailer",
    "trailers",
    "预告",
    "预告片",
    "預告",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "lost+found",
    "system volume information",
    "__macosx",
    "theme-music",
    "backdrops",
    ".trash",
];

/// Folders that hold no episodes where they lie inside a series; elsewhere they may be a series' name.
const NEVER_IN_SERIES: &[&str] = &[
    "extra",
    "extras",
    "featurette",
    "featurettes",
    "behind the scenes",
    "deleted scenes",
    "interview",
    "interviews",
    "scene",
    "scenes",
    "short",
    "shorts",
    "clip",
    "clips",
    "other",
    "others",
    "bonus",
    "special features",
    "making of",
    "nced",
    "ncop",
    "花絮",
    "彩蛋",
    "幕后",
    "幕後",
    "特辑",
    "采访",
];

/// Folders that hold subtitles.
const SUBTITLES: &[&str] = &["sub", "subs", "subtitle", "subtitles", "字幕", "vobsub"];

/// Endings of names of videos that are no episodes (Kodi, Jellyfin), after `-` or `.` or alone.
const EXTRA_ENDINGS: &[&str] = &[
    "trailer",
    "sample",
    "behindthescenes",
    "deleted",
    "deletedscene",
    "featurette",
    "interview",
    "extra",
    "预告",
    "预告片",
    "花絮",
];

fn is_one_of(folded: &str, words: &[&str]) -> bool {
    let spaced = folded.replace(['_', '.'], " ");
    words.contains(&folded.trim()) || words.contains(&spaced.trim())
}

/// A folder that is never looked into.
pub(crate) fn is_ignored_folder(name: &str, in_series: bool) -> bool {
    let folded = crate::text::fold(name);
    is_one_of(&folded, NEVER) || (in_series && is_one_of(&folded, NEVER_IN_SERIES))
}

/// A folder of subtitles.
pub(crate) fn is_subtitle_folder(name: &str) -> bool {
    is_one_of(&crate::text::fold(name), SUBTITLES)
}

/// A video that is no episode, by its name without extension.
pub(crate) fn is_extra_video(stem: &str) -> bool {
    let folded = crate::text::fold(stem);
    EXTRA_ENDINGS.iter().any(|ending| {
        let head = folded.trim_end().strip_suffix(ending);
        head.is_some_and(|head| head.is_empty() || head.ends_with(['-', '.', '_']))
    })
}
