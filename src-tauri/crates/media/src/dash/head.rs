//! Makes the start of a description short enough to be recognized.
//!
//! GStreamer (1.22, `typefindfunctions`) takes a stream from the network for a description only if its first tag ends
//! within the first 512 bytes. Live descriptions say so much there that many are taken for some XML and do not play.

use super::document::Document;
use super::rewrite::Edit;

/// Where the first tag has to end, with some bytes to spare.
const ENDS_WITHIN: usize = 500;

/// Attributes that no player needs, the least needed first.
const DISPENSABLE: [&str; 4] = ["schemaLocation", "publishTime", "profiles", "maxSubsegmentDuration"];

/// What to leave out so that the first tag, which ends at `end`, ends early enough.
pub(super) fn shorten(document: &Document<'_>, end: usize) -> Vec<Edit> {
    let root = document.tree.root_element();
    let mut edits = Vec::new();
    let mut left = end;
    let mut leave_out = |range: std::ops::Range<usize>| {
        if left > ENDS_WITHIN {
            left = left.saturating_sub(range.len());
            edits.push((range, String::new()));
        }
    };
    // The declaration says which encoding it is; from here on that is UTF-8, as it is without one.
    leave_out(0..root.range().start);
    for name in DISPENSABLE {
        root.attributes()
            .filter(|attribute| attribute.name() == name)
            .for_each(|attribute| leave_out(attribute.range()));
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::Url;

    fn shortened(text: &str) -> String {
        let document = Document::read(text, &Url::parse("https://a/b.mpd").unwrap()).unwrap();
        super::super::rewrite(&document, None, &mut |_, _| "http://L/".to_owned())
    }

    #[test]
    fn a_long_start_loses_what_nobody_needs() {
        let schema = "x".repeat(400);
        let text = format!(
            "<?xml version=\"1.0\"?>\n<MPD xmlns:xsi=\"urn:x\" xsi:schemaLocation=\"{schema}\" type=\"dynamic\" \
             publishTime=\"2026\" minimumUpdatePeriod=\"PT{}S\"><Period/></MPD>",
            "0".repeat(100)
        );
        let out = shortened(&text);
        assert!(out.find('>').unwrap() < 512 && out.contains("type=\"dynamic\""), "{out}");
        assert!(!out.contains(&schema) && out.contains("publishTime"), "no more than has to: {out}");
        roxmltree::Document::parse(&out).unwrap();
    }

    #[test]
    fn a_short_start_stays() {
        let text = "<?xml version=\"1.0\"?>\n<MPD publishTime=\"2026\"><BaseURL>https://c/</BaseURL></MPD>";
        assert_eq!(shortened(text), text.replace("https://c/", "http://L/"));
    }
}
