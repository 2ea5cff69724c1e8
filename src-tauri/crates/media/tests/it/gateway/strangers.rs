//! Who may not use the gateway, and for what nobody may.

use super::Rig;
use super::player::{ask, open, parts};
use crate::server::Page;
use media::http::Location;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn without_the_token_everything_is_unknown() {
    let rig = Rig::start();
    rig.put_film(1);
    let url = rig.gateway.playlist(&rig.location("/film/index.m3u8"));
    let (host, path) = parts(&url);
    let token = path.split('/').nth(1).unwrap();
    assert_eq!(token.len(), 32);
    assert_eq!(ask(&url, &[]).status, 200);
    for path in [
        path.replace(token, &"0".repeat(32)),
        path.replace(token, ""),
        path[1 + token.len()..].to_owned(),
        "/".to_owned(),
    ] {
        assert_eq!(ask(&format!("http://{host}{path}"), &[]).status, 404, "{path}");
    }
    for rest in ["r/0000000000000001.ts", "d/0000000000000001/a", "refused", "../index.m3u8"] {
        assert_eq!(ask(&url.replace("index.m3u8", rest), &[]).status, 404, "{rest}");
    }
    assert_eq!(rig.server.log().len(), 1);
}

#[test]
fn a_name_of_another_host_is_turned_away() {
    let rig = Rig::start();
    rig.put_film(1);
    let url = rig.gateway.playlist(&rig.location("/film/index.m3u8"));
    let port = parts(&url).0.split(':').nth(1).unwrap();
    for host in ["evil.example", "127.0.0.1", "evil.example:80", &format!("evil.example:{port}")] {
        assert_eq!(ask(&url, &[("Host", host)]).status, 421, "{host}");
    }
    assert_eq!(ask(&url, &[("Host", &format!("localhost:{port}"))]).status, 200);
}

#[test]
fn only_reading_is_known() {
    let rig = Rig::start();
    rig.put_film(1);
    let url = rig.gateway.playlist(&rig.location("/film/index.m3u8"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let reply = open(method, &url, &[]).finish().unwrap();
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn a_head_without_end_is_cut_off() {
    let rig = Rig::start();
    let url = rig.gateway.playlist(&rig.location("/film/index.m3u8"));
    let mut stream = TcpStream::connect(parts(&url).0).unwrap();
    stream.set_read_timeout(Some(super::DEADLINE)).unwrap();
    let line = format!("X-Long: {}\r\n", "x".repeat(1000));
    let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
    // It may be cut off while this is being written.
    while stream.write_all(line.as_bytes()).is_ok() {}
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_catalog_that_may_not_name_this_machine_cannot_do_so_in_a_playlist() {
    let rig = Rig::start();
    rig.put_film(1);
    let location = Location::new(rig.server.url("/film/index.m3u8"));
    assert_eq!(ask(&rig.gateway.playlist(&location), &[]).status, 403);
    assert!(rig.server.log().is_empty());
}

#[test]
fn credentials_go_to_their_own_host_only() {
    let rig = Rig::start();
    let other = crate::server::Server::start();
    other.put("/1.ts", Page::new("bytes"));
    rig.server.put("/0.ts", Page::new("bytes"));
    rig.server.put("/a.m3u8", Page::new(format!("#EXTM3U\n0.ts\n{}\n#EXT-X-ENDLIST\n", other.url("/1.ts"))));
    let headers = vec![("Authorization".to_owned(), "Bearer 1".to_owned()), ("X-App".to_owned(), "2".to_owned())];
    let location = media::http::Location { headers, ..rig.location("/a.m3u8") };
    let text = ask(&rig.gateway.playlist(&location), &[]).text();
    text.lines().filter(|line| line.starts_with("http")).for_each(|url| assert_eq!(ask(url, &[]).status, 200));
    assert!(rig.server.log().iter().all(|request| request.headers.contains_key("authorization")));
    let asked = &other.log()[0].headers;
    assert!(!asked.contains_key("authorization") && asked.contains_key("x-app"), "{asked:?}");
    assert!(!text.contains(&other.host()) && !text.contains(&rig.server.host()), "{text}");
}

#[test]
fn connections_beyond_the_bound_wait_until_others_end() {
    let rig = Rig::start();
    rig.put_film(1);
    let url = rig.gateway.playlist(&rig.location("/film/index.m3u8"));
    let mut idle: Vec<_> = (0..64).map(|_| TcpStream::connect(parts(&url).0).unwrap()).collect();
    let (told, answer) = std::sync::mpsc::channel();
    std::thread::spawn(move || told.send(ask(&url, &[]).status));
    // That something does not happen has no event of its own; without the bound this takes a millisecond.
    let early = answer.recv_timeout(std::time::Duration::from_millis(100));
    assert!(early.is_err(), "{early:?}");
    idle.pop();
    assert_eq!(answer.recv_timeout(super::DEADLINE).unwrap(), 200);
}
