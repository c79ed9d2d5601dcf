//! Table of all fault cases.

use std::time::Duration;

use waxwing_emulator::RateLimits;

use super::ExpectedEffect::{DeadLettered, Duplicated, FailedLater, Reconciled, Resent, Retried, Unaffected};
use super::FaultCase;

/// Request timeout: long enough for a send on a busy machine, and short enough for a test.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Rate limit that a server without its own rate limit exceeds.
const SLOW: RateLimits = RateLimits::unlimited()
    .with_messages_per_second(40)
    .with_pair_interval(Duration::from_millis(60))
    .with_pair_burst(2);

pub(super) fn all() -> Vec<FaultCase> {
    [sends(), doubts(), media(), webhooks(), statuses(), behavior(), events()].into_iter().flatten().collect()
}

/// Sends that Meta refuses: temporarily or permanently, at once or later.
fn sends() -> Vec<FaultCase> {
    vec![
        FaultCase::fault(Retried, "send = { error = { code = 131056 } }", 0.3),
        FaultCase::fault(Retried, "send = { error = { code = 130429, http = 429 } }", 0.3),
        FaultCase::fault(Retried, "send = { error = { code = 131016, http = 500 } }", 0.3),
        FaultCase::fault(Retried, "send = { error = { code = 2, http = 503 } }", 0.3),
        // An unknown error code is classified by its HTTP status.
        FaultCase::fault(Retried, "send = { error = { code = 999999, http = 500 } }", 0.3),
        FaultCase::fault(DeadLettered(999_998), "send = { error = { code = 999998, http = 400 } }", 0.2),
        FaultCase::fault(
            Retried,
            "send = { error_with_retry_after = { code = 130429, http = 429, after = \"1s\" } }\ntimes = 2",
            0.3,
        ),
        FaultCase::fault(DeadLettered(131_026), "send = { error = { code = 131026 } }", 0.2),
        FaultCase::fault(DeadLettered(100), "send = { error = { code = 100 } }", 0.2),
        FaultCase::fault(FailedLater(131_026), "send = { accept_then_fail = { code = 131026 } }", 0.2),
        // The caption of a picture that fails later is sent at the end of the queue.
        FaultCase::fault(FailedLater(131_053), "send = { send_then_fail = { code = 131053, after = \"20ms\" } }", 0.2)
            .reordered(),
        FaultCase::fault(Retried, "any_call = { error = { code = 131000, http = 500 } }", 0.2),
        FaultCase::paced(Retried, SLOW),
    ]
}

/// Sends with an unknown outcome.
fn doubts() -> Vec<FaultCase> {
    vec![
        FaultCase::fault(Resent, "send = \"drop_connection\"", 0.15),
        FaultCase::fault(Resent, "send = \"server_error_without_json\"", 0.15),
        FaultCase::fault(Resent, "send = \"stall\"\ntimes = 2", 0.3).with_patience(PATIENCE),
        FaultCase::fault(Reconciled, "send = \"accept_then_drop_connection\"", 0.3),
        FaultCase::fault(Reconciled, "send = \"truncated_body\"", 0.3),
        FaultCase::fault(Reconciled, "send = \"accept_then_stall\"\ntimes = 2", 0.3).with_patience(PATIENCE),
        FaultCase::fault(Unaffected, "send = { delay = \"60ms\" }", 0.5),
        // No status of the first request arrives in time. The default of `on_in_doubt` sends the message again.
        FaultCase::fault(Duplicated, "send = \"accept_then_drop_connection\"", 0.2).and("statuses = \"lose\"", 1.0),
        FaultCase::fault(Duplicated, "send = \"accept_then_drop_connection\"", 0.2)
            .and("statuses = { delay = \"1s\" }", 1.0),
        // A status that arrives late resolves the send.
        FaultCase::fault(Reconciled, "send = \"accept_then_drop_connection\"", 0.2)
            .and("statuses = { delay = \"400ms\" }", 1.0),
    ]
}

/// Requests other than sends.
fn media() -> Vec<FaultCase> {
    vec![
        FaultCase::fault(Unaffected, "receipt = { error = { code = 131000, http = 500 } }", 0.5),
        FaultCase::fault(Unaffected, "receipt = \"drop_connection\"", 0.5),
        FaultCase::fault(Unaffected, "receipt = \"truncated_body\"", 0.5),
        FaultCase::fault(Retried, "upload = { error = { code = 131016, http = 500 } }\ntimes = 2", 1.0),
        FaultCase::fault(Retried, "upload = \"accept_then_drop_connection\"\ntimes = 2", 1.0),
        FaultCase::fault(Retried, "upload = \"server_error_without_json\"\ntimes = 2", 1.0),
        // The caption is sent as a text in place of the image.
        FaultCase::fault(Retried, "upload = { error = { code = 131053 } }", 0.5),
        FaultCase::fault(Unaffected, "download = \"truncated_body\"\ntimes = 1", 1.0),
        FaultCase::fault(Unaffected, "download = { error = { code = 100 } }", 1.0),
        FaultCase::fault(Unaffected, "other = { error = { code = 131000, http = 500 } }\ntimes = 1", 1.0),
        FaultCase::fault(Unaffected, "any_call = { delay = \"20ms\" }", 0.5),
    ]
}

/// Webhooks of messages, or of any kind.
fn webhooks() -> Vec<FaultCase> {
    vec![
        FaultCase::fault(Unaffected, "messages = \"lose\"", 0.2),
        FaultCase::fault(Unaffected, "webhooks = { drop = { attempts = 2 } }", 0.3),
        FaultCase::fault(Unaffected, "webhooks = { lose_response = { attempts = 2 } }", 0.3),
        FaultCase::fault(Unaffected, "webhooks = { duplicate = { copies = 2 } }", 0.5),
        FaultCase::fault(Unaffected, "webhooks = { regroup = { last = 8 } }", 0.3).reordered(),
        FaultCase::fault(Unaffected, "webhooks = \"unknown_fields\"", 0.7),
        FaultCase::fault(Unaffected, "messages = { delay = \"60ms\" }", 0.3).reordered(),
        FaultCase::fault(Unaffected, "messages = \"reorder\"\ntimes = 6", 0.5).reordered(),
        FaultCase::fault(Unaffected, "messages = \"lone_surrogate\"\nonly = \"image\"", 1.0),
        FaultCase::fault(Unaffected, "fields = { duplicate = { copies = 1 } }", 1.0)
            .with_step("after = \"50ms\"\ntimes = 5\nevery = \"20ms\"\ndo.notify = { field = \"account_update\" }"),
    ]
}

/// Webhooks of statuses.
fn statuses() -> Vec<FaultCase> {
    vec![
        FaultCase::fault(Unaffected, "statuses = \"lose\"", 0.5),
        FaultCase::fault(Unaffected, "statuses = \"reorder\"", 0.3),
        FaultCase::fault(Unaffected, "statuses = { delay = \"200ms\" }", 0.5),
        FaultCase::fault(Unaffected, "statuses = \"anonymous\"", 1.0),
        FaultCase::fault(Reconciled, "statuses = \"anonymous\"", 1.0)
            .and("send = \"accept_then_drop_connection\"", 0.3),
        FaultCase::fault(Reconciled, "statuses = { duplicate = { copies = 2 } }", 1.0)
            .and("send = \"accept_then_drop_connection\"", 0.3),
        FaultCase::fault(Reconciled, "statuses = \"reorder\"\nonly = \"sent\"", 1.0)
            .and("send = \"accept_then_drop_connection\"", 0.2),
        FaultCase::fault(Unaffected, "send = \"status_first\"", 0.5),
        FaultCase::fault(
            Unaffected,
            "send = { statuses = { sent = \"300ms\", delivered = \"1ms\", read = \"1ms\" } }",
            0.5,
        ),
    ]
}

/// Behavior settings of the emulator.
fn behavior() -> Vec<FaultCase> {
    vec![
        FaultCase::behavior("batching", "{ max_updates = 20, max_wait = \"15ms\", layout = \"mixed\" }"),
        FaultCase::behavior("batching", "{ max_updates = 5, max_wait = \"5ms\", layout = \"entries\" }"),
        FaultCase::behavior("status_delays", "{ sent = \"0ms\", delivered = \"0ms\", read = \"1ms\" }"),
        FaultCase::behavior("redelivery", "{ immediate_first_retry = true, initial_backoff = \"5ms\" }")
            .and("webhooks = { drop = { attempts = 3 } }", 0.3),
        FaultCase::behavior("unknown_fields", "0.5"),
        FaultCase::behavior("conversations", "false"),
        FaultCase::behavior("contact_book", "false"),
        FaultCase::behavior("template_approval", "\"after=0s\""),
    ]
}

/// Other webhooks.
fn events() -> Vec<FaultCase> {
    vec![
        FaultCase::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.notify = { field = \"weather_update\", value = { sky = \"clear\" } }",
        ),
        FaultCase::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.sends = { user = \"+34600000001\", type = \"hologram\", body = { depth = 3 } }",
        ),
        FaultCase::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.unsupported = { user = \"+34600000001\", kind = \"poll\" }",
        ),
        FaultCase::step(
            "after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.status = { user = \"+34600000001\", status = \"warped\" }",
        ),
        FaultCase::step(
            "after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.status = { user = \"+34600000001\", status = \"sent\" }",
        ),
        FaultCase::step("after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.redeliver = { user = \"+34600000001\" }")
            .reordered(),
        FaultCase::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.value = { parts = { errors = [{ code = 130429 }] } }",
        ),
    ]
}
