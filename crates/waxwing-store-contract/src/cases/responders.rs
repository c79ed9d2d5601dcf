//! The list of the cases of responders.

/// Generates the tests of responders for [`store_contract`](crate::store_contract).
#[doc(hidden)]
#[macro_export]
macro_rules! store_contract_of_responders {
    ($fixture:path) => {
        $crate::store_contract! {
            @areas $fixture;
            handoff: a_human_handoff_lasts_until_it_is_changed,
                an_echo_is_stored_once,
                an_echo_is_ordered_by_time,
                an_echo_can_create_a_conversation,
                an_operator_message_is_sent_in_order,
                an_operator_can_write_to_a_group,
                an_operator_can_create_a_conversation,
                an_action_on_an_unknown_conversation_is_refused,
                conversations_are_listed_by_filter;
            due_handoffs: a_handoff_ends_when_its_time_is_over,
                an_unanswered_handoff_is_an_event_once,
                a_handoff_that_ends_without_an_answer_is_an_event,
                an_answer_calls_the_event_off,
                a_person_who_took_over_was_not_asked,
                the_event_needs_a_time,
                the_later_request_of_a_joined_user_counts;
            standby: messages_in_standby_are_context,
                the_owner_of_a_conversation_is_known,
                a_change_of_the_owner_is_stored_once,
                an_old_change_of_the_owner_is_dropped,
                a_first_pass_runs_the_agent,
                a_late_standby_message_changes_no_owner,
                a_standby_message_ends_a_running_answer,
                a_message_outside_of_standby_ends_it,
                a_passed_conversation_ends_the_handoff_that_gave_it_away,
                a_handoff_that_comes_back_at_once_ends,
                a_passed_conversation_stays_with_the_operator_who_took_it,
                a_turn_learns_that_another_app_took_the_conversation,
                joined_conversations_have_the_owner_of_the_newest_sign,
                a_campaign_takes_a_conversation_that_another_app_left_for_a_day,
                a_campaign_leaves_the_conversations_of_other_apps;
        }
    };
}
