#![doc = include_str!("../README.md")]

mod cipher;
mod encrypted_request;
mod exchange;
mod flow_json;
mod form;
mod key;
mod key_error;
mod pem;
mod request;
mod response;
mod token_signature;

pub use encrypted_request::EncryptedRequest;
pub use exchange::{ExchangeError, FlowExchange};
pub use flow_json::{
    ChoiceInput, ChoiceStyle, Component, DatePicker, FlowJson, FlowJsonError, FlowOption, FlowScreen, Footer,
    FooterAction, Image, OptIn, TextArea, TextInput, TextKind, data_value, form_value, screen_value,
};
pub use form::{FieldKind, Form, FormChoice, FormField};
pub use key::FlowKey;
pub use key_error::FlowKeyError;
pub use request::{FlowAction, FlowClientError, FlowDataError, FlowRequest};
pub use response::{FlowAnswer, FlowResponse};
pub use token_signature::FlowTokenError;
