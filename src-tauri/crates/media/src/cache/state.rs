//! What the cache knows, in memory: resources, their fragments, the order in which they were used, pins. No disk here.
//!
//! The index on the disk follows this. What it has not been told yet is kept in `pending`, and goes along with the next
//! commit; a commit that fails puts it back.

use super::Version;
use super::files::{Expected, Stamp, cost};
use super::index::{Batch, FragmentRow, ResourceRow};
use crate::{Ranges, ResourceKey, Validator};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Default)]
pub(super) struct State {
    resources: HashMap<ResourceKey, Resource>,
    keys: HashMap<i64, ResourceKey>,
    /// `(used, resource, offset)`: the first was used longest ago.
    order: BTreeSet<(u64, i64, u64)>,
    /// What the fragments take on the disk.
    bytes: u64,
    pub(super) limit: u64,
    pins: HashMap<ResourceKey, Pins>,
    next_id: i64,
    last_used: u64,
    last_serial: u64,
    pending: Pending,
}

#[derive(Debug)]
struct Resource {
    id: i64,
    validator: Validator,
    fragments: BTreeMap<u64, Fragment>,
}

#[derive(Debug)]
struct Fragment {
    length: u64,
    size: u64,
    checksum: u64,
    used: u64,
    /// Tells it from another fragment at the same place, earlier or later.
    serial: u64,
    verified: Option<Stamp>,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Pins {
    pub(super) current: u32,
    pub(super) next: u32,
    pub(super) download: bool,
}

/// What the index has not been told.
#[derive(Debug, Default)]
struct Pending {
    gone_resources: BTreeSet<i64>,
    gone_fragments: BTreeSet<(i64, u64)>,
    changed_resources: BTreeSet<i64>,
    used: BTreeSet<(i64, u64)>,
    downloads: BTreeSet<ResourceKey>,
}

/// How what a caller knows of a resource fits what the cache knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Unknown,
    Agrees,
    Disagrees,
}

impl State {
    pub(super) fn new(limit: u64, first_id: i64) -> Self {
        Self { limit, next_id: first_id, ..Self::default() }
    }

    /// Takes over what the index holds of a resource, without telling the index.
    pub(super) fn adopt(&mut self, row: ResourceRow, fragments: Vec<FragmentRow>) {
        self.next_id = self.next_id.max(row.id.saturating_add(1));
        self.keys.insert(row.id, row.key.clone());
        let resource = Resource { id: row.id, validator: row.validator, fragments: BTreeMap::new() };
        self.resources.insert(row.key, resource);
        for fragment in fragments {
            self.last_used = self.last_used.max(fragment.used);
            self.insert(fragment);
        }
    }

    /// What is pinned as a download from a session before.
    pub(super) fn adopt_download(&mut self, key: ResourceKey) {
        self.pins.entry(key).or_default().download = true;
    }

    pub(super) fn fit(&self, key: &ResourceKey, validator: &Validator) -> Fit {
        let Some(resource) = self.resources.get(key) else { return Fit::Unknown };
        let end = resource.fragments.last_key_value().map_or(0, |(offset, fragment)| offset + fragment.length);
        // Also if it ends before what is cached of it.
        let long_enough = validator.length.is_none_or(|length| end <= length);
        if long_enough && resource.validator.agrees_with(validator) { Fit::Agrees } else { Fit::Disagrees }
    }

    /// Makes a resource known, or adds what is newly known of it.
    pub(super) fn register(&mut self, key: &ResourceKey, validator: &Validator) {
        if let Some(resource) = self.resources.get_mut(key) {
            let known = &mut resource.validator;
            let merged = Validator {
                etag: known.etag.take().or_else(|| validator.etag.clone()),
                last_modified: known.last_modified.take().or_else(|| validator.last_modified.clone()),
                length: known.length.or(validator.length),
            };
            *known = merged;
            self.pending.changed_resources.insert(resource.id);
            return;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.keys.insert(id, key.clone());
        self.pending.changed_resources.insert(id);
        let resource = Resource { id, validator: validator.clone(), fragments: BTreeMap::new() };
        self.resources.insert(key.clone(), resource);
    }

    /// Drops a resource and tells the files that must go.
    pub(super) fn forget(&mut self, key: &ResourceKey) -> Vec<(i64, u64)> {
        let Some(id) = self.resources.get(key).map(|resource| resource.id) else { return Vec::new() };
        let offsets: Vec<_> = self.offsets(key).map(|offset| (id, offset)).collect();
        for (id, offset) in &offsets {
            self.drop_fragment(*id, *offset);
        }
        self.resources.remove(key);
        self.keys.remove(&id);
        self.pending.changed_resources.remove(&id);
        self.pending.gone_resources.insert(id);
        offsets
    }

    pub(super) fn version(&self, key: &ResourceKey) -> Option<Version> {
        self.resources.get(key).map(|resource| Version(resource.id))
    }

    pub(super) fn validator(&self, key: &ResourceKey) -> Option<&Validator> {
        self.resources.get(key).map(|resource| &resource.validator)
    }

    pub(super) fn ranges(&self, key: &ResourceKey) -> Ranges {
        let fragments = self.resources.get(key).into_iter().flat_map(|resource| &resource.fragments);
        fragments.map(|(offset, fragment)| *offset..offset + fragment.length).collect()
    }

    fn offsets(&self, key: &ResourceKey) -> impl Iterator<Item = u64> {
        self.resources.get(key).into_iter().flat_map(|resource| resource.fragments.keys().copied())
    }

    pub(super) fn keys(&self) -> Vec<ResourceKey> {
        self.resources.keys().cloned().collect()
    }

    /// The fragment that holds a byte of a resource in this version.
    pub(super) fn find(&self, key: &ResourceKey, at: u64) -> Option<Expected> {
        let resource = self.resources.get(key)?;
        let (offset, fragment) = resource.fragments.range(..=at).next_back()?;
        (at - offset < fragment.length).then(|| expected(resource.id, *offset, fragment))
    }

    /// Every fragment, in the order of their last use.
    pub(super) fn all(&self) -> Vec<Expected> {
        let fragment = |(_, id, offset): &(u64, i64, u64)| self.fragment(*id, *offset);
        self.order.iter().filter_map(fragment).collect()
    }

    /// Whether the fragment is still the one that was found before.
    pub(super) fn still_has(&self, found: &Expected) -> bool {
        self.fragment(found.resource, found.offset).is_some_and(|now| now.serial == found.serial)
    }

    fn fragment(&self, id: i64, offset: u64) -> Option<Expected> {
        let resource = self.resources.get(self.keys.get(&id)?)?;
        resource.fragments.get(&offset).map(|fragment| expected(id, offset, fragment))
    }

    fn fragment_mut(&mut self, id: i64, offset: u64) -> Option<&mut Fragment> {
        self.resources.get_mut(self.keys.get(&id)?)?.fragments.get_mut(&offset)
    }

    pub(super) fn key_of(&self, id: i64) -> Option<&ResourceKey> {
        self.keys.get(&id)
    }

    pub(super) fn verified(&mut self, found: &Expected, stamp: Stamp) {
        if self.still_has(found)
            && let Some(fragment) = self.fragment_mut(found.resource, found.offset)
        {
            fragment.verified = Some(stamp);
        }
    }

    /// The next mark of use: milliseconds since 1970, and always later than the one before, whatever the clock does.
    pub(super) fn tick(&mut self, now: SystemTime) -> u64 {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        self.last_used = now.max(self.last_used.saturating_add(1));
        self.last_used
    }

    pub(super) fn touch(&mut self, found: &Expected, now: SystemTime) {
        let used = self.tick(now);
        let (id, offset) = (found.resource, found.offset);
        if let Some(fragment) = self.fragment_mut(id, offset) {
            let before = std::mem::replace(&mut fragment.used, used);
            self.order.remove(&(before, id, offset));
            self.order.insert((used, id, offset));
            self.pending.used.insert((id, offset));
        }
    }

    /// Adds a fragment that lies on the disk.
    pub(super) fn insert(&mut self, row: FragmentRow) {
        let FragmentRow { resource: id, offset, length, size, checksum, used } = row;
        let Some(resource) = self.keys.get(&id).and_then(|key| self.resources.get_mut(key)) else { return };
        self.last_serial += 1;
        let serial = self.last_serial;
        resource.fragments.insert(offset, Fragment { length, size, checksum, used, serial, verified: None });
        self.order.insert((used, id, offset));
        self.bytes += cost(size);
    }

    /// Drops a fragment, whose file must go.
    pub(super) fn drop_fragment(&mut self, id: i64, offset: u64) {
        let Some(resource) = self.keys.get(&id).and_then(|key| self.resources.get_mut(key)) else { return };
        if let Some(fragment) = resource.fragments.remove(&offset) {
            self.order.remove(&(fragment.used, id, offset));
            self.bytes -= cost(fragment.size);
            self.pending.used.remove(&(id, offset));
            self.pending.gone_fragments.insert((id, offset));
        }
    }

    /// Whether the index still has a row of a fragment that is gone.
    pub(super) fn is_gone_pending(&self, id: i64, offset: u64) -> bool {
        self.pending.gone_fragments.contains(&(id, offset))
    }

    /// Drops fragments that are not pinned, those first that were used longest ago, until the cache and `more` bytes
    /// take no more than `within`. Tells the files that must go.
    pub(super) fn evict(&mut self, more: u64, within: u64) -> Vec<(i64, u64)> {
        let mut excess = (self.bytes + more).saturating_sub(within);
        let mut victims = Vec::new();
        for (_, id, offset) in &self.order {
            if excess == 0 {
                break;
            }
            if self.keys.get(id).is_some_and(|key| self.is_pinned(key)) {
                continue;
            }
            if let Some(fragment) = self.fragment(*id, *offset) {
                excess = excess.saturating_sub(cost(fragment.size));
                victims.push((*id, *offset));
            }
        }
        for (id, offset) in &victims {
            self.drop_fragment(*id, *offset);
        }
        victims
    }

    pub(super) fn pins_mut(&mut self, key: &ResourceKey) -> &mut Pins {
        self.pins.entry(key.clone()).or_default()
    }

    pub(super) fn is_pinned(&self, key: &ResourceKey) -> bool {
        self.pins.get(key).is_some_and(|pins| pins.download || pins.current > 0 || pins.next > 0)
    }

    pub(super) fn is_download(&self, key: &ResourceKey) -> bool {
        self.pins.get(key).is_some_and(|pins| pins.download)
    }

    /// Notes that the index must learn whether the resource is a download.
    pub(super) fn download_changed(&mut self, key: &ResourceKey) {
        self.pending.downloads.insert(key.clone());
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn pinned_bytes(&self) -> u64 {
        let pinned = self.resources.iter().filter(|(key, _)| self.is_pinned(key));
        pinned.flat_map(|(_, resource)| resource.fragments.values()).map(|fragment| cost(fragment.size)).sum()
    }

    pub(super) fn fragments(&self) -> usize {
        self.order.len()
    }

    /// How many resources have at least one fragment.
    pub(super) fn resources(&self) -> usize {
        self.resources.values().filter(|resource| !resource.fragments.is_empty()).count()
    }

    /// What of a range is missing.
    pub(super) fn holes(&self, key: &ResourceKey, range: Range<u64>) -> Ranges {
        self.ranges(key).holes(range)
    }

    /// What the index has not been told, which counts as told from now on.
    pub(super) fn take_pending(&mut self) -> Batch {
        let pending = std::mem::take(&mut self.pending);
        let resource = |id: &i64| self.keys.get(id).and_then(|key| self.resource_row(key));
        let used = |(id, offset): &(i64, u64)| {
            self.resources.get(self.keys.get(id)?)?.fragments.get(offset).map(|fragment| (*id, *offset, fragment.used))
        };
        Batch {
            resources: pending.changed_resources.iter().filter_map(resource).collect(),
            used: pending.used.iter().filter_map(used).collect(),
            downloads: pending.downloads.into_iter().map(|key| (self.is_download(&key), key)).collect(),
            gone_resources: pending.gone_resources.into_iter().collect(),
            gone_fragments: pending.gone_fragments.into_iter().collect(),
            fragments: Vec::new(),
        }
    }

    /// Undoes [`State::take_pending`], since the index did not take it.
    pub(super) fn put_back(&mut self, batch: Batch) {
        self.pending.gone_resources.extend(batch.gone_resources);
        // A commit may have failed after it had reached the disk.
        self.pending.gone_fragments.extend(batch.fragments.iter().map(|row| (row.resource, row.offset)));
        self.pending.gone_fragments.extend(batch.gone_fragments);
        self.pending.changed_resources.extend(batch.resources.iter().map(|row| row.id));
        self.pending.used.extend(batch.used.iter().map(|(id, offset, _)| (*id, *offset)));
        self.pending.downloads.extend(batch.downloads.into_iter().map(|(_, key)| key));
    }

    /// Everything, for an index that has to be made anew.
    pub(super) fn everything(&self) -> Batch {
        let fragments = self.resources.values().flat_map(|resource| {
            resource.fragments.iter().map(|(offset, fragment)| FragmentRow {
                resource: resource.id,
                offset: *offset,
                length: fragment.length,
                size: fragment.size,
                checksum: fragment.checksum,
                used: fragment.used,
            })
        });
        let downloads = self.pins.iter().filter(|(_, pins)| pins.download);
        Batch {
            resources: self.resources.keys().filter_map(|key| self.resource_row(key)).collect(),
            fragments: fragments.collect(),
            downloads: downloads.map(|(key, _)| (true, key.clone())).collect(),
            ..Batch::default()
        }
    }

    fn resource_row(&self, key: &ResourceKey) -> Option<ResourceRow> {
        let resource = self.resources.get(key)?;
        Some(ResourceRow { id: resource.id, key: key.clone(), validator: resource.validator.clone() })
    }
}

fn expected(resource: i64, offset: u64, fragment: &Fragment) -> Expected {
    let Fragment { length, size, checksum, serial, verified, .. } = *fragment;
    Expected { resource, offset, length, size, checksum, serial, verified }
}
