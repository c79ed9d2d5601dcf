//! `waxwing doctor`.

use anyhow::bail;
use clap::Args;

use crate::doctor::{Examination, Finding, Level, print};
use crate::number_flags::NumberFlags;
use waxwing::client::types::WabaId;

/// Examine the set-up of a number: settings, database, agents, clock, access token, app, webhook and its public address. Each fault comes with
/// its repair.
///
/// Each agent with a model is asked once, which costs as much as a short message. No tool is called, and nothing is sent to a user.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    number: NumberFlags,

    /// Id of the WhatsApp Business Account. Required if the access token is for all accounts of its user.
    #[arg(long, value_name = "ID", env = "WHATSAPP_BUSINESS_ACCOUNT_ID")]
    account: Option<String>,

    /// Public address of the webhook, if it is not the one that Meta has, such as `https://bot.example.com/whatsapp/webhook`.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Repair faults whose repair needs no decision: subscribe the app to the account, and to the fields that the server uses.
    #[arg(long)]
    fix: bool,

    /// Do not try the agents, which asks their models.
    #[arg(long)]
    skip_agents: bool,
}

impl Doctor {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let output = self.number.output;
        let number = match self.number.open() {
            Ok(number) => number,
            Err(error) => {
                let fix = "correct it; `waxwing serve` needs the same settings. Values in .env need `set -a; . ./.env; set +a`";
                let finding = Finding::error("settings", format!("{error:#}"), fix);
                output.print(&finding, print)?;
                // The class of the error decides the exit code.
                return Err(error);
            }
        };
        let examination = Examination {
            account: self.account.map(WabaId::new),
            url: self.url,
            fixes: self.fix,
            skips_agents: self.skip_agents,
        };
        let findings = examination.run(&number).await;
        number.output.print_all(&findings, |findings| findings.iter().for_each(print))?;
        match findings.iter().filter(|finding| finding.level == Level::Error).count() {
            0 => Ok(()),
            1 => bail!("1 fault found"),
            faults => bail!("{faults} faults found"),
        }
    }
}
