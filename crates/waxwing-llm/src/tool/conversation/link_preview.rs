//! Tool `show_link_preview`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::Reply;

use crate::{Tool, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {}

/// Creates the tool `show_link_preview`: the texts of the answer show a preview of their first link.
pub fn show_link_preview() -> impl Tool {
    let description =
        "Shows a preview of the first link of your answer: title, description and picture of the web page.";
    tool("show_link_preview", description, async |Arguments {}, _| Ok(Reply::none().with_link_preview()))
}
