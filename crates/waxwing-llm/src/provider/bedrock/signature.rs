//! Signatures of requests to AWS (Signature Version 4).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use secrecy::ExposeSecret;
use url::Url;

use crate::provider::{AwsCredentials, InvalidProvider};

/// Name of the service in signatures.
const SERVICE: &str = "bedrock";

/// Signs requests to a region.
#[derive(Clone)]
pub(in crate::provider) struct Signer {
    pub(in crate::provider) credentials: AwsCredentials,
    pub(in crate::provider) region: String,
}

impl Signer {
    pub(in crate::provider) fn validate(&self) -> Result<(), InvalidProvider> {
        let AwsCredentials { access_key_id, secret_access_key, session_token } = &self.credentials;
        let is_valid = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let secrets = [Some(access_key_id), Some(secret_access_key), session_token.as_ref()];
        if !secrets.into_iter().flatten().all(|secret| is_valid(secret.expose_secret())) {
            return Err(InvalidProvider(
                "invalid AWS credentials; they must not be empty or contain spaces or characters outside ASCII",
            ));
        }
        if is_valid(&self.region) { Ok(()) } else { Err(InvalidProvider("invalid AWS region")) }
    }

    /// Returns the headers with which a `POST` request is signed. Returns `None` if the request cannot be signed.
    pub(in crate::provider) fn sign(&self, url: &Url, body: &[u8], time: SystemTime) -> Option<Vec<(String, String)>> {
        let content_type = ("content-type", "application/json");
        signed_headers(self, SERVICE, "POST", url.as_str(), &[content_type], body, time)
    }
}

fn signed_headers(
    signer: &Signer,
    service: &str,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    time: SystemTime,
) -> Option<Vec<(String, String)>> {
    let AwsCredentials { access_key_id, secret_access_key, session_token } = &signer.credentials;
    let token = session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let (id, secret) = (access_key_id.expose_secret(), secret_access_key.expose_secret());
    let identity = Credentials::new(id, secret, token, None, "waxwing").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&signer.region)
        .name(service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let request = SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(body)).ok()?;
    let (instructions, _) = sign(request, &params).ok()?.into_parts();
    Some(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// Checks a signature with the credentials, the region and the time of AWS's published examples:
    /// <https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4>
    #[track_caller]
    fn check(method: &str, url: &str, token: Option<&str>, signed_names: &str, signature: &str) {
        let credentials = AwsCredentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let credentials = token.into_iter().fold(credentials, AwsCredentials::session_token);
        let signer = Signer { credentials, region: "us-east-1".into() };
        let time = UNIX_EPOCH + Duration::from_mins(24_015_636);
        let headers = signed_headers(&signer, "service", method, url, &[], b"", time).unwrap();
        let header = |name: &str| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        let expected =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed_names}, Signature={signature}");
        assert_eq!((header("authorization"), header("x-amz-date")), (Some(&*expected), Some("20150830T123600Z")));
        assert_eq!(header("x-amz-security-token"), token);
    }

    #[test]
    fn signatures_are_those_of_the_published_examples() {
        let (url, names) = ("https://example.amazonaws.com/", "host;x-amz-date");
        check("GET", url, None, names, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        check("POST", url, None, names, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        let query = "https://example.amazonaws.com/?Param2=value2&Param1=value1";
        check("GET", query, None, names, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
        let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
        let signature = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead";
        check("POST", url, Some(token), "host;x-amz-date;x-amz-security-token", signature);
    }
}
