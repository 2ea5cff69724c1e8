//! `$Number%05d$` and the like: names of segments (ISO/IEC 23009-1, section 5.3.9.4.4).

/// What a template's identifiers stand for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values<'a> {
    pub(super) id: &'a str,
    pub(super) bandwidth: u64,
    pub(super) number: u64,
    pub(super) time: u64,
}

/// Fills in a template. Unknown identifiers stay.
pub(super) fn fill(template: &str, values: Values<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let Some((identifier, behind)) = after.split_once('$') else {
            out.push('$');
            rest = after;
            continue;
        };
        let (name, format) =
            identifier.split_once('%').map_or((identifier, None), |(name, format)| (name, Some(format)));
        match name {
            "" => out.push('$'),
            "RepresentationID" => out.push_str(values.id),
            "Number" => out.push_str(&padded(values.number, format)),
            "Time" => out.push_str(&padded(values.time, format)),
            "Bandwidth" => out.push_str(&padded(values.bandwidth, format)),
            _ => {
                out.push('$');
                out.push_str(identifier);
                out.push('$');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
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
}
