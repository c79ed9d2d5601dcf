//! Message templates.
#![expect(clippy::needless_pass_by_value, reason = "cases read better without references to literals")]

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, RateLimits, Rule, Rules, TemplateApproval, TemplateStatus};

use crate::support::{Graph, WebhookServer, assert_refused_by, assert_violates, builder, fetch};

const WABA: &str = "2000002/message_templates";

async fn start() -> (Emulator, Graph) {
    let emulator = builder().rate_limits(RateLimits::unlimited()).start().await.unwrap();
    let graph = Graph::new(&emulator);
    (emulator, graph)
}

fn order() -> Value {
    json!({
        "name": "order_ready", "language": "en", "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "IMAGE"},
            {
                "type": "BODY", "text": "Dear {{1}}, your order {{2}} is ready.",
                "example": {"body_text": [["Ana", "7"]]},
            },
            {"type": "FOOTER", "text": "The shop"},
            {"type": "BUTTONS", "buttons": [
                {
                    "type": "URL", "text": "Track", "url": "https://example.com/{{1}}",
                    "example": ["https://example.com/7"],
                },
                {"type": "QUICK_REPLY", "text": "Stop"},
            ]},
        ],
    })
}

/// Returns a template message.
fn send(name: &str, language: &str, components: Value) -> Value {
    let template = json!({"name": name, "language": {"code": language}, "components": components});
    json!({"to": "34600000000", "type": "template", "template": template})
}

fn words(words: &[&str]) -> Value {
    words.iter().map(|word| json!({"type": "text", "text": word})).collect()
}

fn picture() -> Value {
    json!({"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.png"}}]})
}

fn body(words: &[&str]) -> Value {
    json!({"type": "body", "parameters": self::words(words)})
}

fn track() -> Value {
    json!({"type": "button", "sub_type": "url", "index": "0", "parameters": words(&["7"])})
}

/// Meta: message templates.
#[tokio::test]
async fn a_template_is_created_reviewed_sent_edited_and_deleted() {
    let (emulator, graph) = start().await;
    let (status, created) = graph.post_to(WABA, &order()).await;
    assert_eq!((status, &created["status"], &created["category"]), (200, &json!("PENDING"), &json!("UTILITY")));
    let id = created["id"].as_str().unwrap();
    let message = || send("order_ready", "en", json!([picture(), body(&["Ana", "7"]), track()]));
    assert_violates(graph.post(message()).await, Rule::TemplateUnknown, "7.2");

    assert!(emulator.set_template_status("order_ready", "en", TemplateStatus::Approved));
    assert!(!emulator.set_template_status("order_ready", "de", TemplateStatus::Approved));
    assert_eq!(graph.post(message()).await.0, 200);
    let (_, found) = graph.get(&format!("{id}?fields=name,status")).await;
    assert_eq!(found, json!({"id": id, "name": "order_ready", "status": "APPROVED"}));

    let edit = json!({"components": [{"type": "BODY", "text": "Your order is ready."}]});
    assert_eq!(graph.post_to(id, &edit).await, (200, json!({"success": true})));
    assert_violates(graph.post(message()).await, Rule::TemplateUnknown, "7.2");
    assert_violates(graph.post_to(id, &edit).await, Rule::TemplateState, "9.2");
    emulator.set_template_status("order_ready", "en", TemplateStatus::Approved);
    assert_eq!(graph.post(send("order_ready", "en", json!([]))).await.0, 200);

    assert_eq!(graph.delete(&format!("{WABA}?name=order_ready")).await, (200, json!({"success": true})));
    assert_violates(graph.delete(&format!("{WABA}?name=order_ready")).await, Rule::UnknownObject, "7.2");
    assert_violates(graph.get(id).await, Rule::MediaId, "5.2");
}

/// Meta: message templates.
#[tokio::test]
async fn templates_are_listed_by_page_and_by_filter() {
    let (emulator, graph) = start().await;
    for language in ["en", "de", "es"] {
        let mut template = order();
        template["language"] = language.into();
        emulator.add_template(&template);
    }
    let names = |body: &Value| {
        let data = body["data"].as_array().unwrap();
        data.iter()
            .map(|it| format!("{} {}", it["name"].as_str().unwrap(), it["language"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let (_, first) = graph.get(&format!("{WABA}?limit=3")).await;
    assert_eq!(names(&first), ["hello_world en_US", "order_ready en", "order_ready de"]);
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let (_, second) = graph.get(&format!("{WABA}?limit=3&after={after}")).await;
    assert_eq!(names(&second), ["order_ready es"]);
    let (_, german) = graph.get(&format!("{WABA}?name=order_ready&language=de&fields=name,language")).await;
    assert_eq!(names(&german), ["order_ready de"]);
    assert!(german["data"][0].get("components").is_none());
    emulator.set_template_status("order_ready", "es", TemplateStatus::Paused);
    assert_eq!(names(&graph.get(&format!("{WABA}?status=PAUSED&category=UTILITY")).await.1), ["order_ready es"]);
    assert!(names(&graph.get(&format!("{WABA}?category=MARKETING")).await.1).is_empty());
    assert_violates(graph.get(&format!("{WABA}?after=3")).await, Rule::Cursor, "9.2");
    let id = german["data"][0]["id"].as_str().unwrap();
    assert_eq!(graph.delete(&format!("{WABA}?name=order_ready&hsm_id={id}")).await.0, 200);
    assert_eq!(names(&graph.get(WABA).await.1), ["hello_world en_US", "order_ready en", "order_ready es"]);
}

/// Meta: message templates.
#[tokio::test]
async fn malformed_templates_are_refused() {
    let (_sim, graph) = start().await;
    let with = |key: &str, value: Value| {
        let mut template = order();
        template[key] = value;
        template
    };
    for name in ["Order", "order-ready", "", "órden"] {
        let rule = if name.is_empty() { Rule::TemplateShape } else { Rule::TemplateName };
        assert_violates(graph.post_to(WABA, &with("name", name.into())).await, rule, "9.2");
    }
    let text = |text: &str| json!([{"type": "BODY", "text": text}]);
    for (key, value) in [
        ("category", json!("SPAM")),
        ("language", json!(null)),
        ("components", json!([])),
        ("components", json!([{"type": "BODY", "text": "a"}, {"type": "NOSE"}])),
        ("components", text("Dear {{2}}")),
        ("components", text("Dear {{name}}")),
        ("parameter_format", json!("ROMAN")),
    ] {
        assert_violates(graph.post_to(WABA, &with(key, value)).await, Rule::TemplateShape, "9.2");
    }
    assert_violates(graph.post_to(WABA, &with("colour", "red".into())).await, Rule::UnknownKey, "12.5");
    let example = |path: &str, value: Value| {
        let mut template = order();
        *template.pointer_mut(path).unwrap() = value;
        template
    };
    for (path, value) in [
        ("/components/1/example", json!(null)),
        ("/components/1/example", json!({"body_text": [["Ana"]]})),
        ("/components/0", json!({"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"})),
        ("/components/3/buttons/0/example", json!([])),
    ] {
        assert_violates(graph.post_to(WABA, &example(path, value)).await, Rule::TemplateExample, "9.2");
    }
    let header = json!({"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["7"]}});
    let mut named = example("/components/0", header);
    named["name"] = "order_with_title".into();
    assert_eq!(graph.post_to(WABA, &named).await.0, 200);
    assert_eq!(graph.post_to(WABA, &order()).await.0, 200);
    assert_violates(graph.post_to(WABA, &order()).await, Rule::TemplateExists, "9.2");
}

/// Meta: error codes.
#[tokio::test]
async fn a_message_must_have_the_parameters_of_its_template() {
    let (emulator, graph) = start().await;
    emulator.add_template(&order());
    let check = async |components: Value, rule: Rule, section: &str| {
        assert_violates(graph.post(send("order_ready", "en", components)).await, rule, section);
        assert_refused_by(&emulator, rule);
    };
    check(json!([picture(), body(&["Ana"]), track()]), Rule::TemplateCount, "4.5").await;
    check(json!([picture(), body(&["Ana", "7", "x"]), track()]), Rule::TemplateCount, "4.5").await;
    check(json!([body(&["Ana", "7"]), track()]), Rule::TemplateCount, "4.5").await;
    check(json!([picture(), body(&["Ana", "7"])]), Rule::TemplateCount, "4.5").await;
    let header = json!({"type": "header", "parameters": words(&["a"])});
    check(json!([header, body(&["Ana", "7"]), track()]), Rule::TemplateFormat, "4.5").await;
    let reply = json!({"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "a"}]});
    check(json!([picture(), body(&["Ana", "7"]), reply]), Rule::TemplateFormat, "4.5").await;
    let third = json!({"type": "button", "sub_type": "url", "index": 2, "parameters": words(&["7"])});
    check(json!([picture(), body(&["Ana", "7"]), track(), third]), Rule::TemplateFormat, "4.5").await;
    for text in ["a\nb", "a\tb", "a     b"] {
        check(json!([picture(), body(&["Ana", text]), track()]), Rule::TemplateText, "12.5").await;
    }
    let long = "a".repeat(1_020);
    check(json!([picture(), body(&["Ana", &long]), track()]), Rule::TemplateLength, "7.2").await;
    let mut named = body(&["Ana", "7"]);
    named["parameters"][0]["parameter_name"] = "customer".into();
    check(json!([picture(), named, track()]), Rule::TemplateNames, "4.5").await;
    let id = json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "17"}}]});
    check(json!([id, body(&["Ana", "7"]), track()]), Rule::MediaId, "5.2").await;

    let without_language = json!({"to": "34600000000", "type": "template", "template": {"name": "order_ready"}});
    assert_violates(graph.post(without_language).await, Rule::Required, "12.5");
    check(json!([{"type": "nose"}]), Rule::Form, "12.5").await;
    assert_eq!(graph.post(send("order_ready", "en", json!([picture(), body(&["Ana", "7"]), track()]))).await.0, 200);
}

/// Meta: message templates, named parameters.
#[tokio::test]
async fn named_parameters_must_match_the_template() {
    let (emulator, graph) = start().await;
    emulator.add_template(&json!({
        "name": "named", "language": "en", "category": "marketing", "parameter_format": "named",
        "components": [{
            "type": "BODY", "text": "Dear {{first}} {{last}}, dear {{first}}",
            "example": {"body_text_named_params": [
                {"param_name": "first", "example": "Ana"}, {"param_name": "last", "example": "B."},
            ]},
        }],
    }));
    let named = |names: [Option<&str>; 2]| {
        let parameters = names.map(|name| match name {
            Some(name) => json!({"type": "text", "text": "x", "parameter_name": name}),
            None => json!({"type": "text", "text": "x"}),
        });
        send("named", "en", json!([{"type": "body", "parameters": parameters}]))
    };
    assert_eq!(graph.post(named([Some("last"), Some("first")])).await.0, 200, "in any order");
    for names in [[Some("first"), None], [Some("first"), Some("middle")], [Some("first"), Some("first")]] {
        assert_violates(graph.post(named(names)).await, Rule::TemplateNames, "4.5");
    }
}

/// Meta: error codes.
#[tokio::test]
async fn only_approved_templates_can_be_sent() {
    let (emulator, graph) = start().await;
    let hello = |language| send("hello_world", language, json!([]));
    assert_eq!(graph.post(hello("en_US")).await.0, 200);
    assert_violates(graph.post(hello("en")).await, Rule::TemplateUnknown, "7.2");
    assert_violates(graph.post(send("no_such_template", "en_US", json!([]))).await, Rule::TemplateUnknown, "7.2");
    for (status, rule) in [
        (TemplateStatus::Pending, Rule::TemplateUnknown),
        (TemplateStatus::Rejected, Rule::TemplateUnknown),
        (TemplateStatus::Paused, Rule::TemplatePaused),
        (TemplateStatus::Disabled, Rule::TemplateDisabled),
    ] {
        emulator.set_template_status("hello_world", "en_US", status);
        assert_violates(graph.post(hello("en_US")).await, rule, "7.2");
    }
}

/// Unverified.
#[tokio::test]
async fn marketing_messages_use_marketing_templates() {
    let (emulator, graph) = start().await;
    let mut marketing = order();
    marketing["category"] = "MARKETING".into();
    marketing["language"] = "es".into();
    emulator.add_template(&order());
    emulator.add_template(&marketing);
    let post = async |mut message: Value| {
        message["messaging_product"] = "whatsapp".into();
        graph.post_to("1000001/marketing_messages", &message).await
    };
    let components = || json!([picture(), body(&["Ana", "7"]), track()]);
    assert_violates(post(send("order_ready", "en", components())).await, Rule::MarketingTemplate, "12.5");
    let mut message = send("order_ready", "es", components());
    message["product_policy"] = "STRICT".into();
    message["message_activity_sharing"] = false.into();
    assert_eq!(post(message.clone()).await.0, 200);
    message["product_policy"] = "LOOSE".into();
    assert_violates(post(message).await, Rule::Form, "12.5");
    let text = json!({"to": "34600000000", "type": "text", "text": {"body": "a"}});
    assert_violates(post(text).await, Rule::UnknownKey, "12.5");
}

/// Meta: webhook fields. The template id is a number in webhooks.
#[tokio::test]
async fn a_template_decision_is_posted_to_the_webhook() {
    let (emulator, graph) = start().await;
    let server = WebhookServer::start(&emulator).await;
    let (_, created) = graph.post_to(WABA, &order()).await;
    emulator.set_template_status("order_ready", "en", TemplateStatus::Rejected);
    emulator.expect_idle().await;
    let body: Value = serde_json::from_slice(&server.posts()[0].body).unwrap();
    let change = &body["entry"][0]["changes"][0];
    assert_eq!(
        (&change["field"], &change["value"]["event"]),
        (&json!("message_template_status_update"), &json!("REJECTED"))
    );
    let id = change["value"]["message_template_id"].as_u64().unwrap();
    assert_eq!(created["id"], id.to_string());
}

/// Meta: webhook fields.
#[tokio::test]
async fn each_decision_about_a_template_has_its_webhook() {
    let (emulator, graph) = start().await;
    let server = WebhookServer::start(&emulator).await;
    emulator.add_template(&order());
    let control = format!("{}/control/actions", emulator.url());
    let review = async |decision: Value| {
        let mut review = json!({"name": "order_ready", "language": "en"});
        review.as_object_mut().unwrap().extend(decision.as_object().unwrap().clone());
        let answer = fetch(graph.http.post(&control).json(&json!({ "review_template": review }))).await;
        emulator.expect_idle().await;
        (answer, server.changes().last().cloned().unwrap_or_default())
    };
    let id: u64 =
        graph.get(&format!("{WABA}?name=order_ready")).await.1["data"][0]["id"].as_str().unwrap().parse().unwrap();
    let template = |more: Value| {
        let mut value = json!({
            "message_template_id": id, "message_template_name": "order_ready", "message_template_language": "en",
        });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let (_, change) = review(json!({"quality": "yellow"})).await;
    assert_eq!(change["field"], "message_template_quality_update");
    assert_eq!(change["value"], template(json!({"previous_quality_score": "UNKNOWN", "new_quality_score": "YELLOW"})));
    let (_, change) = review(json!({"category": "marketing"})).await;
    assert_eq!(change["field"], "template_category_update");
    assert_eq!(change["value"], template(json!({"previous_category": "UTILITY", "new_category": "MARKETING"})));
    for (decision, event, detail, key) in [
        (json!({"status": "paused"}), "PAUSED", "/value/other_info/title", "FIRST_PAUSE"),
        (json!({"status": "rejected", "reason": "SCAM"}), "REJECTED", "/value/rejection_info/reason", "SCAM"),
        (json!({"status": "rejected"}), "REJECTED", "/value/reason", "INVALID_FORMAT"),
        (json!({"status": "approved"}), "APPROVED", "/value/reason", "NONE"),
    ] {
        let (_, change) = review(decision).await;
        assert_eq!(
            (&change["field"], &change["value"]["event"]),
            (&json!("message_template_status_update"), &json!(event))
        );
        assert_eq!(change["value"]["message_template_category"], "MARKETING");
        assert_eq!(change.pointer(detail), Some(&json!(key)));
    }
    let (_, change) = review(json!({"status": "disabled"})).await;
    assert!(change["value"]["disable_info"]["disable_date"].is_string(), "{change}");
    let (_, found) = graph.get(&format!("{id}?fields=status,category,quality_score,rejected_reason")).await;
    let quality = json!({"score": "YELLOW", "date": 1_767_225_600});
    assert_eq!(
        found,
        json!({"id": id.to_string(), "status": "DISABLED", "category": "MARKETING", "quality_score": quality, "rejected_reason": "NONE"})
    );
    let ((status, refused), _) = review(json!({"category": "spam"})).await;
    assert_eq!((status, &refused["error"]), (400, &json!("a category is AUTHENTICATION, MARKETING or UTILITY")));
    let ((status, _), _) = review(json!({"language": "de", "status": "approved"})).await;
    assert_eq!(status, 400);
}

/// Meta: message templates.
#[tokio::test]
async fn templates_are_approved_after_a_delay() {
    let approval = "after=2s".parse().unwrap();
    let emulator = builder().template_approval(approval).frozen_clock(SystemTime::UNIX_EPOCH).start().await.unwrap();
    let (server, graph) = (WebhookServer::start(&emulator).await, Graph::new(&emulator));
    let (_, created) = graph.post_to(WABA, &order()).await;
    let id = created["id"].as_str().unwrap();
    let status = async || graph.get(&format!("{id}?fields=status")).await.1["status"].clone();
    assert_eq!((&created["status"], status().await), (&json!("PENDING"), json!("PENDING")));
    emulator.advance(Duration::from_secs(2));
    emulator.expect_idle().await;
    assert_eq!(status().await, "APPROVED");
    assert_eq!(server.changes()[0]["value"]["event"], "APPROVED");

    assert_eq!(graph.post_to(id, &json!({"category": "MARKETING"})).await.0, 200);
    assert_eq!(status().await, "PENDING");
    emulator.set_template_status("order_ready", "en", TemplateStatus::Rejected);
    emulator.advance(Duration::from_secs(2));
    assert_eq!(status().await, "REJECTED", "a decision ends the review");
    emulator.change_behavior(|behavior| behavior.template_approval = TemplateApproval::Never);
    assert_eq!(graph.post_to(id, &json!({"category": "UTILITY"})).await.0, 200);
    emulator.advance(Duration::from_hours(1));
    assert_eq!(status().await, "PENDING");
}

/// Meta: business-scoped user ids.
#[tokio::test]
async fn authentication_templates_can_be_sent_to_phone_numbers_only() {
    let (emulator, graph) = start().await;
    emulator.add_template(&json!({
        "name": "code", "language": "en", "category": "AUTHENTICATION",
        "components": [
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
        ],
    }));
    let ana = emulator.user("+34600000000");
    let mut message = send("code", "en", json!([body(&["123456"]), track()]));
    assert_eq!(graph.post(message.clone()).await.0, 200);
    message["recipient"] = ana.bsuid().into();
    message["to"] = Value::Null;
    assert_violates(graph.post(message).await, Rule::AuthenticationToBsuid, "1.6");
}

/// Meta: media card carousel templates.
#[tokio::test]
async fn carousel_templates_need_all_their_cards() {
    let (emulator, graph) = start().await;
    let card = json!({"components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "Number {{1}}", "example": {"body_text": [["1"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "This one"}]},
    ]});
    emulator.add_template(&json!({
        "name": "choice", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Choose"}, {"type": "CAROUSEL", "cards": [card, card]}],
    }));
    let cards = |count: usize| {
        let card = json!({"card_index": 0, "components": [picture(), body(&["1"])]});
        send("choice", "en", json!([{"type": "carousel", "cards": vec![card; count]}]))
    };
    assert_eq!(graph.post(cards(2)).await.0, 200);
    assert_violates(graph.post(cards(1)).await, Rule::TemplateCount, "4.5");
}

/// Unverified.
#[tokio::test]
async fn a_pending_template_can_be_edited_in_the_lenient_reading() {
    let emulator = builder().rules(Rules::lenient()).start().await.unwrap();
    let graph = Graph::new(&emulator);
    let (_, created) = graph.post_to(WABA, &order()).await;
    assert_eq!(graph.post_to(created["id"].as_str().unwrap(), &json!({"category": "MARKETING"})).await.0, 200);
}

#[tokio::test]
async fn the_control_api_lists_templates() {
    let (emulator, graph) = start().await;
    emulator.add_template(&order());
    let (name, language) = (order()["name"].clone(), order()["language"].clone());
    let control = format!("{}/control", emulator.url());
    let review = json!({
        "name": name, "language": language, "status": "rejected", "reason": "ABUSIVE_CONTENT", "quality": "red",
        "category": "MARKETING",
    });
    let reviewed = graph.http.post(format!("{control}/actions")).json(&json!({ "review_template": review }));
    assert_eq!(fetch(reviewed).await.0, 200);
    let (_, list) = fetch(graph.http.get(format!("{control}/templates"))).await;
    let mut listed = list["templates"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    assert!(listed.as_object_mut().unwrap().remove("id").is_some_and(|id| id.is_string()));
    let expected = json!({
        "name": name, "language": language, "category": "MARKETING", "status": "REJECTED", "quality": "RED",
        "rejected_reason": "ABUSIVE_CONTENT", "is_generated": false,
    });
    assert_eq!(listed, expected);
    assert_eq!(list["templates"][0]["name"], "hello_world");
}
