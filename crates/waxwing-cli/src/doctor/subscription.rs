//! Checks of the webhooks that Meta sends.

use waxwing::client::Client;
use waxwing::client::types::WabaId;

use super::Finding;
use crate::number_flags::OpenNumber;

/// Subject of the findings about the subscription of the account.
const SUBSCRIPTION: &str = "subscription of the account";

/// Subject of the findings about the address.
const ADDRESS: &str = "address of the webhook";

/// Examines whether the app of the token gets the webhooks of the account. With `fixes`, a missing subscription is added.
pub(super) async fn check(client: &Client, account: WabaId, app: Option<&str>, fixes: bool) -> Vec<Finding> {
    let fix = "run `waxwing webhook subscribe`";
    let waba = client.waba(account);
    let apps = match waba.subscribed_apps().await {
        Ok(apps) => apps,
        Err(error) => return vec![Finding::error(SUBSCRIPTION, error.explain(), fix)],
    };
    let is_ours = |id: &str| app.is_none_or(|app| app == id);
    if let Some(found) = apps.iter().find(|found| is_ours(&found.id)) {
        let name = found.name.as_deref().unwrap_or("without a name");
        return vec![Finding::ok(SUBSCRIPTION, format!("app {} ({name})", found.id))];
    }
    if !fixes {
        return vec![Finding::error(SUBSCRIPTION, "the app of the token gets no webhooks of the account", fix)];
    }
    match waba.subscribe().await {
        Ok(()) => vec![Finding::ok(SUBSCRIPTION, "the app of the token was not subscribed, and is now")],
        Err(error) => vec![Finding::error(SUBSCRIPTION, error.explain(), fix)],
    }
}

/// Returns the address to which Meta sends the webhooks of a number, with its findings. `intended` is the address of the server, if it is known.
pub(super) async fn address(number: &OpenNumber, intended: Option<&str>) -> (Option<String>, Vec<Finding>) {
    let fix = "enter the address of the webhook in the app: WhatsApp, Configuration";
    let configuration = match number.number().webhook().await {
        Ok(configuration) => configuration,
        Err(error) => return (None, vec![Finding::warning(ADDRESS, error.explain(), fix)]),
    };
    let ways = [
        ("the number", configuration.of_number),
        ("the account", configuration.of_account),
        ("the app", configuration.of_app),
    ];
    let known: Vec<_> =
        ways.into_iter().filter_map(|(of, url)| Some((of, url.filter(|url| !url.is_empty())?))).collect();
    let Some((of, url)) = known.first().cloned() else {
        return (None, vec![Finding::error(ADDRESS, "Meta has no address", fix)]);
    };
    let mut findings = vec![Finding::ok(ADDRESS, format!("{url}, of {of}"))];
    if let Some(intended) = intended.filter(|intended| *intended != url) {
        let fix = format!(
            "run `waxwing webhook subscribe --url {intended}`; an address of the number or the account precedes that of the app"
        );
        findings = vec![Finding::error(ADDRESS, format!("Meta sends webhooks to {url}, of {of}"), fix)];
    }
    for (other, hidden) in &known[1..] {
        if *hidden != url {
            let found = format!("{hidden}, of {other}, gets no webhooks, because the address of {of} precedes it");
            findings.push(Finding::warning(
                ADDRESS,
                found,
                format!("remove the address of {of} if that is not intended"),
            ));
        }
    }
    (Some(url), findings)
}
