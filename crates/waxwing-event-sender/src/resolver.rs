//! Name resolution that leaves out private addresses.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use waxwing_network::is_public;

/// Resolves the name of a receiver to public addresses only, so that no name leads into a private network. The check applies to the addresses to
/// which the client connects.
#[derive(Debug)]
pub(crate) struct PublicResolver {
    /// Name of the receiver. Other names are those of proxies, which the operator has chosen.
    pub(crate) receiver: String,
}

/// The name leads to private addresses only.
#[derive(Debug, thiserror::Error)]
#[error(
    "the name leads to an address of this machine or of a private network; allow it with allow_private_addresses = true"
)]
pub(crate) struct PrivateName;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_receiver = name.as_str().trim_end_matches('.').eq_ignore_ascii_case(self.receiver.trim_end_matches('.'));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !is_receiver {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            let public: Vec<_> = found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Box::new(PrivateName) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
