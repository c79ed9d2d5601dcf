//! Conversation tools: their replies, and the arguments that they refuse.

use serde_json::{Value, json};
use waxwing_agent::{
    Contact, FormRequest, HumanHandoff, Link, Location, Media, Question, Reply, ReplyPart, Template, Turn, UserMessage,
};
use waxwing_llm::conversation::{self, ApprovedTemplate, OfferedForm};
use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Tool as _};

use crate::support::{run, tool_calls, tool_results};

/// Runs an agent whose model calls a tool, in a turn of two messages. Returns the tool result and the reply.
async fn called(name: &str, arguments: Value) -> (String, Reply) {
    let model = ScriptedModel::new([tool_calls(&[(name, arguments)]), ChatResponse::text("done")]);
    let person = conversation::hand_off_to_human(HumanHandoff::until_resumed());
    let order = ApprovedTemplate::new("order", "en_US")
        .description("An order is on its way.")
        .value("its number")
        .value("the day");
    let templates =
        conversation::send_template([order, ApprovedTemplate::new("hello", "en_US").description("A welcome.")]);
    let agent = LlmAgent::builder("a", model.clone()).conversation_tools();
    let booking =
        OfferedForm::new("booking", FormRequest::flow_id("7").with_label("Book")).description("Books a table.");
    let agent = agent.tool(person).tool(templates).tool(conversation::send_form([booking])).build().unwrap();
    let messages = ["one", "two"].map(|text| {
        let mut message = UserMessage::text(text);
        message.id = format!("wamid.{text}");
        message
    });
    let reply = run(&agent, Turn::new(messages)).await.unwrap();
    (tool_results(&model.requests()[1])[0].to_owned(), reply)
}

/// Checks the reply of a valid call.
async fn check(name: &str, arguments: Value, expected: impl Into<Reply>) {
    let (read, reply) = called(name, arguments).await;
    assert!(read.starts_with("Done."), "{read}");
    assert_eq!(reply, expected.into());
}

/// Checks the error that the model reads after an invalid call. The user gets the model's text.
async fn check_refused(name: &str, arguments: Value, expected: &str) {
    let (read, reply) = called(name, arguments).await;
    assert_eq!(read, format!("Error: {expected}"));
    assert_eq!(reply, Reply::markdown("done"));
}

#[tokio::test]
async fn choices_are_offered() {
    let two = json!({"text": "Size?", "choices": [{"label": "S"}, {"label": "L", "description": "for two"}]});
    let mut question = Question::new("Size?").choice("1", "S").choice("2", "L");
    question.choices[1].description = Some("for two".into());
    check("offer_choices", two, question).await;
    let one = json!({"text": "Size?", "choices": [{"label": "S"}]});
    check_refused("offer_choices", one, "choices must have 2 to 10 items, but has 1").await;
    let same = json!({"text": "Size?", "choices": [{"label": "S"}, {"label": "s "}]});
    check_refused("offer_choices", same, "labels must be different, but \"s \" occurs twice").await;
    let blank = json!({"text": " ", "choices": [{"label": "S"}, {"label": "L"}]});
    check_refused("offer_choices", blank, "text must not be empty").await;
    let long = json!({"text": "Size?", "choices": [{"label": "x".repeat(101)}, {"label": "L"}]});
    check_refused("offer_choices", long, "label must have at most 100 characters, but has 101").await;
}

#[tokio::test]
async fn links_must_be_web_pages() {
    let page = |url: &str| json!({"text": "Our menu", "label": "Open", "url": url});
    let menu = "https://example.com/menu?a=1";
    check("send_link", page(menu), Link::new(menu).with_label("Open").with_text("Our menu")).await;
    let refused = "url must be the URL of a web page and start with https://";
    for url in ["example.com", "javascript:alert(1)", "mailto:a@example.com", "file:///etc/passwd", ""] {
        check_refused("send_link", page(url), refused).await;
    }
}

#[tokio::test]
async fn locations_are_sent_and_requested() {
    let sol = json!({"latitude": 40.4, "longitude": -3.7, "name": "Sol"});
    check("send_location", sol, Location::new(40.4, -3.7).with_name("Sol")).await;
    let refused = "latitude must be from -90 to 90 and longitude from -180 to 180";
    check_refused("send_location", json!({"latitude": 91, "longitude": 0}), refused).await;
    check("request_location", json!({"text": "Where?"}), Reply::none().with_location_request("Where?")).await;
}

#[tokio::test]
async fn contacts_need_a_phone_number_or_an_email_address() {
    let bea = json!({"name": "Bea", "phones": ["+34 622 222 222"], "emails": ["bea@example.com"]});
    check("share_contact", bea, Contact::new("Bea").with_phone("+34 622 222 222").with_email("bea@example.com")).await;
    let refused = "a contact needs at least one phone number or email address";
    check_refused("share_contact", json!({"name": "Bea"}), refused).await;
    let refused = "\"call me\" is not a phone number";
    check_refused("share_contact", json!({"name": "Bea", "phones": ["call me"]}), refused).await;
    let refused = "\"bea\" is not an email address";
    check_refused("share_contact", json!({"name": "Bea", "emails": ["bea"]}), refused).await;
}

#[tokio::test]
async fn documents_must_not_be_empty() {
    let table = json!({"filename": "sales", "format": "csv", "content": "a,b\n1,2\n"});
    check("send_document", table, Media::document("sales.csv", "text/plain", "a,b\n1,2\n")).await;
    let empty = json!({"filename": "sales", "format": "csv", "content": ""});
    check_refused("send_document", empty, "content must not be empty").await;
}

#[tokio::test]
async fn reactions_are_possible_on_messages_of_this_turn_only() {
    let like = |message: &str| Reply::markdown("done").with_reaction(message, "👍");
    check("react", json!({"emoji": "👍"}), like("wamid.two")).await;
    check("react", json!({"emoji": "👍", "message": 1}), like("wamid.one")).await;
    for number in [0, 3] {
        let refused = format!("message {number} does not exist; number of messages in this turn: 2");
        check_refused("react", json!({"emoji": "👍", "message": number}), &refused).await;
    }
    // Unicode counts these emoji as letters.
    for emoji in ["ℹ️", "Ⓜ️", "🅰️"] {
        check("react", json!({ "emoji": emoji }), Reply::markdown("done").with_reaction("wamid.two", emoji)).await;
    }
    for no_emoji in ["ok", "123", ":-)"] {
        check_refused("react", json!({ "emoji": no_emoji }), "emoji must be exactly one emoji").await;
    }
}

#[tokio::test]
async fn an_answer_can_quote_a_message_and_show_a_link_preview() {
    check("quote_message", json!({"message": 1}), Reply::markdown("done").with_quote("wamid.one")).await;
    check_refused(
        "quote_message",
        json!({"message": 3}),
        "message 3 does not exist; number of messages in this turn: 2",
    )
    .await;
    check("show_link_preview", json!({}), Reply::markdown("done").with_link_preview()).await;
}

#[tokio::test]
async fn questions_and_links_can_have_a_header_and_a_footer() {
    let choices = json!([{"label": "S"}, {"label": "L"}]);
    let framed = json!({"text": "Size?", "choices": choices, "header": " Pizza ", "footer": ""});
    check("offer_choices", framed, Question::new("Size?").choice("1", "S").choice("2", "L").with_header("Pizza")).await;
    let long = json!({"text": "a", "label": "b", "url": "https://example.com", "footer": "x".repeat(61)});
    check_refused("send_link", long, "footer must have at most 60 characters, but has 61").await;
}

#[tokio::test]
async fn only_offered_forms_are_sent() {
    let sent = FormRequest::flow_id("7").with_label("Book").with_name("booking").with_text("When?");
    check("send_form", json!({"form": "booking", "text": "When?"}), sent).await;
    check_refused("send_form", json!({"form": "7", "text": "When?"}), "unknown form \"7\"").await;
    check_refused("send_form", json!({"form": "booking", "text": " "}), "text must not be empty").await;
    let long = json!({"form": "booking", "text": "x".repeat(1001)});
    check_refused("send_form", long, "text must have at most 1000 characters, but has 1001").await;
}

#[tokio::test]
async fn templates_are_filled_with_valid_values() {
    let order = |values: Value| json!({"template": "order", "values": values});
    check(
        "send_template",
        order(json!(["17", "Monday"])),
        Template::new("order", "en_US").with_value("17").with_value("Monday"),
    )
    .await;
    check("send_template", json!({"template": "hello"}), Template::new("hello", "en_US")).await;
    check_refused("send_template", order(json!(["17"])), "template \"order\" needs 2 values, not 1").await;
    let refused = "a value must not contain line breaks, tabs or five consecutive spaces";
    check_refused("send_template", order(json!(["17", "a\nb"])), refused).await;
    check_refused("send_template", json!({"template": "x"}), "unknown template \"x\"").await;
    let described = conversation::send_template([ApprovedTemplate::new("order", "en")
        .description("It is on its way.")
        .value("its number")]);
    let lines = described.spec().description.lines().skip(1).collect::<Vec<_>>();
    assert_eq!(lines, ["- order: It is on its way. Values: its number."]);
}

#[tokio::test]
async fn the_conversation_is_handed_off_to_a_human() {
    let handoff = HumanHandoff::until_resumed().with_reason("refund").with_summary("Order 17 came back.");
    let arguments = json!({"message": "Bea will answer.", "reason": "refund", "summary": "Order 17 came back."});
    check("hand_off_to_human", arguments.clone(), Reply::markdown("Bea will answer.").with_handoff(handoff)).await;
    for missing in ["message", "reason", "summary"] {
        let mut arguments = arguments.clone();
        arguments[missing] = " ".into();
        let (_, reply) = called("hand_off_to_human", arguments).await;
        assert!(reply.handoff().is_none() && matches!(reply.parts(), [ReplyPart::Markdown(_)]), "{reply:?}");
    }
}

#[test]
fn schemas_have_no_references() {
    for tool in conversation::all() {
        let schema = tool.spec().parameters.to_string();
        assert!(!schema.contains("$ref") && !schema.contains("$defs"), "{schema}");
    }
}
