//! Output of campaigns.

use waxwing_admin::{CampaignView, RecipientView};

use crate::output::print_line;
use crate::time::time;

pub(super) fn rows(campaigns: &[CampaignView]) {
    print_line!("{:>6}  {:<10}  {:>10}  {:<24}  {}", "id", "state", "recipients", "created", "name");
    for CampaignView { id, state, recipients, created_at, name, .. } in campaigns {
        print_line!("{id:>6}  {state:<10}  {recipients:>10}  {:<24}  {name}", time(*created_at));
    }
}

pub(super) fn report(campaign: &CampaignView) {
    let CampaignView { id, name, number, state, reason, recipients, counts, starts_at, changed_at, .. } = campaign;
    print_line!("campaign {id}: {name}");
    print_line!("business number  {number}");
    let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    print_line!("state            {state}{reason} since {}", time(*changed_at));
    if let Some(starts_at) = starts_at {
        print_line!("start            {}", time(*starts_at));
    }
    print_line!("recipients       {recipients}");
    for (state, count) in counts {
        print_line!("  {state:<14} {count}");
    }
    if counts.contains_key("unknown") {
        print_line!(
            "the outcome of some messages is unknown; list them with: waxwing campaigns recipients {id} --state unknown"
        );
    }
}

pub(super) fn recipients(recipients: &[RecipientView]) {
    for RecipientView { place, address, state, reason, code, error, .. } in recipients {
        let code = code.map(|code| format!(" {code}")).unwrap_or_default();
        let reason = reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
        let error = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        print_line!("{place:>6}  {address:<20}  {state}{reason}{code}{error}");
    }
}
