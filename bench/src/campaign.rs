//! Latency of conversations while their numbers send campaigns.

use crate::latency;
use crate::plan::Plan;
use crate::report::{Table, time};

/// Messages per second, over all numbers. With the campaigns, each number stays below its limit.
const RATE: f64 = 80.0;

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let mut table = Table::by_flush("Conversations during a campaign", &plan.flush_delays);
    for &delay in &plan.flush_delays {
        for (recipients, name) in [(0, "alone"), (plan.recipients, "during a campaign")] {
            let replies = latency::run(plan, delay, RATE, recipients).await?.replies;
            table.add(&format!("reply at Meta, 80 messages/s, {name}, median"), "", time(replies.quantile(0.5)));
            table.add(&format!("reply at Meta, {name}, 99 of 100"), "", time(replies.quantile(0.99)));
        }
    }
    Ok(table)
}
