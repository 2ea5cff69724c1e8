//! The challenge's public data: bandwidth over time, sizes of chunks, and how many viewers are left at each second.

use std::path::{Path, PathBuf};

/// Seconds and Mbit/s.
pub(crate) type Trace = Vec<(f64, f64)>;

/// One video.
#[derive(Debug, Clone)]
pub(crate) struct Video {
    /// Bytes by level and chunk.
    pub(crate) sizes: [Vec<f64>; 3],
    /// The fraction of viewers who still watch, by second, and an end mark.
    pub(crate) retention: Vec<f64>,
}

impl Video {
    /// Its length in chunks.
    pub(crate) fn chunks(&self) -> usize {
        self.sizes[0].len()
    }
}

/// Why the data could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A file or a folder could not be read.
    #[error("{path} cannot be read: {error}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{0} does not hold what it should")]
    Malformed(PathBuf),
}

fn names(folder: &Path) -> Result<Vec<String>, TraceError> {
    let entries = std::fs::read_dir(folder).map_err(|error| TraceError::Read { path: folder.into(), error })?;
    let mut names: Vec<String> = entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    // By number: 2 comes before 10.
    names.sort_by_key(|n| (n.split('_').next().and_then(|d| d.parse::<u32>().ok()), n.clone()));
    Ok(names)
}

/// The numbers of a file, line by line.
fn rows(path: &Path) -> Result<Vec<Vec<f64>>, TraceError> {
    let text = std::fs::read_to_string(path).map_err(|error| TraceError::Read { path: path.into(), error })?;
    let row = |line: &str| line.split_whitespace().map(|w| w.parse::<f64>().ok()).collect::<Option<Vec<f64>>>();
    let rows: Option<Vec<_>> = text.lines().filter(|l| !l.trim().is_empty()).map(row).collect();
    rows.ok_or_else(|| TraceError::Malformed(path.into()))
}

/// The videos in the order in which they are played.
pub(crate) fn videos(root: &Path) -> Result<Vec<Video>, TraceError> {
    let folder = root.join("chunk_size");
    let mut videos = Vec::new();
    for name in names(&folder)? {
        let level = |level: usize| -> Result<Vec<f64>, TraceError> {
            let path = folder.join(&name).join(format!("video_size_{level}"));
            Ok(rows(&path)?.iter().map(|r| r[0]).collect())
        };
        let sizes = [level(0)?, level(1)?, level(2)?];
        let path = root.join("retention").join(&name);
        let retention: Vec<f64> = rows(&path)?.iter().filter_map(|r| r.get(1).copied()).collect();
        let chunks = sizes[0].len();
        if retention.len() < chunks + 1 || chunks == 0 || sizes.iter().any(|s| s.len() != chunks) {
            return Err(TraceError::Malformed(path));
        }
        videos.push(Video { sizes, retention });
    }
    if videos.is_empty() { Err(TraceError::Malformed(folder)) } else { Ok(videos) }
}

/// The bandwidth traces of a set.
pub(crate) fn networks(root: &Path, set: &str) -> Result<Vec<Trace>, TraceError> {
    let folder = root.join("network").join(set);
    let mut traces = Vec::new();
    for name in names(&folder)? {
        let path = folder.join(&name);
        let trace: Option<Trace> = rows(&path)?.iter().map(|r| Some((*r.first()?, *r.get(1)?))).collect();
        match trace {
            // A trace that never carries anything would never end a request.
            Some(trace) if trace.len() > 1 && trace[1..].iter().any(|t| t.1 > 0.0) => traces.push(trace),
            _ => return Err(TraceError::Malformed(path)),
        }
    }
    if traces.is_empty() { Err(TraceError::Malformed(folder)) } else { Ok(traces) }
}
