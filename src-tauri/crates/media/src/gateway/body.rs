//! What is sent to a player: something whole, or bytes of an asset as they arrive.

use super::pace::Pace;
use super::range::Asked;
use crate::{ReadError, Reader};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Chunks that wait for a player to take them.
const CHUNKS_WAITING: usize = 4;

/// The longest wait for bytes of an asset. GStreamer's HTTP client gives up after 15 s, and asks again for ever if it got some
/// bytes before: it has to hear before that what is wrong.
const PATIENCE: Duration = Duration::from_secs(12);

/// A player that takes nothing for so long has to ask again: it is paused, and its connection is of use to others.
const TAKEN_WITHIN: Duration = Duration::from_secs(120);

/// A player that rests gets what is here, or a chunk after this time: GStreamer's HTTP client gives up after 15 s without.
const TRICKLE: Duration = Duration::from_secs(8);

/// How long it is waited before it is looked whether a player still rests.
const SLICE: Duration = Duration::from_millis(100);

/// A response's body.
pub(super) enum Content {
    /// All of it.
    Whole(Option<Bytes>),
    /// As it comes.
    Stream {
        chunks: mpsc::Receiver<Result<Bytes, ReadError>>,
        /// Bytes that are still to come, where that is known.
        left: Option<u64>,
        _reading: Reading,
    },
}

/// Cancels what is being read when nobody listens any more.
pub(super) struct Reading(Reader);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What part of an asset follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) start: u64,
    /// Behind the last byte, where known.
    pub(super) end: Option<u64>,
    /// Of the whole, where known.
    pub(super) total: Option<u64>,
    /// None of what was asked for is there.
    pub(super) unsatisfied: bool,
}

impl Body for Content {
    type Data = Bytes;
    type Error = ReadError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ReadError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream { chunks, left, .. } => chunks.poll_recv(cx).map(|chunk| {
                let chunk = chunk?;
                if let (Ok(bytes), Some(left)) = (&chunk, left) {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Some(chunk.map(Frame::data))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Stream { left, .. } => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream { left: Some(left), .. } => SizeHint::with_exact(*left),
            Self::Stream { left: None, .. } => SizeHint::default(),
        }
    }
}

/// Begins to read what was asked for: once the first bytes are there, what follows and the bytes themselves.
pub(super) async fn open(
    reader: Reader,
    asked: Asked,
    pace: Pace,
    runtime: &Handle,
) -> Result<(Head, Content), ReadError> {
    let (told, head) = oneshot::channel();
    let (sender, chunks) = mpsc::channel(CHUNKS_WAITING);
    let reading = Reading(reader.clone());
    let handle = runtime.clone();
    runtime.spawn_blocking(move || feed(&reader, asked, &pace, told, &sender, &handle));
    let head = head.await.map_err(|_| ReadError::Cancelled)??;
    let left = head.end.map(|end| end - head.start);
    Ok((head, Content::Stream { chunks, left, _reading: reading }))
}

fn feed(
    reader: &Reader,
    asked: Asked,
    pace: &Pace,
    told: oneshot::Sender<Result<Head, ReadError>>,
    sender: &mpsc::Sender<Result<Bytes, ReadError>>,
    runtime: &Handle,
) {
    let mut buffer = vec![0; CHUNK];
    let (head, mut read) = match begin(&pace.reader(reader), asked, &mut buffer) {
        Ok((head, read)) => (head, read),
        Err(error) => return drop(told.send(Err(error))),
    };
    if told.send(Ok(head)).is_err() || head.unsatisfied {
        return;
    }
    let mut at = head.start;
    loop {
        let left = head.end.map_or(u64::MAX, |end| end.saturating_sub(at));
        read = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        if read == 0 {
            return;
        }
        at += read as u64;
        let bytes = Bytes::copy_from_slice(&buffer[..read]);
        let sent = runtime.block_on(async { tokio::time::timeout(TAKEN_WITHIN, sender.send(Ok(bytes))).await });
        if !matches!(sent, Ok(Ok(()))) || head.end == Some(at) {
            return;
        }
        let next = await_turn(reader, pace, at).and_then(|()| pace.reader(reader).read(at, &mut buffer, PATIENCE));
        read = match next {
            Ok(0) if head.end.is_some() => return drop(sender.try_send(Err(ReadError::Changed))),
            Ok(read) => read,
            // Where the channel is full the early end of the body tells the player as much.
            Err(error) => {
                if error != ReadError::Cancelled {
                    pace.misses(error.code());
                }
                return drop(sender.try_send(Err(error)));
            }
        };
    }
}

/// Waits while a player rests and the next byte is not here.
fn await_turn(reader: &Reader, pace: &Pace, at: u64) -> Result<(), ReadError> {
    let until = Instant::now() + TRICKLE;
    while pace.rests() && Instant::now() < until && reader.asset().availability().cached.contiguous(at) == 0 {
        reader.await_news(SLICE)?;
    }
    Ok(())
}

/// Finds out what there is to send. The first bytes are in the buffer then.
fn begin(reader: &Reader, asked: Asked, buffer: &mut [u8]) -> Result<(Head, usize), ReadError> {
    let (start, end) = match asked {
        Asked::Whole => (0, None),
        Asked::From(start) => (start, None),
        Asked::Span(start, end) => (start, Some(end)),
        Asked::Last(length) => {
            let total = reader.total(PATIENCE)?;
            (total.saturating_sub(length), Some(total))
        }
    };
    let read = match reader.read(start, buffer, PATIENCE) {
        Err(ReadError::Fetch(crate::http::FetchError::PastEnd { .. })) => 0,
        read => read?,
    };
    let mut total = reader.asset().availability().total;
    if total.is_none() && start > 0 && end.is_none() {
        // A partial answer has to say where it ends.
        total = Some(reader.total(PATIENCE)?);
    }
    let end = match (end, total) {
        (Some(end), Some(total)) => Some(end.min(total)),
        (end, total) => end.or(total),
    };
    let unsatisfied = asked != Asked::Whole && (read == 0 || end.is_some_and(|end| end <= start));
    let end = end.map(|end| end.max(start));
    Ok((Head { start, end, total, unsatisfied }, read))
}
