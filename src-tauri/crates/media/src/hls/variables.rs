//! `EXT-X-DEFINE`: names in a playlist that stand for parts of addresses (rfc8216bis, section 4.4.2.3).

use super::attributes::{attributes, value};
use reqwest::Url;
use std::borrow::Cow;
use std::collections::HashMap;

/// Substitution does not make an address longer than this.
const ADDRESS_MAX: usize = 16 << 10;

/// What was defined so far. `IMPORT` is not known here: a player's version of the multivariant playlist does not reach
/// the media playlists.
#[derive(Debug, Default)]
pub(super) struct Variables(HashMap<String, String>);

impl Variables {
    /// Reads the attributes of an `EXT-X-DEFINE` of the playlist at `base`.
    pub(super) fn define(&mut self, list: &str, base: &Url) {
        for attribute in attributes(list) {
            match attribute.name {
                "NAME" => {
                    let value = value(list, "VALUE").unwrap_or_default();
                    self.0.insert(attribute.value.to_owned(), value.to_owned());
                }
                "QUERYPARAM" => {
                    if let Some((name, value)) = base.query_pairs().find(|(name, _)| name == attribute.value) {
                        self.0.insert(name.into_owned(), value.into_owned());
                    }
                }
                _ => {}
            }
        }
    }

    /// Puts the values in. Names that nobody defined stay.
    pub(super) fn substitute<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || !text.contains("{$") {
            return Cow::Borrowed(text);
        }
        let (mut out, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("{$")
            && let Some(length) = rest[start..].find('}')
            && out.len() < ADDRESS_MAX
        {
            let name = &rest[start + 2..start + length];
            out.push_str(&rest[..start]);
            out.push_str(self.0.get(name).map_or(&rest[start..=start + length], String::as_str));
            rest = &rest[start + length + 1..];
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_where_they_are_known() {
        let mut variables = Variables::default();
        let base = Url::parse("https://a/x.m3u8?sig=s%201").unwrap();
        variables.define(r#"NAME="host",VALUE="https://b""#, &base);
        variables.define(r#"QUERYPARAM="sig""#, &base);
        assert_eq!(variables.substitute("{$host}/1.ts?s={$sig}&{$other}{$"), "https://b/1.ts?s=s 1&{$other}{$");
    }
}
