//! Reads what steering and prefetching need to know.

use super::attributes::{attributes, resolution, value};
use super::variables::Variables;
use crate::gateway::reference::resolve;
use crate::gateway::sound::{Sound, SoundWish, distinct};
use crate::gateway::timeline::{Part, Text, Timeline, seconds};
use crate::gateway::variant::Variant;
use reqwest::Url;
use std::ops::Range;
use std::time::Duration;

/// Subtitles of one stream that are offered.
const TEXTS_MAX: usize = 64;

/// Sounds of one stream, in all its groups, that are read. What comes after them is not played.
const RENDITIONS_MAX: usize = 256;

/// Whether the playlist lists variants instead of segments.
pub(crate) fn is_multivariant(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("#EXT-X-STREAM-INF:") || line.starts_with("#EXT-X-I-FRAME-STREAM-INF:"))
}

/// Whether more segments will come. A multivariant playlist does not change.
pub(crate) fn is_live(text: &str) -> bool {
    !is_multivariant(text) && !text.lines().any(|line| line.trim_end() == "#EXT-X-ENDLIST")
}

/// The longest that a segment may be.
pub(crate) fn target_duration(text: &str) -> Option<Duration> {
    let value = text.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"))?;
    seconds(value.trim().parse().ok()?)
}

/// What a multivariant playlist offers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Multivariant {
    /// In the playlist's order, which is that of the rewriter's numbers.
    pub(crate) variants: Vec<Variant>,
    /// Subtitles that come as playlists of their own, each once however many groups it is in.
    pub(crate) texts: Vec<(Text, Url)>,
    streams: Vec<Stream>,
    /// In the playlist's order, which is that of the rewriter's numbers.
    renditions: Vec<Rendition>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Stream {
    url: Option<Url>,
    audio: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rendition {
    group: String,
    sound: Sound,
    /// None where the variants themselves hold it.
    url: Option<Url>,
}

impl Multivariant {
    /// Reads the playlist that was at `base`.
    pub(crate) fn read(text: &str, base: &Url) -> Self {
        let mut all = Self::default();
        let mut variables = Variables::default();
        let mut open = false;
        for line in text.lines().map(str::trim_end) {
            if let Some(list) = line.strip_prefix("#EXT-X-STREAM-INF:") {
                if open {
                    // The one before has no address.
                    all.variants.pop();
                    all.streams.pop();
                }
                open = true;
                all.variants.push(variant(list, all.variants.len()));
                all.streams.push(Stream { url: None, audio: value(list, "AUDIO").map(str::to_owned) });
            } else if let Some(list) = line.strip_prefix("#EXT-X-MEDIA:") {
                let address = value(list, "URI").map(|address| variables.substitute(address));
                let url = address.and_then(|address| resolve(base, &address));
                match (value(list, "TYPE"), url) {
                    (Some("AUDIO"), url) if all.renditions.len() < RENDITIONS_MAX => {
                        let group = value(list, "GROUP-ID").unwrap_or_default().to_owned();
                        all.renditions.push(Rendition { group, sound: sound(list), url });
                    }
                    (Some("SUBTITLES"), Some(url)) => {
                        let text = subtitles(list);
                        if all.texts.len() < TEXTS_MAX && all.texts.iter().all(|(other, _)| *other != text) {
                            all.texts.push((text, url));
                        }
                    }
                    _ => {}
                }
            } else if let Some(list) = line.strip_prefix("#EXT-X-DEFINE:") {
                variables.define(list, base);
            } else if open && !line.is_empty() && !line.starts_with('#') {
                open = false;
                if let Some(stream) = all.streams.last_mut() {
                    stream.url = resolve(base, &variables.substitute(line));
                }
            }
        }
        all
    }

    /// Where the media playlists are.
    pub(crate) fn playlists(&self) -> Vec<&Url> {
        let variants = self.streams.iter().filter_map(|stream| stream.url.as_ref());
        let sounds = self.renditions.iter().filter_map(|rendition| rendition.url.as_ref());
        variants.chain(sounds).chain(self.texts.iter().map(|(_, url)| url)).collect()
    }

    /// Where the media playlist of a variant is.
    pub(crate) fn media(&self, index: usize) -> Option<&Url> {
        self.streams.get(index)?.url.as_ref()
    }

    /// The sounds that can be chosen with a variant.
    pub(crate) fn sounds(&self, index: usize) -> Vec<Sound> {
        let group = self.streams.get(index).and_then(|stream| stream.audio.as_ref());
        let of_group = self.renditions.iter().filter(|rendition| Some(&rendition.group) == group);
        distinct(of_group.map(|rendition| rendition.sound.clone()))
    }

    /// Where the playlist of a variant's sound is, where it is not in the variant itself.
    pub(crate) fn sound(&self, index: usize, wish: &SoundWish) -> Option<&Url> {
        let group = self.streams.get(index)?.audio.as_ref()?;
        self.renditions[self.of_group(group, wish)?].url.as_ref()
    }

    /// Which sounds are played: one of each group, by their places among all.
    pub(crate) fn played(&self, wish: &SoundWish) -> Vec<usize> {
        let mut played: Vec<usize> = self.renditions.iter().filter_map(|one| self.of_group(&one.group, wish)).collect();
        played.sort_unstable();
        played.dedup();
        played
    }

    fn of_group(&self, group: &str, wish: &SoundWish) -> Option<usize> {
        let places: Vec<usize> = (0..self.renditions.len()).filter(|at| self.renditions[*at].group == group).collect();
        let sounds: Vec<Sound> = places.iter().map(|at| self.renditions[*at].sound.clone()).collect();
        Some(places[wish.among(&sounds)?])
    }
}

fn sound(list: &str) -> Sound {
    let characteristics = value(list, "CHARACTERISTICS").unwrap_or_default();
    Sound {
        name: value(list, "NAME").map(str::to_owned),
        language: value(list, "LANGUAGE").map(str::to_owned),
        default: value(list, "DEFAULT") == Some("YES"),
        described: characteristics.split(',').any(|word| word.trim() == "public.accessibility.describes-video"),
    }
}

fn subtitles(list: &str) -> Text {
    // What Apple's HLS authoring specification has for subtitles for the deaf and hard of hearing.
    let deaf = ["public.accessibility.describes-music-and-sound", "public.accessibility.transcribes-spoken-dialog"];
    let characteristics = value(list, "CHARACTERISTICS").unwrap_or_default();
    Text {
        name: value(list, "NAME").map(str::to_owned),
        language: value(list, "LANGUAGE").map(str::to_owned),
        forced: value(list, "FORCED") == Some("YES"),
        hearing_impaired: characteristics.split(',').any(|word| deaf.contains(&word.trim())),
    }
}

fn variant(list: &str, index: usize) -> Variant {
    let mut variant = Variant { index, ..Variant::default() };
    for attribute in attributes(list) {
        match attribute.name {
            "BANDWIDTH" => variant.bandwidth = attribute.value.parse().unwrap_or_default(),
            "CODECS" => variant.codecs = Some(attribute.value.to_owned()),
            "FRAME-RATE" => variant.frame_rate = attribute.value.parse().ok(),
            "RESOLUTION" => {
                let size = resolution(attribute.value);
                (variant.width, variant.height) = (size.map(|s| s.0), size.map(|s| s.1));
            }
            _ => {}
        }
    }
    variant
}

impl Timeline {
    /// Reads the media playlist that was at `base`.
    pub(crate) fn of_hls(text: &str, base: &Url) -> Self {
        let mut timeline = Self { live: is_live(text), ..Self::default() };
        let mut variables = Variables::default();
        let (mut duration, mut discontinuity, mut gap) = (Duration::ZERO, false, false);
        let (mut key, mut range): (Option<Url>, Option<(u64, Option<u64>)>) = (None, None);
        let mut last: Option<(Url, u64)> = None;
        for line in text.lines().map(str::trim_end) {
            let (tag, list) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXT-X-DEFINE" => variables.define(list, base),
                "#EXTINF" => {
                    let value = list.split(',').next().unwrap_or_default().trim().parse().ok();
                    duration = value.and_then(seconds).unwrap_or_default();
                }
                "#EXT-X-DISCONTINUITY" => discontinuity = true,
                "#EXT-X-GAP" => gap = true,
                "#EXT-X-BYTERANGE" => range = byte_range(list),
                "#EXT-X-KEY" => {
                    let address = value(list, "URI").filter(|_| value(list, "METHOD") != Some("NONE"));
                    key = address.and_then(|address| resolve(base, &variables.substitute(address)));
                }
                "#EXT-X-MAP" => {
                    let address = value(list, "URI").map(|address| variables.substitute(address));
                    let Some(url) = address.and_then(|address| resolve(base, &address)) else { continue };
                    let range = value(list, "BYTERANGE").and_then(byte_range);
                    let range = range.map(|(length, at)| span(at.unwrap_or_default(), length));
                    if timeline.init.is_none() && timeline.parts.is_empty() {
                        timeline.init = Some((url, range));
                    } else if timeline.init.as_ref() != Some(&(url.clone(), range.clone())) {
                        let (start, duration) = (Duration::ZERO, Duration::ZERO);
                        timeline.push(Part { url, range, start, duration, key: None, discontinuity: false });
                    }
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                _ => {
                    let Some(url) = resolve(base, &variables.substitute(line)) else { continue };
                    let range = range.take().map(|(length, at)| {
                        let behind = last.as_ref().filter(|(of, _)| *of == url).map(|(_, end)| *end);
                        span(at.or(behind).unwrap_or_default(), length)
                    });
                    last = range.as_ref().map(|range| (url.clone(), range.end));
                    let part = Part { url, range, start: Duration::ZERO, duration, key: key.clone(), discontinuity };
                    if gap {
                        // It is not there: only its time counts.
                        timeline.duration = timeline.duration.saturating_add(duration);
                    } else {
                        timeline.push(part);
                    }
                    (duration, discontinuity, gap) = (Duration::ZERO, false, false);
                }
            }
        }
        timeline
    }
}

/// `length@offset` or `length`.
fn byte_range(value: &str) -> Option<(u64, Option<u64>)> {
    let value = value.trim().trim_matches('"');
    match value.split_once('@') {
        Some((length, at)) => Some((length.trim().parse().ok()?, Some(at.trim().parse().ok()?))),
        None => Some((value.parse().ok()?, None)),
    }
}

fn span(at: u64, length: u64) -> Range<u64> {
    at..at.saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://cdn.example/a/index.m3u8").unwrap()
    }

    #[test]
    fn variants_are_read_with_their_renditions() {
        let text = "#EXTM3U\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"de\",URI=\"de.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",DEFAULT=YES,URI=\"en.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1280000,RESOLUTION=720x1280,FRAME-RATE=29.97,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"a\"\n\
            hd/v.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nsd.m3u8\n";
        let all = Multivariant::read(text, &base());
        let expected = Variant {
            index: 0,
            bandwidth: 1_280_000,
            width: Some(720),
            height: Some(1280),
            frame_rate: Some(29.97),
            codecs: Some("avc1.4d401f,mp4a.40.2".to_owned()),
        };
        assert_eq!(all.variants[0], expected);
        assert_eq!(all.media(0).unwrap().path(), "/a/hd/v.m3u8");
        let any = SoundWish::default();
        assert_eq!(all.sound(0, &any).unwrap().path(), "/a/en.m3u8");
        assert_eq!((all.media(1).unwrap().path(), all.sound(1, &any), all.media(2)), ("/a/sd.m3u8", None, None));
    }

    #[test]
    fn the_wished_sound_is_played_of_each_group() {
        let text = "#EXTM3U\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"low\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,URI=\"en-low.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"low\",NAME=\"中文\",LANGUAGE=\"zh\",URI=\"zh-low.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"high\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"high\",NAME=\"中文\",LANGUAGE=\"zh\",URI=\"zh-high.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"high\"\nhd.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"low\"\nsd.m3u8\n";
        let all = Multivariant::read(text, &base());
        for variant in [0, 1] {
            let sounds = all.sounds(variant);
            let names: Vec<_> = sounds.iter().map(|sound| (sound.name.as_deref(), sound.default)).collect();
            assert_eq!(names, [(Some("English"), true), (Some("中文"), false)]);
        }
        let chinese = SoundWish { language: Some("zh-Hans".to_owned()), name: None };
        let path = |index, wish| all.sound(index, wish).map(Url::path);
        assert_eq!((path(0, &chinese), path(1, &chinese)), (Some("/a/zh-high.m3u8"), Some("/a/zh-low.m3u8")));
        assert_eq!(all.played(&chinese), [1, 3]);
        let any = SoundWish::default();
        assert_eq!((path(0, &any), path(1, &any)), (None, Some("/a/en-low.m3u8")), "it is in the variant itself");
        assert_eq!(all.played(&any), [0, 2]);
    }

    #[test]
    fn the_sounds_of_a_variant_are_those_of_its_group() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",URI=\"en.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"zh\",URI=\"zh.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"a\"\nhd.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsd.m3u8\n";
        let all = Multivariant::read(text, &base());
        let names = |variant| all.sounds(variant).into_iter().filter_map(|sound| sound.name).collect::<Vec<_>>();
        assert_eq!((names(0), names(1), names(2)), (vec!["en".to_owned()], vec![], vec![]));
    }

    #[test]
    fn sounds_without_number_are_read_to_a_bound() {
        let sound = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\"\n";
        let text = format!("#EXTM3U\n{}#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nv.m3u8\n", sound.repeat(50_000));
        let all = Multivariant::read(&text, &base());
        assert_eq!((all.renditions.len(), all.sounds(0).len()), (RENDITIONS_MAX, 1));
        assert_eq!(all.played(&SoundWish::default()), [0]);
    }

    #[test]
    fn subtitles_are_listed_once_however_many_groups_they_are_in() {
        let text = "#EXTM3U\n\
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",URI=\"en.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"b\",NAME=\"English\",LANGUAGE=\"en\",URI=\"en.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"English CC\",LANGUAGE=\"en\",URI=\"cc.m3u8\",\
            CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,public.easy-to-read\"\n\
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"Signs\",LANGUAGE=\"zh\",FORCED=YES,URI=\"zh.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"CC\",INSTREAM-ID=\"CC1\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1,SUBTITLES=\"a\"\nv.m3u8\n";
        let all = Multivariant::read(text, &base());
        let read: Vec<_> = all.texts.iter().map(|(t, url)| (t.hearing_impaired, t.forced, url.path())).collect();
        assert_eq!(read, [(false, false, "/a/en.m3u8"), (true, false, "/a/cc.m3u8"), (false, true, "/a/zh.m3u8")]);
        assert_eq!((all.texts[0].0.name.as_deref(), all.texts[0].0.language.as_deref()), (Some("English"), Some("en")));
    }

    #[test]
    fn byte_ranges_go_on_where_the_last_one_ended() {
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"v.mp4\",BYTERANGE=\"100@0\"\n\
            #EXTINF:4.0,\n#EXT-X-BYTERANGE:50@100\nv.mp4\n#EXTINF:2.5,\n#EXT-X-BYTERANGE:60\nv.mp4\n#EXT-X-ENDLIST\n";
        let timeline = Timeline::of_hls(text, &base());
        assert!(!timeline.live);
        assert_eq!(timeline.duration, Duration::from_millis(6500));
        assert_eq!(timeline.init.as_ref().unwrap().1, Some(0..100));
        let ranges: Vec<_> = timeline.parts.iter().map(|part| part.range.clone().unwrap()).collect();
        assert_eq!(ranges, [100..150, 150..210]);
        assert_eq!(timeline.parts[1].start, Duration::from_secs(4));
    }

    #[test]
    fn keys_discontinuities_and_gaps_belong_to_their_segments() {
        let text = "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\n1.ts\n#EXT-X-KEY:METHOD=NONE\n\
            #EXT-X-DISCONTINUITY\n#EXTINF:1,\n2.ts\n#EXT-X-GAP\n#EXTINF:1,\n3.ts\n#EXTINF:x,\n4.ts\n";
        let timeline = Timeline::of_hls(text, &base());
        assert!(timeline.live);
        let read: Vec<_> = timeline
            .parts
            .iter()
            .map(|p| (p.url.path(), p.key.is_some(), p.discontinuity, p.start.as_secs()))
            .collect();
        assert_eq!(read, [("/a/1.ts", true, false, 0), ("/a/2.ts", false, true, 1), ("/a/4.ts", false, false, 3)]);
    }

    #[test]
    fn what_is_live_and_what_is_not() {
        assert!(is_live("#EXTM3U\n#EXTINF:4,\na.ts\n"));
        assert!(!is_live("#EXTM3U\n#EXTINF:4,\na.ts\n#EXT-X-ENDLIST\r\n"));
        assert!(!is_live("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"));
        assert_eq!(target_duration("#EXTM3U\n#EXT-X-TARGETDURATION:6\n"), Some(Duration::from_secs(6)));
    }
}
