//! Messages that users quote, answer with a tap, or react to.

use serde_json::json;
use waxwing_agent::{
    Author, HistoryEvent, Media, MediaKind, MessageContent, Question, QuotedMessage, Reply, Template, UserMessage,
};
use waxwing_engine::{Reactions, WhileRunning};

use crate::support::{ANA, BEA, Mail, Medium, Run, Scene, TestEngine, echo, mail, noticed, post, puppet, text};

/// Returns a quote as `author: text`, with its kind of media and its choices, or what stands for a message that is gone.
fn shown(quoted: Option<&QuotedMessage>) -> String {
    let Some(QuotedMessage { author, text, choices, template, media, .. }) = quoted else { return "gone".to_owned() };
    let author = match author {
        Author::User(user) => user.id.as_str(),
        Author::Agent(_) => "agent",
        Author::Operator => "operator",
        Author::BusinessApp => "app",
        _ => "system",
    };
    let media = media.as_ref().map(|media| format!(" <{}>", media.kind().as_str())).unwrap_or_default();
    let template = template.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    let choices: Vec<_> = choices.iter().map(|choice| choice.label.as_str()).collect();
    let choices = if choices.is_empty() { String::new() } else { format!(" {choices:?}") };
    format!("{author}: {text}{media}{template}{choices}")
}

fn quote(message: &UserMessage) -> String {
    shown(message.quoted.as_ref())
}

/// Returns the quotes of the messages of a turn.
fn heard(run: &Run) -> Vec<String> {
    run.turn.messages.iter().map(quote).collect()
}

/// Returns the quotes and the targets of reactions in the history of a run.
fn past(run: &Run) -> Vec<String> {
    let history = run.ctx.session().history().iter();
    let target = |event: &HistoryEvent| match event {
        HistoryEvent::Message(message) => message.quotes.as_ref().map(|_| quote(message)),
        HistoryEvent::Reaction { emoji, quoted, .. } => Some(format!("{emoji} {}", shown(quoted.as_deref()))),
        _ => None,
    };
    history.filter_map(|entry| target(&entry.event)).collect()
}

/// Waits until Meta has accepted `count` messages, and the store knows the ids of the last one.
async fn sent(scene: &Scene, count: usize) -> String {
    scene.store.send_outcomes(count).await;
    format!("wamid.out.{count}")
}

/// Says something with a quote, and returns the run.
async fn quoting(live: &TestEngine, runs: &mut crate::support::Runs, target: &str) -> Run {
    text(ANA, "this").quoting(target).post(&live.engine).await;
    runs.next().await
}

#[tokio::test]
async fn messages_of_either_side_are_quoted_with_text_media_and_choices() {
    let scene = Scene::new().await;
    scene.graph.has("77", [Medium::Bytes(b"jpeg")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let picture = mail(ANA, "image", json!({ "id": "77", "mime_type": "image/jpeg" })).post(&live.engine).await;
    let size = Question::new("Which size?").choice("s", "Small").choice("l", "Large");
    runs.next().await.reply(Reply::from(size));
    let question = sent(&scene, 1).await;
    let typed = echo(&live.engine, text(ANA, "I am Bea.")).await;
    live.hears(ANA, "/bot").await;
    sent(&scene, 2).await;

    let run = quoting(&live, &mut runs, &picture).await;
    assert_eq!(heard(&run), ["34600000001:  <image>"]);
    run.reply(Reply::from(Template::new("order_ready", "en").with_value("Ana").with_value("17")));
    let template = sent(&scene, 3).await;
    let menu = Media::document("menu.pdf", "application/pdf", &b"%PDF-"[..]);

    let run = quoting(&live, &mut runs, &question).await;
    assert_eq!(heard(&run), ["agent: Which size? [\"Small\", \"Large\"]"]);
    run.reply(Reply::text("our menu").with_media(menu));
    let menu = sent(&scene, 4).await;
    for (target, expected) in [
        (&typed, "app: I am Bea."),
        (&template, "agent: Ana, 17 [order_ready]"),
        (&menu, "agent: our menu <document>"),
        (&"wamid.unknown".to_owned(), "gone"),
    ] {
        let run = quoting(&live, &mut runs, target).await;
        assert_eq!(heard(&run), [expected]);
        run.reply(Reply::none());
    }
    // The history says the same of each message as the turn of the message did.
    live.hears(ANA, "thanks").await;
    let run = runs.next().await;
    let expected = [
        "34600000001:  <image>",
        "agent: Which size? [\"Small\", \"Large\"]",
        "app: I am Bea.",
        "agent: Ana, 17 [order_ready]",
        "agent: our menu <document>",
        "gone",
    ];
    assert_eq!(past(&run), expected);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_tap_says_which_question_it_answers() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "pizza").await;
    let many =
        (0..5).fold(Question::new("Which one?"), |asked, nth| asked.choice(nth.to_string(), format!("No. {nth}")));
    runs.next().await.reply(Reply::from(many));
    let list = sent(&scene, 1).await;
    let row = json!({ "type": "list_reply", "list_reply": { "id": "3", "title": "No. 3" } });
    mail(ANA, "interactive", row).quoting(&list).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(heard(&run), ["agent: Which one? [\"No. 0\", \"No. 1\", \"No. 2\", \"No. 3\", \"No. 4\"]"]);
    run.reply(Reply::from(Template::new("sale", "en")));
    let template = sent(&scene, 2).await;
    mail(ANA, "button", json!({ "payload": "stop", "text": "No" })).quoting(&template).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(heard(&run), ["agent:  [sale]"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_reaction_says_what_it_is_about() {
    for setting in [Reactions::Tell, Reactions::Run] {
        let mut scene = Scene::new().await;
        scene.settings.reactions = setting;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "for two").await;
        runs.next().await.reply("At eight.");
        let answer = sent(&scene, 1).await;
        let id = mail(ANA, "reaction", json!({ "message_id": answer, "emoji": "👍" })).post(&live.engine).await;
        if setting == Reactions::Run {
            let run = runs.next().await;
            assert!(matches!(run.turn.messages[0].content, Some(MessageContent::Reaction(_))));
            assert_eq!(heard(&run), ["agent: At eight."]);
            run.reply(Reply::none());
        }
        scene.store.outcome(&id).await;
        live.hears(ANA, "thanks").await;
        let run = runs.next().await;
        assert_eq!(past(&run), ["👍 agent: At eight."], "{setting:?}");
        run.reply(Reply::none());
        live.shutdown().await;
    }
}

#[tokio::test]
async fn a_group_member_quotes_another_one_and_no_message_of_another_conversation_is_quoted() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let secret = live.hears(BEA, "a secret").await;
    runs.next().await.reply(Reply::none());
    let by_bea = text(BEA, "pizza?").in_group("G1");
    let target = by_bea.id().to_owned();
    post(&live.engine, &[by_bea, text(ANA, "me too").in_group("G1").quoting(&target)]).await;
    let run = runs.next().await;
    assert_eq!(heard(&run), ["gone", "34600000002: pizza?"], "the first message quotes nothing");
    run.reply(Reply::none());
    text(ANA, "and?").in_group("G1").quoting(&secret).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!((heard(&run), past(&run)), (vec!["gone".to_owned()], vec!["34600000002: pizza?".to_owned()]));
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_message_that_arrives_during_a_run_has_its_quote() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "for two").await;
    runs.next().await.reply("At eight.");
    let answer = sent(&scene, 1).await;
    let first = live.hears(ANA, "one").await;
    let run = runs.next().await;
    noticed(&scene, text(ANA, "two").quoting(&answer).post(&live.engine)).await;
    noticed(&scene, text(ANA, "three").quoting(&first).post(&live.engine)).await;
    let arrived: Vec<_> = run.arrived(2).await.iter().map(quote).collect();
    assert_eq!(arrived, ["agent: At eight.", "34600000001: one"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_message_that_arrives_during_a_run_does_not_quote_a_deleted_one() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let secret = live.hears(ANA, "a secret").await;
    runs.next().await.reply("I see.");
    sent(&scene, 1).await;
    mail(ANA, "revoke", json!({ "original_message_id": secret })).post(&live.engine).await;
    live.hears(ANA, "hello").await;
    let run = runs.next().await;
    noticed(&scene, text(ANA, "and this?").quoting(&secret).post(&live.engine)).await;
    let arrived: Vec<_> = run.arrived(1).await.iter().map(quote).collect();
    assert_eq!(arrived, ["gone"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_quote_has_the_words_of_an_edit_and_none_of_a_deleted_message() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let (one, two): (Mail, Mail) = (text(ANA, "at seven"), text(ANA, "a secret"));
    let [first, second] = [one.id(), two.id()].map(str::to_owned);
    post(&live.engine, &[one, two]).await;
    runs.next().await.reply(Reply::none());
    let edited = json!({ "type": "text", "text": { "body": "at eight" } });
    mail(ANA, "edit", json!({ "original_message_id": first, "message": edited })).post(&live.engine).await;
    mail(ANA, "revoke", json!({ "original_message_id": second })).post(&live.engine).await;
    let run = quoting(&live, &mut runs, &first).await;
    assert_eq!(heard(&run), ["34600000001: at eight"]);
    run.reply(Reply::none());
    let run = quoting(&live, &mut runs, &second).await;
    assert_eq!(heard(&run), ["gone"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

/// A voice note has no text, and a quote of it says what it is.
#[tokio::test]
async fn a_quoted_file_keeps_its_name() {
    let scene = Scene::new().await;
    scene.graph.has("77", [Medium::Bytes(b"milk")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let list = json!({ "id": "77", "mime_type": "text/plain", "filename": "list.txt", "caption": "My list" });
    let list = mail(ANA, "document", list).post(&live.engine).await;
    runs.next().await.reply(Reply::none());
    let run = quoting(&live, &mut runs, &list).await;
    let quoted = run.turn.messages[0].quoted.clone().unwrap();
    let media = quoted.media.unwrap();
    assert_eq!(
        (quoted.text.as_str(), media.kind(), media.filename()),
        ("My list", MediaKind::Document, Some("list.txt"))
    );
    run.reply(Reply::none());
    live.shutdown().await;
}
