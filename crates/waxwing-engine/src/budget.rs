//! Budgets for Meta's charges.

mod ledger;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use waxwing_store::{Clock, CountedMessage, Error, UsageKey, UsageQuery, UsageStore};
use waxwing_types::{Decimal, PhoneNumberId};

use crate::charges::ChargeSum;
use crate::rates::RateTable;

pub(crate) use ledger::BudgetAlarm;
use ledger::Ledger;

/// Largest number of sums that are read for one period: more than numbers have categories and markets.
const MAX_SUMS: usize = 100_000;

/// Budgets for Meta's charges. They are apart from the cost of models, which
/// [`CostLimitSettings`](crate::CostLimitSettings) limits.
///
/// ```
/// use std::sync::Arc;
///
/// use waxwing_engine::{BudgetSettings, NumberBudget, RateTable};
///
/// let mut budget = BudgetSettings::default();
/// budget.rates = Some(Arc::new(RateTable::parse("market,category,price,currency\n*,service,0.02,EUR")?));
/// budget.standard = NumberBudget { per_month: Some("250".parse()?), ..NumberBudget::default() };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct BudgetSettings {
    /// Meta's rates. Without rates, no message has a price, so no budget is ever used.
    pub rates: Option<Arc<RateTable>>,
    /// Budget of each number that has none of its own.
    pub standard: NumberBudget,
    /// Budgets by business number.
    pub numbers: HashMap<PhoneNumberId, NumberBudget>,
}

/// Budget of one business number for Meta's charges, in the currency of the rates.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NumberBudget {
    /// Charges on one day (UTC). `None` for no budget.
    pub per_day: Option<Decimal>,
    /// Charges in one calendar month (UTC). `None` for no budget.
    pub per_month: Option<Decimal>,
    /// Whether a used budget stops the answers to users as well. Otherwise, it only warns about them.
    pub is_hard: bool,
}

impl NumberBudget {
    fn is_set(&self) -> bool {
        self.per_day.is_some() || self.per_month.is_some()
    }
}

impl BudgetSettings {
    /// Returns the budget of a number.
    pub fn of(&self, number: &PhoneNumberId) -> NumberBudget {
        self.numbers.get(number).copied().unwrap_or(self.standard)
    }
}

/// Purpose of a message for which a budget is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BudgetPurpose {
    /// An answer in a conversation. Only a hard budget stops it.
    Conversation,
    /// A message of a campaign. Any used budget stops it.
    Campaign,
}

/// Period of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetPeriod {
    /// A day in UTC.
    Day,
    /// A calendar month in UTC.
    Month,
}

impl BudgetPeriod {
    /// Returns the name of the period: `day` or `month`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// Decision of a budget about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetDecision {
    /// The message may be sent.
    Allowed,
    /// The budget of the period is used, so a message that costs something may not be sent.
    Used(BudgetPeriod),
}

/// Compares Meta's charges with the budgets.
#[derive(Debug)]
pub(crate) struct Budgets {
    settings: BudgetSettings,
    is_set: bool,
    /// Number of times that messages were counted.
    version: AtomicU64,
    ledger: Mutex<Ledger>,
    /// Held while the charges are read, so that concurrent turns read them once.
    reading: tokio::sync::Mutex<()>,
    /// Notified when messages were counted.
    pub(crate) counted: Notify,
}

impl Budgets {
    pub(crate) fn new(settings: BudgetSettings) -> Self {
        let is_set = settings.standard.is_set() || settings.numbers.values().any(NumberBudget::is_set);
        Self {
            settings,
            is_set,
            version: AtomicU64::new(0),
            ledger: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
            counted: Notify::new(),
        }
    }

    /// Returns whether there is a budget.
    pub(crate) fn is_set(&self) -> bool {
        self.is_set
    }

    /// Returns the rate table.
    pub(crate) fn rates(&self) -> Option<&Arc<RateTable>> {
        self.settings.rates.as_ref()
    }

    /// Notes messages that were counted.
    pub(crate) fn count(&self, messages: &[CountedMessage]) {
        if self.is_set && messages.iter().any(|message| message.charge.is_billable) {
            self.version.fetch_add(1, Ordering::AcqRel);
            self.counted.notify_one();
        }
    }

    /// Decides whether a message of a number that costs something may be sent.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) async fn decide(
        &self,
        number: &PhoneNumberId,
        purpose: BudgetPurpose,
        store: &(impl UsageStore + ?Sized),
        clock: &dyn Clock,
    ) -> Result<BudgetDecision, Error> {
        let budget = self.settings.of(number);
        if !budget.is_set() || purpose == BudgetPurpose::Conversation && !budget.is_hard {
            return Ok(BudgetDecision::Allowed);
        }
        self.refresh(store, clock).await?;
        Ok(self.ledger().decide(number, budget))
    }

    /// Reads the charges from the store if they may have changed.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) async fn refresh(&self, store: &(impl UsageStore + ?Sized), clock: &dyn Clock) -> Result<(), Error> {
        if self.is_current(clock) {
            return Ok(());
        }
        let _reading = self.reading.lock().await;
        let today = clock.now().day();
        let version = self.version.load(Ordering::Acquire);
        if self.ledger().is_of(today, version) {
            return Ok(());
        }
        let day = self.charges(store, today, today).await?;
        let month = self.charges(store, ledger::first_day_of_month(today), today).await?;
        self.ledger().set((today, version), day, month);
        Ok(())
    }

    fn is_current(&self, clock: &dyn Clock) -> bool {
        self.ledger().is_of(clock.now().day(), self.version.load(Ordering::Acquire))
    }

    /// Returns the alarms that the charges raise, each once in its period.
    pub(crate) fn alarms(&self) -> Vec<BudgetAlarm> {
        self.ledger().alarms(&self.settings)
    }

    /// Returns the charges of each number.
    async fn charges(
        &self,
        store: &(impl UsageStore + ?Sized),
        since: i64,
        until: i64,
    ) -> Result<HashMap<PhoneNumberId, ChargeSum>, Error> {
        let query = UsageQuery { by: UsageKey::Number, since, until };
        let mut charges = HashMap::new();
        for count in store.message_counts(query, MAX_SUMS).await? {
            let sum = charges.entry(PhoneNumberId::new(&count.key)).or_insert(ChargeSum::ZERO);
            sum.add(&count, self.settings.rates.as_deref());
        }
        Ok(charges)
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
