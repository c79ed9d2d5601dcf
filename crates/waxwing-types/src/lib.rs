#![doc = include_str!("../README.md")]

pub mod limits;

mod address;
mod decimal;
mod id;
mod message;
mod redacted;
mod user_profile;
mod validation;

pub use address::Address;
pub use decimal::{Decimal, ParseDecimalError};
pub use id::{Bsuid, GroupId, MediaId, MessageId, PhoneNumberId, WaId, WabaId};
pub use message::{
    Audio, ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl, Degrees, Document,
    Image, Interactive, InteractiveAction, InteractiveHeader, LinkButton, ListMenu, ListRow, ListSection,
    LocationMessage, MediaSource, OutboundContent, OutboundMessage, Reaction, ReplyButton, Sticker, TemplateButtonKind,
    TemplateComponent, TemplateLanguage, TemplateMessage, TemplateParameter, Text, Video,
};
pub use user_profile::UserProfile;
pub use validation::ValidationError;
