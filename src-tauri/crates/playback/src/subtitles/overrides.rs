//! Override tags of SSA/ASS, `{\i1\an8\pos(10,20)}`, which SubRip files borrow. Only what a cue can show is read.

use super::place::Keypad;

/// The script resolution that tags refer to where a file names none (Aegisub's and libass's default).
pub(super) const DEFAULT_RESOLUTION: (f64, f64) = (384.0, 288.0);

/// Weights from here on are bold; CSS calls 600 semi-bold.
const BOLD_WEIGHT: u32 = 600;

/// One tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Override<'a> {
    /// Bold on or off; `None`: as the style says.
    Bold(Option<bool>),
    /// Italic on or off; `None`: as the style says.
    Italic(Option<bool>),
    /// Underline on or off; `None`: as the style says.
    Underline(Option<bool>),
    /// Alignment of the whole event.
    Align(Keypad),
    /// Anchor of the whole event in the script's resolution.
    At(f64, f64),
    /// What follows is a drawing, or text again.
    Drawing(bool),
    /// Back to a style; empty: to the event's own.
    Reset(&'a str),
}

/// The tags of the block at the start of `text` (which starts with `{`) and the block's length.
/// `None` when the brace is never closed.
pub(super) fn block(text: &str) -> Option<(&str, usize)> {
    let end = text.find('}')?;
    Some((&text[1..end], end + 1))
}

/// Reads the tags of a block. Comments, unknown tags and animations give nothing.
pub(super) fn tags(block: &str) -> impl Iterator<Item = Override<'_>> {
    bodies(block).filter_map(tag)
}

/// Texts between backslashes. Those within parentheses belong to an animation, `\t(\i1)`.
fn bodies(block: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    block
        .split(move |c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == '\\' && depth == 0
        })
        .skip(1)
}

fn tag(body: &str) -> Option<Override<'_>> {
    let body = body.trim();
    if let Some(point) = body.strip_prefix("pos").or_else(|| body.strip_prefix("move")) {
        return anchor(point);
    }
    if let Some(number) = body.strip_prefix("an") {
        return number.trim().parse().ok().and_then(Keypad::new).map(Override::Align);
    }
    let mut rest = body.chars();
    let name = rest.next()?;
    let rest = rest.as_str().trim();
    match name {
        'a' => rest.parse().ok().and_then(Keypad::from_ssa).map(Override::Align),
        'b' => switch(rest).map(Override::Bold),
        'i' => switch(rest).map(Override::Italic),
        'u' => switch(rest).map(Override::Underline),
        'p' => rest.parse::<u32>().ok().map(|scale| Override::Drawing(scale > 0)),
        'r' => Some(Override::Reset(rest)),
        _ => None,
    }
}

/// `1`, `0`, a weight, or nothing. Anything else belongs to a tag with a longer name.
fn switch(value: &str) -> Option<Option<bool>> {
    if value.is_empty() {
        return Some(None);
    }
    let weight: u32 = value.parse().ok()?;
    Some(Some(weight == 1 || weight >= BOLD_WEIGHT))
}

/// `(x,y…)`: of a movement the place where it begins.
fn anchor(arguments: &str) -> Option<Override<'_>> {
    let mut numbers = arguments.trim().strip_prefix('(')?.trim_end_matches(')').split(',').map(|n| n.trim().parse());
    let (x, y): (f64, f64) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (x.is_finite() && y.is_finite()).then_some(Override::At(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(block: &str) -> Vec<Override<'_>> {
        tags(block).collect()
    }

    #[test]
    fn styles_switch_on_off_and_back() {
        assert_eq!(
            all("\\b1\\i0\\u\\b700\\b400"),
            [
                Override::Bold(Some(true)),
                Override::Italic(Some(false)),
                Override::Underline(None),
                Override::Bold(Some(true)),
                Override::Bold(Some(false)),
            ]
        );
        assert_eq!(all("\\r\\rAlt Style"), [Override::Reset(""), Override::Reset("Alt Style")]);
    }

    #[test]
    fn tags_with_longer_names_are_not_taken_for_short_ones() {
        assert_eq!(all("\\bord2\\be1\\blur3\\iclip(0,0,9,9)\\alpha&H80&\\pbo10\\fnArial\\c&HFFFFFF&\\k20"), []);
    }

    #[test]
    fn places_are_read() {
        assert_eq!(all("\\pos( 10.5 ,-20)"), [Override::At(10.5, -20.0)]);
        assert_eq!(all("\\move(1,2,3,4,0,500)"), [Override::At(1.0, 2.0)]);
        assert_eq!(all("\\an8\\a6").len(), 2);
        assert_eq!(all("\\an0\\an12\\pos(1)\\pos(nan,1)\\pos"), []);
    }

    #[test]
    fn comments_and_animations_give_nothing() {
        assert_eq!(all("a comment"), []);
        assert_eq!(all("note\\t(0,100,\\i1\\b1)\\u1"), [Override::Underline(Some(true))]);
        assert_eq!(all("\\clip(m 0 0 \\b1"), []);
    }
}
