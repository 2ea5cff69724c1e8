//! Names as micro-drama folders have them.

use super::*;

fn read(name: &str) -> String {
    let f = parse_file_name(name);
    let number = f.number.map_or("-".to_owned(), |n| n.to_string());
    let end = f.number_end.map_or(String::new(), |n| format!("-{n}"));
    let season = f.season.map_or(String::new(), |s| format!("s{s}"));
    format!("{}|{season}|{number}{end}|{}", f.show.unwrap_or_default(), f.title.unwrap_or_default())
}

#[test]
fn markers_and_bare_numbers_are_read_in_any_script() {
    let cases = [
        ("S01E02", "|s1|2|"),
        ("EP12", "||12|"),
        ("E12", "||12|"),
        ("ＥＰ１２", "||12|"),
        ("第12集", "||12|"),
        ("第十二集", "||12|"),
        ("第一百零二集 大结局", "||102|大结局"),
        ("第12话", "||12|"),
        ("第１２話", "||12|"),
        ("第12回", "||12|"),
        ("12", "||12|"),
        ("012", "||12|"),
        ("０１２", "||12|"),
        ("١٢", "||12|"),
        ("12集", "||12|"),
        ("第1-3集", "||1-3|"),
        ("第1集-第3集", "||1-3|"),
        ("Show - 012 - Title", "Show||12|Title"),
        ("1x02", "|s1|2|"),
        ("S01E01-E03", "|s1|1-3|"),
        ("S01E01-03", "|s1|1-3|"),
        ("EP01-EP03", "||1-3|"),
        ("闪婚老公是豪门 第3集", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门第3集", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门EP03", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门03", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门-03", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门（3）", "闪婚老公是豪门||3|"),
        ("闪婚老公是豪门全80集 第3集", "闪婚老公是豪门全80集||3|"),
        ("庆余年 第二季 第3集", "庆余年|s2|3|"),
        ("庆余年第二季03", "庆余年|s2|3|"),
        ("03.反转", "||3|反转"),
        ("03、反转", "||3|反转"),
        ("03-反转", "||3|反转"),
        ("03反转", "||3|反转"),
        ("Show S2 - 05", "Show|s2|5|"),
        ("Show.Name.E07.1080p.WEB-DL", "Show Name||7|"),
        ("Show Name 102", "Show Name||102|"),
        ("Lui e 3 donne 05", "Lui e 3 donne||5|"),
        ("第80集完", "||80|"),
        ("剧名[12集]", "剧名||12|"),
        ("SP01", "|s0|1|"),
        ("Show 番外3", "Show|s0|3|"),
        ("Серия 12", "||12|"),
        ("12 серия", "||12|"),
        ("الحلقة ١٢", "||12|"),
        ("ตอนที่ ๑๒", "||12|"),
        ("एपिसोड १२", "||12|"),
        ("제12화", "||12|"),
        ("Tập 12", "||12|"),
        ("Capítulo 12", "||12|"),
        ("Capi\u{301}tulo 12", "||12|"),
        ("12. Bölüm", "||12|"),
        ("12 (1)", "||12|"),
        ("EP12_1080p_x264_AAC", "||12|"),
        ("Finale", "||-|Finale"),
        ("Show 2024", "||-|Show"),
        ("1920x1080", "||-|1920x1080"),
        ("20240105 News", "||-|2024-01-05 News"),
    ];
    let wrong: Vec<_> =
        cases.iter().filter(|(n, e)| read(n) != *e).map(|(n, e)| format!("{n}: {} != {e}", read(n))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_known_name_at_the_begin_is_not_a_number() {
    assert_eq!(parse_file_name_after("24 - 05", "24").number, Some(5));
    assert_eq!(parse_file_name_after("2 Broke Girls 05", "2 Broke Girls").number, Some(5));
    assert_eq!(parse_file_name_after("24", "24").number, Some(24));
    assert_eq!(parse_file_name_after("245", "24").number, Some(245));
}

proptest::proptest! {
    #[test]
    fn any_name_is_read_without_panic(name in "\\PC{0,60}", known in "\\PC{0,10}") {
        parse_file_name(&name);
        parse_file_name_after(&name, &known);
        parse_season_folder(&name);
        clean_title(&name);
        is_extra_video(&name);
    }

    #[test]
    fn any_mix_of_markers_is_read_without_panic(
        name in "(第|季|集|全|十|百|s|e|ep|x|season |episode|[0-9０-９]|-|~|\\[|\\]|\\(|\\)|【|】|\\.| |é|İ|1080p|剧|2024){0,16}",
    ) {
        let read = parse_file_name(&name);
        proptest::prop_assert!(read.number_end.is_none_or(|end| Some(end) > read.number));
        parse_file_name_after(&name, &name);
        parse_season_folder(&name);
        clean_title(&name);
    }

    #[test]
    fn a_number_is_found_in_every_usual_form(number in 1u32..2000, padding in 1usize..5) {
        let digits = format!("{number:0padding$}");
        for form in [format!("第{digits}集"), format!("EP{digits}"), format!("S01E{digits}"), format!("剧名 - {digits}.")] {
            // A bare 19xx could be a year.
            if form.contains(" - ") && number >= 1900 { continue; }
            proptest::prop_assert_eq!(parse_file_name(&form).number, Some(number), "{}", form);
        }
    }
}
