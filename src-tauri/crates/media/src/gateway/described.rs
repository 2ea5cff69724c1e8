//! What the descriptions of a DASH stream name. A player goes on with the description that it read first, so what an older
//! one named is known too, and where it is now.

use crate::dash::{Spot, literal};
use crate::{KeyRules, ResourceKey};
use reqwest::Url;
use std::cell::Cell;
use std::collections::HashMap;

/// Descriptions whose names differ by more than signatures in their queries that are known at once.
const DESCRIPTIONS_MAX: usize = 16;

/// The names of one stream, of its descriptions from the first to the newest.
#[derive(Debug, Default)]
pub(super) struct Described {
    descriptions: Vec<Description>,
    tick: Cell<u64>,
}

/// The names of one description. Their keys are the addresses without signatures.
#[derive(Debug, Default)]
struct Description {
    /// The addresses, with templates for what numbers their segments.
    urls: Vec<String>,
    /// Which of them are those of one file each, by their keys: of a list of segments there are thousands.
    files: HashMap<String, usize>,
    /// The keys of the others.
    templates: Vec<(usize, String)>,
    /// When something was last sought and found by it.
    used: Cell<u64>,
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
        let new = Description::new(names);
        new.used.set(self.tick());
        if self.descriptions.last().is_some_and(|known| known.is_same(&new)) {
            self.descriptions.pop();
        } else if live || self.descriptions.last().is_some_and(|known| known.urls.len() != new.urls.len()) {
            self.descriptions.clear();
        }
        self.descriptions.push(new);
        if self.descriptions.len() > DESCRIPTIONS_MAX {
            // The first gives names to all, and the last is where everything is. A player may go on with any other.
            let others = 1..self.descriptions.len() - 1;
            if let Some(idle) = others.min_by_key(|at| self.descriptions[*at].used.get()) {
                self.descriptions.remove(idle);
            }
        }
    }

    /// Where something is that one of the descriptions named by this address.
    pub(super) fn find(&self, url: &Url) -> Option<Whereabouts> {
        let asked = key(url.as_str());
        let known = |of: &Description| {
            let found = of.find(&asked)?;
            of.used.set(self.tick());
            Some(found)
        };
        let (at, spot) = self.descriptions.iter().rev().find_map(known)?;
        let named_in = |of: &Description| Url::parse(&spot.name(of.urls.get(at)?)).ok();
        let (first, now) = (named_in(self.descriptions.first()?)?, named_in(self.descriptions.last()?)?);
        let name = if key(first.as_str()) == key(now.as_str()) { now.clone() } else { first };
        Some(Whereabouts { now, name })
    }

    fn tick(&self) -> u64 {
        self.tick.set(self.tick.get() + 1);
        self.tick.get()
    }
}

impl Description {
    fn new(urls: Vec<String>) -> Self {
        let mut new = Self::default();
        for (at, url) in urls.iter().enumerate() {
            let key = key(url);
            match literal(&key) {
                // What is named twice is where it is named first.
                Some(file) => _ = new.files.entry(file).or_insert(at),
                None => new.templates.push((at, key)),
            }
        }
        Self { urls, ..new }
    }

    /// Whether it differs by signatures alone.
    fn is_same(&self, other: &Self) -> bool {
        (self.urls.len(), &self.files, &self.templates) == (other.urls.len(), &other.files, &other.templates)
    }

    fn find(&self, asked: &str) -> Option<(usize, Spot)> {
        let file = self.files.get(asked).map(|at| (*at, Spot::default()));
        file.or_else(|| self.templates.iter().find_map(|(at, key)| Some((*at, Spot::find(key, asked)?))))
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

    #[test]
    fn what_a_player_goes_on_with_is_not_forgotten_however_often_signatures_are_renewed() {
        let mut described = Described::default();
        for token in 0..100 {
            described.learn(names(&[&format!("https://a/{token}/$Number$")]), false);
            if token >= 4 {
                let now = format!("https://a/{token}/7");
                assert_eq!(find(&described, "https://a/4/7"), Some((now, "https://a/0/7".to_owned())));
            }
        }
        assert_eq!(find(&described, "https://a/50/7"), None);
        assert!(find(&described, "https://a/99/7").is_some());
    }

    #[test]
    fn of_many_names_every_file_and_every_template_is_found() {
        let of = |token: u32| {
            let mut names: Vec<String> =
                (0..20_000).map(|at| format!("https://a/{token}/f{at}$$.m4s?sign=1")).collect();
            names.insert(10_000, format!("https://a/{token}/$Number$-$Time$"));
            names.push(format!("https://a/{token}/f7$$.m4s"));
            names
        };
        let mut described = Described::default();
        described.learn(of(1), false);
        described.learn(of(2), false);
        for at in 0..20_000 {
            let found = find(&described, &format!("https://a/1/f{at}$.m4s?sign=2"));
            let now = format!("https://a/2/f{at}$.m4s?sign=1");
            assert_eq!(found, Some((now, format!("https://a/1/f{at}$.m4s?sign=1"))));
        }
        let found = find(&described, "https://a/1/3-500");
        assert_eq!(found, Some(("https://a/2/3-500".to_owned(), "https://a/1/3-500".to_owned())));
        for unknown in ["https://a/1/f20000$.m4s", "https://a/1/f1$$.m4s", "https://a/1/f-5", "https://a/3/f1$.m4s"] {
            assert_eq!(find(&described, unknown), None, "{unknown}");
        }
    }
}
