//! Checks of the access token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use waxwing::client::{Client, TokenInfo};

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "access token";

/// Permissions that a server needs, with their use.
const PERMISSIONS: [(&str, &str); 2] = [
    ("whatsapp_business_messaging", "to send messages"),
    ("whatsapp_business_management", "to read the number, its account and its templates"),
];

/// Remaining time of a token below which it needs attention.
const SOON: Duration = Duration::from_hours(14 * 24);

const NEW_TOKEN: &str = "make a token that never expires in Business settings, System users, with both permissions of WhatsApp; set \
                         WHATSAPP_ACCESS_TOKEN";

/// Examines the token of a client. Returns its data unless it cannot be used.
pub(crate) async fn check(client: &Client) -> (Option<TokenInfo>, Vec<Finding>) {
    match client.debug_token().await {
        Ok(token) if token.is_valid => {
            let findings = examine(&token, SystemTime::now());
            (Some(token), findings)
        }
        Ok(_) => (None, vec![Finding::error(CHECK, "not valid any more", NEW_TOKEN)]),
        Err(error) if error.api().is_some() => (None, vec![Finding::error(CHECK, error.explain(), NEW_TOKEN)]),
        Err(error) => {
            let fix =
                "check network, DNS, HTTPS_PROXY and firewall of this machine; the server needs the same connection";
            (None, vec![Finding::error("connection to Meta", error.explain(), fix)])
        }
    }
}

fn examine(token: &TokenInfo, now: SystemTime) -> Vec<Finding> {
    let mut findings = vec![expiry(token, now)];
    if let Some(kind) = token.kind.as_deref().filter(|kind| *kind != "SYSTEM_USER") {
        let found = format!("of the kind {kind}, which ends with its person or within hours");
        findings.push(Finding::warning("kind of the token", found, NEW_TOKEN));
    }
    for (permission, purpose) in PERMISSIONS {
        if !token.scopes.iter().any(|scope| scope == permission) {
            let found = format!("{permission} is missing; it is needed {purpose}");
            findings.push(Finding::error("permissions", found, NEW_TOKEN));
        }
    }
    findings
}

fn expiry(token: &TokenInfo, now: SystemTime) -> Finding {
    let end = token.expires_at.filter(|end| *end > 0).map(|end| UNIX_EPOCH + Duration::from_secs(end));
    let Some(end) = end else { return Finding::ok(CHECK, "valid, does not expire") };
    let shown = humantime::format_rfc3339_seconds(end);
    match end.duration_since(now) {
        Ok(rest) if rest >= SOON => Finding::ok(CHECK, format!("valid until {shown}")),
        Ok(_) => Finding::warning(CHECK, format!("expires at {shown}"), NEW_TOKEN),
        Err(_) => Finding::error(CHECK, format!("expired at {shown}"), NEW_TOKEN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use serde_json::json;

    #[track_caller]
    fn check(token: &serde_json::Value, expected: &[(&str, Level)]) {
        let token = serde_json::from_value(token.clone()).unwrap();
        let found = examine(&token, UNIX_EPOCH + Duration::from_hours(1000));
        assert_eq!(found.iter().map(|finding| (finding.check, finding.level)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_token_lasts_and_has_both_permissions() {
        let scopes = json!(["whatsapp_business_messaging", "whatsapp_business_management"]);
        let token = |kind: &str, hours: u64| json!({ "is_valid": true, "type": kind, "expires_at": hours * 3600, "scopes": scopes });
        check(&token("SYSTEM_USER", 0), &[(CHECK, Level::Ok)]);
        check(&token("SYSTEM_USER", 2000), &[(CHECK, Level::Ok)]);
        check(&token("SYSTEM_USER", 1100), &[(CHECK, Level::Warning)]);
        check(&token("USER", 999), &[(CHECK, Level::Error), ("kind of the token", Level::Warning)]);
        let bare = json!({ "is_valid": true, "scopes": ["whatsapp_business_messaging"] });
        check(&bare, &[(CHECK, Level::Ok), ("permissions", Level::Error)]);
    }
}
