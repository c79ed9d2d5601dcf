//! The address of the webhook listener.

use std::io;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::TcpListener;

use crate::error::{ConfigError, Error};

/// The address of the webhook listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenAddress {
    pub(crate) address: SocketAddr,
    /// True if other machines must not reach the address, because signatures are not checked.
    pub(crate) only_loopback: bool,
}

impl ListenAddress {
    /// Checks that only allowed machines can reach the address.
    pub(crate) fn check(self) -> Result<(), ConfigError> {
        if self.only_loopback && !self.address.ip().is_loopback() {
            return Err(ConfigError::unsigned_on(self.address.ip()));
        }
        Ok(())
    }

    /// Takes the socket that the process inherited, or binds the address.
    pub(crate) async fn bind(self) -> Result<TcpListener, Error> {
        let refused = |reason: &str| {
            let (address, reason) = (self.address.to_string(), reason.to_owned());
            move |cause| Error::Listen { address, reason, cause }
        };
        let inherited = "LISTEN_FDS names a file that is no listening TCP socket; check the socket unit";
        if let Some(listener) = take_inherited().map_err(refused(inherited))? {
            let address = listener.local_addr().map_err(refused(inherited))?;
            Self { address, ..self }.check()?;
            tracing::info!(%address, "listening socket inherited");
            return Ok(listener);
        }
        TcpListener::bind(self.address).await.map_err(|cause| {
            refused(match cause.kind() {
                io::ErrorKind::AddrInUse => "the port is in use; stop the other program or set PORT",
                io::ErrorKind::PermissionDenied => "permission denied; use a port above 1023",
                io::ErrorKind::AddrNotAvailable => "this machine does not have the address; check HOST",
                _ => "the operating system refused; check HOST and PORT",
            })(cause)
        })
    }
}

/// The first socket that the process inherited, as systemd and compatible service managers pass it.
///
/// <https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>
fn take_inherited() -> io::Result<Option<TcpListener>> {
    let Some(listener) = ListenFd::from_env().take_tcp_listener(0)? else { return Ok(None) };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener).map(Some)
}
