#![doc = include_str!("../README.md")]

pub mod address;
pub mod id;
pub mod limits;
pub mod message;
pub mod sender;

pub use address::Address;
pub use id::{Bsuid, GroupId, MediaId, MessageId, PhoneNumberId, WaId, WabaId};
pub use limits::Invalid;
pub use message::{
    Audio, Contact, Content, Degrees, Document, Image, Interactive, Location, MediaSource, OutboundMessage, Reaction,
    Sticker, Template, Text, Video,
};
pub use sender::Sender;
