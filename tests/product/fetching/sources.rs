//! What a source demands: headers, cookies, and addresses that are signed and expire.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use media::http::{FetchError, Location, Refresh};
use tests::origin::Behaviour;

use super::*;

/// A catalog that gives one new address after the other.
#[derive(Default)]
struct Catalog {
    addresses: Mutex<Vec<String>>,
    expired: Mutex<Vec<String>>,
}

impl Catalog {
    fn with(addresses: &[String]) -> Arc<Self> {
        Arc::new(Self { addresses: Mutex::new(addresses.to_vec()), expired: Mutex::default() })
    }

    fn expired(&self) -> usize {
        self.expired.lock().unwrap().len()
    }
}

impl Refresh for Catalog {
    fn refresh<'a>(&'a self, expired: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        self.expired.lock().unwrap().push(expired.to_owned());
        let mut addresses = self.addresses.lock().unwrap();
        let next = (!addresses.is_empty()).then(|| addresses.remove(0));
        Box::pin(async move { next })
    }
}

fn signed(origin: &Origin, signature: &str) -> String {
    origin.url(&format!("{EPISODE}?sign={signature}"))
}

fn refreshed_by(origin: &Origin, catalog: &Arc<Catalog>) -> Location {
    Location { url: signed(origin, "old"), refresh: Some(catalog.clone()), ..at(origin, EPISODE) }
}

#[tokio::test]
async fn an_expired_address_is_refreshed_and_the_new_one_told() {
    let origin = origin();
    origin.sign(EPISODE, "new");
    let catalog = Catalog::with(&[signed(&origin, "new")]);
    let answer = client().range(&refreshed_by(&origin, &catalog), 0..1000, None, soon()).await.unwrap();
    assert_eq!(answer.body.address(), signed(&origin, "new"));
    assert!(answer.body.collect().await.unwrap() == episode(0..1000));
    assert_eq!(*catalog.expired.lock().unwrap(), [signed(&origin, "old")]);
    assert_eq!(origin.count(), 2);
}

#[tokio::test]
async fn an_address_that_expires_halfway_is_refreshed_and_the_body_goes_on() {
    let origin = origin();
    origin.sign(EPISODE, "old");
    origin.script(EPISODE, Behaviour::StallAfter(300_000));
    let catalog = Catalog::with(&[signed(&origin, "new")]);
    let answer = impatient().range(&refreshed_by(&origin, &catalog), 0..LENGTH, None, soon()).await.unwrap();
    origin.sign(EPISODE, "new");
    assert!(answer.body.collect().await.unwrap() == episode(0..LENGTH));
    assert_eq!(ranges(&origin), ["bytes=0-999999", "bytes=300000-999999", "bytes=300000-999999"]);
    assert_eq!(catalog.expired(), 1);
}

#[tokio::test]
async fn an_address_is_refreshed_once_in_a_fetch() {
    let origin = origin();
    origin.sign(EPISODE, "newest");
    let catalog = Catalog::with(&[signed(&origin, "new"), signed(&origin, "newest")]);
    let error = client().range(&refreshed_by(&origin, &catalog), 0..10, None, soon()).await.unwrap_err();
    assert_eq!(error, FetchError::Refused { host: origin.host(), status: 403 });
    assert_eq!((origin.count(), catalog.expired()), (2, 1));
}

#[tokio::test]
async fn a_catalog_without_another_address_leaves_the_refusal() {
    let origin = origin();
    let catalog = Catalog::with(&[]);
    for status in [401, 403, 410] {
        origin.script(EPISODE, Behaviour::Status(status));
        let error = client().range(&refreshed_by(&origin, &catalog), 0..10, None, soon()).await.unwrap_err();
        assert_eq!(error, FetchError::Refused { host: origin.host(), status });
    }
    assert_eq!((origin.count(), catalog.expired()), (3, 3));
}

#[tokio::test]
async fn a_new_address_for_another_version_is_a_change() {
    let origin = origin();
    origin.put("/other.mp4", tests::origin::Resource::made_up(LENGTH, 2));
    let known = ask(&origin, 0..10).await.unwrap().validator;
    origin.always(EPISODE, Behaviour::Status(403));
    let catalog = Catalog::with(&[origin.url("/other.mp4")]);
    let error = client().range(&refreshed_by(&origin, &catalog), 0..10, Some(&known), soon()).await.unwrap_err();
    assert_eq!(error, FetchError::Changed);
}

#[tokio::test]
async fn a_source_gets_the_headers_that_it_demands() {
    let origin = origin();
    let location = Location {
        referer: Some("https://example.org/play/1".into()),
        user_agent: Some("Mozilla/5.0".into()),
        headers: vec![("X-Token".into(), "7".into())],
        ..at(&origin, EPISODE)
    };
    client().range(&location, 0..10, None, soon()).await.unwrap();
    client().range(&at(&origin, EPISODE), 0..10, None, soon()).await.unwrap();
    let requests = origin.requests();
    let found = |name| requests[0].header(name);
    assert_eq!(found("referer"), Some("https://example.org/play/1"));
    assert_eq!((found("user-agent"), found("x-token")), (Some("Mozilla/5.0"), Some("7")));
    assert!(requests[1].header("user-agent").unwrap().starts_with("Cliffhanger/"));
    assert_eq!(requests[1].header("referer"), None);
}

#[tokio::test]
async fn cookies_stay_in_the_jar_of_their_source() {
    let origin = origin();
    let client = client();
    let jar = |name: &str| Location { jar: Some(name.to_owned()), ..at(&origin, EPISODE) };
    origin.script(EPISODE, Behaviour::SetCookie("session=1; Path=/"));
    for location in [jar("one"), jar("one"), jar("two"), at(&origin, EPISODE)] {
        client.range(&location, 0..10, None, soon()).await.unwrap();
    }
    let cookies: Vec<_> = origin.requests().iter().map(|r| r.header("cookie").map(str::to_owned)).collect();
    assert_eq!(cookies, [None, Some("session=1".to_owned()), None, None]);
}
