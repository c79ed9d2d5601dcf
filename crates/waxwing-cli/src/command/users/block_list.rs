//! `waxwing users block`, `unblock` and `blocked`.

use clap::Args;
use serde_json::json;
use waxwing::client::types::{Address, Bsuid, WaId};
use waxwing_admin::Selector;

use crate::number_flags::{NumberFlags, explained};
use crate::output::print_line;

/// User on the block list of a number.
#[derive(Debug, Args)]
pub(crate) struct BlockArgs {
    /// Phone number or business-scoped user id.
    #[arg(value_parser = address)]
    user: Address,

    #[command(flatten)]
    flags: NumberFlags,
}

/// Block list of a number.
#[derive(Debug, Args)]
pub(crate) struct BlockedArgs {
    #[command(flatten)]
    flags: NumberFlags,
}

impl BlockArgs {
    pub(super) async fn block(self) -> anyhow::Result<()> {
        let number = self.flags.open()?;
        number.number().block(&self.user).await.map_err(|error| explained(&error))?;
        number.output.print(&json!({ "blocked": true }), |_| print_line!("user blocked"))
    }

    pub(super) async fn unblock(self) -> anyhow::Result<()> {
        let number = self.flags.open()?;
        number.number().unblock(&self.user).await.map_err(|error| explained(&error))?;
        number.output.print(&json!({ "blocked": false }), |_| print_line!("user unblocked"))
    }
}

impl BlockedArgs {
    pub(super) async fn list(self) -> anyhow::Result<()> {
        let number = self.flags.open()?;
        let users = number.number().blocked_users().all().await.map_err(|error| explained(&error))?;
        number.output.print_all(&users, |users| {
            for user in users {
                let ids = ["wa_id", "user_id"].into_iter().filter_map(|name| user.get(name)?.as_str());
                print_line!("{}", ids.collect::<Vec<_>>().join("  "));
            }
        })
    }
}

/// Reads a phone number, or a business-scoped user id such as `ES.1234`.
fn address(text: &str) -> Result<Address, String> {
    match text.parse() {
        Ok(Selector::Phone(digits)) => Ok(WaId::new(digits).into()),
        Ok(Selector::Bsuid(id)) => Ok(Bsuid::new(id).into()),
        Ok(_) | Err(_) => Err("a phone number such as +34600000000, or an id such as ES.1234".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_phone_numbers_or_ids() {
        assert_eq!(address("+34 600-000-000"), Ok(WaId::new("34600000000").into()));
        assert_eq!(address("ES.1234"), Ok(Bsuid::new("ES.1234").into()));
        for wrong in ["", "+", "Ana", "es.1", "ES.", "34.5", "#7"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
