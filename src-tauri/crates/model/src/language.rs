//! Languages as people mean them.

/// Whether two BCP 47 tags are of the same language: their primary subtags agree, two- and three-letter codes (ISO 639) of
/// the same language included for those that the program speaks.
pub fn same_language(a: &str, b: &str) -> bool {
    let primary = |tag: &str| match tag.split('-').next().unwrap_or("").to_ascii_lowercase().as_str() {
        "eng" => "en".to_owned(),
        "zho" | "chi" | "cmn" => "zh".to_owned(),
        "spa" => "es".to_owned(),
        other => other.to_owned(),
    };
    primary(a) == primary(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_regions_and_longer_codes_do_not_make_another_language() {
        assert!(same_language("zh-Hans", "ZHO") && same_language("en-GB", "eng") && same_language("pt-BR", "pt"));
        assert!(!same_language("en", "es") && !same_language("zh", "zu"));
    }
}
