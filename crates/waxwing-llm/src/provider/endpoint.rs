//! Address of the requests to a model.

use genai::Headers;
use genai::adapter::AdapterKind;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::extras::RequestExtras;
use crate::{ModelError, ModelErrorKind};

/// Version of Anthropic's API: <https://platform.claude.com/docs/en/api/versioning>
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Detail of the error of a request that cannot be sent.
pub(super) const INVALID_HEADER: &str = "it has an invalid header";

/// Returns the URL for the requests to a model. `base_url` ends with a slash.
pub(super) fn url(kind: AdapterKind, base_url: &Url, model: &str, extras: &RequestExtras) -> Url {
    let path = match kind {
        AdapterKind::OpenAIResp => "responses".to_owned(),
        AdapterKind::Anthropic => "messages".to_owned(),
        AdapterKind::Gemini => format!("models/{model}:generateContent"),
        AdapterKind::BedrockApi => format!("model/{}/converse", model.replace('/', "%2F").replace(':', "%3A")),
        AdapterKind::Vertex if model.contains("claude") => format!("publishers/anthropic/models/{model}:rawPredict"),
        AdapterKind::Vertex => format!("publishers/google/models/{model}:generateContent"),
        _ => "chat/completions".to_owned(),
    };
    at(base_url, &path, extras)
}

/// Returns the URL of a path below the base URL, which ends with a slash, with the parameters of the settings.
pub(super) fn at(base_url: &Url, path: &str, extras: &RequestExtras) -> Url {
    let mut url = base_url.clone();
    // Joining would read the part before a colon as a scheme.
    url.set_path(&format!("{}{path}", base_url.path()));
    if !extras.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&extras.query);
    }
    url
}

/// Returns the headers of a request: the credentials, and the headers of the settings, which take precedence.
pub(super) fn headers(kind: AdapterKind, api_key: Option<&SecretString>, extras: &RequestExtras) -> Headers {
    let mut headers = Vec::new();
    if let Some(key) = api_key.map(ExposeSecret::expose_secret) {
        headers.push(match kind {
            AdapterKind::Anthropic => ("x-api-key".to_owned(), key.to_owned()),
            AdapterKind::Gemini => ("x-goog-api-key".to_owned(), key.to_owned()),
            _ => ("authorization".to_owned(), format!("Bearer {key}")),
        });
    }
    if kind == AdapterKind::Anthropic {
        headers.push(("anthropic-version".to_owned(), ANTHROPIC_VERSION.to_owned()));
    }
    headers.extend(extras.headers.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())));
    headers.into()
}

/// Returns headers in the form of the HTTP client, which shows none of their values.
///
/// # Errors
///
/// Returns an error if a name or a value is invalid.
pub(super) fn header_map(headers: impl IntoIterator<Item = (String, String)>) -> Result<HeaderMap, ModelError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let (Ok(name), Ok(mut value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) else {
            return Err(ModelError::new(ModelErrorKind::Rejected).with_detail(INVALID_HEADER));
        };
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: AdapterKind, base_url: &str, model: &str, expected: &str) {
        let base_url = Url::parse(base_url).unwrap();
        let extras = RequestExtras { query: vec![("api-version".into(), "2024 a".into())], ..RequestExtras::default() };
        assert_eq!(url(kind, &base_url, model, &extras).as_str(), expected);
    }

    #[test]
    fn addresses_of_all_providers() {
        let bedrock = "https://bedrock-runtime.eu-west-1.amazonaws.com/";
        let vertex = "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/";
        check(AdapterKind::OpenAI, "http://a/v1/", "m", "http://a/v1/chat/completions?api-version=2024+a");
        check(AdapterKind::OpenAIResp, "http://a/v1/", "m", "http://a/v1/responses?api-version=2024+a");
        check(AdapterKind::Anthropic, "http://a/v1/?x=1", "m", "http://a/v1/messages?x=1&api-version=2024+a");
        check(AdapterKind::Gemini, "http://a/v1/", "m", "http://a/v1/models/m:generateContent?api-version=2024+a");
        let model = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
        let path = "model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse?api-version=2024+a";
        check(AdapterKind::BedrockApi, bedrock, model, &format!("{bedrock}{path}"));
        let path = "publishers/anthropic/models/claude-sonnet-4-5:rawPredict?api-version=2024+a";
        check(AdapterKind::Vertex, vertex, "claude-sonnet-4-5", &format!("{vertex}{path}"));
        let path = "publishers/google/models/gemini-2.5-flash:generateContent?api-version=2024+a";
        check(AdapterKind::Vertex, vertex, "gemini-2.5-flash", &format!("{vertex}{path}"));
    }
}
