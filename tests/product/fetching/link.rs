//! The estimates of throughput and round trip, over a shaped link in real time.

use tests::link::{Link, Trace};

use super::*;

/// A link that makes up for timers that wake a little late.
fn shaped(megabits_per_second: f64, round_trip: u64) -> Option<Link> {
    let link = Link::new(Trace::constant(megabits_per_second), Duration::from_millis(round_trip));
    Some(Link { burst: Duration::from_millis(20), ..link })
}

#[tokio::test]
async fn nothing_is_known_of_a_host_that_was_never_asked() {
    assert_eq!(client().link("example.org"), None);
    assert_eq!(client().overall(), None);
}

#[tokio::test]
async fn the_estimate_finds_the_bandwidth_and_the_round_trip() {
    let origin = origin();
    origin.shape(shaped(8.0, 60));
    let client = client();
    let answer = client.range(&at(&origin, EPISODE), 0..LENGTH, None, soon()).await.unwrap();
    assert!(answer.body.collect().await.unwrap() == episode(0..LENGTH));
    for link in [client.link(&origin.host()).unwrap(), client.overall().unwrap()] {
        assert!((6_000_000..=10_000_000).contains(&link.throughput_bps), "{link:?}");
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
    assert!((12_000_000..=20_000_000).contains(&link.throughput_bps), "{link:?}");
}
