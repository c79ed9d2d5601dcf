//! Whether the same request could do better later: Meta's codes, in one place.

use crate::ApiError;

/// What to do with a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It will never succeed as it is.
    No,
    /// It may succeed soon: try again with growing pauses.
    Later,
    /// It will not succeed before hours have passed or someone has stepped in.
    Wait,
}

/// What follows from an answer of the Graph API.
///
/// A code that says more than the passing moment wins over everything; Meta's `is_transient` comes second. The HTTP status decides only
/// about codes that are not known here.
pub(crate) fn of_api(error: &ApiError) -> Retry {
    match of_code(error.code) {
        Some(Retry::Wait) => Retry::Wait,
        _ if error.is_transient => Retry::Later,
        Some(retry) => retry,
        None => of_status(error.status),
    }
}

/// What follows from an answer that is not the Graph API's: servers in trouble recover, the rest does not.
pub(crate) fn of_status(status: u16) -> Retry {
    if status >= 500 || matches!(status, 408 | 429) { Retry::Later } else { Retry::No }
}

/// What Meta says of a code; `None` if it is not known here.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
fn of_code(code: i64) -> Option<Retry> {
    Some(match code {
        // Unknown error, service down, call limits of the app and of the account.
        1 | 2 | 4 | 613 | 80_007 | 80_008
        // Throughput of the number, something went wrong, service unavailable, pair limit, number in maintenance, group limit.
        | 130_429 | 131_000 | 131_016 | 131_056 | 131_057 | 131_208
        // Flow throttled, deregistration incomplete, register server down, marketing template still syncing.
        | 132_069 | 133_000 | 133_004 | 134_100..=134_102
        // Block list changed while paging, internal error of the block list.
        | 139_102 | 139_103 => Retry::Later,

        // Payment, spam limit, marketing held back for the user's sake, limit through template violations.
        131_042 | 131_044 | 131_048 | 131_049 | 131_064
        // Template paused, PIN guessed too often, number deleted lately, registered too often.
        | 132_015 | 133_008 | 133_009 | 133_015 | 133_016 => Retry::Wait,

        // Token, permissions, ids, parameters, policy.
        0 | 3 | 10 | 33 | 100 | 190 | 200..=299 | 368 | 803
        // Messages: not delivered for a reason that stays.
        | 130_472 | 130_497 | 131_005 | 131_008 | 131_009 | 131_021 | 131_026 | 131_030 | 131_031 | 131_037 | 131_045
        | 131_047 | 131_050..=131_053 | 131_055 | 131_058 | 131_060 | 131_062 | 131_063
        // Groups.
        | 131_020 | 131_041 | 131_059 | 131_201 | 131_202 | 131_204 | 131_207 | 131_209..=131_215
        // Templates and flows.
        | 132_000 | 132_001 | 132_005 | 132_007 | 132_008 | 132_012 | 132_016 | 132_018 | 132_068 | 139_000..=139_004
        // Registration, payments, parameters, identity, calling, block list, usernames.
        | 133_005 | 133_006 | 133_010 | 134_011 | 135_000 | 137_000 | 138_000..=138_018 | 139_100 | 139_101
        | 147_001..=147_005
        // Template creation, migration, coexistence, sign-up.
        | 2_388_000..=2_388_099 | 2_388_103 | 2_388_293 | 2_388_299 | 2_494_100 | 2_494_164..=2_494_179 | 2_593_107
        | 2_593_108 => Retry::No,

        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, error: &str, expected: Retry) {
        let error = ApiError::read(status, format!(r#"{{"error":{error}}}"#).as_bytes()).unwrap();
        assert_eq!(of_api(&error), expected, "{error:?}");
    }

    /// Every code that Meta names, with the status that it comes with.
    #[test]
    fn every_code_has_its_place() {
        #[track_caller]
        fn all(expected: Retry, codes: &[(u16, &[i64])]) {
            for &(status, codes) in codes {
                for code in codes {
                    check(status, &format!(r#"{{"code":{code}}}"#), expected);
                }
            }
        }
        all(
            Retry::Later,
            &[
                (
                    400,
                    &[
                        1, 4, 613, 80_007, 80_008, 130_429, 131_056, 132_069, 134_100, 134_101, 134_102, 139_102,
                        139_103,
                    ],
                ),
                (429, &[4, 130_429, 131_056, 131_208]),
                (500, &[131_000, 131_016, 131_057, 133_000]),
                (503, &[2, 133_004]),
            ],
        );
        all(
            Retry::Wait,
            &[(400, &[131_042, 131_044, 131_048, 131_049, 131_064, 132_015, 133_008, 133_009, 133_015, 133_016])],
        );
        all(
            Retry::No,
            &[
                (401, &[0, 190]),
                (403, &[10, 200, 299, 368, 130_497, 131_005, 131_031, 131_207]),
                (404, &[803, 132_001]),
                (500, &[3, 131_045]),
                (206, &[131_201]),
                (
                    400,
                    &[
                        33, 100, 130_472, 131_008, 131_009, 131_020, 131_021, 131_026, 131_030, 131_037, 131_041,
                        131_047, 131_050, 131_051, 131_052, 131_053, 131_055, 131_058, 131_059, 131_060, 131_062,
                        131_063, 131_202, 131_204, 131_209, 131_210, 131_211, 131_212, 131_213, 131_214, 131_215,
                        132_000, 132_005, 132_007, 132_008, 132_012, 132_016, 132_018, 132_068, 133_005, 133_006,
                        133_010, 134_011, 135_000, 137_000, 138_000, 138_018, 139_000, 139_004, 139_100, 139_101,
                        147_001, 147_005, 2_388_012, 2_388_091, 2_388_093, 2_388_103, 2_388_293, 2_388_299, 2_494_100,
                        2_494_164, 2_494_179, 2_593_107, 2_593_108,
                    ],
                ),
            ],
        );
    }

    #[test]
    fn an_unknown_code_is_judged_by_its_status() {
        check(400, r#"{"code":999999}"#, Retry::No);
        check(429, r#"{"code":999999}"#, Retry::Later);
        check(500, r#"{"code":999999}"#, Retry::Later);
        check(500, r#"{"code":131299}"#, Retry::Later);
    }

    #[test]
    fn metas_word_that_it_passes_counts_unless_it_takes_long() {
        check(400, r#"{"code":100,"is_transient":true}"#, Retry::Later);
        check(400, r#"{"code":999999,"is_transient":true}"#, Retry::Later);
        check(400, r#"{"code":131048,"is_transient":true}"#, Retry::Wait);
        check(400, r#"{"code":100,"is_transient":false}"#, Retry::No);
    }
}
