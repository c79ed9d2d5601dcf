//! Checks of the business number.

use waxwing::client::{BusinessPhoneNumber, Client, MessagingHealth};

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "business number";

/// Code of a wrong parameter.
const UNKNOWN: i64 = 100;

/// Examines the number of a client.
pub(super) async fn check(client: &Client) -> Vec<Finding> {
    match client.phone_number().await {
        Ok(number) => {
            let mut findings = examine(&number);
            // An account without the field is no fault.
            if let Ok(health) = client.messaging_health().await {
                findings.extend(obstacle(&health));
            }
            findings
        }
        Err(error) => {
            let fix = "set WHATSAPP_PHONE_NUMBER_ID to the id of the number, which the WhatsApp Manager shows next to it, not to the phone \
                       number; assign the account to the system user of the token";
            let found = match error.api() {
                // The code stands for each wrong parameter, and the number is the only one.
                Some(error) if error.code == UNKNOWN => {
                    format!(
                        "Meta knows no number with the id {}, or the token does not reach it",
                        client.phone_number_id().as_str()
                    )
                }
                _ => error.explain(),
            };
            vec![Finding::error(CHECK, found, fix)]
        }
    }
}

/// Returns Meta's reason why messages cannot be sent, if there is one.
fn obstacle(health: &MessagingHealth) -> Option<Finding> {
    let reasons = health.errors().map(|error| {
        let solution = error.possible_solution.as_deref().unwrap_or_default();
        format!("{}: {} {solution}", error.error_code, error.error_description)
    });
    let found = [format!("Meta reports {}", health.can_send_message)].into_iter().chain(reasons);
    let found = found.collect::<Vec<_>>().join("\n");
    let fix = "follow Meta's words; billing and restrictions are in the WhatsApp Manager";
    match health.can_send_message.as_str() {
        "BLOCKED" => Some(Finding::error("sending", found, fix)),
        "LIMITED" => Some(Finding::warning("sending", found, fix)),
        _ => None,
    }
}

/// Examines the data of a number.
pub(crate) fn examine(number: &BusinessPhoneNumber) -> Vec<Finding> {
    let shown = [number.display_phone_number.as_deref(), number.verified_name.as_deref()];
    let shown = shown.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut findings = vec![Finding::ok(CHECK, shown)];
    let state = |value: &Option<String>, good: &[&str]| {
        value.as_deref().filter(|value| !good.contains(value)).map(str::to_owned)
    };
    if let Some(platform) = state(&number.platform_type, &["CLOUD_API"]) {
        let fix = "register the number with the Cloud API: WhatsApp Manager, Phone numbers, or POST /{phone_number_id}/register with a PIN";
        findings.push(Finding::error("registration", format!("the platform of the number is {platform}"), fix));
    }
    if let Some(status) = state(&number.status, &["CONNECTED"]) {
        let fix = "register a new number, as step 10 of docs/setup.md says; for another state, read the messages about the number in the \
                   WhatsApp Manager";
        findings.push(Finding::error("state of the number", format!("its state is {status}"), fix));
    }
    if let Some(rating) = state(&number.quality_rating, &["GREEN", "UNKNOWN", "NA"]) {
        let fix = "send fewer messages that users did not ask for; Meta lowers the limits of a number that users block";
        findings.push(Finding::warning("quality", format!("its quality is {rating}"), fix));
    }
    if let Some(name) = state(&number.name_status, &["APPROVED", "AVAILABLE_WITHOUT_REVIEW", "NONE"]) {
        let fix = "wait for the review of the display name, or change the name in the WhatsApp Manager; sends can fail with 131037";
        findings.push(Finding::warning("display name", format!("the state of its review is {name}"), fix));
    }
    if let Some(limit) = number.messaging_limit() {
        let found = format!("at most {limit} users in 24 hours outside the customer service window");
        findings.push(Finding::ok("messaging limit", found));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use serde_json::json;

    #[test]
    fn each_state_of_a_number_is_judged() {
        let check = |number: serde_json::Value, expected: &[(&str, Level)]| {
            let found = examine(&serde_json::from_value(number).unwrap());
            assert_eq!(found.iter().map(|finding| (finding.check, finding.level)).collect::<Vec<_>>(), expected);
        };
        let good = json!({ "platform_type": "CLOUD_API", "status": "CONNECTED", "quality_rating": "GREEN", "name_status": "APPROVED" });
        check(good, &[(CHECK, Level::Ok)]);
        let bad = json!({
            "platform_type": "NOT_APPLICABLE", "status": "PENDING", "quality_rating": "RED", "name_status": "DECLINED",
            "whatsapp_business_manager_messaging_limit": "TIER_250",
        });
        let expected = [
            (CHECK, Level::Ok),
            ("registration", Level::Error),
            ("state of the number", Level::Error),
            ("quality", Level::Warning),
            ("display name", Level::Warning),
            ("messaging limit", Level::Ok),
        ];
        check(bad, &expected);
    }

    #[test]
    fn a_number_that_cannot_send_has_the_reason_of_meta() {
        let of = |health: serde_json::Value| obstacle(&serde_json::from_value(health).unwrap());
        assert_eq!(of(json!({ "can_send_message": "AVAILABLE" })), None);
        let error = json!({ "error_code": 141_006, "error_description": "No payment method.", "possible_solution": "Add one." });
        let entity = json!({ "entity_type": "WABA", "id": "2", "can_send_message": "BLOCKED", "errors": [error] });
        let blocked = of(json!({ "can_send_message": "BLOCKED", "entities": [entity] })).unwrap();
        assert_eq!(blocked.level, Level::Error);
        assert_eq!(blocked.found, "Meta reports BLOCKED\n141006: No payment method. Add one.");
        assert_eq!(of(json!({ "can_send_message": "LIMITED" })).unwrap().level, Level::Warning);
    }
}
