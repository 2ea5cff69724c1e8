//! The tree of a description: periods, adaptation sets, representations, and what addresses in them are relative to.

use crate::gateway::reference::resolve;
use crate::gateway::sound::{Sound, SoundWish, distinct};
use crate::gateway::variant::Variant;
use reqwest::Url;
use roxmltree::{Document as Tree, Node, ParsingOptions};

/// More elements than this are no description of a film.
const NODES_MAX: u32 = 400_000;

/// A description that was read.
pub(crate) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) tree: Tree<'a>,
    pub(super) address: Url,
}

impl<'a> Document<'a> {
    /// Reads what was at `address`.
    ///
    /// # Errors
    /// What is wrong with it, in words. Document types are not read: entities that grow are not, either.
    pub(crate) fn read(text: &'a str, address: &Url) -> Result<Self, String> {
        let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
        let tree = Tree::parse_with_options(text, options).map_err(|error| error.to_string())?;
        match tree.root_element().tag_name().name() {
            "MPD" => Ok(Self { text, tree, address: address.clone() }),
            other => Err(format!("<{other}>")),
        }
    }

    /// Whether it will change.
    pub(crate) fn is_live(&self) -> bool {
        self.tree.root_element().attribute("type") == Some("dynamic")
    }

    /// How long a player may wait before it asks again.
    pub(crate) fn update_period(&self) -> Option<std::time::Duration> {
        super::timeline::iso_duration(self.tree.root_element().attribute("minimumUpdatePeriod")?)
    }

    pub(super) fn periods(&self) -> impl Iterator<Item = Node<'_, 'a>> {
        children(self.tree.root_element(), "Period")
    }

    /// The pictures that can be chosen: the representations of the first period.
    pub(crate) fn variants(&self) -> Vec<Variant> {
        let Some(period) = self.periods().next() else { return Vec::new() };
        videos(period).enumerate().map(|(index, node)| variant(node, index)).collect()
    }

    /// The representation of a period that stands for a variant of the first: that of the same name, else the one that
    /// needs about as much.
    pub(super) fn video_of<'b>(&'b self, period: Node<'b, 'a>, variant: usize) -> Option<Node<'b, 'a>> {
        let chosen = videos(self.periods().next()?).nth(variant)?;
        let same = videos(period).find(|node| node == &chosen || inherited(*node, "id") == inherited(chosen, "id"));
        same.or_else(|| videos(period).min_by_key(|node| bandwidth(*node).abs_diff(bandwidth(chosen))))
    }

    /// The sounds that can be chosen: those of the first period.
    pub(crate) fn sounds(&self) -> Vec<Sound> {
        let sets = self.periods().next().into_iter().flat_map(sounds);
        distinct(sets.map(sound))
    }

    /// What the addresses in an element are relative to.
    pub(super) fn base_of(&self, node: Node<'_, 'a>) -> Url {
        let mut elements: Vec<_> = node.ancestors().filter(Node::is_element).collect();
        elements.reverse();
        elements.into_iter().fold(self.address.clone(), |base, element| {
            let first = children(element, "BaseURL").next().and_then(|node| resolve(&base, node.text()?));
            first.unwrap_or(base)
        })
    }
}

pub(super) fn children<'a, 'b>(node: Node<'a, 'b>, name: &'static str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// All representations with a picture, trick play aside.
pub(super) fn videos<'a, 'b>(period: Node<'a, 'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    let sets = children(period, "AdaptationSet").filter(|set| is_of(*set, "video") && !is_trick(*set));
    sets.flat_map(|set| children(set, "Representation"))
}

/// Whether an adaptation set is of a kind of media: `video`, `audio`.
pub(super) fn is_of(set: Node<'_, '_>, kind: &str) -> bool {
    let says = |node: Node<'_, '_>| {
        node.attribute("contentType") == Some(kind)
            || node.attribute("mimeType").is_some_and(|mime| mime.split('/').next() == Some(kind))
    };
    says(set) || set.children().any(says)
}

fn is_trick(set: Node<'_, '_>) -> bool {
    children(set, "EssentialProperty")
        .any(|property| property.attribute("schemeIdUri") == Some("http://dashif.org/guidelines/trickmode"))
}

pub(super) fn bandwidth(representation: Node<'_, '_>) -> u64 {
    representation.attribute("bandwidth").and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// The sets of sounds of a period, each of one language.
fn sounds<'a, 'b>(period: Node<'a, 'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    children(period, "AdaptationSet")
        .filter(|set| is_of(*set, "audio") && children(*set, "Representation").next().is_some())
}

/// The representation of a period that is heard: the wished sound, and of it the best that is not wasteful.
pub(super) fn sound_of<'a, 'b>(period: Node<'a, 'b>, wish: &SoundWish) -> Option<Node<'a, 'b>> {
    const ENOUGH: u64 = 160_000;
    let sets: Vec<_> = sounds(period).collect();
    let offered: Vec<Sound> = sets.iter().map(|set| sound(*set)).collect();
    let set = sets[wish.among(&offered)?];
    let best =
        children(set, "Representation").filter(|node| bandwidth(*node) <= ENOUGH).max_by_key(|node| bandwidth(*node));
    best.or_else(|| children(set, "Representation").min_by_key(|node| bandwidth(*node)))
}

/// What a set of sounds says of itself; one without a label is called by what sets it apart. (Roles and purposes: DASH-IF IOP
/// 4.3, section 3.9.)
fn sound(set: Node<'_, '_>) -> Sound {
    let role = |value| {
        children(set, "Role").any(|role| {
            role.attribute("schemeIdUri") == Some("urn:mpeg:dash:role:2011") && role.attribute("value") == Some(value)
        })
    };
    let purpose = children(set, "Accessibility").any(|purpose| {
        purpose.attribute("schemeIdUri") == Some("urn:tva:metadata:cs:AudioPurposeCS:2007")
            && purpose.attribute("value") == Some("1")
    });
    let label = children(set, "Label").next().and_then(|label| label.text()).or_else(|| set.attribute("label"));
    let text = |text: &str| Some(text.trim()).filter(|text| !text.is_empty() && *text != "und").map(str::to_owned);
    let described = purpose || role("description");
    let apart = [(described, "Audio description"), (role("commentary"), "Commentary")];
    let apart = apart.into_iter().find(|(is_so, _)| *is_so).map(|(_, name)| name.to_owned());
    Sound {
        name: label.and_then(text).or(apart),
        language: set.attribute("lang").and_then(text),
        default: role("main"),
        described,
    }
}

fn inherited<'a>(representation: Node<'a, '_>, name: &str) -> Option<&'a str> {
    representation.attribute(name).or_else(|| representation.parent_element()?.attribute(name))
}

fn variant(node: Node<'_, '_>, index: usize) -> Variant {
    let number = |name| inherited(node, name)?.parse().ok();
    let rate = inherited(node, "frameRate").and_then(|rate| match rate.split_once('/') {
        Some((frames, seconds)) => Some(frames.parse::<f64>().ok()? / seconds.parse::<f64>().ok()?),
        None => rate.parse().ok(),
    });
    Variant {
        index,
        bandwidth: bandwidth(node),
        width: number("width"),
        height: number("height"),
        frame_rate: rate.filter(|rate| rate.is_finite()),
        codecs: inherited(node, "codecs").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_told_apart_by_language_label_and_role() {
        let role = |value: &str| format!("<Role schemeIdUri='urn:mpeg:dash:role:2011' value='{value}'/>");
        let set = |attributes: &str, inside: &str| {
            format!("<AdaptationSet contentType='audio' {attributes}>{inside}<Representation/></AdaptationSet>")
        };
        let sets = [
            set("lang='en'", &role("main")),
            set("lang='en'", &role("description")),
            set("lang='en'", "<Label>Director</Label>"),
            set("lang='und'", ""),
            "<AdaptationSet contentType='audio' lang='fr'></AdaptationSet>".to_owned(),
        ];
        let text = format!("<MPD><Period>{}</Period></MPD>", sets.concat());
        let address = Url::parse("https://cdn.example/film.mpd").unwrap();
        let sounds = Document::read(&text, &address).unwrap().sounds();
        let told: Vec<_> = sounds.iter().map(|s| (s.language.as_deref(), s.name.as_deref(), s.default)).collect();
        let expected = [
            (Some("en"), None, true),
            (Some("en"), Some("Audio description"), false),
            (Some("en"), Some("Director"), false),
            (None, None, false),
        ];
        assert_eq!(told, expected);
    }
}
