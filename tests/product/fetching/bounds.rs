//! What servers say instead of giving: statuses, redirects, waits; and the bounds that hold whatever they say.

use std::sync::Arc;

use media::http::{FetchError, Location, Proxies};
use model::ErrorCode;
use tests::origin::{Behaviour, Origin, Resource};

use super::*;

#[tokio::test]
async fn a_refusal_is_final() {
    let origin = origin();
    for (status, code) in [(404, ErrorCode::NotFound), (403, ErrorCode::ServerRefused), (451, ErrorCode::ServerRefused)]
    {
        origin.script(EPISODE, Behaviour::Status(status));
        let error = fetch(&origin, 0..10).await.unwrap_err();
        assert_eq!(error, FetchError::Refused { host: origin.host(), status });
        assert_eq!(error.code(), code);
    }
    assert_eq!(origin.count(), 3);
}

#[tokio::test]
async fn a_failure_is_tried_again_a_bounded_number_of_times() {
    let origin = origin();
    for status in [500, 502, 503, 504, 429, 408] {
        origin.forget();
        origin.script(EPISODE, Behaviour::Status(status));
        assert_eq!(fetch(&origin, 0..10).await.unwrap(), episode(0..10), "{status}");
        assert_eq!(origin.count(), 2);
    }
    origin.forget();
    origin.always(EPISODE, Behaviour::Status(503));
    let error = fetch(&origin, 0..10).await.unwrap_err();
    assert_eq!(error, FetchError::Failed { host: origin.host(), status: 503, retry_after: None });
    assert_eq!((error.code(), origin.count()), (ErrorCode::ServerFailed, 4));
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::RetryAfter(503, "1"));
    let began = Instant::now();
    assert!(fetch(&origin, 0..10).await.unwrap() == episode(0..10));
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn retry_after_beyond_the_deadline_is_an_error_at_once_and_is_told() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::RetryAfter(429, "3600"));
    let wished = Some(Duration::from_secs(3600));
    let error = fetch(&origin, 0..10).await.unwrap_err();
    assert_eq!(error, FetchError::Failed { host: origin.host(), status: 429, retry_after: wished });
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn a_host_that_wishes_not_to_be_asked_is_not_asked_for_anything_else_either() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::RetryAfter(429, "3600"));
    let client = client();
    client.range(&at(&origin, EPISODE), 0..10, None, soon()).await.unwrap_err();
    for path in [EPISODE, "/other.mp4"] {
        let error = client.range(&at(&origin, path), 0..10, None, soon()).await.unwrap_err();
        assert!(matches!(error, FetchError::Failed { status: 429, retry_after: Some(_), .. }), "{error:?}");
    }
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn a_web_page_is_no_media() {
    let origin = origin();
    origin.script(EPISODE, Behaviour::Html);
    assert_eq!(fetch(&origin, 0..100_000).await.unwrap_err(), FetchError::NotMedia);
    origin.script(EPISODE, Behaviour::Html);
    assert_eq!(fetch(&origin, 10..100_000).await.unwrap_err(), FetchError::NotMedia);
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn a_web_page_is_no_newer_version_of_a_film_that_is_known() {
    let origin = origin();
    let known = ask(&origin, 0..10).await.unwrap().validator;
    origin.script(EPISODE, Behaviour::Html);
    let error = client().range(&at(&origin, EPISODE), 500..600, Some(&known), soon()).await.unwrap_err();
    assert_eq!(error, FetchError::NotMedia);
}

#[tokio::test]
async fn media_under_a_wrong_type_is_media() {
    let origin = origin();
    let bytes = [&b"\x00\x00\x00\x20ftypisom"[..], &[1; 100]].concat();
    origin.put(EPISODE, Resource::new(bytes.clone()).typed("text/html"));
    assert_eq!(fetch(&origin, 0..1000).await.unwrap(), bytes);
}

#[tokio::test]
async fn redirects_are_followed() {
    let origin = origin();
    let other = Origin::start();
    other.put("/moved/there.mp4", Resource::made_up(LENGTH, 1));
    origin.always(EPISODE, Behaviour::RedirectHops(3));
    assert!(fetch(&origin, 50..100).await.unwrap() == episode(50..100));
    assert_eq!(ranges(&origin), ["bytes=50-99"; 4]);

    origin.always(EPISODE, Behaviour::Redirect(other.url("/moved/there.mp4")));
    assert!(fetch(&origin, 50..100).await.unwrap() == episode(50..100));
    assert_eq!(ranges(&other), ["bytes=50-99"]);
}

#[tokio::test]
async fn redirects_are_bounded() {
    let origin = origin();
    for behaviour in [Behaviour::RedirectLoop, Behaviour::RedirectHops(11)] {
        origin.forget();
        origin.always(EPISODE, behaviour);
        assert_eq!(fetch(&origin, 0..10).await.unwrap_err(), FetchError::Redirects { host: origin.host() });
        assert_eq!(origin.count(), 11);
    }
}

#[tokio::test]
async fn a_redirect_leads_to_http_only() {
    let origin = origin();
    for target in ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:video/mp4,a"] {
        origin.script(EPISODE, Behaviour::Redirect(target.to_owned()));
        assert!(matches!(fetch(&origin, 0..10).await.unwrap_err(), FetchError::Address(_)), "{target}");
    }
    assert_eq!(origin.count(), 3);
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let (origin, other) = (origin(), Origin::start());
    other.put("/a.mp4", Resource::made_up(LENGTH, 1));
    origin.always(EPISODE, Behaviour::Redirect(other.url("/a.mp4")));
    let location = Location {
        headers: vec![("Authorization".into(), "Bearer 1".into()), ("X-App".into(), "2".into())],
        ..at(&origin, EPISODE)
    };
    client().range(&location, 0..10, None, soon()).await.unwrap();
    let (first, second) = (&origin.requests()[0], &other.requests()[0]);
    assert_eq!((first.header("authorization"), first.header("x-app")), (Some("Bearer 1"), Some("2")));
    assert_eq!((second.header("authorization"), second.header("x-app")), (None, Some("2")));
}

#[tokio::test]
async fn a_source_without_permission_cannot_reach_this_machine() {
    let origin = origin();
    let port = origin.host().split_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"] {
        let location = Location::new(format!("http://{host}:{port}{EPISODE}"));
        let error = client().range(&location, 0..10, None, soon()).await.unwrap_err();
        assert!(matches!(error, FetchError::Private { .. }), "{host}: {error:?}");
    }
    assert_eq!(origin.count(), 0);
}

#[tokio::test]
async fn a_host_gets_a_bounded_number_of_requests_at_once() {
    let origin = Arc::new(origin());
    origin.always(EPISODE, Behaviour::StallAfter(1000));
    let client = Client::new(ClientOptions { per_host: 3, ..options() }).unwrap();
    let fetches: Vec<_> = (0..9)
        .map(|_| {
            let (client, location) = (client.clone(), at(&origin, EPISODE));
            tokio::spawn(async move {
                let answer = client.range(&location, 0..100_000, None, soon()).await.unwrap();
                answer.body.collect().await.unwrap()
            })
        })
        .collect();
    origin.answering(3).await;
    // Those three hold all the permits until they are released; the others follow as soon as they get one.
    origin.always(EPISODE, Behaviour::Honest);
    origin.release();
    for fetch in fetches {
        assert!(tokio::time::timeout(MINUTE, fetch).await.unwrap().unwrap() == episode(0..100_000));
    }
    assert_eq!((origin.most_at_once(), origin.count()), (3, 9));
}

#[tokio::test]
async fn a_body_that_is_dropped_gives_its_permit_back() {
    let origin = origin();
    origin.always(EPISODE, Behaviour::StallAfter(1000));
    let client = Client::new(ClientOptions { per_host: 1, ..options() }).unwrap();
    for _ in 0..3 {
        drop(client.range(&at(&origin, EPISODE), 0..100_000, None, soon()).await.unwrap());
    }
    let deadline = Instant::now() + Duration::from_millis(100);
    let _held = client.range(&at(&origin, EPISODE), 0..100_000, None, soon()).await.unwrap();
    let error = client.range(&at(&origin, EPISODE), 0..100_000, None, deadline).await.unwrap_err();
    assert_eq!(error, FetchError::TimedOut, "waiting for a permit is bounded by the deadline");
    assert_eq!(origin.count(), 4);
}

#[tokio::test]
async fn a_proxy_gets_the_whole_address() {
    let (origin, proxy) = (origin(), Origin::start());
    proxy.put(EPISODE, Resource::made_up(LENGTH, 3));
    let client = Client::new(ClientOptions { proxies: Proxies::Fixed(proxy.url("")), ..options() }).unwrap();
    // Also for a source that may only reach public hosts: the proxy itself is the user's choice.
    let location = Location::new(format!("http://videos.example{EPISODE}"));
    let answer = client.range(&location, 0..10, None, soon()).await.unwrap();
    assert!(answer.body.collect().await.unwrap() == made_up(3, 0..10));
    let request = &proxy.requests()[0];
    assert!(request.to_proxy);
    assert_eq!(request.header("host"), Some("videos.example"));
    assert_eq!(origin.count(), 0);
}
