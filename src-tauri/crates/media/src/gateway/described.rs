//! What the descriptions of a DASH stream name. A player goes on with the description that it read first, so what an older
//! one named is known too, and where it is now.

use crate::dash::Spot;
use crate::{KeyRules, ResourceKey};
use reqwest::Url;

/// Descriptions whose names differ by more than signatures in their queries that are known at once.
const DESCRIPTIONS_MAX: usize = 16;

/// The names of one stream, of its descriptions from the first to the newest.
#[derive(Debug, Default)]
pub(super) struct Described(Vec<Vec<Name>>);

#[derive(Debug)]
struct Name {
    /// The address, with a template for what numbers its segments.
    url: String,
    /// The same without its signature.
    key: String,
}

/// Where something is that a description named.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// Its newest address.
    pub(super) now: Url,
    /// The address whose [`ResourceKey`] it has, whichever description named it: that of the first one.
    pub(super) name: Url,
}

impl Described {
    /// A description was read. What of `live` ones has another name is another thing.
    pub(super) fn learn(&mut self, names: Vec<String>, live: bool) {
        let name = |url: String| Name { key: key(&url), url };
        let names: Vec<Name> = names.into_iter().map(name).collect();
        let is_same = |known: &Vec<Name>| known.iter().map(|n| &n.key).eq(names.iter().map(|n| &n.key));
        if self.0.last().is_some_and(is_same) {
            self.0.pop();
        } else if live || self.0.last().is_some_and(|known| known.len() != names.len()) {
            self.0.clear();
        }
        self.0.push(names);
        if self.0.len() > DESCRIPTIONS_MAX {
            // The first gives names to all.
            self.0.remove(1);
        }
    }

    /// Where something is that one of the descriptions named by this address.
    pub(super) fn find(&self, url: &Url) -> Option<Whereabouts> {
        let asked = key(url.as_str());
        let known = |names: &Vec<Name>| {
            names.iter().enumerate().find_map(|(at, name)| Some((at, Spot::find(&name.key, &asked)?)))
        };
        let (at, spot) = self.0.iter().rev().find_map(known)?;
        let named_in = |names: &Vec<Name>| Url::parse(&spot.name(&names.get(at)?.url)).ok();
        let (first, now) = (named_in(self.0.first()?)?, named_in(self.0.last()?)?);
        let name = if key(first.as_str()) == key(now.as_str()) { now.clone() } else { first };
        Some(Whereabouts { now, name })
    }
}

fn key(url: &str) -> String {
    ResourceKey::of_url(url, &KeyRules::default()).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(described: &Described, url: &str) -> Option<(String, String)> {
        let found = described.find(&Url::parse(url).unwrap())?;
        Some((found.now.into(), found.name.into()))
    }

    fn names(of: &[&str]) -> Vec<String> {
        of.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_newest_signature_counts() {
        let mut described = Described::default();
        described.learn(names(&["https://a/i?token=1", "https://a/$Number$?token=1&q=2"]), false);
        described.learn(names(&["https://a/i?token=2", "https://a/$Number$?token=2&q=2"]), false);
        let now = "https://a/7?token=2&q=2".to_owned();
        assert_eq!(find(&described, "https://a/7?q=2&token=1"), Some((now.clone(), now)));
        assert_eq!(find(&described, "https://a/7?q=3&token=1"), None);
    }

    #[test]
    fn what_has_its_signature_in_its_path_keeps_its_first_name() {
        let mut described = Described::default();
        for token in 0..40 {
            described.learn(names(&[&format!("https://a/{token}/i"), &format!("https://a/{token}/$Time$")]), false);
        }
        let known = ("https://a/39/500".to_owned(), "https://a/0/500".to_owned());
        for token in [0, 30, 39] {
            assert_eq!(find(&described, &format!("https://a/{token}/500")), Some(known.clone()));
        }
    }

    #[test]
    fn what_a_live_description_does_not_name_any_more_is_gone() {
        let mut described = Described::default();
        described.learn(names(&["https://a/1", "https://a/2"]), true);
        described.learn(names(&["https://a/2", "https://a/3"]), true);
        assert_eq!(find(&described, "https://a/1"), None);
        assert!(find(&described, "https://a/2").is_some());
    }
}
