//! Files of users, as models read them.

use waxwing_agent::{Agent as _, Media, MediaKind, UserMessage};
use waxwing_llm::{
    ChatMessage, ChatResponse, ContentPart, LlmAgent, Modalities, ModelError, ModelErrorKind, ScriptedModel,
    ScriptedReply,
};
use waxwing_media::{Limits, OGG_OPUS, sniff, voice_note};

use crate::support::{World, markdown, user_parts};

/// Returns a message with a voice note of half a second.
fn note() -> UserMessage {
    let note = voice_note(&vec![0; 24_000], "audio/pcm;rate=24000", &Limits::default()).unwrap();
    UserMessage::text("").with_media(Media::new(MediaKind::Voice, OGG_OPUS, note.bytes))
}

/// Runs an agent whose model has these modalities. Returns the parts of the request.
async fn parts(message: UserMessage, modalities: Modalities) -> Vec<ContentPart> {
    let model = ScriptedModel::new(["ok"]).with_modalities(modalities);
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    agent.run(message.into(), &World::default().run()).await.unwrap();
    match model.requests().remove(0).messages.pop() {
        Some(ChatMessage::User(parts)) => parts,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_voice_note_is_a_wav_file_for_models_without_opus() {
    for (modalities, expected) in
        [(Modalities::text().with_audio(), "audio/wav"), (Modalities::text().with_opus(), "audio/ogg")]
    {
        let parts = parts(note(), modalities).await;
        let Some(ContentPart::Audio(blob)) = parts.last() else { panic!("{parts:?}") };
        let content = sniff(&blob.bytes).unwrap();
        assert_eq!((blob.mime_type.as_str(), content.split(';').next().unwrap()), (expected, expected));
    }
}

#[tokio::test]
async fn a_recording_that_no_model_reads_is_described() {
    let damaged: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";
    let problems = [("audio/amr", &b"#!AMR"[..], "you cannot view it"), ("audio/ogg", damaged, "it cannot be read")];
    for (mime_type, bytes, problem) in problems {
        let recording = Media::new(MediaKind::Audio, mime_type, bytes);
        let message = UserMessage::text("").with_media(recording);
        let parts = parts(message, Modalities::text().with_audio()).await;
        let [ContentPart::Text(text)] = &parts[..] else { panic!("{parts:?}") };
        assert!(text.contains(&format!("problem=\"{problem}\"")), "{text} should say: {problem}");
    }
}

#[tokio::test]
async fn a_refused_picture_costs_the_picture_and_not_the_turn() {
    let refusal = || ModelError::new(ModelErrorKind::PictureRefused).with_status(400);
    let script = [ScriptedReply::from(refusal()), ChatResponse::text("I cannot see it.").into()];
    let model = ScriptedModel::new(script).with_modalities(Modalities::text().with_images());
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    let message = UserMessage::text("look").with_media(Media::image("image/png", &b"broken"[..]));
    let reply = agent.run(message.into(), &World::default().run()).await.unwrap();
    assert_eq!(markdown(&reply), "I cannot see it.");
    let [first, second] = &model.requests()[..] else { panic!("two requests") };
    assert!(user_parts(first).contains(&"<image>"), "{:?}", user_parts(first));
    let told = user_parts(second).concat();
    assert!(told.contains("problem=\"the model provider refused it\"") && !told.contains("<image>"), "{told}");
}

/// Returns the prompt for a document.
async fn document(name: &str, mime_type: &str, bytes: Vec<u8>) -> String {
    let model = ScriptedModel::new(["ok"]);
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    let message = UserMessage::text("").with_media(Media::document(name, mime_type, bytes));
    agent.run(message.into(), &World::default().run()).await.unwrap();
    user_parts(&model.requests()[0]).concat()
}

#[tokio::test]
async fn text_files_are_read_in_their_encoding() {
    // Phones state all kinds of types for the same file.
    for mime_type in ["text/csv", "text/comma-separated-values", "application/octet-stream", "application/vnd.ms-excel"]
    {
        let prompt = document("prices.csv", mime_type, b"Caf\xe9 con leche;1,50 \x80\r\n".to_vec()).await;
        assert!(prompt.contains("Café con leche;1,50 €"), "{mime_type}: {prompt}");
    }
    let utf16: Vec<u8> = "\u{feff}naïve".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(document("a.txt", "text/plain", utf16).await.contains(">naïve</media>"));
}

#[tokio::test]
async fn a_long_text_is_cut() {
    let prompt = document("log.txt", "text/plain", vec![b'x'; 200_000]).await;
    assert!(prompt.contains("shown=\"the first 66 kB of its text\""), "{}", &prompt[..200]);
    assert!((64_000..70_000).contains(&prompt.len()), "{}", prompt.len());
}

#[tokio::test]
async fn office_files_are_read_as_text() {
    let docx = include_bytes!("files/order.docx").to_vec();
    let mime_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let prompt = document("order.docx", mime_type, docx).await;
    assert!(prompt.contains("Order 17\n2 pizzas & 1 salad"), "{prompt}");
    let xlsx = include_bytes!("files/prices.xlsx").to_vec();
    let prompt = document("prices.xlsx", "application/octet-stream", xlsx).await;
    assert!(prompt.contains("# Prices\nPizza\tPrice\nDiavola\t11.5"), "{prompt}");
    let prompt = document("a.pptx", "application/zip", b"PK\x03\x04".to_vec()).await;
    assert!(prompt.contains("problem=\"you cannot view it\""), "{prompt}");
}
