//! Search for the account of the number.

use waxwing::client::Client;
use waxwing::client::types::WabaId;

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "account";

/// Returns the account of the number, by its id if it is given.
pub(super) async fn find(client: &Client, account: Option<WabaId>) -> (Option<WabaId>, Vec<Finding>) {
    if account.is_some() {
        return (account, Vec::new());
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
