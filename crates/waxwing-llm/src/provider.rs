//! Models behind the HTTP APIs of providers.
//!
//! The crate genai implements the wire formats, except for that of Amazon Bedrock. Its types do not appear outside of this module.

mod account;
mod adjusted;
mod api;
#[cfg(feature = "bedrock-sigv4")]
mod aws_credentials;
mod bedrock;
mod bounded_body;
mod cache;
mod call_ids;
mod conversation;
mod decode;
mod encode;
mod endpoint;
mod error_body;
mod errors;
mod exchange;
mod extras;
mod failure;
mod family;
mod operator_message;
mod overflow;
mod profile;
mod refused;
mod refused_picture;
mod shape;
mod transcription;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use genai::adapter::AdapterKind;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;
use waxwing_agent::Backend;
use waxwing_network::{NetworkPolicy, PlainHttpRefused};

use crate::{ChatModel, ChatRequest, ChatResponse, Modalities, ModelError, ModelParameters};

use extras::RequestExtras;
use refused::{ParameterMemory, RefusedParameters};
use shape::Shape;

pub use adjusted::AdjustedParameter;
pub use api::OpenAiApi;
#[cfg(feature = "bedrock-sigv4")]
pub use aws_credentials::AwsCredentials;
pub use transcription::ProviderTranscriber;

const INVALID_URL: &str = "invalid base URL; it must start with http:// or https:// and have a host";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An API that serves models. [`Provider::model`] creates a [`ChatModel`].
///
/// ```
/// use waxwing_llm::{ChatModel as _, Modalities, Provider};
///
/// let model = Provider::openai_compatible("http://127.0.0.1:8080/v1").model("qwen3")?.with_modalities(Modalities::all());
/// assert_eq!(model.name(), "qwen3");
/// // Keys are validated before the first request.
/// assert!(Provider::anthropic("").model("claude-sonnet-4-5").is_err());
/// # Ok::<(), waxwing_llm::InvalidProvider>(())
/// ```
#[derive(Clone)]
pub struct Provider {
    kind: AdapterKind,
    base_url: String,
    /// `None` for the choice by the provider and the model.
    api: Option<OpenAiApi>,
    api_key: Option<SecretString>,
    #[cfg(feature = "bedrock-sigv4")]
    signer: Option<bedrock::signature::Signer>,
    extras: RequestExtras,
    timeout: Duration,
    network: NetworkPolicy,
}

impl Provider {
    /// Default of [`timeout`](Self::timeout): two minutes.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

    /// Uses [OpenAI](https://platform.openai.com/docs/api-reference/responses): the Responses API, or chat completions for a model that
    /// accepts audio. [`api`](Self::api) chooses one of them.
    pub fn openai(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::OpenAIResp, "https://api.openai.com/v1/").api_key(api_key)
    }

    /// Uses a server that implements the API of OpenAI, such as llama.cpp, Ollama or vLLM.
    ///
    /// `base_url` is the part of the URL before `/chat/completions`, such as `http://127.0.0.1:8080/v1`. No API key is sent unless
    /// [`api_key`](Self::api_key) sets one.
    pub fn openai_compatible(base_url: impl Into<String>) -> Self {
        Self::new(AdapterKind::OpenAI, base_url)
    }

    /// Uses [Anthropic](https://docs.anthropic.com/en/api/messages).
    pub fn anthropic(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::Anthropic, "https://api.anthropic.com/v1/").api_key(api_key)
    }

    /// Uses [Google Gemini](https://ai.google.dev/api/generate-content).
    pub fn gemini(api_key: impl Into<String>) -> Self {
        Self::new(AdapterKind::Gemini, "https://generativelanguage.googleapis.com/v1beta/").api_key(api_key)
    }

    /// Uses [Amazon Bedrock](https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html) with an API key. `region` is that of AWS,
    /// such as `eu-west-1`.
    pub fn bedrock(api_key: impl Into<String>, region: &str) -> Self {
        Self::bedrock_in(region).api_key(api_key)
    }

    /// Uses Amazon Bedrock with an access key of AWS, which signs each request (Signature Version 4). `region` is that of AWS, such as
    /// `eu-west-1`.
    #[cfg(feature = "bedrock-sigv4")]
    pub fn bedrock_sigv4(credentials: AwsCredentials, region: &str) -> Self {
        let signer = bedrock::signature::Signer { credentials, region: region.to_owned() };
        Self { signer: Some(signer), ..Self::bedrock_in(region) }
    }

    fn bedrock_in(region: &str) -> Self {
        Self::new(AdapterKind::BedrockApi, format!("https://bedrock-runtime.{region}.amazonaws.com/"))
    }

    /// Uses [Google Vertex AI](https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference) for Gemini and Claude models.
    /// `access_token` is an OAuth token, which Google limits to an hour. `region` is a location such as `europe-west1`, or `global`.
    pub fn vertex(access_token: impl Into<String>, project: &str, region: &str) -> Self {
        let host = if region == "global" { String::new() } else { format!("{region}-") };
        let base_url = format!("https://{host}aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/");
        Self::new(AdapterKind::Vertex, base_url).api_key(access_token)
    }

    fn new(kind: AdapterKind, base_url: impl Into<String>) -> Self {
        Self {
            kind,
            base_url: base_url.into(),
            api: None,
            api_key: None,
            #[cfg(feature = "bedrock-sigv4")]
            signer: None,
            extras: RequestExtras::default(),
            timeout: Self::DEFAULT_TIMEOUT,
            network: NetworkPolicy::default(),
        }
    }

    /// Chooses the API of OpenAI or of a compatible server. Default: see [`openai`](Self::openai); chat completions for compatible servers.
    /// Other providers ignore the choice.
    pub fn api(mut self, api: OpenAiApi) -> Self {
        self.api = Some(api);
        self
    }

    /// Adds a header to each request, such as the `api-key` of Azure. A header of the same name is replaced, unless a signature of AWS covers it.
    pub fn header(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.extras.set_header(name.as_ref(), value.into());
        self
    }

    /// Adds a parameter to the query of each request, such as the `api-version` of Azure.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extras.query.push((name.into(), value.into()));
        self
    }

    /// Adds fields to the JSON body of each request. Objects are merged, and other values replace those of Waxwing. Amazon Bedrock and Claude
    /// on Vertex AI get no such fields.
    pub fn extra_body(mut self, fields: Map<String, Value>) -> Self {
        self.extras.body = fields;
        self
    }

    /// Returns how requests to a model with these modalities differ from these parameters, because the model does not accept them as they are.
    /// A model of OpenAI that accepts audio uses chat completions, which takes other parameters than the Responses API. Each model also logs the
    /// differences with its first request. The provider is not asked.
    pub fn adjusted_parameters(
        &self,
        model: &str,
        modalities: Modalities,
        parameters: &ModelParameters,
    ) -> Vec<AdjustedParameter> {
        let request = ChatRequest::default().with_parameters(parameters.clone());
        Shape::of(self.kind_for(modalities), model, &request, RefusedParameters::default()).adjusted
    }

    /// Returns false for other servers with the API of OpenAI.
    fn is_openai(&self) -> bool {
        self.kind == AdapterKind::OpenAIResp
    }

    /// Returns the adapter for a model with these modalities. The adapter of the Responses API would send audio as a file.
    fn kind_for(&self, modalities: Modalities) -> AdapterKind {
        match (self.kind, self.api) {
            (AdapterKind::OpenAI | AdapterKind::OpenAIResp, Some(OpenAiApi::Responses)) => AdapterKind::OpenAIResp,
            (AdapterKind::OpenAIResp, None) if !modalities.audio => AdapterKind::OpenAIResp,
            (AdapterKind::OpenAI | AdapterKind::OpenAIResp, _) => AdapterKind::OpenAI,
            (kind, _) => kind,
        }
    }

    /// Sets the base URL, for a proxy or a test server. Default: the URL of the provider.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the API key. The key is sent to the base URL only, because redirects are not followed.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(SecretString::from(api_key.into()));
        self
    }

    /// Sets the timeout of a request, from connecting to the last byte of the response. Default:
    /// [`DEFAULT_TIMEOUT`](Self::DEFAULT_TIMEOUT).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the policy of proxies and plain HTTP. By default, a server on this machine is reached without a proxy, and other hosts get the
    /// API key over HTTPS only.
    pub fn network(mut self, network: NetworkPolicy) -> Self {
        self.network = network;
        self
    }

    /// Creates a model. The model accepts text only unless [`ProviderModel::with_modalities`] adds media kinds.
    ///
    /// # Errors
    ///
    /// Returns an error if the base URL, the API key or the model name is invalid. No request is sent.
    pub fn model(&self, name: impl Into<String>) -> Result<ProviderModel, InvalidProvider> {
        let Validated { name, base_url, http } = self.validate(name.into())?;
        let client = genai::Client::builder()
            .with_reqwest(http.clone())
            .build()
            .map_err(|_| InvalidProvider("the HTTP client cannot be built"))?;
        let (provider, modalities, memory) = (self.clone(), Modalities::text(), Arc::default());
        let backend = account::backend(self, &base_url, &name);
        Ok(ProviderModel { provider, base_url, name, backend, modalities, context: None, memory, http, client })
    }

    /// Creates a speech-to-text model. OpenAI and compatible servers, such as whisper.cpp and vLLM, offer these.
    ///
    /// # Errors
    ///
    /// Returns an error if the base URL, the API key or the model name is invalid, or if the provider offers no such models: Anthropic, Gemini,
    /// Amazon Bedrock and Vertex AI. No request is sent.
    pub fn transcriber(&self, name: impl Into<String>) -> Result<ProviderTranscriber, InvalidProvider> {
        if !matches!(self.kind, AdapterKind::OpenAI | AdapterKind::OpenAIResp) {
            return Err(InvalidProvider("transcription needs OpenAI or an OpenAI-compatible server"));
        }
        let Validated { name, base_url, http } = self.validate(name.into())?;
        let url = endpoint::at(&base_url, "audio/transcriptions", &self.extras);
        Ok(ProviderTranscriber { provider: self.clone(), url, name, language: None, http })
    }

    fn validate(&self, name: String) -> Result<Validated, InvalidProvider> {
        let is_invalid = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#');
        // genai reads the part before `::` as the name of a provider.
        if name.is_empty() || name.contains(is_invalid) || name.contains("::") {
            return Err(InvalidProvider(
                "invalid model name; it must not be empty or contain spaces, `?`, `#` or `::`",
            ));
        }
        let base_url = parse_base_url(&self.base_url).ok_or(InvalidProvider(INVALID_URL))?;
        let key = self.api_key.as_ref().map(ExposeSecret::expose_secret);
        if key.is_some_and(|key| key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(InvalidProvider(
                "invalid API key; it must not be empty or contain spaces or characters outside ASCII",
            ));
        }
        self.extras.validate()?;
        if self.is_signed()? || key.is_some() || !self.extras.headers.is_empty() {
            let refused = |PlainHttpRefused| InvalidProvider(PlainHttpRefused::MESSAGE);
            self.network.check_secret(&base_url).map_err(refused)?;
        }
        let mut http = reqwest::Client::builder();
        if self.network.bypasses_proxy(&base_url) {
            http = http.no_proxy();
        }
        // A redirect would carry the headers with the keys of Anthropic and Gemini to another host.
        let http = http
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout)
            .build()
            .map_err(|_| InvalidProvider("the TLS library cannot be initialized"))?;
        Ok(Validated { name, base_url, http })
    }

    /// Returns true if requests are signed, after a check of the access key.
    #[cfg(feature = "bedrock-sigv4")]
    fn is_signed(&self) -> Result<bool, InvalidProvider> {
        match &self.signer {
            Some(signer) => signer.validate().map(|()| true),
            None => Ok(false),
        }
    }

    #[cfg(not(feature = "bedrock-sigv4"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the feature uses both")]
    fn is_signed(&self) -> Result<bool, InvalidProvider> {
        Ok(false)
    }
}

/// Validated settings of a model.
struct Validated {
    name: String,
    base_url: Url,
    http: reqwest::Client,
}

/// Prints no API key and no path or query of the URL.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = parse_base_url(&self.base_url).and_then(|url| url.host_str().map(str::to_owned));
        f.debug_struct("Provider").field("kind", &self.kind).field("host", &host).finish_non_exhaustive()
    }
}

/// Parses a base URL. The path of the result ends with a slash, so relative paths can be joined to it.
fn parse_base_url(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(url)
}

/// An invalid setting of a [`Provider`]. The message names the setting and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidProvider(&'static str);

impl fmt::Display for InvalidProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidProvider {}

/// A model of a [`Provider`].
#[derive(Clone)]
pub struct ProviderModel {
    provider: Provider,
    base_url: Url,
    name: String,
    backend: Backend,
    modalities: Modalities,
    context: Option<u64>,
    memory: Arc<ParameterMemory>,
    http: reqwest::Client,
    client: genai::Client,
}

impl ProviderModel {
    /// Sets the media kinds that the model accepts. Providers do not report them. Default: text only.
    pub fn with_modalities(mut self, modalities: Modalities) -> Self {
        self.modalities = modalities;
        self
    }

    /// Sets the context of the model in tokens: the maximum length of a request and its response together. Providers do not report it.
    /// Default: unknown.
    pub fn with_context(mut self, tokens: u64) -> Self {
        self.context = Some(tokens);
        self
    }

    fn kind(&self) -> AdapterKind {
        self.provider.kind_for(self.modalities)
    }
}

/// Prints no API key.
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

    /// Returns the name of the provider in OpenTelemetry's conventions, or `openai_compatible`.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/>
    fn provider(&self) -> &'static str {
        match self.provider.kind {
            AdapterKind::OpenAIResp => "openai",
            AdapterKind::Anthropic => "anthropic",
            AdapterKind::Gemini => "gcp.gemini",
            AdapterKind::Vertex => "gcp.vertex_ai",
            AdapterKind::BedrockApi => "aws.bedrock",
            _ => "openai_compatible",
        }
    }

    fn modalities(&self) -> Modalities {
        let audio = self.modalities.audio && self.kind() != AdapterKind::OpenAIResp;
        // Gemini reads Ogg files: https://ai.google.dev/gemini-api/docs/audio#supported-formats
        let opus = audio && (self.modalities.opus || self.kind() == AdapterKind::Gemini);
        Modalities { audio, opus, ..self.modalities }
    }

    fn context(&self) -> Option<u64> {
        self.context
    }

    fn backend(&self) -> Backend {
        self.backend.clone()
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        exchange::chat(self, request).await
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
    fn invalid_settings_are_rejected_before_the_first_request() {
        check(&Provider::openai("sk-1"), "gpt-5-mini", None);
        check(&Provider::openai_compatible("http://127.0.0.1:8080/v1"), "hf.co/org/model:Q4_K_M", None);
        let remote = Provider::openai_compatible("http://models.example/v1");
        check(&remote, "qwen3", None);
        check(&remote.clone().api_key("sk-1"), "qwen3", Some("plain HTTP"));
        let allowed = NetworkPolicy::default().allow_plain_http(true);
        check(&remote.api_key("sk-1").network(allowed), "qwen3", None);
        check(&Provider::openai("sk-1\n"), "gpt-5-mini", Some("invalid API key"));
        check(&Provider::anthropic(""), "claude-sonnet-4-5", Some("invalid API key"));
        check(&Provider::gemini("k").base_url("file:///etc"), "gemini-2.5-flash", Some("invalid base URL"));
        check(&Provider::gemini("k"), "gemini?key=1", Some("invalid model name"));
        check(&Provider::openai("k"), "groq::llama", Some("invalid model name"));
        assert!(Provider::openai("k").transcriber("whisper-1").is_ok());
        assert!(
            Provider::openai("k").transcriber("").is_err() && Provider::gemini("k").transcriber("whisper").is_err()
        );
    }

    #[test]
    fn debug_output_holds_no_key() {
        let provider = Provider::openai("sk-secret").base_url("https://user:hunter2@proxy.example/v1?token=abc");
        let shown = format!("{provider:?} {:?}", provider.model("m").unwrap());
        let shown = format!("{shown} {:?}", provider.transcriber("m").unwrap());
        for secret in ["sk-secret", "hunter2", "abc"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
