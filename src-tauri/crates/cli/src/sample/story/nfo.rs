//! Metadata files as Kodi and Jellyfin read them.

use super::{Episode, PLOT, TITLE, Who, YEAR, episodes};
use std::fmt::Write;

/// `tvshow.nfo`.
pub(crate) fn show() -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<tvshow>\n");
    element(&mut out, "title", TITLE);
    element(&mut out, "originaltitle", TITLE);
    element(&mut out, "plot", PLOT);
    element(&mut out, "year", &YEAR.to_string());
    element(&mut out, "premiered", &format!("{YEAR}-11-14"));
    for genre in ["Drama", "Mystery"] {
        element(&mut out, "genre", genre);
    }
    element(&mut out, "studio", "Cliffhanger");
    element(&mut out, "status", "Continuing");
    element(&mut out, "season", "1");
    element(&mut out, "episode", &episodes().count().to_string());
    out.push_str("  <uniqueid type=\"cliffhanger\" default=\"true\">the-last-ferry</uniqueid>\n");
    for (order, who) in Who::ALL.into_iter().enumerate() {
        let _ = writeln!(out, "  <actor><name>{0}</name><role>{0}</role><order>{order}</order></actor>", who.name());
    }
    out.push_str("  <thumb aspect=\"poster\">poster.jpg</thumb>\n</tvshow>\n");
    out
}

/// One episode's `.nfo`.
pub(crate) fn episode(e: &Episode) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<episodedetails>\n");
    element(&mut out, "title", e.title);
    element(&mut out, "showtitle", TITLE);
    element(&mut out, "season", "1");
    element(&mut out, "episode", &e.number.to_string());
    element(&mut out, "plot", e.synopsis);
    element(&mut out, "aired", &format!("{YEAR}-11-{:02}", 13 + e.number));
    let _ = writeln!(
        out,
        "  <uniqueid type=\"cliffhanger\" default=\"true\">the-last-ferry-s01e{:02}</uniqueid>",
        e.number
    );
    let _ = writeln!(
        out,
        "  <fileinfo><streamdetails><video><width>1080</width><height>1920</height><durationinseconds>{}</durationinseconds></video></streamdetails></fileinfo>",
        e.seconds.round()
    );
    out.push_str("</episodedetails>\n");
    out
}

fn element(out: &mut String, name: &str, text: &str) {
    let safe = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  <{name}>{safe}</{name}>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn show_file_names_title_year_and_number_of_episodes() {
        let nfo = show();
        assert!(nfo.contains("<title>The Last Ferry</title>") && nfo.contains("<year>2026</year>"));
        assert!(nfo.contains("<episode>12</episode>"));
    }

    #[test]
    fn text_is_escaped() {
        let mut out = String::new();
        element(&mut out, "plot", "a < b & c");
        assert_eq!(out, "  <plot>a &lt; b &amp; c</plot>\n");
    }
}
