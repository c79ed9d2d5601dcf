//! Table of Meta's error codes.

use FailureScope::{Message, Number, Recipient, Service};

/// Advice about a retry of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryAdvice {
    /// The same request will never succeed.
    Never,
    /// The same request may succeed soon. Retry with exponential backoff.
    Backoff,
    /// The same request will succeed only after hours, or after action of the business, for example a new access token.
    Wait,
}

/// Scope of a failure: which other requests would fail, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureScope {
    /// The message itself. Other messages are not affected. Failures of other requests have this scope as well.
    Message,
    /// The rate limit of the business number towards this recipient. Other messages to the recipient would fail now.
    Recipient,
    /// The business number, its account, the app or the access token. All messages of the number would fail now.
    Number,
    /// The Graph API, or the connection to it. All requests would fail now.
    Service,
}

/// Entry of the table of Meta's error codes: the meaning of a code for a send.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
///
/// ```
/// use waxwing_client::{ErrorCode, RetryAdvice};
///
/// let held_back = ErrorCode::find(131_049).unwrap();
/// assert_eq!(held_back.retry, RetryAdvice::Wait);
/// assert!(held_back.leaves_queue && !held_back.allows_fallback);
/// assert!(ErrorCode::find(999_999).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCode {
    /// First code of the entry.
    pub first: i64,
    /// Last code of the entry. Most entries have one code.
    pub last: i64,
    /// Whether a retry can succeed.
    pub retry: RetryAdvice,
    /// Which other requests would fail, too.
    pub scope: FailureScope,
    /// Whether the message leaves its send queue at once, so that later messages do not wait for it.
    pub leaves_queue: bool,
    /// Whether the text of the message can be sent in its place.
    pub allows_fallback: bool,
    /// Reason for an agent and its model: one sentence without data of users.
    pub for_agent: &'static str,
    /// Cause for an operator, with the remedy if there is one.
    pub for_operator: &'static str,
}

impl ErrorCode {
    /// Meta's page about all codes.
    pub const PAGE: &'static str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes";

    /// Returns the meaning of the code for an operator: [`for_operator`](Self::for_operator) without the remedy.
    ///
    /// ```
    /// use waxwing_client::ErrorCode;
    ///
    /// let expired = ErrorCode::find(190).unwrap();
    /// assert_eq!(expired.meaning(), "the access token has expired or is invalid");
    /// assert_eq!(expired.remedy(), "create a new access token");
    /// ```
    pub fn meaning(&self) -> &'static str {
        self.for_operator.split_once("; ").map_or(self.for_operator, |(meaning, _)| meaning)
    }

    /// Returns what an operator can do.
    pub fn remedy(&self) -> &'static str {
        match (self.for_operator.split_once("; "), self.retry) {
            (Some((_, remedy)), _) => remedy,
            (None, RetryAdvice::Backoff) => "nothing; the same request may succeed later",
            (None, RetryAdvice::Wait) => "wait some hours, and send the message again",
            (None, RetryAdvice::Never) => "do not repeat the request; change the message, or send another one",
        }
    }

    /// Returns the entry of a code, if the code is known.
    pub fn find(code: i64) -> Option<&'static Self> {
        TABLE.iter().find(|entry| (entry.first..=entry.last).contains(&code))
    }

    /// Returns whether the text of a message that was refused with this code may be sent in its place. A text may pass where an unknown code, or
    /// a passing failure, refused a medium.
    pub fn is_fallback_allowed(code: i64) -> bool {
        Self::find(code).is_none_or(|entry| entry.allows_fallback || entry.retry == RetryAdvice::Backoff)
    }

    /// Returns all entries.
    pub fn all() -> &'static [Self] {
        TABLE
    }

    const fn new(
        first: i64,
        retry: RetryAdvice,
        scope: FailureScope,
        for_agent: &'static str,
        for_operator: &'static str,
    ) -> Self {
        let leaves_queue = matches!(scope, FailureScope::Message) && !matches!(retry, RetryAdvice::Backoff);
        Self { first, last: first, retry, scope, leaves_queue, allows_fallback: false, for_agent, for_operator }
    }

    const fn to(self, last: i64) -> Self {
        Self { last, ..self }
    }

    const fn or_text(self) -> Self {
        Self { allows_fallback: true, ..self }
    }
}

/// A failure that passes: the request is repeated with backoff.
const fn passing(scope: FailureScope, code: i64, for_operator: &'static str) -> ErrorCode {
    ErrorCode::new(code, RetryAdvice::Backoff, scope, BUSY, for_operator)
}

/// A failure of the number or its account, which the business has to fix.
const fn blocked(code: i64, for_operator: &'static str) -> ErrorCode {
    ErrorCode::new(code, RetryAdvice::Wait, Number, BLOCKED, for_operator)
}

/// A refusal of one message that may be accepted after hours.
const fn held_back(code: i64, for_agent: &'static str, for_operator: &'static str) -> ErrorCode {
    ErrorCode::new(code, RetryAdvice::Wait, Message, for_agent, for_operator)
}

/// A refusal of one message for good.
const fn refused(code: i64, for_agent: &'static str, for_operator: &'static str) -> ErrorCode {
    ErrorCode::new(code, RetryAdvice::Never, Message, for_agent, for_operator)
}

/// A refusal of a request that is no message to a user.
const fn administrative(code: i64, for_operator: &'static str) -> ErrorCode {
    ErrorCode::new(code, RetryAdvice::Never, Message, INVALID, for_operator)
}

const BUSY: &str = "WhatsApp could not send the message in time.";
const BLOCKED: &str = "The business account cannot send messages at the moment.";
const INVALID: &str = "WhatsApp refused the form of the message.";
const UNREACHABLE: &str = "The message cannot be delivered to this user.";
const MARKETING: &str = "WhatsApp does not deliver this marketing message to the user.";
const TEMPLATE: &str = "WhatsApp refused the template message.";
const MEDIUM: &str = "WhatsApp could not process the file.";
const GROUP: &str = "WhatsApp refused the message in this group.";

const TABLE: &[ErrorCode] = &[
    // General codes of the Graph API.
    blocked(0, "the access token or the app is invalid; create a new access token"),
    passing(Message, 1, "meta reports an unknown error, or the request is malformed"),
    passing(Service, 2, "meta's service is down or overloaded"),
    blocked(3, "the app lacks a capability or permission for this call; check the permissions of the app"),
    passing(Number, 4, "the app made too many calls; lower the rate limit"),
    blocked(10, "a permission is missing or was withdrawn; check the permissions of the access token"),
    blocked(33, "the business phone number is unknown or was deleted; check WHATSAPP_PHONE_NUMBER_ID"),
    refused(100, INVALID, "a parameter is unknown or invalid; please report the request as a bug").or_text(),
    blocked(190, "the access token has expired or is invalid; create a new access token"),
    blocked(200, "a permission is missing; check the permissions of the access token").to(299),
    blocked(368, "the account is blocked because it broke a policy; see the Business Support Home"),
    passing(Message, 613, "too many look-ups of call permissions"),
    blocked(803, "the object of the call does not exist; check WHATSAPP_PHONE_NUMBER_ID"),
    passing(Number, 80_007, "the account made too many calls; lower the rate limit").to(80_008),
    // Messages.
    passing(Number, 130_429, "the number exceeds its throughput; lower the rate limit"),
    refused(130_472, MARKETING, "the user is part of an experiment of meta and gets no marketing messages"),
    refused(130_497, UNREACHABLE, "the account may not message users in this country"),
    passing(Service, 131_000, "meta reports an internal error"),
    blocked(131_005, "access denied; check the permissions of the access token"),
    refused(131_008, INVALID, "a required parameter is missing; please report the request as a bug").or_text(),
    refused(131_009, INVALID, "the value of a parameter is invalid; please report the request as a bug").or_text(),
    passing(Service, 131_016, "meta's service is unavailable"),
    refused(131_020, GROUP, "the group does not exist or is invalid"),
    refused(131_021, UNREACHABLE, "sender and recipient are the same number"),
    refused(131_026, UNREACHABLE, "the user has no WhatsApp, an old version, or has not accepted the terms"),
    refused(131_030, UNREACHABLE, "a test number sends to allowed recipients only; add the recipient to the list"),
    blocked(131_031, "the account is locked, or its PIN is wrong; see the Business Support Home"),
    blocked(131_037, "the display name of the number is not approved; request a review"),
    refused(131_041, GROUP, "the group is unknown"),
    blocked(131_042, "a payment failed; check the payment method of the account"),
    held_back(
        131_044,
        "The message failed because of a payment problem of the business.",
        "a payment for calls failed; check the payment method",
    ),
    blocked(131_045, "the number is not registered correctly; register the number again"),
    refused(
        131_047,
        "More than 24 hours have passed since the user's last message, so only templates can be sent.",
        "the service window is closed; send a template, or wait for the user",
    ),
    blocked(131_048, "the number reached its spam limit; check the quality rating of the number"),
    held_back(131_049, MARKETING, "meta held back a marketing message for the user's sake; wait at least 24 hours"),
    refused(
        131_050,
        "The user stopped marketing messages of the business.",
        "the user stopped marketing messages; do not send more",
    ),
    refused(131_051, "WhatsApp does not support this type of message.", "the type of the message is not supported")
        .or_text(),
    refused(131_052, MEDIUM, "meta could not download a file; check the URL").or_text(),
    refused(131_053, MEDIUM, "meta could not process a file; check its type, size and codec").or_text(),
    refused(131_055, INVALID, "the method is not allowed; please report the request as a bug").or_text(),
    passing(Recipient, 131_056, "too many messages to one user in a short time"),
    passing(Number, 131_057, "the number is in maintenance, for example during an upgrade of its throughput"),
    refused(131_058, TEMPLATE, "the template hello_world can be sent from test numbers only"),
    administrative(131_059, "the cursor of a list is invalid"),
    refused(131_060, UNREACHABLE, "the message is unavailable"),
    refused(131_062, TEMPLATE, "this template needs a recipient with a phone number"),
    refused(131_063, MARKETING, "marketing templates are turned off for the Cloud API"),
    blocked(131_064, "the account reached a limit because its templates broke a policy; check the templates"),
    // Groups.
    administrative(131_201, "a request about a group was done in part"),
    administrative(131_202, "the participant is in the group already"),
    administrative(131_204, "the group is full"),
    refused(131_207, GROUP, "the group is suspended"),
    passing(Message, 131_208, "too many calls about groups"),
    administrative(131_209, "the picture or the limits of the group do not allow the change").to(131_211),
    refused(131_212, GROUP, "the recipient is no participant of the group"),
    administrative(131_213, "the request to join the group is gone, or the number may not have groups").to(131_215),
    // Templates.
    refused(132_000, TEMPLATE, "the number of parameters differs from the template"),
    refused(132_001, TEMPLATE, "the template does not exist in this language, or is not approved"),
    refused(132_005, TEMPLATE, "the text of the template with its parameters is too long"),
    refused(132_007, TEMPLATE, "the template breaks a policy of meta"),
    refused(132_008, TEMPLATE, "the value of a parameter of the template is invalid"),
    refused(132_012, TEMPLATE, "the format of a parameter differs from the template"),
    held_back(132_015, TEMPLATE, "the template is paused because of its quality; edit the template"),
    refused(132_016, TEMPLATE, "the template is disabled because of its quality; create another one"),
    refused(132_018, TEMPLATE, "the parameters of the template are invalid"),
    refused(132_068, "WhatsApp blocks the form of this message.", "the flow is blocked; check the flow").or_text(),
    held_back(132_069, "WhatsApp limits how often this form is sent.", "the flow is throttled to 10 sends an hour")
        .or_text(),
    // Registration of numbers.
    passing(Message, 133_000, "an earlier deregistration of the number is incomplete"),
    passing(Message, 133_004, "meta's server for registrations is unavailable"),
    administrative(133_005, "the PIN of the two-step verification is wrong"),
    blocked(133_006, "the number must be verified again; request a code"),
    held_back(133_008, BLOCKED, "a wrong PIN was tried too often; wait some hours").to(133_009),
    blocked(133_010, "the number is not registered; register the number"),
    held_back(133_015, BLOCKED, "the number was deleted lately; wait five minutes"),
    held_back(133_016, BLOCKED, "the number was registered too often; wait 72 hours"),
    // Payments, parameters, identity, calls.
    refused(134_011, INVALID, "the terms of payments are not accepted; accept them in the WhatsApp Manager"),
    passing(Message, 134_100, "the marketing template is still synchronized").to(134_102),
    refused(135_000, INVALID, "meta reports invalid parameters; please report the request as a bug").or_text(),
    refused(
        137_000,
        "The user's identity key has changed.",
        "the identity key of the user differs; verify the user again",
    ),
    refused(138_000, "WhatsApp refused the call.", "meta refused a call: see the list of codes for calls").to(138_018),
    // Flows, block list, usernames.
    refused(139_000, INVALID, "the flow has a problem of integrity, or its state does not allow the call")
        .to(139_004)
        .or_text(),
    administrative(139_100, "some users could not be blocked").to(139_101),
    passing(Message, 139_102, "the block list changed while it was read, or has an internal error").to(139_103),
    refused(139_200, TEMPLATE, "the account may not send messages without templates any more"),
    administrative(147_001, "meta refused the business username").to(147_005),
    // Management of templates, migration, coexistence, sign-up.
    administrative(2_388_000, "meta refused the template, or the migration of the number").to(2_388_103),
    administrative(2_388_293, "meta refused the template"),
    administrative(2_388_299, "meta refused the template"),
    administrative(2_388_318, "templates that meta generated cannot be changed"),
    administrative(2_388_330, "templates that meta generated cannot be deleted"),
    administrative(2_494_100, "the number is being migrated"),
    administrative(2_494_164, "the sign-up of the account is incomplete").to(2_494_179),
    administrative(2_593_107, "the WhatsApp Business app could not be synchronized").to(2_593_108),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FACTS: &str = include_str!("../../../../docs/cloud-api-facts.md");

    /// Returns the codes of the table in a section, ranges by their first and last code.
    fn table_codes(facts: &str) -> Vec<i64> {
        let section = facts.split("\n## 7.2 ").nth(1).unwrap().split("\n## ").next().unwrap();
        let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
        cells.flat_map(|cell| cell.split([',', '-'])).filter_map(|code| code.trim().parse().ok()).collect()
    }

    /// Returns the numbers of the facts that have the form of a code of WhatsApp, without sub-codes.
    fn codes_in_prose(facts: &str) -> BTreeSet<i64> {
        let words = facts.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ',').collect::<Vec<_>>();
        let is_code = |code: &i64| (130_000..150_000).contains(code) || (2_388_000..2_600_000).contains(code);
        let pairs = words.windows(2).filter(|pair| pair[0] != "sub-code");
        pairs.filter_map(|pair| pair[1].trim_matches(',').parse().ok()).filter(is_code).collect()
    }

    #[test]
    fn every_code_of_the_facts_is_in_the_table() {
        let listed = table_codes(FACTS);
        assert!(listed.len() > 100, "the table of the facts was not read: {listed:?}");
        let prose = codes_in_prose(FACTS);
        assert!(prose.contains(&138_006) && prose.contains(&2_388_318) && !prose.contains(&2_494_191), "{prose:?}");
        let missing: Vec<_> = listed.into_iter().chain(prose).filter(|code| ErrorCode::find(*code).is_none()).collect();
        assert!(missing.is_empty(), "codes without an entry: {missing:?}");
    }

    #[test]
    fn each_entry_is_consistent() {
        let mut last = -1;
        for entry in ErrorCode::all() {
            assert!(entry.first > last && entry.last >= entry.first, "not in order, or twice: {entry:?}");
            last = entry.last;
            let is_own_refusal = entry.scope == Message && entry.retry != RetryAdvice::Backoff;
            assert_eq!(
                entry.leaves_queue, is_own_refusal,
                "a refusal of the message itself never holds the queue: {entry:?}"
            );
            assert!(!entry.allows_fallback || entry.leaves_queue, "a fallback needs a refusal: {entry:?}");
            let is_sentence = entry.for_agent.ends_with('.') && entry.for_agent.starts_with(char::is_uppercase);
            assert!(is_sentence, "{entry:?}");
            assert!(!entry.for_operator.is_empty() && !entry.for_operator.ends_with('.'), "{entry:?}");
        }
    }

    #[test]
    fn each_entry_has_a_meaning_and_a_remedy() {
        for entry in ErrorCode::all() {
            assert!(!entry.meaning().is_empty() && !entry.remedy().is_empty(), "{entry:?}");
            assert!(!entry.meaning().contains(';'), "{entry:?}");
        }
        let remedy = |code| ErrorCode::find(code).unwrap().remedy();
        assert_eq!(remedy(131_047), "send a template, or wait for the user");
        assert_eq!(remedy(131_056), "nothing; the same request may succeed later");
        assert!(remedy(131_026).starts_with("do not repeat"));
    }

    #[test]
    fn refusals_of_one_message_do_not_hold_the_messages_behind_it() {
        // Meta's guidance on refused messages: cloud-api 12.6.
        for code in [131_044, 131_047, 131_049, 131_050, 132_015, 132_016, 132_069] {
            assert!(ErrorCode::find(code).unwrap().leaves_queue, "{code}");
        }
        for code in [190, 131_042, 131_048, 131_056, 130_429, 131_000] {
            assert!(!ErrorCode::find(code).unwrap().leaves_queue, "{code}");
        }
        for code in [100, 131_051, 131_052, 131_053] {
            assert!(ErrorCode::find(code).unwrap().allows_fallback, "{code}");
        }
        for code in [131_026, 131_047, 131_049, 131_050] {
            assert!(!ErrorCode::find(code).unwrap().allows_fallback, "a text would be refused as well: {code}");
        }
    }
}
