//! Agreement of the code with `docs/http-agent.md` and its schema.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use waxwing_agent::{
    Agent as _, Author, BusinessClosed, BusinessNumber, Choice, Contact, ConversationInfo, HistoryEntry, HistoryEvent,
    Location, Media, MediaKind, Memory, QuotedMessage, Role, RunContext, SentMedia, SentPart, Session, ToolExchange,
    ToolRound, Turn, Undelivered, User, UserMessage,
};
use waxwing_http_agent::{SharedSecret, wire};

use crate::test_run::{SECRET, agent, builder, document, program, text};

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn page() -> String {
    std::fs::read_to_string(docs("http-agent.md")).unwrap()
}

/// Returns the example with this name on the page.
fn example(name: &str) -> Value {
    let page = page();
    let (_, rest) = page.split_once(&format!("```json {name}\n")).unwrap();
    serde_json::from_str(rest.split_once("```").unwrap().0).unwrap()
}

/// `WAXWING_WRITE_SCHEMA=1 cargo test -p waxwing-http-agent` writes the schema.
#[test]
fn the_published_schema_matches_the_code() {
    let file = docs("http-agent.schema.json");
    let schema = serde_json::to_string_pretty(&sorted(wire::schema())).unwrap() + "\n";
    if std::env::var_os("WAXWING_WRITE_SCHEMA").is_some() {
        std::fs::write(&file, &schema).unwrap();
    }
    let published = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        published == schema,
        "docs/http-agent.schema.json is out of date; run the test with WAXWING_WRITE_SCHEMA=1"
    );
}

/// Sorts the keys: their order depends on the features of the build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn at(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds)
}

fn message(id: &str, text: &str, sent_at: u64) -> UserMessage {
    let mut message = UserMessage::text(text);
    message.id = id.into();
    message.sender = User::new("34600000001").with_name("Ana");
    message.sent_at = at(sent_at);
    message
}

/// Returns the turn on the page.
fn turn() -> Turn {
    let mut first = message("wamid.1", "Like this one, please", 1_767_225_660_000);
    first.media = Some(Media::image("image/png", vec![1, 2, 3]));
    first.quotes = Some("wamid.0".into());
    first.quoted = Some(
        QuotedMessage::new(Author::Agent("shop".into()), "Our soups").with_media(Media::gone(MediaKind::Image, "")),
    );
    let mut second = message("wamid.2", "Large", 1_767_225_661_000);
    second.choice = Some(Choice::new("l", "Large"));
    second.quotes = Some("wamid.sizes".into());
    let question = QuotedMessage::new(Author::Agent("shop".into()), "Which size?");
    second.quoted = Some(question.with_choice(Choice::new("s", "Small")).with_choice(Choice::new("l", "Large")));
    second.stale_age = Some(Duration::from_hours(2));
    let third = message("wamid.3", "", 1_767_225_662_000)
        .with_location(Location::new(40.4168, -3.7038).with_name("Sol"))
        .with_contact(Contact::new("Bea").with_phone("+34 622 222 222"));
    let undelivered = [Undelivered::new("Your soup is ready.", "Re-engagement message", Some(131_047)).parked()];
    let rest = Duration::from_mins(1439);
    let closed = BusinessClosed::new("Europe/Madrid", Some(at(1_767_258_000_000)));
    let turn = Turn::new([first, second, third]).with_undelivered(undelivered).with_service_window(rest);
    turn.with_closed(closed)
}

#[tokio::test]
async fn a_call_matches_the_example_of_the_page() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let picture = SentPart::Media(SentMedia::new(MediaKind::Image, "image/png"));
    let answer = HistoryEntry::sent(Author::Agent("program".into()), [SentPart::Text("Hello Ana!".into()), picture]);
    let history =
        vec![HistoryEntry::new(Role::User, "Hello").with_time(1_767_225_600_000), answer.with_time(1_767_225_601_000)];
    let state = json!({"basket": ["soup"]}).as_object().unwrap().clone();
    let facts =
        json!({"facts": {"last": 1, "known": [{"id": 1, "text": "Eats no meat.", "at": 1_767_225_600_000_u64}]}});
    let mut user = User::new("34600000001").with_name("Ana");
    user.phone = Some("34600000001".into());
    user.bsuid = Some("ES.1001".into());
    let mut info = ConversationInfo::new("c3f1b1o5u6k7d0");
    info.number = BusinessNumber::new("1000001");
    info.number.phone = Some("15550001111".into());
    let ctx = RunContext::builder("34600000001", Session::restored("34600000001", history, state))
        .user(user)
        .conversation_info(info)
        .memory(Memory::restored(facts.as_object().unwrap().clone()))
        .run_id("r1")
        .build();
    agent(&server).run(turn(), &ctx).await.unwrap();

    let request = &server.received_requests().await.unwrap()[0];
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
    let mut sent: Value = request.body_json().unwrap();
    let key = sent["idempotency_key"].take();
    let mut expected = example("turn");
    let shown = expected["idempotency_key"].take();
    assert_eq!(sent, expected);
    assert_eq!(header("idempotency-key"), key.as_str());
    assert_eq!(key.as_str().unwrap().len(), shown.as_str().unwrap().len());
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("accept"), Some("application/json, text/event-stream"));
    let verified = SharedSecret::new(SECRET).unwrap().verify(
        header(wire::SIGNATURE_HEADER),
        &[&request.body],
        SystemTime::now(),
        Duration::from_mins(5),
    );
    assert_eq!(verified, Ok(()));
}

/// The bytes of quoted media count for the limit of the turn, and missing ones are no failure.
#[tokio::test]
async fn a_quoted_message_has_its_author_and_its_media_as_far_as_they_are_available() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let quoting = |author: Author, media: Media| {
        let mut message = UserMessage::text("this one");
        message.quotes = Some("wamid.0".into());
        message.quoted = Some(QuotedMessage::new(author, "a").with_media(media));
        message
    };
    let bea = || Author::User(User::new("2").with_name("Bea"));
    let picture = |bytes: usize| Media::image("image/png", vec![0; bytes]);
    let messages = [
        quoting(bea(), picture(3)),
        quoting(bea(), picture(3)),
        quoting(Author::Operator, Media::gone(MediaKind::Document, "").with_filename("menu.pdf")),
    ];
    let small = builder(&server.uri()).max_media_bytes(5).build().unwrap();
    small.run(Turn::new(messages), &RunContext::in_memory("1")).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let quoted: Vec<_> = sent["messages"].as_array().unwrap().iter().map(|message| message["quoted"].clone()).collect();
    let from_bea =
        |media: Value| json!({"role": "user", "sender": {"id": "2", "name": "Bea"}, "text": "a", "media": media});
    let expected = [
        from_bea(json!({"kind": "image", "mime_type": "image/png", "data": "AAAA"})),
        from_bea(json!({"kind": "image", "mime_type": "image/png"})),
        json!({"role": "person", "text": "a", "media": {"kind": "document", "filename": "menu.pdf"}}),
    ];
    assert_eq!(quoted, expected);
}

#[tokio::test]
async fn the_history_of_a_group_names_the_senders_and_the_quoted_messages() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let asked = UserMessage::text("Pizza?").with_sender(User::new("2").with_name("Bea"));
    let mut answer = UserMessage::text("For me too").with_sender(User::new("1").with_name("Ana"));
    answer.quoted = Some(QuotedMessage::from(&asked));
    let history =
        vec![HistoryEntry::from_user(asked), HistoryEntry::from_user(answer), HistoryEntry::new(Role::Agent, "Two.")];
    let session = Session::restored("G1", history, serde_json::Map::new());
    let ctx = RunContext::builder("1", session).in_group(true).build();
    agent(&server).run("hi".into(), &ctx).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let bea = json!({"id": "2", "name": "Bea"});
    let expected = json!([
        {"role": "user", "sender": bea, "text": "Pizza?", "at": 0},
        {
            "role": "user", "sender": {"id": "1", "name": "Ana"}, "text": "For me too", "at": 0,
            "quoted": {"role": "user", "sender": bea, "text": "Pizza?"},
        },
        {"role": "agent", "text": "Two.", "at": 0},
    ]);
    assert_eq!(sent["history"], expected);
}

/// The limit of the history counts messages only.
#[tokio::test]
async fn the_history_of_a_call_has_messages_and_no_other_events() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let event = |event| HistoryEntry::of(Author::System, event);
    let history = vec![
        HistoryEntry::new(Role::User, "Hello"),
        event(HistoryEvent::Tools(ToolRound::new([ToolExchange::new("find", json!({}), "found")]))),
        HistoryEntry::new(Role::Agent, "Hello Ana!"),
        event(HistoryEvent::HandedOff),
        event(HistoryEvent::Resumed),
        event(HistoryEvent::Unanswered),
    ];
    let ctx = RunContext::builder("1", Session::restored("1", history, serde_json::Map::new())).build();
    let two = builder(&server.uri()).history_limit(2).build().unwrap();
    two.run("hi".into(), &ctx).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let said: Vec<_> = sent["history"].as_array().unwrap().iter().map(|entry| &entry["text"]).collect();
    assert_eq!(said, ["Hello", "Hello Ana!"]);
}

#[tokio::test]
async fn the_answer_on_the_page_is_valid() {
    let server = program([|key: &str| document(key, &example("answer"))]).await;
    let ctx = RunContext::in_memory("1");
    let reply = agent(&server).run("hi".into(), &ctx).await.unwrap();
    assert_eq!(reply.parts().len(), 3);
    assert!(reply.handoff().is_some());
    assert_eq!(ctx.session().get("asked"), Some(true));
}

#[test]
fn the_signatures_on_the_page_are_right() {
    let secret = SharedSecret::new(SECRET).unwrap();
    let page = page();
    assert!(page.contains(&format!("`{SECRET}`")));
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let (t, signed) = cells.get(2)?.split_once('.').filter(|(t, _)| *t == "1767225600")?;
        Some((t.to_owned(), signed.to_owned(), (*cells.get(3)?).to_owned()))
    });
    let mut count = 0;
    for (t, signed, digest) in rows {
        assert_eq!(secret.sign(at(1_767_225_600_000), &[signed.as_bytes()]), format!("t={t},v1={digest}"), "{signed}");
        count += 1;
    }
    assert_eq!(count, 3);
}

/// The newest files have their bytes, as far as the turn leaves room.
#[tokio::test]
async fn earlier_media_are_in_the_history() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let photo = |byte: u8| UserMessage::text("look").with_media(Media::image("image/png", vec![byte; 4]));
    let gone = UserMessage::text("").with_media(Media::gone(MediaKind::Voice, "audio/ogg"));
    let mut menu = SentMedia::new(MediaKind::Document, "application/pdf");
    menu.filename = Some("menu.pdf".into());
    let mut shown = SentMedia::new(MediaKind::Image, "image/jpeg");
    shown.file = Some(Media::image("image/jpeg", vec![9; 4]));
    let history = vec![
        HistoryEntry::from_user(photo(1)),
        HistoryEntry::from_user(photo(2)),
        HistoryEntry::from_user(gone),
        HistoryEntry::sent(Author::Agent("program".into()), [SentPart::Media(menu)]),
        HistoryEntry::sent(Author::BusinessApp, [SentPart::Media(shown)]),
    ];
    let ctx = RunContext::builder("1", Session::restored("1", history, serde_json::Map::new())).build();
    let agent = builder(&server.uri()).max_media_bytes(13).build().unwrap();
    agent.run(photo(3).into(), &ctx).await.unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let files: Vec<_> = sent["history"].as_array().unwrap().iter().map(|entry| entry["files"][0].clone()).collect();
    let expected = json!([
        {"kind": "image", "mime_type": "image/png", "size": 4},
        {"kind": "image", "mime_type": "image/png", "size": 4, "data": "AgICAg=="},
        {"kind": "voice", "mime_type": "audio/ogg", "size": 0},
        {"kind": "document", "mime_type": "application/pdf", "filename": "menu.pdf", "size": 0},
        {"kind": "image", "mime_type": "image/jpeg", "size": 4, "data": "CQkJCQ=="},
    ]);
    assert_eq!(Value::from(files), expected);
}
