//! Questions of the demo agent.

use crate::choice::Choice;
use crate::error::AgentError;
use crate::question::Question;
use crate::session::Session;
use crate::user_message::UserMessage;

/// Key of the last question in the session's state.
const ASKED: &str = "asked";

/// The words that ask for a question, and the questions. The ids of all choices differ.
const QUESTIONS: [(&str, Ask); 2] = [("ask", drinks), ("menu", pizzas)];

type Ask = fn() -> Question;

fn drinks() -> Question {
    Question::new("What would you like to **drink**?")
        .choice("water", "Water")
        .choice("tea", "Tea")
        .choice("coffee", "Coffee")
}

fn pizzas() -> Question {
    Question::new("Which **pizza** shall it be?")
        .with_menu("See the pizzas")
        .with_choice(Choice::new("marinara", "Marinara").with_description("Tomato, garlic, oregano"))
        .with_choice(Choice::new("margherita", "Margherita").with_description("Tomato, mozzarella, basil"))
        .with_choice(Choice::new("funghi", "Funghi").with_description("Margherita with mushrooms"))
        .with_choice(Choice::new("formaggi", "Quattro formaggi").with_description("Four cheeses, no tomato"))
}

/// Returns the question for a word, and stores that it was asked.
pub(super) fn ask(word: &str, session: &Session) -> Result<Option<Question>, AgentError> {
    let Some((word, question)) = QUESTIONS.into_iter().find(|(asked_by, _)| *asked_by == word) else { return Ok(None) };
    session.set(ASKED, word)?;
    Ok(Some(question()))
}

/// Returns the choice that a message selects. A tap answers any question; a text answers the last question.
pub(super) fn answer(message: &UserMessage, session: &Session) -> Option<Choice> {
    let asked: Option<String> = session.get(ASKED);
    let mut open = QUESTIONS.into_iter().filter(|(word, _)| message.choice.is_some() || asked.as_deref() == Some(word));
    let choice = open.find_map(|(_, question)| question().answer(message).cloned())?;
    session.remove(ASKED);
    Some(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_answers_at_any_time_and_a_text_answers_once() {
        #[track_caller]
        fn check(message: &UserMessage, session: &Session, expected: Option<&str>) {
            assert_eq!(answer(message, session).map(|choice| choice.id).as_deref(), expected);
        }
        let session = Session::new("1");
        let funghi = UserMessage::tap(Choice::new("funghi", "Funghi"));
        check(&funghi, &session, Some("funghi"));
        check(&UserMessage::tap(Choice::new("of nobody", "Funghi")), &session, None);
        check(&UserMessage::text("2"), &session, None);
        assert_eq!(ask("hello", &session).unwrap(), None);
        assert_eq!(ask("ask", &session).unwrap(), Some(drinks()));
        check(&UserMessage::text("Funghi"), &session, None);
        check(&UserMessage::text("2"), &session, Some("tea"));
        check(&UserMessage::text("2"), &session, None);
    }
}
