//! `waxwing doctor`.

use anyhow::bail;
use clap::Args;

use crate::doctor::{Finding, Level, examine};
use crate::number_flags::NumberFlags;
use crate::output::print_line;
use waxwing::client::types::WabaId;

/// Examine the set-up of a number: the access token, the number, the webhook and its public address. Each fault comes with its repair.
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

    /// Repair what needs no decision: subscribe the app to the account.
    #[arg(long)]
    fix: bool,
}

impl Doctor {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let number = self.number.open()?;
        let findings = examine(&number, self.account.map(WabaId::new), self.url, self.fix).await;
        number.output.print_all(&findings, |findings| findings.iter().for_each(print))?;
        match findings.iter().filter(|finding| finding.level == Level::Error).count() {
            0 => Ok(()),
            1 => bail!("1 fault found"),
            faults => bail!("{faults} faults found"),
        }
    }
}

/// Prints a finding, with its repair in a second line.
pub(super) fn print(finding: &Finding) {
    print_line!("{}  {}: {}", finding.level.mark(), finding.check, finding.found);
    if let Some(fix) = &finding.fix {
        print_line!("         {fix}");
    }
}
