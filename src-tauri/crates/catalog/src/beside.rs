//! What lies beside a video: its NFO, its subtitles, its picture; and the posters of a series.
//!
//! Each folder is indexed once, by folded names, so that a folder with thousands of files costs no more than it must.

use crate::folder::SkipReason;
use crate::group::Draft;
use crate::naming::{is_subtitle_folder, parse_file_name};
use crate::nfo::{self, Nfo, ShowNfo, parse_nfo};
use crate::order::natural_key;
use crate::sidecar::parse_suffix;
use crate::text::{Folded, fold};
use crate::walk::{Disk, File, FileKind, Problems, Tree};
use model::Sidecar;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Most subtitle files of one episode.
const MAX_SIDECARS: usize = 200;

/// What an episode's NFO says, its blocks put together.
#[derive(Debug, Clone, Default)]
pub(crate) struct VideoNfo {
    pub(crate) season: Option<u16>,
    pub(crate) number: Option<u32>,
    pub(crate) number_end: Option<u32>,
    pub(crate) title: Option<String>,
    pub(crate) synopsis: Option<String>,
    pub(crate) duration_ms: Option<u64>,
}

/// Everything beside one video.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) nfo: VideoNfo,
    pub(crate) sidecars: Vec<Sidecar>,
    pub(crate) picture: Option<PathBuf>,
}

/// One folder, by folded names without extensions.
struct Index {
    nfos: HashMap<String, PathBuf>,
    pictures: HashMap<String, (usize, PathBuf)>,
    /// By index of the video among the folder's files.
    sidecars: HashMap<usize, Vec<Sidecar>>,
}

/// Looks beside videos.
pub(crate) struct Beside<'a> {
    disk: &'a dyn Disk,
    tree: &'a Tree,
    problems: &'a mut Problems,
    indexes: HashMap<usize, Index>,
}

impl<'a> Beside<'a> {
    pub(crate) fn new(disk: &'a dyn Disk, tree: &'a Tree, problems: &'a mut Problems) -> Self {
        Self { disk, tree, problems, indexes: HashMap::new() }
    }

    /// What lies beside a video.
    pub(crate) fn of_video(&mut self, folder: usize, file: usize) -> Found {
        let stem = fold(&self.tree.folders[folder].files[file].stem);
        let index = self.index(folder);
        let picture = index.pictures.get(&format!("{stem}-thumb")).or_else(|| index.pictures.get(&stem));
        let picture = picture.map(|p| p.1.clone());
        let sidecars = index.sidecars.remove(&file).unwrap_or_default();
        let nfo = index.nfos.get(&stem).cloned().and_then(|path| self.read_nfo(&path));
        Found { nfo: nfo.map(video_nfo).unwrap_or_default(), sidecars, picture }
    }

    /// What `tvshow.nfo` in a folder says.
    pub(crate) fn show_nfo(&mut self, folder: usize) -> Option<ShowNfo> {
        let path = self.index(folder).nfos.get("tvshow").cloned()?;
        self.read_nfo(&path)?.show
    }

    /// The series' poster, else the first season's.
    pub(crate) fn poster(&mut self, draft: &Draft) -> Option<PathBuf> {
        let tree = self.tree;
        let home = &tree.folders[draft.home];
        let mut names = vec![format!("{}-poster", fold(&draft.title)), fold(&draft.title)];
        if draft.key.is_none() {
            names.push(format!("{}-poster", fold(&home.name)));
            names.extend(["poster", "folder", "cover", "show", "season-all-poster"].map(str::to_owned));
        }
        if let Some(found) = self.first_picture(draft.home, &names) {
            return Some(found);
        }
        if draft.key.is_none() {
            let pictures = &self.index(draft.home).pictures;
            let is_season = |name: &&String| name.starts_with("season") && name.ends_with("-poster");
            if let Some(first) = pictures.keys().filter(is_season).min_by_key(|n| natural_key(n)) {
                return pictures.get(first).map(|p| p.1.clone());
            }
        }
        let seasons = draft.seasons.iter();
        let names = ["poster", "folder", "cover"].map(str::to_owned);
        seasons.copied().find_map(|season| self.first_picture(season, &names))
    }

    fn first_picture(&mut self, folder: usize, names: &[String]) -> Option<PathBuf> {
        let pictures = &self.index(folder).pictures;
        names.iter().find_map(|name| pictures.get(name)).map(|p| p.1.clone())
    }

    fn read_nfo(&mut self, path: &Path) -> Option<Nfo> {
        match self.disk.read(path, nfo::MAX_BYTES + 1) {
            Ok(bytes) => {
                let nfo = parse_nfo(&bytes);
                if let Some(problem) = &nfo.problem {
                    self.problems.add(path, SkipReason::BadNfo(problem.clone()));
                }
                Some(nfo)
            }
            Err(error) => {
                self.problems.add(path, SkipReason::of(&error));
                None
            }
        }
    }

    fn index(&mut self, folder: usize) -> &mut Index {
        let tree = self.tree;
        self.indexes.entry(folder).or_insert_with(|| index_of(tree, folder))
    }
}

fn index_of(tree: &Tree, at: usize) -> Index {
    let folder = &tree.folders[at];
    let mut index = Index { nfos: HashMap::new(), pictures: HashMap::new(), sidecars: HashMap::new() };
    for file in &folder.files {
        match file.kind {
            FileKind::Nfo => {
                index.nfos.entry(fold(&file.stem)).or_insert_with(|| file.path.clone());
            }
            FileKind::Picture(rank) => {
                let place = index.pictures.entry(fold(&file.stem)).or_insert_with(|| (rank, file.path.clone()));
                if rank < place.0 {
                    *place = (rank, file.path.clone());
                }
            }
            FileKind::Video | FileKind::Subtitle => {}
        }
    }
    let videos = Videos::of(&folder.files);
    let mut found: Vec<(usize, Sidecar)> = Vec::new();
    let subtitles =
        |files: &'_ [File]| files.iter().filter(|f| f.kind == FileKind::Subtitle).cloned().collect::<Vec<_>>();
    for file in subtitles(&folder.files) {
        found.extend(videos.owner(&file.stem, false).map(|(video, suffix)| (video, sidecar(&file, &suffix))));
    }
    for child in folder.folders.iter().map(|c| &tree.folders[*c]).filter(|c| is_subtitle_folder(&c.name)) {
        for file in subtitles(&child.files) {
            found.extend(videos.owner(&file.stem, true).map(|(video, suffix)| (video, sidecar(&file, &suffix))));
        }
        // `Subs/<episode>/2_English.srt`
        for inner in child.folders.iter().map(|c| &tree.folders[*c]) {
            let owner = videos.owner(&inner.name, true).map(|o| o.0);
            for file in subtitles(&inner.files) {
                let suffix = videos.by_name(&file.stem).map_or_else(|| file.stem.clone(), |(_, suffix)| suffix);
                found.extend(owner.map(|video| (video, sidecar(&file, &suffix))));
            }
        }
    }
    found.sort_by_cached_key(|(_, s)| {
        let name = s.media.as_file().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        (natural_key(&name.unwrap_or_default()), s.media.clone())
    });
    for (video, sidecar) in found {
        let list = index.sidecars.entry(video).or_default();
        if list.len() < MAX_SIDECARS {
            list.push(sidecar);
        }
    }
    index
}

fn sidecar(file: &File, suffix: &str) -> Sidecar {
    let suffix = parse_suffix(suffix);
    Sidecar {
        media: file.path.clone().into(),
        language: suffix.language,
        title: suffix.title,
        forced: suffix.forced,
        default: suffix.default,
        hearing_impaired: suffix.hearing_impaired,
    }
}

/// The videos of a folder, by name and by number.
struct Videos {
    by_stem: HashMap<String, usize>,
    /// Season, index.
    by_number: HashMap<u32, Vec<(Option<u16>, usize)>>,
    only: Option<usize>,
}

impl Videos {
    fn of(files: &[File]) -> Self {
        let videos: Vec<_> = files.iter().enumerate().filter(|(_, f)| f.kind == FileKind::Video).collect();
        let mut by_number: HashMap<u32, Vec<(Option<u16>, usize)>> = HashMap::new();
        for (at, file) in &videos {
            let name = parse_file_name(&file.stem);
            if let Some(number) = name.number {
                by_number.entry(number).or_default().push((name.season, *at));
            }
        }
        let only = if let [(at, _)] = videos.as_slice() { Some(*at) } else { None };
        Self { by_stem: videos.iter().map(|(at, f)| (fold(&f.stem), *at)).collect(), by_number, only }
    }

    /// The video that a subtitle belongs to, and the suffix of its name: by the longest name of a video that it begins
    /// with, else by the only video with its number, else (in a folder of subtitles) by being the only video.
    fn owner(&self, stem: &str, in_subtitle_folder: bool) -> Option<(usize, String)> {
        if let Some(found) = self.by_name(stem) {
            return Some(found);
        }
        let head = without_suffix(stem);
        let name = parse_file_name(head);
        // `2_English` is the second track, not the second episode.
        if let Some(number) = name.number.filter(|_| name.certain || name.title.is_none()) {
            let same = self.by_number.get(&number).map(Vec::as_slice).unwrap_or_default();
            let fits = |s: &Option<u16>| name.season.is_none() || s.is_none() || *s == name.season;
            let mut fitting = same.iter().filter(|(season, _)| fits(season));
            if let (Some((_, video)), None) = (fitting.next(), fitting.next()) {
                return Some((*video, stem.get(head.len()..).unwrap_or_default().to_owned()));
            }
        }
        let suffix = parse_suffix(stem);
        let says_language = suffix.language.is_some() && suffix.title.is_none();
        self.only.filter(|_| in_subtitle_folder || says_language).map(|video| (video, stem.to_owned()))
    }

    fn by_name(&self, stem: &str) -> Option<(usize, String)> {
        let folded = Folded::new(stem);
        let text = &folded.text;
        let ends = text.char_indices().filter(|(_, c)| " ._-([,&+".contains(*c)).map(|(at, _)| at);
        let ends: Vec<usize> = ends.chain([text.len()]).collect();
        ends.into_iter().rev().find_map(|end| {
            let video = self.by_stem.get(text.get(..end)?)?;
            Some((*video, folded.original(end, text.len())))
        })
    }
}

/// The name without the words at its end that say what a subtitle is: `S01E12.zh.forced` is `S01E12`.
fn without_suffix(stem: &str) -> &str {
    let dots = stem.match_indices('.').map(|(at, _)| at);
    let mut known = dots.filter(|at| parse_suffix(&stem[*at..]).title.is_none());
    stem.get(..known.next().unwrap_or(stem.len())).unwrap_or(stem)
}

fn video_nfo(nfo: Nfo) -> VideoNfo {
    let Some(first) = nfo.episodes.first() else { return VideoNfo::default() };
    let same_season = nfo.episodes.iter().filter(|e| e.season == first.season);
    let last = same_season.filter_map(|e| e.number).max();
    let mut titles: Vec<&str> = nfo.episodes.iter().filter_map(|e| e.title.as_deref()).collect();
    titles.dedup();
    titles.truncate(4);
    VideoNfo {
        season: first.season,
        number: first.number,
        number_end: last.filter(|last| first.number.is_some_and(|n| *last > n)),
        title: (!titles.is_empty()).then(|| titles.join(" / ")),
        synopsis: nfo.episodes.iter().find_map(|e| e.synopsis.clone()),
        // With several episodes in the file each block counts its own part.
        duration_ms: if nfo.episodes.len() == 1 { first.duration_ms } else { None },
    }
}
