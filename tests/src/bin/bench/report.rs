//! From samples to sentences: the table, the ratios to the peers, and which targets are met.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::screen::{
    player::Kind,
    swipe::{Direction, Input, Spread},
};

use crate::rounds::{CALM, Cell, Costs, Results};

/// With a calm rest, the first pixel comes so many times faster than Chromium's at the median…
const FIRST_TO_CHROMIUM: f64 = 3.0;
/// … and than mpv's.
const FIRST_TO_MPV: f64 = 6.0;
/// At the 95th percentile it comes so many times faster than either's.
const FIRST_TAIL: f64 = 2.5;
/// The episode moves so many times sooner than in either, at the median and the 95th percentile.
const MOVING: f64 = 2.0;
/// With a hasty rest, the 95th percentile of the first pixel, in milliseconds.
const HASTY_FIRST_MS: f64 = 50.0;
/// Playing costs at most so many times the processor time of the bare pipeline at the same size: the window and the
/// interface on top.
const PLAYING_TO_BARE: f64 = 1.35;
/// Processor seconds per second that a paused player may use.
const PAUSED_CPU: f64 = 0.01;
/// Seconds from the start of the program to the first picture of an episode.
const LAUNCH_S: f64 = 1.2;
/// Memory (PSS) of the process tree with three decks, in MiB.
const MEMORY_MIB: f64 = 450.0;

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
        "", "playing", "X server", "paused", "MiB", "launch s", "again s"
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
    median(costs.playing.iter().map(|cost| cost.pss_bytes as f64 / f64::from(1 << 20)))
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

/// A cell of ours against the peers under the same rest, who are measured with the key and forward only: what they prepare
/// is the next file.
fn swipe_verdicts(verdicts: &mut Vec<Verdict>, cell: &Cell, cells: &[Cell]) {
    let (first, moving) = spreads(cell);
    if cell.run.dwell_s.total_cmp(&CALM.as_secs_f64()).is_eq() {
        for (peer, typical) in [(Kind::Chromium, FIRST_TO_CHROMIUM), (Kind::Mpv, FIRST_TO_MPV)] {
            let same = |other: &&Cell| other.player == peer && other.run.dwell_s.total_cmp(&cell.run.dwell_s).is_eq();
            let Some((their_first, their_moving)) = cells.iter().find(same).map(spreads) else { continue };
            let mut faster = |what: &str, ours: f64, theirs: f64, times: f64| {
                verdicts.push(Verdict {
                    what: format!("{}, {what} beside {}", label(cell), peer.name()),
                    measured: format!("{ours:.0} to {theirs:.0} ms, {:.1} times faster", theirs / ours),
                    target: format!("{times} times"),
                    met: !cell.run.samples.is_empty() && theirs >= times * ours,
                });
            };
            faster("first pixel p50", first.p50, their_first.p50, typical);
            faster("first pixel p95", first.p95, their_first.p95, FIRST_TAIL);
            // While a drag lasts the viewer decides how long, so its way to movement compares with nothing.
            if cell.run.input != Input::Drag {
                faster("moving p50", moving.p50, their_moving.p50, MOVING);
                faster("moving p95", moving.p95, their_moving.p95, MOVING);
            }
        }
    } else {
        verdicts.push(Verdict {
            what: format!("{}, first pixel p95", label(cell)),
            measured: format!("{:.0} ms", first.p95),
            target: format!("{HASTY_FIRST_MS} ms"),
            met: !cell.run.samples.is_empty() && first.p95 <= HASTY_FIRST_MS,
        });
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
    let playing = |costs: &Costs| median(costs.playing.iter().map(|cost| cost.cpu + cost.server_cpu));
    if let (Some(mine), Some(bare)) = (playing(ours), of(Kind::Gst).and_then(playing)) {
        verdicts.push(Verdict {
            what: "processor while playing, with the X server's".into(),
            measured: format!("{mine:.2} to {bare:.2} s/s of the bare pipeline, {:.2} x", mine / bare),
            target: format!("{PLAYING_TO_BARE} x"),
            met: mine <= PLAYING_TO_BARE * bare,
        });
    }
    let mut at_most = |what: &str, unit: &str, mine: Option<f64>, digits: usize, limit: f64| {
        verdicts.push(Verdict {
            what: what.into(),
            measured: mine.map_or("not measured".into(), |mine| format!("{mine:.digits$} {unit}")),
            target: format!("{limit} {unit}"),
            met: mine.is_some_and(|mine| mine <= limit),
        });
    };
    at_most("processor while paused", "s/s", median(ours.paused.iter().map(|cost| cost.cpu)), 4, PAUSED_CPU);
    at_most("launch to the first picture", "s", median(ours.launch_s.iter().copied()), 2, LAUNCH_S);
    at_most("memory with three decks", "MiB", memory(ours), 0, MEMORY_MIB);
}
