//! The media cache's store: fragments of resources on the disk, which survive kills, power failures and full disks.
//!
//! A fragment is at most [`FRAGMENT_MAX`] bytes from one place of a resource, in a file of its own. It is written under a
//! temporary name, flushed, renamed, and then committed to the index: what [`Store::put`] has acknowledged outlives a
//! killed process. Its checksum is verified when it is read first, and again whenever its file has changed since.
//!
//! Whoever wants bytes says first what it knows of the resource ([`Store::resource`]), and gets a [`Version`] with which
//! it reads and writes. If a server's validator shows that the resource is another one now, everything cached of it goes
//! as a whole, and readers and writers of the old version get [`CacheError::Stale`] instead of a mixture of both.
//!
//! All calls block and may come from any thread. Readers wait for nobody's disk; writers take turns. No error here is a
//! reason to stop playing: bytes that cannot be read or kept still come from the network, and the next call tries again.

mod error;
mod files;
mod footer;
mod index;
mod limit;
mod opening;
pub(crate) mod ranges;
mod room;
mod state;
mod upkeep;

pub use error::{CacheError, ExportError};
pub use limit::Limit;
pub use room::{PinReason, Stats};
pub use upkeep::{VerifyProgress, VerifyReport};

use crate::{Ranges, ResourceKey, Validator};
use files::{Expected, Fault, Files, cost};
use footer::Footer;
use index::{Batch, FragmentRow, Index, is_damage};
use state::{Fit, State};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use xxhash_rust::xxh3::xxh3_64;

/// The most bytes that one fragment may have: 2 MiB.
pub const FRAGMENT_MAX: usize = 2 << 20;

type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// A cache's folder, opened. Dropping it commits what the index does not know yet (when fragments were last read).
pub struct Store {
    dir: PathBuf,
    mode: Mode,
    files: Files,
    /// Taken before `state` by whoever needs both, and for the whole of a change: writers take turns.
    index: Mutex<Index>,
    /// Never held while the disk works, but for the deletion of a file.
    state: Mutex<State>,
    clock: Clock,
    /// Held as long as the store lives. The system lets go of it when the process dies, however it dies.
    lock: File,
}

/// Whether a store may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It may.
    Writable,
    /// Another process writes this cache: this one only reads what is there. It stays so until it is opened again.
    ReadOnly,
}

/// One version of a resource, as long as the store is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(i64);

/// How a resource was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing was known of it.
    New,
    /// What was known agrees.
    Known,
    /// The validator differed: it is another resource now, and what was cached of it is gone.
    Replaced,
}

/// What the cache has of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceState {
    /// What to read and write it with.
    pub version: Version,
    /// What is known of it by now.
    pub validator: Validator,
    /// Which bytes of it are cached.
    pub cached: Ranges,
    /// How it was found.
    pub found: Found,
}

impl Store {
    /// Opens the cache in `dir`, which is made if it is not there. If another process writes it, this one only reads
    /// ([`Store::mode`]). A corrupt or newer index is renamed and made anew. `clock` tells when fragments are used.
    ///
    /// # Errors
    /// [`CacheError::Folder`] and [`CacheError::Index`]. Try again later, and play from the network meanwhile.
    pub fn open(
        dir: &Path,
        limit: Limit,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, CacheError> {
        opening::open(dir, limit, Box::new(clock))
    }

    /// Whether this process may write.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Says what is known of a resource, and learns what is cached of it. A validator that says nothing agrees with
    /// everything: that is how to read without the network. If it disagrees, everything cached of the resource goes,
    /// pinned or not, and the resource begins anew (pins stay).
    ///
    /// # Errors
    /// [`CacheError::Index`], only where another process writes the cache.
    pub fn resource(&self, key: &ResourceKey, validator: &Validator) -> Result<ResourceState, CacheError> {
        if self.mode == Mode::ReadOnly {
            self.look_again(key)?;
        }
        let register = |state: &mut State, found| {
            if found != Found::Known || state.validator(key).is_some_and(|known| adds_to(known, validator)) {
                state.register(key, validator);
            }
            let version = state.version(key).unwrap_or(Version(0));
            let validator = state.validator(key).cloned().unwrap_or_default();
            ResourceState { version, validator, cached: state.ranges(key), found }
        };
        let mut state = self.state();
        match state.fit(key, validator) {
            Fit::Unknown => return Ok(register(&mut state, Found::New)),
            Fit::Agrees => return Ok(register(&mut state, Found::Known)),
            Fit::Disagrees => drop(state),
        }
        let mut index = self.index();
        let mut state = self.state();
        // Somebody else may have been faster.
        if state.fit(key, validator) != Fit::Disagrees {
            return Ok(register(&mut state, Found::Known));
        }
        tracing::info!(%key, "a cached resource was replaced on its server");
        let gone = state.forget(key);
        let resource = register(&mut state, Found::Replaced);
        drop(state);
        if self.mode == Mode::Writable {
            self.delete(&gone);
            if let Err(error) = self.commit(&mut index, Vec::new(), false) {
                tracing::warn!(%key, %error, "the cache's index does not know yet that a resource was replaced");
            }
        }
        Ok(resource)
    }

    /// Keeps `bytes`, which stand at `offset` in this version of the resource, after it has made room for them. What is
    /// already cached is left as it is. Tells how many bytes are new; they are committed when this returns.
    ///
    /// # Errors
    /// [`CacheError::Stale`], [`CacheError::TooLarge`], [`CacheError::OutOfBounds`] and [`CacheError::ReadOnly`] leave
    /// everything as it was; so do [`CacheError::NoRoom`], [`CacheError::DiskFull`], [`CacheError::Write`] and
    /// [`CacheError::Index`], except that a part of the bytes may be cached already, and others may have made room.
    pub fn put(&self, key: &ResourceKey, version: Version, offset: u64, bytes: &[u8]) -> Result<u64, CacheError> {
        if bytes.len() > FRAGMENT_MAX {
            return Err(CacheError::TooLarge { length: bytes.len() });
        }
        let mut index = self.writing()?;
        let end = offset.saturating_add(bytes.len() as u64);
        let holes = {
            let state = self.state();
            check_version(&state, key, version)?;
            let total = state.validator(key).and_then(|validator| validator.length).unwrap_or(i64::MAX as u64);
            if end > total.min(i64::MAX as u64) {
                return Err(CacheError::OutOfBounds { key: key.clone(), end, total });
            }
            state.holes(key, offset..end)
        };
        for hole in holes.iter() {
            let part = bytes.get((hole.start - offset) as usize..(hole.end - offset) as usize).unwrap_or_default();
            self.put_fragment(&mut index, key, version, hole.start, part)?;
        }
        Ok(holes.len())
    }

    fn put_fragment(
        &self,
        index: &mut Index,
        key: &ResourceKey,
        version: Version,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), CacheError> {
        let Version(id) = version;
        let (validator, durable, name_taken) = {
            let state = self.state();
            let validator = state.validator(key).cloned().unwrap_or_default();
            (validator, state.is_download(key), state.is_gone_pending(id, offset))
        };
        if name_taken {
            // Or a kill before the commit below would leave the old row with the new file.
            self.commit(index, Vec::new(), false)?;
        }
        let checksum = xxh3_64(bytes);
        let length = bytes.len() as u64;
        let footer = Footer { key: key.as_str().to_owned(), validator, offset, length, checksum };
        let needed = cost(length + footer.encode().len() as u64);
        self.make_room(needed)?;
        let mut written = self.files.write(id, &footer, bytes, durable);
        // If others filled the disk, the cache is the first to give way.
        if matches!(&written, Err(error) if is_full(error)) && self.give_way(2 * needed) {
            written = self.files.write(id, &footer, bytes, durable);
        }
        let size = written.map_err(|source| match is_full(&source) {
            true => CacheError::DiskFull { source },
            false => CacheError::Write { path: self.dir.clone(), source },
        })?;
        let used = self.state().tick((self.clock)());
        let row = FragmentRow { resource: id, offset, length, size, checksum, used };
        let committed = match self.commit(index, vec![row], durable) {
            // The fragment just fitted, and the index did not.
            Err(CacheError::DiskFull { .. }) if self.give_way(2 * needed) => self.commit(index, vec![row], durable),
            committed => committed,
        };
        committed.inspect_err(|_| self.files.remove(id, offset))
    }

    /// Reads cached bytes from `offset` on until `out` is full or something is missing, and tells how many; 0 where the
    /// first one is missing.
    ///
    /// # Errors
    /// [`CacheError::Stale`]; [`CacheError::Corrupt`] if the first fragment was not what had been written (it is dropped:
    /// the next call finds a hole); [`CacheError::Read`] if it cannot be read for now.
    pub fn read(&self, key: &ResourceKey, version: Version, offset: u64, out: &mut [u8]) -> Result<usize, CacheError> {
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let Some(at) = offset.checked_add(filled as u64) else { break };
            let found = {
                let mut state = self.state();
                check_version(&state, key, version)?;
                let Some(found) = state.find(key, at) else { break };
                state.touch(&found, (self.clock)());
                found
            };
            let from = at - found.offset;
            let length = (found.length - from).min(rest.len() as u64) as usize;
            let Some(part) = rest.get_mut(..length) else { break };
            match self.fill(&found, from, part) {
                Ok(()) => filled += length,
                // What was read is right. The next call is told of the rest.
                Err(_) if filled > 0 => break,
                Err(fault) => self.settle(key, &found, fault)?,
            }
        }
        Ok(filled)
    }

    /// Fills `out` from the byte `from` of a fragment, checked.
    fn fill(&self, found: &Expected, from: u64, out: &mut [u8]) -> Result<(), Fault> {
        let stamp = self.files.read(found, from, out)?;
        if found.verified != Some(stamp) {
            self.state().verified(found, stamp);
        }
        Ok(())
    }

    /// Drops a fragment that was not read because it is damaged, and tells so. No error if it was replaced or dropped
    /// while it was read, so that its file was no longer meant.
    fn settle(&self, key: &ResourceKey, found: &Expected, fault: Fault) -> Result<(), CacheError> {
        let (key, offset) = (key.clone(), found.offset);
        let mut state = self.state();
        if !state.still_has(found) {
            return Ok(());
        }
        match fault {
            Fault::Closed(source) => Err(CacheError::Read { key, offset, source }),
            Fault::Bad(reason) => {
                state.drop_fragment(found.resource, offset);
                if self.mode == Mode::Writable {
                    // Before anybody may write there again.
                    self.files.remove(found.resource, offset);
                }
                tracing::warn!(%key, offset, reason, "a cached fragment was damaged");
                Err(CacheError::Corrupt { key, offset, reason })
            }
        }
    }

    /// Which bytes of a resource are cached, whatever its version.
    pub fn ranges(&self, key: &ResourceKey) -> Ranges {
        self.state().ranges(key)
    }

    /// How many bytes the whole resource has, if that is known.
    pub fn total(&self, key: &ResourceKey) -> Option<u64> {
        self.state().validator(key)?.length
    }

    /// Whether all bytes of a resource are here.
    pub fn is_whole(&self, key: &ResourceKey) -> bool {
        self.total(key).is_some_and(|total| self.ranges(key).contains(0..total))
    }

    /// Commits what the index does not know yet.
    ///
    /// # Errors
    /// [`CacheError::ReadOnly`] and [`CacheError::Index`].
    pub fn flush(&self) -> Result<(), CacheError> {
        let mut index = self.writing()?;
        self.commit(&mut index, Vec::new(), false)
    }

    fn delete(&self, victims: &[(i64, u64)]) {
        for (resource, offset) in victims {
            self.files.remove(*resource, *offset);
            self.files.remove_folder(*resource);
        }
    }

    /// Commits what is pending and new fragments, which are known from then on. An index that proves damaged is made
    /// anew from what is known.
    fn commit(&self, index: &mut Index, fragments: Vec<FragmentRow>, flush: bool) -> Result<(), CacheError> {
        let batch = Batch { fragments, ..self.state().take_pending() };
        let result = match index.commit(&batch, flush) {
            Err(error) if is_damage(&error) => {
                let mut everything = self.state().everything();
                everything.fragments.extend(&batch.fragments);
                index.replace(&everything)
            }
            result => result,
        };
        let mut state = self.state();
        match result {
            Ok(()) => {
                batch.fragments.into_iter().for_each(|row| state.insert(row));
                Ok(())
            }
            Err(source) => {
                state.put_back(batch);
                let full = source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
                Err(match full {
                    true => CacheError::DiskFull { source: io::Error::other(source) },
                    false => CacheError::Index { path: index.path().to_path_buf(), source },
                })
            }
        }
    }

    fn look_again(&self, key: &ResourceKey) -> Result<(), CacheError> {
        let index = self.index();
        let mut state = self.state();
        opening::look_again(&mut state, &index, key)
            .map_err(|source| CacheError::Index { path: index.path().to_path_buf(), source })
    }

    /// The index of a store that may be written.
    fn writing(&self) -> Result<MutexGuard<'_, Index>, CacheError> {
        match self.mode {
            Mode::Writable => Ok(self.index()),
            Mode::ReadOnly => Err(CacheError::ReadOnly),
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.mode == Mode::ReadOnly {
            return;
        }
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "the cache was closed without its last commit");
        }
        // Closing the file is not enough: a process that another thread is just starting has it too, until it is run.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the cache is not unlocked");
        }
    }
}

fn check_version(state: &State, key: &ResourceKey, version: Version) -> Result<(), CacheError> {
    if state.version(key) == Some(version) { Ok(()) } else { Err(CacheError::Stale { key: key.clone() }) }
}

/// Whether the second knows something that the first does not.
fn adds_to(known: &Validator, new: &Validator) -> bool {
    (known.etag.is_none() && new.etag.is_some())
        || (known.last_modified.is_none() && new.last_modified.is_some())
        || (known.length.is_none() && new.length.is_some())
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
