//! The backend of a model.

use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};
use url::Url;
use waxwing_agent::Backend;

use super::Provider;
use crate::digest_key::digest_key;

/// Returns the backend of a model: models of the same name at the same address with the same credentials are the same one. The identity is a
/// digest, so it shows no key.
pub(super) fn backend(provider: &Provider, base_url: &Url, model: &str) -> Backend {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    };
    add(base_url.as_str());
    add(provider.api_key.as_ref().map_or("", ExposeSecret::expose_secret));
    #[cfg(feature = "bedrock-sigv4")]
    if let Some(signer) = &provider.signer {
        add(signer.credentials.access_key_id.expose_secret());
    }
    for (name, value) in &provider.extras.headers {
        add(name);
        add(value.expose_secret());
    }
    for (name, value) in &provider.extras.query {
        add(name);
        add(value);
    }
    Backend::new(model, digest_key(digest))
}

#[cfg(test)]
mod tests {
    use crate::{ChatModel as _, Provider};

    #[test]
    fn a_backend_is_a_model_at_an_address_with_a_key() {
        let backend = |provider: &Provider, model: &str| provider.model(model).unwrap().backend();
        let provider = Provider::openai("sk-1");
        let expected = backend(&provider, "gpt-5");
        assert_eq!(backend(&Provider::openai("sk-1"), "gpt-5"), expected);
        for other in [
            backend(&provider, "gpt-5-mini"),
            backend(&Provider::openai("sk-2"), "gpt-5"),
            backend(&provider.clone().base_url("https://proxy.example/v1"), "gpt-5"),
            backend(&provider.clone().header("api-key", "a"), "gpt-5"),
            backend(&provider.query("api-version", "1"), "gpt-5"),
        ] {
            assert_ne!(other, expected);
        }
        assert_eq!(format!("{expected:?}"), r#"Backend("gpt-5")"#);
    }

    #[cfg(feature = "bedrock-sigv4")]
    #[test]
    fn an_access_key_of_aws_is_a_key() {
        let backend = |id: &str| {
            let provider = Provider::bedrock_sigv4(crate::AwsCredentials::new(id, "secret"), "eu-west-1");
            provider.model("amazon.nova-pro-v1:0").unwrap().backend()
        };
        assert_eq!(backend("AKID1"), backend("AKID1"));
        assert_ne!(backend("AKID1"), backend("AKID2"));
    }
}
