//! The list of the cases of campaigns.

/// Generates the tests of campaigns for [`store_contract`](crate::store_contract).
#[doc(hidden)]
#[macro_export]
macro_rules! store_contract_of_campaigns {
    ($fixture:path) => {
        $crate::store_contract! {
            @areas $fixture;
            campaigns: a_recipient_is_moved_once,
                a_campaign_starts_when_its_recipients_are_complete,
                an_address_is_added_once,
                the_numbers_of_campaigns_and_recipients_are_limited,
                a_full_campaign_accepts_a_repeated_chunk,
                the_result_follows_the_message,
                a_message_in_doubt_is_given_up,
                a_late_status_resolves_an_unknown_outcome,
                a_crash_between_attempt_and_outcome_sends_nothing_twice,
                messages_of_conversations_are_claimed_first,
                a_busy_conversation_is_tried_later,
                a_recipient_can_be_skipped,
                two_recipients_can_be_the_same_user,
                a_pause_takes_back_what_was_not_sent,
                a_cancelled_campaign_sends_nothing,
                all_campaigns_of_a_number_are_paused,
                a_campaign_message_is_not_requeued;
            campaign_reports: the_last_results_are_known,
                recipients_outside_the_window_are_counted,
                failed_recipients_outside_the_window_are_not_counted,
                recipients_are_listed_in_order,
                an_erasure_removes_the_places_in_campaigns,
                old_campaigns_are_removed;
            withdrawals: a_message_of_a_joined_conversation_is_taken_back,
                a_scheduled_message_with_an_attempt_is_not_taken_back,
                a_scheduled_message_without_an_attempt_is_taken_back,
                a_message_that_fails_after_a_pause_waits_again,
                a_message_that_fails_after_a_cancellation_is_not_sent,
                single_recipients_are_taken_back;
            scheduled: a_scheduled_message_is_sent_at_its_time,
                a_queued_scheduled_message_is_visited_rarely,
                recipients_of_several_messages_are_found_at_once,
                a_scheduled_message_is_repeatable,
                a_conversation_has_a_limited_number_of_scheduled_messages,
                a_reminder_belongs_to_its_run,
                a_scheduled_message_follows_an_identity_change;
        }
    };
}
