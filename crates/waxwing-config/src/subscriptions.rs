//! Subscriptions to events: the webhooks of a file.

use std::sync::Arc;
use std::time::Duration;

use waxwing::engine::EventSubscription;
use waxwing::{ConfigError, EventWebhook, NetworkPolicy, event_types};

use crate::file::ConfigFile;
use crate::key_path::{child, item};
use crate::report::ProblemReport;
use crate::sections::WebhookSection;
use crate::values::is_http_url;

/// Longest timeout of a request.
const MAX_TIMEOUT: Duration = Duration::from_secs(55);

/// Returns the subscriptions of a file.
pub(crate) fn build(file: &ConfigFile, network: NetworkPolicy) -> Result<Vec<EventSubscription>, ConfigError> {
    let subscription = |(name, section): (&str, &WebhookSection)| {
        let receiver =
            receiver(section, network).map_err(|error| ConfigError::new(format!("webhooks.{name}: {error}")))?;
        let types = event_types(section.events.iter().map(String::as_str))?;
        Ok(EventSubscription::new(name, Arc::new(receiver), types))
    };
    file.webhooks.iter().map(subscription).collect()
}

/// Reports wrong webhooks.
pub(crate) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    for (name, section) in file.webhooks.iter() {
        let path = child("webhooks", name);
        if name == waxwing::engine::STAFF_SUBSCRIPTION {
            report.key_error(
                &path,
                "has the name of the messages to the employee of handoff_staff; choose another name".to_owned(),
            );
        }
        // The settings decide later whether plain HTTP is allowed. Another check reports a URL that is none.
        let is_url = is_http_url(section.url.expose());
        if is_url && let Err(error) = receiver(section, NetworkPolicy::default().allow_plain_http(true)) {
            report.key_error(&path, error.to_string());
        }
        if section.timeout.is_some_and(|timeout| timeout.0 > MAX_TIMEOUT) {
            report.error(&child(&path, "timeout"), "is longer than 55 seconds".to_owned());
        }
        let events = child(&path, "events");
        if section.events.is_empty() {
            report.error(&events, "is empty; name the types of events that the webhook gets".to_owned());
        }
        for (nth, event) in section.events.iter().enumerate() {
            if let Err(error) = event_types([event.as_str()]) {
                report.error(&item(&events, nth), error.to_string());
            }
        }
    }
    let max = waxwing::engine::MAX_SUBSCRIPTIONS;
    if file.webhooks.len() > max {
        report.key_error("webhooks", format!("there are more than {max} webhooks; remove some"));
    }
}

fn receiver(section: &WebhookSection, network: NetworkPolicy) -> Result<EventWebhook, impl std::fmt::Display + use<>> {
    EventWebhook::with(section.url.expose(), section.secret.expose(), |sender| {
        let sender = sender.allow_private_addresses(section.allow_private_addresses).network(network);
        section.timeout.into_iter().fold(sender, |sender, timeout| sender.timeout(timeout.0))
    })
}
