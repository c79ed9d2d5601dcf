//! Certificates of the HTTPS proxy.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::HOSTS;
use crate::error::Error;

/// Time before the start from which the certificates are valid, for clocks that are late.
const BEFORE: Duration = Duration::from_hours(24);
/// Time after the start until which the certificates are valid.
const AFTER: Duration = Duration::from_hours(24 * 30);

/// Certificates of one run.
#[derive(Debug)]
pub(super) struct Certificates {
    /// Certificate of the certificate authority in PEM form.
    pub(super) ca: String,
    pub(super) server: Arc<ServerConfig>,
}

/// Makes a certificate authority, and one certificate for all hosts. The key of the authority is dropped.
pub(super) fn make() -> Result<Certificates, Error> {
    let key = KeyPair::generate().map_err(failed)?;
    let params = authority();
    let ca = params.self_signed(&key).map_err(failed)?;
    let issuer = Issuer::new(params, key);
    let host_key = KeyPair::generate().map_err(failed)?;
    let hosts: Vec<_> = HOSTS.iter().map(|&host| host.to_owned()).collect();
    let mut params = CertificateParams::new(hosts).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "Waxwing emulator");
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params);
    let host = params.signed_by(&host_key, &issuer).map_err(failed)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(host_key.serialize_der()));
    let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![host.der().clone(), ca.der().clone()], key)
        .map_err(failed)?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificates { ca: pem(&ca), server: Arc::new(server) })
}

/// Returns a certificate authority that can vouch for Meta's hosts only, even if its key were known.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Waxwing emulator, throw-away CA of one run");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: HOSTS.iter().map(|&host| GeneralSubtree::DnsName(host.to_owned())).collect(),
        // A constraint on names says nothing about addresses.
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
    set_validity(&mut params);
    params
}

fn set_validity(params: &mut CertificateParams) {
    let now = SystemTime::now();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + AFTER).into();
}

fn pem(certificate: &Certificate) -> String {
    let text = STANDARD.encode(certificate.der());
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, char) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(char);
    }
    pem + "\n-----END CERTIFICATE-----\n"
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Certificates(error.into())
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::RootCertStore;
    use tokio_rustls::rustls::client::WebPkiServerVerifier;
    use tokio_rustls::rustls::client::danger::ServerCertVerifier;
    use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    /// Returns whether a client that trusts the authority accepts a certificate that the authority signed for this host.
    fn is_accepted(host: &str) -> bool {
        let key = KeyPair::generate().unwrap();
        let ca = authority().self_signed(&key).unwrap();
        let issuer = Issuer::new(authority(), key);
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let leaf = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        ServerCertVerifier::verify_server_cert(&*verifier, leaf.der(), &[], &name, &[], UnixTime::now()).is_ok()
    }

    /// A stolen key of the authority must be of no use for other hosts.
    #[test]
    fn clients_accept_certificates_for_metas_hosts_only() {
        assert!(HOSTS.iter().all(|host| is_accepted(host)));
        assert!(["example.com", "notgraph.facebook.com", "127.0.0.1"].iter().all(|host| !is_accepted(host)));
    }
}
