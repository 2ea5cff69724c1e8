//! Fetching by HTTP from an origin that misbehaves in every way known: what bytes come, or which error, and after how many
//! requests.

mod bounds;
mod broken;
mod lengths;
mod link;
mod ranges;
mod secure;
mod sources;
mod whole;

use std::time::Duration;

use media::http::{Answer, Client, ClientOptions, FetchError, Location, Proxies, Reach};
use tests::origin::{Origin, Resource, made_up};
use tokio::time::Instant;

/// The length of [`EPISODE`]'s resource.
const LENGTH: u64 = 1_000_000;
/// The path of a resource that every origin here has.
const EPISODE: &str = "/episode.mp4";
/// Long enough for a busy machine.
const MINUTE: Duration = Duration::from_secs(60);

/// Options for tests: no proxy, hardly any wait between attempts, few of those.
fn options() -> ClientOptions {
    ClientOptions {
        proxies: Proxies::Off,
        back_off: Duration::from_millis(1),
        stall_timeout: MINUTE,
        attempts: 4,
        ..ClientOptions::default()
    }
}

fn client() -> Client {
    Client::new(options()).unwrap()
}

/// A client that notices stalls soon.
fn impatient() -> Client {
    Client::new(ClientOptions { stall_timeout: Duration::from_millis(400), ..options() }).unwrap()
}

/// An origin with an episode of made-up bytes.
fn origin() -> Origin {
    let origin = Origin::start();
    origin.put(EPISODE, Resource::made_up(LENGTH, 1));
    origin
}

fn episode(range: std::ops::Range<u64>) -> Vec<u8> {
    made_up(1, range)
}

fn at(origin: &Origin, path: &str) -> Location {
    Location { reach: Reach::Anywhere, ..Location::new(origin.url(path)) }
}

fn soon() -> Instant {
    Instant::now() + MINUTE
}

/// Fetches a range of the episode.
async fn fetch(origin: &Origin, range: std::ops::Range<u64>) -> Result<Vec<u8>, FetchError> {
    ask(origin, range).await?.body.collect().await
}

async fn ask(origin: &Origin, range: std::ops::Range<u64>) -> Result<Answer, FetchError> {
    client().range(&at(origin, EPISODE), range, None, soon()).await
}

/// The `Range` headers of all requests so far.
fn ranges(origin: &Origin) -> Vec<String> {
    origin.requests().iter().map(|request| request.header("range").unwrap_or("none").to_owned()).collect()
}
