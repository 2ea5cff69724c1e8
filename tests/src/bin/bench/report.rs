//! From samples to sentences: the table, the ratios to the peers, and which targets are met.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::screen::{
    player::Kind,
    swipe::{Direction, Input, Spread},
};

use crate::rounds::{CALM, Cell, Costs, Results};

/// With a calm rest, the first pixel comes in at most this share of the better peer's time (both at the 95th percentile).
const FIRST_PIXEL_CALM: f64 = 0.5;
/// With a hasty rest, in no more than its time.
const FIRST_PIXEL_HASTY: f64 = 1.0;
/// The same for the time until it moves, with a calm rest…
const MOVING_CALM: f64 = 0.75;
/// … and a hasty one.
const MOVING_HASTY: f64 = 1.0;
/// Playing costs at most so many times the processor time of the bare pipeline: the window and the interface on top.
const PLAYING_TO_BARE: f64 = 1.35;
/// Processor seconds per second that a paused player may use.
const PAUSED_CPU: f64 = 0.02;

/// One promise and whether it holds.
#[derive(Debug, serde::Serialize)]
struct Verdict {
    what: String,
    measured: String,
    target: String,
    met: bool,
}

/// First pixel and moving of a cell.
pub(crate) fn spreads(cell: &Cell) -> (Spread, Spread) {
    let samples = &cell.run.samples;
    (Spread::of(samples.iter().map(|s| s.first_ms)), Spread::of(samples.iter().map(|s| s.moving_ms)))
}

/// A cell in words.
pub(crate) fn label(cell: &Cell) -> String {
    let run = &cell.run;
    let direction = if run.direction == Direction::Next { "next" } else { "previous" };
    let input = match run.input {
        Input::Key => "key",
        Input::Wheel => "wheel",
        Input::Drag => "drag",
    };
    format!("{} · {input} · {direction} · {} s", cell.player.name(), run.dwell_s)
}

/// The whole report as text.
pub(crate) fn table(results: &Results) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = swipes(&mut text, &results.cells);
    let _ = costs(&mut text, &results.costs);
    let verdicts = verdicts(results);
    if !verdicts.is_empty() {
        let _ = targets(&mut text, &verdicts);
    }
    text
}

/// The whole report with every sample.
pub(crate) fn json(results: &Results) -> Value {
    let summaries: Vec<Value> = results
        .cells
        .iter()
        .map(|cell| {
            let (first, moving) = spreads(cell);
            json!({ "cell": label(cell), "swipes": cell.run.samples.len(), "first_ms": first, "moving_ms": moving })
        })
        .collect();
    json!({ "machine": machine(), "summary": summaries, "targets": verdicts(results), "results": results })
}

fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({ "cpu": cpu, "cores": cores, "kernel": read("/proc/sys/kernel/osrelease").trim() })
}

fn swipes(text: &mut String, cells: &[Cell]) -> std::fmt::Result {
    writeln!(text, "Swipes: from the input event to the pixels on the screen, in milliseconds")?;
    writeln!(
        text,
        "{:<40} {:>6}  {:>21}  {:>21}  {:>6} {:>5} {:>5}",
        "", "swipes", "first p50/p95/worst", "moving p50/p95/worst", "missed", "still", "wrong"
    )?;
    let three = |s: Spread| format!("{:.0} / {:.0} / {:.0}", s.p50, s.p95, s.worst);
    for cell in cells {
        let ((first, moving), run) = (spreads(cell), &cell.run);
        writeln!(
            text,
            "{:<40} {:>6}  {:>21}  {:>21}  {:>6} {:>5} {:>5}",
            label(cell),
            run.samples.len(),
            three(first),
            three(moving),
            run.missed,
            run.still,
            run.wrong
        )?;
    }
    Ok(())
}

fn costs(text: &mut String, costs: &[Costs]) -> std::fmt::Result {
    writeln!(text, "\nCost: processor seconds per second, memory (PSS) of the whole process tree; medians")?;
    writeln!(
        text,
        "{:<14} {:>8} {:>9} {:>10} {:>8} {:>10} {:>12}",
        "", "playing", "X server", "paused", "MB", "launch s", "again s"
    )?;
    let or_dash = |number: Option<f64>, digits: usize| number.map_or("–".into(), |n| format!("{n:.digits$}"));
    for cost in costs {
        writeln!(
            text,
            "{:<14} {:>8} {:>9} {:>10} {:>8} {:>10} {:>12}",
            cost.player.name(),
            or_dash(median(cost.playing.iter().map(|c| c.cpu)), 2),
            or_dash(median(cost.playing.iter().map(|c| c.server_cpu)), 2),
            or_dash(median(cost.paused.iter().map(|c| c.cpu)), 3),
            or_dash(memory(cost), 0),
            or_dash(median(cost.launch_s.iter().copied()), 2),
            or_dash(median(cost.relaunch_s.iter().copied()), 2),
        )?;
    }
    Ok(())
}

fn targets(text: &mut String, verdicts: &[Verdict]) -> std::fmt::Result {
    writeln!(text, "\nTargets")?;
    for Verdict { what, measured, target, met } in verdicts {
        let word = if *met { "met" } else { "MISSED" };
        writeln!(text, "  {word:<7} {what}: {measured} (target {target})")?;
    }
    let met = verdicts.iter().filter(|verdict| verdict.met).count();
    writeln!(text, "{met} of {} targets met", verdicts.len())
}

fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let numbers: Vec<f64> = numbers.collect();
    (!numbers.is_empty()).then(|| Spread::of(numbers).p50)
}

fn memory(costs: &Costs) -> Option<f64> {
    median(costs.playing.iter().map(|cost| cost.pss_bytes as f64 / 1e6))
}

fn verdicts(results: &Results) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for cell in results.cells.iter().filter(|cell| cell.player == Kind::App) {
        swipe_verdicts(&mut verdicts, cell, &results.cells);
    }
    let of = |kind| results.costs.iter().find(|costs| costs.player == kind);
    if let Some(ours) = of(Kind::App) {
        cost_verdicts(&mut verdicts, ours, of);
    }
    verdicts
}

/// A cell of ours against the better of the peers under the same rest, who are measured with the key and forward only:
/// what they prepare is the next file.
fn swipe_verdicts(verdicts: &mut Vec<Verdict>, cell: &Cell, cells: &[Cell]) {
    let calm = cell.run.dwell_s.total_cmp(&CALM.as_secs_f64()).is_eq();
    let peers = || {
        cells
            .iter()
            .filter(|peer| peer.player != Kind::App && peer.run.dwell_s.total_cmp(&cell.run.dwell_s).is_eq())
            .map(spreads)
    };
    let (first, moving) = spreads(cell);
    let best = |pick: fn((Spread, Spread)) -> f64| peers().map(pick).min_by(f64::total_cmp);
    let mut ratio = |what: &str, ours: f64, peer: Option<f64>, limit: f64| {
        let Some(peer) = peer.filter(|peer| *peer > 0.0) else { return };
        verdicts.push(Verdict {
            what: format!("{}, {what} p95", label(cell)),
            measured: format!("{ours:.0} ms, {:.2} x the better peer's {peer:.0} ms", ours / peer),
            target: format!("{limit} x"),
            met: !cell.run.samples.is_empty() && ours <= limit * peer,
        });
    };
    let limit = if calm { FIRST_PIXEL_CALM } else { FIRST_PIXEL_HASTY };
    ratio("first pixel", first.p95, best(|(first, _)| first.p95), limit);
    // While a drag lasts the viewer decides how long, so its way to movement compares with nothing.
    if cell.run.input != Input::Drag {
        let limit = if calm { MOVING_CALM } else { MOVING_HASTY };
        ratio("moving", moving.p95, best(|(_, moving)| moving.p95), limit);
    }
    let failed = cell.run.failed();
    verdicts.push(Verdict {
        what: format!("{}, missed, still or wrong", label(cell)),
        measured: failed.to_string(),
        target: "0".into(),
        met: failed == 0,
    });
}

fn cost_verdicts<'a>(verdicts: &mut Vec<Verdict>, ours: &Costs, of: impl Fn(Kind) -> Option<&'a Costs>) {
    let mut at_most = |what: &str, mine: Option<f64>, other: Option<(Kind, f64)>, limit: f64| {
        let (Some(mine), Some((kind, other))) = (mine, other.filter(|(_, other)| *other > 0.0)) else { return };
        verdicts.push(Verdict {
            what: what.into(),
            measured: format!("{mine:.2}, {:.2} x {}'s {other:.2}", mine / other, kind.name()),
            target: format!("{limit} x"),
            met: mine <= limit * other,
        });
    };
    let playing = |costs: &Costs| median(costs.playing.iter().map(|cost| cost.cpu + cost.server_cpu));
    let launch = |costs: &Costs| median(costs.launch_s.iter().copied());
    let peer = |kind: Kind, pick: &dyn Fn(&Costs) -> Option<f64>| of(kind).and_then(pick).map(|number| (kind, number));
    at_most("processor while playing, s/s", playing(ours), peer(Kind::Gst, &playing), PLAYING_TO_BARE);
    at_most("processor while playing, s/s", playing(ours), peer(Kind::Mpv, &playing), 1.0);
    at_most("memory, MB", memory(ours), peer(Kind::Chromium, &memory), 1.0);
    at_most("launch to the first picture, s", launch(ours), peer(Kind::Chromium, &launch), 1.0);
    let paused = median(ours.paused.iter().map(|cost| cost.cpu));
    verdicts.push(Verdict {
        what: "processor while paused, s/s".into(),
        measured: paused.map_or("it did not pause".into(), |paused| format!("{paused:.3}")),
        target: PAUSED_CPU.to_string(),
        met: paused.is_some_and(|paused| paused <= PAUSED_CPU),
    });
}
