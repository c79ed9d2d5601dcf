#![doc = include_str!("../README.md")]

mod accepted_file;
mod allowed_hosts;
mod app;
mod business_phone_number;
mod client;
mod download;
mod error;
mod file_type;
mod flow;
mod group;
mod mark_read;
mod media;
mod media_file;
mod media_stream;
mod node;
mod number;
mod open_file;
mod paging;
mod prepared;
mod request;
mod send;
mod token;
mod transport;
mod upload;
mod upload_handle;
mod usage;
mod waba;

pub use accepted_file::AcceptedFile;
pub use app::{App, AppSubscription, SubscribedField};
pub use business_phone_number::{BusinessPhoneNumber, EntityHealth, HealthError, MessagingHealth};
pub use client::{Client, ClientBuilder};
pub use download::MediaDownload;
pub use error::{ApiError, Error, ErrorCode, ErrorKind, FailureScope, RetryAdvice};
pub use flow::{CreatedFlow, Flow, FlowAsset, FlowInfo, FlowPreview, FlowProblem, FlowUpdate, NewFlow};
pub use group::{
    FailedJoinRequest, Group, GroupInfo, GroupParticipant, GroupUpdate, JoinDecision, JoinRequest, ListedGroup,
    NewGroup,
};
pub use media::MediaInfo;
pub use media_file::MediaFile;
pub use media_stream::MediaStream;
pub use number::{
    BusinessProfile, BusinessPublicKey, BusinessUsername, Call, CallAction, CallLimit, CallPermission, CallingSettings,
    ChatCommand, CodeMethod, CommerceSettings, ConversationalAutomation, GivenPermission, IdentityCheck,
    MessageHistory, MessageHistoryEvent, NewCall, Number, NumberSettings, QrCode, ThreadAction, WebhookConfiguration,
};
pub use paging::Paged;
pub use prepared::{MediaMessage, PreparedMessage, Recipient};
pub use request::Request;
pub use reqwest::Method;
pub use secrecy::SecretString;
pub use send::SentMessage;
pub use token::{GranularScope, TokenInfo};
pub use upload::MediaUpload;
pub use usage::{ApiUsage, BusinessUsage, LimitUsage};
pub use waba::{
    AnalyticsQuery, ConversationPoint, CreatedTemplate, Granularity, MessagingAnalytics, MessagingPoint, NewTemplate,
    PricingPoint, SubscribedApp, TemplateDefinition, TemplateEdit, TemplateFilter, Waba,
};
pub use waxwing_network::NetworkPolicy;
pub use waxwing_types as types;
