//! Text with tags in angle brackets: SubRip, Pango markup and WebVTT.
//!
//! Files in the wild nest tags wrongly, leave them open and write `<` as text. So there is no tree: each style is on
//! while more of its tags have been opened than closed. A `<` that no `>` closes before the next `<` is text.

use model::CueSpan;

use super::entities;
use super::overrides::{self, Override};
use super::place::Keypad;
use super::styled::{Style, StyledText};

/// Deepest nesting of `<span>` that is followed.
const MAX_DEPTH: usize = 32;

/// Whose tags are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// HTML-like tags, Pango's `<span>` and blocks of SSA tags in braces.
    SubRip,
    /// WebVTT: classes, voices, languages, ruby, time stamps.
    WebVtt,
}

/// What a cue's text says.
#[derive(Debug, Default)]
pub(super) struct Marked {
    /// Its text.
    pub(super) spans: Vec<CueSpan>,
    /// How many lines it asks for.
    pub(super) lines: usize,
    /// Alignment by a tag in braces.
    pub(super) keypad: Option<Keypad>,
    /// Anchor by a tag in braces, in [`overrides::DEFAULT_RESOLUTION`].
    pub(super) at: Option<(f64, f64)>,
}

/// Reads the text of one cue.
pub(super) fn read(text: &str, dialect: Dialect) -> Marked {
    let mut reader = Reader::new(dialect);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '<' => reader.tag(rest),
            '&' => reader.entity(rest),
            '{' if dialect == Dialect::SubRip => reader.braces(rest),
            '\\' if dialect == Dialect::SubRip && rest.starts_with("\\N") => {
                reader.text.push('\n', reader.style());
                Some(2)
            }
            _ => None,
        };
        let taken = taken.unwrap_or_else(|| {
            reader.text.push(c, reader.style());
            c.len_utf8()
        });
        rest = &rest[taken..];
    }
    reader.close_ruby();
    let (spans, lines) = reader.text.finish();
    Marked { spans, lines, keypad: reader.keypad, at: reader.at }
}

struct Reader {
    dialect: Dialect,
    text: StyledText,
    bold: usize,
    italic: usize,
    underline: usize,
    /// What tags in braces switched on.
    base: Style,
    /// What open `<span>`s ask for, outermost first.
    nested: Vec<Style>,
    in_ruby_text: bool,
    /// A `}` may still follow: keeps a text of many `{` from being searched again for each of them.
    braces_close: bool,
    keypad: Option<Keypad>,
    at: Option<(f64, f64)>,
}

impl Reader {
    fn new(dialect: Dialect) -> Reader {
        Reader {
            dialect,
            text: StyledText::default(),
            bold: 0,
            italic: 0,
            underline: 0,
            base: Style::default(),
            nested: Vec::new(),
            in_ruby_text: false,
            braces_close: true,
            keypad: None,
            at: None,
        }
    }

    fn style(&self) -> Style {
        Style {
            bold: self.bold > 0 || self.base.bold || self.nested.iter().any(|style| style.bold),
            italic: self.italic > 0 || self.base.italic || self.nested.iter().any(|style| style.italic),
            underline: self.underline > 0 || self.base.underline || self.nested.iter().any(|style| style.underline),
        }
    }

    /// Takes the tag at the start of `rest` and gives its length; `None` when the `<` is text.
    fn tag(&mut self, rest: &str) -> Option<usize> {
        let length = rest[1..].find(['<', '>']).map(|at| at + 1).filter(|at| rest[*at..].starts_with('>'))?;
        let body = &rest[1..length];
        let (body, closes) = body.strip_prefix('/').map_or((body, false), |body| (body, true));
        if !self.is_tag(body) {
            return None;
        }
        let name_end = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
        let (name, attributes) = body.split_at(name_end);
        let name = name.to_ascii_lowercase();
        let counter = match name.as_str() {
            "b" | "strong" => Some(&mut self.bold),
            "i" | "em" => Some(&mut self.italic),
            "u" | "ins" => Some(&mut self.underline),
            _ => None,
        };
        match (counter, name.as_str()) {
            (Some(depth), _) if closes => *depth = depth.saturating_sub(1),
            (Some(depth), _) => *depth += 1,
            (None, "br") => self.text.push('\n', self.style()),
            (None, "span") if closes => drop(self.nested.pop()),
            (None, "span") if self.nested.len() < MAX_DEPTH => self.nested.push(span_style(attributes)),
            (None, "rt") if self.dialect == Dialect::WebVtt => {
                self.close_ruby();
                if !closes {
                    self.text.push('(', self.style());
                    self.in_ruby_text = true;
                }
            }
            (None, "ruby") if self.dialect == Dialect::WebVtt => self.close_ruby(),
            _ => {}
        }
        Some(length + 1)
    }

    fn is_tag(&self, body: &str) -> bool {
        match body.bytes().next() {
            None => true,
            Some(b'!' | b'?') => true,
            Some(first) if first.is_ascii_alphabetic() => true,
            // A class without a name, or the moment from which the rest of a karaoke line is lit.
            Some(b'.') => self.dialect == Dialect::WebVtt,
            Some(first) if first.is_ascii_digit() && self.dialect == Dialect::WebVtt => {
                body.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
            }
            _ => false,
        }
    }

    /// Ruby text stands in parentheses behind its base, as HTML shows it where it cannot stand above.
    fn close_ruby(&mut self) {
        if std::mem::take(&mut self.in_ruby_text) {
            self.text.push(')', self.style());
        }
    }

    fn entity(&mut self, rest: &str) -> Option<usize> {
        let (c, length) = entities::decode(rest)?;
        self.text.push(c, self.style());
        Some(length)
    }

    fn braces(&mut self, rest: &str) -> Option<usize> {
        if !self.braces_close || !rest.starts_with("{\\") {
            return None;
        }
        let found = overrides::block(rest);
        self.braces_close = found.is_some();
        let (block, length) = found?;
        for tag in overrides::tags(block) {
            match tag {
                Override::Bold(on) => self.base.bold = on.unwrap_or_default(),
                Override::Italic(on) => self.base.italic = on.unwrap_or_default(),
                Override::Underline(on) => self.base.underline = on.unwrap_or_default(),
                Override::Align(keypad) => self.keypad = self.keypad.or(Some(keypad)),
                Override::At(x, y) => self.at = self.at.or(Some((x, y))),
                Override::Reset(_) => self.base = Style::default(),
                Override::Drawing(_) => {}
            }
        }
        Some(length)
    }
}

/// What the attributes of Pango's `<span>` ask for.
fn span_style(attributes: &str) -> Style {
    let mut style = Style::default();
    let mut rest = attributes;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, tail)) = after[1..].split_once(quote) else { break };
        match name.trim() {
            "weight" | "font_weight" => {
                style.bold =
                    value.contains("bold") || value == "heavy" || value.parse().is_ok_and(|weight: u32| weight >= 600);
            }
            "style" | "font_style" => style.italic = matches!(value, "italic" | "oblique"),
            "underline" => style.underline = value != "none",
            _ => {}
        }
        rest = tail;
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, dialect: Dialect) -> String {
        read(text, dialect).spans.into_iter().map(|span| span.text).collect()
    }

    fn styles(text: &str) -> Vec<(String, bool, bool, bool)> {
        let spans = read(text, Dialect::SubRip).spans;
        spans.into_iter().map(|s| (s.text, s.bold, s.italic, s.underline)).collect()
    }

    #[test]
    fn tags_may_overlap_and_stay_open() {
        assert_eq!(
            styles("a <b><i>b</b></i> c <U>d"),
            [
                ("a ".into(), false, false, false),
                ("b".into(), true, true, false),
                (" c ".into(), false, false, false),
                ("d".into(), false, false, true),
            ]
        );
    }

    #[test]
    fn unknown_tags_are_dropped_and_their_text_stays() {
        let text = "<font color=\"#ff0000\">red</font> <laughs> <img src=x onerror=alert(1)/>end<br/>line";
        assert_eq!(plain(text, Dialect::SubRip), "red end\nline");
    }

    #[test]
    fn a_lone_angle_bracket_is_text() {
        for text in ["I <3 you", "a < b > c", "1<2", "<", "x <b", "<3>"] {
            assert_eq!(plain(text, Dialect::SubRip), text);
        }
        assert_eq!(plain("a < <b>b</b>", Dialect::SubRip), "a < b");
    }

    #[test]
    fn a_decoded_reference_is_never_markup() {
        let spans = read("&lt;b&gt;x&lt;/b&gt; &amp;lt;", Dialect::SubRip).spans;
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].text, "<b>x</b> &lt;");
        assert!(!spans[0].bold);
    }

    #[test]
    fn pango_spans_carry_styles() {
        assert_eq!(
            styles("<span weight=\"bold\" style='italic' foreground=\"red\">a</span><span underline=\"none\">b</span>"),
            [("a".into(), true, true, false), ("b".into(), false, false, false)]
        );
        assert_eq!(plain("<span weight=>a</span></span>", Dialect::SubRip), "a");
    }

    #[test]
    fn tags_in_braces_style_and_place() {
        let marked = read("{\\an8}{\\i1}up{\\i0} {not a tag} {\\open", Dialect::SubRip);
        assert_eq!(marked.keypad, Keypad::new(8));
        assert_eq!(marked.spans[0].text, "up");
        assert!(marked.spans[0].italic);
        assert_eq!(marked.spans[1].text, " {not a tag} {\\open");
    }

    #[test]
    fn braces_are_text_in_webvtt() {
        assert_eq!(plain("{\\an8}a\\Nb", Dialect::WebVtt), "{\\an8}a\\Nb");
    }

    #[test]
    fn webvtt_voices_classes_and_moments_vanish_and_ruby_is_bracketed() {
        assert_eq!(plain("<v.loud Mary>Hi</v> <c.red>you</c><00:01.000>!", Dialect::WebVtt), "Hi you!");
        assert_eq!(plain("<ruby>漢<rt>kan</rt>字<rt>ji</ruby>。", Dialect::WebVtt), "漢(kan)字(ji)。");
        assert_eq!(plain("<ruby>a<rt>b", Dialect::WebVtt), "a(b)");
    }

    #[test]
    fn many_open_braces_and_brackets_are_read_in_linear_time() {
        let text = "{\\<".repeat(20_000);
        assert_eq!(plain(&text, Dialect::SubRip), text);
    }
}
