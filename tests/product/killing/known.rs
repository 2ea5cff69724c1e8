//! What the killed ones said, put together: what must be there, and what may.

use super::EPISODES;
use library::DownloadStage;

/// What is known of library and cache. None: it was in flight when somebody was killed.
pub struct Known {
    pub episodes: [Episode; EPISODES as usize],
    /// What was marked as watched.
    pub watched: [Option<bool>; EPISODES as usize],
    /// The place at which an episode was left, in milliseconds, unless it has moved since.
    pub kept: Option<(usize, u64)>,
}

/// One episode that may be downloaded.
#[derive(Clone, Copy)]
pub struct Episode {
    /// It is to be downloaded.
    queued: Option<bool>,
    /// The viewer was told that it is.
    finished: bool,
    /// The viewer was told that so many bytes are there.
    bytes: u64,
}

impl Default for Known {
    fn default() -> Self {
        let untouched = Episode { queued: Some(false), finished: false, bytes: 0 };
        Self { episodes: [untouched; EPISODES as usize], watched: [Some(false); EPISODES as usize], kept: None }
    }
}

impl Known {
    /// Takes in what a viewer said, see [`super::viewer`].
    pub fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let index = |at: usize| number(at) as usize;
        match words[..] {
            ["open"] => {}
            ["moves"] => self.kept = None,
            ["kept", ..] => self.kept = Some((index(1), number(2))),
            ["begun", "download", _] => self.episodes[index(2)].queued = None,
            ["done", "download", _] => self.episodes[index(2)].queued = Some(true),
            ["begun", "remove", _] => {
                let episode = &mut self.episodes[index(2)];
                (episode.queued, episode.finished) = (None, false);
            }
            ["done", "remove", _] => self.episodes[index(2)].queued = Some(false),
            ["begun", "clear"] => {
                // What is still to be downloaded may not be pinned yet.
                self.episodes.iter_mut().filter(|episode| !episode.finished).for_each(|episode| episode.bytes = 0);
            }
            ["done", "clear"] => {}
            ["begun", "watched", ..] => self.watched[index(2)] = None,
            ["done", "watched", ..] => self.watched[index(2)] = Some(number(3) == 1),
            ["there", ..] => self.episodes[index(1)].bytes = number(2),
            ["finished", _] => self.episodes[index(1)].finished = true,
            _ => panic!("what is {line:?}?"),
        }
    }

    /// Everything was downloaded after all.
    pub fn finish(&mut self) {
        for episode in &mut self.episodes {
            (episode.queued, episode.finished) = (Some(true), true);
        }
    }

    /// Whether a wish was under way.
    pub fn is_in_flight(&self) -> bool {
        self.episodes.iter().any(|episode| episode.queued.is_none()) || self.watched.contains(&None)
    }
}

impl Episode {
    /// Compares with what was found: bytes in the cache, and the stage of the download, if it is one.
    pub fn settle(&mut self, there: u64, stage: Option<DownloadStage>) -> Result<(), String> {
        let queued = *self.queued.get_or_insert(stage.is_some());
        if queued != stage.is_some() {
            return Err(format!("a download that is wanted: {queued}, and found: {stage:?}"));
        }
        if self.finished && stage != Some(DownloadStage::Done) {
            return Err(format!("a finished download is {stage:?}"));
        }
        if matches!(stage, Some(DownloadStage::Failed | DownloadStage::Held)) {
            return Err(format!("nobody did that: {stage:?}"));
        }
        if there < self.bytes {
            return Err(format!("{there} bytes of {}", self.bytes));
        }
        self.bytes = there;
        Ok(())
    }
}
