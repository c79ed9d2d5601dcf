//! Titles of Meta's error codes.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

/// Titles by error code, in ascending order.
const TITLES: &[(u32, &str)] = &[
    (1, "API unknown"),
    (2, "API service"),
    (4, "API too many calls"),
    (10, "Permission denied"),
    (100, "Invalid parameter"),
    (190, "Access token has expired or is invalid"),
    (368, "Temporarily blocked for policies violations"),
    (2200, "Callback verification failed"),
    (2500, "Unknown path components"),
    (130_429, "Rate limit hit"),
    (131_000, "Something went wrong"),
    (131_008, "Required parameter is missing"),
    (131_009, "Parameter value is not valid"),
    (131_016, "Service unavailable"),
    (131_020, "Group has no participants"),
    (131_021, "Recipient cannot be sender"),
    (131_026, "Message undeliverable"),
    (131_041, "Group does not exist"),
    (131_042, "Business eligibility payment issue"),
    (131_047, "Re-engagement message"),
    (131_048, "Spam rate limit hit"),
    (131_049, "Message not delivered to keep the ecosystem healthy"),
    (131_050, "User has stopped marketing messages"),
    (131_051, "Unsupported message type"),
    (131_052, "Media download error"),
    (131_053, "Media upload error"),
    (131_056, "(Business account, consumer account) pair rate limit hit"),
    (131_057, "Business account is in maintenance mode"),
    (131_062, "Business-scoped user ids are not supported for this message"),
    (131_201, "Group request partially succeeded"),
    (131_202, "Duplicate group participant"),
    (131_204, "Group participant limit reached"),
    (131_207, "Group is suspended"),
    (131_211, "Group creation limit reached"),
    (131_212, "Participant is not in the group"),
    (131_213, "Group join request does not exist"),
    (132_000, "Number of parameters does not match the expected number of params"),
    (132_001, "Template name does not exist in the translation"),
    (132_005, "Translated text too long"),
    (132_012, "Parameter format does not match format in the created template"),
    (132_015, "Template is paused"),
    (132_016, "Template is disabled"),
    (132_018, "Template parameters are not valid"),
    (132_068, "Flow is blocked"),
    (132_069, "Flow is throttled"),
    (133_010, "Phone number not registered"),
    (138_000, "Calling is not enabled"),
    (138_001, "Receiver cannot be called"),
    (138_003, "Duplicate call"),
    (138_004, "Error while connecting the call"),
    (138_006, "No approved call permission from the recipient"),
    (138_009, "Limit of call permission requests reached"),
    (138_012, "Limit of business-initiated calls reached"),
    (139_001, "Flow cannot be updated"),
    (139_002, "Flow cannot be published"),
    (139_003, "Flow cannot be deprecated"),
    (139_004, "Flow cannot be deleted"),
    (139_100, "Failed to block or unblock some users"),
    (139_101, "Blocklist limit reached"),
    (147_001, "Username is not valid"),
    (147_002, "Username is not available"),
    (2_388_318, "This template cannot be edited"),
    (2_388_330, "This template cannot be deleted"),
];

/// Returns Meta's title for an error code.
pub(crate) fn title(code: u32) -> &'static str {
    let found = TITLES.binary_search_by_key(&code, |(code, _)| *code);
    found.ok().and_then(|at| TITLES.get(at)).map_or("An error occurred", |(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_found() {
        assert!(TITLES.is_sorted_by_key(|(code, _)| *code));
        assert_eq!((title(1), title(2_388_330)), ("API unknown", "This template cannot be deleted"));
        assert_eq!(title(3), "An error occurred");
    }
}
