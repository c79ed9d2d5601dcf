//! Files of agents as WhatsApp shows them. The emulator compares the first bytes of a file with its type.

use std::time::Duration;

use waxwing::agent::{AgentError, Media, MediaKind, Reply, agent_fn};
use waxwing_emulator::matcher::{document, image, sticker, voice_note};
use waxwing_emulator::{Emulator, Rule, Rules};
use waxwing_tests::TestEnv;

use crate::support::red_picture;

/// An MP3 file with a tone.
const TONE: &[u8] = include_bytes!("../../crates/waxwing-media/tests/fixtures/tone-24000-mono.mp3");

/// A GIF file with one red pixel.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// Returns the file that a user asks for, as agents send files: with types that are wrong, or that Meta does not take.
fn file(name: &str) -> Media {
    match name {
        "gif" => Media::image("image/gif", GIF),
        "jpg" => Media::image("image/jpg", red_picture(512, image::ImageFormat::Jpeg)),
        "wrong" => Media::image("image/png", red_picture(512, image::ImageFormat::Jpeg)),
        "sticker" => {
            let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0".to_vec();
            Media::new(MediaKind::Sticker, "image/webp", webp)
        }
        "voice" => {
            let mut wav =
                b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\xff\xff\xff\xff"
                    .to_vec();
            wav.resize(44 + 16_000, 0);
            Media::new(MediaKind::Voice, "audio/x-wav", wav)
        }
        "mp3" => Media::new(MediaKind::Voice, "audio/mp3", TONE),
        "list" => Media::document("prices.csv", "text/csv", &b"pizza;9\n"[..]),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn files_of_agents_arrive_as_whatsapp_shows_them() {
    let rules = Rules::strict().with_strict(Rule::MediaBytes);
    let env = TestEnv::with(Emulator::builder().rules(rules)).await;
    let agent =
        agent_fn("files", |turn, _ctx| async move { Ok::<_, AgentError>(Reply::from(file(&turn.messages[0].text))) });
    let server = env.serve("files").start_in_process(agent, Duration::from_secs(5)).await;
    let ana = env.emulator.user("+34600000000");
    for (name, matcher, mime_type) in [
        ("gif", image(), "image/jpeg"),
        ("jpg", image(), "image/jpeg"),
        ("wrong", image(), "image/jpeg"),
        ("sticker", sticker(), "image/webp"),
        ("voice", voice_note(), "audio/ogg; codecs=opus"),
        ("mp3", voice_note(), "audio/ogg; codecs=opus"),
        ("list", document().named("prices.csv"), "text/plain"),
    ] {
        ana.says(name).await;
        let got = ana.expect(matcher).await;
        assert_eq!(got.media().unwrap().mime_type, mime_type, "{name}");
    }
    server.stop().await;
}
