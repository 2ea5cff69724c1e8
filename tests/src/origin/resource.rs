//! What the origin server serves: given bytes, or any number of made-up ones that no memory has to hold.

use std::ops::Range;
use std::sync::Arc;

use crate::link::mix;

/// A resource with the marks of its version.
#[derive(Debug, Clone)]
pub struct Resource {
    content: Content,
    /// `ETag`; none is sent without.
    pub etag: Option<String>,
    /// `Last-Modified`; none is sent without.
    pub last_modified: Option<String>,
    /// `Content-Type`.
    pub content_type: String,
}

#[derive(Debug, Clone)]
enum Content {
    Bytes(Arc<Vec<u8>>),
    MadeUp { length: u64, seed: u64 },
}

impl Resource {
    /// These bytes. The entity tag tells their content.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let sum = bytes.iter().fold(bytes.len() as u64, |sum, byte| mix(sum ^ u64::from(*byte)));
        Self::of(Content::Bytes(Arc::new(bytes)), sum)
    }

    /// `length` made-up bytes, see [`made_up`].
    pub fn made_up(length: u64, seed: u64) -> Self {
        Self::of(Content::MadeUp { length, seed }, mix(seed ^ mix(length)))
    }

    fn of(content: Content, sum: u64) -> Self {
        Self {
            content,
            etag: Some(format!("\"{sum:016x}\"")),
            last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
            content_type: "video/mp4".to_owned(),
        }
    }

    /// The same with this `Content-Type`.
    #[must_use]
    pub fn typed(mut self, content_type: &str) -> Self {
        content_type.clone_into(&mut self.content_type);
        self
    }

    /// The same without `ETag` and `Last-Modified`.
    #[must_use]
    pub fn without_marks(mut self) -> Self {
        (self.etag, self.last_modified) = (None, None);
        self
    }

    /// The same with a weak entity tag.
    #[must_use]
    pub fn weak(mut self) -> Self {
        self.etag = self.etag.map(|etag| format!("W/{etag}"));
        self
    }

    /// Bytes of the whole.
    pub fn length(&self) -> u64 {
        match &self.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::MadeUp { length, .. } => *length,
        }
    }

    /// A part of it, cut to what there is.
    pub fn slice(&self, range: Range<u64>) -> Vec<u8> {
        let end = range.end.min(self.length());
        let start = range.start.min(end);
        match &self.content {
            Content::Bytes(bytes) => bytes[start as usize..end as usize].to_vec(),
            Content::MadeUp { seed, .. } => made_up(*seed, start..end),
        }
    }
}

/// Bytes that depend on the seed and their offset alone.
pub fn made_up(seed: u64, range: Range<u64>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((range.end - range.start) as usize + 8);
    for word in range.start / 8..range.end.div_ceil(8) {
        bytes.extend_from_slice(&mix(seed ^ mix(word)).to_le_bytes());
    }
    let lead = (range.start % 8) as usize;
    bytes.drain(..lead.min(bytes.len()));
    bytes.truncate((range.end - range.start) as usize);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_bytes_do_not_depend_on_where_one_begins() {
        let whole = made_up(7, 0..1000);
        assert_eq!(whole.len(), 1000);
        for (start, end) in [(0, 1), (3, 5), (7, 9), (8, 16), (501, 1000), (1000, 1000)] {
            assert_eq!(made_up(7, start..end), whole[start as usize..end as usize]);
        }
        assert_ne!(made_up(8, 0..1000), whole);
    }
}
