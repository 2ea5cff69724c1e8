//! Puts other addresses into a description, and leaves out the representations that are not to be played.
//!
//! Templates name files by numbers and times that only the player knows, so not files but folders get loopback addresses:
//! what a player then asks for inside a folder is put behind the folder's own address, which cannot leave its server.

use super::document::{Document, children, is_of, sound_of};
use super::head;
use crate::gateway::reference::{Kind, Place, resolve};
use crate::gateway::sound::SoundWish;
use reqwest::Url;
use roxmltree::Node;
use std::ops::Range;

/// What a text in the document is replaced with.
pub(super) type Edit = (Range<usize>, String);

/// Rewrites a description; `only` is the variant (by its place in [`Document::variants`]) that stays, and what is wished of
/// its sounds. All else stays byte for byte.
pub(crate) fn rewrite(document: &Document<'_>, only: Option<(usize, &SoundWish)>, place: &mut Place<'_>) -> String {
    let mut edits = only.map(|(variant, wish)| removals(document, variant, wish)).unwrap_or_default();
    let removed: Vec<Range<usize>> = edits.iter().map(|edit| edit.0.clone()).collect();
    if let Some(inside) = document.tree.root_element().first_child().map(|child| child.range().start) {
        edits.extend(head::shorten(document, inside));
        edits.extend(base_of_all(document, inside, place));
    }
    for node in document.tree.root_element().descendants().filter(Node::is_element) {
        if !removed.iter().any(|range| range.contains(&node.range().start)) {
            edit(document, node, &mut edits, place);
        }
    }
    edits.sort_by_key(|edit| edit.0.start);
    let mut out = String::with_capacity(document.text.len() * 2);
    let mut copied = 0;
    for (range, replacement) in edits {
        out.push_str(document.text.get(copied..range.start).unwrap_or_default());
        out.push_str(&replacement);
        copied = copied.max(range.end);
    }
    out.push_str(document.text.get(copied..).unwrap_or_default());
    out
}

/// Everything relative is relative to the description's own folder, which the player has to be told.
fn base_of_all(document: &Document<'_>, inside: usize, place: &mut Place<'_>) -> Option<Edit> {
    let root = document.tree.root_element();
    if children(root, "BaseURL").next().is_some() {
        return None;
    }
    let tag = document.text.get(root.range().start + 1..inside)?;
    let name = tag.split(|c: char| c.is_whitespace() || c == '>').next()?;
    let prefix = name.strip_suffix("MPD").unwrap_or_default();
    let base = escape(&folder(document.address.clone(), place));
    Some((inside..inside, format!("<{prefix}BaseURL>{base}</{prefix}BaseURL>")))
}

/// The representations that are not played, and the sets of which nothing is left.
fn removals(document: &Document<'_>, variant: usize, wish: &SoundWish) -> Vec<Edit> {
    let mut ranges = Vec::new();
    for period in document.periods() {
        let Some(video) = document.video_of(period, variant) else { continue };
        let sound = sound_of(period, wish);
        for set in children(period, "AdaptationSet") {
            let kept = match () {
                () if is_of(set, "video") => Some(video),
                () if is_of(set, "audio") => sound,
                () => continue,
            };
            let is_here = kept.is_some_and(|kept| kept.parent() == Some(set));
            if is_here {
                let others = children(set, "Representation").filter(|node| Some(*node) != kept);
                ranges.extend(others.map(|node| node.range()));
            } else {
                ranges.push(set.range());
            }
        }
    }
    ranges.into_iter().map(|range| (range, String::new())).collect()
}

fn edit(document: &Document<'_>, node: Node<'_, '_>, edits: &mut Vec<Edit>, place: &mut Place<'_>) {
    let base =
        |node: Option<Node<'_, '_>>| node.map_or_else(|| document.address.clone(), |node| document.base_of_any(node));
    let attributes: &[&str] = match node.tag_name().name() {
        "BaseURL" => {
            let outer = base(node.parent_element().and_then(|parent| parent.parent_element()));
            let url = resolve(&outer, node.text().unwrap_or_default());
            replace_text(node, address(url, place), edits);
            &[]
        }
        "Location" => {
            replace_text(
                node,
                place(Kind::Playlist, resolve(&document.address, node.text().unwrap_or_default())),
                edits,
            );
            &[]
        }
        "PatchLocation" => {
            replace_text(node, place(Kind::Small, None), edits);
            &[]
        }
        "SegmentTemplate" => &["initialization", "media", "index", "bitstreamSwitching"],
        "Initialization" | "RepresentationIndex" | "BitstreamSwitching" => &["sourceURL"],
        "SegmentURL" => &["media", "index"],
        "UTCTiming" => &["value"],
        _ => &[],
    };
    for attribute in node.attributes() {
        let value = attribute.value();
        let replacement = match attribute.name() {
            "href" if !value.starts_with("urn:") => place(Kind::Small, None),
            "value" if attributes == ["value"] && has_scheme(value) => {
                place(Kind::Small, resolve(&document.address, value))
            }
            name if name != "value" && attributes.contains(&name) && leaves(value) => {
                address(resolve(&base(Some(node)), value), place)
            }
            _ => continue,
        };
        edits.push((attribute.range_value(), escape(&replacement)));
    }
}

impl Document<'_> {
    /// [`Document::base_of`] of a node that was found in this tree, whatever lifetime it was passed around with.
    fn base_of_any(&self, node: Node<'_, '_>) -> Url {
        self.tree.get_node(node.id()).map_or_else(|| self.address.clone(), |node| self.base_of(node))
    }
}

fn replace_text(node: Node<'_, '_>, with: String, edits: &mut Vec<Edit>) {
    if let (Some(first), Some(last)) = (node.first_child(), node.last_child()) {
        edits.push((first.range().start..last.range().end, escape(&with)));
    }
}

/// Whether a relative address stays inside the folder that it is relative to.
fn leaves(value: &str) -> bool {
    value.starts_with('/') || has_scheme(value) || !is_inside(value.split(['?', '#']).next().unwrap_or_default())
}

fn has_scheme(value: &str) -> bool {
    let first = value.split(['/', '?', '#', '$']).next().unwrap_or_default();
    first.contains(':')
}

/// Whether a path names nothing above its start, escapes undone as servers do.
pub(crate) fn is_inside(path: &str) -> bool {
    let plain = path.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/").replace('\\', "/");
    !plain.split('/').any(|part| part == "..")
}

/// The loopback address for one that may hold templates: that of its folder, with the rest behind.
fn address(url: Option<Url>, place: &mut Place<'_>) -> String {
    let Some(url) = url else { return place(Kind::Small, None) };
    let text = url.as_str();
    let end = text.find(['?', '#', '$']).unwrap_or(text.len());
    let cut = text[..end].rfind('/').map_or(end, |at| at + 1);
    let rest = text[cut..].to_owned();
    folder(url, place) + &rest
}

/// The loopback address of the folder that a file is in; it ends in a slash.
fn folder(url: Url, place: &mut Place<'_>) -> String {
    let text = url.as_str();
    let end = text.find(['?', '#', '$']).unwrap_or(text.len());
    let cut = text[..end].rfind('/').map_or(end, |at| at + 1);
    place(Kind::Folder, Url::parse(&text[..cut]).ok())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, only: Option<usize>) -> (String, Vec<(Kind, String)>) {
        let address = Url::parse("https://cdn.example/a/b/live.mpd?sign=1").unwrap();
        let mut found: Vec<(Kind, String)> = Vec::new();
        let document = Document::read(text, &address).unwrap();
        let wish = SoundWish { language: Some("es".to_owned()), name: None };
        let out = rewrite(&document, only.map(|only| (only, &wish)), &mut |kind, url| {
            let entry = (kind, url.map_or_else(|| "refused".to_owned(), |url| url.to_string()));
            let at = found.iter().position(|known| *known == entry).unwrap_or_else(|| {
                found.push(entry);
                found.len() - 1
            });
            format!("http://L/{at}/")
        });
        (out, found)
    }

    #[test]
    fn relative_names_stay_and_get_a_base() {
        let text = "<?xml version='1.0'?>\n<MPD  type='static' >\n<!-- é --><Period><AdaptationSet contentType=\"video\">\
            <SegmentTemplate media=\"v/$Number%05d$.m4s\" initialization='i.mp4'/><Representation id='1'/></AdaptationSet></Period></MPD>";
        let (out, found) = rewritten(text, None);
        assert_eq!(out, text.replace(" >\n", " ><BaseURL>http://L/0/</BaseURL>\n"));
        assert_eq!(found, [(Kind::Folder, "https://cdn.example/a/b/".to_owned())]);
    }

    #[test]
    fn bases_and_absolute_names_become_folders() {
        let text = "<MPD><BaseURL>https://v.example/x/</BaseURL><Location>https://cdn.example/new.mpd</Location><Period>\
            <AdaptationSet mimeType='video/mp4'><SegmentTemplate media='/t/$RepresentationID$/$Time$.m4s?a=1&amp;b=2' \
            initialization='../i.mp4'/><Representation id='1'><BaseURL>sub/file.mp4</BaseURL></Representation></AdaptationSet>\
            </Period></MPD>";
        let (out, found) = rewritten(text, None);
        let urls: Vec<_> = found.iter().map(|(_, url)| url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "https://v.example/x/",
                "https://cdn.example/new.mpd",
                "https://v.example/t/",
                "https://v.example/",
                "https://v.example/x/sub/"
            ]
        );
        assert!(out.contains("<BaseURL>http://L/0/</BaseURL><Location>http://L/1/</Location>"), "{out}");
        assert!(out.contains("media='http://L/2/$RepresentationID$/$Time$.m4s?a=1&amp;b=2'"), "{out}");
        assert!(out.contains("initialization='http://L/3/i.mp4'"), "{out}");
        assert!(out.contains("<BaseURL>http://L/4/file.mp4</BaseURL>"), "{out}");
    }

    #[test]
    fn files_and_remote_elements_are_refused() {
        let text = "<MPD xmlns:xlink='http://www.w3.org/1999/xlink'><Period xlink:href='https://e/x'><BaseURL>file:///etc/</BaseURL></Period></MPD>";
        let (out, found) = rewritten(text, None);
        assert_eq!(found[1], (Kind::Small, "refused".to_owned()));
        assert!(!out.contains("file:") && !out.contains("https://e/"), "{out}");
    }

    #[test]
    fn what_is_not_chosen_goes() {
        let text = "<MPD><Period><AdaptationSet contentType='video'><Representation id='a' bandwidth='1'/><Representation id='b' \
            bandwidth='9'/></AdaptationSet><AdaptationSet contentType='video'><Representation id='c'/></AdaptationSet>\
            <AdaptationSet contentType='audio' lang='en'><Role schemeIdUri='urn:mpeg:dash:role:2011' value='main'/>\
            <Representation id='f' bandwidth='96000'/></AdaptationSet>\
            <AdaptationSet contentType='audio' lang='es'><Representation id='d' bandwidth='64000'/><Representation id='e' bandwidth='128000'/>\
            </AdaptationSet></Period></MPD>";
        let (out, _) = rewritten(text, Some(1));
        let kept: Vec<_> =
            ["a", "b", "c", "d", "e", "f"].into_iter().filter(|id| out.contains(&format!("id='{id}'"))).collect();
        assert_eq!(kept, ["b", "e"]);
        assert_eq!(out.matches("<AdaptationSet").count(), 2);
        roxmltree::Document::parse(&out).unwrap();
    }

    #[test]
    fn nothing_above_a_folder_is_inside() {
        for path in ["..", "../a", "a/../b", "%2e%2e/a", "a/%2E%2E%2fb", "a\\..\\b", ".%2e/a"] {
            assert!(!is_inside(path), "{path}");
        }
        for path in ["a", "a/b", "a..b/c", "...", "", "//a", "http:/a"] {
            assert!(is_inside(path), "{path}");
        }
    }
}
