//! Puts other addresses into a playlist, and leaves out the variants that are not to be played.

use super::attributes::{attributes, value};
use super::playlist::is_multivariant;
use super::variables::Variables;
use crate::gateway::reference::{Kind, Place, resolve};
use reqwest::Url;
use std::fmt::Write as _;

/// What of a multivariant playlist is played, by places among all of its kind in the list.
pub(crate) struct Only {
    pub(crate) variants: Vec<usize>,
    pub(crate) sounds: Vec<usize>,
}

/// Rewrites the playlist that was at `base`. Every address goes through `place`, all else stays byte for byte. With
/// `only`, a multivariant playlist lists those variants, their sounds as far as they are among those, and their other
/// renditions.
pub(crate) fn rewrite(text: &str, base: &Url, only: Option<&Only>, place: &mut Place<'_>) -> String {
    let multivariant = is_multivariant(text);
    let sounds = only.filter(|_| multivariant).map(|only| only.sounds.as_slice());
    let only = only.filter(|_| multivariant).map(|only| only.variants.as_slice());
    let groups = only.map(|only| Groups::of(text, only));
    let mut variables = Variables::default();
    let mut out = String::with_capacity(text.len() * 2);
    let (mut variant, mut variant_follows, mut sound) = (0, false, 0);
    for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let ending = &line[content.len()..];
        if content.trim().is_empty() {
            out.push_str(line);
        } else if !content.starts_with('#') {
            // A playlist that lists an address without its tag gets it as a variant of no name: better than a way around.
            let listed = only.is_none_or(|only| variant_follows && only.contains(&variant));
            if listed {
                let kind = if multivariant { Kind::Playlist } else { Kind::Segment };
                out.push_str(&place(kind, resolve(base, &variables.substitute(content))));
                out.push_str(ending);
            }
            variant += usize::from(variant_follows);
            variant_follows = false;
        } else {
            let (tag, list) = content.split_once(':').unwrap_or((content, ""));
            match tag {
                "#EXT-X-DEFINE" => variables.define(list, base),
                // It would send the player to other variants behind our back.
                "#EXT-X-CONTENT-STEERING" => continue,
                "#EXT-X-STREAM-INF" => {
                    variant_follows = true;
                    if only.is_some_and(|only| !only.contains(&variant)) {
                        continue;
                    }
                }
                "#EXT-X-I-FRAME-STREAM-INF" if only.is_some() => continue,
                "#EXT-X-MEDIA" => {
                    let is_sound = value(list, "TYPE") == Some("AUDIO");
                    let place = sound;
                    sound += usize::from(is_sound);
                    let unheard = is_sound && sounds.is_some_and(|sounds| !sounds.contains(&place));
                    if unheard || groups.as_ref().is_some_and(|groups| !groups.have(list)) {
                        continue;
                    }
                }
                _ => {}
            }
            rewrite_attributes(&mut out, tag, list, |kind, address| {
                place(kind, resolve(base, &variables.substitute(address)))
            });
            if list.is_empty() {
                out.push_str(&content[tag.len()..]);
            }
            out.push_str(ending);
        }
    }
    out
}

/// What the address in a tag's `URI` is of.
fn kind_of(tag: &str) -> Kind {
    match tag {
        "#EXT-X-MEDIA" | "#EXT-X-I-FRAME-STREAM-INF" | "#EXT-X-STREAM-INF" | "#EXT-X-RENDITION-REPORT" => {
            Kind::Playlist
        }
        "#EXT-X-MAP" | "#EXT-X-PART" | "#EXT-X-PRELOAD-HINT" => Kind::Segment,
        // Keys, session data, and tags that are yet to be invented.
        _ => Kind::Small,
    }
}

fn rewrite_attributes(out: &mut String, tag: &str, list: &str, mut place: impl FnMut(Kind, &str) -> String) {
    out.push_str(tag);
    if list.is_empty() {
        return;
    }
    out.push(':');
    let mut copied = 0;
    if tag.starts_with("#EXT-X-") && !tag.starts_with("#EXT-X-DATERANGE") {
        for attribute in attributes(list).filter(|attribute| attribute.name == "URI") {
            out.push_str(&list[copied..attribute.place.start]);
            let quoted = list[..attribute.place.start].ends_with('"');
            let address = place(kind_of(tag), attribute.value);
            // Without quotes the colons of an address would be read well, but quotes are what the standard wants.
            let _ = if quoted { write!(out, "{address}") } else { write!(out, "\"{address}\"") };
            copied = attribute.place.end;
        }
    }
    out.push_str(&list[copied..]);
}

/// The renditions that go with some variants: pairs of type and group.
struct Groups<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Groups<'a> {
    fn of(text: &'a str, only: &[usize]) -> Self {
        let types = ["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"];
        let lists = text.lines().filter_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:")).enumerate();
        let lists = lists.filter(|(at, _)| only.contains(at)).map(|(_, list)| list);
        Self(lists.flat_map(|list| types.into_iter().filter_map(|kind| Some((kind, value(list, kind)?)))).collect())
    }

    fn have(&self, media: &str) -> bool {
        let kind = value(media, "TYPE").unwrap_or_default();
        let group = value(media, "GROUP-ID").unwrap_or_default();
        self.0.contains(&(kind, group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, only: Option<(&[usize], &[usize])>) -> (String, Vec<(Kind, String)>) {
        let only = only.map(|(variants, sounds)| Only { variants: variants.to_vec(), sounds: sounds.to_vec() });
        let base = Url::parse("https://cdn.example/a/b/index.m3u8?sign=1").unwrap();
        let mut found = Vec::new();
        let out = rewrite(text, &base, only.as_ref(), &mut |kind, url| {
            found.push((kind, url.map_or_else(|| "refused".to_owned(), |url| url.to_string())));
            format!("L{}", found.len() - 1)
        });
        (out, found)
    }

    #[test]
    fn all_addresses_of_a_media_playlist_change_and_nothing_else() {
        let text = "#EXTM3U\r\n#EXT-X-VERSION:7\r\n# a remark, with URI=\"x\"\r\n\r\n#EXT-X-UNKNOWN:A=1,B=\"2\"\r\n\
            #EXT-X-KEY:METHOD=AES-128,URI=\"../key?a=1,2\",IV=0x01\r\n#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"7@0\"\r\n\
            #EXTINF:4.0,title: with colon\r\n#EXT-X-BYTERANGE:5@7\r\nseg 1.m4s\r\n#EXT-X-DISCONTINUITY\r\n#EXTINF:4,\r\n\
            //other.example/2.ts\r\n#EXT-X-PART:DURATION=1,URI=\"p.mp4\"\r\n#EXT-X-ENDLIST";
        let (out, found) = rewritten(text, None);
        let expected = text
            .replace("../key?a=1,2", "L0")
            .replace("init.mp4", "L1")
            .replace("seg 1.m4s", "L2")
            .replace("//other.example/2.ts", "L3")
            .replace("p.mp4", "L4");
        assert_eq!(out, expected);
        assert_eq!(
            found,
            [
                (Kind::Small, "https://cdn.example/a/key?a=1,2".to_owned()),
                (Kind::Segment, "https://cdn.example/a/b/init.mp4".to_owned()),
                (Kind::Segment, "https://cdn.example/a/b/seg%201.m4s".to_owned()),
                (Kind::Segment, "https://other.example/2.ts".to_owned()),
                (Kind::Segment, "https://cdn.example/a/b/p.mp4".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_not_http_is_refused() {
        let (_, found) =
            rewritten("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"file:///etc/passwd\"\nfile:///a.ts\n", None);
        assert!(found.len() == 2 && found.iter().all(|(_, url)| url == "refused"), "{found:?}");
    }

    const MASTER: &str = "#EXTM3U\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"low\",NAME=\"en\",URI=\"low.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"high\",NAME=\"en\",URI=\"high.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"en\",URI=\"s.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=100,AUDIO=\"low\",SUBTITLES=\"s\"\nv0.m3u8\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=10,URI=\"i.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=200,AUDIO=\"high\"\nv1.m3u8\n";

    #[test]
    fn one_variant_is_listed_with_its_own_renditions() {
        let (out, found) = rewritten(MASTER, Some((&[1], &[0, 1])));
        assert_eq!(
            out,
            "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"high\",NAME=\"en\",URI=\"L0\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=200,AUDIO=\"high\"\nL1\n"
        );
        assert!(found.iter().all(|(kind, _)| *kind == Kind::Playlist));
        let (out, _) = rewritten(MASTER, Some((&[0], &[0, 1])));
        assert!(out.contains("low") && out.contains("SUBTITLES") && !out.contains("high"), "{out}");
    }

    #[test]
    fn sounds_that_are_not_played_go() {
        let (out, found) = rewritten(MASTER, Some((&[0, 1], &[1])));
        assert!(!out.contains("low\",NAME") && out.contains("high\",NAME") && out.contains("SUBTITLES"), "{out}");
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn all_variants_are_listed_where_none_is_chosen() {
        let (out, found) = rewritten(MASTER, None);
        assert_eq!(found.len(), 6);
        assert_eq!(out.lines().count(), MASTER.lines().count());
    }

    #[test]
    fn an_address_without_quotes_gets_them() {
        let (out, _) = rewritten("#EXTM3U\n#EXT-X-MAP:URI=init.mp4,BYTERANGE=\"7@0\"\n", None);
        assert_eq!(out, "#EXTM3U\n#EXT-X-MAP:URI=\"L0\",BYTERANGE=\"7@0\"\n");
    }
}
