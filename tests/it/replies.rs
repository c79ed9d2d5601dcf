//! Replies as the user sees them.

use waxwing_emulator::matcher::{document, image, text};
use waxwing_emulator::{MediaKind, Persona};
use waxwing_tests::TestEnv;

#[tokio::test]
async fn a_text_is_answered_read_and_delivered() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    assert!(env.emulator.verify_webhook().await.unwrap().is_accepted());
    let ana = env.emulator.user("+34600000000");
    let hi = ana.says("hi 😀 ñ / \"").await;
    ana.expect_read(&hi).await;
    ana.expect_text("echo hi 😀 ñ / \"").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn the_same_webhook_three_times_is_one_reply() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    ana.redeliver(&hi).await;
    ana.redeliver(&hi).await;
    ana.expect_text("echo hi").await;
    let bye = ana.says("bye").await;
    ana.redeliver(&bye).await;
    ana.expect_text("echo bye").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_burst_is_answered_in_order_by_one_run() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").set("WAXWING_DEBOUNCE", "300ms").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says_in_pieces(["one", "two", "three"]).await;
    for text in ["echo one", "echo two", "echo three"] {
        ana.expect_text(text).await;
    }
    let runs = env.run(&["outbox", "list", "--json"]).output().await.stdout;
    let runs: std::collections::HashSet<_> = runs
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["run"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(runs.len(), 1, "three messages, one run");
}

#[tokio::test]
async fn a_user_without_a_phone_number_is_answered() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user_without_phone("ES.123", "Ana");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
}

#[tokio::test]
async fn many_users_are_answered_side_by_side_each_in_order() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let users: Vec<_> = (0..20).map(|n| env.emulator.user(Persona::phone(&format!("+346000001{n:02}")))).collect();
    for round in 0..5 {
        for user in &users {
            user.says(format!("message {round}")).await;
        }
    }
    for user in &users {
        for round in 0..5 {
            user.expect_text(&format!("echo message {round}")).await;
        }
    }
    env.drain(server).await;
    for user in &users {
        user.expect_nothing().await;
    }
}

#[tokio::test]
async fn a_picture_goes_in_and_comes_back_mirrored_after_a_word_in_between() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.sends_image(picture([255, 0, 0], [0, 0, 255]), "image/png", None).await;
    ana.expect(text().starting_with("A picture!")).await;
    let mirrored = ana.expect(image().captioned("Mirrored: 2 × 1 pixels.")).await;
    let pixels = image::load_from_memory(&mirrored.media().unwrap().bytes).unwrap().into_rgb8();
    assert_eq!((pixels.get_pixel(0, 0).0, pixels.get_pixel(1, 0).0), ([0, 0, 255], [255, 0, 0]));
}

#[tokio::test]
async fn every_kind_of_medium_reaches_the_agent_and_files_come_back() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.sends_document(&b"%PDF-1.7 not really"[..], "application/pdf", "a.pdf", None).await;
    ana.expect_text("Thank you for the document (19 bytes, application/pdf).").await;
    ana.sends_media(MediaKind::Video, &b"film"[..], "video/mp4", None, None).await;
    ana.expect_text("Thank you for the video (4 bytes, video/mp4).").await;
    ana.says("file").await;
    let file = ana.expect(document().named("waxwing.txt")).await;
    assert_eq!(&file.media().unwrap().bytes[..], b"A waxwing is a bird.\n");
}

#[tokio::test]
async fn a_long_answer_comes_in_the_fewest_parts_without_a_word_cut() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("long").await;
    let mut parts = Vec::new();
    for _ in 0..2 {
        parts.push(ana.expect(text()).await.text().unwrap().to_owned());
    }
    env.drain(server).await;
    ana.expect_nothing().await;
    assert!(parts.iter().all(|part| part.encode_utf16().count() <= 4096 && part.starts_with("Paragraph ")));
    let joined = parts.join("\n\n");
    assert_eq!(joined.matches("Paragraph ").count(), 60);
}

#[tokio::test]
async fn a_session_goes_on_after_a_restart_and_ends_with_new() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("demo").start().await;
    ana.says("count").await;
    ana.expect_text("You made me count *1* time.").await;
    assert_eq!(server.terminate().await.code, Some(0));
    let (_server, _) = env.serve("demo").set("WAXWING_DEBOUNCE", "200ms").start().await;
    ana.says("count").await;
    ana.says("/NEW ").await;
    ana.says("count").await;
    ana.expect_text("You made me count *2* times.").await;
    ana.expect(text().containing("afresh")).await;
    ana.expect_text("You made me count *1* time.").await;
}

#[tokio::test]
async fn what_no_agent_can_take_gets_one_polite_line_and_signs_get_none() {
    let env = TestEnv::new().await;
    let (mut server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user("+34600000000");
    let sorry = || text().starting_with("Sorry, I cannot read");
    let order = || serde_json::json!({ "catalog_id": "7", "product_items": [] });
    ana.sends_other("order", order()).await;
    let answer = ana.expect(sorry()).await;
    // A conversation gets one such line in an hour.
    let again = ana.sends_other("order", order()).await;
    ana.expect_acknowledged(&again).await;
    let reaction = ana.reacts(&answer, "👍").await;
    ana.expect_acknowledged(&reaction).await;
    ana.says("still there?").await;
    ana.expect_text("echo still there?").await;
    server.wait_for_log("message type not supported").await;
    let log = env.drain(server).await.stderr;
    ana.expect_nothing().await;
    assert_eq!(log.matches("message type not supported").count(), 1, "logged once per type");
}

#[tokio::test]
async fn formatting_and_messages_other_than_text_reach_the_user() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hello").await;
    ana.expect(text().starting_with("*Hello!* I am").containing("- send a _picture_ and I mirror it")).await;
}

fn picture(left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(2, 1, |x, _| image::Rgb(if x == 0 { left } else { right }));
    let mut bytes = Vec::new();
    pixels.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[tokio::test]
async fn a_stop_calls_off_what_is_about_to_be_answered() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").set("WAXWING_DEBOUNCE", "1h").set("WAXWING_DEBOUNCE_MAX", "1h").start().await;
    let ana = env.emulator.user("+34600000001");
    let hello = ana.says("never mind").await;
    ana.expect_read(&hello).await;
    ana.says("/stop").await;
    ana.expect("All right, I have stopped.").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}
