//! Sends while the customer service window is closed.

use std::time::Duration;

use waxwing_store::{SendAttempt, SendError, SendOutcome};
use waxwing_types::{DirectSend, OutboundContent, OutboundMessage};

use crate::direct_send::DirectSendRefusals;
use crate::settings::{OutsideWindow, WindowClosed};

/// Time before the end of the window from which a message counts as outside, since it may arrive at Meta too late.
pub(crate) const WINDOW_MARGIN: Duration = Duration::from_mins(1);

/// Meta's code for a message outside the window.
pub(crate) const WINDOW_CLOSED: i64 = 131_047;

/// Meta's code for a parameter that the account cannot use, such as that of Direct Send.
const NOT_ENABLED: i64 = 100;

/// How a message is sent.
#[derive(Debug, PartialEq)]
pub(super) enum WindowDecision {
    /// As usual.
    Send,
    /// As a utility message without a template.
    DirectSend,
    /// Not at all.
    Hold(Box<SendOutcome>),
}

/// Decides how a message is sent that was claimed `age` ago.
pub(super) fn decide(
    send: &SendAttempt,
    age: Duration,
    policy: &OutsideWindow,
    refusals: &DirectSendRefusals,
) -> WindowDecision {
    if !send.content.needs_service_window() || send.service_window > age + WINDOW_MARGIN {
        return WindowDecision::Send;
    }
    let can_direct_send = policy.direct_send && refusals.allows(&send.number) && send.upload_bytes.is_none();
    if can_direct_send && takes_direct_send(send) {
        return WindowDecision::DirectSend;
    }
    WindowDecision::Hold(Box::new(hold(&send.content, policy, false)))
}

/// Changes the outcome of a message that Meta refused because of the window, or because the account has no Direct Send.
pub(super) fn after_refusal(
    send: &SendAttempt,
    outcome: SendOutcome,
    was_direct: bool,
    policy: &OutsideWindow,
    refusals: &DirectSendRefusals,
) -> SendOutcome {
    let SendOutcome::Refused { error, .. } = &outcome else { return outcome };
    match error.code {
        Some(NOT_ENABLED) if was_direct => {
            let number = send.number.as_str();
            tracing::warn!(number, "Meta refused Direct Send (code 100); it is tried again in 24 hours");
            refusals.record(&send.number);
            hold(&send.content, policy, true)
        }
        Some(WINDOW_CLOSED) if !was_direct && send.content.needs_service_window() => {
            if policy.direct_send && refusals.allows(&send.number) && takes_direct_send(send) {
                // The next claim finds the window closed.
                SendOutcome::Retry { after: Duration::ZERO, error: error.clone() }
            } else {
                hold(&send.content, policy, true)
            }
        }
        _ => outcome,
    }
}

/// Returns the message without a template, as far as Direct Send takes it. It cannot quote.
pub(super) fn direct(message: OutboundMessage) -> OutboundMessage {
    let mut message = message.direct_send(DirectSend::utility());
    message.reply_to = None;
    message
}

fn takes_direct_send(send: &SendAttempt) -> bool {
    direct(OutboundMessage::new(send.to.clone(), send.content.clone())).validate().is_ok()
}

/// Returns the outcome of a message that cannot be sent now.
fn hold(content: &OutboundContent, policy: &OutsideWindow, was_attempted: bool) -> SendOutcome {
    let closed = |message: &str| SendError { code: Some(WINDOW_CLOSED), message: message.to_owned() };
    // The news of a reaction or a pin are not worth a message of their own.
    let is_remark = matches!(content, OutboundContent::Reaction(_) | OutboundContent::Pin(_));
    match (&policy.template, policy.otherwise) {
        (Some(template), _) if !is_remark => SendOutcome::Park {
            error: closed("the service window is closed; a template asks the user to write"),
            replacement: Some(template.clone().into()),
            was_attempted,
        },
        (_, WindowClosed::Park) if !is_remark => SendOutcome::Park {
            error: closed("the service window is closed; the message waits until the user writes"),
            replacement: None,
            was_attempted,
        },
        _ => SendOutcome::Refused { error: closed("the service window is closed"), use_fallback: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_store::{ConversationId, OutboxId, SendLease, SendSource};
    use waxwing_types::{Image, MediaId, MessageId, PhoneNumberId, Reaction, TemplateMessage, Text, WaId};

    fn send(content: impl Into<OutboundContent>, window: Duration) -> SendAttempt {
        SendAttempt {
            lease: SendLease { conversation: ConversationId(1), epoch: 1 },
            id: OutboxId(1),
            number: PhoneNumberId::new("1"),
            to: WaId::new("34600000000").into(),
            content: content.into(),
            reply_to: None,
            token: String::new(),
            upload_bytes: None,
            attempt: 1,
            attempts_since_queued: 1,
            age: Duration::ZERO,
            service_window: window,
            source: SendSource::default(),
            has_stopped_marketing: false,
            failing_for: None,
        }
    }

    fn text() -> Text {
        Text::new("Your order is ready.")
    }

    fn knock() -> TemplateMessage {
        TemplateMessage::new("news", "en")
    }

    fn decide_closed(content: impl Into<OutboundContent>, policy: &OutsideWindow) -> WindowDecision {
        decide(&send(content, Duration::ZERO), Duration::ZERO, policy, &DirectSendRefusals::default())
    }

    fn is_refused(decision: &WindowDecision) -> bool {
        matches!(decision, WindowDecision::Hold(outcome) if matches!(**outcome, SendOutcome::Refused { .. }))
    }

    fn parked(decision: WindowDecision) -> SendOutcome {
        match decision {
            WindowDecision::Hold(outcome) => *outcome,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_needs_a_minute_of_the_window() {
        let (policy, refusals, second) = (OutsideWindow::fail(), DirectSendRefusals::default(), Duration::from_secs(1));
        let decide = |window, age| decide(&send(text(), window), age, &policy, &refusals);
        assert_eq!(decide(WINDOW_MARGIN + 2 * second, second), WindowDecision::Send);
        assert!(is_refused(&decide(WINDOW_MARGIN + second, second)));
        let template = send(knock(), Duration::ZERO);
        assert_eq!(super::decide(&template, Duration::ZERO, &policy, &refusals), WindowDecision::Send);
    }

    #[test]
    fn the_policy_decides_outside_the_window() {
        let park = OutsideWindow::default();
        let template = OutsideWindow::fail().template(knock());
        let direct = OutsideWindow::fail().direct_send();
        let replacement = |decision| match parked(decision) {
            SendOutcome::Park { replacement, was_attempted: false, .. } => replacement,
            other => panic!("{other:?}"),
        };
        assert_eq!(replacement(decide_closed(text(), &park)), None);
        assert_eq!(replacement(decide_closed(text(), &template)), Some(knock().into()));
        assert_eq!(decide_closed(text(), &direct), WindowDecision::DirectSend);
        // Direct Send takes no pictures, and nobody waits for a reaction.
        assert!(is_refused(&decide_closed(Image::new(MediaId::new("7")), &direct)));
        assert!(is_refused(&decide_closed(Reaction::new(MessageId::new("wamid.1"), "👍"), &park)));
    }

    #[test]
    fn a_refusal_of_direct_send_is_remembered() {
        let (policy, refusals) = (OutsideWindow::default().direct_send(), DirectSendRefusals::default());
        let send = send(text(), Duration::ZERO);
        let refused = |code| SendOutcome::Refused {
            error: SendError { code: Some(code), message: "refused".into() },
            use_fallback: true,
        };
        let outcome = after_refusal(&send, refused(NOT_ENABLED), false, &policy, &refusals);
        assert_eq!(outcome, refused(NOT_ENABLED), "the code of a usual send has another reason");
        let outcome = after_refusal(&send, refused(NOT_ENABLED), true, &policy, &refusals);
        assert!(matches!(outcome, SendOutcome::Park { was_attempted: true, .. }), "{outcome:?}");
        let outcome = parked(decide(&send, Duration::ZERO, &policy, &refusals));
        assert!(matches!(outcome, SendOutcome::Park { .. }), "{outcome:?}");
    }

    #[test]
    fn the_window_may_be_closed_for_meta_only() {
        let open = send(text(), Duration::from_hours(1));
        let refused = || SendOutcome::Refused {
            error: SendError { code: Some(WINDOW_CLOSED), message: "refused".into() },
            use_fallback: false,
        };
        let after =
            |policy: OutsideWindow| after_refusal(&open, refused(), false, &policy, &DirectSendRefusals::default());
        assert!(matches!(after(OutsideWindow::default()), SendOutcome::Park { was_attempted: true, .. }));
        assert!(matches!(after(OutsideWindow::default().direct_send()), SendOutcome::Retry { .. }));
        assert!(matches!(after(OutsideWindow::fail()), SendOutcome::Refused { .. }));
    }
}
