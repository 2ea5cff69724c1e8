//! The server's connections: requests read, answers sent as slowly and as badly as wished.

use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::answer::{self, Answer, Framing, Then};
use super::{Request, Shared};
use crate::link::Shaper;

/// Bytes that leave at once, at most.
const PIECE: u64 = 16 * 1024;
/// The longest head that is read.
const HEAD: u64 = 64 * 1024;

/// Accepts connections until it is aborted, which closes them all.
pub(super) async fn serve(shared: Arc<Shared>, listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(shared.clone(), stream));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Counts an answer for as long as it is being given.
struct Answering(Arc<Shared>);

impl Answering {
    fn begin(shared: &Arc<Shared>, request: &Request) -> Self {
        let (seen, now) = {
            let mut state = shared.lock();
            state.log.push(request.clone());
            state.answering += 1;
            state.most_at_once = state.most_at_once.max(state.answering);
            (state.log.len(), state.answering)
        };
        shared.answering.send_replace(now);
        shared.seen.send_replace(seen);
        Self(shared.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let now = {
            let mut state = self.0.lock();
            state.answering -= 1;
            state.answering
        };
        self.0.answering.send_replace(now);
    }
}

async fn converse(shared: Arc<Shared>, stream: TcpStream) {
    let number = {
        let mut state = shared.lock();
        state.connections += 1;
        state.connections - 1
    };
    // Small pieces must leave when the link says so and not when TCP finds them worth a packet.
    let _ = stream.set_nodelay(true);
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    while let Some(request) = read(&mut reader, number).await {
        let counted = Answering::begin(&shared, &request);
        let given = give(&shared, &request, &mut reader, &mut writer).await;
        drop(counted);
        if !matches!(given, Some(true)) {
            return;
        }
    }
}

/// Reads a request's head; none at the end of the connection or when it is no request.
async fn read(reader: &mut BufReader<OwnedReadHalf>, connection: u64) -> Option<Request> {
    let mut limited = reader.take(HEAD);
    let mut line = String::new();
    limited.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if limited.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let to_proxy = !target.starts_with('/');
    let local =
        target.split_once("://").map_or(target.as_str(), |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), to_proxy, headers, connection })
}

/// Gives an answer. True when the connection can take another request, none when it is broken.
async fn give(
    shared: &Arc<Shared>,
    request: &Request,
    reader: &mut BufReader<OwnedReadHalf>,
    writer: &mut OwnedWriteHalf,
) -> Option<bool> {
    let round_trip = shared.lock().link.as_ref().map(|(shaper, _)| shaper.round_trip());
    if let Some(round_trip) = round_trip {
        tokio::time::sleep(round_trip).await;
    }
    let Answer { head, body, framing, cut } = answer::compose(&mut shared.lock(), request);
    if cut == Some((0, Then::CloseUnanswered)) {
        return None;
    }
    if cut == Some((0, Then::StallUnanswered)) {
        stall(shared, reader).await?;
    }
    let mut rest = head.as_bytes();
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(portion(shared) as usize));
        wait_for_link(shared, piece.len() as u64).await;
        writer.write_all(piece).await.ok()?;
        rest = behind;
    }
    let length = if request.method == "HEAD" { 0 } else { body.length() };
    let mut at = 0;
    while at < length {
        let mut piece = portion(shared).min(length - at);
        if let Some((after, then)) = &cut {
            if at == *after {
                match then {
                    Then::Stall => stall(shared, reader).await?,
                    Then::Change(resource) => {
                        shared.lock().resources.insert(request.path.clone(), resource.clone());
                        return None;
                    }
                    _ => return None,
                }
            } else if at < *after {
                piece = piece.min(after - at);
            }
        }
        wait_for_link(shared, piece).await;
        let bytes = body.slice(at, at + piece);
        if framing == Framing::Chunked {
            writer.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await.ok()?;
        }
        writer.write_all(&bytes).await.ok()?;
        if framing == Framing::Chunked {
            writer.write_all(b"\r\n").await.ok()?;
        }
        at += piece;
        shared.lock().sent += piece;
    }
    if framing == Framing::Chunked && request.method != "HEAD" {
        writer.write_all(b"0\r\n\r\n").await.ok()?;
    }
    writer.flush().await.ok()?;
    Some(framing != Framing::Close)
}

/// Waits until the test releases, or the client goes away (none).
async fn stall(shared: &Arc<Shared>, reader: &mut BufReader<OwnedReadHalf>) -> Option<()> {
    let mut released = shared.released.subscribe();
    tokio::select! {
        changed = released.changed() => changed.ok(),
        _ = reader.fill_buf() => None,
    }
}

/// Bytes that the link takes at once now.
fn portion(shared: &Arc<Shared>) -> u64 {
    let state = shared.lock();
    let portion =
        |(shaper, began): &(Shaper, Instant)| shaper.portion(Instant::now().saturating_duration_since(*began), PIECE);
    state.link.as_ref().map_or(PIECE, portion)
}

async fn wait_for_link(shared: &Arc<Shared>, bytes: u64) {
    let leaves = {
        let mut state = shared.lock();
        let Some((shaper, began)) = state.link.as_mut() else { return };
        *began + shaper.leave(Instant::now().saturating_duration_since(*began), bytes)
    };
    tokio::time::sleep_until(leaves.into()).await;
}
