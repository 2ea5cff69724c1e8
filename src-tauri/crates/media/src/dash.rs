//! DASH presentation descriptions (ISO/IEC 23009-1), as far as steering, prefetching and putting other addresses in need.

mod document;
mod head;
mod names;
mod rewrite;
mod template;
mod timeline;

pub(crate) use document::Document;
pub(crate) use rewrite::{is_inside, rewrite};
pub(crate) use template::{Spot, literal};

/// Whether a text is a presentation description at all.
pub(crate) fn is_description(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(4096)).unwrap_or_default();
    let root = head.match_indices('<').find(|(at, _)| head[at + 1..].starts_with(|c: char| c.is_alphabetic()));
    let name =
        root.map(|(at, _)| head[at + 1..].split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default());
    name.is_some_and(|name| name.rsplit(':').next() == Some("MPD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_known_by_its_root() {
        assert!(is_description("<?xml version=\"1.0\"?>\n<!-- x -->\n<MPD xmlns=\"urn\">"));
        assert!(is_description("<d:MPD>"));
        assert!(!is_description("<html><MPD>"));
        assert!(!is_description("#EXTM3U"));
        assert!(!is_description(""));
    }
}
