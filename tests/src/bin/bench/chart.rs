//! The distributions as a picture: a row of dots for each condition, on a scale on which twice as long is one step.

use std::fmt::Write as _;

use tests::screen::player::Kind;

use crate::{
    report::{label, spreads},
    rounds::Cell,
};

const WIDTH: f64 = 1080.0;
const LEFT: f64 = 300.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 84.0;
const ROW: f64 = 34.0;
/// The scale's ends in milliseconds; what lies beyond is drawn at the end.
const SHORTEST: f64 = 4.0;
const LONGEST: f64 = 1024.0;

/// One chart of first pixel and moving for all cells, as an SVG document.
pub(crate) fn svg(cells: &[Cell]) -> String {
    let half = TOP + ROW * cells.len() as f64;
    let height = half * 2.0 + 24.0;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="Inter, sans-serif" font-size="13">
<rect width="{WIDTH}" height="{height}" fill="#101016"/>"##
    );
    let _ = panel(&mut text, 0.0, "First pixel of the episode on the screen, ms", cells, |cell| {
        (cell.run.samples.iter().map(|sample| sample.first_ms).collect(), spreads(cell).0)
    });
    let _ = panel(&mut text, half, "Episode moves on the screen, ms", cells, |cell| {
        (cell.run.samples.iter().map(|sample| sample.moving_ms).collect(), spreads(cell).1)
    });
    text.push_str("</svg>\n");
    text
}

fn panel(
    text: &mut String,
    offset: f64,
    title: &str,
    cells: &[Cell],
    pick: impl Fn(&Cell) -> (Vec<f64>, tests::screen::swipe::Spread),
) -> std::fmt::Result {
    let bottom = offset + TOP + ROW * cells.len() as f64;
    writeln!(text, r##"<text x="24" y="{}" fill="#f5f3ef" font-size="17">{title}</text>"##, offset + 36.0)?;
    let note = "dot: a swipe · tall bar: median · short bar: 95th percentile";
    writeln!(text, r##"<text x="24" y="{}" fill="#7d7a86" font-size="12">{note}</text>"##, offset + 58.0)?;
    let mut tick = SHORTEST;
    while tick <= LONGEST {
        let x = place(tick);
        let top = offset + TOP - 8.0;
        writeln!(text, r##"<path d="M{x:.1} {top}V{bottom}" stroke="#ffffff14"/>"##)?;
        writeln!(text, r##"<text x="{x:.1}" y="{}" fill="#7d7a86" text-anchor="middle">{tick}</text>"##, top - 6.0)?;
        tick *= 2.0;
    }
    for (row, cell) in cells.iter().enumerate() {
        let middle = offset + TOP + ROW * (row as f64 + 0.5);
        let colour = colour(cell.player);
        let (numbers, spread) = pick(cell);
        writeln!(text, r##"<text x="24" y="{}" fill="#b4b1bb">{}</text>"##, middle + 5.0, label(cell))?;
        for (index, number) in numbers.iter().enumerate() {
            // Spread over the row in a fixed pattern (the golden ratio's), so that equal times stay apart.
            let lane = (index as f64 * 0.618_034).fract() - 0.5;
            let (x, y) = (place(*number), middle + lane * (ROW - 14.0));
            writeln!(text, r##"<circle cx="{x:.1}" cy="{y:.1}" r="2.2" fill="{colour}" fill-opacity=".6"/>"##)?;
        }
        if !numbers.is_empty() {
            for (value, reach) in [(spread.p50, 13.0), (spread.p95, 8.0)] {
                let (x, from, to) = (place(value), middle - reach, middle + reach);
                writeln!(text, r##"<path d="M{x:.1} {from:.1}V{to:.1}" stroke="#f5f3ef" stroke-width="2"/>"##)?;
            }
        }
    }
    Ok(())
}

fn place(ms: f64) -> f64 {
    let share = (ms.clamp(SHORTEST, LONGEST) / SHORTEST).log2() / (LONGEST / SHORTEST).log2();
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn colour(player: Kind) -> &'static str {
    match player {
        Kind::App => "#ff5a4a",
        Kind::Mpv => "#ffc46b",
        Kind::Chromium => "#6ba8ff",
        Kind::Gst => "#59d6a4",
    }
}
