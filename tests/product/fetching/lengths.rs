//! Lengths that are missing or wrong, and content that comes compressed.

use media::Validator;
use media::http::FetchError;
use tests::origin::{Behaviour, Resource};

use super::*;

#[tokio::test]
async fn a_body_without_a_length_is_read_to_its_span() {
    for behaviour in [Behaviour::NoLength, Behaviour::Chunked] {
        let origin = origin();
        origin.always(EPISODE, behaviour.clone());
        let answer = ask(&origin, 10_000..60_000).await.unwrap();
        assert_eq!(answer.total, Some(LENGTH), "{behaviour:?}: Content-Range says it");
        assert!(answer.body.collect().await.unwrap() == episode(10_000..60_000));
        assert_eq!(origin.count(), 1);
    }
}

#[tokio::test]
async fn the_end_of_a_body_without_any_length_tells_the_total() {
    let origin = origin();
    // The one length that is sent is that of the compressed bytes.
    origin.always(EPISODE, Behaviour::Gzip);
    let mut answer = client().range(&at(&origin, EPISODE), 0.., None, soon()).await.unwrap();
    assert_eq!(answer.total, None);
    let mut bytes = 0;
    while let Some(chunk) = answer.body.next().await.unwrap() {
        bytes += chunk.len() as u64;
    }
    assert_eq!((bytes, answer.body.total()), (LENGTH, Some(LENGTH)));
}

#[tokio::test]
async fn too_long_a_content_length_does_not_matter_when_the_range_is_right() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::WrongLength(500));
    assert!(fetch(&origin, 0..LENGTH).await.unwrap() == episode(0..LENGTH));
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn too_short_a_content_length_is_made_up_for_by_another_request() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::WrongLength(-500));
    let found = fetch(&origin, 0..LENGTH).await.unwrap();
    assert_eq!(ranges(&origin), ["bytes=0-999999", "bytes=999500-999999"]);
    assert!(found == episode(0..LENGTH), "{}", found.len());
}

#[tokio::test]
async fn too_long_a_content_length_of_the_whole_is_found_out() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::WholeOfWrongLength(500));
    let mut answer = client().range(&at(&origin, EPISODE), 0.., None, soon()).await.unwrap();
    let mut bytes = Vec::new();
    let error = loop {
        match answer.body.next().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => panic!("the lie was not noticed"),
            Err(error) => break error,
        }
    };
    assert_eq!(error, FetchError::WrongLength { claimed: LENGTH + 500, found: LENGTH });
    assert!(bytes == episode(0..LENGTH), "all that there is came before the error");
    assert_eq!(answer.body.next().await.unwrap_err(), error, "the error stays");
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn too_short_a_content_length_of_the_whole_is_a_change_to_whoever_knows_better() {
    let origin = origin();
    let known = ask(&origin, 0..10).await.unwrap().validator;
    origin.always(EPISODE, Behaviour::WholeOfWrongLength(-500));
    let error = client().range(&at(&origin, EPISODE), 0..10, Some(&known), soon()).await.unwrap_err();
    assert_eq!(error, FetchError::Changed);
}

#[tokio::test]
async fn a_video_that_comes_in_gzip_all_the_same_is_unpacked() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::Gzip);
    let answer = ask(&origin, 0..500_000).await.unwrap();
    assert_eq!((answer.total, answer.validator.length), (None, None), "the length sent is not the video's");
    assert!(answer.body.collect().await.unwrap() == episode(0..500_000));
    assert!(fetch(&origin, 200_000..300_000).await.unwrap() == episode(200_000..300_000));
    assert!(fetch(&origin, 900_000..2_000_000).await.unwrap() == episode(900_000..LENGTH));
    assert_eq!(origin.count(), 3);
}

#[tokio::test]
async fn a_compressed_body_that_breaks_is_begun_again_and_read_up_to_the_break() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::Gzip);
    origin.script(EPISODE, Behaviour::GzipUntil(500_000));
    let whole = client().range(&at(&origin, EPISODE), 0.., None, soon()).await.unwrap();
    assert!(whole.body.collect().await.unwrap() == episode(0..LENGTH));
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn a_bomb_in_gzip_is_read_no_further_than_asked() {
    let origin = origin();
    origin.put(EPISODE, Resource::new(vec![0; 16 << 20]));
    origin.always(EPISODE, Behaviour::Gzip);
    assert!(fetch(&origin, 100..1100).await.unwrap() == vec![0; 1000]);
}

#[tokio::test]
async fn a_compressed_range_is_given_up_for_the_whole() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::GzipOfRange);
    assert!(fetch(&origin, 100_000..200_000).await.unwrap() == episode(100_000..200_000));
    assert_eq!(ranges(&origin), ["bytes=100000-199999", "none"]);
}

#[tokio::test]
async fn an_unknown_encoding_is_an_error_at_once() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::Encoding("br"));
    assert_eq!(fetch(&origin, 0..10).await.unwrap_err(), FetchError::Encoded("br".into()));
    origin.always(EPISODE, Behaviour::Encoding("gzip"));
    let known = Validator::default();
    let error = client().range(&at(&origin, EPISODE), 0..10, Some(&known), soon()).await.unwrap_err();
    assert!(matches!(error, FetchError::Encoded(_)), "{error:?}");
}
