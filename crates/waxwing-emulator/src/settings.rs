//! Settings of a running emulator.

use std::fmt;
use std::time::Duration;

use crate::behavior::Behavior;
use crate::rules::Rules;
use crate::rules::rate_limits::RateLimits;

/// Settings of a running emulator. `Debug` shows no secret.
#[derive(Clone)]
pub(crate) struct EmulatorSettings {
    pub(crate) phone_number_id: String,
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    pub(crate) app_id: String,
    /// Name of the business on the phone page.
    pub(crate) name: String,
    /// Further business numbers: `phone_number_id` and digits.
    pub(crate) numbers: Vec<(String, String)>,
    pub(crate) access_token: String,
    pub(crate) app_secret: Option<String>,
    pub(crate) verify_token: String,
    pub(crate) webhook: Option<String>,
    /// Names of this machine besides its addresses, which the phone page and the control API accept.
    pub(crate) allowed_hosts: Vec<String>,
    /// URL by which clients reach the emulator. Default: its address.
    pub(crate) public_url: Option<String>,
    pub(crate) webhook_timeout: Duration,
    /// Real time after which an expectation fails.
    pub(crate) deadline: Duration,
    pub(crate) seed: u64,
    /// Initial behavior. The world holds the current behavior.
    pub(crate) behavior: Behavior,
    /// Initial rules. The world holds the current rules.
    pub(crate) initial_rules: Rules,
    pub(crate) rate_limits: RateLimits,
}

impl Default for EmulatorSettings {
    fn default() -> Self {
        Self {
            phone_number_id: "1000001".to_owned(),
            display_phone_number: "15550001111".to_owned(),
            waba_id: "2000002".to_owned(),
            app_id: "3000003".to_owned(),
            name: "Waxwing".to_owned(),
            numbers: Vec::new(),
            access_token: String::new(),
            app_secret: None,
            verify_token: String::new(),
            webhook: None,
            allowed_hosts: Vec::new(),
            public_url: None,
            webhook_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(10),
            seed: 0,
            behavior: Behavior::default(),
            initial_rules: Rules::strict(),
            rate_limits: RateLimits::default(),
        }
    }
}

impl fmt::Debug for EmulatorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorSettings")
            .field("phone_number_id", &self.phone_number_id)
            .field("behavior", &self.behavior)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
