//! Checks of models.

use waxwing::NetworkPolicy;

use crate::file::ConfigFile;
use crate::key_path::child;
use crate::provider::{modalities, provider};
use crate::report::ProblemReport;
use crate::sections::{ApiName, LlmAgentSection, ModalityName, ModelSection, ProviderName};

pub(super) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    for (name, section) in file.models.iter() {
        let path = child("models", name);
        access(&path, section, report);
        place(&path, section, report);
        api(&path, section, report);
    }
    for (path, agent) in file.llm_agents() {
        parameters(file, &path, agent, report);
    }
}

fn access(path: &str, model: &ModelSection, report: &mut ProblemReport<'_>) {
    let is_compatible = model.provider == ProviderName::OpenaiCompatible;
    if is_compatible && model.base_url.is_none() {
        report.key_error(path, "`base_url` is missing; set the URL of the API");
    }
    let is_bedrock = model.provider == ProviderName::Bedrock;
    match (&model.api_key, &model.aws) {
        (_, Some(_)) if !is_bedrock => {
            report.key_error(&child(path, "aws"), "applies to `bedrock` only; remove it");
        }
        (Some(_), Some(_)) => {
            report.key_error(&child(path, "aws"), "cannot be set together with `api_key`; remove one of them");
        }
        (None, None) if is_bedrock => {
            report.key_error(path, "`api_key` or `aws` is missing; set an API key of Bedrock or an access key of AWS");
        }
        (None, None) if !is_compatible => {
            report.key_error(path, "`api_key` is missing; set the API key of the provider");
        }
        _ => {}
    }
}

fn place(path: &str, model: &ModelSection, report: &mut ProblemReport<'_>) {
    let is_vertex = model.provider == ProviderName::Vertex;
    let has_region = is_vertex || model.provider == ProviderName::Bedrock;
    for (key, value, is_used) in [("region", &model.region, has_region), ("project", &model.project, is_vertex)] {
        if is_used && value.is_none() && model.base_url.is_none() {
            report.key_error(path, format!("`{key}` is missing; set the {key}"));
        } else if !is_used && value.is_some() {
            report.key_error(&child(path, key), "does not apply to this provider; remove it");
        }
    }
}

fn api(path: &str, model: &ModelSection, report: &mut ProblemReport<'_>) {
    let is_openai = matches!(model.provider, ProviderName::Openai | ProviderName::OpenaiCompatible);
    if model.api.is_some() && !is_openai {
        report.key_error(&child(path, "api"), "applies to `openai` and `openai-compatible` only; remove it");
    }
    if model.api == Some(ApiName::Responses) && model.modalities.contains(&ModalityName::Audio) {
        let message = "cannot be `responses` for a model with the modality `audio`; set `chat`, or remove `audio`";
        report.error(&child(path, "api"), message);
    }
    if model.provider == ProviderName::Bedrock && model.extra_body.is_some() {
        report.key_error(&child(path, "extra_body"), "does not apply to this provider; remove it");
    }
}

/// Warns about parameters that a model of an agent does not accept as they are set.
fn parameters(file: &ConfigFile, path: &str, agent: &LlmAgentSection, report: &mut ProblemReport<'_>) {
    let path = child(path, "parameters");
    for name in std::iter::once(&agent.model).chain(&agent.fallbacks) {
        let Some(section) = file.models.get(name) else { continue };
        let (provider, modalities) = (provider(section, NetworkPolicy::default()), modalities(section));
        for adjusted in provider.adjusted_parameters(&section.model, modalities, &agent.parameters) {
            report.warning(&child(&path, adjusted.name()), format!("{} (model `{name}`)", adjusted.effect()));
        }
    }
}
