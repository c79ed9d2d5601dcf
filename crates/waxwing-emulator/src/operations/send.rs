//! Messages of the business.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::message::DeliveryState;
use crate::operations::arrival::{self, MediaFile};
use crate::operations::{call_requests, send_checks};
use crate::price::Price;
use crate::rules::address::Recipient;
use crate::rules::message::{DirectSendCategory, MediaDraft, MediaSource, MessageDraft, References, SendRequest};
use crate::rules::{GraphError, media};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::accepted_message::AcceptedMessage;
use crate::world::account::NumberIndex;
use crate::world::delivery_plan::DeliveryPlan;
use crate::world::effect::Effect;
use crate::world::media_library::{MediaOrigin, NewMedia};
use crate::world::timer::Timer;

/// Response to an accepted send.
#[derive(Debug)]
pub(crate) struct SendResponse {
    /// Message id.
    pub(crate) id: String,
    /// Item of `contacts`.
    pub(crate) contact: Value,
}

/// Accepts a message of the business, or returns the error of the rule that it violates.
pub(crate) fn accept(
    world: &mut World,
    number: NumberIndex,
    request: SendRequest,
    plan: DeliveryPlan,
) -> Result<SendResponse, GraphError> {
    let user = send_checks::check(world, number, &request)?;
    let price = price(world, number, user, &request);
    if let Some(category) = request.direct_send {
        world.account.templates.generate(category.name(), request.draft.text().unwrap_or_default());
    }
    let SendRequest { address, draft, reply_to, callback_data, direct_send, body, .. } = request;
    let file = uploaded_file(world, number, &draft)?;
    record_flow(world, &draft);
    call_requests::record(world, number, user, &draft);
    let link = draft.link().map(str::to_owned);
    let (id, now) = (world.runtime.ids.message("outbound"), world.now());
    match &address.recipient {
        Recipient::Phone(_) => world.users.record_contact_by_phone(user, &world.runtime),
        Recipient::Bsuid(_) => world.users.record_contact(user, &world.runtime),
        Recipient::Group(_) => {}
    }
    let by_phone = matches!(address.recipient, Recipient::Phone(_));
    let group = address.recipient.group().map(str::to_owned);
    world.account.record_sent(number, Some(user).filter(|_| group.is_none()), now);
    let message = AcceptedMessage {
        id: id.clone(),
        number,
        user,
        group,
        draft,
        reply_to,
        callback_data,
        by_phone,
        price,
        plan,
        is_direct_send: direct_send.is_some(),
        body,
    };
    match (plan, link) {
        (DeliveryPlan::Fail { code, after_sent }, _) => {
            let sent = world.runtime.behavior.status_delays.sent;
            let message = Box::new(message);
            if after_sent.is_some() {
                let state = DeliveryState::Sent;
                world.runtime.schedule(sent, Timer::PostStatus { message: message.clone(), state });
            }
            let state = DeliveryState::Failed { code };
            world.runtime.schedule(sent + after_sent.unwrap_or_default(), Timer::PostStatus { message, state });
        }
        (_, Some(link)) => world.runtime.request(Effect::Download { message: Box::new(message), link }),
        (_, None) => arrival::arrive(world, message, file),
    }
    let contact = match address.recipient {
        Recipient::Phone(phone) => json!({ "input": address.input, "wa_id": phone }),
        Recipient::Bsuid(bsuid) => json!({ "input": address.input, "user_id": bsuid }),
        Recipient::Group(group) => json!({ "input": group }),
    };
    Ok(SendResponse { id, contact })
}

/// Records that a message opens a flow.
fn record_flow(world: &mut World, draft: &MessageDraft) {
    if let MessageDraft::Other { references: References { flow: Some(flow), .. }, .. } = draft {
        let now = world.now();
        world.account.flows.record_send(flow, &world.account.rules, now);
    }
}

/// Returns the price of a message.
fn price(world: &mut World, number: NumberIndex, user: EmulatedUserId, request: &SendRequest) -> Price {
    let template = match &request.draft {
        MessageDraft::Other { references: References { template: Some(template), .. }, .. } => Some(template),
        _ => None,
    };
    let template = template.and_then(|it| world.account.templates.find(&it.name, &it.language));
    let category = match template {
        Some(_) if request.is_marketing => "marketing_lite".to_owned(),
        Some(template) => template.definition.category.to_ascii_lowercase(),
        None => request.direct_send.map_or("service", DirectSendCategory::name).to_owned(),
    };
    if matches!(request.address.recipient, Recipient::Group(_)) {
        return Price { category: format!("group_{category}"), ..Price::default() };
    }
    let now = world.now();
    world.account.number_mut(number).price(user, &category, now)
}

/// Uploads a file. Returns its media id.
pub(crate) fn upload(world: &mut World, number: NumberIndex, bytes: Bytes, mime_type: &str) -> String {
    let (id, now) = (world.runtime.ids.media(), world.now());
    let owner = &world.account.number(number).identity.phone_number_id;
    world.media.add(NewMedia { id: id.clone(), bytes, mime_type, origin: MediaOrigin::Upload, owner }, now);
    id
}

/// Returns the uploaded file of a media message that refers to a media id.
fn uploaded_file(world: &World, number: NumberIndex, draft: &MessageDraft) -> Result<Option<MediaFile>, GraphError> {
    let MessageDraft::Media(MediaDraft { kind, source: MediaSource::Id(id), .. }) = draft else { return Ok(None) };
    let file = send_checks::media(world, number, id)?;
    media::check_send(*kind, &file.mime_type, &file.bytes, &world.account.rules)?;
    Ok(Some(MediaFile { id: file.id.clone(), mime_type: file.mime_type.clone(), bytes: file.bytes.clone() }))
}
