//! Messages of users in the prompt.

mod contact;
mod content;
mod quote;
mod reaction;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use waxwing_agent::{Ad, Choice, Location, MessageContent, Product, TeamNote, UserMessage};

use crate::tag::Tag;

use quote::quote;
pub(in crate::agent) use reaction::GivenReaction;

/// Details of a message that the model reads in addition to its content.
#[derive(Debug, Default)]
pub(in crate::agent) struct MessageFormat {
    /// Time zone of the time at which the message was sent. `None` to leave out the time.
    pub(in crate::agent) time_zone: Option<TimeZone>,
    /// Whether the id of the message, and in a group the id of its sender, is shown.
    pub(in crate::agent) shows_ids: bool,
}

/// Returns a message of a user as the model reads it, in this turn and in the history. `medium` describes its media.
///
/// The result depends on nothing but the message, `medium` and the settings of the agent, so a message keeps its bytes when it becomes a part of
/// the history, as long as its media are shown.
pub(in crate::agent) fn message_tag(
    message: &UserMessage,
    medium: Option<Tag>,
    names_sender: bool,
    format: &MessageFormat,
) -> Tag {
    if let Some(MessageContent::Team(note)) = &message.content {
        return team_note(note).children(medium);
    }
    if let Some(MessageContent::Event(event)) = &message.content {
        return content::event(event)
            .attr_if_some("time", format.time_zone.as_ref().and_then(|zone| sent(message, zone)));
    }
    if let Some(MessageContent::Reaction(given)) = &message.content {
        let (sender, emoji) = (Some(&message.sender), given.emoji.as_deref().unwrap_or_default());
        let reaction = GivenReaction { sender, emoji, message: &given.message, quoted: message.quoted.as_ref() };
        return reaction.tag(names_sender);
    }
    let name = message.sender.name.as_deref().unwrap_or(&message.sender.id);
    let context = &message.context;
    let tag = Tag::new("message")
        .attr_if_some("from", names_sender.then_some(name))
        .attr_if_some("from_id", (names_sender && format.shows_ids).then_some(&message.sender.id))
        .attr_if_some("id", (format.shows_ids && !message.id.is_empty()).then_some(&message.id))
        .attr_if_some("sent", format.time_zone.as_ref().and_then(|zone| sent(message, zone)))
        .attr_if_some("late", message.stale_age.map(|age| duration(age.as_secs())))
        .attr_if_some("forwarded", context.forwarded.map(waxwing_agent::Forwarded::as_str))
        .children(quote::of_message(message, names_sender))
        .children(context.ad.as_ref().map(ad))
        .children(context.product.as_ref().map(|asked| product("product", asked)))
        .children(message.media_problem.as_deref().map(|problem| Tag::new("media").attr("problem", problem)))
        .children(medium)
        .children(message.location.as_ref().map(location))
        .children(message.contacts.iter().map(contact::contact))
        .children(message.content.as_ref().map(content::content));
    match &message.choice {
        Some(tapped) => tag.child(choice(tapped)),
        None => tag.text(&message.text),
    }
}

/// Returns the time of a message. It is absolute, so that it is still right when the message is a part of the history.
fn sent(message: &UserMessage, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::try_from(message.sent_at).ok()?;
    Some(at.to_zoned(zone.clone()).strftime("%A, %-d %B %Y, %H:%M (%Q)").to_string())
}

fn team_note(note: &TeamNote) -> Tag {
    match note {
        TeamNote::Task { text } => Tag::new("task").attr("from", "the leader of your team").text(text),
        TeamNote::Answer { member, text, note } => {
            Tag::new("member_answer").attr("member", member).attr("note", note).text(text)
        }
        TeamNote::Failure { member } => Tag::new("member_answer").attr("member", member).attr("problem", "it failed"),
        _ => Tag::new("team_note"),
    }
}

fn ad(ad: &Ad) -> Tag {
    Tag::new("ad")
        .attr_if_some("type", ad.source_type.as_ref())
        .attr_if_some("id", ad.source_id.as_ref())
        .attr_if_some("url", ad.source_url.as_ref())
        .attr_if_some("headline", ad.headline.as_ref())
        .attr_if_some("welcome_message", ad.welcome_message.as_ref())
        .text(ad.body.as_deref().unwrap_or_default())
}

fn product(name: &'static str, product: &Product) -> Tag {
    let tag = Tag::new(name).attr_if_some("catalog_id", product.catalog_id.as_ref());
    tag.attr("product_id", &product.product_id)
}

fn choice(choice: &Choice) -> Tag {
    let tag = Tag::new("choice").attr("id", &choice.id).attr_if_some("description", choice.description.as_ref());
    tag.text(&choice.label)
}

fn location(location: &Location) -> Tag {
    Tag::new("location")
        .attr("latitude", location.latitude)
        .attr("longitude", location.longitude)
        .attr_if_some("name", location.name.as_ref())
        .attr_if_some("address", location.address.as_ref())
        .attr_if_some("url", location.url.as_ref())
}

/// Returns a duration in its largest suitable unit.
fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}
