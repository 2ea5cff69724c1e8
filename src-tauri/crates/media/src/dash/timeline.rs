//! The segments of a variant, by the three ways in which a description names them: templates, lists, or one file.

use super::document::{Document, bandwidth, children, sound_of};
use super::template::{Values, fill};
use crate::gateway::reference::resolve;
use crate::gateway::sound::SoundWish;
use crate::gateway::timeline::{Part, Timeline, seconds};
use reqwest::Url;
use roxmltree::Node;
use std::ops::Range;
use std::time::Duration;

/// Segments that are listed at most.
const PARTS_MAX: usize = 20_000;

impl Document<'_> {
    /// The picture's segments, of all periods.
    pub(crate) fn timeline(&self, variant: usize) -> Timeline {
        self.collect(|period| self.video_of(period, variant))
    }

    /// The segments of the wished sound, if it comes by itself.
    pub(crate) fn sound(&self, wish: &SoundWish) -> Option<Timeline> {
        let sound = |period| sound_of(period, wish);
        self.periods().any(|period| sound(period).is_some()).then(|| self.collect(sound))
    }

    fn collect<'b>(&'b self, choose: impl Fn(Node<'b, 'b>) -> Option<Node<'b, 'b>>) -> Timeline {
        let mut timeline = Timeline { live: self.is_live(), ..Timeline::default() };
        let root: Node<'b, 'b> = self.tree.root_element();
        let attribute = |node: Node<'_, '_>, name| node.attribute(name).and_then(iso_duration);
        let whole = attribute(root, "mediaPresentationDuration");
        let periods: Vec<_> = children(root, "Period").collect();
        for (at, period) in periods.iter().enumerate() {
            let begin = attribute(*period, "start").unwrap_or(timeline.duration);
            let next = periods.get(at + 1).and_then(|next| attribute(*next, "start")).or(whole);
            let duration = attribute(*period, "duration").or_else(|| Some(next?.saturating_sub(begin)));
            let Some(representation) = choose(*period) else { continue };
            self.add(&mut timeline, representation, duration);
            if at > 0
                && let Some(duration) = duration
            {
                timeline.duration = timeline.duration.max(begin.saturating_add(duration));
            }
        }
        timeline
    }

    fn add<'b>(&'b self, timeline: &mut Timeline, representation: Node<'b, 'b>, period: Option<Duration>) {
        let base = self.base_of(representation);
        let owners: Vec<_> = representation.ancestors().filter(Node::is_element).take(3).collect();
        let find = |name: &'static str| owners.iter().find_map(|owner| children(*owner, name).next());
        // What is not said in a representation is said in its set or its period.
        let say = |element: &'static str, name: &str| {
            owners.iter().find_map(|owner| children(*owner, element).next()?.attribute(name))
        };
        if find("SegmentTemplate").is_some() {
            let values = Values {
                id: representation.attribute("id").unwrap_or_default(),
                bandwidth: bandwidth(representation),
                ..Values::default()
            };
            let say = |name: &str| say("SegmentTemplate", name);
            let init = say("initialization").and_then(|name| resolve(&base, &fill(name, values)));
            begin(timeline, init.map(|url| (url, None)));
            let line = owners.iter().find_map(|owner| {
                children(*owner, "SegmentTemplate").flat_map(|t| children(t, "SegmentTimeline")).next()
            });
            let media = say("media").unwrap_or_default();
            let url = |number, time| resolve(&base, &fill(media, Values { number, time, ..values }));
            for (number, time, length) in clock(say, line, period, timeline.live) {
                push(timeline, url(number, time), None, length);
            }
        } else if let Some(list) = find("SegmentList") {
            let init = children(list, "Initialization").next();
            let init = init.and_then(|init| source(&base, init, "sourceURL", "range"));
            begin(timeline, init);
            let scale = number(list.attribute("timescale")).unwrap_or(1).max(1);
            let length = ticks(number(list.attribute("duration")).unwrap_or(0), scale);
            for segment in children(list, "SegmentURL").take(PARTS_MAX) {
                if let Some((url, range)) = source(&base, segment, "media", "mediaRange") {
                    push(timeline, Some(url), range, length);
                }
            }
        } else {
            let segment_base = find("SegmentBase");
            let init = segment_base.and_then(|base| children(base, "Initialization").next());
            // The index lies behind the head; the player asks for both first.
            let init_end = init.and_then(|init| range(init.attribute("range")?)).map(|range| range.end);
            let index_end = segment_base.and_then(|base| range(base.attribute("indexRange")?)).map(|range| range.end);
            let head = init_end.max(index_end).map(|end| (base.clone(), Some(0..end)));
            begin(timeline, head);
            push(timeline, Some(base), None, period.unwrap_or_default());
        }
    }
}

/// A representation's initialization section, which for all but the first comes in line.
fn begin(timeline: &mut Timeline, init: Option<(Url, Option<Range<u64>>)>) {
    let Some((url, range)) = init else { return };
    if timeline.init.is_none() && timeline.parts.is_empty() {
        timeline.init = Some((url, range));
    } else if timeline.init.as_ref() != Some(&(url.clone(), range.clone())) {
        push(timeline, Some(url), range, Duration::ZERO);
    }
}

/// When the segments of a template begin and how long they are: number, time in ticks, and length.
fn clock<'a>(
    say: impl Fn(&str) -> Option<&'a str>,
    line: Option<Node<'_, '_>>,
    period: Option<Duration>,
    live: bool,
) -> Vec<(u64, u64, Duration)> {
    let scale = number(say("timescale")).unwrap_or(1).max(1);
    let first = number(say("startNumber")).unwrap_or(1);
    let offset = number(say("presentationTimeOffset")).unwrap_or(0);
    let end = period.map(|period| (period.as_secs_f64() * scale as f64) as u64);
    let mut out: Vec<(u64, u64, Duration)> = Vec::new();
    if let Some(line) = line {
        let entries: Vec<_> = children(line, "S").collect();
        let mut time = 0u64;
        for (at, entry) in entries.iter().enumerate() {
            time = number(entry.attribute("t")).unwrap_or(time);
            let length = number(entry.attribute("d")).unwrap_or(0);
            let repeat: i64 = entry.attribute("r").and_then(|r| r.parse().ok()).unwrap_or(0);
            let until = match entries.get(at + 1).and_then(|next| number(next.attribute("t"))) {
                Some(next) => Some(next),
                None => end.map(|end| end.saturating_add(offset)),
            };
            let open = until.unwrap_or(time).saturating_sub(time).div_ceil(length.max(1));
            let count = u64::try_from(repeat).map_or(open, |repeat| repeat.saturating_add(1));
            for _ in 0..count.min((PARTS_MAX - out.len()) as u64) {
                out.push((first.saturating_add(out.len() as u64), time, ticks(length, scale)));
                time = time.saturating_add(length);
            }
        }
    } else if let (Some(length), Some(end), false) = (number(say("duration")).filter(|d| *d > 0), end, live) {
        let count = end.div_ceil(length).min(PARTS_MAX as u64);
        out.extend((0..count).map(|at| {
            let left = end.saturating_sub(at.saturating_mul(length)).min(length);
            (first.saturating_add(at), at.saturating_mul(length), ticks(left, scale))
        }));
    }
    out
}

fn push(timeline: &mut Timeline, url: Option<Url>, range: Option<Range<u64>>, duration: Duration) {
    if let Some(url) = url.filter(|_| timeline.parts.len() < PARTS_MAX) {
        timeline.push(Part { url, range, start: Duration::ZERO, duration, key: None, discontinuity: false });
    }
}

fn source(base: &Url, node: Node<'_, '_>, name: &str, bytes: &str) -> Option<(Url, Option<Range<u64>>)> {
    let url = node.attribute(name).map_or_else(|| Some(base.clone()), |address| resolve(base, address))?;
    Some((url, node.attribute(bytes).and_then(range)))
}

/// `first-last`, both included.
fn range(value: &str) -> Option<Range<u64>> {
    let (first, last) = value.split_once('-')?;
    Some(first.trim().parse().ok()?..last.trim().parse::<u64>().ok()?.saturating_add(1))
}

fn number(value: Option<&str>) -> Option<u64> {
    value?.trim().parse().ok()
}

fn ticks(count: u64, scale: u64) -> Duration {
    seconds(count as f64 / scale as f64).unwrap_or_default()
}

/// `P1DT2H3M4.5S`. Years and months, whose lengths differ, do not occur.
pub(super) fn iso_duration(value: &str) -> Option<Duration> {
    let (days, time) = value.trim().strip_prefix('P')?.split_once('T').unwrap_or((value.trim().strip_prefix('P')?, ""));
    let mut total = 0.0;
    for (mut part, units) in [(days, [('D', 86_400.0)].as_slice()), (time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])] {
        for (unit, length) in units {
            if let Some((count, rest)) = part.split_once(*unit) {
                total += count.parse::<f64>().ok()? * length;
                part = rest;
            }
        }
        if !part.is_empty() {
            return None;
        }
    }
    seconds(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(text: &str) -> Timeline {
        let address = Url::parse("https://cdn.example/a/film.mpd").unwrap();
        Document::read(text, &address).unwrap().timeline(0)
    }

    fn paths(timeline: &Timeline) -> Vec<&str> {
        timeline.parts.iter().map(|part| part.url.path()).collect()
    }

    #[test]
    fn numbers_count_to_the_end_of_the_period() {
        let read = timeline(
            "<MPD mediaPresentationDuration='PT9S'><Period><AdaptationSet contentType='video'><SegmentTemplate timescale='10' \
             duration='40' media='$RepresentationID$-$Number$.m4s' initialization='$RepresentationID$.mp4'/>\
             <Representation id='v' bandwidth='1'/></AdaptationSet></Period></MPD>",
        );
        assert_eq!(paths(&read), ["/a/v-1.m4s", "/a/v-2.m4s", "/a/v-3.m4s"]);
        assert_eq!((read.duration, read.live), (Duration::from_secs(9), false));
        assert_eq!(read.init.unwrap().0.path(), "/a/v.mp4");
    }

    #[test]
    fn timelines_repeat() {
        let read = timeline(
            "<MPD mediaPresentationDuration='PT10S'><Period><AdaptationSet mimeType='video/mp4'><Representation id='v'>\
             <SegmentTemplate timescale='1' startNumber='5' media='$Number$-$Time$'><SegmentTimeline><S t='0' d='2' r='1'/>\
             <S d='3' r='-1'/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>",
        );
        assert_eq!(paths(&read), ["/a/5-0", "/a/6-2", "/a/7-4", "/a/8-7"]);
    }

    #[test]
    fn lists_and_single_files() {
        let list = timeline(
            "<MPD><Period><AdaptationSet contentType='video'><Representation><BaseURL>v/</BaseURL><SegmentList duration='2'>\
             <Initialization sourceURL='i' range='0-9'/><SegmentURL media='1' mediaRange='10-19'/><SegmentURL media='2'/>\
             </SegmentList></Representation></AdaptationSet></Period></MPD>",
        );
        assert_eq!(paths(&list), ["/a/v/1", "/a/v/2"]);
        assert_eq!((list.init.unwrap().1, list.parts[0].range.clone()), (Some(0..10), Some(10..20)));
        let single = timeline(
            "<MPD mediaPresentationDuration='PT1M'><Period><AdaptationSet contentType='video'><Representation>\
             <BaseURL>film.mp4</BaseURL><SegmentBase indexRange='700-999'><Initialization range='0-699'/></SegmentBase>\
             </Representation></AdaptationSet></Period></MPD>",
        );
        assert_eq!((paths(&single), single.init.clone().unwrap().1), (vec!["/a/film.mp4"], Some(0..1000)));
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(iso_duration("PT1H2M3.5S"), Some(Duration::from_millis(3_723_500)));
        assert_eq!(iso_duration("P1DT1S"), Some(Duration::from_secs(86_401)));
        assert_eq!(iso_duration("PT0S"), Some(Duration::ZERO));
        for wrong in ["", "P", "5", "PTS", "PT5", "PT-1S", "P1Y", "PTinfS"] {
            assert!(iso_duration(wrong).is_none_or(|d| d == Duration::ZERO && wrong == "P"), "{wrong}");
        }
    }
}
