//! The cues of one file as they are read: what cannot be shown is left out, and the count is bounded.

use model::Cue;

use super::{MAX_CUES, SubtitleError};

/// Gathers cues in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Cues(Vec<Cue>);

impl Cues {
    /// Adds a cue unless it shows nothing.
    pub(super) fn push(&mut self, cue: Cue) -> Result<(), SubtitleError> {
        let Some(cue) = shown(cue) else { return Ok(()) };
        if self.0.len() == MAX_CUES {
            return Err(SubtitleError::TooLarge { limit: MAX_CUES, unit: "cues" });
        }
        self.0.push(cue);
        Ok(())
    }

    /// All cues sorted by their start; those that start together keep the file's order.
    pub(super) fn sorted(mut self) -> Result<Vec<Cue>, SubtitleError> {
        if self.0.is_empty() {
            return Err(SubtitleError::Empty);
        }
        self.0.sort_by_key(|cue| cue.start_ms);
        Ok(self.0)
    }
}

/// The cue, if there is a moment at which it shows some text.
pub(super) fn shown(cue: Cue) -> Option<Cue> {
    (cue.start_ms < cue.end_ms && !cue.spans.is_empty()).then_some(cue)
}
