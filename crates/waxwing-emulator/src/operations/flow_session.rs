//! Flows that users have open on their phones.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint>

use serde_json::{Map, Value, json};

use crate::action::{ActionError, ActionOutcome};
use crate::message::ChatContent;
use crate::operations::inbound::{self, InboundOptions};
use crate::operations::user_content;
use crate::rules::flow_json::SUCCESS;
use crate::rules::message::FlowKey;
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::effect::Effect;
use crate::world::flow_sessions::{EndpointError, EndpointRequest, FlowSession, FlowSessionState};

/// Version of the data exchange for a flow whose JSON states none.
const DATA_API_VERSION: &str = "3.0";

/// Flow that a message opens.
#[derive(Debug)]
struct OpenedFlow {
    key: FlowKey,
    token: Option<String>,
    /// Whether the endpoint chooses the first screen.
    is_exchange: bool,
    /// First screen, with its data.
    payload: Value,
}

/// Opens the flow of a message. The endpoint of the flow chooses the first screen, if the message says so.
pub(crate) fn open(world: &mut World, user: EmulatedUserId, message: &str) -> Result<ActionOutcome, ActionError> {
    let found = world.users.message_in_chat(user, message).map(|entry| &entry.message);
    let found = found.ok_or_else(|| ActionError::new("there is no such message"))?;
    let number = world.number_of(found);
    let opened = opened_flow(world, &found.content).ok_or_else(|| ActionError::new("the message opens no flow"))?;
    let flow = world.account.flows.find(&opened.key);
    let flow = flow.ok_or_else(|| ActionError::new("the flow of the message does not exist"))?;
    let first = opened.payload["screen"].as_str().or_else(|| flow.definition.screens.first().map(String::as_str));
    let session = FlowSession {
        message: message.to_owned(),
        flow: flow.id.clone(),
        number,
        token: opened.token,
        screen: first.map(str::to_owned).filter(|_| !opened.is_exchange),
        data: opened.payload["data"].clone(),
        state: FlowSessionState::Open,
        exchange: 0,
    };
    if opened.is_exchange {
        // The flow that the user had open stays open if this one cannot be.
        endpoint(world, &session.flow)?;
    }
    world.flow_sessions.open(user, session);
    if opened.is_exchange {
        request(world, user, "INIT", None)?;
    } else {
        record(world, user);
    }
    Ok(ActionOutcome::of_user(user, Some(message.to_owned())))
}

/// Sends the data of the current screen to the endpoint of the flow, or asks the endpoint for the screen before it.
pub(crate) fn submit(
    world: &mut World,
    user: EmulatedUserId,
    data: Map<String, Value>,
    is_back: bool,
) -> Result<ActionOutcome, ActionError> {
    let session = world.flow_sessions.get(user).filter(|session| session.state == FlowSessionState::Open);
    let message = session.map(|session| session.message.clone());
    let message = message.ok_or_else(|| ActionError::new("the user has no flow open; use opens_flow"))?;
    let (action, data) = if is_back { ("BACK", Map::new()) } else { ("data_exchange", data) };
    request(world, user, action, Some(data))?;
    Ok(ActionOutcome::of_user(user, Some(message)))
}

/// Continues with the answer of the endpoint, unless the user has opened another flow in the meantime.
pub(crate) fn answered(world: &mut World, user: EmulatedUserId, exchange: u64, answer: Result<Value, EndpointError>) {
    world.runtime.end_transfer();
    let Some(session) = world.flow_sessions.waiting(user, exchange).cloned() else { return };
    let known = world.account.flows.get(&session.flow).map(|flow| flow.definition.screens.as_slice());
    let is_known = |screen: &str| known.is_none_or(|known| known.is_empty() || known.iter().any(|id| id == screen));
    let failed = |why: String| FlowSession { state: FlowSessionState::Failed(why), ..session.clone() };
    let next = match answer {
        Err(error) => failed(error.to_string()),
        Ok(answer) => match answer["screen"].as_str() {
            Some(SUCCESS) => return complete(world, user, session, &answer),
            Some(screen) if is_known(screen) => FlowSession {
                screen: Some(screen.to_owned()),
                data: answer["data"].clone(),
                state: FlowSessionState::Open,
                ..session
            },
            Some(screen) => {
                failed(format!("the endpoint answers with the screen {screen}, which the flow does not have"))
            }
            None => failed("the endpoint answers without a screen".to_owned()),
        },
    };
    world.flow_sessions.open(user, next);
    record(world, user);
}

/// Sends the answers with which the endpoint ended the flow.
fn complete(world: &mut World, user: EmulatedUserId, session: FlowSession, answer: &Value) {
    let response = answer["data"]["extension_message_response"]["params"].as_object().cloned().unwrap_or_default();
    let state = match user_content::flow_reply(world, &session.message, response) {
        Ok(content) => {
            let reply_to = Some(session.message.clone());
            let options = InboundOptions { reply_to, number: session.number, ..InboundOptions::default() };
            inbound::send(world, user, content, &options);
            FlowSessionState::Completed
        }
        Err(error) => FlowSessionState::Failed(error.to_string()),
    };
    world.flow_sessions.open(user, FlowSession { screen: None, data: answer["data"].clone(), state, ..session });
    record(world, user);
}

/// Requests the exchange with the endpoint.
fn request(
    world: &mut World,
    user: EmulatedUserId,
    action: &str,
    data: Option<Map<String, Value>>,
) -> Result<(), ActionError> {
    let session = world.flow_sessions.get(user).ok_or_else(|| ActionError::new("the user has no flow open"))?;
    let uri = endpoint(world, &session.flow)?;
    let flow = world.account.flows.get(&session.flow);
    let version = flow.and_then(|flow| flow.definition.data_api_version.clone());
    let mut payload = json!({ "version": version.as_deref().unwrap_or(DATA_API_VERSION), "action": action });
    if let Some(token) = &session.token {
        payload["flow_token"] = token.as_str().into();
    }
    if let Some(data) = data {
        payload["screen"] = session.screen.clone().into();
        payload["data"] = data.into();
    }
    let number = session.number;
    let subject = Some(WebhookSubject::Message { user, message: session.message.clone() });
    let exchange = world.flow_sessions.wait(user);
    let request = Box::new(EndpointRequest { uri, number, subject, payload });
    world.runtime.request(Effect::ExchangeFlow { user, exchange, request });
    Ok(())
}

/// Returns the URL of the endpoint of a flow.
fn endpoint(world: &World, flow: &str) -> Result<String, ActionError> {
    let uri = world.account.flows.get(flow).and_then(|flow| flow.endpoint_uri.clone());
    let why = "the flow has no endpoint_uri; set one, or complete the flow with completes_flow";
    uri.ok_or_else(|| ActionError::new(why))
}

fn record(world: &mut World, user: EmulatedUserId) {
    let Some(session) = world.flow_sessions.get(user) else { return };
    let (message, screen) = (session.message.clone(), session.screen.clone());
    let state = session.state.name().to_owned();
    world.record(TimelineEventKind::Flow { user, message, screen, state });
}

/// Returns the flow that a message or a template opens.
fn opened_flow(world: &World, content: &ChatContent) -> Option<OpenedFlow> {
    match content {
        ChatContent::Other { kind, body } if kind == "interactive" && body["type"] == "flow" => {
            let parameters = &body["action"]["parameters"];
            Some(OpenedFlow {
                key: key(parameters)?,
                token: parameters["flow_token"].as_str().map(str::to_owned),
                is_exchange: parameters["flow_action"] == "data_exchange",
                payload: parameters["flow_action_payload"].clone(),
            })
        }
        ChatContent::Template(template) => {
            let definition = &world.account.templates.find(&template.name, &template.language)?.definition;
            let buttons =
                definition.components.iter().filter_map(|component| component["buttons"].as_array()).flatten();
            let button = buttons.clone().find(|button| button["type"].as_str() == Some("FLOW"))?;
            let components = template.body["components"].as_array().map_or(&[][..], Vec::as_slice);
            let argument = components.iter().find(|component| component["sub_type"] == "flow");
            let action = argument.map_or(&Value::Null, |argument| &argument["parameters"][0]["action"]);
            let payload = json!({ "screen": button["navigate_screen"], "data": action["flow_action_data"] });
            Some(OpenedFlow {
                key: key(button)?,
                token: action["flow_token"].as_str().map(str::to_owned),
                is_exchange: button["flow_action"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("data_exchange")),
                payload,
            })
        }
        _ => None,
    }
}

fn key(object: &Value) -> Option<FlowKey> {
    let text =
        |key: &str| object[key].as_str().map(str::to_owned).or_else(|| object[key].as_u64().map(|id| id.to_string()));
    text("flow_id").map(FlowKey::Id).or_else(|| text("flow_name").map(FlowKey::Name))
}

/// Returns the index of a number that has a public key: the first one.
pub(crate) fn number_with_key(world: &World) -> Option<NumberIndex> {
    let numbers = world.account.numbers().iter().filter(|number| number.settings.public_key.is_some());
    numbers.map(|number| number.identity.phone_number_id.clone()).find_map(|id| world.account.find(&id))
}
