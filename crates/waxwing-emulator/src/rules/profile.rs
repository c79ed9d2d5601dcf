//! Business profile.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>

use serde_json::{Map, Value};

use super::{GraphError, RequestObject, Rule, Rules};

/// Keys of a change.
const KEYS: [&str; 8] =
    ["messaging_product", "about", "address", "description", "email", "profile_picture_handle", "vertical", "websites"];
/// Meta's names of industries.
const VERTICALS: [&str; 20] = [
    "UNDEFINED",
    "OTHER",
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "NOT_A_BIZ",
    "ALCOHOL",
];

/// Checks a change of the profile. Returns the changed fields.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<Map<String, Value>, GraphError> {
    RequestObject::read(body, &KEYS, rules, check_fields).map(|(fields, _)| fields)
}

fn check_fields(body: &RequestObject<'_>) -> Result<Map<String, Value>, GraphError> {
    body.one_of("messaging_product", &["whatsapp"])?;
    let mut fields = Map::new();
    for (key, rule) in [
        ("about", Rule::ProfileAbout),
        ("address", Rule::ProfileAddress),
        ("description", Rule::ProfileDescription),
        ("email", Rule::ProfileEmail),
    ] {
        let Some(value) = body.text(key, rule)? else { continue };
        if value.is_empty() && rule == Rule::ProfileAbout {
            return Err(body.violates(rule, key, "must not be empty"));
        }
        fields.insert(key.to_owned(), value.into());
    }
    if let Some(vertical) = body.string("vertical")? {
        if !VERTICALS.contains(&vertical) {
            return Err(body.violates(Rule::ProfileVertical, "vertical", "is not one of Meta's industries"));
        }
        fields.insert("vertical".to_owned(), vertical.into());
    }
    if let Some(handle) = body.string("profile_picture_handle")? {
        fields.insert("profile_picture_handle".to_owned(), handle.into());
    }
    if let Some(websites) = body.array("websites")? {
        body.at_most("websites", websites.len(), Rule::ProfileWebsites)?;
        for website in websites {
            let website = website.as_str().ok_or_else(|| body.invalid("websites", "must be strings"))?;
            body.limited("websites", website, Rule::ProfileWebsite)?;
        }
        fields.insert("websites".to_owned(), websites.into());
    }
    Ok(fields)
}
