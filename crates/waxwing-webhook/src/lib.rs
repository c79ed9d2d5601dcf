#![doc = include_str!("../README.md")]

mod challenge;
mod json;
mod message;
mod notification;
mod signature;

pub use challenge::{ChallengeError, ChallengeQuery, VerifyToken};
pub use message::{
    AdReferral, CallPermissionReply, FormReply, InboundContact, InboundContactAddress, InboundContactEntry,
    InboundContactPhone, InboundContent, InboundLocation, InboundMedia, InboundMessage, InboundOrder, InboundOrderItem,
    InteractiveReply, MessageContext, MessageParseError, ProductReference,
};
pub use notification::{
    CallEvent, CallSession, DeliveryStatus, HandoverEvent, IdentityEvent, MessageEchoEvent, MessageEvent, Notification,
    NotificationParseError, OtherEvent, PreferenceEvent, PricingModel, PricingType, StatusError, StatusEvent,
    StatusPricing, TemplateChange, TemplateEvent, WebhookEvent,
};
pub use signature::{AppSecrets, SecretsError, SignatureError, VerifiedBody};
pub use waxwing_types as types;
