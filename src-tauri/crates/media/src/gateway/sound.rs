//! The sounds that a stream offers beside its pictures, and which of them is heard. A player is given that one alone, so
//! that nothing is fetched of the others.

use model::same_language;

/// Sounds of one stream that are offered.
const SOUNDS_MAX: usize = 64;

/// A sound that a stream offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sound {
    /// What the stream calls it.
    pub name: Option<String>,
    /// Its language (BCP 47).
    pub language: Option<String>,
    /// The stream takes it where nobody wishes otherwise.
    pub default: bool,
    /// It tells what is to be seen as well.
    pub described: bool,
}

/// Which sound a viewer would like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoundWish {
    /// In this language (BCP 47), …
    pub language: Option<String>,
    /// … and by this name, where several are.
    pub name: Option<String>,
}

impl SoundWish {
    /// The sound to play, as a place in `sounds`: of the wished language, else what the stream takes by itself. None if
    /// there are none.
    pub fn among(&self, sounds: &[Sound]) -> Option<usize> {
        let rank = |at: &usize| {
            let sound = &sounds[*at];
            let language = match (&self.language, &sound.language) {
                (Some(wished), Some(found)) if wished.eq_ignore_ascii_case(found) => 2,
                (Some(wished), Some(found)) if same_language(wished, found) => 1,
                _ => 0,
            };
            // A name of another language's sound means nothing.
            let named = (language > 0 || self.language.is_none()) && self.name.is_some() && self.name == sound.name;
            (language, named, !sound.described, sound.default)
        };
        // Of equals the first, which is the last from behind.
        (0..sounds.len()).rev().max_by_key(rank)
    }
}

/// Each sound once, however many groups or periods it is in.
pub(crate) fn distinct(sounds: impl Iterator<Item = Sound>) -> Vec<Sound> {
    let mut found: Vec<Sound> = Vec::new();
    for sound in sounds {
        let same = |other: &Sound| (&other.name, &other.language) == (&sound.name, &sound.language);
        match found.iter().position(same) {
            Some(at) => found[at].default |= sound.default,
            None if found.len() < SOUNDS_MAX => found.push(sound),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(name: &str, language: &str) -> Sound {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Sound { name: text(name), language: text(language), ..Sound::default() }
    }

    fn wish(name: &str, language: &str) -> SoundWish {
        let Sound { name, language, .. } = sound(name, language);
        SoundWish { language, name }
    }

    #[test]
    fn the_wished_language_wins_over_what_the_stream_takes_by_itself() {
        let sounds =
            [sound("English", "en"), Sound { default: true, ..sound("中文", "zh-Hans") }, sound("Español", "es")];
        assert_eq!(wish("", "es").among(&sounds), Some(2));
        assert_eq!(wish("", "zho").among(&sounds), Some(1), "the same language by another name");
        assert_eq!(wish("", "fr").among(&sounds), Some(1), "what the stream takes");
        assert_eq!(wish("", "").among(&sounds), Some(1));
        assert_eq!(wish("", "").among(&sounds[2..]), Some(0));
        assert_eq!(wish("", "en").among(&[]), None);
    }

    #[test]
    fn an_exact_tag_wins_over_another_of_the_same_language() {
        let sounds = [sound("", "zh-Hant"), sound("", "zh-Hans")];
        assert_eq!(wish("", "zh-hans").among(&sounds), Some(1));
        assert_eq!(wish("", "zh").among(&sounds), Some(0));
    }

    #[test]
    fn a_name_decides_where_a_language_has_several() {
        let described = Sound { described: true, default: true, ..sound("English (described)", "en") };
        let sounds = [described, sound("English", "en"), sound("Comments", "en")];
        assert_eq!(wish("Comments", "en").among(&sounds), Some(2));
        assert_eq!(wish("", "en").among(&sounds), Some(1), "descriptions are for those who wish for them");
        assert_eq!(wish("English (described)", "en").among(&sounds), Some(0));
    }

    #[test]
    fn the_name_of_another_languages_sound_does_not_count() {
        let sounds = [Sound { default: true, ..sound("Surround", "zh") }, sound("Stereo", "ja")];
        assert_eq!(wish("Stereo", "es").among(&sounds), Some(0));
        assert_eq!(wish("Stereo", "").among(&sounds), Some(1));
    }

    #[test]
    fn a_sound_of_several_groups_is_one() {
        let default = Sound { default: true, ..sound("a", "en") };
        let all = distinct([sound("a", "en"), sound("b", "en"), default.clone()].into_iter());
        assert_eq!(all, [default, sound("b", "en")]);
    }
}
