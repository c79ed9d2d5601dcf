//! Status of the objects of an account at Meta.

use serde::{Deserialize, Serialize};

/// Status of a message template at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateStatus {
    /// Under review. The template cannot be sent yet.
    Pending,
    /// Approved. The template can be sent.
    Approved,
    /// Rejected because it violates a policy.
    Rejected,
    /// Paused because of negative feedback. The template cannot be sent for now.
    Paused,
    /// Disabled because of repeated negative feedback.
    Disabled,
}

impl TemplateStatus {
    /// Returns Meta's name of the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// Quality of a message template, by the feedback of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateQuality {
    /// Not known yet.
    Unknown,
    /// High quality.
    Green,
    /// Medium quality.
    Yellow,
    /// Low quality. Meta may pause the template.
    Red,
}

impl TemplateQuality {
    /// Returns Meta's name of the quality.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Green => "GREEN",
            Self::Yellow => "YELLOW",
            Self::Red => "RED",
        }
    }
}

/// Status of a flow at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FlowStatus {
    /// Not published. The flow can be sent in draft mode only.
    #[default]
    Draft,
    /// Published. The flow can be sent.
    Published,
    /// Switched off. The flow cannot be sent.
    Deprecated,
    /// Limited because its endpoint has problems. The flow can be sent 10 times in an hour.
    Throttled,
    /// Blocked because its endpoint has problems. The flow cannot be sent.
    Blocked,
}

impl FlowStatus {
    /// Returns Meta's name of the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Deprecated => "DEPRECATED",
            Self::Throttled => "THROTTLED",
            Self::Blocked => "BLOCKED",
        }
    }
}
