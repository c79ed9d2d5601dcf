//! Tests of the remembered definitions.

use super::*;
use crate::graph::{MockGraph, TemplateVersion};
use bytes::Bytes;
use serde_json::json;
use waxwing_client::FailureScope;
use waxwing_types::{TemplateLayout, TemplateParameter};
use waxwing_webhook::{Notification, VerifiedBody, WebhookEvent};

const NEVER: Duration = Duration::from_hours(100);

fn version(language: &str, status: &str, text: &str) -> TemplateVersion {
    let layout = TemplateLayout::new("order", language, "UTILITY", &[json!({ "type": "BODY", "text": text })]);
    TemplateVersion { layout, status: status.into() }
}

fn order(values: &[&str]) -> TemplateMessage {
    let message = TemplateMessage::new("order", "en");
    if values.is_empty() { message } else { message.body(values.iter().map(|value| TemplateParameter::text(*value))) }
}

/// Returns a connection that is asked `calls` times, and answers with these versions.
fn graph(versions: &[TemplateVersion], calls: usize) -> MockGraph {
    let (mut graph, versions) = (MockGraph::new(), versions.to_vec());
    graph.expect_template().times(calls).returning(move |_, _| Ok(Some(versions.clone())));
    graph
}

fn failing(kind: FailureKind, calls: usize) -> MockGraph {
    let mut graph = MockGraph::new();
    graph.expect_template().times(calls).returning(move |_, _| {
        let (scope, message) = (FailureScope::Number, "no".into());
        Err(GraphError { kind, scope, code: Some(200), message, retry_after: None, allows_fallback: false })
    });
    graph
}

struct Scene(TemplateCache, WabaId);

impl Scene {
    fn new() -> Self {
        Self(TemplateCache::default(), WabaId::new("1"))
    }

    async fn check(&self, message: &TemplateMessage, graph: MockGraph) -> String {
        self.0.check(&self.1, message, &graph).await.map_or_else(|mismatch| mismatch.to_string(), |()| "fine".into())
    }

    fn webhook(&self, field: &str, more: &str) {
        let template = r#""message_template_name":"order","message_template_language":"en""#;
        let change = format!(r#"{{"field":"{field}","value":{{{template}{more}}}}}"#);
        let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}"#);
        let body = VerifiedBody::unsigned(Bytes::from(body));
        let Ok(Notification::WhatsApp(events)) = Notification::parse(&body) else { panic!() };
        let [WebhookEvent::Template(event)] = &events[..] else { panic!("{events:?}") };
        self.0.apply(&self.1, event);
    }

    fn status(&self, status: &str) {
        self.webhook("message_template_status_update", &format!(r#","event":"{status}""#));
    }
}

const PAUSED: &str = "template order (en) cannot be sent: its status is PAUSED";

#[tokio::test(start_paused = true)]
async fn a_definition_is_fetched_once_in_an_hour() {
    let scene = Scene::new();
    let one = [version("en", "APPROVED", "{{1}}")];
    assert_eq!(scene.check(&order(&["17"]), graph(&one, 1)).await, "fine");
    assert_eq!(scene.check(&order(&["18"]), graph(&one, 0)).await, "fine");
    tokio::time::advance(FRESH).await;
    assert_eq!(scene.check(&order(&["17"]), graph(&one, 1)).await, "fine");
}

#[tokio::test(start_paused = true)]
async fn only_a_recent_definition_refuses() {
    let scene = Scene::new();
    let (one, two) = ([version("en", "APPROVED", "{{1}}")], [version("en", "APPROVED", "{{1}} {{2}}")]);
    let mismatch = "template order (en) needs 1 body value, 2 were given";
    assert_eq!(scene.check(&order(&["17", "now"]), graph(&one, 1)).await, mismatch);
    assert_eq!(scene.check(&order(&["17", "now"]), graph(&two, 0)).await, mismatch);
    tokio::time::advance(CERTAIN).await;
    assert_eq!(scene.check(&order(&["17", "now"]), graph(&two, 1)).await, "fine");
    // Meta does not answer, so the last known definition counts.
    tokio::time::advance(CERTAIN).await;
    let expected = "template order (en) needs 2 body values, 1 was given: {{2}} is missing";
    assert_eq!(scene.check(&order(&["17"]), failing(FailureKind::Transient, 1)).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_missing_name_or_language_is_told() {
    let scene = Scene::new();
    let unknown = scene.check(&order(&[]), graph(&[], 1)).await;
    assert_eq!(unknown, "template order (en) does not exist in this account");
    tokio::time::advance(CERTAIN).await;
    let others = [version("es", "APPROVED", "a"), version("de", "APPROVED", "a")];
    let missing = scene.check(&order(&[]), graph(&others, 1)).await;
    assert_eq!(missing, "template order (en) does not exist in this language; its languages are es, de");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_changes_the_status_and_has_the_definition_fetched_again() {
    let scene = Scene::new();
    let usable = [version("en", "APPROVED", "a")];
    assert_eq!(scene.check(&order(&[]), graph(&usable, 1)).await, "fine");
    scene.status("PAUSED");
    // The list of Meta lags behind the webhook.
    assert_eq!(scene.check(&order(&[]), graph(&usable, 1)).await, PAUSED);
    scene.status("APPROVED");
    let paused = [version("en", "PAUSED", "a")];
    assert_eq!(scene.check(&order(&[]), graph(&paused, 1)).await, "fine");
    scene.webhook("message_template_components_update", "");
    let changed = [version("en", "APPROVED", "{{1}}")];
    let expected = "template order (en) needs 1 body value, 0 were given: {{1}} is missing";
    assert_eq!(scene.check(&order(&[]), graph(&changed, 1)).await, expected);
    scene.webhook("message_template_quality_update", r#","new_quality_score":"RED""#);
    assert_eq!(scene.check(&order(&["17"]), graph(&changed, 0)).await, "fine");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_makes_a_template_unusable_until_a_later_fetch() {
    for (code, status) in [(132_015, "PAUSED"), (132_016, "DISABLED")] {
        let scene = Scene::new();
        let usable = [version("en", "APPROVED", "a")];
        assert_eq!(scene.check(&order(&[]), graph(&usable, 1)).await, "fine");
        scene.0.refused(&scene.1, &order(&[]), Some(code));
        let expected = format!("template order (en) cannot be sent: its status is {status}");
        assert_eq!(scene.check(&order(&[]), graph(&usable, 0)).await, expected);
        tokio::time::advance(CERTAIN).await;
        assert_eq!(scene.check(&order(&[]), graph(&usable, 1)).await, "fine");
        scene.0.refused(&scene.1, &order(&[]), Some(132_000));
        let changed = [version("en", "APPROVED", "{{1}}")];
        let found = scene.check(&order(&[]), graph(&changed, 1)).await;
        assert_eq!(found, "template order (en) needs 1 body value, 0 were given: {{1}} is missing");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_pass_unchecked_without_definitions_except_of_paused_templates() {
    let scene = Scene::new();
    let no_permission = |calls| failing(FailureKind::Blocked, calls);
    assert_eq!(scene.check(&order(&["any"]), no_permission(1)).await, "fine");
    assert_eq!(scene.check(&order(&["any"]), no_permission(0)).await, "fine");
    scene.status("PAUSED");
    assert_eq!(scene.check(&order(&["any"]), no_permission(0)).await, PAUSED);
    scene.status("APPROVED");
    assert_eq!(scene.check(&order(&["any"]), no_permission(0)).await, "fine");
    scene.0.refused(&scene.1, &order(&[]), Some(132_015));
    tokio::time::advance(FRESH).await;
    assert_eq!(scene.check(&order(&["any"]), no_permission(1)).await, "fine", "an hour later it is tried again");
}

/// Connection on which Meta does not answer in time.
struct Slow;

#[async_trait::async_trait]
impl Graph for Slow {
    async fn send(&self, _: &waxwing_types::OutboundMessage) -> Result<waxwing_types::MessageId, GraphError> {
        unreachable!()
    }
    async fn upload(&self, _: &waxwing_store::Upload) -> Result<waxwing_types::MediaId, GraphError> {
        unreachable!()
    }
    async fn show_typing(&self, _: &waxwing_types::MessageId) -> Result<(), GraphError> {
        unreachable!()
    }
    async fn mark_read(&self, _: &waxwing_types::MessageId) -> Result<(), GraphError> {
        unreachable!()
    }
    async fn download(
        &self,
        _: &waxwing_types::MediaId,
        _: u64,
        _: &std::path::Path,
    ) -> Result<crate::Downloaded, crate::DownloadError> {
        unreachable!()
    }
    async fn group_subject(&self, _: &waxwing_types::GroupId) -> Result<Option<String>, GraphError> {
        unreachable!()
    }
    async fn template(&self, _: &WabaId, _: &str) -> Result<Option<Vec<TemplateVersion>>, GraphError> {
        tokio::time::sleep(NEVER).await;
        Ok(None)
    }
    fn send_timeout(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_delays_a_message_for_a_short_time_only() {
    let scene = Scene::new();
    let started = Instant::now();
    assert_eq!(scene.0.check(&scene.1, &order(&[]), &Slow).await, Ok(()));
    assert_eq!(started.elapsed(), TIMEOUT);
    assert_eq!(scene.0.check(&scene.1, &order(&[]), &Slow).await, Ok(()));
    assert_eq!(started.elapsed(), TIMEOUT, "the next message does not wait again");
}

#[tokio::test(start_paused = true)]
async fn the_least_recently_used_template_makes_way() {
    let scene = Scene::new();
    let named = |nth: usize| TemplateMessage::new(format!("t{nth}"), "en");
    for nth in 0..=MAX_TEMPLATES {
        tokio::time::advance(Duration::from_millis(1)).await;
        scene.check(&named(nth), graph(&[], 1)).await;
        tokio::time::advance(Duration::from_millis(1)).await;
        scene.check(&named(0), graph(&[], 0)).await;
        assert!(scene.0.entries().len() <= MAX_TEMPLATES);
        tokio::time::advance(Duration::from_millis(1)).await;
        // The first template is never the oldest, and stays.
        if nth == MAX_TEMPLATES {
            scene.check(&named(1), graph(&[], 1)).await;
        }
    }
}
