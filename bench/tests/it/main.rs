//! Test that every measurement works, without checks of the results.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[track_caller]
fn check(measurement: &str, row: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing-bench")).args([measurement, "--smoke"]).output().unwrap();
    let (found, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(found.lines().any(|line| line.starts_with(row)), "no {row:?} in\n{found}");
}

#[test]
fn webhooks_are_taken_in() {
    check("ack", "| ratio of the two |");
}

#[test]
fn messages_are_answered() {
    check("latency", "| reply at Meta, 99 of 100 |");
}

#[test]
fn conversations_are_answered_during_a_campaign() {
    check("campaign", "| reply at Meta, during a campaign, 99 of 100 |");
}

#[test]
fn no_run_is_lost() {
    check("memory", "| replies lost, duplicated | 0, 0 |");
}

#[test]
fn stored_messages_are_counted_out() {
    check("growth", "| CPU time of a message |");
}

#[test]
fn writes_are_counted() {
    check("writes", "| three statuses of a reply: commits |");
}

#[test]
fn sealed_content_is_compared_with_plain_content() {
    check("sealed", "| entry of a conversation log that is read |");
}
