//! How much room the cache takes, who makes room for others, and who is pinned and does not.

use super::limit::{Limit, free_disk};
use super::{CacheError, Mode, Store, Version};
use crate::ResourceKey;

/// Why something must stay in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PinReason {
    /// It is played. Counted, in memory.
    Current,
    /// It is played next. Counted, in memory.
    Next,
    /// The user wants to keep it. Said once or often, it is one pin; it outlives the process (not the loss of the
    /// index, so whoever lists the downloads should pin them again on starting).
    Download,
}

/// The cache in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Bytes that the fragments take on the disk, in whole blocks of 4 KiB, with what they say of themselves.
    pub bytes: u64,
    /// Bytes of those that are pinned.
    pub pinned_bytes: u64,
    /// How many fragments there are.
    pub fragments: usize,
    /// Of how many resources.
    pub resources: usize,
    /// Bytes that the cache may take.
    pub limit: u64,
    /// Whether this process may write.
    pub mode: Mode,
    /// Bytes that are free on the disk; `None` where that cannot be asked.
    pub free_disk: Option<u64>,
}

impl Store {
    /// Keeps what is or will be cached of a resource from making room for others.
    ///
    /// # Errors
    /// Only for [`PinReason::Download`]: [`CacheError::ReadOnly`]; [`CacheError::Write`] and [`CacheError::Index`], in
    /// which cases the pin holds in this process and is committed with the next change.
    pub fn pin(&self, key: &ResourceKey, reason: PinReason) -> Result<(), CacheError> {
        match reason {
            PinReason::Current => self.state().pins_mut(key).current += 1,
            PinReason::Next => self.state().pins_mut(key).next += 1,
            PinReason::Download => self.set_download(key, true)?,
        }
        Ok(())
    }

    /// Undoes one [`Store::pin`]; what was not pinned for this reason stays as it is. What pins had kept beyond a limit
    /// that was lowered meanwhile goes.
    ///
    /// # Errors
    /// As those of [`Store::pin`], and [`CacheError::Index`] if files were deleted and the index does not know it yet.
    pub fn unpin(&self, key: &ResourceKey, reason: PinReason) -> Result<(), CacheError> {
        let down = |count: &mut u32| *count = count.saturating_sub(1);
        match reason {
            PinReason::Current => down(&mut self.state().pins_mut(key).current),
            PinReason::Next => down(&mut self.state().pins_mut(key).next),
            PinReason::Download => self.set_download(key, false)?,
        }
        let beyond = {
            let state = self.state();
            state.bytes() > state.limit
        };
        if beyond && self.mode == Mode::Writable {
            let mut index = self.writing()?;
            self.shrink();
            self.commit(&mut index, Vec::new(), false)?;
        }
        Ok(())
    }

    fn set_download(&self, key: &ResourceKey, is_one: bool) -> Result<(), CacheError> {
        let mut index = self.writing()?;
        let version = {
            let mut state = self.state();
            let before = std::mem::replace(&mut state.pins_mut(key).download, is_one);
            if before != is_one {
                state.download_changed(key);
            }
            state.version(key).filter(|_| is_one && !state.ranges(key).is_empty())
        };
        if let Some(Version(id)) = version {
            self.files.sync_names(id).map_err(|source| CacheError::Write { path: self.dir.clone(), source })?;
        }
        self.commit(&mut index, Vec::new(), true)
    }

    /// Changes how much the cache may take, and makes it so at once as far as pins allow.
    ///
    /// # Errors
    /// [`CacheError::ReadOnly`]; [`CacheError::Index`], although the files are gone.
    pub fn set_limit(&self, limit: Limit) -> Result<(), CacheError> {
        let mut index = self.writing()?;
        {
            let mut state = self.state();
            state.limit = limit.bytes(free_disk(&self.dir), state.bytes());
        }
        self.shrink();
        self.commit(&mut index, Vec::new(), false)
    }

    /// Bytes that the cache may take.
    pub fn limit(&self) -> u64 {
        self.state().limit
    }

    /// The cache in numbers.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        Stats {
            bytes: state.bytes(),
            pinned_bytes: state.pinned_bytes(),
            fragments: state.fragments(),
            resources: state.resources(),
            limit: state.limit,
            mode: self.mode,
            free_disk: free_disk(&self.dir),
        }
    }

    /// Deletes what was used longest ago until `needed` more bytes fit.
    pub(super) fn make_room(&self, needed: u64) -> Result<(), CacheError> {
        let victims = {
            let mut state = self.state();
            let limit = state.limit;
            if state.bytes() + needed <= limit {
                return Ok(());
            }
            let pinned = state.pinned_bytes();
            if pinned + needed > limit {
                return Err(CacheError::NoRoom { needed, pinned, limit });
            }
            state.evict(needed, limit)
        };
        self.delete(&victims);
        Ok(())
    }

    /// Deletes what is beyond the limit, as far as pins allow.
    pub(super) fn shrink(&self) {
        let victims = {
            let mut state = self.state();
            let limit = state.limit;
            state.evict(0, limit)
        };
        self.delete(&victims);
    }

    /// Deletes so many bytes that are not pinned, whatever the limit is. Tells whether there were any.
    pub(super) fn give_way(&self, bytes: u64) -> bool {
        let victims = {
            let mut state = self.state();
            let within = state.bytes().saturating_sub(bytes);
            state.evict(0, within)
        };
        self.delete(&victims);
        !victims.is_empty()
    }
}
