#![doc = include_str!("../README.md")]

pub mod challenge;
pub mod message;
pub mod notification;
pub mod signature;

mod lenient;

pub use challenge::{ChallengeError, ChallengeQuery, VerifyToken};
pub use message::{Contact, Content, Context, Location, Media, Message, MessageError, Phone, Tapped};
pub use notification::{
    DeliveryStatus, EchoEvent, Event, EventError, IdentityEvent, MessageEvent, Notification, OtherEvent, ParseError,
    StatusEvent,
};
pub use signature::{AppSecrets, SecretsError, SignatureError, VerifiedBody};
pub use waxwing_types::Sender;
