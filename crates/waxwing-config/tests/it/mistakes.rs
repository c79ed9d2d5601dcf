//! What is said of files that are wrong.

use waxwing_config::{Config, ConfigPurpose};

fn variables(name: &str) -> Option<String> {
    (name == "KEY").then(|| "s3cret".to_owned())
}

/// Reads a file, and makes its agents if it can be read.
#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    let made = Config::parse(toml, "w.toml", ".".into(), &variables, ConfigPurpose::Serve)
        .and_then(|config| config.check_agents());
    let found = made.err().map(|invalid| invalid.to_string()).unwrap_or_default();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert!(!found.contains("s3cret"));
}

const MODEL: &str = r#"models.m = { provider = "openai", model = "gpt-5-mini", api_key = "${KEY}" }"#;

/// With a model called `m`, in the first line.
#[track_caller]
fn with_model(toml: &str, expected: &[&str]) {
    check(&format!("{MODEL}\n{toml}"), expected);
}

#[test]
fn files_that_are_right() {
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
fn broken_files() {
    check("[server\n", &["w.toml:1:8: unclosed table, expected `]`"]);
    check("[server]\nport = 1\nport = 2\n", &["w.toml:3:1: duplicate key"]);
}

#[test]
fn unknown_names() {
    check("[servr]\n", &["w.toml:1:2: servr: unknown section `servr`; did you mean `server`?"]);
    check("port = 1\n", &["w.toml:1:1: port: must stand in a section, such as `[server]`"]);
    check(
        "[whatever]\n",
        &[
            "w.toml:1:2: whatever: unknown section `whatever`; there are `whatsapp`, `server`, `storage`, `engine`, `messages`, `models`, `agents`, `teams`, `numbers`, `mcp`, `access`, `limits`, `commands` and `languages`",
        ],
    );
    check("server = 1\n", &["w.toml:1:1: server: must stand in a section, such as `[server]`"]);
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
        &["w.toml:1:9: agents.\"a b\": a name has 1 to 64 letters, digits, `-` and `_`"],
    );
}

#[test]
fn wrong_values() {
    check(
        "[server]\nport = [1]",
        &["w.toml:2:8: server.port: must be a text or a whole number or true or false, not a list"],
    );
    with_model("agents.a = { model = 1 }", &["w.toml:2:22: agents.a.model: must be a text, not a whole number"]);
    with_model("agents.a = 'm'", &["w.toml:2:12: agents.a: must be a table, not a text"]);
    with_model(
        "agents.a = { model = 'm', include_user = 'yes' }",
        &["w.toml:2:42: agents.a.include_user: must be true or false, not a text"],
    );
    check(
        "models.m = { provider = 'opnai', model = 'x' }",
        &["w.toml:1:25: models.m.provider: must be one of `openai`, `openai-compatible`, `anthropic` or `gemini`"],
    );
    with_model(
        "agents.a = { kind = 'human' }",
        &["w.toml:2:21: agents.a.kind: must be one of `llm`, `http`, `router`, `echo` or `demo`"],
    );
    with_model(
        "agents.a = { model = 'm', retry = { max_attempts = 0 } }",
        &["w.toml:2:52: agents.a.retry.max_attempts: must be 1 at least"],
    );
    with_model(
        "agents.a = { model = 'm', retry = { initial_backoff = 'soon' } }",
        &["w.toml:2:55: agents.a.retry.initial_backoff: write a time like 400ms, 30s, 5m or 24h"],
    );
    with_model(
        "agents.a = { model = 'm', include_time = 'Mars' }",
        &["w.toml:2:8: agents.a: unknown time zone \"Mars\"; use a name such as \"Europe/Madrid\""],
    );
    with_model(
        "agents.a = { model = 'm', history = {} }",
        &["w.toml:2:37: agents.a.history: write one of `{ turns = 20 }` and `{ tokens = 4000 }`"],
    );
}

#[test]
fn what_is_missing() {
    with_model("[agents.a]", &["w.toml:2:9: agents.a: `model` is missing"]);
    check(
        "[models.a]\nprovider = 'openai-compatible'\nmodel = 'x'\n[models.b]\nprovider = 'gemini'\nmodel = 'x'",
        &[
            "w.toml:1:9: models.a: `base_url` is missing: where is the server?",
            "w.toml:4:9: models.b: `api_key` is missing",
        ],
    );
    check("[numbers.a]", &["w.toml:1:10: numbers.a: `phone_number_id` is missing"]);
}

#[test]
fn variables_of_the_environment() {
    check(
        "[numbers.a]\nphone_number_id = '1'\naccess_token = '${TOKEN}'\napp_secret = '${'",
        &[
            "w.toml:3:16: numbers.a.access_token: the environment has no variable `TOKEN`, or it is empty",
            "w.toml:4:14: numbers.a.app_secret: `${` is not followed by the name of a variable and `}`; write `$${` for `${` itself",
        ],
    );
    check(
        "[agents.a]\nkind = '${KEY}'",
        &["w.toml:2:8: agents.a.kind: must be one of `llm`, `http`, `router`, `echo` or `demo`"],
    );
    check(
        "[whatsapp]\nagent = '${KEY}'",
        &["w.toml:2:9: whatsapp.agent: agent `${KEY}` is not described; there is none"],
    );
}

#[test]
fn names_that_nobody_has() {
    with_model(
        "agents.a = { model = 'n' }",
        &["w.toml:2:22: agents.a.model: model `n` is not described; there is `m`"],
    );
    with_model(
        "agents.a = { model = 'm', fallbacks = ['m', 'gpt'] }",
        &["w.toml:2:45: agents.a.fallbacks[1]: model `gpt` is not described; there is `m`"],
    );
    let agents = "[agents]\nsales.kind = 'echo'\nsupport.kind = 'demo'\n[numbers.n]\nphone_number_id = '1'\n";
    check(
        &format!("{agents}agent = 'sale'"),
        &["w.toml:6:9: numbers.n.agent: agent `sale` is not described; did you mean `sales`?"],
    );
    check(
        &format!("{agents}agent = 'x'"),
        &["w.toml:6:9: numbers.n.agent: agent `x` is not described; there are `sales` and `support`"],
    );
}

#[test]
fn numbers_that_are_one() {
    check(
        "[numbers.a]\nphone_number_id = '1'\n[numbers.b]\nphone_number_id = '1'\nprefix = '/{x}'",
        &[
            "w.toml:4:19: numbers.b.phone_number_id: is that of number `a`, too",
            "w.toml:5:10: numbers.b.prefix: the prefix \"/{x}\" is not a path: write it like /whatsapp, with letters, digits and -._~ between the slashes",
        ],
    );
    check(
        "[whatsapp]\nphone_number_id = '1'\n[numbers.a]\nphone_number_id = '1'",
        &["w.toml:2:1: whatsapp.phone_number_id: is not used beside `[numbers]`; describe the number there"],
    );
}

#[test]
fn everything_is_said_at_once_and_in_order() {
    with_model(
        "[agents.b]\nmodel = 'x'\n[agents.a]\nmodel = 'm'\nfallback = []\nhistory = 5\n[numbers.n]\nagent = 'c'",
        &[
            "w.toml:3:9: agents.b.model: model `x` is not described; there is `m`",
            "w.toml:6:1: agents.a.fallback: unknown key `fallback`; did you mean `fallbacks`?",
            "w.toml:7:11: agents.a.history: must be a table, not a whole number",
            "w.toml:8:10: numbers.n: `phone_number_id` is missing",
        ],
    );
}

#[test]
fn templates() {
    let with = |rest: &str| format!("agents.a = {{ model = 'm', templates.ready = {{ language = 'en_US', {rest} }}");
    with_model(
        &with("description = 'Ready.', values = ['the order'] }, require_approval = { send_template = 'ok?' }"),
        &[],
    );
    let missing = "w.toml:2:37: agents.a.templates.ready: `description` is missing";
    with_model(&with("values = [] }"), &[missing]);
}

#[test]
fn tools_that_are_not_there() {
    with_model("agents.a = { model = 'm', tools = ['conversation'], require_approval = { send_link = 'ok?' } }", &[]);
    with_model(
        "agents.a = { model = 'm', tools = ['conversation', 'send_lnk'] }",
        &["w.toml:2:52: agents.a.tools[1]: tool `send_lnk` is not described; did you mean `send_link`?"],
    );
    with_model(
        "agents.a = { model = 'm', tools = ['react'], require_approval = { send_link = 'ok?' } }",
        &["w.toml:2:67: agents.a.require_approval.send_link: tool `send_link` is not described; there is `react`"],
    );
    with_model(
        "agents.a = { model = 'm', tools = ['react', 'react'] }",
        &["w.toml:2:8: agents.a: duplicate tool name \"react\"; each tool needs a name of its own"],
    );
}

#[test]
fn routers() {
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
            "w.toml:5:11: agents.desk.default: agent `parot` is not described; did you mean `parrot`?",
            "w.toml:6:10: agents.desk.rules[0]: says nothing of when; write such as `word = \"invoice\"`",
        ],
    );
    check(
        "[agents]\na = { kind = 'router', default = 'b' }\nb = { kind = 'router', default = 'c' }\nc = { kind = 'router', default = 'b' }",
        &["w.toml:3:1: agents.b: turns would go round: from `b` to `c` to `b`"],
    );
}

#[test]
fn access_lists_and_limits() {
    check(
        "[access.default]\nallow = ['+34 600']\n[limits.default]\nrate = { messages = 1, per = '1h' }\ncost = { per_day = 1 }\nlength = { characters = 9 }",
        &[],
    );
    check(
        "agents.a = { kind = 'router', default = 'b', access = ['x'], limits = ['y'] }\nagents.b.kind = 'echo'",
        &[
            "w.toml:1:56: agents.a.access[0]: access list `x` is not described; there is none",
            "w.toml:1:72: agents.a.limits[0]: limit set `y` is not described; there is none",
        ],
    );
    check(
        "[limits.a]\nrate = { messages = 0, per = '0s' }",
        &["w.toml:2:21: limits.a.rate.messages: must be 1 at least"],
    );
    check(
        "[limits.a]\nrate = { messages = 1, per = '0s' }",
        &["w.toml:2:30: limits.a.rate.per: write a time like 400ms, 30s, 5m or 24h"],
    );
    check(
        "[access.a]\nrefusal = 'no'\n[limits.a]\nlength = { characters = 1, truncate = true, notice = '' }",
        &[
            "w.toml:2:1: access.a.refusal: is never read without `allow` or `deny`",
            "w.toml:4:45: limits.a.length.notice: is never read where `truncate = true`",
        ],
    );
    check("access.a.allow = '+34600000000'", &["w.toml:1:18: access.a.allow: must be a list, not a text"]);
}

#[test]
fn words_in_languages() {
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
        &["w.toml:2:6: languages.34: there are no texts in `es`; describe some in `[messages.es]`"],
    );
    check(
        "[messages.es]\n[numbers.a]\nphone_number_id = '1'\nlanguage = 'sp'",
        &["w.toml:4:12: numbers.a.language: there are no texts in `sp`; there is `es`"],
    );
    check("[commands.new]\nreply = ''", &["w.toml:1:11: commands.new: `/new` is a word of the server itself"]);
    check(
        "[commands.hours]\nanswer = '9'",
        &[
            "w.toml:1:11: commands.hours: `reply` is missing",
            "w.toml:2:1: commands.hours.answer: unknown key `answer`; there are `reply` and `description`",
        ],
    );
}

#[test]
fn teams() {
    let team =
        "[agents]\na = { kind = 'echo', description = 'repeats' }\nb.kind = 'demo'\n[teams.front]\nmodel = 'm'\n";
    with_model(&format!("{team}mode = 'route'\nmembers = ['a']\ndefault = 'a'\ninclude_user = true\n"), &[]);
    with_model(&format!("{team}mode = 'broadcast'\nmembers = ['a', 'b']\nmember_timeout = '5s'\nmax_cost = 1\n"), &[]);
    with_model(
        &format!("{team}mode = 'coordinate'\nmembers = ['a', 'b', 'c']\ndefault = 'a'"),
        &[
            "w.toml:8:17: teams.front.members[1]: `b` has no `description`, which the leader goes by",
            "w.toml:8:22: teams.front.members[2]: agent `c` is not described; there are `a`, `b` and `front`",
            "w.toml:9:1: teams.front.default: is for `mode = \"route\"`; nobody would ask `a`",
        ],
    );
    with_model(
        &format!("{team}kind = 'llm'\nmode = 'vote'\nmembers = []\nhistory = {{ turns = 1, tokens = 1 }}"),
        &[
            "w.toml:7:1: teams.front.kind: unknown key `kind`; docs/configuration.md lists all",
            "w.toml:8:8: teams.front.mode: must be one of `route`, `coordinate` or `broadcast`",
        ],
    );
    with_model(
        &format!("{team}mode = 'route'\nmembers = []"),
        &["w.toml:5:8: teams.front: the team has no members; add at least one"],
    );
    with_model(
        &format!("{team}mode = 'broadcast'\nmembers = ['front']\n"),
        &["w.toml:5:8: teams.front: turns would go round: from `front` to `front`"],
    );
    with_model(
        &format!("{team}mode = 'broadcast'\nmembers = ['a']\nmember_timeout = 'soon'"),
        &["w.toml:9:18: teams.front.member_timeout: write a time like 400ms, 30s, 5m or 24h"],
    );
    check(
        "[agents]\na.kind = 'echo'\n[teams.a]\nmode = 'broadcast'\nmembers = []\nmodel = 'm'",
        &[
            "w.toml:3:8: teams.a: has the name of an agent; the two could not be told apart",
            "w.toml:6:9: teams.a.model: model `m` is not described; there is none",
        ],
    );
}

#[test]
fn servers_of_tools() {
    with_model("mcp.x.command = ['true']\nagents.a = { model = 'm', tools = ['mcp:x', 'react'], memory = true }", &[]);
    with_model(
        "mcp.files.url = 'http://127.0.0.1/'\nagents.a = { model = 'm', tools = ['mcp:file'] }",
        &["w.toml:3:36: agents.a.tools[0]: server `file` is not described; did you mean `files`?"],
    );
    check("[mcp.x]", &["w.toml:1:6: mcp.x: `command` or `url` is missing: which server is it?"]);
    check("[mcp.x]\ncommand = []\n", &["w.toml:2:11: mcp.x.command: is empty"]);
    check(
        "[mcp.x]\nurl = 'http://a'\ncommand = ['a']\n[mcp.y]\nurl = 'http://a'\nenv = { A = 'b' }",
        &[
            "w.toml:2:1: mcp.x.url: is one too many beside `command`",
            "w.toml:6:1: mcp.y.env: is for servers with a `command`",
        ],
    );
    check(
        "[mcp.x]\nurl = 'ftp://${KEY}'",
        &["w.toml:1:6: mcp.x: MCP server \"x\": invalid URL; it must start with http:// or https:// and have a host"],
    );
}

#[test]
fn agents_in_other_languages_and_voices() {
    check(
        "[agents.a]\nkind = 'http'\nurl = 'https://agent.example/'\nsecret = '${KEY}0123456789012345678901234567890123456789'",
        &[],
    );
    check("[agents.a]\nkind = 'http'\nurl = 'agent'", &["w.toml:1:9: agents.a: `secret` is missing"]);
    with_model("agents.a = { model = 'm', transcriber = 'm', summarize = true }", &[]);
    check(
        "[models.m]\nprovider = 'gemini'\nmodel = 'x'\napi_key = 'k'\n[agents.a]\nmodel = 'm'\ntranscriber = 'm'",
        &["w.toml:7:15: agents.a.transcriber: transcription needs OpenAI or an OpenAI-compatible server"],
    );
}
