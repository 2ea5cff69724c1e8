//! Progress, marks, favourites, habits, and where a series goes on.

use crate::{at, episode_id, open, secs, series, series_id, source};
use library::{Library, Progress, Resume};
use std::time::Duration;

/// A library with series `A` and `B` of three episodes each.
fn stocked() -> Library {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 3), series(&source, "B", 3)], at(0)).unwrap();
    library
}

fn leave(library: &mut Library, series: &str, number: usize, seconds: u64) {
    library.save_progress(&series_id(series), &episode_id(series, number), secs(seconds), None, false, at(1)).unwrap();
}

fn finish(library: &mut Library, series: &str, number: usize) {
    let length = Some(secs(90));
    library.save_progress(&series_id(series), &episode_id(series, number), secs(90), length, true, at(1)).unwrap();
}

fn mark(library: &mut Library, number: usize, watched: bool) {
    library.set_watched(&series_id("A"), &episode_id("A", number), watched, at(2)).unwrap();
}

fn progress(library: &Library, number: usize) -> Progress {
    library.progress(&series_id("A")).unwrap()[&episode_id("A", number)].clone()
}

fn resume(library: &Library) -> Resume {
    library.resume_point(&series_id("A")).unwrap().unwrap()
}

fn at_episode(number: usize, seconds: u64) -> Resume {
    Resume { episode: episode_id("A", number), position: secs(seconds), started: true }
}

#[test]
fn a_position_comes_back_to_the_microsecond_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let position = Duration::from_micros(83_456_789);
    let (length, now) = (Duration::from_micros(123_456_789), at(7) + Duration::from_millis(89));
    open(dir.path()).save_progress(&series_id("A"), &episode_id("A", 1), position, Some(length), false, now).unwrap();
    let expected = Progress { position, duration: Some(length), watched: false, at: now };
    assert_eq!(progress(&open(dir.path()), 1), expected);
}

#[test]
fn an_episode_seen_to_its_end_is_watched_and_begins_anew() {
    let mut library = stocked();
    finish(&mut library, "A", 1);
    assert_eq!(
        progress(&library, 1),
        Progress { position: secs(0), duration: Some(secs(90)), watched: true, at: at(1) }
    );
}

#[test]
fn a_watched_episode_stays_watched_when_it_is_begun_again() {
    let mut library = stocked();
    finish(&mut library, "A", 1);
    leave(&mut library, "A", 1, 12);
    assert_eq!(
        progress(&library, 1),
        Progress { position: secs(12), duration: Some(secs(90)), watched: true, at: at(1) }
    );
    assert_eq!(resume(&library), at_episode(1, 12));
}

#[test]
fn progress_is_kept_apart_by_series() {
    let mut library = stocked();
    leave(&mut library, "A", 1, 12);
    assert!(library.progress(&series_id("B")).unwrap().is_empty());
    assert_eq!(library.progress(&series_id("A")).unwrap().len(), 1);
}

#[test]
fn a_measured_running_time_replaces_the_claimed_one_and_is_no_progress() {
    let mut library = stocked();
    library.set_duration(&episode_id("A", 1), Duration::from_micros(61_234_567)).unwrap();
    library.set_duration(&episode_id("A", 1), Duration::ZERO).unwrap();
    assert_eq!(library.series(&series_id("A")).unwrap().unwrap().episodes[0].duration_ms, Some(61_234));
    assert!(library.progress(&series_id("A")).unwrap().is_empty());
    leave(&mut library, "A", 1, 5);
    assert_eq!(progress(&library, 1).duration, Some(Duration::from_micros(61_234_567)));
}

#[test]
fn an_unknown_series_has_no_point_to_resume_at() {
    assert_eq!(stocked().resume_point(&series_id("other")).unwrap(), None);
}

#[test]
fn an_untouched_series_begins_at_its_first_episode() {
    let expected = Resume { episode: episode_id("A", 1), position: secs(0), started: false };
    assert_eq!(resume(&stocked()), expected);
}

#[test]
fn what_was_touched_last_counts_even_when_the_clock_is_set_back() {
    let mut library = stocked();
    library.save_progress(&series_id("A"), &episode_id("A", 3), secs(30), None, false, at(1000)).unwrap();
    library.save_progress(&series_id("A"), &episode_id("A", 2), secs(20), None, false, at(5)).unwrap();
    assert_eq!(resume(&library), at_episode(2, 20));
}

#[test]
fn after_a_finished_episode_the_next_one_follows_and_after_the_last_the_first_unwatched() {
    let mut library = stocked();
    finish(&mut library, "A", 1);
    assert_eq!(resume(&library), at_episode(2, 0));
    finish(&mut library, "A", 3);
    assert_eq!(resume(&library), at_episode(2, 0));
    finish(&mut library, "A", 2);
    finish(&mut library, "A", 3);
    assert_eq!(resume(&library), at_episode(1, 0));
}

#[test]
fn marking_episodes_as_watched_moves_the_point_to_resume_at_forward() {
    let mut library = stocked();
    mark(&mut library, 1, true);
    assert_eq!(resume(&library), at_episode(2, 0));
    mark(&mut library, 2, true);
    assert_eq!(resume(&library), at_episode(3, 0));
}

#[test]
fn marking_an_earlier_episode_leaves_the_viewer_where_they_are() {
    let mut library = stocked();
    leave(&mut library, "A", 3, 30);
    mark(&mut library, 1, true);
    assert_eq!(resume(&library), at_episode(3, 30));
    mark(&mut library, 1, false);
    assert_eq!(resume(&library), at_episode(3, 30));
}

#[test]
fn an_episode_marked_as_unwatched_begins_anew() {
    let mut library = stocked();
    finish(&mut library, "A", 1);
    mark(&mut library, 1, false);
    assert!(!progress(&library, 1).watched);
    assert_eq!(resume(&library), at_episode(1, 0));
}

#[test]
fn an_episode_that_was_only_marked_as_unwatched_does_not_begin_the_series() {
    let mut library = stocked();
    mark(&mut library, 2, false);
    assert!(!resume(&library).started);
    assert!(library.continue_watching(10).unwrap().is_empty());
}

#[test]
fn series_to_go_on_with_stand_latest_first_and_within_the_limit() {
    let mut library = stocked();
    assert!(library.continue_watching(10).unwrap().is_empty());
    leave(&mut library, "A", 1, 10);
    finish(&mut library, "B", 2);
    let b = (series_id("B"), Resume { episode: episode_id("B", 3), position: secs(0), started: true });
    let a = (series_id("A"), at_episode(1, 10));
    assert_eq!(library.continue_watching(10).unwrap(), [b.clone(), a.clone()]);
    leave(&mut library, "A", 1, 10);
    assert_eq!(library.continue_watching(10).unwrap(), [a.clone(), b]);
    assert_eq!(library.continue_watching(1).unwrap(), [a]);
    assert!(library.continue_watching(0).unwrap().is_empty());
}

#[test]
fn a_wholly_watched_series_is_not_among_those_to_go_on_with() {
    let mut library = stocked();
    for number in 1..=3 {
        assert_eq!(library.continue_watching(10).unwrap().len(), usize::from(number > 1));
        finish(&mut library, "A", number);
    }
    assert!(library.continue_watching(10).unwrap().is_empty());
}

#[test]
fn a_favourite_stays_one_until_the_mark_is_taken_away() {
    let mut library = stocked();
    let favourites = |library: &Library| library.all_series().unwrap().iter().filter(|one| one.favourite).count();
    library.set_favourite(&series_id("A"), true, at(1)).unwrap();
    library.set_favourite(&series_id("A"), true, at(2)).unwrap();
    assert_eq!(favourites(&library), 1);
    library.set_favourite(&series_id("A"), false, at(3)).unwrap();
    library.set_favourite(&series_id("A"), false, at(4)).unwrap();
    assert_eq!(favourites(&library), 0);
}

#[test]
fn habits_outlive_the_program_until_they_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let habits = || open(dir.path()).habits().unwrap();
    assert_eq!(habits(), None);
    open(dir.path()).save_habits("{\"all\":1}").unwrap();
    open(dir.path()).save_habits("{\"all\":2}").unwrap();
    assert_eq!(habits().as_deref(), Some("{\"all\":2}"));
    open(dir.path()).forget_habits().unwrap();
    assert_eq!(habits(), None);
    open(dir.path()).save_habits("{}").unwrap();
    assert_eq!(habits().as_deref(), Some("{}"), "and learned anew");
}
