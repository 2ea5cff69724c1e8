//! Character references such as `&amp;` and `&#8217;`.

/// The references that subtitles use. HTML knows two thousand more; those stay as they are written.
const NAMED: [(&str, char); 34] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
    ("shy", '\u{ad}'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("times", '×'),
    ("frac12", '½'),
    ("euro", '€'),
    ("pound", '£'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("sung", '♪'),
    ("eacute", 'é'),
];

/// Longest reference between `&` and `;`: `#x0010FFFF` and all names fit.
const MAX_NAME: usize = 10;

/// The character that a reference at the start of `text` (which starts with `&`) stands for, and the reference's length.
pub(super) fn decode(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(MAX_NAME + 1).position(|b| b == b';')?;
    let name = &body[..end];
    let c = match name.strip_prefix('#') {
        Some(number) => numeric(number)?,
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)?,
    };
    Some((c, end + 2))
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_decoded() {
        assert_eq!(decode("&amp;x"), Some(('&', 5)));
        assert_eq!(decode("&#8217;"), Some(('’', 7)));
        assert_eq!(decode("&#x2019;"), Some(('’', 8)));
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in [
            "&",
            "&;",
            "& b;",
            "&nb&nbsp;",
            "&#xD800;",
            "&#;",
            "&#+5;",
            "&#x;",
            "&unknown;",
            "&aaaaaaaaaaaaaaa;",
            "&日本;",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
