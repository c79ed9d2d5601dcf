//! Model of a provider, as a file describes it.

use waxwing::NetworkPolicy;
use waxwing_llm::{AwsCredentials, Modalities, OpenAiApi, Provider};

use crate::sections::{ApiName, AwsSection, ModalityName, ModelSection, ProviderName};

/// Returns the media kinds that a model accepts.
pub(crate) fn modalities(section: &ModelSection) -> Modalities {
    section.modalities.iter().fold(Modalities::text(), |modalities, modality| match modality {
        ModalityName::Images => modalities.with_images(),
        ModalityName::Audio => modalities.with_audio(),
        ModalityName::Documents => modalities.with_documents(),
    })
}

/// Returns the provider of a model. Missing settings are empty: the checks of the file report them.
pub(crate) fn provider(section: &ModelSection, network: NetworkPolicy) -> Provider {
    let key = section.api_key.as_ref().map(|key| key.expose().to_owned());
    let (region, project) = (section.region.as_deref().unwrap_or_default(), section.project.as_deref());
    let mut provider = match (section.provider, key) {
        (ProviderName::Openai, key) => Provider::openai(key.unwrap_or_default()),
        (ProviderName::Anthropic, key) => Provider::anthropic(key.unwrap_or_default()),
        (ProviderName::Gemini, key) => Provider::gemini(key.unwrap_or_default()),
        (ProviderName::Bedrock, key) => match &section.aws {
            Some(aws) => Provider::bedrock_sigv4(aws_credentials(aws), region),
            None => Provider::bedrock(key.unwrap_or_default(), region),
        },
        (ProviderName::Vertex, key) => Provider::vertex(key.unwrap_or_default(), project.unwrap_or_default(), region),
        (ProviderName::OpenaiCompatible, key) => {
            let server = Provider::openai_compatible(section.base_url.clone().unwrap_or_default());
            key.map_or(server.clone(), |key| server.api_key(key))
        }
    };
    if let Some(url) = &section.base_url {
        provider = provider.base_url(url);
    }
    if let Some(api) = section.api {
        provider = provider.api(match api {
            ApiName::Responses => OpenAiApi::Responses,
            ApiName::Chat => OpenAiApi::Chat,
        });
    }
    for (name, value) in &section.headers {
        provider = provider.header(name, value.expose());
    }
    for (name, value) in &section.query {
        provider = provider.query(name, value);
    }
    if let Some(fields) = &section.extra_body {
        provider = provider.extra_body(fields.0.clone());
    }
    provider = provider.network(network);
    match section.timeout {
        Some(timeout) => provider.timeout(timeout.0),
        None => provider,
    }
}

fn aws_credentials(section: &AwsSection) -> AwsCredentials {
    let credentials = AwsCredentials::new(section.access_key_id.expose(), section.secret_access_key.expose());
    match &section.session_token {
        Some(token) => credentials.session_token(token.expose()),
        None => credentials,
    }
}
