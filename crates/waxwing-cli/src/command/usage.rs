//! `waxwing usage`.

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use waxwing::store::UsageKey;
use waxwing_admin::{UsageDate, UsageRowView, UsageView};

use crate::database_flags::DatabaseFlags;
use crate::output::{OutputFlags, print_line};

/// Show what messages and models cost.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show delivered messages with Meta's charges, and the cost of models.
    ///
    /// Meta states with each message whether it is charged, but not its price: set the file with Meta's rates in [budget] of waxwing.toml. A
    /// charged message without a rate is counted as such, and never as free.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Key of the rows.
    #[arg(long, value_enum, default_value_t)]
    by: Grouping,

    /// First day (UTC), such as 2026-11-01. 30 days ago if not set.
    #[arg(long, value_name = "DAY")]
    since: Option<UsageDate>,

    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// A [`UsageKey`] on the command line.
#[derive(Debug, Clone, Copy)]
struct Grouping(UsageKey);

impl Default for Grouping {
    fn default() -> Self {
        Self(UsageKey::Day)
    }
}

impl ValueEnum for Grouping {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Grouping; UsageKey::ALL.len()] = {
            let mut all = [Grouping(UsageKey::Day); UsageKey::ALL.len()];
            let mut nth = 0;
            while nth < all.len() {
                all[nth] = Grouping(UsageKey::ALL[nth]);
                nth += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}

impl Usage {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Command::Show(show) = self.command;
        let client = show.database.client_with_rates().await?;
        let usage = client.usage(show.by.0, show.since).await.context("the usage cannot be shown")?;
        show.output.print(&usage, print)
    }
}

fn print(usage: &UsageView) {
    let UsageView { since, until, currency, rows, total, .. } = usage;
    print_line!("usage from {since} to {until} (UTC)");
    let charges = currency.as_ref().map_or_else(|| "charges".to_owned(), |currency| format!("charges {currency}"));
    print_line!("{:<20}  {:>9}  {:>9}  {:>18}  {:>12}", "", "charged", "free", charges, "models");
    for row in rows {
        print_row(if row.key.is_empty() { "(unknown)" } else { &row.key }, row);
    }
    print_row("total", total);
    if total.without_rate > 0 {
        let fix = "add their rates to the file of `rates` in [budget]";
        print_line!("{} charged messages have no rate, so their price is unknown; {fix}", total.without_rate);
    }
}

fn print_row(key: &str, row: &UsageRowView) {
    let charges = match (&row.charges, row.without_rate) {
        (None, _) => "no rate".to_owned(),
        (Some(charges), 0) => charges.clone(),
        (Some(charges), without_rate) => format!("{charges} + {without_rate} no rate"),
    };
    print_line!("{key:<20}  {:>9}  {:>9}  {charges:>18}  {:>12}", row.billable, row.free, row.model_cost);
}
