//! WhatsApp Flows: the endpoint, from the phone of a user to the handler of a library user.

use serde::Deserialize;
use serde_json::{Value, json};
use waxwing::agent::{Agent, FormRequest, HistoryEntry, Reply, UserMessage, agent_fn};
use waxwing::flow::{FieldKind, FlowAction, FlowKey, FlowRequest, FlowResponse, Form, FormField};
use waxwing::{AgentOs, ConfigError, Database, Server, WhatsApp, WhatsAppBuilder, flow_handler_fn};
use waxwing_client::types::{Address, FlowButton, FlowRef, Interactive, OutboundMessage, WaId};
use waxwing_emulator::matcher::any;
use waxwing_emulator::{Action, Emulator, FlowStatus, User};
use waxwing_tests::TestEnv;

use crate::support::client;

const ANA: &str = "34600000000";

/// Flow with a screen for a size and a screen for the price.
fn flow_json() -> Value {
    let screen = |id: &str, is_terminal: bool| {
        let layout = json!({"type": "SingleColumnLayout", "children": [{"type": "TextBody", "text": "Hello"}]});
        json!({"id": id, "terminal": is_terminal, "layout": layout})
    };
    json!({
        "version": "7.3", "data_api_version": "4.0", "routing_model": {"SIZE": ["PRICE"], "PRICE": []},
        "screens": [screen("SIZE", false), screen("PRICE", true)],
    })
}

/// Form with a field of each kind, on two pages.
fn form() -> Form {
    let sizes = ["Small", "Large"];
    let many = (1..=40).map(|n| format!("Table {n}"));
    Form::new("Book a table")
        .intro("We are open from 12 to 23.")
        .field(FormField::text("name", "Your name"))
        .field(FormField::number("guests", "Guests"))
        .field(FormField::new(FieldKind::Email, "email", "Email").optional())
        .field(FormField::new(FieldKind::Phone, "phone", "Phone").optional())
        .field(FormField::date("day", "Which day?"))
        .field(FormField::choice("size", "Size", sizes).on_new_page("The table"))
        .field(FormField::choice("table", "Table", many).optional())
        .field(FormField::choices("extras", "Extras", ["Candles", "Flowers"]).optional())
        .field(FormField::new(FieldKind::LongText, "note", "Anything else?").optional())
        .field(FormField::opt_in("terms", "I agree to the terms."))
}

/// Posts to the emulated Graph API.
async fn post(emulator: &Emulator, path: &str, body: &Value) -> Value {
    let url = format!("{}/v25.0/{path}", emulator.url());
    let request = reqwest::Client::new().post(url).bearer_auth(emulator.access_token()).json(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

/// Chooses the screens of the flow.
fn answer(request: &FlowRequest) -> FlowResponse {
    match (&request.action, request.screen.as_deref()) {
        (FlowAction::Init | FlowAction::Back, _) => FlowResponse::screen("SIZE").with("sizes", json!(["S", "L"])),
        (FlowAction::DataExchange, Some("SIZE")) if request.data["size"] == "XL" => {
            FlowResponse::screen("SIZE").with_error("Sold out.")
        }
        (FlowAction::DataExchange, Some("SIZE")) => FlowResponse::screen("PRICE").with("price", 9),
        (FlowAction::DataExchange, Some("PRICE")) => FlowResponse::complete().with("order", 7),
        _ => FlowResponse::token_expired("Too late."),
    }
}

fn interface(emulator: &Emulator) -> WhatsAppBuilder {
    with_agent(emulator, orders())
}

fn with_agent(emulator: &Emulator, agent: impl Agent + 'static) -> WhatsAppBuilder {
    WhatsApp::builder(agent)
        .access_token(emulator.access_token())
        .phone_number_id(emulator.phone_number_id())
        .app_secret(emulator.app_secret().unwrap())
        .verify_token(emulator.verify_token())
        .graph_url(emulator.url())
}

/// Agent that reads the answer of the flow.
fn orders() -> impl Agent {
    agent_fn("orders", |turn, _ctx| async move {
        let Some(answer) = turn.messages.last().and_then(UserMessage::form_answer) else { return Ok("Hello".into()) };
        let order: Placed = answer.parse()?;
        Ok(Reply::text(format!("Order {}", order.order)))
    })
}

/// Starts a server, and sends the webhooks of the emulator to it. Returns the server and the URL of its prefix.
async fn serve(env: &TestEnv, interface: WhatsAppBuilder) -> (Server, String) {
    let os = AgentOs::new().database(Database::sqlite(env.path("test.db")));
    let server = os.interface(interface.build().unwrap()).start().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}/whatsapp", listener.local_addr().unwrap());
    let router = server.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    env.emulator.set_webhook(format!("{origin}/webhook"));
    (server, origin)
}

/// Answer of the flow.
#[derive(Deserialize)]
struct Placed {
    order: u32,
}

/// A server with the endpoint of a published flow.
struct Scene {
    env: TestEnv,
    server: Server,
    ana: User,
    flow: String,
}

impl Scene {
    async fn new() -> Self {
        let env = TestEnv::new().await;
        let emulator = &env.emulator;
        let key = FlowKey::generate().unwrap();
        let public_key = key.public_key_pem().unwrap();
        let handler = flow_handler_fn(|request| async move { Ok(answer(&request)) });
        let (server, origin) = serve(&env, interface(emulator).flow_endpoint("order", key, handler)).await;

        let encryption = format!("{}/whatsapp_business_encryption", emulator.phone_number_id());
        post(emulator, &encryption, &json!({"business_public_key": public_key})).await;
        let flow = json!({
            "name": "order", "categories": ["OTHER"], "flow_json": flow_json().to_string(),
            "endpoint_uri": format!("{origin}/flows/order"),
        });
        let flow = post(emulator, "2000002/flows", &flow).await["id"].as_str().unwrap().to_owned();
        // Meta publishes a flow only if its endpoint answers a health check.
        post(emulator, &format!("{flow}/publish"), &json!({})).await;
        let ana = emulator.user(format!("+{ANA}").as_str());
        ana.says("hi").await;
        ana.expect("Hello").await;
        Self { env, server, ana, flow }
    }

    /// Sends the flow. Returns the id of the message.
    async fn send(&self) -> String {
        let button = FlowButton::new(FlowRef::Id(self.flow.clone()), "Order").token("t-1").data_exchange();
        let message = OutboundMessage::new(Address::from(WaId::new(ANA)), Interactive::flow("Order here.", button));
        let sent = client(&self.env.emulator).send(&message).await.unwrap();
        self.ana.expect_message().await;
        sent.id.into_string()
    }

    async fn submit(&self, data: Value) -> waxwing_emulator::FlowScreen {
        self.ana.submits_flow_screen(data.as_object().unwrap().clone()).await
    }
}

#[tokio::test]
async fn a_phone_walks_through_a_flow_whose_endpoint_is_a_handler() {
    let scene = Scene::new().await;
    let message = scene.send().await;
    let first = scene.ana.opens_flow(&message).await;
    assert_eq!((first.screen.as_deref(), first.error), (Some("SIZE"), None));
    assert_eq!(first.data, json!({"sizes": ["S", "L"]}));
    let again = scene.submit(json!({"size": "XL"})).await;
    assert_eq!((again.screen.as_deref(), &again.data["error_message"]), (Some("SIZE"), &json!("Sold out.")));
    let next = scene.submit(json!({"size": "L"})).await;
    assert_eq!((next.screen.as_deref(), &next.data), (Some("PRICE"), &json!({"price": 9})));
    assert_eq!(scene.ana.goes_back_in_flow().await.screen.as_deref(), Some("SIZE"));
    scene.submit(json!({"size": "S"})).await;
    assert!(scene.submit(json!({})).await.is_completed);
    scene.ana.expect("Order 7").await;
    scene.env.emulator.expect_idle().await;
    scene.server.shutdown().await;
}

#[tokio::test]
async fn a_key_that_meta_does_not_know_is_refused() {
    let scene = Scene::new().await;
    let message = scene.send().await;
    let other = FlowKey::generate().unwrap().public_key_pem().unwrap();
    let encryption = format!("{}/whatsapp_business_encryption", scene.env.emulator.phone_number_id());
    post(&scene.env.emulator, &encryption, &json!({"business_public_key": other})).await;
    let shown = scene.ana.opens_flow(&message).await;
    assert!(shown.error.unwrap().contains("status 421"));
    scene.server.shutdown().await;
}

/// Answer to the form of the booking agent.
#[derive(Deserialize)]
struct Booking {
    guests: u8,
    note: Option<String>,
}

/// Agent that sends a form, and reads its answer.
fn bookings() -> impl Agent {
    agent_fn("bookings", |turn, ctx| async move {
        let Some(answer) = turn.messages.last().and_then(UserMessage::form_answer) else {
            let earlier = ctx.session().history().iter().filter_map(HistoryEntry::message);
            let known = earlier.filter_map(|message| message.form_answer()?.form.clone()).count();
            let form = FormRequest::flow_id("7001").with_name("booking").with_label("Book a table");
            return Ok(form.with_text(format!("When will you come? You booked {known} times.")).into());
        };
        let form = answer.form.as_deref().unwrap_or("an unknown form");
        let Booking { guests, note } = answer.parse()?;
        let token = answer.answer.get("flow_token").is_some();
        Ok(Reply::text(format!("{form}: {guests} guests, note {note:?}, token {token}")))
    })
}

/// Sends the form to a user. Returns the id of its message and the token.
async fn ask_for_form(user: &User, times: u32) -> (String, String) {
    user.says("A table, please.").await;
    let text = format!("When will you come? You booked {times} times.");
    let sent = user.expect(any().saying(text)).await;
    let parameters = &sent.request.as_ref().unwrap()["interactive"]["action"]["parameters"];
    assert_eq!((&parameters["flow_id"], &parameters["flow_cta"]), (&json!("7001"), &json!("Book a table")));
    let token = parameters["flow_token"].as_str().unwrap().to_owned();
    (sent.id, token)
}

/// Completes the flow of a message.
fn complete(env: &TestEnv, user: &User, message: &str, response: Value) {
    let (user, message, Value::Object(response)) = (user.name(), Some(message.to_owned()), response) else { panic!() };
    env.emulator.perform(Action::CompletesFlow { user, message, response }).unwrap();
}

#[tokio::test]
async fn an_agent_sends_a_form_whose_answer_counts_in_its_conversation_only() {
    let env = TestEnv::new().await;
    let (id, name) = (Some("7001".to_owned()), "book".to_owned());
    env.emulator.perform(Action::SetFlow { id, name, status: FlowStatus::Published }).unwrap();
    let (server, _) = serve(&env, with_agent(&env.emulator, bookings())).await;
    let (ana, bea) = (env.emulator.user("+34600000000"), env.emulator.user("+34600000001"));

    let (message, token) = ask_for_form(&ana, 0).await;
    complete(&env, &ana, &message, json!({"guests": "4", "note": ""}));
    ana.expect("booking: 4 guests, note None, token false").await;
    let (_, second) = ask_for_form(&ana, 1).await;
    assert_ne!(token, second, "each button has its own token");

    let (message, _) = ask_for_form(&bea, 0).await;
    complete(&env, &bea, &message, json!({"guests": "2", "flow_token": token}));
    bea.expect("an unknown form: 2 guests, note None, token false").await;
    complete(&env, &bea, &message, json!({"guests": "2", "note": "window", "flow_token": "made up"}));
    bea.expect(r#"an unknown form: 2 guests, note Some("window"), token true"#).await;
    server.shutdown().await;
}

/// The emulator validates the JSON of a flow by its own reading of Meta's documentation.
#[tokio::test]
async fn the_flow_of_a_form_is_published() {
    let emulator = Emulator::builder().start().await.unwrap();
    let json = form().to_flow_json().unwrap();
    let flow = json!({"name": "book", "categories": ["OTHER"], "flow_json": json.to_string()});
    let created = post(&emulator, "2000002/flows", &flow).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["validation_errors"], json!([]));
    post(&emulator, &format!("{id}/publish"), &json!({})).await;
    emulator.shutdown().await;
}

#[tokio::test]
async fn endpoints_have_names_of_their_own() {
    let emulator = Emulator::builder().start().await.unwrap();
    let add = |interface: WhatsAppBuilder, name: &str| {
        let handler = flow_handler_fn(|_| async { Ok(FlowResponse::complete()) });
        interface.flow_endpoint(name, FlowKey::generate().unwrap(), handler)
    };
    let error = |interface: WhatsAppBuilder| interface.build().unwrap_err().to_string();
    assert!(error(add(interface(&emulator), "a/b")).contains(r#"the flow endpoint "a/b""#));
    assert!(error(add(add(interface(&emulator), "a"), "a")).contains("two flow endpoints have the name a"));
    let first = add(interface(&emulator), "a").build().unwrap();
    let second = add(interface(&emulator).phone_number_id("1000002"), "a").build().unwrap();
    let checked: Result<(), ConfigError> = AgentOs::new().interface(first).interface(second).check();
    assert!(checked.unwrap_err().to_string().contains("the flow endpoint a"));
    emulator.shutdown().await;
}
