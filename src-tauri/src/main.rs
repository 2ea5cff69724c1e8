//! Cliffhanger's desktop shell: a window with the native stage under the page, and the engine behind both.

mod commands;
mod process;
mod stage;
mod surroundings;
mod window;

use clap::Parser;
use engine::{AudioOutput, Config, Engine, Event, Places, dispatch};
use model::{ApiError, ErrorCode, SourceId};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Emitter, RunEvent};
use tokio::sync::broadcast::error::RecvError;

/// How long leaving may take: what does not end by then hangs in a file system that does not answer.
const LEAVE_WITHIN: Duration = Duration::from_secs(3);

/// An open player for micro-dramas.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// A folder of series to open, or the address of a catalog (it stays in the library).
    folder: Option<PathBuf>,
    /// Start playing at once: where the last series was left, or the first one of FOLDER.
    #[arg(long)]
    play: bool,
    /// Size of the window, as WIDTHxHEIGHT.
    #[arg(long, value_parser = parse_size)]
    window: Option<(f64, f64)>,
}

fn parse_size(text: &str) -> Result<(f64, f64), String> {
    let parts: Option<Vec<f64>> =
        text.split('x').map(|p| p.parse().ok().filter(|n| (1.0..=16384.0).contains(n))).collect();
    match parts.as_deref() {
        Some([width, height]) => Ok((*width, *height)),
        _ => Err("expected WIDTHxHEIGHT, for example 540x960".into()),
    }
}

fn main() {
    process::prepare();
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CLIFFHANGER_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    if let Err(e) = run(options) {
        eprintln!("cliffhanger: {e}");
        std::process::exit(1);
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let stage = stage::create();
    let engine = start_engine(stage.clone())?;
    let first = engine.clone();
    if options.folder.is_some() || options.play {
        tauri::async_runtime::spawn(async move {
            if let Err(e) = open_first(&first, options.folder, options.play).await {
                eprintln!("cliffhanger: {e}");
            }
        });
    }
    let (shown, pictures) = (engine.clone(), engine.clone());
    let app = tauri::Builder::default()
        .manage(engine.clone())
        .invoke_handler(tauri::generate_handler![
            commands::command,
            commands::stage_layout,
            commands::set_window_mode,
            commands::pick_folder
        ])
        .register_asynchronous_uri_scheme_protocol("picture", move |_, request, responder| {
            let (engine, key) = (pictures.clone(), request.uri().path().trim_start_matches('/').to_owned());
            tauri::async_runtime::spawn(async move { responder.respond(picture(&engine, &key).await) });
        })
        .setup(move |app| {
            let window = window::open(app.handle(), options.window)?;
            stage::attach(&window, stage, shown.clone())?;
            surroundings::watch(shown.clone());
            forward_events(app.handle().clone(), shown);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(move |_, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(async {
                // Then the process ends with what hangs.
                let _ = tokio::time::timeout(LEAVE_WITHIN, engine.shutdown()).await;
            });
        }
    });
    Ok(())
}

fn start_engine(stage: Arc<dyn engine::Stage>) -> Result<Engine, ApiError> {
    let places = Places::of_user().map_err(|e| ApiError::new(e.code(), e.to_string()))?;
    tauri::async_runtime::block_on(async { Engine::start(Config { places, stage, audio: AudioOutput::System }) })
}

/// What the command line asked for: a folder in the library, and something playing.
async fn open_first(engine: &Engine, folder: Option<PathBuf>, play: bool) -> Result<(), ApiError> {
    let mut events = engine.events();
    let mut source = None;
    if let Some(folder) = folder {
        let added = dispatch(engine, "add_source", json!({ "path": folder })).await?;
        source = added["id"].as_str().map(|id| SourceId(id.to_owned()));
    }
    if !play {
        return Ok(());
    }
    loop {
        let home = dispatch(engine, "home", json!({})).await?;
        let scanning = home["scans"].as_array().is_some_and(|s| !s.is_empty());
        // A folder that is being scanned may still have what was watched last.
        let found = if scanning && source.is_some() { None } else { engine.to_play(source.clone()).await? };
        if let Some(series) = found {
            dispatch(engine, "play", json!({ "series": series, "episode": null })).await?;
            return Ok(());
        }
        if !scanning {
            return Err(ApiError::new(ErrorCode::NoVideo, "There is nothing to play in this folder."));
        }
        while !matches!(events.recv().await, Ok(Event::LibraryChanged) | Err(RecvError::Closed)) {}
    }
}

fn forward_events(app: AppHandle, engine: Engine) {
    tauri::async_runtime::spawn(async move {
        let mut events = engine.events();
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // The page fell behind: what it shows is refreshed as a whole.
                Err(RecvError::Lagged(_)) => Event::LibraryChanged,
                Err(RecvError::Closed) => break,
            };
            if let Err(e) = app.emit("engine", event) {
                tracing::warn!("an event did not reach the page: {e}");
            }
        }
    });
}

async fn picture(engine: &Engine, key: &str) -> tauri::http::Response<Vec<u8>> {
    let (status, kind, bytes) = match engine.picture(key).await {
        Ok((bytes, kind)) => (200, kind, bytes),
        Err(e) => (404, "text/plain", e.message.into_bytes()),
    };
    let response = tauri::http::Response::builder()
        .status(status)
        .header("Content-Type", kind)
        .header("Cache-Control", "max-age=300")
        .header("Access-Control-Allow-Origin", "*")
        .body(bytes);
    response.unwrap_or_default()
}
