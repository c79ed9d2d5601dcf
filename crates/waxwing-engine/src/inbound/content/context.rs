//! Origin of a message for agents.

use waxwing_agent::{Ad, Forwarded, MessageContext};
use waxwing_webhook::AdReferral;

/// Converts the references of a message.
pub(super) fn context(
    references: Option<waxwing_webhook::MessageContext>,
    referral: Option<AdReferral>,
) -> MessageContext {
    let mut context = MessageContext::default();
    context.ad = referral.map(ad);
    if let Some(references) = references {
        context.forwarded = match (references.forwarded, references.frequently_forwarded) {
            (_, true) => Some(Forwarded::Often),
            (true, false) => Some(Forwarded::Once),
            (false, false) => None,
        };
        context.product = references.referred_product.map(super::product);
    }
    context
}

fn ad(referral: AdReferral) -> Ad {
    let mut ad = Ad::default();
    ad.source_type = referral.source_type;
    ad.source_id = referral.source_id;
    ad.source_url = referral.source_url;
    ad.headline = referral.headline;
    ad.body = referral.body;
    ad.media_type = referral.media_type;
    ad.media_url = referral.media_url;
    ad.thumbnail_url = referral.thumbnail_url;
    ad.click_id = referral.click_id;
    ad.welcome_message = referral.welcome_message;
    ad
}
