//! Columns with content.

/// A column with content. Its name is authenticated with the sealed content, which cannot be moved to another column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Entry,
    Outbox,
    Fallback,
    Medium,
    Filename,
    SessionState,
    Memory,
    StepResult,
    Quarantine,
    EventData,
    CampaignPlan,
    RecipientData,
}

impl Column {
    /// All columns with content.
    pub(crate) const ALL: [Self; 12] = [
        Self::Entry,
        Self::Outbox,
        Self::Fallback,
        Self::Medium,
        Self::Filename,
        Self::SessionState,
        Self::Memory,
        Self::StepResult,
        Self::Quarantine,
        Self::EventData,
        Self::CampaignPlan,
        Self::RecipientData,
    ];

    /// Returns the table and the column.
    pub(crate) fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Entry => ("entry", "content"),
            Self::Outbox => ("outbox", "content"),
            Self::Fallback => ("outbox", "fallback"),
            Self::Medium => ("outbox_media", "bytes"),
            Self::Filename => ("outbox_media", "filename"),
            Self::SessionState => ("session", "state"),
            Self::Memory => ("memory", "body"),
            Self::StepResult => ("step", "result"),
            Self::Quarantine => ("quarantine", "body"),
            Self::EventData => ("event", "data"),
            Self::CampaignPlan => ("campaign", "plan"),
            Self::RecipientData => ("campaign_recipient", "data"),
        }
    }

    /// Returns the text that is authenticated with sealed content.
    pub(super) fn authenticated(self) -> String {
        let (table, column) = self.place();
        format!("{table}.{column}")
    }
}
