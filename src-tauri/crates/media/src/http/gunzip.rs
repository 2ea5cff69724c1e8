//! Undoing `Content-Encoding: gzip`, in pieces of bounded size.
//!
//! Media is never asked for in gzip, but some servers compress all they send. One compressed chunk can hold a thousand
//! times its size, so what it holds is given out piece by piece and the rest waits compressed.

use bytes::{Buf, Bytes};
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes given out at once.
const PIECE: usize = 64 * 1024;
/// The longest gzip header that is accepted (RFC 1952 sets no bound to the file name and comment in it).
const HEADER: usize = 64 * 1024;
/// Bytes of a gzip trailer: CRC32 and length.
const TRAILER: usize = 8;

/// The stream is not gzip, or is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotGzip;

#[derive(Debug)]
enum At {
    Header(Vec<u8>),
    Data(Box<Decompress>),
    Done,
}

/// A gzip stream of one member, fed chunk by chunk.
#[derive(Debug)]
pub(super) struct Gunzip {
    at: At,
    pending: Bytes,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self { at: At::Header(Vec::new()), pending: Bytes::new() }
    }
}

impl Gunzip {
    /// Adds a compressed chunk. Call it when [`Self::piece`] gave none.
    pub(super) fn feed(&mut self, chunk: Bytes) {
        if self.pending.is_empty() {
            self.pending = chunk;
        } else {
            self.pending = [self.pending.as_ref(), chunk.as_ref()].concat().into();
        }
    }

    /// Whether the stream has come to its end.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.at, At::Done)
    }

    /// The next piece of at most 64 KiB; none when more input is needed, or the stream is over.
    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, NotGzip> {
        loop {
            match &mut self.at {
                At::Done => return Ok(None),
                At::Header(head) => {
                    if self.pending.is_empty() {
                        return Ok(None);
                    }
                    head.extend_from_slice(&self.pending);
                    self.pending.clear();
                    match header_length(head)? {
                        Some(length) => {
                            self.pending = Bytes::from(head.split_off(length));
                            self.at = At::Data(Box::new(Decompress::new(false)));
                        }
                        None if head.len() > HEADER => return Err(NotGzip),
                        None => return Ok(None),
                    }
                }
                At::Data(inflate) => {
                    let mut piece = Vec::with_capacity(PIECE);
                    let before = inflate.total_in();
                    let status = inflate
                        .decompress_vec(&self.pending, &mut piece, FlushDecompress::None)
                        .map_err(|_| NotGzip)?;
                    let used = inflate.total_in() - before;
                    self.pending.advance((used as usize).min(self.pending.len()));
                    if status == Status::StreamEnd {
                        // The trailer is skipped: the transport has its own checksums, and a resumed stream is cut anyway.
                        self.pending.advance(TRAILER.min(self.pending.len()));
                        self.at = At::Done;
                    }
                    if !piece.is_empty() {
                        return Ok(Some(piece.into()));
                    }
                    if self.is_done() || used == 0 || self.pending.is_empty() {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

/// The length of a gzip header (RFC 1952, section 2.3); none while it is incomplete.
fn header_length(head: &[u8]) -> Result<Option<usize>, NotGzip> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const CHECKSUM: u8 = 2;
    let magic = [0x1f, 0x8b, 8];
    if head.iter().zip(magic).any(|(a, b)| *a != b) {
        return Err(NotGzip);
    }
    let Some(&flags) = head.get(3) else { return Ok(None) };
    let mut at = 10;
    if flags & EXTRA != 0 {
        let Some(length) = head.get(at..at + 2) else { return Ok(None) };
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            let Some(end) = head.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0)) else {
                return Ok(None);
            };
            at += end + 1;
        }
    }
    if flags & CHECKSUM != 0 {
        at += 2;
    }
    Ok((head.len() >= at).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::GzBuilder::new()
            .filename("episode.mp4")
            .comment("none")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(compressed: &[u8], step: usize) -> Result<(Vec<u8>, usize, bool), NotGzip> {
        let (mut gunzip, mut plain, mut longest) = (Gunzip::default(), Vec::new(), 0);
        for chunk in compressed.chunks(step) {
            gunzip.feed(Bytes::copy_from_slice(chunk));
            while let Some(piece) = gunzip.piece()? {
                longest = longest.max(piece.len());
                plain.extend_from_slice(&piece);
            }
        }
        Ok((plain, longest, gunzip.is_done()))
    }

    #[test]
    fn chunks_of_any_size_give_the_same_bytes() {
        let plain: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8 ^ (n >> 9) as u8).collect();
        let compressed = gzip(&plain);
        for step in [1, 7, 1000, compressed.len()] {
            let (found, _, done) = gunzip(&compressed, step).unwrap();
            assert!(found == plain && done, "step {step}");
        }
    }

    #[test]
    fn a_bomb_comes_in_small_pieces() {
        let compressed = gzip(&vec![0; 20 << 20]);
        assert!(compressed.len() < 200_000);
        let (found, longest, _) = gunzip(&compressed, compressed.len()).unwrap();
        assert_eq!(found.len(), 20 << 20);
        assert!(longest <= PIECE);
    }

    #[test]
    fn what_is_no_gzip_is_refused() {
        assert_eq!(gunzip(b"\x00\x00\x00\x20ftypisom", 4).unwrap_err(), NotGzip);
        assert_eq!(gunzip(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff", 100).unwrap_err(), NotGzip);
    }

    #[test]
    fn a_cut_stream_is_not_done() {
        let compressed = gzip(b"plain words, plain words");
        let (_, _, done) = gunzip(&compressed[..compressed.len() - 12], 100).unwrap();
        assert!(!done);
    }
}
