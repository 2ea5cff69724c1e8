//! Everything that a description names. Two descriptions of one presentation name the same things at the same places, with
//! whatever signatures.

use super::document::{Document, bandwidth, children};
use super::template::{fill_common, verbatim};
use crate::gateway::reference::resolve;
use roxmltree::Node;

/// Names that are listed at most, and bytes of all of them.
const NAMES_MAX: usize = 20_000;
const NAMES_BYTES_MAX: usize = 8 << 20;

/// The first names, as many as are listed.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    bytes: usize,
    full: bool,
}

impl Names {
    fn push(&mut self, name: String) {
        self.bytes += name.len();
        self.full |= self.list.len() >= NAMES_MAX || self.bytes > NAMES_BYTES_MAX;
        if !self.full {
            self.list.push(name);
        }
    }
}

impl Document<'_> {
    /// The addresses of the files of all representations, in their order, as templates for [`super::Spot`].
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Names::default();
        for node in self.tree.root_element().descendants() {
            if names.full {
                break;
            }
            if node.tag_name().name() == "Representation" {
                self.add_names(node, &mut names);
            }
        }
        names.list
    }

    fn add_names<'b>(&'b self, representation: Node<'b, 'b>, names: &mut Names) {
        let base = self.base_of(representation);
        let (id, bandwidth) = (representation.attribute("id").unwrap_or_default(), bandwidth(representation));
        let owners: Vec<_> = representation.ancestors().filter(Node::is_element).take(3).collect();
        let find = |name: &'static str| owners.iter().find_map(|owner| children(*owner, name).next());
        if find("SegmentTemplate").is_some() {
            for name in ["initialization", "media", "index", "bitstreamSwitching"] {
                let said = owners.iter().find_map(|owner| children(*owner, "SegmentTemplate").next()?.attribute(name));
                let url = said.and_then(|template| resolve(&base, &fill_common(template, id, bandwidth)));
                url.into_iter().for_each(|url| names.push(url.into()));
            }
            return;
        }
        names.push(verbatim(base.as_str()));
        for node in find("SegmentList").or_else(|| find("SegmentBase")).iter().flat_map(Node::children) {
            let said = ["sourceURL", "media", "index"].into_iter().filter_map(|name| node.attribute(name));
            for url in said.filter_map(|address| resolve(&base, address)) {
                names.push(verbatim(url.as_str()));
                if names.full {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::Url;

    fn names(text: &str) -> Vec<String> {
        let address = Url::parse("https://cdn.example/a/film.mpd?sign=1").unwrap();
        Document::read(text, &address).unwrap().names()
    }

    #[test]
    fn templates_lists_and_single_files_are_named() {
        let text = "<MPD><Period><AdaptationSet><SegmentTemplate media='$RepresentationID$/$Number%05d$?t=1' initialization='/i'/>\
            <Representation id='v'/><Representation id='w'><SegmentTemplate media='w-$Time$-$Bandwidth$'/></Representation>\
            </AdaptationSet><AdaptationSet><Representation bandwidth='7'><BaseURL>s/</BaseURL><SegmentList><Initialization \
            sourceURL='i'/><SegmentURL media='1?t=2'/></SegmentList></Representation><Representation>\
            <BaseURL>https://v.example/film.mp4?t=3</BaseURL></Representation></AdaptationSet></Period></MPD>";
        assert_eq!(
            names(text),
            [
                "https://cdn.example/i",
                "https://cdn.example/a/v/$Number%05d$?t=1",
                "https://cdn.example/i",
                "https://cdn.example/a/w-$Time$-0",
                "https://cdn.example/a/s/",
                "https://cdn.example/a/s/i",
                "https://cdn.example/a/s/1?t=2",
                "https://v.example/film.mp4?t=3"
            ]
        );
    }

    #[test]
    fn the_first_names_are_listed_up_to_a_number_and_to_a_length() {
        let list = |name: &str, count: usize| {
            let segments: String = (0..count).map(|at| format!("<SegmentURL media='{at}{name}'/>")).collect();
            let one = format!("<Representation><SegmentList>{segments}</SegmentList></Representation>");
            names(&format!("<MPD><Period><AdaptationSet>{one}{one}</AdaptationSet></Period></MPD>"))
        };
        assert_eq!(list("", 15_000).len(), NAMES_MAX);
        let long = list(&"a".repeat(1 << 19), 20);
        assert!(long.len() > 10 && long.iter().map(String::len).sum::<usize>() <= NAMES_BYTES_MAX, "{}", long.len());
        assert!(long[1].starts_with("https://cdn.example/a/0a"));
    }
}
