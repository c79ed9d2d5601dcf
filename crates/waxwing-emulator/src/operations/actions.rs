//! Execution of actions.

use serde_json::{Map, json};

use crate::account_status::TemplateStatus;
use crate::action::{Action, ActionError, ActionOutcome, NewUser};
use crate::message::{Party, UserContent};
use crate::operations::action_targets::{self, MISSING_USER};
use crate::operations::inbound::{self, InboundOptions};
use crate::operations::user_messages::{ActionResult, find_message, same_chat, send_as};
use crate::operations::{
    account_events, business_assets, call_actions, flow_session, group_actions, identity_change, message_echo,
    person_actions, template_review, user_content, user_phone,
};
use crate::persona::Persona;
use crate::rules::address::{is_bsuid, phone_digits};
use crate::rules::error::unsupported_message;
use crate::rules::phone_visibility::PhoneVisibility;
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;

/// Performs an action.
pub(crate) fn perform(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::Join(user) => join(world, &user),
        Action::Says { .. }
        | Action::Sends { .. }
        | Action::Unsupported { .. }
        | Action::Orders { .. }
        | Action::CompletesFlow { .. }
        | Action::AsksAboutProduct { .. }
        | Action::ClicksAd { .. }
        | Action::Standby { .. }
        | Action::Edits { .. }
        | Action::Revokes { .. } => send(world, action),
        Action::Redeliver { .. }
        | Action::Reads { .. }
        | Action::Plays { .. }
        | Action::DeletesChat { .. }
        | Action::OpensFlow { .. }
        | Action::SubmitsFlowScreen { .. }
        | Action::GoesOffline { .. }
        | Action::ComesOnline { .. } => use_phone(world, action),
        Action::Rotate(rotation) => identity_change::rotate(world, &rotation),
        Action::Recycle { phone, name, bsuid } => identity_change::recycle(world, &phone, name, bsuid),
        Action::Username { user, username, forget_phone } => {
            let id = action_targets::user(world, &user)?;
            if let Some(user) = world.users.get_mut(id) {
                user.username = username;
                if forget_phone {
                    user.phone_visibility = PhoneVisibility::default();
                }
            }
            Ok(outcome(id, None))
        }
        Action::CreateGroup { id, subject, participants } => group_actions::create(world, id, subject, &participants),
        Action::JoinsGroup { user, group } => group_actions::join(world, &user, &group),
        Action::LeavesGroup { user, group } => group_actions::leave(world, &user, &group),
        Action::SuspendGroup { group, suspended } => group_actions::suspend(world, &group, suspended),
        Action::Notify { .. }
        | Action::Value { .. }
        | Action::Status { .. }
        | Action::MessageEcho { .. }
        | Action::Preference { .. }
        | Action::Handover { .. } => report(world, action),
        Action::CallStatus { .. }
        | Action::Calls { .. }
        | Action::AnswersCall { .. }
        | Action::AnswersCallRequest { .. } => call_actions::perform(world, action),
        Action::CreateTemplate { .. }
        | Action::ReviewTemplate(_)
        | Action::SetFlow { .. }
        | Action::AddProducts { .. }
        | Action::AddMedia { .. } => change_account(world, action),
        Action::Inject(_) | Action::ClearFaults | Action::Behavior(_) => change_platform(world, action),
        _ => person_actions::perform(world, action),
    }
}

/// Performs an action on the emulated platform itself.
fn change_platform(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::Inject(fault) => {
            let fault = world.runtime.faults.inject(fault).ok_or_else(action_targets::too_many_faults)?;
            Ok(ActionOutcome { fault: Some(fault), ..ActionOutcome::default() })
        }
        Action::ClearFaults => {
            world.runtime.faults.clear();
            Ok(ActionOutcome::default())
        }
        Action::Behavior(change) => {
            change.apply(&mut world.runtime.behavior);
            Ok(ActionOutcome::default())
        }
        _ => unreachable!("`perform` passes only actions on the platform"),
    }
}

/// Performs an action by which a user sends a message.
fn send(world: &mut World, action: Action) -> ActionResult {
    let defaults = InboundOptions::default;
    match action {
        Action::Says { user, text, group, quotes, number } => {
            let number = action_targets::number(world, number.as_deref())?;
            let options = InboundOptions { reply_to: quotes, group, number, ..defaults() };
            send_as(world, &user, UserContent::Text(text), &options)
        }
        Action::Sends { user, kind, body, with, group, quotes, number } => {
            let (without_body, number) = (body.is_none(), action_targets::number(world, number.as_deref())?);
            let content = UserContent::Other { kind, body: body.unwrap_or_default() };
            let options = InboundOptions { reply_to: quotes, group, number, with, without_body, ..defaults() };
            send_as(world, &user, content, &options)
        }
        Action::Unsupported { user, kind } => {
            let with = Map::from_iter([("errors".to_owned(), unsupported_message())]);
            let options = InboundOptions { with, without_body: kind.is_none(), ..defaults() };
            let content = UserContent::Other { kind: "unsupported".to_owned(), body: json!({ "type": kind }) };
            send_as(world, &user, content, &options)
        }
        Action::Edits { user, message, text } => {
            let (id, original) = find_message(world, &user, message.as_deref(), Party::User)?;
            let content = user_content::edit(world, &original, text)?;
            let options = same_chat(world, id, &original);
            send_as(world, &user, content, &options)
        }
        Action::Standby { user, text, is_echo: true } => {
            let id = action_targets::user(world, &user)?;
            let message = message_echo::send(world, NumberIndex::default(), id, UserContent::Text(text), true);
            Ok(outcome(id, Some(message.ok_or_else(|| ActionError::new(MISSING_USER))?)))
        }
        Action::Standby { user, text, is_echo: false } => {
            send_as(world, &user, UserContent::Text(text), &InboundOptions { is_standby: true, ..defaults() })
        }
        Action::Revokes { user, message } => {
            let (id, original) = find_message(world, &user, message.as_deref(), Party::User)?;
            let options = same_chat(world, id, &original);
            let body = json!({ "original_message_id": original });
            send_as(world, &user, UserContent::Other { kind: "revoke".to_owned(), body }, &options)
        }
        _ => sell(world, action),
    }
}

/// Performs an action by which a user answers the shop, the flow or the ad of the business.
fn sell(world: &mut World, action: Action) -> ActionResult {
    let defaults = InboundOptions::default;
    match action {
        Action::Orders { user, catalog, items, text } => {
            send_as(world, &user, user_content::order(&catalog, &items, text), &defaults())
        }
        Action::CompletesFlow { user, message, response } => {
            let (id, message) = find_message(world, &user, message.as_deref(), Party::Business)?;
            let content = user_content::flow_reply(world, &message, response)?;
            let options = InboundOptions { reply_to: Some(message.clone()), ..same_chat(world, id, &message) };
            send_as(world, &user, content, &options)
        }
        Action::AsksAboutProduct { user, catalog, product, text } => {
            let (content, with) = user_content::product(&catalog, &product, text);
            send_as(world, &user, content, &InboundOptions { with, ..defaults() })
        }
        Action::ClicksAd { user, text, referral } => {
            let (id, now) = (action_targets::user(world, &user)?, world.now());
            world.account.number_mut(NumberIndex::default()).record_ad(id, now);
            let with = user_content::referral(referral);
            send_as(world, &user, UserContent::Text(text), &InboundOptions { with, ..defaults() })
        }
        _ => unreachable!("`perform` passes only actions that send a message"),
    }
}

/// Performs an action on messages that are in the chat.
fn use_phone(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::Redeliver { user, message } => {
            let (id, message) = find_message(world, &user, message.as_deref(), Party::User)?;
            if inbound::redeliver(world, &message) {
                Ok(outcome(id, Some(message)))
            } else {
                Err(ActionError::new("the webhook of the message was never posted"))
            }
        }
        Action::Reads { user, message: None } => {
            let id = action_targets::user(world, &user)?;
            user_phone::read_all(world, id);
            Ok(outcome(id, None))
        }
        Action::DeletesChat { user, group, number } => {
            let id = action_targets::user(world, &user)?;
            let number = action_targets::number(world, number.as_deref())?;
            user_phone::delete_chat(world, id, number, group);
            Ok(outcome(id, None))
        }
        Action::OpensFlow { user, message } => {
            let (id, message) = find_message(world, &user, message.as_deref(), Party::Business)?;
            flow_session::open(world, id, &message)
        }
        Action::SubmitsFlowScreen { user, data, back } => {
            let id = action_targets::user(world, &user)?;
            flow_session::submit(world, id, data, back)
        }
        Action::Reads { user, message: Some(message) } => {
            let id = action_targets::user(world, &user)?;
            if user_phone::read_up_to(world, id, &message) {
                Ok(outcome(id, Some(message)))
            } else {
                Err(ActionError::new("the message is not on the user's phone"))
            }
        }
        Action::GoesOffline { user } => {
            let id = action_targets::user(world, &user)?;
            user_phone::set_online(world, id, false);
            Ok(outcome(id, None))
        }
        Action::ComesOnline { user } => {
            let id = action_targets::user(world, &user)?;
            user_phone::set_online(world, id, true);
            Ok(outcome(id, None))
        }
        Action::Plays { user, message } => {
            let (id, message) = find_message(world, &user, message.as_deref(), Party::Business)?;
            if user_phone::play(world, id, &message) {
                Ok(outcome(id, Some(message)))
            } else {
                Err(ActionError::new("the message is not a voice note"))
            }
        }
        _ => unreachable!("`perform` passes only actions on messages in the chat"),
    }
}

/// Performs an action that only posts a webhook.
fn report(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::Notify { field, value } => {
            account_events::notify(world, &field, value);
            Ok(ActionOutcome::default())
        }
        Action::Value { parts } => {
            account_events::messages_value(world, parts);
            Ok(ActionOutcome::default())
        }
        Action::Status { user, message, status, with } => {
            account_events::custom_status(world, &user, message.as_deref(), &status, with)
        }
        Action::MessageEcho { user, text, file } => {
            let id = action_targets::user(world, &user)?;
            let content = user_content::text_or_file(text, file)?;
            let message = message_echo::send(world, NumberIndex::default(), id, content, false);
            Ok(outcome(id, Some(message.ok_or_else(|| ActionError::new(MISSING_USER))?)))
        }
        Action::Preference { user, value } => account_events::marketing_preference(world, &user, &value),
        Action::Handover { user, event } => account_events::handover(world, &user, &event),
        _ => unreachable!("`perform` passes only actions that post a webhook"),
    }
}

/// Performs an action on the templates, flows, products or media of the account.
fn change_account(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::CreateTemplate { template, status } => {
            business_assets::create_template(world, template, status.unwrap_or(TemplateStatus::Approved))
        }
        Action::ReviewTemplate(review) => {
            if review.category.as_deref().is_some_and(|category| !template_review::is_category(category)) {
                return Err(ActionError::new("a category is AUTHENTICATION, MARKETING or UTILITY"));
            }
            if template_review::apply(world, &review) {
                Ok(ActionOutcome::default())
            } else {
                Err(ActionError::new("there is no template with this name and language"))
            }
        }
        Action::SetFlow { id, name, status } => business_assets::set_flow(world, id, name, status),
        Action::AddProducts { catalog, products } => business_assets::add_products(world, catalog, products),
        Action::AddMedia { id, mime_type, base64 } => business_assets::add_media(world, id, &mime_type, &base64),
        _ => unreachable!("`perform` passes only actions on the account"),
    }
}

fn join(world: &mut World, user: &NewUser) -> ActionResult {
    let NewUser { phone, bsuid, parent_bsuid, name, username, hides_phone } = user;
    if bsuid.iter().chain(parent_bsuid).any(|id| !is_bsuid(id)) {
        return Err(ActionError::new("a BSUID has the form ES.1234"));
    }
    let mut persona = match (phone.as_deref().map(phone_digits), bsuid) {
        (Some(None), _) => return Err(ActionError::new("a phone number has 7 to 15 digits")),
        (Some(Some(digits)), None) => Persona::phone(&digits),
        (Some(Some(digits)), Some(bsuid)) => Persona::phone(&digits).with_bsuid(bsuid),
        (None, Some(bsuid)) => Persona::bsuid(bsuid),
        (None, None) => return Err(ActionError::new("a user needs a phone number or a BSUID")),
    };
    persona.parent_bsuid.clone_from(parent_bsuid);
    persona.name.clone_from(name);
    persona.username.clone_from(username);
    persona.hides_phone = *hides_phone;
    let user = world.users.join(&mut world.runtime, &persona).ok_or_else(action_targets::too_many_users)?;
    Ok(outcome(user, None))
}

fn outcome(user: EmulatedUserId, id: Option<String>) -> ActionOutcome {
    ActionOutcome::of_user(user, id)
}
