//! Checks of a set-up, from the settings file to the public address of the webhook.

mod account;
mod agents;
mod app;
pub(crate) mod callback;
mod clock;
mod configuration;
mod finding;
mod hours;
mod number;
mod sends;
mod server;
mod storage;
mod subscription;
mod token;

pub(crate) use app::USED_FIELDS;
pub(crate) use configuration::check as check_settings;
pub(crate) use finding::{Finding, Level, print};
pub(crate) use number::examine as check_number;
pub(crate) use token::check as check_token;

use waxwing::client::types::WabaId;
use waxwing::store::{Clock as _, SystemClock};

use crate::number_flags::OpenNumber;

/// Scope of an examination.
#[derive(Debug, Default)]
pub(crate) struct Examination {
    /// Account of the number, if the token does not name it.
    pub(crate) account: Option<WabaId>,
    /// Public address of the webhook, if it is not the one that Meta has.
    pub(crate) url: Option<String>,
    /// Whether missing subscriptions are added.
    pub(crate) fixes: bool,
    /// Whether agents are not tried.
    pub(crate) skips_agents: bool,
}

impl Examination {
    /// Examines a number.
    pub(crate) async fn run(self, number: &OpenNumber) -> Vec<Finding> {
        let mut findings = configuration::check_file(&number.config);
        findings.extend(configuration::check(&number.settings));
        findings.extend(storage::check(&number.settings.database).await);
        findings.extend(hours::check(number.settings.engine.policies.hours.as_ref(), SystemClock.now()));
        if !self.skips_agents {
            findings.extend(agents::check(number).await);
        }
        findings.extend(clock::check(&number.settings).await);
        let (token, of_token) = token::check(&number.client).await;
        findings.extend(of_token);
        let known = match token {
            Some(token) => self.at_meta(number, token.app_id.as_deref(), &mut findings).await,
            None => None,
        };
        // A secret that is not the app's signs nothing that the server must accept.
        let has_secret = findings.iter().all(|finding| finding.check != app::SECRET || finding.level != Level::Error);
        match self.url.or(known) {
            Some(url) if !has_secret => findings.extend(server::check(&url).await),
            Some(url) => {
                findings.extend(callback::check(&number.settings, &url).await);
                findings.extend(server::check(&url).await);
                findings.extend(other_database(number, &findings));
            }
            None => findings.push(Finding::warning(
                "public address",
                "unknown, so that it was not tried",
                "name the address with --url, such as https://bot.example.com/whatsapp/webhook",
            )),
        }
        findings
    }

    /// Examines Meta's data about a number. Returns the address to which Meta sends its webhooks.
    async fn at_meta(&self, number: &OpenNumber, app: Option<&str>, findings: &mut Vec<Finding>) -> Option<String> {
        findings.extend(number::check(&number.client).await);
        let (account, of_account) = account::find(&number.client, self.account.clone()).await;
        findings.extend(of_account);
        if let Some(account) = account {
            findings.extend(subscription::check(&number.client, account, app, self.fixes).await);
        }
        findings.extend(app::check(number, app, self.fixes).await);
        let (known, of_address) = subscription::address(number, self.url.as_deref()).await;
        findings.extend(of_address);
        known
    }
}

/// Warns if a server answers that does not use the database of the settings.
fn other_database(number: &OpenNumber, findings: &[Finding]) -> Option<Finding> {
    let answers = findings.iter().any(|finding| finding.check == server::CHECK);
    (answers && !number.settings.database.exists()).then(|| {
        let found =
            "the server that answers uses another one, so that paused agents and failed messages were not looked for";
        Finding::warning(storage::DATABASE, found, "run the doctor in the directory of the server, or set DATABASE_URL")
    })
}
