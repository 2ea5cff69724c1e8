//! Kodi's NFO files: what `tvshow.nfo` and the `.nfo` beside an episode say. A pure function over bytes.
//!
//! In the wild these files hold several roots (one `episodedetails` per episode in the media file), lines with
//! addresses after the XML or nothing but an address, bare ampersands, byte order marks, and any encoding. One block
//! that cannot be read does not spoil the others. Nothing is fetched and no entity is resolved: document type
//! definitions are refused. Format: <https://kodi.wiki/view/NFO_files>.

use crate::text::bounded;
use regex::Regex;
use roxmltree::{Document, Node, ParsingOptions};
use std::sync::LazyLock;

/// Largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// Most elements, attributes and texts in one document.
const MAX_NODES: u32 = 100_000;
/// Most episodes in one file.
const MAX_EPISODES: usize = 1000;
/// Longest title, in characters.
const MAX_TITLE: usize = 300;
/// Longest synopsis, in characters.
const MAX_TEXT: usize = 10_000;
/// Most genres.
const MAX_GENRES: usize = 32;
/// Longest running time that is believed: 48 hours.
const MAX_DURATION_MS: u64 = 48 * 3_600_000;

/// What `tvshow` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShowNfo {
    pub(crate) title: Option<String>,
    pub(crate) year: Option<u16>,
    pub(crate) genres: Vec<String>,
    pub(crate) synopsis: Option<String>,
}

/// What one `episodedetails` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EpisodeNfo {
    pub(crate) season: Option<u16>,
    pub(crate) number: Option<u32>,
    pub(crate) title: Option<String>,
    pub(crate) synopsis: Option<String>,
    pub(crate) duration_ms: Option<u64>,
}

/// What a file says. Other roots (`movie`, `album`, …) leave it empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Nfo {
    pub(crate) show: Option<ShowNfo>,
    pub(crate) episodes: Vec<EpisodeNfo>,
    /// Blocks that could not be read: what the XML parser said, the first of them.
    pub(crate) problem: Option<String>,
}

/// Reads a file. Never fails: what could not be read stands in `problem`.
pub(crate) fn parse_nfo(bytes: &[u8]) -> Nfo {
    let mut nfo = Nfo::default();
    if bytes.len() > MAX_BYTES {
        nfo.problem = Some(format!("larger than {MAX_BYTES} bytes"));
        return nfo;
    }
    let text = decode(bytes);
    // One parse for the common case: everything inside one artificial root, declarations and stray ampersands repaired.
    let whole = format!("<nfo>{}</nfo>", repaired(&text));
    match read(&whole, &mut nfo) {
        Ok(()) => {}
        Err(problem) => {
            let mut blocks = 0;
            for block in BLOCK.find_iter(&text).take(MAX_EPISODES) {
                blocks += 1;
                if let Err(problem) = read(&format!("<nfo>{}</nfo>", repaired(block.as_str())), &mut nfo) {
                    nfo.problem.get_or_insert(problem);
                }
            }
            // Without markup it is an address or a note, and nothing is wrong with it.
            let is_markup = text.trim_start().starts_with('<');
            if blocks == 0 && is_markup {
                nfo.problem = Some(problem);
            } else if is_markup && nfo == Nfo::default() {
                nfo.problem.get_or_insert(problem);
            }
        }
    }
    nfo
}

fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and every test run compiles them")]
    Regex::new(text).expect("a constant pattern")
}

static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?s)<episodedetails(?:\s[^>]*)?>.*?</episodedetails\s*>|<tvshow(?:\s[^>]*)?>.*?</tvshow\s*>")
});
static DECLARATION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)<\?xml.*?\?>"));
static AMPERSAND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"&(?:(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)?"));

/// By the byte order mark, else the declaration, else UTF-8; what is not valid becomes replacement characters.
fn decode(bytes: &[u8]) -> String {
    let head: String = bytes.iter().take(200).map(|b| char::from(*b)).collect();
    let declared = head.split_once("encoding=").and_then(|(_, rest)| {
        let label = rest.trim_start_matches(['"', '\'']).split(['"', '\'', '?', ' ']).next()?;
        encoding_rs::Encoding::for_label(label.as_bytes())
    });
    // A declaration that can be read as ASCII rules UTF-16 out, whatever it claims.
    let declared = declared.filter(|e| e.is_ascii_compatible()).unwrap_or(encoding_rs::UTF_8);
    declared.decode(bytes).0.into_owned()
}

/// Without XML declarations, and with ampersands that begin nothing written as text.
fn repaired(text: &str) -> String {
    let text = DECLARATION.replace_all(text, "");
    AMPERSAND
        .replace_all(&text, |found: &regex::Captures<'_>| match &found[0] {
            "&" => "&amp;".to_owned(),
            entity => entity.to_owned(),
        })
        .into_owned()
}

fn read(xml: &str, nfo: &mut Nfo) -> Result<(), String> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|e| e.to_string())?;
    for root in document.root_element().children().filter(Node::is_element) {
        match root.tag_name().name().to_ascii_lowercase().as_str() {
            "tvshow" => {
                nfo.show.get_or_insert_with(|| show(root));
            }
            "episodedetails" if nfo.episodes.len() < MAX_EPISODES => nfo.episodes.push(episode(root)),
            _ => {}
        }
    }
    Ok(())
}

fn show(root: Node<'_, '_>) -> ShowNfo {
    let genres = root.children().filter(|n| n.has_tag_name("genre")).map(text_of);
    let mut unique: Vec<String> = Vec::new();
    for genre in genres.flat_map(|g| g.split(['/', '|', ',', '，', '、']).map(str::to_owned).collect::<Vec<_>>()) {
        if let Some(genre) = bounded(&genre, 60).filter(|g| !unique.contains(g) && unique.len() < MAX_GENRES) {
            unique.push(genre);
        }
    }
    let year = |name: &str| child(root, name, 10).and_then(|text| text.get(..4)?.parse().ok());
    ShowNfo {
        title: child(root, "title", MAX_TITLE),
        year: year("year").or_else(|| year("premiered")).or_else(|| year("aired")).filter(|y| (1850..2200).contains(y)),
        genres: unique,
        synopsis: synopsis(root),
    }
}

fn episode(root: Node<'_, '_>) -> EpisodeNfo {
    // Scrapers write -1 for "none", which is not a number here.
    let seconds = root.descendants().find(|n| n.has_tag_name("durationinseconds")).map(text_of);
    let seconds = seconds.and_then(|s| s.trim().parse::<f64>().ok()).map(|s| s * 1000.0);
    let minutes = child(root, "runtime", 20).and_then(|text| {
        let digits = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or_default();
        digits.parse::<f64>().ok().map(|m| m * 60_000.0)
    });
    let duration = |ms: Option<f64>| ms.map(|ms| ms.round() as u64).filter(|ms| (1..=MAX_DURATION_MS).contains(ms));
    EpisodeNfo {
        season: child(root, "season", 10).and_then(|s| s.parse().ok()),
        number: child(root, "episode", 10).and_then(|s| s.parse().ok()),
        title: child(root, "title", MAX_TITLE),
        synopsis: synopsis(root),
        duration_ms: duration(seconds).or_else(|| duration(minutes)),
    }
}

fn synopsis(root: Node<'_, '_>) -> Option<String> {
    child(root, "plot", MAX_TEXT).or_else(|| child(root, "outline", MAX_TEXT))
}

fn child(root: Node<'_, '_>, name: &str, max: usize) -> Option<String> {
    root.children().filter(|n| n.has_tag_name(name)).find_map(|n| bounded(&text_of(n), max))
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_show_is_read_with_address_and_byte_order_mark_around_it() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tvshow><title>恋爱 &amp; 复仇</title>\
            <premiered>2023-05-01</premiered><genre>Romance / Revenge</genre><genre>Revenge</genre>\
            <plot>A &lt;b&gt; plot.</plot></tvshow>\nhttps://www.thetvdb.com/?tab=series&id=121361\n";
        let show = parse_nfo(text.as_bytes()).show.unwrap();
        assert_eq!(show.title.as_deref(), Some("恋爱 & 复仇"));
        assert_eq!(show.year, Some(2023));
        assert_eq!(show.genres, ["Romance", "Revenge"]);
        assert_eq!(show.synopsis.as_deref(), Some("A <b> plot."));
    }

    #[test]
    fn one_bad_block_does_not_spoil_the_others() {
        let text = "<episodedetails><episode>1</episode></episodedetails>\
            <episodedetails><episode>2</wrong></episodedetails><episodedetails><episode>3</episode></episodedetails>";
        let nfo = parse_nfo(text.as_bytes());
        assert_eq!(nfo.episodes.iter().map(|e| e.number).collect::<Vec<_>>(), [Some(1), Some(3)]);
        assert!(nfo.problem.is_some());
    }

    #[test]
    fn running_time_comes_from_stream_details_then_from_minutes() {
        let read = |body: &str| {
            parse_nfo(format!("<episodedetails>{body}</episodedetails>").as_bytes()).episodes[0].duration_ms
        };
        let details = "<fileinfo><streamdetails><video><durationinseconds>95</durationinseconds></video></streamdetails></fileinfo>";
        assert_eq!(read(&format!("<runtime>2</runtime>{details}")), Some(95_000));
        assert_eq!(read("<runtime>2 min</runtime>"), Some(120_000));
        assert_eq!(read("<runtime>0</runtime>"), None);
        assert_eq!(read("<runtime>1e99</runtime>"), Some(60_000));
        assert_eq!(read("<runtime>99999999999999999999</runtime>"), None);
    }

    #[test]
    fn unknown_numbers_are_none() {
        let nfo = parse_nfo(b"<episodedetails><season>-1</season><episode>x</episode></episodedetails>");
        assert_eq!((nfo.episodes[0].season, nfo.episodes[0].number), (None, None));
    }

    #[test]
    fn other_encodings_are_decoded() {
        let xml = "<?xml version=\"1.0\" encoding=\"gb2312\"?><tvshow><title>短剧</title></tvshow>";
        let (bytes, ..) = encoding_rs::GBK.encode(xml);
        assert_eq!(parse_nfo(&bytes).show.unwrap().title.as_deref(), Some("短剧"));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend("<tvshow><title>短剧</title></tvshow>".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(parse_nfo(&utf16).show.unwrap().title.as_deref(), Some("短剧"));
    }

    #[test]
    fn entity_bombs_and_oversized_files_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><tvshow><title>&b;</title></tvshow>";
        let nfo = parse_nfo(bomb.as_bytes());
        assert!(nfo.problem.is_some() || nfo.show.is_some_and(|s| s.title.as_deref() == Some("&b;")));
        assert!(parse_nfo(&vec![b' '; MAX_BYTES + 1]).problem.is_some());
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let xml = format!("<tvshow>{}{}</tvshow>", "<a>".repeat(90_000), "</a>".repeat(90_000));
        parse_nfo(xml.as_bytes());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            parse_nfo(&bytes);
        }

        #[test]
        fn any_markup_is_read_without_panic(text in "(<|>|</|&|tvshow|episodedetails|episode|season|-|[0-9]|\\PC){0,60}") {
            parse_nfo(text.as_bytes());
        }
    }
}
