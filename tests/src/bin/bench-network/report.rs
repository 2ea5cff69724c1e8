//! The figures of a ride, as a table and as JSON.

use crate::{Behaviour, Failure};
use serde_json::json;
use std::path::Path;

/// One swipe.
pub struct Swipe {
    /// The deck was ready when it began.
    pub ready: bool,
    /// Until the episode played.
    pub took_ms: f64,
}

/// What a ride was like.
#[derive(Default)]
pub struct Figures {
    /// From the wish to the first frame of the very first episode.
    pub cold_ms: f64,
    pub swipes: Vec<Swipe>,
    /// Time that playing waited, as a part of all.
    pub rebuffer: f64,
    /// Bytes that nobody read, as a part of those fetched.
    pub waste: f64,
}

pub struct Row {
    pub link: String,
    /// What the episodes are: `mp4`, `hls`.
    pub format: &'static str,
    pub behaviour: Behaviour,
    pub player: &'static str,
    pub figures: Figures,
}

impl Figures {
    fn percentile(&self, part: f64, ready_only: bool) -> f64 {
        let mut times: Vec<f64> = self.swipes.iter().filter(|s| s.ready || !ready_only).map(|s| s.took_ms).collect();
        times.sort_by(f64::total_cmp);
        let at = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len().max(1)) - 1;
        times.get(at).copied().unwrap_or(f64::NAN)
    }

    fn ready(&self) -> f64 {
        self.swipes.iter().filter(|s| s.ready).count() as f64 / self.swipes.len().max(1) as f64
    }
}

impl Row {
    pub fn line(&self) -> String {
        let f = &self.figures;
        // mpv does not tell what it had decoded, waited for or thrown away.
        let ours = |value: String| if self.player == "mpv" { "–".to_owned() } else { value };
        format!(
            "| {} | {} | {} | {} | {:.0} | {:.0} / {:.0} / {:.0} | {} | {} | {} | {} |",
            self.link,
            self.format,
            if self.behaviour == Behaviour::Zap { "zap" } else { "binge" },
            self.player,
            f.cold_ms,
            f.percentile(0.5, false),
            f.percentile(0.95, false),
            f.percentile(1.0, false),
            ours(format!("{:.0} %", 100.0 * f.ready())),
            ours(format!("{:.0}", f.percentile(0.95, true))),
            ours(format!("{:.2} %", 100.0 * f.rebuffer)),
            ours(format!("{:.0} %", 100.0 * f.waste)),
        )
    }
}

/// All rows as Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "| link | format | viewer | player | first episode ms | swipe p50 / p95 / worst ms | deck ready | ready p95 ms | waited | unread |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        out += &row.line();
        out.push('\n');
    }
    out
}

/// All figures, for programs.
pub fn write(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let all: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "link": row.link,
                "format": row.format,
                "viewer": format!("{:?}", row.behaviour).to_lowercase(),
                "player": row.player,
                "cold_ms": row.figures.cold_ms,
                "swipes": row.figures.swipes.iter().map(|s| json!({ "ready": s.ready, "ms": s.took_ms })).collect::<Vec<_>>(),
                "rebuffer": row.figures.rebuffer,
                "waste": row.figures.waste,
            })
        })
        .collect();
    Ok(std::fs::write(path, serde_json::to_vec_pretty(&all)?)?)
}
