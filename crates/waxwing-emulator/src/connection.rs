//! Connections that a fault can close without a response.
//!
//! No HTTP response can express a dropped connection. Each accepted socket therefore carries a switch: after a handler has thrown
//! the switch, its response is not written and the socket closes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Listener for connections that can be dropped.
#[derive(Debug)]
pub(crate) struct DroppableListener(pub(crate) TcpListener);

impl axum::serve::Listener for DroppableListener {
    type Io = DroppableStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DroppableStream<TcpStream>, SocketAddr) {
        let (inner, address) = axum::serve::Listener::accept(&mut self.0).await;
        if let Err(error) = inner.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        (DroppableStream::new(inner), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Switch of one connection, which handlers receive as connection info.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionSwitch(Arc<AtomicBool>);

impl ConnectionSwitch {
    /// Closes the connection at the next write.
    pub(crate) fn drop_connection(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns an error if the connection has been dropped.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, DroppableListener>> for ConnectionSwitch {
    fn connect_info(stream: IncomingStream<'_, DroppableListener>) -> Self {
        stream.io().switch()
    }
}

/// Socket whose writes fail after its connection has been dropped.
#[derive(Debug)]
pub(crate) struct DroppableStream<S> {
    inner: S,
    switch: ConnectionSwitch,
}

impl<S> DroppableStream<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, switch: ConnectionSwitch::default() }
    }

    pub(crate) fn switch(&self) -> ConnectionSwitch {
        self.switch.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for DroppableStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for DroppableStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.switch.check()?;
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.switch.check()?;
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
