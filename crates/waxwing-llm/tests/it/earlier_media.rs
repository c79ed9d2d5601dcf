//! Media of earlier messages, as models read them.

use serde_json::{Map, Value};
use waxwing_agent::{
    Agent as _, Author, HistoryEntry, Media, MediaKind, RunContext, SentMedia, SentPart, Session, UserMessage,
};
use waxwing_llm::{
    ChatMessage, ContentPart, HistoryLimit, LlmAgent, Modalities, ModelError, ModelErrorKind, Provider, ScriptedModel,
    ScriptedReply,
};
use waxwing_scripted_provider::{Api, ReceivedRequest, ScriptedProvider};

use crate::support::requests::continues;

const KEY: &str = "sk-test";

/// The first bytes of each PNG file.
const PNG_IN_BASE64: &str = "iVBORw0KGgo";

/// A conversation with photos of which each has other bytes.
#[derive(Default)]
struct Chat {
    history: Vec<HistoryEntry>,
    state: Map<String, Value>,
}

impl Chat {
    /// Runs a turn. The message is in the history from then on.
    async fn turn(&mut self, agent: &LlmAgent, message: UserMessage) {
        let session = Session::restored("s", self.history.clone(), self.state.clone());
        let ctx = RunContext::builder("34600000001", session).build();
        agent.run(message.clone().into(), &ctx).await.unwrap();
        self.state = ctx.session().changed_state().unwrap_or(std::mem::take(&mut self.state));
        self.add(HistoryEntry::from_user(message));
        self.add(HistoryEntry::sent(Author::Agent("waiter".into()), [SentPart::Text("ok".into())]));
    }

    fn add(&mut self, entry: HistoryEntry) {
        let seq = i64::try_from(self.history.len()).unwrap() + 1;
        self.history.push(entry.with_seq(seq).with_time(seq));
    }
}

/// Returns a message with a photo of this number and size.
fn photo(nth: u8, len: usize) -> UserMessage {
    UserMessage::text(format!("photo {nth}")).with_media(Media::image("image/png", png(nth, len)))
}

/// Returns a picture that providers accept, with bytes behind its end.
fn png(nth: u8, len: usize) -> Vec<u8> {
    let mut bytes = small_png();
    bytes.resize(len.max(bytes.len()), nth);
    bytes.push(nth);
    bytes
}

/// Returns a small picture.
fn small_png() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
        .to_vec()
}

fn model() -> ScriptedModel {
    ScriptedModel::new(["ok"; 60]).with_modalities(Modalities::text().with_images())
}

fn agent(model: ScriptedModel) -> LlmAgent {
    LlmAgent::builder("waiter", model).history(HistoryLimit::Turns(100)).build().unwrap()
}

/// Returns the parts of the messages of users in a request.
fn parts(model: &ScriptedModel, request: usize) -> Vec<ContentPart> {
    let messages = model.requests().swap_remove(request).messages.into_iter();
    let parts = messages.filter_map(|message| match message {
        ChatMessage::User(parts) => Some(parts),
        _ => None,
    });
    parts.flatten().collect()
}

/// Returns the texts of users in a request.
fn texts(model: &ScriptedModel, request: usize) -> String {
    let texts = parts(model, request).into_iter().filter_map(|part| match part {
        ContentPart::Text(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

/// Returns the pictures of a request by the last byte of each, and the number of files that are described.
fn pictures(model: &ScriptedModel, request: usize) -> (Vec<u8>, usize) {
    let shown = parts(model, request).into_iter().filter_map(|part| match part {
        ContentPart::Image(blob) => blob.bytes.last().copied(),
        _ => None,
    });
    (shown.collect(), texts(model, request).matches("it is not shown to you any more").count())
}

#[tokio::test]
async fn a_question_after_a_photo_comes_with_the_photo() {
    for (provider, api) in [
        (Provider::openai(KEY), Api::OpenAiResponses),
        (Provider::openai(KEY).api(waxwing_llm::OpenAiApi::Chat), Api::OpenAiChat),
        (Provider::anthropic(KEY), Api::Anthropic),
        (Provider::gemini(KEY), Api::Gemini),
    ] {
        let server = ScriptedProvider::start().await.unwrap();
        server.then_always("ok");
        let model = provider.base_url(server.base_url(api)).model("m-1").unwrap();
        let model = model.with_modalities(Modalities::text().with_images());
        let agent = LlmAgent::builder("waiter", model).build().unwrap();
        let mut chat = Chat::default();
        chat.turn(&agent, photo(1, 0)).await;
        chat.turn(&agent, UserMessage::text("What colour is it?")).await;
        chat.turn(&agent, photo(2, 0)).await;
        chat.turn(&agent, UserMessage::text("And this one?")).await;
        assert!(server.refusals().is_empty(), "{:?}", server.refusals());
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.api == api), "{requests:?}");
        let count = |request: &ReceivedRequest| request.body.to_string().matches(PNG_IN_BASE64).count();
        assert_eq!(requests.iter().map(count).collect::<Vec<_>>(), [1, 1, 2, 2], "{api:?}");
        for pair in requests.windows(2) {
            assert!(continues(&pair[1], &pair[0]), "{api:?}: the start of the request changes");
        }
    }
}

#[tokio::test]
async fn the_newest_photos_are_shown_and_the_start_changes_rarely() {
    let model = model();
    let (agent, mut chat) = (agent(model.clone()), Chat::default());
    for nth in 0..40 {
        chat.turn(&agent, photo(nth, 0)).await;
    }
    let mut changes = Vec::new();
    for nth in 1..40 {
        let (shown, hidden) = pictures(&model, nth);
        assert_eq!(shown.len() + hidden, nth + 1, "each photo is shown or described");
        assert!(shown.len() <= 17 && shown.len() >= 9.min(nth + 1), "{shown:?}");
        assert!(shown.is_sorted() && shown.last() == Some(&u8::try_from(nth).unwrap()), "the newest ones: {shown:?}");
        if hidden != pictures(&model, nth - 1).1 {
            changes.push(nth);
        }
        let requests = model.requests();
        let (before, after) = (&requests[nth - 1].messages, &requests[nth].messages);
        assert_eq!(after.starts_with(before), changes.last() != Some(&nth), "request {nth}");
    }
    assert_eq!(changes, [17, 26, 35], "half of the photos are hidden at once");
}

#[tokio::test]
async fn photos_of_earlier_messages_leave_room_for_the_turn() {
    let model = model();
    let agent = LlmAgent::builder("waiter", model.clone()).max_media_bytes(10_000).build().unwrap();
    let mut chat = Chat::default();
    for nth in 0..4 {
        chat.turn(&agent, photo(nth, 1900)).await;
    }
    chat.turn(&agent, photo(9, 9000)).await;
    assert_eq!(pictures(&model, 2), (vec![0, 1, 2], 0));
    assert_eq!(pictures(&model, 3), (vec![2, 3], 2), "earlier photos take half of what the turn leaves");
    assert_eq!(pictures(&model, 4), (vec![9], 4));
}

#[tokio::test]
async fn texts_of_earlier_documents_take_room() {
    let model = model();
    let agent = LlmAgent::builder("waiter", model.clone()).max_media_bytes(10_000).build().unwrap();
    let mut chat = Chat::default();
    for nth in 0..4 {
        let text = Media::document(format!("{nth}.txt"), "text/plain", nth.to_string().repeat(2000));
        chat.turn(&agent, UserMessage::text("Read it").with_media(text)).await;
    }
    let shown = |request| {
        let texts = texts(&model, request);
        ["0", "1", "2", "3"].map(|digit| texts.contains(&digit.repeat(2000)))
    };
    assert_eq!(shown(2), [true, true, true, false]);
    assert_eq!(shown(3), [false, false, true, true], "earlier texts take half of the room");
}

#[tokio::test]
async fn a_model_without_the_modality_reads_descriptions() {
    let model = ScriptedModel::new(["ok"; 2]);
    let (agent, mut chat) = (agent(model.clone()), Chat::default());
    chat.turn(&agent, photo(1, 0)).await;
    chat.turn(&agent, UserMessage::text("What colour is it?")).await;
    let requests = model.requests();
    assert!(requests[1].messages.starts_with(&requests[0].messages));
    assert_eq!(pictures(&model, 1), (vec![], 0));
}

#[tokio::test]
async fn a_photo_of_the_business_app_is_shown() {
    let model = model();
    let (agent, mut chat) = (agent(model.clone()), Chat::default());
    let mut menu = SentMedia::new(MediaKind::Image, "image/png");
    menu.file = Some(Media::image("image/png", png(7, 0)));
    chat.add(HistoryEntry::sent(Author::BusinessApp, [SentPart::Media(menu), SentPart::Text("Our menu".into())]));
    chat.turn(&agent, UserMessage::text("What is on it?")).await;
    assert_eq!(pictures(&model, 0), (vec![7], 0));
}

#[tokio::test]
async fn a_refused_photo_is_refused_once() {
    let refusal = || ModelError::new(ModelErrorKind::PictureRefused).with_status(400);
    let script = [ScriptedReply::from(refusal()), "I cannot see it.".into(), "No.".into()];
    let model = ScriptedModel::new(script).with_modalities(Modalities::text().with_images());
    let (agent, mut chat) = (agent(model.clone()), Chat::default());
    chat.turn(&agent, photo(1, 0)).await;
    chat.turn(&agent, UserMessage::text("And now?")).await;
    let requests = model.requests();
    assert_eq!((requests.len(), pictures(&model, 0)), (3, (vec![1], 0)));
    assert!(requests[2].messages.starts_with(&requests[1].messages), "the start of the request stays");
}
