//! The estimates of throughput and round trip, over a shaped link in real time.

use tests::link::{Link, Trace};

use super::*;

fn shaped(megabits_per_second: f64, round_trip: u64) -> Option<Link> {
    Some(Link::new(Trace::constant(megabits_per_second), Duration::from_millis(round_trip)))
}

#[tokio::test]
async fn nothing_is_known_of_a_host_that_was_never_asked() {
    assert_eq!(client().link("example.org"), None);
    assert_eq!(client().overall(), None);
}

#[tokio::test]
async fn one_short_span_over_a_fast_link_is_a_sample() {
    let (origin, client) = (origin(), client());
    let answer = client.range(&at(&origin, EPISODE), 0..LENGTH / 2, None, soon()).await.unwrap();
    answer.body.collect().await.unwrap();
    assert_eq!(client.link(&origin.host()).unwrap().samples, 1);
}

#[tokio::test]
async fn the_estimate_finds_the_bandwidth_and_the_round_trip() {
    let origin = origin();
    origin.shape(shaped(8.0, 60));
    let client = client();
    let answer = client.range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
    assert!(answer.body.collect().await.unwrap() == episode(0..LENGTH));
    for link in [client.link(&origin.host()).unwrap(), client.overall().unwrap()] {
        assert!((5_000_000..=10_000_000).contains(&link.throughput_bps), "{link:?}");
        assert!(link.discounted_bps <= link.throughput_bps && link.samples >= 1, "{link:?}");
        assert!(link.round_trip.unwrap() >= Duration::from_millis(60), "{link:?}");
    }
}

#[tokio::test]
async fn two_downloads_at_once_do_not_halve_the_estimate() {
    let origin = origin();
    origin.shape(shaped(16.0, 0));
    let client = client();
    let fetch = || async {
        let answer = client.range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
        answer.body.collect().await.unwrap()
    };
    let (one, two) = tokio::join!(fetch(), fetch());
    assert!(one == two);
    let link = client.link(&origin.host()).unwrap();
    assert!((10_000_000..=20_000_000).contains(&link.throughput_bps), "{link:?}");
}

#[tokio::test]
async fn the_estimate_follows_a_link_down() {
    let origin = origin();
    let (client, location) = (client(), at(&origin, EPISODE));
    let fetch = |range| client.range(&location, range, None, soon());
    origin.shape(shaped(16.0, 0));
    fetch(0..LENGTH).await.unwrap().body.collect().await.unwrap();
    let before = client.link(&origin.host()).unwrap();
    origin.shape(shaped(2.0, 0));
    fetch(0..LENGTH / 2).await.unwrap().body.collect().await.unwrap();
    let after = client.link(&origin.host()).unwrap();
    // Relations only: a busy machine is a slow link too.
    assert!(after.throughput_bps < before.throughput_bps, "{before:?} {after:?}");
    assert!(after.discounted_bps < after.throughput_bps / 5 * 4, "the surprise makes cautious: {after:?}");
}
