//! Scanning sources in the background, with progress.

use crate::api::Event;
use crate::downloads::Downloads;
use crate::network;
use crate::shelf::Shelf;
use library::{Library, Source};
use media::Media;
use model::*;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tokio::sync::broadcast;

/// The scans that are under way.
#[derive(Clone)]
pub(crate) struct Scans {
    shelf: Shelf,
    media: Media,
    events: broadcast::Sender<Event>,
    downloads: Downloads,
    running: Arc<Mutex<HashMap<SourceId, Running>>>,
    /// Set once, on the way out.
    stop: Arc<AtomicBool>,
}

struct Running {
    progress: ScanProgress,
    cancel: Arc<AtomicBool>,
}

impl Scans {
    pub(crate) fn new(shelf: Shelf, media: Media, events: broadcast::Sender<Event>, downloads: Downloads) -> Self {
        Self { shelf, media, events, downloads, running: Arc::default(), stop: Arc::default() }
    }

    /// Starts a scan, unless one of this source is running.
    pub(crate) fn start(&self, source: Source) {
        let cancel = Arc::new(AtomicBool::new(false));
        {
            let mut running = self.running();
            if running.contains_key(&source.id) || self.stop.load(Ordering::Acquire) {
                return;
            }
            let path = source.place.to_string();
            let progress = ScanProgress { source: source.id.clone(), path, files: 0, episodes: 0 };
            running.insert(source.id.clone(), Running { progress, cancel: cancel.clone() });
        }
        self.tell();
        let this = self.clone();
        tokio::spawn(async move {
            let stored = match &source.place {
                MediaRef::File(folder) => this.scan(&source.id, folder.clone(), cancel).await,
                MediaRef::Url(_) => this.fetch(&source).await,
            };
            if let Err(e) = stored {
                tracing::warn!(place = %source.place, "the scan could not be stored: {e}");
            }
            this.running().remove(&source.id);
            this.tell();
            // There may be more to keep, or other addresses.
            this.downloads.changed();
            let _ = this.events.send(Event::LibraryChanged);
        });
    }

    /// Ends the scan of a source that is being removed.
    pub(crate) fn cancel(&self, source: &SourceId) {
        if let Some(running) = self.running().get(source) {
            running.cancel.store(true, Ordering::Release);
        }
    }

    /// Ends all scans: the program is leaving.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// How far they have come.
    pub(crate) fn progress(&self) -> Vec<ScanProgress> {
        self.running().values().map(|r| r.progress.clone()).collect()
    }

    /// Scans a folder and stores what was found.
    async fn scan(&self, id: &SourceId, folder: PathBuf, cancel: Arc<AtomicBool>) -> Result<(), ApiError> {
        let (scans, noted) = (self.clone(), id.clone());
        let outcome = tokio::task::spawn_blocking(move || {
            catalog::scan(&noted, &folder, &mut |files, episodes| {
                scans.note(&noted, files, episodes);
                !cancel.load(Ordering::Acquire) && !scans.stop.load(Ordering::Acquire)
            })
        })
        .await;
        match outcome {
            Ok(Ok(scan)) => {
                for skipped in &scan.skipped {
                    tracing::info!(path = %skipped.path.display(), reason = ?skipped.reason, "left out of the scan");
                }
                self.store(id, scan.series, None).await
            }
            Ok(Err(catalog::ScanError::Cancelled)) => Ok(()),
            Ok(Err(e)) => self.note_error(id, ApiError::new(e.code(), e.to_string())).await,
            Err(e) => {
                let error = ApiError::new(ErrorCode::Internal, "The scan failed.").with_detail(e.to_string());
                self.note_error(id, error).await
            }
        }
    }

    /// Fetches a catalog and stores what it names.
    async fn fetch(&self, source: &Source) -> Result<(), ApiError> {
        match network::catalog_of(&self.media, source).await {
            Ok(listing) => {
                for reason in &listing.skipped {
                    tracing::info!(place = %source.place, "left out of the catalog: {reason}");
                }
                self.store(&source.id, listing.series, Some(listing.request)).await
            }
            Err(error) => self.note_error(&source.id, error).await,
        }
    }

    async fn store(&self, id: &SourceId, series: Vec<Series>, request: Option<RequestHeaders>) -> Result<(), ApiError> {
        let id = id.clone();
        let job = move |l: &mut Library| {
            l.store_scan(&id, &series, SystemTime::now())?;
            request.map_or(Ok(()), |request| l.set_request(&id, &request))?;
            l.sources()
        };
        let sources = self.shelf.ask(job).await?;
        self.media.set_rules(network::key_rules(&sources));
        Ok(())
    }

    async fn note_error(&self, id: &SourceId, error: ApiError) -> Result<(), ApiError> {
        let id = id.clone();
        self.shelf.ask(move |l| l.note_scan_error(&id, Some(&error))).await
    }

    fn note(&self, id: &SourceId, files: u32, episodes: u32) {
        if let Some(running) = self.running().get_mut(id) {
            running.progress.files = files;
            running.progress.episodes = episodes;
        }
        self.tell();
    }

    fn tell(&self) {
        let _ = self.events.send(Event::Scans { scans: self.progress() });
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<SourceId, Running>> {
        self.running.lock().unwrap_or_else(|e| e.into_inner())
    }
}
