//! Classification of errors by Meta's error codes.

use super::{ApiError, ErrorCode, FailureScope, RetryAdvice};

/// Returns the advice for an error of the Graph API.
///
/// A code with the advice `Wait` wins, then Meta's `is_transient`, then other known codes. The HTTP status decides about unknown
/// codes only.
pub(super) fn advice_for_api(error: &ApiError) -> RetryAdvice {
    match classify_code(error.code).map(|(retry, _)| retry) {
        Some(RetryAdvice::Wait) => RetryAdvice::Wait,
        _ if error.is_transient => RetryAdvice::Backoff,
        Some(retry) => retry,
        None => advice_for_status(error.status),
    }
}

/// Returns the advice for a response that is not one of the Graph API: server errors, timeouts and rate limits can pass.
pub(super) fn advice_for_status(status: u16) -> RetryAdvice {
    if status >= 500 || matches!(status, 408 | 429) { RetryAdvice::Backoff } else { RetryAdvice::Never }
}

/// Returns the scope of an error of the Graph API. A server error concerns the service, unless the code has another scope.
pub(super) fn scope_for_api(error: &ApiError) -> FailureScope {
    match classify_code(error.code) {
        Some((_, scope @ (FailureScope::Recipient | FailureScope::Number | FailureScope::Service))) => scope,
        Some((RetryAdvice::Never, FailureScope::Message)) => FailureScope::Message,
        _ if error.status >= 500 => FailureScope::Service,
        _ => FailureScope::Message,
    }
}

/// Returns advice and scope of an error code. `None` for an unknown code.
///
/// Problems that the business can solve, such as an expired access token, are `Wait`: the request is valid and will succeed later.
fn classify_code(code: i64) -> Option<(RetryAdvice, FailureScope)> {
    ErrorCode::find(code).map(|entry| (entry.retry, entry.scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, error: &str, expected: RetryAdvice) {
        let error = ApiError::read(status, format!(r#"{{"error":{error}}}"#).as_bytes()).unwrap();
        assert_eq!(advice_for_api(&error), expected, "{error:?}");
    }

    #[track_caller]
    fn all(retry: RetryAdvice, scope: FailureScope, codes: &[(u16, &[i64])]) {
        for &(status, codes) in codes {
            for code in codes {
                let error = format!(r#"{{"code":{code}}}"#);
                check(status, &error, retry);
                let error = ApiError::read(status, format!(r#"{{"error":{error}}}"#).as_bytes()).unwrap();
                assert_eq!(scope_for_api(&error), scope, "{error:?}");
            }
        }
    }

    // These tests state the codes with their HTTP status. The tests of the table cover its columns.

    #[test]
    fn codes_of_passing_problems_are_retried_with_backoff() {
        all(RetryAdvice::Backoff, FailureScope::Service, &[(500, &[131_000, 131_016, 133_000]), (503, &[2, 133_004])]);
        all(
            RetryAdvice::Backoff,
            FailureScope::Number,
            &[(400, &[4, 80_007, 80_008, 130_429]), (429, &[4, 130_429]), (500, &[131_057])],
        );
        all(RetryAdvice::Backoff, FailureScope::Recipient, &[(400, &[131_056]), (429, &[131_056])]);
        all(
            RetryAdvice::Backoff,
            FailureScope::Message,
            &[(400, &[1, 613, 134_100, 134_101, 134_102, 139_102, 139_103]), (429, &[131_208])],
        );
    }

    #[test]
    fn codes_that_need_action_or_hours_wait() {
        all(
            RetryAdvice::Wait,
            FailureScope::Number,
            &[
                (401, &[0, 190]),
                (403, &[10, 200, 299, 368, 131_005, 131_031]),
                (404, &[803]),
                (500, &[3, 131_045]),
                (400, &[33, 131_037, 131_042, 131_048, 131_064, 133_006, 133_010]),
            ],
        );
        all(
            RetryAdvice::Wait,
            FailureScope::Message,
            &[(400, &[131_044, 131_049, 132_015, 132_069, 133_008, 133_009, 133_015, 133_016])],
        );
    }

    #[test]
    fn codes_of_permanent_refusals_are_never_retried() {
        all(
            RetryAdvice::Never,
            FailureScope::Message,
            &[
                (403, &[130_497, 131_207]),
                (404, &[132_001]),
                (206, &[131_201]),
                (
                    400,
                    &[
                        100, 130_472, 131_008, 131_009, 131_020, 131_021, 131_026, 131_030, 131_041, 131_047, 131_050,
                        131_051, 131_052, 131_053, 131_055, 131_058, 131_059, 131_060, 131_062, 131_063, 131_202,
                        131_204, 131_209, 131_210, 131_211, 131_212, 131_213, 131_214, 131_215, 132_000, 132_005,
                        132_007, 132_008, 132_012, 132_016, 132_018, 132_068, 133_005, 134_011, 135_000, 137_000,
                        138_000, 138_018, 139_000, 139_004, 139_100, 139_101, 147_001, 147_005, 2_388_012, 2_388_091,
                        2_388_093, 2_388_103, 2_388_293, 2_388_299, 2_494_100, 2_494_164, 2_494_179, 2_593_107,
                        2_593_108,
                    ],
                ),
            ],
        );
    }

    #[test]
    fn an_unknown_code_is_classified_by_its_status() {
        #[track_caller]
        fn unknown(status: u16, code: i64, retry: RetryAdvice, scope: FailureScope) {
            let error = format!(r#"{{"error":{{"code":{code}}}}}"#);
            let error = ApiError::read(status, error.as_bytes()).unwrap();
            assert_eq!((advice_for_api(&error), scope_for_api(&error)), (retry, scope), "{error:?}");
        }
        unknown(400, 999_999, RetryAdvice::Never, FailureScope::Message);
        unknown(429, 999_999, RetryAdvice::Backoff, FailureScope::Message);
        unknown(500, 999_999, RetryAdvice::Backoff, FailureScope::Service);
        unknown(500, 131_299, RetryAdvice::Backoff, FailureScope::Service);
        // The scope of a known code does not depend on the status.
        unknown(500, 131_047, RetryAdvice::Never, FailureScope::Message);
    }

    #[test]
    fn is_transient_wins_unless_the_advice_is_wait() {
        check(400, r#"{"code":100,"is_transient":true}"#, RetryAdvice::Backoff);
        check(400, r#"{"code":999999,"is_transient":true}"#, RetryAdvice::Backoff);
        check(400, r#"{"code":131048,"is_transient":true}"#, RetryAdvice::Wait);
        check(400, r#"{"code":100,"is_transient":false}"#, RetryAdvice::Never);
    }
}
