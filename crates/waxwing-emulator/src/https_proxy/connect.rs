//! `CONNECT` requests of clients.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::HOSTS;

/// Maximum size of the head of a request, in bytes.
const MAX_HEAD: usize = 8 * 1024;
const END: &[u8] = b"\r\n\r\n";

/// Reads the request and answers it. Returns an error if the request is refused.
pub(super) async fn accept(stream: &mut TcpStream) -> io::Result<()> {
    let head = read_head(stream).await?;
    match check(&head) {
        Ok(()) => stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await,
        Err((status, reason)) => {
            let length = reason.len() + 1;
            let response = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{reason}\n"
            );
            stream.write_all(response.as_bytes()).await?;
            stream.shutdown().await?;
            Err(io::Error::other("request refused"))
        }
    }
}

/// Reads up to the empty line. A client sends nothing further before the answer.
async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(END) {
        if head.len() == MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Checks the request line. An error has the status and the reason of the refusal.
fn check(head: &str) -> Result<(), (&'static str, String)> {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let hosts = HOSTS.join(" and ");
    if method != "CONNECT" {
        let reason = format!(
            "This proxy of the Waxwing emulator takes only CONNECT requests, for {hosts}. Set HTTPS_PROXY, not HTTP_PROXY."
        );
        return Err(("405 Method Not Allowed", reason));
    }
    if target.rsplit_once(':').is_some_and(|(host, port)| port == "443" && is_served(host)) {
        return Ok(());
    }
    let reason = format!(
        "This proxy of the Waxwing emulator serves only {hosts} at port 443, and connects to no other host. Set NO_PROXY for other hosts."
    );
    Err(("403 Forbidden", reason))
}

fn is_served(host: &str) -> bool {
    HOSTS.iter().any(|served| host.eq_ignore_ascii_case(served))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connections_to_meta_are_accepted() {
        for target in ["graph.facebook.com:443", "LOOKASIDE.fbsbx.com:443"] {
            assert_eq!(check(&format!("CONNECT {target} HTTP/1.1\r\n\r\n")), Ok(()), "{target}");
        }
        for target in [
            "graph.facebook.com:80",
            "graph.facebook.com",
            "example.com:443",
            "graph.facebook.com.evil.example:443",
            "evil.graph.facebook.com:443",
            "127.0.0.1:443",
            "",
        ] {
            let refused = check(&format!("CONNECT {target} HTTP/1.1\r\n\r\n")).unwrap_err();
            assert!(refused.0.starts_with("403") && refused.1.contains("no other host"), "{target}");
        }
        assert!(check("GET http://graph.facebook.com/ HTTP/1.1\r\n\r\n").unwrap_err().1.contains("HTTPS_PROXY"));
    }
}
