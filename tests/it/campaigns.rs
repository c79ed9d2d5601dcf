//! Campaigns and scheduled messages, over the API for other systems.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use waxwing_emulator::matcher::other;
use waxwing_emulator::{Action, Fault, FaultEffect, GraphEndpoint, TemplateStatus, TimelineEventKind};
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, ServerProcess, TestEnv};

use crate::support::Api;

/// Longest wait for a state.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server with the echo agent and a template with one placeholder.
pub(crate) async fn start(env: &TestEnv, settings: &[(&str, &str)]) -> (Api, ServerProcess) {
    add_template(env, "sale", "MARKETING");
    let launch = settings.iter().fold(env.serve("echo"), |launch, (name, value)| launch.set(name, value));
    let started = Api::start(env, launch).await;
    // The account of the number is known from the first webhook, and templates are checked from then on.
    let first = env.emulator.user("+34600000999");
    first.says("hi").await;
    first.expect_text("echo hi").await;
    started
}

impl Api {
    /// Sends a request with a JSON body.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = body.iter().fold(self.request(method.clone(), path), RequestBuilder::json);
        let named = path.split('?').next().unwrap();
        let template: Vec<_> =
            named.split('/').map(|part| if part.parse::<i64>().is_ok() { "{id}" } else { part }).collect();
        let (status, body) = self.call(request, (&template.join("/"), &method.as_str().to_lowercase())).await;
        (status.as_u16(), body)
    }

    pub(crate) async fn submit(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    fn campaign(&self) -> Value {
        let template = json!({ "name": "sale", "language": { "code": "en" } });
        json!({ "number": self.number, "name": "spring", "content": { "type": "template", "template": template } })
    }

    /// Creates a campaign with these phone numbers. Returns its path.
    async fn draft(&self, campaign: Value, phones: &[String]) -> String {
        let (status, created) = self.submit("/v1/campaigns", campaign).await;
        assert_eq!(status, 201, "{created}");
        let path = format!("/v1/campaigns/{}", created["id"]);
        let recipients: Vec<_> =
            phones.iter().map(|phone| json!({ "phone": phone, "values": { "1": phone } })).collect();
        let (status, added) = self.submit(&format!("{path}/recipients"), json!({ "recipients": recipients })).await;
        assert_eq!((status, &added["total"]), (200, &json!(phones.len())), "{added}");
        path
    }

    /// Creates a campaign with these phone numbers and starts it. Returns its path.
    async fn run(&self, campaign: Value, phones: &[String]) -> String {
        let path = self.draft(campaign, phones).await;
        let (status, started) = self.submit(&format!("{path}/start"), json!({})).await;
        assert_eq!((status, &started["state"]), (200, &json!("running")), "{started}");
        path
    }

    /// Waits until a view has this value.
    async fn wait(&self, path: &str, pointer: &str, expected: Value) -> Value {
        let mut last = Value::Null;
        let reached = async {
            loop {
                last = self.get(path).await.1;
                if last.pointer(pointer) == Some(&expected) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        assert!(reached.is_ok(), "{path} does not reach {pointer} = {expected}: {last}");
        last
    }
}

fn add_template(env: &TestEnv, name: &str, category: &str) {
    let body = json!({ "type": "BODY", "text": "Hello {{1}}, we have news.", "example": { "body_text": [["Ana"]] } });
    env.emulator.add_template(&json!({ "name": name, "language": "en", "category": category, "components": [body] }));
}

fn phones(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("+3460000{n:04}")).collect()
}

#[tokio::test]
async fn each_recipient_gets_the_template_once() {
    let env = TestEnv::new().await;
    let (api, server) = start(&env, &[]).await;
    let list = phones(20);
    let users: Vec<_> = list.iter().map(|phone| env.emulator.user(phone.as_str())).collect();
    let path = api.run(api.campaign(), &list).await;
    for user in &users {
        user.expect(other("template")).await;
        user.reads_all();
    }
    let report = api.wait(&path, "/state", json!("finished")).await;
    assert_eq!(report["recipients"], 20);
    let report = api.wait(&path, "/counts/read", json!(20)).await;
    assert_eq!(report["counts"].as_object().unwrap().len(), 1, "{report}");
    let (_, page) = api.get(&format!("{path}/recipients?state=read&after=18")).await;
    assert_eq!((page[0]["place"].clone(), page.as_array().unwrap().len()), (json!(19), 2));
    assert_eq!(page[0]["address"], list[18][1..]);
    let (_, all) = api.get("/v1/campaigns").await;
    assert_eq!((&all[0]["name"], &all[0]["plan"]["content"]["template"]["name"]), (&json!("spring"), &json!("sale")));
    // The history has the message, so the agent knows what a user answers to.
    users[0].says("thanks").await;
    users[0].expect_text("echo thanks").await;
    env.drain(server).await;
    for user in &users {
        user.expect_nothing().await;
    }
}

#[tokio::test]
async fn a_wrong_campaign_is_explained() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let with = |change: Value| {
        let mut campaign = api.campaign();
        campaign.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        campaign
    };
    for (body, status, expected) in [
        (json!([]), 400, "not a valid request"),
        (with(json!({ "nme": "x" })), 400, "unknown field `nme`"),
        (with(json!({ "name": " " })), 400, "needs a name"),
        (with(json!({ "quiet_hours": "9-21" })), 400, "such as 21:00-09:00"),
        (with(json!({ "time_zone": "Madrid" })), 400, "IANA name"),
        (with(json!({ "per_second": 0 })), 400, "at least 1"),
        (with(json!({ "number": "7" })), 404, "does not serve"),
    ] {
        let (found, answer) = api.submit("/v1/campaigns", body.clone()).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(found == status && detail.contains(expected), "{body}: {found} {answer}");
    }
}

#[tokio::test]
async fn each_refusal_has_a_detail() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let (_, draft) = api.submit("/v1/campaigns", api.campaign()).await;
    let path = format!("/v1/campaigns/{}", draft["id"]);
    let mut large = api.campaign();
    large["name"] = json!("x".repeat(300_000));
    let recipients = json!({ "recipients": [{ "phone": "x".repeat(2_100_000) }] });
    for (path, body) in [
        ("/v1/campaigns", large),
        (&format!("{path}/recipients"), recipients),
        (&format!("{path}/start"), json!({ "at": "x".repeat(300_000) })),
    ] {
        let (status, answer) = api.submit(path, body).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == 413 && detail.contains("the body has more than"), "{path}: {status} {answer}");
    }
    for (path, expected) in [
        ("/v1/campaigns?limit=0", "limit must be between 1 and 1000"),
        ("/v1/campaigns?limit=1001", "limit must be between 1 and 1000"),
        ("/v1/campaigns?limit=many", "limit"),
        ("/v1/campaigns?before=yes", "before"),
        (&format!("{path}/recipients?limit=1001"), "limit must be between 1 and 1000"),
        (&format!("{path}/recipients?after=-1"), "after"),
        (&format!("{path}/recipients?state=lost"), "there is no state"),
        ("/v1/scheduled?limit=0", "limit must be between 1 and 1000"),
    ] {
        let (status, answer) = api.get(path).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(expected), "{path}: {status} {answer}");
    }
    // The id is not a number.
    for (method, path) in [
        (Method::GET, "/v1/campaigns/{id}"),
        (Method::GET, "/v1/campaigns/{id}/recipients"),
        (Method::POST, "/v1/campaigns/{id}/recipients"),
        (Method::POST, "/v1/campaigns/{id}/start"),
        (Method::POST, "/v1/campaigns/{id}/pause"),
        (Method::POST, "/v1/campaigns/{id}/resume"),
        (Method::POST, "/v1/campaigns/{id}/cancel"),
        (Method::GET, "/v1/scheduled/{id}"),
        (Method::POST, "/v1/scheduled/{id}/cancel"),
        (Method::GET, "/v1/messages/{id}"),
    ] {
        let request = api.request(method.clone(), &path.replace("{id}", "first"));
        let (status, answer) = api.call(request, (path, &method.as_str().to_lowercase())).await;
        assert!(status == 400 && answer["detail"].is_string(), "{method} {path}: {status} {answer}");
    }
}

#[tokio::test]
async fn wrong_recipients_are_explained() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let (_, draft) = api.submit("/v1/campaigns", api.campaign()).await;
    let path = format!("/v1/campaigns/{}", draft["id"]);
    let (recipients, start) = (format!("{path}/recipients"), format!("{path}/start"));
    assert_eq!(api.submit(&start, json!({})).await.0, 409, "a draft without recipients");
    let list = |list: Value| json!({ "recipients": list });
    let ana = json!({ "phone": "+34600000001", "values": { "1": "Ana" } });
    for (body, status, expected) in [
        (list(json!([ana, { "phone": "Ben" }])), 400, "recipients[1]: `phone` is not a phone number"),
        (list(json!([ana, { "phone": "+34600000002" }])), 400, "recipients[1]: template sale"),
        (list(json!([{ "phone": "+34600000002", "values": { "1": "a\nb" } }])), 400, "recipients[0]: template sale"),
        (list(json!(vec![ana.clone(); 1001])), 409, "at most 1,000"),
        (list(json!([{ "phone": "x".repeat(2_100_000) }])), 413, ""),
    ] {
        let (found, answer) = api.submit(&recipients, body).await;
        assert!(found == status && answer.to_string().contains(expected), "{expected}: {found} {answer}");
    }
    let (status, added) = api.submit(&recipients, list(json!([ana, ana]))).await;
    assert_eq!((status, added), (200, json!({ "added": 1, "total": 1, "duplicates": [1] })));
    assert_eq!(api.submit(&start, json!({ "at": "tomorrow" })).await.0, 400);
    assert_eq!(api.submit(&format!("{path}/pause"), json!({})).await.0, 409);
    assert_eq!(api.submit(&format!("{path}/resume"), json!({})).await.0, 409);
    assert_eq!(api.submit(&start, json!({ "at": "2999-01-01T00:00:00Z" })).await.0, 400, "more than a year ahead");
    let ahead = time_in(3600);
    assert_eq!(api.submit(&start, json!({ "at": ahead })).await.0, 200);
    assert_eq!(api.submit(&recipients, list(json!([ana]))).await.0, 409, "after the start");
    assert_eq!(api.submit(&format!("{path}/cancel"), json!({})).await.1["counts"], json!({ "cancelled": 1 }));
    assert_eq!(api.submit(&format!("{path}/cancel"), json!({})).await.0, 409);
    assert_eq!(api.get(&format!("{recipients}?state=lost")).await.0, 400);
}

#[tokio::test]
async fn unknown_campaigns_and_tokens_are_refused() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    for (method, path) in [
        (Method::GET, "/v1/campaigns/77"),
        (Method::GET, "/v1/campaigns/77/recipients"),
        (Method::POST, "/v1/campaigns/77/start"),
        (Method::POST, "/v1/campaigns/77/pause"),
        (Method::POST, "/v1/campaigns/77/resume"),
        (Method::POST, "/v1/campaigns/77/cancel"),
        (Method::GET, "/v1/scheduled/77"),
        (Method::POST, "/v1/scheduled/77/cancel"),
    ] {
        assert_eq!(api.send(method.clone(), path, None).await.0, 404, "{method} {path}");
        let request = api.client.request(method.clone(), format!("{}{path}", api.origin));
        assert_eq!(request.send().await.unwrap().status().as_u16(), 401, "{method} {path} without the token");
    }
}

/// Returns the time in a number of seconds.
fn time_in(seconds: u64) -> String {
    let at = std::time::SystemTime::now() + Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(at).to_string()
}

#[tokio::test]
async fn a_pause_stops_the_campaign_and_a_resumption_completes_it() {
    let env = TestEnv::new().await;
    let (api, server) = start(&env, &[]).await;
    let list = phones(30);
    let users: Vec<_> = list.iter().map(|phone| env.emulator.user(phone.as_str())).collect();
    let mut campaign = api.campaign();
    campaign["per_second"] = json!(10);
    let path = api.run(campaign, &list).await;
    users[3].expect(other("template")).await;
    let (_, paused) = api.submit(&format!("{path}/pause"), json!({})).await;
    assert_eq!((&paused["state"], &paused["reason"]), (&json!("paused"), &json!("operator")));
    assert!(paused["counts"]["waiting"].as_u64().unwrap() >= 10, "{paused}");
    api.submit(&format!("{path}/resume"), json!({})).await;
    api.wait(&path, "/state", json!("finished")).await;
    env.drain(server).await;
    let received = users.iter().map(|user| user.messages().len()).collect::<Vec<_>>();
    assert_eq!(received, vec![1; 30]);
}

/// Waits until a campaign has paused for a reason.
async fn paused(api: &Api, path: &str, reason: &str) -> Value {
    let report = api.wait(path, "/state", json!("paused")).await;
    assert_eq!(report["reason"], reason, "{report}");
    report
}

#[tokio::test]
async fn a_campaign_pauses_when_the_number_or_the_template_is_in_trouble() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let slow = || {
        let mut campaign = api.campaign();
        campaign["per_second"] = json!(5);
        campaign
    };
    let list = phones(40);
    for phone in &list {
        env.emulator.user(phone.as_str());
    }
    // The quality of the number.
    let path = api.run(slow(), &list).await;
    let number = format!("{}/v26.0/{}?fields=display_phone_number", env.emulator.url(), api.number);
    let number = api.client.get(number).bearer_auth(env.emulator.access_token()).send().await.unwrap();
    let phone = number.json::<Value>().await.unwrap()["display_phone_number"].clone();
    let value = json!({ "display_phone_number": phone, "event": "FLAGGED" });
    let notify = json!({ "notify": { "field": "phone_number_quality_update", "value": value } });
    env.emulator.perform(serde_json::from_value::<Action>(notify).unwrap()).unwrap();
    paused(&api, &path, "quality").await;
    // A template that Meta pauses.
    let draft = api.draft(api.campaign(), &list[..1]).await;
    api.submit(&format!("{path}/resume"), json!({})).await;
    assert!(env.emulator.set_template_status("sale", "en", TemplateStatus::Paused));
    paused(&api, &path, "template").await;
    let (status, refused) = api.submit(&format!("{draft}/start"), json!({})).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(status == 409 && detail.starts_with("the campaign cannot start: template sale"), "{status} {refused}");
    assert!(detail.contains("its status is PAUSED"), "{refused}");
    assert_eq!(api.get(&draft).await.1["state"], "draft");
    assert!(env.emulator.set_template_status("sale", "en", TemplateStatus::Approved));
    api.submit(&format!("{path}/resume"), json!({})).await;
    api.wait(&path, "/state", json!("finished")).await;
}

#[tokio::test]
async fn a_spam_limit_pauses_all_campaigns_of_the_number() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let list = phones(20);
    for phone in &list {
        env.emulator.user(phone.as_str());
    }
    let later = api.draft(api.campaign(), &phones(21)[20..]).await;
    let (_, started) = api.submit(&format!("{later}/start"), json!({ "at": time_in(3600) })).await;
    assert_eq!(started["state"], "running", "{started}");
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 131_048, http: 400 }).after(3));
    let path = api.run(api.campaign(), &list).await;
    let report = paused(&api, &path, "spam_limit").await;
    assert!(report["counts"]["waiting"].as_u64().unwrap() > 0, "{report}");
    let report = paused(&api, &later, "spam_limit").await;
    assert_eq!(report["counts"], json!({ "waiting": 1 }), "{report}");
}

#[tokio::test]
async fn many_refusals_pause_the_campaign_and_those_of_one_recipient_do_not() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let list = phones(60);
    for phone in &list {
        env.emulator.user(phone.as_str());
    }
    let mut campaign = api.campaign();
    campaign["per_second"] = json!(20);
    let held_back = Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 131_049, http: 400 });
    env.emulator.inject(held_back.times(15));
    let path = api.run(campaign, &list).await;
    api.wait(&path, "/counts/failed", json!(15)).await;
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 131_026, http: 400 }));
    let report = paused(&api, &path, "refusals").await;
    let failed = report["counts"]["failed"].as_u64().unwrap();
    assert!((26..60).contains(&failed), "{report}");
    let (_, refused) = api.get(&format!("{path}/recipients?state=failed&limit=1")).await;
    assert_eq!(refused[0]["code"], 131_049, "{refused}");
}

#[tokio::test]
async fn the_messaging_limit_of_the_business_pauses_the_campaign() {
    let env = TestEnv::new().await;
    env.emulator.set_number_field("whatsapp_business_manager_messaging_limit", json!("TIER_5"));
    let (api, _server) = start(&env, &[]).await;
    let list = phones(8);
    for phone in &list {
        env.emulator.user(phone.as_str());
    }
    let path = api.run(api.campaign(), &list).await;
    let report = paused(&api, &path, "messaging_limit").await;
    assert_eq!(report["counts"]["waiting"], 3, "{report}");
}

#[tokio::test]
async fn a_used_budget_stops_a_campaign_and_no_conversation() {
    let env = TestEnv::new().await;
    let rates = "market,category,price,currency\n*,service,0.02,EUR\n*,marketing,0.02,EUR\n*,utility,0.02,EUR\n";
    std::fs::write(env.path("rates.csv"), rates).unwrap();
    let rates = env.path("rates.csv").display().to_string();
    let settings = [("WAXWING_BUDGET_RATES", rates.as_str()), ("WAXWING_BUDGET_PER_DAY", "0.10")];
    let (api, _server) = start(&env, &settings).await;
    let list = phones(40);
    for phone in &list {
        env.emulator.user(phone.as_str());
    }
    let mut campaign = api.campaign();
    campaign["per_second"] = json!(10);
    let path = api.run(campaign, &list).await;
    let report = paused(&api, &path, "budget").await;
    assert!(report["counts"]["waiting"].as_u64().unwrap() > 0, "{report}");
    let ana = env.emulator.user("+34600000999");
    ana.says("still there?").await;
    ana.expect_text("echo still there?").await;
}

#[tokio::test]
async fn quiet_hours_hold_a_campaign_back_for_users_in_their_time_zone() {
    let env = TestEnv::new().await;
    let (api, server) = start(&env, &[]).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let hour = now / 3600 % 24;
    // From an hour ago until in two hours, in UTC.
    let quiet = format!("{:02}:00-{:02}:00", (hour + 23) % 24, (hour + 2) % 24);
    let mut campaign = api.campaign();
    campaign["quiet_hours"] = json!(quiet);
    let (_, created) = api.submit("/v1/campaigns", campaign).await;
    let path = format!("/v1/campaigns/{}", created["id"]);
    let (here, there) = (env.emulator.user("+34600000001"), env.emulator.user("+34600000002"));
    let recipients = json!([
        { "phone": "+34600000001", "values": { "1": "Ana" } },
        { "phone": "+34600000002", "values": { "1": "Ben" }, "time_zone": "Asia/Tokyo" },
    ]);
    api.submit(&format!("{path}/recipients"), json!({ "recipients": recipients })).await;
    api.submit(&format!("{path}/start"), json!({})).await;
    there.expect(other("template")).await;
    let report = api.wait(&path, "/counts/waiting", json!(1)).await;
    assert_eq!(report["state"], "running");
    env.drain(server).await;
    here.expect_nothing().await;
}

#[tokio::test]
async fn users_who_want_no_marketing_or_talk_right_now_are_left_alone() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[]).await;
    let (ana, ben) = (env.emulator.user("+34600000001"), env.emulator.user("+34600000002"));
    for user in [&ana, &ben] {
        user.says("hi").await;
        user.expect_text("echo hi").await;
    }
    env.emulator.perform(Action::Preference { user: "+34600000001".to_owned(), value: "stop".to_owned() }).unwrap();
    let number = env.emulator.phone_number_id();
    let handed_over = env.run(&["conversations", "pause", "+34600000002", "--number", number]).output().await;
    assert_eq!(handed_over.code, Some(0), "{}", handed_over.stderr);
    let until = async {
        loop {
            let listed = env.run(&["conversations", "list", "--marketing-stopped", "--json"]).output().await;
            let waiting = env.run(&["conversations", "list", "--paused", "--json"]).output().await;
            if listed.stdout.lines().count() == 1 && waiting.stdout.lines().count() == 1 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, until).await.expect("the choice and the handoff are known");
    let path = api.run(api.campaign(), &["+34600000001".to_owned(), "+34600000002".to_owned()]).await;
    let report = api.wait(&path, "/counts/skipped", json!(1)).await;
    assert_eq!(report["counts"], json!({ "skipped": 1, "waiting": 1 }), "the conversation with a person waits");
    let (_, skipped) = api.get(&format!("{path}/recipients?state=skipped")).await;
    assert_eq!(skipped[0]["reason"], "marketing_stopped");
    assert_eq!(ana.messages().len(), 1, "{}", ana.transcript());
}

#[tokio::test]
async fn a_scheduled_message_is_sent_at_its_time_or_cancelled() {
    let env = TestEnv::new().await;
    let (api, server) = start(&env, &[]).await;
    let ana = env.emulator.user("+34600000001");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let message = |text: &str, at: &str| json!({ "number": api.number, "to": { "phone": "+34600000001" }, "text": text, "send_at": at });
    for (at, expected) in [("soon", "RFC 3339"), ("2020-01-01T00:00:00Z", "past"), ("2999-01-01T00:00:00Z", "a year")] {
        let (status, answer) = api.submit("/v1/messages", message("hi", at)).await;
        assert!(status == 400 && answer.to_string().contains(expected), "{answer}");
    }
    let (status, later) = api.submit("/v1/messages", message("much later", &time_in(3600))).await;
    assert_eq!((status, &later["repeated"]), (202, &json!(false)), "{later}");
    let path = format!("/v1/scheduled/{}", later["scheduled"]);
    assert_eq!(api.get(&path).await.1["state"], "waiting");
    let (_, soon) = api.submit("/v1/messages", message("It is time.", &time_in(1))).await;
    ana.expect_text("It is time.").await;
    let sent = format!("/v1/scheduled/{}", soon["scheduled"]);
    let view = api.wait(&sent, "/state", json!("delivered")).await;
    assert_eq!(api.get(&format!("/v1/messages/{}", view["message"])).await.1["state"], "delivered");
    assert_eq!(api.submit(&format!("{sent}/cancel"), json!({})).await.0, 409);
    let (_, listed) = api.get("/v1/scheduled").await;
    let listed: Vec<_> = listed.as_array().unwrap().iter().map(|row| (&row["id"], row["state"].as_str())).collect();
    let expected = [(&soon["scheduled"], Some("delivered")), (&later["scheduled"], Some("waiting"))];
    assert_eq!(listed, expected);
    let (status, cancelled) = api.submit(&format!("{path}/cancel"), json!({})).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    let number = env.emulator.phone_number_id();
    let at = time_in(3600);
    let queue = ["messages", "queue", "+34600000001", "Bye", "--number", number, "--at", &at, "--key", "bye"];
    for expected in ["is scheduled", "is already scheduled"] {
        let queued = env.run(&queue).output().await;
        assert!(queued.code == Some(0) && queued.stdout.contains(expected), "{}{}", queued.stdout, queued.stderr);
    }
    let listed = env.run(&["messages", "scheduled"]).output().await;
    let row = listed.stdout.lines().find(|line| line.contains("waiting")).unwrap().to_owned();
    let id = row.split_whitespace().next().unwrap();
    let cancelled = env.run(&["messages", "cancel", id]).output().await;
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.stderr);
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_conversation_waits_behind_one_message_of_a_campaign_at_most() {
    let env = TestEnv::new().await;
    let (api, _server) = start(&env, &[("WAXWING_MAX_SENDS", "2")]).await;
    let list = phones(40);
    let recipients: Vec<_> = list.iter().map(|phone| env.emulator.user(phone.as_str()).id()).collect();
    // Meta answers slowly, so two sends of the campaign follow each other after two seconds at the earliest.
    let slow = FaultEffect::Delay(Duration::from_secs(2));
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, slow).only("template"));
    let path = api.run(api.campaign(), &list).await;
    env.emulator.user(list[0].as_str()).expect(other("template")).await;
    let users: Vec<_> = (0..4).map(|n| env.emulator.user(format!("+3460001000{n}").as_str())).collect();
    for user in &users {
        user.says("hi").await;
        user.expect_text("echo hi").await;
    }
    let timeline = env.emulator.timeline();
    for user in &users {
        let asked = |kind: &TimelineEventKind| matches!(kind, TimelineEventKind::UserMessage { user: id, .. } if *id == user.id());
        let answered = |kind: &TimelineEventKind| matches!(kind, TimelineEventKind::BusinessMessage { user: id, .. } if *id == user.id());
        let of_campaign = |kind: &TimelineEventKind| matches!(kind, TimelineEventKind::BusinessMessage { user, .. } if recipients.contains(user));
        let from = timeline.iter().position(|event| asked(&event.kind)).unwrap();
        let until = timeline.iter().position(|event| answered(&event.kind)).unwrap();
        let between = timeline[from..until].iter().filter(|event| of_campaign(&event.kind)).count();
        assert!(between <= 1, "{between} messages of the campaign were sent before the answer");
    }
    let (_, report) = api.get(&path).await;
    assert_eq!(report["state"], "running", "the campaign had messages to send all the time: {report}");
    api.submit(&format!("{path}/cancel"), json!({})).await;
}

#[tokio::test]
async fn a_model_reminds_its_user_once_and_remembers_it() {
    let env = TestEnv::new().await;
    let model = ModelServer::start(ProviderProtocol::OpenAi).await;
    let url = model.url();
    env.write_config(&format!(
        "[models.stub]\nprovider = \"openai-compatible\"\nbase_url = \"{url}\"\nmodel = \"m\"\n\n\
         [agents.guide]\nmodel = \"stub\"\ntools = [\"remind_user\"]\n"
    ));
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000001");
    let remind = |when: &str| ModelReply::tool_call("remind_user", json!({ "when": when, "text": "Call Ben." }));
    model.reply_with([remind("PT2S"), ModelReply::text("I will.")]);
    ana.says("Remind me to call Ben in a moment.").await;
    ana.expect_text("I will.").await;
    ana.expect_text("Call Ben.").await;
    model.reply_with([remind("2020-01-01T00:00:00Z"), ModelReply::text("That is past.")]);
    ana.says("And remind me in 2020.").await;
    ana.expect_text("That is past.").await;
    let asked = model.requests();
    let last = asked.last().unwrap().body.to_string();
    assert!(last.contains("Call Ben.") && last.contains("the time of the message is past"), "{last}");
    let listed = env.run(&["messages", "scheduled", "--json"]).output().await;
    let listed: Vec<Value> = listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((listed.len(), &listed[0]["kind"]), (1, &json!("reminder")));
    env.drain(server).await;
    ana.expect_nothing().await;
}
