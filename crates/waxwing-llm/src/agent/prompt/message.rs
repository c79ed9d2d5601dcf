//! Messages of users in the prompt.

use waxwing_agent::{Choice, Contact, Location, UserMessage};

use crate::tag::Tag;

/// Returns a message of a user as the model reads it, in this turn and in the history. `medium` describes its media.
///
/// The result depends on nothing but the message, so a message keeps its bytes when it becomes a part of the history.
pub(in crate::agent) fn message_tag(message: &UserMessage, medium: Option<Tag>, names_sender: bool) -> Tag {
    let name = message.sender.name.as_deref().unwrap_or(&message.sender.id);
    let tag = Tag::new("message")
        .attr_if_some("from", names_sender.then_some(name))
        .attr_if_some("late", message.stale_age.map(|age| duration(age.as_secs())))
        .children(message.media_problem.as_deref().map(|problem| Tag::new("media").attr("problem", problem)))
        .children(medium)
        .children(message.location.as_ref().map(location))
        .children(message.contacts.iter().map(contact));
    match &message.choice {
        Some(tapped) => tag.child(choice(tapped)),
        None => tag.text(&message.text),
    }
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
}

fn contact(contact: &Contact) -> Tag {
    Tag::new("contact")
        .attr("name", &contact.name)
        .attr_if_some("company", contact.company.as_ref())
        .children(contact.phones.iter().map(|phone| Tag::new("phone").text(phone)))
        .children(contact.emails.iter().map(|email| Tag::new("email").text(email)))
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
