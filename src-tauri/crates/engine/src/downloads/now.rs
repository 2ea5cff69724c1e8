//! What holds downloads: the user, the meter, the speed limit, a server that cannot be had. And so, whose turn it is.
//!
//! What could not be fetched because its server could not be had is tried again by itself, soon at first and then ever more
//! seldom; meanwhile others have their turn.

use library::{Download, DownloadStage};
use model::{ApiError, EpisodeId, Settings};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Time that the limit left unused counts no longer than this.
const UNSAVED: Duration = Duration::from_secs(2);
/// The first wait for a server; each one after it is twice as long, …
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// … but for the last ones: after so many it stays as it is, about four minutes.
const DOUBLED_AT_MOST: u32 = 7;

pub(super) struct Now {
    /// The user holds all, but for these, which he let go on.
    pub(super) paused: Option<Vec<EpisodeId>>,
    /// Nothing is fetched where the user pays by the byte.
    pub(super) avoids_meters: bool,
    /// Something was watched or added: series may keep other episodes.
    pub(super) unkept: bool,
    /// Pins may not be those of the queue.
    pub(super) unswept: bool,
    /// There may be room for what had none.
    pub(super) freed: bool,
    /// The program is leaving.
    pub(super) ended: bool,
    pub(super) running: Option<EpisodeId>,
    pub(super) told: Option<Instant>,
    /// What the viewer watched last, and whether to its end.
    pub(super) seen: Option<(EpisodeId, bool)>,
    /// In bytes a second.
    limit: Option<u64>,
    /// Bytes that were fetched since then, for the limit: one account for all downloads.
    spent: (u64, Instant),
    again: HashMap<EpisodeId, Again>,
}

/// Its server could not be had.
struct Again {
    /// When it is tried again; none while it is.
    at: Option<Instant>,
    failures: u32,
    error: ApiError,
}

impl Now {
    pub(super) fn new(paused: Option<Vec<EpisodeId>>, settings: &Settings) -> Self {
        let mut this = Self {
            paused,
            avoids_meters: settings.downloads_unmetered_only,
            unkept: true,
            unswept: true,
            freed: false,
            ended: false,
            running: None,
            told: None,
            seen: None,
            limit: None,
            spent: (0, Instant::now()),
            again: HashMap::new(),
        };
        this.set_limit(settings.download_limit_kib);
        this
    }

    pub(super) fn set_limit(&mut self, kib: Option<u32>) {
        let limit = kib.map(|kib| u64::from(kib.max(1)) << 10);
        if self.limit != limit {
            (self.limit, self.spent) = (limit, (0, Instant::now()));
        }
    }

    /// Whether the limit allows another fetch.
    pub(super) fn may_fetch(&mut self) -> bool {
        let Some(limit) = self.limit else { return true };
        let due = Duration::from_secs_f64(self.spent.0 as f64 / limit.max(1) as f64);
        let passed = self.spent.1.elapsed();
        if due + UNSAVED < passed {
            // Unused time is not saved up.
            self.spent = (0, Instant::now());
        }
        due <= passed
    }

    /// Bytes of a download came: its server can be had.
    pub(super) fn came(&mut self, episode: &EpisodeId, bytes: u64) {
        self.spent.0 += bytes;
        self.again.remove(episode);
    }

    /// The user holds it, with all others.
    pub(super) fn is_held(&self, episode: &EpisodeId) -> bool {
        self.paused.as_ref().is_some_and(|but| !but.contains(episode))
    }

    /// While all are held, lets one go on, or no longer.
    pub(super) fn let_go_on(&mut self, episode: &EpisodeId, goes_on: bool) {
        self.again.remove(episode);
        if let Some(but) = &mut self.paused {
            but.retain(|other| other != episode);
            but.extend(goes_on.then(|| episode.clone()));
        }
    }

    /// Its server cannot be had now.
    pub(super) fn put_off(&mut self, episode: &EpisodeId, error: ApiError, now: Instant) {
        let failures = self.again.get(episode).map_or(0, |again| again.failures);
        let at = Some(now + FIRST_WAIT * 2_u32.pow(failures.min(DOUBLED_AT_MOST)));
        self.again.insert(episode.clone(), Again { at, failures: failures + 1, error });
    }

    /// What could not be had may be had now.
    pub(super) fn again_now(&mut self) {
        self.again.clear();
    }

    /// When something is to be tried again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.again.values().filter_map(|again| again.at).min()
    }

    /// The servers of some could not be had last.
    pub(super) fn waits_for_servers(&self) -> bool {
        !self.again.is_empty()
    }

    /// What waits for its server, and why.
    pub(super) fn put_off_by(&self) -> HashMap<EpisodeId, ApiError> {
        let waits = self.again.iter().filter(|(_, again)| again.at.is_some());
        waits.map(|(episode, again)| (episode.clone(), again.error.clone())).collect()
    }

    /// It has its turn.
    pub(super) fn begin(&mut self, episode: &EpisodeId) {
        self.running = Some(episode.clone());
        if let Some(again) = self.again.get_mut(episode) {
            again.at = None;
        }
    }

    /// Whose turn it is: the first that waits for nothing, else the first whose server is to be tried again.
    pub(super) fn first(&mut self, all: Vec<Download>, now: Instant) -> Option<Download> {
        let ahead = |id: &EpisodeId| all.iter().any(|d| d.episode == *id && d.stage != DownloadStage::Done);
        self.again.retain(|id, _| ahead(id));
        if let Some(but) = &mut self.paused {
            but.retain(ahead);
        }
        let waiting = |d: &Download| d.stage == DownloadStage::Waiting && !self.is_held(&d.episode);
        let again = |d: &Download| self.again.get(&d.episode).and_then(|again| again.at);
        let free = all.iter().position(|d| waiting(d) && again(d).is_none());
        let at = free.or_else(|| all.iter().position(|d| waiting(d) && again(d).is_some_and(|at| at <= now)))?;
        all.into_iter().nth(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ErrorCode, SeriesId};

    fn id(n: u32) -> EpisodeId {
        EpisodeId(n.to_string())
    }

    fn queue(count: u32) -> Vec<Download> {
        let series = SeriesId("s".into());
        let one = |n| Download {
            episode: id(n),
            series: series.clone(),
            stage: DownloadStage::Waiting,
            kept: false,
            error: None,
        };
        (1..=count).map(one).collect()
    }

    fn first(now: &mut Now, at: Instant) -> Option<EpisodeId> {
        now.first(queue(2), at).map(|download| download.episode)
    }

    fn unreachable() -> ApiError {
        ApiError::new(ErrorCode::Unreachable, "")
    }

    #[test]
    fn others_have_their_turn_while_a_server_cannot_be_had_and_the_waits_for_it_grow() {
        let (mut now, start) = (Now::new(None, &Settings::default()), Instant::now());
        now.put_off(&id(1), unreachable(), start);
        assert_eq!(first(&mut now, start + FIRST_WAIT), Some(id(2)));
        let mut waits = Vec::new();
        now.put_off(&id(2), unreachable(), start);
        for _ in 0..12 {
            let due = now.due().unwrap();
            assert_eq!(first(&mut now, due - Duration::from_millis(1)), None);
            waits.push(due - start);
            for n in [1, 2] {
                now.put_off(&id(n), unreachable(), start);
            }
        }
        assert_eq!(waits[..3], [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]);
        assert_eq!(waits[10], waits[11], "they do not grow for ever");
        now.again_now();
        assert_eq!(first(&mut now, start), Some(id(1)));
    }

    #[test]
    fn what_is_tried_again_keeps_its_turn_and_begins_anew_once_bytes_came() {
        let (mut now, start) = (Now::new(None, &Settings::default()), Instant::now());
        for n in [1, 2] {
            now.put_off(&id(n), unreachable(), start);
        }
        let due = start + FIRST_WAIT;
        now.put_off(&id(1), unreachable(), start);
        now.begin(&id(2));
        assert_eq!(first(&mut now, due + FIRST_WAIT), Some(id(2)));
        now.came(&id(2), 1);
        now.put_off(&id(2), unreachable(), start);
        assert_eq!(now.due(), Some(due), "a failure after bytes came is the first one");
    }

    #[test]
    fn one_goes_on_while_all_others_are_held() {
        let (mut now, start) = (Now::new(Some(Vec::new()), &Settings::default()), Instant::now());
        assert_eq!(first(&mut now, start), None);
        now.let_go_on(&id(2), true);
        assert_eq!(first(&mut now, start), Some(id(2)));
        now.let_go_on(&id(2), false);
        assert_eq!(first(&mut now, start), None);
    }
}
