//! Checks of a set-up, from the access token to the public address of the webhook.

mod account;
pub(crate) mod callback;
mod configuration;
mod finding;
mod number;
mod subscription;
mod token;

pub(crate) use finding::{Finding, Level};

use waxwing::client::types::WabaId;

use crate::number_flags::OpenNumber;

/// Examines what Meta knows about a number, and its webhook. `url` is the public address of the webhook, if it is not the one that Meta has. With
/// `fixes`, the app is subscribed to the account if it is not.
pub(crate) async fn examine(
    number: &OpenNumber,
    account: Option<WabaId>,
    url: Option<String>,
    fixes: bool,
) -> Vec<Finding> {
    let mut findings = configuration::check(&number.settings);
    let (token, of_token) = token::check(&number.client).await;
    findings.extend(of_token);
    let Some(token) = token else { return findings };
    findings.extend(number::check(&number.client).await);
    let (account, of_account) = account::find(&number.client, account).await;
    findings.extend(of_account);
    if let Some(account) = account {
        findings.extend(subscription::check(&number.client, account, token.app_id.as_deref(), fixes).await);
    }
    let (known, of_address) = subscription::address(number).await;
    findings.extend(of_address);
    match url.or(known) {
        Some(url) => findings.extend(callback::check(&number.settings, &url).await),
        None => findings.push(Finding::warning(
            "public address",
            "unknown, so that it was not tried",
            "name the address with --url, such as https://bot.example.com/whatsapp/webhook",
        )),
    }
    findings
}
