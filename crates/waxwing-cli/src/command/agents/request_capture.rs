//! Capture of the requests to models.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Largest body that is taken down, in bytes. Media of a turn are larger than all else.
const MAX_BODY: usize = 64 << 20;

/// The model is not asked again after this response.
const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The server, which ends when the value is dropped.
pub(super) struct RequestCapture {
    url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
    server: JoinHandle<()>,
}

impl RequestCapture {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on 127.0.0.1")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let bodies = Arc::<Mutex<Vec<Value>>>::default();
        let taken = bodies.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Err(error) = take(stream, &taken).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "request to a model not captured");
                }
            }
        });
        Ok(Self { url, bodies, server })
    }

    /// Returns the base URL of the server.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the body of the first request.
    pub(super) fn first(&self) -> Option<Value> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }
}

impl Drop for RequestCapture {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Reads a request, adds its body to `bodies` if it is JSON, and refuses it.
async fn take(stream: TcpStream, bodies: &Mutex<Vec<Value>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length.min(MAX_BODY)];
    stream.read_exact(&mut body).await?;
    // The run may end as soon as it reads the refusal.
    bodies.lock().unwrap_or_else(PoisonError::into_inner).extend(serde_json::from_slice::<Value>(&body));
    stream.get_mut().write_all(REFUSAL).await
}
