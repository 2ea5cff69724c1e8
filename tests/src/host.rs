//! The loopback host: the real engine behind HTTP on 127.0.0.1, for a browser that a test drives.
//!
//! It serves the built interface, runs the engine's commands and streams its events, the way `ui/src/lib/backend/web.ts`
//! asks for them. Pictures go to a headless stage and sound to a silent sink that keeps time, so that it needs no display
//! and no sound card. It is for tests alone: whoever reaches the port may do everything that the user may.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Json, Path as InPath, Request, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
    routing::{get, post},
};
use engine::{AudioOutput, Config, Engine, Event, HeadlessStage, Places, Surroundings, dispatch};
use futures_util::{Stream, StreamExt as _, stream};
use model::{ApiError, ErrorCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast::error::RecvError, task::JoinHandle};

/// A command's arguments are a few identifiers and numbers; the longest is a path.
const MAX_ARGUMENTS: usize = 64 << 10;

/// What the page may do: as in the application, but its host is this one.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no built interface.
    #[error("{0} has no index.html: build the interface first (npm --prefix ui run build)")]
    Interface(PathBuf),
    /// No port could be had.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] io::Error),
    /// The engine did not start, or refused the folder.
    #[error("{}{}", .0.message, .0.detail.as_deref().map(|d| format!(" ({d})")).unwrap_or_default())]
    Engine(ApiError),
}

/// A running host. [`Host::stop`] ends it in order; dropping it only stops the listening.
pub struct Host {
    address: SocketAddr,
    engine: Engine,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    engine: Engine,
    ui: Arc<Path>,
    port: u16,
}

impl Host {
    /// Starts an engine whose data and caches lie under `home`, and serves the interface that was built into `ui`, on a
    /// port that was free.
    ///
    /// # Errors
    /// When there is no interface in `ui`, no port, or the engine does not start.
    pub async fn start(ui: &Path, home: &Path) -> Result<Self, HostError> {
        if !ui.join("index.html").is_file() {
            return Err(HostError::Interface(ui.to_owned()));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let config = Config { places: Places::under(home), stage: HeadlessStage::new(), audio: AudioOutput::Silent };
        let engine = Engine::start(config).map_err(HostError::Engine)?;
        engine.set_surroundings(Surroundings::default());
        let shared = Shared { engine: engine.clone(), ui: ui.into(), port: address.port() };
        let router = Router::new()
            .route("/api/command/{name}", post(command))
            .route("/api/events", get(events))
            .route("/api/picture/{key}", get(picture))
            .fallback(get(file))
            .layer(DefaultBodyLimit::max(MAX_ARGUMENTS))
            .layer(middleware::from_fn_with_state(shared.clone(), only_loopback))
            .with_state(shared);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("loopback-host: {error}");
            }
        });
        Ok(Self { address, engine, server })
    }

    /// Where a browser finds it: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a folder to the library; it is scanned in the background.
    ///
    /// # Errors
    /// When there is no such folder.
    pub async fn add_folder(&self, folder: &Path) -> Result<(), HostError> {
        let args = json!({ "path": folder });
        dispatch(&self.engine, "add_source", args).await.map(drop).map_err(HostError::Engine)
    }

    /// Stops listening, saves what is playing and closes the library.
    pub async fn stop(self) {
        self.server.abort();
        self.engine.shutdown().await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Refuses requests that were made for another host: a page from elsewhere may have made its name point here.
async fn only_loopback(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let names = [format!("127.0.0.1:{}", shared.port), format!("localhost:{}", shared.port)];
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| names.iter().any(|name| name == host)) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This host answers only on the loopback address.").into_response()
    }
}

async fn command(
    State(shared): State<Shared>,
    InPath(name): InPath<String>,
    args: Result<Json<Value>, JsonRejection>,
) -> Response {
    let reply = match args {
        Ok(Json(args)) => dispatch(&shared.engine, &name, args).await,
        Err(refused) => Err(ApiError::new(ErrorCode::BadRequest, format!("The arguments of {name} are not JSON."))
            .with_detail(refused.body_text())),
    };
    match reply {
        Ok(value) => Json(value).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
    }
}

/// The events from now on. What happened before the page was listening is made up for first.
async fn events(State(shared): State<Shared>) -> Sse<impl Stream<Item = Result<sse::Event, axum::Error>>> {
    let heard = shared.engine.events();
    let state = dispatch(&shared.engine, "player", json!({})).await.ok();
    let playing = state.and_then(|state| serde_json::from_value(state).ok()).flatten();
    let first = std::iter::once(Event::LibraryChanged).chain(playing.map(|state| Event::Player { state: Some(state) }));
    let later = stream::unfold(heard, |mut heard| async move {
        match heard.recv().await {
            Ok(event) => Some((event, heard)),
            // The page fell behind: what it shows is refreshed as a whole.
            Err(RecvError::Lagged(_)) => Some((Event::LibraryChanged, heard)),
            Err(RecvError::Closed) => None,
        }
    });
    let stream = stream::iter(first).chain(later).map(|event| sse::Event::default().json_data(event));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn picture(State(shared): State<Shared>, InPath(key): InPath<String>) -> Response {
    match shared.engine.picture(&key).await {
        Ok((bytes, kind)) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], bytes).into_response()
        }
        Err(error) => (StatusCode::NOT_FOUND, Json(error)).into_response(),
    }
}

/// A file of the interface.
async fn file(State(shared): State<Shared>, request: Request) -> Response {
    let Some(path) = inside(&shared.ui, request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = media_type(&path);
    match tokio::task::spawn_blocking(move || std::fs::read(path)).await {
        Ok(Ok(bytes)) => {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
            let policy = header::HeaderValue::from_static(CONTENT_SECURITY_POLICY);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            (headers, bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The file that an address means; `None` when it leads out of the folder. Built files have plain names, so that nothing
/// has to be decoded.
fn inside(folder: &Path, address: &str) -> Option<PathBuf> {
    let relative = Path::new(address.trim_start_matches('/'));
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let relative = if relative.as_os_str().is_empty() { Path::new("index.html") } else { relative };
    plain.then(|| folder.join(relative))
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
        time::Duration,
    };

    use super::*;

    /// The whole answer to a request, as text.
    async fn ask(host: &Host, request: String) -> String {
        let address = host.address;
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        });
        asked.await.unwrap()
    }

    fn post(host: &Host, name: &str, body: &str) -> String {
        format!(
            "POST /api/command/{name} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            host.address,
            body.len()
        )
    }

    async fn start(folder: &Path) -> Host {
        std::fs::write(folder.join("index.html"), "<p>page</p>").unwrap();
        std::fs::write(folder.join("secret"), "secret").unwrap();
        let ui = folder.join("ui");
        std::fs::create_dir(&ui).unwrap();
        std::fs::write(ui.join("index.html"), "<p>page</p>").unwrap();
        Host::start(&ui, &folder.join("home")).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_page_is_served_and_nothing_outside_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        let get = |path: &str, name: &str| format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        let own = host.address.to_string();
        let page = ask(&host, get("/", &own)).await;
        assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("<p>page</p>"), "{page}");
        for path in ["/../secret", "//../secret", "/./../secret", "/nothing.js"] {
            assert!(ask(&host, get(path, &own)).await.starts_with("HTTP/1.1 404"), "{path}");
        }
        assert!(ask(&host, get("/", "evil.example")).await.starts_with("HTTP/1.1 421"));
        host.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn commands_answer_with_json_and_errors_with_their_code() {
        let folder = tempfile::tempdir().unwrap();
        let host = start(folder.path()).await;
        let home = ask(&host, post(&host, "home", "{}")).await;
        assert!(home.starts_with("HTTP/1.1 200") && home.contains("\"series\":[]"), "{home}");
        for (name, body, code) in [
            ("launch", "{}", "bad_request"),
            ("seek", "{}", "bad_request"),
            ("seek", "{", "bad_request"),
            ("add_source", "{\"path\":\"/nowhere/at/all\"}", "not_found"),
        ] {
            let answer = ask(&host, post(&host, name, body)).await;
            let code = format!("\"code\":\"{code}\"");
            assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(&code), "{name} {body}: {answer}");
        }
        host.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_without_an_interface_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Host::start(folder.path(), folder.path()).await, Err(HostError::Interface(_))));
    }
}
