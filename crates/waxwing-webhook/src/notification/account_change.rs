//! Reader of the webhook fields about accounts.

use serde_json::value::RawValue;

use super::account_event::AccountChange;
use crate::json::{JsonObject, items};

/// Changes of one webhook value, each with its raw JSON.
pub(super) type Changes<'a> = Vec<(AccountChange, &'a RawValue)>;

/// Webhook fields with a list of groups.
const GROUPS: [&str; 4] =
    ["group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update"];

/// Reads the changes of a webhook field about an account. None if the field is another one, or if a change does not state what changed.
pub(super) fn read<'a>(field: &str, value: &JsonObject<'a>, raw: &'a RawValue) -> Option<Changes<'a>> {
    if GROUPS.contains(&field) {
        return each(value.get("groups")?, group);
    }
    let change = match field {
        "account_update" => account(value)?,
        "account_alerts" => alert(value)?,
        "account_review_update" => AccountChange::Review { decision: value.keyword("decision")? },
        "business_capability_update" => AccountChange::Capability,
        "phone_number_quality_update" => AccountChange::NumberQuality {
            event: value.keyword("event")?,
            limit: value.keyword("current_limit").or_else(|| value.keyword("max_daily_conversations_per_business")),
        },
        "phone_number_name_update" => AccountChange::NumberName { decision: value.keyword("decision")? },
        "security" => AccountChange::Security { event: value.keyword("event")? },
        "flows" => AccountChange::Flow { event: value.keyword("event")?, flow: value.keyword("flow_id") },
        "payment_configuration_update" => AccountChange::PaymentConfiguration { status: value.keyword("status") },
        _ => return None,
    };
    Some(vec![(change, raw)])
}

/// Reads a status of a payment.
pub(super) fn payment(status: &JsonObject<'_>) -> Option<AccountChange> {
    let payment = status.object("payment");
    let reference = payment.and_then(|payment| payment.keyword("reference_id"));
    Some(AccountChange::Payment { status: status.keyword("status")?, reference })
}

fn account(value: &JsonObject<'_>) -> Option<AccountChange> {
    let restrictions = value.get("restriction_info").and_then(items).unwrap_or_default();
    let restrictions = restrictions.into_iter().filter_map(|item| JsonObject::parse(item.get()));
    Some(AccountChange::Account {
        event: value.keyword("event")?,
        ban_state: value.object("ban_info").and_then(|ban| ban.keyword("waba_ban_state")),
        violation: value.object("violation_info").and_then(|violation| violation.keyword("violation_type")),
        restrictions: restrictions.filter_map(|item| item.keyword("restriction_type")).collect(),
    })
}

fn alert(value: &JsonObject<'_>) -> Option<AccountChange> {
    // Webhooks before 2025 have the details in the value itself.
    let info = value.object("alert_info");
    let of = |name: &str| info.as_ref().and_then(|info| info.keyword(name)).or_else(|| value.keyword(name));
    Some(AccountChange::Alert { kind: of("alert_type")?, severity: of("alert_severity"), status: of("alert_status") })
}

fn group(group: &JsonObject<'_>) -> Option<AccountChange> {
    Some(AccountChange::Group { event: group.keyword("type")?, group: group.keyword("group_id") })
}

/// Reads a status of a call.
pub(super) fn call_status(status: &JsonObject<'_>) -> Option<AccountChange> {
    Some(AccountChange::Call { status: status.keyword("status")?, call: status.keyword("id")? })
}

/// Reads each item of a list. None if an item is not usable.
fn each<'a>(list: &'a RawValue, read: impl Fn(&JsonObject<'a>) -> Option<AccountChange>) -> Option<Changes<'a>> {
    items(list)?.into_iter().map(|item| Some((read(&JsonObject::parse(item.get())?)?, item))).collect()
}
