//! Small things as a whole: catalogs, playlists, subtitles, pictures.

use media::http::FetchError;
use tests::origin::{Behaviour, Resource};

use super::*;

const LIST: &str = "/list.m3u8";

async fn small(origin: &Origin, limit: u64) -> Result<media::http::Small, FetchError> {
    impatient().small(&at(origin, LIST), limit, soon()).await
}

fn with_list(bytes: Vec<u8>) -> Origin {
    let origin = Origin::start();
    origin.put(LIST, Resource::new(bytes).typed("application/vnd.apple.mpegurl"));
    origin
}

#[tokio::test]
async fn something_small_comes_as_a_whole_with_its_address_after_redirects() {
    let origin = with_list(b"#EXTM3U\n".to_vec());
    origin.always("/start", Behaviour::Redirect(format!("{LIST}?token=1")));
    let small = client().small(&at(&origin, "/start"), 100, soon()).await.unwrap();
    assert_eq!(&small.bytes[..], b"#EXTM3U\n");
    assert_eq!(small.url, origin.url("/list.m3u8?token=1"));
    assert_eq!(small.content_type.as_deref(), Some("application/vnd.apple.mpegurl"));
    assert!(small.validator.etag.is_some());
    let request = &origin.requests()[1];
    assert_eq!((request.header("range"), request.header("accept-encoding")), (None, Some("gzip")));
}

#[tokio::test]
async fn compression_is_accepted() {
    let origin = with_list(vec![b'a'; 50_000]);
    origin.always(LIST, Behaviour::Gzip);
    assert_eq!(small(&origin, 50_000).await.unwrap().bytes, vec![b'a'; 50_000]);
    assert!(origin.sent() < 1000);
}

#[tokio::test]
async fn the_limit_holds_whatever_the_length_says() {
    let honest = with_list(vec![b'a'; 50_001]);
    assert_eq!(small(&honest, 50_000).await.unwrap_err(), FetchError::TooLarge { limit: 50_000 });
    for behaviour in [Behaviour::Chunked, Behaviour::NoLength, Behaviour::Gzip] {
        let origin = with_list(vec![b'a'; 4_000_000]);
        origin.always(LIST, behaviour.clone());
        assert_eq!(small(&origin, 50_000).await.unwrap_err(), FetchError::TooLarge { limit: 50_000 }, "{behaviour:?}");
        assert_eq!(origin.count(), 1);
    }
}

#[tokio::test]
async fn what_broke_is_fetched_again_from_the_start() {
    let origin = with_list(vec![b'a'; 50_000]);
    for behaviour in [Behaviour::CloseAfter(1000), Behaviour::WrongLength(9), Behaviour::StallAfter(1000)] {
        origin.script(LIST, behaviour);
    }
    assert_eq!(small(&origin, 60_000).await.unwrap().bytes.len(), 50_000);
    assert_eq!(origin.count(), 4);
}

#[tokio::test]
async fn an_empty_answer_is_empty() {
    let origin = with_list(Vec::new());
    assert!(small(&origin, 10).await.unwrap().bytes.is_empty());
}
