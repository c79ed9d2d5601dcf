//! Registration of a business number.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>

use serde_json::{Map, Value};

use super::{GraphError, RequestObject, Rule, Rules};

/// Status of a number that can send.
const CONNECTED: &str = "CONNECTED";

/// Request about the registration of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistrationRequest {
    Register,
    Deregister,
    RequestCode,
    VerifyCode,
}

impl RegistrationRequest {
    /// Returns the fields of the number that the request changes.
    pub(crate) fn changed_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Register => &[("status", CONNECTED)],
            Self::Deregister => &[("status", "DISCONNECTED")],
            Self::RequestCode => &[("code_verification_status", "NOT_VERIFIED")],
            Self::VerifyCode => &[("code_verification_status", "VERIFIED")],
        }
    }
}

/// Checks a request. A code and a PIN have six digits; the emulator accepts each.
pub(crate) fn check(request: RegistrationRequest, body: Value, rules: &Rules) -> Result<(), GraphError> {
    let checked = match request {
        RegistrationRequest::Register => {
            let keys = &["messaging_product", "pin", "data_localization_region", "backup"];
            RequestObject::read(body, keys, rules, |body| {
                body.one_of("messaging_product", &["whatsapp"])?;
                six_digits(body, "pin")
            })
        }
        RegistrationRequest::Deregister => RequestObject::read(body, &["messaging_product"], rules, |_| Ok(())),
        RegistrationRequest::RequestCode => RequestObject::read(body, &["code_method", "language"], rules, |body| {
            body.one_of("code_method", &["SMS", "VOICE"])?;
            body.required("language").map(drop)
        }),
        RegistrationRequest::VerifyCode => RequestObject::read(body, &["code"], rules, |body| six_digits(body, "code")),
    };
    checked.map(drop)
}

/// Checks that a number, described by its fields, is registered.
pub(crate) fn check_send(number: &Map<String, Value>) -> Result<(), GraphError> {
    let is_registered = number.get("status").is_none_or(|status| status != "DISCONNECTED");
    if is_registered { Ok(()) } else { Err(GraphError::with_details(Rule::Registered, "register the number first")) }
}

/// Checks a parameter with six digits.
pub(super) fn six_digits(body: &RequestObject<'_>, key: &str) -> Result<(), GraphError> {
    let digits = body.required(key)?;
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(()) } else { Err(body.violates(Rule::SixDigits, key, "must have six digits")) }
}
