//! Messages about common mistakes, with the lines to write.

use waxwing::{NetworkPolicy, Setting};
use waxwing_config::{Config, ConfigPurpose};

fn variables(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("s3cret".to_owned()),
        "EXAMPLE_KEY" => Some("your-api-key".to_owned()),
        _ => None,
    }
}

fn parse(toml: &str, purpose: ConfigPurpose) -> Result<Config, String> {
    Config::parse(toml, "w.toml", ".".into(), &variables, purpose).map_err(|invalid| invalid.to_string())
}

/// Checks the errors of a file, or of its agents or numbers if the file is valid.
#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    let found = parse(toml, ConfigPurpose::Serve).and_then(|config| {
        config.check_agents(NetworkPolicy::default()).map_err(|invalid| invalid.to_string())?;
        let token = |setting: &Setting| (setting.variable == "WHATSAPP_ACCESS_TOKEN").then(|| "t0ken".to_owned());
        config.numbers(&token, Some("echo")).map_err(|error| error.to_string())
    });
    let found = found.err().unwrap_or_default();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert!(!found.contains("s3cret"));
}

/// Checks the warnings about a valid file.
#[track_caller]
fn check_warnings(toml: &str, expected: &[&str]) {
    let config = parse(toml, ConfigPurpose::Serve).unwrap();
    let found: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

const MODEL: &str = "[models.fast]\nprovider = 'openai'\nmodel = 'gpt-5-mini'\n";
const NUMBER: &str = "[whatsapp]\nphone_number_id = '1'\n";

#[test]
fn a_variable_without_braces() {
    check(
        &format!("{MODEL}api_key = '$OPENAI_API_KEY'"),
        &[
            "w.toml:4:11: models.fast.api_key: `$OPENAI_API_KEY` is not replaced by the environment variable; write",
            "    api_key = \"${OPENAI_API_KEY}\"",
        ],
    );
    check(
        "[mcp.shop]\nurl = 'https://$HOST/mcp'\nheaders = { Authorization = 'Bearer $TOKEN' }",
        &[
            "w.toml:2:7: mcp.shop.url: `$HOST` is not replaced by the environment variable; write `${HOST}` in its place",
            "w.toml:3:29: mcp.shop.headers.Authorization: `$TOKEN` is not replaced by the environment variable; write `${TOKEN}` in its place",
        ],
    );
    check_warnings(
        "[agents.a]\nkind = 'echo'\ndescription = '$TEXT'",
        &[
            "w.toml:3:1: agents.a.description: `$TEXT` is not replaced by the environment variable; write description = \"${TEXT}\"",
        ],
    );
    check_warnings("[agents.a]\nkind = 'echo'\ndescription = 'It costs $TEN'", &[]);
}

#[test]
fn a_phone_number_as_an_id() {
    let problem = "is a phone number; set the id of the number, which has digits only and stands next to the number in the WhatsApp \
                   Manager, such as 106540352242922";
    check(
        "[numbers.vigo]\nphone_number_id = '+34600000000'",
        &[&format!("w.toml:2:19: numbers.vigo.phone_number_id: {problem}")],
    );
    check(
        "[whatsapp]\nphone_number_id = '+34 600 000 000'",
        &[&format!("w.toml:2:19: whatsapp.phone_number_id: {problem}")],
    );
}

#[test]
fn an_integer_as_an_id() {
    check(
        "[numbers.vigo]\nphone_number_id = 1000001",
        &[
            "w.toml:2:19: numbers.vigo.phone_number_id: must be a string in quotes, not an integer; write",
            "    phone_number_id = \"1000001\"",
        ],
    );
    check("[whatsapp]\nphone_number_id = 1000001", &[]);
}

#[test]
fn a_url_that_is_none() {
    let must = "must be a URL that starts with http:// or https:// and has a host; write";
    let webhook = "secret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\nevents = ['*']\n";
    check(
        &format!("[webhooks.crm]\nurl = 'crm.shop.net/events'\n{webhook}"),
        &[&format!("w.toml:2:7: webhooks.crm.url: {must}"), "    url = \"https://crm.shop.net/events\""],
    );
    check(
        "[models.m]\nprovider = 'openai-compatible'\nmodel = 'x'\nbase_url = 'localhost:8080/v1'",
        &[&format!("w.toml:4:12: models.m.base_url: {must}"), "    base_url = \"https://api.openai.com/v1\""],
    );
    check(
        "[agents.a]\nkind = 'http'\nurl = 'ftp://a.net'\nsecret = '0123456789abcdef'",
        &[&format!("w.toml:3:7: agents.a.url: {must}"), "    url = \"http://127.0.0.1:9000/turn\""],
    );
    check(
        "[whatsapp]\ngraph_url = 'graph'",
        &[&format!("w.toml:2:13: whatsapp.graph_url: {must}"), "    graph_url = \"https://graph.facebook.com\""],
    );
}

#[test]
fn values_of_examples() {
    check(
        &format!("{MODEL}api_key = '${{EXAMPLE_KEY}}'"),
        &[
            "w.toml:4:11: models.fast.api_key: the environment variable `EXAMPLE_KEY` still has an example value; set your own",
        ],
    );
    check(
        "[whatsapp]\nverify_token = 'change-me'",
        &["w.toml:2:16: whatsapp.verify_token: is still an example value; set your own"],
    );
    check(
        "[numbers.a]\nphone_number_id = 'your-phone-number-id'",
        &["w.toml:2:19: numbers.a.phone_number_id: is still an example value; set your own"],
    );
    check_warnings(
        "[agents.a]\nkind = 'http'\nurl = 'https://bot.example.com/turn'\nsecret = '0123456789abcdef'",
        &["w.toml:3:1: agents.a.url: names a host of examples, which does not exist; set the URL of your service"],
    );
}

#[test]
fn a_model_of_a_provider_without_an_entry() {
    check(
        "[agents.a]\nmodel = 'gpt-4o'",
        &[
            "w.toml:2:9: agents.a.model: no model `gpt-4o` is defined in `[models]`; write",
            "    [models.gpt-4o]",
            "    provider = \"openai\"",
            "    model = \"gpt-4o\"",
            "    api_key = \"${OPENAI_API_KEY}\"",
        ],
    );
    check(
        "[agents.a]\nmodel = 'claude-sonnet-4.5'",
        &[
            "w.toml:2:9: agents.a.model: no model `claude-sonnet-4.5` is defined in `[models]`; write",
            "    [models.claude-sonnet-4-5]",
            "    provider = \"anthropic\"",
            "    model = \"claude-sonnet-4.5\"",
            "    api_key = \"${ANTHROPIC_API_KEY}\"",
            "    # in the agent: model = \"claude-sonnet-4-5\"",
        ],
    );
}

#[test]
fn a_key_of_the_model_in_the_agent() {
    let model = format!("{MODEL}api_key = '${{KEY}}'\n[agents.a]\nmodel = 'fast'\n");
    check(
        &format!("{model}api_key = '${{KEY}}'"),
        &[
            "w.toml:7:1: agents.a.api_key: `api_key` belongs to the model, not to the agent; write",
            "    [models.fast]",
            "    api_key = \"${OPENAI_API_KEY}\"",
        ],
    );
    check(
        "[agents]\napi_key = '${KEY}'",
        &[
            "w.toml:2:1: agents.api_key: `api_key` belongs to the model, not to the agent; write",
            "    [models.NAME]",
            "    api_key = \"${OPENAI_API_KEY}\"",
        ],
    );
    check(
        "[agents.a]\nmodel = 'gpt-4o'\nprovider = 'openai'",
        &[
            "w.toml:3:1: agents.a.provider: `provider` belongs to the model, not to the agent; write",
            "    [models.gpt-4o]",
            "    provider = \"openai\"",
            "    model = \"gpt-4o\"",
            "    api_key = \"${OPENAI_API_KEY}\"",
        ],
    );
    check(
        &format!("{model}temperature = 0.2"),
        &[
            "w.toml:7:1: agents.a.temperature: `temperature` is a parameter of the model; write",
            "    parameters = { temperature = 0.2 }",
        ],
    );
}

#[test]
fn a_time_without_a_unit() {
    check(
        &format!("{MODEL}api_key = '${{KEY}}'\ntimeout = 30"),
        &[
            "w.toml:5:11: models.fast.timeout: must be a time with its unit, not an integer; write",
            "    timeout = \"30s\"",
        ],
    );
    check(
        &format!("{NUMBER}[engine]\nrun_timeout = 30"),
        &["w.toml:4:15: WAXWING_RUN_TIMEOUT (engine.run_timeout) \"30\" is wrong: a time needs a unit; write 30s"],
    );
}

#[test]
fn a_text_without_quotes() {
    check(
        "[models.m]\nprovider = openai\nmodel = gpt-4o # a comment\napi_key = sk-s3cret\ntimeout = 30s",
        &[
            "w.toml:2:12: a text must be in quotes; write",
            "    provider = \"openai\"",
            "w.toml:3:9: a text must be in quotes; write",
            "    model = \"gpt-4o\"",
            "w.toml:4:11: a text must be in quotes; write",
            "    api_key = \"${NAME_OF_A_VARIABLE}\"",
            "w.toml:5:11: a text must be in quotes; write",
            "    timeout = \"30s\"",
        ],
    );
    check("[models.m]\nmodel = “gpt-4o”", &["w.toml:2:9: a text must be in quotes; write", "    model = \"gpt-4o\""]);
}

#[test]
fn wrong_settings_have_their_place() {
    let number = "[numbers.vigo]\nphone_number_id = '1'\naccess_token = 't'\n";
    check(
        &format!("{number}calls = 'answer'"),
        &["w.toml:4:9: number `vigo`: WAXWING_CALLS (engine.calls) \"answer\" is wrong: write ignore or reject"],
    );
    check(
        &format!("{number}[engine]\ncalls = 'answer'"),
        &["w.toml:5:9: number `vigo`: WAXWING_CALLS (engine.calls) \"answer\" is wrong: write ignore or reject"],
    );
    let config = parse(&format!("{NUMBER}[engine]\ncalls = 'ignore'"), ConfigPurpose::Serve).unwrap();
    let flags = |setting: &Setting| match setting.variable {
        "WHATSAPP_ACCESS_TOKEN" => Some("t".to_owned()),
        "WAXWING_CALLS" => Some("answer".to_owned()),
        _ => None,
    };
    let error = config.numbers(&flags, None).unwrap_err().to_string();
    assert_eq!(
        error, "WAXWING_CALLS (engine.calls) \"answer\" is wrong: write ignore or reject",
        "the flag is not in the file"
    );
}

#[test]
fn settings_alone_may_name_an_agent() {
    let text = format!("{NUMBER}agent = 'guide'\n[agents.guide]\nkind = 'echo'\n");
    assert!(parse(&text, ConfigPurpose::Settings).is_ok());
}
