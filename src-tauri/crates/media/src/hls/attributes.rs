//! Attribute lists: `NAME=value,NAME="quoted, value"`, with the place of each value, so that it can be replaced.

use std::ops::Range;

/// One attribute of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// Without its quotes.
    pub(super) value: &'a str,
    /// Where the value lies in the list's text, quotes aside.
    pub(super) place: Range<usize>,
}

/// The attributes of a list in their order. What cannot be read ends it.
pub(super) fn attributes(list: &str) -> impl Iterator<Item = Attribute<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += list[at..].len() - list[at..].trim_start_matches([',', ' ', '\t']).len();
        let equals = at + list[at..].find('=')?;
        let name = list[at..equals].trim();
        let start = equals + 1;
        let rest = &list[start..];
        let (place, next) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let length = quoted.find('"').unwrap_or(quoted.len());
                (start + 1..start + 1 + length, (start + length + 2).min(list.len()))
            }
            None => {
                let length = rest.find(',').unwrap_or(rest.len());
                (start..start + length, start + length)
            }
        };
        at = next;
        Some(Attribute { name, value: list[place.clone()].trim(), place })
    })
}

/// The value of one attribute.
pub(super) fn value<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    attributes(list).find(|attribute| attribute.name == name).map(|attribute| attribute.value)
}

/// `1080x1920` as width and height.
pub(super) fn resolution(value: &str) -> Option<(u32, u32)> {
    let (width, height) = value.split_once(['x', 'X'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_with_their_places() {
        let list = r#"TYPE=AUDIO,GROUP-ID="a,b",NAME="x=y", URI="en/a.m3u8""#;
        let read: Vec<_> = attributes(list).map(|a| (a.name, a.value)).collect();
        assert_eq!(read, [("TYPE", "AUDIO"), ("GROUP-ID", "a,b"), ("NAME", "x=y"), ("URI", "en/a.m3u8")]);
        let uri = attributes(list).last().unwrap();
        assert_eq!(&list[uri.place], "en/a.m3u8");
    }

    #[test]
    fn damaged_lists_end_and_do_not_panic() {
        for list in ["", ",", "URI", "URI=", "URI=\"", "URI=\"a", "=,=", "A=1,,B=2", "é=\"ü", "A=\"\"B=1"] {
            assert!(attributes(list).count() < 5, "{list}");
        }
        assert_eq!(value("URI=\"a", "URI"), Some("a"));
        assert_eq!(value("A=1,,B=2", "B"), Some("2"));
    }
}
