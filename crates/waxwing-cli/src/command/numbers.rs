//! `waxwing numbers`.

use clap::{Args, Subcommand};
use waxwing::client::BusinessPhoneNumber;

use crate::number_flags::{AccountFlags, NumberFlags, explained};
use crate::output::print_line;

/// Show the business numbers of an account at Meta.
#[derive(Debug, Args)]
pub(crate) struct Numbers {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the numbers of the account.
    List {
        #[command(flatten)]
        flags: AccountFlags,
    },
    /// Show what Meta knows about the number: its name, its quality and its state. Checks the access token, too.
    Show {
        #[command(flatten)]
        flags: NumberFlags,
    },
}

impl Numbers {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List { flags } => {
                let (number, account) = flags.open().await?;
                let numbers = number.client.waba(account).numbers().all().await.map_err(|error| explained(&error))?;
                number.output.print_all(&numbers, |numbers| numbers.iter().for_each(print_summary))
            }
            Command::Show { flags } => {
                let number = flags.open()?;
                let shown = number.client.phone_number().await.map_err(|error| explained(&error))?;
                number.output.print(&shown, print)
            }
        }
    }
}

fn print_summary(number: &BusinessPhoneNumber) {
    let id = number.id.as_ref().map(|id| id.as_str().to_owned());
    let parts = [id, number.display_phone_number.clone(), number.verified_name.clone(), number.status.clone()];
    print_line!("{}", parts.into_iter().flatten().collect::<Vec<_>>().join("  "));
}

fn print(number: &BusinessPhoneNumber) {
    print_summary(number);
    let facts = [
        ("quality", &number.quality_rating),
        ("name", &number.name_status),
        ("verification", &number.code_verification_status),
        ("platform", &number.platform_type),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            print_line!("{name}: {value}");
        }
    }
}
