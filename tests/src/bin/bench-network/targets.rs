//! What our rides are to reach, and whether they do.

use crate::Behaviour;
use crate::report::Row;
use std::time::Duration;

/// Over this link swipes and waits are judged, in Mbit/s and round trip …
const GOOD: (f64, Duration) = (20.0, Duration::from_millis(40));
/// … and over this one a binge may not wait once it has begun.
const TIGHT: (f64, Duration) = (5.0, Duration::from_millis(150));
/// Part of the decks that are ready when they are swiped to at the end of an episode …
const READY_BINGE: f64 = 0.99;
/// … and by a viewer who zaps.
const READY_ZAP: f64 = 0.9;
/// Milliseconds to the first frame of a deck that was ready, at the 95th percentile.
const READY_P95_MS: f64 = 60.0;
/// Part of the time that may be waited, below.
const REBUFFER: f64 = 0.001;
/// Part of the bytes that a binge may fetch for nobody, below.
const WASTE: f64 = 0.1;

/// One promise and whether it holds.
#[derive(Debug, serde::Serialize)]
pub struct Verdict {
    pub what: String,
    pub measured: String,
    pub target: String,
    pub met: bool,
}

/// All promises that these rides tell something of; peers promise nothing.
pub fn verdicts(rows: &[Row]) -> Vec<Verdict> {
    rows.iter().filter(|row| row.player != "mpv").flat_map(of).collect()
}

fn of(row: &Row) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut judge = |what: &str, value: Option<f64>, show: &dyn Fn(f64) -> String, target: String, met: bool| {
        verdicts.push(Verdict {
            what: format!("{}, {}, {}, {what}", row.line.name, row.format, row.behaviour.name()),
            measured: value.map_or("not measured".to_owned(), show),
            target,
            met,
        });
    };
    let milliseconds = |value: f64| format!("{value:.0} ms");
    let percent = |value: f64| format!("{:.2} %", 100.0 * value);
    let (figures, binge) = (&row.figures, row.behaviour == Behaviour::Binge);
    let over = |link: (f64, Duration)| row.line.megabits == Some(link.0) && row.line.round_trip == link.1;
    if let Some(bound) = row.cold_bound_ms() {
        let cold = figures.cold_ms;
        judge("first episode", Some(cold), &milliseconds, format!("{bound:.0} ms"), cold <= bound);
    }
    if over(GOOD) {
        let (ready, least) = (figures.ready(), if binge { READY_BINGE } else { READY_ZAP });
        judge("decks ready", ready, &percent, format!("{:.0} %", 100.0 * least), ready.is_some_and(|r| r >= least));
        let p95 = figures.percentile(0.95, true);
        let met = p95.is_some_and(|p95| p95 <= READY_P95_MS);
        judge("first frame p95 when ready", p95, &milliseconds, format!("{READY_P95_MS} ms"), met);
        let (waited, target) = (figures.rebuffer, format!("below {} %", 100.0 * REBUFFER));
        judge("waited", waited, &percent, target, waited.is_some_and(|waited| waited < REBUFFER));
    }
    if over(TIGHT) && binge {
        let waited = figures.rebuffer;
        judge("waited once it had begun", waited, &percent, "none".to_owned(), waited == Some(0.0));
    }
    if binge {
        let (waste, target) = (figures.waste, format!("below {:.0} %", 100.0 * WASTE));
        judge("unread", waste, &percent, target, waste.is_some_and(|waste| waste < WASTE));
    }
    verdicts
}
