use waxwing_client::types::{TemplateMessage, WaId};
use waxwing_engine::{Debounce, HandoffStaff, OnStale, OpeningHours, OutsideHours, OutsideWindow, WhileRunning};
use waxwing_store::{OnInDoubt, Retention};

use super::*;

fn read(values: &[(&str, &str)]) -> Result<Settings, String> {
    let source = |setting: &Setting| {
        values.iter().find(|(variable, _)| *variable == setting.variable).map(|(_, value)| (*value).to_owned())
    };
    Settings::read(&source).map_err(|error| error.to_string())
}

fn with(values: &[(&str, &str)]) -> Result<Settings, String> {
    let required = [("WHATSAPP_ACCESS_TOKEN", "t0ken"), ("WHATSAPP_PHONE_NUMBER_ID", "1")];
    read(&[&required[..], values].concat())
}

#[track_caller]
fn refused(values: &[(&str, &str)], parts: &[&str]) {
    let error = with(values).unwrap_err();
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn all_missing_settings_are_named_together() {
    let error = read(&[("WHATSAPP_ACCESS_TOKEN", " ")]).unwrap_err();
    assert_eq!(
        error,
        "WHATSAPP_ACCESS_TOKEN (whatsapp.access_token) and WHATSAPP_PHONE_NUMBER_ID (whatsapp.phone_number_id) are not set"
    );
}

#[test]
fn the_local_address_needs_no_other_setting() {
    let check = |host: &str, port: &str, expected: &str| {
        let source = |setting: &Setting| match setting.variable {
            "HOST" => Some(host.to_owned()),
            "PORT" => Some(port.to_owned()),
            _ => None,
        };
        let address = Settings::local_address(&source).map_err(|error| error.to_string());
        assert!(address.as_ref().map_or_else(Clone::clone, ToString::to_string).contains(expected), "{address:?}");
    };
    check("", "", "127.0.0.1:7777");
    check("0.0.0.0", "80", "127.0.0.1:80");
    check("::", "80", "[::1]:80");
    check("192.0.2.1", "80", "192.0.2.1:80");
    check("here", "80", "HOST");
    check("", "http", "PORT");
}

#[test]
fn an_app_secret_selects_production_on_all_addresses() {
    let settings = with(&[("WHATSAPP_APP_SECRET", "s")]).unwrap();
    assert_eq!((settings.mode, settings.host.to_string().as_str()), (Mode::Production, "0.0.0.0"));
    let settings = with(&[]).unwrap();
    assert_eq!((settings.mode, settings.host.to_string().as_str()), (Mode::Development, "127.0.0.1"));
    let settings = with(&[("WHATSAPP_APP_SECRET", "s"), ("APP_ENV", "Development")]).unwrap();
    assert_eq!(settings.mode, Mode::Development);
}

#[test]
fn unsafe_settings_are_refused_with_both_ways_to_fix_them() {
    refused(&[("APP_ENV", "production")], &["WHATSAPP_APP_SECRET", "APP_ENV=development"]);
    refused(&[("HOST", "0.0.0.0")], &["HOST", "WHATSAPP_APP_SECRET", "--allow-unsigned"]);
    assert!(with(&[("HOST", "0.0.0.0"), ("WAXWING_ALLOW_UNSIGNED", "true")]).is_ok());
}

#[test]
fn a_wrong_value_is_shown_unless_it_is_a_secret() {
    refused(&[("PORT", "70000")], &["PORT", "70000"]);
    refused(&[("APP_ENV", "prod")], &["APP_ENV", "production or development"]);
    refused(&[("WAXWING_DEBOUNCE", "soon")], &["WAXWING_DEBOUNCE", "400ms"]);
    refused(&[("WAXWING_WHILE_RUNNING", "wait")], &["WAXWING_WHILE_RUNNING", "queue, interrupt or steer"]);
    refused(&[("WAXWING_RETRY_ATTEMPTS", "0")], &["WAXWING_RETRY_ATTEMPTS", "above 0"]);
    refused(&[("WAXWING_LEASE", "1ms")], &["WAXWING_LEASE", "100ms at least"]);
    refused(&[("WAXWING_KEEP_INBOX", "never")], &["WAXWING_KEEP_INBOX", "30d, or forever"]);
    refused(&[("WAXWING_KEEP_MESSAGE_IDS", "7d")], &["WAXWING_KEEP_MESSAGE_IDS", "8days at least"]);
    refused(&[("WAXWING_PREFIX", "/{x}")], &["WAXWING_PREFIX", "/whatsapp"]);
    let error = with(&[("WHATSAPP_APP_SECRET", "hush,,")]).unwrap_err();
    assert!(error.contains("WHATSAPP_APP_SECRET") && !error.contains("hush"), "{error}");
}

#[test]
fn common_mistakes_are_named_with_their_fix() {
    let error = |variable, value| with(&[(variable, value)]).unwrap_err();
    let id = "WHATSAPP_PHONE_NUMBER_ID";
    let phone = "WHATSAPP_PHONE_NUMBER_ID (whatsapp.phone_number_id) is a phone number; set the id of the number, which has digits only and \
                 stands next to the number in the WhatsApp Manager, such as 106540352242922";
    let given = |value: &str| read(&[("WHATSAPP_ACCESS_TOKEN", "t0ken"), (id, value)]).unwrap_err();
    assert_eq!(given("+34600000000"), phone);
    assert_eq!(
        given("your-phone-number-id"),
        "WHATSAPP_PHONE_NUMBER_ID (whatsapp.phone_number_id) is still an example value; set your own"
    );
    assert_eq!(
        error("WHATSAPP_VERIFY_TOKEN", "change-me"),
        "WHATSAPP_VERIFY_TOKEN (whatsapp.verify_token) is still an example value; set your own"
    );
    assert_eq!(
        error("WAXWING_RUN_TIMEOUT", "30"),
        "WAXWING_RUN_TIMEOUT (engine.run_timeout) \"30\" is wrong: a time needs a unit; write 30s"
    );
}

#[test]
fn settings_reach_the_engine() {
    let settings = with(&[("WAXWING_DEBOUNCE", "0s")]).unwrap();
    assert_eq!(settings.engine.debounce, Debounce::Fixed(Duration::ZERO));
    assert_eq!(with(&[]).unwrap().engine.debounce, Debounce::Adaptive);
    let settings = with(&[("WAXWING_WHILE_RUNNING", "steer"), ("WAXWING_ON_STALE", "skip")]).unwrap().engine;
    assert_eq!((settings.while_running, settings.on_stale), (WhileRunning::Steer, OnStale::Skip));
    let settings = with(&[("WAXWING_IN_DOUBT_WINDOW", "150ms"), ("WAXWING_ON_IN_DOUBT", "give-up")]).unwrap();
    assert_eq!(settings.engine.retry.in_doubt_window, Duration::from_millis(150));
    assert_eq!(settings.engine.retry.on_in_doubt, OnInDoubt::GiveUp);
    let settings = with(&[("WAXWING_MESSAGE_APOLOGY", "Perdón"), ("WAXWING_MAX_SENDS", "3")]).unwrap();
    assert_eq!((settings.engine.system_messages.standard.apology.as_str(), settings.engine.max_sends), ("Perdón", 3));
    let keep =
        with(&[("WAXWING_KEEP_INBOX", "7d"), ("WAXWING_KEEP_SESSIONS", "Forever"), ("WAXWING_KEEP_OUTBOX", "0s")])
            .unwrap()
            .engine
            .retention
            .keep;
    let expected = Retention {
        inbox: Some(Duration::from_hours(7 * 24)),
        sessions: None,
        outbox: Some(Duration::ZERO),
        ..Retention::default()
    };
    assert_eq!(keep, expected);
    let found = with(&[]).unwrap().engine;
    let mut expected = waxwing_engine::EngineSettings::default();
    expected.media.dir.clone_from(&found.media.dir);
    assert_eq!(found, expected, "unset settings have their defaults");
}

#[test]
fn budgets_are_exact_amounts_with_the_rates_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rates.csv");
    std::fs::write(&path, "market,category,price,currency\nES,service,0.02,EUR\n").unwrap();
    let path = path.to_str().unwrap();
    let values = [("WAXWING_BUDGET_RATES", path), ("WAXWING_BUDGET_PER_DAY", "0.10"), ("WAXWING_BUDGET_HARD", "true")];
    let budget = with(&values).unwrap().engine.budget;
    assert_eq!(budget.rates.map(|rates| rates.currency().to_owned()).as_deref(), Some("EUR"));
    assert_eq!(budget.standard.per_day.map(|amount| amount.to_string()).as_deref(), Some("0.10"));
    assert_eq!((budget.standard.per_month, budget.standard.is_hard), (None, true));
    refused(&[("WAXWING_BUDGET_PER_DAY", "-1")], &["budget.per_day", "20 or 0.5"]);
    refused(&[("WAXWING_BUDGET_PER_MONTH", "lots")], &["budget.per_month"]);
    refused(&[("WAXWING_BUDGET_HARD", "yes")], &["budget.hard", "true or false"]);
    refused(&[("WAXWING_BUDGET_RATES", "/nowhere.csv")], &["budget.rates", "cannot be read"]);
    std::fs::write(path, "market,price\n").unwrap();
    refused(&[("WAXWING_BUDGET_RATES", path)], &["budget.rates", "line 1", "market,category,price,currency"]);
}

#[test]
fn a_list_is_a_json_array_or_words() {
    for value in [r#"["clamdscan", "--fdpass"]"#, "clamdscan --fdpass"] {
        let scan = with(&[("WAXWING_MEDIA_SCAN", value)]).unwrap().engine.media.scan.unwrap();
        assert_eq!((scan.program.as_str(), scan.arguments), ("clamdscan", vec!["--fdpass".to_owned()]));
    }
    for wrong in ["[clamdscan]", "[1]", "[]", r#"[""]"#] {
        let error = with(&[("WAXWING_MEDIA_SCAN", wrong)]).unwrap_err();
        assert!(error.contains("WAXWING_MEDIA_SCAN (media.scan)"), "{error}");
    }
}

#[test]
fn the_policy_outside_the_window_has_two_settings() {
    let read = |pairs: &[(&str, &str)]| with(pairs).map(|settings| settings.engine.outside_window);
    assert_eq!(read(&[("WAXWING_OUTSIDE_WINDOW", "fail")]).unwrap(), OutsideWindow::fail());
    let direct = r#"["direct_send", "park"]"#;
    assert_eq!(read(&[("WAXWING_OUTSIDE_WINDOW", direct)]).unwrap(), OutsideWindow::default().direct_send());
    let template = read(&[("WAXWING_WINDOW_TEMPLATE", "news_for_you/es_MX")]).unwrap().template.unwrap();
    assert_eq!((template.name.as_str(), template.language.code.as_str()), ("news_for_you", "es_MX"));
    for (variable, wrong) in [
        ("WAXWING_OUTSIDE_WINDOW", "park fail"),
        ("WAXWING_OUTSIDE_WINDOW", "template"),
        ("WAXWING_WINDOW_TEMPLATE", "news_for_you"),
        ("WAXWING_WINDOW_TEMPLATE", "/en"),
    ] {
        let error = read(&[(variable, wrong)]).unwrap_err();
        assert!(error.contains(variable) && error.contains("write"), "{error}");
    }
}

#[test]
fn the_api_needs_a_token() {
    let token = "0123456789abcdef";
    let api = with(&[("WAXWING_API_TOKEN", token)]).unwrap().api.unwrap();
    assert_eq!(api.address.to_string(), "127.0.0.1:7778");
    assert!(!format!("{api:?}").contains(token));
    let api = with(&[("WAXWING_API_TOKEN", token), ("WAXWING_API_LISTEN", "[::1]:0")]).unwrap().api.unwrap();
    assert_eq!(api.address.to_string(), "[::1]:0");
    assert!(with(&[]).unwrap().api.is_none());
    let error = with(&[("WAXWING_API_LISTEN", "127.0.0.1:7778")]).unwrap_err();
    assert!(error.contains("WAXWING_API_TOKEN"), "{error}");
    let error = with(&[("WAXWING_API_TOKEN", "short")]).unwrap_err();
    assert!(error.contains("16 characters") && !error.contains("short"), "{error}");
    let error = with(&[("WAXWING_API_TOKEN", token), ("WAXWING_API_LISTEN", "7778")]).unwrap_err();
    assert!(error.contains("an IP address and a port"), "{error}");
}

#[test]
fn the_metrics_need_a_token() {
    let token = "0123456789abcdef";
    let metrics = with(&[("WAXWING_METRICS_TOKEN", token)]).unwrap().metrics.unwrap();
    assert_eq!(metrics.address.to_string(), "127.0.0.1:9464");
    assert!(!format!("{metrics:?}").contains(token));
    assert!(with(&[]).unwrap().metrics.is_none());
    let error = with(&[("WAXWING_METRICS_LISTEN", "127.0.0.1:9464")]).unwrap_err();
    assert!(error.contains("WAXWING_METRICS_TOKEN (server.metrics_token)"), "{error}");
    let error = with(&[("WAXWING_METRICS_TOKEN", "short")]).unwrap_err();
    assert!(error.contains("16 characters") && !error.contains("short"), "{error}");
}

#[test]
fn traces_need_an_endpoint() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let traces = with(&[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hush")]).unwrap().traces.unwrap();
    assert_eq!((traces.service_name.as_str(), traces.options.content), ("waxwing", false));
    assert!(!format!("{traces:?}").contains("hush"));
    assert!(with(&[("OTEL_TRACES_SAMPLER_ARG", "0.5")]).unwrap().traces.is_none());
    let of_jaeger = ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://localhost:14250");
    assert!(with(&[of_jaeger]).unwrap().traces.is_none(), "a variable for another program");
    let half = with(&[endpoint, ("OTEL_TRACES_SAMPLER_ARG", "0.5"), ("WAXWING_TRACE_CONTENT", "true")]).unwrap();
    assert!(half.traces.is_some_and(|traces| traces.options.content && traces.options.ratio < 0.6));
    for wrong in ["2", "-1", "NaN", "half"] {
        let error = with(&[endpoint, ("OTEL_TRACES_SAMPLER_ARG", wrong)]).unwrap_err();
        assert!(error.contains("traces.ratio") && error.contains("from 0 to 1"), "{error}");
    }
}

#[test]
fn debug_output_hides_secrets() {
    let settings = with(&[("WHATSAPP_APP_SECRET", "hush"), ("WHATSAPP_VERIFY_TOKEN", "psst")]).unwrap();
    let shown = format!("{settings:?}");
    assert!(["t0ken", "hush", "psst"].iter().all(|secret| !shown.contains(secret)), "{shown}");
}

#[test]
fn opening_hours_have_two_forms() {
    let zone = ("WAXWING_HOURS_TIME_ZONE", "Europe/Madrid");
    let read = |open, holidays| {
        let settings = with(&[zone, ("WAXWING_HOURS_OPEN", open), ("WAXWING_HOURS_HOLIDAYS", holidays)]).unwrap();
        settings.engine.policies.hours.unwrap()
    };
    let hours = OpeningHours::in_zone("Europe/Madrid").unwrap().open("mon-fri 09:00-17:00").unwrap();
    let hours = hours.open("sat 10:00-14:00").unwrap().holiday("12-25").unwrap();
    assert_eq!(read("mon-fri 09:00-17:00; sat 10:00-14:00;", "12-25"), hours);
    assert_eq!(read(r#"["mon-fri 09:00-17:00", "sat 10:00-14:00"]"#, r#"["12-25"]"#), hours);
    let never = with(&[zone, ("WAXWING_HOURS_OPEN", "[]"), ("WAXWING_HOURS_WHEN_CLOSED", "wait")]).unwrap();
    assert_eq!(never.engine.policies.hours.map(|hours| hours.when_closed()), Some(OutsideHours::Wait));
    assert_eq!(with(&[]).unwrap().engine.policies.hours, None);
}

#[test]
fn wrong_opening_hours_are_named() {
    let (zone, open) = (("WAXWING_HOURS_TIME_ZONE", "UTC"), ("WAXWING_HOURS_OPEN", "mon 09:00-17:00"));
    refused(&[zone], &["hours.time_zone", "set without WAXWING_HOURS_OPEN"]);
    refused(&[open], &["hours.open", "set without WAXWING_HOURS_TIME_ZONE", "Europe/Madrid"]);
    refused(&[open, ("WAXWING_HOURS_TIME_ZONE", "Vigo")], &["WAXWING_HOURS_TIME_ZONE", "no time zone `Vigo`"]);
    refused(&[zone, ("WAXWING_HOURS_OPEN", "mon 9-17")], &["WAXWING_HOURS_OPEN", "`9-17`", "09:00-17:00"]);
    refused(&[zone, ("WAXWING_HOURS_OPEN", "[1]")], &["WAXWING_HOURS_OPEN", "write a list"]);
    refused(&[zone, open, ("WAXWING_HOURS_HOLIDAYS", "12-32")], &["WAXWING_HOURS_HOLIDAYS", "`12-32` is no date"]);
    refused(&[zone, open, ("WAXWING_HOURS_WHEN_CLOSED", "sleep")], &["away, wait or answer"]);
    refused(&[("WAXWING_CALLS", "answer")], &["WAXWING_CALLS", "write ignore or reject"]);
    refused(&[("WAXWING_HANDOFF_THREAD", "give")], &["WAXWING_HANDOFF_THREAD", "write keep or pass"]);
    let (staff, template) = (("WAXWING_HANDOFF_STAFF", "+34 600-000-001"), "WAXWING_HANDOFF_TEMPLATE");
    refused(&[(template, "person/en")], &["engine.handoff_template", "set without WAXWING_HANDOFF_STAFF"]);
    refused(&[staff, (template, "person")], &[template, "write the name and the language"]);
    for wrong in ["Bea", "+34", "+3460000000100000"] {
        refused(&[("WAXWING_HANDOFF_STAFF", wrong)], &["WAXWING_HANDOFF_STAFF", "phone number with its country code"]);
    }
    refused(&[("WAXWING_FIRST_CONTACT_IN_GROUPS", "yes")], &["WAXWING_FIRST_CONTACT_IN_GROUPS"]);
}

#[test]
fn an_employee_is_told_about_handoffs() {
    let pairs = [
        ("WAXWING_HANDOFF_STAFF", "+34 600-000-001"),
        ("WAXWING_HANDOFF_TEMPLATE", "person/en"),
        ("WAXWING_HANDOFF_REMINDER", "0s"),
    ];
    let engine = with(&pairs).unwrap().engine;
    let staff = HandoffStaff::new(WaId::new("34600000001")).template(TemplateMessage::new("person", "en"));
    assert_eq!((engine.policies.handoff_staff, engine.handoff_reminder), (Some(staff), Duration::ZERO));
    assert_eq!(with(&[]).unwrap().engine.policies.handoff_staff, None);
}
