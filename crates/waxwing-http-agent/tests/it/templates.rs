//! Templates that do not fit their definitions.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use waxwing_agent::{
    Agent as _, AgentError, Conversation, Reply, RunContext, Session, StepKey, Template, TemplateMismatch,
    TemplateProblem,
};

use crate::test_run::{agent, document, event, program, stream, text};

/// Answer of the program to the call with a key.
type Answer = dyn Fn(&str) -> wiremock::ResponseTemplate + Send;

/// Conversation of a channel whose templates have one value. It records the interim messages.
#[derive(Default)]
struct OneValue(Mutex<Vec<(StepKey, Reply)>>);

#[async_trait]
impl Conversation for OneValue {
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        for part in interim.parts() {
            if let waxwing_agent::ReplyPart::Template(template) = part {
                self.check_template(template).await?;
            }
        }
        self.0.lock().unwrap().push((key.clone(), interim));
        Ok(())
    }

    async fn check_template(&self, template: &Template) -> Result<(), TemplateMismatch> {
        let text = format!("needs 1 body value, {} were given", template.values.len());
        let problem = TemplateProblem::new("value_count", text);
        let mismatch = TemplateMismatch::new(&template.name, &template.language, [problem]);
        if template.values.len() == 1 { Ok(()) } else { Err(mismatch) }
    }
}

fn ctx() -> RunContext {
    RunContext::builder("34600000001", Session::new("s")).conversation(Arc::new(OneValue::default())).build()
}

fn order(values: &[&str], state: &str) -> Value {
    let template = json!({"type": "template", "name": "order", "language": "en", "values": values});
    json!({"parts": [template], "state": {"set": {"answer": state}, "remove": []}})
}

fn bodies(requests: &[wiremock::Request]) -> Vec<Value> {
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn the_program_is_called_again_with_the_reasons() {
    let answers = [order(&["17", "now"], "first"), order(&["17"], "second")];
    let server = program(answers.map(|answer| move |key: &str| document(key, &answer))).await;
    let ctx = ctx();
    let reply = agent(&server).run("hi".into(), &ctx).await.unwrap();
    assert_eq!(reply, Reply::from(Template::new("order", "en").with_value("17")));
    assert_eq!(ctx.session().state().snapshot()["answer"], "second", "the first answer was discarded");
    let bodies = bodies(&server.received_requests().await.unwrap());
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].get("template_mismatches").is_none());
    let text = "needs 1 body value, 2 were given";
    let expected = json!([{
        "name": "order", "language": "en", "reason": format!("template order (en) {text}"),
        "problems": [{"kind": "value_count", "detail": text}],
    }]);
    assert_eq!(bodies[1]["template_mismatches"], expected);
    assert_ne!(bodies[0]["idempotency_key"], bodies[1]["idempotency_key"]);
    assert_eq!(bodies[0]["messages"], bodies[1]["messages"]);
}

#[tokio::test]
async fn an_interim_message_is_corrected_as_well() {
    let wrong = |key: &str| {
        let interim = json!({"parts": order(&[], "")["parts"]});
        stream(&event(key, 1, "message", &interim))
    };
    let right = |key: &str| document(key, &order(&["17"], "a"));
    let answers: [Box<Answer>; 2] = [Box::new(wrong), Box::new(right)];
    let server = program(answers).await;
    assert!(agent(&server).run("hi".into(), &ctx()).await.is_ok());
    let bodies = bodies(&server.received_requests().await.unwrap());
    let problem = &bodies[1]["template_mismatches"][0]["problems"][0];
    assert_eq!(problem["detail"], "needs 1 body value, 0 were given");
}

#[tokio::test]
async fn interim_messages_are_sent_once_by_all_calls_of_a_turn() {
    let wait = |key: &str, number| event(key, number, "message", &text("wait"));
    let wrong = move |key: &str| stream(&(wait(key, 1) + &event(key, 2, "reply", &order(&[], ""))));
    let wrong_interim = move |key: &str| {
        let interim = json!({"parts": order(&["17", "now"], "")["parts"]});
        stream(&(wait(key, 1) + &event(key, 2, "message", &interim)))
    };
    let right = move |key: &str| {
        let second = event(key, 2, "message", &text("soon"));
        stream(&(wait(key, 1) + &second + &event(key, 3, "reply", &order(&["17"], "a"))))
    };
    let answers: [Box<Answer>; 3] = [Box::new(wrong), Box::new(wrong_interim), Box::new(right)];
    let server = program(answers).await;
    let conversation = Arc::new(OneValue::default());
    let ctx = RunContext::builder("34600000001", Session::new("s")).conversation(conversation.clone()).build();
    agent(&server).run("hi".into(), &ctx).await.unwrap();
    let sent = conversation.0.lock().unwrap().clone();
    let seen: Vec<_> = sent.iter().map(|(key, reply)| (key.nth, reply.clone())).collect();
    assert_eq!(seen, [(0, Reply::text("wait")), (1, Reply::text("soon"))]);
    assert_eq!(sent[0].0.name, sent[1].0.name, "a repeated run recognizes the messages by their numbers");
}

#[tokio::test]
async fn a_program_that_does_not_learn_is_called_three_times() {
    let server = program([|key: &str| document(key, &order(&[], "a"))]).await;
    let reply = agent(&server).run("hi".into(), &ctx()).await.unwrap();
    assert_eq!(
        reply,
        Reply::from(Template::new("order", "en")),
        "the last answer counts; the channel reports it later"
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
