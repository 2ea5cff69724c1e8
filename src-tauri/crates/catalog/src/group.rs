//! Decides which files make one series: by season folders, by `tvshow.nfo`, by the names of folders and of shows.
//!
//! A folder that holds videos, seasons or a `tvshow.nfo` is a series named after the folder. Where the names of the
//! files in one folder tell of several shows, they are parted by show. Everything else is a shelf with folders on it.

use crate::naming::{
    FileName, clean_title, is_ignored_folder, is_part_folder, is_subtitle_folder, number, parse_file_name_after,
    parse_season_folder,
};
use crate::text::fold;
use crate::walk::{FileKind, Folder, Tree};
use std::collections::{BTreeMap, HashSet};

/// A video with what the names around it say.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) folder: usize,
    /// Index among the folder's files.
    pub(crate) file: usize,
    /// From the season folder.
    pub(crate) season: Option<u16>,
    pub(crate) name: FileName,
}

/// A series before the files beside it were read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    /// The folder that it lives in.
    pub(crate) home: usize,
    /// The show's name for the identifier, where the series is only a part of its folder.
    pub(crate) key: Option<String>,
    pub(crate) title: String,
    pub(crate) year: Option<u16>,
    pub(crate) items: Vec<Item>,
    /// Season folders, for their posters.
    pub(crate) seasons: Vec<usize>,
}

/// What a folder inside another one is.
enum Child {
    Season(u16),
    /// The season of a show that has no folder of its own.
    ShowSeason(String, u16),
    Part,
    /// A folder around one file.
    Episode(FileName),
    Other,
}

/// Groups the whole tree.
pub(crate) fn group(tree: &Tree) -> Vec<Draft> {
    let mut grouping = Grouping { tree, drafts: Vec::new() };
    grouping.visit(0);
    grouping.drafts.retain(|d| !d.items.is_empty());
    grouping.drafts
}

struct Grouping<'t> {
    tree: &'t Tree,
    drafts: Vec<Draft>,
}

impl Grouping<'_> {
    fn folder(&self, at: usize) -> &Folder {
        &self.tree.folders[at]
    }

    /// Recursion is bounded by the depth of the tree.
    fn visit(&mut self, at: usize) {
        let is_root = at == 0;
        let (title, year, own_season) = self.title_of(at);
        let has_nfo = self.folder(at).files.iter().any(|f| f.kind == FileKind::Nfo && fold(&f.stem) == "tvshow");
        let has_videos = self.folder(at).files.iter().any(|f| f.kind == FileKind::Video);
        let children: Vec<usize> = self.folder(at).folders.clone();
        let children =
            children.into_iter().filter(|c| self.folder(*c).videos > 0 && !is_subtitle_folder(&self.folder(*c).name));
        let mut kinds: Vec<(usize, Child)> = children.map(|c| (c, self.child_kind(at, c, &title))).collect();
        self.adopt(is_root, has_videos || has_nfo, &mut kinds);
        let is_inside = |c: &Child| matches!(c, Child::Season(_) | Child::Part | Child::Episode(_));
        let is_series = has_nfo || has_videos || kinds.iter().any(|(_, c)| is_inside(c));
        let has_seasons = kinds.iter().any(|(_, c)| matches!(c, Child::Season(_)));

        let mut draft = Draft { home: at, title: title.clone(), year, ..Draft::default() };
        let mut shows: BTreeMap<String, Draft> = BTreeMap::new();
        let mut others = Vec::new();
        for (child, kind) in kinds {
            match kind {
                Child::Season(season) => {
                    draft.seasons.push(child);
                    self.collect(child, Some(season), &title, &mut draft.items);
                }
                Child::ShowSeason(show, season) => {
                    let named = shows.entry(key_of(&show)).or_insert_with(|| show_draft(at, &show));
                    named.seasons.push(child);
                    self.collect(child, Some(season), &show, &mut named.items);
                }
                Child::Part => self.collect(child, own_season, &title, &mut draft.items),
                Child::Episode(name) => {
                    let first = draft.items.len();
                    self.collect(child, own_season, &title, &mut draft.items);
                    for item in &mut draft.items[first..] {
                        if !item.name.certain {
                            let file_title = item.name.title.take().filter(|_| item.name.number.is_some());
                            item.name = name.clone();
                            item.name.title = item.name.title.take().or(file_title);
                        }
                    }
                }
                Child::Other if is_series && is_ignored_folder(&self.folder(child).name, true) => {}
                // Everything below a `tvshow.nfo` belongs to the show.
                Child::Other if has_nfo && !is_root => self.collect(child, own_season, &title, &mut draft.items),
                Child::Other => others.push(child),
            }
        }
        let mut direct = Vec::new();
        self.collect_direct(at, own_season, &title, &mut direct);
        if has_nfo || has_seasons {
            draft.items.append(&mut direct);
        } else {
            part_by_show(at, direct, !others.is_empty(), &mut draft, &mut shows);
        }
        self.drafts.push(draft);
        self.drafts.extend(shows.into_values());
        for child in others {
            self.visit(child);
        }
    }

    fn child_kind(&self, at: usize, child: usize, title: &str) -> Child {
        let folder = self.folder(child);
        let has_nfo = folder.files.iter().any(|f| f.kind == FileKind::Nfo && fold(&f.stem) == "tvshow");
        if has_nfo {
            return Child::Other;
        }
        if let Some(season) = parse_season_folder(&folder.name) {
            return match season.show {
                Some(show) if key_of(&show) != key_of(title) => Child::ShowSeason(show, season.season),
                _ => Child::Season(season.season),
            };
        }
        if is_part_folder(&folder.name) {
            return Child::Part;
        }
        if folder.videos == 1 {
            let name = parse_file_name_after(&folder.name, &self.folder(at).name);
            let is_number = name.number.is_some() && name.show.is_none() && name.title.is_none();
            if name.certain || is_number {
                return Child::Episode(name);
            }
        }
        Child::Other
    }

    /// Settles what only all children together tell.
    fn adopt(&self, is_root: bool, is_series: bool, kinds: &mut [(usize, Child)]) {
        // `恋爱/Lian Ai S01`, `恋爱/Lian Ai S02`: one show, and the folder is its home.
        let shows: HashSet<String> = kinds
            .iter()
            .map(|(_, c)| if let Child::ShowSeason(show, _) = c { key_of(show) } else { String::new() })
            .collect();
        if (!is_root || is_series) && shows.len() == 1 {
            for (_, kind) in kinds.iter_mut() {
                if let Child::ShowSeason(_, season) = kind {
                    *kind = Child::Season(*season);
                }
            }
        }
        // `Show/1`, `Show/2`: seasons, where a show's folder holds nothing else.
        let plain = |at: usize| {
            let name = fold(&self.folder(at).name);
            let is_short_number = name.trim().len() <= 2 && name.trim().bytes().all(|b| b.is_ascii_digit());
            if is_short_number { number(name.trim()).and_then(|n| u16::try_from(n).ok()) } else { None }
        };
        let is_plain = |(at, c): &(usize, Child)| matches!(c, Child::Other | Child::Episode(_)) && plain(*at).is_some();
        let has_many = kinds.iter().any(|(at, _)| self.folder(*at).videos > 1);
        if !is_root && has_many && kinds.iter().all(is_plain) {
            for (at, kind) in kinds.iter_mut() {
                if let Some(season) = plain(*at) {
                    *kind = Child::Season(season);
                }
            }
        }
    }

    /// Every video at and below a folder.
    fn collect(&self, at: usize, season: Option<u16>, title: &str, items: &mut Vec<Item>) {
        self.collect_direct(at, season, title, items);
        for child in &self.folder(at).folders {
            let name = &self.folder(*child).name;
            if is_subtitle_folder(name) || is_ignored_folder(name, true) {
                continue;
            }
            let below = parse_season_folder(name).map(|s| s.season).or(season);
            let first = items.len();
            self.collect(*child, below, title, items);
            let folder = parse_file_name_after(name, title);
            if let [item] = &mut items[first..] {
                // `S01E02/random.mkv`
                if !item.name.certain && folder.certain {
                    item.name = folder;
                }
            }
        }
    }

    fn collect_direct(&self, at: usize, season: Option<u16>, title: &str, items: &mut Vec<Item>) {
        let files = self.folder(at).files.iter().enumerate().filter(|(_, f)| f.kind == FileKind::Video);
        let mut found: Vec<(usize, &str, FileName)> =
            files.map(|(i, f)| (i, f.stem.as_str(), parse_file_name_after(&f.stem, title))).collect();
        // A bare number that all names share is a part of the title (`3 Idiots 01`, `3 Idiots 02`), and where none was
        // found it may stand in the middle (`Class 7 01 a`): look after what all names begin with.
        let shared = found.first().and_then(|f| f.2.number);
        if found.len() >= 3 && found.iter().all(|f| !f.2.certain && f.2.number == shared) {
            let prefix = common_prefix(found.iter().map(|f| f.1));
            let again: Vec<FileName> = found.iter().map(|f| parse_file_name_after(f.1, &prefix)).collect();
            let numbers: HashSet<u32> = again.iter().filter_map(|name| name.number).collect();
            if numbers.len() > 1 && again.iter().all(|name| name.number.is_some()) {
                found.iter_mut().zip(again).for_each(|(old, new)| old.2 = new);
            }
        }
        items.extend(found.into_iter().map(|(file, _, name)| Item { folder: at, file, season, name }));
    }

    /// Title, year, and the season that the root's own name tells (`…/Show/Season 2` added as a source).
    fn title_of(&self, at: usize) -> (String, Option<u16>, Option<u16>) {
        let folder = self.folder(at);
        let season = if at == 0 { parse_season_folder(&folder.name) } else { None };
        let above = || {
            let parent = folder.path.parent().and_then(|p| p.file_name());
            parent.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let named = match &season {
            Some(season) => clean_title(&season.show.clone().unwrap_or_else(above)),
            None => clean_title(&folder.name),
        };
        let text = named.text.filter(|t| t.chars().any(char::is_alphanumeric));
        let title = text.unwrap_or_else(|| match folder.parent {
            // A folder named `1080p` is its parent's.
            Some(parent) => self.title_of(parent).0,
            None => match folder.name.trim() {
                "" => "/".to_owned(),
                name => name.to_owned(),
            },
        });
        (title, named.year, season.map(|s| s.season))
    }
}

/// Parts the videos of one folder by the shows that their names tell, or gives them all to the folder's series.
fn part_by_show(at: usize, direct: Vec<Item>, is_shelf: bool, draft: &mut Draft, shows: &mut BTreeMap<String, Draft>) {
    let show_key = |item: &Item| item.name.show.as_deref().and_then(|s| clean_title(s).text).map(|s| key_of(&s));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    direct.iter().filter_map(show_key).for_each(|key| *counts.entry(key).or_default() += 1);
    let home = key_of(&draft.title);
    let is_home = |key: &String| home.contains(key.as_str()) || key.contains(&home);
    let mut places = HashSet::new();
    let all_differ = direct.iter().all(|i| places.insert((i.name.season, i.name.number)));
    let one_each = counts.values().all(|n| *n == 1) && all_differ && direct.iter().all(|i| i.name.number.is_some());
    let is_one = counts.contains_key(&home)
        || counts.keys().all(is_home)
        || (counts.len() == 1 && !is_shelf)
        // Names before the number that differ from file to file are titles.
        || (one_each && counts.len() > 1);
    for item in direct {
        match show_key(&item).filter(|_| !is_one) {
            Some(key) => {
                let show = item.name.show.clone().unwrap_or_default();
                shows.entry(key).or_insert_with(|| show_draft(at, &show)).items.push(item);
            }
            None => draft.items.push(item),
        }
    }
}

fn show_draft(home: usize, show: &str) -> Draft {
    let named = clean_title(show);
    let title = named.text.unwrap_or_else(|| show.to_owned());
    Draft { home, key: Some(key_of(&title)), title, year: named.year, ..Draft::default() }
}

/// A show's name for comparing: letters and digits only.
fn key_of(name: &str) -> String {
    let folded = fold(name);
    let key: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    if key.is_empty() { folded } else { key }
}

/// What all names begin with, without digits at its end.
fn common_prefix<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let mut prefix: Vec<char> = names.next().unwrap_or_default().chars().collect();
    for name in names {
        let same = prefix.iter().zip(name.chars()).take_while(|(a, b)| **a == *b).count();
        prefix.truncate(same);
    }
    // `Class 7 0` of `Class 7 01` and `Class 7 02` goes back to `Class 7`.
    let mut prefix: String = prefix.into_iter().collect();
    let kept = prefix.trim_end_matches(|c: char| c.is_numeric());
    let digits = prefix.len() - kept.len();
    if digits < prefix.len() && kept.ends_with([' ', '_', '-', '.']) && kept.chars().any(char::is_numeric) {
        prefix.truncate(prefix.len() - digits);
    }
    prefix.trim_end_matches([' ', '_', '-', '.']).to_owned()
}
