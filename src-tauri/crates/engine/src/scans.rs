//! Scanning sources in the background, with progress.

use crate::api::Event;
use crate::shelf::Shelf;
use library::Source;
use model::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tokio::sync::broadcast;

/// The scans that are under way.
#[derive(Clone)]
pub(crate) struct Scans {
    shelf: Shelf,
    events: broadcast::Sender<Event>,
    running: Arc<Mutex<HashMap<SourceId, Running>>>,
    /// Set once, on the way out.
    stop: Arc<AtomicBool>,
}

struct Running {
    progress: ScanProgress,
    cancel: Arc<AtomicBool>,
}

impl Scans {
    pub(crate) fn new(shelf: Shelf, events: broadcast::Sender<Event>) -> Self {
        Self { shelf, events, running: Arc::default(), stop: Arc::default() }
    }

    /// Starts a scan, unless one of this source is running.
    pub(crate) fn start(&self, source: Source) {
        let cancel = Arc::new(AtomicBool::new(false));
        {
            let mut running = self.running();
            if running.contains_key(&source.id) || self.stop.load(Ordering::Acquire) {
                return;
            }
            let path = source.path.display().to_string();
            let progress = ScanProgress { source: source.id.clone(), path, files: 0, episodes: 0 };
            running.insert(source.id.clone(), Running { progress, cancel: cancel.clone() });
        }
        self.tell();
        let this = self.clone();
        tokio::spawn(async move {
            let (scans, id, path) = (this.clone(), source.id.clone(), source.path.clone());
            let outcome = tokio::task::spawn_blocking(move || {
                catalog::scan(&id, &path, &mut |files, episodes| {
                    scans.note(&id, files, episodes);
                    !cancel.load(Ordering::Acquire) && !scans.stop.load(Ordering::Acquire)
                })
            })
            .await;
            this.finish(&source, outcome).await;
            this.running().remove(&source.id);
            this.tell();
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

    async fn finish(
        &self,
        source: &Source,
        outcome: Result<Result<catalog::Scan, catalog::ScanError>, tokio::task::JoinError>,
    ) {
        let id = source.id.clone();
        let stored = match outcome {
            Ok(Ok(scan)) => {
                for skipped in &scan.skipped {
                    tracing::info!(path = %skipped.path.display(), reason = ?skipped.reason, "left out of the scan");
                }
                self.shelf.ask(move |l| l.store_scan(&id, &scan.series, SystemTime::now())).await
            }
            Ok(Err(catalog::ScanError::Cancelled)) => Ok(()),
            Ok(Err(e)) => {
                let error = ApiError::new(e.code(), e.to_string());
                self.shelf.ask(move |l| l.note_scan_error(&id, Some(&error))).await
            }
            Err(e) => {
                let error = ApiError::new(ErrorCode::Internal, "The scan failed.").with_detail(e.to_string());
                self.shelf.ask(move |l| l.note_scan_error(&id, Some(&error))).await
            }
        };
        if let Err(e) = stored {
            tracing::warn!(path = %source.path.display(), "the scan could not be stored: {e}");
        }
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
