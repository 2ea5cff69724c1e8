//! What of the feed's episodes is on this machine: when that becomes another kind, the marks in the lists follow.

use super::Session;
use crate::api::Event;
use crate::views;
use model::*;
use std::time::Duration;
use tokio::time::Instant;

/// Lists are told of new marks at most so often.
const TELL_EVERY: Duration = Duration::from_millis(400);

/// When to look at what is here.
#[derive(Default)]
pub(super) struct Marks {
    looked: Option<Instant>,
    pub(super) due: Option<Instant>,
}

impl Session {
    /// Bytes came, were kept or gave way.
    pub(super) fn mark_soon(&mut self) {
        let earliest = self.marks.looked.map_or(Instant::now(), |at| at + TELL_EVERY);
        self.marks.due.get_or_insert(earliest);
    }

    /// Tells of the episodes that are here in another way than their cards say. It looks into memory, not at the disk.
    pub(super) fn tell_marks(&mut self) {
        (self.marks.looked, self.marks.due) = (Some(Instant::now()), None);
        let Some(feed) = &mut self.feed else { return };
        let mut episodes = Vec::new();
        for entry in feed.entries.iter_mut().filter(|entry| entry.episode.media.as_file().is_none()) {
            // What is done is noted in the library, and told with it.
            let done = entry.card.presence == Presence::Downloaded;
            let presence = views::presence(&self.tools.net.media, &entry.episode, entry.stream.as_deref(), done);
            if std::mem::replace(&mut entry.card.presence, presence) != presence {
                episodes.push((entry.episode.id.clone(), presence));
            }
        }
        if !episodes.is_empty() {
            self.emit(Event::Presence { episodes });
        }
    }
}
