//! Test of the example with images in both directions.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use waxwing_emulator::matcher::{image, text};
use waxwing_tests::ModelReply;

use crate::stage::Stage;

#[tokio::test]
async fn media_sees_a_picture_and_draws_another() {
    let stage = Stage::new().await;
    let _server = stage.run("media").await;
    let mut red = Cursor::new(Vec::new());
    RgbImage::from_pixel(2, 2, Rgb([255, 0, 0])).write_to(&mut red, ImageFormat::Png).unwrap();
    stage.model.reply_with([ModelReply::text("A red square.")]);
    stage.ana.sends_image(red.into_inner(), "image/png", Some("What is this?")).await;
    stage.ana.expect("A red square.").await;
    let parts = &stage.model.requests()[0].body["messages"][1]["content"];
    assert!(parts[0]["text"].as_str().unwrap().contains("\nWhat is this?\n"), "{parts}");
    assert!(parts[1]["image_url"]["url"].as_str().unwrap().starts_with("data:image/png;base64,"), "{parts}");

    stage.model.reply_with([
        ModelReply::tool_call("bar_chart", json!({"values": [1, 2]})),
        ModelReply::text("Twice as much."),
    ]);
    stage.ana.says("Draw one and two").await;
    let drawing = stage.ana.expect(image().captioned("Twice as much.")).await;
    let drawing = image::load_from_memory(&drawing.media().unwrap().bytes).unwrap().into_rgb8();
    let is_blue = |x, y| drawing.get_pixel(x, y).0[2] > drawing.get_pixel(x, y).0[0];
    assert_eq!((drawing.width(), drawing.height()), (110, 300));
    // Points near the top and near the bottom.
    assert_eq!([is_blue(30, 10), is_blue(80, 10), is_blue(30, 290), is_blue(80, 290)], [false, true, true, true]);

    stage.model.reply_with([
        ModelReply::tool_call("bar_chart", json!({"values": [-1]})),
        ModelReply::text("I cannot draw that."),
    ]);
    stage.ana.says("Draw minus one").await;
    stage.ana.expect(text().saying("I cannot draw that.")).await;
}
