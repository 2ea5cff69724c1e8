//! Which of a stream's variants to play: a pure function of what they need and what the link gives.
//!
//! It does not swing to and fro: a variant is left for a better one only when that needs no more than seven tenths of
//! what the link gives, and is kept as long as the link carries it at all. (ExoPlayer's `AdaptiveTrackSelection` takes
//! the same fraction; its time constraints have no place here, because the variant is chosen anew for each episode.)

/// Part of the link's throughput that a variant to begin or to change to may need.
const MARGIN: f64 = 0.7;

/// Saving data, a picture whose shorter side has so many pixels is good enough.
const ADEQUATE: u32 = 360;

/// One way to play a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Variant {
    /// Place in the list; names the variant in [`super::VariantChoice`].
    pub index: usize,
    /// Bits per second at the peak.
    pub bandwidth: u64,
    /// Pixels, if told.
    pub width: Option<u32>,
    /// Pixels, if told.
    pub height: Option<u32>,
    /// Frames per second, if told.
    pub frame_rate: Option<f64>,
    /// Codecs as RFC 6381 names them, separated by commas.
    pub codecs: Option<String>,
}

impl Variant {
    /// Whether it has a picture, as far as it is known.
    pub fn has_video(&self) -> bool {
        let audio = ["mp4a", "ac-3", "ec-3", "opus", "flac", "alac", "vorbis"];
        let is_audio = |codec: &str| audio.iter().any(|name| codec.trim().to_ascii_lowercase().starts_with(name));
        self.height.is_some() || !self.codecs.as_ref().is_some_and(|codecs| codecs.split(',').all(is_audio))
    }

    fn shorter_side(&self) -> Option<u32> {
        Some(self.width?.min(self.height?))
    }
}

/// What speaks for one variant or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Bits per second that the link gives, if known.
    pub throughput: Option<u64>,
    /// Height in pixels of what shows the picture, if known: more lines than it has are of no use.
    pub max_height: Option<u32>,
    /// Prefer the least that is good enough.
    pub data_saver: bool,
}

impl Conditions {
    /// Bits per second that a variant may need, for a player that begins before the variants are known; 0: what the server
    /// lists first.
    pub fn at_first(&self) -> u64 {
        match (self.throughput, self.data_saver) {
            (_, true) => 1,
            (Some(throughput), false) => (throughput as f64 * MARGIN) as u64,
            (None, false) => 0,
        }
    }
}

/// The variant to play, as a place in `variants`, when `current` plays now. 0 if there are none. Given the same
/// conditions again, the answer stays what it was.
pub fn pick(variants: &[Variant], conditions: Conditions, current: Option<usize>) -> usize {
    let mut fitting: Vec<usize> = (0..variants.len()).filter(|at| variants[*at].has_video()).collect();
    if fitting.is_empty() {
        fitting = (0..variants.len()).collect();
    }
    if let Some(window) = conditions.max_height {
        // The smallest picture that fills the window is still of use.
        let filling = fitting.iter().filter_map(|at| variants[*at].height).filter(|height| *height >= window).min();
        let most = filling.unwrap_or(u32::MAX);
        retain(&mut fitting, |at| variants[at].height.is_none_or(|height| height <= most));
    }
    if conditions.data_saver {
        let good = |at: usize| variants[at].shorter_side().is_none_or(|side| side >= ADEQUATE);
        let least = fitting.iter().copied().filter(|at| good(*at)).min_by_key(|at| variants[*at].bandwidth);
        if let Some(least) = least {
            retain(&mut fitting, |at| variants[at].bandwidth <= variants[least].bandwidth);
        }
    }
    fitting.sort_by_key(|at| variants[*at].bandwidth);
    let current = current.filter(|at| fitting.contains(at));
    let (Some(lowest), Some(highest)) = (fitting.first().copied(), fitting.last().copied()) else { return 0 };
    let Some(throughput) = conditions.throughput else {
        // Servers list first what to begin with (RFC 8216bis, section 6.3.1).
        return current
            .unwrap_or_else(|| if conditions.data_saver { highest } else { *fitting.iter().min().unwrap_or(&0) });
    };
    let affordable = |at: &usize| variants[*at].bandwidth as f64 <= throughput as f64 * MARGIN;
    let best = fitting.iter().copied().rfind(affordable).unwrap_or(lowest);
    match current {
        Some(current)
            if variants[current].bandwidth <= throughput && variants[best].bandwidth <= variants[current].bandwidth =>
        {
            current
        }
        _ => best,
    }
}

/// Keeps what `fits`, unless nothing does.
fn retain(list: &mut Vec<usize>, fits: impl Fn(usize) -> bool) {
    if list.iter().any(|at| fits(*at)) {
        list.retain(|at| fits(*at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ladder() -> Vec<Variant> {
        let rungs = [(800_000, 480, 854), (300_000, 240, 426), (2_500_000, 720, 1280), (5_000_000, 1080, 1920)];
        let variant = |(index, (bandwidth, width, height)): (usize, (u64, u32, u32))| Variant {
            index,
            bandwidth,
            width: Some(width),
            height: Some(height),
            ..Variant::default()
        };
        rungs.into_iter().enumerate().map(variant).collect()
    }

    fn link(throughput: u64) -> Conditions {
        Conditions { throughput: Some(throughput), ..Conditions::default() }
    }

    #[test]
    fn the_best_that_the_link_carries_with_a_margin() {
        assert_eq!(pick(&ladder(), link(10_000_000), None), 3);
        assert_eq!(pick(&ladder(), link(5_000_000), None), 2);
        assert_eq!(pick(&ladder(), link(1_200_000), None), 0);
        assert_eq!(pick(&ladder(), link(1_000), None), 1, "there is nothing less");
        assert_eq!(pick(&ladder(), Conditions::default(), None), 0, "what the server lists first");
        assert_eq!(pick(&[], link(1), None), 0);
    }

    #[test]
    fn it_goes_down_at_once_and_up_with_a_margin() {
        assert_eq!(pick(&ladder(), link(2_499_999), Some(2)), 0);
        assert_eq!(pick(&ladder(), link(2_500_000), Some(2)), 2);
        assert_eq!(pick(&ladder(), link(3_000_000), Some(0)), 0);
        assert_eq!(pick(&ladder(), link(3_600_000), Some(0)), 2);
    }

    #[test]
    fn no_more_lines_than_the_window_has_use_for() {
        let window = |height| Conditions { max_height: Some(height), ..link(100_000_000) };
        assert_eq!(pick(&ladder(), window(1280), None), 2);
        assert_eq!(pick(&ladder(), window(1281), None), 3);
        assert_eq!(pick(&ladder(), window(100), Some(3)), 1);
        assert_eq!(pick(&ladder(), window(4000), None), 3);
    }

    #[test]
    fn saving_data_takes_the_least_that_is_good_enough() {
        let saving = |throughput| Conditions { data_saver: true, throughput, ..Conditions::default() };
        assert_eq!(pick(&ladder(), saving(Some(100_000_000)), Some(3)), 0);
        assert_eq!(pick(&ladder(), saving(None), None), 0);
        assert_eq!(pick(&ladder(), saving(Some(500_000)), None), 1);
    }

    #[test]
    fn sound_alone_is_for_streams_that_have_no_picture() {
        let sound = Variant { index: 0, bandwidth: 64_000, codecs: Some("mp4a.40.2".to_owned()), ..Variant::default() };
        let mut variants = vec![sound.clone()];
        assert_eq!(pick(&variants, link(10), None), 0);
        variants.push(Variant { index: 1, bandwidth: 900_000, codecs: Some("avc1.42,mp4a.40.2".to_owned()), ..sound });
        assert_eq!(pick(&variants, link(10), None), 1);
    }

    proptest! {
        #[test]
        fn the_answer_stays(
            bandwidths in prop::collection::vec((1u64..10_000_000, prop::option::of(1u32..3000)), 1..8),
            throughput in prop::option::of(0u64..12_000_000),
            max_height in prop::option::of(1u32..3000),
            data_saver: bool,
            current in prop::option::of(0usize..9),
        ) {
            let variants: Vec<_> = bandwidths.iter().enumerate().map(|(index, (bandwidth, height))| Variant {
                index, bandwidth: *bandwidth, width: height.map(|h| h / 2), height: *height, ..Variant::default()
            }).collect();
            let conditions = Conditions { throughput, max_height, data_saver };
            let first = pick(&variants, conditions, current);
            prop_assert!(first < variants.len());
            prop_assert_eq!(pick(&variants, conditions, Some(first)), first);
        }

        #[test]
        fn a_link_that_trembles_by_less_than_the_margin_changes_nothing_twice(
            base in 100_000u64..10_000_000, noise in prop::collection::vec(0.86f64..1.14, 1..30),
        ) {
            let ladder = ladder();
            let (mut at, mut changes) = (pick(&ladder, link(base), None), Vec::new());
            for factor in noise {
                let next = pick(&ladder, link((base as f64 * factor) as u64), Some(at));
                if next != at { changes.push((at, next)); }
                at = next;
            }
            prop_assert!(!changes.windows(2).any(|pair| pair[0].0 == pair[1].1), "{:?}", changes);
        }
    }
}
