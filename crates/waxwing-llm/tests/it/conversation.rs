//! The ready-made tools: what they make, and what they refuse.

use serde_json::{Value, json};
use waxwing_agent::{
    Contact, HumanHandoff, Link, Location, Media, Question, Reply, ReplyPart, Template, Turn, UserMessage,
};
use waxwing_llm::conversation::{self, ApprovedTemplate};
use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Tool as _};

use crate::support::{asks, results, run};

/// Runs an agent whose model calls one of the tools, where the user has said two things. Gives what the model read and what the user gets.
async fn called(name: &str, arguments: Value) -> (String, Reply) {
    let model = ScriptedModel::new([asks(&[(name, arguments)]), ChatResponse::text("done")]);
    let person = conversation::hand_off_to_human(HumanHandoff::until_resumed());
    let order = ApprovedTemplate::new("order", "en_US", "An order is on its way.").value("its number").value("the day");
    let templates = conversation::send_template([order, ApprovedTemplate::new("hello", "en_US", "A welcome.")]);
    let agent = LlmAgent::builder("a", model.clone()).conversation_tools();
    let agent = agent.tool(person).tool(templates).build().unwrap();
    let messages = ["one", "two"].map(|text| {
        let mut message = UserMessage::text(text);
        message.id = format!("wamid.{text}");
        message
    });
    let reply = run(&agent, Turn::new(messages)).await.unwrap();
    (results(&model.requests()[1])[0].to_owned(), reply)
}

/// What the user gets where the call is fine.
async fn check(name: &str, arguments: Value, expected: impl Into<Reply>) {
    let (read, reply) = called(name, arguments).await;
    assert!(read.starts_with("Done. The user gets: "), "{read}");
    assert_eq!(reply, expected.into());
}

/// What the model reads where it is not; the user gets the model's words.
async fn check_refused(name: &str, arguments: Value, expected: &str) {
    let (read, reply) = called(name, arguments).await;
    assert_eq!(read, format!("Error: {expected}"));
    assert_eq!(reply, Reply::markdown("done"));
}

#[tokio::test]
async fn choices() {
    let two = json!({"text": "Size?", "choices": [{"label": "S"}, {"label": "L", "description": "for two"}]});
    let mut question = Question::new("Size?").choice("1", "S").choice("2", "L");
    question.choices[1].description = Some("for two".into());
    check("offer_choices", two, question).await;
    let one = json!({"text": "Size?", "choices": [{"label": "S"}]});
    check_refused("offer_choices", one, "there must be 2 to 10 choices, not 1").await;
    let same = json!({"text": "Size?", "choices": [{"label": "S"}, {"label": "s "}]});
    check_refused("offer_choices", same, "two choices have the label \"s \"").await;
    let blank = json!({"text": " ", "choices": [{"label": "S"}, {"label": "L"}]});
    check_refused("offer_choices", blank, "text is empty").await;
    let long = json!({"text": "Size?", "choices": [{"label": "x".repeat(101)}, {"label": "L"}]});
    check_refused("offer_choices", long, "label has 101 characters; it may have 100 at most").await;
}

#[tokio::test]
async fn links() {
    let page = |url: &str| json!({"text": "Our menu", "label": "Open", "url": url});
    let menu = "https://example.com/menu?a=1";
    check("send_link", page(menu), Link::new(menu).with_label("Open").with_text("Our menu")).await;
    let refused = "url is no address of a web page: it must begin with https://";
    for url in ["example.com", "javascript:alert(1)", "mailto:a@example.com", "file:///etc/passwd", ""] {
        check_refused("send_link", page(url), refused).await;
    }
}

#[tokio::test]
async fn places() {
    let sol = json!({"latitude": 40.4, "longitude": -3.7, "name": "Sol"});
    check("send_location", sol, Location::new(40.4, -3.7).with_name("Sol")).await;
    let refused = "latitude must be from -90 to 90, and longitude from -180 to 180";
    check_refused("send_location", json!({"latitude": 91, "longitude": 0}), refused).await;
    check("ask_for_location", json!({"text": "Where?"}), Reply::none().with_location_request("Where?")).await;
}

#[tokio::test]
async fn contacts() {
    let bea = json!({"name": "Bea", "phones": ["+34 622 222 222"], "emails": ["bea@example.com"]});
    check("share_contact", bea, Contact::new("Bea").with_phone("+34 622 222 222").with_email("bea@example.com")).await;
    let refused = "a card needs a telephone number or an e-mail address";
    check_refused("share_contact", json!({"name": "Bea"}), refused).await;
    let refused = "\"call me\" is no telephone number";
    check_refused("share_contact", json!({"name": "Bea", "phones": ["call me"]}), refused).await;
    let refused = "\"bea\" is no e-mail address";
    check_refused("share_contact", json!({"name": "Bea", "emails": ["bea"]}), refused).await;
}

#[tokio::test]
async fn files() {
    let table = json!({"filename": "sales", "format": "csv", "content": "a,b\n1,2\n"});
    check("send_document", table, Media::document("sales.csv", "text/plain", "a,b\n1,2\n")).await;
    let empty = json!({"filename": "sales", "format": "csv", "content": ""});
    check_refused("send_document", empty, "content is empty").await;
}

#[tokio::test]
async fn reactions_reach_messages_of_this_turn_alone() {
    let like = |message: &str| Reply::markdown("done").with_reaction(message, "👍");
    check("react", json!({"emoji": "👍"}), like("wamid.two")).await;
    check("react", json!({"emoji": "👍", "message": 1}), like("wamid.one")).await;
    for number in [0, 3] {
        let refused = format!("there is no message {number}: the user sent 2 in this turn");
        check_refused("react", json!({"emoji": "👍", "message": number}), &refused).await;
    }
    for no_emoji in ["ok", "123", ":-)"] {
        check_refused("react", json!({ "emoji": no_emoji }), "emoji must be one emoji and nothing else").await;
    }
}

#[tokio::test]
async fn templates() {
    let order = |values: Value| json!({"template": "order", "values": values});
    check(
        "send_template",
        order(json!(["17", "Monday"])),
        Template::new("order", "en_US").with_value("17").with_value("Monday"),
    )
    .await;
    check("send_template", json!({"template": "hello"}), Template::new("hello", "en_US")).await;
    check_refused("send_template", order(json!(["17"])), "order has 2 values, not 1").await;
    let refused = "a value must not have line breaks, tabs or five spaces in a row";
    check_refused("send_template", order(json!(["17", "a\nb"])), refused).await;
    check_refused("send_template", json!({"template": "x"}), "there is no message called \"x\"").await;
    let described =
        conversation::send_template([ApprovedTemplate::new("order", "en", "It is on its way.").value("its number")]);
    let lines = described.spec().description.lines().skip(1).collect::<Vec<_>>();
    assert_eq!(lines, ["- order: It is on its way. Values: its number."]);
}

#[tokio::test]
async fn a_person_takes_over() {
    let farewell = Reply::markdown("Bea will answer.").with_handoff(HumanHandoff::until_resumed());
    check("hand_off_to_human", json!({"message": "Bea will answer."}), farewell).await;
    let (_, reply) = called("hand_off_to_human", json!({"message": ""})).await;
    assert!(reply.handoff().is_none() && matches!(reply.parts(), [ReplyPart::Markdown(_)]), "{reply:?}");
}

#[test]
fn schemas_stand_alone() {
    for tool in conversation::all() {
        let schema = tool.spec().parameters.to_string();
        assert!(!schema.contains("$ref") && !schema.contains("$defs"), "{schema}");
    }
}
