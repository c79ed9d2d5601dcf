//! The table: everything that can go wrong, and what is to come of it.

use std::time::Duration;

use waxwing_emulator::Pace;

use super::Case;
use super::Fate::{Dead, Doubled, Failed, Retried, SentAgain, Settled, Unharmed};

/// Long enough for a send on a machine that is busy, short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A pace that is exceeded by whoever keeps none.
const SLOW: Pace = Pace { throughput: 40, pair_interval: Duration::from_millis(60), pair_burst: 2 };

pub(super) fn all() -> Vec<Case> {
    [sends(), doubts(), media(), webhooks(), statuses(), conduct(), events()].into_iter().flatten().collect()
}

/// Sends that Meta refuses, for now or for good, and at once or later.
fn sends() -> Vec<Case> {
    vec![
        Case::fault(Retried, "send = { error = { code = 131056 } }", 0.3),
        Case::fault(Retried, "send = { error = { code = 130429, http = 429 } }", 0.3),
        Case::fault(Retried, "send = { error = { code = 131016, http = 500 } }", 0.3),
        Case::fault(Retried, "send = { error = { code = 2, http = 503 } }", 0.3),
        // Codes that nobody knows go by their HTTP status.
        Case::fault(Retried, "send = { error = { code = 999999, http = 500 } }", 0.3),
        Case::fault(Dead(999_998), "send = { error = { code = 999998, http = 400 } }", 0.2),
        Case::fault(
            Retried,
            "send = { error_with_retry_after = { code = 130429, http = 429, after = \"1s\" } }\ntimes = 2",
            0.3,
        ),
        Case::fault(Dead(131_047), "send = { error = { code = 131047 } }", 0.2),
        Case::fault(Dead(131_026), "send = { error = { code = 131026 } }", 0.2),
        Case::fault(Dead(100), "send = { error = { code = 100 } }", 0.2),
        Case::fault(Failed(131_026), "send = { accept_then_fail = { code = 131026 } }", 0.2),
        Case::fault(Failed(131_053), "send = { send_then_fail = { code = 131053, after = \"20ms\" } }", 0.2),
        Case::fault(Retried, "any_call = { error = { code = 131000, http = 500 } }", 0.2),
        Case::paced(Retried, SLOW),
    ]
}

/// Sends of which nobody knows whether Meta took them.
fn doubts() -> Vec<Case> {
    vec![
        Case::fault(SentAgain, "send = \"drop_connection\"", 0.15),
        Case::fault(SentAgain, "send = \"server_error_without_json\"", 0.15),
        Case::fault(SentAgain, "send = \"stall\"\ntimes = 2", 0.3).with_patience(PATIENCE),
        Case::fault(Settled, "send = \"accept_then_drop_connection\"", 0.3),
        Case::fault(Settled, "send = \"truncated_body\"", 0.3),
        Case::fault(Settled, "send = \"accept_then_stall\"\ntimes = 2", 0.3).with_patience(PATIENCE),
        Case::fault(Unharmed, "send = { delay = \"60ms\" }", 0.5),
        // Nobody tells of the first one in time: what then happens is a setting, and this is its default.
        Case::fault(Doubled, "send = \"accept_then_drop_connection\"", 0.2).and("statuses = \"lose\"", 1.0),
        Case::fault(Doubled, "send = \"accept_then_drop_connection\"", 0.2).and("statuses = { delay = \"1s\" }", 1.0),
        // A late status settles what the window has not.
        Case::fault(Settled, "send = \"accept_then_drop_connection\"", 0.2)
            .and("statuses = { delay = \"400ms\" }", 1.0),
    ]
}

/// Calls beside the sends.
fn media() -> Vec<Case> {
    vec![
        Case::fault(Unharmed, "receipt = { error = { code = 131000, http = 500 } }", 0.5),
        Case::fault(Unharmed, "receipt = \"drop_connection\"", 0.5),
        Case::fault(Unharmed, "receipt = \"truncated_body\"", 0.5),
        Case::fault(Retried, "upload = { error = { code = 131016, http = 500 } }\ntimes = 2", 1.0),
        Case::fault(Retried, "upload = \"accept_then_drop_connection\"\ntimes = 2", 1.0),
        Case::fault(Retried, "upload = \"server_error_without_json\"\ntimes = 2", 1.0),
        Case::fault(Dead(131_053), "upload = { error = { code = 131053 } }", 0.5),
        Case::fault(Unharmed, "download = \"truncated_body\"\ntimes = 1", 1.0),
        Case::fault(Unharmed, "download = { error = { code = 100 } }", 1.0),
        Case::fault(Unharmed, "other = { error = { code = 131000, http = 500 } }\ntimes = 1", 1.0),
        Case::fault(Unharmed, "any_call = { delay = \"20ms\" }", 0.5),
    ]
}

/// Webhooks of users' messages, or of whatever comes.
fn webhooks() -> Vec<Case> {
    vec![
        Case::fault(Unharmed, "messages = \"lose\"", 0.2),
        Case::fault(Unharmed, "webhooks = { drop = { attempts = 2 } }", 0.3),
        Case::fault(Unharmed, "webhooks = { lose_answer = { attempts = 2 } }", 0.3),
        Case::fault(Unharmed, "webhooks = { duplicate = { copies = 2 } }", 0.5),
        Case::fault(Unharmed, "webhooks = { regroup = { last = 8 } }", 0.3).out_of_turn(),
        Case::fault(Unharmed, "webhooks = \"future\"", 0.7),
        Case::fault(Unharmed, "messages = { delay = \"60ms\" }", 0.3).out_of_turn(),
        Case::fault(Unharmed, "messages = \"reorder\"\ntimes = 6", 0.5).out_of_turn(),
        Case::fault(Unharmed, "messages = \"lone_surrogate\"\nonly = \"image\"", 1.0),
        Case::fault(Unharmed, "fields = { duplicate = { copies = 1 } }", 1.0)
            .and_step("after = \"50ms\"\ntimes = 5\nevery = \"20ms\"\ndo.notify = { field = \"account_update\" }"),
    ]
}

/// Webhooks of statuses.
fn statuses() -> Vec<Case> {
    vec![
        Case::fault(Unharmed, "statuses = \"lose\"", 0.5),
        Case::fault(Unharmed, "statuses = \"reorder\"", 0.3),
        Case::fault(Unharmed, "statuses = { delay = \"200ms\" }", 0.5),
        Case::fault(Unharmed, "statuses = \"anonymous\"", 1.0),
        Case::fault(Settled, "statuses = \"anonymous\"", 1.0).and("send = \"accept_then_drop_connection\"", 0.3),
        Case::fault(Settled, "statuses = { duplicate = { copies = 2 } }", 1.0)
            .and("send = \"accept_then_drop_connection\"", 0.3),
        Case::fault(Settled, "statuses = \"reorder\"\nonly = \"sent\"", 1.0)
            .and("send = \"accept_then_drop_connection\"", 0.2),
        Case::fault(Unharmed, "send = \"status_first\"", 0.5),
        Case::fault(Unharmed, "send = { statuses = { sent = \"300ms\", delivered = \"1ms\", read = \"1ms\" } }", 0.5),
    ]
}

/// How Meta behaves.
fn conduct() -> Vec<Case> {
    vec![
        Case::conduct("batching", "{ most = 20, wait = \"15ms\", layout = \"mixed\" }"),
        Case::conduct("batching", "{ most = 5, wait = \"5ms\", layout = \"entries\" }"),
        Case::conduct("status_delays", "{ sent = \"0ms\", delivered = \"0ms\", read = \"1ms\" }"),
        Case::conduct("redelivery", "{ at_once = true, first = \"5ms\" }")
            .and("webhooks = { drop = { attempts = 3 } }", 0.3),
        Case::conduct("future", "0.5"),
        Case::conduct("conversations", "false"),
        Case::conduct("contact_book", "false"),
    ]
}

/// What comes besides.
fn events() -> Vec<Case> {
    vec![
        Case::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.notify = { field = \"weather_update\", value = { sky = \"clear\" } }",
        ),
        Case::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.sends = { user = \"+34600000001\", type = \"hologram\", body = { depth = 3 } }",
        ),
        Case::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.unsupported = { user = \"+34600000001\", kind = \"poll\" }",
        ),
        Case::step(
            "after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.status = { user = \"+34600000001\", status = \"warped\" }",
        ),
        Case::step(
            "after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.status = { user = \"+34600000001\", status = \"sent\" }",
        ),
        Case::step("after = \"80ms\"\ntimes = 9\nevery = \"10ms\"\ndo.says_again = { user = \"+34600000001\" }")
            .out_of_turn(),
        Case::step(
            "after = \"20ms\"\ntimes = 5\nevery = \"10ms\"\ndo.value = { parts = { errors = [{ code = 130429 }] } }",
        ),
    ]
}
