//! Failures of campaigns.

/// Why a campaign, or a scheduled message, was not created or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The engine does not serve the business number.
    #[error("the server does not serve the business number")]
    UnknownNumber,
    /// A part of the campaign is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The template of the campaign cannot be sent, or a recipient does not fit the template.
    #[error("the campaign cannot start: {0}")]
    CannotStart(String),
    /// The store refused the change, or failed: see [`CampaignStore`](waxwing_store::CampaignStore).
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}
