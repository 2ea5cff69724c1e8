//! A player as the gateway sees it: a socket that sends what a test wants and reads what comes.

use super::DEADLINE;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// What came.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
    }
}

/// A connection whose answer's head has been read.
pub struct Open {
    pub reply: Reply,
    pub stream: BufReader<TcpStream>,
}

impl Open {
    /// Reads so many bytes of the body as they lie on the wire.
    pub fn read(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map(|()| bytes)
    }

    /// Reads the body to its end.
    pub fn finish(mut self) -> std::io::Result<Reply> {
        let mut body = Vec::new();
        if self.reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let mut line = String::new();
                self.stream.read_line(&mut line)?;
                let length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
                body.extend(self.read(length)?);
                self.read(2)?;
                if length == 0 {
                    break;
                }
            }
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(Reply { body, ..self.reply })
    }
}

/// `127.0.0.1:port` and the path of an address.
pub fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap())
}

pub fn open(method: &str, url: &str, headers: &[(&str, &str)]) -> Open {
    let (host, path) = parts(url);
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head += &format!("Host: {host}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes()).unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let mut reply = Reply { status: line.split(' ').nth(1).unwrap().parse().unwrap(), ..Reply::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        reply.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Open { reply, stream }
}

pub fn ask(url: &str, headers: &[(&str, &str)]) -> Reply {
    open("GET", url, headers).finish().unwrap()
}
