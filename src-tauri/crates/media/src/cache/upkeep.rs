//! Looking after the cache on the user's wish: verify, clear, remove, export.

use super::{CacheError, ExportError, PinReason, Store, check_version};
use crate::{ResourceKey, Validator};
use std::io::Write;
use std::ops::Range;

/// How far [`Store::verify`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Fragments that were read.
    pub done: usize,
    /// Fragments in all.
    pub of: usize,
}

/// What [`Store::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Fragments that are as they were written.
    pub sound: usize,
    /// Bytes of those.
    pub sound_bytes: u64,
    /// Fragments that were damaged or missing, by resource and offset in bytes. They were dropped.
    pub dropped: Vec<(ResourceKey, u64)>,
    /// Fragments that could not be read for now. They stay.
    pub unreadable: usize,
}

impl Store {
    /// Reads every fragment and drops those that are not what had been written. `progress` is called after each; it says
    /// whether to go on.
    pub fn verify(&self, mut progress: impl FnMut(VerifyProgress) -> bool) -> VerifyReport {
        let all = self.state().all();
        let of = all.len();
        let mut report = VerifyReport::default();
        let mut bytes = Vec::new();
        for (done, mut found) in all.into_iter().enumerate() {
            let Some(key) = self.state().key_of(found.resource).cloned() else { continue };
            // From the disk, whatever was verified before.
            found.verified = None;
            bytes.resize(found.length as usize, 0);
            match self.fill(&found, 0, &mut bytes).map_err(|fault| self.settle(&key, &found, fault)) {
                Ok(()) => {
                    report.sound += 1;
                    report.sound_bytes += found.length;
                }
                Err(Ok(())) => {}
                Err(Err(CacheError::Corrupt { key, offset, .. })) => report.dropped.push((key, offset)),
                Err(Err(_)) => report.unreadable += 1,
            }
            if !progress(VerifyProgress { done: done + 1, of }) {
                break;
            }
        }
        report
    }

    /// The resources that are pinned as downloads.
    pub fn downloads(&self) -> Vec<ResourceKey> {
        let state = self.state();
        state.keys().into_iter().filter(|key| state.is_download(key)).collect()
    }

    /// Deletes everything, or everything but what is pinned. If what is being played goes too, its readers are told that it
    /// is stale.
    ///
    /// # Errors
    /// [`CacheError::ReadOnly`]; [`CacheError::Index`], although the files are gone.
    pub fn clear(&self, keep_pinned: bool) -> Result<(), CacheError> {
        let mut index = self.writing()?;
        let keys = self.state().keys();
        for key in keys {
            if !(keep_pinned && self.state().is_pinned(&key)) {
                self.forget(&key);
            }
        }
        self.commit(&mut index, Vec::new(), false)
    }

    /// Deletes what is cached of a resource, and its being a download.
    ///
    /// # Errors
    /// [`CacheError::ReadOnly`]; [`CacheError::Index`], although the files are gone.
    pub fn remove(&self, key: &ResourceKey) -> Result<(), CacheError> {
        {
            let _writing = self.writing()?;
            self.forget(key);
        }
        self.unpin(key, PinReason::Download)
    }

    fn forget(&self, key: &ResourceKey) {
        let gone = self.state().forget(key);
        self.delete(&gone);
    }

    /// Writes the whole resource to `out`, every fragment verified, and tells how many bytes there were.
    ///
    /// # Errors
    /// [`ExportError::NotWhole`] before anything is written; the others at any time.
    pub fn export(&self, key: &ResourceKey, out: &mut dyn Write) -> Result<u64, ExportError> {
        self.export_part(key, None, out)
    }

    /// The same with these bytes of it; none: all.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub fn export_part(
        &self,
        key: &ResourceKey,
        part: Option<Range<u64>>,
        out: &mut dyn Write,
    ) -> Result<u64, ExportError> {
        let resource = self.resource(key, &Validator::default())?;
        let cached = resource.cached.len();
        let total = resource.validator.length;
        let not_whole = || ExportError::NotWhole { key: key.clone(), cached, total };
        let part = part.or_else(|| Some(0..total?)).filter(|part| !part.is_empty());
        let part = part.filter(|part| resource.cached.contains(part.clone())).ok_or_else(not_whole)?;
        let mut bytes = Vec::new();
        let mut at = part.start;
        while at < part.end {
            let mut found = {
                let state = self.state();
                check_version(&state, key, resource.version)?;
                state.find(key, at).ok_or_else(not_whole)?
            };
            found.verified = None;
            bytes.resize(found.length as usize, 0);
            match self.fill(&found, 0, &mut bytes) {
                Ok(()) => {
                    let end = part.end.min(found.offset + found.length);
                    let wanted = (at - found.offset) as usize..(end - found.offset) as usize;
                    out.write_all(bytes.get(wanted).unwrap_or_default()).map_err(ExportError::Write)?;
                    at = end;
                }
                Err(fault) => self.settle(key, &found, fault)?,
            }
        }
        Ok(part.end - part.start)
    }
}
