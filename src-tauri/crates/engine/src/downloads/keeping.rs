//! What of series is downloaded without being asked for: the next unwatched episodes.

use library::{Library, LibraryError};
use model::EpisodeId;
use std::collections::HashSet;
use std::time::SystemTime;

/// Adds the episodes that series keep, but for those that the user removed, and drops those that were watched. Answers
/// whether any were dropped.
pub(super) fn keep_next(library: &mut Library, now: SystemTime) -> Result<bool, LibraryError> {
    let keeping = library.all_keep_next()?;
    let (all, declined) = (library.downloads()?, library.declined_downloads()?);
    let mut wanted: HashSet<EpisodeId> = HashSet::new();
    for (id, count) in keeping {
        let Some(series) = library.series(&id)? else { continue };
        let progress = library.progress(&id)?;
        let from = library.resume_point(&id)?.and_then(|r| series.episodes.iter().position(|e| e.id == r.episode));
        let ahead = series.episodes.iter().skip(from.unwrap_or(0));
        let unwatched = ahead.filter(|e| !progress.get(&e.id).is_some_and(|p| p.watched));
        for episode in unwatched.filter(|e| e.media.as_file().is_none()).take(count as usize) {
            wanted.insert(episode.id.clone());
            if !all.iter().any(|d| d.episode == episode.id) && !declined.contains(&episode.id) {
                library.add_download(&id, &episode.id, true, now)?;
            }
        }
    }
    let mut dropped = false;
    for download in all.iter().filter(|d| d.kept && !wanted.contains(&d.episode)) {
        library.forget_download(&download.episode)?;
        dropped = true;
    }
    // The series went on: what was declined would not be kept any more.
    for episode in declined.iter().filter(|episode| !wanted.contains(*episode)) {
        library.forget_download(episode)?;
    }
    Ok(dropped)
}
