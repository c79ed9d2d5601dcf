#![doc = include_str!("../README.md")]

pub mod limits;

mod address;
mod decimal;
mod id;
mod market;
mod message;
mod redacted;
mod template_layout;
mod user_profile;
mod validation;

pub use address::Address;
pub use decimal::{Decimal, ParseDecimalError};
pub use id::{Bsuid, CallId, FlowId, GroupId, MediaId, MessageId, PhoneNumberId, WaId, WabaId};
pub use market::Market;
pub use message::{
    AddressRequest, Amount, Audio, CallButton, CardAction, CardMedium, CarouselCard, CatalogButton, ContactAddress,
    ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl, Degrees, DirectSend,
    DirectSendCategory, Document, FlowButton, FlowRef, FlowStart, GoodsKind, Image, Interactive, InteractiveAction,
    InteractiveHeader, LanguagePolicy, LimitedTimeOffer, LinkButton, ListMenu, ListRow, ListSection, LocationMessage,
    MarketingOptions, MediaSource, MixedButtons, Order, OrderCharge, OrderDetails, OrderDiscount, OrderItem,
    OrderState, OrderStatus, OrderUpdate, OutboundContent, OutboundMessage, Payment, PaymentSetting, Pin, Product,
    ProductList, ProductPolicy, ProductSection, RawContent, Reaction, ReplyButton, Sticker, TemplateAction,
    TemplateButtonKind, TemplateCard, TemplateComponent, TemplateCurrency, TemplateDateTime, TemplateDocument,
    TemplateLanguage, TemplateMessage, TemplateParameter, Text, Video,
};
pub use template_layout::{
    TemplateLayout, TemplateMismatch, TemplatePart, TemplatePlace, TemplatePreview, TemplateProblem, TemplateValueKind,
};
pub use user_profile::UserProfile;
pub use validation::ValidationError;
