//! When lips move: the syllables of a line laid out over its cue. Picture and voice both follow it.

use super::{Cue, Episode, Who};

/// One syllable. Times are seconds from the episode's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Syllable {
    pub(crate) from: f32,
    pub(crate) length: f32,
    /// The vowel, for its colour: `a`, `e`, `i`, `o`, `u`.
    pub(crate) vowel: u8,
    /// The last of a sentence that ends with a question mark.
    pub(crate) rising: bool,
}

/// Splits a line's English text into syllables: every run of vowels is one, commas and full stops are rests.
pub(crate) fn syllables(cue: &Cue) -> Vec<Syllable> {
    enum Piece {
        Vowel(u8),
        Rest,
    }
    let mut pieces = Vec::new();
    let mut in_vowel = false;
    for c in cue.en.bytes().map(|b| b.to_ascii_lowercase()) {
        match c {
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' if !in_vowel => {
                pieces.push(Piece::Vowel(if c == b'y' { b'i' } else { c }));
                in_vowel = true;
            }
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => {}
            b'.' | b',' | b'?' => {
                pieces.push(Piece::Rest);
                in_vowel = false;
            }
            _ => in_vowel = false,
        }
    }
    while matches!(pieces.last(), Some(Piece::Rest)) {
        pieces.pop();
    }
    let room = cue.to - cue.from - 0.25;
    // About five and a half syllables a second, faster only when there is no room.
    let each = (room / pieces.len().max(1) as f32).min(0.185);
    let count = pieces.len();
    let asks = cue.en.ends_with('?');
    pieces
        .into_iter()
        .enumerate()
        .filter_map(|(i, piece)| match piece {
            Piece::Rest => None,
            Piece::Vowel(vowel) => Some(Syllable {
                from: cue.from + 0.06 + i as f32 * each,
                length: each,
                vowel,
                rising: asks && i + 1 == count,
            }),
        })
        .collect()
}

/// Who speaks at `time`, and how far the lips are open (0 to 1).
pub(crate) fn lips(episode: &Episode, time: f32) -> Option<(Who, f32)> {
    let cue = episode.cues.iter().find(|c| (c.from..c.to).contains(&time))?;
    let open = syllables(cue).iter().find(|s| (s.from..s.from + s.length).contains(&time)).map_or(0.0, |s| {
        (((time - s.from) / s.length) * std::f32::consts::PI).sin() * if s.vowel == b'a' { 1.0 } else { 0.75 }
    });
    Some((cue.who, open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::story::episodes;

    #[test]
    fn syllables_lie_within_their_cue() {
        for cue in episodes().flat_map(|e| e.cues) {
            let all = syllables(cue);
            assert!(!all.is_empty(), "{}", cue.en);
            assert!(all.iter().all(|s| s.from >= cue.from && s.from + s.length <= cue.to), "{}", cue.en);
        }
    }

    #[test]
    fn lips_are_closed_while_nobody_speaks() {
        let first = episodes().next().unwrap();
        assert_eq!(lips(first, 0.5), None);
        let cue = first.cues[0];
        assert!((0..20).any(|i| lips(first, cue.from + i as f32 * 0.05).is_some_and(|l| l.1 > 0.5)));
    }
}
