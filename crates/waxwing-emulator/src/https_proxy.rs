//! HTTPS proxy for clients with a hard-coded `https://graph.facebook.com`.
//!
//! The proxy answers for Meta's hosts itself: it never connects to any host. Its certificates are made at the start and kept in memory.

mod certificates;
mod connect;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::connection::{ConnectionSwitch, DroppableStream};
use crate::error::Error;
use crate::graph::origin::{GRAPH_HOST, MEDIA_HOST};
use crate::server;
use crate::shared::Shared;
use certificates::Certificates;

/// Hosts for which the proxy answers.
const HOSTS: [&str; 2] = [GRAPH_HOST, MEDIA_HOST];
/// Maximum number of connections that are being set up. Further clients wait.
const MAX_HANDSHAKES: usize = 256;
/// Time in which a client must have set up its connection.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after a failed accept, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Proxy with a socket, not running yet.
#[derive(Debug)]
pub(crate) struct HttpsProxy {
    listener: TcpListener,
    address: SocketAddr,
    certificates: Certificates,
}

/// Facts about a running proxy.
#[derive(Debug)]
pub(crate) struct RunningProxy {
    pub(crate) address: SocketAddr,
    /// Certificate of the certificate authority in PEM form.
    pub(crate) ca_certificate: String,
}

impl HttpsProxy {
    /// Binds a socket, and makes the certificates.
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, Error> {
        let (listener, address) = server::bind(address).await?;
        Ok(Self { listener, address, certificates: certificates::make()? })
    }

    /// Runs the proxy until the emulator stops.
    pub(crate) fn run(self, shared: &Arc<Shared>) -> RunningProxy {
        let Self { listener, address, certificates: Certificates { ca, server } } = self;
        let (sender, ready) = mpsc::channel(1);
        shared.spawn(accept_all(listener, TlsAcceptor::from(server), sender));
        let service = server::proxied_router(shared).into_make_service_with_connect_info::<ConnectionSwitch>();
        shared.spawn(async move {
            if let Err(error) = axum::serve(ReadyConnections { ready, address }, service).await {
                tracing::error!(%error, "HTTPS proxy failed");
            }
        });
        RunningProxy { address, ca_certificate: ca }
    }
}

type TunnelStream = DroppableStream<TlsStream<TcpStream>>;

/// Accepts connections, and sets up each one in a task of its own.
async fn accept_all(listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<TunnelStream>) {
    let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    loop {
        let Ok(permit) = Arc::clone(&handshakes).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(set_up(stream, acceptor.clone(), ready.clone(), permit))),
            Err(error) => {
                tracing::warn!(%error, "HTTPS proxy cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Sets up a connection, and passes it on.
async fn set_up(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<TunnelStream>,
    _permit: OwnedSemaphorePermit,
) {
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tunnel(stream, &acceptor)).await {
        // The channel is closed after the emulator has stopped.
        Ok(Ok(stream)) => drop(ready.send(stream).await),
        Ok(Err(error)) => tracing::debug!(%error, "HTTPS proxy closed a connection"),
        Err(_) => tracing::debug!("HTTPS proxy closed a connection that was not set up in time"),
    }
}

async fn tunnel(mut stream: TcpStream, acceptor: &TlsAcceptor) -> io::Result<TunnelStream> {
    stream.set_nodelay(true)?;
    connect::accept(&mut stream).await?;
    Ok(DroppableStream::new(acceptor.accept(stream).await?))
}

/// Connections that are set up.
#[derive(Debug)]
struct ReadyConnections {
    ready: mpsc::Receiver<TunnelStream>,
    address: SocketAddr,
}

impl axum::serve::Listener for ReadyConnections {
    type Io = TunnelStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TunnelStream, SocketAddr) {
        match self.ready.recv().await {
            Some(stream) => (stream, self.address),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, ReadyConnections>> for ConnectionSwitch {
    fn connect_info(stream: IncomingStream<'_, ReadyConnections>) -> Self {
        stream.io().switch()
    }
}
