//! `$Number%05d$` and the like: names of segments (ISO/IEC 23009-1, section 5.3.9.4.4).

/// What a template's identifiers stand for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values<'a> {
    pub(super) id: &'a str,
    pub(super) bandwidth: u64,
    pub(super) number: u64,
    pub(super) time: u64,
}

/// A part of a template.
enum Piece<'a> {
    Text(&'a str),
    /// `$$`.
    Dollar,
    /// What stands between two dollars: a name, perhaps with a format.
    Identifier(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let Some(after) = rest.strip_prefix('$') else {
            let (text, behind) = rest.split_at(rest.find('$').unwrap_or(rest.len()));
            rest = behind;
            return (!text.is_empty()).then_some(Piece::Text(text));
        };
        let Some((identifier, behind)) = after.split_once('$') else {
            rest = after;
            return Some(Piece::Text("$"));
        };
        rest = behind;
        Some(if identifier.is_empty() { Piece::Dollar } else { Piece::Identifier(identifier) })
    })
}

fn name_and_format(identifier: &str) -> (&str, Option<&str>) {
    identifier.split_once('%').map_or((identifier, None), |(name, format)| (name, Some(format)))
}

/// Fills in a template. Unknown identifiers stay.
pub(super) fn fill(template: &str, values: Values<'_>) -> String {
    let mut out = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Dollar => out.push('$'),
            Piece::Identifier(identifier) => match name_and_format(identifier) {
                ("RepresentationID", _) => out.push_str(values.id),
                ("Number", format) => out.push_str(&padded(values.number, format)),
                ("Time", format) => out.push_str(&padded(values.time, format)),
                ("Bandwidth", format) => out.push_str(&padded(values.bandwidth, format)),
                _ => out.extend(["$", identifier, "$"]),
            },
        }
    }
    out
}

/// Fills in what all segments of a representation have in common. What comes of it is a template still.
pub(super) fn fill_common(template: &str, id: &str, bandwidth: u64) -> String {
    let mut out = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text("$") | Piece::Dollar => out.push_str("$$"),
            Piece::Text(text) => out.push_str(text),
            Piece::Identifier(identifier) => match name_and_format(identifier) {
                ("RepresentationID", _) => out.push_str(&verbatim(id)),
                ("Bandwidth", format) => out.push_str(&padded(bandwidth, format)),
                _ => out.extend(["$", identifier, "$"]),
            },
        }
    }
    out
}

/// A template that stands for this text alone.
pub(super) fn verbatim(text: &str) -> String {
    text.replace('$', "$$")
}

/// The one text that a template stands for. None where it stands for several.
pub(crate) fn literal(template: &str) -> Option<String> {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Dollar => text.push('$'),
            Piece::Identifier(_) => return None,
        }
    }
    Some(text)
}

/// Which of the segments of a template one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spot {
    number: u64,
    time: u64,
}

impl Spot {
    /// The segment that has this name. None where the template does not give it.
    pub(crate) fn find(template: &str, name: &str) -> Option<Self> {
        let (mut spot, mut rest) = (Self::default(), name);
        for piece in pieces(template) {
            rest = match piece {
                Piece::Text(text) => rest.strip_prefix(text)?,
                Piece::Dollar => rest.strip_prefix('$')?,
                Piece::Identifier(identifier) => {
                    let (digits, behind) =
                        rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
                    match name_and_format(identifier).0 {
                        "Number" => spot.number = digits.parse().ok()?,
                        "Time" => spot.time = digits.parse().ok()?,
                        _ => return None,
                    }
                    behind
                }
            };
        }
        rest.is_empty().then_some(spot)
    }

    /// The name of the same segment by another template.
    pub(crate) fn name(self, template: &str) -> String {
        fill(template, Values { number: self.number, time: self.time, ..Values::default() })
    }
}

/// `05d`: at least five digits.
fn padded(number: u64, format: Option<&str>) -> String {
    let digits = format.and_then(|format| format.trim_end_matches(['d', 'u']).trim_start_matches('0').parse().ok());
    let width = digits.unwrap_or(1).min(20);
    format!("{number:0width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_filled_in() {
        let values = Values { id: "v1", bandwidth: 500, number: 7, time: 9000 };
        assert_eq!(fill("$RepresentationID$/$Bandwidth$/$Number%05d$-$Time$.m4s", values), "v1/500/00007-9000.m4s");
        assert_eq!(fill("a$$b$Other$c$", values), "a$b$Other$c$");
        assert_eq!(fill("$Number%999999999d$", values).len(), 20);
        assert_eq!(fill("$Number%xd$", values), "7");
    }

    #[test]
    fn a_segment_is_found_by_its_name_and_named_by_another_template() {
        let template = fill_common("$RepresentationID$/$$-$Number%03d$-$Time$.m4s?a=1", "v$1", 9);
        assert_eq!(template, "v$$1/$$-$Number%03d$-$Time$.m4s?a=1");
        let spot = Spot::find(&template, "v$1/$-007-9000.m4s?a=1").unwrap();
        assert_eq!(spot.name("$Time$/$Number$?b=2"), "9000/7?b=2");
        for other in
            ["v$1/$-007-9000.m4s?a=2", "v$1/$-007-.m4s?a=1", "v$1/$-007-9000.m4s?a=1x", "v1/$-007-9000.m4s?a=1"]
        {
            assert_eq!(Spot::find(&template, other), None, "{other}");
        }
        assert_eq!(Spot::find(&verbatim("a$Number$"), "a$Number$"), Some(Spot::default()));
        assert_eq!(Spot::find("a$Other$", "a5"), None);
        assert_eq!(literal(&verbatim("a$Number$")).as_deref(), Some("a$Number$"));
        assert_eq!(literal("a$Number$"), None);
    }
}
