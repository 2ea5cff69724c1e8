//! The bytes of one answer as they come: metered, decompressed where need be, with a bound on the wait for each chunk.

use std::sync::Arc;
use std::time::Instant as StdInstant;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::error::FetchError;
use super::exchange::{Exchange, Inner, Reply, broken};
use super::gunzip::Gunzip;
use super::hosts::{Host, Hosts};
use super::meter::Pace;

/// One answer's body.
#[derive(Debug)]
pub(super) struct Incoming {
    inner: Arc<Inner>,
    reply: Reply,
    pace: Pace,
    gunzip: Option<Gunzip>,
}

/// Notes the end of a wait, also when the waiting future is dropped.
struct Waiting<'a> {
    hosts: &'a Hosts,
    host: &'a Host,
    pace: &'a mut Pace,
    bytes: u64,
}

fn now() -> StdInstant {
    Instant::now().into_std()
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Self { hosts, host, pace, bytes } = self;
        hosts.note(host, |meters| pace.came(now(), *bytes, meters));
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.inner.hosts.note(&self.reply.host, |meters| meters.iter_mut().for_each(|meter| meter.over(now())));
    }
}

impl Incoming {
    pub(super) fn new(inner: Arc<Inner>, reply: Reply, gzip: bool) -> Self {
        Self { inner, reply, pace: Pace::default(), gunzip: gzip.then(Gunzip::default) }
    }

    /// The next chunk; none at the end, as far as the transport can tell the end.
    pub(super) async fn chunk(&mut self, exchange: &Exchange) -> Result<Option<Bytes>, FetchError> {
        loop {
            if let Some(gunzip) = &mut self.gunzip
                && let Some(piece) = gunzip.piece().map_err(|_| FetchError::Encoded("damaged gzip".to_owned()))?
            {
                return Ok(Some(piece));
            }
            let raw = self.raw(exchange).await?;
            match (&mut self.gunzip, raw) {
                (None, raw) => return Ok(raw),
                (Some(gunzip), Some(chunk)) => gunzip.feed(chunk),
                (Some(gunzip), None) if gunzip.is_done() => return Ok(None),
                (Some(_), None) => {
                    let detail = "the compressed stream was cut".to_owned();
                    return Err(FetchError::Broken { host: self.reply.host.name.clone(), detail });
                }
            }
        }
    }

    async fn raw(&mut self, exchange: &Exchange) -> Result<Option<Bytes>, FetchError> {
        let Self { inner, reply, pace, .. } = self;
        let hosts = &inner.hosts;
        hosts.note(&reply.host, |meters| pace.wait(now(), meters));
        let mut waiting = Waiting { hosts, host: &reply.host, pace, bytes: 0 };
        let patience = exchange.deadline.min(Instant::now() + inner.options.stall_timeout);
        let chunk = timeout_at(patience, reply.response.chunk()).await;
        if let Ok(Ok(Some(chunk))) = &chunk {
            waiting.bytes = chunk.len() as u64;
        }
        drop(waiting);
        match chunk {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(broken(&reply.host.name, error)),
            Err(_) => Err(exchange.late(&reply.host.name)),
        }
    }
}
