//! Opening a cache: who may write, and bringing index and files together again.
//!
//! With a sound index, rows without files and files without rows are dropped. Without one, the fragments say themselves
//! what they are, so that a broken index does not cost the cache (only who is a download must be said again).

use super::files::{Files, Found};
use super::index::{Contents, FragmentRow, Index, ResourceRow, is_damage};
use super::limit::{Limit, free_disk};
use super::state::State;
use super::{CacheError, FRAGMENT_MAX, Mode, Store};
use crate::{Ranges, ResourceKey};
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

const INDEX: &str = "index.sqlite3";
const LOCK: &str = "cache.lock";
/// Given up when the disk is so full that the index cannot be opened, for else the cache could not give way either.
const RESERVE: &str = "reserve";
/// Bytes of it: SQLite's shared memory (32 KiB), the head of its log, and some pages.
const RESERVE_BYTES: usize = 256 << 10;
/// A process that only reads numbers what it alone knows from here on, out of the writer's way.
const READ_ONLY_IDS: i64 = 1 << 62;

pub(super) fn open(dir: &Path, limit: Limit, clock: super::Clock) -> Result<Store, CacheError> {
    let failed = |source| CacheError::Folder { path: dir.to_path_buf(), source };
    std::fs::create_dir_all(dir).map_err(failed)?;
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join(LOCK)).map_err(failed)?;
    let mode = match lock.try_lock() {
        Ok(()) => Mode::Writable,
        Err(TryLockError::WouldBlock) => Mode::ReadOnly,
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the cache's folder has no file locks");
            Mode::Writable
        }
    };
    match mode {
        Mode::Writable => writable(dir, limit, clock, lock),
        Mode::ReadOnly => read_only(dir, limit, clock, lock),
    }
}

fn read_only(dir: &Path, limit: Limit, clock: super::Clock, lock: File) -> Result<Store, CacheError> {
    let path = dir.join(INDEX);
    let failed = |source| CacheError::Index { path: path.clone(), source };
    let index = Index::open_read_only(&path).map_err(failed)?;
    let mut state = State::new(0, READ_ONLY_IDS);
    take_over(&mut state, index.contents().map_err(failed)?);
    state.limit = limit.bytes(free_disk(dir), state.bytes());
    tracing::warn!(dir = %dir.display(), "another process is using the cache: it is only read");
    Ok(Store {
        dir: dir.to_path_buf(),
        mode: Mode::ReadOnly,
        files: Files::new(dir),
        index: Mutex::new(index),
        state: Mutex::new(state),
        clock,
        lock,
    })
}

fn writable(dir: &Path, limit: Limit, clock: super::Clock, lock: File) -> Result<Store, CacheError> {
    let path = dir.join(INDEX);
    let failed = |source| CacheError::Index { path: path.clone(), source };
    let files = Files::new(dir);
    files.prepare().map_err(|(path, source)| CacheError::Folder { path, source })?;
    let reserve = dir.join(RESERVE);
    let mut index = match Index::open(&path) {
        // Whatever is the matter: without the reserve it may be better.
        Err(_) if std::fs::remove_file(&reserve).is_ok() => Index::open(&path),
        opened => opened,
    }
    .map_err(failed)?;
    let found = files.list().map_err(|source| CacheError::Folder { path: dir.to_path_buf(), source })?;
    let mut state = State::new(0, 1);
    let rows = if index.is_complete().map_err(failed)? { Some(index.contents()) } else { None };
    match rows {
        Some(Ok(rows)) => reconcile(&mut state, &files, rows, &found),
        Some(Err(error)) if !is_damage(&error) => return Err(failed(error)),
        unusable => {
            take_over(&mut state, described(&files, &found));
            let everything = state.everything();
            match unusable {
                None => index.fill(&everything),
                Some(_) => index.replace(&everything),
            }
            .map_err(failed)?;
        }
    }
    state.limit = limit.bytes(free_disk(dir), state.bytes());
    let store = Store {
        dir: dir.to_path_buf(),
        mode: Mode::Writable,
        files,
        index: Mutex::new(index),
        state: Mutex::new(state),
        clock,
        lock,
    };
    store.shrink();
    if !reserve.exists() && keep_reserve(&reserve).is_err() {
        store.give_way(2 * RESERVE_BYTES as u64);
        if let Err(error) = keep_reserve(&reserve) {
            tracing::warn!(%error, "the cache has no reserve for a full disk");
        }
    }
    // On a full disk this fails, and goes along with a later commit.
    if let Err(error) = store.flush() {
        tracing::warn!(%error, "the cache's index does not know yet what was dropped");
    }
    Ok(store)
}

fn keep_reserve(path: &Path) -> io::Result<()> {
    // Not zeros, which some file systems do not store.
    std::fs::write(path, [0x5a; RESERVE_BYTES]).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

/// Keeps what has both a row and a file of the right size.
fn reconcile(state: &mut State, files: &Files, rows: Contents, found: &[Found]) {
    let on_disk: HashMap<_, _> = found.iter().map(|file| ((file.resource, file.offset), file.size)).collect();
    let known: HashSet<_> = rows.resources.iter().map(|row| row.id).collect();
    let sound = |row: &FragmentRow| {
        known.contains(&row.resource)
            && row.length <= FRAGMENT_MAX as u64
            && row.length < row.size
            && row.offset < i64::MAX as u64
            && on_disk.get(&(row.resource, row.offset)) == Some(&row.size)
    };
    let kept: HashSet<_> =
        rows.fragments.iter().filter(|row| sound(row)).map(|row| (row.resource, row.offset)).collect();
    let (mut orphans, mut lost) = (0, 0);
    for file in found.iter().filter(|file| !kept.contains(&(file.resource, file.offset))) {
        files.remove(file.resource, file.offset);
        files.remove_folder(file.resource);
        orphans += 1;
    }
    take_over(state, rows);
    for file in state.all() {
        if !kept.contains(&(file.resource, file.offset)) {
            state.drop_fragment(file.resource, file.offset);
            lost += 1;
        }
    }
    for key in state.keys() {
        if state.ranges(&key).is_empty() {
            state.forget(&key);
        }
    }
    if orphans + lost > 0 {
        tracing::info!(orphans, lost, "the cache dropped files without rows and rows without files");
    }
}

fn take_over(state: &mut State, rows: Contents) {
    let mut fragments: HashMap<i64, Vec<FragmentRow>> = HashMap::new();
    for row in rows.fragments {
        fragments.entry(row.resource).or_default().push(row);
    }
    for resource in rows.resources {
        let of_it = fragments.remove(&resource.id).unwrap_or_default();
        state.adopt(resource, of_it);
    }
    for key in rows.downloads {
        state.adopt_download(key);
    }
}

/// The rows that the fragments' own descriptions make. What does not fit together is deleted: of two versions of a
/// resource the older one, and of one version what contradicts or overlaps the rest.
fn described(files: &Files, found: &[Found]) -> Contents {
    let mut found = found.to_vec();
    // Versions are numbered upwards: the newest first.
    found.sort_by_key(|file| (std::cmp::Reverse(file.resource), file.offset));
    let mut resources: HashMap<String, ResourceRow> = HashMap::new();
    let mut names: HashMap<i64, String> = HashMap::new();
    let mut covered: HashMap<i64, Ranges> = HashMap::new();
    let mut fragments = Vec::new();
    for file in found {
        let fits = files.describe(file).filter(|footer| {
            let row = resources.get(&footer.key);
            let end = footer.offset.saturating_add(footer.length);
            footer.length <= FRAGMENT_MAX as u64
                && end < i64::MAX as u64
                && names.get(&file.resource).is_none_or(|name| *name == footer.key)
                && row.is_none_or(|row| row.id == file.resource && row.validator.agrees_with(&footer.validator))
                && covered.get(&file.resource).is_none_or(|ranges| ranges.intersect(footer.offset..end).is_empty())
        });
        let Some(footer) = fits else {
            files.remove(file.resource, file.offset);
            files.remove_folder(file.resource);
            continue;
        };
        covered.entry(file.resource).or_default().insert(footer.offset..footer.offset + footer.length);
        names.insert(file.resource, footer.key.clone());
        let row = resources.entry(footer.key.clone()).or_insert_with(|| ResourceRow {
            id: file.resource,
            key: ResourceKey::new(footer.key),
            validator: footer.validator.clone(),
        });
        // Later fragments may know more than the first ones.
        row.validator.etag = row.validator.etag.take().or(footer.validator.etag);
        row.validator.last_modified = row.validator.last_modified.take().or(footer.validator.last_modified);
        row.validator.length = row.validator.length.or(footer.validator.length);
        fragments.push(FragmentRow {
            resource: file.resource,
            offset: footer.offset,
            length: footer.length,
            size: file.size,
            checksum: footer.checksum,
            used: files.modified(file).duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64),
        });
    }
    tracing::warn!(fragments = fragments.len(), "the cache's index was made anew from the fragments");
    Contents { resources: resources.into_values().collect(), fragments, downloads: Vec::new() }
}

/// What another process knows of a resource by now.
pub(super) fn look_again(state: &mut State, index: &Index, key: &ResourceKey) -> rusqlite::Result<()> {
    let Contents { resources, fragments, .. } = index.contents()?;
    let Some(row) = resources.into_iter().find(|row| row.key == *key) else { return Ok(()) };
    state.forget(key);
    let id = row.id;
    state.adopt(row, fragments.into_iter().filter(|fragment| fragment.resource == id).collect());
    Ok(())
}
