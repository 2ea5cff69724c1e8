//! Connections that break, stall, or are not there, and versions that change meanwhile.

use media::http::{FetchError, Location, Reach};
use tests::origin::{Behaviour, Resource};

use super::*;

#[tokio::test]
async fn a_body_that_breaks_goes_on_at_the_byte_where_it_broke() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::CloseAfter(123_456));
    assert!(fetch(&origin, 1000..900_000).await.unwrap() == episode(1000..900_000));
    let requests = origin.requests();
    assert_eq!(ranges(&origin), ["bytes=1000-899999", "bytes=124456-899999"]);
    assert!(requests[1].header("if-range").is_some());
}

#[tokio::test]
async fn a_chunked_body_that_breaks_is_not_taken_for_whole() {
    let origin = origin();
    origin.put(EPISODE, Resource::made_up(LENGTH, 1).without_marks());
    origin.script(EPISODE, Behaviour::CloseAfter(1000));
    assert!(fetch(&origin, 0..LENGTH).await.unwrap() == episode(0..LENGTH));
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn breaks_after_some_progress_are_always_forgiven() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::CloseAfter(100_000));
    assert!(fetch(&origin, 0..LENGTH).await.unwrap() == episode(0..LENGTH));
    assert_eq!(origin.count(), 10);
}

#[tokio::test]
async fn breaks_without_progress_are_forgiven_a_bounded_number_of_times() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::CloseAfter(100));
    let error = fetch(&origin, 0..LENGTH).await.unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
    assert_eq!(ranges(&origin).len(), 4);
}

#[tokio::test]
async fn a_break_on_a_server_without_ranges_is_read_up_to_again_while_that_is_little() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::IgnoreRange);
    origin.script(EPISODE, Behaviour::CloseAfter(500_000));
    assert!(fetch(&origin, 0..LENGTH).await.unwrap() == episode(0..LENGTH));
    assert_eq!(origin.count(), 2);

    let long: u64 = 8 << 20;
    origin.put(EPISODE, Resource::made_up(long, 1));
    origin.script(EPISODE, Behaviour::CloseAfter(6 << 20));
    let error = fetch(&origin, 0..long).await.unwrap_err();
    assert!(matches!(error, FetchError::Nonsense(_)), "{error:?}");
    assert_eq!(origin.count(), 4);
}

#[tokio::test]
async fn a_connection_closed_or_filled_with_garbage_before_the_answer_is_tried_again() {
    for behaviour in [Behaviour::Drop, Behaviour::Garbage] {
        let origin = origin();
        origin.script(EPISODE, behaviour.clone());
        assert!(fetch(&origin, 0..10).await.unwrap() == episode(0..10));
        assert_eq!(origin.count(), 2);
        origin.always(EPISODE, behaviour.clone());
        let error = fetch(&origin, 0..10).await.unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{behaviour:?}: {error:?}");
        assert_eq!(origin.count(), 6);
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_asked_for_again_where_it_stopped() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::StallAfter(200_000));
    let answer = impatient().range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
    assert!(answer.body.collect().await.unwrap() == episode(0..LENGTH));
    assert_eq!(ranges(&origin), ["bytes=0-999999", "bytes=200000-999999"]);
}

#[tokio::test]
async fn a_server_that_always_stalls_is_given_up() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::StallAfter(0));
    let error = impatient().range(&at(&origin, EPISODE), 0..10, None, soon()).await.unwrap_err();
    assert!(matches!(error, FetchError::Stalled { .. }), "{error:?}");
    assert_eq!(origin.count(), 4);
}

#[tokio::test]
async fn the_deadline_ends_all_waiting() {
    let (origin, client) = (origin(), client());
    for behaviour in [Behaviour::StallBeforeHead, Behaviour::StallAfter(1000)] {
        origin.always(EPISODE, behaviour);
        let deadline = Instant::now() + Duration::from_secs(1);
        let outcome = match client.range(&at(&origin, EPISODE), 0..LENGTH, None, deadline).await {
            Ok(answer) => answer.body.collect().await,
            Err(error) => Err(error),
        };
        assert_eq!(outcome.unwrap_err(), FetchError::TimedOut);
    }
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn a_wait_for_bytes_that_is_given_up_loses_none() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::StallAfter(1000));
    let client = client();
    let mut answer = client.range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 1000 {
        bytes.extend_from_slice(&answer.body.next().await.unwrap().unwrap());
    }
    let given_up = tokio::time::timeout(Duration::from_millis(20), answer.body.next()).await;
    assert!(given_up.is_err());
    origin.release();
    bytes.extend_from_slice(&answer.body.collect().await.unwrap());
    assert!(bytes == episode(0..LENGTH));
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn an_origin_that_is_gone_is_unreachable_and_found_again_when_it_comes_back() {
    let origin = origin();
    origin.go_down();
    let error = fetch(&origin, 0..10).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.code(), model::ErrorCode::Unreachable);
    origin.come_back();
    assert!(fetch(&origin, 0..10).await.unwrap() == episode(0..10));
}

#[tokio::test]
async fn a_body_survives_an_origin_that_goes_and_comes_back() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::StallAfter(300_000));
    let client = client();
    let mut answer = client.range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 300_000 {
        bytes.extend_from_slice(&answer.body.next().await.unwrap().unwrap());
    }
    origin.go_down();
    origin.come_back();
    bytes.extend_from_slice(&answer.body.collect().await.unwrap());
    assert!(bytes == episode(0..LENGTH));
    assert_eq!(ranges(&origin), ["bytes=0-999999", "bytes=300000-999999"]);
}

#[tokio::test]
async fn a_file_that_changes_halfway_is_never_mixed() {
    for dress in [|r| r, Resource::weak as fn(Resource) -> Resource] {
        let origin = origin();
        origin.put(EPISODE, dress(Resource::made_up(LENGTH, 1)));
        origin.script(EPISODE, Behaviour::ChangeAfter(400_000, vec![9; LENGTH as usize]));
        let mut answer = ask(&origin, 0..LENGTH).await.unwrap();
        let mut bytes = Vec::new();
        let error = loop {
            match answer.body.next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => panic!("two versions were mixed"),
                Err(error) => break error,
            }
        };
        assert_eq!(error, FetchError::Changed);
        assert!(bytes == episode(0..400_000));
        assert_eq!(origin.count(), 2);
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable_after_all_attempts() {
    let origin = origin();
    let location = Location { reach: Reach::Anywhere, ..Location::new("http://does-not-exist.invalid/a.mp4") };
    let error = client().range(&location, 0..10, None, soon()).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert_eq!(origin.count(), 0);
}
