#![doc = include_str!("../README.md")]

mod cipher;
mod encrypted_request;
mod exchange;
mod key;
mod pem;
mod request;
mod response;

pub use encrypted_request::EncryptedRequest;
pub use exchange::{ExchangeError, FlowExchange};
pub use key::{FlowKey, FlowKeyError};
pub use request::{FlowAction, FlowClientError, FlowDataError, FlowRequest};
pub use response::{FlowAnswer, FlowResponse};
