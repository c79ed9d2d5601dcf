//! Settings of models.

use waxwing_config::{Config, ConfigPurpose};

fn parse(text: &str) -> Result<Config, waxwing_config::InvalidConfig> {
    let variables = |name: &str| Some(format!("{name}-0123456789"));
    Config::parse(text, "w.toml", ".".into(), &variables, ConfigPurpose::Serve)
}

#[track_caller]
fn check_error(model: &str, expected: &str) {
    let text = format!("[models.m]\nmodel = 'm'\n{model}\n[agents.a]\nmodel = 'm'\n");
    let error = parse(&text).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn settings_that_do_not_fit_the_provider_are_reported() {
    check_error("provider = 'gemini'\napi_key = 'k'\napi = 'chat'", "models.m.api: applies to `openai`");
    check_error("provider = 'openai'\napi_key = 'k'\nregion = 'eu'", "models.m.region: does not apply");
    check_error("provider = 'bedrock'\napi_key = 'k'", "models.m: `region` is missing; set the region");
    check_error(
        "provider = 'vertex'\napi_key = 'k'\nregion = 'global'",
        "models.m: `project` is missing; set the project",
    );
    check_error("provider = 'bedrock'\nregion = 'eu-west-1'", "models.m: `api_key` or `aws` is missing");
    let aws = "aws = { access_key_id = 'AKID', secret_access_key = 's' }";
    check_error(&format!("provider = 'gemini'\n{aws}"), "models.m.aws: applies to `bedrock` only");
    let both = format!("provider = 'bedrock'\nregion = 'eu-west-1'\napi_key = 'k'\n{aws}");
    check_error(&both, "models.m.aws: cannot be set together with `api_key`");
    check_error("provider = 'bedrock'\nregion = 'eu-west-1'\naws = { access_key_id = 'AKID' }", "secret_access_key");
    let audio = "provider = 'openai'\napi_key = 'k'\napi = 'responses'\nmodalities = ['audio']";
    check_error(audio, "models.m.api: cannot be `responses`");
    let bedrock = "provider = 'bedrock'\napi_key = 'k'\nregion = 'eu-west-1'\nextra_body = { a = 1 }";
    check_error(bedrock, "models.m.extra_body: does not apply");
}

#[test]
fn headers_queries_and_fields_are_accepted() {
    let text = "[models.m]\nprovider = 'openai-compatible'\nbase_url = 'https://models.shop.net/v1'\nmodel = 'gpt'\n\
        headers = { api-key = '${KEY}' }\nquery = { api-version = '2024-10-21' }\n\
        extra_body = { a = { b = [1, 'x', true] }, user = '${USER}' }\n\
        [models.bedrock]\nprovider = 'bedrock'\nmodel = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'\napi_key = 'k'\n\
        region = 'eu-west-1'\n\
        [models.signed]\nprovider = 'bedrock'\nmodel = 'amazon.nova-pro-v1:0'\nregion = 'eu-west-1'\n\
        aws = { access_key_id = '${AWS_ACCESS_KEY_ID}', secret_access_key = '${AWS_SECRET_ACCESS_KEY}', session_token = 't' }\n\
        [models.vertex]\nprovider = 'vertex'\nmodel = 'gemini-2.5-flash'\napi_key = 'k'\nregion = 'global'\nproject = 'p'\n\
        [agents.a]\nmodel = 'm'\nfallbacks = ['bedrock', 'signed', 'vertex']\n[numbers.n]\nphone_number_id = '1'\nagent = 'a'\n";
    let config = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.warnings(), []);
    config.check_agents(waxwing::NetworkPolicy::default()).unwrap();
    let plain = text.replace("https://models.shop.net", "http://models.shop.net");
    let error = parse(&plain).unwrap().check_agents(waxwing::NetworkPolicy::default()).unwrap_err();
    assert!(error.to_string().contains("plain HTTP"), "a header may be a secret: {error}");
    let empty = text.replace("${AWS_SECRET_ACCESS_KEY}", "a b");
    let error = parse(&empty).unwrap().check_agents(waxwing::NetworkPolicy::default()).unwrap_err().to_string();
    assert!(error.contains("AWS credentials") && !error.contains("a b"), "{error}");
}

#[test]
fn parameters_that_a_model_does_not_accept_are_warnings() {
    let text = "[models.m]\nprovider = 'openai'\nmodel = 'gpt-5-mini'\napi_key = 'k'\n\
        [models.c]\nprovider = 'anthropic'\nmodel = 'claude-sonnet-4-5'\napi_key = 'k'\n\
        [agents.a]\nmodel = 'm'\nfallbacks = ['c']\nparameters = { temperature = 0.3, seed = 7 }\n\
        [numbers.n]\nphone_number_id = '1'\nagent = 'a'\n";
    let config = parse(text).unwrap();
    let warnings: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
    let expected = [
        "w.toml:12:16: agents.a.parameters.temperature: is not sent: the model reasons, and chooses it itself (model `m`)",
        "w.toml:12:35: agents.a.parameters.seed: is not sent: the Responses API has no seed (model `m`)",
        "w.toml:12:35: agents.a.parameters.seed: is not sent: Anthropic has no seed (model `c`)",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn a_model_with_audio_is_checked_against_chat_completions() {
    let warnings = |modalities: &str| {
        let text = format!(
            "[models.m]\nprovider = 'openai'\nmodel = 'gpt-audio'\napi_key = 'k'\nmodalities = [{modalities}]\n\
            [agents.a]\nmodel = 'm'\nparameters = {{ seed = 7 }}\n[numbers.n]\nphone_number_id = '1'\nagent = 'a'\n"
        );
        parse(&text).unwrap().warnings().len()
    };
    assert_eq!((warnings("'audio'"), warnings("'images'")), (0, 1));
}
