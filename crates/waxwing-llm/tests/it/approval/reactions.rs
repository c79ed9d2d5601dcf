//! Reactions to the card of an approval as answers.

use waxwing_agent::{Author, MessageContent, QuotedMessage, Reaction};

use super::*;

const CLOSED: &str = "This request has expired or has already been answered, so nothing was done. Please ask me again.";

fn chat() -> Chat {
    Chat { counts_reactions: true, ..Chat::default() }
}

fn reaction(emoji: Option<&str>, card: impl Into<Option<QuotedMessage>>) -> UserMessage {
    let reaction = Reaction::new("wamid.card", emoji.map(str::to_owned));
    let mut message = UserMessage::text("").with_content(MessageContent::Reaction(reaction));
    message.quoted = card.into();
    message
}

/// Returns the message with buttons that shows a question.
fn card(question: &Question) -> QuotedMessage {
    let message = QuotedMessage::new(Author::Agent(String::new()), &question.text).with_run_id("r1");
    question.choices.iter().cloned().fold(message, QuotedMessage::with_choice)
}

/// Returns the message that shows the question about five cents in a group, where no message has buttons.
fn text_card(run_id: &str) -> QuotedMessage {
    let text = "Pay 5 cents?\n\n1. Approve\n2. Deny";
    QuotedMessage::new(Author::Agent(String::new()), text).with_run_id(run_id)
}

#[tokio::test]
async fn a_reaction_to_the_card_approves_or_denies() {
    for (emoji, is_approved) in [("👍", true), ("✅", true), ("👍🏿", true), ("👎", false), ("❌", false)] {
        let mut chat = chat();
        let asked = chat.turn("buy it", [calls_pay(5)]).await;
        let result = chat.turn(reaction(Some(emoji), card(asked.question())), ["Done."]).await;
        let expected = if is_approved { vec![5] } else { vec![] };
        assert_eq!(chat.paid(), expected, "{emoji}");
        assert_eq!(result.results()[0].contains("The user denied"), !is_approved, "{emoji}");
    }
}

#[tokio::test]
async fn reactions_do_not_count_unless_a_setting_says_so() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let said = chat.turn(reaction(Some("👍"), card(asked.question())), ["Yes?"]).await;
    assert!(said.user_message().contains("The user has not answered yet"), "{}", said.user_message());
    assert!(chat.paid().is_empty());
}

#[tokio::test]
async fn other_reactions_are_no_answers() {
    let mut chat = chat();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let card = card(asked.question());
    let other = QuotedMessage::new(Author::Agent(String::new()), "Pay 5 cents? Approve or deny.");
    let question_of_another_tool = Some(other.clone().with_choice(Choice::new("yes", "Approve")));
    for message in [
        reaction(None, card.clone()),
        reaction(Some("❤️"), card.clone()),
        reaction(Some("👍"), None),
        reaction(Some("👍"), Some(other)),
        reaction(Some("👍"), question_of_another_tool),
    ] {
        let said = chat.turn(message, ["Hm."]).await;
        assert!(said.user_message().contains("The user has not answered yet"), "{}", said.user_message());
    }
    assert!(chat.paid().is_empty());
    chat.turn(reaction(Some("👍"), card), ["Paid."]).await;
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn a_reaction_counts_once_and_in_time() {
    let mut chat = chat();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let yes = reaction(Some("👍"), card(asked.question()));
    chat.turn(yes.clone(), ["Paid."]).await;
    for again in [yes.clone(), reaction(Some("👎"), yes.quoted.clone())] {
        assert_eq!(chat.turn(again, NOTHING).await.reply, Reply::text(CLOSED));
    }
    assert_eq!(chat.paid(), [5]);

    let asked = chat.turn("buy it again", [calls_pay(5)]).await;
    assert_eq!(chat.turn(yes, NOTHING).await.reply, Reply::text(CLOSED), "the card of the first approval");
    let mut late = reaction(Some("👍"), card(asked.question()));
    late.sent_at = SystemTime::now() + Duration::from_mins(16);
    assert_eq!(chat.turn(late, NOTHING).await.reply, Reply::text(CLOSED));
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn in_a_group_only_the_user_who_was_asked_can_react() {
    let mut chat = Chat { is_group: true, ..chat() };
    chat.turn_of("1", from("1", UserMessage::text("buy it")), [calls_pay(5)]).await.unwrap();
    let yes = |user, run_id| from(user, reaction(Some("👍"), text_card(run_id)));
    let other = chat.turn_of("2", yes("2", "r1"), NOTHING).await.unwrap();
    assert_eq!(other.reply, Reply::text("Only the person who made this request can approve or deny it."));
    let elsewhere = chat.turn_of("1", yes("1", "r0"), ["Hm."]).await.unwrap();
    assert!(elsewhere.user_message().contains("The user has not answered yet"), "an older card with the same question");
    assert!(chat.paid().is_empty());
    chat.turn_of("1", yes("1", "r1"), ["Paid."]).await.unwrap();
    assert_eq!(chat.paid(), [5]);
}
