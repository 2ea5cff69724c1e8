//! What a request's target names, if its sender may ask at all.

use hyper::StatusCode;

/// Names a resource within a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ResourceId(pub(crate) u64);

impl ResourceId {
    /// The playlist that was registered.
    pub(crate) const ROOT: Self = Self(0);
}

/// What is asked for: of which registration, and what of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route<'a> {
    pub(super) registration: u64,
    pub(super) target: Target<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// Something that a playlist named.
    Resource(ResourceId),
    /// A file in a folder, by the rest of its path, with the query if there is one.
    Inside(ResourceId, &'a str, Option<&'a str>),
}

/// Reads a target: `/TOKEN/REGISTRATION/index.…`, `/TOKEN/REGISTRATION/r/ID.…` or `/TOKEN/REGISTRATION/d/ID/…`. What has
/// not the token learns nothing else.
pub(super) fn route<'a>(path: &'a str, query: Option<&'a str>, token: &str) -> Result<Route<'a>, StatusCode> {
    let mut parts = path.strip_prefix('/').unwrap_or(path).splitn(3, '/');
    let (given, registration, rest) = (parts.next(), parts.next(), parts.next());
    if !same(given.unwrap_or_default().as_bytes(), token.as_bytes()) {
        return Err(StatusCode::NOT_FOUND);
    }
    let found = registration.and_then(hexadecimal).zip(rest).and_then(|(registration, rest)| {
        let target = match rest.split_once('/') {
            None => rest.starts_with("index.").then_some(Target::Resource(ResourceId::ROOT))?,
            Some(("r", name)) => Target::Resource(ResourceId(hexadecimal(name.split('.').next()?)?)),
            Some(("d", inside)) => {
                let (id, rest) = inside.split_once('/')?;
                Target::Inside(ResourceId(hexadecimal(id)?), rest, query)
            }
            Some(_) => return None,
        };
        Some(Route { registration, target })
    });
    found.ok_or(StatusCode::NOT_FOUND)
}

/// Whether a `Host` header names this gateway: a page on the web cannot reach it under a name of its own (DNS rebinding).
pub(super) fn is_own_host(host: Option<&str>, port: u16) -> bool {
    let Some((name, given)) = host.and_then(|host| host.rsplit_once(':')) else { return false };
    (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")) && given.parse() == Ok(port)
}

fn hexadecimal(digits: &str) -> Option<u64> {
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// Compares in a time that does not tell how much is right.
fn same(given: &[u8], expected: &[u8]) -> bool {
    let differences = given.iter().zip(expected).fold(0, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    given.len() == expected.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000000000ff";

    fn read<'a>(path: &'a str) -> Option<Target<'a>> {
        route(path, Some("q=1"), "secret").ok().map(|route| route.target)
    }

    #[test]
    fn targets_are_read() {
        let id = ResourceId(255);
        assert_eq!(read(&format!("/secret/{ID}/index.m3u8")), Some(Target::Resource(ResourceId::ROOT)));
        assert_eq!(read(&format!("/secret/{ID}/r/{ID}.ts")), Some(Target::Resource(id)));
        assert_eq!(read(&format!("/secret/{ID}/r/{ID}")), Some(Target::Resource(id)));
        assert_eq!(read(&format!("/secret/{ID}/d/{ID}/a/b.m4s")), Some(Target::Inside(id, "a/b.m4s", Some("q=1"))));
    }

    #[test]
    fn everything_else_is_not_found() {
        let paths = [
            "",
            "/",
            "/secret",
            "/secret/",
            "/wrong/{}/index.m3u8",
            "/secre/{}/index.m3u8",
            "/secret/{}/",
            "/secret/{}/x/{}",
            "/secret/{}/r/",
            "/secret/{}/r/1",
            "/secret/{}/d/{}",
            "//secret/{}/index.m3u8",
            "/secret/zz/index.m3u8",
        ];
        for path in paths {
            assert_eq!(read(&path.replace("{}", ID)), None, "{path}");
        }
    }

    #[test]
    fn only_this_machines_names_are_its_host() {
        for host in ["127.0.0.1:80", "localhost:80", "LOCALHOST:80"] {
            assert!(is_own_host(Some(host), 80), "{host}");
        }
        for host in [
            None,
            Some("127.0.0.1"),
            Some("127.0.0.1:81"),
            Some("evil.example:80"),
            Some("127.0.0.1.evil:80"),
            Some(":80"),
        ] {
            assert!(!is_own_host(host, 80), "{host:?}");
        }
    }
}
