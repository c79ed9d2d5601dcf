//! The demo agent's questions, whose answers are tapped, or written where there is nothing to tap.

use crate::{AgentError, Choice, Question, Session, UserMessage};

/// The state's key for the question that was asked last.
const ASKED: &str = "asked";

/// The words that ask a question, and the questions. All of their answers have ids of their own.
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
        .menu("See the pizzas")
        .with_choice(Choice::new("marinara", "Marinara").description("Tomato, garlic, oregano"))
        .with_choice(Choice::new("margherita", "Margherita").description("Tomato, mozzarella, basil"))
        .with_choice(Choice::new("funghi", "Funghi").description("Margherita with mushrooms"))
        .with_choice(Choice::new("formaggi", "Quattro formaggi").description("Four cheeses, no tomato"))
}

/// Asks the question of this word, if there is one.
pub(super) fn ask(word: &str, session: &Session) -> Result<Option<Question>, AgentError> {
    let Some((word, question)) = QUESTIONS.into_iter().find(|(asked_by, _)| *asked_by == word) else { return Ok(None) };
    session.set(ASKED, word)?;
    Ok(Some(question()))
}

/// The answer that a message gives: tapped, to any question of any time, or written, to the one that was asked last.
pub(super) fn taken(message: &UserMessage, session: &Session) -> Option<Choice> {
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
    fn an_answer_is_tapped_at_any_time_and_written_once() {
        #[track_caller]
        fn check(message: &UserMessage, session: &Session, expected: Option<&str>) {
            assert_eq!(taken(message, session).map(|choice| choice.id).as_deref(), expected);
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
