//! HTTP client with a low CPU cost.
//!
//! It shares a machine with the measured server.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Largest expected response, in bytes.
const LONGEST: usize = 4096;

/// Keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(server: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(512) })
    }

    /// Sends a request, reads the whole response, and returns its status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await?;
            ensure!(read > 0, "the server closed the connection");
            ensure!(self.answer.len() <= LONGEST, "the response is longer than expected");
            if let Some(status) = complete(&self.answer)? {
                return Ok(status);
            }
        }
    }
}

/// Returns the status of a response, or `None` if the response is incomplete.
fn complete(answer: &[u8]) -> anyhow::Result<Option<u16>> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let status = text.get(9..12).context("the response has no status")?.parse()?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
    Ok((answer.len() >= head + 4 + length).then_some(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: Option<u16>) {
        assert_eq!(complete(answer.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", None);
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Some(200));
        check("HTTP/1.1 503 Busy\r\nA: b\r\n\r\n", Some(503));
        check("HTTP/1.1 200 OK\r\n", None);
    }
}
