//! The library's thread: every read and write of the database happens here, in the order in which it was asked for.
//!
//! The session posts and goes on; commands wait for their answer without holding a worker of the runtime.

use library::{Library, LibraryError};
use model::{ApiError, ErrorCode};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Library) + Send>;

/// A handle to the library's thread.
#[derive(Clone)]
pub(crate) struct Shelf {
    jobs: Arc<Mutex<Option<Sender<Job>>>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    complain: Arc<dyn Fn(ApiError) + Send + Sync>,
}

impl Shelf {
    /// Starts the thread. `complain` hears of posted writes that failed.
    pub(crate) fn new(
        mut library: Library,
        complain: impl Fn(ApiError) + Send + Sync + 'static,
    ) -> Result<Self, ApiError> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("library".into())
            .spawn(move || {
                for job in inbox {
                    job(&mut library);
                }
            })
            .map_err(|e| {
                ApiError::new(ErrorCode::Internal, "A thread could not be started.").with_detail(e.to_string())
            })?;
        Ok(Self {
            jobs: Arc::new(Mutex::new(Some(jobs))),
            thread: Arc::new(Mutex::new(Some(thread))),
            complain: Arc::new(complain),
        })
    }

    /// Runs `job` on the library and waits for its answer.
    ///
    /// # Errors
    /// The job's own, or `internal` after the shelf was closed.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Library) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (answer, answered) = oneshot::channel();
        self.send(Box::new(move |library| {
            // Whoever asked may have gone away.
            let _ = answer.send(job(library).map_err(|e| to_api(&e)));
        }));
        answered.await.unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Internal, "The library is closed.")))
    }

    /// Has `job` run after everything asked before, without waiting.
    pub(crate) fn post(&self, job: impl FnOnce(&mut Library) -> Result<(), LibraryError> + Send + 'static) {
        let complain = self.complain.clone();
        self.send(Box::new(move |library| {
            if let Err(e) = job(library) {
                complain(to_api(&e));
            }
        }));
    }

    /// Finishes what was posted and ends the thread. Blocks.
    pub(crate) fn close(&self) {
        lock(&self.jobs).take();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // A panic was printed where it happened.
            let _ = thread.join();
        }
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &*lock(&self.jobs) {
            // The thread ends only after the last sender.
            let _ = jobs.send(job);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn to_api(e: &LibraryError) -> ApiError {
    ApiError::new(e.code(), e.to_string())
}
