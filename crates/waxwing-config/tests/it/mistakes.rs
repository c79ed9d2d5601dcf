//! Messages about invalid files.

use waxwing_config::{Config, ConfigPurpose};

fn variables(name: &str) -> Option<String> {
    (name == "KEY").then(|| "s3cret".to_owned())
}

/// Checks the errors of a file, or of its agents if the file is valid.
#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    let made = Config::parse(toml, "w.toml", ".".into(), &variables, ConfigPurpose::Serve)
        .and_then(|config| config.check_agents(waxwing::NetworkPolicy::default()));
    let found = made.err().map(|invalid| invalid.to_string()).unwrap_or_default();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert!(!found.contains("s3cret"));
}

const MODEL: &str = r#"models.m = { provider = "openai", model = "gpt-5-mini", api_key = "${KEY}" }"#;

/// Checks a file that starts with the model `m`.
#[track_caller]
fn with_model(toml: &str, expected: &[&str]) {
    check(&format!("{MODEL}\n{toml}"), expected);
}

#[test]
fn valid_files_have_no_errors() {
    check("", &[]);
    check("[server]\nport = 8080\nallow_unsigned = true\n[engine]\ndebounce = \"0s\"\n", &[]);
    with_model("agents.a = { model = 'm' }", &[]);
    with_model(
        "agents.a = { kind = 'llm', model = 'm', parameters = { temperature = 1, reasoning_effort = 'low' } }",
        &[],
    );
    check("agents.a = { kind = 'echo' }", &[]);
    check("[whatsapp]\nagent = 'demo'", &[]);
}

#[test]
fn budgets_are_amounts() {
    let number = |budget: &str| format!("[numbers.a]\nphone_number_id = '1'\nbudget = {budget}\n");
    check(&number("{ per_day = 20, per_month = '250.50', hard = true }"), &[]);
    check("[budget]\nper_day = 0.5\nhard = false\n", &[]);
    let wrong = "w.toml:3:22: numbers.a.budget.per_day: must be an amount such as `20` or `0.5`";
    check(&number("{ per_day = 'lots' }"), &[wrong]);
    check(
        &number("{ per_week = 1 }"),
        &["w.toml:3:12: numbers.a.budget.per_week: unknown key `per_week`; choose `per_day`, `per_month` or `hard`"],
    );
}

#[test]
fn syntax_errors_are_reported() {
    check("[server\n", &["w.toml:1:8: unclosed table, expected `]`"]);
    check("[server]\nport = 1\nport = 2\n", &["w.toml:3:1: duplicate key"]);
}

#[test]
fn unknown_keys_are_reported() {
    check("[servr]\n", &["w.toml:1:2: servr: unknown section `servr`; did you mean `server`?"]);
    check("port = 1\n", &["w.toml:1:1: port: must be in a section such as `[server]`"]);
    check(
        "[whatever]\n",
        &[
            "w.toml:1:2: whatever: unknown section `whatever`; choose `whatsapp`, `server`, `traces`, `storage`, `engine`, `media`, `hours`, `budget`, `messages`, `models`, `agents`, `teams`, `numbers`, `templates`, `mcp`, `forms`, `webhooks`, `access`, `limits`, `commands` or `languages`",
        ],
    );
    check("server = 1\n", &["w.toml:1:1: server: must be in a section such as `[server]`"]);
    check("[server]\n\nprot = 1\n", &["w.toml:3:1: server.prot: unknown key `prot`; did you mean `port`?"]);
    with_model(
        "[agents.a]\nmodel = 'm'\ninstrutions = ''",
        &["w.toml:4:1: agents.a.instrutions: unknown key `instrutions`; did you mean `instructions`?"],
    );
    with_model(
        "[agents.a]\nmodel = 'm'\nparameters = { temprature = 1 }",
        &["w.toml:4:16: agents.a.parameters.temprature: unknown key `temprature`; did you mean `temperature`?"],
    );
    check(
        "[agents.'a b']\nkind = 'echo'",
        &["w.toml:1:9: agents.\"a b\": a name must have 1 to 64 characters: letters, digits, `-` and `_`"],
    );
}

#[test]
fn invalid_values_are_reported() {
    check(
        "[server]\nport = [1]",
        &["w.toml:2:8: server.port: must be a string, an integer or a boolean, not an array"],
    );
    check(
        "[limits]\ncost_per_day = true",
        &["w.toml:2:16: limits.cost_per_day: must be a string or a number, not a boolean"],
    );
    check("[budget]\nhard = 1", &["w.toml:2:8: budget.hard: must be a string or a boolean, not an integer"]);
    with_model(
        "agents.a = { model = 1 }",
        &["w.toml:2:22: agents.a.model: must be a string in quotes, not an integer; write", "    model = \"1\""],
    );
    with_model("agents.a = 'm'", &["w.toml:2:12: agents.a: must be a table, not a string"]);
    with_model(
        "agents.a = { model = 'm', include_user = 'yes' }",
        &["w.toml:2:42: agents.a.include_user: must be a boolean, not a string"],
    );
    check(
        "models.m = { provider = 'opnai', model = 'x' }",
        &[
            "w.toml:1:25: models.m.provider: must be one of `openai`, `openai-compatible`, `anthropic`, `gemini`, `bedrock` or `vertex`",
        ],
    );
    with_model(
        "agents.a = { kind = 'human' }",
        &["w.toml:2:21: agents.a.kind: must be one of `llm`, `http`, `router`, `echo` or `demo`"],
    );
    with_model(
        "agents.a = { model = 'm', retry = { max_attempts = 0 } }",
        &["w.toml:2:52: agents.a.retry.max_attempts: must be at least 1"],
    );
    with_model(
        "agents.a = { model = 'm', retry = { initial_backoff = 'soon' } }",
        &["w.toml:2:55: agents.a.retry.initial_backoff: must be a duration such as `400ms`, `30s`, `5m` or `24h`"],
    );
    with_model(
        "agents.a = { model = 'm', include_time = 'Mars' }",
        &["w.toml:2:8: agents.a: unknown time zone \"Mars\"; use a name such as \"Europe/Madrid\""],
    );
    with_model(
        "agents.a = { model = 'm', history = {} }",
        &["w.toml:2:37: agents.a.history: must have either `turns` or `tokens`, such as `{ turns = 20 }`"],
    );
}

#[test]
fn missing_keys_are_reported() {
    with_model("[agents.a]", &["w.toml:2:9: agents.a: `model` is missing; add it"]);
    check(
        "[models.a]\nprovider = 'openai-compatible'\nmodel = 'x'\n[models.b]\nprovider = 'gemini'\nmodel = 'x'",
        &[
            "w.toml:1:9: models.a: `base_url` is missing; set the URL of the API",
            "w.toml:4:9: models.b: `api_key` is missing; set the API key of the provider",
        ],
    );
    check("[numbers.a]", &["w.toml:1:10: numbers.a: `phone_number_id` is missing; add it"]);
}

#[test]
fn missing_variables_are_reported_and_values_are_masked() {
    check(
        "[numbers.a]\nphone_number_id = '1'\naccess_token = '${TOKEN}'\napp_secret = '${'",
        &[
            "w.toml:3:16: numbers.a.access_token: environment variable `TOKEN` is missing or empty; set it",
            "w.toml:4:14: numbers.a.app_secret: `${` must be followed by a variable name and `}`; write `$${` for a literal `${`",
        ],
    );
    check(
        "[agents.a]\nkind = '${KEY}'",
        &["w.toml:2:8: agents.a.kind: must be one of `llm`, `http`, `router`, `echo` or `demo`"],
    );
    check("[whatsapp]\nagent = '${KEY}'", &["w.toml:2:9: whatsapp.agent: unknown agent `${KEY}`; none is defined"]);
}

#[test]
fn references_to_undefined_entries_are_reported() {
    with_model("agents.a = { model = 'n' }", &["w.toml:2:22: agents.a.model: unknown model `n`; choose `m`"]);
    with_model(
        "agents.a = { model = 'm', fallbacks = ['m', 'gpt'] }",
        &["w.toml:2:45: agents.a.fallbacks[1]: unknown model `gpt`; choose `m`"],
    );
    let agents = "[agents]\nsales.kind = 'echo'\nsupport.kind = 'demo'\n[numbers.n]\nphone_number_id = '1'\n";
    check(
        &format!("{agents}agent = 'sale'"),
        &["w.toml:6:9: numbers.n.agent: unknown agent `sale`; did you mean `sales`?"],
    );
    check(
        &format!("{agents}agent = 'x'"),
        &["w.toml:6:9: numbers.n.agent: unknown agent `x`; choose `sales` or `support`"],
    );
}

#[test]
fn conflicting_numbers_are_reported() {
    check(
        "[numbers.a]\nphone_number_id = '1'\n[numbers.b]\nphone_number_id = '1'\nprefix = '/{x}'",
        &[
            "w.toml:4:19: numbers.b.phone_number_id: is also the id of number `a`; each number needs an id of its own",
            "w.toml:5:10: numbers.b.prefix: the prefix \"/{x}\" is not a path: write it like /whatsapp, with letters, digits and -._~ between the slashes",
        ],
    );
    check(
        "[whatsapp]\nphone_number_id = '1'\n[numbers.a]\nphone_number_id = '1'",
        &[
            "w.toml:2:1: whatsapp.phone_number_id: is not used together with `[numbers]`; move it to a number in `[numbers]`",
        ],
    );
}

#[test]
fn all_errors_are_reported_in_the_order_of_the_file() {
    with_model(
        "[agents.b]\nmodel = 'x'\n[agents.a]\nmodel = 'm'\nfallback = []\nhistory = 5\n[numbers.n]\nagent = 'c'",
        &[
            "w.toml:3:9: agents.b.model: unknown model `x`; choose `m`",
            "w.toml:6:1: agents.a.fallback: unknown key `fallback`; did you mean `fallbacks`?",
            "w.toml:7:11: agents.a.history: must be a table, not an integer",
            "w.toml:8:10: numbers.n: `phone_number_id` is missing; add it",
        ],
    );
}

#[test]
fn templates_need_a_description() {
    let with = |template: &str, agent: &str| {
        format!("templates.ready = {{ language = 'en_US', {template} }}\nagents.a = {{ model = 'm', {agent} }}")
    };
    let used = "templates = ['ready'], require_approval = { send_template = 'ok?' }";
    let full =
        "description = 'Ready.', values = ['the order'], buttons = [{ index = 0, kind = 'url', description = 'a' }]";
    with_model(&with(full, used), &[]);
    let missing = "w.toml:2:11: templates.ready: `description` is missing; add it";
    with_model(&with("values = []", "templates = ['ready']"), &[missing]);
    let unknown = "w.toml:3:40: agents.a.templates[0]: unknown template `redy`; did you mean `ready`?";
    with_model(&with("description = 'Ready.'", "templates = ['redy']"), &[unknown]);
}

#[test]
fn a_template_has_one_kind_of_placeholders_one_header_and_one_value_for_each_button() {
    let with = |rest: &str| {
        let template = format!("templates.ready = {{ language = 'en', description = 'Ready.', {rest} }}");
        format!("{template}\nagents.a = {{ model = 'm', templates = ['ready'] }}")
    };
    with_model(&with("named_values = { order = 'a' }"), &[]);
    let both = "w.toml:2:78: templates.ready.named_values: cannot be set together with `values`, because the placeholders have either \
                names or numbers; remove one of them";
    with_model(&with("values = ['a'], named_values = { order = 'a' }"), &[both]);
    let header =
        "w.toml:2:88: templates.ready.header_file: cannot be set together with `header_text`; remove one of them";
    with_model(&with("header_text = 'the name', header_file = 'a.png'"), &[header]);
    let twice = "w.toml:2:132: templates.ready.buttons[1].index: button 0 has a value already; remove one of them";
    let button = "{ index = 0, kind = 'code', description = 'a' }";
    with_model(&with(&format!("buttons = [{button}, {button}]")), &[twice]);
}

#[test]
fn unknown_tools_are_reported() {
    with_model("agents.a = { model = 'm', tools = ['conversation'], require_approval = { send_link = 'ok?' } }", &[]);
    with_model(
        "agents.a = { model = 'm', tools = ['conversation', 'send_lnk'] }",
        &["w.toml:2:52: agents.a.tools[1]: unknown tool `send_lnk`; did you mean `send_link`?"],
    );
    with_model(
        "agents.a = { model = 'm', tools = ['react'], require_approval = { send_link = 'ok?' } }",
        &["w.toml:2:67: agents.a.require_approval.send_link: unknown tool `send_link`; choose `react`"],
    );
    with_model(
        "agents.a = { model = 'm', tools = ['react', 'react'] }",
        &["w.toml:2:8: agents.a: duplicate tool name \"react\"; each tool needs a name of its own"],
    );
}

#[test]
fn invalid_routers_are_reported() {
    let router = "[agents]\nparrot.kind = 'echo'\n[agents.desk]\nkind = 'router'\n";
    check(&format!("{router}default = 'parrot'\nrules = [{{ word = ['a', 'b'], group = false, to = 'parrot' }}]"), &[]);
    check(
        &format!("{router}default = 'parot'\nrules = [{{ to = 'parrot' }}, {{ media = 'sound', to = 'x' }}]"),
        &[
            "w.toml:6:39: agents.desk.rules[1].media: must be one of `any`, `image`, `audio`, `video`, `document` or `sticker`",
        ],
    );
    check(
        &format!("{router}default = 'parot'\nrules = [{{ to = 'parrot' }}]"),
        &[
            "w.toml:5:11: agents.desk.default: unknown agent `parot`; did you mean `parrot`?",
            "w.toml:6:10: agents.desk.rules[0]: has no condition; add one such as `word = \"invoice\"`",
        ],
    );
    check(
        "[agents]\na = { kind = 'router', default = 'b' }\nb = { kind = 'router', default = 'c' }\nc = { kind = 'router', default = 'b' }",
        &["w.toml:3:1: agents.b: agents pass turns in a circle, `b` to `c` to `b`; remove one of these references"],
    );
}

#[test]
fn invalid_forms_are_reported() {
    let models = "[models.m]\nprovider = 'openai'\nmodel = 'x'\napi_key = 'k'\n";
    let agent = format!("{models}[agents.a]\nmodel = 'm'\nforms = ['booking']\n");
    check(&format!("{agent}[forms.booking]\nflow_id = '7'\ndescription = 'Books a table.'"), &[]);
    let booking = |keys: &str| format!("{agent}[forms.booking]\ndescription = 'Books a table.'\n{keys}");
    check(&booking(""), &["w.toml:8:8: forms.booking: `flow_id` or `flow_name` is missing; set one of them"]);
    check(
        &booking("flow_id = '7'\nflow_name = 'book'"),
        &["w.toml:11:1: forms.booking.flow_name: cannot be set together with `flow_id`; remove one of them"],
    );
    check(
        &booking("flow_id = '7'\nendpoint = true\nscreen = 'DATE'"),
        &["w.toml:12:1: forms.booking.screen: cannot be set together with `endpoint`; remove one of them"],
    );
    let form = |fields: &str| booking(&format!("flow_id = '7'\n{fields}"));
    check(&form("title = 'Table'\nfields = [{ name = 'guests', label = 'Guests', kind = 'number' }]"), &[]);
    check(
        &form("intro = 'Hi'"),
        &["w.toml:11:1: forms.booking.intro: has no effect without `fields`; add them, or remove it"],
    );
    check(
        &form("fields = [{ name = 'guests', label = 'How many guests will come?' }]"),
        &[
            "w.toml:11:10: forms.booking.fields: screen PAGE_A, input guests: the label \"How many guests will come?\" has 26 characters; Meta allows at most 20",
        ],
    );
    check(&agent, &["w.toml:7:10: agents.a.forms[0]: unknown form `booking`; none is defined"]);
}

#[test]
fn invalid_access_lists_and_limits_are_reported() {
    check(
        "[access.default]\nallow = ['+34 600']\n[limits.default]\nrate = { messages = 1, per = '1h' }\ncost = { per_day = 1 }\nlength = { characters = 9 }",
        &[],
    );
    check(
        "agents.a = { kind = 'router', default = 'b', access = ['x'], limits = ['y'] }\nagents.b.kind = 'echo'",
        &[
            "w.toml:1:56: agents.a.access[0]: unknown access list `x`; none is defined",
            "w.toml:1:72: agents.a.limits[0]: unknown limit set `y`; none is defined",
        ],
    );
    check(
        "[limits.a]\nrate = { messages = 0, per = '0s' }",
        &["w.toml:2:21: limits.a.rate.messages: must be at least 1"],
    );
    check(
        "[limits.a]\nrate = { messages = 1, per = '0s' }",
        &["w.toml:2:30: limits.a.rate.per: must be a duration such as `400ms`, `30s`, `5m` or `24h`"],
    );
    check(
        "[access.a]\nrefusal = 'no'\n[limits.a]\nlength = { characters = 1, truncate = true, notice = '' }",
        &[
            "w.toml:2:1: access.a.refusal: has no effect without `allow` or `deny`; add one of them",
            "w.toml:4:45: limits.a.length.notice: has no effect with `truncate = true`; remove one of them",
        ],
    );
    check("access.a.allow = '+34600000000'", &["w.toml:1:18: access.a.allow: must be an array, not a string"]);
}

#[test]
fn messages_and_commands_in_languages_are_checked() {
    check(
        "[messages]\nstopped = 'ok'\n[messages.es]\nstopped = 'vale'\n[languages]\n34 = 'es'\n'ES.' = 'es'\n[commands.hours]\nreply = '9'\n[commands.hours.gl]\nreply = '9'\n[numbers.a]\nphone_number_id = '1'\nlanguage = 'gl'",
        &[],
    );
    check("[messages]\nstoped = 'ok'", &["w.toml:2:1: messages.stoped: unknown key `stoped`; did you mean `stopped`?"]);
    check(
        "[messages.es]\nstoped = 'ok'",
        &["w.toml:2:1: messages.es.stoped: unknown key `stoped`; did you mean `stopped`?"],
    );
    check(
        "[languages]\n34 = 'es'",
        &["w.toml:2:6: languages.34: no messages are defined in the language `es`; add `[messages.es]`"],
    );
    check(
        "[messages.es]\n[numbers.a]\nphone_number_id = '1'\nlanguage = 'sp'",
        &[
            "w.toml:4:12: numbers.a.language: no messages are defined in the language `sp`; choose `es`, or add `[messages.sp]`",
        ],
    );
    check(
        "[commands.new]\nreply = ''",
        &["w.toml:1:11: commands.new: `/new` is a built-in command; choose another name"],
    );
    check(
        "[commands.hours]\nanswer = '9'",
        &[
            "w.toml:1:11: commands.hours: `reply` is missing; add it",
            "w.toml:2:1: commands.hours.answer: unknown key `answer`; choose `reply` or `description`",
        ],
    );
}

#[test]
fn invalid_teams_are_reported() {
    let team =
        "[agents]\na = { kind = 'echo', description = 'repeats' }\nb.kind = 'demo'\n[teams.front]\nmodel = 'm'\n";
    with_model(&format!("{team}mode = 'route'\nmembers = ['a']\ndefault = 'a'\ninclude_user = true\n"), &[]);
    with_model(&format!("{team}mode = 'broadcast'\nmembers = ['a', 'b']\nmember_timeout = '5s'\nmax_cost = 1\n"), &[]);
    with_model(
        &format!("{team}mode = 'coordinate'\nmembers = ['a', 'b', 'c']\ndefault = 'a'"),
        &[
            "w.toml:8:17: teams.front.members[1]: `b` has no `description`, which the leader needs to choose it; add one",
            "w.toml:8:22: teams.front.members[2]: unknown agent `c`; choose `a`, `b` or `front`",
            "w.toml:9:1: teams.front.default: applies to `mode = \"route\"` only; remove it",
        ],
    );
    with_model(
        &format!("{team}kind = 'llm'\nmode = 'vote'\nmembers = []\nhistory = {{ turns = 1, tokens = 1 }}"),
        &[
            "w.toml:7:1: teams.front.kind: unknown key `kind`; see docs/configuration.md for all keys",
            "w.toml:8:8: teams.front.mode: must be one of `route`, `coordinate` or `broadcast`",
        ],
    );
    with_model(
        &format!("{team}mode = 'route'\nmembers = []"),
        &["w.toml:5:8: teams.front: the team has no members; add at least one"],
    );
    with_model(
        &format!("{team}mode = 'broadcast'\nmembers = ['front']\n"),
        &["w.toml:5:8: teams.front: agents pass turns in a circle, `front` to `front`; remove one of these references"],
    );
    with_model(
        &format!("{team}mode = 'broadcast'\nmembers = ['a']\nmember_timeout = 'soon'"),
        &["w.toml:9:18: teams.front.member_timeout: must be a duration such as `400ms`, `30s`, `5m` or `24h`"],
    );
    check(
        "[agents]\na.kind = 'echo'\n[teams.a]\nmode = 'broadcast'\nmembers = []\nmodel = 'm'",
        &[
            "w.toml:3:8: teams.a: an agent has the same name; rename one of them",
            "w.toml:6:9: teams.a.model: unknown model `m`; none is defined",
        ],
    );
}

#[test]
fn invalid_mcp_servers_are_reported() {
    with_model("mcp.x.command = ['true']\nagents.a = { model = 'm', tools = ['mcp:x', 'react'], memory = true }", &[]);
    with_model(
        "mcp.files.url = 'http://127.0.0.1/'\nagents.a = { model = 'm', tools = ['mcp:file'] }",
        &["w.toml:3:36: agents.a.tools[0]: unknown MCP server `file`; did you mean `files`?"],
    );
    check("[mcp.x]", &["w.toml:1:6: mcp.x: `command` or `url` is missing; set one of them"]);
    check("[mcp.x]\ncommand = []\n", &["w.toml:2:11: mcp.x.command: is empty; set the program and its arguments"]);
    check(
        "[mcp.x]\nurl = 'http://a'\ncommand = ['a']\n[mcp.y]\nurl = 'http://a'\nenv = { A = 'b' }",
        &[
            "w.toml:2:1: mcp.x.url: cannot be set together with `command`; remove one of them",
            "w.toml:6:1: mcp.y.env: applies to servers with `command` only; remove it",
        ],
    );
    check(
        "[mcp.x]\nurl = 'ftp://${KEY}'",
        &[
            "w.toml:2:7: mcp.x.url: must be a URL that starts with http:// or https:// and has a host; write",
            "    url = \"https://mcp.shop.net/mcp\"",
        ],
    );
    check(
        "[mcp.x]\nurl = 'https://a'\ntell_user = true\nuser_secret = '${KEY}'\narguments = { phone = '+${user.phone}', n = 1 }",
        &["w.toml:1:6: mcp.x: MCP server \"x\": `user_secret` is too short; use at least 32 bytes"],
    );
    check(
        "[mcp.x]\nurl = 'https://a'\narguments = { phone = '${user.fax}' }",
        &[
            "w.toml:1:6: mcp.x: MCP server \"x\": unknown placeholder `${user.fax}`; choose one of ${user.id}, ${user.name}, ${user.username}, ${user.phone}, ${user.bsuid}, ${business.number}",
        ],
    );
}

#[test]
fn approval_questions_are_checked_with_the_tool() {
    let agent = |question: &str| {
        format!(
            "[models.m]\nprovider = 'openai'\nmodel = 'm'\napi_key = 'k'\n[agents.a]\nmodel = 'm'\ntools = ['share_contact']\n\
             require_approval = {{ share_contact = '{question}' }}"
        )
    };
    check(&agent("Send the card of {name}?"), &[]);
    let made = Config::parse(&agent("Send {nam}?"), "w.toml", ".".into(), &variables, ConfigPurpose::Serve);
    let error = made.unwrap().check_agents(waxwing::NetworkPolicy::default()).unwrap_err().to_string();
    let expected = "agents.a.require_approval.share_contact: the approval question names `{nam}`, which is not an argument of the tool; it has `";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn http_agents_and_transcribers_are_checked() {
    check(
        "[agents.a]\nkind = 'http'\nurl = 'https://agent.example/'\nsecret = '${KEY}0123456789012345678901234567890123456789'",
        &[],
    );
    check("[agents.a]\nkind = 'http'\nurl = 'agent'", &["w.toml:1:9: agents.a: `secret` is missing; add it"]);
    with_model("agents.a = { model = 'm', transcriber = 'm', summarize = true }", &[]);
    check(
        "[models.m]\nprovider = 'gemini'\nmodel = 'x'\napi_key = 'k'\n[agents.a]\nmodel = 'm'\ntranscriber = 'm'",
        &["w.toml:7:15: agents.a.transcriber: transcription needs OpenAI or an OpenAI-compatible server"],
    );
}

#[test]
fn a_webhook_does_not_take_the_name_of_the_messages_to_employees() {
    let webhook =
        "url = 'https://shop.example'\nsecret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\nevents = ['*']\n";
    let expected = "w.toml:1:11: webhooks.handoff-staff: has the name of the messages to the employee of handoff_staff; choose another name";
    check(&format!("[webhooks.handoff-staff]\n{webhook}"), &[expected]);
    check(&format!("[webhooks.crm]\n{webhook}"), &[]);
}
