//! Demo agent that shows the features of the channel.

mod order;
mod picture;

use async_trait::async_trait;

use crate::agent::Agent;
use crate::contact::Contact;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::link::Link;
use crate::media::{Media, MediaKind};
use crate::reply::Reply;
use crate::reply_part::ReplyPart;
use crate::turn::Turn;
use crate::user_message::UserMessage;

/// Shows the features of the channel without a language model: mirrors pictures, draws a picture, asks questions with buttons and lists,
/// sends links, locations, contact cards and files, and counts messages.
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Demo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let reply = Demo.run("count".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("You made me count **1** time."));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Demo;

const HELP: &str =
    "**Hello!** I am a demo agent without a language model. My replies take the same route as those of a real agent.

Try one of these:

- send a *picture* and I mirror it
- `draw` and I paint one for you
- `ask` or `menu` and I ask a question with answers to tap
- `link`, `where`, `card` or `like` and I show other things that you can tap
- `count` and I count, across restarts too
- `file` and I send a document
- `long` and I send a text that is too long for one message
- anything else and I repeat it";

#[async_trait]
impl Agent for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let mut parts: Vec<ReplyPart> = Vec::new();
        for message in &turn.messages {
            parts.extend(answer(message, ctx).await?.into_parts());
        }
        Ok(parts.into_iter().collect())
    }
}

async fn answer(message: &UserMessage, ctx: &RunContext) -> Result<Reply, AgentError> {
    if let Some(choice) = order::answer(message, ctx.session()) {
        return Ok(Reply::markdown(format!("**{}**, coming up.", choice.label)));
    }
    if let Some(location) = &message.location {
        return Ok(Reply::text("There you are:").with_location(location.clone()));
    }
    if !message.contacts.is_empty() {
        return Ok(Reply::text(format!("Thank you for the card of {}.", message.plain_text())));
    }
    match (&message.media, &message.media_problem) {
        (Some(media), _) => on_media(media, ctx).await,
        (None, Some(problem)) => Ok(Reply::text(format!("I could not open what you sent: {problem}."))),
        (None, None) => on_text(message, ctx).await,
    }
}

async fn on_text(message: &UserMessage, ctx: &RunContext) -> Result<Reply, AgentError> {
    let text = message.text.as_str();
    let word = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if let Some(question) = order::ask(&word, ctx.session())? {
        return Ok(question.into());
    }
    Ok(match word.as_str() {
        "" | "hi" | "hello" | "help" | "hola" | "start" | "what can you do" => Reply::markdown(HELP),
        "draw" => Reply::text("Painted just now.").with_media(Media::image("image/png", draw(ctx).await?)),
        "count" => {
            let count = ctx.session().get::<u64>("count").unwrap_or(0) + 1;
            ctx.session().set("count", count)?;
            Reply::markdown(format!("You made me count **{count}** {}.", if count == 1 { "time" } else { "times" }))
        }
        "file" => Reply::text("Here is a document.").with_media(Media::document(
            "waxwing.txt",
            "text/plain",
            &b"A waxwing is a bird.\n"[..],
        )),
        "long" => Reply::text(long_text()),
        "link" => {
            Link::new("https://www.rust-lang.org").with_label("Look inside").with_text("Where I come from:").into()
        }
        "where" => Reply::none().with_location_request("Where are you?"),
        "card" => Contact::new("Waxwing").with_company("Waxwing").with_email("waxwing@example.com").into(),
        "like" => Reply::none().with_reaction(&message.id, "👍"),
        _ => Reply::text(format!("You said: {text}")),
    })
}

async fn on_media(media: &Media, ctx: &RunContext) -> Result<Reply, AgentError> {
    if media.kind() != MediaKind::Image {
        let kind = media.kind().as_str();
        return Ok(Reply::text(format!("Thank you for the {kind} ({} bytes, {}).", media.len(), media.mime_type())));
    }
    ctx.send_interim("A picture! Let me look at it in the mirror…").await?;
    let bytes = media.read().await?;
    match tokio::task::spawn_blocking(move || picture::mirror(&bytes)).await? {
        Ok((mirrored, width, height)) => Ok(Reply::text(format!("Mirrored: {width} × {height} pixels."))
            .with_media(Media::image("image/png", mirrored))),
        Err(_) => Ok(Reply::text("That picture is broken, or in a format that I cannot read.")),
    }
}

async fn draw(ctx: &RunContext) -> Result<Vec<u8>, AgentError> {
    let seed = ctx.run_id().bytes().fold(17u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    Ok(tokio::task::spawn_blocking(move || picture::sunset(seed)).await??)
}

fn long_text() -> String {
    let paragraphs: Vec<_> = (1..=60)
        .map(|n| format!("Paragraph {n}. A long answer is cut where a reader would pause: between paragraphs if that is possible, never inside a word."))
        .collect();
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Conversation;
    use crate::location::Location;
    use crate::session::Session;
    use crate::step::StepKey;
    use std::sync::{Arc, Mutex};

    async fn demo(turn: impl Into<Turn>) -> Vec<ReplyPart> {
        Demo.run(turn.into(), &RunContext::in_memory("1")).await.unwrap().into_parts()
    }

    #[derive(Default)]
    struct SentMessages(Mutex<Vec<Reply>>);

    #[async_trait]
    impl Conversation for SentMessages {
        async fn send(&self, _key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.0.lock().unwrap().push(interim);
            Ok(())
        }
    }

    #[tokio::test]
    async fn it_explains_itself_and_repeats_other_texts() {
        for question in ["Hello!", "What can you do?", "👋"] {
            assert!(
                matches!(&demo(question).await[..], [ReplyPart::Markdown(help)] if help.contains("draw")),
                "{question}"
            );
        }
        assert_eq!(demo("what?").await, [ReplyPart::Text("You said: what?".into())]);
    }

    #[tokio::test]
    async fn it_answers_shared_locations_and_contacts() {
        let sol = Location::new(40.4, -3.7).with_name("Sol");
        let shared = demo(UserMessage::text("").with_location(sol.clone())).await;
        assert_eq!(shared, [ReplyPart::Text("There you are:".into()), ReplyPart::Location(sol)]);
        let shared = demo(UserMessage::text("").with_contact(Contact::new("Bea"))).await;
        assert_eq!(shared, [ReplyPart::Text("Thank you for the card of Bea.".into())]);
        let mut like = UserMessage::text("like");
        like.id = "7".into();
        assert_eq!(demo(like).await, [ReplyPart::Reaction { message: "7".into(), emoji: "👍".into() }]);
        assert_eq!(demo("where").await, [ReplyPart::LocationRequest("Where are you?".into())]);
    }

    #[tokio::test]
    async fn it_counts_in_the_session() {
        let ctx = RunContext::in_memory("1");
        Demo.run("count".into(), &ctx).await.unwrap();
        let second = Demo.run("count".into(), &ctx).await.unwrap();
        assert_eq!(second, Reply::markdown("You made me count **2** times."));
    }

    #[tokio::test]
    async fn a_picture_comes_back_mirrored_after_an_interim_message() {
        let [ReplyPart::Text(_), ReplyPart::Media(drawn)] = &demo("draw").await[..] else {
            panic!("a text and a picture")
        };
        let sent = Arc::new(SentMessages::default());
        let ctx = RunContext::builder("1", Session::new("1")).conversation(sent.clone()).build();
        let reply = Demo.run(UserMessage::text("").with_media(drawn.clone()).into(), &ctx).await.unwrap();
        let [ReplyPart::Text(text), ReplyPart::Media(mirrored)] = reply.parts() else {
            panic!("a text and a picture: {reply:?}")
        };
        assert_eq!(text, "Mirrored: 480 × 320 pixels.");
        let back = picture::mirror(&mirrored.read().await.unwrap()).unwrap().0;
        assert_eq!(back, drawn.read().await.unwrap(), "mirrored twice is as before");
        assert_eq!(sent.0.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn other_media_get_a_text() {
        let broken = UserMessage::text("").with_media(Media::image("image/png", &b"no picture"[..]));
        assert!(matches!(&demo(broken).await[..], [ReplyPart::Text(text)] if text.contains("broken")));
        let note = UserMessage::text("").with_media(Media::new(MediaKind::Voice, "audio/ogg", vec![0; 7]));
        assert_eq!(demo(note).await, [ReplyPart::Text("Thank you for the voice note (7 bytes, audio/ogg).".into())]);
    }
}
