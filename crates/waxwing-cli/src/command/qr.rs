//! `waxwing qr`.

use std::fmt;

use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::client::QrCode;

use crate::number_flags::{NumberFlags, explained};
use crate::output::print_line;

/// List, create and delete QR codes that open a chat with the number.
#[derive(Debug, Args)]
pub(crate) struct Qr {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the QR codes with their texts and links.
    List {
        #[command(flatten)]
        flags: NumberFlags,
    },
    /// Create a QR code. Its image and its link open a chat with a text that the user can send.
    Create(CreateArgs),
    /// Delete a QR code. Its image and its link stop working.
    Delete {
        /// Code, which `waxwing qr list` shows.
        code: String,

        #[command(flatten)]
        flags: NumberFlags,
    },
}

#[derive(Args)]
struct CreateArgs {
    /// Text of the chat, at most 140 characters.
    text: String,

    #[command(flatten)]
    flags: NumberFlags,
}

impl fmt::Debug for CreateArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateArgs").field("flags", &self.flags).finish_non_exhaustive()
    }
}

impl Qr {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List { flags } => {
                let number = flags.open()?;
                let codes = number.number().qr_codes().all().await.map_err(|error| explained(&error))?;
                number.output.print_all(&codes, |codes| codes.iter().for_each(print))
            }
            Command::Create(CreateArgs { text, flags }) => {
                let number = flags.open()?;
                let created = number.number().create_qr_code(&text).await.map_err(|error| explained(&error))?;
                number.output.print(&created, print)
            }
            Command::Delete { code, flags } => {
                let number = flags.open()?;
                number.number().delete_qr_code(&code).await.map_err(|error| explained(&error))?;
                number.output.print(&json!({ "deleted": code }), |_| print_line!("QR code {code} deleted"))
            }
        }
    }
}

fn print(code: &QrCode) {
    print_line!("{}  {}  {}", code.code, code.deep_link_url, code.prefilled_message);
    if let Some(url) = &code.qr_image_url {
        print_line!("image: {url}");
    }
}
