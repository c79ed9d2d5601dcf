//! Look at the opening hours of the number.

use waxwing::engine::{OpeningHours, OpeningState, OutsideHours};
use waxwing::store::Timestamp;

use super::Finding;
use crate::time::time;

/// Subject of the findings.
const CHECK: &str = "opening hours";

/// Reports that the business is closed, so that a message gets no answer now. Nothing is found without hours.
pub(super) fn check(hours: Option<&OpeningHours>, now: Timestamp) -> Option<Finding> {
    let hours = hours?;
    let OpeningState::Closed { opens_at, .. } = hours.at(now) else {
        return Some(Finding::ok(CHECK, format!("open now, {}", hours.time_zone())));
    };
    let until = match opens_at {
        Some(at) => format!("closed until {}", time(at.as_millis())),
        None => "closed at all times".to_owned(),
    };
    let answer = match hours.when_closed() {
        OutsideHours::Away => "agents do not answer messages that arrive before",
        OutsideHours::Wait => "agents answer messages when the business opens",
        OutsideHours::Answer => return Some(Finding::ok(CHECK, format!("{until}; agents answer nevertheless"))),
    };
    let fix = "change `open`, `holidays`, `time_zone` or `when_closed` in [hours] if that is not what you want";
    Some(Finding::warning(CHECK, format!("{until}; {answer}"), fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_closed_business_is_named() {
        let thursday_noon = Timestamp::from_millis(1_767_268_800_000);
        let check = |open: &str, outside| {
            let hours = OpeningHours::in_zone("UTC").unwrap().open(open).unwrap().outside(outside);
            let finding = super::check(Some(&hours), thursday_noon).unwrap();
            (finding.level, finding.found)
        };
        assert_eq!(super::check(None, thursday_noon), None);
        assert_eq!(check("thu 09:00-17:00", OutsideHours::Away), (Level::Ok, "open now, UTC".to_owned()));
        let (level, found) = check("fri 09:00-17:00", OutsideHours::Away);
        assert_eq!(level, Level::Warning);
        assert!(found.contains("closed until 2026-01-02T09:00:00.000Z; agents do not answer"), "{found}");
        assert_eq!(check("fri 09:00-17:00", OutsideHours::Wait).0, Level::Warning);
        assert_eq!(check("fri 09:00-17:00", OutsideHours::Answer).0, Level::Ok);
    }
}
