//! Search for the account of the number.

use waxwing::client::Client;
use waxwing::client::types::WabaId;

use super::{Finding, Level};

/// Subject of the findings.
const CHECK: &str = "account";

/// Returns the account of the number, by its id if it is given.
pub(super) async fn find(client: &Client, account: Option<WabaId>) -> (Option<WabaId>, Vec<Finding>) {
    if let Some(account) = account {
        let finding = belongs(client, &account).await;
        // Nothing else can be said about a wrong account.
        let account = (finding.level != Level::Error).then_some(account);
        return (account, vec![finding]);
    }
    match client.find_waba().await {
        Ok(Some(account)) => {
            let finding = Finding::ok(CHECK, account.as_str());
            (Some(account), vec![finding])
        }
        Ok(None) => {
            let fix = "name the account with --account, or assign it to the system user and make a token for it";
            (None, vec![Finding::warning(CHECK, "the token names no account with the number", fix)])
        }
        Err(error) => {
            let fix = "assign the account to the system user of the token, with full control";
            (None, vec![Finding::error(CHECK, error.explain(), fix)])
        }
    }
}

/// Examines whether the account has the number.
async fn belongs(client: &Client, account: &WabaId) -> Finding {
    let mut numbers = client.waba(account.clone()).numbers();
    while let Some(number) = numbers.next().await {
        match number {
            Ok(number) if number.id.as_ref() == Some(client.phone_number_id()) => {
                return Finding::ok(CHECK, account.as_str());
            }
            Ok(_) => {}
            Err(error) => {
                let fix = "compare the id with that of the account in the WhatsApp Manager; it is not the id of the portfolio";
                let found = format!("{} is not visible to the token: {error}", account.as_str());
                return Finding::error(CHECK, found, fix);
            }
        }
    }
    let found = format!("the number is not one of account {}", account.as_str());
    Finding::error(CHECK, found, "name the account of the number: the WhatsApp Manager shows both")
}
