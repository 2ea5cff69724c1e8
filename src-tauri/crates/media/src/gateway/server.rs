//! Listens on this machine only, takes a bounded number of connections, and ends them all together.

use super::answer::answer;
use super::shared::Shared;
use crate::ReadError;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at once. Three decks have six each; what comes beyond waits.
const CONNECTIONS_MAX: usize = 64;

/// Bytes of a request's head, and headers in it.
const HEAD_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;

/// The longest wait for a request, the first and every later one of a connection.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// After the system had no connection to give (too many open files), the next attempt waits so long.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Serves until `stop` is true or its sender is gone. When this returns, no connection is open; when it is dropped, too.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            let Ok(permit) = permits.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let shared = shared.clone();
                    connections.spawn(async move {
                        connection(stream, shared).await;
                        drop(permit);
                    });
                    // What has ended is let go of.
                    while connections.try_join_next().is_some() {}
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection");
                    tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // A player's small requests are not to wait for each other.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, ReadError>(answer(&shared, &request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::trace!(%error, "a player's connection ended");
    }
}
