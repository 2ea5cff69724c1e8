//! A look at a file before a pipeline is built for it: what is missing, empty or plainly no media gets a precise error
//! in microseconds, where a pipeline would say "could not determine type of stream" or wait.

use model::{ApiError, ErrorCode};
use std::io::Read;
use std::path::Path;

/// Checks that `path` is a regular file that can be read and does not begin like a web page.
///
/// # Errors
/// `not_found`, `forbidden`, `empty`, `not_media` or `io`, naming the file.
pub fn preflight(path: &Path) -> Result<(), ApiError> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|e| io_error(path, &e))?;
    if meta.is_dir() {
        return Err(ApiError::new(ErrorCode::NotMedia, format!("{shown} is a folder.")));
    }
    if !meta.is_file() {
        // A pipe or device could block for ever when opened.
        return Err(ApiError::new(ErrorCode::NotMedia, format!("{shown} is not a regular file.")));
    }
    if meta.len() == 0 {
        return Err(ApiError::new(ErrorCode::Empty, format!("{shown} is empty.")));
    }
    let mut head = Vec::with_capacity(512);
    std::fs::File::open(path).and_then(|f| f.take(512).read_to_end(&mut head)).map_err(|e| io_error(path, &e))?;
    check_head(&head, &shown.to_string())
}

/// Refuses what begins like a web page, or like a playlist: a demuxer for those would fetch what it names by itself, past
/// every bound that the media crate keeps.
///
/// # Errors
/// `not_media`, naming `shown`.
pub(crate) fn check_head(head: &[u8], shown: &str) -> Result<(), ApiError> {
    let what = match head {
        head if looks_like_playlist(head) => "a playlist under another name",
        head if looks_like_markup(head) => "a web page",
        _ => return Ok(()),
    };
    Err(ApiError::new(ErrorCode::NotMedia, format!("{shown} is {what}, not a video.")))
}

fn looks_like_playlist(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let holds = |tag: &[u8]| text.windows(tag.len()).any(|part| part == tag);
    let is_xml = text.starts_with(b"<");
    text.starts_with(b"#EXTM3U") || (is_xml && (holds(b"<MPD") || holds(b"<SmoothStreamingMedia")))
}

fn io_error(path: &Path, e: &std::io::Error) -> ApiError {
    let shown = path.display();
    let (code, what) = match e.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => (ErrorCode::NotFound, "is gone"),
        std::io::ErrorKind::PermissionDenied => (ErrorCode::Forbidden, "may not be read"),
        _ => (ErrorCode::Io, "could not be read"),
    };
    ApiError::new(code, format!("{shown} {what}.")).with_detail(e.to_string())
}

fn looks_like_markup(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |tag: &[u8]| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag);
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head") || begins(b"<body")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(name: &str, content: &[u8]) -> Option<ErrorCode> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        preflight(&path).err().map(|e| e.code)
    }

    #[test]
    fn a_web_page_named_mp4_is_not_media() {
        assert_eq!(code_of("a.mp4", b"\xef\xbb\xbf \n<!DOCTYPE html><title>404"), Some(ErrorCode::NotMedia));
        assert_eq!(code_of("a.mp4", b"<HTML>"), Some(ErrorCode::NotMedia));
    }

    #[test]
    fn a_playlist_under_another_name_is_not_played() {
        assert_eq!(code_of("a.mp4", b"#EXTM3U\n#EXT-X-VERSION:3"), Some(ErrorCode::NotMedia));
        assert_eq!(code_of("a.mp4", b"<?xml version=\"1.0\"?>\n<MPD xmlns="), Some(ErrorCode::NotMedia));
    }

    #[test]
    fn an_empty_file_is_empty_and_a_missing_one_not_found() {
        assert_eq!(code_of("a.mp4", b""), Some(ErrorCode::Empty));
        assert_eq!(preflight(Path::new("/nowhere/a.mp4")).unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(preflight(Path::new("/")).unwrap_err().code, ErrorCode::NotMedia);
    }

    #[test]
    fn other_content_is_left_to_the_pipeline() {
        assert_eq!(code_of("a.mp4", b"\0\0\0\x18ftypmp42"), None);
    }
}
