//! SSA (version 4) and ASS (version 4+): styled events of a script.
//!
//! Of the styling, bold, italic, underline and the place remain; drawings, karaoke and colours are dropped. Layers that
//! repeat a text for an outline or a glow become one cue.

use std::collections::HashMap;
use std::time::Duration;

use model::Cue;

use super::SubtitleError;
use super::collect::{self, Cues};
use super::overrides::{self, DEFAULT_RESOLUTION, Override};
use super::place::Keypad;
use super::styled::{Style, StyledText};
use super::timing::{ass_clock, lines, millis};
use super::{MAX_CUE_TEXT_BYTES, MAX_INPUT_BYTES};

/// Most styles of a script.
const MAX_STYLES: usize = 4096;

/// Columns of an event where the file does not name them.
const EVENT_COLUMNS: &str = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text";

/// Columns of an event in a Matroska block (<https://www.matroska.org/technical/subtitles.html>).
const BLOCK_COLUMNS: &str = "ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect, Text";

/// Columns of a style where the file does not name them.
const STYLE_COLUMNS: &str = "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
                             Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, \
                             Shadow, Alignment, MarginL, MarginR, MarginV, Encoding";

/// The same in version 4, which has neither underline nor scales.
const STYLE_COLUMNS_V4: &str = "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, TertiaryColour, BackColour, \
                                Bold, Italic, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, \
                                AlphaLevel, Encoding";

/// Reads an SSA or ASS file.
///
/// # Errors
/// [`SubtitleError::Empty`] without a cue, [`SubtitleError::TooLarge`] beyond [`super::MAX_CUES`].
pub fn parse(text: &str) -> Result<Vec<Cue>, SubtitleError> {
    let mut cues = Cues::default();
    Script::read(text, &mut cues)?;
    let mut cues = cues.sorted()?;
    cues.dedup();
    Ok(cues)
}

/// Whether a line can only stand in an SSA or ASS file.
pub(super) fn is_telling_line(line: &str) -> bool {
    let section = Section::of(line);
    section.is_some_and(|section| section != Section::Other) || line.starts_with("Dialogue:")
}

/// What an SSA/ASS header says: styles and the resolution that places refer to.
#[derive(Debug, Clone, Default)]
pub struct Script {
    width: Option<f64>,
    height: Option<f64>,
    styles: HashMap<String, EventStyle>,
}

#[derive(Debug, Clone, Copy)]
struct EventStyle {
    style: Style,
    keypad: Keypad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Info,
    StylesV4,
    StylesV4Plus,
    Events,
    Other,
}

impl Section {
    fn of(line: &str) -> Option<Section> {
        let name = line.strip_prefix('[')?.strip_suffix(']')?.trim().to_ascii_lowercase();
        Some(match name.as_str() {
            "script info" => Section::Info,
            "v4 styles" => Section::StylesV4,
            "v4+ styles" | "v4++ styles" => Section::StylesV4Plus,
            "events" => Section::Events,
            _ => Section::Other,
        })
    }
}

impl Script {
    /// Reads the header of an embedded track (Matroska's codec private data). Events that it holds are ignored.
    pub fn header(text: &str) -> Script {
        let text = &text[..text.floor_char_boundary(MAX_INPUT_BYTES)];
        // Too many events end the reading; what was read until then is all that a header can mean.
        let (header, _) = text.split_once("Dialogue:").unwrap_or((text, ""));
        Script::read(header, &mut Cues::default()).unwrap_or_default()
    }

    /// A cue from one block of an embedded track; see [`super::from_ass_event`].
    pub fn event(&self, block: &str, start: Duration, end: Duration) -> Option<Cue> {
        let columns = Columns::new(BLOCK_COLUMNS);
        let block = &block[..block.floor_char_boundary(MAX_CUE_TEXT_BYTES)];
        let values = columns.values(block.trim_end_matches(['\r', '\n', '\0']));
        let text = columns.get(&values, "text")?;
        let style = columns.get(&values, "style").unwrap_or_default();
        collect::shown(self.cue(text, style, millis(start), millis(end)))
    }

    fn read(text: &str, cues: &mut Cues) -> Result<Script, SubtitleError> {
        let mut script = Script::default();
        let mut section = Section::Events;
        let mut events = Columns::new(EVENT_COLUMNS);
        let mut styles: Option<Columns> = None;
        for line in lines(text) {
            let line = line.trim();
            if let Some(next) = Section::of(line) {
                section = next;
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            match (section, key.trim()) {
                (Section::Info, "PlayResX") => script.width = resolution(value).or(script.width),
                (Section::Info, "PlayResY") => script.height = resolution(value).or(script.height),
                (Section::StylesV4 | Section::StylesV4Plus, "Format") => styles = Some(Columns::new(value)),
                (Section::StylesV4 | Section::StylesV4Plus, "Style") => {
                    let v4 = section == Section::StylesV4;
                    let usual = if v4 { STYLE_COLUMNS_V4 } else { STYLE_COLUMNS };
                    let columns = styles.get_or_insert_with(|| Columns::new(usual));
                    script.add_style(columns, value, v4);
                }
                (Section::Events, "Format") => events = Columns::new(value),
                (Section::Events, "Dialogue") => {
                    if let Some(cue) = script.dialogue(&events, value) {
                        cues.push(cue)?;
                    }
                }
                _ => {}
            }
        }
        Ok(script)
    }

    fn add_style(&mut self, columns: &Columns, value: &str, v4: bool) {
        let values = columns.values(value);
        let get = |name| columns.get(&values, name).map(str::trim);
        // True is -1, false is 0.
        let on = |name| get(name).and_then(|value| value.parse::<i64>().ok()).is_some_and(|value| value != 0);
        let Some(name) = get("name").filter(|_| self.styles.len() < MAX_STYLES) else { return };
        let alignment = get("alignment").and_then(|value| value.parse().ok());
        let keypad = alignment.and_then(if v4 { Keypad::from_ssa } else { Keypad::new });
        let style = Style { bold: on("bold"), italic: on("italic"), underline: on("underline") };
        let style = EventStyle { style, keypad: keypad.unwrap_or(Keypad::BOTTOM) };
        self.styles.insert(style_name(name).to_owned(), style);
    }

    fn dialogue(&self, columns: &Columns, value: &str) -> Option<Cue> {
        let values = columns.values(value);
        let start_ms = ass_clock(columns.get(&values, "start")?)?;
        let end_ms = ass_clock(columns.get(&values, "end")?)?;
        let style = columns.get(&values, "style").unwrap_or_default();
        Some(self.cue(columns.get(&values, "text")?, style, start_ms, end_ms))
    }

    /// A style by its name, else the default one, else plain text at the bottom.
    fn style(&self, name: &str) -> EventStyle {
        let found = self.styles.get(style_name(name)).or_else(|| self.styles.get("Default"));
        found.copied().unwrap_or(EventStyle { style: Style::default(), keypad: Keypad::BOTTOM })
    }

    /// The resolution of places. Where one side is missing, libass takes the picture to be 4:3, or 1280 by 1024.
    fn resolution(&self) -> (f64, f64) {
        match (self.width, self.height) {
            (Some(width), Some(height)) => (width, height),
            (Some(width), None) => (width, if width == 1280.0 { 1024.0 } else { width * 3.0 / 4.0 }),
            (None, Some(height)) => (if height == 1024.0 { 1280.0 } else { height * 4.0 / 3.0 }, height),
            (None, None) => DEFAULT_RESOLUTION,
        }
    }

    fn cue(&self, text: &str, style: &str, start_ms: u64, end_ms: u64) -> Cue {
        let own = self.style(style);
        let mut base = own.style;
        let mut style = base;
        let (mut keypad, mut at, mut drawing) = (None, None, false);
        let mut styled = StyledText::default();
        let mut braces_close = true;
        let mut rest = &text[..text.floor_char_boundary(MAX_CUE_TEXT_BYTES)];
        while let Some(c) = rest.chars().next() {
            let block = (c == '{' && braces_close).then(|| overrides::block(rest));
            if let Some(Some((tags, length))) = block {
                for tag in overrides::tags(tags) {
                    match tag {
                        Override::Bold(on) => style.bold = on.unwrap_or(base.bold),
                        Override::Italic(on) => style.italic = on.unwrap_or(base.italic),
                        Override::Underline(on) => style.underline = on.unwrap_or(base.underline),
                        Override::Align(value) => keypad = keypad.or(Some(value)),
                        Override::At(x, y) => at = at.or(Some((x, y))),
                        Override::Drawing(on) => drawing = on,
                        Override::Reset(name) => {
                            base = if name.is_empty() { own.style } else { self.style(name).style };
                            style = base;
                        }
                    }
                }
                rest = &rest[length..];
                continue;
            }
            braces_close &= block.is_none();
            let (c, length) = escape(rest).unwrap_or((c, c.len_utf8()));
            if !drawing {
                styled.push(c, style);
            }
            rest = &rest[length..];
        }
        let (spans, lines) = styled.finish();
        let keypad = keypad.unwrap_or(own.keypad);
        let position = at.map_or_else(
            || keypad.place(lines),
            |(x, y)| {
                let (width, height) = self.resolution();
                keypad.place_at(x / width * 100.0, y / height * 100.0, lines)
            },
        );
        Cue { start_ms, end_ms, spans, position }
    }
}

/// Escapes outside of braces. `\n` is a break too: libass breaks there only in one wrapping mode, but files that were
/// converted by careless programs mean a break.
fn escape(text: &str) -> Option<(char, usize)> {
    let c = match text.as_bytes() {
        [b'\\', b'N' | b'n', ..] => '\n',
        [b'\\', b'h', ..] => '\u{a0}',
        [b'\\', b'{', ..] => '{',
        [b'\\', b'}', ..] => '}',
        _ => return None,
    };
    Some((c, 2))
}

/// Some programs mark the style in use with an asterisk.
fn style_name(name: &str) -> &str {
    name.trim().trim_start_matches('*')
}

fn resolution(value: &str) -> Option<f64> {
    value.trim().parse::<u32>().ok().filter(|size| *size > 0).map(f64::from)
}

/// The columns that a `Format` line names, in lower case.
#[derive(Debug)]
struct Columns(Vec<String>);

impl Columns {
    fn new(format: &str) -> Columns {
        Columns(format.split(',').take(64).map(|name| name.trim().to_ascii_lowercase()).collect())
    }

    /// The values of a line; the last column keeps its commas.
    fn values<'a>(&self, line: &'a str) -> Vec<&'a str> {
        line.splitn(self.0.len(), ',').collect()
    }

    fn get<'a>(&self, values: &[&'a str], name: &str) -> Option<&'a str> {
        let column = self.0.iter().position(|column| column == name)?;
        values.get(column).copied()
    }
}

#[cfg(test)]
mod tests;
