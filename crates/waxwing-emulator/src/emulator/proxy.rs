//! HTTPS proxy of an emulator.

use super::Emulator;

impl Emulator {
    /// Returns the URL of the HTTPS proxy, for the variable `HTTPS_PROXY`. `None` without a proxy.
    pub fn https_proxy_url(&self) -> Option<String> {
        self.proxy.as_ref().map(|proxy| crate::server::origin(proxy.address))
    }

    /// Returns the certificate of the proxy's certificate authority (CA) in PEM form, which clients of the proxy must trust. `None`
    /// without a proxy.
    ///
    /// The certificate authority exists for this run only, its private key is never stored, and it is valid for Meta's hosts only.
    pub fn ca_certificate(&self) -> Option<&str> {
        self.proxy.as_ref().map(|proxy| proxy.ca_certificate.as_str())
    }
}
