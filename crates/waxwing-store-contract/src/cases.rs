//! The list of all cases.

mod campaigns;
mod responders;

/// Generates a `#[tokio::test]` for each case, in one module for each area.
///
/// The argument is the path of an `async fn() -> Fixture` that creates an empty store. The path starts with `crate`. The calling crate
/// needs `tokio` with the features `macros` and `rt-multi-thread`.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
/// use waxwing_store::{ManualClock, SqliteStore, Timestamp};
/// use waxwing_store_contract::Fixture;
///
/// async fn fixture() -> Fixture {
///     let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
///     Fixture::new(Arc::new(SqliteStore::in_memory(clock.clone()).unwrap()), clock)
/// }
///
/// waxwing_store_contract::store_contract!(crate::fixture);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_contract {
    ($fixture:path) => {
        $crate::store_contract! {
            @areas $fixture;
            accept: a_message_is_stored_once,
                an_answered_message_is_still_a_duplicate,
                an_item_is_quarantined_once,
                a_message_without_a_sender_is_quarantined,
                an_ignored_message_starts_no_turn,
                a_conversation_is_reported_once_per_batch,
                payloads_are_stored_unchanged,
                an_empty_batch_is_accepted,
                conversations_are_separate,
                a_message_does_not_shorten_a_backoff,
                concurrent_batches_are_stored_once;
            account: a_number_keeps_its_latest_account;
            agent_control: a_pause_lasts_until_agents_are_resumed,
                costs_add_up_until_the_day_ends,
                a_released_turn_costs_money;
            events: only_subscribed_types_are_stored,
                a_received_message_is_an_event,
                the_states_of_a_message_are_events,
                a_refused_message_is_an_event,
                a_choice_is_an_event_once,
                a_handoff_is_an_event_until_it_ends,
                a_joined_identity_is_an_event_with_both_keys,
                an_event_of_a_webhook_is_stored_once,
                events_are_delivered_in_order,
                a_failing_subscription_is_disabled_after_its_time,
                a_failure_can_disable_at_once,
                a_delivery_ends_a_failure,
                a_subscription_can_be_set_back,
                a_removed_subscription_ends,
                events_are_kept_for_three_days,
                an_erasure_removes_events,
                live_events_need_no_subscription;
            usage: a_message_counts_once,
                the_order_of_statuses_does_not_matter,
                an_undelivered_message_does_not_count,
                each_recipient_and_each_copy_counts,
                messages_count_by_day_number_agent_category_and_market,
                a_message_of_another_program_counts,
                all_messages_of_a_run_count_for_its_agent,
                an_erasure_leaves_the_counts,
                costs_of_models_are_kept_by_day_number_and_agent,
                usage_is_removed_after_its_day,
                a_report_is_limited,
                the_last_price_of_a_conversation_is_known;
            identity: a_bsuid_identifies_a_user,
                a_phone_number_adopts_its_first_bsuid,
                a_recycled_phone_number_is_a_new_user,
                a_changed_phone_number_is_the_same_user,
                a_phone_number_can_move_to_a_known_user,
                a_user_without_bsuid_keeps_a_reply_address,
                a_profile_is_the_one_seen_last,
                an_identity_change_applies_to_later_messages,
                a_changed_phone_number_adopts_its_next_bsuid,
                an_identity_change_applies_to_earlier_messages,
                a_group_history_follows_identity_changes,
                an_identity_change_keeps_the_time_of_an_apology,
                a_joined_conversation_keeps_its_key_and_its_parked_messages,
                notices_of_joined_conversations_do_not_collide,
                a_requeued_message_goes_to_the_new_number,
                a_late_identity_change_applies_to_its_time,
                an_event_of_a_joined_conversation_has_its_message;
            turns: messages_are_ordered_by_time_then_arrival,
                a_turn_has_a_limited_number_of_messages,
                a_turn_has_a_limited_size,
                names_count_toward_the_size_of_a_turn,
                a_held_conversation_is_not_claimed,
                concurrent_claims_return_different_conversations,
                the_longest_due_is_claimed_first,
                only_the_given_numbers_are_claimed,
                a_claim_returns_the_next_due_time,
                an_expired_lease_is_no_crash,
                an_expired_lease_is_claimed_again,
                a_renewed_lease_lasts,
                an_expired_lease_is_valid_until_it_is_claimed,
                a_released_lease_is_invalid,
                a_commit_resets_failures,
                messages_during_a_turn_belong_to_the_next_turn,
                each_outcome_is_final,
                a_failed_commit_stores_nothing,
                a_commit_is_limited_to_its_conversation;
            runs: a_repeated_run_handles_the_same_messages,
                a_repeated_run_has_no_limit_of_size,
                new_messages_belong_to_no_run,
                an_abandoned_run_releases_its_messages,
                a_commit_releases_messages_without_outcome,
                a_journal_survives_a_crash,
                a_commit_removes_the_journal,
                an_interim_message_is_queued_once,
                an_interim_message_is_sent_during_the_run,
                a_dead_interim_message_does_not_affect_the_reply;
            calls: a_call_opens_the_service_window,
                a_message_about_a_call_is_queued_once,
                a_call_of_another_app_gets_no_message,
                a_call_can_create_a_conversation;
            notices: a_reply_records_its_notices,
                an_erased_user_has_no_notices,
                a_turn_waits_until_the_business_opens,
                a_message_ends_the_wait_for_the_opening,
                an_operator_ends_the_wait_for_the_opening,
                a_message_that_no_turn_has_seen_does_not_wait_for_the_opening,
                messages_that_exceed_a_turn_wait_for_the_opening,
                a_claim_ends_the_wait_for_the_opening,
                the_away_text_of_a_wait_is_sent_and_recorded,
                a_first_contact_text_is_sent_before_an_interim_message;
            outages: an_outage_lasts_until_a_commit,
                the_interim_message_of_an_outage_is_queued_once,
                messages_join_a_run_that_recorded_nothing,
                a_run_with_a_record_keeps_its_messages,
                a_message_may_leave_the_wait_as_it_is,
                an_operator_ends_the_wait,
                a_failed_run_waits_whatever_arrives;
            log: the_history_has_the_order_of_handling,
                the_messages_of_a_turn_keep_their_order,
                a_history_has_a_limited_length,
                a_history_has_a_limited_size,
                an_interim_message_follows_its_question,
                unanswered_messages_are_in_the_history,
                a_new_session_starts_with_the_messages_after_it,
                an_action_of_an_operator_is_in_the_history,
                a_group_history_names_the_senders,
                messages_are_found_by_their_ids,
                the_log_of_a_user_is_complete,
                an_operator_reads_the_log;
            sessions: a_session_is_created_once,
                sessions_are_separate,
                a_new_session_follows_the_turn,
                a_memory_survives_its_session;
            sending: a_commit_returns_the_first_attempt,
                a_commit_returns_the_attempt_of_an_earlier_row,
                a_token_identifies_one_attempt,
                rows_are_sent_in_order,
                a_retry_blocks_later_rows,
                a_retry_needs_a_claim,
                failing_queues_are_claimed_apart,
                unsent_messages_can_be_discarded,
                concurrent_claims_return_different_send_queues,
                a_claim_of_sends_is_limited,
                sends_of_other_numbers_are_not_claimed,
                an_outcome_is_recorded_once,
                a_dead_part_dead_letters_the_parts_that_need_it,
                a_requeued_row_is_sent_last,
                a_requeued_row_makes_its_send_queue_due,
                only_a_dead_or_failed_row_is_requeued,
                an_attempt_that_was_not_made_is_removed,
                an_uncounted_attempt_does_not_count_toward_limits,
                a_requeued_row_is_independent_of_its_old_attempt;
            discards: a_discard_concerns_the_messages_of_turns,
                a_discard_leaves_the_first_contact_text_of_a_reply,
                a_discard_leaves_the_parked_messages_of_others;
            in_doubt: a_row_in_doubt_is_sent_again,
                the_window_stays_open_while_no_webhook_arrives,
                a_row_in_doubt_can_become_a_dead_letter,
                limits_apply_to_rows_in_doubt,
                a_crashed_attempt_is_in_doubt,
                a_late_outcome_resolves_a_row_in_doubt,
                a_status_resolves_a_row_in_doubt,
                a_failure_resolves_a_row_in_doubt,
                a_token_matches_earlier_statuses,
                a_status_resolves_a_crashed_attempt,
                a_resolved_row_of_a_crashed_sender_is_skipped;
            statuses: the_highest_state_wins,
                a_failure_is_final,
                a_failure_does_not_block_the_send_queue,
                an_early_status_without_token_is_kept,
                an_early_failure_is_kept,
                an_early_status_with_token_wins,
                a_status_of_an_earlier_attempt_applies,
                both_attempts_can_be_accepted,
                a_failure_of_an_earlier_attempt_is_ignored,
                one_delivered_copy_is_enough,
                a_dead_letter_can_turn_out_delivered,
                statuses_before_a_requeue_are_ignored,
                a_late_failure_does_not_stop_a_requeued_row,
                a_failed_participant_does_not_fail_the_message,
                a_foreign_token_is_ignored,
                statuses_can_come_with_messages,
                a_failure_is_reported_until_a_commit;
            refusals: a_refused_row_leaves_the_queue_at_once,
                a_fallback_takes_the_position_of_its_row,
                a_fallback_is_sent_once,
                a_refusal_that_allows_no_fallback_is_final,
                rows_that_need_a_refused_row_fail_with_it,
                rows_that_need_a_replaced_row_go_on,
                a_refused_row_can_turn_out_delivered,
                a_late_failure_queues_the_fallback_last,
                a_late_failure_of_an_old_message_queues_no_fallback,
                a_late_failure_queues_no_fallback_after_the_window,
                an_early_failure_queues_the_fallback,
                a_replaced_message_is_reported_as_replaced;
            media: a_medium_is_handed_out_until_it_is_uploaded,
                a_large_medium_is_stored,
                a_removed_medium_is_not_found,
                a_requeued_row_without_a_medium_uses_the_media_id,
                a_requeued_row_with_a_medium_is_uploaded_again,
                an_uploaded_medium_is_known_for_its_number,
                the_medium_of_a_message_that_failed_is_forgotten,
                the_medium_of_a_dead_letter_is_forgotten,
                old_uploads_are_removed;
            outbox: a_record_contains_attempts_with_deliveries,
                a_record_keeps_the_reasons_of_the_newest_attempts,
                a_record_survives_a_requeue,
                an_acceptance_has_the_time_of_its_first_proof,
                participants_are_counted,
                a_discarded_row_dead_letters_the_parts_that_need_it,
                a_send_queue_continues_after_a_discarded_row,
                a_discarded_row_can_turn_out_delivered,
                a_row_of_a_crashed_sender_can_be_discarded,
                only_a_waiting_row_is_discarded,
                the_outbox_is_listed_newest_first;
            monitor: delivery_events_report_each_change,
                unsent_messages_are_known,
                the_queues_are_measured,
                a_health_check_succeeds;
            quarantine: quarantined_items_are_listed,
                a_requeued_item_becomes_a_message,
                a_requeued_item_may_be_quarantined_again,
                a_conversation_is_reported;
            received_media: a_message_has_its_medium,
                media_are_recorded_under_the_lease,
                media_of_an_erased_user_are_unused,
                old_media_are_unused,
                media_follow_an_identity_change;
            marketing: the_latest_choice_counts,
                opt_outs_are_listed_in_pages,
                a_send_knows_the_choice,
                a_refusal_is_a_choice,
                a_choice_during_a_send_counts_more_than_its_refusal,
                a_late_refusal_is_a_choice,
                a_turn_can_record_a_choice;
            proactive: a_message_is_queued_without_a_turn,
                a_message_is_sent_in_order,
                a_key_makes_a_request_repeatable,
                a_key_is_remembered_for_a_day,
                a_refused_message_stores_nothing,
                a_template_is_queued_at_any_time,
                a_limited_number_of_messages_waits,
                an_erasure_removes_keys,
                an_event_starts_a_turn,
                an_event_is_recorded_once,
                a_message_about_a_user_is_erased_with_the_user,
                a_limited_number_of_events_waits;
            window: a_message_opens_the_window_for_a_day,
                a_message_to_a_held_conversation_opens_the_window,
                other_messages_do_not_open_the_window,
                a_group_has_one_window,
                a_send_knows_the_window,
                a_refusal_closes_the_window,
                a_retry_can_close_the_window,
                a_refusal_does_not_close_a_newer_window,
                a_late_refusal_closes_the_window,
                a_parked_row_leaves_the_queue,
                the_first_parked_row_is_replaced,
                a_refused_attempt_of_a_parked_row_is_kept,
                parked_rows_are_sent_before_the_reply,
                parked_rows_are_given_up_by_a_commit,
                parked_rows_are_not_reported_while_the_window_is_closed,
                a_row_is_parked_for_a_week,
                a_limited_number_of_rows_is_parked,
                a_discard_covers_parked_rows,
                an_operator_discards_a_parked_row,
                an_operator_message_needs_the_window;
            users: a_user_report_counts_stored_data,
                an_erased_user_is_gone,
                other_users_are_not_erased,
                a_phone_number_is_erased_with_its_former_owner,
                a_merged_user_is_erased_with_the_old_identity,
                a_turn_of_an_erased_user_is_lost,
                a_group_continues_after_an_erasure,
                group_history_of_an_erased_user_is_removed,
                quotes_in_a_group_lose_the_ids_of_an_erased_user,
                mentions_in_a_group_lose_the_ids_of_an_erased_user,
                a_status_after_an_erasure_is_not_stored,
                a_returning_user_is_new;
            retention: a_message_is_removed_after_its_outcome,
                a_sent_message_is_removed_with_attempts_and_statuses,
                the_age_of_a_row_counts_from_its_last_change,
                unmatched_data_is_removed,
                unfinished_data_is_kept,
                a_row_with_a_running_attempt_is_kept,
                data_of_an_unfinished_run_is_kept,
                an_unused_session_is_removed,
                calls_of_tools_are_removed_earlier,
                duplicates_are_recognized_for_eight_days,
                data_without_a_retention_period_is_kept,
                a_step_continues_where_the_previous_one_ended;
        }
        $crate::store_contract_of_campaigns!($fixture);
        $crate::store_contract_of_responders!($fixture);
    };
    (@areas $fixture:path; $($area:ident: $($case:ident),+;)+) => {
        $(
            mod $area {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        $crate::$area::$case($fixture().await).await;
                    }
                )+
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_macro_lists_every_case() {
        let lists =
            concat!(include_str!("cases.rs"), include_str!("cases/campaigns.rs"), include_str!("cases/responders.rs"));
        let listed: Vec<_> = lists.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
        let sources = sources.map(|entry| entry.unwrap().path());
        // The model has a function for random runs instead of cases.
        let areas = sources.filter(|path| path.is_file() && !path.ends_with("model.rs"));
        let areas: Vec<_> = areas.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        for case in areas.iter().flat_map(|area| area.split("\npub async fn ").skip(1)) {
            let name = case.split('(').next().unwrap();
            assert!(listed.contains(&name), "`store_contract` does not list {name}");
        }
    }
}
