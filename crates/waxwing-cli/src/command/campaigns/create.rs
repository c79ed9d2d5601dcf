//! `waxwing campaigns create`.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use waxwing::types::{OutboundContent, TemplateMessage};
use waxwing_admin::{AdminClient, CampaignRequest, content_from_meta};

use super::chunks::chunks;
use super::list_file::{self, Listed, RecipientFile};
use super::print;
use crate::admin_flags::AdminFlags;
use crate::command::messages::TemplateName;
use crate::input;
use crate::output::print_line;

/// Largest number of duplicates that are named.
const MAX_NAMED: usize = 20;

#[derive(Args)]
pub(super) struct CreateArgs {
    /// Name of the campaign, for lists and reports.
    name: String,

    /// File with the recipients, CSV or JSON; `-` reads it from standard input.
    #[arg(long, value_name = "FILE")]
    recipients: PathBuf,

    /// Template, as NAME/LANGUAGE. Its values come from the file.
    #[arg(long, value_name = "NAME/LANGUAGE", required_unless_present = "content")]
    template: Option<TemplateName>,

    /// File with the content in Meta's form, such as a template with a picture in its header.
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    content: Option<PathBuf>,

    /// Id of the business number that sends.
    #[arg(long, value_name = "ID", env = "WHATSAPP_PHONE_NUMBER_ID")]
    number: String,

    /// Hours of the day in which nothing is sent, such as 21:00-09:00.
    #[arg(long, value_name = "HOURS")]
    quiet_hours: Option<String>,

    /// IANA name of the time zone of the quiet hours, such as Europe/Madrid. UTC if not set.
    #[arg(long, value_name = "NAME")]
    time_zone: Option<String>,

    /// Largest number of messages per second. 70 % of the rate of the number if not set.
    #[arg(long, value_name = "MESSAGES")]
    rate: Option<u32>,

    /// Time at which the campaign starts, in RFC 3339 such as 2026-11-01T09:00:00+01:00. Now if not set.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    #[command(flatten)]
    flags: AdminFlags,
}

impl CreateArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let file = self.recipients.clone();
        let read = list_file::read(&input::file(&file)?).with_context(|| format!("{}", file.display()))?;
        let mut request = CampaignRequest::new(&self.number, &self.name, self.content()?);
        (request.quiet_hours, request.time_zone, request.per_second) = (self.quiet_hours, self.time_zone, self.rate);
        let (client, output) = self.flags.client().await?;
        let id = client.create_campaign(request).await.context("the campaign cannot be created")?.id;
        let started = async {
            fill(&client, id, &read).await?;
            client.start_campaign(id, self.at.clone()).await.context("the campaign cannot start")
        };
        let campaign = match started.await {
            Ok(campaign) => campaign,
            Err(error) => return Err(discard(&client, id, error).await),
        };
        output.print(&campaign, |campaign| {
            let unit = read.unit;
            for (line, first) in read.duplicates.iter().take(MAX_NAMED) {
                print_line!("{unit} {line} left out: the same recipient as {unit} {first}");
            }
            if read.duplicates.len() > MAX_NAMED {
                print_line!("{} more duplicates left out", read.duplicates.len() - MAX_NAMED);
            }
            print::report(campaign);
        })
    }

    fn content(&self) -> anyhow::Result<OutboundContent> {
        if let Some(file) = &self.content {
            let content = serde_json::from_str(&input::file(file)?).context("the content is not JSON")?;
            return content_from_meta(content).context("the content is not valid");
        }
        match &self.template {
            Some(TemplateName { name, language }) => Ok(TemplateMessage::new(name, language).into()),
            None => bail!("name a template"),
        }
    }
}

/// Adds the recipients of a file to a draft.
async fn fill(client: &AdminClient, id: i64, read: &RecipientFile) -> anyhow::Result<()> {
    for chunk in chunks(&read.recipients)? {
        let recipients = chunk.iter().map(|listed| listed.recipient.clone()).collect();
        client.add_recipients(id, recipients).await.map_err(|error| {
            let detail = error.to_string();
            let named = with_lines(&detail, chunk, read.unit);
            if named == detail { error.into() } else { anyhow::Error::msg(named) }
        })?;
    }
    Ok(())
}

/// Cancels a campaign that was not started for certain. Returns the error with what became of the campaign.
async fn discard(client: &AdminClient, id: i64, error: anyhow::Error) -> anyhow::Error {
    let show = format!("see: waxwing campaigns show {id}");
    error.context(match client.cancel_campaign(id).await {
        // The response of a successful start was lost.
        Ok(campaign) if campaign.starts_at.is_some() => {
            format!("campaign {id} is cancelled, and may have sent messages; {show}")
        }
        Ok(_) => format!("campaign {id} is cancelled, and has sent nothing"),
        Err(cancellation) => format!("campaign {id} may exist or run ({cancellation}); {show}"),
    })
}

/// Replaces positions in a request by lines of the file.
fn with_lines(detail: &str, chunk: &[Listed], unit: &str) -> String {
    let mut parts = detail.split("recipients[");
    let first = parts.next().unwrap_or_default().to_owned();
    let replaced = parts.map(|part| {
        let (position, rest) = part.split_once(']').unwrap_or((part, ""));
        match position.parse::<usize>().ok().and_then(|position| chunk.get(position)) {
            Some(listed) => format!("{unit} {}{rest}", listed.line),
            None => format!("recipients[{part}"),
        }
    });
    [first].into_iter().chain(replaced).collect()
}

impl fmt::Debug for CreateArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateArgs").field("name", &self.name).field("number", &self.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_lines_instead_of_positions() {
        let read = list_file::read("phone\n34600000001\n34600000001\n34600000002\n").unwrap();
        let detail = "recipients[1]: a value is missing; recipients[7]: unknown";
        let expected = "line 4: a value is missing; recipients[7]: unknown";
        assert_eq!(with_lines(detail, &read.recipients, read.unit), expected);
        assert_eq!(with_lines("limit reached", &read.recipients, read.unit), "limit reached");
    }
}
