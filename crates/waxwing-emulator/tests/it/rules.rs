//! Rules for the form of a message. Each case violates a rule once and complies with it once, and cites the section of the source.
#![expect(clippy::needless_pass_by_value, reason = "cases read better without references to literals")]

use serde_json::{Value, json};
use waxwing_emulator::{Action, Emulator, FlowStatus, RateLimits, Rule, Rules};

use crate::support::{Graph, assert_refused_by, assert_violates, builder};

/// Chat with Ana, who has just sent a message.
struct Scene {
    emulator: Emulator,
    graph: Graph,
    /// Id of Ana's message.
    hi: String,
}

impl Scene {
    async fn new(rules: Rules) -> Self {
        let emulator = builder().rules(rules).rate_limits(RateLimits::unlimited()).start().await.unwrap();
        let graph = Graph::new(&emulator);
        let hi = emulator.user("+34600000000").says("hi").await;
        let products = (0..31).map(|n| n.to_string()).collect();
        emulator.perform(Action::AddProducts { catalog: "1".to_owned(), products }).unwrap();
        let status = FlowStatus::Published;
        emulator.perform(Action::SetFlow { id: Some("1".to_owned()), name: "order".to_owned(), status }).unwrap();
        Self { emulator, graph, hi }
    }

    /// Returns a chat without products and flows.
    async fn empty() -> Self {
        let emulator = builder().start().await.unwrap();
        let graph = Graph::new(&emulator);
        let hi = emulator.user("+34600000000").says("hi").await;
        Self { emulator, graph, hi }
    }

    /// Sends a message to Ana. `fields` can override the recipient.
    async fn send(&self, fields: Value) -> (u16, Value) {
        let mut body = json!({"to": "34600000000"});
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.graph.post(body).await
    }

    /// Violates a rule, and complies with it.
    async fn check(&self, rule: Rule, section: &str, broken: Value, kept: Value) {
        let shown = broken.to_string();
        assert_violates(self.send(broken).await, rule, section);
        assert_refused_by(&self.emulator, rule);
        let (status, body) = self.send(kept).await;
        assert_eq!(status, 200, "{rule}: {body}, while it refused {shown:.200}");
    }
}

fn text(body: impl Into<Value>) -> Value {
    json!({"type": "text", "text": {"body": body.into()}})
}

fn interactive(content: Value) -> Value {
    json!({"type": "interactive", "interactive": content})
}

/// Returns an interactive message.
fn with_body(kind: &str, text: &str, action: Value) -> Value {
    interactive(json!({"type": kind, "body": {"text": text}, "action": action}))
}

fn action(kind: &str, action: Value) -> Value {
    with_body(kind, "Well?", action)
}

fn buttons(count: usize) -> Value {
    let buttons: Vec<_> = (0..count).map(|n| button(&format!("id {n}"), &format!("title {n}"))).collect();
    action("button", json!({"buttons": buttons}))
}

fn button(id: &str, title: &str) -> Value {
    json!({"type": "reply", "reply": {"id": id, "title": title}})
}

fn a_button(id: &str, title: &str) -> Value {
    action("button", json!({"buttons": [button(id, title)]}))
}

/// Returns a message with a header and one button.
fn header(header: Value) -> Value {
    let action = json!({"buttons": [button("a", "b")]});
    interactive(json!({"type": "button", "header": header, "body": {"text": "Well?"}, "action": action}))
}

fn row(id: &str, title: &str, description: &str) -> Value {
    json!({"id": id, "title": title, "description": description})
}

fn rows(count: usize) -> Vec<Value> {
    (0..count).map(|n| row(&format!("id {n}"), "a", "b")).collect()
}

fn sections(sections: Value) -> Value {
    action("list", json!({"button": "Choose", "sections": sections}))
}

fn one_row(row: Value) -> Value {
    sections(json!([{"rows": [row]}]))
}

fn flow(changes: Value) -> Value {
    let mut parameters = json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"});
    for (key, value) in changes.as_object().unwrap() {
        parameters[key] = value.clone();
    }
    action("flow", json!({"name": "flow", "parameters": parameters}))
}

fn card(index: usize, changes: Value) -> Value {
    let mut card = json!({
        "card_index": index,
        "type": "cta_url",
        "header": {"type": "image", "image": {"link": "https://example.com/a.png"}},
        "body": {"text": "a card"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://example.com"}},
    });
    for (key, value) in changes.as_object().unwrap() {
        card[key] = value.clone();
    }
    card
}

fn carousel(cards: Vec<Value>) -> Value {
    action("carousel", json!({"cards": cards}))
}

fn cards(count: usize) -> Value {
    carousel((0..count).map(|index| card(index, json!({}))).collect())
}

#[tokio::test]
async fn the_envelope_is_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    check(Rule::Required, "12.5", json!({"type": "text", "text": {}}), text("a")).await;
    check(Rule::Required, "12.5", text(""), text("a")).await;
    check(Rule::Required, "12.5", json!({}), json!({"text": {"body": "a"}})).await;
    check(Rule::Form, "12.5", text(7), text("7")).await;
    check(Rule::Form, "12.5", json!({"type": "text", "text": "a"}), text("a")).await;
    check(Rule::Form, "12.5", json!({"recipient_type": "crowd", "type": "text", "text": {"body": "a"}}), text("a"))
        .await;
    check(Rule::MessageType, "4.2", json!({"type": "fax"}), text("a")).await;
    let with = |key: &str, value: Value| {
        let mut body = text("a");
        body[key] = value;
        body
    };
    let data = |count| with("biz_opaque_callback_data", "x".repeat(count).into());
    check(Rule::CallbackData, "4.1", data(513), data(512)).await;
    check(Rule::Address, "1.6", with("to", "Ana".into()), with("to", "+34 600-000-000".into())).await;
    let bsuid = scene.emulator.user("+34600000000").bsuid().unwrap();
    let mut to_bsuid = with("recipient", bsuid.clone().into());
    to_bsuid["to"] = Value::Null;
    check(Rule::BsuidInTo, "1.6", with("to", bsuid.into()), to_bsuid).await;
    check(Rule::SelfSend, "7.2", with("to", "15550001111".into()), text("a")).await;
    let quoting = |id: &str| with("context", json!({"message_id": id}));
    check(Rule::QuotedMessage, "4.1", quoting("wamid.unknown"), quoting(&scene.hi)).await;
    assert_violates(scene.send(with("context", json!({}))).await, Rule::Required, "12.5");

    let ben = scene.emulator.user("+34600000001").says("hello").await;
    assert_violates(scene.send(quoting(&ben)).await, Rule::QuotedMessage, "4.1");
    let (status, body) = scene.graph.post_to("1000001/messages", &json!([])).await;
    assert_violates((status, body), Rule::Body, "7.2");
    let mut nobody = with("recipient", "ES.99".into());
    nobody["to"] = Value::Null;
    nobody["type"] = "template".into();
    nobody["template"] = json!({"name": "hello_world", "language": {"code": "en_US"}});
    assert_violates(scene.send(nobody).await, Rule::Undeliverable, "7.2");
}

#[tokio::test]
async fn texts_and_media_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    check(Rule::TextBody, "4.2", text("a".repeat(4097)), text("é".repeat(4096))).await;
    check(Rule::TextBody, "4.2", text("😀".repeat(2049)), text("😀".repeat(2048))).await;
    let (_, body) = scene.graph.upload(b"\x89PNG".to_vec(), "image/png").await;
    let id = body["id"].clone();
    let image = |caption: usize| json!({"type": "image", "image": {"id": id, "caption": "a".repeat(caption)}});
    check(Rule::Caption, "4.2", image(1025), image(1024)).await;
    let (_, body) = scene.graph.upload(b"OggS".to_vec(), "audio/ogg").await;
    let audio = |key: &str, value: Value| json!({"type": "audio", "audio": {"id": body["id"], key: value}});
    check(Rule::UnknownKey, "12.5", audio("caption", "a".into()), audio("voice", true.into())).await;
    let named = |kind: &str| json!({"type": kind, kind: {"id": id, "filename": "a.png"}});
    check(Rule::UnknownKey, "12.5", named("image"), named("document")).await;
    let both = json!({"type": "image", "image": {"id": id, "link": "https://example.com/a.png"}});
    check(Rule::MediaSource, "4.2", both, image(1)).await;
    check(Rule::Link, "4.2", json!({"type": "image", "image": {"link": "ftp://a/b.png"}}), image(1)).await;
    check(Rule::Required, "12.5", json!({"type": "image", "image": {}}), image(1)).await;
    check(Rule::MediaId, "5.2", json!({"type": "image", "image": {"id": "17"}}), image(1)).await;
}

#[tokio::test]
async fn locations_contacts_and_reactions_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    let place = |latitude: Value, longitude: Value| json!({"type": "location", "location": {"latitude": latitude, "longitude": longitude}});
    check(Rule::Coordinates, "4.2", place(90.1.into(), 0.into()), place(90.into(), (-180).into())).await;
    check(Rule::Coordinates, "4.2", place(0.into(), "east".into()), place("1.5".into(), "2.5".into())).await;
    let contacts = |count| {
        let ana =
            json!({"name": {"formatted_name": "Ana B.", "first_name": "Ana"}, "phones": [{"phone": "+34600000000"}]});
        json!({"type": "contacts", "contacts": vec![ana; count]})
    };
    check(Rule::Contacts, "4.2", contacts(6), contacts(5)).await;
    check(Rule::Required, "12.5", contacts(0), contacts(1)).await;
    let half = json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]});
    check(Rule::ContactName, "4.2", half, contacts(1)).await;
    let reaction = |id: &str, emoji: &str| json!({"type": "reaction", "reaction": {"message_id": id, "emoji": emoji}});
    check(Rule::ReactionTarget, "4.2", reaction("wamid.unknown", "👍"), reaction(&scene.hi, "👍")).await;
    check(Rule::ReactionEmoji, "4.2", reaction(&scene.hi, "thumbs up"), reaction(&scene.hi, "👨‍👩‍👧‍👦")).await;
    assert_eq!(scene.send(reaction(&scene.hi, "")).await.0, 200, "takes it back");
}

#[tokio::test]
async fn groups() {
    let scene = Scene::new(Rules::strict()).await;
    let to_group = |mut body: Value| {
        body["to"] = "group-1".into();
        body["recipient_type"] = "group".into();
        body
    };
    let pin =
        |days: u32| json!({"type": "pin", "pin": {"type": "pin", "message_id": "wamid.1", "expiration_days": days}});
    assert_violates(scene.send(to_group(text("a"))).await, Rule::UnknownGroup, "7.2");
    assert_violates(scene.send(to_group(buttons(1))).await, Rule::GroupContent, "4.6");
    assert_violates(scene.send(pin(1)).await, Rule::PinInGroup, "4.2");
    for days in [0, 31] {
        assert_violates(scene.send(to_group(pin(days))).await, Rule::PinDays, "4.2");
    }
}

/// Meta: groups.
#[tokio::test]
async fn group_messages_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let to_group = |mut body: Value| {
        body["to"] = "group-1".into();
        body["recipient_type"] = "group".into();
        body
    };
    let quoting = |id: &str| {
        let mut body = text("a");
        body["context"] = json!({"message_id": id});
        to_group(body)
    };
    let pin =
        |id: &Value| to_group(json!({"type": "pin", "pin": {"type": "pin", "message_id": id, "expiration_days": 30}}));
    let template = |name: &str, components: Value| {
        let template = json!({"name": name, "language": {"code": "en_US"}, "components": components});
        to_group(json!({"type": "template", "template": template}))
    };
    let participants = vec!["+34600000000".to_owned(), "+34600000001".to_owned()];
    let group = Action::CreateGroup { id: Some("group-1".to_owned()), subject: "Us".to_owned(), participants };
    scene.emulator.user("+34600000001");
    scene.emulator.perform(group).unwrap();

    let (status, sent) = scene.send(to_group(text("hello"))).await;
    assert_eq!((status, &sent["contacts"]), (200, &json!([{"input": "group-1"}])), "no window is needed");
    assert_eq!(scene.send(pin(&sent["messages"][0]["id"])).await.0, 200);
    assert_violates(scene.send(pin(&scene.hi.as_str().into())).await, Rule::ReactionTarget, "4.2");
    assert_violates(scene.send(quoting(&scene.hi)).await, Rule::QuotedMessage, "4.1");
    assert_eq!(scene.send(template("hello_world", json!([]))).await.0, 200);
    let code = json!({"name": "code", "language": "en_US", "category": "AUTHENTICATION", "components": []});
    scene.emulator.add_template(&code);
    let body = json!([{"type": "body", "parameters": [{"type": "text", "text": "1"}]}]);
    assert_violates(scene.send(template("code", body)).await, Rule::GroupContent, "4.6");

    let says = Action::Says {
        user: "+34600000000".to_owned(),
        text: "hi all".to_owned(),
        group: Some("group-1".to_owned()),
        quotes: None,
        number: None,
    };
    let hi = scene.emulator.perform(says).unwrap().id.unwrap();
    assert_eq!(scene.send(quoting(&hi)).await.0, 200);
    assert_violates(scene.graph.post(json!({"status": "read", "message_id": hi})).await, Rule::ReceiptInGroup, "4.6");
}

#[tokio::test]
async fn headers_bodies_and_footers_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    let title = |count| header(json!({"type": "text", "text": "a".repeat(count)}));
    check(Rule::HeaderText, "4.3", title(61), title(60)).await;
    let image = |image: Value| header(json!({"type": "image", "image": image}));
    let link = || image(json!({"link": "https://example.com/a.png"}));
    let (_, uploaded) = scene.graph.upload(b"\x89PNG".to_vec(), "image/png").await;
    check(Rule::MediaId, "5.2", image(json!({"id": "1"})), image(json!({"id": uploaded["id"]}))).await;
    check(Rule::HeaderType, "4.3", header(json!({"type": "sticker"})), link()).await;
    let list = |header: Value| {
        let sections = json!([{"rows": rows(1)}]);
        interactive(json!({
            "type": "list", "header": header, "body": {"text": "a"}, "action": {"button": "b", "sections": sections},
        }))
    };
    let picture = json!({"type": "image", "image": {"link": "https://example.com/a.png"}});
    check(Rule::HeaderType, "4.3", list(picture), list(json!({"type": "text", "text": "a"}))).await;
    let body = |count| with_body("button", &"a".repeat(count), json!({"buttons": [button("a", "b")]}));
    check(Rule::InteractiveBody, "4.3", body(1025), body(1024)).await;
    let body = |count| with_body("list", &"a".repeat(count), json!({"button": "b", "sections": [{"rows": rows(1)}]}));
    check(Rule::ListBody, "4.3", body(1025), body(1024)).await;
    let footer = |count| {
        let mut body = buttons(1);
        body["interactive"]["footer"] = json!({"text": "a".repeat(count)});
        body
    };
    check(Rule::Footer, "4.3", footer(61), footer(60)).await;
    for part in ["type", "body", "action"] {
        let mut body = buttons(1);
        body["interactive"].as_object_mut().unwrap().remove(part);
        assert_violates(scene.send(body).await, Rule::Required, "12.5");
    }
    check(Rule::Form, "12.5", action("riddle", json!({})), buttons(1)).await;
}

#[tokio::test]
async fn buttons_and_lists_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    check(Rule::Buttons, "4.3", buttons(4), buttons(3)).await;
    check(Rule::Required, "12.5", buttons(0), buttons(1)).await;
    check(Rule::ButtonId, "4.3", a_button(&"a".repeat(257), "b"), a_button(&"a".repeat(256), "b")).await;
    check(Rule::ButtonTitle, "4.3", a_button("a", &"b".repeat(21)), a_button("a", &"b".repeat(20))).await;
    let pair = |a: Value, b: Value| action("button", json!({"buttons": [a, b]}));
    check(
        Rule::UniqueButtons,
        "4.3",
        pair(button("a", "b"), button("a", "c")),
        pair(button("a", "b"), button("c", "d")),
    )
    .await;
    check(Rule::UniqueButtons, "4.3", pair(button("a", "b"), button("c", "b")), buttons(2)).await;

    let label = |count| action("list", json!({"button": "b".repeat(count), "sections": [{"rows": rows(1)}]}));
    check(Rule::ListButton, "4.3", label(21), label(20)).await;
    let many = |count| {
        let sections: Vec<_> =
            (0..count).map(|n| json!({"title": "t", "rows": [row(&n.to_string(), "a", "b")]})).collect();
        self::sections(sections.into())
    };
    check(Rule::Sections, "4.3", many(11), many(10)).await;
    let titled = |title: &str| sections(json!([{"title": title, "rows": rows(1)}]));
    check(Rule::SectionTitle, "4.3", titled(&"a".repeat(25)), titled(&"a".repeat(24))).await;
    let untitled = json!([{"title": "t", "rows": rows(1)}, {"rows": [row("z", "a", "b")]}]);
    check(Rule::SectionTitles, "4.3", sections(untitled), sections(json!([{"rows": rows(1)}]))).await;
    let split = |first, second: usize| {
        let second: Vec<_> = (0..second).map(|n| row(&format!("more {n}"), "a", "b")).collect();
        sections(json!([{"title": "s", "rows": rows(first)}, {"title": "t", "rows": second}]))
    };
    check(Rule::Rows, "4.3", split(6, 5), split(5, 5)).await;
    check(Rule::RowId, "4.3", one_row(row(&"a".repeat(201), "a", "b")), one_row(row(&"a".repeat(200), "a", "b"))).await;
    check(Rule::RowTitle, "4.3", one_row(row("a", &"a".repeat(25), "b")), one_row(row("a", &"a".repeat(24), "b")))
        .await;
    let described = |count| one_row(row("a", "a", &"b".repeat(count)));
    check(Rule::RowDescription, "4.3", described(73), described(72)).await;
    let twins = json!([{"rows": [row("a", "a", "b"), row("a", "c", "d")]}]);
    check(Rule::UniqueRows, "4.3", sections(twins), sections(json!([{"rows": rows(2)}]))).await;
}

#[tokio::test]
async fn links_calls_and_names_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    let cta = |text: &str, url: &str| {
        action("cta_url", json!({"name": "cta_url", "parameters": {"display_text": text, "url": url}}))
    };
    check(Rule::CtaText, "4.3", cta(&"a".repeat(21), "https://a.b"), cta(&"a".repeat(20), "https://a.b")).await;
    check(Rule::Link, "4.2", cta("a", "a.b"), cta("a", "http://a.b")).await;

    let call =
        |minutes: u32| action("voice_call", json!({"name": "voice_call", "parameters": {"ttl_minutes": minutes}}));
    check(Rule::CallLife, "4.3", call(43_201), call(43_200)).await;
    let address = action("address_message", json!({"name": "address_message", "parameters": {"country": "IN"}}));
    check(Rule::AddressMessage, "4.3", address, buttons(1)).await;
    assert_violates(scene.send(call(0)).await, Rule::CallLife, "4.3");
    for (kind, name) in [
        ("location_request_message", "send_location"),
        ("request_contact_info", "request_contact_info"),
        ("call_permission_request", "call_permission_request"),
        ("catalog_message", "catalog_message"),
        ("order_details", "review_and_pay"),
        ("order_status", "review_order"),
    ] {
        check(Rule::Form, "12.5", action(kind, json!({"name": "x"})), action(kind, json!({"name": name}))).await;
    }
}

#[tokio::test]
async fn flows_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    check(Rule::FlowVersion, "4.3", flow(json!({"flow_message_version": "2"})), flow(json!({}))).await;
    check(Rule::FlowName, "4.3", flow(json!({"flow_name": "a"})), flow(json!({"flow_token": "t"}))).await;
    let label = |text: String| flow(json!({ "flow_cta": text }));
    check(Rule::FlowCta, "12.5", label("a".repeat(31)), label("a".repeat(30))).await;
    check(Rule::FlowUnknown, "4.3", flow(json!({"flow_id": "2"})), flow(json!({}))).await;
    let by_name = |name: &str| flow(json!({"flow_id": null, "flow_name": name}));
    check(Rule::FlowUnknown, "4.3", by_name("Order"), by_name("order")).await;
    for (status, mode, expected) in [
        (FlowStatus::Draft, "published", 400),
        (FlowStatus::Draft, "draft", 200),
        (FlowStatus::Deprecated, "draft", 400),
        (FlowStatus::Published, "published", 200),
    ] {
        let set = Action::SetFlow { id: Some("1".to_owned()), name: "order".to_owned(), status };
        scene.emulator.perform(set).unwrap();
        assert_eq!(scene.send(flow(json!({"mode": mode}))).await.0, expected, "{status:?} {mode}");
    }
    check(Rule::FlowCtaEmoji, "4.3", label("Go 🚀".into()), label("Allez, là-bas".into())).await;
    let screen = |payload: Value| flow(json!({"flow_action": "navigate", "flow_action_payload": payload}));
    check(Rule::Required, "12.5", screen(json!({})), screen(json!({"screen": "A", "data": {"a": 1}}))).await;
    let nameless = json!({"flow_message_version": "3", "flow_cta": "Go"});
    assert_violates(
        scene.send(action("flow", json!({"name": "flow", "parameters": nameless}))).await,
        Rule::Required,
        "12.5",
    );
}

#[tokio::test]
async fn products_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    let products = |count| {
        let items: Vec<_> = (0..count).map(|n| json!({"product_retailer_id": n.to_string()})).collect();
        let action = json!({"catalog_id": "1", "sections": [{"title": "t", "product_items": items}]});
        let header = json!({"type": "text", "text": "Ours"});
        interactive(json!({"type": "product_list", "header": header, "body": {"text": "a"}, "action": action}))
    };
    check(Rule::Products, "4.3", products(31), products(30)).await;
    let single = |catalog: &str, product: &str| {
        interactive(json!({"type": "product", "action": {"catalog_id": catalog, "product_retailer_id": product}}))
    };
    check(Rule::CatalogUnknown, "4.3", single("2", "3"), single("1", "3")).await;
    check(Rule::ProductUnknown, "4.3", single("1", "no"), single("1", "3")).await;
    let thumbnail = |product: &str| {
        let parameters = json!({"thumbnail_product_retailer_id": product});
        action("catalog_message", json!({"name": "catalog_message", "parameters": parameters}))
    };
    check(Rule::ProductUnknown, "4.3", thumbnail("no"), thumbnail("3")).await;
    let product = interactive(json!({"type": "product", "action": {"catalog_id": "1", "product_retailer_id": "2"}}));
    assert_eq!(scene.send(product.clone()).await.0, 200, "a product needs no body");
    let mut headed = product;
    headed["interactive"]["header"] = json!({"type": "text", "text": "Ours"});
    assert_violates(scene.send(headed).await, Rule::HeaderType, "4.3");
    let mut headless = products(1);
    headless["interactive"].as_object_mut().unwrap().remove("header");
    assert_violates(scene.send(headless).await, Rule::Required, "12.5");
    let without_catalog = Scene::empty().await;
    let catalog = action("catalog_message", json!({"name": "catalog_message"}));
    assert_violates(without_catalog.send(catalog).await, Rule::CatalogUnknown, "4.3");
}

#[tokio::test]
async fn carousels_are_checked() {
    let scene = Scene::new(Rules::strict()).await;
    let check = async |rule, section, broken, kept| scene.check(rule, section, broken, kept).await;
    check(Rule::Cards, "4.3", cards(11), cards(10)).await;
    check(Rule::FewestCards, "4.3", cards(1), cards(2)).await;
    let first = |changes| carousel(vec![card(0, changes), card(1, json!({}))]);
    check(Rule::CardIndex, "4.3", first(json!({"card_index": 1})), cards(2)).await;
    let body = |text: &str| first(json!({"body": {"text": text}}));
    check(Rule::CardBody, "4.3", body(&"a".repeat(161)), body(&"a".repeat(160))).await;
    check(Rule::CardLines, "4.3", body("a\nb\nc\nd"), body("a\nb\nc")).await;
    let replies = |count: usize| {
        let reply =
            |n| json!({"type": "quick_reply", "quick_reply": {"id": format!("i{n}"), "title": format!("t{n}")}});
        json!({"action": {"buttons": (0..count).map(reply).collect::<Vec<_>>()}})
    };
    check(Rule::CardsAlike, "4.3", first(replies(1)), carousel(vec![card(0, replies(2)), card(1, replies(2))])).await;
    let id = json!({"header": {"type": "image", "image": {"id": "1"}}});
    check(Rule::UnknownKey, "12.5", first(id), cards(2)).await;
    for part in ["header", "footer"] {
        let mut framed = cards(2);
        framed["interactive"][part] = json!({"type": "text", "text": "a"});
        check(Rule::CarouselFrame, "4.3", framed, cards(2)).await;
    }
}

#[tokio::test]
async fn open_rules_can_be_read_leniently() {
    let scene = Scene::new(Rules::lenient()).await;
    let accepted = async |body: Value| {
        let (status, answer) = scene.send(body).await;
        assert_eq!(status, 200, "{answer}");
    };
    // Unit of lengths.
    accepted(text("😀".repeat(4096))).await;
    assert_violates(scene.send(text("😀".repeat(4097))).await, Rule::TextBody, "4.2");
    assert!(Rule::LengthUnit.has_lenient_reading() && Rule::LengthUnit.source().starts_with("cloud-api 6 "));
    // Quotes of unknown messages.
    let mut quoting = text("a");
    quoting["context"] = json!({"message_id": "wamid.unknown"});
    accepted(quoting).await;
    // Contacts, reactions.
    let ana = json!({"name": {"formatted_name": "Ana B.", "first_name": "Ana"}});
    accepted(json!({"type": "contacts", "contacts": vec![ana.clone(); 257]})).await;
    assert_violates(scene.send(json!({"type": "contacts", "contacts": vec![ana; 258]})).await, Rule::Contacts, "4.2");
    accepted(json!({"type": "reaction", "reaction": {"message_id": scene.hi, "emoji": "ok"}})).await;
    // Limits on which sources conflict.
    let body = |count| with_body("list", &"a".repeat(count), json!({"button": "b", "sections": [{"rows": rows(1)}]}));
    accepted(body(4096)).await;
    assert_violates(scene.send(body(4097)).await, Rule::ListBody, "4.3");
    accepted(sections(json!([{"rows": [row("a", "a", "b"), row("a", "c", "d")]}]))).await;
    accepted(action("address_message", json!({"name": "address_message"}))).await;
    // MIME types that Meta does not list.
    assert_eq!(scene.graph.upload(b"PK".to_vec(), "application/zip").await.0, 200);
}

#[tokio::test]
async fn one_rule_can_be_made_lenient_by_its_name() {
    let scene = Scene::new(Rules::strict().with_lenient("contacts".parse().unwrap())).await;
    let ana = json!({"name": {"formatted_name": "Ana B.", "first_name": "Ana"}});
    assert_eq!(scene.send(json!({"type": "contacts", "contacts": vec![ana; 6]})).await.0, 200);
    assert_violates(scene.send(text("😀".repeat(4096))).await, Rule::TextBody, "4.2");
}

/// A test refers to each rule of the table.
#[test]
fn every_rule_has_a_test() {
    let tests = [
        include_str!("rules.rs"),
        include_str!("account.rs"),
        include_str!("breadth.rs"),
        include_str!("calls.rs"),
        include_str!("direct_send.rs"),
        include_str!("flows.rs"),
        include_str!("group_management.rs"),
        include_str!("graph.rs"),
        include_str!("media.rs"),
        include_str!("leniency.rs"),
        include_str!("marketing.rs"),
        include_str!("number_settings.rs"),
        include_str!("rate_limits.rs"),
        include_str!("templates.rs"),
        include_str!("thread_control.rs"),
        include_str!("uploads.rs"),
        include_str!("../../src/world/account/qr_codes.rs").split_once("mod tests").unwrap().1,
        include_str!("../../src/rules/media.rs").split_once("mod tests").unwrap().1,
    ];
    let named = |rule: Rule| {
        let name = format!("Rule::{rule:?}");
        tests.iter().any(|test| {
            test.match_indices(&name)
                .any(|(at, _)| !test[at + name.len()..].starts_with(|char: char| char.is_ascii_alphanumeric()))
        })
    };
    let untested: Vec<_> = Rule::ALL.iter().copied().filter(|rule| !named(*rule)).collect();
    assert_eq!(untested, [], "rules that no test names");
}
