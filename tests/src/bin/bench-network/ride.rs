//! One viewer on one link: the engine without a window, from an empty cache.

use crate::report::Figures;
use crate::{Behaviour, Failure, Film, MEGABITS};
use engine::{AudioOutput, Config, Engine, Event, HeadlessStage, Places, StageEvent, dispatch};
use model::{Direction, HomeView, Phase, Statistics, SwipeReadiness};
use serde_json::json;
use std::time::{Duration, Instant};
use tests::hls;
use tests::link::Link;
use tests::origin::{Origin, Resource};
use tokio::sync::broadcast;

/// An engine that tells nothing for this time ends the measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is measured.
pub struct Ride<'a> {
    pub film: &'a Film,
    /// Its length.
    pub seconds: u32,
    pub link: Link,
    pub behaviour: Behaviour,
    /// Swipes, or episodes.
    pub count: u32,
}

impl Ride<'_> {
    /// A server with as many episodes as are needed, shaped as the link is.
    pub fn origin(&self) -> (Origin, Vec<String>) {
        let origin = Origin::start();
        let episodes = match self.behaviour {
            Behaviour::Zap => self.count + 2,
            Behaviour::Binge => self.count,
        };
        let urls = (1..=episodes).map(|number| match self.film {
            Film::Whole(bytes) => {
                // Each differs, so that none is taken for another.
                let number_box = [12_u32.to_be_bytes(), *b"free", number.to_be_bytes()].concat();
                let path = format!("/{number}.mp4");
                origin.put(&path, Resource::new([bytes.as_slice(), &number_box].concat()));
                origin.url(&path)
            }
            Film::Segments(pieces) => {
                for (name, piece) in pieces {
                    origin.put(&format!("/{number}/{name}"), piece.clone());
                }
                origin.url(&format!("/{number}/{}", hls::PLAYLIST))
            }
        });
        let urls = urls.collect();
        (origin, urls)
    }

    /// How often another episode begins.
    pub fn swipes(&self) -> u32 {
        match self.behaviour {
            Behaviour::Zap => self.count,
            Behaviour::Binge => self.count.saturating_sub(1),
        }
    }

    /// How long it takes at least, for one player.
    pub fn least(&self) -> Duration {
        match self.behaviour {
            Behaviour::Zap => (1..=self.count).map(Self::dwell).sum(),
            Behaviour::Binge => {
                let slowed = (f64::from(MEGABITS) / self.link.trace.mean()).max(1.0);
                Duration::from_secs_f64(f64::from(self.count * self.seconds) * slowed)
            }
        }
    }

    /// Seconds that a zapping viewer stays, from 2 to 8; the same for every player.
    pub fn dwell(swipe: u32) -> Duration {
        Duration::from_millis(2000 + u64::from(swipe.wrapping_mul(2_654_435_761) >> 16) % 6000)
    }

    pub async fn with_engine(&self) -> Result<Figures, Failure> {
        let (origin, urls) = self.origin();
        let home = tempfile::tempdir()?;
        let stage = HeadlessStage::new();
        let places = Places::under(home.path());
        let engine = Engine::start(Config { places, stage, audio: AudioOutput::Silent })?;
        let catalog = json!({ "title": "Ride", "episodes": urls.iter().map(|u| json!({ "url": u, "duration_s": self.seconds })).collect::<Vec<_>>() });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let mut events = engine.events();
        dispatch(&engine, "add_source", json!({ "path": origin.url("/list.json") })).await?;
        until(&mut events, |e| matches!(e, Event::Scans { scans } if scans.is_empty())).await?;
        let view: HomeView = serde_json::from_value(dispatch(&engine, "home", json!({})).await?)?;
        let series = view.series.first().ok_or("the catalog was not read")?.id.clone();
        origin.shape(Some(self.link.clone()));

        let mut figures = Figures::default();
        let (began, sent) = (Instant::now(), origin.sent());
        dispatch(&engine, "play", json!({ "series": series, "episode": null })).await?;
        playing(&mut events, 0).await?;
        figures.cold_ms = began.elapsed().as_secs_f64() * 1e3;
        figures.cold_bytes = origin.sent() - sent;
        match self.behaviour {
            Behaviour::Zap => self.zap(&engine, &mut events, &mut figures).await?,
            Behaviour::Binge => self.binge(&engine, &mut events, &mut figures).await?,
        }
        let watched = began.elapsed();
        let statistics: Statistics = serde_json::from_value(dispatch(&engine, "statistics", json!({})).await?)?;
        if let Some(network) = statistics.network {
            figures.rebuffer = Some(network.rebuffer_ms as f64 / watched.as_secs_f64() / 1e3);
            figures.waste = Some(network.unread_bytes as f64 / network.fetched_bytes.max(1) as f64);
        }
        engine.shutdown().await;
        Ok(figures)
    }

    async fn zap(
        &self,
        engine: &Engine,
        events: &mut broadcast::Receiver<Event>,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        for swipe in 1..=self.count {
            tokio::time::sleep(Self::dwell(swipe)).await;
            let began = Instant::now();
            engine.stage_event(StageEvent::Swiped(Direction::Next, u64::from(swipe)));
            playing(events, swipe).await?;
            note(engine, began, figures).await?;
        }
        Ok(())
    }

    async fn binge(
        &self,
        engine: &Engine,
        events: &mut broadcast::Receiver<Event>,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        for index in 1..self.count {
            until(events, |e| matches!(e, Event::Player { state: Some(s) } if s.index == index)).await?;
            let began = Instant::now();
            playing(events, index).await?;
            note(engine, began, figures).await?;
        }
        until(events, |e| matches!(e, Event::Player { state: Some(s) } if s.phase == Phase::Ended)).await
    }
}

async fn note(engine: &Engine, began: Instant, figures: &mut Figures) -> Result<(), Failure> {
    let took = began.elapsed().as_secs_f64() * 1e3;
    let statistics: Statistics = serde_json::from_value(dispatch(engine, "statistics", json!({})).await?)?;
    let ready = statistics.last_swipe.map(|swipe| swipe.readiness == SwipeReadiness::Ready);
    figures.swipes.push(crate::report::Swipe { ready, took_ms: took });
    Ok(())
}

/// Waits for the first frame of the episode with this index. Over a link that hardly carries the film, it then gathers
/// some before it moves.
async fn playing(events: &mut broadcast::Receiver<Event>, index: u32) -> Result<(), Failure> {
    let begun = [Phase::Playing, Phase::Rebuffering];
    until(events, |e| matches!(e, Event::Player { state: Some(s) } if s.index == index && begun.contains(&s.phase)))
        .await
}

async fn until(events: &mut broadcast::Receiver<Event>, fits: impl Fn(&Event) -> bool) -> Result<(), Failure> {
    loop {
        // A film of a minute may take several over a link that is slower than it.
        match tokio::time::timeout(PATIENCE, events.recv()).await? {
            Ok(event) if fits(&event) => return Ok(()),
            Ok(Event::Player { state: Some(state) }) if state.phase == Phase::Failed => {
                return Err(format!("an episode failed: {:?}", state.error).into());
            }
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
