//! Text with styles as it is put together, character by character, into spans.
//!
//! Layout by white space has no meaning in a centred cue: blanks at the ends of lines and blank lines go, runs of
//! blanks become one, control characters vanish. Hard spaces (U+00A0) stay.

use model::CueSpan;

use super::MAX_CUE_TEXT_BYTES;

/// Most spans of one cue. Effects that style each letter go beyond it; their later text keeps the last style.
const MAX_SPANS: usize = 512;

/// How a character looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
}

/// Builds the spans of one cue.
#[derive(Debug, Default)]
pub(super) struct StyledText {
    spans: Vec<CueSpan>,
    bytes: usize,
    lines: usize,
    full: bool,
    /// A line break or a blank that counts only if text follows on it.
    pending: Option<(char, Style)>,
}

impl StyledText {
    /// Appends one character of text; a line feed starts a new line.
    pub(super) fn push(&mut self, c: char, style: Style) {
        match c {
            '\n' if self.lines > 0 => self.pending = Some(('\n', style)),
            ' ' | '\t' if self.lines > 0 && self.pending.is_none() => self.pending = Some((' ', style)),
            '\n' | ' ' | '\t' | '\u{feff}' => {}
            c if c.is_control() => {}
            c => {
                self.lines = self.lines.max(1);
                if let Some((blank, style)) = self.pending.take() {
                    self.lines += usize::from(blank == '\n');
                    self.append(blank, style);
                }
                self.append(c, style);
            }
        }
    }

    /// The spans, and the number of lines that the text itself asks for.
    pub(super) fn finish(self) -> (Vec<CueSpan>, usize) {
        (self.spans, self.lines)
    }

    fn append(&mut self, c: char, style: Style) {
        self.full |= self.bytes + c.len_utf8() > MAX_CUE_TEXT_BYTES;
        if self.full {
            return;
        }
        self.bytes += c.len_utf8();
        let Style { bold, italic, underline } = style;
        let may_grow = self.spans.len() < MAX_SPANS;
        match self.spans.last_mut() {
            Some(last) if (last.bold, last.italic, last.underline) == (bold, italic, underline) || !may_grow => {
                last.text.push(c);
            }
            _ => self.spans.push(CueSpan { text: c.into(), bold, italic, underline }),
        }
    }
}

/// Adds a line to a cue's raw text as long as the whole stays within the bound.
pub(super) fn push_line(text: &mut String, line: &str) {
    let room = MAX_CUE_TEXT_BYTES.saturating_sub(text.len() + 1);
    if room == 0 {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&line[..line.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { bold: false, italic: false, underline: false };
    const ITALIC: Style = Style { italic: true, ..PLAIN };

    fn push(text: &mut StyledText, run: &str, style: Style) {
        run.chars().for_each(|c| text.push(c, style));
    }

    #[test]
    fn blanks_at_line_ends_blank_lines_and_controls_vanish() {
        let mut text = StyledText::default();
        push(&mut text, " \n \u{feff} one  two\u{7} \n\n\t three\u{a0} \n", PLAIN);
        let (spans, lines) = text.finish();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].text, "one two\nthree\u{a0}");
        assert_eq!(lines, 2);
    }

    #[test]
    fn neighbours_of_one_style_share_a_span() {
        let mut text = StyledText::default();
        push(&mut text, "a", PLAIN);
        push(&mut text, "b ", PLAIN);
        push(&mut text, "c", ITALIC);
        let (spans, _) = text.finish();
        let texts: Vec<_> = spans.iter().map(|span| (span.text.as_str(), span.italic)).collect();
        assert_eq!(texts, [("ab ", false), ("c", true)]);
    }

    #[test]
    fn text_and_spans_are_bounded() {
        let mut text = StyledText::default();
        for i in 0..MAX_CUE_TEXT_BYTES {
            text.push('字', if i % 2 == 0 { ITALIC } else { PLAIN });
        }
        let (spans, _) = text.finish();
        assert_eq!(spans.len(), MAX_SPANS);
        let bytes: usize = spans.iter().map(|span| span.text.len()).sum();
        assert!(bytes <= MAX_CUE_TEXT_BYTES && bytes > MAX_CUE_TEXT_BYTES - 3);
    }
}
