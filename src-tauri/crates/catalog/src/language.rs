//! Languages as people write them in file names: ISO 639 codes, BCP 47 tags, English and native names, and the short
//! forms of Chinese subtitle groups (`chs`, `繁体`).
//!
//! The table holds every language with a two-letter code (ISO 639-1, from the registry of ISO 639-3) and a few without
//! that subtitles exist in. The other seven thousand three-letter codes are left out on purpose: `the`, `new` and `day`
//! are among them.

use crate::text::fold;

/// Two letters (ISO 639-1), three letters (639-2/T), three letters where the library code differs (639-2/B), English
/// name.
#[rustfmt::skip]
const LANGUAGES: &[(&str, &str, &str, &str)] = &[
    ("aa", "aar", "", "afar"), ("ab", "abk", "", "abkhazian"), ("ae", "ave", "", "avestan"),
    ("af", "afr", "", "afrikaans"), ("ak", "aka", "", "akan"), ("am", "amh", "", "amharic"),
    ("an", "arg", "", "aragonese"), ("ar", "ara", "", "arabic"), ("as", "asm", "", "assamese"),
    ("av", "ava", "", "avaric"), ("ay", "aym", "", "aymara"), ("az", "aze", "", "azerbaijani"),
    ("ba", "bak", "", "bashkir"), ("be", "bel", "", "belarusian"), ("bg", "bul", "", "bulgarian"),
    ("bi", "bis", "", "bislama"), ("bm", "bam", "", "bambara"), ("bn", "ben", "", "bengali"),
    ("bo", "bod", "tib", "tibetan"), ("br", "bre", "", "breton"), ("bs", "bos", "", "bosnian"),
    ("ca", "cat", "", "catalan"), ("ce", "che", "", "chechen"), ("ch", "cha", "", "chamorro"),
    ("co", "cos", "", "corsican"), ("cr", "cre", "", "cree"), ("cs", "ces", "cze", "czech"),
    ("cu", "chu", "", "church slavic"), ("cv", "chv", "", "chuvash"), ("cy", "cym", "wel", "welsh"),
    ("da", "dan", "", "danish"), ("de", "deu", "ger", "german"), ("dv", "div", "", "divehi"),
    ("dz", "dzo", "", "dzongkha"), ("ee", "ewe", "", "ewe"), ("el", "ell", "gre", "greek"),
    ("en", "eng", "", "english"), ("eo", "epo", "", "esperanto"), ("es", "spa", "", "spanish"),
    ("et", "est", "", "estonian"), ("eu", "eus", "baq", "basque"), ("fa", "fas", "per", "persian"),
    ("ff", "ful", "", "fulah"), ("fi", "fin", "", "finnish"), ("fj", "fij", "", "fijian"),
    ("fo", "fao", "", "faroese"), ("fr", "fra", "fre", "french"), ("fy", "fry", "", "western frisian"),
    ("ga", "gle", "", "irish"), ("gd", "gla", "", "scottish gaelic"), ("gl", "glg", "", "galician"),
    ("gn", "grn", "", "guarani"), ("gu", "guj", "", "gujarati"), ("gv", "glv", "", "manx"),
    ("ha", "hau", "", "hausa"), ("he", "heb", "", "hebrew"), ("hi", "hin", "", "hindi"),
    ("ho", "hmo", "", "hiri motu"), ("hr", "hrv", "", "croatian"), ("ht", "hat", "", "haitian"),
    ("hu", "hun", "", "hungarian"), ("hy", "hye", "arm", "armenian"), ("hz", "her", "", "herero"),
    ("ia", "ina", "", "interlingua"), ("id", "ind", "", "indonesian"), ("ie", "ile", "", "interlingue"),
    ("ig", "ibo", "", "igbo"), ("ii", "iii", "", "sichuan yi"), ("ik", "ipk", "", "inupiaq"),
    ("io", "ido", "", "ido"), ("is", "isl", "ice", "icelandic"), ("it", "ita", "", "italian"),
    ("iu", "iku", "", "inuktitut"), ("ja", "jpn", "", "japanese"), ("jv", "jav", "", "javanese"),
    ("ka", "kat", "geo", "georgian"), ("kg", "kon", "", "kongo"), ("ki", "kik", "", "kikuyu"),
    ("kj", "kua", "", "kuanyama"), ("kk", "kaz", "", "kazakh"), ("kl", "kal", "", "kalaallisut"),
    ("km", "khm", "", "khmer"), ("kn", "kan", "", "kannada"), ("ko", "kor", "", "korean"),
    ("kr", "kau", "", "kanuri"), ("ks", "kas", "", "kashmiri"), ("ku", "kur", "", "kurdish"),
    ("kv", "kom", "", "komi"), ("kw", "cor", "", "cornish"), ("ky", "kir", "", "kyrgyz"), ("la", "lat", "", "latin"),
    ("lb", "ltz", "", "luxembourgish"), ("lg", "lug", "", "ganda"), ("li", "lim", "", "limburgan"),
    ("ln", "lin", "", "lingala"), ("lo", "lao", "", "lao"), ("lt", "lit", "", "lithuanian"),
    ("lu", "lub", "", "luba-katanga"), ("lv", "lav", "", "latvian"), ("mg", "mlg", "", "malagasy"),
    ("mh", "mah", "", "marshallese"), ("mi", "mri", "mao", "maori"), ("mk", "mkd", "mac", "macedonian"),
    ("ml", "mal", "", "malayalam"), ("mn", "mon", "", "mongolian"), ("mr", "mar", "", "marathi"),
    ("ms", "msa", "may", "malay"), ("mt", "mlt", "", "maltese"), ("my", "mya", "bur", "burmese"),
    ("na", "nau", "", "nauru"), ("nb", "nob", "", "norwegian bokmål"), ("nd", "nde", "", "north ndebele"),
    ("ne", "nep", "", "nepali"), ("ng", "ndo", "", "ndonga"), ("nl", "nld", "dut", "dutch"),
    ("nn", "nno", "", "norwegian nynorsk"), ("no", "nor", "", "norwegian"), ("nr", "nbl", "", "south ndebele"),
    ("nv", "nav", "", "navajo"), ("ny", "nya", "", "chichewa"), ("oc", "oci", "", "occitan"),
    ("oj", "oji", "", "ojibwa"), ("om", "orm", "", "oromo"), ("or", "ori", "", "odia"), ("os", "oss", "", "ossetian"),
    ("pa", "pan", "", "punjabi"), ("pi", "pli", "", "pali"), ("pl", "pol", "", "polish"), ("ps", "pus", "", "pashto"),
    ("pt", "por", "", "portuguese"), ("qu", "que", "", "quechua"), ("rm", "roh", "", "romansh"),
    ("rn", "run", "", "rundi"), ("ro", "ron", "rum", "romanian"), ("ru", "rus", "", "russian"),
    ("rw", "kin", "", "kinyarwanda"), ("sa", "san", "", "sanskrit"), ("sc", "srd", "", "sardinian"),
    ("sd", "snd", "", "sindhi"), ("se", "sme", "", "northern sami"), ("sg", "sag", "", "sango"),
    ("sh", "hbs", "", "serbo-croatian"), ("si", "sin", "", "sinhala"), ("sk", "slk", "slo", "slovak"),
    ("sl", "slv", "", "slovenian"), ("sm", "smo", "", "samoan"), ("sn", "sna", "", "shona"),
    ("so", "som", "", "somali"), ("sq", "sqi", "alb", "albanian"), ("sr", "srp", "", "serbian"),
    ("ss", "ssw", "", "swati"), ("st", "sot", "", "sotho"), ("su", "sun", "", "sundanese"),
    ("sv", "swe", "", "swedish"), ("sw", "swa", "", "swahili"), ("ta", "tam", "", "tamil"),
    ("te", "tel", "", "telugu"), ("tg", "tgk", "", "tajik"), ("th", "tha", "", "thai"), ("ti", "tir", "", "tigrinya"),
    ("tk", "tuk", "", "turkmen"), ("tl", "tgl", "", "tagalog"), ("tn", "tsn", "", "tswana"),
    ("to", "ton", "", "tongan"), ("tr", "tur", "", "turkish"), ("ts", "tso", "", "tsonga"),
    ("tt", "tat", "", "tatar"), ("tw", "twi", "", "twi"), ("ty", "tah", "", "tahitian"), ("ug", "uig", "", "uighur"),
    ("uk", "ukr", "", "ukrainian"), ("ur", "urd", "", "urdu"), ("uz", "uzb", "", "uzbek"), ("ve", "ven", "", "venda"),
    ("vi", "vie", "", "vietnamese"), ("vo", "vol", "", "volapük"), ("wa", "wln", "", "walloon"),
    ("wo", "wol", "", "wolof"), ("xh", "xho", "", "xhosa"), ("yi", "yid", "", "yiddish"), ("yo", "yor", "", "yoruba"),
    ("za", "zha", "", "zhuang"), ("zh", "zho", "chi", "chinese"), ("zu", "zul", "", "zulu"),
];

/// Languages without a two-letter code: three letters, English name.
const MORE_LANGUAGES: &[(&str, &str)] = &[
    ("yue", "cantonese"),
    ("cmn", "mandarin"),
    ("nan", "hokkien"),
    ("fil", "filipino"),
    ("ceb", "cebuano"),
    ("hmn", "hmong"),
    ("ckb", "sorani"),
    ("haw", "hawaiian"),
    ("ast", "asturian"),
    ("gsw", "swiss german"),
];

/// Other words, folded, and the tag that they mean. Codes that are countries are here where subtitles use them that
/// way: `kr` is Kanuri and `sc` Sardinian by the book.
const WORDS: &[(&str, &str)] = &[
    ("chs", "zh-Hans"),
    ("sc", "zh-Hans"),
    ("gb", "zh-Hans"),
    ("simplified", "zh-Hans"),
    ("simplified chinese", "zh-Hans"),
    ("chinese simplified", "zh-Hans"),
    ("简体", "zh-Hans"),
    ("简体中文", "zh-Hans"),
    ("简中", "zh-Hans"),
    ("简", "zh-Hans"),
    ("簡體", "zh-Hans"),
    ("簡體中文", "zh-Hans"),
    ("cht", "zh-Hant"),
    ("tc", "zh-Hant"),
    ("big5", "zh-Hant"),
    ("traditional", "zh-Hant"),
    ("traditional chinese", "zh-Hant"),
    ("chinese traditional", "zh-Hant"),
    ("繁体", "zh-Hant"),
    ("繁体中文", "zh-Hant"),
    ("繁體", "zh-Hant"),
    ("繁體中文", "zh-Hant"),
    ("繁中", "zh-Hant"),
    ("繁", "zh-Hant"),
    ("cn", "zh"),
    ("中文", "zh"),
    ("中字", "zh"),
    ("国语", "zh"),
    ("汉语", "zh"),
    ("粤语", "yue"),
    ("粵語", "yue"),
    ("英文", "en"),
    ("英语", "en"),
    ("英語", "en"),
    ("jp", "ja"),
    ("jpn", "ja"),
    ("日文", "ja"),
    ("日语", "ja"),
    ("日本語", "ja"),
    ("kr", "ko"),
    ("韩文", "ko"),
    ("韩语", "ko"),
    ("한국어", "ko"),
    ("español", "es"),
    ("castellano", "es"),
    ("latin american spanish", "es-419"),
    ("spanish latin america", "es-419"),
    ("português", "pt"),
    ("brazilian", "pt-BR"),
    ("brazilian portuguese", "pt-BR"),
    ("portuguese brazil", "pt-BR"),
    ("pob", "pt-BR"),
    ("français", "fr"),
    ("deutsch", "de"),
    ("italiano", "it"),
    ("nederlands", "nl"),
    ("русский", "ru"),
    ("українська", "uk"),
    ("türkçe", "tr"),
    ("polski", "pl"),
    ("العربية", "ar"),
    ("हिन्दी", "hi"),
    ("ไทย", "th"),
    ("tiếng việt", "vi"),
    ("bahasa indonesia", "id"),
    ("bahasa melayu", "ms"),
    ("farsi", "fa"),
    ("tagalog", "tl"),
    ("norsk", "no"),
    ("svenska", "sv"),
    ("dansk", "da"),
    ("suomi", "fi"),
];

/// The BCP 47 tag that a word means, with a lower-case language and canonical script and region.
pub(crate) fn language_tag(word: &str) -> Option<String> {
    let folded = fold(word.trim()).replace('_', "-");
    let spaced = folded.replace('-', " ");
    if let Some((_, tag)) = WORDS.iter().find(|(name, _)| *name == folded || *name == spaced) {
        return Some((*tag).to_owned());
    }
    let mut parts = folded.split('-');
    let language = by_code(parts.next()?).or_else(|| by_name(&spaced))?;
    if by_name(&spaced).is_some() {
        return Some(language.to_owned());
    }
    let mut tag = language.to_owned();
    let mut parts = parts.peekable();
    if let Some(script) = parts.next_if(|p| p.len() == 4 && p.bytes().all(|b| b.is_ascii_alphabetic())) {
        tag.push('-');
        tag.push_str(&script[..1].to_ascii_uppercase());
        tag.push_str(&script[1..]);
    }
    if let Some(region) = parts.next_if(|p| is_region(p)) {
        tag.push('-');
        tag.push_str(&region.to_ascii_uppercase());
    }
    // Anything more is not a tag that someone would put in a file name.
    parts.next().is_none().then_some(tag)
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
        || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn by_code(code: &str) -> Option<&'static str> {
    let main = LANGUAGES.iter().find(|(two, t, b, _)| *two == code || *t == code || (!b.is_empty() && *b == code));
    main.map(|l| l.0).or_else(|| MORE_LANGUAGES.iter().find(|l| l.0 == code).map(|l| l.0))
}

fn by_name(name: &str) -> Option<&'static str> {
    let main = LANGUAGES.iter().find(|l| l.3 == name).map(|l| l.0);
    main.or_else(|| MORE_LANGUAGES.iter().find(|l| l.1 == name).map(|l| l.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tags_and_names_become_canonical_tags() {
        let cases = [
            ("en", "en"),
            ("ENG", "en"),
            ("chi", "zh"),
            ("zho", "zh"),
            ("zh-hans", "zh-Hans"),
            ("zh_CN", "zh-CN"),
            ("ZH-HANT-tw", "zh-Hant-TW"),
            ("pt-br", "pt-BR"),
            ("es-419", "es-419"),
            ("Brazilian Portuguese", "pt-BR"),
            ("English", "en"),
            ("Español", "es"),
            ("Espan\u{303}ol", "es"),
            ("chs", "zh-Hans"),
            ("繁体", "zh-Hant"),
            ("yue", "yue"),
            ("ger", "de"),
        ];
        for (word, tag) in cases {
            assert_eq!(language_tag(word).as_deref(), Some(tag), "{word}");
        }
    }

    #[test]
    fn other_words_are_no_language() {
        for word in ["", "-", "the", "new", "Title", "en-", "en-title", "1080p", "zh-Hans-CN-x", "中"] {
            assert_eq!(language_tag(word), None, "{word}");
        }
    }
}
