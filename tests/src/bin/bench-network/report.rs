//! The figures of a ride, as a table and as JSON.

use crate::targets::{self, Verdict};
use crate::{Behaviour, Failure, Line};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// What the very first episode may take beside round trips and the bytes that it needs.
const COLD_REST: Duration = Duration::from_millis(150);
/// The round trips that it may take.
const COLD_ROUND_TRIPS: u32 = 3;

/// One swipe.
pub struct Swipe {
    /// The deck was ready when it began, if that is known.
    pub ready: Option<bool>,
    /// Until the episode played.
    pub took_ms: f64,
}

/// What a ride was like.
#[derive(Default)]
pub struct Figures {
    /// From the wish to the first frame of the very first episode.
    pub cold_ms: f64,
    /// Bytes that the server had sent by then.
    pub cold_bytes: u64,
    pub swipes: Vec<Swipe>,
    /// Time that playing waited after it had begun, as a part of all, if known.
    pub rebuffer: Option<f64>,
    /// Bytes that nobody read, as a part of those fetched, if known.
    pub waste: Option<f64>,
}

pub struct Row {
    pub line: Line,
    /// What the episodes are: `mp4`, `hls`.
    pub format: &'static str,
    pub behaviour: Behaviour,
    pub player: &'static str,
    pub figures: Figures,
}

impl Figures {
    /// How long swipes took; none where there was none.
    pub fn percentile(&self, part: f64, ready_only: bool) -> Option<f64> {
        let counted = self.swipes.iter().filter(|s| s.ready == Some(true) || !ready_only);
        let mut times: Vec<f64> = counted.map(|s| s.took_ms).collect();
        times.sort_by(f64::total_cmp);
        let at = ((times.len() as f64 * part).ceil() as usize).max(1) - 1;
        times.get(at).copied()
    }

    /// The part of the swipes that found their deck ready, of those of which it is known.
    pub fn ready(&self) -> Option<f64> {
        let known: Vec<bool> = self.swipes.iter().filter_map(|s| s.ready).collect();
        let ready = known.iter().filter(|ready| **ready).count();
        (!known.is_empty()).then(|| ready as f64 / known.len() as f64)
    }
}

impl Row {
    /// What the first frame of the very first episode may take: the bytes that came by then at the speed of the link,
    /// some round trips and a rest. None where the speed changes.
    pub fn cold_bound_ms(&self) -> Option<f64> {
        let bits = self.figures.cold_bytes as f64 * 8.0;
        let sending = Duration::from_secs_f64(bits / 1e6 / self.line.megabits?);
        Some((COLD_ROUND_TRIPS * self.line.round_trip + sending + COLD_REST).as_secs_f64() * 1e3)
    }

    pub fn text(&self) -> String {
        let f = &self.figures;
        let spread = [0.5, 0.95, 1.0].map(|part| number(f.percentile(part, false), 1.0, 0, "")).join(" / ");
        format!(
            "| {} | {} | {} | {} | {:.0} | {} | {} | {} | {} | {} | {} | {} |",
            self.line.name,
            self.format,
            self.behaviour.name(),
            self.player,
            f.cold_ms,
            number(self.cold_bound_ms(), 1.0, 0, ""),
            f.swipes.len(),
            spread,
            number(f.ready(), 100.0, 0, " %"),
            number(f.percentile(0.95, true), 1.0, 0, ""),
            number(f.rebuffer, 100.0, 2, " %"),
            number(f.waste, 100.0, 0, " %"),
        )
    }
}

/// A dash where there is none.
fn number(value: Option<f64>, times: f64, digits: usize, unit: &str) -> String {
    value.map_or("–".to_owned(), |value| format!("{:.digits$}{unit}", value * times))
}

/// All rows as Markdown, and which targets are met.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "| link | format | viewer | player | first episode ms | bound | swipes | p50 / p95 / worst ms | deck ready | ready p95 ms | waited | unread |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        out += &row.text();
        out.push('\n');
    }
    let verdicts = targets::verdicts(rows);
    if verdicts.is_empty() {
        return out;
    }
    out += "\nTargets\n";
    for Verdict { what, measured, target, met } in &verdicts {
        let word = if *met { "met" } else { "MISSED" };
        out += &format!("  {word:<7} {what}: {measured} (target {target})\n");
    }
    let met = verdicts.iter().filter(|verdict| verdict.met).count();
    out + &format!("{met} of {} targets met\n", verdicts.len())
}

/// All figures, for programs.
pub fn write(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let rides: Vec<Value> = rows
        .iter()
        .map(|row| {
            let figures = &row.figures;
            let swipes: Vec<_> = figures.swipes.iter().map(|s| json!({ "ready": s.ready, "ms": s.took_ms })).collect();
            json!({
                "link": row.line.name,
                "format": row.format,
                "viewer": row.behaviour.name(),
                "player": row.player,
                "cold_ms": figures.cold_ms,
                "cold_bytes": figures.cold_bytes,
                "cold_bound_ms": row.cold_bound_ms(),
                "swipes": swipes,
                "rebuffer": figures.rebuffer,
                "waste": figures.waste,
            })
        })
        .collect();
    let all = json!({ "rides": rides, "targets": targets::verdicts(rows) });
    Ok(std::fs::write(path, serde_json::to_vec_pretty(&all)?)?)
}
