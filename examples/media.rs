//! Agent that understands images and creates charts.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example media
//! ```
//!
//! Open the phone page that the first command prints, send an image, and ask about its content. Then ask for a bar chart, for example of
//! the number of days in each month. The model calls the tool, and you get the chart as an image.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde::Deserialize;
use waxwing::AgentOs;
use waxwing::agent::{AgentError, Media};
use waxwing::llm::schemars::JsonSchema;
use waxwing::llm::{LlmAgent, ToolOutput, tool};

const HEIGHT: u32 = 300;
const BAR: u32 = 40;
const GAP: u32 = 10;
const MAX_BARS: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing::llm::schemars")]
struct Chart {
    /// Heights of the bars, from left to right: 1 to 20 values, none negative.
    values: Vec<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let chart =
        tool("bar_chart", "Draws bars and shows the drawing to the user.", |Chart { values }, _ctx| async move {
            let drawing = Media::image("image/png", draw(&values)?);
            // The user gets the chart together with the answer of the model.
            Ok(ToolOutput::text("The user gets to see the chart.").with_media(drawing).supplementary())
        });
    let agent = LlmAgent::builder("artist", waxwing_examples::model()?)
        .instructions("You describe pictures in one sentence and draw bar charts. Be brief.")
        .tool(chart)
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}

/// Draws a bar chart as a PNG. The highest bar fills the height of the image.
fn draw(values: &[f64]) -> Result<Vec<u8>, AgentError> {
    let highest = values.iter().copied().fold(0.0, f64::max);
    let can_be_drawn = values.iter().all(|value| value.is_finite() && *value >= 0.0) && highest > 0.0;
    if !can_be_drawn || values.len() > MAX_BARS {
        return Err(AgentError::new(format!("I can draw up to {MAX_BARS} numbers, none negative, and one above zero")));
    }
    let width = u32::try_from(values.len())? * (BAR + GAP) + GAP;
    let mut picture = RgbImage::from_pixel(width, HEIGHT, Rgb([255, 255, 255]));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (bar, within) = (x.saturating_sub(GAP) / (BAR + GAP), x.saturating_sub(GAP) % (BAR + GAP));
        let Some(value) = values.get(bar as usize).filter(|_| x >= GAP && within < BAR) else { continue };
        if f64::from(HEIGHT - y) <= value / highest * f64::from(HEIGHT) {
            *pixel = Rgb([37, 99, 235]);
        }
    }
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}
