//! Converts delivery statuses for the store, with preferences of users.

use waxwing_client::ErrorCode;
use waxwing_store::{MarketingChoice, MarketingPreference, MessageCharge, StatusKind, StatusUpdate, WebhookItem};
use waxwing_types::Market;
use waxwing_webhook::{DeliveryStatus, PreferenceEvent, PricingType, StatusEvent, StatusPricing};

use crate::shared::Shared;

impl Shared {
    /// Returns the item of a delivery status.
    pub(super) fn status(&self, event: StatusEvent) -> WebhookItem {
        let status = match event.status {
            DeliveryStatus::Sent => StatusKind::Sent,
            DeliveryStatus::Delivered => StatusKind::Delivered,
            DeliveryStatus::Read => StatusKind::Read,
            DeliveryStatus::Played => StatusKind::Played,
            DeliveryStatus::Failed => StatusKind::Failed,
            unknown => {
                return self.quarantined(
                    Some(event.phone_number_id),
                    format!("status:{}", unknown.as_str()),
                    event.raw,
                );
            }
        };
        let charge = event.pricing.as_ref().map(|pricing| charge(&event, pricing));
        let error = event.errors.into_iter().next().map(|error| (error.code, error.title));
        if status == StatusKind::Failed {
            let code = error.as_ref().map(|(code, _)| *code);
            tracing::debug!(code, "meta reports a failed delivery");
        }
        let allows_fallback = status == StatusKind::Failed
            && error.as_ref().is_none_or(|(code, _)| ErrorCode::is_fallback_allowed(*code));
        WebhookItem::Status(StatusUpdate {
            number: event.phone_number_id,
            charge,
            id: event.id,
            status,
            at: event.timestamp,
            participant: event.participant,
            callback_data: event.callback_data,
            error,
            allows_fallback,
            body: event.raw,
        })
    }

    /// Returns the item of a preference of a user.
    pub(super) fn preference(&self, event: PreferenceEvent) -> WebhookItem {
        let choice = match (event.category.as_str(), event.value.as_str()) {
            ("marketing_messages", "stop") => MarketingChoice::Stop,
            ("marketing_messages", "resume") => MarketingChoice::Resume,
            (category, value) => {
                let reason = format!("preference {category}:{value}");
                return self.quarantined(Some(event.phone_number_id), reason, event.raw);
            }
        };
        let PreferenceEvent { phone_number_id: number, user, timestamp: at, raw: body, .. } = event;
        WebhookItem::MarketingPreference(MarketingPreference { number, user, choice, at, body })
    }
}

/// Returns what a status states about the price of its message.
fn charge(event: &StatusEvent, pricing: &StatusPricing) -> MessageCharge {
    let of_phone = event.recipient.as_ref().and_then(|phone| Market::of_phone(phone.as_str()));
    // A BSUID begins with the country of its user.
    let country = event.recipient_bsuid.as_ref().and_then(|bsuid| bsuid.as_str().split('.').next());
    MessageCharge {
        category: pricing.category.clone().unwrap_or_default(),
        kind: pricing.kind.as_ref().map(PricingType::as_str).unwrap_or_default().to_owned(),
        market: of_phone.or_else(|| country.and_then(Market::of_country)),
        is_billable: pricing.is_billable(),
    }
}
