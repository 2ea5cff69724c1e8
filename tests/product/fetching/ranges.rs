//! Ranges: honoured, ignored, cut short, wrong.

use media::Validator;
use media::http::{FetchError, Served};
use tests::origin::{Behaviour, Resource};

use super::*;

#[tokio::test]
async fn a_span_costs_one_request_and_tells_the_version() {
    let origin = origin();
    let answer = ask(&origin, 1000..5000).await.unwrap();
    assert_eq!((answer.served, answer.start, answer.total), (Served::Range, 1000, Some(LENGTH)));
    assert_eq!(answer.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(answer.validator.length, Some(LENGTH));
    assert!(answer.validator.etag.is_some() && answer.validator.last_modified.is_some());
    assert!(answer.body.collect().await.unwrap() == episode(1000..5000));

    let requests = origin.requests();
    assert_eq!(ranges(&origin), ["bytes=1000-4999"]);
    assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
    assert_eq!(requests[0].header("if-range"), None);
}

#[tokio::test]
async fn an_open_span_goes_to_the_end() {
    let origin = origin();
    let answer = client().range(&at(&origin, EPISODE), 999_000.., None, soon()).await.unwrap();
    assert!(answer.body.collect().await.unwrap() == episode(999_000..LENGTH));
    assert_eq!(ranges(&origin), ["bytes=999000-"]);
}

#[tokio::test]
async fn a_span_beyond_the_end_is_cut_to_what_there_is() {
    let origin = origin();
    assert!(fetch(&origin, 999_000..2_000_000).await.unwrap() == episode(999_000..LENGTH));
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn a_span_behind_the_end_says_where_the_end_is() {
    let origin = origin();
    let error = fetch(&origin, LENGTH..LENGTH + 10).await.unwrap_err();
    assert_eq!(error, FetchError::PastEnd { length: Some(LENGTH) });
    origin.always(EPISODE, Behaviour::IgnoreRange);
    let error = fetch(&origin, LENGTH..LENGTH + 10).await.unwrap_err();
    assert_eq!(error, FetchError::PastEnd { length: Some(LENGTH) });
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn an_empty_resource_ends_before_it_begins() {
    let origin = origin();
    origin.put(EPISODE, Resource::new(Vec::new()));
    assert_eq!(fetch(&origin, 0..10).await.unwrap_err(), FetchError::PastEnd { length: Some(0) });
    origin.always(EPISODE, Behaviour::IgnoreRange);
    assert_eq!(fetch(&origin, 0..10).await.unwrap_err(), FetchError::PastEnd { length: Some(0) });
}

#[tokio::test]
async fn a_server_that_ignores_ranges_is_read_up_to_a_near_span() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::IgnoreRange);
    let answer = ask(&origin, 300_000..400_000).await.unwrap();
    assert_eq!((answer.served, answer.start, answer.total), (Served::Skipped, 300_000, Some(LENGTH)));
    assert!(answer.body.collect().await.unwrap() == episode(300_000..400_000));
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn a_server_that_ignores_ranges_offers_the_whole_for_a_far_span() {
    const LONG: u64 = 6 << 20;
    let origin = origin();
    origin.put(EPISODE, Resource::made_up(LONG, 2));
    origin.always(EPISODE, Behaviour::IgnoreRange);
    let answer = ask(&origin, LONG - 1000..LONG).await.unwrap();
    assert_eq!((answer.served, answer.start, answer.total), (Served::WholeOnly, 0, Some(LONG)));
    assert!(answer.body.collect().await.unwrap() == made_up(2, 0..LONG));
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn ok_for_a_range_from_zero_is_taken_as_the_range() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::OkForZeroRange);
    let answer = ask(&origin, 0..5000).await.unwrap();
    assert_eq!((answer.served, answer.start, answer.total), (Served::Range, 0, Some(LENGTH)));
    assert!(answer.body.collect().await.unwrap() == episode(0..5000));
    assert!(fetch(&origin, 600_000..700_000).await.unwrap() == episode(600_000..700_000));
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn a_server_that_gives_less_than_asked_for_is_asked_for_the_rest() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::AtMost(100_000));
    assert!(fetch(&origin, 0..250_000).await.unwrap() == episode(0..250_000));
    assert_eq!(ranges(&origin), ["bytes=0-249999", "bytes=100000-249999", "bytes=200000-249999"]);
}

#[tokio::test]
async fn a_server_that_gives_next_to_nothing_is_not_asked_for_ever() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::AtMost(10));
    assert!(matches!(fetch(&origin, 0..250_000).await.unwrap_err(), FetchError::Broken { .. }));
    assert_eq!(origin.count(), 4);
}

#[tokio::test]
async fn another_range_than_asked_for_is_refused() {
    let origin = origin();
    for behaviour in [Behaviour::OtherRange, Behaviour::NoContentRange] {
        origin.script(EPISODE, behaviour);
        assert!(matches!(fetch(&origin, 10..20).await.unwrap_err(), FetchError::Nonsense(_)));
    }
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn the_known_version_is_asked_for_and_found_unchanged() {
    let origin = origin();
    let client = client();
    let first = client.range(&at(&origin, EPISODE), 0..10, None, soon()).await.unwrap();
    let known = first.validator.clone();
    let again = client.range(&at(&origin, EPISODE), 10..20, Some(&known), soon()).await.unwrap();
    assert_eq!(again.validator, known);
    assert_eq!(origin.requests()[1].header("if-range"), known.etag.as_deref());
}

#[tokio::test]
async fn a_changed_version_is_noticed_with_every_kind_of_mark() {
    type Dress = fn(Resource) -> Resource;
    let dresses: [(&str, Dress); 4] = [
        ("entity tag", |resource| resource),
        ("weak tag", Resource::weak),
        ("length alone", Resource::without_marks),
        ("date", |mut resource| {
            resource.etag = None;
            resource
        }),
    ];
    for (name, dress) in dresses {
        let origin = origin();
        origin.put(EPISODE, dress(Resource::made_up(LENGTH, 1)));
        let known = ask(&origin, 0..10).await.unwrap().validator;
        let mut other = dress(Resource::made_up(LENGTH + 1, 2));
        other.last_modified = other.last_modified.map(|_| "Mon, 07 Nov 1994 08:49:37 GMT".to_owned());
        origin.put(EPISODE, other);
        let error = client().range(&at(&origin, EPISODE), 10..20, Some(&known), soon()).await.unwrap_err();
        assert_eq!(error, FetchError::Changed, "{name}");
        assert_eq!(origin.count(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_resource_that_shrank_is_a_change_and_not_the_end() {
    let origin = origin();
    origin.put(EPISODE, Resource::made_up(1000, 1).without_marks());
    let known = Validator { length: Some(LENGTH), ..Validator::default() };
    let error = client().range(&at(&origin, EPISODE), 5000..6000, Some(&known), soon()).await.unwrap_err();
    assert_eq!(error, FetchError::Changed);
    origin.always(EPISODE, Behaviour::Status(412));
    let error = client().range(&at(&origin, EPISODE), 0..10, Some(&known), soon()).await.unwrap_err();
    assert_eq!(error, FetchError::Changed);
}

#[tokio::test]
async fn connections_are_kept_alive_after_a_whole_body() {
    let origin = origin();
    let client = client();
    for start in (0..10).map(|n| n * 50_000) {
        let answer = client.range(&at(&origin, EPISODE), start..start + 50_000, None, soon()).await.unwrap();
        assert!(answer.body.collect().await.unwrap() == episode(start..start + 50_000));
    }
    assert!(origin.requests().iter().all(|request| request.connection == 0));
}
