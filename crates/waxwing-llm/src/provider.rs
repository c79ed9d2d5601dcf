//! Models of the usual providers, called over HTTP.
//!
//! The wire formats are genai's; no type of it shows outside this module.

mod decode;
mod encode;
mod errors;
mod transcription;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use genai::adapter::AdapterKind;
use genai::resolver::{AuthData, Endpoint};
use genai::{Headers, ModelIden, ServiceTarget};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{ChatModel, ChatRequest, ChatResponse, Modalities, ModelError};

pub use transcription::ProviderTranscriber;

/// How long a call may take unless [`Provider::timeout`] says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

const NO_URL: &str = "the base URL is no address of HTTP or HTTPS";

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Who runs models, and how to reach them. [`Provider::model`] makes a [`ChatModel`] of it.
///
/// ```
/// use waxwing_llm::{ChatModel, Provider};
///
/// // Any server with OpenAI's interface, such as Ollama, llama.cpp or vLLM.
/// let model = Provider::openai_compatible("http://127.0.0.1:11434/v1").model("qwen3")?;
/// assert_eq!(model.name(), "qwen3");
/// # Ok::<(), waxwing_llm::InvalidProvider>(())
/// ```
#[derive(Clone)]
pub struct Provider {
    kind: AdapterKind,
    base_url: String,
    api_key: Option<SecretString>,
    timeout: Duration,
}

impl Provider {
    /// [OpenAI](https://platform.openai.com/docs/api-reference/chat).
    pub fn openai(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::OpenAI, "https://api.openai.com/v1/").api_key(api_key)
    }

    /// A server that speaks as OpenAI does: llama.cpp, Ollama, vLLM and many others. `base_url` is what comes before `chat/completions`, such as
    /// `http://127.0.0.1:8080/v1`. No key is sent unless [`Provider::api_key`] sets one.
    pub fn openai_compatible(base_url: impl Into<String>) -> Self {
        Self::new(AdapterKind::OpenAI, base_url)
    }

    /// [Anthropic](https://docs.anthropic.com/en/api/messages).
    pub fn anthropic(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::Anthropic, "https://api.anthropic.com/v1/").api_key(api_key)
    }

    /// [Google Gemini](https://ai.google.dev/api/generate-content).
    pub fn gemini(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::Gemini, "https://generativelanguage.googleapis.com/v1beta/").api_key(api_key)
    }

    fn new(kind: AdapterKind, base_url: impl Into<String>) -> Self {
        Self { kind, base_url: base_url.into(), api_key: None, timeout: DEFAULT_TIMEOUT }
    }

    /// Sets what comes before the path of a call: for proxies, and for tests.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the key. It goes to the base URL and nowhere else: redirects are not followed.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(SecretString::from(api_key.into()));
        self
    }

    /// Sets how long a call may take, from connecting to the last byte of the answer; [`DEFAULT_TIMEOUT`] if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// One of its models, taking text alone until [`ProviderModel::with_modalities`] says more.
    ///
    /// # Errors
    ///
    /// Where the base URL, the key or the name cannot be right.
    pub fn model(&self, name: impl Into<String>) -> Result<ProviderModel, InvalidProvider> {
        let (name, base_url, http) = self.checked(name.into())?;
        let client = genai::Client::builder()
            .with_reqwest(http)
            .build()
            .map_err(|_| InvalidProvider("the HTTP client cannot be built"))?;
        Ok(ProviderModel { provider: self.clone(), base_url, name, modalities: Modalities::text(), client })
    }

    /// One of its models that turn speech into words. OpenAI and servers that speak like it have them: whisper.cpp, vLLM and others.
    ///
    /// # Errors
    ///
    /// Where the base URL, the key or the name cannot be right, or the provider is another one.
    pub fn transcriber(&self, name: impl Into<String>) -> Result<ProviderTranscriber, InvalidProvider> {
        if self.kind != AdapterKind::OpenAI {
            return Err(InvalidProvider("only OpenAI and servers that speak like it turn speech into words"));
        }
        let (name, base_url, http) = self.checked(name.into())?;
        let url = base_url.join("audio/transcriptions").map_err(|_| InvalidProvider(NO_URL))?;
        Ok(ProviderTranscriber { provider: self.clone(), url, name, language: None, http })
    }

    fn checked(&self, name: String) -> Result<(String, Url, reqwest::Client), InvalidProvider> {
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#');
        // genai would take what comes before `::` for the name of a provider.
        if name.is_empty() || name.contains(is_odd) || name.contains("::") {
            return Err(InvalidProvider("the name of the model is empty or has characters that no name has"));
        }
        let base_url = base_url(&self.base_url).ok_or(InvalidProvider(NO_URL))?;
        let key = self.api_key.as_ref().map(ExposeSecret::expose_secret);
        if key.is_some_and(|key| key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(InvalidProvider("the API key is empty or has characters that no key has"));
        }
        // A redirect would take the headers that carry Anthropic's and Gemini's keys to another host.
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout)
            .build()
            .map_err(|_| InvalidProvider("the TLS library cannot be initialised"))?;
        Ok((name, base_url, http))
    }
}

/// Shows no key.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = base_url(&self.base_url).and_then(|url| url.host_str().map(str::to_owned));
        f.debug_struct("Provider").field("kind", &self.kind).field("host", &host).finish_non_exhaustive()
    }
}

/// The base URL with a path that can be added to.
fn base_url(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(url)
}

/// A setting of a [`Provider`] that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidProvider(&'static str);

impl fmt::Display for InvalidProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidProvider {}

/// A model of a provider.
#[derive(Clone)]
pub struct ProviderModel {
    provider: Provider,
    base_url: Url,
    name: String,
    modalities: Modalities,
    client: genai::Client,
}

impl ProviderModel {
    /// Declares which media the model takes; nobody else can know.
    pub fn with_modalities(mut self, modalities: Modalities) -> Self {
        self.modalities = modalities;
        self
    }

    fn target(&self, headers: Headers) -> ServiceTarget {
        let auth = match &self.provider.api_key {
            Some(key) => AuthData::from_single(key.expose_secret()),
            // Without a key genai wants to be told the whole request's address and headers.
            None => AuthData::RequestOverride { url: format!("{}chat/completions", self.base_url), headers },
        };
        ServiceTarget {
            endpoint: Endpoint::from_owned(self.base_url.as_str()),
            auth,
            model: ModelIden::new(self.provider.kind, self.name.clone()),
        }
    }
}

/// Shows no key.
impl fmt::Debug for ProviderModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderModel")
            .field("provider", &self.provider)
            .field("name", &self.name)
            .field("modalities", &self.modalities)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ChatModel for ProviderModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn modalities(&self) -> Modalities {
        self.modalities
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        let kind = self.provider.kind;
        let headers = encode::headers(request);
        let options = encode::options(kind, request, headers.clone());
        let messages = encode::request(kind, request);
        match self.client.exec_chat(self.target(headers), messages, Some(&options)).await {
            Ok(response) => decode::response(kind, response),
            Err(genai::Error::ChatResponseGeneration { response_body, .. }) => {
                decode::salvaged(kind, &response_body).ok_or_else(|| errors::unreadable(&response_body))
            }
            Err(error) => Err(errors::of(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: &Provider, model: &str, expected: Option<&str>) {
        let error = provider.model(model).err().map(|error| error.to_string());
        match expected {
            Some(part) => assert!(error.as_ref().is_some_and(|error| error.contains(part)), "{error:?}"),
            None => assert_eq!(error, None),
        }
    }

    #[test]
    fn settings_are_checked() {
        check(&Provider::openai("sk-1"), "gpt-5-mini", None);
        check(&Provider::openai_compatible("http://127.0.0.1:8080/v1"), "hf.co/org/model:Q4_K_M", None);
        check(&Provider::openai("sk-1\n"), "gpt-5-mini", Some("API key"));
        check(&Provider::anthropic(""), "claude-sonnet-4-5", Some("API key"));
        check(&Provider::gemini("k").base_url("file:///etc"), "gemini-2.5-flash", Some("base URL"));
        check(&Provider::gemini("k"), "gemini?key=1", Some("name of the model"));
        check(&Provider::openai("k"), "groq::llama", Some("name of the model"));
        assert!(Provider::openai("k").transcriber("whisper-1").is_ok());
        assert!(
            Provider::openai("k").transcriber("").is_err() && Provider::gemini("k").transcriber("whisper").is_err()
        );
    }

    #[test]
    fn debug_shows_no_key() {
        let provider = Provider::openai("sk-secret").base_url("https://user:hunter2@proxy.example/v1?token=abc");
        let shown = format!("{provider:?} {:?}", provider.model("m").unwrap());
        let shown = format!("{shown} {:?}", provider.transcriber("m").unwrap());
        for secret in ["sk-secret", "hunter2", "abc"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
