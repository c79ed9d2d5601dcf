//! The cases that every store passes.
//!
//! They are written against [`Store`](crate::Store) alone. An implementation brings a function that makes an empty store, and gets a
//! test for each case:
//!
//! ```text
//! async fn bench() -> waxwing_store::contract::Bench { .. }
//!
//! waxwing_store::contract_cases!(crate::bench);
//! ```

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a case fails by panicking")]

pub mod accepting;
mod bench;
pub mod handoff;
pub mod identity;
pub mod media;
pub mod outbox;
pub mod retention;
pub mod runs;
pub mod sending;
pub mod sessions;
pub mod statuses;
pub mod turns;
pub mod users;

pub use bench::Bench;

/// Makes a `#[tokio::test]` of each case, in a module for each area.
///
/// Takes the path of an `async fn() -> Bench`, from `crate` on; the crate that uses it needs tokio with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! contract_cases {
    ($bench:path) => {
        $crate::contract_cases! {
            @areas $bench;
            accepting: a_message_is_taken_in_once,
                an_answered_message_is_still_known,
                a_part_is_set_aside_once,
                a_message_without_a_sender_is_set_aside,
                an_ignored_message_wakes_nobody,
                each_conversation_is_named_once,
                payloads_are_kept_as_they_came,
                an_empty_batch_is_taken_in,
                conversations_are_kept_apart,
                a_message_does_not_shorten_a_backoff,
                concurrent_batches_are_taken_in_once;
            handoff: a_human_handoff_lasts_until_it_is_changed,
                an_echo_is_taken_in_once,
                an_echo_keeps_its_place,
                an_echo_may_begin_a_conversation,
                a_person_speaks_in_order,
                a_person_may_speak_to_a_group,
                a_person_may_begin_a_conversation,
                an_intervention_needs_a_conversation,
                conversations_are_looked_up;
            identity: a_bsuid_is_enough,
                a_number_adopts_its_first_bsuid,
                a_recycled_number_is_a_new_person,
                a_changed_number_is_the_same_person,
                a_number_may_move_to_a_known_person,
                who_lost_the_number_can_still_be_answered,
                a_signal_joins_what_comes_after_it,
                a_changed_number_adopts_its_next_bsuid,
                a_signal_joins_what_came_before_it,
                a_late_signal_is_about_its_time,
                a_profile_is_the_last_one_seen;
            turns: messages_are_ordered_by_time_then_arrival,
                a_turn_takes_a_bounded_burst,
                a_held_conversation_is_not_claimed,
                concurrent_claimers_get_different_conversations,
                the_longest_due_comes_first,
                only_these_numbers_are_claimed,
                the_next_claim_is_announced,
                an_expired_lease_is_claimed_again,
                a_renewed_lease_lasts,
                an_expired_lease_is_good_until_it_is_claimed,
                what_was_given_back_cannot_be_written,
                a_commit_forgets_the_failures,
                lone_deaths_are_counted_apart,
                what_came_since_is_the_next_turn,
                each_outcome_is_final,
                a_commit_is_all_or_nothing,
                only_its_own_messages_are_ended;
            runs: a_repeated_run_answers_the_same_messages,
                the_news_are_what_came_since,
                an_abandoned_run_leaves_its_messages,
                a_commit_lets_go_of_what_it_leaves,
                a_journal_outlives_a_crash,
                a_commit_removes_the_journal,
                a_part_is_placed_once,
                an_interim_message_goes_out_at_once,
                an_interim_message_that_dies_takes_nothing_with_it;
            sessions: a_session_is_begun_once,
                the_newest_entries_are_read_oldest_first,
                sessions_do_not_mix,
                a_new_session_begins_after_the_turn,
                a_memory_outlives_sessions;
            sending: a_commit_hands_out_the_first_send,
                a_commit_hands_out_the_head,
                a_token_names_one_attempt,
                a_queue_goes_out_in_order,
                a_retry_holds_up_the_queue,
                a_retry_is_not_handed_out_by_its_own_settling,
                concurrent_claimers_get_different_queues,
                a_claim_of_sends_is_limited,
                sends_of_other_numbers_are_left_alone,
                a_lost_send_cannot_be_settled,
                a_dead_part_takes_the_rest_of_its_reply,
                a_requeued_row_goes_to_the_end,
                a_requeued_row_goes_out,
                only_a_dead_or_failed_row_is_requeued,
                a_postponed_attempt_never_was,
                a_held_attempt_counts_towards_no_limit,
                a_requeued_row_outlives_its_old_attempt,
                a_doubt_ends_with_another_attempt,
                a_doubt_lasts_while_no_webhook_comes,
                a_doubt_ends_with_giving_up,
                a_doubt_ends_for_good_at_the_limits,
                a_crashed_attempt_is_in_doubt,
                a_late_settling_ends_the_doubt,
                the_outbox_is_listed,
                a_ping_is_answered;
            statuses: the_highest_rank_wins,
                a_failure_is_final,
                a_failure_does_not_hold_up_the_queue,
                an_early_status_without_a_token_is_kept,
                an_early_failure_is_kept,
                an_early_status_with_a_token_wins,
                a_status_ends_a_doubt,
                a_failure_ends_a_doubt,
                a_token_explains_what_was_kept,
                a_status_settles_a_crashed_attempt,
                a_settled_row_of_a_dead_sender_is_passed,
                a_status_of_an_earlier_attempt_counts,
                both_attempts_may_have_arrived,
                an_earlier_attempt_may_fail,
                one_copy_that_arrives_is_enough,
                a_dead_row_may_turn_out_delivered,
                a_requeued_row_is_not_taken_for_the_old_one,
                a_failure_before_the_requeue_does_not_count,
                one_participant_does_not_fail_a_message,
                a_foreign_token_settles_nothing,
                a_failure_is_told_to_one_turn,
                listeners_hear_what_becomes_of_a_message,
                a_status_may_come_with_messages;
            media: a_file_waits_until_it_is_uploaded,
                a_requeued_row_without_a_file_uses_the_id,
                a_requeued_row_with_a_file_is_uploaded_anew;
            outbox: a_record_tells_the_whole_way,
                a_record_outlives_a_requeue,
                an_acceptance_has_the_time_of_its_first_proof,
                participants_are_counted,
                a_dropped_row_takes_the_rest_of_its_reply,
                a_queue_goes_on_behind_a_dropped_row,
                a_dropped_row_may_turn_out_delivered,
                a_row_whose_sender_is_gone_can_be_dropped,
                only_a_row_that_waits_is_dropped;
            users: a_person_is_shown,
                a_person_who_was_forgotten_is_gone,
                nobody_else_is_forgotten,
                a_number_is_forgotten_with_its_former_owner,
                a_person_is_forgotten_with_whom_they_were,
                a_turn_of_somebody_forgotten_is_lost,
                a_group_goes_on_without_somebody_forgotten,
                a_group_forgets_the_words_of_somebody_forgotten,
                nobody_knows_a_status_of_what_was_forgotten,
                who_comes_back_is_somebody_new;
            retention: a_message_goes_when_it_is_done,
                a_sent_message_goes_with_its_attempts_and_statuses,
                a_row_is_as_old_as_its_last_change,
                what_is_of_no_use_goes,
                what_is_not_over_stays,
                what_is_being_sent_stays,
                an_unfinished_run_loses_nothing,
                a_session_goes_when_it_is_not_used,
                a_repeat_is_known_for_eight_days,
                for_ever_is_for_ever,
                a_sweep_goes_on_where_it_stopped;
        }
    };
    (@areas $bench:path; $($area:ident: $($case:ident),+;)+) => {
        $(
            mod $area {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        $crate::contract::$area::$case($bench().await).await;
                    }
                )+
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_case_is_forgotten() {
        let listed: Vec<_> = include_str!("contract.rs").split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let areas = [
            include_str!("contract/accepting.rs"),
            include_str!("contract/handoff.rs"),
            include_str!("contract/identity.rs"),
            include_str!("contract/media.rs"),
            include_str!("contract/outbox.rs"),
            include_str!("contract/users.rs"),
            include_str!("contract/retention.rs"),
            include_str!("contract/runs.rs"),
            include_str!("contract/sending.rs"),
            include_str!("contract/sessions.rs"),
            include_str!("contract/statuses.rs"),
            include_str!("contract/turns.rs"),
        ];
        for case in areas.iter().flat_map(|area| area.split("\npub async fn ").skip(1)) {
            let name = case.split('(').next().unwrap();
            assert!(listed.contains(&name), "`contract_cases` does not list {name}");
        }
    }
}
