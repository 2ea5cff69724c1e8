//! TLS and HTTP/2, with a server whose certificate a root signed that the system trusts or does not.
//!
//! Which roots the system trusts is told by `SSL_CERT_FILE`, so what trusts this one runs as a program of its own.

use std::{io, net::SocketAddr, sync::Arc, sync::Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{StatusCode, Version, header},
    response::{IntoResponse, Response},
    serve::Listener,
};
use futures_util::future::try_join_all;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};

use super::*;

/// Where a program that trusts the server finds it; unset in the test itself.
const ADDRESS: &str = "SECURE_TEST_ADDRESS";
const HTTP_2: &str = "fetching::secure::a_server_that_speaks_http_2_answers_all_requests_over_one_connection";
const HTTP_1: &str = "fetching::secure::a_server_that_speaks_only_http_1_over_tls_is_understood";

/// What a server saw.
#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    requests: Vec<Version>,
}

/// A listener that speaks TLS. A connection whose handshake fails is none.
struct Secure {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    seen: Arc<Mutex<Seen>>,
}

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                self.seen.lock().unwrap().connections += 1;
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A server of the episode.
struct Server {
    address: String,
    /// Its certificate, which is its own root.
    root: tempfile::NamedTempFile,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Starts one that offers these protocols (ALPN), the one it likes best first.
    async fn start(protocols: &[&str]) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let root = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(root.path(), cert.pem()).unwrap();
        let key = signing_key.serialize_der().try_into().unwrap();
        let ring = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://localhost:{}{EPISODE}", listener.local_addr().unwrap().port());
        let seen = Arc::<Mutex<Seen>>::default();
        let secure = Secure { listener, acceptor: TlsAcceptor::from(Arc::new(config)), seen: seen.clone() };
        let app = Router::new().route(EPISODE, axum::routing::get(part)).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(secure, app).await });
        Self { address, root, seen }
    }

    /// Runs the test of this name once more, in a program that trusts this server's root and nothing else.
    async fn visited_by(&self, test: &str) {
        let visitor = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(ADDRESS, &self.address)
            .env("SSL_CERT_FILE", self.root.path())
            .env_remove("SSL_CERT_DIR")
            .kill_on_drop(true)
            .status();
        assert!(tokio::time::timeout(MINUTE, visitor).await.unwrap().unwrap().success());
    }
}

/// Answers with the range that was asked for.
async fn part(State(seen): State<Arc<Mutex<Seen>>>, request: Request) -> Response {
    seen.lock().unwrap().requests.push(request.version());
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
    let (start, last) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')).unwrap();
    let (start, last): (u64, u64) = (start.parse().unwrap(), last.parse().unwrap());
    let span = [(header::CONTENT_RANGE, format!("bytes {start}-{last}/{LENGTH}"))];
    (StatusCode::PARTIAL_CONTENT, span, Bytes::from(episode(start..last + 1))).into_response()
}

/// In a program that was started for it: fetches the episode in three parts, one and then two at the same time. Else nothing.
async fn visit() -> bool {
    let Ok(address) = std::env::var(ADDRESS) else { return false };
    let location = Location { reach: Reach::Anywhere, ..Location::new(address) };
    let client = client();
    let fetch = async |range: std::ops::Range<u64>| {
        let answer = client.range(&location, range.clone(), None, soon()).await?;
        assert!(answer.body.collect().await? == episode(range));
        Ok::<_, FetchError>(())
    };
    fetch(0..400_000).await.unwrap();
    try_join_all([fetch(400_000..700_000), fetch(700_000..LENGTH)]).await.unwrap();
    true
}

#[tokio::test]
async fn a_server_that_speaks_http_2_answers_all_requests_over_one_connection() {
    if visit().await {
        return;
    }
    let server = Server::start(&["h2", "http/1.1"]).await;
    server.visited_by(HTTP_2).await;
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen.connections, &seen.requests[..]), (1, &[Version::HTTP_2; 3][..]));
}

#[tokio::test]
async fn a_server_that_speaks_only_http_1_over_tls_is_understood() {
    if visit().await {
        return;
    }
    let server = Server::start(&["http/1.1"]).await;
    server.visited_by(HTTP_1).await;
    assert_eq!(server.seen.lock().unwrap().requests, [Version::HTTP_11; 3]);
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_not_asked_for_anything() {
    let server = Server::start(&["h2", "http/1.1"]).await;
    let location = Location { reach: Reach::Anywhere, ..Location::new(server.address.clone()) };
    let error = client().range(&location, 0..1000, None, soon()).await.unwrap_err();
    assert!(matches!(&error, FetchError::Unreachable { detail, .. } if detail.contains("certificate")), "{error}");
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen.connections, seen.requests.len()), (0, 0));
}
