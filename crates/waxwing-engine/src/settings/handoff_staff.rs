//! The employee who is told about human handoffs.

use waxwing_types::{TemplateMessage, WaId};

/// The employee who gets a message on WhatsApp when a conversation is handed off, and when nobody answers it.
///
/// ```
/// use waxwing_client::types::{TemplateMessage, WaId};
/// use waxwing_engine::{HandoffStaff, NumberPolicies};
///
/// let staff = HandoffStaff::new(WaId::new("34600000001")).template(TemplateMessage::new("needs_a_person", "en"));
/// assert!(!format!("{staff:?}").contains("34600000001"));
/// assert!(NumberPolicies::default().handoff_staff(staff).handoff_staff.is_some());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HandoffStaff {
    /// The employee's phone number.
    pub phone: WaId,
    /// Template for the time after the employee's customer service window, with one value in its body: the notice in one line. None: the
    /// [`OutsideWindow`](crate::OutsideWindow) of the number decides what becomes of a notice then.
    pub template: Option<TemplateMessage>,
}

impl HandoffStaff {
    /// Creates an employee without a template.
    pub fn new(phone: WaId) -> Self {
        Self { phone, template: None }
    }

    /// Sets the template.
    pub fn template(mut self, template: TemplateMessage) -> Self {
        self.template = Some(template);
        self
    }
}
