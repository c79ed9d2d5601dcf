//! Checks of a send against the state of the world.

use crate::message::ChatMessage;
use crate::operations::call_requests;
use crate::persona::Persona;
use crate::rules::address::Recipient;
use crate::rules::message::{MessageDraft, References, SendRequest};
use crate::rules::{GraphError, Rule, media as media_rules, registration};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::chat::ChatEntry;
use crate::world::media_library::StoredMedia;

/// Checks whether a message can be sent now. Returns the recipient, or the first participant of a group.
///
/// A template to an unknown phone number creates the user.
pub(crate) fn check(
    world: &mut World,
    number: NumberIndex,
    request: &SendRequest,
) -> Result<EmulatedUserId, GraphError> {
    let now = world.now();
    registration::check_send(&world.account.number(number).fields)?;
    world.account.check_throughput(number, now)?;
    match &request.address.recipient {
        Recipient::Group(group) => {
            let participant = world.groups.check_send(group, number)?;
            check_template(world, request)?;
            check_references(world, number, request, |_, message| message.group.as_ref() == Some(group))?;
            return Ok(participant);
        }
        Recipient::Phone(phone) if *phone == world.account.number(number).identity.display_phone_number => {
            return Err(GraphError::violates(Rule::SelfSend));
        }
        Recipient::Phone(_) | Recipient::Bsuid(_) => {}
    }
    let known = world.users.find(&request.address.recipient).map(|user| user.id);
    check_template(world, request)?;
    if request.direct_send.is_none() {
        world.account.check_window(number, known, request.draft.kind(), now)?;
    }
    if let Some(user) = known {
        if world.account.number(number).is_blocked(user) && world.account.rules.applies(Rule::Blocked) {
            return Err(GraphError::with_details(Rule::Blocked, "the user is on the block list"));
        }
        if world.account.templates.is_marketing(&request.draft)
            && world.account.number(number).is_marketing_stopped(user)
        {
            return Err(GraphError::violates(Rule::MarketingStopped));
        }
        world.account.check_pair(number, user, now)?;
    }
    check_references(world, number, request, |user, message| message.group.is_none() && known == Some(user))?;
    if call_requests::is_request(&request.draft) {
        let pair = known.map(|user| world.calls.pair(number, user)).unwrap_or_default();
        pair.check_request(&world.account.rules, now)?;
    }
    let undeliverable = || GraphError::violates(Rule::Undeliverable);
    match (known, &request.address.recipient) {
        (Some(user), _) => Ok(user),
        (None, Recipient::Phone(phone)) => {
            world.users.join(&mut world.runtime, &Persona::phone(phone)).ok_or_else(undeliverable)
        }
        (None, Recipient::Bsuid(_) | Recipient::Group(_)) => Err(undeliverable()),
    }
}

/// Returns a media file that a number may send.
pub(crate) fn media<'a>(world: &'a World, number: NumberIndex, id: &str) -> Result<&'a StoredMedia, GraphError> {
    let owner = &world.account.number(number).identity.phone_number_id;
    let file = world.media.at_meta(id, world.now()).filter(|file| file.belongs_to(owner));
    file.ok_or_else(GraphError::unknown_media)
}

fn check_template(world: &World, request: &SendRequest) -> Result<(), GraphError> {
    let MessageDraft::Other { references: References { template: Some(template), .. }, .. } = &request.draft else {
        return Ok(());
    };
    world.account.templates.check_send(template, &request.address.recipient, &world.account.rules)
}

/// Checks that referenced messages and media exist. `is_in_chat` decides whether a message belongs to the recipient's chat.
fn check_references(
    world: &World,
    number: NumberIndex,
    request: &SendRequest,
    is_in_chat: impl Fn(EmulatedUserId, &ChatMessage) -> bool,
) -> Result<(), GraphError> {
    let rules = &world.account.rules;
    let is_in_chat = |id: &str| {
        let found = world.users.message(id);
        found.is_some_and(|(user, ChatEntry { message, .. })| {
            world.number_of(message) == number && is_in_chat(user.id, message)
        })
    };
    if let Some(quoted) = request.reply_to.as_deref().filter(|_| rules.applies(Rule::QuotedMessage))
        && !is_in_chat(quoted)
    {
        let why = "context.message_id: no such message in this chat";
        return Err(GraphError::with_details(Rule::QuotedMessage, why));
    }
    let MessageDraft::Other { references, .. } = &request.draft else { return Ok(()) };
    if references.message.as_deref().is_some_and(|id| !is_in_chat(id)) {
        return Err(GraphError::with_details(Rule::ReactionTarget, "message_id: no such message in this chat"));
    }
    if let Some(flow) = &references.flow {
        world.account.flows.check_send(flow, rules, world.now())?;
    }
    if let Some(products) = &references.products {
        world.account.catalogs.check_send(products)?;
    }
    for (kind, id) in &references.media {
        let file = media(world, number, id)?;
        media_rules::check_send(*kind, &file.mime_type, &file.bytes, rules)?;
    }
    Ok(())
}
