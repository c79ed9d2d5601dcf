//! Pace of sends that the emulator allows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::rate_limits::RateLimits;

/// Pace of sends that the emulator allows: a choice of [`RateLimits`].
///
/// ```
/// use waxwing_emulator::{Emulator, Pace};
///
/// let builder = Emulator::builder().pace(Pace::Burst);
/// assert_eq!("meta".parse(), Ok(Pace::Meta));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pace {
    /// No limits.
    Off,
    /// Meta's throughput, and bursts of Meta's size without debt. A person who types and an agent that answers are never refused.
    Burst,
    /// Meta's limits. A burst uses up the following intervals.
    Meta,
}

/// Error for a name that is not a [`Pace`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pace is off, burst or meta")]
pub struct UnknownPace;

impl Pace {
    const ALL: [Self; 3] = [Self::Off, Self::Burst, Self::Meta];

    /// Returns the name of the pace on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Burst => "burst",
            Self::Meta => "meta",
        }
    }

    /// Returns the rate limits of the pace.
    pub fn limits(self) -> RateLimits {
        match self {
            Self::Off => RateLimits::unlimited(),
            Self::Burst => RateLimits::default().with_pair_debt(false),
            Self::Meta => RateLimits::default(),
        }
    }

    /// Returns the pace with these limits.
    pub(crate) fn of(limits: &RateLimits) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.limits() == *limits)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Pace {
    type Err = UnknownPace;

    fn from_str(name: &str) -> Result<Self, UnknownPace> {
        Self::ALL.into_iter().find(|pace| pace.name() == name).ok_or(UnknownPace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pace_has_a_name_and_limits_of_its_own() {
        for pace in Pace::ALL {
            assert_eq!(pace.to_string().parse(), Ok(pace));
            assert_eq!(Pace::of(&pace.limits()), Some(pace));
        }
        assert_eq!("fast".parse::<Pace>(), Err(UnknownPace));
        assert_eq!(Pace::of(&RateLimits::default().with_pair_burst(1)), None);
    }
}
